// All state that outlives a packet: the connection table, TCP sequence analysis and reassembly, events and timers. One per
// Dissector; every table has a ceiling and counts what it pushed out.
#pragma once
#include <array>
#include <unordered_map>
#include <vector>

#include "dissect/connections/addresses.hpp"
#include "dissect/connections/analysis.hpp"
#include "dissect/connections/echoes.hpp"
#include "dissect/connections/esp_sequences.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/connections/fragments.hpp"
#include "dissect/connections/held.hpp"
#include "dissect/connections/sctp_associations.hpp"
#include "dissect/connections/table.hpp"
#include "dissect/connections/timers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/plain_headers.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

struct Settings;
struct ConnectionCounters;
struct EvictionCounters;

class Trackers {
 public:
  explicit Trackers(const Settings& settings);

  // Before a packet: forgets the events of the last one. Not needed where nothing was asked of the trackers since, but of what must be
  // released by the clock.
  void begin();
  bool must_release() const { return finished_first_ < finished_.size() && finished_[finished_first_].at < Stamp(clock_); }
  // The packet's connection will be asked for, and so will that of the packet behind it: their entries are fetched ahead.
  void expect(const Packet& packet);
  // The packet at hand was dissected, but not yet written: by now the next one's bucket is there.
  void fetch_expected();
  // A transport layer of the packet, after the header walk: finds its connection, numbers and analyses it as far as Needs
  // asks, and walks the application above it (in place, or what reassembly completed).
  void transport(Walk& walk, uint8_t layer_index, const Needs& needs);
  // Whether there is nothing for an application in the TCP packet: it has no data, or its data is only counted, or it lies in a
  // connection whose application is known and none that Needs asks for. What it does to its connection, as far as anything follows from it, is done then; otherwise
  // the look-up serves transport() as well. After expect().
  bool no_application(const Packet& packet, const PlainHeaders& headers, const Needs& needs, Connection*& connection);
  // What the TCP packet does to its connection, from its headers alone: transport() does not do it again. After expect().
  const TransportContext& follow_plain(const Packet& packet, const PlainHeaders& headers, const Needs& needs);
  // Raises the timers' events with deadlines up to `now` (packet clock), in order. False: there was none.
  bool advance(Time now) {
    if (clock_ < now) clock_ = now;
    if (!(timers_.due() < Stamp(now))) return false;
    expire(now);
    return true;
  }
  // End of the input: every connection that is open gets its last event.
  void finish();
  ConnectionCounters counters() const;
  EvictionCounters evictions() const;
  bool http_at_headers() const;
  uint32_t max_pending_requests() const;
  void raise(ConnectionEvent::Kind kind, Time ts, Connection* c, const TransactionRecord* transaction = nullptr);

  std::vector<ConnectionEvent> timer_events, packet_events;
  FragmentTable fragments;
  EchoTable echoes;
  AddressTable addresses;
  EspSequences esp_sequences;
  SctpAssociations sctp;

