// The forms of numbers, bytes and addresses.
#include <arpa/inet.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "filter/literals.hpp"

namespace wiretail::filter {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if ((text[i] | 0x20) != lower_case[i]) return false;
  return true;
}

// The prefix length behind '/', taken off. False: it is not one.
bool take_prefix(std::string_view& text, unsigned most, uint8_t& prefix, std::string& why) {
  prefix = 0xff;
  auto slash = text.find('/');
  if (slash == std::string_view::npos) return true;
  std::string_view digits = text.substr(slash + 1);
  unsigned value = 0;
  auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size() || value > most) {
    why = ": its prefix is a number from 0 to " + std::to_string(most);
    return false;
  }
  prefix = static_cast<uint8_t>(value);
  text = text.substr(0, slash);
  return true;
}

}  // namespace

std::optional<uint64_t> parse_integer(std::string_view s) {
  int base = 10;
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
    base = 16, s.remove_prefix(2);
  else if (s == "0b" || s == "0B")
    return 0;  // without digits, as in Wireshark; 0x alone is none
  else if (s.size() > 2 && s[0] == '0' && (s[1] == 'b' || s[1] == 'B'))
    base = 2, s.remove_prefix(2);
  else if (s.size() > 1 && s[0] == '0')
    base = 8;
  uint64_t value = 0;
  auto [end, failed] = std::from_chars(s.data(), s.data() + s.size(), value, base);
  if (s.empty() || s[0] == '-' || failed != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_float(std::string_view s) {
  if (auto v = parse_integer(s)) return static_cast<double>(*v);
  if (is_word(s, "inf") || is_word(s, "infinity")) return std::numeric_limits<double>::infinity();
  if (is_word(s, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (s.empty() || !is_digit(s[0])) return std::nullopt;
  auto format = std::chars_format::general;
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) format = std::chars_format::hex, s.remove_prefix(2);
  auto dot = s.find('.');
  if (dot != std::string_view::npos && (dot == 0 || dot + 1 == s.size() || hex(s[dot + 1]) < 0)) return std::nullopt;
  if (format == std::chars_format::general && s.find_first_of("eE") != std::string_view::npos && !has_exponent(s)) return std::nullopt;
  // from_chars knows no sign before the digits of an exponent but '-'; '+' is dropped.
  std::string plain(s);
  if (auto plus = plain.find('+'); plus != std::string::npos) plain.erase(plus, 1);
  double value = 0;
  auto [end, failed] = std::from_chars(plain.data(), plain.data() + plain.size(), value, format);
  if (failed != std::errc() || end != plain.data() + plain.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_number(std::string_view word) { return parse_float(word).has_value(); }

bool has_exponent(std::string_view s) {
  auto digits = [&] {
    size_t n = 0;
    for (; !s.empty() && is_digit(s[0]); ++n) s.remove_prefix(1);
    return n > 0;
  };
  bool leading_zero = !s.empty() && s[0] == '0';
  if (!digits()) return false;
  if (!s.empty() && s[0] == '.') {
    s.remove_prefix(1);
    if (!digits()) return false;
  } else if (leading_zero) {
    return false;  // 01e5 is two bytes
  }
  if (s.empty() || (s[0] != 'e' && s[0] != 'E')) return false;
  s.remove_prefix(1);
  if (!s.empty() && (s[0] == '-' || s[0] == '+')) s.remove_prefix(1);
  return digits() && s.empty();
}

std::optional<std::string> parse_byte_literal(std::string_view s) {
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X' || s[1] == 'b' || s[1] == 'B') &&
      s.find_first_of(":-.") == std::string_view::npos) {
    // As one byte; longer ones would have no byte order. 0b1f is hex digits all the same.
    auto v = parse_integer(s);
    if (v && *v <= 255) return std::string(1, static_cast<char>(*v));
    if (s[1] == 'x' || s[1] == 'X') return std::nullopt;
  }
  if (!s.empty() && s[0] == ':') s.remove_prefix(1);
  // Two bytes, one, or one digit at a time, with or without one of the three separators behind them, as Wireshark's newest
  // reads them: 47:45-54, 4745.5400, 474554, f-0. A single digit stands alone or last.
  std::string out;
  size_t i = 0;
  while (i < s.size()) {
    size_t digits = 0;
    while (digits < 4 && i + digits < s.size() && hex(s[i + digits]) >= 0) ++digits;
    if (digits == 0 || digits == 3) return std::nullopt;
    if (digits == 1) out += static_cast<char>(hex(s[i]));
    for (size_t k = 0; k + 1 < digits; k += 2) out += static_cast<char>(hex(s[i + k]) * 16 + hex(s[i + k + 1]));
    i += digits;
    if (i == s.size()) break;
    if (s[i] == ':' || s[i] == '-' || (s[i] == '.' && i + 1 < s.size())) ++i;  // fc: and 47:45:
    else if (digits < 4) return std::nullopt;
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

std::optional<std::string> parse_object_identifier(std::string_view s) {
  std::vector<uint64_t> arcs;
  while (true) {
    uint64_t arc = 0;
    auto [end, failed] = std::from_chars(s.data(), s.data() + s.size(), arc);
    if (s.empty() || s[0] == '-' || failed != std::errc() || arc > (uint64_t{1} << 56)) return std::nullopt;
    arcs.push_back(arc);
    s.remove_prefix(static_cast<size_t>(end - s.data()));
    if (s.empty()) break;
    if (s[0] != '.') return std::nullopt;
    s.remove_prefix(1);
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39)) return std::nullopt;
  // ITU-T X.690 8.19: the first two arcs are one number; each in base 128, the top bit set on all but the last byte.
  std::string out;
  arcs[1] += arcs[0] * 40;
  for (size_t i = 1; i < arcs.size(); ++i) {
    std::string part(1, static_cast<char>(arcs[i] & 0x7f));
    for (uint64_t rest = arcs[i] >> 7; rest; rest >>= 7)
      part.insert(part.begin(), static_cast<char>(0x80 | (rest & 0x7f)));
    out += part;
  }
  return out;
}

std::optional<std::string> parse_guid(std::string_view s) {
  if (s.size() != 36) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < s.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (s[i] == '-') || (!dash && hex(s[i]) < 0)) return std::nullopt;
    if (!dash) digits += s[i];
  }
  return parse_byte_literal(":" + digits);
}

bool parse_ipv4(std::string_view text, uint32_t& address, uint8_t& prefix, std::string& why) {
  address = 0;
  std::string_view whole = text;
  bool good = take_prefix(text, 32, prefix, why);
  if (!good) text = whole.substr(0, whole.find('/'));
  for (int part = 0; part < 4; ++part) {
    size_t digits = 0;
    uint32_t octet = 0;
    while (digits < text.size() && digits < 4 && is_digit(text[digits]))
      octet = octet * 10 + static_cast<uint32_t>(text[digits++] - '0');
    bool octal = digits > 1 && text[0] == '0';  // some readers take 010 for 8
    if (digits == 0 || octet > 255 || octal) return why.clear(), false;
    text.remove_prefix(digits);
    if (part < 3) {
      if (text.empty() || text[0] != '.') return why.clear(), false;
      text.remove_prefix(1);
    }
    address = address << 8 | octet;
  }
  return text.empty() ? good : (why.clear(), false);
}

bool parse_ipv6(std::string_view text, std::string& sixteen, uint8_t& prefix, std::string& why) {
  std::string_view whole = text;
  bool good = take_prefix(text, 128, prefix, why);
  if (!good) text = whole.substr(0, whole.find('/'));
  unsigned char address[16];
  if (text.size() > 64 || inet_pton(AF_INET6, std::string(text).c_str(), address) != 1) return why.clear(), false;
  sixteen.assign(reinterpret_cast<const char*>(address), 16);
  return good;
}

}  // namespace wiretail::filter
