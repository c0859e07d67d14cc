#include "dissect/format.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <ctime>

namespace wiretail::dissect {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

unsigned hex_width(FieldType type) {
  switch (type) {
    case FieldType::kUint8: case FieldType::kInt8: case FieldType::kChar: return 2;
    case FieldType::kUint16: case FieldType::kInt16: return 4;
    case FieldType::kUint24: case FieldType::kInt24: return 6;
    case FieldType::kUint32: case FieldType::kInt32: case FieldType::kFrameNum: case FieldType::kIpxNet: return 8;
    case FieldType::kUint40: case FieldType::kInt40: return 10;
    case FieldType::kUint48: case FieldType::kInt48: return 12;
    case FieldType::kUint56: case FieldType::kInt56: return 14;
    default: return 16;
  }
}

void append_int(std::string& out, int64_t value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void append_nanos(std::string& out, uint32_t nanos) {
  char digits[9];
  for (int i = 8; i >= 0; --i) digits[i] = static_cast<char>('0' + nanos % 10), nanos /= 10;
  out.append(digits, 9);
}

void append_absolute(std::string& out, Time t, bool utc) {
  std::tm parts{};
  auto seconds = static_cast<std::time_t>(t.seconds);
  if (!(utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts))) {
    out += "Not representable";
    return;
  }
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  out += kMonths[parts.tm_mon];
  auto two = [&](int v, char fill) { out += v < 10 ? fill : static_cast<char>('0' + v / 10), out += static_cast<char>('0' + v % 10); };
  out += ' ', two(parts.tm_mday, ' '), out += ", ", append_int(out, parts.tm_year + 1900), out += ' ';
  two(parts.tm_hour, '0'), out += ':', two(parts.tm_min, '0'), out += ':', two(parts.tm_sec, '0'), out += '.';
  if (t.sound()) append_nanos(out, static_cast<uint32_t>(t.nanos));
  else append_int(out, t.nanos);
  out += ' ';
  out += utc ? "UTC" : parts.tm_zone;
}

void append_relative(std::string& out, Time t) {
  if (!t.sound()) {  // of a damaged file
    if (t.seconds < 0 || t.nanos < 0) out += '-';
    append_uint(out, t.seconds < 0 ? uint64_t{0} - static_cast<uint64_t>(t.seconds) : static_cast<uint64_t>(t.seconds));
    out += '.', append_uint(out, t.nanos < 0 ? uint64_t{0} - static_cast<uint64_t>(int64_t{t.nanos}) : static_cast<uint64_t>(t.nanos));
    return;
  }
  int64_t seconds = t.seconds;
  auto nanos = static_cast<uint32_t>(t.nanos);
  if (seconds < 0 && nanos > 0) {  // {-1, 500000000} is -0.5
    ++seconds, nanos = 1'000'000'000 - nanos;
    if (seconds == 0) out += '-';
  }
  append_int(out, seconds), out += '.', append_nanos(out, nanos);
}

}  // namespace

// Text as tshark shows it: it ends at a NUL, and what is no UTF-8 becomes U+FFFD.
void append_text(std::string& out, std::string_view s) {
  s = s.substr(0, s.find('\0'));
  for (size_t i = 0; i < s.size();) {
    auto c = static_cast<unsigned char>(s[i]);
    size_t n = c < 0x80 ? 1 : c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    bool good = n && i + n <= s.size();
    for (size_t k = 1; good && k < n; ++k) good = (static_cast<unsigned char>(s[i + k]) & 0xc0) == 0x80;
    if (good) out.append(s, i, n), i += n;
    else out += "\xef\xbf\xbd", ++i;
  }
}

void append_uint(std::string& out, uint64_t value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void append_hex(std::string& out, uint64_t value, unsigned digits) {
  char buffer[16];
  if (digits > 16) digits = 16;
  for (unsigned i = 0; i < digits; ++i) buffer[i] = kHexDigits[(value >> (4 * (digits - 1 - i))) & 15];
  out.append(buffer, digits);
}

void append_ipv4(std::string& out, uint32_t a) {
  char buffer[16], *end = buffer;
  for (int shift = 24; shift >= 0; shift -= 8) {
    end = std::to_chars(end, buffer + sizeof buffer, (a >> shift) & 255).ptr;
    if (shift) *end++ = '.';
  }
  out.append(buffer, end);
}

void append_ipv6(std::string& out, const uint8_t* sixteen) {
  char buffer[INET6_ADDRSTRLEN];
  if (inet_ntop(AF_INET6, sixteen, buffer, sizeof buffer)) out += buffer;
}

void append_ether(std::string& out, const uint8_t* six) {
  for (int i = 0; i < 6; ++i) {
    if (i) out += ':';
    out += kHexDigits[six[i] >> 4], out += kHexDigits[six[i] & 15];
  }
}

void append_hex_bytes(std::string& out, Bytes bytes) {
  for (uint8_t b : bytes) out += kHexDigits[b >> 4], out += kHexDigits[b & 15];
}

void append_value(std::string& out, const FieldDef& field, const Value& value) {
  const Base base = field.row ? field.row->base : Base::kNone;
  switch (field.type) {
    case FieldType::kNone: out += '1'; return;  // as tshark shows that it is there
    case FieldType::kProtocol:  // of a note that has no layer: its text
      out += Registry::get().protocol(field.proto).pseudo && value.n ? value.text() : field.name;
      return;
    case FieldType::kBoolean: out += value.u ? '1' : '0'; return;
    case FieldType::kIpv4: return append_ipv4(out, static_cast<uint32_t>(value.u));
    case FieldType::kIpv6: return append_ipv6(out, value.p);
    case FieldType::kEther: return append_ether(out, value.p);
    case FieldType::kEui64:
      for (int shift = 56; shift >= 0; shift -= 8) {
        append_hex(out, value.u >> shift & 0xff, 2);
        if (shift) out += ':';
      }
      return;
    case FieldType::kFloat:
    case FieldType::kDouble: {
      char buffer[40];
      out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value.d, std::chars_format::general, field.type == FieldType::kFloat ? 6 : 15).ptr);
      return;
    }
    case FieldType::kAbsoluteTime: return append_absolute(out, value.time(), base == Base::kUtcTime);
    case FieldType::kRelativeTime: return append_relative(out, value.time());
    case FieldType::kString:
    case FieldType::kStringz:
    case FieldType::kUintString: return append_text(out, value.text());
    case FieldType::kBytes:
    case FieldType::kUintBytes:
    case FieldType::kSystemId:
    case FieldType::kOid:
      if (value.n == 0 && field.row) out += field.row->flags & kMayBeEmpty ? "<none>" : "<MISSING>";
      if (base == Base::kColon && value.n == 6) return append_ether(out, value.p);  // a link-layer address, as tshark spells it
      return append_hex_bytes(out, value.bytes());
    case FieldType::kGuid:
      for (unsigned i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        append_hex(out, value.p[i], 2);
      }
      return;
    default: break;
  }
  if (base == Base::kHex || base == Base::kHexDec) {
    out += "0x";
    return append_hex(out, value.u, hex_width(field.type));
  }
  if (is_signed(field.type)) return append_int(out, value.i);
  append_uint(out, value.u);
}

}  // namespace wiretail::dissect
