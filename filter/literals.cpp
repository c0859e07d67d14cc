#include "filter/literals.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "filter/error_codes.hpp"

namespace wiretail::filter {
namespace {

using dissect::is_bytes;
using dissect::is_integer;
using dissect::is_signed;
using dissect::is_string;
using dissect::is_unsigned;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

unsigned width_bits(FieldType t) {
  switch (t) {
    case FieldType::kChar: case FieldType::kUint8: case FieldType::kInt8: return 8;
    case FieldType::kUint16: case FieldType::kInt16: return 16;
    case FieldType::kUint24: case FieldType::kInt24: return 24;
    case FieldType::kUint32: case FieldType::kInt32: case FieldType::kFrameNum: case FieldType::kIpxNet: return 32;
    case FieldType::kUint40: case FieldType::kInt40: return 40;
    case FieldType::kUint48: case FieldType::kInt48: return 48;
    case FieldType::kUint56: case FieldType::kInt56: return 56;
    default: return 64;
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

FilterError error(uint16_t code, const Literal& l, std::string message, std::string hint = "") {
  return {code, l.span, std::move(message), std::move(hint)};
}
std::string quoted(std::string_view s) { return "\"" + std::string(s) + "\""; }

bool boolean(const Literal& l, const TypeInfo& type, Constant& out, FilterError& e) {
  const auto names = type.def && type.def->row ? type.def->row->names : dissect::ValueNames();
  out.kind = ValueKind::kUnsigned;
  std::string_view yes = names.empty() ? "True" : dissect::value_name(names, 1), no = names.empty() ? "False" : dissect::value_name(names, 0);
  if (l.form != Literal::Form::kChar && same_letters(l.text, yes)) return out.u = 1, true;
  if (l.form != Literal::Form::kChar && same_letters(l.text, no)) return out.u = 0, true;
  if (l.form == Literal::Form::kString) {
    e = error(error_code::kValueName, l, quoted(l.text) + " is not one of the field's names", "it has " + quoted(yes) + " and " + quoted(no) + "; or write 1 or 0");
    return false;
  }
  if (l.form == Literal::Form::kChar) return out.u = l.text[0] != 0, true;
  if (same_letters(l.text, "true")) return out.u = 1, true;
  if (same_letters(l.text, "false")) return out.u = 0, true;
  if (auto v = parse_integer(l.text)) return out.u = *v != 0, true;
  e = error(error_code::kNumber, l, quoted(l.text) + " is not a Boolean", "write 1, 0, True or False");
  return false;
}

bool value_by_name(const Literal& l, const TypeInfo& type, Constant& out, FilterError& e, bool& several) {
  const auto names = type.def && type.def->row ? type.def->row->names : dissect::ValueNames();
  if (names.empty()) {
    e = error(error_code::kStringType, l, quoted(l.text) + " cannot become " + std::string(kind_text(type)), "write the number without quotes");
    return false;
  }
  int hits = 0;
  for (const auto& name : names) {
    if (!same_letters(name.text, l.text)) continue;
    out.u = name.value;
    hits += name.to > name.value ? 2 : 1;
  }
  if (hits == 1) return true;
  if (hits > 1) {
    several = true;
    out.kind = ValueKind::kString, out.bytes = l.text;
    return true;
  }
  std::string known;
  for (size_t i = 0; i < names.size() && i < 6; ++i) known += (i ? ", " : "") + quoted(names[i].text);
  e = error(error_code::kValueName, l, quoted(l.text) + " is not the name of a value of " + std::string(type.def->name), "it has " + known + (names.size() > 6 ? ", …" : ""));
  return false;
}

bool integer(const Literal& l, const TypeInfo& type, Constant& out, FilterError& e, bool& several) {
  bool negative_type = is_signed(type.type);
  out.kind = negative_type ? ValueKind::kSigned : ValueKind::kUnsigned;
  if (l.form == Literal::Form::kChar) return out.u = static_cast<unsigned char>(l.text[0]), true;
  if (l.form == Literal::Form::kString) return value_by_name(l, type, out, e, several);
  if (type.type == FieldType::kEui64)
    if (auto bytes = parse_byte_literal(l.text); bytes && bytes->size() == 8) {
      out.u = dissect::be64(reinterpret_cast<const uint8_t*>(bytes->data()));
      return true;
    }
  auto v = parse_integer(l.text);
  if (!v) {
    if (type.def && type.def->row && !type.def->row->names.empty() && hex(l.text[0]) < 0) return value_by_name(l, type, out, e, several);
    e = error(error_code::kNumber, l, quoted(l.text) + " is not a number", l.text.size() > 1 && l.text[0] == '0' ? "a leading 0 means octal" : "");
    return false;
  }
  unsigned bits = width_bits(type.type) - (negative_type ? 1 : 0);
  uint64_t limit = bits >= 64 ? std::numeric_limits<uint64_t>::max() : (uint64_t{1} << bits) - 1;
  // -128 is written with a sign before the number.
  if (*v > limit + (negative_type ? 1 : 0)) {
    e = error(error_code::kNumberRange, l, quoted(l.text) + " is too large: the field holds at most " + std::to_string(limit));
    return false;
  }
  out.u = *v;
  return true;
}

bool bytes_like(const Literal& l, const TypeInfo& type, Constant& out, FilterError& e) {
  out.kind = type.kind;
  if (l.form != Literal::Form::kWord) {
    if (type.type == FieldType::kBytes || type.kind == ValueKind::kProtocol || type.slice || type.type == FieldType::kNone) {
      out.bytes = l.text;
      return true;
    }
    e = error(error_code::kStringType, l, "a string cannot become " + std::string(kind_text(type)), "write the bytes without quotes: 02:00:5e:10:00:0a");
    return false;
  }
  std::string_view text = l.text;
  if (type.type == FieldType::kOid) {
    e = error(error_code::kBytes, l, "object identifiers are compared as bytes with a slice");
    return false;
  }
  if (type.kind == ValueKind::kBytes && (type.type == FieldType::kBytes || type.slice)) {
    if (auto v = parse_integer(text)) {  // a number is one byte
      if (*v > 255) {
        e = error(error_code::kBytes, l, quoted(text) + " does not fit one byte", "write the bytes: " + std::string("12:34"));
        return false;
      }
      out.bytes = std::string(1, static_cast<char>(*v));
      return true;
    }
  }
  if (text.size() == 4 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && hex(text[2]) >= 0 && hex(text[3]) >= 0) {
    out.bytes = std::string(1, static_cast<char>(hex(text[2]) * 16 + hex(text[3])));
    return true;
  }
  auto parsed = parse_byte_literal(text);
  if (!parsed) {
    e = error(error_code::kBytes, l, quoted(text) + " is not a byte string", "write hex digits (47:45:54), or text in double quotes");
    return false;
  }
  size_t wanted = type.slice ? 0 : type.type == FieldType::kEther ? 6 : 0;
  if (wanted && parsed->size() != wanted) {
    e = error(error_code::kAddressLength, l, quoted(text) + " has " + std::to_string(parsed->size()) + " bytes, the address " + std::to_string(wanted),
              "compare a slice: " + std::string(type.def ? type.def->name : "eth.src") + "[0:" + std::to_string(parsed->size()) + "] == " + std::string(text));
    return false;
  }
  out.bytes = std::move(*parsed);
  return true;
}

}  // namespace

ValueKind kind_of(FieldType t) {
  if (is_unsigned(t) || t == FieldType::kBoolean) return ValueKind::kUnsigned;
  if (is_signed(t)) return ValueKind::kSigned;
  if (is_string(t)) return ValueKind::kString;
  if (is_bytes(t)) return ValueKind::kBytes;
  if (dissect::is_time(t)) return ValueKind::kTime;
  switch (t) {
    case FieldType::kProtocol: return ValueKind::kProtocol;
    case FieldType::kFloat: case FieldType::kDouble: return ValueKind::kFloat;
    case FieldType::kIpv4: return ValueKind::kIpv4;
    case FieldType::kIpv6: return ValueKind::kIpv6;
    case FieldType::kGuid: return ValueKind::kGuid;
    default: return ValueKind::kNone;
  }
}

std::string_view kind_text(const TypeInfo& type) {
  switch (type.kind) {
    case ValueKind::kUnsigned: return type.type == FieldType::kBoolean ? "a Boolean" : "an unsigned number";
    case ValueKind::kSigned: return "a signed number";
    case ValueKind::kFloat: return "a floating-point number";
    case ValueKind::kString: return "text";
    case ValueKind::kBytes: return type.type == FieldType::kEther ? "an Ethernet address" : "bytes";
    case ValueKind::kProtocol: return "a protocol";
    case ValueKind::kIpv4: return "an IPv4 address";
    case ValueKind::kIpv6: return "an IPv6 address";
    case ValueKind::kTime: return type.type == FieldType::kAbsoluteTime ? "a point in time" : "a duration in seconds";
    case ValueKind::kGuid: return "a GUID";
    case ValueKind::kNone: return "a label without value";
  }
  return "a value";
}

bool to_constant(const Literal& l, const TypeInfo& type, Constant& out, FilterError& e, bool& several) {
  std::string why;
  switch (type.kind) {
    case ValueKind::kUnsigned:
    case ValueKind::kSigned: return type.type == FieldType::kBoolean ? boolean(l, type, out, e) : integer(l, type, out, e, several);
    case ValueKind::kFloat: {
      out.kind = ValueKind::kFloat;
      auto v = l.form == Literal::Form::kWord ? parse_fraction(l.text) : std::nullopt;
      if (!v) return e = error(error_code::kNumber, l, quoted(l.text) + " is not a number"), false;
      out.d = *v;
      return true;
    }
    case ValueKind::kString:
      out.kind = ValueKind::kString;
      if (l.form == Literal::Form::kWord && (parse_integer(l.text) || (parse_fraction(l.text) && hex(l.text[0]) >= 0)))
        return e = error(error_code::kStringType, l, quoted(l.text) + " is a number, the field is text", "put it in double quotes: " + quoted(l.text)), false;
      out.bytes = l.text;
      return true;
    case ValueKind::kBytes:
    case ValueKind::kProtocol: return bytes_like(l, type, out, e);
    case ValueKind::kIpv4: {
      out.kind = ValueKind::kIpv4;
      if (l.form != Literal::Form::kWord)
        return e = error(error_code::kStringType, l, "a string cannot become an IPv4 address", "write the address without quotes: " + std::string(l.text)), false;
      uint32_t address;
      if (!parse_ipv4(l.text, address, out.prefix, why)) return e = error(error_code::kAddress, l, quoted(l.text) + " is not an IPv4 address" + why, "for example 192.0.2.1 or 192.0.2.0/24; names are not resolved"), false;
      out.u = address;
      return true;
    }
    case ValueKind::kIpv6:
      out.kind = ValueKind::kIpv6;
      if (l.form != Literal::Form::kWord)
        return e = error(error_code::kStringType, l, "a string cannot become an IPv6 address", "write the address without quotes: " + std::string(l.text)), false;
      if (!parse_ipv6(l.text, out.bytes, out.prefix, why)) return e = error(error_code::kAddress, l, quoted(l.text) + " is not an IPv6 address" + why, "for example 2001:db8::1 or 2001:db8::/32; names are not resolved"), false;
      return true;
    case ValueKind::kTime:
      out.kind = ValueKind::kTime;
      if (type.type == FieldType::kAbsoluteTime) {
        if (l.form == Literal::Form::kChar || !parse_absolute_time(l.text, out.time, why))
          return e = error(error_code::kTime, l, quoted(l.text) + " is not a time" + why, "for example \"2023-11-14 22:13:20.5Z\""), false;
        return true;
      }
      if (l.form != Literal::Form::kWord || !parse_relative_time(l.text, out.time))
        return e = error(l.form == Literal::Form::kString ? error_code::kStringType : error_code::kTime, l, quoted(l.text) + " is not a duration", "write seconds, with up to nine decimals: 0.25"), false;
      return true;
    case ValueKind::kGuid: {
      out.kind = ValueKind::kGuid;
      std::string digits;
      for (size_t i = 0; i < l.text.size(); ++i) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (l.text[i] == '-') || (!dash && hex(l.text[i]) < 0)) break;
        if (!dash) digits += l.text[i];
      }
      auto bytes = parse_byte_literal(digits);
      if (l.text.size() != 36 || !bytes || bytes->size() != 16) return e = error(error_code::kNumber, l, quoted(l.text) + " is not a GUID"), false;
      out.bytes = *bytes;
      return true;
    }
    case ValueKind::kNone: break;
  }
  e = error(error_code::kOperator, l, "the field has no value that could be compared", "write its name alone to ask whether it is there");
  return false;
}

std::optional<uint64_t> parse_integer(std::string_view s) {
  int base = 10;
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) base = 16, s.remove_prefix(2);
  else if (s.size() > 2 && s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) base = 2, s.remove_prefix(2);
  else if (s.size() > 1 && s[0] == '0') base = 8;
  uint64_t value = 0;
  auto [end, failed] = std::from_chars(s.data(), s.data() + s.size(), value, base);
  if (s.empty() || failed != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_fraction(std::string_view s) {
  if (auto v = parse_integer(s)) return static_cast<double>(*v);
  if (same_letters(s, "inf") || same_letters(s, "infinity")) return std::numeric_limits<double>::infinity();
  if (same_letters(s, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (s.empty() || hex(s[0]) < 0 || hex(s[0]) > 9 || s.back() == '.') return std::nullopt;
  auto format = std::chars_format::general;
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) format = std::chars_format::hex, s.remove_prefix(2);
  double value = 0;
  auto [end, failed] = std::from_chars(s.data(), s.data() + s.size(), value, format);
  if (failed != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::optional<std::string> parse_byte_literal(std::string_view s) {
  if (!s.empty() && s[0] == ':') s.remove_prefix(1);
  if (s.size() == 3 && s[2] == ':') s.remove_suffix(1);  // fc:
  char separator = 0;
  for (char c : s)
    if (hex(c) < 0) {
      if ((c != ':' && c != '-' && c != '.') || (separator && separator != c)) return std::nullopt;
      separator = c;
    }
  std::string out;
  size_t i = 0;
  while (i < s.size()) {
    size_t end = separator ? std::min(s.find(separator, i), s.size()) : s.size();
    size_t digits = end - i;
    if (!separator ? digits % 2 != 0 : digits != 2 && digits != 4 && !(digits == 1 && separator != ':')) return std::nullopt;
    if (digits == 1) out += static_cast<char>(hex(s[i]));
    else for (; i < end; i += 2) out += static_cast<char>(hex(s[i]) * 16 + hex(s[i + 1]));
    i = end;
    if (i < s.size() && ++i == s.size()) return std::nullopt;  // a separator at the end
  }
  if (out.empty()) return std::nullopt;
  return out;
}

bool parse_ipv4(std::string_view text, uint32_t& address, uint8_t& prefix, std::string& why) {
  prefix = 0xff;
  if (auto slash = text.find('/'); slash != std::string_view::npos) {
    auto bits = parse_integer(text.substr(slash + 1));
    if (!bits || *bits > 32) return why = ": the prefix is 0 to 32", false;
    prefix = static_cast<uint8_t>(*bits);
    text = text.substr(0, slash);
  }
  address = 0;
  for (int part = 0; part < 4; ++part) {
    unsigned octet = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), octet);
    if (failed != std::errc() || octet > 255) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (part < 3) {
      if (text.empty() || text[0] != '.') return false;
      text.remove_prefix(1);
    }
    address = address << 8 | octet;
  }
  return text.empty();
}

bool parse_ipv6(std::string_view text, std::string& sixteen, uint8_t& prefix, std::string& why) {
  prefix = 0xff;
  if (auto slash = text.find('/'); slash != std::string_view::npos) {
    auto bits = parse_integer(text.substr(slash + 1));
    if (!bits || *bits > 128) return why = ": the prefix is 0 to 128", false;
    prefix = static_cast<uint8_t>(*bits);
    text = text.substr(0, slash);
  }
  unsigned char address[16];
  if (inet_pton(AF_INET6, std::string(text).c_str(), address) != 1) return false;
  sixteen.assign(reinterpret_cast<const char*>(address), 16);
  return true;
}

}  // namespace wiretail::filter
