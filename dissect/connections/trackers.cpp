#include "dissect/connections/trackers.hpp"

#include <algorithm>
#include <cstring>

#include "dissect/dissector.hpp"
#include "dissect/protocols/tcp_details.hpp"

namespace wiretail::dissect {
namespace {

using namespace tcp_flag;

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

void first_to_close(const Connection& c, uint8_t direction, uint8_t flags, TransportContext& context) {
  if (!(flags & kFin)) return;
  context.fin_active = c.ends[direction].closes_first || !c.ends[!direction].closes_first;
  context.fin_passive = !context.fin_active;
}

}  // namespace

Trackers::Trackers(const Settings& settings)
    : fragments(settings.limits.max_fragment_bytes, settings.limits.max_fragment_packets), settings_(settings), table_(settings.limits.max_connections),
      unacked_(settings.limits.max_unacked_segments) {}

bool Trackers::http_at_headers() const { return settings_.http_at_headers; }
uint32_t Trackers::max_pending_requests() const { return settings_.limits.max_pending_requests; }

void Trackers::Sink::transaction(ConnectionEvent::Kind kind, Time ts, std::unique_ptr<TransactionRecord> record) {
  events->push_back({kind, ts, connection, record.get()});
  records.push_back(std::move(record));
}

Trackers::Sink* Trackers::transactions(Connection& c, std::vector<ConnectionEvent>& events) {
  if (!transactions_wanted_) return nullptr;
  sink_.connection = &c, sink_.events = &events;
  return &sink_;
}

void Trackers::begin() {
  sink_.records.clear();
  snapshots_.clear();
  timer_events.clear();
  packet_events.clear();
  fragments.begin(), sctp.begin();
  release_ended();
}

// Entries whose last event the daemon has read: what was replaced or pushed out is freed.
void Trackers::release_ended() {
  for (uint32_t index : leaving_) remove(table_.at(index));
  leaving_.clear();
  joined_.clear();
  // Without events nothing ends: what a stream held goes as long after its end as it would with them.
  while (finished_first_ < finished_.size() && finished_[finished_first_].at < Stamp(clock_)) {
    const Timer done = finished_[finished_first_++];
    Connection& c = table_.at(done.index);
    if (!c.in_use || c.number != done.number) continue;
    const Time quiet = c.last.time() + Time::of_milliseconds(settings_.timers.linger);
    if (quiet < clock_) release_held(c);
    else finished_.push_back({quiet, done.index, done.number});  // a reset that the ends did not believe
  }
  if (finished_first_ > 1024 && finished_first_ > finished_.size() / 2) {
    finished_.erase(finished_.begin(), finished_.begin() + static_cast<std::ptrdiff_t>(finished_first_));
    finished_first_ = 0;
  }
}

void Trackers::remove(Connection& c) {
  for (Endpoint& e : c.ends) unacked_.clear(e.unacked());
  release_held(c);
  if (c.earlier_rtt) earlier_rtts_.erase(c.self);
  table_.remove(c);
}

void Trackers::release_held(Connection& c) {
  if (!c.held) return;
  if (c.held->has_streams)
    for (const StreamPlace& place : c.held->streams().places)
      if (place.open) held_bytes_ -= place.open->memory();
  c.held.reset();
}

// The connections that were unused longest give up what they know of their unacknowledged segments.
void Trackers::make_unacked_room() {
  if (unacked_.in_use() < settings_.limits.max_unacked_segments) return;
  uint32_t enough = settings_.limits.max_unacked_segments - settings_.limits.max_unacked_segments / 8;
  for (Connection* c = table_.oldest(); c && unacked_.in_use() > enough; c = table_.newer(*c))
    for (Endpoint& e : c->ends) evicted_segments_ += e.unacked_size, unacked_.clear(e.unacked());
}

// What was followed before is of no use to who begins to ask: packets in between were not.
void Trackers::follow_unacked(bool wanted) {
  unacked_wanted_ = wanted;
  if (!wanted)
    table_.each([&](Connection& c) {
      for (Endpoint& e : c.ends) unacked_.clear(e.unacked());
    });
}

void Trackers::raise(ConnectionEvent::Kind kind, Time ts, Connection* c, const TransactionRecord* transaction) {
  if (events_wanted_) packet_events.push_back({kind, ts, c, transaction});
}

// How long the connection may be silent, in milliseconds.
uint64_t Trackers::patience(const Connection& c) const {
  const Timers& t = settings_.timers;
  uint64_t ms;
  if (c.reason != Reason::kNone) ms = t.linger;
  else if (c.protocol == 6) ms = c.ends[0].state == EndState::kSynSent && !c.ends[1].packets ? t.attempt : t.established;
  else if (c.protocol == 17) ms = c.ends[1].packets ? t.udp_two_way : t.udp_one_way;
  else ms = t.icmp;
  return emergency() ? std::max(uint64_t{1}, ms / 6) : ms;
}

Stamp Trackers::idle_deadline(const Connection& c) const { return c.last.after(patience(c)); }

Stamp Trackers::next_update(const Connection& c) const { return c.start.after((uint64_t{c.updates} + 1) * settings_.timers.update); }

void Trackers::schedule(Connection& c) {
  if (!events_wanted_ || c.ended) return;
  const Stamp deadline = idle_deadline(c), update = next_update(c);
  Stamp due = settings_.timers.update && update < deadline ? update : deadline;
  if (c.held && c.held->app && transactions_wanted_)
    if (Stamp given_up = c.held->app->deadline(); given_up.set() && given_up < due) due = given_up;
  if (c.timer.set() && !(due < c.timer)) return;  // the entry that is there looks again when it comes up
  c.timer = due;
  if (timers_.size() >= 2 * size_t{table_.size()} + 1024) drop_stale_timers();
  timers_.add({due, c.self, c.number});
}

// Entries of connections that were pushed out, or replaced, long before they were due: never more than there are others.
void Trackers::drop_stale_timers() {
  timers_.keep_if([&](const Timer& t) {
    const Connection& c = table_.at(t.index);
    return c.in_use && c.number == t.number && !c.ended && c.timer == t.at;
  });
}

void Trackers::end(Connection& c, Reason reason, Time at, std::vector<ConnectionEvent>& events) {
  if (c.ended) return;
  c.ended = true;
  if (c.reason == Reason::kNone) c.reason = reason;
  ++ended_;
  if (c.held && c.held->app)
    if (Sink* sink = transactions(c, events)) {
      StreamEnd how{.reset = c.reason == Reason::kRst, .held = {}, .at = at};
      if (c.held->has_streams)
        for (size_t end = 0; end < 2; ++end)
          if (const StreamBuffer* unit = c.held->streams().places[end].open.get()) how.held[end] = unit->bytes, how.counted[end] = unit->counted(unit->extent);
      c.held->app->end(how, *sink);
    }
  release_held(c);
  if (events_wanted_) events.push_back({ConnectionEvent::Kind::kEnd, at, &c, nullptr});
}

void Trackers::expire(Stamp now) {
  while (timers_.due() < now) {
    const Timer timer = timers_.first();
    timers_.drop_first();
    if (timers_.size()) ConnectionTable::fetch(table_.at(timers_.first().index));
    Connection& c = table_.at(timer.index);
    if (!c.in_use || c.number != timer.number || c.ended || !(c.timer == timer.at)) continue;
    c.timer = Stamp();
    // One step at a time, however far the clock went: what is due at this moment, then the connection's next moment.
    if (c.held && c.held->app)
      if (Sink* sink = transactions(c, timer_events)) c.held->app->expire(timer.at, *sink);
    const Stamp deadline = idle_deadline(c);
    if (!(timer.at < deadline)) {
      end(c, c.protocol == 6 && c.ends[0].state == EndState::kSynSent && !c.ends[1].packets ? Reason::kAttemptTimeout : Reason::kIdle, deadline, timer_events);
      continue;
    }
    if (settings_.timers.update && !(timer.at < next_update(c))) {
      const Time at = next_update(c);
      ++c.updates;
      timer_events.push_back({ConnectionEvent::Kind::kUpdate, at, &c, nullptr, c.updates});
    }
    schedule(c);
  }
}

void Trackers::finish() {
  table_.each([&](Connection& c) { end(c, Reason::kShutdown, clock_, timer_events); });
  std::stable_sort(timer_events.begin(), timer_events.end(), [](const ConnectionEvent& a, const ConnectionEvent& b) {
    return a.ts != b.ts ? a.ts < b.ts : a.connection->number < b.connection->number;
  });
}

ConnectionCounters Trackers::counters() const {
  ConnectionCounters c;
  c.active = opened_ - ended_, c.opened = opened_, c.ended = ended_, c.evicted = evicted_;
  c.bytes_used = table_.bytes() + held_bytes_ + unacked_.bytes();
  c.http_pending = sink_.pending;
  c.emergency = emergency();
  return c;
}

EvictionCounters Trackers::evictions() const {
  return {.arp_users = addresses.evicted(), .esp_sequences = esp_sequences.evicted(), .icmp_requests = echoes.evicted(), .sctp_associations = sctp.evicted_halves(), .sctp_numbers = sctp.evicted_numbers(), .sctp_messages = sctp.evicted_messages(), .tcp_segments = evicted_segments_, .tcp_units = units_given_up_};
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

// The events that timers raised before this packet speak of the connection as it was then.
void Trackers::keep_events_of(Connection& c) {
  std::unique_ptr<Connection> copy;
  for (ConnectionEvent& e : timer_events) {
    if (e.connection != &c) continue;
    if (!copy) {
      auto held = std::move(c.held);
      copy = std::make_unique<Connection>(std::move(c));  // of all else a move is a copy
      c.held = std::move(held);
    }
    e.connection = copy.get();
  }
  if (copy) snapshots_.push_back(std::move(copy));
}

// Packets behind the end of a connection's events: a new connection on the same stream, of which analysis still knows all.
void Trackers::restart(Connection& c, bool syn, Time now) {
  c.ended = c.established = c.flipped = false;
  c.resumed = true, c.midstream = !syn;
  if (syn) {  // it has a handshake of its own
    if (c.has_rtt() && !c.earlier_rtt) earlier_rtts_[c.self] = c.initial_rtt(), c.earlier_rtt = true;
    c.syn_time = c.syn_ack_time = c.ack_time = Stamp();
  }
  c.reason = Reason::kNone;
  c.number = ++numbers_, c.updates = 0, c.tag = 0, c.all_seen = 0;
  c.history = History();
  c.timer = Stamp();
  c.start = now;
  for (Endpoint& e : c.ends) {
    e.bytes = e.ip_bytes = 0, e.packets = e.missed_bytes = e.retransmits = 0;
    e.out_of_order = e.zero_windows = 0, e.history_seq = 0;
    e.state = EndState::kInactive, e.seen_fin = e.fin_acked = false;
  }
  ++opened_;
}

// `tcp.analysis.initial_rtt` is that of the stream's first handshake, known from its ACK on.
void Trackers::stream_rtt(const Connection& c, TransportContext& context) const {
  if (!c.earlier_rtt && (!c.has_rtt() || c.ack_time == c.syn_time)) return;
  context.initial_rtt = c.earlier_rtt ? earlier_rtts_.at(c.self) : c.initial_rtt();
  context.has_initial_rtt = true;
}

Connection* Trackers::track(Walk& walk, const LayerRef& layer, const Needs& needs, TransportContext& context) {
  const Dissection& d = walk.d;
  // The network header that carries it: the nearest one below.
  const LayerRef* network = &layer;
  while (network != d.layers.begin() && network->proto != id::kIp && network->proto != id::kIpv6) --network;
  if (network == d.layers.begin()) return nullptr;
  FlowKey key;
  const uint8_t *ip = d.at(*network), *p = d.at(layer);
  key.v6 = network->proto == id::kIpv6;
  key.source = ip + (key.v6 ? 8 : 12), key.destination = ip + (key.v6 ? 24 : 16);
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
  return follow(d.packet, {key, icmp_code, network->end - network->offset}, layer, p, needs, context);
}

Connection* Trackers::follow(const Packet& packet, const Datagram& datagram, const LayerRef& layer, const uint8_t* p, const Needs& needs, TransportContext& context) {
  events_wanted_ = needs.events, transactions_wanted_ = needs.transactions();
  sink_.http = needs.http_transactions, sink_.dns = needs.dns_transactions;
  if (unacked_wanted_ != needs.unacked) follow_unacked(needs.unacked);
  const FlowKey& key = datagram.key;
  const bool tcp = layer.proto == id::kTcp;
  const Time now = packet.time;
  if (clock_ < now) clock_ = now;
  uint8_t direction = 0;
  bool fresh = false, reused = false;
  uint32_t hash = 0;
  Connection* c = find(key, packet.number, hash, direction);
  const uint8_t flags = tcp ? p[13] : 0;
  if (c && tcp && (flags & (kSyn | kAck)) == kSyn && c->ends[direction].base_set && be32(p + 4) != c->ends[direction].base_seq) {
    end(*c, Reason::kReuse, now, packet_events);
    leaving_.push_back(c->self);
    c = nullptr, reused = true;
  }
  if (c && !timer_events.empty()) keep_events_of(*c);
  const bool resumed = c && c->ended && tcp && events_wanted_;
  if (resumed) restart(*c, (flags & (kSyn | kAck)) == kSyn, now);
  // Datagrams after the end of a connection's events are a new connection with the same stream number.
  uint32_t stream = 0;
  bool same_stream = false;
  Stamp first = now, last = now;
  if (c && c->ended && !tcp) stream = c->stream, first = c->first, last = c->last, same_stream = true, leaving_.push_back(c->self), c = nullptr;
  if (!c) {
    make_room();
    c = &table_.add(key, hash);
    direction = 0;
    fresh = true;
    c->number = ++numbers_;
    c->stream = same_stream ? stream : tcp ? tcp_streams_++ : layer.proto == id::kUdp ? udp_streams_++ : 0;
    c->start = now, c->first = first, c->last = last;
    c->interface_id = static_cast<uint16_t>(packet.interface_id);
    c->reused = reused;
    c->icmp_code = datagram.icmp_code;
    ++opened_;
    if (reused) c->completeness = 1, context.notes |= kNoteReusedPorts;
  } else {
    table_.touch(*c, static_cast<uint8_t>(now.seconds));
    if (needs.reassembly && c->held) fetch(*c->held, tcp);
  }
  context.connection = c;
  context.tracked = true;
  context.direction = direction;
  context.stream = c->stream;
  context.first_time = c->first, context.previous_time = c->last;
  context.completeness = c->completeness;
  const uint64_t patience_before = patience(*c);
  Endpoint& e = c->ends[direction];
  ++e.packets;
  // The data of an ICMP message belongs to its layer: the header is eight bytes (RFC 792, RFC 4443 §4).
  const uint32_t header = tcp || layer.proto == id::kUdp ? layer.header_len : 8;
  uint32_t payload = layer.end - std::min(layer.end, layer.offset + header);
  e.bytes += payload;
  e.ip_bytes += datagram.ip_bytes;
  if (fresh || resumed) raise(ConnectionEvent::Kind::kNew, now, c);
  if (tcp && (layer.flags & kFragmented || layer.extra == tcp::kShortSegment)) {
    // How long the segment is, the fragments that are missing say: its numbers stay as they are, and nothing is analysed.
    Segment s{};
    s.seq = be32(p + 4), s.ack = be32(p + 8), s.window = be16(p + 14), s.flags = p[13], s.frame = packet.number, s.time = now;
    const bool flipped = c->flipped;
    follow_tcp(*c, direction, s, fresh, false);
    if (c->flipped != flipped) direction = !direction, context.direction = direction;
    context.seq = be32(p + 4), context.ack = be32(p + 8), context.window = be16(p + 14);
    context.scale_factor = e.window_scale >= 0 ? 1 << e.window_scale : e.window_scale;
    if (!(flags & kSyn) && e.window_scale > 0) context.window <<= e.window_scale;
    first_to_close(*c, direction, flags, context);
  } else if (tcp && layer.extra == tcp::kBogusLength) {
    number_segment(*c, direction, read_segment(p, 16, layer.end - layer.offset - (p[12] >> 4) * 4u, packet.number, now), context);
  } else if (tcp) {
    Segment s = read_segment(p, std::min(layer.header_len, layer.cap_end - layer.offset), payload, packet.number, now);
    number_segment(*c, direction, s, context);
    stream_rtt(*c, context);
    if (needs.events) follow_gaps(*c, direction, s);
    if (needs.analysis || needs.events || needs.reassembly || needs.all_protocols) {
      if (needs.unacked) make_unacked_room();
      analyse_segment(*c, direction, s, context, needs.unacked ? &unacked_ : nullptr);
    }
    const bool flipped = c->flipped, open = c->reason == Reason::kNone;
    follow_tcp(*c, direction, s, fresh, context.notes & (kNoteRetransmission | kNoteFastRetransmission | kNoteSpurious));
    if (c->flipped != flipped) direction = !direction, context.direction = direction;
    stream_rtt(*c, context);
    if (open && c->reason != Reason::kNone && c->held && !events_wanted_) finished_.push_back({now + Time::of_milliseconds(settings_.timers.linger), c->self, c->number});
    first_to_close(*c, direction, flags, context);
  } else {
    follow_datagram(*c, direction, now);
  }
  const bool back = now < c->last.time();
  c->last = now;
  // A packet puts the deadline off, as a rule: the timer that is there looks again when it comes up.
  if (!c->timer.set() || back || emergency() || patience(*c) < patience_before) schedule(*c);
  if (needs.reassembly && c->held) fetch_behind(*c->held, tcp, direction);
  return c;
}
}  // namespace wiretail::dissect
