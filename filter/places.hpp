// Where a protocol above TCP or UDP can lie: on which transport, at which ports. Flow conditions and the kernel filter are
// derived from it: what is not at one of these places has no field of the protocol. And which protocols share fields. Read from the registry's tables (`Over`),
// while filters are compiled; never fails.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dissect/registry.hpp"

namespace wiretail::filter {

struct Places {
  bool any_tcp = false, any_udp = false;          // at any port: it is recognised by what it looks like
  std::vector<uint16_t> tcp_ports, udp_ports;     // sorted, each once; the port of either end. Empty if at any port
  bool beside = false;                            // also above IP, where neither TCP nor UDP is
};

// nullopt: it may lie elsewhere too, or anywhere (`data`, and whatever carries frames).
std::optional<Places> places_of(dissect::ProtoId proto);

// The protocols that have fields of `proto`'s table: itself, first, and those that emit its rows (mDNS has DNS's).
const std::vector<dissect::ProtoId>& protocols_with_rows_of(dissect::ProtoId proto);

}  // namespace wiretail::filter
