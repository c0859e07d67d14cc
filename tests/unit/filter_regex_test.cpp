// The limit of time of `matches`: that no pattern runs for long over any value, and that what PCRE2 finds alone, by the limit
// that tshark leaves it, is found. Patterns and values are of the kinds that make regular expressions slow.
#include "unit/catch.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "filter/regex.hpp"
#include "unit/allocations.hpp"
#include "unit/filter_packets.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

using namespace wiretail::filter;

namespace {

// The sanitizers' calls take several times as long.
const int kSlow = wiretail::test::allocations_are_counted() ? 1 : 10;

std::shared_ptr<const Regex> made(const std::string& pattern, bool machine_code = true) {
  Regex::Error error;
  auto regex = Regex::compile(pattern, error, machine_code);
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

double since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

// What one call of PCRE2's interpreter says, by its own rules: 1, 0; -1: beyond the limit of a start (at most tshark's ten million).
int plain(const std::string& pattern, const std::string& value, uint32_t limit = 10'000'000) {
  int code;
  size_t offset;
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_CASELESS | PCRE2_NEVER_UTF, &code, &offset, nullptr);
  REQUIRE(compiled);
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(context, limit);
  int found = pcre2_match(compiled, reinterpret_cast<PCRE2_SPTR>(value.data()), value.size(), 0, 0, data, context);
  pcre2_match_context_free(context);
  pcre2_match_data_free(data);
  pcre2_code_free(compiled);
  return found >= 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

std::string names(int number) {
  std::string out = "(?:";
  for (int i = 0; i < number; ++i) out += (i ? "|name" : "name") + std::to_string(i) + "\\.example" + std::to_string(i % 10) + "\\.com";
  return out + ")";
}

const std::string kText = "the quick brown fox, name7.example8.org and (another) 12.5\r\n";

}  // namespace

TEST_CASE("a pattern takes no more than its time, whatever it is and whatever it meets") {
  std::vector<std::string> patterns = {
      "a{0,175}a{0,175}a{0,175}[cd]", "a++b", "a++[cd]", "(a+)+b", "(a|aa)+$|x", "(a*)*[cd]", "(?:a*+[cd]|a)*e", "^(a|b|ab)*[cd]", "(?s).*.*.*x", ".*.*.*[xy]", "(?:a?){40}a{40}[cd]",
      "([ab]+)\\1[cd]", "(a+)(a+)\\2\\1[cd]", "(?:a{15000}[ab]){2}[cd]", "(?=(a+))\\1[cd]", "(?:(?=a*[cd])a|a+)+[ef]", "(a(?1)?[ab]?)+[cd]", "(?R)?a[cd]", "(?:(?!x)a|b|ab){30}[cd]",
      "(?:(?!x)a|b|ab)*[cd]", "(?s).*?(?=.*?(?=.*?x))", "(?s).*?(?=.*?(?=.*?[ab]))y[zw]", "(?:a[^z]*z|a)+[qr]", "a+[cd](*COMMIT)|(?:a|b)*[ef]", "\\G(?:a|aa)+[cd]", "(?:(*SKIP)a)++[cd]"};
  // Thousands of groups make each step dear: the interpreter copies them. Branches that each run to the end, and a long text that nearly fits.
  std::string groups, branches = "(?:";
  for (int i = 0; i < 1500; ++i) groups += "(a)?";
  for (int i = 0; i < 700; ++i) branches += "a*+c|a{" + std::to_string(i + 1) + "}cd|";
  patterns.push_back(groups.append("[cd]"));
  patterns.push_back(branches.append("z)"));
  patterns.push_back(times("a", 6000).append("[cd]"));
  patterns.push_back(times("a", 9000).append("(?:a|aa|b)*[cd]"));
  patterns.push_back(names(1000));
  struct Value {
    const char* name;
    std::string text;
  };
  const std::vector<Value> values = {{"1400 ab", times("ab", 1400)}, {"65000 a", times("a", 65'000)}, {"b, then a", times("b", 30'000) + times("a", 30'000)}, {"1000000 a", times("a", 1'000'000)}};
  int turn = 0;
  for (const std::string& pattern : patterns) {
    auto regex = made(pattern, ++turn % 2);
    for (const Value& value : values) {
      if (value.text.size() > 100'000 && turn % 4 > 1) continue;
      double seconds = 1;
      for (int again = 0; again < 3 && seconds >= 0.5; ++again) {  // the machine may be busy
        auto start = std::chrono::steady_clock::now();
        matches(*regex, value.text);
        seconds = since(start);
      }
      INFO(pattern.substr(0, 60) << " over " << value.name << ": " << seconds << " s");
      CHECK(seconds < 0.5);
    }
  }
  // 9,998 bytes that fit a repeat of 9,999, again and again.
  std::string nearly(9999, 'x');
  nearly.back() = 'w';
  for (bool machine_code : {true, false}) {
    auto regex = made("(?:[xy]{9999}b{1}|[xw])*[cd]", machine_code);
    auto start = std::chrono::steady_clock::now();
    matches(*regex, times(nearly, 59'994));
    CHECK(since(start) < 0.5);
  }
}

TEST_CASE("what a pattern gives up on is counted, and nothing else") {
  auto regex = made("a{0,175}a{0,175}a{0,175}[cd]");
  CHECK(!matches(*regex, times("a", 1400)));
  CHECK(regex->limits_reached() == 1);
  CHECK(!matches(*regex, times("a", 20)));
  CHECK(matches(*regex, times("a", 150) + "c"));
  CHECK(regex->limits_reached() == 1);
}

TEST_CASE("a pattern that gives up has less time for the next value") {
  auto regex = made("a{0,175}a{0,175}a{0,175}[cd]");
  const std::string value = times("a", 1400);
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) CHECK(!matches(*regex, value));
  CHECK(since(start) < 2.0);  // 40 x 80 ms would be 3.2 s; it is near 0.2
  CHECK(regex->limits_reached() == 40);
}

TEST_CASE("a pattern that goes on giving up lets thousands of packets a second pass") {
  // Machine code and not, by starts and whole, with its calls and too large for them.
  for (const char* pattern : {"a{0,175}a{0,175}a{0,175}[cd]", "(a+)+[bc]", "(?s).*.*.*[xy]", "([ab]+)\\1[cd]", "\\G(?:a|aa)+[cd]", "(a+)+$|(.*)*x{3}y(.*)*z"})
    for (bool machine_code : {true, false}) {
      auto regex = made(pattern, machine_code);
      const std::string value = times("a", 1400) + "!";
      for (int i = 0; i < 20; ++i) matches(*regex, value);
      double best = 1;  // the machine may be busy
      for (int i = 0; i < 50; ++i) {
        auto start = std::chrono::steady_clock::now();
        CHECK(!matches(*regex, value));
        best = std::min(best, since(start));
      }
      INFO(pattern << ", machine code " << machine_code << ": " << best << " s");
      CHECK(best < 0.0005 * kSlow);  // near 0.0002
      CHECK(regex->limits_reached() >= 20);
    }
}

TEST_CASE("ordinary values are answered while a pattern has little time") {
  for (const char* pattern : {"exampel", "GET /[a-z]+ HTTP", "user-agent: .*curl/[0-9]+", "\\d+\\.\\d+\\.\\d+", "(?:foo|bar|baz)+\\d"})
    for (bool machine_code : {true, false}) {
      auto regex = made("(?:" + std::string(pattern) + ")|x(?:Q|QQ)*QQQQ(Q*)*[#]", machine_code);
      const std::string dear = "x" + times("Q", 1400);
      for (size_t size : {size_t{60}, size_t{1400}, size_t{9000}, size_t{65'000}}) {
        if (kSlow > 1 && size > 1400) break;
        const std::string value = times(kText, size), other = value + "foobar7 exampel GET /index HTTP user-agent: x curl/7 1.2.3";
        bool answered = false;
        for (int again = 0; again < 40 && !answered; ++again) {
          for (int i = 0; i < 12; ++i) matches(*regex, dear);
          const uint64_t before = regex->limits_reached();
          const bool none = !matches(*regex, value), found = matches(*regex, other);
          answered = regex->limits_reached() == before;
          if (answered) CHECK((none && found));
        }
        INFO(pattern << ", machine code " << machine_code << ", " << size);
        CHECK(answered);
      }
    }
}

TEST_CASE("a pattern that gave up has its time again when it is quiet") {
  auto regex = made("a{0,60}a{0,60}a{0,60}[cd]|b{0,175}b{0,175}b{0,175}[cd]");
  const std::string dear = times("b", 1400), value = times("a", 60 * 3 + 4) + "c";  // four starts of some 200,000 steps before the match
  CHECK(matches(*regex, value));
  for (int i = 0; i < 12; ++i) CHECK(!matches(*regex, dear));
  CHECK(!matches(*regex, value));
  CHECK(regex->limits_reached() == 13);
  std::this_thread::sleep_for(std::chrono::milliseconds(9000));  // all but one halving
  CHECK(matches(*regex, value));
  CHECK(regex->limits_reached() == 13);
}

TEST_CASE("a program says which of its patterns gave up") {
  wiretail::test::Frame frame;
  frame.bytes = std::string("\x02\0\x5e\x10\0\x01\x02\0\x5e\x10\0\x02\x88\xb5", 14) + times("a", 1400);
  const std::string pattern = "a{0,175}a{0,175}a{0,175}[cd]", same = "frame matches \"" + pattern + "\"";
  const std::vector<FilterSource> sources = {{"plain", "eth"}, {"other", "eth and frame matches \"aaa\""}, {"dear", "not (ip or " + same + ")"}, {"again", same}};
  CompileResult compiled = compile(sources, {});
  REQUIRE(compiled.program);
  wiretail::dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  CHECK(compiled.program->given_up().empty());
  MatchSet found;
  found.resize(sources.size());
  for (int i = 0; i < 2; ++i) compiled.program->evaluate(dissector.dissect(frame.packet()), Subject::kPacket, found);
  const auto given_up = compiled.program->given_up();
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].filter == 2);  // the first of the two that ask it
  CHECK(given_up[0].pattern == pattern);
  CHECK(given_up[0].values == 2);
  CHECK((found.has(1) && found.has(2) && !found.has(3)));
}

TEST_CASE("long patterns and values that need many steps of one start match as in one call") {
  struct Case {
    std::string pattern, value;
  };
  std::string letters = "(?:a";
  for (char c = 'b'; c <= 'z'; ++c) letters += std::string("|") + c;
  const std::vector<Case> cases = {
      {names(50), times(kText, 60'000) + "name49.example9.com"}, {names(1000), times(kText, 60'000) + "name999.example9.com"}, {names(1000), times(kText, 3000) + "name999.example9.com"},
      {names(1000), times(kText, 60'000)}, {"(\\([^()]*\\)|[^()])+$", times("ab(cd)e", 59'500)}, {"^([^()]|\\((?1)*\\))*$", times("ab(cd)e", 59'500)},
      {letters + "|\\d|\\s|\\.)+$", times("the quick brown fox 123. ", 60'000)}, {"^(?:ab|cd)+$", times("abcd", 20'000)}, {"^(a|b)+x", times("ab", 20'000) + "x"},
      {"a+[cd](*COMMIT)|x", times("a", 3000) + "x"}, {"a(*COMMIT)b|x", times("b", 60'000) + "acx"}, {"aa(*SKIP)b|ax", times("b", 60'000) + "aax"}, {"\\Gb+x|\\Ga", times("b", 60'000) + "a"},
      {".*.fox", times("the quick", 60'000)}, {"(?m)^name", times("the quick\n", 60'000) + "name"}, {"(?m)^x?$", times("the quick\r\n", 60'000)}, {"\\d$", times("a", 60'000) + "1\n"}};
  for (const Case& c : cases)
    for (bool machine_code : {true, false}) {
      INFO(c.pattern.substr(0, 60) << " over " << c.value.size() << ", machine code " << machine_code);
      bool got = false, gave_up = true;
      for (int tries = 0; tries < 5 && gave_up; ++tries) {  // the machine may be busy; anew, since who gave up has less time
        auto regex = made(c.pattern, machine_code);
        got = matches(*regex, c.value), gave_up = regex->limits_reached() != 0;
      }
      const auto start = std::chrono::steady_clock::now();
      const bool expected = plain(c.pattern, c.value) == 1;
      // Where one call of PCRE2 alone takes nearly as long as is allowed, the machine is too slow for this case.
      if (!(gave_up && since(start) > 0.06)) CHECK(got == expected);
    }
}

TEST_CASE("a pattern finds what PCRE2 finds in one call") {
  const std::vector<std::string> atoms = {"a", "b", "[ab]", ".", "\\w", "[^a]", "(a|b)", "(?:ab|b)", "(?:ab|aa|b)", "(?:a|ab)", "(?:Ab|ac)", "(?=a)", "(?!b)", "\\b", "(a)\\1", "(?<=a)", "(?<!b\\n)", "(a*)", "c",
                                          "(?>a*)", "^", "$", "\\d", "[a-c]", "\\K", "\\Z", "\\A", "(a(?-1)?b)", "(?i:A)", "(?-i:A)", "\\R", "x", "\\s", "bc 1", "(?:(?!x)a|b)", "a*+", "[^\\n]*", "(?m:^)", "(?m:$)", "[(*c]", "[](*b]", "\\(*a"};
  const std::vector<std::string> repeats = {"", "", "", "*", "+", "?", "*?", "++", "{2}", "{1,3}", "{2,}", "?+"};
  const std::vector<std::string> verbs = {"(*COMMIT)", "(*SKIP)", "(*PRUNE)", "(*THEN)", "\\G", "(*ACCEPT)"};
  std::mt19937 random(7);
  auto any = [&](const auto& of) { return of[random() % of.size()]; };
  int found = 0, large = 0, ended = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string pattern = random() % 8 ? "" : "(?s)";
    for (size_t n = 1 + random() % 6; n; --n) {
      std::string atom = any(atoms), repeat = any(repeats);
      bool bare = atom[0] == '^' || atom[0] == '$' || (atom[0] == '\\' && std::string("bKZA").find(atom[1]) != std::string::npos) || atom == "a*+" || atom == "[^\\n]*" || atom[1] == '?';
      pattern += atom + (bare ? "" : repeat);
      if (random() % 40 == 0) pattern += any(verbs);
      if (random() % 9 == 0 && n > 1) pattern += "|";
    }
    // Few kinds of bytes make long runs, many make few matches.
    std::string value, kinds = any(std::vector<std::string>{"aaabbc 1\nA", "aaaaaaaab", "bbbbbbbbbbbbbbbbbbba\n", "bbbbb\r\n", "xyzw- "});
    size_t size = random() % (round % 20 == 0 ? 65'001 : round % 5 == 0 ? 3000 : 60);
    while (value.size() < size) value += kinds[random() % kinds.size()];
    if (random() % 4 == 0) value += any(std::vector<std::string>{"ab", "aabbc 1", "\n", "ac\n", "bbb1"});
    auto start = std::chrono::steady_clock::now();
    int expected = plain(pattern, value, static_cast<uint32_t>(std::clamp<size_t>(50'000'000 / (size + 1), 1, 10'000'000)));
    double seconds = since(start);
    if (expected < 0) continue;
    ++ended;
    auto regex = made(pattern, round % 2);
    bool got = matches(*regex, value);
    INFO(pattern << " over " << value.substr(0, 100) << " of " << value.size() << ", " << seconds << " s in one call");
    if (regex->limits_reached()) CHECK(seconds > 0.01);
    else CHECK(got == (expected == 1));
    found += got, large += value.size() > 3100;
  }
  CHECK(ended > 5000);
  CHECK(found > 1500);
  CHECK(large > 150);
}

TEST_CASE("what only looks like a verb is none") {
  for (const std::string pattern : {"[(*&]{6}|\\s(eval|exec|system)\\(|.unescape\\(|</html>", "\\w+\\(*\\d+\\)|</html>", "(*UCP)eval|unescape|document.write|.iframe|</html>"}) {
    INFO(pattern);
    const auto regex = made(pattern);
    for (int i = 0; i < 200; ++i) CHECK(matches(*regex, times("the quick (brown) fox [123]. ", 60'000) + "</html>"));
    CHECK(regex->limits_reached() == 0);
  }
}

TEST_CASE("ordinary patterns over large values are as fast as one call") {
  for (const char* pattern : {"exampel", "GET /[a-z]+ HTTP", "user-agent: .*curl/[0-9]+", "\\d+\\.\\d+\\.\\d+", "(?:foo|bar|baz)+\\d"})
    for (bool machine_code : {true, false}) {
      auto regex = made(pattern, machine_code);
      std::string value = times(kText, 1'000'000);
      double seconds = 1;
      for (int again = 0; again < 5; ++again) {
        auto start = std::chrono::steady_clock::now();
        matches(*regex, value);
        seconds = std::min(seconds, since(start));
      }
      INFO(pattern << ", machine code " << machine_code << ": " << seconds);
      CHECK(seconds < 0.1);  // a tenth of it elsewhere than on a busy machine
      CHECK(regex->limits_reached() == 0);
    }
}
