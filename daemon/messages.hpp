// wiretail's own messages, on standard error: one sentence each that says what to do. Written with spdlog, from the capture
// thread only; under systemd each carries its priority, so that the journal knows it. Colour and progress only where a
// person looks: on a terminal, and no colour where NO_COLOR is set.
#pragma once
#include <cstdint>
#include <string>

namespace wiretail::daemon {

// `[log] level`: trace, debug, info, warning, error or off.
void set_message_level(const std::string& level);
// What ends the program, or makes a call wrong: shown whatever the level.
void complain(const std::string& text);
void warn(const std::string& text);
void inform(const std::string& text);

// "\r1234 packets": only when standard error is a terminal and standard output is not. `end_progress` clears it away.
void show_progress(uint64_t packets, uint64_t matched);
void end_progress();

}  // namespace wiretail::daemon
