// User Datagram Protocol. RFC 768; over IPv6 a length of zero marks a jumbogram: RFC 2675 §4.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};

enum Row : unsigned {
  kSrcPort, kDstPort, kPort, kLength, kChecksum, kChecksumStatus, kStream, kTimeRelative, kTimeDelta, 
  kPayload
};

constexpr FieldRow kRows[] = {
    {.name = "udp.srcport", .label = "Source Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at(0,2), .flags = kSummary | kInvariant},
    {.name = "udp.dstport", .label = "Destination Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at(2,2), .flags = kSummary | kInvariant},
    {.name = "udp.port", .label = "Source or Destination Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at_both(0,2,2), .flags = kHidden | kMulti | kInvariant},
    {.name = "udp.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(4,2)},
    {.name = "udp.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(6,2)},
    {.name = "udp.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "udp.stream", .label = "Stream index", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated, .need = Need::kStream},
    {.name = "udp.time_relative", .label = "Time since first frame", .type = FieldType::kRelativeTime, .flags = kGenerated, .need = Need::kStream},
    {.name = "udp.time_delta", .label = "Time since previous frame", .type = FieldType::kRelativeTime, .flags = kGenerated, .need = Need::kStream},
    {.name = "udp.payload", .label = "Payload", .type = FieldType::kBytes},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kUdp, region, kHeader);
  uint32_t length = be16(w.at(region) + 4);
  if (length >= kHeader) {
    region.end = std::min(region.end, region.offset + length);
    region.cap_end = std::min(region.cap_end, region.end);
  }
  LayerRef* layer = w.push(id::kUdp, region, kHeader);
  if (!layer) return {};
  if (length && length < kHeader) return {};
  w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  // A tunnel's headers belong to the walk; everything else is an application's.
  uint16_t from = be16(w.at(region)), to = be16(w.at(region) + 2);
  ProtoId proto = w.next.udp_port(std::min(from, to));
  if (proto == kNoProto) proto = w.next.udp_port(std::max(from, to));
  if (region.captured() == kHeader || proto == kNoProto || Registry::get().protocol(proto).application) return {};
  layer->extra |= kCarriesTunnel;
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  return {proto, payload};
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  emit.fixed(kSrcPort, kChecksum);
  if (emit.data().size() < kHeader) return;
  emit.number(kChecksumStatus, be16(emit.at(6)) == 0 ? 3 : 2);
  const TransportContext* t = emit.transport();
  if (t && t->tracked) {
    emit.number(kStream, t->stream);
    emit.time(kTimeRelative, emit.packet().packet.time - t->first_time);
    emit.time(kTimeDelta, emit.packet().packet.time - t->previous_time);
  }
  if (l.cap_end - l.offset > kHeader) emit.bytes(kPayload, kHeader, l.cap_end - l.offset - kHeader);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("UDP");
  if (l.cap_end - l.offset < kHeader) return c.set_info("");
  const uint8_t* p = d.at(l);
  std::string info;
  append_uint(info, be16(p)), info += " \xe2\x86\x92 ", append_uint(info, be16(p + 2));
  uint32_t length = be16(p + 4);
  if (length && length < kHeader) {
    info += " [BAD UDP LENGTH ", append_uint(info, length), info += " < 8]";
    return c.set_info(info);
  }
  info += " Len=", append_uint(info, l.end - l.offset - kHeader);
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 17}};

}  // namespace

const ProtocolDef kUdpDef = {.name = "udp", .long_name = "User Datagram Protocol", .short_name = "UDP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
