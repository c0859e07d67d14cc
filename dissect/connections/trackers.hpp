// All state that outlives a packet: the connection table, TCP sequence analysis and reassembly, IP fragments. One per
// Dissector; every table has a ceiling and counts what it pushed out. The walk asks for fragments, the Dissector for the rest.
#pragma once
#include <vector>

#include "dissect/connections/event.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

struct Settings;

class Trackers {
 public:
  explicit Trackers(const Settings& settings);

  // A transport layer of the packet, outermost first, after the header walk: finds its connection, numbers and analyses
  // it as far as Needs asks, and walks the application above it (in place, or what reassembly completed).
  void transport(Walk& walk, uint8_t layer_index, const Needs& needs);
  // Raises the timers' events with deadlines up to `now` (packet clock).
  void advance(Time now);
  void finish();

  std::vector<ConnectionEvent> timer_events, packet_events;
};

}  // namespace wiretail::dissect
