// A packet's time in eight bytes, for state that is kept per connection: nanoseconds since 1970 (until 2262; what a damaged
// file claims beyond that is held at the ends).
#pragma once
#include <cstdint>
#include <limits>

#include "dissect/packet.hpp"

namespace wiretail::dissect {

struct Stamp {
  int64_t nanos = 0;  // 0: not set

  Stamp() = default;
  Stamp(Time t) {  // NOLINT: a time is a stamp
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1'000'000'000 - 1;
    int64_t seconds = t.seconds > kMost ? kMost : t.seconds < -kMost ? -kMost : t.seconds;
    nanos = seconds * 1'000'000'000 + t.nanos;
  }
  static Stamp of_nanos(int64_t nanos) {
    Stamp s;
    s.nanos = nanos;
    return s;
  }
  // So many milliseconds later, but not beyond the end.
  Stamp after(uint64_t ms) const {
    constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
    int64_t sum;
    return of_nanos(ms > static_cast<uint64_t>(kEnd / 1'000'000) || __builtin_add_overflow(nanos, static_cast<int64_t>(ms) * 1'000'000, &sum) ? kEnd : sum);
  }
  bool set() const { return nanos != 0; }
  Time time() const {
    int64_t seconds = nanos / 1'000'000'000, rest = nanos % 1'000'000'000;
    if (rest < 0) rest += 1'000'000'000, --seconds;
    return {seconds, static_cast<int32_t>(rest)};
  }
  operator Time() const { return time(); }
  friend bool operator==(Stamp a, Stamp b) { return a.nanos == b.nanos; }
  friend bool operator<(Stamp a, Stamp b) { return a.nanos < b.nanos; }
};

}  // namespace wiretail::dissect
