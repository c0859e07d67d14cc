// Internet Protocol version 6 and its extension headers. RFC 8200; jumbograms: RFC 2675. The extension headers are walked
// through to the upper protocol; each is a layer of its own, as in Wireshark.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ip_proto.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 40;

enum Row : unsigned {
  kVersion, kTclass, kTclassDscp, kTclassEcn, kFlow, kPlen, kNxt, kHlim, kSrc, kDst, kAddr, kSrcHost, 
  kDstHost, kHost
};

constexpr FieldRow kRows[] = {
    {.name = "ipv6.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "ipv6.tclass", .label = "Traffic Class", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(0,4), .mask = 0xff00000},
    {.name = "ipv6.tclass.dscp", .label = "Differentiated Services Codepoint", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(0,4), .mask = 0xfc00000},
    {.name = "ipv6.tclass.ecn", .label = "Explicit Congestion Notification", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(0,4), .mask = 0x300000},
    {.name = "ipv6.flow", .label = "Flow Label", .type = FieldType::kUint24, .base = Base::kHex, .fixed = at(1,3), .mask = 0xfffff},
    {.name = "ipv6.plen", .label = "Payload Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(4,2), .flags = kSummary},
    {.name = "ipv6.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(6,1), .names = ip_proto::kNames, .flags = kInvariant},
    {.name = "ipv6.hlim", .label = "Hop Limit", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(7,1), .flags = kSummary},
    {.name = "ipv6.src", .label = "Source Address", .type = FieldType::kIpv6, .fixed = at(8,16), .flags = kSummary | kInvariant},
    {.name = "ipv6.dst", .label = "Destination Address", .type = FieldType::kIpv6, .fixed = at(24,16), .flags = kSummary | kInvariant},
    {.name = "ipv6.addr", .label = "Source or Destination Address", .type = FieldType::kIpv6, .fixed = at_both(8,24,16), .flags = kHidden | kMulti | kInvariant},
    {.name = "ipv6.src_host", .label = "Source Host", .type = FieldType::kString, .flags = kHidden | kGenerated},
    {.name = "ipv6.dst_host", .label = "Destination Host", .type = FieldType::kString, .flags = kHidden | kGenerated},
    {.name = "ipv6.host", .label = "Source or Destination Host", .type = FieldType::kString, .flags = kHidden | kGenerated | kMulti},
};
static_assert(rows_fit(kRows, kHeader));

// Walks the extension headers; what follows them goes on in the walk.
Next extensions(Walk& w, Region r, uint8_t next) {
  for (unsigned hops = 0; hops < 16; ++hops) {
    ProtoId self = kNoProto;
    if (next == 0) self = id::kIpv6HopOpts;
    else if (next == 43) self = id::kIpv6Routing;
    else if (next == 60) self = id::kIpv6DstOpts;
    else if (next == 44) self = id::kIpv6Fraghdr;
    if (self == kNoProto) break;
    uint32_t fixed = 8;
    if (r.captured() < fixed) return w.damaged(self, r, fixed);
    const uint8_t* p = w.at(r);
    uint32_t length = next == 44 ? 8 : (p[1] + 1u) * 8;
    LayerRef* layer = w.push(self, r, std::min(length, r.length()));
    if (!layer) return {};
    if (r.captured() < length) return w.damage(*layer, r.length() >= length ? kShort : kMalformed), Next{};
    // Only the first fragment has the upper header; a packet in several pieces is not whole in any of them.
    if (next == 44 && be16(p + 2) & 0xfff9) return w.data(r.from(r.offset + length));
    next = p[0];
    r = r.from(r.offset + length);
  }
  if (next == 59) return w.data(r);
  ProtoId proto = w.next.ip_proto(next);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(r) : Next{proto, r};
}

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kIpv6, region, kHeader);
  const uint8_t* p = w.at(region);
  uint32_t length = be16(p + 4);
  // A jumbogram's length is in its hop-by-hop header; the frame's own end is as good.
  if (length || p[6] != 0) region.end = std::min(region.end, region.offset + kHeader + length);
  region.cap_end = std::min(region.cap_end, region.end);
  if (!w.push(id::kIpv6, region, kHeader)) return {};
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  return extensions(w, payload, p[6]);
}

void details(Emit& emit) {
  if (emit.data().empty()) return;
  const uint8_t* p = emit.at(0);
  emit.number(kVersion, p[0] >> 4, 0, 1);
  emit.fixed(kTclass);
  emit.push(), emit.fixed(kTclassDscp, kTclassEcn), emit.pop();
  emit.fixed(kFlow, kAddr);
  if (emit.data().size() < kHeader || !(emit.wants(kSrcHost) || emit.wants(kDstHost) || emit.wants(kHost))) return;
  std::string from, to;
  append_ipv6(from, p + 8), append_ipv6(to, p + 24);
  emit.text(kSrcHost, from, 8, 16), emit.text(kHost, from, 8, 16);
  emit.text(kDstHost, to, 24, 16), emit.text(kHost, to, 24, 16);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("IPv6");
  if (l.cap_end - l.offset < kHeader) return;
  const uint8_t* p = d.at(l);
  std::string from, to;
  append_ipv6(from, p + 8), append_ipv6(to, p + 24);
  c.set_addresses(from, to);
  c.set_info(ip_proto::name(p[6]));
}

void fragment_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  if (l.cap_end - l.offset < 8) return;
  const uint8_t* p = d.at(l);
  if (!(be16(p + 2) & 0xfff9)) return;
  std::string info = "IPv6 fragment (off=";
  append_uint(info, be16(p + 2) & 0xfff8), info += p[3] & 1 ? " more=y ident=0x" : " more=n ident=0x", append_hex(info, be32(p + 4), 8), info += " nxt=";
  append_uint(info, p[0]), info += ')';
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x86dd}, {Over::Kind::kIpProto, 41}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kIpv6)}, {Over::Kind::kPpp, 0x57}, {Over::Kind::kGreProto, 0x86dd}};

