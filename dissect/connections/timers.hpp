// Which connection is due next. Timers run for a few durations (idle, lingering, attempts, updates), and the packets' clock mostly goes
// forward: a timer of one duration is then due behind all others of that duration. So they wait in a few queues that are in order by
// themselves, and only what fits behind none of these goes to a heap, where adding and taking costs steps all over the memory.
// Used by Trackers on the capture thread. A timer takes 16 bytes; how many there are, the caller limits (keep_if).
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "dissect/connections/huge_pages.hpp"
#include "dissect/connections/stamp.hpp"

namespace wiretail::dissect {

struct Timer {
  Stamp at;
  uint32_t index = 0, number = 0;  // of the connection: its entry, and which of those that had it
};

class TimerQueue {
 public:
  TimerQueue();
  void add(const Timer& timer);
  size_t size() const { return size_; }
  // When the first one is due; the end of time if there is none.
  Stamp due() const { return Stamp::of_nanos(fronts_[next_]); }
  const Timer& first() const;  // there must be one
  void drop_first();
  // Drops those of which `keep` says false.
  template <class Keep>
  void keep_if(Keep keep) {
    std::vector<Timer> kept;
    kept.reserve(size_);
    for (; size_; drop_first())
      if (keep(first())) kept.push_back(first());
    for (const Timer& timer : kept) add(timer);
  }

 private:
  static constexpr size_t kQueues = 8;
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  struct Ring {
    std::vector<Timer, HugePages<Timer>> timers;  // a power of two
    size_t first = 0, count = 0;
    const Timer& front() const { return timers[first]; }
    void push(const Timer& timer);
    void pop();
  };

  std::array<Ring, kQueues> rings_;
  std::vector<Timer, HugePages<Timer>> heap_;
  // When each queue's first and last timer is due, and the heap's first.
  std::array<int64_t, kQueues + 1> fronts_;
  std::array<int64_t, kQueues> backs_;
  size_t next_ = 0, size_ = 0;
};

}  // namespace wiretail::dissect
