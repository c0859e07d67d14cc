// Absolute and relative times as filters write them.
#include <charconv>
#include <cmath>
#include <ctime>

#include "filter/literals.hpp"

namespace wiretail::filter {
namespace {

struct Reader {
  std::string_view rest;
  void blanks() {
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
  }
  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool number(int& out, size_t most) {
    size_t n = 0;
    out = 0;
    while (n < rest.size() && n < most && rest[n] >= '0' && rest[n] <= '9') out = out * 10 + (rest[n++] - '0');
    rest.remove_prefix(n);
    return n > 0;
  }
  // Nine digits count; more are dropped, as in Wireshark.
  bool nanos(int32_t& out) {
    size_t n = 0;
    int32_t scale = 100'000'000;
    for (out = 0; n < rest.size() && rest[n] >= '0' && rest[n] <= '9'; ++n, scale /= 10) out += scale * (rest[n] - '0');
    rest.remove_prefix(n);
    return n > 0;
  }
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Seconds east of UTC that the rest names; false: not a zone.
bool zone(std::string_view text, int& east) {
  static constexpr std::pair<std::string_view, int> kNames[] = {{"Z", 0},    {"UTC", 0},  {"GMT", 0},  {"UT", 0},
                                                                {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
                                                                {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
  for (auto [name, hours] : kNames)
    if (text == name) return east = hours * 3600, true;
  if (text.size() == 1 && text[0] >= 'A' && text[0] <= 'Y' && text[0] != 'J') {  // military letters: A to M east, N to Y west
    char c = text[0];
    east = c <= 'I' ? c - 'A' + 1 : c <= 'M' ? c - 'A' : -(c - 'N' + 1);
    east *= 3600;
    return true;
  }
  Reader r{text};
  int sign = r.take('-') ? -1 : r.take('+') ? 1 : 0, hours = 0, minutes = 0;
  if (!sign || r.rest.size() < 2 || !r.number(hours, 2)) return false;
  r.take(':');
  if (!r.rest.empty() && (r.rest.size() != 2 || !r.number(minutes, 2))) return false;
  east = sign * (hours * 3600 + minutes * 60);
  return r.rest.empty();
}

// The name of a month at the front, short or in full; false: none.
bool month(Reader& r, int& out) {
  static constexpr std::string_view kNames[] = {"january", "february", "march",     "april",   "may",      "june",
                                                "july",    "august",   "september", "october", "november", "december"};
  size_t n = 0;
  std::string word;
  while (n < r.rest.size() && lower(r.rest[n]) >= 'a' && lower(r.rest[n]) <= 'z') word += lower(r.rest[n++]);
  for (int i = 0; i < 12; ++i)
    if (word == kNames[i] || (word.size() == 3 && kNames[i].substr(0, 3) == word)) {
      r.rest.remove_prefix(n);
      out = i;
      return true;
    }
  return false;
}

}  // namespace

bool parse_absolute_time(std::string_view text, dissect::Time& out, std::string& why) {
  out = {};
  Reader r{text};
  // A number is seconds since the epoch.
  bool negative = text.size() > 1 && text[0] == '-';
  if (text.find_first_not_of("0123456789.", negative ? 1 : 0) == std::string_view::npos || text.substr(0, 2) == "0x") {
    // Of a fraction nothing is dropped here, other than of a date's and of a duration's.
    const auto dot = text.find('.');
    if (dot != std::string_view::npos && text.find_first_not_of('0', dot + 10) != std::string_view::npos) return why = ": a fraction has nine digits", false;
    if (!parse_seconds(text.substr(negative ? 1 : 0), out)) return false;
    if (negative) out = dissect::Time{} - out;
    return true;
  }
  std::tm parts{};
  parts.tm_isdst = -1;
  if (month(r, parts.tm_mon)) {
    r.blanks();
    if (!r.number(parts.tm_mday, 2) || !r.take(',')) return false;
    r.blanks();
    if (!r.number(parts.tm_year, 4)) return false;
  } else {
    if (!r.number(parts.tm_year, 4) || !r.take('-') || !r.number(parts.tm_mon, 2) || !r.take('-') ||
        !r.number(parts.tm_mday, 2))
      return false;
    --parts.tm_mon;
  }
  parts.tm_year -= 1900;
  if (parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_mday < 1 || parts.tm_mday > 31) return false;
  if (!r.take('T')) r.blanks();
  if (!r.rest.empty() && r.rest[0] >= '0' && r.rest[0] <= '9') {
    std::string_view clock = r.rest;
    if (!r.number(parts.tm_hour, 2) || !r.take(':') || !r.number(parts.tm_min, 2) || parts.tm_hour > 23 ||
        parts.tm_min > 59)
      return why = ": \"" + std::string(clock) + "\" is not a time of day", false;
    bool seconds = r.take(':');
    if (seconds && (!r.number(parts.tm_sec, 2) || parts.tm_sec > 60))
      return why = ": \"" + std::string(clock) + "\" is not a time of day", false;
    if (r.take('.')) {
      if (!seconds) return why = ": a fraction needs seconds", false;
      r.nanos(out.nanos);
    }
  }
  r.blanks();
  while (!r.rest.empty() && r.rest.back() == ' ') r.rest.remove_suffix(1);
  int east = 0;
  if (r.rest.empty() || r.rest == "J") {
    out.seconds = std::mktime(&parts);  // the machine's zone, which the military J is
  } else if (zone(r.rest, east)) {
    out.seconds = timegm(&parts) - east;
  } else {
    return why = ": \"" + std::string(r.rest) + "\" is not a time zone", false;
  }
  return true;
}

bool parse_seconds(std::string_view text, dissect::Time& out) {
  out = {};
  Reader r{text};
  // The plain form exactly, decimal whatever zeros it begins with; hex and exponents through a double.
  uint64_t seconds = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed == std::errc() && seconds <= INT64_MAX && text[0] != '-') {
    r.rest.remove_prefix(static_cast<size_t>(end - text.data()));
    out.seconds = static_cast<int64_t>(seconds);
    if (r.rest.empty()) return true;
    if (r.take('.') && r.nanos(out.nanos) && r.rest.empty()) return true;
  }
  auto number = parse_float(text);
  if (!number || !(std::fabs(*number) < 9e18)) return false;
  double whole = std::floor(*number);
  out = {static_cast<int64_t>(whole),
         static_cast<int32_t>(std::min(999'999'999.0, std::round((*number - whole) * 1e9)))};
  return true;
}

}  // namespace wiretail::filter
