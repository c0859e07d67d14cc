// The frame: what the capture says of the packet, before any protocol. Fields as Wireshark's `frame`.
#include <string>

#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

enum Row : unsigned { kNumber, kTime, kTimeEpoch, kTimeDelta, kTimeDeltaDisplayed, kTimeRelative, kLen, kCapLen, kProtocols, kInterfaceId, kInterfaceName, kInterfaceDescription };

constexpr FieldRow kRows[] = {
    {.name = "frame.number", .label = "Frame Number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary},
    {.name = "frame.time", .label = "Arrival Time", .type = FieldType::kAbsoluteTime, .base = Base::kLocalTime},
    {.name = "frame.time_epoch", .label = "Epoch Time", .type = FieldType::kRelativeTime},
    {.name = "frame.time_delta", .label = "Time delta from previous captured frame", .type = FieldType::kRelativeTime},
    {.name = "frame.time_delta_displayed", .label = "Time delta from previous displayed frame", .type = FieldType::kRelativeTime},
    {.name = "frame.time_relative", .label = "Time since reference or first frame", .type = FieldType::kRelativeTime},
    {.name = "frame.len", .label = "Frame length on the wire", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary},
    {.name = "frame.cap_len", .label = "Frame length stored into the capture file", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary},
    {.name = "frame.protocols", .label = "Protocols in frame", .type = FieldType::kString, .flags = kSummary, .need = Need::kEverything},
    {.name = "frame.interface_id", .label = "Interface id", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "frame.interface_name", .label = "Interface name", .type = FieldType::kString},
    {.name = "frame.interface_description", .label = "Interface description", .type = FieldType::kString},
};

Next walk(Walk& w, Region region) {
  LayerRef* layer = w.push(id::kFrame, region, region.captured());
  if (!layer) return {};
  ProtoId proto = w.next.link_type(w.d.packet.link_type);
  region.depth = 1;
  if (proto == kNoProto) {
    w.count_unsupported();
    return w.data(region);
  }
  return {proto, region};
}

void details(Emit& emit) {
  Dissection& d = emit.packet();
  const Packet& p = d.packet;
  if (!d.interface_name.empty()) {
    emit.number(kInterfaceId, p.interface_id);
    emit.text(kInterfaceName, d.interface_name);
    if (!d.interface_description.empty()) emit.text(kInterfaceDescription, d.interface_description);
  }
  if (p.has_time) {
    emit.time(kTime, p.time);
    emit.time(kTimeEpoch, p.time);
    if (const RunTimes* t = d.times) {
      emit.time(kTimeDelta, t->has_previous ? p.time - t->previous : Time{});
      emit.time(kTimeDeltaDisplayed, t->has_displayed ? p.time - t->previous_displayed : Time{});
      emit.time(kTimeRelative, t->has_first ? p.time - t->first : Time{});
    }
  }
  emit.number(kNumber, p.number);
  emit.number(kLen, p.len);
  emit.number(kCapLen, p.cap_len);
  if (emit.wants(kProtocols)) {
    std::string names;
    for (const LayerRef& l : d.layers) {
      if (l.proto == id::kFrame || (l.proto == id::kHttp && l.number > 1)) continue;  // several messages in a packet are HTTP once
      if (!names.empty()) names += ':';
      names += Registry::get().protocol(l.proto).name;
      // Wireshark counts the look-up by Ethernet type as a protocol.
      const LayerRef* above = &l + 1;
      bool by_type = l.proto == id::kEth || l.proto == id::kVlan || l.proto == id::kSll;
      if (by_type && above != d.layers.end() && above->proto != id::kData && above->proto != id::kMalformed && above->proto != id::kShort) names += ":ethertype";
    }
    emit.text(kProtocols, names);
  }
}

}  // namespace

const ProtocolDef kFrameDef = {.name = "frame", .long_name = "Frame", .short_name = "Frame", .rows = kRows, .walk = walk, .details = details};

}  // namespace wiretail::dissect
