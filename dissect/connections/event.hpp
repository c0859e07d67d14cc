// What happened to a connection or to a transaction on it: raised by the connection table, read by the daemon, which
// decides whether a line is written. Valid until the Dissector's next call.
#pragma once
#include <cstdint>

#include "dissect/packet.hpp"

namespace wiretail::dissect {

class Connection;
class TransactionRecord;

struct ConnectionEvent {
  enum class Kind : uint8_t {
    kNew,          // conn.new: at the first packet
    kEstablished,  // conn.established: the ACK of the SYN-ACK, or the first answer
    kUpdate,       // conn.update: every update interval
    kEnd,          // conn.end: once
    kHttp,         // http: a transaction ended
    kDns,          // dns
  } kind;
  Time ts;
  Connection* connection = nullptr;
  const TransactionRecord* transaction = nullptr;  // for kHttp and kDns
  uint32_t update = 0;  // for kUpdate: its number in the connection
};

}  // namespace wiretail::dissect
