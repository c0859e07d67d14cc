// Names of values in ICMP, ICMPv6 and their extensions and options. Ascending. Sources: IANA's registries; wording as tshark lists it (-G values).
#pragma once
#include "dissect/field.hpp"

namespace wiretail::dissect::icmp_names {

inline constexpr ValueName kIcmpExtClass[] = {
    {1, "MPLS Label Stack Class"}, {2, "Interface Information Object"}, {3, "Interface Identification Object"}};
inline constexpr ValueName kIcmpIntInfoRole[] = {
    {0, "IP interface upon which datagram arrived"}, {1, "sub-IP component of an IP interface upon which datagram arrived"},
    {2, "IP interface through which datagram would be forwarded"}, {3, "IP next-hop to which datagram would be forwarded"}};
inline constexpr ValueName kIcmpIntIdentAfi[] = {
    {0, "Reserved"}, {1, "IPv4"}, {2, "IPv6"}, {3, "NSAP"}, {4, "HDLC (8-bit multidrop)"}, {5, "BBN 1822"},
    {6, "802 (includes all 802 media plus Ethernet)"}, {7, "E.163"}, {8, "E.164 (SMDS, Frame Relay, ATM)"}, {9, "F.69 (Telex)"},
    {10, "X.121 (X.25, Frame Relay)"}, {11, "IPX"}, {12, "Appletalk"}, {13, "Decnet IV"}, {14, "Banyan Vines"}, {15, "E.164 with NSAP subaddress"},
    {16, "DNS (Domain Name System)"}, {17, "Distinguished Name"}, {18, "AS Number"}, {19, "XTP over IP version 4"}, {20, "XTP over IP version 6"},
    {21, "XTP native mode XTP"}, {22, "Fibre Channel World-Wide Port Name"}, {23, "Fibre Channel World-Wide Node Name"}, {24, "GWID"},
    {25, "Layer-2 VPN"}, {26, "MPLS-TP Section Endpoint Identifier"}, {27, "MPLS-TP LSP Endpoint Identifier"},
    {28, "MPLS-TP Pseudowire Endpoint Identifier"}, {29, "MT IP: Multi-Topology IP version 4"}, {30, "MT IPv6: Multi-Topology IP version 6"},
    {196, "Layer-2 VPN (old)"}, {16384, "EIGRP Common Service Family"}, {16385, "EIGRP IPv4 Service Family"}, {16386, "EIGRP IPv6 Service Family"},
    {16387, "LISP Canonical Address Format (LCAF)"}, {16388, "BGP-LS"}, {16389, "48-bit MAC Address"}, {16390, "64-bit MAC Address"}, {16391, "OUI"},
    {16392, "MAC/24"}, {16393, "MAC/40"}, {16394, "IPv6/64"}, {16395, "RBridge Port ID"}, {16396, "TRILL Nickname"}, {65535, "Reserved"}};
inline constexpr ValueName kIcmpv6OptPrefixValidLifetime[] = {{4294967295, "Infinity"}};
inline constexpr ValueName kIcmpv6OptRdnssLifetime[] = {{0, "RDNSS address MUST no longer be used"}, {4294967295, "Infinity"}};
inline constexpr ValueName kIcmpv6OptEfoPrf[] = {{0, "Medium"}, {1, "High"}, {2, "Reserved"}, {3, "Low"}};
inline constexpr ValueName kIcmpv6OptDnsslLifetime[] = {{0, "DNSSL domain name MUST no longer be used"}, {4294967295, "Infinity"}};
inline constexpr ValueName kIcmpv6OptPref64Plc[] = {
    {0, "96 bits prefix length"}, {1, "64 bits prefix length"}, {2, "56 bits prefix length"}, {3, "48 bits prefix length"},
    {4, "40 bits prefix length"}, {5, "32 bits prefix length"}};
inline constexpr ValueName kIcmpv6NiQtype[] = {{0, "NOOP"}, {1, "Supported query types (Obsolete)"}, {2, "Node Name"}, {3, "Node addresses"}, {4,
    "IPv4 node addresses"}};
inline constexpr ValueName kIcmpv6ExtEchoRspState[] = {{0, "Reserved"}, {1, "Incomplete"}, {2, "Reachable"}, {3, "Stale"}, {4, "Delay"}, {5, "Probe"},
    {6, "Failed"}};

}  // namespace wiretail::dissect::icmp_names
