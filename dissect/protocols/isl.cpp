// Cisco's Inter-Switch Link: a whole Ethernet frame behind a header that looks like another's ("Inter-Switch Link and IEEE 802.1Q
// Frame Format", Cisco document 17056). Found by Ethernet, from the destination.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 26, kLengthAt = 12, kBeforeLength = 14;

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kIsl, region, kHeader);
  const uint8_t* p = w.at(region);
  if (!w.push(id::kIsl, region, kHeader)) return {};
  Region frame = region;
  frame.end = std::min(region.end, region.offset + kBeforeLength + be16(p + kLengthAt));  // behind it is ISL's own check sequence
  frame.cap_end = std::min(region.cap_end, frame.end);
  frame = frame.from(region.offset + kHeader);
  ++frame.depth;
  if (frame.end < frame.offset) frame.end = frame.offset;
  return p[5] >> 4 == 0 ? Next{id::kEth, frame} : w.data(frame);
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("ISL");
  c.set_info("");
}

void head(const Dissection&, const LayerRef&, std::string& out) { out += "ISL"; }

}  // namespace

const ProtocolDef kIslDef = {.name = "isl", .long_name = "ISL", .short_name = "ISL", .walk = walk, .columns = columns, .head = head};

}  // namespace wiretail::dissect
