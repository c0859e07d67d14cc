#include "dissect/connections/timers.hpp"

#include <algorithm>

namespace wiretail::dissect {
namespace {

bool later(const Timer& a, const Timer& b) { return b.at.nanos < a.at.nanos; }  // a heap with the earliest in front

}  // namespace

TimerQueue::TimerQueue() {
  fronts_.fill(kNever);
  backs_.fill(std::numeric_limits<int64_t>::min());
}

void TimerQueue::Ring::push(const Timer& timer) {
  if (count == timers.size()) {
    std::vector<Timer, HugePages<Timer>> larger(std::max<size_t>(64, 2 * count));
    for (size_t i = 0; i < count; ++i) larger[i] = timers[(first + i) & (count - 1)];
    timers = std::move(larger), first = 0;
  }
  timers[(first + count++) & (timers.size() - 1)] = timer;
}

void TimerQueue::Ring::pop() {
  first = (first + 1) & (timers.size() - 1);
  --count;
}

void TimerQueue::add(const Timer& timer) {
  const int64_t at = timer.at.nanos;
  // Behind the latest that is not later; queues without a timer are the earliest of all.
  size_t best = kQueues;
  for (size_t i = 0; i < kQueues; ++i)
    if (backs_[i] <= at && (best == kQueues || backs_[i] > backs_[best])) best = i;
  if (best < kQueues) {
    if (!rings_[best].count) fronts_[best] = at;
    rings_[best].push(timer);
    backs_[best] = at;
  } else {
    heap_.push_back(timer);
    std::push_heap(heap_.begin(), heap_.end(), later);
    fronts_[kQueues] = heap_.front().at.nanos;
  }
  if (fronts_[best] < fronts_[next_]) next_ = best;
  ++size_;
}

const Timer& TimerQueue::first() const { return next_ < kQueues ? rings_[next_].front() : heap_.front(); }

void TimerQueue::drop_first() {
  if (next_ < kQueues) {
    Ring& ring = rings_[next_];
    ring.pop();
    if (ring.count) fronts_[next_] = ring.front().at.nanos;
    else fronts_[next_] = kNever, backs_[next_] = std::numeric_limits<int64_t>::min();
  } else {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    fronts_[kQueues] = heap_.empty() ? kNever : heap_.front().at.nanos;
  }
  --size_;
  next_ = static_cast<size_t>(std::min_element(fronts_.begin(), fronts_.end()) - fronts_.begin());
}

}  // namespace wiretail::dissect
