// Absolute and relative times as filters write them.
#include <charconv>
#include <ctime>

#include "filter/literals.hpp"

namespace wiretail::filter {
namespace {

struct Reader {
  std::string_view rest;
  void blanks() { while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1); }
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
  bool nanos(int32_t& out) {
    size_t n = 0;
    out = 0;
    int32_t digits = 0;
    while (n < rest.size() && rest[n] >= '0' && rest[n] <= '9') {
      if (++digits > 9) return false;
      out = out * 10 + (rest[n++] - '0');
    }
    for (int32_t i = digits; i < 9; ++i) out *= 10;
    rest.remove_prefix(n);
    return digits > 0;
  }
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Seconds east of UTC that the rest names; false: not a zone.
bool zone(std::string_view text, int& east) {
  static constexpr std::pair<std::string_view, int> kNames[] = {
      {"Z", 0}, {"UTC", 0}, {"GMT", 0}, {"UT", 0}, {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
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

}  // namespace

bool parse_absolute_time(std::string_view text, dissect::Time& out, std::string& why) {
  out = {};
  Reader r{text};
  r.blanks();
  if (auto v = text.find_first_not_of("0123456789.") == std::string_view::npos ? parse_relative_time(text, out) : false) return v;  // seconds since the epoch
  std::tm parts{};
  static constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (r.rest.size() >= 3 && !(r.rest[0] >= '0' && r.rest[0] <= '9')) {
    const char name[] = {lower(r.rest[0]), lower(r.rest[1]), lower(r.rest[2])};
    auto month = kMonths.find(std::string_view(name, 3));
    if (month == std::string_view::npos || month % 3) return false;
    parts.tm_mon = static_cast<int>(month / 3);
    r.rest.remove_prefix(3), r.blanks();
    if (!r.number(parts.tm_mday, 2)) return false;
    r.take(','), r.blanks();
    if (!r.number(parts.tm_year, 4)) return false;
  } else {
    if (!r.number(parts.tm_year, 4) || !r.take('-') || !r.number(parts.tm_mon, 2) || !r.take('-') || !r.number(parts.tm_mday, 2)) return false;
    --parts.tm_mon;
  }
  parts.tm_year -= 1900;
  if (parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_mday < 1 || parts.tm_mday > 31) return false;
  if (!r.take('T')) r.blanks();
  bool seconds = false;
  if (!r.rest.empty() && r.rest[0] >= '0' && r.rest[0] <= '9') {
    if (!r.number(parts.tm_hour, 2) || !r.take(':') || !r.number(parts.tm_min, 2)) return false;
    if (r.take(':')) {
      if (!r.number(parts.tm_sec, 2)) return false;
      seconds = true;
    }
    if (parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60) return false;
  }
  if (r.take('.')) {
    if (!seconds) return why = ": a fraction needs seconds", false;
    if (!r.nanos(out.nanos)) return why = ": a fraction has one to nine digits", false;
  }
  r.blanks();
  while (!r.rest.empty() && r.rest.back() == ' ') r.rest.remove_suffix(1);
  int east = 0;
  if (r.rest.empty()) {
    parts.tm_isdst = -1;
    out.seconds = std::mktime(&parts);  // the machine's zone
  } else if (zone(r.rest, east)) {
    out.seconds = timegm(&parts) - east;
  } else {
    return why = ": \"" + std::string(r.rest) + "\" is not a time zone", false;
  }
  return true;
}

bool parse_relative_time(std::string_view text, dissect::Time& out) {
  auto dot = text.find('.');
  std::string_view whole = text.substr(0, dot);
  auto seconds = whole.size() > 1 && whole[0] == '0' && whole.find_first_not_of('0') == std::string_view::npos ? std::optional<uint64_t>(0) : parse_integer(whole);
  if (!seconds || *seconds > 0x7fffffffffffffff) return false;
  out = {static_cast<int64_t>(*seconds), 0};
  if (dot == std::string_view::npos) return true;
  Reader r{text.substr(dot + 1)};
  return r.nanos(out.nanos) && r.rest.empty();
}

}  // namespace wiretail::filter
