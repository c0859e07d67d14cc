// Which application a transport's payload is: by port as Wireshark assigns them (the lower port first), then by looks. Used
// by the connection trackers. No state.
#pragma once
#include "dissect/walk.hpp"

namespace wiretail::dissect {

// kNoProto: nobody claims it; it is `data`.
ProtoId choose_tcp_application(const Walk& walk, uint16_t source_port, uint16_t destination_port, const Region& payload);
ProtoId choose_udp_application(const Walk& walk, uint16_t source_port, uint16_t destination_port, const Region& payload);

}  // namespace wiretail::dissect
