#include "dissect/connections/analysis.hpp"

#include <algorithm>

#include "dissect/bytes.hpp"

namespace wiretail::dissect {
namespace {

using namespace tcp_flag;

constexpr Time kOutOfOrder{0, 3'000'000};          // without a measured round-trip time
constexpr uint32_t kFastRetransmission = 20'000;   // microseconds
constexpr uint32_t kAnyRetransmission = kNoteRetransmission | kNoteFastRetransmission | kNoteSpurious;

constexpr uint8_t kMptcpJoin = 1 << 1, kMptcpSignal = 1 << 2;  // bits of Segment::mptcp: MP_JOIN, DSS

uint16_t one_more(uint16_t count) { return static_cast<uint16_t>(std::min(count + 1, 65535)); }

class Analysis {
 public:
  Analysis(Connection& c, uint8_t direction, const Segment& segment, TransportContext& context, UnackedPool* pool)
      : connection(c), f(c.ends[direction]), r(c.ends[!direction]), s(segment), t(context), unacked(pool), notes(context.notes) {}

  void run() {
    if (!probe()) {
      windows();
      acknowledgement();
    }
    unseen_acknowledgement();
    // A SYN that comes again takes back what was expected behind a gap.
    if ((s.flags & (kSyn | kAck)) == kSyn && f.max_acked) f.next_seq = f.max_acked;
    if (occupies && !(notes & kNoteKeepAlive)) repeated();
    remember();
    acknowledged();
    in_flight();
    t.notes = notes;
    t.analysed |= notes || t.has_ack_rtt;
  }

 private:
  // RFC 9293 §3.8.6.1: one byte into a window of zero.
  bool probe() {
    if (!(s.length == 1 && s.seq == f.next_seq && r.packets && r.window == 0)) return false;
    notes |= kNoteZeroProbe;
    return true;
  }

  // Windows, gaps and keep-alives: what can be true beside anything else.
  void windows() {
    if (s.window == 0 && !control) notes |= kNoteZeroWindow;
    if (f.next_seq && seq_greater(s.seq, f.next_seq) && !(s.flags & kRst)) {
      notes |= kNoteLostSegment;
      f.lost = true;
    }
    if (s.length <= 1 && s.seq == f.next_seq - 1 && !control) notes |= kNoteKeepAlive;
    if (s.length == 0 && s.window && s.window != f.window && s.seq == f.next_seq && s.ack == f.last_ack && !control) notes |= kNoteWindowUpdate;
    uint32_t room = r.window_of_syn || r.window_scale < 0 ? r.window : uint32_t{r.window} << r.window_scale;
    if (s.length > 0 && r.window_scale != -1 && s.seq + s.length == r.last_ack + room && !control) notes |= kNoteWindowFull;
  }

  // An acknowledgement that says again what the last one said: the answer to a keep-alive or a probe, or a duplicate. Multipath TCP
  // sends its options on such ones, and they are no duplicates (RFC 8684 §3); Wireshark takes for them the first one of each end behind
  // a kind of option that is new to the connection, on whichever segment.
  void acknowledgement() {
    bool again = s.length == 0 && s.window == f.window && s.seq == f.next_seq && s.ack == f.last_ack && !control;
    if (!again) return;
    if (s.window && r.last_flags & kWasKeepAlive) {
      notes |= kNoteKeepAliveAck;
    } else if (!s.window) {
      if (r.last_flags & kWasProbe) notes |= kNoteZeroProbeAck;
    } else if (!f.mptcp_news) {
      notes |= kNoteDuplicateAck;
      f.duplicate_acks = one_more(f.duplicate_acks), f.unseen_last = false;
      t.duplicate_ack_number = f.duplicate_acks;
      t.duplicate_ack_frame = f.last_distinct_ack;
    }
  }

