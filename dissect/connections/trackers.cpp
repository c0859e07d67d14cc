#include "dissect/connections/trackers.hpp"

#include <algorithm>
#include <cstring>

#include "dissect/application.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::dissect {
namespace {

using namespace tcp_flag;

Time after(Time t, uint32_t seconds) { return {t.seconds + seconds, t.nanos}; }

bool later(const auto& a, const auto& b) { return b.at < a.at; }  // a heap with the earliest in front

// ICMP types that answer one another: the pair makes one connection.
uint16_t icmp_counterpart(bool v6, uint8_t type, uint8_t code) {
  if (v6) {
    if (type == 128 || type == 129) return type == 128 ? 129 : 128;
    if (type >= 133 && type <= 136) return static_cast<uint16_t>(type % 2 ? type + 1 : type - 1);
    if (type == 130 || type == 131) return type == 130 ? 131 : 130;
    if (type == 139 || type == 140) return type == 139 ? 140 : 139;
    return code;
  }
  switch (type) {
    case 8: return 0;
    case 0: return 8;
    case 13: case 15: case 17: return static_cast<uint16_t>(type + 1);
    case 14: case 16: case 18: return static_cast<uint16_t>(type - 1);
    case 10: return 9;
    case 9: return 10;
    default: return code;
  }
}

}  // namespace

Trackers::Trackers(const Settings& settings) : settings_(settings), table_(settings.limits.max_connections) {}

bool Trackers::http_at_headers() const { return settings_.http_at_headers; }
uint32_t Trackers::max_pending_requests() const { return settings_.limits.max_pending_requests; }

void Trackers::begin() {
  timer_events.clear();
  packet_events.clear();
  release_ended();
}

// Entries whose last event the daemon has read: what was replaced or pushed out is freed.
void Trackers::release_ended() {
  for (uint32_t index : leaving_) table_.remove(table_.at(index));
  leaving_.clear();
}

void Trackers::raise(ConnectionEvent::Kind kind, Time ts, Connection* c, const void* transaction) {
  if (events_wanted_) packet_events.push_back({kind, ts, c, transaction});
}

Time Trackers::idle_deadline(const Connection& c) const {
  const Timers& t = settings_.timers;
  uint32_t seconds;
  if (c.reason != Reason::kNone) seconds = t.linger;
  else if (c.protocol == 6) seconds = c.ends[0].state == EndState::kSynSent && !c.ends[1].packets ? t.attempt : t.established;
  else if (c.protocol == 17) seconds = c.ends[1].packets ? t.udp_two_way : t.udp_one_way;
  else seconds = t.icmp;
  if (table_.size() >= table_.max_size() - table_.max_size() / 10) seconds = std::max(1u, seconds / 6);
  return after(c.last.time(), seconds);
}

void Trackers::schedule(Connection& c) {
  if (!events_wanted_ || c.ended) return;
  Time deadline = idle_deadline(c), update = c.next_update;
  Time due = settings_.timers.update && update < deadline ? update : deadline;
  if (c.timer.set() && !(due < c.timer.time())) return;  // the entry that is there looks again when it comes up
  c.timer = due;
  heap_.push_back({due, c.self, c.number});
  std::push_heap(heap_.begin(), heap_.end(), [](const Timer& a, const Timer& b) { return later(a, b); });
}

void Trackers::end(Connection& c, Reason reason, Time at, std::vector<ConnectionEvent>& events) {
  if (c.ended) return;
  c.ended = true;
  if (c.reason == Reason::kNone) c.reason = reason;
  ++ended_;
  c.held.reset();
  if (events_wanted_) events.push_back({ConnectionEvent::Kind::kEnd, at, &c, nullptr});
}

