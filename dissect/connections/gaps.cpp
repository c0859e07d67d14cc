// What of a TCP stream was never seen: numbers that the other end acknowledged and no segment brought (`missed_bytes`, `G` in the
// history). It asks for sequence numbers alone, so that it is the same whatever else is read of the stream.
#include <algorithm>

#include "dissect/connections/trackers.hpp"

namespace wiretail::dissect {

using namespace tcp_flag;

namespace {

constexpr uint32_t kFarthest = 1u << 30;  // no window is larger (RFC 7323 §2.3): what lies beyond is another connection's

// A segment that came late: what it brings is no hole any more.
void fill(std::vector<Gaps::Hole>& holes, uint32_t begin, uint32_t end) {
  for (size_t i = 0; i < holes.size();) {
    Gaps::Hole& h = holes[i];
    const uint32_t from = seq_greater(begin, h.begin) ? begin : h.begin, to = seq_less(end, h.end) ? end : h.end;
    if (!seq_less(from, to)) {
      ++i;
    } else if (from == h.begin && to == h.end) {
      holes.erase(holes.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (from == h.begin || to == h.end) {
      (from == h.begin ? h.begin : h.end) = from == h.begin ? to : from;
      ++i;
    } else {
      const Gaps::Hole rest{to, h.end};
      h.end = from;
      if (holes.size() < Gaps::kMaxHoles) holes.insert(holes.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
      i += 2;
    }
  }
}

Gaps& gaps(Connection& c, uint8_t end) {
  std::unique_ptr<Gaps>& g = held_streams(c).gaps[end];
  if (!g) g = std::make_unique<Gaps>();
  return *g;
}

// Null: there never was one.
Gaps* known_gaps(const Connection& c, uint8_t end) { return c.held ? c.held->streams().gaps[end].get() : nullptr; }

void missed(Connection& c, uint8_t end, uint32_t bytes) {
  Endpoint& e = c.ends[end];
  Gaps& g = gaps(c, end);
  e.missed_bytes += std::min(bytes, UINT32_MAX - e.missed_bytes);
  if (g.count < UINT16_MAX && History::worth_writing(++g.count)) c.history.add('G', end), c.history.mark('G', end);
}

// Behind the highest number of `end` that was seen, or acknowledged before: what is missing below it is a hole or counted.
uint32_t covered(const Connection& c, uint8_t end) {
  uint32_t most = c.ends[end].next_seq;
  const Gaps* g = known_gaps(c, end);
  for (uint32_t other : {c.ends[!end].last_ack, g ? g->told : 0})
    if (other && other - most < kFarthest) most = other;
  return most;
}

}  // namespace

// Before analysis, which moves `next_seq` and `last_ack` to this segment's.
void Trackers::follow_gaps(Connection& c, uint8_t direction, const Segment& s) {
  if (s.flags & kRst) return;  // its numbers may be anything
  const bool syn = s.flags & kSyn;
  const Endpoint &e = c.ends[direction], &other = c.ends[!direction];
  const uint32_t begin = s.seq + syn, end = begin + s.length + (s.flags & kFin ? 1 : 0);
  if (e.next_seq && !syn) {
    const uint32_t seen = covered(c, direction), ahead = begin - seen;
    if (Gaps* g = known_gaps(c, direction); g && seq_less(begin, seen)) fill(g->holes, begin, end);
    // One number alone may be a FIN that was not captured.
    if (ahead && ahead < kFarthest && (end != begin || ahead > 1)) {
      std::vector<Gaps::Hole>& holes = gaps(c, direction).holes;
      if (holes.size() < Gaps::kMaxHoles) holes.push_back({seen, begin});
    }
    // A probe's byte (RFC 9293 §3.8.6.1), which analysis does not take for sent.
    if (s.length == 1 && s.seq == e.next_seq && other.packets && other.window == 0) gaps(c, direction).told = end;
  }

  if (syn || !(s.flags & kAck) || !other.next_seq) return;
  if (Gaps* g = known_gaps(c, !direction)) {
    std::vector<Gaps::Hole>& holes = g->holes;
    size_t gone = 0;
    while (gone < holes.size() && seq_less(holes[gone].begin, s.ack)) {
      Gaps::Hole& h = holes[gone];
      const bool whole = seq_at_most(h.end, s.ack);
      const uint32_t to = whole ? h.end : s.ack;
      missed(c, !direction, to - h.begin);
      h.begin = to;
      if (!whole) break;
      ++gone;
    }
    holes.erase(holes.begin(), holes.begin() + static_cast<std::ptrdiff_t>(gone));
  }
  if (const uint32_t beyond = s.ack - covered(c, !direction); beyond > 1 && beyond < kFarthest) {
    missed(c, !direction, beyond);
    gaps(c, !direction).told = s.ack;
  }
}

}  // namespace wiretail::dissect
