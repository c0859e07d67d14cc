// The rows of the `ipv6` table, shared by the files that emit them. RFC 8200; addresses that hold others: RFC 4291 §2.5.1,
// RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP), RFC 6052 (IPv4 embedded); options: RFC 2675, RFC 2711, RFC 2473,
// RFC 6275, RFC 4782, RFC 6744, RFC 6553, RFC 8250, RFC 4727.
#pragma once
#include "dissect/protocol.hpp"
#include "dissect/protocols/ds_field.hpp"
#include "dissect/protocols/ip_proto.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect::ip {  // ip.cpp: the two versions have these alike
void show_version(std::string& text, const Dissection& packet, const Occurrence& occurrence);
void show_services(std::string& text, const Dissection& packet, const Occurrence& occurrence);
}

namespace wiretail::dissect::ipv6 {

constexpr ValueName kActions[] = {{0, "Skip and continue"}, {1, "Discard"}, {2, "Discard and send ICMP Parameter Problem"}, {3, "Discard and send ICMP if not multicast"}};
constexpr ValueName kAlerts[] = {{0, "MLD"}, {1, "RSVP"}, {2, "Active Network"}};

constexpr ValueName kOptionTypes[] = {
    {0x00, "Pad1"}, {0x01, "PadN"}, {0x04, "Tunnel Encapsulation Limit"}, {0x05, "Router Alert"}, {0x07, "CALIPSO"}, {0x08, "SMF_DPD"},
    {0x0f, "Performance and Diagnostic Metrics"}, {0x1e, "Experimental (0x1E)"}, {0x26, "Quick-Start"}, {0x30, "Path MTU Option"}, {0x31, "IOAM Option"},
    {0x3e, "Experimental (0x3E)"}, {0x41, "Tunnel Payload Forwarding (TPF) Information"}, {0x5e, "Experimental (0x5E)"}, {0x63, "RPL Option"},
    {0x6d, "MPL Option"}, {0x7e, "Experimental (0x7E)"}, {0x8a, "Endpoint Identification"}, {0x8b, "ILNP Nonce"}, {0x8c, "Line-Identification Option"},
    {0x9e, "Experimental (0x9E)"}, {0xbe, "Experimental (0xBE)"}, {0xc2, "Jumbo Payload"}, {0xc9, "Home Address"}, {0xde, "Experimental (0xDE)"},
    {0xee, "IP_DFF"}, {0xfe, "Experimental (0xFE)"}};
constexpr ValueName kYesNames[] = {{0, "No"}, {1, "Yes"}};

enum Row : unsigned {
  kVersion, kTclass, kTclassDscp, kTclassEcn, kFlow, kPlen, kNxt, kHlim, kSrc, kSrcHost, kSrcSlaac, kSrcIsatap,
  kSrc6to4Gw, kSrc6to4Sla, kSrcTsIpv4, kSrcTcPort, kSrcTcIpv4, kSrcEmbed, kDst, kDstHost, kDstSlaac, kDstIsatap,
  kDst6to4Gw, kDst6to4Sla, kDstTsIpv4, kDstTcPort, kDstTcIpv4, kDstEmbed, kAddr, kHost, kSlaac, kIsatap, k6to4Gw,
  k6to4Sla, kTsIpv4, kTcPort, kTcIpv4, kEmbed, kEmbedPrefix, kOpt, kOptType, kOptAction, kOptChange, kOptRest,
  kOptLength, kOptPad1, kOptPadN, kOptRouterAlert, kOptTel, kOptJumbo, kOptHomeAddress, kOptQsFunc, kOptQsRate,
  kOptQsTtl, kOptQsTtlDiff, kOptQsUnused, kOptQsNonce, kOptQsReserved, kOptIlnpNonce, kOptRplFlag, kOptRplO,
  kOptRplR, kOptRplF, kOptRplRsv, kOptRplInstance, kOptRplRank, kOptExperimental, kOptPdmDtlr, kOptPdmDtls,
  kOptPdmThis, kOptPdmLast, kOptPdmRecv, kOptPdmSent, kOptUnknown, kOptUnknownData, kOptUnknownNote, kOptInvalidLen,
  kOptMismatch, kJumboProhibited, kJumboTruncated, kJumboMissing, kInvalidHeader, kPlenExceeds, kPlenZero,
  kBogusVersion, kFragments, kFragment, kFragmentOverlap, kFragmentConflict, kFragmentTails, kFragmentTooLong,
  kFragmentError, kFragmentCount, kReassembledLength, kReassembledData, kOptPmtuMin, kOptPmtuReturn, kOptPmtuFlag,
  kOptCalipsoDoi, kOptCalipsoLength, kOptCalipsoLevel, kOptCalipsoChecksum, kOptCalipsoBitmap
};

constexpr FieldRow kRows[] = {
    {.name = "ipv6.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .show = ip::show_version},
    {.name = "ipv6.tclass", .label = "Traffic Class", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(0,4), .mask = 0xff00000, .show = ip::show_services},
    {.name = "ipv6.tclass.dscp", .label = "Differentiated Services Codepoint", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(0,4), .mask = 0xfc00000, .names = kDscpNames},
    {.name = "ipv6.tclass.ecn", .label = "Explicit Congestion Notification", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(0,4), .mask = 0x300000, .names = kEcnNames},
    {.name = "ipv6.flow", .label = "Flow Label", .type = FieldType::kUint24, .base = Base::kHex, .fixed = at(1,3), .mask = 0xfffff},
    {.name = "ipv6.plen", .label = "Payload Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(4,2), .flags = kSummary},
    {.name = "ipv6.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(6,1), .names = ip_proto::kNames, .flags = kInvariant},
    {.name = "ipv6.hlim", .label = "Hop Limit", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(7,1), .flags = kSummary},
    {.name = "ipv6.src", .label = "Source Address", .type = FieldType::kIpv6, .fixed = at(8,16), .flags = kSummary | kInvariant, .blurb = "Source IPv6 Address"},
    {.name = "ipv6.src_host", .label = "Source Host", .type = FieldType::kString, .flags = kHidden | kGenerated, .blurb = "Source IPv6 Host"},
    {.name = "ipv6.src_slaac_mac", .label = "Source SLAAC MAC", .type = FieldType::kEther, .flags = kGenerated, .blurb = "Source IPv6 Stateless Address Autoconfiguration (SLAAC) 48-bit MAC Identifier"},
    {.name = "ipv6.src_isatap_ipv4", .label = "Source ISATAP IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Source IPv6 ISATAP Encapsulated IPv4 Address"},
    {.name = "ipv6.src_6to4_gw_ipv4", .label = "Source 6to4 Gateway IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Source IPv6 6to4 Gateway IPv4 Address"},
    {.name = "ipv6.src_6to4_sla_id", .label = "Source 6to4 SLA ID", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Source IPv6 6to4 SLA ID"},
    {.name = "ipv6.src_ts_ipv4", .label = "Source Teredo Server IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Source IPv6 Teredo Server Encapsulated IPv4 Address"},
    {.name = "ipv6.src_tc_port", .label = "Source Teredo Port", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Source IPv6 Teredo Client Mapped Port"},
    {.name = "ipv6.src_tc_ipv4", .label = "Source Teredo Client IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Source IPv6 Teredo Client Encapsulated IPv4 Address"},
    {.name = "ipv6.src_embed_ipv4", .label = "Source Embedded IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Source IPv4-Embedded IPv6 Address"},
    {.name = "ipv6.dst", .label = "Destination Address", .type = FieldType::kIpv6, .fixed = at(24,16), .flags = kSummary | kInvariant, .blurb = "Destination IPv6 Address"},
    {.name = "ipv6.dst_host", .label = "Destination Host", .type = FieldType::kString, .flags = kHidden | kGenerated, .blurb = "Destination IPv6 Host"},
    {.name = "ipv6.dst_slaac_mac", .label = "Destination SLAAC MAC", .type = FieldType::kEther, .flags = kGenerated, .blurb = "Destination IPv6 Stateless Address Autoconfiguration (SLAAC) 48-bit MAC Identifier"},
    {.name = "ipv6.dst_isatap_ipv4", .label = "Destination ISATAP IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Destination IPv6 ISATAP Encapsulated IPv4 Address"},
    {.name = "ipv6.dst_6to4_gw_ipv4", .label = "Destination 6to4 Gateway IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Destination IPv6 6to4 Gateway IPv4 Address"},
    {.name = "ipv6.dst_6to4_sla_id", .label = "Destination 6to4 SLA ID", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Destination IPv6 6to4 SLA ID"},
    {.name = "ipv6.dst_ts_ipv4", .label = "Destination Teredo Server IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Destination IPv6 Teredo Server Encapsulated IPv4 Address"},
    {.name = "ipv6.dst_tc_port", .label = "Destination Teredo Port", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Destination IPv6 Teredo Client Mapped Port"},
    {.name = "ipv6.dst_tc_ipv4", .label = "Destination Teredo Client IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Destination IPv6 Teredo Client Encapsulated IPv4 Address"},
    {.name = "ipv6.dst_embed_ipv4", .label = "Destination Embedded IPv4", .type = FieldType::kIpv4, .flags = kGenerated, .blurb = "Destination IPv4-Embedded IPv6 Address"},
    {.name = "ipv6.addr", .label = "Source or Destination Address", .type = FieldType::kIpv6, .fixed = at_both(8,24,16), .flags = kHidden | kMulti | kInvariant},
    {.name = "ipv6.host", .label = "Source or Destination Host", .type = FieldType::kString, .flags = kHidden | kGenerated | kMulti},
    {.name = "ipv6.slaac_mac", .label = "SLAAC MAC", .type = FieldType::kEther, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 Stateless Address Autoconfiguration (SLAAC) 48-bit MAC Identifier"},
    {.name = "ipv6.isatap_ipv4", .label = "ISATAP IPv4", .type = FieldType::kIpv4, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 ISATAP Encapsulated IPv4 Address"},
    {.name = "ipv6.6to4_gw_ipv4", .label = "6to4 Gateway IPv4", .type = FieldType::kIpv4, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 6to4 Gateway IPv4 Address"},
    {.name = "ipv6.6to4_sla_id", .label = "6to4 SLA ID", .type = FieldType::kUint16, .base = Base::kDec, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 6to4 SLA ID"},
    {.name = "ipv6.ts_ipv4", .label = "Teredo Server IPv4", .type = FieldType::kIpv4, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 Teredo Server Encapsulated IPv4 Address"},
    {.name = "ipv6.tc_port", .label = "Teredo Port", .type = FieldType::kUint16, .base = Base::kDec, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 Teredo Client Mapped Port"},
    {.name = "ipv6.tc_ipv4", .label = "Teredo Client IPv4", .type = FieldType::kIpv4, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv6 Teredo Client Encapsulated IPv4 Address"},
    {.name = "ipv6.embed_ipv4", .label = "Embedded IPv4", .type = FieldType::kIpv4, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv4-Embedded IPv6 Address"},
    {.name = "ipv6.embed_ipv4_prefix", .label = "Embedded IPv4 Prefix", .type = FieldType::kBytes, .flags = kHidden | kGenerated | kMulti, .blurb = "IPv4-Embedded IPv6 Address Prefix"},
    {.name = "ipv6.opt", .label = "IPv6 Option", .type = FieldType::kNone, .flags = kMulti | kElsewhere, .blurb = "Option"},
    {.name = "ipv6.opt.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kHex, .names = kOptionTypes, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.type.action", .label = "Action", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xc0, .names = kActions, .flags = kMulti | kElsewhere, .blurb = "Action for unrecognized option type"},
    {.name = "ipv6.opt.type.change", .label = "May Change", .type = FieldType::kBoolean, .mask = 0x20, .names = kYesNames, .flags = kMulti | kElsewhere, .bits = 8, .blurb = "Whether the option data may change en-route"},
    {.name = "ipv6.opt.type.rest", .label = "Low-Order Bits", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x1f, .flags = kMulti | kElsewhere, .blurb = "Remaining low-order bits"},
    {.name = "ipv6.opt.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "Option length in octets"},
    {.name = "ipv6.opt.pad1", .label = "Pad1", .type = FieldType::kNone, .flags = kMulti | kElsewhere, .blurb = "Pad1 Option"},
    {.name = "ipv6.opt.padn", .label = "PadN", .type = FieldType::kBytes, .flags = kMulti | kElsewhere | kMayBeEmpty, .blurb = "PadN Option"},
    {.name = "ipv6.opt.router_alert", .label = "Router Alert", .type = FieldType::kUint16, .base = Base::kDec, .names = kAlerts, .flags = kMulti | kElsewhere, .blurb = "Router Alert Option"},
    {.name = "ipv6.opt.tel", .label = "Tunnel Encapsulation Limit", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "How many further levels of encapsulation are permitted"},
    {.name = "ipv6.opt.jumbo", .label = "Payload Length", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "IPv6 (Jumbo) Payload Length"},
    {.name = "ipv6.opt.mipv6.home_address", .label = "MIPv6 Home Address", .type = FieldType::kIpv6, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.qs_func", .label = "Function", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0, .names = lower_names::kIpv6OptQsFunc, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.qs_rate", .label = "Rate", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf, .names = lower_names::kIpv6OptQsRate, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.qs_ttl", .label = "QS TTL", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.qs_ttl_diff", .label = "TTL Diff", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kGenerated | kElsewhere},
    {.name = "ipv6.opt.qs_unused", .label = "Not Used", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.qs_nonce", .label = "QS Nonce", .type = FieldType::kUint32, .base = Base::kHex, .mask = 0xfffffffc, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.qs_reserved", .label = "Reserved", .type = FieldType::kUint32, .base = Base::kHex, .mask = 0x3, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.ilnp_nonce", .label = "ILNP Nonce", .type = FieldType::kBytes, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.rpl.flag", .label = "Flag", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.rpl.flag.o", .label = "Down", .type = FieldType::kBoolean, .mask = 0x80, .flags = kMulti | kElsewhere, .bits = 8, .blurb = "The packet is expected to progress Up or Down"},
    {.name = "ipv6.opt.rpl.flag.r", .label = "Rank Error", .type = FieldType::kBoolean, .mask = 0x40, .flags = kMulti | kElsewhere, .bits = 8, .blurb = "Whether a rank error was detected"},
    {.name = "ipv6.opt.rpl.flag.f", .label = "Forwarding Error", .type = FieldType::kBoolean, .mask = 0x20, .flags = kMulti | kElsewhere, .bits = 8, .blurb = "Set if the node cannot forward the packet further towards the destination"},
    {.name = "ipv6.opt.rpl.flag.rsv", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x1f, .flags = kMulti | kElsewhere, .blurb = "Reserved (must be zero)"},
    {.name = "ipv6.opt.rpl.instance_id", .label = "RPLInstanceID", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti | kElsewhere, .blurb = "The DODAG instance along which the packet is sent"},
    {.name = "ipv6.opt.rpl.sender_rank", .label = "Sender Rank", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti | kElsewhere, .blurb = "Set to zero by the source and to DAGRank(rank) by a router that forwards inside the RPL network"},
    {.name = "ipv6.opt.experimental", .label = "Experimental Option", .type = FieldType::kBytes, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.pdm.scale_dtlr", .label = "Scale DTLR", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "Scale for Delta Time Last Received"},
    {.name = "ipv6.opt.pdm.scale_dtls", .label = "Scale DTLS", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "Scale for Delta Time Last Sent"},
    {.name = "ipv6.opt.pdm.psn_this_pkt", .label = "PSN This Packet", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "Packet Sequence Number This Packet"},
    {.name = "ipv6.opt.pdm.psn_last_recv", .label = "PSN Last Received", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "Packet Sequence Number Last Received"},
    {.name = "ipv6.opt.pdm.delta_last_recv", .label = "Delta Time Last Received", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.pdm.delta_last_sent", .label = "Delta Time Last Sent", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.unknown", .label = "Unknown Option Payload", .type = FieldType::kBytes, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt_unknown_data", .label = "Unknown Data", .type = FieldType::kBytes, .flags = kMulti | kElsewhere, .blurb = "Not interpreted data"},
    {.name = "ipv6.opt.unknown_data.expert", .label = "Unknown Data (not interpreted)", .type = FieldType::kNone, .flags = kExpert | kMulti | kElsewhere},
    {.name = "ipv6.opt.invalid_len", .label = "Invalid IPv6 option length", .type = FieldType::kNone, .flags = kExpert | kMulti | kElsewhere},
    {.name = "ipv6.opt.header_mismatch", .label = "Wrong options extension header for type", .type = FieldType::kNone, .flags = kExpert | kMulti | kElsewhere},
    {.name = "ipv6.opt.jumbo.prohibited", .label = "When IPv6 payload length does not equal 0 a Jumbo Payload option must not be present", .type = FieldType::kNone, .flags = kExpert | kElsewhere},
    {.name = "ipv6.opt.jumbo.truncated", .label = "Jumbo Payload option present and jumbo length < 65536", .type = FieldType::kNone, .flags = kExpert | kElsewhere},
    {.name = "ipv6.opt.jumbo.missing", .label = "IPv6 payload length equals 0 and Hop-By-Hop present and Jumbo Payload option missing", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.invalid_header", .label = "Invalid IPv6 header", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.plen_exceeds_framing", .label = "IPv6 payload length does not match expected framing length", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.plen_zero", .label = "IPv6 payload length equals 0 (maybe because of \"TCP segmentation offload\" (TSO))", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.bogus_ipv6_version", .label = "Bogus IP version", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.fragments", .label = "IPv6 Fragments", .type = FieldType::kNone, .flags = kGenerated | kElsewhere},
    {.name = "ipv6.fragment", .label = "IPv6 Fragment", .type = FieldType::kFrameNum, .flags = kGenerated | kMulti | kElsewhere},
    {.name = "ipv6.fragment.overlap", .label = "Fragment overlap", .type = FieldType::kBoolean, .flags = kGenerated | kMulti | kElsewhere, .blurb = "Fragment overlaps with other fragments"},
    {.name = "ipv6.fragment.overlap.conflict", .label = "Conflicting data in fragment overlap", .type = FieldType::kBoolean, .flags = kGenerated | kMulti | kElsewhere, .blurb = "Overlapping fragments contained conflicting data"},
    {.name = "ipv6.fragment.multipletails", .label = "Multiple tail fragments found", .type = FieldType::kBoolean, .flags = kGenerated | kMulti | kElsewhere, .blurb = "Several tails were found when defragmenting the packet"},
    {.name = "ipv6.fragment.toolongfragment", .label = "Fragment too long", .type = FieldType::kBoolean, .flags = kGenerated | kMulti | kElsewhere, .blurb = "Fragment contained data past end of packet"},
    {.name = "ipv6.fragment.error", .label = "Defragmentation error", .type = FieldType::kFrameNum, .flags = kGenerated | kMulti | kElsewhere, .blurb = "Defragmentation error due to illegal fragments"},
    {.name = "ipv6.fragment.count", .label = "Fragment count", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated | kElsewhere},
    {.name = "ipv6.reassembled.length", .label = "Reassembled IPv6 length", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated | kElsewhere, .blurb = "The total length of the reassembled payload"},
    {.name = "ipv6.reassembled.data", .label = "Reassembled IPv6 data", .type = FieldType::kBytes, .flags = kGenerated | kElsewhere, .blurb = "The reassembled payload"},
    {.name = "ipv6.opt.pmtu.min", .label = "Minimum Reported PMTU", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "The minimum reported PMTU in octets"},
    {.name = "ipv6.opt.pmtu.rtn", .label = "Return Minimum PMTU", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kElsewhere, .blurb = "The Return Min-PMTU in octets"},
    {.name = "ipv6.opt.pmtu.r_flag", .label = "Return Flag", .type = FieldType::kBoolean, .flags = kMulti | kElsewhere, .blurb = "Destination should include the received reported PMTU"},
    {.name = "ipv6.opt.calipso.doi", .label = "CALIPSO Domain of Interpretation", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.calipso.cmpt.length", .label = "Compartment Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.calipso.sens_level", .label = "Sensitivity Level", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.calipso.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti | kElsewhere},
    {.name = "ipv6.opt.calipso.cmpt_bitmap", .label = "Compartment Bitmap", .type = FieldType::kBytes, .flags = kMulti | kElsewhere},
};

// What a next header number means; what nobody dissects is data. `next` 59: nothing follows.
Next upper(Walk& walk, Region region, uint8_t next);
void unknown_next(uint8_t next, Columns& columns);  // … in the Info column
// The hop-by-hop header's jumbo payload length, if it begins at p and has one within `size` bytes; 0: none.
uint32_t jumbo_length(const uint8_t* p, uint32_t size);

}  // namespace wiretail::dissect::ipv6
