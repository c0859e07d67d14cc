// Linux cooked capture, versions 1 and 2 (tcpdump.org LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2), the loopback header of BSD
// (LINKTYPE_NULL, LINKTYPE_LOOP) and packets without link header (LINKTYPE_RAW).
#include <algorithm>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kV1Header = 16, kV2Header = 20;
constexpr ValueName kPacketTypes[] = {{0, "Unicast to us"}, {1, "Broadcast"}, {2, "Multicast"}, {3, "Unicast to another host"}, {4, "Sent by us"}};

enum Row : unsigned {
  kPktType, kHaType, kHaLen, kSrcEth, kSrcOther, kUnused, kEtype, kLtype, kIfindex
};

constexpr FieldRow kRows[] = {
    {.name = "sll.pkttype", .label = "Packet type", .type = FieldType::kUint16, .base = Base::kDec, .names = kPacketTypes},
    {.name = "sll.hatype", .label = "Link-layer address type", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sll.halen", .label = "Link-layer address length", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sll.src.eth", .label = "Source", .type = FieldType::kEther},
    {.name = "sll.src.other", .label = "Source", .type = FieldType::kBytes},
    {.name = "sll.unused", .label = "Unused", .type = FieldType::kBytes},
    {.name = "sll.etype", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "sll.ltype", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "sll.ifindex", .label = "Interface index", .type = FieldType::kUint32, .base = Base::kDec},
};

bool version2(const Dissection& d) { return d.packet.link_type == LinkType::kLinuxSll2; }

Next walk(Walk& w, Region region) {
  bool v2 = version2(w.d);
  uint32_t header = v2 ? kV2Header : kV1Header;
  if (region.captured() < header) return w.damaged(id::kSll, region, header);
  if (!w.push(id::kSll, region, header)) return {};
  uint16_t type = be16(w.at(region) + (v2 ? 0 : 14));
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  ProtoId proto = type >= 0x600 ? w.next.ethertype(type) : kNoProto;
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void details(Emit& emit) {
  bool v2 = version2(emit.packet());
  if (emit.data().size() < (v2 ? kV2Header : kV1Header)) return;
  const uint8_t* p = emit.at(0);
  auto address = [&](uint32_t at, uint32_t length) {
    if (length == 6) emit.bytes(kSrcEth, at, 6);
    else if (length) emit.bytes(kSrcOther, at, std::min(length, 8u));
    if (length < 8) emit.bytes(kUnused, at + length, 8 - length);
  };
  if (v2) {
    emit.number(be16(p) >= 0x600 ? kEtype : kLtype, be16(p), 0, 2);
    emit.read(kIfindex, 4, 4), emit.read(kHaType, 8, 2), emit.number(kPktType, p[10], 10, 1), emit.number(kHaLen, p[11], 11, 1);
    address(12, p[11]);
    return;
  }
  emit.read(kPktType, 0, 2), emit.read(kHaType, 2, 2), emit.read(kHaLen, 4, 2);
  address(6, be16(p + 4));
  emit.number(be16(p + 14) >= 0x600 ? kEtype : kLtype, be16(p + 14), 14, 2);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("SLL");
  bool v2 = version2(d);
  if (l.cap_end - l.offset < (v2 ? kV2Header : kV1Header)) return;
  const uint8_t* p = d.at(l);
  std::string from;
  if ((v2 ? p[11] : be16(p + 4)) == 6) append_ether(from, p + (v2 ? 12 : 6));
  c.set_addresses(from, "");
  c.set_info(value_name(kPacketTypes, v2 ? p[10] : be16(p)));
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLinuxSll)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLinuxSll2)}};

enum NullRow : unsigned {
  kNullFamily
};

constexpr FieldRow kNullRows[] = {
    {.name = "null.family", .label = "Family", .type = FieldType::kUint32, .base = Base::kDec},
};

// The family in the byte order of the machine that captured; OpenBSD's form is big-endian always.
uint32_t family_of(const Dissection& d, const uint8_t* p) {
  uint32_t value = le32(p);
  return d.packet.link_type == LinkType::kLoop || value > 0xffff ? be32(p) : value;
}

Next null_walk(Walk& w, Region region) {
  if (region.captured() < 4) return w.damaged(id::kNull, region, 4);
  if (!w.push(id::kNull, region, 4)) return {};
  Region payload = region.from(region.offset + 4);
  ++payload.depth;
  switch (family_of(w.d, w.at(region))) {
    case 2: return {id::kIp, payload};
    case 10: case 24: case 28: case 30: return {id::kIpv6, payload};  // AF_INET6 of Linux, NetBSD, FreeBSD, Darwin
    default: return w.data(payload);
  }
}

void null_details(Emit& emit) {
  if (emit.data().size() >= 4) emit.number(kNullFamily, family_of(emit.packet(), emit.at(0)), 0, 4);
}

void null_columns(const Dissection&, const LayerRef&, Columns& c) { c.set_protocol("Null/Loopback"); }

constexpr Over kNullOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kNull)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLoop)}};

Next raw_walk(Walk& w, Region region) {
  if (!w.push(id::kRaw, region, 0)) return {};
  if (region.captured() == 0) return {};
  ++region.depth;
  switch (w.at(region)[0] >> 4) {
    case 4: return {id::kIp, region};
    case 6: return {id::kIpv6, region};
    default: return w.data(region);
  }
}

constexpr Over kRawOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kRaw)}};

}  // namespace

const ProtocolDef kSllDef = {.name = "sll", .long_name = "Linux cooked-mode capture", .short_name = "SLL", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};
const ProtocolDef kNullDef = {.name = "null", .long_name = "Null/Loopback", .short_name = "Null", .rows = kNullRows, .over = kNullOver, .walk = null_walk, .details = null_details, .columns = null_columns};
const ProtocolDef kRawDef = {.name = "raw", .long_name = "Raw packet data", .short_name = "Raw", .rows = {}, .over = kRawOver, .walk = raw_walk, .item_to_end = true};

}  // namespace wiretail::dissect
