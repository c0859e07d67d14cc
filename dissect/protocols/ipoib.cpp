// IP over InfiniBand (RFC 4391 §6): an Ethernet type behind the addresses that the capture puts in front.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 44, kTo = 20;

enum Row : unsigned { kDestination, kQpn, kGrh, kGrhVersion, kGrhClass, kGrhFlow, kGrhQpn, kGrhSource, kGid, kType, kReserved };

constexpr FieldRow kRows[] = {
    {.name = "ipoib.daddr", .label = "Destination address"},
    {.name = "ipoib.daddr.qpn", .label = "Destination QPN", .type = FieldType::kUint24, .base = Base::kHex},
    {.name = "ipoib.grh", .label = "Global Route Header"},
    {.name = "ipoib.grh.ipver", .label = "IP Version", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0},
    {.name = "ipoib.grh.tclass", .label = "Traffic Class", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x0ff0},
    {.name = "ipoib.grh.flowlabel", .label = "Flow Label", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x000fffff},
    {.name = "ipoib.grh.sqpn", .label = "Source QPN", .type = FieldType::kUint24, .base = Base::kHex},
    {.name = "ipoib.grh.sgid", .label = "Source GID", .type = FieldType::kIpv6},
    {.name = "ipoib.dgid", .label = "Destination GID", .type = FieldType::kIpv6, .fixed = at(kTo + 4, 16)},
    {.name = "ipoib.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(40, 2), .names = ethertype::kNames},
    {.name = "ipoib.reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(42, 2)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kIpoib, region, kHeader);
  if (!w.push(id::kIpoib, region, kHeader)) return {};
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  const ProtoId proto = w.next.ethertype(be16(w.at(region) + 40));
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? Next{} : Next{proto, payload};
}

void details(Emit& emit) {
  const Bytes data = emit.data();
  // In front of a packet to a group stands the global route header (InfiniBand's, of IPv6's form), else the address alone.
  const bool to_group = data.size() > kTo + 4 && data[kTo + 4] == 0xff;
  if (to_group) emit.none(kGrh, 0, 40);
  else if (data.size() >= kTo) emit.none(kDestination, kTo, 20);
  emit.push();
  if (to_group) {
    emit.read(kGrhVersion, 0, 1), emit.read(kGrhClass, 0, 2), emit.read(kGrhFlow, 0, 4), emit.read(kGrhQpn, 5, 3);
    if (data.size() >= 24) emit.read(kGrhSource, 8, 16);
  } else if (data.size() >= kTo + 4) {
    emit.read(kQpn, kTo + 1, 3);
  }
  emit.fixed(kGid), emit.pop();
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