void Trackers::advance(Time now) {
  if (clock_ < now) clock_ = now;
  auto order = [](const Timer& a, const Timer& b) { return later(a, b); };
  while (!heap_.empty() && heap_.front().at < now) {
    Timer timer = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), order);
    heap_.pop_back();
    Connection& c = table_.at(timer.index);
    if (!c.in_use || c.number != timer.number || c.ended || !(c.timer == Stamp(timer.at))) continue;
    c.timer = Stamp();
    Time deadline = idle_deadline(c);
    if (deadline < now) {
      end(c, c.protocol == 6 && c.ends[0].state == EndState::kSynSent && !c.ends[1].packets ? Reason::kAttemptTimeout : Reason::kIdle, deadline, timer_events);
      continue;
    }
    if (settings_.timers.update && !(now < c.next_update.time())) {
      ++c.updates;
      timer_events.push_back({ConnectionEvent::Kind::kUpdate, c.next_update, &c, nullptr});
      c.next_update = after(c.next_update.time(), settings_.timers.update);
    }
    schedule(c);
  }
}

void Trackers::finish() {
  table_.each([&](Connection& c) { end(c, Reason::kShutdown, c.last, timer_events); });
  std::stable_sort(timer_events.begin(), timer_events.end(), [](const ConnectionEvent& a, const ConnectionEvent& b) { return a.ts < b.ts; });
}

ConnectionCounters Trackers::counters() const {
  ConnectionCounters c;
  c.active = opened_ - ended_, c.opened = opened_, c.ended = ended_, c.evicted = evicted_;
  c.bytes_used = table_.bytes() + held_bytes_;
  c.emergency = table_.size() >= table_.max_size() - table_.max_size() / 10;
  return c;
}

// At the ceiling the entry that was unused longest goes; one that is still open ends with reason `evicted`.
void Trackers::make_room() {
  if (!table_.full()) return;
  Connection* oldest = table_.oldest();
  if (!oldest->ended) {
    ++evicted_;
    end(*oldest, Reason::kEvicted, clock_, packet_events);
  }
  // The event still points to it: it is freed before the next packet; until then the table is one over its ceiling.
  if (std::find(leaving_.begin(), leaving_.end(), oldest->self) == leaving_.end()) leaving_.push_back(oldest->self);
}

