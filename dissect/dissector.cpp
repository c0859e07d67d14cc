#include "dissect/dissector.hpp"

#include "dissect/connections/trackers.hpp"

namespace wiretail::dissect {

struct Dissector::State {
  explicit State(const Settings& settings) : trackers(settings) {}
  Dissection packet, subject;
  Needs needs;
  RunTimes times;
  DecodeCounters counters;
  Trackers trackers;
  bool wants_applications = true;
};

Dissector::Dissector(const Settings& settings) : state_(std::make_unique<State>(settings)) {}
Dissector::~Dissector() = default;

void Dissector::set_needs(const Needs& needs) {
  State& s = *state_;
  s.needs = needs;
  s.packet.needs = s.subject.needs = &s.needs;
  s.wants_applications = needs.all_protocols || needs.streams || needs.analysis || needs.reassembly || needs.events ||
                         needs.transactions || !needs.protocols.empty();
}

Dissection& Dissector::dissect(const Packet& packet, std::string_view interface_name, std::string_view interface_description) {
  State& s = *state_;
  Dissection& d = s.packet;
  s.trackers.timer_events.clear();
  s.trackers.packet_events.clear();
  if (packet.has_time && (s.needs.events || s.needs.streams)) s.trackers.advance(packet.time);
  if (s.times.has_first == false && packet.has_time) s.times.first = packet.time, s.times.has_first = true;
  if (d.packet.number && d.packet.has_time) s.times.previous = d.packet.time, s.times.has_previous = true;
  d.begin(packet);
  d.times = &s.times;
  d.interface_name = interface_name;
  d.interface_description = interface_description;
  ++s.counters.packets;
  s.counters.bytes += packet.len;
  Walk walk(d, NextTables::get(), s.counters, &s.trackers);
  walk.run({id::kFrame, {.offset = 0, .cap_end = packet.cap_len, .end = packet.len > packet.cap_len ? packet.len : packet.cap_len}});
  if (s.wants_applications && walk.deferred_count_ && (!s.needs.flow_wanted || s.needs.flow_wanted(s.needs.flow_context, d)))
    for (uint32_t i = 0; i < walk.deferred_count_; ++i) s.trackers.transport(walk, walk.deferred_[i], s.needs);
  if (s.needs.complete) d.detail_all();
  return d;
}

void Dissector::displayed() {
  State& s = *state_;
  s.times.previous_displayed = s.packet.packet.time, s.times.has_displayed = true;
}

std::span<const ConnectionEvent> Dissector::timer_events() const { return state_->trackers.timer_events; }
std::span<const ConnectionEvent> Dissector::packet_events() const { return state_->trackers.packet_events; }

Dissection& Dissector::describe(const ConnectionEvent& event) {
  state_->subject.begin({});
  state_->subject.event = &event;
  return state_->subject;
}

void Dissector::advance(Time now) {
  state_->trackers.timer_events.clear();
  state_->trackers.packet_events.clear();
  state_->trackers.advance(now);
}
void Dissector::finish() {
  state_->trackers.timer_events.clear();
  state_->trackers.packet_events.clear();
  state_->trackers.finish();
}

const DecodeCounters& Dissector::decode_counters() const { return state_->counters; }
ConnectionCounters Dissector::connection_counters() const { return {}; }

}  // namespace wiretail::dissect
