// The capture loop: source -> dissection -> filters -> lines. One thread does all of it; each output writes on its own.
#pragma once
#include "config/config.hpp"
#include "daemon/command_line.hpp"

namespace wiretail::daemon {

// Runs until the input ends, a limit is reached or a signal asks to stop. The exit code.
int run(const CommandLine& line, config::Config configuration, bool has_configuration);

}  // namespace wiretail::daemon
