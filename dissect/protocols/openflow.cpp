#include "dissect/protocols/openflow.hpp"

namespace wiretail::dissect::openflow {
namespace {

constexpr uint32_t kHeader = 8;
constexpr uint8_t kPacketIn = 10, kPacketOut = 13, kLastVersion = 6;

// Where the frame begins in a message of `length` bytes; 0: there is none.
uint32_t frame_at(const uint8_t* p, uint32_t length) {
  const bool first_version = p[0] == 1;
  uint32_t at = 0;
  if (p[1] == kPacketIn && first_version) at = 18;
  if (p[1] == kPacketIn && !first_version && length >= 28) at = 24 + ((be16(p + 26) + 7u) & ~7u) + 2;
  if (p[1] == kPacketOut && first_version && length >= 16) at = 16u + be16(p + 14);
  if (p[1] == kPacketOut && !first_version && length >= 24) at = 24u + be16(p + 16);
  return at < length ? at : 0;
}

}  // namespace

void walk_packets(Walk& walk, Region payload) {
  payload.flags |= kUntold;
  payload.depth = static_cast<uint8_t>(payload.depth + 2);
  while (payload.captured() >= kHeader && !walk.d.layers.too_many) {
    const uint8_t* p = walk.at(payload);
    const uint32_t length = be16(p + 2);
    if (p[0] == 0 || p[0] > kLastVersion || length < kHeader || length > payload.captured()) return;
    if (const uint32_t at = frame_at(p, length)) {
      Region frame = payload.from(payload.offset + at);
      frame.cap_end = frame.end = payload.offset + length;
      walk.run({id::kEth, frame});
    }
    payload.offset += length;
  }
}

}  // namespace wiretail::dissect::openflow
