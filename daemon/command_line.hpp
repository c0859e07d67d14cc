// The command line: tshark's letters where tshark has the function. Parsed by CLI11 into plain data; nothing is opened here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace wiretail::daemon {

struct CommandLine {
  std::vector<std::string> interfaces;
  std::string file;                      // -r
  std::string capture_filter;            // -f
  std::string display_filter;            // -Y
  bool has_display_filter = false;
  uint64_t count = 0;                    // -c; 0: no limit
  double duration = 0;                   // -a duration:S
  uint32_t snaplen = 0;                  // -s; 0: as configured
  uint32_t buffer_mib = 0;               // -B
  std::string format = "json";           // -T
  bool has_format = false;
  std::vector<std::string> fields;       // -e
  std::vector<std::string> field_options;  // -E
  bool details = false, hex = false;     // -V, -x
  std::string write_file;                // -w
  std::vector<std::string> emit;         // --emit, without the next two
  bool has_emit = false, emit_stats = false, emit_daemon = false;
  std::string out;                       // --out
  bool quiet = false, list_interfaces = false, check = false, schema = false;
  bool no_promiscuous = false;
  std::string glossary;                  // -G
  std::string config;
  std::string explain, stage;
  bool has_explain = false;
  uint64_t frame = 0;                    // --frame
  uint64_t selected_frame = 0;
};

// Exit code to end with, or -1: go on. Prints help, version or a usage error itself.
int parse_command_line(int argc, char** argv, CommandLine& out);

inline constexpr int kExitRunning = 1, kExitUsage = 2;

}  // namespace wiretail::daemon
