// One tracked connection and its two ends: what the table keeps, what analysis and events read. At most 400 bytes without
// held data (unacknowledged segments, reassembly, application state), which hangs off it and is counted apart.
// Belongs to the capture thread. Times are packet times.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "dissect/connections/history.hpp"
#include "dissect/connections/stamp.hpp"
#include "dissect/connections/unacked.hpp"
#include "dissect/packet.hpp"

namespace wiretail::dissect {

struct HeldData;  // held.hpp
struct FreeHeld {
  void operator()(HeldData* held) const;
};
class Dissection;

// An endpoint's state, as Zeek keeps it (events.md A1).
enum class EndState : uint8_t { kInactive, kSynSent, kSynAckSent, kPartial, kEstablished, kClosed, kReset };

struct Endpoint {
  // Counters of what this end sent.
  uint64_t bytes = 0, ip_bytes = 0;
  uint32_t packets = 0;
  uint32_t missed_bytes = 0;
  // Sequence analysis, under RFC 9293's terms; raw numbers.
  uint32_t base_seq = 0;          // what relative numbers count from
  uint32_t next_seq = 0;          // highest number expected next
  uint32_t next_seq_frame = 0;    // low 32 bits of the packet that set it
  uint32_t max_acked = 0;         // highest number that may be acknowledged; 0: not told
  uint32_t last_ack = 0;          // last acknowledgement sent
  uint32_t sacked = 0;            // bytes in the blocks of the last SACK sent
  uint32_t last_distinct_ack = 0; // packet of the last ACK that was no duplicate
  uint32_t push_bytes = 0;        // since the last PSH
  uint32_t fin_seq = 0;           // number of the FIN, plus one: what acknowledges it
  uint32_t history_seq = 0;       // of the last S/H, F, R written to the history
  uint32_t unacked_newest = 0;    // sent and not acknowledged: unacked()
  uint32_t last_micros = 0;       // time of the last segment, in microseconds modulo 2^32
  Stamp next_seq_time;
  uint16_t unacked_size = 0;
  uint16_t window = 0;            // last one advertised, as in the header
  uint16_t duplicate_acks = 0, out_of_order = 0, zero_windows = 0, retransmits = 0;  // they stay at 65,535
  int8_t window_scale = -1;       // -1 not seen, -2 the SYN had none
  EndState state = EndState::kInactive;
  uint8_t last_flags : 2 = 0;     // what analysis found of this end's last segment
  bool fast_open : 1 = false;     // its SYN had a cookie and data
  bool base_set : 1 = false, seen_fin : 1 = false, fin_acked : 1 = false, pushed : 1 = false;
  bool lost : 1 = false;          // a segment is missing since the other end's last: bytes in flight cannot be told
  bool window_of_syn : 1 = false; // `window` is a SYN's, which is never scaled
  bool unseen_told : 1 = false;   // the other end acknowledged more than was seen, and nothing new was acknowledged since
  bool unseen_last : 1 = false;   // … and no duplicate came since: counts as enough of them for a fast retransmission
  bool mptcp_news : 1 = false;    // `mptcp_seen` has grown since this end spoke last
  bool closes_first : 1 = false;  // sent the connection's first FIN
  UnackedList unacked() { return {unacked_newest, unacked_size, base_seq}; }
};

enum class Reason : uint8_t { kNone, kFin, kRst, kRejected, kAttemptTimeout, kIdle, kReuse, kEvicted, kShutdown };

class Connection {
 public:
  std::array<uint8_t, 16> addresses[2];  // originator, responder; IPv4 in the first four bytes
  uint16_t ports[2] = {0, 0};            // ICMP: type and code
  uint8_t protocol = 0;                  // IP protocol number
  bool v6 : 1 = false;
  bool midstream : 1 = false;            // no SYN was seen
  bool flipped : 1 = false;              // roles were inferred
  bool reused : 1 = false;               // opened on a known port pair
  bool ended : 1 = false;                // its last event was raised; only the stream's identity lives on
  bool established : 1 = false;          // conn.established was raised
  bool resumed : 1 = false;              // packets behind the end of the events: a connection of its own on the same stream
  bool in_use : 1 = false;
  bool earlier_rtt : 1 = false;          // the stream's round trip is that of an earlier connection: Trackers has it
  bool has_community_id : 1 = false;
  bool accurate_ecn : 1 = false;         // AE, CWR and ECE are one number
  bool accurate_ecn_offered : 1 = false; // by the last SYN
  uint8_t completeness = 0;              // as Wireshark's first pass has it
  uint8_t all_seen = 0;                  // the plain union of what was seen
  uint8_t icmp_code = 0;
  uint8_t app = 0xff;                    // ProtoId of the application
  Reason reason = Reason::kNone;
  uint32_t number = 0;                   // of the run, all transports: the flow id
  uint32_t stream = 0;                   // `tcp.stream`, `udp.stream`
  uint32_t tag = 0;                      // the daemon's: which filters selected it
  uint16_t interface_id = 0;
  uint8_t touched = 0;                   // the table's: the second, modulo 256, in which it was moved to the front
  uint8_t mptcp_seen = 0;                // subtypes of Multipath TCP options, one bit each, of both ends
  Stamp timer;                           // the earliest entry in the timer heap
  Stamp first;                           // of the stream
  Stamp start, last;
  Stamp syn_time, syn_ack_time, ack_time;  // of the handshake, for the round-trip times
  Endpoint ends[2];
  History history;
  std::array<char, 30> community_id{};   // its text, if has_community_id
  // The round trip SYN to ACK, and its two halves; known once the ACK was seen.
  bool has_rtt() const { return ack_time.set(); }
  Time initial_rtt() const { return ack_time.time() - syn_time.time(); }
  // False: what was seen of a handshake is that of an earlier connection on the same stream.
  bool own_handshake() const { return !resumed || !midstream; }
  std::unique_ptr<HeldData, FreeHeld> held;
  uint32_t updates = 0;                  // conn.update events so far
  uint32_t self = 0;  // index in the table
};

static_assert(sizeof(Connection) <= 400);

// Computed once per connection (events.md A5), appended as "1:…".
std::string_view community_id(Connection& connection);
inline void append_community_id(std::string& out, Connection& connection) { out += community_id(connection); }
// … of a packet: of its innermost network header that is no quotation, with ports if its transport is whole, else of the addresses
// and the protocol alone (fragments, protocols without ports). Nothing is appended if there is no such header.
void append_community_id(std::string& out, const Dissection& packet);
inline uint32_t flow_number(const Connection& connection) { return connection.number; }
std::string_view state_name(const Connection& connection);
std::string_view reason_name(Reason reason);
std::string_view protocol_name(const Connection& connection);

// Zeek's conn_state (events.md A1): a function of the two ends, the sizes and the history.
std::string_view conn_state(const Connection& connection);

}  // namespace wiretail::dissect
