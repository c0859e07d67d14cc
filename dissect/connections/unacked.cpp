#include "dissect/connections/unacked.hpp"

#include <algorithm>

namespace wiretail::dissect {
namespace {

bool before(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }
bool at_most(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) <= 0; }

}  // namespace

bool UnackedPool::add(UnackedList list, uint32_t seq, uint32_t next_seq, uint64_t frame, Stamp time) {
  if (list.size >= kMaxList || used_ >= max_) {
    ++refused_;
    return false;
  }
  uint32_t index = free_;
  if (index) {
    free_ = nodes_[index].newer;
  } else {
    index = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  Unacked& u = nodes_[index];
  u.seq = seq, u.next_seq = next_seq, u.frame = frame, u.time = time;
  u.base_seq = list.base_seq, u.lowest = seq - list.base_seq, u.highest = next_seq - list.base_seq;
  u.ascending = 1, u.newer = index & 0x7fffffffu;
  if (list.size) {
    extent(list);
    Unacked& last = nodes_[list.newest];
    u.lowest = std::min(u.lowest, last.lowest), u.highest = std::max(u.highest, last.highest);
    u.ascending = last.ascending && !before(seq, last.next_seq);
    u.newer = last.newer, last.newer = index & 0x7fffffffu;
  }
  list.newest = index;
  ++list.size;
  ++used_;
  return true;
}

void UnackedPool::clear(UnackedList list) {
  if (!list.size) return;
  Unacked& last = nodes_[list.newest];
  const uint32_t first = last.newer;
  last.newer = free_ & 0x7fffffffu, free_ = first;  // the list as it is
  used_ -= list.size;
  list.newest = 0, list.size = 0;
}

void UnackedPool::measure(UnackedList list) {
  Unacked& last = nodes_[list.newest];
  last.base_seq = list.base_seq, last.lowest = UINT32_MAX, last.highest = 0, last.ascending = 1;
  const Unacked* earlier = nullptr;
  for (uint32_t at = last.newer, n = list.size; n; --n, at = nodes_[at].newer) {
    const Unacked& u = nodes_[at];
    last.lowest = std::min(last.lowest, u.seq - list.base_seq), last.highest = std::max(last.highest, u.next_seq - list.base_seq);
    if (earlier && before(u.seq, earlier->next_seq)) last.ascending = 0;
    earlier = &u;
  }
}

const Unacked& UnackedPool::extent(UnackedList list) {
  if (nodes_[list.newest].base_seq != list.base_seq) measure(list);  // numbers count from another one now
  return nodes_[list.newest];
}

bool UnackedPool::acknowledge(UnackedList list, uint32_t ack, Unacked& ended) {
  if (!list.size) return false;
  extent(list);
  Unacked& last = nodes_[list.newest];
  constexpr uint32_t kHalf = 0x80000000u;
  if (last.highest >= kHalf) return acknowledge_each(list, ack, ended);  // numbers that go round
  const uint32_t relative = ack - list.base_seq;
  if (relative <= last.lowest) return false;  // as it was said before
  if (!last.ascending || relative >= kHalf) return acknowledge_each(list, ack, ended);
  // From the oldest on, as far as it goes.
  bool found = false;
  while (true) {
    const uint32_t first = last.newer;
    Unacked& u = nodes_[first];
    if (!at_most(u.next_seq, ack)) {
      if (before(u.seq, ack)) u.seq = ack;
      last.lowest = u.seq - list.base_seq;
      return found;
    }
    if (u.next_seq == ack && !found) found = true, ended = u;
    const uint32_t second = u.newer;
    give_back(first);
    if (--list.size == 0) return list.newest = 0, found;
    last.newer = second & 0x7fffffffu;
  }
}

// Where nothing is known of the order.
bool UnackedPool::acknowledge_each(UnackedList list, uint32_t ack, Unacked& ended) {
  bool found = false;
  uint32_t at = nodes_[list.newest].newer, first = 0, last = 0;
  for (uint32_t n = list.size; n; --n) {
    Unacked& u = nodes_[at];
    const uint32_t next = u.newer;
    if (at_most(u.next_seq, ack)) {
      if (u.next_seq == ack && !found) found = true, ended = u;
      give_back(at);
      --list.size;
    } else {
      if (before(u.seq, ack)) u.seq = ack;
      if (last) nodes_[last].newer = at & 0x7fffffffu;
      else first = at;
      last = at;
    }
    at = next;
  }
  list.newest = last;
  if (!last) return found;
  nodes_[last].newer = first & 0x7fffffffu;
  measure(list);
  return found;
}

}  // namespace wiretail::dissect
