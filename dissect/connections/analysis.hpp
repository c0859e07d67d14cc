// TCP sequence analysis of one segment, by the rules that Wireshark's user's guide gives ("TCP Analysis"): what a segment is
// in the light of those before it. Reads and updates the connection; the findings go into the packet's TransportContext.
#pragma once
#include "dissect/connections/connection.hpp"
#include "dissect/connections/transport.hpp"

namespace wiretail::dissect {

struct Segment {
  uint32_t seq, ack, length;  // raw numbers, payload bytes on the wire
  uint16_t window;            // as in the header
  uint8_t flags;
  int8_t window_scale;        // of a SYN's option; -1: none
  bool cut;                   // the snapshot length took the end of the options
  bool accurate_ecn;          // the flag AE
  bool accurate_ecn_option;   // has its option
  bool fast_open;             // a SYN's option holds a cookie, or asks for one with data
  uint8_t mptcp;              // subtypes 0 to 7 of its Multipath TCP options, one bit each
  uint8_t sack_count;
  uint32_t sack[8];           // left and right edges
  uint64_t frame;
  Time time;
};

namespace tcp_flag { inline constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kPush = 8, kAck = 16, kUrg = 32, kEce = 64, kCwr = 128; }

// The header at `p`, whose first `header` bytes are there.
Segment read_segment(const uint8_t* p, uint32_t header, uint32_t length, uint64_t frame, Time time);
// Base numbers, scaled windows: what relative numbers need.
void number_segment(Connection& c, uint8_t direction, const Segment& s, TransportContext& t);
// The rest: retransmissions, duplicates, windows, round-trip times. After number_segment. Without a pool unacknowledged
// segments are not followed: round trips, bytes in flight and what a retransmission waited for are not told.
void analyse_segment(Connection& c, uint8_t direction, const Segment& s, TransportContext& t, UnackedPool* pool);

// Sequence numbers compared modulo 2^32 (RFC 9293 §3.4).
inline bool seq_less(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }
inline bool seq_greater(uint32_t a, uint32_t b) { return static_cast<int32_t>(b - a) < 0; }
inline bool seq_at_most(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) <= 0; }

}  // namespace wiretail::dissect
