// Names of IP protocol numbers, as Wireshark shows them (IANA "Protocol Numbers").
#pragma once
#include "dissect/registry.hpp"

namespace wiretail::dissect::ip_proto {

inline constexpr ValueName kNames[] = {
    {0, "IPv6 Hop-by-Hop Option"}, {1, "ICMP"}, {2, "IGMP"}, {3, "GGP"}, {4, "IPIP"}, {6, "TCP"}, {8, "EGP"}, {9, "IGRP"}, {17, "UDP"}, {27, "RDP"},
    {33, "DCCP"}, {41, "IPv6"}, {43, "Routing Header for IPv6"}, {44, "Fragment Header for IPv6"}, {46, "Reservation Protocol"}, {47, "Generic Routing Encapsulation"},
    {50, "Encap Security Payload"}, {51, "Authentication Header"}, {58, "ICMPv6"}, {59, "No Next Header for IPv6"}, {60, "Destination Options for IPv6"},
    {88, "EIGRP"}, {89, "OSPF IGP"}, {94, "IPIP"}, {97, "ETHERIP"}, {103, "PIM"}, {108, "IPComp"}, {112, "VRRP"}, {115, "Layer 2 Tunneling"}, {132, "SCTP"},
    {135, "Mobile IP"}, {136, "UDPlite"}, {137, "MPLS in IP"}, {255, "Reserved"}};

inline std::string_view name(uint8_t proto) {
  std::string_view known = value_name(kNames, proto);
  return known.empty() ? "Unknown" : known;
}

}  // namespace wiretail::dissect::ip_proto
