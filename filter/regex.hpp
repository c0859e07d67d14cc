// `matches`: PCRE2 as Wireshark uses it (caseless, bytes, no UTF), with limits so that no pattern stalls capture: reaching
// one is no match, counted. Compiling may fail with the library's text; matching never allocates and is thread-compatible
// (one Regex belongs to one program, used by one capture thread).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wiretail::filter {

class Regex {
 public:
  // Null: `error` has PCRE2's text, `offset` the place in the pattern.
  static std::shared_ptr<const Regex> compile(std::string_view pattern, std::string& error, size_t& offset);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  bool matches(const uint8_t* data, size_t size) const;
  uint64_t limits_reached() const { return limits_reached_; }

 private:
  Regex() = default;
  void* code_ = nullptr;
  void* match_data_ = nullptr;
  void* context_ = nullptr;
  mutable uint64_t limits_reached_ = 0;
};

}  // namespace wiretail::filter
