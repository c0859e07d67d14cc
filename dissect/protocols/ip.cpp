// Internet Protocol version 4. RFC 791; differentiated services: RFC 2474, RFC 3168; router alert: RFC 2113.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ip_proto.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kMinHeader = 20;
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kSetNames[] = {{0, "Not set"}, {1, "Set"}};
constexpr ValueName kDscpNames[] = {{0, "Default"}, {8, "Class Selector 1"}, {10, "Assured Forwarding 11"}, {16, "Class Selector 2"}, {26, "Assured Forwarding 31"}, {34, "Assured Forwarding 41"}, {46, "Expedited Forwarding"}, {48, "Class Selector 6"}, {56, "Class Selector 7"}};
constexpr ValueName kEcnNames[] = {{0, "Not ECN-Capable Transport"}, {1, "ECN-Capable Transport codepoint '10'"}, {2, "ECN-Capable Transport codepoint '01'"}, {3, "Congestion Experienced"}};

enum Row : unsigned {
  kVersion, kHdrLen, kDsfield, kDscp, kEcn, kLen, kId, kFlags, kFlagsRb, kFlagsDf, kFlagsMf, 
  kFragOffset, kTtl, kProto, kChecksum, kChecksumStatus, kSrc, kDst, kAddr, kSrcHost, kDstHost, kHost, 
  kOptType, kOptCopy, kOptClass, kOptNumber, kOptLen, kOptPtr, kOptRa
};

