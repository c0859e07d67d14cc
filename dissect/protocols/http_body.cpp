// A body as what lies above HTTP sees it: without chunks, and without its content coding where that can be undone (RFC 9110
// §8.4: gzip and deflate by zlib, br by brotli where it is built in). What comes out is bounded; a truncated stream gives
// what there is of it.
#include <zlib.h>
#ifdef WIRETAIL_HAVE_BROTLI
#include <brotli/decode.h>
#endif

#include <algorithm>
#include <vector>

#include "dissect/protocols/http.hpp"

namespace wiretail::dissect::http {
namespace {

constexpr size_t kMostOutput = 16u << 20;

std::string_view dechunk(Arena& arena, std::string_view s) {
  char* out = arena.take(s.size());
  size_t length = 0;
  for (uint32_t at = 0;;) {
    Chunk c = chunk_at(s, at);
    if (c.kind == Chunk::Kind::kData || (c.kind == Chunk::Kind::kMore && c.size)) {
      std::copy_n(s.data() + c.data, c.length, out + length);
      length += c.length;
    }
    if (c.kind != Chunk::Kind::kData) break;
    at = c.end;
  }
  return {out, length};
}

// One stream and its room are kept for the thread: a new one costs more than most bodies.
struct Inflater {
  z_stream stream{};
  bool ready = false;
  std::vector<uint8_t> out;
  ~Inflater() { if (ready) inflateEnd(&stream); }
};

bool inflate_once(Inflater& z, std::string_view in, int window_bits) {
  if (!z.ready) {
    if (inflateInit2(&z.stream, window_bits) != Z_OK) return false;
    z.ready = true;
  } else if (inflateReset2(&z.stream, window_bits) != Z_OK) {
    return false;
  }
  if (z.out.size() < 64 * 1024) z.out.resize(64 * 1024);
  size_t made = 0;
  z.stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
  z.stream.avail_in = static_cast<uInt>(in.size());
  int result = Z_OK;
  while (true) {
    if (made == z.out.size()) {
      if (made >= kMostOutput) break;
      z.out.resize(std::min(kMostOutput, made * 2));
    }
    z.stream.next_out = z.out.data() + made;
    z.stream.avail_out = static_cast<uInt>(z.out.size() - made);
    result = inflate(&z.stream, Z_SYNC_FLUSH);
    made = z.out.size() - z.stream.avail_out;
    if (result != Z_OK || (z.stream.avail_in == 0 && z.stream.avail_out != 0)) break;
  }
  bool good = result == Z_STREAM_END || ((result == Z_OK || result == Z_BUF_ERROR) && made);
  z.out.resize(std::max<size_t>(made, 64 * 1024));
  z.stream.total_out = static_cast<uLong>(made);
  return good;
}

bool inflate_body(Arena& arena, std::string_view in, std::string_view& out) {
  thread_local Inflater z;
  if (!inflate_once(z, in, 15 + 32) && !inflate_once(z, in, -15)) return false;
  out = arena.keep({reinterpret_cast<const char*>(z.out.data()), static_cast<size_t>(z.stream.total_out)});
  if (z.out.size() > 1u << 20) z.out.resize(1u << 20), z.out.shrink_to_fit();
  return true;
}

#ifdef WIRETAIL_HAVE_BROTLI
bool unbrotli(Arena& arena, std::string_view in, std::string_view& out) {
  BrotliDecoderState* state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  if (!state) return false;
  std::vector<uint8_t> made(64 * 1024);
  size_t length = 0, in_left = in.size();
  auto* next_in = reinterpret_cast<const uint8_t*>(in.data());
  BrotliDecoderResult result;
  while (true) {
    if (length == made.size()) {
      if (length >= kMostOutput) break;
      made.resize(std::min(kMostOutput, length * 2));
    }
    size_t room = made.size() - length;
    uint8_t* next_out = made.data() + length;
    result = BrotliDecoderDecompressStream(state, &in_left, &next_in, &room, &next_out, nullptr);
    length = made.size() - room;
    if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) break;
  }
  BrotliDecoderDestroyInstance(state);
  if (result != BROTLI_DECODER_RESULT_SUCCESS) return false;
  out = arena.keep({reinterpret_cast<const char*>(made.data()), length});
  return true;
}
#endif

}  // namespace

Body decode_body(Arena& arena, const Head& head, std::string_view bytes) {
  Body body;
  body.bytes = bytes;
  if (head.chunked) body.bytes = dechunk(arena, bytes), body.made = true;
  body.coded = body.bytes;
  if (!head.has_encoding || body.bytes.empty() || same_word(head.content_encoding, "identity")) return body;
  std::string_view coding = head.content_encoding, decoded;
  bool done = false;
  if (same_word(coding, "gzip") || same_word(coding, "x-gzip") || same_word(coding, "deflate") || same_word(coding, "x-deflate")) done = inflate_body(arena, body.bytes, decoded);
#ifdef WIRETAIL_HAVE_BROTLI
  if (same_word(coding, "br")) done = unbrotli(arena, body.bytes, decoded);
#endif
  if (done) body.bytes = decoded, body.made = true;
  else body.failed = true;
  return body;
}

std::string_view basic_credentials(Arena& arena, std::string_view value) {
  if (!value.starts_with("Basic ")) return {};
  std::string_view coded = value.substr(6);
  char* out = arena.take(coded.size());
  size_t length = 0;
  uint32_t bits = 0, have = 0;
  for (char c : coded) {
    int digit = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
    if (digit < 0) continue;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (++have % 4 != 1) out[length++] = static_cast<char>(bits >> (6 - 2 * ((have - 1) % 4)));
  }
  return {out, length};
}

}  // namespace wiretail::dissect::http
