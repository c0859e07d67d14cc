// Ethernet II and IEEE 802.3 framing. IEEE Std 802.3-2018, 3.1.1.
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 14;

constexpr FieldRow kRows[] = {
    {.name = "eth.dst", .label = "Destination", .type = FieldType::kEther, .fixed = at(0, 6)},
    {.name = "eth.src", .label = "Source", .type = FieldType::kEther, .fixed = at(6, 6)},
    {.name = "eth.addr", .label = "Address", .type = FieldType::kEther, .fixed = at_both(0, 6, 6), .flags = kHidden | kMulti},
    {.name = "eth.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(12, 2)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kEth, region, kHeader);
  if (!w.push(id::kEth, region, kHeader)) return {};
  ProtoId proto = w.next.ethertype(be16(w.at(region) + 12));
  Region payload = region.from(region.offset + kHeader);
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kEthernet)}};

}  // namespace

const ProtocolDef kEthDef = {.name = "eth", .long_name = "Ethernet", .short_name = "Ethernet", .rows = kRows, .over = kOver, .walk = walk};

}  // namespace wiretail::dissect
