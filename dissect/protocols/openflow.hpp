// The packets in OpenFlow's messages (OpenFlow 1.0.0 §5.4.1, §5.3.6; 1.3.5 §A.4.1, §A.3.7): what a switch hands to its controller, and
// the other way. Walked with the headers, as tunnels are, so that filters find them whatever else is asked; therefore those
// alone whose message lies in one segment.
#pragma once
#include <cstdint>

#include "dissect/walk.hpp"

namespace wiretail::dissect::openflow {

inline constexpr uint16_t kPorts[] = {6633, 6653};
constexpr bool is_port(uint16_t port) { return port == kPorts[0] || port == kPorts[1]; }

// Walks the Ethernet frames in the messages at the segment's beginning.
void walk_packets(Walk& walk, Region payload);

}  // namespace wiretail::dissect::openflow
