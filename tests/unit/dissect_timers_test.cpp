// TimerQueue beside a plain sorted container: the same timers, in the same order, whatever the clock does.
#include <algorithm>
#include <limits>
#include <map>
#include <random>

#include "dissect/connections/timers.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

// What a queue should hold: by the time when it is due.
using Expected = std::multimap<int64_t, uint32_t>;

void take_first(TimerQueue& queue, Expected& expected) {
  const Timer first = queue.first();
  REQUIRE(queue.due() == first.at);
  REQUIRE(first.at.nanos == expected.begin()->first);
  auto [from, to] = expected.equal_range(first.at.nanos);
  auto same = std::find_if(from, to, [&](const auto& entry) { return entry.second == first.index; });
  REQUIRE(same != to);
  expected.erase(same);
  queue.drop_first();
  REQUIRE(queue.size() == expected.size());
}

}  // namespace

TEST_CASE("timers come in the order in which they are due") {
  std::mt19937 random(7);
  // A few durations, as connections have them; then any at all; then durations while the clock jumps.
  for (int kind = 0; kind < 3; ++kind) {
    TimerQueue queue;
    Expected expected;
    int64_t clock = 1'000;
    uint32_t index = 0;
    for (int step = 0; step < 20'000; ++step) {
      clock += random() % 50;
      if (kind == 2 && random() % 500 == 0) clock -= random() % 20'000;
      constexpr int64_t kDurations[] = {2'000, 5'000, 30'000, 300'000, 3};
      const int64_t at = kind == 1 ? static_cast<int64_t>(random() % 1'000'000) : clock + kDurations[random() % 5];
      queue.add({Stamp::of_nanos(at), ++index, 0});
      expected.emplace(at, index);
      while (!expected.empty() && expected.begin()->first < clock) take_first(queue, expected);
      REQUIRE((expected.empty() || queue.due().nanos == expected.begin()->first));
    }
    while (!expected.empty()) take_first(queue, expected);
    REQUIRE(!(queue.due() < Stamp::of_nanos(std::numeric_limits<int64_t>::max())));
  }
}

TEST_CASE("timers that are not wanted any more are dropped, the others stay") {
  std::mt19937 random(8);
  TimerQueue queue;
  Expected expected;
  for (uint32_t index = 1; index <= 5'000; ++index) {
    const int64_t at = static_cast<int64_t>(random() % 100'000) + (index % 3) * 1'000'000;
    queue.add({Stamp::of_nanos(at), index, 0});
    if (index % 4) expected.emplace(at, index);
  }
  queue.keep_if([](const Timer& timer) { return timer.index % 4 != 0; });
  REQUIRE(queue.size() == expected.size());
  while (!expected.empty()) take_first(queue, expected);
}

TEST_CASE("a deadline behind the end of time is the end of time") {
  const Stamp late = Stamp::of_nanos(std::numeric_limits<int64_t>::max() - 1'000'000);
  CHECK(late.after(1).nanos == std::numeric_limits<int64_t>::max());
  CHECK(late.after(2).nanos == std::numeric_limits<int64_t>::max());
  CHECK(late.after(std::numeric_limits<uint64_t>::max()).nanos == std::numeric_limits<int64_t>::max());
  CHECK(Stamp::of_nanos(5).after(3).nanos == 3'000'005);
}
