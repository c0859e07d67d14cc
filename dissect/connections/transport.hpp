// What state knows of a transport layer of the packet at hand: filled by the connection table when something needs it,
// read by the protocols' details. Lives in the Dissection, valid for the packet.
#pragma once
#include <cstdint>

#include "dissect/packet.hpp"

namespace wiretail::dissect {

class Connection;
struct ConnectionEvent;

struct TransportContext {
  uint8_t layer = 0;            // index in the packet's layers
  uint8_t direction = 0;        // 0: from the originator
  bool tracked = false;         // the rest is valid
  Connection* connection = nullptr;
  uint32_t stream = 0;          // `tcp.stream`, `udp.stream`
};

}  // namespace wiretail::dissect
