#include "dissect/application.hpp"

#include <algorithm>
#include <iterator>

#include "dissect/protocols/tls_records.hpp"

namespace wiretail::dissect {
namespace {

// System ports (RFC 6335 §6) that Wireshark gives to protocols which we lack (`tshark -G decodes`): nothing is guessed there,
// or the NetBIOS name service would be taken for DNS, which it resembles. Higher ones are clients' as often. Sorted.
constexpr uint16_t kOthersUdpPorts[] = {
    7, 13, 19, 37, 49, 67, 68, 69, 88, 111, 123, 137, 138, 161, 162, 173, 177, 213, 269, 319, 320, 389, 427, 434,
    464, 473, 496, 500, 502, 513, 514, 520, 521, 524, 525, 539, 546, 547, 573, 623, 631, 646, 654, 664, 698, 699,
    701, 750, 853, 854, 910, 921, 925, 1001};
static_assert(std::is_sorted(std::begin(kOthersUdpPorts), std::end(kOthersUdpPorts)));

bool others_port(uint16_t port) { return std::binary_search(std::begin(kOthersUdpPorts), std::end(kOthersUdpPorts), port); }

}  // namespace

ProtoId choose_tcp_application(const Walk& walk, uint16_t source_port, uint16_t destination_port, const Region& payload) {
  uint16_t low = std::min(source_port, destination_port), high = std::max(source_port, destination_port);
  ProtoId other = kNoProto;
  for (uint16_t port : {low, high})
    if (ProtoId proto = walk.next.tcp_port(port); proto != kNoProto) {
      // TLS leaves alone what is none of its records.
      if (proto != id::kData || tls::looks_like(walk.d, payload)) return proto;
      other = proto;
      break;
    }
  for (const auto& heuristic : walk.next.tcp_heuristics())
    if (heuristic.looks_like(walk.d, payload)) return heuristic.proto;
  return other;
}

ProtoId choose_udp_application(const Walk& walk, uint16_t source_port, uint16_t destination_port, const Region& payload) {
  uint16_t low = std::min(source_port, destination_port), high = std::max(source_port, destination_port);
  for (uint16_t port : {low, high})
    if (ProtoId proto = walk.next.udp_port(port); proto != kNoProto) return proto;
  if (others_port(low) || others_port(high)) return kNoProto;
  for (const auto& heuristic : walk.next.udp_heuristics())
    if (heuristic.looks_like(walk.d, payload)) return heuristic.proto;
  return kNoProto;
}

}  // namespace wiretail::dissect
