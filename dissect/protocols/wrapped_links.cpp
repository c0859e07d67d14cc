// Links on which another link's frame stands behind what the capturing system says of it: Apple's PKTAP (xnu, bsd/net/pktap.h)
// and Juniper's Ethernet (tcpdump.org/linktypes/LINKTYPE_JUNIPER_ETHER.html). The extensions in front are passed over.
#include <algorithm>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kPktapHeader = 12, kPacket = 1;

Next pktap_walk(Walk& w, const Region& region) {
  if (region.captured() < kPktapHeader) return w.damaged(id::kPktap, region, kPktapHeader);
  const uint8_t* p = w.at(region);
  const uint32_t header = le32(p);
  if (header < kPktapHeader || header > region.captured()) return w.damaged(id::kPktap, region, std::max(header, kPktapHeader));
  if (!w.push(id::kPktap, region, header)) return {};
  Region frame = region.from(region.offset + header);
  ++frame.depth;
  const ProtoId proto = le32(p + 4) == kPacket && le32(p + 8) < 0xffff ? w.next.link_type(static_cast<LinkType>(le32(p + 8))) : kNoProto;
  if (proto == id::kPktap || proto == kNoProto) return w.count_unsupported(), w.data(frame);
  return {proto, frame};
}

void pktap_columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("PKTAP");
  c.set_info("");
}

constexpr uint32_t kJuniperHeader = 4, kExtensions = 2, kMagic = 0x4d4743;
constexpr uint8_t kNoLink = 0x02, kExtended = 0x80;

Next juniper_walk(Walk& w, const Region& region) {
  if (region.captured() < kJuniperHeader) return w.damaged(id::kJuniper, region, kJuniperHeader);
  const uint8_t* p = w.at(region);
  uint32_t header = kJuniperHeader;
  if (be24(p) == kMagic && p[3] & kExtended) {
    if (region.captured() < header + kExtensions) return w.damaged(id::kJuniper, region, header + kExtensions);
    header += kExtensions + be16(p + kJuniperHeader);
  }
  if (region.captured() < header) return w.damaged(id::kJuniper, region, header);
  if (!w.push(id::kJuniper, region, header)) return {};
  w.d.layers.hide_last();  // Wireshark has a tree for it that is no protocol's item
  Region frame = region.from(region.offset + header);
  ++frame.depth;
  if (be24(p) != kMagic) return {};
  return p[3] & kNoLink ? w.data(frame) : Next{id::kEth, frame};
}

void juniper_columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("Juniper Ethernet");
  c.set_info("");
}

constexpr Over kPktapOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kPktap)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kUser2)}};
constexpr Over kJuniperOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kJuniperEthernet)}};

}  // namespace

const ProtocolDef kPktapDef = {.name = "pktap", .long_name = "PKTAP packet header", .short_name = "PKTAP", .over = kPktapOver, .walk = pktap_walk, .columns = pktap_columns};
const ProtocolDef kJuniperDef = {.name = "juniper", .long_name = "Juniper Ethernet", .short_name = "Juniper", .over = kJuniperOver, .walk = juniper_walk, .columns = juniper_columns};

}  // namespace wiretail::dissect
