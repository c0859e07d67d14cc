// Linux cooked capture, versions 1 and 2 (tcpdump.org LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/protocols/gre_protocols.hpp"
#include "dissect/protocols/hardware_type.hpp"
#include "dissect/protocols/trailer.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kV1Header = 16, kV2Header = 20, kAddressRoom = 8;
constexpr uint16_t kLargestLinuxType = 0x600, kGreTunnel = 778, kNetlink = 824;
constexpr ValueName kPacketTypes[] = {{0, "Unicast to us"}, {1, "Broadcast"}, {2, "Multicast"}, {3, "Unicast to another host"}, {4, "Sent by us"}};
constexpr ValueName kLinuxTypes[] = {{1, "Raw 802.3"}, {3, "Ethernet"}, {4, "802.2 LLC"}, {7, "PPP (HDLC)"}, {12, "CAN"}, {13, "CAN FD"}, {23, "IrDA LAP"}, {245, "ISI"}, {246, "IEEE 802.15.4"}};

enum Row : unsigned { kPktType, kHaType, kHaLen, kSrcEth, kSrcIpv4, kSrcOther, kUnused, kLtype, kGreType, kEtype, kTrailer, kIfindex };

constexpr FieldRow kRows[] = {
    {.name = "sll.pkttype", .label = "Packet type", .type = FieldType::kUint16, .base = Base::kDec, .names = kPacketTypes},
    {.name = "sll.hatype", .label = "Link-layer address type", .type = FieldType::kUint16, .base = Base::kDec, .names = hardware_type::kNames},
    {.name = "sll.halen", .label = "Link-layer address length", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "sll.src.eth", .label = "Source", .type = FieldType::kEther, .blurb = "Source link-layer address"},
    {.name = "sll.src.ipv4", .label = "Source", .type = FieldType::kIpv4, .blurb = "Source link-layer address"},
    {.name = "sll.src.other", .label = "Source", .type = FieldType::kBytes, .blurb = "Source link-layer address"},
    {.name = "sll.unused", .label = "Unused", .type = FieldType::kBytes, .blurb = "Unused bytes"},
    {.name = "sll.ltype", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex, .names = kLinuxTypes, .blurb = "Linux protocol type"},
    {.name = "sll.gretype", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex, .names = gre_protocols::kNames, .blurb = "GRE protocol type"},
    {.name = "sll.etype", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames, .blurb = "Ethernet protocol type"},
    {.name = "sll.trailer", .label = "Trailer", .type = FieldType::kBytes},
    {.name = "sll.ifindex", .label = "Interface index", .type = FieldType::kUint32, .base = Base::kDec},
};

// Where things lie in the two versions.
struct Shape {
  uint32_t header, protocol, hardware, address;
};
constexpr Shape kV1{kV1Header, 14, 2, 6}, kV2{kV2Header, 0, 8, 12};
const Shape& shape(const Dissection& d) { return d.packet.link_type == LinkType::kLinuxSll2 ? kV2 : kV1; }

Next walk(Walk& w, const Region& region) {
  const Shape& s = shape(w.d);
  if (region.captured() < s.header) return w.damaged(id::kSll, region, s.header);
  LayerRef* layer = w.push(id::kSll, region, s.header);
  if (!layer) return {};
  const uint8_t* p = w.at(region);
  uint16_t type = be16(p + s.protocol), hardware = be16(p + s.hardware);
  Region payload = region.from(region.offset + s.header);
  ++payload.depth;
  ProtoId proto = kNoProto;
  if (hardware == kGreTunnel) {
    proto = w.next.gre(type);
  } else if (hardware == kNetlink) {
    proto = kNoProto;
  } else if (type > kLargestLinuxType) {
    layer->extra |= kByEthertype;
    proto = w.next.ethertype(type);
  } else {
    proto = type == 3 ? ProtoId{id::kEth} : type == 4 ? ProtoId{id::kLlc} : type == 7 ? ProtoId{id::kPpp} : kNoProto;
  }
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void protocol(Emit& emit, uint32_t at, uint16_t hardware) {
  uint16_t type = be16(emit.at(at));
  emit.number(hardware == kGreTunnel ? kGreType : type > kLargestLinuxType ? kEtype : kLtype, type, at, 2);
}

void address(Emit& emit, uint32_t at, uint32_t length) {
  uint32_t have = static_cast<uint32_t>(emit.data().size());
  if (have < at + std::min(length, kAddressRoom)) return;
  if (length == 6) emit.bytes(kSrcEth, at, 6);
  else if (length == 4) emit.read(kSrcIpv4, at, 4);
  else if (length) emit.bytes(kSrcOther, at, std::min(length, kAddressRoom));
  if (length < kAddressRoom && have >= at + kAddressRoom) emit.bytes(kUnused, at + length, kAddressRoom - length);
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  Dissection& d = emit.packet();
  const uint8_t* p = emit.at(0);
  uint32_t have = l.cap_end - l.offset;
  if (d.packet.link_type == LinkType::kLinuxSll2) {
    if (have < 12 || be16(p + 8) == kNetlink) return;
    protocol(emit, 0, be16(p + 8));
    emit.read(kIfindex, 4, 4), emit.read(kHaType, 8, 2), emit.number(kPktType, p[10], 10, 1), emit.number(kHaLen, p[11], 11, 1);
    address(emit, 12, p[11]);
  } else {
    if (have < 4 || be16(p + 2) == kNetlink) return;
    emit.read(kPktType, 0, 2), emit.read(kHaType, 2, 2);
    if (have < 6) return;
    emit.read(kHaLen, 4, 2);
    address(emit, 6, be16(p + 4));
    if (have >= kV1Header) protocol(emit, 14, be16(p + 2));
  }
  bool shown = &l + 1 < d.layers.end() && (&l + 1)->proto != id::kData;
  if (shown && l.extra & kByEthertype) trailer::emit(emit, kTrailer, trailer::claimed_end(d, l), l.end);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("SLL");
  const Shape& s = shape(d);
  uint32_t have = l.cap_end - l.offset;
  if (have < (&s == &kV2 ? 12u : 2u)) return;
  const uint8_t* p = d.at(l);
  // Wireshark reads two bytes of version 2, too, where one is the type.
  uint16_t type = be16(&s == &kV2 ? p + 10 : p);
  std::string_view name = value_name(kPacketTypes, type);
  std::string info(name);
  if (name.empty()) info = "Unknown (", append_uint(info, type), info += ')';
  c.set_info(info);
  if (have < s.address + 8) return;
  uint32_t length = &s == &kV2 ? p[11] : be16(p + 4);
  std::string from;
  if (length == 6) append_ether(from, p + s.address);
  else if (length == 4) append_ipv4(from, be32(p + s.address));
  c.set_addresses(from, "");
  if (l.extra & kByEthertype && (&l + 1 == d.layers.end() || (&l + 1)->proto == id::kData)) c.set_protocol(ethertype::hex(be16(p + s.protocol)));
}

void head(const Dissection& d, const LayerRef&, std::string& out) {
  out += d.packet.link_type == LinkType::kLinuxSll2 ? "Linux cooked capture v2" : "Linux cooked capture v1";
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLinuxSll)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLinuxSll2)}};

}  // namespace

const ProtocolDef kSllDef = {.name = "sll", .long_name = "Linux cooked-mode capture", .short_name = "SLL", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 4};

}  // namespace wiretail::dissect
