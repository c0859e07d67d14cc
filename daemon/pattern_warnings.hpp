// What people hear of patterns that give up (filter/regex.hpp), since what would have matched may be missing: a warning when
// one first does, and the total when its filters end. Capture thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "daemon/loading.hpp"

namespace wiretail::daemon {

class PatternWarnings {
 public:
  using Clock = std::chrono::steady_clock;
  // Now and then. One line at most in ten seconds, whatever the number of filters.
  void look(const Loaded& loaded, Clock::time_point now);
  // These filters end: how many values it was in all. `said`: in a warning, not only in the statistics from now on.
  void end(const Loaded& loaded, bool said);
  // All values of the run.
  uint64_t values(const Loaded& loaded) const;

 private:
  std::set<std::pair<uint32_t, std::string>> known_;  // filter and pattern that were named
  Clock::time_point next_{};
  uint64_t ended_ = 0;  // values of filters that a reload replaced
};

}  // namespace wiretail::daemon
