// Filters over single files outside the capture loop: the tests that a configuration's filters name (`--check` runs them)
// and `--explain`.
#pragma once
#include "config/config.hpp"
#include "daemon/command_line.hpp"

namespace wiretail::daemon {

// Number of tests that failed; each is reported on standard error with the difference.
size_t run_filter_tests(const config::Config& config, const std::string& config_file);
int explain(const CommandLine& line, const config::Config& config);

}  // namespace wiretail::daemon
