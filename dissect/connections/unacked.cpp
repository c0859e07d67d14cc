#include "dissect/connections/unacked.hpp"

namespace wiretail::dissect {

bool UnackedPool::add(UnackedList list, uint32_t seq, uint32_t next_seq, uint64_t frame, Stamp time) {
  if (list.size >= kMaxList || used_ >= max_) {
    ++refused_;
    return false;
  }
  uint32_t index = free_;
  if (index) {
    free_ = nodes_[index].older;
  } else {
    index = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  nodes_[index] = {seq, next_seq, frame, time, list.newest};
  list.newest = index;
  ++list.size;
  ++used_;
  return true;
}

void UnackedPool::clear(UnackedList list) {
  each(list, [](Unacked&) { return false; });
}

}  // namespace wiretail::dissect
