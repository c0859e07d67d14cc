// wiretail: the executable. Reads the command line and the configuration, then runs one of: a list (-D, -G), a check, an
// explanation, or the capture loop.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "config/config.hpp"
#include "daemon/capture/file_source.hpp"
#include "daemon/capture/live_source.hpp"
#include "daemon/command_line.hpp"
#include "daemon/filter_tests.hpp"
#include "daemon/glossary.hpp"
#include "daemon/heap_pages.hpp"
#include "daemon/messages.hpp"
#include "daemon/run.hpp"
#include "filter/filter.hpp"

namespace {

using namespace wiretail;
using namespace wiretail::daemon;

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : kExitRunning;
}

int check(const CommandLine& line, const config::ReadResult& read) {
  size_t errors = 0;
  std::vector<config::Problem> problems = read.problems;
  auto capture_filter = [&](const std::string& text, const std::string& file, uint32_t row, uint32_t column, const char* key) {
    std::string error = text.empty() ? "" : capture_filter_error(text);
    if (error.empty()) return;
    auto behind = std::find_if(problems.begin(), problems.end(), [&](const auto& p) { return p.file != file || p.line > row; });
    problems.insert(behind, {file, row, column, key, "capture filter \"" + text + "\": " + error, "pcap's syntax, not a display filter's: \"tcp port 80\", \"host 192.0.2.7\"; see pcap-filter(7)"});
  };
  const auto& c = read.config;
  capture_filter(c.capture.capture_filter, line.config, c.capture_filter_line, c.capture_filter_column, "filter");
  capture_filter(line.capture_filter, "", 0, 0, "-f");
  for (const auto& p : problems) {
    std::fprintf(stderr, "%s\n", config::print_problem(p).c_str());
    errors += !p.warning;
  }
  if (line.has_display_filter) {
    filter::FilterSource source{"-Y", line.display_filter, filter::Subject::kPacket};
    std::vector<config::Problem> said;  // of its lists; has been reported
    auto compiled = filter::compile({&source, 1}, config::compile_options(c, line.config, said));
    for (const auto& e : compiled.diagnostics[0]) {
      std::fprintf(stderr, "-Y: %s\n", filter::print_error(line.display_filter, e).c_str());
      errors += !e.warning;
    }
  }
  errors += run_filter_tests(read.config, line.config);
  if (errors) {
    std::fprintf(stderr, "%zu problem%s\n", errors, errors == 1 ? "" : "s");
    return kExitUsage;
  }
  if (line.config.empty()) return print(line.has_display_filter ? "-Y: no problems\n" : "-f: no problems\n");
  const size_t filters = read.config.filters.size();
  return print(line.config + ": no problems, " + std::to_string(filters) + (filters == 1 ? " filter\n" : " filters\n"));
}

}  // namespace

int main(int argc, char** argv) {
  HeapPages::begin();
  CommandLine line;
  if (int code = parse_command_line(argc, argv, line); code >= 0) return code;
  if (line.list_interfaces) {
    std::string error, list = list_interfaces(error);
    if (!error.empty()) return complain("cannot list interfaces: " + error), kExitRunning;
    return print(list);
  }
  if (line.glossary == "fields") return print(glossary_fields());
  if (line.glossary == "protocols") return print(glossary_protocols());
  config::ReadResult read;
  if (!line.config.empty()) read = config::read_config(line.config, line.check, line.has_display_filter && !line.check);
  if (line.check) return check(line, read);
  if (!read.good()) {
    for (const auto& p : read.problems) std::fprintf(stderr, "%s\n", config::print_problem(p).c_str());
    return kExitUsage;
  }
  if (line.has_explain) return explain(line, read.config);
  return run(line, std::move(read.config), !line.config.empty());
}
