// The budget of steps of `matches`: that no pattern runs for long over any value, and that what ends within it is found as PCRE2
// finds it without one. Patterns and values are of the kinds that make regular expressions slow.
#include "unit/catch.hpp"

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "filter/regex.hpp"
#include "filter/regex_cost.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

using namespace wiretail::filter;

namespace {

std::shared_ptr<const Regex> made(const std::string& pattern) {
  Regex::Error error;
  auto regex = Regex::compile(pattern, error);
  INFO(pattern.substr(0, 60) << ": " << error.text);
  REQUIRE(regex);
  return regex;
}

bool matches(const Regex& regex, const std::string& value) { return regex.matches(reinterpret_cast<const uint8_t*>(value.data()), value.size()); }

std::string times(const std::string& unit, size_t size) {
  std::string out;
  while (out.size() < size) out += unit;
  return out.substr(0, size);
}

// What PCRE2 alone says, by its own rules: 1, 0; -1: beyond the limit of ten million that tshark leaves it.
int plain(const std::string& pattern, const std::string& value) {
  int code;
  size_t offset;
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_CASELESS | PCRE2_NEVER_UTF, &code, &offset, nullptr);
  REQUIRE(compiled);
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  int found = pcre2_match(compiled, reinterpret_cast<PCRE2_SPTR>(value.data()), value.size(), 0, 0, data, nullptr);
  pcre2_match_data_free(data);
  pcre2_code_free(compiled);
  return found >= 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

}  // namespace

TEST_CASE("a pattern takes no more than its budget, whatever it is and whatever it meets") {
  std::vector<std::string> patterns = {
      "a{0,175}a{0,175}a{0,175}[cd]", "a++b", "a+b", "a*a*a*a*a*[cd]", "(a+)+$|x", "(a*)*[cd]", "(a|aa)+[cd]", "(?:a*+[cd]|a)*e", "(a|b|ab)*[cd]", "^(a|b)*[cd]",
      "(?s).*.*.*[cd]", "(?:a?){40}a{40}[cd]", "([ab]+)\\1[cd]", "(a+)(a+)\\2\\1[cd]", "a{30000}[cd]", "(?:a{15000}[ab]){2}[cd]", "(?=(a+))\\1[cd]", "(?<=a)a+[cd]", "(?:(?=a*[cd])a|a)+[ef]",
      "(a(?1)?[ab]?)+[cd]", "(?R)?a[cd]", "[ab]+[cd][ef]", "\\w+\\s", "a*?a*?a*?[cd]", "(?>a*)[cd]", "(?:a++[cd])?a*+[ef]", "(?i:a|A)+[cd]", "(?:a(?:a(?:a|b)*)*)*[cd]", "x|a+[cd]|a+[ef]|a+[gh]"};
  // Thousands of groups make each step dear: the interpreter copies them.
  std::string groups;
  for (int i = 0; i < 1500; ++i) groups += "(a)?";
  patterns.push_back(groups + "[cd]");
  // … and so do thousands of branches, and a long text that nearly fits.
  std::string branches = "(?:";
  for (int i = 0; i < 700; ++i) branches += "a{" + std::to_string(i % 7 + 1) + "}cd|";
  patterns.push_back(branches + "z)");
  patterns.push_back(times("a", 6000).append("[cd]"));
  for (const std::string& pattern : patterns) {
    auto regex = made(pattern);
    for (size_t size : {200u, 1400u, 9000u, 65'000u, 1'000'000u})
      for (const char* unit : {"a", "ab", "aaaaaaaaaaaaaaaab", "A"}) {
        std::string value = times(unit, size);
        uint64_t before = regex->steps();
        auto start = std::chrono::steady_clock::now();
        matches(*regex, value);
        double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        INFO(pattern.substr(0, 60) << " over " << size << " of " << unit << ": " << seconds << " s, " << regex->steps() - before << " steps, cheap to " << regex->cheap_size());
        CHECK(regex->steps() - before <= Regex::kSteps + 3 * size);
        CHECK(seconds < 1);  // on a busy machine, with checks; some tens of milliseconds elsewhere
      }
  }
}

TEST_CASE("what a pattern gives up on is counted, and nothing else") {
  auto regex = made("a{0,175}a{0,175}a{0,175}[cd]");
  CHECK(!matches(*regex, times("a", 1400)));
  CHECK(regex->limits_reached() == 1);
  CHECK(!matches(*regex, times("a", 20)));
  CHECK(matches(*regex, times("a", 150) + "c"));
  CHECK(regex->limits_reached() == 1);
  // Groups that are gone back into often, without being slow, are within the budget.
  CHECK(matches(*made("^(?:ab|cd)+$"), times("abcd", 20'000)));
  CHECK(matches(*made("^(a|b)+x"), times("ab", 20'000) + "x"));
}

TEST_CASE("counted or not, a pattern finds what PCRE2 finds") {
  const std::vector<std::string> atoms = {"a", "b", "[ab]", ".", "\\w", "[^a]", "(a|b)", "(?:ab|b)", "(?:ab|aa|b)", "(?:a|ab)", "(?:Ab|ac)", "(?=a)", "(?!b)", "\\b", "(a)\\1", "(?<=a)", "(a*)", "c", "(?>a*)", "^", "$", "\\d", "[a-c]"};
  const std::vector<std::string> repeats = {"", "", "", "*", "+", "?", "*?", "++", "{2}", "{1,3}", "{2,}"};
  std::mt19937 random(7);
  auto any = [&](const auto& of) { return of[random() % of.size()]; };
  int found = 0, large = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string pattern = random() % 8 ? "" : "(?s)";
    for (size_t n = 1 + random() % 6; n; --n) {
      std::string atom = any(atoms), repeat = any(repeats);
      pattern += atom + (atom[0] == '^' || atom[0] == '$' || atom == "\\b" ? "" : repeat);
      if (random() % 9 == 0 && n > 1) pattern += "|";
    }
    std::string value;
    for (size_t n = random() % (round % 10 ? 60 : 3000); n; --n) value += "aaabbc 1\nA"[random() % 10];
    int expected = plain(pattern, value);
    auto regex = made(pattern);
    bool got = matches(*regex, value);
    INFO(pattern << " over " << value.substr(0, 100) << " of " << value.size());
    if (regex->limits_reached() == 0) CHECK(got == (expected == 1));
    else CHECK(value.size() > 1000);
    found += got, large += value.size() > regex->cheap_size();
  }
  CHECK(found > 500);
  CHECK(large > 300);
}

TEST_CASE("ordinary patterns need no counting over ordinary packets") {
  for (const char* pattern : {"GET /[a-z]+", "example", "^www[.]", "/index1[.]html", "[a-z]+@[a-z]+\\.com", "\\d+\\.\\d+\\.\\d+\\.\\d+", "(GET|POST|PUT) /", "GET .*HTTP", "^[^\\r\\n]+\\r\\nHost: ",
                              "user-agent: [^\\r]*curl", "user-agent: .*curl/[0-9]+", "(?s)^.{4}\\x00\\x01", "(?:foo|bar|baz)+\\d"}) {
    INFO(pattern);
    CHECK(made(pattern)->cheap_size() >= 1500);
  }
  // One of a kind whose work grows with the square of the value, and with more.
  CHECK(made("a+b")->cheap_size() > 5'000);
  CHECK(made("a+ab")->cheap_size() < 4'000);
  CHECK(made("(a|aa)+b")->cheap_size() < 100);
  CHECK(made("(a)\\1")->cheap_size() == 0);
  CHECK(made("(?R)?a")->cheap_size() == 0);
}
