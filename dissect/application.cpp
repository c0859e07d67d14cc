#include "dissect/application.hpp"

#include <algorithm>

namespace wiretail::dissect {

ProtoId choose_tcp_application(const Walk& walk, uint16_t source_port, uint16_t destination_port, const Region& payload) {
  uint16_t low = std::min(source_port, destination_port), high = std::max(source_port, destination_port);
  for (uint16_t port : {low, high})
    if (ProtoId proto = walk.next.tcp_port(port); proto != kNoProto) return proto;
  for (const auto& heuristic : walk.next.tcp_heuristics())
    if (heuristic.looks_like(walk.d, payload)) return heuristic.proto;
  return kNoProto;
}

ProtoId choose_udp_application(const Walk& walk, uint16_t source_port, uint16_t destination_port, const Region& payload) {
  uint16_t low = std::min(source_port, destination_port), high = std::max(source_port, destination_port);
  for (uint16_t port : {low, high})
    if (ProtoId proto = walk.next.udp_port(port); proto != kNoProto) return proto;
  for (const auto& heuristic : walk.next.udp_heuristics())
    if (heuristic.looks_like(walk.d, payload)) return heuristic.proto;
  return kNoProto;
}

}  // namespace wiretail::dissect
