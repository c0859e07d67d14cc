// From the command line and the configuration to what is in force: the flags' parts replace the configuration's, the
// filters become one program, and each filter knows what a match writes. Made at start and at each reload, on the capture
// thread; immutable afterwards but for the counters.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/command_line.hpp"
#include "daemon/output/line_plan.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::daemon {

class Outputs;

// What a match writes, one bit each.
enum Emit : uint8_t {
  kEmitPacket = 1,
  kEmitConn = 2,
  kEmitHttp = 4,
  kEmitDns = 8,
  kEmitTls = 16,
  kEmitEnd = 32,  // only conn.end: owed to a connection whose conn.new was written
};
uint8_t emit_bits(std::span<const std::string> names);
// What a filter on it writes by default.
uint8_t emit_of(filter::Subject subject);

struct LoadedFilter {
  std::string name;
  filter::Subject subject = filter::Subject::kPacket;
  uint8_t emit = 0;
  Selection selection;
  uint64_t matched = 0;
  uint64_t evaluated_before = 0;         // by earlier configurations that had it
};

struct Loaded {
  config::Config config;                 // after the flags replaced its parts
  std::vector<LoadedFilter> filters;     // by filter number
  filter::Program program;
  std::string kernel_filter, kernel_filter_elsewhere;  // of live captures (Source::set_kernel_filter)
  uint8_t emit = 0;                      // of all filters together
  bool anonymous = false;                // no filter was named: every packet matches
  bool subjects[5] = {};                 // there are filters on this subject
  uint64_t evaluated[5] = {};            // packets, or events, that the program was given

  uint64_t evaluations(const LoadedFilter& f) const { return f.evaluated_before + evaluated[static_cast<size_t>(f.subject)]; }
  std::vector<std::string> names() const;
  // The counters of filters that a reload keeps.
  void continue_counting(const Loaded& before);
};

// What the dissection is built with. Taken once, at start.
dissect::Settings settings_of(const config::Config& config);

// False: every problem was said on standard error, the first of them is in `problem`, and `out` is unchanged.
bool load(const CommandLine& line, config::Config config, bool has_configuration, Loaded& out, std::string& problem);

// What filters and outputs together ask of the dissection. Refers to the program. `emitted`: kinds of events that may
// still be owed, beside the filters' own.
dissect::Needs needs_of(const Loaded& loaded, const Outputs& outputs, uint8_t emitted);

}  // namespace wiretail::daemon
