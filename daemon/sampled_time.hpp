// How long one step of the packet path takes, measured on every 1024th packet: nothing but a counter on the others. The
// clock's own cost is taken off. Capture thread.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace wiretail::daemon {

class SampledTime {
 public:
  void begin() {
    if ((++count_ & 1023) == 1) [[unlikely]] start();
  }
  void end() {
    if ((count_ & 1023) == 1) [[unlikely]] stop();
  }
  double mean() const { return samples_ ? total_ns_ / static_cast<double>(samples_) : 0; }

 private:
  using Clock = std::chrono::steady_clock;
  void start() {
    auto first = Clock::now();
    begun_ = Clock::now();
    clock_ns_ = std::min(clock_ns_, std::chrono::duration<double, std::nano>(begun_ - first).count());
  }
  void stop() {
    total_ns_ += std::max(0.0, std::chrono::duration<double, std::nano>(Clock::now() - begun_).count() - clock_ns_);
    ++samples_;
  }
  uint64_t count_ = 0, samples_ = 0;
  double total_ns_ = 0, clock_ns_ = 1e9;
  Clock::time_point begun_{};
};

}  // namespace wiretail::daemon