  // What the other end sent was not all captured.
  void unseen_acknowledgement() {
    if (!(s.flags & kAck) || !r.max_acked || !seq_greater(s.ack, r.max_acked)) return;
    t.analysed = true;
    // Beyond all that was seen it is told once, until the other end acknowledges something else.
    const bool beyond_all = r.max_acked == r.next_seq;
    if (!beyond_all || !(r.unseen_told || r.duplicate_acks)) notes |= kNoteAckLostSegment;
    if (beyond_all) r.unseen_told = r.unseen_last = true, r.duplicate_acks = 0;
    r.max_acked = r.next_seq;
  }

  // Numbers that were sent, or acknowledged, before.
  void repeated() {
    Time threshold = t.has_initial_rtt && t.initial_rtt > Time{} ? t.initial_rtt : kOutOfOrder;
    // The receiver had dropped a probe's byte: it comes again with what follows it.
    const bool probed_again = s.length > 1 && f.next_seq - 1 == s.seq;
    if (s.length > 0 && r.last_ack && seq_at_most(s.seq + s.length, r.last_ack)) {
      notes |= kNoteSpurious;
    } else if (!f.next_seq || !seq_less(s.seq, f.next_seq) || probed_again) {
      return;
    } else if ((r.duplicate_acks >= 2 || r.unseen_last) && r.last_ack == s.seq && micros - r.last_micros < kFastRetransmission) {
      notes |= kNoteFastRetransmission;
    } else if (!(s.time < f.next_seq_time.time()) && s.time - f.next_seq_time.time() < threshold && f.next_seq != next) {
      notes |= kNoteOutOfOrder;
    } else {
      notes |= kNoteRetransmission;
      Time sent = f.next_seq_time;
      uint64_t frame = f.next_seq_frame;
      if (unacked && f.unacked_size) sent = unacked->oldest(f.unacked()).time.time(), frame = unacked->oldest(f.unacked()).frame;
      t.rto = s.time - sent, t.rto_frame = frame, t.has_rto = t.rto != Time{};
    }
  }

  void remember() {
    if (occupies && unacked) unacked->add(f.unacked(), s.seq, next, s.frame, s.time);
    if (!f.next_seq || (seq_greater(next, f.next_seq) && !(notes & kNoteZeroProbe))) f.next_seq = next, f.next_seq_frame = static_cast<uint32_t>(s.frame), f.next_seq_time = s.time;
    if ((!f.max_acked || s.seq == f.max_acked) && !(notes & kNoteZeroProbe)) f.max_acked = f.next_seq;
    if (s.ack != f.last_ack) f.last_distinct_ack = static_cast<uint32_t>(s.frame), f.duplicate_acks = 0, f.unseen_told = f.unseen_last = false;
    f.last_ack = s.ack, f.last_micros = micros;
    f.window = s.window, f.window_of_syn = s.flags & kSyn;
    f.last_flags = ((notes & kNoteKeepAlive ? kWasKeepAlive : 0) | (notes & kNoteZeroProbe ? kWasProbe : 0)) & 3;
    f.mptcp_news = false;
    uint8_t kinds = s.mptcp;
    if (kinds & kMptcpJoin) kinds |= kMptcpSignal;  // what is joined has exchanged them already (RFC 8684 §3.2)
    if (kinds & ~connection.mptcp_seen) connection.mptcp_seen |= kinds, f.mptcp_news = r.mptcp_news = true;
    f.sacked = 0;
    for (unsigned i = 0; i < s.sack_count; ++i) f.sacked += s.sack[2 * i + 1] - s.sack[2 * i];
    if (notes & kAnyRetransmission) f.retransmits = one_more(f.retransmits);
    if (notes & kNoteOutOfOrder) f.out_of_order = one_more(f.out_of_order);
    if (notes & kNoteZeroWindow) f.zero_windows = one_more(f.zero_windows);
  }

  // What the other end sent and this acknowledges.
  void acknowledged() {
    r.lost = false;
    if (!unacked) return;
    if (Unacked u; unacked->acknowledge(r.unacked(), s.ack, u)) t.ack_rtt = s.time - u.time.time(), t.acks_frame = u.frame, t.has_ack_rtt = true;
  }

