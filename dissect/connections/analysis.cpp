#include "dissect/connections/analysis.hpp"

#include <algorithm>

#include "dissect/connections/held.hpp"

namespace wiretail::dissect {
namespace {

using namespace tcp_flag;

constexpr size_t kMaxUnacked = 1000;               // of one direction; more are not followed
constexpr Time kOutOfOrder{0, 3'000'000};          // without a measured round-trip time
constexpr Time kFastRetransmission{0, 20'000'000};

HeldData& held(Connection& c) {
  if (!c.held) c.held = std::make_unique<HeldData>();
  return *c.held;
}

}  // namespace

void number_segment(Connection& c, uint8_t direction, const Segment& s, TransportContext& t) {
  Endpoint &forward = c.ends[direction], &reverse = c.ends[!direction];
  if (!forward.base_set) {
    // Mid-stream the first byte has number 1, as after a SYN.
    forward.base_seq = s.flags & kSyn ? s.seq : s.seq - 1;
    forward.base_set = true;
  }
  if (!reverse.base_set && s.flags & kAck) reverse.base_seq = s.ack - 1, reverse.base_set = true;
  if (s.flags & kSyn) {
    forward.window_scale = s.window_scale >= 0 ? s.window_scale : static_cast<int8_t>(-2);
    // Both ends must offer it.
    if (s.flags & kAck && s.window_scale < 0 && reverse.window_scale != -1) reverse.window_scale = -2;
    if (s.flags & kAck && reverse.window_scale == -2) forward.window_scale = -2;
  }
  t.base_seq = forward.base_seq, t.other_base_seq = reverse.base_seq;
  t.seq = s.seq - forward.base_seq;
  t.ack = s.flags & kAck ? s.ack - reverse.base_seq : s.ack;
  t.next_seq = t.seq + s.length + (s.flags & (kSyn | kFin) ? 1 : 0);
  bool scaled = !(s.flags & kSyn) && forward.window_scale >= 0;
  t.window = scaled ? uint32_t{s.window} << forward.window_scale : s.window;
  t.scale_factor = s.flags & kSyn ? -1 : forward.window_scale >= 0 ? 1 << forward.window_scale : forward.window_scale;
}

void analyse_segment(Connection& c, uint8_t direction, const Segment& s, TransportContext& t) {
  Endpoint &f = c.ends[direction], &r = c.ends[!direction];
  HeldData& h = held(c);
  auto &unacked = h.unacked[direction], &other_unacked = h.unacked[!direction];
  const bool control = s.flags & (kSyn | kFin | kRst);
  const uint32_t window = t.window;
  const bool f_started = f.packets > 1, r_started = r.packets > 0;  // this packet is counted already
  uint32_t notes = t.notes;

  if (s.length == 1 && f_started && s.seq == f.next_seq && r_started && r.window == 0) {
    notes |= kNoteZeroProbe;
  } else {
    if (window == 0 && !control) notes |= kNoteZeroWindow;
    if (f_started && f.next_seq && seq_greater(s.seq, f.next_seq) && !(s.flags & kRst)) notes |= kNoteLostSegment;
    if (s.length <= 1 && f_started && s.seq == f.next_seq - 1 && !control) notes |= kNoteKeepAlive;
    if (s.length == 0 && window && window != f.window && f_started && s.seq == f.next_seq && s.ack == f.last_ack && !control) notes |= kNoteWindowUpdate;
    if (s.length > 0 && r_started && r.window_scale != -1 && s.seq + s.length == r.last_ack + r.window && !control) notes |= kNoteWindowFull;
    bool repeated = s.length == 0 && f_started && window == f.window && s.seq == f.next_seq && s.ack == f.last_ack && !control;
    if (repeated && window && r.last_flags & 1) {
      notes |= kNoteKeepAliveAck;
    } else if (repeated && !window && r.last_flags & 2) {
      notes |= kNoteZeroProbeAck;
      notes &= ~static_cast<uint32_t>(kNoteZeroWindow);
    } else if (repeated && window) {
      notes |= kNoteDuplicateAck;
      t.duplicate_ack_number = f.duplicate_acks = static_cast<uint16_t>(std::min(f.duplicate_acks + 1, 65535));
      t.duplicate_ack_frame = f.last_distinct_ack;
    }
  }
  if (!(notes & kNoteDuplicateAck)) f.last_distinct_ack = static_cast<uint32_t>(s.frame), f.duplicate_acks = 0;

  if (s.flags & kAck && r.max_acked && seq_greater(s.ack, r.max_acked)) {
    notes |= kNoteAckLostSegment;
    r.max_acked = s.ack;
  }

  const uint32_t span = s.length + (s.flags & (kSyn | kFin) ? 1 : 0);
  const uint32_t next = s.seq + span;
  if ((s.length > 0 || s.flags & (kSyn | kFin)) && !(notes & (kNoteKeepAlive | kNoteZeroProbe)) && f_started && f.next_seq && seq_less(s.seq, f.next_seq)) {
    Time since_ack = s.time - r.last_ack_time.time(), since_segment = s.time - f.next_seq_time.time();
    Time threshold = c.has_rtt() && c.initial_rtt() > Time{} ? c.initial_rtt() : kOutOfOrder;
    bool acknowledged = s.length > 0 && r_started && r.last_ack && seq_at_most(s.seq + s.length, r.last_ack);
    if (acknowledged) {
      notes |= kNoteSpurious;
    } else if (r.duplicate_acks >= 2 && r.last_ack == s.seq && since_ack < kFastRetransmission) {
      notes |= kNoteFastRetransmission;
    } else if (since_segment < threshold && f.next_seq != next) {
      notes |= kNoteOutOfOrder;
    } else {
      notes |= kNoteRetransmission;
      auto original = std::find_if(unacked.begin(), unacked.end(), [&](const Unacked& u) { return u.seq == s.seq; });
      Time since = original != unacked.end() ? s.time - original->time : since_segment;
      uint64_t frame = original != unacked.end() ? original->frame : f.next_seq_frame;
      if (since.seconds || since.nanos) t.rto = since, t.rto_frame = frame, t.has_rto = true;
    }
  }

  // What this segment adds to the picture.
  if (span && !(notes & (kNoteZeroProbe | kNoteKeepAlive)) && unacked.size() < kMaxUnacked &&
      !(notes & (kNoteRetransmission | kNoteFastRetransmission | kNoteSpurious)))
    unacked.push_back({s.seq, next, s.frame, s.time});
  if (!f_started || !f.next_seq || (seq_greater(next, f.next_seq) && !(notes & kNoteZeroProbe))) {
    f.next_seq = next, f.next_seq_frame = static_cast<uint32_t>(s.frame), f.next_seq_time = s.time;
  }
  if (!f.max_acked || (s.seq == f.max_acked && !(notes & (kNoteZeroProbe | kNoteLostSegment)))) f.max_acked = next;
  if (s.flags & kAck) {
    auto keep = other_unacked.begin();
    for (const Unacked& u : other_unacked) {
      if (u.next_seq == s.ack) t.ack_rtt = s.time - u.time, t.acks_frame = u.frame, t.has_ack_rtt = true;
      if (seq_at_most(u.next_seq, s.ack)) continue;
      *keep = u;
      if (seq_less(u.seq, s.ack)) keep->seq = s.ack;
      ++keep;
    }
    other_unacked.erase(keep, other_unacked.end());
  }
  if (notes & kNoteLostSegment) f.lost = true;
  if (s.length > 0 && !unacked.empty() && !f.lost) {
    uint32_t first = unacked.front().seq, last = unacked.front().next_seq;
    for (const Unacked& u : unacked) {
      if (seq_less(u.seq, first)) first = u.seq;
      if (seq_greater(u.next_seq, last)) last = u.next_seq;
    }
    uint32_t in_flight = last - first;
    if (in_flight && in_flight < 2'000'000'000) t.bytes_in_flight = in_flight;
  }
  if (s.length > 0) {
    f.push_bytes = f.pushed ? s.length : f.push_bytes + s.length;
    f.pushed = s.flags & kPush;
    if (!f.lost) t.push_bytes = f.push_bytes;
  }
  f.last_ack = s.ack, f.last_ack_time = s.time;
  f.window = window;
  f.last_flags = static_cast<uint8_t>((notes & kNoteKeepAlive ? 1 : 0) | (notes & kNoteZeroProbe ? 2 : 0));
  t.notes = notes;
  if (notes & (kNoteRetransmission | kNoteFastRetransmission | kNoteSpurious)) ++f.retransmits;
  if (notes & kNoteOutOfOrder) f.out_of_order = static_cast<uint16_t>(std::min(f.out_of_order + 1, 65535));
  if (notes & kNoteZeroWindow) f.zero_windows = static_cast<uint16_t>(std::min(f.zero_windows + 1, 65535));
}

}  // namespace wiretail::dissect
