// What a packet does to its connection: the two ends' states, the history, the completeness bits and why it is over.
#include "dissect/connections/trackers.hpp"

#include <algorithm>

namespace wiretail::dissect {

using namespace tcp_flag;

void Trackers::follow_datagram(Connection& c, uint8_t direction, Time now) {
  c.history.once('D', direction);
  if (direction == 1 && !c.established) {
    c.established = true;
    raise(ConnectionEvent::Kind::kEstablished, now, &c);
  }
}

// The two ends' states, the history and the completeness bits (events.md A1, A7).
void Trackers::follow_tcp(Connection& c, uint8_t direction, const Segment& s, bool fresh, bool retransmitted) {
  Endpoint &e = c.ends[direction], &other = c.ends[!direction];
  const bool syn = s.flags & kSyn, ack = s.flags & kAck, fin = s.flags & kFin, rst = s.flags & kRst;
  // A first packet that is no SYN adds nothing to the completeness that Wireshark's first pass knows.
  uint8_t bits = static_cast<uint8_t>((syn ? ack ? 2 : 1 : ack && !s.length ? 4 : 0) | (s.length && !rst && (syn || ack) ? 8 : 0) | (fin && ack ? 16 : 0) | (rst ? 32 : 0));
  c.all_seen = static_cast<uint8_t>(c.all_seen | bits);
  // nor does a SYN later on, and data of a SYN only if it is the first of all between these ports.
  if (fresh) c.completeness = static_cast<uint8_t>(c.completeness | (syn && !ack ? bits & (c.reused ? ~8 : ~0) : 0));
  else c.completeness = static_cast<uint8_t>(c.completeness | (bits & (syn ? ~9 : ~1)));
  if (fresh && !(syn && !ack)) c.midstream = true;

  // A connection that began with a SYN-ACK turns round when its other end answers.
  if (c.midstream && !c.flipped && direction == 1 && c.ends[0].state == EndState::kSynAckSent && !syn && !rst) {
    std::swap(c.ends[0], c.ends[1]);
    std::swap(c.addresses[0], c.addresses[1]);
    std::swap(c.ports[0], c.ports[1]);
    if (c.held) {
      HeldStreams& held = c.held->streams();
      std::swap(held.places[0], held.places[1]), std::swap(held.gaps[0], held.gaps[1]);
    }
    c.history.flip();
    c.flipped = true;
    return follow_tcp(c, 0, s, false, retransmitted);
  }
  History& h = c.history;
  if (syn && (fin || rst)) h.once('Q', direction);
  else if (fin && rst) h.once('I', direction);
  else if (syn) {
    char letter = ack ? 'H' : 'S';
    if (!h.has(letter, direction) || e.history_seq != s.seq) h.add(letter, direction), h.mark(letter, direction), e.history_seq = s.seq;
  } else if (fin) {
    uint32_t end = s.seq + s.length;
    if (!h.has('F', direction) || e.history_seq != end) h.add('F', direction), h.mark('F', direction), e.history_seq = end;
  } else if (rst) {
    if (!h.has('R', direction) || e.history_seq != s.seq) h.add('R', direction), h.mark('R', direction), e.history_seq = s.seq;
  } else if (s.length) {
    h.once('D', direction);
  } else if (ack) {
    h.once('A', direction);
  }
  if (s.length && retransmitted && History::worth_writing(e.retransmits)) h.add('T', direction);
  if (s.window == 0 && !syn && !fin && !rst && e.zero_windows && History::worth_writing(e.zero_windows)) h.add('W', direction);

  if (rst) {
    e.state = EndState::kReset;
  } else if (syn && ack) {
    if (direction == 1 && other.state == EndState::kSynSent) e.state = other.state = EndState::kEstablished;
    else if (e.state == EndState::kInactive) e.state = EndState::kSynAckSent;
    if (!c.syn_ack_time.set()) c.syn_ack_time = s.time;
  } else if (syn) {
    if (e.state == EndState::kInactive) e.state = EndState::kSynSent;
  } else if (e.state == EndState::kInactive && (s.length || ack)) {
    e.state = EndState::kPartial;
  }
  if (fin && !rst) {
    e.state = EndState::kClosed;
    if (!e.seen_fin) e.closes_first |= !other.seen_fin && !other.closes_first, e.seen_fin = true, e.fin_seq = s.seq + s.length + 1;
  } else if (fin) {
    e.closes_first |= !other.seen_fin && !other.closes_first;  // a FIN all the same
  }
  // The round trip, as Wireshark has it: from the last SYN to the first acknowledgement that took time, whoever sent them.
  if (syn && !ack && !c.ack_time.set()) c.syn_time = s.time;
  if (ack && !syn && c.syn_time.set() && (!c.ack_time.set() || c.ack_time == c.syn_time)) c.ack_time = s.time;
  if (ack && !syn && !rst && !c.established) {
    bool handshake = c.own_handshake() && direction == 0 && c.syn_ack_time.set() && c.syn_time.set();
    bool missed = (c.flipped || (c.resumed && c.midstream)) && direction == 0 && other.state == EndState::kSynAckSent;
    if (handshake || missed) {
      c.established = true;
      if (missed) c.ends[0].state = c.ends[1].state = EndState::kEstablished;
      raise(ConnectionEvent::Kind::kEstablished, s.time, &c);
    }
  }
  if (ack && other.seen_fin && !seq_less(s.ack, other.fin_seq)) other.fin_acked = true;
  if (c.reason == Reason::kNone) {
    if (rst) c.reason = conn_state(c) == "REJ" ? Reason::kRejected : Reason::kRst;
    else if (e.fin_acked && other.fin_acked) c.reason = Reason::kFin;
  }
}
}  // namespace wiretail::dissect
