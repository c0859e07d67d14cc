// The search for many texts in one pass, against a search for each of them alone.
#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "filter/needles.hpp"
#include "unit/catch.hpp"

using namespace wiretail;

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return text;
}

std::set<uint32_t> one_by_one(const std::vector<std::string>& needles, const std::string& text) {
  std::set<uint32_t> out;
  for (uint32_t k = 0; k < needles.size(); ++k)
    if (lower(text).find(lower(needles[k])) != std::string::npos) out.insert(k);
  return out;
}

std::set<uint32_t> in_one_pass(const filter::Needles& needles, const std::string& text) {
  std::set<uint32_t> out;
  // Bytes of their own: a sanitizer sees a read behind them.
  std::vector<uint8_t> bytes(text.begin(), text.end());
  needles.search(bytes.data(), bytes.size(), [&](uint32_t k) { out.insert(k); });
  return out;
}

}  // namespace

TEST_CASE("needles are found wherever they lie") {
  std::vector<std::string> texts = {"needle", "Other-Thing", "needle-and-thread", "thread"};
  filter::Needles needles;
  for (const auto& t : texts) needles.add(t);
  REQUIRE(needles.build());
  for (size_t before = 0; before < 40; ++before)
    for (size_t behind = 0; behind < 6; ++behind)
      for (const auto& t : texts) {
        std::string text = std::string(before, 'x') + t + std::string(behind, 'y');
        CHECK(in_one_pass(needles, text) == one_by_one(texts, text));
      }
  CHECK(in_one_pass(needles, "NEEDLE-AND-thre").size() == 1);
  CHECK(in_one_pass(needles, "needl").empty());
  CHECK(in_one_pass(needles, "").empty());
}

TEST_CASE("needles in one pass are the needles found one by one") {
  std::mt19937 generator(7);
  auto below = [&](size_t n) { return static_cast<size_t>(generator()) % n; };
  auto word = [&](size_t length, const std::string& letters) {
    std::string out;
    while (out.size() < length) out += letters[below(letters.size())];
    return out;
  };
  size_t hits = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string letters = round % 3 == 0 ? "ab" : round % 3 == 1 ? "abcAB" : std::string("ab\0\xff" "Z@`{", 8);
    std::vector<std::string> texts;
    filter::Needles needles;
    for (size_t k = 1 + below(20); k > 0; --k) {
      texts.push_back(word((round % 2 ? 1 : 3) + below(round % 5 ? 6 : 30), letters));
      needles.add(texts.back());
    }
    REQUIRE(needles.build());
    for (int t = 0; t < 20; ++t) {
      std::string text = word(below(200), t % 2 ? letters : letters + "xyz0123456789");
      for (size_t k = below(3); k > 0; --k) text.insert(below(text.size() + 1), texts[below(texts.size())]);
      const auto expected = one_by_one(texts, text);
      hits += expected.size();
      if (in_one_pass(needles, text) != expected) FAIL_CHECK("round " << round << ", text " << t);
    }
  }
  CHECK(hits > 1000);
}
