// The rows of the `icmp` table, shared by the files that emit them. RFC 792, RFC 1256, RFC 950; extensions: RFC 4884, with
// RFC 4950 (MPLS labels), RFC 5837 (interface information) and RFC 8335 (extended echo); mobile IP: RFC 5944.
#pragma once
#include "dissect/field.hpp"
#include "dissect/protocols/icmp_names.hpp"

namespace wiretail::dissect {
class Emit;
}

namespace wiretail::dissect::icmp {

constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kTypes[] = {
    {0, "Echo (ping) reply"}, {1, "Reserved"}, {2, "Reserved"}, {3, "Destination unreachable"}, {4, "Source quench (flow control)"}, {5, "Redirect"},
    {6, "Alternate host address"}, {8, "Echo (ping) request"}, {9, "Router advertisement"}, {10, "Router solicitation"}, {11, "Time-to-live exceeded"},
    {12, "Parameter problem"}, {13, "Timestamp request"}, {14, "Timestamp reply"}, {15, "Information request"}, {16, "Information reply"},
    {17, "Address mask request"}, {18, "Address mask reply"}, {19, "Reserved (for security)"}, {30, "Traceroute"}, {31, "Datagram Conversion Error"},
    {32, "Mobile Host Redirect"}, {33, "IPv6 Where-Are-You"}, {34, "IPv6 I-Am-Here"}, {35, "Mobile Registration Request"}, {36, "Mobile Registration Reply"},
    {37, "Domain Name Request"}, {38, "Domain Name Reply"}, {39, "SKIP"}, {40, "Photuris"}, {41, "Experimental mobility protocols"},
    {42, "Extended Echo request"}, {43, "Extended Echo reply"}};
constexpr ValueName kSetNames[] = {{0, "Not set"}, {1, "Set"}};
constexpr ValueName kPresentNames[] = {{0, "Not Present"}, {1, "Present"}};
constexpr ValueName kMipTypes[] = {{0, "One byte padding extension"}, {16, "Mobility Agent Advertisement Extension"}, {19, "Prefix Lengths Extension"}, {24, "Challenge Extension"}};
constexpr ValueName kStates[] = {{0, "Reserved"}, {1, "Incomplete"}, {2, "Reachable"}, {3, "Stale"}, {4, "Delay"}, {5, "Probe"}, {6, "Failed"}};

// What -V says of them (icmp.cpp).
void show_type(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_code(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_midnight(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_response_time(std::string& text, const Dissection& packet, const Occurrence& occurrence);

enum Row : unsigned {
  kType, kCode, kChecksum, kChecksumStatus, kUnused, kReserved, kIdent, kIdentLe, kSeq, kSeqLe, kMtu, kNumAddrs,
  kAddrEntrySize, kLifetime, kPointer, kRouterAddress, kPrefLevel, kOriginate, kReceive, kTransmit, kMask, kRedirGw,
  kMipType, kMipLength, kMipPrefix, kMipSeq, kMipLife, kMipFlags, kMipR, kMipB, kMipH, kMipF, kMipM, kMipG, kMipV,
  kMipRt, kMipU, kMipX, kMipReserved, kMipCoa, kMipChallenge, kMipContent, kExt, kExtVersion, kExtRes, kExtChecksum,
  kExtChecksumStatus, kExtLength, kExtClass, kExtCtype, kExtData, kEchoSeq, kEchoReqRes, kEchoReqLocal,
  kEchoRspState, kEchoRspRes, kEchoRspActive, kEchoRspIpv4, kEchoRspIpv6, kMplsLabel, kMplsExp, kMplsS, kMplsTtl,
  kMplsData, kRole, kInfoReserved, kHasIndex, kHasAddress, kHasName, kHasMtu, kIndex, kAfi, kInfoIpv4, kInfoIpv6,
  kNameLength, kName, kInfoMtu, kIdentName, kIdentIndex, kIdentAfi, kIdentAddrLength, kIdentReserved, kIdentIpv4,
  kIdentIpv6, kRespTo, kRespTime, kDataTime, kDataTimeRelative, kLength, kLengthOriginal, kChecksumBad,
  kExtChecksumBad
};

constexpr FieldRow kRows[] = {
    {.name = "icmp.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = kTypes, .flags = kNamesShown | kSummary, .show = show_type},
    {.name = "icmp.code", .label = "Code", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .flags = kSummary, .show = show_code},
    {.name = "icmp.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2,2)},
    {.name = "icmp.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "icmp.unused", .label = "Unused", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "icmp.reserved", .label = "Reserved", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "icmp.ident", .label = "Identifier (BE)", .type = FieldType::kUint16, .base = Base::kDecHex, .blurb = "Identifier (big endian representation)"},
    {.name = "icmp.ident_le", .label = "Identifier (LE)", .type = FieldType::kUint16, .base = Base::kDecHex, .blurb = "Identifier (little endian representation)"},
    {.name = "icmp.seq", .label = "Sequence Number (BE)", .type = FieldType::kUint16, .base = Base::kDecHex, .blurb = "Sequence Number (big endian representation)"},
    {.name = "icmp.seq_le", .label = "Sequence Number (LE)", .type = FieldType::kUint16, .base = Base::kDecHex, .blurb = "Sequence Number (little endian representation)"},
    {.name = "icmp.mtu", .label = "MTU of next hop", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmp.num_addrs", .label = "Number of addresses", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "icmp.addr_entry_size", .label = "Address entry size", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "icmp.lifetime", .label = "Lifetime", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmp.pointer", .label = "Pointer", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmp.router_address", .label = "Router address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "icmp.pref_level", .label = "Preference level", .type = FieldType::kInt32, .base = Base::kDec, .flags = kMulti},
    {.name = "icmp.originate_timestamp", .label = "Originate Timestamp", .type = FieldType::kUint32, .base = Base::kDec, .show = show_midnight},
    {.name = "icmp.receive_timestamp", .label = "Receive Timestamp", .type = FieldType::kUint32, .base = Base::kDec, .show = show_midnight},
    {.name = "icmp.transmit_timestamp", .label = "Transmit Timestamp", .type = FieldType::kUint32, .base = Base::kDec, .show = show_midnight},
    {.name = "icmp.address_mask", .label = "Address Mask", .type = FieldType::kIpv4},
    {.name = "icmp.redir_gw", .label = "Gateway Address", .type = FieldType::kIpv4},
    {.name = "icmp.mip.type", .label = "Extension Type", .type = FieldType::kUint8, .base = Base::kDec, .names = kMipTypes, .flags = kMulti},
    {.name = "icmp.mip.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "icmp.mip.prefixlength", .label = "Prefix Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "icmp.mip.seq", .label = "Sequence Number", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmp.mip.life", .label = "Registration Lifetime", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmp.mip.flags", .label = "Flags", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "icmp.mip.r", .label = "Registration Required", .type = FieldType::kBoolean, .mask = 0x8000, .bits = 16, .blurb = "Registration with this FA is required"},
    {.name = "icmp.mip.b", .label = "Busy", .type = FieldType::kBoolean, .mask = 0x4000, .bits = 16, .blurb = "This FA will not accept requests at this time"},
    {.name = "icmp.mip.h", .label = "Home Agent", .type = FieldType::kBoolean, .mask = 0x2000, .bits = 16, .blurb = "Home Agent Services Offered"},
    {.name = "icmp.mip.f", .label = "Foreign Agent", .type = FieldType::kBoolean, .mask = 0x1000, .bits = 16, .blurb = "Foreign Agent Services Offered"},
    {.name = "icmp.mip.m", .label = "Minimal Encapsulation", .type = FieldType::kBoolean, .mask = 0x800, .bits = 16, .blurb = "Minimal encapsulation tunneled datagram support"},
    {.name = "icmp.mip.g", .label = "GRE", .type = FieldType::kBoolean, .mask = 0x400, .bits = 16, .blurb = "GRE encapsulated tunneled datagram support"},
    {.name = "icmp.mip.v", .label = "VJ Comp", .type = FieldType::kBoolean, .mask = 0x200, .bits = 16, .blurb = "Van Jacobson Header Compression Support"},
    {.name = "icmp.mip.rt", .label = "Reverse tunneling", .type = FieldType::kBoolean, .mask = 0x100, .bits = 16, .blurb = "Reverse tunneling support"},
    {.name = "icmp.mip.u", .label = "UDP tunneling", .type = FieldType::kBoolean, .mask = 0x80, .bits = 16, .blurb = "UDP tunneling support"},
    {.name = "icmp.mip.x", .label = "Revocation support", .type = FieldType::kBoolean, .mask = 0x40, .bits = 16, .blurb = "Registration revocation support"},
    {.name = "icmp.mip.reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x3f},
    {.name = "icmp.mip.coa", .label = "Care-Of-Address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "icmp.mip.challenge", .label = "Challenge", .type = FieldType::kBytes},
    {.name = "icmp.mip.content", .label = "Content", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "icmp.ext", .label = "ICMP Extensions", .type = FieldType::kNone, .flags = kElsewhere},
    {.name = "icmp.ext.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .flags = kElsewhere},
    {.name = "icmp.ext.res", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0xfff, .flags = kElsewhere},
    {.name = "icmp.ext.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .flags = kElsewhere},
    {.name = "icmp.ext.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kElsewhere | kGenerated},
    {.name = "icmp.ext.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.ext.class", .label = "Class", .type = FieldType::kUint8, .base = Base::kDec, .names = icmp_names::kIcmpExtClass, .flags = kElsewhere | kMulti},
    {.name = "icmp.ext.ctype", .label = "C-Type", .type = FieldType::kUint8, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.ext.data", .label = "Data", .type = FieldType::kBytes, .flags = kElsewhere | kMulti},
    {.name = "icmp.ext.echo.seq", .label = "Sequence Number", .type = FieldType::kUint8, .base = Base::kDecHex},
    {.name = "icmp.ext.echo.req.res", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xfe},
    {.name = "icmp.ext.echo.req.local", .label = "Local bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kSetNames, .bits = 8},
    {.name = "icmp.ext.echo.rsp.state", .label = "State", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xe0, .names = kStates},
    {.name = "icmp.ext.echo.rsp.res", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x18},
    {.name = "icmp.ext.echo.rsp.active", .label = "Active bit", .type = FieldType::kBoolean, .mask = 0x4, .names = kSetNames, .bits = 8},
    {.name = "icmp.ext.echo.rsp.ipv4", .label = "IPv4 bit", .type = FieldType::kBoolean, .mask = 0x2, .names = kSetNames, .bits = 8},
    {.name = "icmp.ext.echo.rsp.ipv6", .label = "IPv6 bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kSetNames, .bits = 8},
    {.name = "icmp.mpls.label", .label = "Label", .type = FieldType::kUint24, .base = Base::kDec, .mask = 0xfffff0, .flags = kElsewhere | kMulti},
    {.name = "icmp.mpls.exp", .label = "Experimental", .type = FieldType::kUint24, .base = Base::kDec, .mask = 0xe, .flags = kElsewhere | kMulti},
    {.name = "icmp.mpls.s", .label = "Stack bit", .type = FieldType::kBoolean, .mask = 0x1, .names = kSetNames, .flags = kElsewhere | kMulti, .bits = 24},
    {.name = "icmp.mpls.ttl", .label = "Time to live", .type = FieldType::kUint8, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.mpls.data", .label = "Data", .type = FieldType::kBytes, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.role", .label = "Interface Role", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xc0, .names = icmp_names::kIcmpIntInfoRole, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.reserved", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x30, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.ifindex", .label = "ifIndex", .type = FieldType::kBoolean, .mask = 0x8, .flags = kElsewhere | kMulti, .bits = 8, .blurb = "True: ifIndex of the interface included; False: ifIndex of the interface not included "},
    {.name = "icmp.int_info.ipaddr", .label = "IP Address", .type = FieldType::kBoolean, .mask = 0x4, .names = kPresentNames, .flags = kElsewhere | kMulti, .bits = 8},
    {.name = "icmp.int_info.name_present", .label = "Interface Name", .type = FieldType::kBoolean, .mask = 0x2, .names = kPresentNames, .flags = kElsewhere | kMulti, .bits = 8},
    {.name = "icmp.int_info.mtu_present", .label = "MTU", .type = FieldType::kBoolean, .mask = 0x1, .names = kPresentNames, .flags = kElsewhere | kMulti, .bits = 8},
    {.name = "icmp.int_info.index", .label = "Interface Index", .type = FieldType::kUint32, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.afi", .label = "Address Family Identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kElsewhere | kMulti, .blurb = "Address Family of the interface address"},
    {.name = "icmp.int_info.ipv4", .label = "Source", .type = FieldType::kIpv4, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.ipv6", .label = "Source", .type = FieldType::kIpv6, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.name_length", .label = "Name Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.name", .label = "Name", .type = FieldType::kString, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_info.mtu", .label = "Maximum Transmission Unit", .type = FieldType::kUint32, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_ident.name", .label = "Name", .type = FieldType::kString, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_ident.index", .label = "Interface Index", .type = FieldType::kUint32, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_ident.afi", .label = "Address Family Identifier", .type = FieldType::kUint16, .base = Base::kDec, .names = icmp_names::kIcmpIntIdentAfi, .flags = kElsewhere | kMulti, .blurb = "Address Family of the interface address"},
    {.name = "icmp.int_ident.addr_length", .label = "Address Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_ident.reserved", .label = "Reserved", .type = FieldType::kBytes, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_ident.ipv4", .label = "Address", .type = FieldType::kIpv4, .flags = kElsewhere | kMulti},
    {.name = "icmp.int_ident.ipv6", .label = "Address", .type = FieldType::kIpv6, .flags = kElsewhere | kMulti},
    {.name = "icmp.resp_to", .label = "Request frame", .type = FieldType::kFrameNum, .flags = kGenerated, .need = Need::kStream, .blurb = "The frame number of the corresponding request"},
    {.name = "icmp.resptime", .label = "Response time", .type = FieldType::kDouble, .flags = kGenerated, .need = Need::kStream, .blurb = "The time between the request and the response, in ms.", .show = show_response_time},
    {.name = "icmp.data_time", .label = "Timestamp from icmp data", .type = FieldType::kAbsoluteTime, .blurb = "The timestamp in the first 8 bytes of the icmp data"},
    {.name = "icmp.data_time_relative", .label = "Timestamp from icmp data (relative)", .type = FieldType::kRelativeTime, .flags = kGenerated, .blurb = "The timestamp of the packet, relative to the timestamp in the first 8 bytes of the icmp data"},
    {.name = "icmp.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "The length of the original datagram"},
    {.name = "icmp.length.original_datagram", .label = "Length of original datagram", .type = FieldType::kUint8, .base = Base::kDec, .flags = kGenerated, .blurb = "The length of the original datagram (length * 4)"},
    {.name = "icmp.checksum_bad", .label = "Bad checksum", .type = FieldType::kNone, .flags = kExpert},
    {.name = "icmp.ext.checksum_bad", .label = "Bad checksum", .type = FieldType::kNone, .flags = kElsewhere | kExpert},
};

// The extension structure from `at` to the end of the message.
void emit_extensions(Emit& emit, uint32_t at);
// What follows the addresses of a router advertisement.
void emit_mobile_ip(Emit& emit, uint32_t at);

}  // namespace wiretail::dissect::icmp
