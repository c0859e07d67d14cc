// IP over InfiniBand (RFC 4391 §6): an Ethernet type behind the addresses that the capture puts in front.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 44, kTo = 20;

enum Row : unsigned { kDestination, kQpn, kGid, kType, kReserved };

constexpr FieldRow kRows[] = {
    {.name = "ipoib.daddr", .label = "Destination address"},
    {.name = "ipoib.daddr.qpn", .label = "Destination QPN", .type = FieldType::kUint24, .base = Base::kHex, .fixed = at(kTo + 1, 3)},
    {.name = "ipoib.dgid", .label = "Destination GID", .type = FieldType::kIpv6, .fixed = at(kTo + 4, 16)},
    {.name = "ipoib.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(40, 2), .names = ethertype::kNames},
    {.name = "ipoib.reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(42, 2)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kIpoib, region, kHeader);
  if (!w.push(id::kIpoib, region, kHeader)) return {};
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  const ProtoId proto = w.next.ethertype(be16(w.at(region) + 40));
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? Next{} : Next{proto, payload};
}

void details(Emit& emit) {
  if (emit.data().size() >= kTo) emit.none(kDestination, kTo, 20);
  emit.push(), emit.fixed(kQpn, kGid), emit.pop();
  emit.fixed(kType, kReserved);
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("IPoIB");
  c.set_info("IP over Infiniband");
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kIpoib)}};

}  // namespace

const ProtocolDef kIpoibDef = {.name = "ipoib", .long_name = "IP over Infiniband", .short_name = "IPoIB", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
