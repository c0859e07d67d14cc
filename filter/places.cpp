#include "filter/places.hpp"

#include <algorithm>

namespace wiretail::filter {

std::optional<Places> places_of(dissect::ProtoId proto) {
  using Kind = dissect::Over::Kind;
  Places out;
  if (proto == dissect::kNoProto || proto == dissect::id::kData) return std::nullopt;
  if (proto == dissect::id::kTcp) return out.any_tcp = true, out;
  if (proto == dissect::id::kUdp) return out.any_udp = true, out;
  const auto& def = dissect::Registry::get().protocol(proto);
  if (def.over.empty()) return std::nullopt;
  for (const dissect::Over& over : def.over) switch (over.kind) {
      case Kind::kTcpHeuristic: out.any_tcp = true; break;
      case Kind::kUdpHeuristic: out.any_udp = true; break;
      case Kind::kTcpPort: out.tcp_ports.push_back(static_cast<uint16_t>(over.value)); break;
      case Kind::kUdpPort: out.udp_ports.push_back(static_cast<uint16_t>(over.value)); break;
      case Kind::kIpProto: out.beside = true; break;
      default: return std::nullopt;
    }
  if (out.any_tcp) out.tcp_ports.clear();
  if (out.any_udp) out.udp_ports.clear();
  for (auto* ports : {&out.tcp_ports, &out.udp_ports}) {
    std::sort(ports->begin(), ports->end());
    ports->erase(std::unique(ports->begin(), ports->end()), ports->end());
  }
  return out;
}

const std::vector<dissect::ProtoId>& protocols_with_rows_of(dissect::ProtoId proto) {
  static const std::vector<std::vector<dissect::ProtoId>> kAll = [] {
    const auto protocols = dissect::Registry::get().protocols();
    std::vector<std::vector<dissect::ProtoId>> all(protocols.size());
    for (size_t p = 0; p < protocols.size(); ++p) all[p].push_back(static_cast<dissect::ProtoId>(p));
    for (size_t p = 0; p < protocols.size(); ++p)
      if (protocols[p]->rows_of != dissect::kNoProto) all[protocols[p]->rows_of].push_back(static_cast<dissect::ProtoId>(p));
    return all;
  }();
  return kAll[proto];
}

}  // namespace wiretail::filter
