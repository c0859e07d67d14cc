// Internet Group Management Protocol. Version 1: RFC 1112, version 2: RFC 2236, version 3: RFC 3376. Wireshark counts two
// layers, the second of which is the version's; the first has no fields here.
#include <algorithm>
#include <cstdio>
#include <string>

#include "dissect/checksum.hpp"
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kTypes[] = {
    {0x01, "Create Group Request"}, {0x02, "Create Group Reply"}, {0x03, "Join Group Request"}, {0x04, "Join Group Reply"}, {0x05, "Leave Group Request"},
    {0x06, "Leave Group Reply"}, {0x07, "Confirm Group Request"}, {0x08, "Confirm Group Reply"}, {0x11, "Membership Query"}, {0x12, "Membership Report"},
    {0x13, "DVMRP Protocol"}, {0x14, "PIM Routing Message"}, {0x16, "Membership Report"}, {0x17, "Leave Group"}, {0x1e, "Traceroute Response"},
    {0x1f, "Traceroute Query or Request"}, {0x22, "Membership Report"}};
constexpr ValueName kSuppressNames[] = {{0, "Do not suppress router side processing"}, {1, "SUPPRESS router side processing"}};
constexpr ValueName kRecordTypes[] = {{1, "Mode Is Include"}, {2, "Mode Is Exclude"}, {3, "Change To Include Mode"}, {4, "Change To Exclude Mode"}, {5, "Allow New Sources"}, {6, "Block Old Sources"}};

constexpr uint8_t kTraceQuery = 0x1f, kTraceResponse = 0x1e;
constexpr uint32_t kTraceHeader = 24, kTraceBlock = 32;
constexpr ValueName kRoutingNames[] = {
    {1, "DVMRP"}, {2, "MOSPF"}, {3, "PIM"}, {4, "CBT"}, {5, "PIM using special routing table"}, {6, "PIM using a static route"}, {7, "DVMRP using a static route"},
    {8, "PIM using MBGP (aka BGP4+) route"}, {9, "CBT using special routing table"}, {10, "CBT using a static route"},
    {11, "PIM using state created by Assert processing"}};
constexpr ValueName kForwardingNames[] = {{0, "NO_ERROR"}, {1, "WRONG_IF"}, {2, "PRUNE_SENT"}, {3, "PRUNE_RCVD"}, {4, "SCOPED"}, {5, "NO_ROUTE"}, {6, "WRONG_LAST_HOP"}, {7, "NOT_FORWARDING"},
                                          {8, "REACHED_RP"}, {9, "RPF_IF"}, {10, "NO_MULTICAST"}, {11, "INFO_HIDDEN"}, {0x81, "NO_SPACE"}, {0x82, "OLD_ROUTER"}, {0x83, "ADMIN_PROHIB"}};

enum Row : unsigned {
  kType, kReserved, kVersion, kChecksum, kChecksumStatus, kMaxResp, kMaxRespExp, kMaxRespMant, kS, kQrv, kQqic,
  kNumSrc, kSource, kRecords, kRecordType, kAuxLength, kGroup, kAuxData, kData, kChecksumBad,
  kHops, kTraceSource, kReceiver, kResponse, kResponseTtl, kQueryId, kArrival, kIncoming, kOutgoing,
  kPrevious, kInPackets, kOutPackets, kTotalPackets, kRouting, kForwardTtl, kZero, kSourceNet, kSourceMask, kForwarding
};

