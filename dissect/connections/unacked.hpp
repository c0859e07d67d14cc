// Segments that were sent and not acknowledged yet, of all connections: what round-trip times, bytes in flight and the
// times of retransmissions are told from. One pool of nodes for the run, lists by index; what does not fit is not followed
// and counted. Nothing is allocated once the pool has grown to what the traffic needs. Capture thread.
// A list may hold kMaxList segments (a receiver that stalls, a capture of one direction alone), so nothing walks it for a segment but an
// acknowledgment that takes some off a list in which sequence numbers go up and down.
#pragma once
#include <cstdint>
#include <vector>

#include "dissect/connections/huge_pages.hpp"
#include "dissect/connections/stamp.hpp"

namespace wiretail::dissect {

struct Unacked {
  uint32_t seq = 0, next_seq = 0;
  uint64_t frame = 0;
  Stamp time;
  // Of the newest alone, over the whole list: by numbers relative to `base_seq` where it begins and ends, and whether each segment
  // begins where the one before ends, or behind that.
  uint32_t base_seq = 0, lowest = 0, highest = 0;
  uint32_t ascending : 1 = 1;
  uint32_t newer : 31 = 0;  // the segment sent behind it; of the newest: the oldest
};
static_assert(sizeof(Unacked) == 40);

// The list of one direction of one connection; the two numbers lie in the endpoint.
struct UnackedList {
  uint32_t& newest;
  uint16_t& size;
  uint32_t base_seq;  // what relative numbers count from
};

class UnackedPool {
 public:
  static constexpr uint16_t kMaxList = 1000;  // of one direction
  explicit UnackedPool(uint32_t max_nodes) : max_(max_nodes), nodes_(1) {}

  // False: no room.
  bool add(UnackedList list, uint32_t seq, uint32_t next_seq, uint64_t frame, Stamp time);
  void clear(UnackedList list);
  // Of a list that is not empty.
  const Unacked& oldest(UnackedList list) const { return nodes_[nodes_[list.newest].newer]; }
  // … the newest, which knows where the list begins and ends.
  const Unacked& extent(UnackedList list);
  // Takes off what ends at `ack` or before, and the bytes before it of what does not. True: a segment ended there; `ended` is the one of them
  // that was sent first.
  bool acknowledge(UnackedList list, uint32_t ack, Unacked& ended);
  uint32_t in_use() const { return used_; }
  uint64_t bytes() const { return nodes_.capacity() * sizeof(Unacked); }
  uint64_t refused() const { return refused_; }

 private:
  void measure(UnackedList list);
  bool acknowledge_each(UnackedList list, uint32_t ack, Unacked& ended);
  void give_back(uint32_t index) {
    nodes_[index].newer = free_ & 0x7fffffffu;
    free_ = index;
    --used_;
  }
  uint32_t max_, used_ = 0, free_ = 0;
  uint64_t refused_ = 0;
  std::vector<Unacked, HugePages<Unacked>> nodes_;  // [0] is no node
};

}  // namespace wiretail::dissect