Connection* Trackers::track(Walk& walk, const LayerRef& layer, const Needs& needs, TransportContext& context) {
  Dissection& d = walk.d;
  events_wanted_ = needs.events;
  // The network header that carries it: the nearest one below.
  const LayerRef* network = &layer;
  while (network != d.layers.begin() && network->proto != id::kIp && network->proto != id::kIpv6) --network;
  if (network == d.layers.begin()) return nullptr;
  FlowKey key;
  const uint8_t *ip = d.at(*network), *p = d.at(layer);
  key.v6 = network->proto == id::kIpv6;
  key.source = ip + (key.v6 ? 8 : 12), key.destination = ip + (key.v6 ? 24 : 16);
  Segment s{};
  bool tcp = layer.proto == id::kTcp;
  uint8_t icmp_code = 0;
  if (tcp || layer.proto == id::kUdp) {
    key.protocol = tcp ? 6 : 17;
    key.source_port = be16(p), key.destination_port = be16(p + 2);
  } else {
    key.protocol = layer.proto == id::kIcmpv6 ? 58 : 1;
    key.source_port = p[0], key.destination_port = icmp_counterpart(key.v6, p[0], p[1]);
    icmp_code = p[1];
  }
  const Time now = d.packet.time;
  if (clock_ < now) clock_ = now;
  uint8_t direction = 0;
  bool fresh = false, reused = false;
  Connection* c = table_.find(key, direction);
  const uint8_t flags = tcp ? p[13] : 0;
  if (c && tcp && (flags & (kSyn | kAck)) == kSyn && c->ends[direction].base_set && be32(p + 4) != c->ends[direction].base_seq) {
    end(*c, Reason::kReuse, now, packet_events);
    leaving_.push_back(c->self);
    c = nullptr, reused = true;
  }
  // Datagrams after the end of a connection's events are a new connection with the same stream number.
  uint32_t stream = 0;
  bool same_stream = false;
  if (c && c->ended && !tcp) stream = c->stream, same_stream = true, leaving_.push_back(c->self), c = nullptr;
  if (!c) {
    make_room();
    c = &table_.add(key);
    direction = 0;
    fresh = true;
    c->number = ++numbers_;
    c->stream = same_stream ? stream : tcp ? tcp_streams_++ : layer.proto == id::kUdp ? udp_streams_++ : 0;
    c->start = c->last = now;
    c->next_update = after(now, settings_.timers.update);
    c->interface_id = static_cast<uint16_t>(d.packet.interface_id);
    c->reused = reused;
    c->icmp_code = icmp_code;
    ++opened_;
    if (reused) c->completeness = 1, context.notes |= kNoteReusedPorts;
  } else {
    table_.touch(*c);
  }
  context.connection = c;
  context.tracked = true;
  context.direction = direction;
  context.stream = c->stream;
  context.first_time = c->start, context.previous_time = c->last;
  context.completeness = c->completeness;
  Endpoint& e = c->ends[direction];
  ++e.packets;
  uint32_t payload = layer.end - std::min(layer.end, layer.offset + layer.header_len);
  e.bytes += payload;
  e.ip_bytes += network->end - network->offset;
  if (fresh) raise(ConnectionEvent::Kind::kNew, now, c);
  if (tcp) {
    s.seq = be32(p + 4), s.ack = be32(p + 8), s.length = payload, s.window = be16(p + 14), s.flags = flags;
    s.frame = d.packet.number, s.time = now, s.window_scale = -1;
    if (flags & kSyn) {
      for (uint32_t at = 20; at + 2 < layer.header_len && layer.offset + at + 2 < layer.cap_end;) {
        if (p[at] == 0) break;
        if (p[at] == 1) {
          ++at;
          continue;
        }
        if (p[at + 1] < 2) break;
        if (p[at] == 3 && p[at + 1] == 3) s.window_scale = static_cast<int8_t>(std::min<uint8_t>(p[at + 2], 14));
        at += p[at + 1];
      }
    }
    number_segment(*c, direction, s, context);
    if (needs.analysis || needs.events || needs.reassembly || needs.all_protocols) analyse_segment(*c, direction, s, context);
    follow_tcp(*c, direction, s, fresh, context.notes & (kNoteRetransmission | kNoteFastRetransmission | kNoteSpurious));
    if (c->has_rtt()) context.initial_rtt = c->initial_rtt(), context.has_initial_rtt = true;
    if (flags & kFin) {
      context.fin_active = !c->ends[!direction].seen_fin;
      context.fin_passive = !context.fin_active;
    }
  } else {
    follow_datagram(*c, direction, now);
  }
  c->last = now;
  schedule(*c);
  return c;
}

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
  uint8_t bits = static_cast<uint8_t>((syn ? ack ? 2 : 1 : ack && !s.length ? 4 : 0) | (s.length ? 8 : 0) | (fin ? 16 : 0) | (rst ? 32 : 0));
  c.all_seen = static_cast<uint8_t>(c.all_seen | bits);
  if (!fresh || (syn && !ack)) c.completeness = static_cast<uint8_t>(c.completeness | bits);
  if (fresh && !(syn && !ack)) c.midstream = true;

  // A connection that began with a SYN-ACK turns round when its other end answers.
  if (c.midstream && !c.flipped && direction == 1 && c.ends[0].state == EndState::kSynAckSent && !syn && !rst) {
    std::swap(c.ends[0], c.ends[1]);
    std::swap(c.addresses[0], c.addresses[1]);
    std::swap(c.ports[0], c.ports[1]);
    if (c.held) std::swap(c.held->unacked[0], c.held->unacked[1]), std::swap(c.held->streams[0], c.held->streams[1]);
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
    if (e.state == EndState::kInactive) e.state = EndState::kSynSent, c.syn_time = s.time;
  } else if (e.state == EndState::kInactive && (s.length || ack)) {
    e.state = EndState::kPartial;
  }
  if (fin && !rst) {
    e.state = EndState::kClosed;
    if (!e.seen_fin) e.seen_fin = true, e.fin_seq = s.seq + s.length + 1;
  }
  // The ACK of the SYN-ACK: the round trip is known.
  if (ack && !syn && !rst && !c.established) {
    bool handshake = direction == 0 && c.syn_ack_time.set() && c.syn_time.set();
    bool missed = c.flipped && direction == 0 && other.state == EndState::kSynAckSent;
    if (handshake || missed) {
      c.established = true;
      if (handshake) c.ack_time = s.time;
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

void Trackers::transport(Walk& walk, uint8_t layer_index, const Needs& needs) {
  Dissection& d = walk.d;
  LayerRef& layer = d.layers.stack[layer_index];
  TransportContext* context = nullptr;
  bool whole = !(layer.flags & (kShort | kMalformed)) || layer.cap_end - layer.offset >= (layer.proto == id::kTcp ? 20u : 8u);
  if (d.transport_count < d.transports.size() && whole && !(layer.flags & kQuoted)) {
    context = &d.transports[d.transport_count++];
    *context = TransportContext{};
    context->layer = layer_index;
    layer.note = d.transport_count;
    if (needs.streams || needs.analysis || needs.reassembly || needs.events) track(walk, layer, needs, *context);
  }
  bool applications = needs.all_protocols || !needs.protocols.empty() || needs.reassembly || needs.transactions;
  if (!applications || layer.proto == id::kIcmp || layer.proto == id::kIcmpv6 || layer.flags & kQuoted) return;
  Region payload{layer.offset + layer.header_len, layer.cap_end, layer.end, layer.buffer, 0, static_cast<uint8_t>(layer.depth + 1)};
  if (payload.offset >= payload.cap_end && layer.proto != id::kTcp) return;
  const uint8_t* p = d.at(layer);
  if (layer.proto == id::kUdp) {
    ProtoId proto = choose_udp_application(walk, be16(p), be16(p + 2), payload);
    if (context && context->connection && proto != kNoProto) context->connection->app = proto;
    StreamContext stream;
    stream.frame = d.packet.number, stream.time = d.packet.time, stream.source_port = be16(p), stream.destination_port = be16(p + 2);
    if (context && context->connection) {
      Connection& c = *context->connection;
      stream.direction = context->direction;
      const StreamDef* def = proto == kNoProto ? nullptr : Registry::get().protocol(proto).stream;
      if (def && def->make) {
        if (!c.held) c.held = std::make_unique<HeldData>();
        if (!c.held->app) c.held->app = def->make();
        stream.state = c.held->app.get();
        stream.connection = &c;
      }
    }
    walk.stream = &stream;
    walk.run(proto == kNoProto ? walk.data(payload) : Next{proto, payload});
    walk.stream = nullptr;
    return;
  }
  if (!context || !context->connection) {
    ProtoId proto = payload.offset < payload.cap_end ? choose_tcp_application(walk, be16(p), be16(p + 2), payload) : kNoProto;
    if (proto != kNoProto && Registry::get().protocol(proto).stream) proto = kNoProto;
    if (payload.offset < payload.cap_end) walk.run(proto == kNoProto ? walk.data(payload) : Next{proto, payload});
    return;
  }
  Segment s{};
  s.seq = be32(p + 4), s.length = layer.end - std::min(layer.end, payload.offset), s.flags = p[13], s.frame = d.packet.number, s.time = d.packet.time;
  tcp_payload(walk, layer, *context, needs, payload, s);
}

void Trackers::tcp_payload(Walk& walk, const LayerRef& layer, TransportContext& context, const Needs& needs, Region payload, const Segment& s) {
  Connection& c = *context.connection;
  bool fin = s.flags & kFin;
  if (payload.offset >= payload.cap_end && !fin) return;
  if (payload.offset >= payload.cap_end && !(c.held && c.held->streams[context.direction].until_close)) return;
  const uint8_t* p = walk.d.at(layer);
  ProtoId proto = c.app != kNoProto ? c.app : choose_tcp_application(walk, be16(p), be16(p + 2), payload);
  if (proto == kNoProto) {
    if (payload.offset < payload.cap_end && !(context.notes & (kNoteKeepAlive))) walk.run(walk.data(payload));
    return;
  }
  c.app = proto;
  const ProtocolDef& def = Registry::get().protocol(proto);
  if (!needs.all_protocols && !needs.protocols.has(proto)) return;  // nobody asks for it
  if (!def.stream) return walk.run({proto, payload});
  feed(walk, proto, context, payload, s);
}

void Trackers::feed(Walk& walk, ProtoId proto, TransportContext& context, Region payload, const Segment& s) {
  Dissection& d = walk.d;
  Connection& c = *context.connection;
  const StreamDef& def = *Registry::get().protocol(proto).stream;
  if (!c.held) c.held = std::make_unique<HeldData>();
  HeldData& h = *c.held;
  if (!h.app && def.make) h.app = def.make();
  StreamBuffer& b = h.streams[context.direction];
  StreamContext stream;
  stream.state = h.app.get(), stream.direction = context.direction, stream.connection = &c;
  stream.source_port = c.ports[context.direction], stream.destination_port = c.ports[!context.direction];
  stream.frame = stream.first_frame = s.frame, stream.time = stream.first_time = s.time;
  stream.closing = s.flags & kFin;
  walk.stream = &stream;
  uint32_t captured = payload.captured();
  const uint32_t payload_start = payload.offset;
  if (b.started && s.length) {
    if (seq_less(s.seq, b.next_seq)) {  // seen before: only what is new counts
      uint32_t old = b.next_seq - s.seq;
      if (old >= s.length) captured = 0, payload.offset = payload.cap_end;
      else payload = payload.from(payload.offset + old), captured = payload.captured();
      if (!captured && !(stream.closing && b.until_close)) return void(walk.stream = nullptr);
    } else if (seq_greater(s.seq, b.next_seq)) {  // a gap: what was held stays incomplete
      c.ends[context.direction].missed_bytes += s.seq - b.next_seq;
      c.history.once('G', context.direction);
      held_bytes_ -= b.bytes.size();
      b.bytes.clear(), b.bytes.shrink_to_fit();
      b.until_close = false, b.wanted = 0;
    }
  }
  if (s.length && (!b.started || seq_greater(s.seq + s.length, b.next_seq))) b.started = true, b.next_seq = s.seq + s.length;
  const bool cut = payload.end > payload.cap_end;
  const uint32_t start = payload.offset;
  auto hold = [&](const Region& rest) {
    if (b.bytes.empty()) b.first_frame = s.frame, b.first_time = s.time, b.frames.clear();
    if (b.frames.size() < 4096) b.frames.push_back(s.frame);
    const uint8_t* p = d.buffer(rest.buffer).data() + rest.offset;
    if (b.bytes.size() + rest.captured() > settings_.limits.max_pdu_bytes || held_bytes_ + rest.captured() > settings_.limits.max_reassembly_bytes) {
      held_bytes_ -= b.bytes.size();
      b.bytes.clear(), b.bytes.shrink_to_fit(), b.wanted = 0, b.until_close = false;
      return false;
    }
    b.bytes.insert(b.bytes.end(), p, p + rest.captured());
    held_bytes_ += rest.captured();
    context.segment_of_pdu = true;
    context.segment_offset = rest.offset - payload_start, context.segment_length = rest.captured();
    if (def.preview && b.frames.size() == 1) context.preview = d.arena.keep(def.preview({p, rest.captured()}));
    return true;
  };
  // A unit that began in an earlier segment.
  if (!b.bytes.empty() || b.until_close) {
    Region part = payload;
    if (b.wanted > b.bytes.size()) {
      uint32_t take = std::min<uint32_t>(payload.captured(), b.wanted - static_cast<uint32_t>(b.bytes.size()));
      part.cap_end = part.end = part.offset + take;
    }
    if (part.captured() && !hold(part)) return walk.run(walk.data(payload)), void(walk.stream = nullptr);
    if (!part.captured() && b.frames.size() < 4096) b.frames.push_back(s.frame);
    payload.offset += part.captured();
    if (b.wanted > b.bytes.size() && !stream.closing) return void(walk.stream = nullptr);
    stream.first_frame = b.first_frame, stream.first_time = b.first_time;
    Pdu pdu = def.measure(stream, b.bytes);
    if (pdu.kind == Pdu::Kind::kNeed || pdu.kind == Pdu::Kind::kUntilClose) {
      b.wanted = pdu.length, b.until_close = pdu.kind == Pdu::Kind::kUntilClose;
      if (payload.captured()) {  // it wants more than it had asked for
        Region rest = payload;
        hold(rest);
      }
      if (!stream.closing) return void(walk.stream = nullptr);
      pdu.kind = Pdu::Kind::kComplete, pdu.length = static_cast<uint32_t>(b.bytes.size());
      payload.offset = payload.cap_end;
    }
    if (pdu.kind == Pdu::Kind::kNotOurs) pdu.length = static_cast<uint32_t>(b.bytes.size());
    auto extra = static_cast<uint32_t>(b.bytes.size()) - std::min<uint32_t>(pdu.length, static_cast<uint32_t>(b.bytes.size()));
    payload.offset -= std::min(extra, payload.offset - start);
    held_bytes_ -= b.bytes.size();
    h.joined.swap(b.bytes);
    h.joined.resize(h.joined.size() - extra);
    b.bytes.clear();
    b.wanted = 0, b.until_close = false;
    uint8_t buffer = d.add_buffer(h.joined);
    if (buffer) {
      auto size = static_cast<uint32_t>(h.joined.size());
      context.reassembled_buffer = buffer;
      context.segment_count = static_cast<uint32_t>(b.frames.size());
      char* frames = d.arena.take(b.frames.size() * sizeof(uint64_t));
      std::memcpy(frames, b.frames.data(), b.frames.size() * sizeof(uint64_t));
      context.segment_frames = reinterpret_cast<const uint8_t*>(frames);
      Region whole{0, size, size, buffer, 0, payload.depth};
      walk.run(pdu.kind == Pdu::Kind::kNotOurs ? walk.data(whole) : Next{proto, whole});
    }
    stream.first_frame = s.frame, stream.first_time = s.time;
  }
  for (int units = 0; payload.offset < payload.cap_end && units < 1000; ++units) {
    const uint8_t* p = d.buffer(payload.buffer).data() + payload.offset;
    Pdu pdu = def.measure(stream, {p, payload.captured()});
    if (pdu.kind == Pdu::Kind::kNotOurs) {
      walk.run(walk.data(payload));
      break;
    }
    if (pdu.kind == Pdu::Kind::kComplete || cut || (stream.closing && pdu.kind == Pdu::Kind::kUntilClose)) {
      Region unit = payload;
      uint32_t length = pdu.kind == Pdu::Kind::kComplete ? std::max(1u, std::min(pdu.length, payload.captured())) : payload.captured();
      if (length < payload.captured() || !cut) unit.cap_end = unit.end = unit.offset + length;
      walk.run({proto, unit});
      payload.offset += length;
      continue;
    }
    if (!hold(payload)) walk.run(walk.data(payload));
    b.wanted = pdu.length, b.until_close = pdu.kind == Pdu::Kind::kUntilClose;
    break;
  }
  walk.stream = nullptr;
}

}  // namespace wiretail::dissect
