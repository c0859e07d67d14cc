// What is told of a pattern's matches without matching: no more than is true of every one.
#include "filter/regex_literal.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "filter/regex.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;

namespace {

std::string shown(std::string_view pattern) {
  std::vector<std::string> all;
  for (const AnyOfTexts& any : necessary_texts(pattern)) {
    std::string& line = all.emplace_back();
    for (const std::string& text : any) line += (line.empty() ? "" : "|") + text;
  }
  std::sort(all.begin(), all.end());
  std::string out;
  for (const std::string& line : all) out += (out.empty() ? "" : " & ") + line;
  return out;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return text;
}

}  // namespace

TEST_CASE("what every match of a pattern contains") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"^/index7[.]html$", "/index7.html"},
      {"/api/v1/users/.*zz7", "/api/v1/users/ & zz7"},
      {"evil\\.php|shell\\.asp", "evil.php|shell.asp"},
      {"^(alpha|beta)7\\.example$", "beta7.example|alpha7.example"},
      {"\\.(jpe?g|png)$", ".jpg|.png|.jpeg"},
      {"https?://", "http://|https://"},
      {"(a|b)+xyz", "a|b & xyz"},
      {"(abc)?def", "def"},
      {"ab{2}c", "ab & c"},
      {"ab{0,2}c", "a & c"},
      {"x[aA]y", "xay"},
      {"x[a-c]y", "x & y"},
      {"x[ac]y", "xay|xcy"},
      {"x[^a]y", "x & y"},
      {"(^|/)cmd\\.exe", "cmd.exe"},
      {"\\bselect\\b", "select"},
      {"(?i)select\\s+.*from", "from & select"},
      {"(one.two|three)", "one|three"},   // of "one.two" the first of the longest
      {"(one|.)", ""},
      {"(one|)", ""},
      {"a|", ""},
      {"\\x41bc", ""},      // not understood: nothing is told
      {"(?=abc)abc", ""},
      {"(?i:abc)", ""},
      {"abc(?i)def", ""},
      {"\\Qa|b\\E", ""},
      {"[[:alpha:]]abc", ""},
      {"(abc)\\1", ""},
      {"abc)", ""},
      {"(abc", ""},
      {"a{,5}b", "b"},
      {"", ""},
  };
  for (const auto& [pattern, expected] : cases) {
    INFO(pattern);
    CHECK(shown(pattern) == expected);
  }
}

TEST_CASE("values that a pattern matches contain what is told of it") {
  std::mt19937 generator(7);
  auto random = [&](size_t below) { return static_cast<size_t>(generator()) % below; };
  const std::vector<std::string> elements{"a", "b", "c", "B", "ab", "abc", ".", "[ab]", "[^a]", "[a-c]", "[]a]", "\\.", "\\b", "\\w", "^", "$", "\\n", "x"};
  const std::vector<std::string> quantifiers{"", "", "", "", "?", "*", "+", "{2}", "{0}", "{0,2}", "{1,}", "{,2}", "{1,2,3}", "??", "*+", "+?"};
  auto made = [&](auto&& self, unsigned depth) -> std::string {
    std::string out;
    for (size_t n = 1 + random(4); n-- > 0;) {
      if (depth > 0 && random(3) == 0) out += (random(2) ? "(" : "(?:") + self(self, depth - 1) + ")";
      else out += elements[random(elements.size())];
      out += quantifiers[random(quantifiers.size())];
      if (random(5) == 0) out += "|";
    }
    return out;
  };
  size_t matched = 0, told = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::string pattern = made(made, 3);
    Regex::Error error;
    const auto regex = Regex::compile(pattern, error);
    if (!regex) continue;
    const auto texts = necessary_texts(pattern);
    told += !texts.empty();
    for (int i = 0; i < 60; ++i) {
      std::string value;
      for (size_t n = random(9); n-- > 0;) value += "aabbccABCx.]\n1{,}"[random(17)];
      if (!regex->matches(reinterpret_cast<const uint8_t*>(value.data()), value.size())) continue;
      ++matched;
      for (const AnyOfTexts& any : texts) {
        if (std::any_of(any.begin(), any.end(), [&](const std::string& text) { return lower(value).find(lower(text)) != std::string::npos; })) continue;
        FAIL(pattern << " matches " << value << ", which has none of " << shown(pattern));
      }
    }
  }
  CHECK(matched > 20'000);
  CHECK(told > 500);
}
