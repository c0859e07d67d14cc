// The configuration: what the file may say, with its defaults. Read by read_config (reading.cpp), shaped by the command
// line (daemon/command_line), then immutable. Units: bytes, nanosecond-free durations in milliseconds; in the file sizes and
// durations are strings with their unit ("64MiB", "200ms").
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filter/filter.hpp"

namespace wiretail::config {

struct Capture {
  std::vector<std::string> interfaces = {"any"};
  std::string capture_filter;
  uint64_t snaplen = 262'144;
  uint64_t buffer_size = 16ull << 20;   // each interface's ring
  uint64_t read_timeout_ms = 10;
  bool promiscuous = true;
  bool prefilter = true;
  bool operator==(const Capture&) const = default;
};

struct Connections {  // durations of packet time
  uint64_t max_connections = 262'144;
  uint64_t attempt_timeout_ms = 10'000, established_timeout_ms = 600'000, linger_ms = 2'000;
  uint64_t udp_one_way_timeout_ms = 30'000, udp_two_way_timeout_ms = 120'000, icmp_timeout_ms = 30'000;
  uint64_t update_interval_ms = 60'000, transaction_timeout_ms = 30'000;
  bool http_at_headers = false;
  bool operator==(const Connections&) const = default;
};

struct Limits {
  uint64_t max_reassembly = 32ull << 20, max_pdu = 16ull << 20, max_fragments = 16ull << 20;
  uint64_t max_pending_requests = 100;
  uint64_t max_instructions = 1'000'000, max_set_elements = 100'000, max_regex_size = 31 * 1024, max_depth = 500;
  bool operator==(const Limits&) const = default;
};

struct Log {
  std::string level = "info";
  bool operator==(const Log&) const = default;
};

struct FilterTest {
  std::string file;
  std::vector<uint64_t> frames;
  bool whole = true;  // nothing is wrong with how it is written
  bool operator==(const FilterTest&) const = default;
};

struct Filter {
  std::string name, match;
  filter::Subject subject = filter::Subject::kPacket;
  std::vector<std::string> emit;        // empty: the subject
  std::vector<std::string> fields;      // empty: summary; one of "summary", "matched", "all", or names
  std::vector<FilterTest> tests;
  uint32_t line = 0, column = 0;        // of `match`, for messages; 0: from the command line
  uint32_t text_line = 0, text_column = 0;  // of its first letter, if the file has it letter for letter; else 0
  // Wherever it stands in the file.
  bool operator==(const Filter& o) const { return name == o.name && match == o.match && subject == o.subject && emit == o.emit && fields == o.fields && tests == o.tests; }
};

struct List {
  std::string name, file;
  uint32_t line = 0;
};

struct Output {
  std::string name = "main", file = "-";
  uint64_t flush_bytes = 64 * 1024, flush_interval_ms = 200;
  bool immediate = false;
  uint64_t rotate_size = 0, rotate_age_ms = 0, rotate_keep = 5;
  uint64_t max_line = 64 * 1024, max_bytes = 1024;
  bool value_names = false, info = false, payload = false, redact = true;
  // Query parameters whose values are not shown.
  std::vector<std::string> redact_parameters = {"access_token", "api_key", "apikey", "auth", "client_secret", "id_token", "key", "passwd", "password",
                                                "pwd", "refresh_token", "secret", "session", "sessionid", "sig", "signature", "token"};
  std::string host;
  std::vector<std::string> tags;
  uint64_t stats_interval_ms = 60'000;  // 0: no stats lines
  bool daemon_lines = true;
  bool operator==(const Output&) const = default;
};

struct Config {
  Capture capture;
  Connections connections;
  Limits limits;
  Log log;
  std::map<std::string, std::string> macros;
  std::vector<Filter> filters;
  std::vector<List> lists;
  std::vector<Output> outputs;
  uint32_t capture_filter_line = 0, capture_filter_column = 0;  // for messages
  std::string hash;                     // of the file's text, for the `daemon` lines
};

struct Problem {
  std::string file;
  uint32_t line = 0, column = 0;
  std::string key, message, hint;
  bool warning = false;
  bool of_filter = false;  // within [[filter]], which -Y replaces
};
std::string print_problem(const Problem& problem);  // file:line:column: …

struct ReadResult {
  Config config;
  std::vector<Problem> problems;
  bool good() const {
    for (const auto& p : problems) if (!p.warning) return false;
    return true;
  }
};

// Reads and validates the file: all problems at once, but for a TOML syntax error, which comes alone. With `compile`, or
// if something else is wrong, its filters are compiled too, so that theirs are among the problems.
// `compile`: also says what is wrong with the filters' texts when nothing else is. `replaced`: without the file's filters and
// what is wrong with them, for -Y.
ReadResult read_config(const std::string& path, bool compile = false, bool replaced = false);
ReadResult parse_config(std::string_view text, const std::string& file);
// A whole file, of 1 GiB at most; empty, and errno says why: it cannot be read.
std::optional<std::string> read_file(const std::string& path);
// Macros, limits, and the lists, which are read here. Problems name the list's line.
filter::CompileOptions compile_options(const Config& config, const std::string& file, std::vector<Problem>& problems);
// Empty if a filter has an error; problems name the filter's line.
std::optional<filter::Program> compile_filters(const Config& config, const std::string& file, const filter::CompileOptions& options, std::vector<Problem>& problems);

// Why a packet's line cannot hold what this name asks for, with a hint; empty: it can. For `fields`, and for -e with JSON.
std::optional<std::pair<std::string, std::string>> no_line_field(const std::string& name);

// Letters to change, add or take away between two names.
size_t edit_distance(std::string_view a, std::string_view b);

// "64MiB", "1.5GB", "512"; "200ms", "30s", "5m", "1h", "7d". False: not one.
bool parse_size(std::string_view text, uint64_t& bytes);
bool parse_duration(std::string_view text, uint64_t& milliseconds);

}  // namespace wiretail::config
