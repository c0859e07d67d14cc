#include "dissect/plain_headers.hpp"

#include <algorithm>

#include "dissect/protocols/openflow.hpp"
#include "dissect/registry.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

PlainHeaders::Known::Known() {
  const Registry& registry = Registry::get();
  const auto protocols = registry.protocols();
  using Kind = Over::Kind;
  for (size_t i = 0; i < protocols.size(); ++i) {
    const ProtocolDef& protocol = *protocols[i];
    // Whatever is recognised by its looks, on any port: no packet is plain then.
    for (const Over& over : protocol.over)
      if ((over.kind == Kind::kTcpHeuristic || over.kind == Kind::kUdpHeuristic) && !protocol.application) tunnels.fill(~uint64_t{0});
    const bool above = std::any_of(protocol.over.begin(), protocol.over.end(), [](const Over& over) {
      return over.kind == Kind::kTcpPort || over.kind == Kind::kUdpPort || over.kind == Kind::kTcpHeuristic || over.kind == Kind::kUdpHeuristic;
    });
    if (!above && !protocol.over.empty() && !protocol.application && !protocol.pseudo) below_applications.add(static_cast<ProtoId>(i));
  }
  below_applications.add(id::kFrame);
  for (auto [proto, header] : {std::pair(id::kFrame, kFrame), {id::kEth, kFrame}, {id::kVlan, kVlan}, {id::kIp, kIpv4}, {id::kIpv6, kIpv6}, {id::kUdp, kUdp}, {id::kTcp, kTcp}}) place[proto] = header;
  const NextTables& next = NextTables::get();
  for (uint32_t port = 0; port < 65536; ++port)
    for (ProtoId proto : {next.tcp_port(static_cast<uint16_t>(port)), next.udp_port(static_cast<uint16_t>(port))})
      if (proto != kNoProto && !registry.protocol(proto).application) tunnels[port >> 6] |= uint64_t{1} << (port & 63);
  for (uint16_t port : openflow::kPorts) tunnels[port >> 6] |= uint64_t{1} << (port & 63);
}

const PlainHeaders::Known& PlainHeaders::known() {
  static const Known known;
  return known;
}

}  // namespace wiretail::dissect
