#include "dissect/protocols/trailer.hpp"

#include <algorithm>

#include "dissect/protocol.hpp"

namespace wiretail::dissect::trailer {
namespace {

constexpr uint32_t kSmallestWithoutFcs = 60, kSmallest = 64, kFcs = 4;

// A frame in a tunnel has no smallest length and no check sequence: only what comes first in the packet has.
// Frame Relay and ISL hand over what was on a wire, too.
bool outermost(const Dissection& packet, const LayerRef& layer) {
  const LayerRef* l = &layer;
  while (l > packet.layers.begin() + 1 && l->proto != id::kEth) --l;
  for (--l; l > packet.layers.begin(); --l)
    if (l->proto != id::kIsl && l->proto != id::kFr) return false;
  return layer.buffer == 0;
}

}  // namespace

uint32_t claimed_end(const Dissection& packet, const LayerRef& layer) {
  const LayerRef* above = &layer + 1;
  // Labels are no payload: what is below the last of them has the length.
  while (above < packet.layers.end() && above->proto == id::kMpls) ++above;
  if (above >= packet.layers.end() || above->buffer != layer.buffer) return layer.end;
  // A damaged ARP's item goes to the end of the frame, what of it was read does not.
  return above->proto == id::kArp ? above->offset + above->header_len : above->end;
}

uint32_t unread_end(uint16_t type, Bytes buffer, uint32_t from, uint32_t end) {
  constexpr uint16_t kEapol = 0x888e, kLldp = 0x88cc, kPtp = 0x88f7;
  constexpr uint32_t kLldpEarly = 3;  // where Wireshark 4.0 has its end: before the last unit, of two bytes, and one more
  const uint32_t there = std::min(end, static_cast<uint32_t>(buffer.size()));
  if (from + 4 > there) return end;
  const uint8_t* p = buffer.data() + from;
  switch (type) {
    case kEapol: return std::min(end, from + 4 + be16(p + 2));
    case kPtp: return std::min(end, from + be16(p + 2));
    case kLldp:
      for (uint32_t at = from; at + 2 <= there;) {
        const uint16_t word = be16(buffer.data() + at);
        at += 2u + (word & 0x1ff);
        if (word >> 9 == 0) return std::min(end, at - kLldpEarly);
      }
      return end;
    default: return end;
  }
}

void emit(Emit& emit, unsigned trailer_row, uint32_t claimed, uint32_t end, unsigned fcs_row, unsigned fcs_status_row) {
  const LayerRef& l = emit.layer();
  if (claimed >= end) return;
  const uint8_t* bytes = emit.packet().buffer(l.buffer).data();
  uint32_t from = claimed;
  bool bad = false, first = outermost(emit.packet(), l);
  if (constexpr uint32_t smallest = kSmallestWithoutFcs; first && end >= smallest && claimed < smallest) {
    uint32_t present = std::min(smallest, l.cap_end);
    bool zeros = std::all_of(bytes + std::min(claimed, present), bytes + present, [](uint8_t b) { return b == 0; });
    if (zeros && present < smallest) return;  // cut within the padding
    if (zeros) {
      emit.foreign(id::kEth, kPadding, Value::of_bytes({bytes + claimed, smallest - claimed}), claimed - l.offset, smallest - claimed);
      from = smallest;
    } else {
      bad = true;
    }
  }
  bool fcs = fcs_row != Emit::kNoRow && first && end >= kSmallest && end - from >= kFcs;
  uint32_t last = fcs ? end - kFcs : end;
  if (last > from && from < l.cap_end) {
    emit.bytes(trailer_row, from - l.offset, last - from);
    if (bad) {
      emit.push();
      emit.foreign(id::kEth, kPaddingBad, Value{}, from - l.offset, 0);
      emit.expert(Emit::kNoRow, severity::kNote, group::kProtocol, "Didn't find padding of zeros, and an undecoded trailer exists. There may be padding of non-zeros.");
      emit.pop();
    }
  }
  if (fcs && end <= l.cap_end) {
    emit.read(fcs_row, last - l.offset, kFcs), emit.remark(" [unverified]");
    emit.number(fcs_status_row, 2, last - l.offset, 0);
  }
}

}  // namespace wiretail::dissect::trailer
