// The entries of a list file, for `in $name`: one address, prefix, range, number, name or pattern a line, `#` comments.
// Loaded by the configuration, immutable afterwards and shared by all programs; testing is a binary search or a hash
// look-up, whatever the size. Errors are values with the line's number.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wiretail::filter {

class ValueList {
 public:
  struct Result {
    std::shared_ptr<const ValueList> list;
    std::string error;  // empty: loaded
    size_t line = 0;
  };
  // `text` is the whole file.
  static Result parse(std::string_view text);

  bool has_number(uint64_t v) const { return in_ranges(numbers_, v); }
  bool has_ipv4(uint32_t address) const { return in_ranges(ipv4_, address); }
  bool has_ipv6(const uint8_t* sixteen) const;
  bool has_text(std::string_view text) const;  // names (exact), and the bytes of Ethernet addresses
  bool has_bytes(std::string_view bytes) const { return bytes_.count(std::string(bytes)) != 0; }
  size_t size() const { return size_; }

 private:
  struct Interval { uint64_t low, high; };
  struct Interval6 { std::string low, high; };
  static bool in_ranges(const std::vector<Interval>& ranges, uint64_t v);
  static void merge(std::vector<Interval>& ranges);
  std::vector<Interval> numbers_, ipv4_;
  std::vector<Interval6> ipv6_;
  std::unordered_set<std::string> names_, bytes_;
  std::vector<std::string> patterns_;  // with `*`
  size_t size_ = 0;
};

}  // namespace wiretail::filter
