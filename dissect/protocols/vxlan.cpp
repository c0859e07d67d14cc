// Virtual eXtensible Local Area Network: Ethernet in UDP. RFC 7348; group policy: draft-smith-vxlan-group-policy-05.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/lines.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;
constexpr ValueName kDefined[] = {{0, "Not defined"}, {1, "Defined"}};

enum Row : unsigned { kFlags, kFlagG, kFlagI, kFlagD, kFlagA, kFlagsReserved, kGbp, kVni, kReserved8 };

constexpr FieldRow kRows[] = {
    {.name = "vxlan.flags", .label = "Flags", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(0, 2), .show = list_flags},
    {.name = "vxlan.flag_g", .label = "GBP Extension", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x8000, .names = kDefined, .bits = 16},
    {.name = "vxlan.flag_i", .label = "VXLAN Network ID (VNI)", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x0800, .bits = 16},
    {.name = "vxlan.flag_d", .label = "Don't Learn", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x0040, .bits = 16},
    {.name = "vxlan.flag_a", .label = "Policy Applied", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x0008, .bits = 16},
    {.name = "vxlan.flags_reserved", .label = "Reserved(R)", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(0, 2), .mask = 0x77b7},
    {.name = "vxlan.gbp", .label = "Group Policy ID", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2)},
    {.name = "vxlan.vni", .label = "VXLAN Network Identifier (VNI)", .type = FieldType::kUint24, .base = Base::kDec, .fixed = at(4, 3), .flags = kSummary},
    {.name = "vxlan.reserved8", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(7, 1)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kVxlan, region, kHeader);
  if (!w.push(id::kVxlan, region, kHeader)) return {};
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  return {id::kEth, payload};
}

void details(Emit& emit) {
  emit.fixed(kFlags);
  emit.push(), emit.fixed(kFlagG, kFlagsReserved), emit.pop();
  emit.fixed(kGbp, kReserved8);
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("VxLAN");
  c.set_info("");
}

constexpr Over kOver[] = {{Over::Kind::kUdpPort, 4789}};

}  // namespace

const ProtocolDef kVxlanDef = {.name = "vxlan", .long_name = "Virtual eXtensible Local Area Network", .short_name = "VXLAN", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
