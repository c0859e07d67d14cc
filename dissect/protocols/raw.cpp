// Packets without a link header (tcpdump.org LINKTYPE_RAW). Old PPP devices put a header there all the same.
#include <algorithm>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint16_t kHdlcAddress = 0xff03;
constexpr uint32_t kZeros = 10;

Next walk(Walk& w, const Region& received) {
  Region region = received;
  LayerRef* layer = w.push(id::kRaw, region, region.captured());
  if (!layer) return {};
  ++region.depth;
  const uint8_t* p = w.at(region);
  uint32_t have = region.captured();
  auto ppp = [&](uint32_t at) { return have >= at + 2 && be16(p + at) == kHdlcAddress; };
  if (ppp(0)) return {id::kPpp, region};
  // Behind six bytes, or one.
  if (have < 8) return w.damage(*layer, region.length() >= 8 ? kShort : kMalformed), Next{};
  if (ppp(6)) return {id::kPpp, region.from(region.offset + 6)};
  if (ppp(1)) return {id::kPpp, region.from(region.offset + 1)};
  if (have >= kZeros && std::all_of(p, p + kZeros, [](uint8_t b) { return b == 0; })) return {id::kIp, region.from(region.offset + kZeros)};
  switch (p[0] >> 4) {
    case 4: return {id::kIp, region};
    case 6: return {id::kIpv6, region};
    default: return w.data(region);
  }
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_addresses("N/A", "N/A");
  c.set_protocol("N/A");
  c.set_info("Raw packet data");
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kRaw)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kRawBsd)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kRawOpenBsd)}};

}  // namespace

const ProtocolDef kRawDef = {.name = "raw", .long_name = "Raw packet data", .short_name = "Raw", .rows = {}, .over = kOver, .walk = walk, .columns = columns, .item_to_end = true};

}  // namespace wiretail::dissect
