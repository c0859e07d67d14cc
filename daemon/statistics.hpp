// The `stats` and `daemon` lines (events.md B7, B8): rare, so written with the general JSON library.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "daemon/capture/source.hpp"
#include "daemon/output/output.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::daemon {

struct StatisticsInput {
  uint64_t seq = 0;
  std::string interface;
  CaptureCounters capture;
  dissect::DecodeCounters decode;
  dissect::ConnectionCounters connections;
  uint64_t evaluated = 0;
  std::vector<std::pair<std::string, uint64_t>> filters;  // name, matched
  std::vector<std::pair<std::string, OutputCounters>> outputs;
  double lag = 0, uptime = 0;
};

std::string statistics_line(const StatisticsInput& in);
std::string daemon_event_line(uint64_t seq, const std::string& what, const std::string& hash, const std::vector<std::string>& filters, const std::string& detail);

}  // namespace wiretail::daemon
