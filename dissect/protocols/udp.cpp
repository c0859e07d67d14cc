// User Datagram Protocol. RFC 768; over IPv6 a length of zero marks a jumbogram: RFC 2675 §4.
#include <algorithm>
#include <cstdio>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/plain_headers.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};

bool payload(Dissection& packet, const LayerRef& layer, Value& value);
bool plain_payload(const PlainHeaders& headers, Bytes& value);

enum Row : unsigned {
  kSrcPort, kDstPort, kPort, kLength, kChecksum, kChecksumStatus, kStream, kTimeRelative, kTimeDelta, 
  kPayload, kLengthBad, kLengthBadZero, kChecksumZero, kTraceroute, kPduSize
};

constexpr FieldRow kRows[] = {
    {.name = "udp.srcport", .label = "Source Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at(0,2), .flags = kSummary | kInvariant},
    {.name = "udp.dstport", .label = "Destination Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at(2,2), .flags = kSummary | kInvariant},
    {.name = "udp.port", .label = "Source or Destination Port", .type = FieldType::kUint16, .base = Base::kPtUdp, .fixed = at_both(0,2,2), .flags = kHidden | kMulti | kInvariant},
    {.name = "udp.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(4,2), .blurb = "Length in octets including this header and the data"},
    {.name = "udp.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(6,2), .blurb = "Details at: https://www.wireshark.org/docs/wsug_html_chunked/ChAdvChecksums.html"},
    {.name = "udp.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "udp.stream", .label = "Stream index", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated, .need = Need::kStream},
    {.name = "udp.time_relative", .label = "Time since first frame", .type = FieldType::kRelativeTime, .flags = kGenerated, .need = Need::kStream, .blurb = "Time relative to first frame in this UDP stream"},
    {.name = "udp.time_delta", .label = "Time since previous frame", .type = FieldType::kRelativeTime, .flags = kGenerated, .need = Need::kStream, .blurb = "Time delta from previous frame in this UDP stream"},
    {.name = "udp.payload", .label = "Payload", .type = FieldType::kBytes, .direct = payload, .plain_bytes = plain_payload},
    {.name = "udp.length.bad", .label = "Bad length value", .type = FieldType::kNone, .flags = kExpert},
    {.name = "udp.length.bad_zero", .label = "Length is zero but payload < 65536", .type = FieldType::kNone, .flags = kExpert},
    {.name = "udp.checksum.zero", .label = "Illegal checksum value (0)", .type = FieldType::kNone, .flags = kExpert},
    {.name = "udp.possible_traceroute", .label = "Possible traceroute", .type = FieldType::kNone, .flags = kExpert},
    {.name = "udp.pdu.size", .label = "PDU Size", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated, .blurb = "The size of this PDU"},
};
static_assert(rows_fit(kRows, kHeader));

// Over IPv6 a length of zero stands for what the network header says.
bool over_ipv6(const Dissection& d, const LayerRef& l) {
  const LayerRef* below = &l;
  while (below != d.layers.begin() && below->proto != id::kIp && below->proto != id::kIpv6) --below;
  return below->proto == id::kIpv6;
}

// LayerRef::extra beside kCarriesTunnel: bytes that the network layer gave beyond the datagram's own length.
constexpr uint16_t kTrailing = 0x3fff;
uint32_t given_length(const LayerRef& l) { return l.end - l.offset + (l.extra & kTrailing); }

// All that the network layer carries, whatever the length says.
bool payload(Dissection& d, const LayerRef& l, Value& value) {
  if (l.cap_end - l.offset < kHeader) return false;
  const uint8_t* p = d.at(l);
  const uint32_t length = be16(p + 4);
  if (length == kHeader || (length < kHeader && (length || !over_ipv6(d, l)))) return false;
  const auto whole = static_cast<uint32_t>(d.buffer(l.buffer).size());
  const uint32_t end = l.cap_end < l.end ? l.cap_end : std::min(l.end + (l.extra & kTrailing), whole);
  if (end <= l.offset + kHeader) return false;
  return value = Value::of_bytes({p + kHeader, end - l.offset - kHeader}), true;
}

bool plain_payload(const PlainHeaders& headers, Bytes& value) {
  value = {};
  if (headers.is_tcp()) return true;
  const uint8_t* p = headers.transport();
  const uint32_t carried = headers.is_v6() ? be16(headers.network() + 4) : be16(headers.network() + 2) - 20u;
  if (be16(p + 4) != carried) return false;  // something behind, which may belong to it
  value = {p + kHeader, headers.transport_present() - kHeader};
  return true;
}

Next walk(Walk& w, const Region& received) {
  Region region = received;
  // The ports are read together.
  if (region.captured() < kHeader) return w.damaged(id::kUdp, region, kHeader, region.captured() < 4 ? 0 : kHeader);
  uint32_t length = be16(w.at(region) + 4), rest = 0;
  const uint32_t given_end = region.cap_end;
  if (length >= kHeader && length < region.length()) {
    rest = region.length() - length;
    region.end = region.offset + length;
    region.cap_end = std::min(region.cap_end, region.end);
  }
  if (length < kHeader && length) region.cap_end = region.end = region.offset + 6;  // the checksum is not looked at
  LayerRef* layer = w.push(id::kUdp, region, kHeader);
  if (!layer) return {};
  layer->search_end = given_end;
  layer->extra = static_cast<uint16_t>(std::min(rest, uint32_t{kTrailing}));
  if (length < kHeader && (length || !over_ipv6(w.d, *layer))) {
    if (!length) layer->cap_end = layer->end = region.offset + 6;
    return {};
  }
  if (region.length() > kHeader && region.captured() == kHeader) w.damage(*layer, kShort);
  // It promises data and there is none at all.
  if (length > kHeader && region.length() == kHeader && region.captured() == kHeader && !(region.flags & (kQuoted | kFragmented))) w.damage(*layer, kMalformed);
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

// The ports that traceroute counts up from, three attempts a hop.
void possible_traceroute(Emit& emit) {
  if (emit.data().size() < 4) return;
  for (uint32_t at : {0u, 2u}) {
    const uint32_t port = be16(emit.at(at));
    if (port < 33435 || port > 33464) continue;
    char text[60];
    std::snprintf(text, sizeof text, "Possible traceroute: hop #%u, attempt #%u", (port - 33435) / 3 + 1, (port - 33435) % 3 + 1);
    return emit.expert(kTraceroute, severity::kChat, group::kSequence, text);
  }
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  emit.fixed(kSrcPort, kLength);
  possible_traceroute(emit);
  auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 6) return;
  const uint8_t* p = emit.at(0);
  const uint32_t length = be16(p + 4);
  const bool v6 = over_ipv6(emit.packet(), l);
  char text[80];
  if (emit.showing()) {
    std::snprintf(text, sizeof text, length < kHeader ? " (bogus, must be >= 8)" : " (bogus, payload length %u)", given_length(l));
    if (length < kHeader ? length || !v6 : length > given_length(l) && !(l.flags & (kFragmented | kQuoted))) emit.remark(text);
  }
  if (length < kHeader && (length || !v6)) {
    std::snprintf(text, sizeof text, "Bad length value %u < 8", length);
    return emit.expert(kLengthBad, severity::kError, group::kMalformed, text);
  }
  if (length == 0) {
    emit.expert(kLengthBadZero, severity::kWarning, group::kProtocol);
  } else if (length > given_length(l) && !(l.flags & (kFragmented | kQuoted))) {
    std::snprintf(text, sizeof text, "Bad length value %u > IP payload length", length);
    emit.expert(kLengthBad, severity::kError, group::kMalformed, text);
  }
  if (have < kHeader) return;
  emit.fixed(kChecksum);
  const bool absent = be16(p + 6) == 0;
  emit.remark(!absent ? " [unverified]" : v6 ? " [zero-value illegal]" : " [zero-value ignored]");
  if (absent) emit.push();
  const bool illegal = be16(p + 6) == 0 && v6;
  if (illegal) emit.expert(kChecksumZero, severity::kError, group::kChecksum);
  emit.number(kChecksumStatus, illegal ? 4 : absent ? 3 : 2, 6, absent ? 2 : 0);
  if (absent) emit.pop();
  const TransportContext* t = emit.transport();
  if (t && t->tracked) {
    emit.number(kStream, t->stream);
    if (length != kHeader && !(l.flags & kQuoted)) {
      emit.branch("[Timestamps]");
      Emit::Below below(emit);
      emit.time(kTimeRelative, emit.packet().packet.time - t->first_time);
      emit.time(kTimeDelta, emit.packet().packet.time - t->previous_time);
    }
  }
  if (constexpr uint16_t kKnx = 3671; emit.wants(kPduSize) && (be16(p) == kKnx || be16(p + 2) == kKnx) && have >= kHeader + 6) emit.number(kPduSize, be16(p + kHeader + 4), kHeader, be16(p + kHeader + 4));  // KNXnet/IP says its length
  if (Value value; emit.wants(kPayload) && payload(emit.packet(), l, value)) {
    emit.put(kPayload, value, kHeader, value.n);
    if (emit.showing()) {
      std::string line = "UDP payload (";
      append_uint(line, value.n), line += value.n == 1 ? " byte)" : " bytes)";
      emit.shown(line);
    }
  }
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  const uint32_t have = l.cap_end - l.offset;
  if (have < 4) return;
  c.set_protocol("UDP");
  const uint8_t* p = d.at(l);
  std::string info;
  append_uint(info, be16(p)), info += " \xe2\x86\x92 ", append_uint(info, be16(p + 2));
  if (have < 6) return c.set_info(info);
  const uint32_t length = be16(p + 4);
  const bool v6 = over_ipv6(d, l);
  if (length < kHeader && (length || !v6)) {
    info += " [BAD UDP LENGTH ", append_uint(info, length), info += " < 8]";
    return c.set_info(info);
  }
  if (length > given_length(l) && !(l.flags & (kFragmented | kQuoted))) info += " [BAD UDP LENGTH ", append_uint(info, length), info += " > IP PAYLOAD LENGTH]";
  info += " Len=", append_uint(info, (length ? length : given_length(l)) - kHeader);
  if (!length) info += " [Jumbogram]";
  if (have >= kHeader && be16(p + 6) == 0 && v6) info += " [ILLEGAL CHECKSUM (0)]";
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "User Datagram Protocol";
  if (l.cap_end - l.offset < 4) return;
  out += ", Src Port: ", append_uint(out, be16(d.at(l))), out += ", Dst Port: ", append_uint(out, be16(d.at(l) + 2));
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 17}};

}  // namespace

const ProtocolDef kUdpDef = {.name = "udp", .long_name = "User Datagram Protocol", .short_name = "UDP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 4};

}  // namespace wiretail::dissect