constexpr FieldRow kRows[] = {
    {.name = "ip.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "ip.hdr_len", .label = "Header Length", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "ip.dsfield", .label = "Differentiated Services Field", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1,1)},
    {.name = "ip.dsfield.dscp", .label = "Differentiated Services Codepoint", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .mask = 0xfc, .names = kDscpNames},
    {.name = "ip.dsfield.ecn", .label = "Explicit Congestion Notification", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .mask = 0x3, .names = kEcnNames},
    {.name = "ip.len", .label = "Total Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kSummary},
    {.name = "ip.id", .label = "Identification", .type = FieldType::kUint16, .base = Base::kHexDec, .fixed = at(4,2)},
    {.name = "ip.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(6,1), .mask = 0xe0},
    {.name = "ip.flags.rb", .label = "Reserved bit", .type = FieldType::kBoolean, .fixed = at(6,1), .mask = 0x80, .names = kSetNames, .bits = 8},
    {.name = "ip.flags.df", .label = "Don't fragment", .type = FieldType::kBoolean, .fixed = at(6,1), .mask = 0x40, .names = kSetNames, .bits = 8},
    {.name = "ip.flags.mf", .label = "More fragments", .type = FieldType::kBoolean, .fixed = at(6,1), .mask = 0x20, .names = kSetNames, .bits = 8},
    {.name = "ip.frag_offset", .label = "Fragment Offset", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x1fff},
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
    {.name = "ip.opt.type.copy", .label = "Copy on fragmentation", .type = FieldType::kBoolean, .mask = 0x80, .flags = kMulti, .bits = 8},
    {.name = "ip.opt.type.class", .label = "Class", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x60, .flags = kMulti},
    {.name = "ip.opt.type.number", .label = "Number", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x1f, .flags = kMulti},
    {.name = "ip.opt.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.ptr", .label = "Pointer", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "ip.opt.ra", .label = "Router Alert", .type = FieldType::kUint16, .base = Base::kDec},
};
static_assert(rows_fit(kRows, kMinHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kMinHeader) return w.damaged(id::kIp, region, kMinHeader);
  const uint8_t* p = w.at(region);
  uint32_t header = (p[0] & 15u) * 4, total = be16(p + 2);
  if (header < kMinHeader) {
    w.push(id::kIp, region, kMinHeader);
    return {};
  }
  if (total == 0) total = region.length();  // segmentation offload leaves it empty
  if (total < header) {
    w.push(id::kIp, region, header);
    return {};
  }
  region.end = std::min(region.end, region.offset + total);
  region.cap_end = std::min(region.cap_end, region.end);
  LayerRef* layer = w.push(id::kIp, region, std::min(header, region.length()));
  if (!layer) return {};
  if (region.captured() < header) return w.damage(*layer, region.length() >= header ? kShort : kMalformed), Next{};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  if (be16(p + 6) & 0x3fff) return w.data(payload);  // a fragment
  ProtoId proto = w.next.ip_proto(p[9]);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void options(Emit& emit, uint32_t header) {
  const uint8_t* p = emit.at(0);
  for (uint32_t at = kMinHeader; at < header;) {
    uint8_t type = p[at];
    emit.number(kOptType, type, at, 1);
    emit.number(kOptCopy, type >> 7, at, 1);
    emit.number(kOptClass, type >> 5 & 3, at, 1);
    emit.number(kOptNumber, type & 31, at, 1);
    if (type == 0) return;
    if (type == 1) {
      ++at;
      continue;
    }
    if (at + 1 >= header) return;
    uint32_t length = p[at + 1];
    if (length < 2 || at + length > header) return;
    emit.number(kOptLen, length, at + 1, 1);
    if ((type == 7 || type == 131 || type == 137) && length >= 3) emit.number(kOptPtr, p[at + 2], at + 2, 1);
    if (type == 148 && length == 4) emit.read(kOptRa, at + 2, 2);
    at += length;
  }
}

void details(Emit& emit) {
  const uint8_t* p = emit.at(0);
  auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 1) return;
  uint32_t header = (p[0] & 15u) * 4;
  emit.number(kVersion, p[0] >> 4, 0, 1);
  emit.number(kHdrLen, header, 0, 1);
  if (header < kMinHeader) return;
  emit.fixed(kDsfield);
  emit.push(), emit.fixed(kDscp, kEcn), emit.pop();
  if (have < 4) return;
  uint32_t total = be16(p + 2);
  emit.number(kLen, total ? total : emit.layer().end - emit.layer().offset, 2, 2);
  emit.fixed(kId, kFlags);
  emit.push(), emit.fixed(kFlagsRb, kFlagsMf), emit.pop();
  if (have < 8) return;
  emit.number(kFragOffset, (be16(p + 6) & 0x1fffu) * 8, 6, 2);
  emit.fixed(kTtl, kChecksum);
  if (have < 12) return;
  emit.number(kChecksumStatus, 2);
  emit.fixed(kSrc, kAddr);
  if (have < 20) return;
  if (emit.wants(kSrcHost) || emit.wants(kDstHost) || emit.wants(kHost)) {
    std::string from, to;
    append_ipv4(from, be32(p + 12)), append_ipv4(to, be32(p + 16));
    emit.text(kSrcHost, from, 12, 4), emit.text(kHost, from, 12, 4);
    emit.text(kDstHost, to, 16, 4), emit.text(kHost, to, 16, 4);
  }
  if (header > kMinHeader && have >= header) options(emit, header);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("IPv4");
  if (l.cap_end - l.offset < kMinHeader) return;
  const uint8_t* p = d.at(l);
  std::string from, to;
  append_ipv4(from, be32(p + 12)), append_ipv4(to, be32(p + 16));
  c.set_addresses(from, to);
  std::string info;
  if (uint32_t header = (p[0] & 15u) * 4; header < kMinHeader) {
    info = "Bogus IP header length (";
    append_uint(info, header), info += ", must be at least 20)";
    return c.set_info(info);
  }
  if (be16(p + 2) && be16(p + 2) < (p[0] & 15u) * 4) {
    info = "Bogus IP length (";
    append_uint(info, be16(p + 2)), info += ", less than header length ", append_uint(info, (p[0] & 15u) * 4), info += ')';
    return c.set_info(info);
  }
  if (be16(p + 6) & 0x3fff) {
    info = "Fragmented IP protocol (proto=";
    info += ip_proto::name(p[9]), info += ' ', append_uint(info, p[9]), info += ", off=", append_uint(info, (be16(p + 6) & 0x1fffu) * 8);
    info += ", ID=", append_hex(info, be16(p + 4), 4), info += ')';
    return c.set_info(info);
  }
  info = ip_proto::name(p[9]);
  info += " (", append_uint(info, p[9]), info += ')';
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x0800}, {Over::Kind::kIpProto, 4}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kIpv4)}, {Over::Kind::kPpp, 0x21}, {Over::Kind::kGreProto, 0x0800}};

}  // namespace

const ProtocolDef kIpDef = {.name = "ip", .long_name = "Internet Protocol Version 4", .short_name = "IPv4", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
