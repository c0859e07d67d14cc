// Names of values of link layers, tunnels, ARP and IPv6. Ascending. Sources: IANA's registries; wording as tshark lists it (-G values).
#pragma once
#include "dissect/field.hpp"

namespace wiretail::dissect::lower_names {

inline constexpr ValueName kArpDstDrarpErrorStatus[] = {{1, "restricted"}, {2, "no address"}, {3, "serverdown"}, {4, "moved"}, {5, "failure"}};
inline constexpr ValueName kFramePacketFlagsDirection[] = {{0, "Unknown"}, {1, "Inbound"}, {2, "Outbound"}};
inline constexpr ValueName kFramePacketFlagsReceptionType[] = {{0, "Not specified"}, {1, "Unicast"}, {2, "Multicast"}, {3, "Broadcast"}, {4,
    "Promiscuous"}};
inline constexpr ValueName kGreWccpServiceId[] = {{0, "HTTP"}};
inline constexpr ValueName kIpv6OptQsFunc[] = {{0, "Rate request"}, {8, "Rate report"}};
inline constexpr ValueName kIpv6OptQsRate[] = {
    {0, "0 bit/s"}, {1, "80 Kbit/s"}, {2, "160 Kbit/s"}, {3, "320 Kbit/s"}, {4, "640 Kbit/s"}, {5, "1.28 Mbit/s"}, {6, "2.56 Mbit/s"},
    {7, "5.12 Mbit/s"}, {8, "10.24 Mbit/s"}, {9, "20.48 Mbit/s"}, {10, "40.96 Mbit/s"}, {11, "81.92 Mbit/s"}, {12, "163.84 Mbit/s"},
    {13, "327.68 Mbit/s"}, {14, "655.36 Mbit/s"}, {15, "1.31072 Gbit/s"}};
inline constexpr ValueName kLlcDsap[] = {
    {0, "NULL LSAP"}, {1, "NULL LSAP"}, {2, "LLC Sub-Layer Management"}, {4, "SNA Path Control"}, {6, "TCP/IP"}, {8, "SNA"}, {12, "SNA"},
    {14, "PROWAY (IEC955) Network Management and Initialization"}, {16, "NetWare (unofficial?)"}, {20, "ISO Network Layer (OSLAN 1)"},
    {24, "Texas Instruments"}, {32, "ISO Network Layer (unofficial?)"}, {52, "ISO Network Layer (unofficial?)"}, {66, "Spanning Tree BPDU"},
    {78, "EIA RS-511 Manufacturing Message Service"}, {84, "ISO Network Layer (OSLAN 2)"}, {126, "ISO 8208 (X.25 over 802.2)"}, {127, "ISO 802.2"},
    {128, "XNS"}, {130, "BACnet"}, {134, "Nestar"}, {142, "PROWAY (IEC955) Active Station List Maintenance"}, {152, "ARP"}, {170, "SNAP"},
    {180, "HP JetDirect Printer"}, {186, "Banyan Vines"}, {188, "Banyan Vines"}, {224, "NetWare"}, {240, "NetBIOS"}, {244, "IBM Net Management"},
    {248, "HP Extended LLC"}, {250, "Ungermann-Bass"}, {252, "Remote Program Load"}, {254, "ISO Network Layer"}, {255, "Global LSAP"}};
inline constexpr ValueName kPwachChannelType[] = {
    {0, "Reserved"}, {1, "Management Communication Channel (MCC)"}, {2, "Signaling Communication Channel (SCC)"},
    {7, "BFD Control, PW-ACH-encapsulated (BFD Without IP/UDP Headers)"}, {10, "MPLS Direct Loss Measurement (DLM)"},
    {11, "MPLS Inferred Loss Measurement (ILM)"}, {12, "MPLS Delay Measurement (DM)"}, {13, "MPLS Direct Loss and Delay Measurement (DLM+DM)"},
    {14, "MPLS Inferred Loss and Delay Measurement (ILM+DM)"}, {33, "IPv4 packet"}, {34, "MPLS-TP CC message"}, {35, "MPLS-TP CV message"},
    {36, "Protection State Coordination Protocol (PSC)"}, {37, "On-Demand CV"}, {38, "LI"}, {39, "Pseudo-Wire OAM"}, {40, "MAC Withdraw OAM Msg"},
    {87, "IPv6 packet"}, {88, "Fault OAM"}, {32760, "Reserved for Experimental Use"}, {32761, "Reserved for Experimental Use"},
    {32762, "Reserved for Experimental Use"}, {32763, "Reserved for Experimental Use"}, {32764, "Reserved for Experimental Use"},
    {32765, "Reserved for Experimental Use"}, {32766, "Reserved for Experimental Use"}, {32767, "Reserved for Experimental Use"},
    {35074, "MPLS-TP OAM"}};
inline constexpr ValueName kPppoedTagsMetricsMdrUnits[] = {{0, "kilobits per second"}, {1, "megabits per second"}, {2, "gigabits per second"}, {3,
    "terabits per second"}};

}  // namespace wiretail::dissect::lower_names
