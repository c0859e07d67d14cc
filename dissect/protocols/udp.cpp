// User Datagram Protocol. RFC 768.
#include <algorithm>

#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;

constexpr FieldRow kRows[] = {
    {.name = "udp.srcport", .label = "Source Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at(0, 2), .flags = kSummary | kInvariant},
    {.name = "udp.dstport", .label = "Destination Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at(2, 2), .flags = kSummary | kInvariant},
    {.name = "udp.port", .label = "Source or Destination Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at_both(0, 2, 2), .flags = kHidden | kMulti | kInvariant},
    {.name = "udp.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(4, 2)},
    {.name = "udp.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(6, 2)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kUdp, region, kHeader);
  uint32_t length = be16(w.at(region) + 4);
  if (length >= kHeader) {
    region.end = std::min(region.end, region.offset + length);
    region.cap_end = std::min(region.cap_end, region.end);
  }
  if (!w.push(id::kUdp, region, kHeader)) return {};
  w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  return {};
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 17}};

}  // namespace

const ProtocolDef kUdpDef = {.name = "udp", .long_name = "User Datagram Protocol", .short_name = "UDP", .rows = kRows, .over = kOver, .walk = walk};

}  // namespace wiretail::dissect
