// Link-layer types as capture files name them. Used by the file source.
#pragma once
#include <cstdint>

#include "dissect/packet.hpp"

namespace wiretail::daemon {

// Whether a pcap file of this type can be read: those that Wireshark 4.0 reads, as observed with a file of each type. Many
// of them no dissector here knows; their packets are read, counted and shown as data. Others mean that a file is damaged, or
// that its packets would be misread.
bool known_link_type(uint32_t type);

// One number for what several systems numbered differently.
dissect::LinkType canonical_link_type(uint32_t type);

}  // namespace wiretail::daemon
