// What state knows of a transport layer of the packet at hand: filled by the connection table when something needs it,
// read by the protocols' details. Lives in the Dissection, valid for the packet.
#pragma once
#include <cstdint>
#include <string_view>

#include "dissect/packet.hpp"

namespace wiretail::dissect {

class Connection;
struct ConnectionEvent;

// What sequence analysis found of a segment; Wireshark's terms (tcp.analysis.*).
enum TcpNote : uint32_t {
  kNoteRetransmission = 1 << 0,
  kNoteFastRetransmission = 1 << 1,
  kNoteSpurious = 1 << 2,
  kNoteOutOfOrder = 1 << 3,
  kNoteReusedPorts = 1 << 4,
  kNoteLostSegment = 1 << 5,
  kNoteAckLostSegment = 1 << 6,
  kNoteWindowUpdate = 1 << 7,
  kNoteWindowFull = 1 << 8,
  kNoteKeepAlive = 1 << 9,
  kNoteKeepAliveAck = 1 << 10,
  kNoteZeroProbe = 1 << 11,
  kNoteZeroWindow = 1 << 12,
  kNoteZeroProbeAck = 1 << 13,
  kNoteDuplicateAck = 1 << 14,
};

struct TransportContext {
  uint8_t layer = 0;            // index in the packet's layers
  uint8_t direction = 0;        // 0: from the originator
  bool tracked = false;         // the rest is valid
  Connection* connection = nullptr;
  uint32_t stream = 0;          // `tcp.stream`, `udp.stream`
  Time first_time, previous_time;  // of the stream, before this packet
  // ICMP and ICMPv6: the request that an echo reply answers; 0: none
  uint64_t request_frame = 0;
  Time request_time;
  // TCP
  uint8_t completeness = 0;     // what was known before this packet
  uint32_t seq = 0, ack = 0, next_seq = 0;  // relative
  uint32_t base_seq = 0, other_base_seq = 0;  // what seq, and ack and SACK edges, count from
  uint32_t window = 0;          // scaled
  int32_t scale_factor = -1;    // as tcp.window_size_scalefactor: -1 unknown, -2 not used
  uint32_t notes = 0;           // TcpNote
  uint32_t duplicate_ack_number = 0;
  uint64_t duplicate_ack_frame = 0, acks_frame = 0, rto_frame = 0;
  Time ack_rtt, rto, initial_rtt;
  bool analysed = false;           // something was found: `tcp.analysis` is there
  bool has_ack_rtt = false, has_rto = false, has_initial_rtt = false;
  bool accurate_ecn = false;       // AE, CWR and ECE are one number
  bool fin_active = false, fin_passive = false;
  bool fast_open_accepted = false, fast_open_ignored = false;  // of a SYN+ACK: what became of the SYN's data
  uint32_t bytes_in_flight = 0, push_bytes = 0;
  // Reassembly
  bool repeated_data = false;      // a retransmission: its data is shown, and not handed up
  bool overlaps_unit = false;      // bytes of a unit that is complete already
  bool segment_of_pdu = false;  // the segment's data (or its rest) belongs to a unit that is not complete
  uint32_t completing_length = 0;  // of the payload, from its start: what completed the unit that was open
  uint32_t segment_offset = 0, segment_length = 0;  // the part of the payload that is held, from the payload's start
  uint8_t reassembled_buffer = 0;  // the unit that this packet completed; 0: none
  static constexpr uint32_t kSegmentFrameBytes = 16;
  uint32_t segment_count = 0;
  const uint8_t* segment_frames = nullptr;  // segment_count times packet number (64 bits), offset, length (32)
  std::string_view preview;        // what the Info column says of a unit that is not complete
  // A row with kNoted may be there.
  bool noted() const { return notes || has_rto; }
};

}  // namespace wiretail::dissect
