// Protocols over TCP that are not dissected here, but whose units begin with their length: what they hold stands as `data`, a
// layer for each unit, and their segments are put together as Wireshark does it. TLS records are among them
// (tls_records.hpp). Capture thread.
#pragma once
#include <cstdint>
#include <string_view>

#include "dissect/stream.hpp"

namespace wiretail::dissect::framed {

extern const StreamDef kUnits;
// What the protocol of a connection with these ports is called; empty: none of these.
std::string_view name(uint16_t port, uint16_t other_port);

}  // namespace wiretail::dissect::framed
