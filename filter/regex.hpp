// `matches`: PCRE2 as Wireshark uses it (caseless, bytes, no UTF, its limit of ten million for each start), with a limit of time for
// each value, so that no pattern stalls capture whatever it is and whatever it meets: a pattern that needs more does not match,
// which is counted, and has less time for the next values. Compiling may fail with the library's text; matching is thread-compatible (one Regex belongs to one program,
// used by one capture thread) and allocates nothing but the memory that groups need to be gone back into, once for each thread.
#pragma once
#include <bitset>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wiretail::filter {

class Regex {
 public:
  static constexpr uint32_t kHeapKib = 24 * 1024;  // for groups that may be gone back into; a thread's, all patterns together

  struct Error {
    std::string text;   // PCRE2's
    size_t offset = 0;  // in the pattern
    bool limit = false; // one of PCRE2's own limits; the text says which, with its number
  };
  // Null: `error` says why. Without machine code it is as where memory may not be made executable.
  static std::shared_ptr<const Regex> compile(std::string_view pattern, Error& error, bool machine_code = true);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  bool matches(const uint8_t* data, size_t size) const;
  // How often it gave up.
  uint64_t limits_reached() const { return limits_reached_; }
 private:
  Regex() = default;
  void find_first_bytes();
  int search(const uint8_t* data, size_t size) const;
  unsigned halvings_at(std::chrono::steady_clock::time_point now) const;

  void* plain_ = nullptr;    // machine code where that is allowed
  void* watched_ = nullptr;  // the same, with a call before each item of the pattern; null: too large for PCRE2
  uint32_t length_ = 0;      // of the pattern
  uint32_t frames_ = 1;      // what a step copies, in frames of ordinary size
  bool runs_far_ = false;    // over more of the value than the pattern is long, in one step
  bool anchored_ = false;    // a match begins nowhere but at the value's start
  bool jit_ = false;
  bool whole_ = false;       // all starts in one call
  bool lines_ = false;       // a match begins nowhere but at a line's start
  std::bitset<256> first_;   // bytes that a match begins with, for values that are interpreted; none: it is not known
  mutable uint64_t limits_reached_ = 0;
  mutable uint32_t asked_ = 0;     // values, where their time is not taken
  mutable unsigned halvings_ = 0;  // of the time that a value may take, when one last was dear
  mutable std::chrono::steady_clock::time_point gave_up_;
};

}  // namespace wiretail::filter
