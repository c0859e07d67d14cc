// The numbers by which NSH and VXLAN-GPE say what follows: RFC 8300 §2.2; draft-ietf-nvo3-vxlan-gpe-12 §3.2 has the same.
// Header walk, capture thread; never fails: what is not known is counted and is data.
#pragma once
#include "dissect/walk.hpp"

namespace wiretail::dissect::nsh {

// What the number says stands at `payload`.
Next next_protocol(Walk& walk, uint8_t number, const Region& payload);

}  // namespace wiretail::dissect::nsh
