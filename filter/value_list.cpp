#include "filter/value_list.hpp"

#include <algorithm>
#include <cstring>

#include "filter/literals.hpp"

namespace wiretail::filter {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\r')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

// `*` stands for any text.
bool glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') star = p++, mark = t;
    else if (p < pattern.size() && pattern[p] == text[t]) ++p, ++t;
    else if (star != std::string_view::npos) p = star + 1, t = ++mark;
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string edge(const std::string& sixteen, unsigned prefix, bool high) {
  std::string out = sixteen;
  for (unsigned bit = prefix; bit < 128; ++bit) {
    auto mask = static_cast<unsigned char>(0x80 >> (bit & 7));
    auto byte = static_cast<unsigned char>(out[bit / 8]);
    out[bit / 8] = static_cast<char>(high ? byte | mask : byte & ~mask);
  }
  return out;
}

}  // namespace

ValueList::Result ValueList::parse(std::string_view text) {
  auto list = std::make_shared<ValueList>();
  size_t line_number = 0;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = trim(text.substr(0, std::min(end, text.find('#'))));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++line_number;
    if (line.empty()) continue;
    ++list->size_;
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
      list->names_.emplace(line.substr(1, line.size() - 2));
      continue;
    }
    std::string why;
    auto dots = line.find("..");
    std::string_view low = trim(line.substr(0, dots)), high = dots == std::string_view::npos ? low : trim(line.substr(dots + 2));
    uint32_t a, b;
    uint8_t prefix_a, prefix_b;
    std::string a6, b6;
    if (auto x = parse_integer(low)) {
      auto y = parse_integer(high);
      if (!y || *y < *x) return {nullptr, "\"" + std::string(line) + "\" is not a range of numbers", line_number};
      list->numbers_.push_back({*x, *y});
    } else if (parse_ipv4(low, a, prefix_a, why)) {
      if (!parse_ipv4(high, b, prefix_b, why)) return {nullptr, "\"" + std::string(line) + "\" is not a range of addresses", line_number};
      uint64_t mask = prefix_a >= 32 ? 0 : 0xffffffffu >> prefix_a;
      if (dots == std::string_view::npos) list->ipv4_.push_back({a & ~mask, a | mask});
      else list->ipv4_.push_back({a, b});
    } else if (parse_ipv6(low, a6, prefix_a, why)) {
      if (!parse_ipv6(high, b6, prefix_b, why)) return {nullptr, "\"" + std::string(line) + "\" is not a range of addresses", line_number};
      if (dots == std::string_view::npos) list->ipv6_.push_back({edge(a6, std::min<unsigned>(prefix_a, 128), false), edge(a6, std::min<unsigned>(prefix_a, 128), true)});
      else list->ipv6_.push_back({a6, b6});
    } else if (!why.empty()) {
      return {nullptr, "\"" + std::string(line) + "\" is not an address" + why, line_number};
    } else if (line.find('*') != std::string_view::npos) {
      list->patterns_.emplace_back(line);
    } else {
      if (auto bytes = parse_byte_literal(line)) list->bytes_.insert(*bytes);
      list->names_.emplace(line);
    }
  }
  merge(list->numbers_);
  merge(list->ipv4_);
  auto& six = list->ipv6_;
  std::sort(six.begin(), six.end(), [](const Interval6& x, const Interval6& y) { return x.low < y.low; });
  std::vector<Interval6> merged;
  for (auto& i : six)
    if (!merged.empty() && i.low <= merged.back().high) merged.back().high = std::max(merged.back().high, i.high);
    else merged.push_back(std::move(i));
  six = std::move(merged);
  return {list, "", 0};
}

void ValueList::merge(std::vector<Interval>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Interval& x, const Interval& y) { return x.low < y.low; });
  size_t kept = 0;
  for (const Interval& i : ranges)
    if (kept && i.low <= ranges[kept - 1].high) ranges[kept - 1].high = std::max(ranges[kept - 1].high, i.high);
    else ranges[kept++] = i;
  ranges.resize(kept);
}

bool ValueList::in_ranges(const std::vector<Interval>& ranges, uint64_t v) {
  auto it = std::upper_bound(ranges.begin(), ranges.end(), v, [](uint64_t x, const Interval& i) { return x < i.low; });
  return it != ranges.begin() && v <= (it - 1)->high;
}

bool ValueList::has_ipv6(const uint8_t* sixteen) const {
  auto less = [](const uint8_t* x, const Interval6& i) { return std::memcmp(x, i.low.data(), 16) < 0; };
  auto it = std::upper_bound(ipv6_.begin(), ipv6_.end(), sixteen, less);
  return it != ipv6_.begin() && std::memcmp(sixteen, (it - 1)->high.data(), 16) <= 0;
}

bool ValueList::has_text(std::string_view text) const {
  if (names_.count(std::string(text))) return true;
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& p) { return glob(p, text); });
}

}  // namespace wiretail::filter
