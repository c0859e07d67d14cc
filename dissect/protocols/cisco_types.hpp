// What Cisco's HDLC framing names by a type: Ethernet types and a few of Cisco's own. Used by Cisco HDLC and Frame Relay.
#pragma once
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect::cisco_types {

inline constexpr uint16_t kClns = 0xfefe;
inline constexpr ValueName kNames[] = {
    {0x0800, "IP"}, {0x2000, "Cisco Discovery Protocol"}, {0x4242, "Spanning Tree BPDU"}, {0x6558, "Transparent Ethernet bridging"}, {0x8035, "SLARP"}, {0x8038, "DEC LanBridge"},
    {0x809b, "Appletalk"}, {0x80f3, "AARP"}, {0x8137, "Netware IPX/SPX"}, {0x86dd, "IPv6"}, {0x8847, "MPLS unicast"}, {0x8848, "MPLS multicast"}, {kClns, "OSI"}};

// ARP is not among them.
inline ProtoId proto(uint16_t type) {
  switch (type) {
    case 0x0800: case 0x86dd: case 0x8847: case 0x8848: case 0x6558: return NextTables::get().ethertype(type);
    default: return kNoProto;
  }
}

inline Next next(Walk& w, Region payload, uint16_t type) {
  ++payload.depth;
  const ProtoId above = proto(type);
  if (above != kNoProto && payload.captured()) return {above, payload};
  w.count_unsupported();
  return w.data(payload);
}

}  // namespace wiretail::dissect::cisco_types
