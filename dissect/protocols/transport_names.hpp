// Names of values in TCP's options and SCTP. Ascending. Sources: IANA's registries; wording as tshark lists it (-G values).
#pragma once
#include "dissect/field.hpp"

namespace wiretail::dissect::transport_names {

inline constexpr ValueName kSctpParameterType[] = {
    {1, "Heartbeat info"}, {5, "IPv4 address"}, {6, "IPv6 address"}, {7, "State cookie"}, {8, "Unrecognized parameter"}, {9, "Cookie preservative"},
    {11, "Hostname address"}, {12, "Supported address types"}, {13, "Outgoing SSN reset request"}, {14, "Incoming SSN reset request"},
    {15, "SSN/TSN reset request"}, {16, "Re-configuration response"}, {17, "Add outgoing streams request"}, {18, "Add incoming streams request"},
    {32768, "ECN"}, {32770, "Random"}, {32771, "Authenticated Chunk list"}, {32772, "Requested HMAC Algorithm"}, {32776, "Supported Extensions"},
    {49152, "Forward TSN supported"}, {49153, "Add IP address"}, {49154, "Delete IP address"}, {49155, "Error cause indication"},
    {49156, "Set primary address"}, {49157, "Success report"}, {49158, "Adaptation Layer Indication"}};
inline constexpr ValueName kSctpParameterSupportedAddressType[] = {{5, "IPv4 address"}, {6, "IPv6 address"}, {11, "Hostname address"}};
inline constexpr ValueName kSctpCauseCode[] = {
    {1, "Invalid stream identifier"}, {2, "Missing mandatory parameter"}, {3, "Stale cookie error"}, {4, "Out of resource"},
    {5, "Unresolvable address"}, {6, "Unrecognized chunk type"}, {7, "Invalid mandatory parameter"}, {8, "Unrecognized parameters"},
    {9, "No user data"}, {10, "Cookie received while shutting down"}, {11, "Restart of an association with new addresses"},
    {12, "User initiated ABORT"}, {13, "Protocol violation"}, {160, "Request to delete last address"},
    {161, "Operation refused due to resource shortage"}, {162, "Request to delete source address"},
    {163, "Association Aborted due to illegal ASCONF-ACK"}, {164, "Request refused - no authorization"}, {261, "Unsupported HMAC identifier"}};
inline constexpr ValueName kTcpOptionsExperimentalExid[] = {
    {172, "TCP ACK Rate Request"}, {840, "Host ID"}, {2573, "Autonomous System Compensation"}, {3232, "Capability Option"},
    {3792, "Extended Data Offset"}, {17742, "Encryption Negotiation"}, {21283, "Service Number"}, {30188, "Timestamp Interval"},
    {44224, "Accurate ECN - Order 0"}, {44225, "Accurate ECN - Order 1"}, {44238, "Accurate ECN"},
    {58068, "Shared Memory communications over RMDA protocol"}, {63881, "Fast Open"}, {63888, "Low Latency"}};
inline constexpr ValueName kTcpOptionsMptcpSubtype[] = {
    {0, "Multipath Capable"}, {1, "Join Connection"}, {2, "Data Sequence Signal"}, {3, "Add Address"}, {4, "Remove Address"},
    {5, "Change Subflow Priority"}, {6, "TCP Fallback"}, {7, "Fast Close"}, {8, "TCP Reset"}};
inline constexpr ValueName kTcpOptionsMptcpRstReason[] = {{0, "Unspecified error"}, {1, "MPTCP-specific error"}, {2, "Lack of resources"}, {3,
    "Administratively prohibited"}, {4, "Too much outstanding data"}, {5, "Unacceptable performance"}, {6, "Middlebox interference"}};
inline constexpr ValueName kTcpOptionsQsRate[] = {
    {0, "0 bit/s"}, {1, "80 Kbit/s"}, {2, "160 Kbit/s"}, {3, "320 Kbit/s"}, {4, "640 Kbit/s"}, {5, "1.28 Mbit/s"}, {6, "2.56 Mbit/s"},
    {7, "5.12 Mbit/s"}, {8, "10.24 Mbit/s"}, {9, "20.48 Mbit/s"}, {10, "40.96 Mbit/s"}, {11, "81.92 Mbit/s"}, {12, "163.84 Mbit/s"},
    {13, "327.68 Mbit/s"}, {14, "655.36 Mbit/s"}, {15, "1.31072 Gbit/s"}};

}  // namespace wiretail::dissect::transport_names
