// One JSON line under construction: a fixed piece of memory, written forward, with JSON's small pieces. Used by
// json_line.cpp on the capture thread; no allocation, no general-purpose printing.
//
// Small pieces (numbers, addresses, keys, punctuation) are written without a check: behind the limit there is kSlack bytes
// of room, and the caller looks at full() after each member and takes the member back if it is. Long pieces (strings,
// bytes) stop by themselves once they are over the limit. So a line ends within its size, and at a member's boundary.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "dissect/bytes.hpp"
#include "dissect/packet.hpp"

namespace wiretail::daemon {

class LineBuffer {
 public:
  static constexpr size_t kSlack = 1024;
  static constexpr size_t kClosing = 64;   // kept free for what closes a line that was cut
  static constexpr size_t kLongestKey = 256;

  explicit LineBuffer(size_t max_line);

  void begin() { p_ = data_.get(); }
  char* at() const { return p_; }
  void back_to(char* where) { p_ = where; }
  bool full() const { return !fits(p_); }
  bool fits(const char* end) const { return end <= limit_; }
  std::string_view text() const { return {data_.get(), static_cast<size_t>(p_ - data_.get())}; }

  void put(char c) { *p_++ = c; }
  // A short text that needs no escaping.
  void put(std::string_view s) { std::memcpy(p_, s.data(), s.size()), p_ += s.size(); }
  void key(const char* s, size_t n) { p_ = with_key(p_, s, n); }
  void number(uint64_t value) { p_ = with_number(p_, value); }
  // The same for a caller that keeps the place where it writes to itself; they return the place behind.
  // A key is a text of at most kLongestKey bytes, with at least 32 readable bytes at `s`: it is a plan's.
  static char* with_key(char* p, const char* s, size_t n) {
    std::memcpy(p, s, 32);
    if (n > 32) [[unlikely]] std::memcpy(p + 32, s + 32, n - 32);
    return p + n;
  }
  static char* with_number(char* p, uint64_t v) {
    if (v >= 100'000'000) [[unlikely]] return with_long_number(p, v);
    // How many digits a number has is different from one to the next: no branch asks for it.
    const uint64_t digits = eight_digits(static_cast<uint32_t>(v));
    const unsigned zeros = static_cast<unsigned>(std::countr_zero(digits | uint64_t{1} << 56)) & 56u;  // bits of those in front
    store(p, (digits | kZeros) >> zeros);
    return p + 8 - zeros / 8;
  }
  static char* with_ipv4(char* p, uint32_t host_order);
  void signed_number(int64_t value);
  void real(double value);                          // null if it is not finite
  void seconds(dissect::Time time);                 // up to nine decimals, trailing zeros left out
  void timestamp(dissect::Time time);               // without quotes
  void ipv4(uint32_t host_order) { p_ = with_ipv4(p_, host_order); }
  void ipv6(const uint8_t* sixteen);                // RFC 5952
  void ether(const uint8_t* six);
  void guid(const uint8_t* sixteen);
  void hex(uint64_t value, unsigned digits);
  void hex_bytes(dissect::Bytes bytes);             // without quotes
  // Quoted and escaped; bytes that are not UTF-8 become U+FFFD. True if there is one, from here or from the dissector.
  bool string(std::string_view text);

 private:
  // The digits of a number below 100,000,000, one a byte, the first in the lowest: halves, then pairs, then digits are told
  // apart in all parts of the word at once.
  static constexpr uint64_t kZeros = 0x3030303030303030;
  static uint64_t eight_digits(uint32_t v) {
    uint64_t x = v / 10'000 | uint64_t{v % 10'000} << 32;
    const uint64_t hundreds = x * 10'486 >> 20 & 0x0000007f0000007f;
    x = hundreds | (x - 100 * hundreds) << 16;
    const uint64_t tens = x * 103 >> 10 & 0x000f000f000f000f;
    return tens | (x - 10 * tens) << 8;
  }
  static void store(char* p, uint64_t lowest_first) {
    if constexpr (std::endian::native == std::endian::big) lowest_first = __builtin_bswap64(lowest_first);
    std::memcpy(p, &lowest_first, 8);
  }
  static char* with_long_number(char* p, uint64_t v);
  bool escaped(const char* s, size_t i, size_t n);
  std::unique_ptr<char[]> data_;
  char* p_;
  char* limit_;
  int64_t second_ = INT64_MIN;  // most lines share the second: its text is kept
  char date_[48];
  size_t date_length_ = 0;
};

// "2026-03-01T12:00:00." of a second since 1970, UTC. Returns its length; room for 48.
size_t write_date(char* out, int64_t second);
// Length of the UTF-8 character at p (RFC 3629), 0 if it is none.
size_t utf8_length(const unsigned char* p, size_t left);

}  // namespace wiretail::daemon
