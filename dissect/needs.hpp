// What filters and outputs ask of the dissection. Computed at load time from the fields that they name; the Dissector
// does no work that is not in here. Immutable while in use.
#pragma once
#include <cstdint>
#include <vector>

#include "dissect/field.hpp"
#include "dissect/layers.hpp"

namespace wiretail::dissect {

class Dissection;

class FieldSet {
 public:
  bool has(FieldId f) const { return (size_t{f} >> 6) < words_.size() && ((words_[size_t{f} >> 6] >> (f & 63)) & 1); }
  void add(FieldId f) {
    if (words_.size() <= (size_t{f} >> 6)) words_.resize((size_t{f} >> 6) + 1);
    words_[size_t{f} >> 6] |= uint64_t{1} << (f & 63);
  }
  FieldSet& operator|=(const FieldSet& o) {
    if (words_.size() < o.words_.size()) words_.resize(o.words_.size());
    for (size_t i = 0; i < o.words_.size(); ++i) words_[i] |= o.words_[i];
    return *this;
  }
  bool empty() const {
    for (auto w : words_) if (w) return false;
    return true;
  }

 private:
  std::vector<uint64_t> words_;
};

struct Needs {
  FieldSet fields;       // fields that will be asked for
  ProtoSet protocols;    // application protocols that must be walked
  bool all_protocols = false;  // … all of them (a line that lists what is there, `frame.protocols`)
  bool streams = false;        // the connection table
  bool analysis = false;       // TCP sequence analysis
  bool reassembly = false;     // TCP streams put together
  bool complete = false;       // dissect every packet completely (`_ws.malformed`, `_ws.expert`)
  bool events = false;         // connection events
  bool transactions = false;   // application transactions (http, dns)

  // The necessary condition on flows (decided by the filter compiler): packets of which it is false cost no look-up.
  // Called after the header walk. Null: all flows.
  bool (*flow_wanted)(const void* context, const Dissection& packet) = nullptr;
  const void* flow_context = nullptr;

  // Something is kept from packet to packet, or walked above the transports.
  bool has_state() const { return all_protocols || streams || analysis || reassembly || events || transactions || !protocols.empty(); }

  // Adds what a field needs.
  void add(FieldId field);
  Needs& operator|=(const Needs& other);  // not the flow condition: the caller decides that
};

}  // namespace wiretail::dissect