  void in_flight() {
    if (!unacked || !s.length || f.lost || !f.unacked_size) return;
    // By relative numbers, as Wireshark: what lies before the first one counts as far ahead.
    uint32_t first = s.seq - f.base_seq, last = next - f.base_seq;
    const Unacked& list = unacked->extent(f.unacked());
    first = std::min(first, list.lowest), last = std::max(last, list.highest);
    uint32_t bytes = last - first - r.sacked - (s.flags & (kSyn | kFin) ? 1 : 0);
    t.analysed = true;
    f.push_bytes = f.pushed ? s.length : f.push_bytes + s.length;
    f.pushed = s.flags & kPush;
    if (bytes && bytes < 2'000'000'000) t.bytes_in_flight = bytes, t.push_bytes = f.push_bytes;
  }

  static constexpr uint8_t kWasKeepAlive = 1, kWasProbe = 2;
  Connection& connection;
  Endpoint &f, &r;  // who sent this segment, and the other end
  const Segment& s;
  TransportContext& t;
  UnackedPool* unacked;  // null: nobody asks
  uint32_t notes;
  const uint32_t micros = static_cast<uint32_t>(Stamp(s.time).nanos / 1000);
  const bool control = s.flags & (kSyn | kFin | kRst);
  const bool occupies = s.length > 0 || s.flags & (kSyn | kFin);
  const uint32_t next = s.seq + s.length + (s.flags & (kSyn | kFin) ? 1 : 0);
};

// Accurate ECN (RFC 9768 §3.1.1): offered by AE, CWR and ECE on the SYN, accepted by what the answer has of them; where that was
// not seen, the option says it of what follows.
void follow_accurate_ecn(Connection& c, const Segment& s, TransportContext& t) {
  constexpr uint8_t kBoth = kEce | kCwr;
  const bool syn = s.flags & kSyn;
  t.accurate_ecn = c.accurate_ecn && !syn;
  if (syn && !(s.flags & kAck)) c.accurate_ecn_offered = s.accurate_ecn && (s.flags & kBoth) == kBoth;
  else if (syn && c.accurate_ecn_offered) c.accurate_ecn |= s.accurate_ecn ? !(s.flags & kEce) : s.flags & kCwr;
  c.accurate_ecn |= s.accurate_ecn_option;
}

// The subtype of the Multipath TCP option at `p`, as a bit; 0 for one that Wireshark does not read to its end: too short for what it
// announces, MP_CAPABLE of another length, or a subtype above 7.
uint8_t mptcp_subtype(const uint8_t* p, uint8_t size) {
  enum : uint8_t { kCapable, kJoin, kSignal, kAddAddress, kRemoveAddress, kPriority, kFail, kFastClose, kOthers };
  if (size < 3 || p[2] >> 4 >= kOthers) return 0;
  const uint8_t subtype = p[2] >> 4;
  unsigned needed = 3;
  if (subtype == kCapable && size != 12 && size != 20 && size != 22 && size != 24) return 0;
  if (subtype == kAddAddress) needed = 4;
  if (subtype == kFail || subtype == kFastClose) needed = 12;
  if (subtype == kSignal) {
    if (size < 4) return 0;
    const uint8_t flags = p[3];  // widths of the numbers: RFC 8684 §3.3
    needed = 4 + (flags & 1 ? flags & 2 ? 8 : 4 : 0) + (flags & 4 ? (flags & 8 ? 8 : 4) + 6 : 0);
  }
  return static_cast<uint8_t>(size < needed ? 0 : 1 << subtype);
}

}  // namespace

Segment read_segment(const uint8_t* p, uint32_t header, uint32_t length, uint64_t frame, Time time) {
  Segment s{};
  s.seq = be32(p + 4), s.ack = be32(p + 8), s.length = length, s.window = be16(p + 14), s.flags = p[13];
  s.window_scale = -1;
  s.frame = frame, s.time = time;
  s.cut = header < (p[12] >> 4) * 4u;
  s.accurate_ecn = p[12] & 1;
  for (uint32_t at = 20; at < header && p[at] != 0;) {
    if (p[at] == 1) {
      ++at;
      continue;
    }
    if (at + 1 >= header || p[at + 1] < 2) break;
    uint8_t kind = p[at], size = p[at + 1];
    if (at + size > header) {  // of a SACK that the snapshot length cuts, the blocks that are there count
      if (kind != 5 || !s.cut) break;
      size = static_cast<uint8_t>(header - at);
    }
    if (kind == 3 && size == 3) s.window_scale = static_cast<int8_t>(std::min<uint8_t>(p[at + 2], 14));
    if (kind == 34 && size > 2) s.fast_open = true;
    if (kind == 30) s.mptcp |= mptcp_subtype(p + at, size);
    if ((kind == 172 || kind == 174) && size <= 11 && size % 3 == 2) s.accurate_ecn_option = true;
    if (kind == 5)
      for (uint32_t i = at + 2; i + 8 <= at + size && s.sack_count < 4; i += 8, ++s.sack_count)
        s.sack[2 * s.sack_count] = be32(p + i), s.sack[2 * s.sack_count + 1] = be32(p + i + 4);
    at += size;
  }
  return s;
}

void number_segment(Connection& c, uint8_t direction, const Segment& s, TransportContext& t) {
  Endpoint &forward = c.ends[direction], &reverse = c.ends[!direction];
  if (!forward.base_set) {
    // Mid-stream the first byte has number 1, as after a SYN.
    forward.base_seq = s.flags & kSyn ? s.seq : s.seq - 1;
    forward.base_set = true;
  } else if ((s.flags & (kSyn | kAck)) == (kSyn | kAck) && s.seq != forward.base_seq) {
    // Another first number from the end that answers: numbers count from it, all else goes on.
    forward.base_seq = s.seq;
    t.notes |= kNoteReusedPorts;
  } else if ((s.flags & (kSyn | kAck)) == kSyn) {
    t.analysed = true;  // its number was known: Wireshark has looked whether the ports are used again
  }
  if (s.flags & kSyn && !(s.flags & kAck)) forward.fast_open = s.fast_open && s.length;
  if ((s.flags & (kSyn | kAck)) == (kSyn | kAck) && reverse.base_set) {
    t.fast_open_accepted = s.ack - reverse.base_seq > 1;
    t.fast_open_ignored = !t.fast_open_accepted && reverse.fast_open;
  }
  if (!reverse.base_set && s.flags & kAck) reverse.base_seq = s.ack - 1, reverse.base_set = true;
  if (s.flags & kSyn && s.window_scale < 0 && s.cut) {
    forward.window_scale = -1;  // it may have had the option
  } else if (s.flags & kSyn) {
    // Both ends must offer it; but a SYN that comes again without it takes nothing back, neither here nor there.
    if (s.window_scale >= 0) forward.window_scale = s.flags & kAck && reverse.window_scale == -2 ? static_cast<int8_t>(-2) : s.window_scale;
    else if (forward.window_scale == -1) forward.window_scale = reverse.window_scale = -2;
  }
  follow_accurate_ecn(c, s, t);
  t.base_seq = forward.base_seq, t.other_base_seq = reverse.base_seq;
  t.seq = s.seq - forward.base_seq;
  t.ack = s.flags & kAck ? s.ack - reverse.base_seq : s.ack;
  t.next_seq = t.seq + s.length + (s.flags & (kSyn | kFin) ? 1 : 0);
  bool scaled = !(s.flags & kSyn) && forward.window_scale >= 0;
  t.window = scaled ? uint32_t{s.window} << forward.window_scale : s.window;
  t.scale_factor = s.flags & kSyn ? -1 : forward.window_scale >= 0 ? 1 << forward.window_scale : forward.window_scale;
  // The option says nothing elsewhere (RFC 7323 §2.1), but Wireshark believes it from the next segment on.
  if (!(s.flags & kSyn) && s.window_scale >= 0) forward.window_scale = s.window_scale;
}

void analyse_segment(Connection& c, uint8_t direction, const Segment& s, TransportContext& t, UnackedPool* pool) {
  Analysis(c, direction, s, t, pool).run();
}

}  // namespace wiretail::dissect
