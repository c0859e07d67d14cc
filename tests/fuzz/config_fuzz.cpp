// Any bytes as a configuration file: read without a crash or a hang; what is refused has a place and a sentence, what is
// accepted compiles or says why not. Filters name no lists here: nothing outside is opened.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.hpp"

using namespace wiretail;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  config::ReadResult result = config::parse_config(text, "fuzz.toml");
  size_t lines = 1;
  for (char c : text) lines += c == '\n';
  for (const auto& p : result.problems) {
    require(!p.message.empty() && p.line >= 1 && p.line <= lines + 1);
    require(!config::print_problem(p).empty());
  }
  config::Config& c = result.config;
  require(c.capture.buffer_size < 1ull << 31 && c.capture.snaplen >= 64 && c.connections.max_connections >= 16 && c.limits.max_depth <= 500);
  for (const auto& o : c.outputs) require(o.flush_bytes >= 1 && o.flush_bytes <= 1 << 20 && o.max_line >= 512);
  c.lists.clear();
  if (c.filters.size() > 16 || size > 16 * 1024) return 0;
  std::vector<config::Problem> problems;
  auto program = config::compile_filters(c, "fuzz.toml", config::compile_options(c, "fuzz.toml", problems), problems);
  bool wrong = false;
  for (const auto& p : problems) {
    wrong |= !p.warning;
    require(p.line >= 1);
  }
  require(program.has_value() != wrong);
  return 0;
}