 private:
  void expire(Stamp now);
  void match_echo(const Dissection& d, const LayerRef& layer, TransportContext& context);
  void quoted_datagram(const Dissection& d, const LayerRef& layer, TransportContext& context);
  struct Datagram {
    FlowKey key;
    uint8_t icmp_code;
    uint32_t ip_bytes;
  };
  // What the packet does to its connection: by its layers, or, where nothing else is known, by the transport's header at `p`, of which
  // `layer` tells the kind and the lengths.
  static Datagram datagram(const PlainHeaders& headers, LayerRef& layer);
  Connection* track(Walk& walk, const LayerRef& layer, const Needs& needs, TransportContext& context);
  Connection* follow(const Packet& packet, const Datagram& datagram, const LayerRef& layer, const uint8_t* p, const Needs& needs, TransportContext& context);
  void follow_tcp(Connection& c, uint8_t direction, const Segment& s, bool fresh, bool retransmitted);
  void stream_rtt(const Connection& c, TransportContext& context) const;
  void follow_gaps(Connection& c, uint8_t direction, const Segment& s);
  void follow_datagram(Connection& c, uint8_t direction, Time now);
  // True if the application got something to see: its state may be another.
  bool tcp_payload(Walk& walk, const LayerRef& layer, TransportContext& context, const Needs& needs, Region payload, const Segment& s);
  void make_held_room(const Connection& at_hand);
  bool hold(Connection& c, StreamPlace& place, uint32_t offset, Bytes data, uint64_t frame);
  void give_up(StreamPlace& place);
  // Whether data in order only adds to a unit of which no more is kept and that it does not complete; and adds it.
  bool counts(const Connection& c, uint8_t direction, uint32_t seq, uint32_t length) const;
  static void count_on(Connection& c, uint8_t direction, uint32_t seq, uint32_t length);
  uint8_t joined(Dissection& d, TransportContext& context, StreamPlace& place, uint32_t length);
  void release_held(Connection& c);
  bool feed(Walk& walk, ProtoId proto, TransportContext& context, Region payload, const Segment& s);
  void end(Connection& c, Reason reason, Time at, std::vector<ConnectionEvent>& events);
  Stamp next_update(const Connection& c) const;
  void make_room();
  void keep_events_of(Connection& c);
  void restart(Connection& c, bool syn, Time now);
  void remove(Connection& c);
  void make_unacked_room();
  void follow_unacked(bool wanted);
  void schedule(Connection& c);
  void drop_stale_timers();
  uint64_t patience(const Connection& c) const;
  bool emergency() const { return table_.size() >= table_.max_size() - table_.max_size() / 10; }
  Stamp idle_deadline(const Connection& c) const;
  void release_ended();

  // Keeps what an application's transactions end in until the events were read.
  struct Sink : TransactionSink {
    void transaction(ConnectionEvent::Kind kind, Time ts, std::unique_ptr<TransactionRecord> record) override;
    void waiting(int change) override { pending += static_cast<uint64_t>(int64_t{change}); }
    uint64_t pending = 0;
    Connection* connection = nullptr;
    std::vector<ConnectionEvent>* events = nullptr;
    std::vector<std::unique_ptr<TransactionRecord>> records;
  };
  Sink* transactions(Connection& c, std::vector<ConnectionEvent>& events);  // null: nobody wants them

  // A packet whose flow is known from its first bytes: where the source address lies in the packet of that number.
  struct Expected {
    const uint8_t* source = nullptr;
    uint64_t number = 0;
    uint32_t hash = 0;
    bool fetched = false;    // its entry, too
    bool looked_up = false;
    uint8_t direction = 0;
    Connection* connection = nullptr;  // null: there is none
  };
  Connection* find(const FlowKey& key, uint64_t number, uint32_t& hash, uint8_t& direction);

  const Settings& settings_;
  ConnectionTable table_;
  uint64_t followed_ = 0;  // number of the packet that follow_plain() had; 0: transport() was there since
  TransportContext followed_context_;
  Expected expected_, at_hand_;
  UnackedPool unacked_;
  Sink sink_;
  std::unordered_map<uint32_t, Time> earlier_rtts_;  // by the entry's index: at most one a connection
  std::vector<std::unique_ptr<Connection>> snapshots_;  // what timers' events say of connections that went on since
  TimerQueue timers_;
  std::vector<uint32_t> leaving_;  // entries to free once their events were read
  std::vector<Timer> finished_;   // streams that were closed or reset, in the order in which that was; the first finished_first_ are dealt with
  size_t finished_first_ = 0;
  SpareBuffers spare_;
  std::vector<std::vector<uint8_t>> joined_;  // complete units of the packet at hand
  uint32_t tcp_streams_ = 0, udp_streams_ = 0, numbers_ = 0;
  uint64_t opened_ = 0, ended_ = 0, evicted_ = 0, held_bytes_ = 0, evicted_segments_ = 0, units_given_up_ = 0;
  bool events_wanted_ = false, transactions_wanted_ = false, unacked_wanted_ = false;
  Time clock_, no_held_room_until_;
};

}  // namespace wiretail::dissect
