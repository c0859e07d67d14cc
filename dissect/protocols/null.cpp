// The loopback header of BSD systems (tcpdump.org LINKTYPE_NULL, LINKTYPE_LOOP): an address family in the byte order of the
// machine that captured, or in network order. Some writers put an Ethernet type there.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4, kSmallestType = 0x600;
constexpr uint16_t kHdlcAddress = 0xff03;
constexpr ValueName kFamilies[] = {{2, "IP"}, {7, "OSI"}, {16, "Appletalk"}, {23, "Netware IPX/SPX"}, {24, "IPv6"}, {28, "IPv6"}, {30, "IPv6"}};

enum Row : unsigned { kType, kFamily };

constexpr FieldRow kRows[] = {
    {.name = "null.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames},
    {.name = "null.family", .label = "Family", .type = FieldType::kUint32, .base = Base::kDec, .names = kFamilies},
};

// The number that the header holds: a family, or a type if it is as large as one.
uint32_t number_of(const Dissection& d, const uint8_t* p) {
  if (d.packet.link_type == LinkType::kLoop) return be32(p);
  uint32_t value = le32(p);
  if (value & 0xffff0000) value = be32(p);  // the other byte order
  else if (!(value & 0xff) && value < kSmallestType) value >>= 8;
  if ((value & 0xffff) >= kSmallestType) value &= 0xffff;
  return value;
}

// In network order there is nothing to guess.
bool fixed_order(const Dissection& d) { return d.packet.link_type == LinkType::kLoop; }
bool hdlc(const Dissection& d, const uint8_t* p) { return !fixed_order(d) && be16(p) == kHdlcAddress; }
bool is_type(const Dissection& d, uint32_t value) { return !fixed_order(d) && value >= kSmallestType && value <= 0xffff; }

Next walk(Walk& w, const Region& received) {
  Region region = received;
  if (region.captured() < kHeader) {
    region.cap_end = region.offset;
    return w.damaged(id::kNull, region, kHeader);
  }
  if (!w.push(id::kNull, region, kHeader)) return {};
  const uint8_t* p = w.at(region);
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  if (hdlc(w.d, p)) {
    Region whole = region;
    ++whole.depth;
    return {id::kPpp, whole};
  }
  uint32_t value = number_of(w.d, p);
  ProtoId proto = kNoProto;
  switch (value) {
    case 2: proto = id::kIp; break;
    case 24: case 28: case 30: proto = id::kIpv6; break;  // AF_INET6 of NetBSD, FreeBSD, Darwin
    default:
      if (is_type(w.d, value)) proto = w.next.ethertype(static_cast<uint16_t>(value));
  }
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void details(Emit& emit) {
  if (emit.data().size() < kHeader || hdlc(emit.packet(), emit.at(0))) return;
  uint32_t value = number_of(emit.packet(), emit.at(0));
  emit.number(is_type(emit.packet(), value) ? kType : kFamily, value, 0, kHeader);
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_addresses("N/A", "N/A");
  c.set_protocol("N/A");
  c.set_info("Null/Loopback");
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kNull)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLoop)}};

}  // namespace

const ProtocolDef kNullDef = {.name = "null", .long_name = "Null/Loopback", .short_name = "Null", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
