#include "daemon/output/line_buffer.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace wiretail::daemon {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

constexpr auto kPairs = [] {
  std::array<char, 200> t{};
  for (size_t i = 0; i < 100; ++i) t[2 * i] = static_cast<char>('0' + i / 10), t[2 * i + 1] = static_cast<char>('0' + i % 10);
  return t;
}();
constexpr auto kHexPairs = [] {
  std::array<char, 512> t{};
  for (size_t i = 0; i < 256; ++i) t[2 * i] = kDigits[i >> 4], t[2 * i + 1] = kDigits[i & 15];
  return t;
}();
struct Octet {
  char text[3];
  uint8_t length;
};
constexpr auto kOctets = [] {
  std::array<Octet, 256> t{};
  for (unsigned i = 0; i < 256; ++i) {
    Octet& o = t[i];
    if (i >= 100) o.text[o.length++] = static_cast<char>('0' + i / 100);
    if (i >= 10) o.text[o.length++] = static_cast<char>('0' + i / 10 % 10);
    o.text[o.length++] = static_cast<char>('0' + i % 10);
  }
  return t;
}();
// What a JSON string can hold as it is: one byte of UTF-8, no control, quote or backslash.
constexpr auto kPlain = [] {
  std::array<bool, 256> t{};
  for (unsigned i = 0x20; i < 0x80; ++i) t[i] = i != '"' && i != '\\';
  return t;
}();

char* two(char* p, unsigned v) { return std::memcpy(p, &kPairs[2 * v], 2), p + 2; }
char* octet(char* p, unsigned v) {
  std::memcpy(p, kOctets[v].text, 3);
  return p + kOctets[v].length;
}

// True if one of the eight bytes is not plain; may also say so of plain ones behind such a byte.
bool any_special(uint64_t v) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  auto zero = [](uint64_t x) { return (x - kOnes) & ~x & kHigh; };
  return ((v & kHigh) | ((v - kOnes * 0x20) & ~v & kHigh) | zero(v ^ (kOnes * '"')) | zero(v ^ (kOnes * '\\'))) != 0;
}

}  // namespace

size_t utf8_length(const unsigned char* p, size_t left) {
  auto more = [&](size_t n) {
    if (left < n) return false;
    for (size_t i = 1; i < n; ++i)
      if ((p[i] & 0xc0) != 0x80) return false;
    return true;
  };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xc2 && p[0] <= 0xdf) return more(2) ? 2 : 0;
  if (p[0] >= 0xe0 && p[0] <= 0xef) return !more(3) || (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ? 0 : 3;
  if (p[0] >= 0xf0 && p[0] <= 0xf4) return !more(4) || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ? 0 : 4;
  return 0;
}

// The civil date of a day number (days since 1970-01-01), by Howard Hinnant's days algorithm.
size_t write_date(char* out, int64_t second) {
  int64_t days = second / 86400, rest = second % 86400;
  if (rest < 0) rest += 86400, --days;
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  auto of_era = static_cast<unsigned>(days - era * 146097);
  unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted = (5 * of_year + 2) / 153;
  unsigned day = of_year - (153 * shifted + 2) / 5 + 1, month = shifted < 10 ? shifted + 3 : shifted - 9;
  int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2);
  char* p = out;
  if (year >= 0 && year < 10000) p = two(two(p, static_cast<unsigned>(year / 100)), static_cast<unsigned>(year % 100));
  else p = std::to_chars(p, p + 20, year).ptr;
  auto seconds = static_cast<unsigned>(rest);
  *p++ = '-', p = two(p, month), *p++ = '-', p = two(p, day), *p++ = 'T';
  p = two(p, seconds / 3600), *p++ = ':', p = two(p, seconds / 60 % 60), *p++ = ':', p = two(p, seconds % 60), *p++ = '.';
  return static_cast<size_t>(p - out);
}

LineBuffer::LineBuffer(size_t max_line) {
  size_t size = std::max(max_line, 4 * kClosing);
  data_ = std::make_unique<char[]>(size + kSlack);
  p_ = data_.get();
  limit_ = p_ + size - kClosing;
}

char* LineBuffer::with_long_number(char* p, uint64_t v) {
  p = with_number(p, v / 100'000'000);
  store(p, eight_digits(static_cast<uint32_t>(v % 100'000'000)) | kZeros);
  return p + 8;
}

void LineBuffer::signed_number(int64_t v) { p_ = std::to_chars(p_, p_ + 24, v).ptr; }

void LineBuffer::real(double v) {
  if (!std::isfinite(v)) return put("null");
  p_ = std::to_chars(p_, p_ + 40, v).ptr;
}

void LineBuffer::seconds(dissect::Time t) {
  if (!t.sound()) [[unlikely]] t = t.carried();
  int64_t whole = t.seconds;
  auto nanos = static_cast<uint32_t>(t.nanos);
  if (whole < 0 && nanos) {  // {-1, 500000000} is -0.5
    ++whole, nanos = 1'000'000'000 - nanos;
    if (whole == 0) put('-');
  }
  signed_number(whole);
  if (!nanos) return;
  put('.'), put(static_cast<char>('0' + nanos / 100'000'000));
  const uint64_t digits = eight_digits(nanos % 100'000'000);
  store(p_, digits | kZeros);
  p_ += 8 - static_cast<unsigned>(std::countl_zero(digits)) / 8;  // zeros at the end are left out
}

