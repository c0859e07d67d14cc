// ARCNET as captured on Linux (with the offset of its buffer) and on BSD. Encapsulation of IP: RFC 1201, before that RFC 1051.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kAddresses = 2;
constexpr ValueName kProtocols[] = {
    {0x00, "Datapoint boot"}, {0x01, "Datapoint mount"}, {0x08, "PowerLAN beacon"}, {0x80, "Diagnose"}, {0xc4, "IPv6"}, {0xcd, "BACnet"}, {0xd4, "RFC 1201 IP"},
    {0xd5, "RFC 1201 ARP"}, {0xd6, "RFC 1201 RARP"}, {0xdd, "Appletalk"}, {0xe8, "Encapsulated Ethernet"}, {0xec, "Novell of some sort"}, {0xf0, "RFC 1051 IP"},
    {0xf1, "RFC 1051 ARP"}, {0xf3, "PowerLAN beacon2"}, {0xf7, "Banyan VINES"}, {0xfa, "IPX"}};

enum Row : unsigned { kSrc, kDst, kOffset, kProtId, kSplit, kSequence };

constexpr FieldRow kRows[] = {
    {.name = "arcnet.src", .label = "Source", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1), .blurb = "Source ID"},
    {.name = "arcnet.dst", .label = "Dest", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1), .blurb = "Dest ID"},
    {.name = "arcnet.offset", .label = "Offset", .type = FieldType::kBytes},
    {.name = "arcnet.protID", .label = "Protocol ID", .type = FieldType::kUint8, .base = Base::kHex, .names = kProtocols, .blurb = "Proto type"},
    {.name = "arcnet.split_flag", .label = "Split Flag", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "arcnet.sequence", .label = "Sequence", .type = FieldType::kUint16, .base = Base::kDec, .blurb = "Sequence number"},
};
static_assert(rows_fit(kRows, kAddresses));

// Where the protocol's number stands, and how long the header is with it: RFC 1051 has neither flag nor sequence number.
uint32_t type_at(const Dissection& d) { return d.packet.link_type == LinkType::kArcnetLinux ? 4 : 2; }
uint32_t header_of(uint32_t at, uint8_t type) { return type == 0xf0 || type == 0xf1 ? at + 1 : at + 4; }

Next walk(Walk& w, const Region& region) {
  const uint32_t at = type_at(w.d);
  if (region.captured() <= at) return w.damaged(id::kArcnet, region, at + 1);
  const uint8_t type = w.at(region)[at];
  const uint32_t header = header_of(at, type);
  if (region.captured() < header) return w.damaged(id::kArcnet, region, header);
  if (!w.push(id::kArcnet, region, header)) return {};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  switch (type) {
    case 0xd4: case 0xf0: return {id::kIp, payload};
    case 0xd5: case 0xd6: case 0xf1: return {id::kArp, payload};
    case 0xc4: return {id::kIpv6, payload};
    default: w.count_unsupported(); return w.data(payload);
  }
}

void details(Emit& emit) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint32_t at = type_at(emit.packet());
  emit.fixed(kSrc, kDst);
  if (at == 4) emit.read(kOffset, 2, 2);
  emit.read(kProtId, at, 1);
  if (have <= at || header_of(at, *emit.at(at)) == at + 1) return;
  emit.read(kSplit, at + 1, 1), emit.read(kSequence, at + 2, 2);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ARCNET");
  c.set_info("ARCNET");
  const uint32_t have = l.cap_end - l.offset, at = type_at(d);
  if (have < kAddresses) return;
  const uint8_t* p = d.at(l);
  std::string from = "0x", to = "0x", type = "0x";
  append_hex(from, p[0], 2), append_hex(to, p[1], 2);
  c.set_addresses(from, to);
  if (have <= at || have < header_of(at, p[at]) || value_name(kProtocols, p[at]).find("RFC") == 0) return;
  append_hex(type, p[at], 4);
  if (p[at] != 0xc4) c.set_protocol(type);
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kArcnet)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kArcnetLinux)}};

}  // namespace

const ProtocolDef kArcnetDef = {.name = "arcnet", .long_name = "ARCNET", .short_name = "ARCNET", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
