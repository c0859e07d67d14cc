// The rows of the `ip` table, shared by the files that emit them. RFC 791; differentiated services: RFC 2474, RFC 3168;
// options: RFC 791 §3.1, RFC 1063, RFC 1108, RFC 1393, RFC 2113, RFC 4782 and FIPS 188 (CIPSO).
#pragma once
#include "dissect/field.hpp"
#include "dissect/protocols/ds_field.hpp"
#include "dissect/protocols/ip_proto.hpp"

namespace wiretail::dissect {
class Emit;
}

namespace wiretail::dissect::ip {

constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kSetNames[] = {{0, "Not set"}, {1, "Set"}};
constexpr ValueName kYesNames[] = {{0, "No"}, {1, "Yes"}};
constexpr ValueName kOptClasses[] = {{0, "Control"}, {1, "Reserved for future use"}, {2, "Debugging and measurement"}, {3, "Reserved for future use"}};
constexpr ValueName kOptNumbers[] = {
    {0, "End of Option List (EOL)"}, {1, "No-Operation (NOP)"}, {2, "Security"}, {3, "Loose source route"}, {4, "Time stamp"}, {5, "Extended security"},
    {6, "Commercial IP security option"}, {7, "Record route"}, {8, "Stream identifier"}, {9, "Strict source route"}, {10, "Experimental Measurement"},
    {11, "MTU probe"}, {12, "MTU Reply"}, {13, "Experimental Flow Control"}, {14, "Experimental Access Control"}, {15, "Ask Estrin"},
    {16, "IMI Traffic Descriptor"}, {17, "Extended Internet Protocol"}, {18, "Traceroute"}, {19, "Address Extension"}, {20, "Router Alert"},
    {21, "Selective Directed Broadcast"}, {22, "Unassigned"}, {23, "Dynamic Packet State"}, {24, "Upstream Multicast Packet"}, {25, "Quick-Start"},
    {30, "RFC 3692-style experiment"}};
constexpr ValueName kRouterAlerts[] = {{0, "Router shall examine packet"}, {1, "Reserved", 65535}};
constexpr ValueName kQsFunctions[] = {{0, "Rate request"}, {8, "Rate report"}};
constexpr ValueName kQsRates[] = {
    {0, "0 bit/s"}, {1, "80 Kbit/s"}, {2, "160 Kbit/s"}, {3, "320 Kbit/s"}, {4, "640 Kbit/s"}, {5, "1.28 Mbit/s"}, {6, "2.56 Mbit/s"}, {7, "5.12 Mbit/s"},
    {8, "10.24 Mbit/s"}, {9, "20.48 Mbit/s"}, {10, "40.96 Mbit/s"}, {11, "81.92 Mbit/s"}, {12, "163.84 Mbit/s"}, {13, "327.68 Mbit/s"},
    {14, "655.36 Mbit/s"}, {15, "1.31072 Gbit/s"}};
constexpr ValueName kSecurities[] = {
    {0x0000, "Unclassified"}, {0x135e, "Reserved"}, {0x24bd, "Reserved"}, {0x35e2, "Reserved"}, {0x4d78, "Reserved"}, {0x5e26, "PROG"}, {0x6bc5, "Top secret"},
    {0x789a, "EFTO"}, {0x89af, "Reserved"}, {0x9af1, "Reserved"}, {0xaf13, "Restricted"}, {0xbc4d, "MMMM"}, {0xc4d6, "Reserved"}, {0xd788, "Secret"},
    {0xe26b, "Reserved"}, {0xf135, "Confidential"}};
constexpr ValueName kSecLevels[] = {{0x01, "Reserved 4"}, {0x3d, "Top secret"}, {0x5a, "Secret"}, {0x66, "Reserved 3"}, {0x96, "Confidential"},
                                    {0xab, "Unclassified"}, {0xcc, "Reserved 2"}, {0xf1, "Reserved 1"}};
constexpr ValueName kPresentNames[] = {{0, "Datagram not protected in accordance with its rules"}, {1, "Datagram protected in accordance with its rules"}};
constexpr ValueName kFtiNames[] = {{0, "Final octet"}, {1, "Additional octet present"}};
constexpr ValueName kCipsoTags[] = {{0, "Padding"}, {1, "Restrictive Category Bitmap"}, {2, "Enumerated Categories"}, {5, "Ranged Categories"},
                                    {6, "Permissive Categories"}, {7, "Free Form"}};
constexpr ValueName kTimeFlags[] = {{0, "Time stamps only"}, {1, "Time stamp and address"}, {3, "Time stamps for prespecified addresses"}};

// What -V says of them (ip.cpp).
void show_offset(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_version(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_header_length(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_services(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_fragmentation(std::string& text, const Dissection& packet, const Occurrence& occurrence);
// " (DSCP: CS0, ECN: Not-ECT)".
// `ip.len`: of a header that says 0 (segmentation offload), what there is.
bool total_length(Dissection& packet, const LayerRef& layer, Value& value);
bool plain_total_length(const PlainHeaders& headers, uint64_t& value);
void append_services(std::string& out, uint8_t field);

enum Row : unsigned {
  kVersion, kHdrLen, kDsfield, kDscp, kEcn, kLen, kId, kFlags, kFlagsRb, kFlagsDf, kFlagsMf, kFragOffset, kTtl,
  kProto, kChecksum, kChecksumStatus, kSrc, kDst, kAddr, kSrcHost, kDstHost, kHost, kOptType, kOptCopy, kOptClass,
  kOptNumber, kOptLen, kOptPtr, kOptSid, kOptMtu, kOptIdNumber, kOptOhc, kOptRhc, kOptOriginator, kOptRa, kOptAddr,
  kOptPadding, kQsFunc, kQsRate, kQsTtl, kQsTtlDiff, kQsUnused, kQsNonce, kQsReserved, kSecurity, kCompartments,
  kHandling, kTransmission, kSecLevel, kSecFlags, kSecGenser, kSecSiop, kSecSci, kSecNsa, kSecDoe, kSecUnassigned,
  kSecFti, kExtSecCode, kExtSecInfo, kRecRt, kRecRtHost, kCurRt, kCurRtHost, kSrcRt, kSrcRtHost, kEmptyRt,
  kEmptyRtHost, kCipsoDoi, kCipsoTag, kCipsoLevel, kCipsoCategories, kCipsoData, kOptOverflow, kOptFlag, kTimeStamp,
  kTimeStampAddr, kOptLenInvalid, kPtrBefore, kPtrMiddle, kSuboptTooLong, kNop, kBogusLength, kBogusVersion,
  kBogusHeaderLength, kTtlLncb, kTtlTooSmall, kCipsoMalformed, kFragments, kFragment, kFragmentOverlap,
  kFragmentConflict, kFragmentTails, kFragmentTooLong, kFragmentError, kFragmentCount, kReassembledLength,
  kReassembledData,
  kItemEol, kItemNop, kItemSecurity, kItemRoute, kItemTimestamp, kItemExtSecurity, kItemCipso, kItemRecordRoute,
  kItemSid, kItemSourceRoute, kItemMtuProbe, kItemMtuReply, kItemTraceroute, kItemRouteralert, kItemSdb, kItemQs
};

constexpr FieldRow kRows[] = {
    {.name = "ip.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .flags = kElsewhere, .show = show_version},
    {.name = "ip.hdr_len", .label = "Header Length", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Header length in 32-bit words", .unit = " bytes", .show = show_header_length},
    {.name = "ip.dsfield", .label = "Differentiated Services Field", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1,1), .show = show_services},
    {.name = "ip.dsfield.dscp", .label = "Differentiated Services Codepoint", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .mask = 0xfc, .names = kDscpNames},
    {.name = "ip.dsfield.ecn", .label = "Explicit Congestion Notification", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .mask = 0x3, .names = kEcnNames},
    {.name = "ip.len", .label = "Total Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kSummary, .direct = total_length, .plain = plain_total_length, .item = at(2, 2)},
    {.name = "ip.id", .label = "Identification", .type = FieldType::kUint16, .base = Base::kHexDec, .fixed = at(4,2)},
    {.name = "ip.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(6,1), .mask = 0xe0, .blurb = "Flags (3 bits)", .show = show_fragmentation},
    {.name = "ip.flags.rb", .label = "Reserved bit", .type = FieldType::kBoolean, .fixed = at(6,1), .mask = 0x80, .names = kSetNames, .bits = 8},
    {.name = "ip.flags.df", .label = "Don't fragment", .type = FieldType::kBoolean, .fixed = at(6,1), .mask = 0x40, .names = kSetNames, .bits = 8},
    {.name = "ip.flags.mf", .label = "More fragments", .type = FieldType::kBoolean, .fixed = at(6,1), .mask = 0x20, .names = kSetNames, .bits = 8},
    {.name = "ip.frag_offset", .label = "Fragment Offset", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(6,2), .mask = 0x1fff, .blurb = "Fragment offset (13 bits)", .show = show_offset},
    {.name = "ip.ttl", .label = "Time to Live", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(8,1), .flags = kSummary},
    {.name = "ip.proto", .label = "Protocol", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(9,1), .names = ip_proto::kNames, .flags = kInvariant},
    {.name = "ip.checksum", .label = "Header Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(10,2)},
    {.name = "ip.checksum.status", .label = "Header checksum status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "ip.src", .label = "Source Address", .type = FieldType::kIpv4, .fixed = at(12,4), .flags = kSummary | kInvariant},
    {.name = "ip.dst", .label = "Destination Address", .type = FieldType::kIpv4, .fixed = at(16,4), .flags = kSummary | kInvariant},
    {.name = "ip.addr", .label = "Source or Destination Address", .type = FieldType::kIpv4, .fixed = at_both(12,16,4), .flags = kHidden | kMulti | kInvariant},
    {.name = "ip.src_host", .label = "Source Host", .type = FieldType::kString, .flags = kHidden | kGenerated},
    {.name = "ip.dst_host", .label = "Destination Host", .type = FieldType::kString, .flags = kHidden | kGenerated},
    {.name = "ip.host", .label = "Source or Destination Host", .type = FieldType::kString, .flags = kHidden | kGenerated | kMulti},
    {.name = "ip.opt.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.type.copy", .label = "Copy on fragmentation", .type = FieldType::kBoolean, .mask = 0x80, .names = kYesNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.type.class", .label = "Class", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x60, .names = kOptClasses, .flags = kMulti},
    {.name = "ip.opt.type.number", .label = "Number", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x1f, .names = kOptNumbers, .flags = kMulti},
    {.name = "ip.opt.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.ptr", .label = "Pointer", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.sid", .label = "Stream Identifier", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti, .blurb = "SATNET stream identifier"},
    {.name = "ip.opt.mtu", .label = "MTU", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.id_number", .label = "ID Number", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.ohc", .label = "Outbound Hop Count", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.rhc", .label = "Return Hop Count", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.originator", .label = "Originator IP Address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.opt.ra", .label = "Router Alert", .type = FieldType::kUint16, .base = Base::kDec, .names = kRouterAlerts, .flags = kMulti},
    {.name = "ip.opt.addr", .label = "IP Address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.opt.padding", .label = "Padding", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "ip.opt.qs_func", .label = "Function", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0, .names = kQsFunctions, .flags = kMulti},
    {.name = "ip.opt.qs_rate", .label = "Rate", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf, .names = kQsRates, .flags = kMulti},
    {.name = "ip.opt.qs_ttl", .label = "QS TTL", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.qs_ttl_diff", .label = "TTL Diff", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "ip.opt.qs_unused", .label = "Not Used", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.qs_nonce", .label = "QS Nonce", .type = FieldType::kUint32, .base = Base::kHex, .mask = 0xfffffffc, .flags = kMulti},
    {.name = "ip.opt.qs_reserved", .label = "Reserved", .type = FieldType::kUint32, .base = Base::kHex, .mask = 0x3, .flags = kMulti},
    {.name = "ip.opt.sec_rfc791_sec", .label = "Security", .type = FieldType::kUint16, .base = Base::kHex, .names = kSecurities, .flags = kMulti},
    {.name = "ip.opt.sec_rfc791_comp", .label = "Compartments", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.sec_rfc791_hr", .label = "Handling Restrictions", .type = FieldType::kString, .flags = kMulti},
    {.name = "ip.opt.sec_rfc791_tcc", .label = "Transmission Control Code", .type = FieldType::kString, .flags = kMulti},
    {.name = "ip.opt.sec_cl", .label = "Classification Level", .type = FieldType::kUint8, .base = Base::kHex, .names = kSecLevels, .flags = kMulti},
    {.name = "ip.opt.sec_prot_auth_flags", .label = "Protection Authority Flags", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti},
    {.name = "ip.opt.sec_prot_auth_genser", .label = "GENSER", .type = FieldType::kBoolean, .mask = 0x80, .names = kPresentNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.sec_prot_auth_siop_esi", .label = "SIOP-ESI", .type = FieldType::kBoolean, .mask = 0x40, .names = kPresentNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.sec_prot_auth_sci", .label = "SCI", .type = FieldType::kBoolean, .mask = 0x20, .names = kPresentNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.sec_prot_auth_nsa", .label = "NSA", .type = FieldType::kBoolean, .mask = 0x10, .names = kPresentNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.sec_prot_auth_doe", .label = "DOE", .type = FieldType::kBoolean, .mask = 0x8, .names = kPresentNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.sec_prot_auth_unassigned", .label = "Unassigned", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x6, .flags = kMulti},
    {.name = "ip.opt.sec_prot_auth_fti", .label = "Field Termination Indicator", .type = FieldType::kBoolean, .mask = 0x1, .names = kFtiNames, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.ext_sec_add_sec_info_format_code", .label = "Additional Security Info Format Code", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti},
    {.name = "ip.opt.ext_sec_add_sec_info", .label = "Additional Security Info", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "ip.rec_rt", .label = "Recorded Route", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.rec_rt_host", .label = "Recorded Route Host", .type = FieldType::kString, .flags = kMulti | kHidden | kGenerated},
    {.name = "ip.cur_rt", .label = "Current Route", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.cur_rt_host", .label = "Current Route Host", .type = FieldType::kString, .flags = kMulti | kHidden | kGenerated},
    {.name = "ip.src_rt", .label = "Source Route", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.src_rt_host", .label = "Source Route Host", .type = FieldType::kString, .flags = kMulti | kHidden | kGenerated},
    {.name = "ip.empty_rt", .label = "Empty Route", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.empty_rt_host", .label = "Empty Route Host", .type = FieldType::kString, .flags = kMulti | kHidden | kGenerated},
    {.name = "ip.cipso.doi", .label = "DOI", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.cipso.tag_type", .label = "Tag Type", .type = FieldType::kUint8, .base = Base::kDec, .names = kCipsoTags, .flags = kMulti},
    {.name = "ip.cipso.sensitivity_level", .label = "Sensitivity Level", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.cipso.categories", .label = "Categories", .type = FieldType::kString, .flags = kMulti},
    {.name = "ip.cipso.tag_data", .label = "Tag data", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "ip.opt.overflow", .label = "Overflow", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0, .flags = kMulti},
    {.name = "ip.opt.flag", .label = "Flag", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xf, .names = kTimeFlags, .flags = kMulti},
    {.name = "ip.opt.time_stamp", .label = "Time stamp", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.time_stamp_addr", .label = "Address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "ip.opt.len.invalid", .label = "Invalid length for option", .type = FieldType::kNone, .flags = kExpert | kMulti},
    {.name = "ip.opt.ptr.before_address", .label = "Pointer points before first address", .type = FieldType::kNone, .flags = kExpert | kMulti},
    {.name = "ip.opt.ptr.middle_address", .label = "Pointer points to middle of address", .type = FieldType::kNone, .flags = kExpert | kMulti},
    {.name = "ip.subopt_too_long", .label = "Suboption would go past end of option", .type = FieldType::kNone, .flags = kExpert | kMulti},
    {.name = "ip.nop", .label = "4 NOP in a row - a router may have removed some options", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ip.bogus_ip_length", .label = "Bogus IP length", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ip.bogus_ip_version", .label = "Bogus IP version", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ip.bogus_header_length", .label = "Bogus IP header length", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ip.ttl.lncb", .label = "Time To Live", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ip.ttl.too_small", .label = "Time To Live", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ip.cipso.malformed", .label = "Malformed CIPSO tag", .type = FieldType::kNone, .flags = kExpert | kMulti},
    {.name = "ip.fragments", .label = "IPv4 Fragments", .type = FieldType::kBytes, .flags = kGenerated},
    {.name = "ip.fragment", .label = "IPv4 Fragment", .type = FieldType::kFrameNum, .flags = kGenerated | kMulti},
    {.name = "ip.fragment.overlap", .label = "Fragment overlap", .type = FieldType::kBoolean, .flags = kGenerated | kMulti, .blurb = "Fragment overlaps with other fragments"},
    {.name = "ip.fragment.overlap.conflict", .label = "Conflicting data in fragment overlap", .type = FieldType::kBoolean, .flags = kGenerated | kMulti, .blurb = "Overlapping fragments contained conflicting data"},
    {.name = "ip.fragment.multipletails", .label = "Multiple tail fragments found", .type = FieldType::kBoolean, .flags = kGenerated | kMulti, .blurb = "Several tails were found when defragmenting the packet"},
    {.name = "ip.fragment.toolongfragment", .label = "Fragment too long", .type = FieldType::kBoolean, .flags = kGenerated | kMulti, .blurb = "Fragment contained data past end of packet"},
    {.name = "ip.fragment.error", .label = "Defragmentation error", .type = FieldType::kFrameNum, .flags = kGenerated | kMulti, .blurb = "Defragmentation error due to illegal fragments"},
    {.name = "ip.fragment.count", .label = "Fragment count", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated},
    {.name = "ip.reassembled.length", .label = "Reassembled IPv4 length", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated, .blurb = "The total length of the reassembled payload"},
    {.name = "ip.reassembled.data", .label = "Reassembled IPv4 data", .type = FieldType::kBytes, .flags = kGenerated, .blurb = "The reassembled payload"},
    {.name = "ip.options.eol", .label = "IP Option - End of Options List (EOL)", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "End of Options List (EOL)"},
    {.name = "ip.options.nop", .label = "IP Option - No-Operation (NOP)", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "No Operation (NOP)"},
    {.name = "ip.options.security", .label = "IP Option - Security", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Security"},
    {.name = "ip.options.route", .label = "IP Option - Loose Source Route", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Loose Source Route"},
    {.name = "ip.options.timestamp", .label = "IP Option - Time Stamp", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Time Stamp"},
    {.name = "ip.options.ext_security", .label = "IP Option - Extended Security", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Extended Security"},
    {.name = "ip.options.cipso", .label = "IP Option - Commercial Security", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Commercial Security"},
    {.name = "ip.options.record_route", .label = "IP Option - Record Route", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Record Route"},
    {.name = "ip.options.sid", .label = "IP Option - Stream ID", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Stream ID"},
    {.name = "ip.options.source_route", .label = "IP Option - Strict Source Route", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Strict Source Route"},
    {.name = "ip.options.mtu_probe", .label = "IP Option - MTU Probe", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "MTU Probe"},
    {.name = "ip.options.mtu_reply", .label = "IP Option - MTU Reply", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "MTU Reply"},
    {.name = "ip.options.traceroute", .label = "IP Option - Traceroute", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Traceroute"},
    {.name = "ip.options.routeralert", .label = "IP Option - Router Alert", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Router Alert"},
    {.name = "ip.options.sdb", .label = "IP Option - Selective Directed Broadcast", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Selective Directed Broadcast"},
    {.name = "ip.options.qs", .label = "IP Option - Quick-Start", .type = FieldType::kBytes, .flags = kOption | kMulti, .blurb = "Quick-Start"},
};

// The options between the fixed header and `header`, all of which is present. False: one is cut short by its own length,
// and Wireshark goes no further with the packet.
bool options_sound(const uint8_t* ip, uint32_t header);
void emit_options(Emit& emit, uint32_t header);
// A source route that is not finished: the header's destination is its next stop, `end` is where it ends.
bool route_end(const uint8_t* ip, uint32_t header, uint32_t& end);

}  // namespace wiretail::dissect::ip