void LineBuffer::timestamp(dissect::Time t) {
  if (!t.sound()) [[unlikely]] t = t.carried();
  if (t.seconds != second_) date_length_ = write_date(date_, t.seconds), second_ = t.seconds;
  std::memcpy(p_, date_, sizeof date_);
  p_ += date_length_;
  auto nanos = static_cast<uint32_t>(t.nanos);
  *p_++ = static_cast<char>('0' + nanos / 100'000'000);
  store(p_, eight_digits(nanos % 100'000'000) | kZeros), p_ += 8;
  *p_++ = 'Z';
}

char* LineBuffer::with_ipv4(char* p, uint32_t a) {
  p = octet(p, a >> 24);
  *p++ = '.', p = octet(p, a >> 16 & 255);
  *p++ = '.', p = octet(p, a >> 8 & 255);
  *p++ = '.';
  return octet(p, a & 255);
}

void LineBuffer::ipv6(const uint8_t* a) {
  uint16_t groups[8];
  for (int i = 0; i < 8; ++i) groups[i] = dissect::be16(a + 2 * i);
  if (!(groups[0] | groups[1] | groups[2] | groups[3] | groups[4])) {  // may end in an IPv4 address
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, a, text, sizeof text)) put(std::string_view(text));
    return;
  }
  int best = -1, best_length = 1;  // a single zero group is not shortened
  for (int i = 0; i < 8;) {
    int n = 0;
    while (i + n < 8 && groups[i + n] == 0) ++n;
    if (n > best_length) best = i, best_length = n;
    i += n ? n : 1;
  }
  for (int i = 0; i < 8; ++i) {
    if (i == best) {
      put("::");
      i += best_length - 1;
      continue;
    }
    if (i && i != best + best_length) put(':');
    else if (i && best < 0) put(':');
    unsigned g = groups[i];
    if (g >= 0x1000) put(kDigits[g >> 12]);
    if (g >= 0x100) put(kDigits[g >> 8 & 15]);
    if (g >= 0x10) put(kDigits[g >> 4 & 15]);
    put(kDigits[g & 15]);
  }
}

void LineBuffer::ether(const uint8_t* a) {
  for (int i = 0; i < 6; ++i) {
    std::memcpy(p_, &kHexPairs[2 * a[i]], 2);
    p_[2] = ':';
    p_ += 3;
  }
  --p_;
}

void LineBuffer::guid(const uint8_t* a) {
  for (unsigned i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) put('-');
    std::memcpy(p_, &kHexPairs[2 * a[i]], 2), p_ += 2;
  }
}

void LineBuffer::hex(uint64_t value, unsigned digits) {
  if (digits & 1) put(kDigits[value >> (4 * --digits) & 15]);
  char* p = p_;
  for (; digits; digits -= 2) std::memcpy(p, &kHexPairs[2 * (value >> (4 * (digits - 2)) & 255)], 2), p += 2;
  p_ = p;
}

void LineBuffer::hex_bytes(dissect::Bytes bytes) {
  if (bytes.size() * 2 > static_cast<size_t>(std::max<ptrdiff_t>(limit_ - p_, 0))) {
    p_ = limit_ + 1;  // does not fit: the member is taken back
    return;
  }
  for (uint8_t b : bytes) std::memcpy(p_, &kHexPairs[2 * b], 2), p_ += 2;
}

bool LineBuffer::string(std::string_view s) {
  *p_++ = '"';
  const size_t n = s.size();
  size_t i = 0;
  if (static_cast<ptrdiff_t>(n) > limit_ - p_) {
    p_ = limit_ + 1;
    return false;
  }
  while (i + 8 <= n) {
    uint64_t v;
    std::memcpy(&v, s.data() + i, 8);
    std::memcpy(p_, &v, 8);
    if (any_special(v)) break;
    p_ += 8, i += 8;
  }
  if (i < n && n >= 8 && n - i < 8) {  // the last eight bytes, of which some are written
    uint64_t v;
    std::memcpy(&v, s.data() + n - 8, 8);
    if (!any_special(v)) std::memcpy(p_ + (n - i) - 8, &v, 8), p_ += n - i, i = n;
  }
  while (i < n && kPlain[static_cast<unsigned char>(s[i])]) *p_++ = s[i++];
  bool lossy = i < n && escaped(s.data(), i, n);
  *p_++ = '"';
  return lossy;
}

// The rest of a string from the first byte that is not plain; stops over the limit.
bool LineBuffer::escaped(const char* s, size_t i, size_t n) {
  const auto* u = reinterpret_cast<const unsigned char*>(s);
  bool lossy = false;
  while (i < n && p_ <= limit_) {
    unsigned char c = u[i];
    if (kPlain[c]) {
      *p_++ = static_cast<char>(c), ++i;
      continue;
    }
    if (c >= 0x80) {
      size_t length = utf8_length(u + i, n - i);
      // Dissectors of texts in other alphabets than UTF-8 have replaced what they could not read: that is lost as well.
      if (length) lossy |= length == 3 && std::memcmp(s + i, "\xef\xbf\xbd", 3) == 0, std::memcpy(p_, s + i, length), p_ += length, i += length;
      else put("\xef\xbf\xbd"), lossy = true, ++i;
      continue;
    }
    ++i;
    *p_++ = '\\';
    switch (c) {
      case '"': case '\\': *p_++ = static_cast<char>(c); break;
      case '\n': *p_++ = 'n'; break;
      case '\r': *p_++ = 'r'; break;
      case '\t': *p_++ = 't'; break;
      default: put("u00"), std::memcpy(p_, &kHexPairs[2 * c], 2), p_ += 2;
    }
  }
  return lossy;
}

}  // namespace wiretail::daemon
