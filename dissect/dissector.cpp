#include "dissect/dissector.hpp"

#include <array>
#include <cstring>

#include "dissect/connections/connection.hpp"
#include "dissect/connections/trackers.hpp"

namespace wiretail::dissect {

struct Dissector::State {
  explicit State(const Settings& given) : settings(given), trackers(settings) {}
  Settings settings;
  Dissection packet, subject;
  Needs needs, subject_needs;
  RunTimes times;
  DecodeCounters counters;
  Trackers trackers;
  Time last;  // of the packet before
  bool has_last = false;
  bool wants_applications = true, wants_connections = true;
  bool tracked = true;   // the trackers may hold something of the last packet
  bool arrived = false;  // arrive() and Trackers::expect() were called for the packet
  std::array<uint8_t, 64> described{};

  void arrive(const Packet& p) {
    if (tracked || trackers.must_release()) trackers.begin(), tracked = false;
    ++counters.packets;
    counters.bytes += p.len;
    if (has_last) times.previous = last, times.has_previous = true;
    has_last = p.has_time;
    if (!p.has_time) return;
    last = p.time;
    if (!times.has_first) times.first = p.time, times.has_first = true;
    if ((needs.events || needs.streams) && trackers.advance(p.time)) tracked = true;
  }
};

Dissector::Dissector(const Settings& settings) : state_(std::make_unique<State>(settings)) {}
Dissector::~Dissector() = default;

void Dissector::set_needs(const Needs& needs) {
  State& s = *state_;
  s.needs = needs;
  s.needs.prepare();
  s.subject_needs = needs;
  s.subject_needs.fields |= needs.described;
  s.subject_needs.prepare();
  s.packet.needs = &s.needs, s.subject.needs = &s.subject_needs;
  s.wants_applications = needs.has_state();
  s.wants_connections = needs.streams || needs.analysis || needs.reassembly || needs.events;
}

Dissection& Dissector::dissect(const Packet& packet, std::string_view interface_name, std::string_view interface_description) {
  State& s = *state_;
  Dissection& d = s.packet;
  if (!s.arrived) {
    s.arrive(packet);
    if (s.wants_connections) s.trackers.expect(packet);
  }
  s.arrived = false, s.tracked = true;
  d.begin(packet);
  d.times = &s.times;
  d.interface_name = interface_name;
  d.interface_description = interface_description;
  Walk walk(d, NextTables::get(), s.counters, &s.trackers);
  walk.run({id::kFrame, {.offset = 0, .cap_end = packet.cap_len, .end = packet.len > packet.cap_len ? packet.len : packet.cap_len}});
  // What a filter asks of a tunnel's outer packet says nothing of the connection within: another of its packets may have come another way.
  const LayerRef *v4 = d.layer(id::kIp), *v6 = d.layer(id::kIpv6);
  const bool tunnelled = (v4 && v6) || (v4 && v4->next_same) || (v6 && v6->next_same);
  if (s.wants_applications && walk.deferred_count_ && (tunnelled || !s.needs.flow_wanted || s.needs.flow_wanted(s.needs.flow_context, d)))
    for (uint32_t i = 0; i < walk.deferred_count_; ++i) s.trackers.transport(walk, walk.deferred_[i], s.needs);
  if (s.wants_connections) s.trackers.fetch_expected();
  if (s.needs.complete) d.detail_all();
  return d;
}

void Dissector::pass_over(const Packet& packet) { state_->arrive(packet); }

bool Dissector::pass_over_application(const Packet& packet, const PlainHeaders& headers, Connection*& connection) {
  State& s = *state_;
  if (!s.needs.applications_alone || !headers.is_tcp()) return false;
  s.arrive(packet);
  s.tracked = true;
  s.trackers.expect(packet);
  const bool passed = s.trackers.no_application(packet, headers, s.needs, connection);
  s.arrived = !passed;
  return passed;
}

bool Dissector::pass_over_unnoted(const Packet& packet, const PlainHeaders& headers) {
  State& s = *state_;
  if (!s.needs.notes_alone || !headers.is_tcp()) return false;
  s.arrive(packet);
  s.tracked = true;
  s.trackers.expect(packet);
  const TransportContext& found = s.trackers.follow_plain(packet, headers, s.needs);
  const bool passed = !found.noted() || !(s.needs.wanted_notes == UINT32_MAX || found.notes & s.needs.wanted_notes);
  s.arrived = !passed;
  return passed;
}

void Dissector::displayed() {
  State& s = *state_;
  s.times.previous_displayed = s.packet.packet.time, s.times.has_displayed = true;
}

std::span<const ConnectionEvent> Dissector::timer_events() const { return state_->trackers.timer_events; }
std::span<const ConnectionEvent> Dissector::packet_events() const { return state_->trackers.packet_events; }

// A packet from the originator that has nothing but the connection's addresses and ports; its length.
static uint32_t addresses_of(const Connection& c, std::array<uint8_t, 64>& bytes) {
  bytes.fill(0);
  uint8_t* p = bytes.data();
  const uint32_t ip = c.v6 ? 40 : 20, upper = c.protocol == 6 ? 20 : 8, size = ip + upper;
  if (c.v6) {
    p[0] = 0x60, p[5] = static_cast<uint8_t>(upper), p[6] = c.protocol;
    std::memcpy(p + 8, c.addresses[0].data(), 16), std::memcpy(p + 24, c.addresses[1].data(), 16);
  } else {
    p[0] = 0x45, p[3] = static_cast<uint8_t>(size), p[9] = c.protocol;
    std::memcpy(p + 12, c.addresses[0].data(), 4), std::memcpy(p + 16, c.addresses[1].data(), 4);
  }
  p += ip;
  if (c.protocol == 6 || c.protocol == 17) {
    for (int end = 0; end < 2; ++end) p[2 * end] = static_cast<uint8_t>(c.ports[end] >> 8), p[2 * end + 1] = static_cast<uint8_t>(c.ports[end]);
    if (c.protocol == 6) p[12] = 0x50;
    else p[5] = 8;
  } else {
    p[0] = static_cast<uint8_t>(c.ports[0]), p[1] = c.icmp_code;
  }
  return size;
}

// The packet, if it is wanted, then the layer of the event itself.
Dissection& Dissector::describe(const ConnectionEvent& event, bool with_packet, std::string_view interface_name, std::string_view interface_description) {
  State& s = *state_;
  Dissection& d = s.subject;
  Packet packet;
  packet.link_type = LinkType::kRaw;
  packet.time = event.ts;
  packet.data = s.described.data();
  if (with_packet) packet.cap_len = packet.len = event.connection ? addresses_of(*event.connection, s.described) : 0;
  if (event.connection) packet.interface_id = event.connection->interface_id;
  d.begin(packet);
  d.event = &event;
  d.interface_name = interface_name, d.interface_description = interface_description;
  DecodeCounters uncounted;
  Walk walk(d, NextTables::get(), uncounted, nullptr);
  if (with_packet) walk.run({id::kFrame, {.offset = 0, .cap_end = packet.cap_len, .end = packet.len}});
  Region nothing{packet.cap_len, packet.cap_len, packet.cap_len};
  walk.push(id::kConn, nothing, 0);
  if (event.transaction) event.transaction->describe(walk, nothing);
  return d;
}

void Dissector::advance(Time now) {
  state_->tracked = true;
  state_->trackers.begin();
  state_->trackers.advance(now);
}
void Dissector::finish() {
  state_->tracked = true;
  state_->trackers.begin();
  state_->trackers.finish();
}

const DecodeCounters& Dissector::decode_counters() const { return state_->counters; }
ConnectionCounters Dissector::connection_counters() const { return state_->trackers.counters(); }
FragmentCounters Dissector::fragment_counters() const { return state_->trackers.fragments.counters(); }
EvictionCounters Dissector::eviction_counters() const { return state_->trackers.evictions(); }

}  // namespace wiretail::dissect
