// Times of lines that are not on the packet path (statistics, the daemon's own events).
#pragma once
#include <string>

#include "dissect/packet.hpp"

namespace wiretail::daemon {

// "2026-03-01T12:00:00.123456789Z", always UTC, always nine digits.
void append_timestamp(std::string& out, dissect::Time time);

}  // namespace wiretail::daemon
