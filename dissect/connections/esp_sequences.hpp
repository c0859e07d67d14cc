// The last sequence number of each security association (ESP, RFC 4303), told by its parameters index alone as in Wireshark:
// what `esp.sequence-analysis.*` compares with. A table of fixed size, taken when the first packet comes; where a new
// association finds no room the longest unused of its row goes, counted. One per capture thread.
#pragma once
#include <cstdint>
#include <vector>

namespace wiretail::dissect {

class EspSequences {
 public:
  struct Last {
    uint32_t spi = 0, sequence = 0;
    uint64_t frame = 0;  // 0: none
  };
  // Notes the packet; what was known of its association before.
  Last seen(uint32_t spi, uint32_t sequence, uint64_t frame);
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr uint32_t kRows = 1024, kWays = 4;
  std::vector<Last> table_;
  uint64_t evicted_ = 0;
};

}  // namespace wiretail::dissect
