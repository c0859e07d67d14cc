// The `stats` and `daemon` lines (events.md B7, B8): rare, so written with the general JSON library.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "daemon/capture/source.hpp"
#include "daemon/output/output.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::daemon {

struct LineHeader {  // of one output
  uint64_t seq = 0;
  std::string host;
  std::vector<std::string> tags;
};

struct FilterCounters {
  std::string name;
  uint64_t evaluated = 0, matched = 0;
};

struct StatisticsInput {
  CaptureCounters capture;
  dissect::DecodeCounters decode;
  dissect::ConnectionCounters connections;
  dissect::FragmentCounters fragments;
  dissect::EvictionCounters evictions;
  std::vector<FilterCounters> filters;
  double program_ns = 0;                                          // a sampled packet's evaluation, mean
  uint64_t gave_up = 0;                                           // values that patterns gave up on
  uint64_t http_transactions = 0, http_no_response = 0;
  std::vector<std::pair<std::string, OutputCounters>> outputs;    // name, counters
  double lag = 0, uptime = 0;                                     // seconds
};

std::string statistics_line(const LineHeader& header, const StatisticsInput& in);
std::string daemon_event_line(const LineHeader& header, const std::string& what, const std::string& hash, const std::vector<std::string>& filters, const std::string& detail);

}  // namespace wiretail::daemon
