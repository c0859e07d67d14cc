// `matches`: PCRE2 as Wireshark uses it (caseless, bytes, no UTF), with a budget of steps for each value, so that no pattern
// stalls capture whatever it is and whatever it meets: a pattern that needs more does not match, which is counted.
// Compiling may fail with the library's text; matching is thread-compatible (one Regex belongs to one program, used by one
// capture thread) and allocates nothing but the memory that groups need to be gone back into, once for each thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wiretail::filter {

class Regex {
 public:
  // Of one value; its size is added to it. One is a place of the pattern that is tried at a place of the value, or 32 bytes
  // that a repeat runs over: some 20 ns. Deterministic: the same pattern gives up on the same values everywhere.
  static constexpr uint64_t kSteps = 1'000'000;
  static constexpr uint32_t kHeapKib = 16 * 1024;  // for groups that may be gone back into; a thread's, all patterns together

  struct Error {
    std::string text;   // PCRE2's
    size_t offset = 0;  // in the pattern
    bool limit = false; // one of PCRE2's own limits; the text says which, with its number
  };
  // Null: `error` says why.
  static std::shared_ptr<const Regex> compile(std::string_view pattern, Error& error);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  bool matches(const uint8_t* data, size_t size) const;
  // How often it gave up.
  uint64_t limits_reached() const { return limits_reached_; }
  // Steps that were counted, of values that are larger than cheap_size(). For tests.
  uint64_t steps() const { return steps_; }
  // Over values of at most this size no step needs to be counted (regex_cost.hpp).
  size_t cheap_size() const { return cheap_size_; }

 private:
  Regex() = default;
  void* plain_ = nullptr;    // machine code where that is allowed
  void* counted_ = nullptr;  // the same, with a call before each item of the pattern; null: too large for PCRE2
  size_t cheap_size_ = 0;
  uint32_t step_ = 0;        // what one call counts for; a step is 32 of these
  std::string heavy_;        // the pattern, if some items can fail only after a long way
  mutable uint64_t limits_reached_ = 0, steps_ = 0;
};

}  // namespace wiretail::filter