enum FragmentRow : unsigned {
  kFragNxt, kFragReserved, kFragOffset, kFragBits, kFragMore, kFragIdent
};

constexpr FieldRow kFragmentRows[] = {
    {.name = "ipv6.fraghdr.nxt", .label = "Next header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = ip_proto::kNames},
    {.name = "ipv6.fraghdr.reserved_octet", .label = "Reserved octet", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1,1)},
    {.name = "ipv6.fraghdr.offset", .label = "Offset", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2,2), .mask = 0xfff8},
    {.name = "ipv6.fraghdr.reserved_bits", .label = "Reserved bits", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2,2), .mask = 0x6},
    {.name = "ipv6.fraghdr.more", .label = "More Fragments", .type = FieldType::kBoolean, .fixed = at(2,2), .mask = 0x1, .bits = 16},
    {.name = "ipv6.fraghdr.ident", .label = "Identification", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(4,4)},
};
enum HopRow : unsigned {
  kHopNxt, kHopLen
};

constexpr FieldRow kHopRows[] = {
    {.name = "ipv6.hopopts.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = ip_proto::kNames},
    {.name = "ipv6.hopopts.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1)},
};
enum DstRow : unsigned {
  kDstNxt, kDstLen
};

constexpr FieldRow kDstRows[] = {
    {.name = "ipv6.dstopts.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = ip_proto::kNames},
    {.name = "ipv6.dstopts.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1)},
};
enum RoutingRow : unsigned {
  kRoutingNxt, kRoutingLen, kRoutingType, kRoutingSegleft
};

constexpr FieldRow kRoutingRows[] = {
    {.name = "ipv6.routing.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = ip_proto::kNames},
    {.name = "ipv6.routing.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1)},
    {.name = "ipv6.routing.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(2,1)},
    {.name = "ipv6.routing.segleft", .label = "Segments Left", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(3,1)},
};
static_assert(rows_fit(kFragmentRows, 8) && rows_fit(kHopRows, 8) && rows_fit(kDstRows, 8) && rows_fit(kRoutingRows, 8));

}  // namespace

const ProtocolDef kIpv6Def = {.name = "ipv6", .long_name = "Internet Protocol Version 6", .short_name = "IPv6", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};
const ProtocolDef kIpv6HopOptsDef = {.name = "ipv6.hopopts", .long_name = "IPv6 Hop-by-Hop Option", .short_name = "IPv6 Hop-by-Hop", .rows = kHopRows};
const ProtocolDef kIpv6RoutingDef = {.name = "ipv6.routing", .long_name = "Routing Header for IPv6", .short_name = "IPv6 Routing", .rows = kRoutingRows};
const ProtocolDef kIpv6FraghdrDef = {.name = "ipv6.fraghdr", .long_name = "Fragment Header for IPv6", .short_name = "IPv6 Fragment", .rows = kFragmentRows, .columns = fragment_columns};
const ProtocolDef kIpv6DstOptsDef = {.name = "ipv6.dstopts", .long_name = "Destination Options for IPv6", .short_name = "IPv6 Destination", .rows = kDstRows};

}  // namespace wiretail::dissect
