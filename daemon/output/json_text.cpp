#include "daemon/output/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "dissect/format.hpp"

namespace wiretail::daemon {
namespace {

constexpr char kDigitPairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869"
    "707172737475767778798081828384858687888990919293949596979899";

char* two(char* p, unsigned v) {
  p[0] = kDigitPairs[v * 2], p[1] = kDigitPairs[v * 2 + 1];
  return p + 2;
}

// The civil date of a day number (days since 1970-01-01), by Howard Hinnant's days algorithm.
void civil(int64_t days, int64_t& year, unsigned& month, unsigned& day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  auto of_era = static_cast<unsigned>(days - era * 146097);
  unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted = (5 * of_year + 2) / 153;
  day = of_year - (153 * shifted + 2) / 5 + 1;
  month = shifted < 10 ? shifted + 3 : shifted - 9;
  year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2);
}

// Length of the UTF-8 character at p, 0 if it is none (RFC 3629).
size_t utf8_length(const unsigned char* p, size_t left) {
  auto more = [&](size_t n) {
    if (left < n) return false;
    for (size_t i = 1; i < n; ++i)
      if ((p[i] & 0xc0) != 0x80) return false;
    return true;
  };
  if (p[0] >= 0xc2 && p[0] <= 0xdf) return more(2) ? 2 : 0;
  if (p[0] >= 0xe0 && p[0] <= 0xef) {
    if (!more(3) || (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
    return 3;
  }
  if (p[0] >= 0xf0 && p[0] <= 0xf4) {
    if (!more(4) || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

void append_timestamp(std::string& out, dissect::Time t) {
  int64_t days = t.seconds / 86400, rest = t.seconds % 86400;
  if (rest < 0) rest += 86400, --days;
  // Most lines share the second: keep its text.
  static thread_local int64_t last_second = INT64_MIN;
  static thread_local char text[64];
  static thread_local size_t date_length = 0;
  if (t.seconds != last_second) {
    int64_t year;
    unsigned month, day;
    civil(days, year, month, day);
    char* p = text;
    if (year >= 0 && year < 10000) p = two(two(p, static_cast<unsigned>(year / 100)), static_cast<unsigned>(year % 100));
    else p = std::to_chars(p, p + 20, year).ptr;
    *p++ = '-', p = two(p, month), *p++ = '-', p = two(p, day), *p++ = 'T';
    auto seconds = static_cast<unsigned>(rest);
    p = two(p, seconds / 3600), *p++ = ':', p = two(p, seconds / 60 % 60), *p++ = ':', p = two(p, seconds % 60), *p++ = '.';
    date_length = static_cast<size_t>(p - text);
    last_second = t.seconds;
  }
  char* p = text + date_length;
  auto nanos = static_cast<unsigned>(t.nanos);
  *p++ = static_cast<char>('0' + nanos / 100'000'000);
  nanos %= 100'000'000;
  p = two(two(two(two(p, nanos / 1'000'000), nanos / 10'000 % 100), nanos / 100 % 100), nanos % 100);
  *p++ = 'Z';
  out.append(text, static_cast<size_t>(p - text));
}

bool append_json_string(std::string& out, std::string_view s) {
  bool lossy = false;
  out += '"';
  const auto* p = reinterpret_cast<const unsigned char*>(s.data());
  size_t plain = 0;  // start of what can be copied as it is
  for (size_t i = 0; i < s.size();) {
    unsigned char c = p[i];
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      if (size_t n = utf8_length(p + i, s.size() - i)) {
        i += n;
        continue;
      }
    }
    out.append(s.data() + plain, i - plain);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (c < 0x20) out += "\\u00", dissect::append_hex(out, c, 2);
        else out += "\xef\xbf\xbd", lossy = true;
    }
    plain = ++i;
  }
  out.append(s.data() + plain, s.size() - plain);
  out += '"';
  return lossy;
}

void append_seconds(std::string& out, dissect::Time t) {
  int64_t seconds = t.seconds;
  auto nanos = static_cast<uint32_t>(t.nanos);
  if (seconds < 0 && nanos) {
    ++seconds, nanos = 1'000'000'000 - nanos;
    if (seconds == 0) out += '-';
  }
  char buffer[40];
  char* p = std::to_chars(buffer, buffer + 24, seconds).ptr;
  if (nanos) {
    *p++ = '.';
    for (uint32_t unit = 100'000'000; nanos; unit /= 10) *p++ = static_cast<char>('0' + nanos / unit), nanos %= unit;
  }
  out.append(buffer, static_cast<size_t>(p - buffer));
}

bool append_json_value(std::string& out, const dissect::FieldDef& field, const dissect::Value& v, size_t max_bytes, bool& cut) {
  using dissect::FieldType;
  switch (field.type) {
    case FieldType::kBoolean: out += v.u ? "true" : "false"; return false;
    case FieldType::kNone: case FieldType::kProtocol: out += "true"; return false;
    case FieldType::kIpv4: out += '"', dissect::append_ipv4(out, static_cast<uint32_t>(v.u)), out += '"'; return false;
    case FieldType::kIpv6: out += '"', dissect::append_ipv6(out, v.p), out += '"'; return false;
    case FieldType::kEther: out += '"', dissect::append_ether(out, v.p), out += '"'; return false;
    case FieldType::kString: case FieldType::kStringz: case FieldType::kUintString: return append_json_string(out, v.text());
    case FieldType::kAbsoluteTime: out += '"', append_timestamp(out, v.time()), out += '"'; return false;
    case FieldType::kRelativeTime: append_seconds(out, v.time()); return false;
    case FieldType::kFloat: case FieldType::kDouble: {
      char buffer[40];
      if (!std::isfinite(v.d)) return out += "null", false;
      out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v.d).ptr);
      return false;
    }
    case FieldType::kBytes: case FieldType::kUintBytes: case FieldType::kSystemId: case FieldType::kOid: {
      auto bytes = v.bytes();
      if (bytes.size() > max_bytes) bytes = bytes.first(max_bytes), cut = true;
      out += '"', dissect::append_hex_bytes(out, bytes), out += '"';
      return false;
    }
    case FieldType::kGuid: out += '"', dissect::append_value(out, field, v), out += '"'; return false;
    default: break;
  }
  if (dissect::is_signed(field.type)) {
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v.i).ptr);
  } else {
    dissect::append_uint(out, v.u);
  }
  return false;
}

}  // namespace wiretail::daemon
