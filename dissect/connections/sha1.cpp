#include "dissect/connections/sha1.hpp"

#include <bit>
#include <cstring>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "dissect/bytes.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kStart[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

// The padding of §4.
void fill_block(const uint8_t* data, size_t size, uint8_t* block) {
  std::memset(block, 0, 64);
  std::memcpy(block, data, size);
  block[size] = 0x80;
  block[62] = static_cast<uint8_t>(size * 8 >> 8), block[63] = static_cast<uint8_t>(size * 8);
}

#if defined(__x86_64__)
bool has_instructions() {
  unsigned a, b, c, d, basic;
  return __get_cpuid(1, &a, &b, &basic, &d) && basic & bit_SSSE3 && basic & bit_SSE4_1 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
}

// Four rounds a step (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: SHA1RNDS4, SHA1NEXTE, SHA1MSG1, SHA1MSG2). Words
// lie in a register with the first one highest.
[[gnu::target("sha,ssse3,sse4.1")]] void sha1_instructions(const uint8_t* data, size_t size, uint8_t* digest) {
  alignas(16) uint8_t block[64];
  fill_block(data, size, block);
  const __m128i reversed = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  __m128i w[20];
  for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(_mm_load_si128(reinterpret_cast<const __m128i*>(block + 16 * i)), reversed);
  for (int i = 4; i < 20; ++i) w[i] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]), w[i - 1]);
  const __m128i start = _mm_set_epi32(static_cast<int>(kStart[0]), static_cast<int>(kStart[1]), static_cast<int>(kStart[2]), static_cast<int>(kStart[3]));
  const __m128i start_e = _mm_set_epi32(static_cast<int>(kStart[4]), 0, 0, 0);
  __m128i before = start, state = _mm_sha1rnds4_epu32(start, _mm_add_epi32(start_e, w[0]), 0);
  // The function and the constant of a step are part of the instruction.
#define WIRETAIL_STEPS(from, to, function)                          \
  for (int i = from; i < to; ++i) {                                 \
    const __m128i e = _mm_sha1nexte_epu32(before, w[i]);            \
    before = state, state = _mm_sha1rnds4_epu32(state, e, function); \
  }
  WIRETAIL_STEPS(1, 5, 0)
  WIRETAIL_STEPS(5, 10, 1)
  WIRETAIL_STEPS(10, 15, 2)
  WIRETAIL_STEPS(15, 20, 3)
#undef WIRETAIL_STEPS
  const __m128i e = _mm_sha1nexte_epu32(before, start_e);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(digest), _mm_shuffle_epi8(_mm_add_epi32(state, start), reversed));
  const uint32_t last = __builtin_bswap32(static_cast<uint32_t>(_mm_extract_epi32(e, 3)));
  std::memcpy(digest + 16, &last, 4);
}
#endif

}  // namespace

void sha1_portable(const uint8_t* data, size_t size, uint8_t* digest) {
  uint8_t block[64];
  fill_block(data, size, block);
  uint32_t w[80];
  for (int i = 0; i < 16; ++i) w[i] = be32(block + 4 * i);
  for (int i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t a = kStart[0], b = kStart[1], c = kStart[2], d = kStart[3], e = kStart[4];
  for (int i = 0; i < 80; ++i) {
    uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
    uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
    uint32_t t = std::rotl(a, 5) + f + e + k + w[i];
    e = d, d = c, c = std::rotl(b, 30), b = a, a = t;
  }
  const uint32_t sums[5] = {kStart[0] + a, kStart[1] + b, kStart[2] + c, kStart[3] + d, kStart[4] + e};
  for (int i = 0; i < 5; ++i) {
    uint32_t v = std::endian::native == std::endian::little ? __builtin_bswap32(sums[i]) : sums[i];
    std::memcpy(digest + 4 * i, &v, 4);
  }
}

void sha1(const uint8_t* data, size_t size, uint8_t* digest) {
#if defined(__x86_64__)
  static const bool instructions = has_instructions();
  if (instructions) return sha1_instructions(data, size, digest);
#endif
  sha1_portable(data, size, digest);
}

}  // namespace wiretail::dissect
