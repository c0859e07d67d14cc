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

constexpr FieldRow row(std::string_view name, std::string_view label, FieldType type, uint16_t flags = 0) {
  Base base = is_integer(type) ? Base::kDec : type == FieldType::kAbsoluteTime ? Base::kUtcTime : Base::kNone;
  return {.name = name, .label = label, .type = type, .base = base, .flags = static_cast<uint16_t>(kOurs | flags), .need = Need::kStream};
}

constexpr FieldRow kRows[] = {
    row("conn.proto", "Transport protocol: tcp, udp, icmp, icmpv6", FieldType::kString),
    row("conn.orig_ip", "Originator's address", FieldType::kIpv4), row("conn.orig_ip", "Originator's address", FieldType::kIpv6),
    row("conn.orig_port", "Originator's port (ICMP: type)", FieldType::kUint16),
    row("conn.resp_ip", "Responder's address", FieldType::kIpv4), row("conn.resp_ip", "Responder's address", FieldType::kIpv6),
    row("conn.resp_port", "Responder's port (ICMP: code)", FieldType::kUint16),
    row("conn.start", "Time of the first packet", FieldType::kAbsoluteTime), row("conn.last", "Time of the last packet", FieldType::kAbsoluteTime),
    row("conn.state", "State now", FieldType::kString), row("conn.reason", "Why the connection ended", FieldType::kString),
    row("conn.conn_state", "Zeek's conn_state", FieldType::kString), row("conn.history", "Zeek's history", FieldType::kString),
    row("conn.completeness", "Bits of tcp.completeness, final", FieldType::kUint8), row("conn.duration", "Last packet minus first", FieldType::kRelativeTime),
    row("conn.orig_packets", "Packets of the originator", FieldType::kUint32), row("conn.resp_packets", "Packets of the responder", FieldType::kUint32),
    row("conn.orig_bytes", "Payload bytes of the originator", FieldType::kUint64), row("conn.resp_bytes", "Payload bytes of the responder", FieldType::kUint64),
    row("conn.orig_ip_bytes", "IP bytes of the originator", FieldType::kUint64), row("conn.resp_ip_bytes", "IP bytes of the responder", FieldType::kUint64),
    row("conn.rtt", "Round-trip time: SYN to ACK", FieldType::kRelativeTime), row("conn.rtt_syn", "SYN to SYN-ACK", FieldType::kRelativeTime),
    row("conn.rtt_ack", "SYN-ACK to ACK", FieldType::kRelativeTime),
    row("conn.orig_retransmits", "Retransmissions of the originator", FieldType::kUint32), row("conn.resp_retransmits", "Retransmissions of the responder", FieldType::kUint32),
    row("conn.orig_out_of_order", "Out-of-order segments of the originator", FieldType::kUint32), row("conn.resp_out_of_order", "Out-of-order segments of the responder", FieldType::kUint32),
    row("conn.orig_zero_windows", "Zero windows of the originator", FieldType::kUint32), row("conn.resp_zero_windows", "Zero windows of the responder", FieldType::kUint32),
    row("conn.orig_missed_bytes", "Bytes of the originator never seen", FieldType::kUint64), row("conn.resp_missed_bytes", "Bytes of the responder never seen", FieldType::kUint64),
    row("conn.app", "Application protocol", FieldType::kString), row("conn.update", "Number of the update", FieldType::kUint32),
    row("conn.flipped", "Roles were inferred, not seen", FieldType::kBoolean), row("conn.emergency", "Pushed out for want of room", FieldType::kBoolean),
};

void address(Emit& emit, const Connection& c, int end, unsigned v4, unsigned v6) {
  if (c.v6) emit.put(v6, Value::of_bytes({c.addresses[end].data(), 16}), 0, 0);
  else emit.number(v4, be32(c.addresses[end].data()));
}

void counters(Emit& emit, const Connection& c) {
  for (int end = 0; end < 2; ++end) {
    const Endpoint& e = c.ends[end];
    auto side = static_cast<unsigned>(end);
    emit.number(kOrigPackets + side, e.packets);
    emit.number(kOrigBytes + side, e.bytes);
    emit.number(kOrigIpBytes + side, e.ip_bytes);
  }
}

void details(Emit& emit) {
  const ConnectionEvent* event = emit.packet().event;
  if (!event || !event->connection) return;
  const Connection& c = *event->connection;
  using Kind = ConnectionEvent::Kind;
  bool transaction = event->kind == Kind::kHttp || event->kind == Kind::kDns, end = event->kind == Kind::kEnd, update = event->kind == Kind::kUpdate;
  if (!transaction) emit.text(kProto, protocol_name(c));
  address(emit, c, 0, kOrigIp, kOrigIp6);
  emit.number(kOrigPort, c.ports[0]);
  address(emit, c, 1, kRespIp, kRespIp6);
  emit.number(kRespPort, c.protocol == 1 || c.protocol == 58 ? c.icmp_code : c.ports[1]);
  if (transaction) return;
  emit.time(kStart, c.start);
  emit.time(kLast, c.last);
  emit.text(kState, state_name(c));
  if (end) {
    emit.text(kReason, reason_name(c.reason));
    emit.text(kConnState, conn_state(c));
    if (c.protocol == 6) emit.number(kCompleteness, c.all_seen);
  }
  if (end || update) {
    emit.text(kHistory, c.history.text());
    emit.time(kDuration, c.last.time() - c.start.time());
  }
  if (event->kind != Kind::kNew) counters(emit, c);
  if (c.has_rtt() && c.own_handshake() && !update && event->kind != Kind::kNew) {
    emit.time(kRtt, c.initial_rtt());
    if (c.syn_ack_time.set()) emit.time(kRttSyn, c.syn_ack_time.time() - c.syn_time.time()), emit.time(kRttAck, c.ack_time.time() - c.syn_ack_time.time());
  }
  if ((end || update) && c.protocol == 6)
    for (unsigned side = 0; side < 2; ++side) {
      const Endpoint& e = c.ends[side];
      emit.number(kOrigRetransmits + side, e.retransmits);
      emit.number(kOrigOutOfOrder + side, e.out_of_order);
      emit.number(kOrigZeroWindows + side, e.zero_windows);
      emit.number(kOrigMissed + side, e.missed_bytes);
    }
  if (c.app == id::kData) {  // whose units are put together
    const std::string_view framed = framed::name(c.ports[0], c.ports[1]);
    emit.text(kApp, framed.empty() ? "tls" : framed);
  } else if (c.app != kNoProto) {
    emit.text(kApp, Registry::get().protocol(c.app).name);
  }
  if (update) emit.number(kUpdate, event->update);
  if (c.flipped) emit.number(kFlipped, 1);
  if (end && c.reason == Reason::kEvicted) emit.number(kEmergency, 1);
}

}  // namespace

const ProtocolDef kConnDef = {.name = "conn", .long_name = "Connection event", .short_name = "conn", .rows = kRows, .details = details, .pseudo = true};

}  // namespace wiretail::dissect
