// All outputs of a run: made from the command line and the configuration, opened, fed, watched and closed together. Each
// gets every line through a queue and a thread of its own (output/output.hpp); this class is the capture thread's side,
// and nothing here waits but finish().
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/command_line.hpp"
#include "daemon/packet_writer.hpp"
#include "daemon/statistics.hpp"

namespace wiretail::daemon {

class Outputs {
 public:
  using Clock = std::chrono::steady_clock;

  // Nothing is opened yet. False: the call is wrong, `error` says how.
  bool make(const CommandLine& line, const config::Config& config, bool has_configuration, std::string& error);
  // `lossless`: the input waits for the outputs (files, standard input); else lines are dropped when a queue is full.
  bool open(const std::deque<Interface>& interfaces, bool lossless, std::string& error);
  const std::vector<std::unique_ptr<PacketWriter>>& writers() const { return writers_; }

  // Hands over what is due. False: nobody is left to write for.
  bool tick(Clock::time_point now);
  // After a failure that ends the run: what is wrong with which output; else empty. A service goes on: its disk may have
  // room again.
  std::string failure() const;
  // Outputs that began or ceased to lose lines, and files that were rotated, since the last call: to the log, and as
  // `daemon` lines to the others.
  void report_changes(const std::vector<std::string>& filters);
  void reopen();
  void wait_when_full();  // from now on nothing is dropped: the last lines
  void finish();

  // `stats` lines for the outputs whose interval has passed (`all`: for each that wants them).
  bool statistics_due(Clock::time_point now) const;
  void statistics(StatisticsInput input, bool all);
  void daemon_line(const std::string& what, const std::vector<std::string>& filters, const std::string& detail, const PacketWriter* except = nullptr);
  void set_config_hash(const std::string& hash) { hash_ = hash; }

  // "12 lines of output "main" were dropped …", one sentence an output.
  std::vector<std::string> losses() const;

 private:
  bool add(const CommandLine& line, const config::Output& o, Format format, const std::string& run_id, std::string& error);
  std::vector<std::unique_ptr<PacketWriter>> writers_;
  std::string hash_;
  bool has_configuration_ = false;
};

}  // namespace wiretail::daemon
