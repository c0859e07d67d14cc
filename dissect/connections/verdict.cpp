// Pure functions over a connection: its state, reason and conn_state by name. Tables in events.md A1 and B5.
#include "dissect/connections/connection.hpp"

namespace wiretail::dissect {

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::kNone: return "";
    case Reason::kFin: return "fin";
    case Reason::kRst: return "rst";
    case Reason::kRejected: return "rejected";
    case Reason::kAttemptTimeout: return "attempt_timeout";
    case Reason::kIdle: return "idle";
    case Reason::kReuse: return "reuse";
    case Reason::kEvicted: return "evicted";
    case Reason::kShutdown: return "shutdown";
  }
  return "";
}

std::string_view protocol_name(const Connection& c) {
  switch (c.protocol) {
    case 6: return "tcp";
    case 17: return "udp";
    case 1: return "icmp";
    case 58: return "icmpv6";
    case 132: return "sctp";
    default: return "ip";
  }
}

std::string_view state_name(const Connection& c) {
  if (c.protocol != 6) return c.ends[0].packets && c.ends[1].packets ? "two_way" : "one_way";
  EndState o = c.ends[0].state, r = c.ends[1].state;
  bool reset = o == EndState::kReset || r == EndState::kReset;
  if (reset && conn_state(c) == "REJ") return "rejected";
  if (reset) return "reset";
  if (o == EndState::kClosed && r == EndState::kClosed) return "closed";
  if (o == EndState::kClosed || r == EndState::kClosed) return "closing";
  if (c.midstream) return "midstream";
  if (c.established) return "established";
  if (r == EndState::kSynAckSent || r == EndState::kEstablished) return "syn_received";
  return "syn_sent";
}

std::string_view conn_state(const Connection& c) {
  const Endpoint &o = c.ends[0], &r = c.ends[1];
  if (c.protocol == 17) return o.packets && r.packets ? "SF" : o.packets ? "S0" : r.packets ? "SHR" : "OTH";
  if (c.protocol != 6) return "OTH";
  auto idle = [](const Endpoint& e) { return e.state == EndState::kInactive || e.state == EndState::kPartial; };
  if (r.state == EndState::kReset) {
    bool refused = o.state == EndState::kSynSent || o.state == EndState::kSynAckSent || (o.state == EndState::kReset && o.bytes == 0 && r.bytes == 0);
    if (refused) return "REJ";
    return idle(o) ? "RSTRH" : "RSTR";
  }
  if (o.state == EndState::kReset) {
    if (!idle(r)) return "RSTO";
    bool syn = c.history.has('S', 0), other = false;
    for (char letter : {'H', 'A', 'F', 'G', 'I', 'Q'}) other |= c.history.has(letter, 0);
    return syn && !other ? "RSTOS0" : "OTH";
  }
  if (o.state == EndState::kClosed && r.state == EndState::kClosed) return "SF";
  if (o.state == EndState::kClosed) return idle(r) ? "SH" : "S2";
  if (r.state == EndState::kClosed) return idle(o) ? "SHR" : "S3";
  if (o.state == EndState::kSynSent && r.state == EndState::kInactive) return "S0";
  if (o.state == EndState::kEstablished && r.state == EndState::kEstablished) return "S1";
  return "OTH";
}

}  // namespace wiretail::dissect
