#include "filter/ranges.hpp"

#include <algorithm>
#include <charconv>

#include "filter/error_codes.hpp"

namespace wiretail::filter {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\n' || s.front() == '\r'))
    s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\n' || s.back() == '\r'))
    s.remove_suffix(1);
  return s;
}

constexpr uint32_t kLargest = 0x7fffffff;  // as in Wireshark
constexpr const char* kForms = "a range is i:n, i-j, i, :n or i:";

// A signed number at the front of s: decimal, 0x…, octal. Takes it off, or says why not.
bool take_number(std::string_view& s, int64_t& value, bool layers, std::string& why) {
  s = trim(s);
  bool negative = !s.empty() && s[0] == '-';
  if (negative || (!s.empty() && s[0] == '+')) s.remove_prefix(1);
  int base = 10;
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
    base = 16, s.remove_prefix(2);
  else if (s.size() > 1 && s[0] == '0')
    base = 8;
  uint32_t magnitude = 0;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), magnitude, base);
  if (error == std::errc::result_out_of_range || (error == std::errc() && magnitude > kLargest))
    return why = "\"" + std::string(s.substr(0, static_cast<size_t>(end - s.data()))) + "\" is beyond the limit of " + std::to_string(kLargest) + (layers ? " for the number of a layer" : " for an offset or a length"), false;
  if (error != std::errc()) return why = kForms, false;
  s.remove_prefix(static_cast<size_t>(end - s.data()));
  value = negative ? -static_cast<int64_t>(magnitude) : magnitude;
  s = trim(s);
  return true;
}

bool one_range(std::string_view s, bool layers, Range& range, std::string& why) {
  s = trim(s);
  if (s.empty()) return why = "a range is missing", false;
  if (s[0] == ':') {
    s.remove_prefix(1), s = trim(s);
    range = {Range::Form::kFrom, 0, 0};
    if (s.empty()) return true;
    range.form = Range::Form::kOffsetLength;
    if (!take_number(s, range.second, layers, why)) return false;
    if (!s.empty()) return why = kForms, false;
    if (range.second <= 0) return why = "the length of a range must be positive", false;
    return true;
  }
  if (!take_number(s, range.first, layers, why)) return false;
  range.form = Range::Form::kOffsetLength, range.second = 1;
  if (s.empty()) return true;
  char separator = s[0];
  s.remove_prefix(1), s = trim(s);
  if (separator == ':') {
    if (s.empty()) return range.form = Range::Form::kFrom, range.second = 0, true;
    if (!take_number(s, range.second, layers, why)) return false;
    if (!s.empty()) return why = kForms, false;
    if (range.second <= 0) return why = "the length of a range must be positive", false;
    return true;
  }
  if (separator != '-') return why = kForms, false;
  if (!take_number(s, range.second, layers, why)) return false;
  if (!s.empty()) return why = kForms, false;
  range.form = Range::Form::kFromTo;
  if ((range.first < 0) != (range.second < 0))
    return why = "both ends of a range i-j must be counted from the same side", false;
  if (range.second <= range.first && !(layers && range.first < 0))
    return why = "the end of a range i-j must lie behind its start", false;
  return true;
}

}  // namespace

bool layer_in(const std::vector<Range>& ranges, uint32_t number, uint32_t last) {
  for (const Range& r : ranges) {
    int64_t first = r.first < 0 ? static_cast<int64_t>(last) + 1 + r.first : r.first, end = 0;
    switch (r.form) {
      case Range::Form::kOffsetLength:
        end = first + r.second - 1;
        break;
      case Range::Form::kFromTo:
        end = r.second;
        break;  // a negative end never matches, as in Wireshark
      case Range::Form::kFrom:
        end = last;
        break;
    }
    if (number >= first && number <= end) return true;
  }
  return ranges.empty();
}

bool parse_ranges(std::string_view text, uint32_t position, bool layers, std::vector<Range>& ranges,
                  FilterError& error) {
  size_t begin = 0;
  while (true) {
    size_t comma = text.find(',', begin);
    std::string_view part = text.substr(begin, comma == std::string_view::npos ? comma : comma - begin);
    Range range{};
    std::string why;
    if (!one_range(part, layers, range, why)) {
      size_t blanks = std::min(part.find_first_not_of(" \t"), part.size());
      error = {error_code::kRange,
               {position + static_cast<uint32_t>(begin + blanks), static_cast<uint32_t>(trim(part).size())},
               why,
               layers ? "for example #[1], #[-1], #[2-4] or #[2:]" : "for example [0:4], [12-13], [-4:] or [0,2]"};
      return false;
    }
    ranges.push_back(range);
    if (comma == std::string_view::npos) return true;
    begin = comma + 1;
  }
}

}  // namespace wiretail::filter
