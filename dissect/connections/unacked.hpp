// Segments that were sent and not acknowledged yet, of all connections: what round-trip times, bytes in flight and the
// times of retransmissions are told from. One pool of nodes for the run, lists by index; what does not fit is not followed
// and counted. Nothing is allocated once the pool has grown to what the traffic needs. Capture thread.
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
  uint32_t older = 0;  // the segment sent before; 0: none
};

// The list of one direction of one connection, newest first; the two numbers lie in the endpoint.
struct UnackedList {
  uint32_t& newest;
  uint16_t& size;
};

class UnackedPool {
 public:
  static constexpr uint16_t kMaxList = 1000;  // of one direction
  explicit UnackedPool(uint32_t max_nodes) : max_(max_nodes), nodes_(1) {}

  // False: no room.
  bool add(UnackedList list, uint32_t seq, uint32_t next_seq, uint64_t frame, Stamp time);
  void clear(UnackedList list);
  Unacked& at(uint32_t index) { return nodes_[index]; }
  // Newest first. f returns false to take the segment off the list.
  template <class F>
  void each(UnackedList list, F&& f) {
    uint32_t* link = &list.newest;
    while (*link) {
      uint32_t index = *link;
      Unacked& u = nodes_[index];
      if (f(u)) {
        link = &u.older;
        continue;
      }
      *link = u.older;
      give_back(index);
      --list.size;
    }
  }
  uint32_t in_use() const { return used_; }
  uint64_t bytes() const { return nodes_.capacity() * sizeof(Unacked); }
  uint64_t refused() const { return refused_; }

 private:
  void give_back(uint32_t index) {
    nodes_[index].older = free_;
    free_ = index;
    --used_;
  }
  uint32_t max_, used_ = 0, free_ = 0;
  uint64_t refused_ = 0;
  std::vector<Unacked, HugePages<Unacked>> nodes_;  // [0] is no node
};

}  // namespace wiretail::dissect
