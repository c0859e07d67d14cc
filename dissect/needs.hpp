// What filters and outputs ask of the dissection. Computed at load time from the fields that they name; the Dissector
// does no work that is not in here. Immutable while in use.
#pragma once
#include <array>
#include <cstdint>

#include "dissect/field.hpp"
#include "dissect/layers.hpp"

namespace wiretail::dissect {

class Dissection;

class FieldSet {
 public:
  bool has(FieldId f) const { return words_[f / 64u] >> (f & 63) & 1; }
  // One of the fields from `first` to `last`.
  bool any(FieldId first, FieldId last) const {
    const unsigned from = first / 64u, to = last / 64u;
    const uint64_t low = ~uint64_t{0} << (first & 63), high = ~uint64_t{0} >> (63 - (last & 63));
    if (from == to) return words_[from] & low & high;
    uint64_t all = (words_[from] & low) | (words_[to] & high);
    for (unsigned i = from + 1; i < to; ++i) all |= words_[i];
    return all;
  }
  void add(FieldId f) { words_[f / 64u] |= uint64_t{1} << (f & 63); }
  FieldSet& operator|=(const FieldSet& o) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= o.words_[i];
    return *this;
  }
  bool empty() const {
    for (auto w : words_) if (w) return false;
    return true;
  }
  static const FieldSet& all();

 private:
  std::array<uint64_t, kMaxFields / 64> words_{};
};

struct Needs {
  FieldSet fields;       // fields that will be asked for
  FieldSet described;    // … of what happened to connections alone, which Dissector::describe() shows: not of packets
  ProtoSet protocols;    // application protocols that must be walked
  bool all_protocols = false;  // … all of them (a line that lists what is there, `frame.protocols`)
  bool streams = false;        // the connection table
  bool analysis = false;       // TCP sequence analysis
  bool unacked = false;        // … with a list of the segments that are not acknowledged yet
  bool reassembly = false;     // TCP streams put together
  bool bodies = false;         // what HTTP's messages carry, its codings undone, and what lies above it
  bool complete = false;       // dissect every packet completely (`_ws.malformed`, `_ws.expert`)
  bool events = false;         // connection events
  bool http_transactions = false, dns_transactions = false;

  // The necessary condition on flows (decided by the filter compiler): packets of which it is false cost no look-up.
  // Called after the header walk. Null: all flows.
  bool (*flow_wanted)(const void* context, const Dissection& packet) = nullptr;
  const void* flow_context = nullptr;

  // Decided by the filter compiler: without one of `protocols` in it a packet matches nothing.
  bool matches_need_application = false;

  // Protocols whose `details` would emit nothing that is wanted, and find no damage: they need not run. Filled by prepare(),
  // which the Dissector calls; before that all of them run.
  ProtoSet silent;
  ProtoSet quiet;  // … would emit nothing, and find damage only where ProtocolDef::judges_if says so
  bool notes = true;  // somebody reads expert notes, or what else any layer may emit
  // Of a TCP segment that has nothing for an application among `protocols` nothing is wanted but what its own headers say, and
  // perhaps events: it need not be walked. By prepare(), too.
  bool applications_alone = false;
  // TCP connections are followed for the sake of what analysis finds of their segments, and applications are not looked at. By prepare(), too.
  bool notes_alone = false;
  // … without one of which a segment has none of these (TransportContext::notes). By prepare(), too.
  uint32_t wanted_notes = UINT32_MAX;
  // Somebody reads all the bytes of a message that is put together, not only its head. By prepare(), too.
  bool whole_units = true;
  void prepare();

  // Something is kept from packet to packet, or walked above the transports.
  bool has_state() const { return all_protocols || streams || analysis || reassembly || events || transactions() || !protocols.empty(); }
  bool transactions() const { return http_transactions || dns_transactions; }

  // Adds what a field needs.
  void add(FieldId field);
  Needs& operator|=(const Needs& other);  // not the flow condition: the caller decides that
};

}  // namespace wiretail::dissect
