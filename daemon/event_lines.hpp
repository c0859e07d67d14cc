// Connection events and transactions as lines: which filters chose a connection, and which of its events are written
// because of that. Capture thread.
//
// A packet filter that emits more than packets chooses the connections of the packets that it matches, and their events
// follow from then on. A filter on events is asked about each event; what it emits beside them follows likewise. A connection whose conn.new was written gets its
// conn.end, also when a reload took the filter away.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/capture/source.hpp"
#include "daemon/loading.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::daemon {

// What filters on this event are asked `on`.
filter::Subject subject_of(const dissect::ConnectionEvent& event);

class EventLines {
 public:
  // At start and at each reload. Connections keep the choice of filters whose name stayed.
  void set_filters(const Loaded& loaded);
  // Kinds of events that connections may still be owed.
  uint8_t emitted() const { return emitted_; }

  // The filter matched a packet of the connection.
  void choose(dissect::Connection& connection, std::span<const uint32_t> filters);
  // Whether the event is written, and the names for its line. Evaluates the filters on events.
  struct Decision {
    bool write = false;
    std::span<const std::string_view> names;
    dissect::Dissection* described = nullptr;
  };
  // `interface`: the connection's; null: it is not known.
  Decision decide(Loaded& loaded, dissect::Dissector& dissector, const dissect::ConnectionEvent& event, const Interface* interface);
  uint64_t transactions() const { return transactions_; }
  uint64_t no_response() const { return no_response_; }

 private:
  struct Chooser {  // a filter of this or of an earlier configuration, or what an event filter owes
    std::string name;
    uint8_t emit;
  };
  uint32_t chooser(const std::string& name, uint8_t emit);
  void add(dissect::Connection& connection);
  void count(dissect::Dissection& described, const dissect::ConnectionEvent& event);

  // Connection::tag is the number of a set of choosers. Both lists only grow: with the distinct filters of all
  // configurations, and with the combinations of them that packets had, up to kMaxSetMembers in all; a connection that
  // would need yet another combination keeps the one it has.
  static constexpr size_t kMaxSetMembers = 4'000'000;
  std::vector<Chooser> choosers_;
  std::map<std::pair<std::string, uint8_t>, uint32_t> chooser_numbers_;
  std::vector<std::vector<uint32_t>> sets_{{}};
  std::map<std::vector<uint32_t>, uint32_t> set_numbers_;
  size_t set_members_ = 0;
  static constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> chooser_of_, owed_of_;  // by filter number
  std::vector<uint32_t> adding_;
  std::vector<std::string_view> names_;
  filter::MatchSet matches_;
  uint8_t emitted_ = 0;
  uint64_t transactions_ = 0, no_response_ = 0;
};

}  // namespace wiretail::daemon
