// Whether an image that came whole by its message's length ends before its format says so: Wireshark walks through its parts
// and calls it malformed then. PNG: ISO/IEC 15948 §5. JPEG: ITU-T T.81 annex B. GIF: version 89a.
#include "dissect/bytes.hpp"
#include "dissect/protocols/media.hpp"

namespace wiretail::dissect::media {
namespace {

const uint8_t* bytes_of(std::string_view s) { return reinterpret_cast<const uint8_t*>(s.data()); }

// Chunks of length, type, data and check sum; the last one need not be the end's.
bool png_ends_early(std::string_view s) {
  const uint8_t* p = bytes_of(s);
  for (uint64_t at = 8; at < s.size();) {
    if (at + 12 > s.size()) return true;
    at += 12 + uint64_t{be32(p + at)};
    if (at > s.size()) return true;
  }
  return false;
}

// Segments up to the scan; behind its header come bytes that run to the next marker.
bool jpeg_ends_early(std::string_view s) {
  const uint8_t* p = bytes_of(s);
  for (size_t at = 2; at < s.size();) {
    if (at + 2 > s.size()) return true;
    const uint8_t marker = p[at + 1];
    if (p[at] != 0xff || marker == 0xd9) return false;
    at += 2;
    if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    if (at + 2 > s.size() || at + be16(p + at) > s.size()) return true;
    at += be16(p + at);
    if (marker != 0xda) continue;
    while (at + 1 < s.size() && !(p[at] == 0xff && p[at + 1] != 0 && !(p[at + 1] >= 0xd0 && p[at + 1] <= 0xd7))) ++at;
    if (at + 1 >= s.size()) return false;
  }
  return false;
}

bool gif_ends_early(std::string_view s) {
  const uint8_t* p = bytes_of(s);
  auto table = [](uint8_t flags) -> size_t { return flags & 0x80 ? size_t{6} << (flags & 7) : 0; };
  size_t at = 13 + table(p[10]);
  auto blocks = [&] {  // each with its length; one of length zero is the last
    while (at < s.size()) {
      const size_t length = p[at];
      at += 1 + length;
      if (length == 0) return;
    }
    at = s.size() + 1;
  };
  while (at < s.size()) {
    switch (p[at]) {
      case 0x21:
        at += 2;
        blocks();
        break;
      case 0x2c:
        if (at + 10 > s.size()) return true;
        at += 10 + table(p[at + 9]) + 1;
        blocks();
        break;
      default: return false;  // 0x3b: the end
    }
  }
  return true;
}

}  // namespace

bool ends_early(ProtoId image, std::string_view body) {
  switch (image) {
    case id::kPng: return png_ends_early(body);
    case id::kImageJfif: return jpeg_ends_early(body);
    case id::kImageGif: return gif_ends_early(body);
    default: return false;
  }
}

}  // namespace wiretail::dissect::media
