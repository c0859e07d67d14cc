// What SCTP's transmission sequence numbers count from, in each direction of an association: the number of the INIT or
// INIT ACK, or of the first data seen (`sctp.data_tsn` is relative). A table of fixed size, taken when the first association
// comes; where a new one finds no room the longest unused of its row goes, counted. One per capture thread.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace wiretail::dissect {

class SequenceBases {
 public:
  struct Direction {
    std::array<uint8_t, 32> addresses{};  // source, destination
    uint32_t ports = 0;                   // source in the upper half
    friend bool operator==(const Direction&, const Direction&) = default;
  };
  void set(const Direction& d, uint32_t base) { *find(d, true) = base; }
  const uint32_t* get(const Direction& d) { return find(d, false); }
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr uint32_t kRows = 1024, kWays = 4;
  struct Entry {
    Direction direction;
    uint32_t base = 0;
    uint64_t used = 0;  // 0: free
  };
  uint32_t* find(const Direction& d, bool add);
  std::vector<Entry> table_;
  uint64_t clock_ = 0, evicted_ = 0;
};

}  // namespace wiretail::dissect
