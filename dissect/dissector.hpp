// From packets to layers, fields and connection events: the one entry to this folder. One per capture thread.
//
//   Dissection& d = dissector.dissect(packet);      // header walk, then state as far as Needs asks
//   … evaluate filters on d, write lines from d …
//   for (auto& e : dissector.events()) …            // what this packet (and the time until it) did to connections
//
// Never throws, never allocates per packet once warm; every table has a ceiling from Limits and counts its evictions.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "dissect/connections/event.hpp"
#include "dissect/connections/fragments.hpp"
#include "dissect/dissection.hpp"
#include "dissect/needs.hpp"
#include "dissect/plain_headers.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

// Ceilings and preferences; from `[connections]` and `[limits]` of the configuration. Bytes, entries, nanoseconds.
struct Limits {
  uint32_t max_connections = 262'144;
  uint64_t max_reassembly_bytes = 32ull << 20;     // held TCP segments, all connections
  uint32_t max_pdu_bytes = 16u << 20;              // one protocol data unit
  uint64_t max_fragment_bytes = 16ull << 20;       // held IP fragments
  uint32_t max_fragment_packets = 4096;            // datagrams under reassembly
  uint32_t max_pending_requests = 100;             // per connection
  uint32_t max_unacked_segments = 1u << 20;        // sent and not acknowledged, all connections; 40 bytes each
};
struct Timers {  // milliseconds of packet time, events.md B5
  uint64_t attempt = 10'000, established = 600'000, linger = 2'000, udp_one_way = 30'000, udp_two_way = 120'000, icmp = 30'000, update = 60'000, transaction = 30'000;
};
struct Settings {
  Limits limits;
  Timers timers;
  bool http_at_headers = false;  // response fields on the packet that completes the headers, not the body
};

struct ConnectionCounters {
  uint64_t active = 0, opened = 0, ended = 0, evicted = 0, bytes_used = 0;
  uint64_t http_pending = 0;  // requests that wait for their response, where transactions are wanted
  bool emergency = false;
};

// What tables of fixed size, and ceilings that are not a connection's own, have pushed out.
struct EvictionCounters {
  uint64_t arp_users = 0;       // who used an address (`arp.duplicate-address-detected`)
  uint64_t esp_sequences = 0;   // the last numbers of security associations
  uint64_t icmp_requests = 0;   // that wait for their reply
  uint64_t sctp_associations = 0;  // their directions
  uint64_t sctp_numbers = 0;    // that were sent, for retransmissions
  uint64_t sctp_messages = 0;   // in fragments, given up before they were whole
  uint64_t tcp_segments = 0;    // sent and not acknowledged
  uint64_t tcp_units = 0;       // of application data, given up before they were whole
};

class Dissector {
 public:
  explicit Dissector(const Settings& settings);
  ~Dissector();

  // Takes effect from the next packet on. State that is no longer needed is kept until it ends by itself.
  void set_needs(const Needs& needs);

  // Connection events whose deadlines lie before the packet's time are raised first (in timer_events()).
  Dissection& dissect(const Packet& packet, std::string_view interface_name = {}, std::string_view interface_description = {});
  // Instead of dissect(), for a packet that no filter can match and whose flow nobody follows: it is counted, and its time
  // moves the clock. There may be timer_events() afterwards, never packet_events().
  void pass_over(const Packet& packet);
  // The same for a TCP packet whose flow is followed, but only for the sake of applications. True: it has nothing for one, or lies in
  // a connection of one that nobody asks for, and was passed over; the caller has made sure that no filter matches these
  // headers alone (Program::cannot_match_alone). False: it is to be dissected, as the next call.
  // `connection` is the packet's then. There may be packet_events().
  bool pass_over_application(const Packet& packet, const PlainHeaders& headers, Connection*& connection);
  // The same for a TCP packet whose flow is followed, but only for what analysis finds of its segments. True: it found nothing to tell of this
  // one, and the caller has made sure that no filter matches these headers then (Program::cannot_match_unnoted).
  bool pass_over_unnoted(const Packet& packet, const PlainHeaders& headers);
  // The packet was shown: `frame.time_delta_displayed` counts from it.
  void displayed();

  // Events raised by timers before the last packet, and by the last packet itself, in order. Valid until the next call.
  std::span<const ConnectionEvent> timer_events() const;
  std::span<const ConnectionEvent> packet_events() const;
  // An event as the subject of a filter and of a line: its connection's addresses, ports and transport as layers, which are
  // a filter's alone (`with_packet`), and the pseudo-protocol's fields (`conn.*`). Valid until the next call.
  Dissection& describe(const ConnectionEvent& event, bool with_packet = true, std::string_view interface_name = {}, std::string_view interface_description = {});

  // The link is silent: raise what is due by `now` (packet clock).
  void advance(Time now);
  // End of the input: every open connection gets its last event.
  void finish();

  const DecodeCounters& decode_counters() const;
  ConnectionCounters connection_counters() const;
  FragmentCounters fragment_counters() const;
  EvictionCounters eviction_counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wiretail::dissect
