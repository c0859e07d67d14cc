// The pseudo-protocol `conn`: a connection's fields on its events (events.md B5). Roles are originator and responder.
#include <algorithm>
#include <string>

#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/framed_units.hpp"

namespace wiretail::dissect {
namespace {

enum Row : unsigned {
  kProto, kOrigIp, kOrigIp6, kOrigPort, kRespIp, kRespIp6, kRespPort, kStart, kLast, kState, kReason, kConnState, kHistory, kCompleteness, kDuration,
  kOrigPackets, kRespPackets, kOrigBytes, kRespBytes, kOrigIpBytes, kRespIpBytes, kRtt, kRttSyn, kRttAck, kOrigRetransmits, kRespRetransmits,
  kOrigOutOfOrder, kRespOutOfOrder, kOrigZeroWindows, kRespZeroWindows, kOrigMissed, kRespMissed, kApp, kUpdate, kFlipped, kEmergency,
};

// The row's value of the event; false: it has none.
[[gnu::always_inline]] inline bool value_of(Row row, const ConnectionEvent& event, const Connection& c, Value& v) {
  using Kind = ConnectionEvent::Kind;
  const bool end = event.kind == Kind::kEnd, update = event.kind == Kind::kUpdate, tcp = c.protocol == 6;
  auto number = [&](uint64_t n, bool there = true) { return v = Value::of_uint(n), there; };
  auto text = [&](std::string_view t, bool there = true) { return v = Value::of_text(t), there; };
  auto time = [&](Time t, bool there = true) { return v = Value::of_time(t), there; };
  auto ip = [&](int side) { return number(be32(c.addresses[side].data()), !c.v6); };
  auto ip6 = [&](int side) { return v = Value::of_bytes({c.addresses[side].data(), 16}), c.v6; };
  switch (row) {  // what an application's transactions have as well
    case kOrigIp: return ip(0);
    case kOrigIp6: return ip6(0);
    case kOrigPort: return number(c.ports[0]);
    case kRespIp: return ip(1);
    case kRespIp6: return ip6(1);
    case kRespPort: return number(c.protocol == 1 || c.protocol == 58 ? c.icmp_code : c.ports[1]);
    default: break;
  }
  if (event.kind == Kind::kHttp || event.kind == Kind::kDns) return false;
  const bool counted = event.kind != Kind::kNew, analysed = (end || update) && tcp;
  const bool rtt = counted && !update && c.has_rtt() && c.own_handshake();
  const Endpoint &o = c.ends[0], &r = c.ends[1];
  switch (row) {
    case kProto: return text(protocol_name(c));
    case kStart: return time(c.start);
    case kLast: return time(c.last);
    case kState: return text(state_name(c));
    case kReason: return end && text(reason_name(c.reason));
    case kConnState: return end && text(conn_state(c));
    case kHistory: return (end || update) && text(c.history.text());
    case kCompleteness: return number(c.all_seen, end && tcp);
    case kDuration: return (end || update) && time(c.last.time() - c.start.time());
    case kOrigPackets: return number(o.packets, counted);
    case kRespPackets: return number(r.packets, counted);
    case kOrigBytes: return number(o.bytes, counted);
    case kRespBytes: return number(r.bytes, counted);
    case kOrigIpBytes: return number(o.ip_bytes, counted);
    case kRespIpBytes: return number(r.ip_bytes, counted);
    case kRtt: return rtt && time(c.initial_rtt());
    case kRttSyn: return rtt && c.syn_ack_time.set() && time(c.syn_ack_time.time() - c.syn_time.time());
    case kRttAck: return rtt && c.syn_ack_time.set() && time(c.ack_time.time() - c.syn_ack_time.time());
    case kOrigRetransmits: return number(o.retransmits, analysed);
    case kRespRetransmits: return number(r.retransmits, analysed);
    case kOrigOutOfOrder: return number(o.out_of_order, analysed);
    case kRespOutOfOrder: return number(r.out_of_order, analysed);
    case kOrigZeroWindows: return number(o.zero_windows, analysed);
    case kRespZeroWindows: return number(r.zero_windows, analysed);
    case kOrigMissed: return number(o.missed_bytes, analysed);
    case kRespMissed: return number(r.missed_bytes, analysed);
    case kApp: {
      if (c.app == kNoProto) return false;
      if (c.app != id::kData) return text(Registry::get().protocol(c.app).name);
      const std::string_view framed = framed::name(c.ports[0], c.ports[1]);  // whose units are put together
      return text(framed.empty() ? "tls" : framed);
    }
    case kUpdate: return number(event.update, update);
    case kFlipped: return number(1, c.flipped);
    case kEmergency: return number(1, end && c.reason == Reason::kEvicted);
    default: return false;
  }
}

template <Row which>
bool read(Dissection& d, const LayerRef&, Value& v) {
  return d.event && d.event->connection && value_of(which, *d.event, *d.event->connection, v);
}

template <Row which>
constexpr FieldRow row(std::string_view name, std::string_view label, FieldType type, uint16_t flags = 0) {
  Base base = is_integer(type) ? Base::kDec : type == FieldType::kAbsoluteTime ? Base::kUtcTime : Base::kNone;
  return {.name = name, .label = label, .type = type, .base = base, .flags = static_cast<uint16_t>(kOurs | flags), .need = Need::kStream, .direct = read<which>};
}

constexpr FieldRow kRows[] = {
    row<kProto>("conn.proto", "Transport protocol: tcp, udp, icmp, icmpv6", FieldType::kString),
    row<kOrigIp>("conn.orig_ip", "Originator's address", FieldType::kIpv4, kOnEvents), row<kOrigIp6>("conn.orig_ip", "Originator's address", FieldType::kIpv6, kOnEvents),
    row<kOrigPort>("conn.orig_port", "Originator's port (ICMP: type)", FieldType::kUint16, kOnEvents),
    row<kRespIp>("conn.resp_ip", "Responder's address", FieldType::kIpv4, kOnEvents), row<kRespIp6>("conn.resp_ip", "Responder's address", FieldType::kIpv6, kOnEvents),
    row<kRespPort>("conn.resp_port", "Responder's port (ICMP: code)", FieldType::kUint16, kOnEvents),
    row<kStart>("conn.start", "Time of the first packet", FieldType::kAbsoluteTime), row<kLast>("conn.last", "Time of the last packet", FieldType::kAbsoluteTime),
    row<kState>("conn.state", "State now", FieldType::kString), row<kReason>("conn.reason", "Why the connection ended", FieldType::kString),
    row<kConnState>("conn.conn_state", "Zeek's conn_state", FieldType::kString), row<kHistory>("conn.history", "Zeek's history", FieldType::kString),
    row<kCompleteness>("conn.completeness", "Bits of tcp.completeness, final", FieldType::kUint8), row<kDuration>("conn.duration", "Last packet minus first", FieldType::kRelativeTime),
    row<kOrigPackets>("conn.orig_packets", "Packets of the originator", FieldType::kUint32), row<kRespPackets>("conn.resp_packets", "Packets of the responder", FieldType::kUint32),
    row<kOrigBytes>("conn.orig_bytes", "Payload bytes of the originator", FieldType::kUint64), row<kRespBytes>("conn.resp_bytes", "Payload bytes of the responder", FieldType::kUint64),
    row<kOrigIpBytes>("conn.orig_ip_bytes", "IP bytes of the originator", FieldType::kUint64), row<kRespIpBytes>("conn.resp_ip_bytes", "IP bytes of the responder", FieldType::kUint64),
    row<kRtt>("conn.rtt", "Round-trip time: SYN to ACK", FieldType::kRelativeTime), row<kRttSyn>("conn.rtt_syn", "SYN to SYN-ACK", FieldType::kRelativeTime),
    row<kRttAck>("conn.rtt_ack", "SYN-ACK to ACK", FieldType::kRelativeTime),
    row<kOrigRetransmits>("conn.orig_retransmits", "Retransmissions of the originator", FieldType::kUint32), row<kRespRetransmits>("conn.resp_retransmits", "Retransmissions of the responder", FieldType::kUint32),
    row<kOrigOutOfOrder>("conn.orig_out_of_order", "Out-of-order segments of the originator", FieldType::kUint32), row<kRespOutOfOrder>("conn.resp_out_of_order", "Out-of-order segments of the responder", FieldType::kUint32),
    row<kOrigZeroWindows>("conn.orig_zero_windows", "Zero windows of the originator", FieldType::kUint32), row<kRespZeroWindows>("conn.resp_zero_windows", "Zero windows of the responder", FieldType::kUint32),
    row<kOrigMissed>("conn.orig_missed_bytes", "Bytes of the originator never seen", FieldType::kUint64), row<kRespMissed>("conn.resp_missed_bytes", "Bytes of the responder never seen", FieldType::kUint64),
    row<kApp>("conn.app", "Application protocol", FieldType::kString), row<kUpdate>("conn.update", "Number of the update", FieldType::kUint32),
    row<kFlipped>("conn.flipped", "Roles were inferred, not seen", FieldType::kBoolean), row<kEmergency>("conn.emergency", "Pushed out for want of room", FieldType::kBoolean),
};

// The rows are read where they are asked for; this says them to -V.
void details(Emit& emit) {
  const ConnectionEvent* event = emit.packet().event;
  if (!emit.showing() || !event || !event->connection) return;
  for (unsigned row = 0; row < std::size(kRows); ++row)
    if (Value v; value_of(static_cast<Row>(row), *event, *event->connection, v)) emit.put(row, v, 0, 0);
}

}  // namespace

const ProtocolDef kConnDef = {.name = "conn", .long_name = "Connection event", .short_name = "conn", .rows = kRows, .details = details, .pseudo = true};

}  // namespace wiretail::dissect