constexpr FieldRow kRows[] = {
    {.name = "igmp.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0,1), .names = kTypes, .flags = kSummary, .blurb = "IGMP Packet Type"},
    {.name = "igmp.reserved", .label = "Reserved", .type = FieldType::kBytes, .flags = kMulti, .blurb = "IGMP Reserved"},
    {.name = "igmp.version", .label = "IGMP Version", .type = FieldType::kUint8, .base = Base::kDec, .flags = kGenerated},
    {.name = "igmp.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .blurb = "IGMP Checksum"},
    {.name = "igmp.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "igmp.max_resp", .label = "Max Resp Time", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Max Response Time"},
    {.name = "igmp.max_resp.exp", .label = "Exponent", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x70, .blurb = "Maximum Response Time, Exponent"},
    {.name = "igmp.max_resp.mant", .label = "Mantissa", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xf, .blurb = "Maximum Response Time, Mantissa"},
    {.name = "igmp.s", .label = "S", .type = FieldType::kBoolean, .mask = 0x8, .names = kSuppressNames, .bits = 8, .blurb = "Suppress Router Side Processing"},
    {.name = "igmp.qrv", .label = "QRV", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x7, .blurb = "Querier's Robustness Value"},
    {.name = "igmp.qqic", .label = "QQIC", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Querier's Query Interval Code"},
    {.name = "igmp.num_src", .label = "Num Src", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti, .blurb = "Number Of Sources"},
    {.name = "igmp.saddr", .label = "Source Address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "igmp.num_grp_recs", .label = "Num Group Records", .type = FieldType::kUint16, .base = Base::kDec, .blurb = "Number Of Group Records"},
    {.name = "igmp.record_type", .label = "Record Type", .type = FieldType::kUint8, .base = Base::kDec, .names = kRecordTypes, .flags = kMulti},
    {.name = "igmp.aux_data_len", .label = "Aux Data Len", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti, .blurb = "Aux Data Len, In units of 32bit words"},
    {.name = "igmp.maddr", .label = "Multicast Address", .type = FieldType::kIpv4, .flags = kMulti},
    {.name = "igmp.aux_data", .label = "Aux Data", .type = FieldType::kBytes, .flags = kMulti, .blurb = "IGMP V3 Auxiliary Data"},
    {.name = "igmp.data", .label = "Data", .type = FieldType::kBytes},
    {.name = "igmp.bad_checksum", .label = "Bad checksum", .type = FieldType::kNone, .flags = kExpert},
    {.name = "igmp.mtrace.max_hops", .label = "# hops", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Maximum Number of Hops to Trace"},
    {.name = "igmp.mtrace.saddr", .label = "Source Address", .type = FieldType::kIpv4, .blurb = "Multicast Source for the Path Being Traced"},
    {.name = "igmp.mtrace.raddr", .label = "Receiver Address", .type = FieldType::kIpv4, .blurb = "Multicast Receiver for the Path Being Traced"},
    {.name = "igmp.mtrace.rspaddr", .label = "Response Address", .type = FieldType::kIpv4, .blurb = "Destination of Completed Traceroute Response"},
    {.name = "igmp.mtrace.resp_ttl", .label = "Response TTL", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "TTL for Multicasted Responses"},
    {.name = "igmp.mtrace.q_id", .label = "Query ID", .type = FieldType::kUint24, .base = Base::kDec, .blurb = "Identifier for this Traceroute Request"},
    {.name = "igmp.mtrace.q_arrival", .label = "Query Arrival", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti, .blurb = "Query Arrival Time"},
    {.name = "igmp.mtrace.q_inaddr", .label = "In itf addr", .type = FieldType::kIpv4, .flags = kMulti, .blurb = "Incoming Interface Address"},
    {.name = "igmp.mtrace.q_outaddr", .label = "Out itf addr", .type = FieldType::kIpv4, .flags = kMulti, .blurb = "Outgoing Interface Address"},
    {.name = "igmp.mtrace.q_prevrtr", .label = "Previous rtr addr", .type = FieldType::kIpv4, .flags = kMulti, .blurb = "Previous-Hop Router Address"},
    {.name = "igmp.mtrace.q_inpkt", .label = "In pkts", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti, .blurb = "Input packet count on incoming interface"},
    {.name = "igmp.mtrace.q_outpkt", .label = "Out pkts", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti, .blurb = "Output packet count on outgoing interface"},
    {.name = "igmp.mtrace.q_total", .label = "S,G pkt count", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti, .blurb = "Total number of packets for this source-group pair"},
    {.name = "igmp.mtrace.q_rtg_proto", .label = "Rtg Protocol", .type = FieldType::kUint8, .base = Base::kDec, .names = kRoutingNames, .flags = kMulti, .blurb = "Routing protocol between this and previous hop rtr"},
    {.name = "igmp.mtrace.q_fwd_ttl", .label = "FwdTTL", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti, .blurb = "TTL required for forwarding"},
    {.name = "igmp.mtrace.q_mbz", .label = "MBZ", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x80, .flags = kMulti, .blurb = "Must be zeroed on transmission and ignored on reception"},
    {.name = "igmp.mtrace.q_s", .label = "S", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x40, .flags = kMulti, .blurb = "Set if S,G packet count is for source network"},
    {.name = "igmp.mtrace.q_src_mask", .label = "Src Mask", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x3f, .flags = kMulti, .blurb = "Source mask length. 63 when forwarding on group state"},
    {.name = "igmp.mtrace.q_fwd_code", .label = "Forwarding Code", .type = FieldType::kUint8, .base = Base::kHex, .names = kForwardingNames, .flags = kMulti, .blurb = "Forwarding information/error code"},
};

// 0: none of the three.
unsigned version_of(const uint8_t* p, uint32_t length, uint32_t have) {
  switch (p[0]) {
    case 0x11: return length >= 12 ? 3 : have >= 2 && p[1] ? 2 : 1;
    case 0x12: return 1;
    case 0x16: case 0x17: return 2;
    case 0x22: return 3;
    default: return 0;
  }
}

uint32_t floating(uint8_t code) { return code < 128 ? code : static_cast<uint32_t>(0x10 | (code & 15)) << ((code >> 4 & 7) + 3); }

bool is_trace(uint8_t type) { return type == kTraceQuery || type == kTraceResponse; }

// A multicast traceroute (draft-ietf-idmr-traceroute-ipm): the question, and a block from each router that it came through.
void trace(Emit& emit, uint32_t have) {
  emit.read(kHops, 1, 1);
  if (have < kTraceHeader) return;
  const uint8_t* p = emit.at(0);
  emit.read(kChecksum, 2, 2);
  const uint16_t folded = checksum_fold(checksum_sum(emit.data()));
  if (folded != 0xffff) {
    char text[48];
    std::snprintf(text, sizeof text, "Bad checksum [should be 0x%04x]", checksum_should_be(be16(p + 2), folded));
    emit.expert(kChecksumBad, severity::kError, group::kChecksum, text);
  }
  emit.number(kChecksumStatus, folded == 0xffff ? 1 : 0);
  emit.read(kGroup, 4, 4), emit.read(kTraceSource, 8, 4), emit.read(kReceiver, 12, 4), emit.read(kResponse, 16, 4), emit.read(kResponseTtl, 20, 1), emit.read(kQueryId, 21, 3);
  for (uint32_t at = kTraceHeader; at + kTraceBlock <= have; at += kTraceBlock) {
    for (unsigned i = 0; i < 7; ++i) emit.read(kArrival + i, at + 4 * i, 4);
    emit.read(kRouting, at + 28, 1), emit.read(kForwardTtl, at + 29, 1);
    for (unsigned row : {kZero, kSourceNet, kSourceMask}) emit.read(row, at + 30, 1);
    emit.read(kForwarding, at + 31, 1);
  }
}

// DVMRP, PIM version 1, IGAP and RGMP have IGMP's number and no item of it: but for PIM their protocols are not ours.
bool of_other_protocol(const Walk& w, uint8_t type) {
  if (type == 0x13 || type == 0x14 || (type >= 0x40 && type <= 0x42)) return true;
  const LayerRef* below = w.d.layers.end() - 1;
  return below->proto == id::kIp && be32(w.d.at(*below) + 16) == 0xe0000019;  // 224.0.0.25: routers' ports, RFC 3488
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() && of_other_protocol(w, *w.at(region))) {
    if (w.push(id::kIgmp, region, 0)) w.d.layers.hide_last();
    return *w.at(region) == 0x14 ? Next{id::kPim, region} : w.data(region);
  }
  Region shell = region;
  shell.cap_end = shell.end = region.offset;
  const bool trace = region.captured() && is_trace(*w.at(region));
  const bool known = region.captured() == 0 || trace || version_of(w.at(region), region.length(), region.captured());
  if (known) {
    if (!w.push(id::kIgmp, shell, 0)) return {};
    w.d.layers.hide_last();
  }
  if (region.captured() == 0) return w.damaged(id::kIgmp, region, 8);
  LayerRef* layer = w.push(id::kIgmp, region, region.length());
  if (!layer) return {};
  if (known) ++layer->number;  // the one without an item counts
  const uint8_t* p = w.at(region);
  const uint32_t have = region.captured();
  uint32_t wanted = trace ? kTraceHeader : known ? 8 : 1;
  if (p[0] == 0x11 && region.length() >= 12) wanted = have < 12 ? 12 : 12 + be16(p + 10) * 4u;
  if (p[0] == 0x22 && have >= 8)
    for (unsigned i = 0; i < be16(p + 6) && wanted <= have; ++i) {
      if (wanted + 8 > have) wanted += 8;
      else wanted += 8 + be16(p + wanted + 2) * 4u + p[wanted + 1] * 4u;
    }
  if (have < wanted) w.damage(*layer, have < region.length() ? kShort : kMalformed);
  return {};
}

void records(Emit& emit, uint32_t have) {
  const uint8_t* p = emit.at(0);
  uint32_t at = 8;
  for (unsigned i = 0; i < be16(p + 6) && at + 8 <= have; ++i) {
    const uint32_t sources = be16(p + at + 2), aux = p[at + 1] * 4u;
    emit.read(kRecordType, at, 1), emit.read(kAuxLength, at + 1, 1), emit.read(kNumSrc, at + 2, 2), emit.read(kGroup, at + 4, 4);
    at += 8;
    for (uint32_t k = 0; k < sources && at + 4 <= have; ++k, at += 4) emit.read(kSource, at, 4);
    if (aux && at + aux <= have) emit.bytes(kAuxData, at, aux);
    at += aux;
  }
}

void details(Emit& emit) {
  if (emit.layer().flags & kNoItem) return;
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 1) return;
  const LayerRef& l = emit.layer();
  const uint8_t* p = emit.at(0);
  const unsigned version = version_of(p, l.end - l.offset, have);
  if (version) emit.number(kVersion, version);
  emit.fixed(kType);
  if (is_trace(p[0])) return trace(emit, have);
  if (!version) return emit.bytes(kData, 1, have - 1);
  if (version == 1 || p[0] == 0x22) {
    emit.read(kReserved, 1, 1);
  } else if (version == 3 && have >= 2 && p[1] >= 128) {
    emit.number(kMaxResp, floating(p[1]), 1, 1);
    emit.push(), emit.read(kMaxRespExp, 1, 1), emit.read(kMaxRespMant, 1, 1), emit.pop();
  } else {
    emit.read(kMaxResp, 1, 1);
  }
  if (have < 4) return;
  emit.read(kChecksum, 2, 2);
  // Of the first eight bytes, or of the whole message in version 3.
  const uint32_t covered = version == 3 ? l.end - l.offset : 8;
  const bool verifiable = have >= covered && l.end - l.offset >= 8 && !(l.flags & (kQuoted | kFragmented));
  if (verifiable && (emit.wants(kChecksumStatus) || emit.wants(kChecksumBad) || emit.wants_notes())) {
    const uint16_t folded = checksum_fold(checksum_sum({p, covered}));
    if (folded != 0xffff) {
      char text[48];
      std::snprintf(text, sizeof text, "Bad checksum [should be 0x%04x]", checksum_should_be(be16(p + 2), folded));
      emit.expert(kChecksumBad, severity::kError, group::kChecksum, text);
    }
    emit.number(kChecksumStatus, folded == 0xffff ? 1 : 0);
  } else {
    emit.number(kChecksumStatus, 2);
  }
  if (p[0] == 0x22) {
    emit.read(kReserved, 4, 2), emit.read(kRecords, 6, 2);
    if (have >= 8) records(emit, have);
    return;
  }
  emit.read(kGroup, 4, 4);
  if (version != 3 || have < 12) return;
  emit.read(kS, 8, 1), emit.read(kQrv, 8, 1), emit.read(kQqic, 9, 1), emit.read(kNumSrc, 10, 2);
  for (uint32_t i = 0, at = 12; i < be16(p + 10) && at + 4 <= have; ++i, at += 4) emit.read(kSource, at, 4);
}

void list(std::string& info, const uint8_t* p, unsigned count) {
  info += '{';
  for (unsigned i = 0; i < count; ++i) info += i ? ", " : "", append_ipv4(info, be32(p + 4 * i));
  info += '}';
}

// One group record of a version 3 report in words.
void record_text(std::string& info, const uint8_t* r, unsigned sources) {
  const uint8_t type = r[0];
  const char* plural = sources > 1 ? "s" : "";
  if (type >= 1 && type <= 4) {
    const bool exclude = type == 2 || type == 4;
    info += exclude || sources ? " / Join group " : " / Leave group ";
    append_ipv4(info, be32(r + 4));
    if (!sources) {
      if (exclude) info += " for any sources";
      return;
    }
    if (exclude) info += ", for source", info += plural, info += sources > 1 ? " not in " : " not ";
    else info += " for source", info += plural, info += sources > 1 ? " in " : " ";
    return list(info, r + 8, sources);
  }
  info += " / Group ", append_ipv4(info, be32(r + 4)), info += ", ";
  if (type != 5 && type != 6) {
    info += "unknown record type (?)";
    if (sources) info += ", sources ", list(info, r + 8, sources);
    return;
  }
  if (!sources) info += type == 5 ? "ALLOW_NEW_SOURCES but no source specified (?)" : "BLOCK_OLD_SOURCES but no source specified (?)";
  else info += type == 5 ? "new source" : "block source", info += plural, info += ' ', list(info, r + 8, sources);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  const uint32_t have = l.cap_end - l.offset;
  if (have < 1) return;
  const uint8_t* p = d.at(l);
  const unsigned version = version_of(p, l.end - l.offset, have);
  std::string info;
  if (is_trace(p[0])) {
    c.set_protocol("IGMP");
    return c.set_info(p[0] == kTraceResponse ? "Traceroute Response" : l.end - l.offset > kTraceHeader ? "Traceroute Request" : "Traceroute Query");
  }
  if (!version) {
    c.set_protocol("IGMP");
    info = "Unknown Type:0x", append_hex(info, p[0], 2);
    return c.set_info(info);
  }
  std::string protocol = "IGMPv";
  append_uint(protocol, version);
  c.set_protocol(protocol);
  info = value_name(kTypes, p[0]);
  if (have < 8) return c.set_info(info);
  const uint32_t group = be32(p + 4);
  if (p[0] == 0x11 && version > 1) {
    if (version == 3 && have < 12) return c.set_info(info);
    if (group) info += ", specific for group ", append_ipv4(info, group);
    else info += ", general";
    if (const unsigned sources = version == 3 ? be16(p + 10) : 0; sources && 12 + 4u * sources <= have) info += sources > 1 ? ", sources " : ", source ", list(info, p + 12, sources);
  } else if (p[0] == 0x16) {
    info += " group ", append_ipv4(info, group);
  } else if (p[0] == 0x17) {
    info += ' ', append_ipv4(info, group);
  } else if (p[0] == 0x22) {
    if (be16(p + 6) == 0) info += " - General query";
    uint32_t at = 8;
    for (unsigned i = 0; i < be16(p + 6) && at + 8 <= have; ++i) {
      const uint32_t sources = be16(p + at + 2), size = 8 + sources * 4 + p[at + 1] * 4u;
      if (at + size > have) break;
      record_text(info, p + at, sources);
      at += size;
    }
  }
  c.set_info(info);
}

// The shell around a version's own layer is no item of its own.
void head(const Dissection&, const LayerRef& l, std::string& out) {
  if (l.header_len) out += "Internet Group Management Protocol";
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 2}};

}  // namespace

const ProtocolDef kIgmpDef = {.name = "igmp", .long_name = "Internet Group Management Protocol", .short_name = "IGMP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 1};

}  // namespace wiretail::dissect
