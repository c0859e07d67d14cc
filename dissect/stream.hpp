// How an application protocol lies in a TCP stream. The reassembly (connections/) asks `measure` how long the protocol
// data unit at the front of the stream is, holds the bytes until they are there, and then hands the whole unit to the
// protocol's walk: in the packet itself if it lies in one segment, else as a reassembled buffer. As in Wireshark, the
// packet that completes the unit is the one that has its fields. Runs on the capture thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dissect/connections/event.hpp"
#include "dissect/connections/stamp.hpp"
#include "dissect/packet.hpp"
#include "dissect/protocol.hpp"

namespace wiretail::dissect {

// A transaction that is over, as the subject of a filter and of a line. Lives until the Dissector's next call.
class TransactionRecord {
 public:
  virtual ~TransactionRecord() = default;
  virtual void describe(Walk& walk, const Region& nothing) const = 0;  // pushes the layer whose details read it
};
class TransactionSink {
 public:
  bool http = false, dns = false;  // which are wanted: of others no message needs to be read
  virtual ~TransactionSink() = default;
  virtual void transaction(ConnectionEvent::Kind kind, Time ts, std::unique_ptr<TransactionRecord> record) = 0;
  // One HTTP request more (1) or less (-1) waits for its response.
  virtual void waiting(int) {}
};
// How a connection ended for its application: what was held of a unit in each direction, and when.
struct StreamEnd {
  bool reset = false;
  Bytes held[2];
  uint32_t counted[2] = {};  // bytes missing from these, which were counted alone (Pdu::keep)
  Time at;
};

// What a protocol remembers of one connection (both directions): pairing of requests, body lengths. Counted against the
// memory ceiling by `bytes()`.
//
// Where transactions are wanted it also pairs requests and answers, and hands each pair to the sink when it is over.
class AppState {
 public:
  virtual ~AppState() = default;
  virtual size_t bytes() const = 0;
  // The connection ended; what has no answer will get none.
  virtual void end(const StreamEnd&, TransactionSink&) {}
  // When the oldest open transaction is given up; not set: there is none.
  virtual Stamp deadline() const { return {}; }
  virtual void expire(Time, TransactionSink&) {}
  // Bytes of a direction were lost; `held`: of a unit that had begun.
  virtual void lost(uint8_t, bool, Time, TransactionSink&) {}
};

class Connection;
struct Settings;

struct StreamContext {
  Connection* connection = nullptr;
  AppState* state = nullptr;   // made by StreamDef::make when the connection's protocol is known
  uint8_t direction = 0;       // 0: sent by the originator, 1: by the responder
  uint16_t source_port = 0, destination_port = 0;
  uint64_t frame = 0;          // number of the packet at hand
  Time time;                   // its time
  uint64_t first_frame = 0;    // the packet in which the unit began
  Time first_time;
  const Settings* settings = nullptr;
  TransactionSink* sink = nullptr;  // null: nobody wants transactions
  uint32_t seen = 0;           // so many of the bytes that measure() gets it had before, and asked for more
  bool continues = false;      // the unit stands behind another in bytes that were handed over together
  bool sized = false;          // set by measure(): the unit told its length (`tcp.pdu.size`), where StreamDef::sized leaves it open
  bool heads_alone = false;    // nobody reads more of a unit than what measure() must see again: Pdu::keep may be used
  uint32_t counted = 0;        // bytes that are missing from what is handed over, since they were counted alone
  uint64_t body = 0;           // set by measure() if there are such: bytes of the body
  bool closing = false;        // FIN (or the end of the input): no more bytes will come
  // What measure() learnt of the unit that begins at `measured`, for the walk that follows: the protocol's own.
  const uint8_t* measured = nullptr;
  alignas(8) std::array<std::byte, 256> learnt;
};

struct Pdu {
  enum class Kind : uint8_t {
    kComplete,   // `length` bytes are one unit
    kNeed,       // not all there: at least `length` bytes in all from the unit's start (0: at least one more segment)
    kUntilClose, // runs until the sender closes: held until FIN
    kNotOurs,    // this is not the protocol: the rest of this segment is plain data
  } kind = Kind::kNotOurs;
  uint32_t length = 0;
  // Of a unit that is not all there, where StreamContext::heads_alone says that this is enough: the first `keep` bytes are kept, and
  // those from `resume` on; the others are counted as they come. measure() and walk() then get what is kept, and
  // StreamContext::counted. 0: all are kept.
  uint32_t keep = 0, resume = UINT32_MAX;
};

struct StreamDef {
  std::unique_ptr<AppState> (*make)();
  // `data` begins at a unit's start; the whole of what is there (bounded by the reassembly's ceiling).
  Pdu (*measure)(StreamContext& stream, Bytes data);
  // What the Info column shows of the first segment of a unit that is not complete yet; may be null.
  std::string_view (*preview)(Bytes data) = nullptr;
  bool sized = false;  // each unit begins with its length: `tcp.pdu.size` is there
};

}  // namespace wiretail::dissect
