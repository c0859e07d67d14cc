// Reading numbers out of bytes. Used by every protocol file and by the capture-file reader.
// The callers have checked the length before (see dissection.hpp): nothing here checks bounds.
// memcpy keeps alignment and aliasing out of the question; compilers make one load (and a byte swap) of each.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace wiretail::dissect {

using Bytes = std::span<const uint8_t>;

inline uint8_t u8(const uint8_t* p) { return *p; }
inline uint16_t be16(const uint8_t* p) {
  uint16_t v;
  std::memcpy(&v, p, 2);
  return std::endian::native == std::endian::little ? __builtin_bswap16(v) : v;
}
inline uint32_t be32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, 4);
  return std::endian::native == std::endian::little ? __builtin_bswap32(v) : v;
}
inline uint64_t be64(const uint8_t* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return std::endian::native == std::endian::little ? __builtin_bswap64(v) : v;
}
inline uint32_t be24(const uint8_t* p) { return (uint32_t{p[0]} << 16) | (uint32_t{p[1]} << 8) | p[2]; }
inline uint16_t le16(const uint8_t* p) {
  uint16_t v;
  std::memcpy(&v, p, 2);
  return std::endian::native == std::endian::big ? __builtin_bswap16(v) : v;
}
inline uint32_t le32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, 4);
  return std::endian::native == std::endian::big ? __builtin_bswap32(v) : v;
}
inline uint64_t le64(const uint8_t* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return std::endian::native == std::endian::big ? __builtin_bswap64(v) : v;
}
// An unsigned number of 1 to 8 bytes, big-endian or little-endian.
inline uint64_t read_uint(const uint8_t* p, unsigned width, bool little_endian = false) {
  uint64_t v = 0;
  for (unsigned i = 0; i < width; ++i) v = (v << 8) | p[little_endian ? width - 1 - i : i];
  return v;
}

}  // namespace wiretail::dissect
