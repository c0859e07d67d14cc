// config/wiretail.toml explains every key that there is, with the default that is in force.
#include <regex>
#include <set>
#include <string>

#include "config/config.hpp"
#include "unit/catch.hpp"

using namespace wiretail;

namespace {

std::string sample() {
  auto text = config::read_file(WIRETAIL_SOURCE_DIR "/config/wiretail.toml");
  REQUIRE(text);
  return *text;
}

// The keys that the reader knows of a table: it lists them when one is unknown.
std::set<std::string> known_keys(const std::string& table) {
  auto result = config::parse_config(table + "\nqqqqqqqqqqqqqqqqqqqqqqqq = 1\n", "test.toml");
  std::set<std::string> keys;
  for (const auto& p : result.problems) {
    auto begin = p.hint.find("the keys are ");
    if (begin == std::string::npos) continue;
    std::string list = p.hint.substr(begin + 13) + ",";
    for (size_t at = 0; at < list.size();) {
      size_t comma = list.find(',', at);
      std::string key = list.substr(at, comma - at);
      keys.insert(key.substr(key.find_first_not_of(' ')));
      at = comma + 1;
    }
  }
  REQUIRE_FALSE(keys.empty());
  return keys;
}

}  // namespace

TEST_CASE("the sample has no problems") {
  auto result = config::read_config(WIRETAIL_SOURCE_DIR "/config/wiretail.toml", true);
  for (const auto& p : result.problems) INFO(config::print_problem(p));
  CHECK(result.problems.empty());
  CHECK(result.config.filters.size() >= 2);
}

TEST_CASE("every key is in the sample") {
  const std::string text = sample();
  for (const char* table : {"[capture]", "[connections]", "[limits]", "[log]", "[[list]]", "[[output]]"}) {
    INFO(table);
    auto begin = text.find(std::string("\n") + table + "\n");
    if (begin == std::string::npos) begin = text.find(std::string("\n# ") + table + "\n");
    REQUIRE(begin != std::string::npos);
    // To the next table that is not commented out.
    static const std::regex kTable("\n\\[");
    std::smatch next;
    std::string rest = text.substr(begin + 2 + std::string(table).size());
    std::string section = std::regex_search(rest, next, kTable) ? rest.substr(0, static_cast<size_t>(next.position())) : rest;
    for (const auto& key : known_keys(table)) {
      INFO(key);
      CHECK(std::regex_search(section, std::regex("(^|\n)(# )?" + key + " = ")));
    }
  }
  for (const auto& key : known_keys("[[filter]]")) {
    INFO(key);
    CHECK(std::regex_search(text, std::regex("\n#   " + key + " +[^ ]")));
  }
  for (const auto& table : known_keys("")) {
    INFO(table);
    CHECK(std::regex_search(text, std::regex("\n(# )?\\[\\[?" + table + "\\]")));
  }
}

TEST_CASE("what is commented out is the default") {
  // All keys in force; then what remains different from the defaults was not commented out.
  std::string all = std::regex_replace(sample(), std::regex("\n# ([a-z_]+ = )"), "\n$1");
  all = std::regex_replace(all, std::regex("\nname = \"blocked\"\nfile = \"blocked.txt\""), "");
  auto result = config::parse_config(all, "all.toml");
  for (const auto& p : result.problems) INFO(config::print_problem(p));
  REQUIRE(result.problems.empty());
  CHECK(result.config.capture == config::Capture());
  CHECK(result.config.connections == config::Connections());
  CHECK(result.config.limits == config::Limits());
  CHECK(result.config.log == config::Log());
  REQUIRE(result.config.outputs.size() == 1);
  config::Output output;
  output.file = "/var/log/wiretail/events.jsonl";
  CHECK(result.config.outputs[0] == output);
}
