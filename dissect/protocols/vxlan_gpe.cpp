// Generic Protocol Extension for VXLAN: any of several protocols in UDP. draft-ietf-nvo3-vxlan-gpe-12 §3.1.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/lines.hpp"
#include "dissect/protocols/nsh.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;
constexpr ValueName kNextProtocols[] = {{1, "IPv4"}, {2, "IPv6"}, {3, "Ethernet"}, {4, "Network Service Header"}, {5, "MPLS"}};

enum Row : unsigned { kFlags, kVersion, kInstance, kNextBit, kOam, kFlagsReserved, kReserved16, kNextProtocol, kVni, kReserved8 };

constexpr FieldRow kRows[] = {
    {.name = "vxlan.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1)},
    {.name = "vxlan.ver", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x30},
    {.name = "vxlan.i_bit", .label = "Instance", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x08},
    {.name = "vxlan.p_bit", .label = "Next Protocol Bit", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x04},
    {.name = "vxlan.o_bit", .label = "OAM bit", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x01},
    {.name = "vxlan.flags_reserved", .label = "Reserved(R)", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0xc2},
    {.name = "vxlan.reserved_16", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(1, 2)},
    {.name = "vxlan.next_proto", .label = "Next Protocol", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(3, 1), .names = kNextProtocols},
    {.name = "vxlan.vni", .label = "VXLAN Network Identifier (VNI)", .type = FieldType::kUint24, .base = Base::kDec, .fixed = at(4, 3)},
    {.name = "vxlan.reserved8", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(7, 1)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kVxlanGpe, region, kHeader);
  if (!w.push(id::kVxlanGpe, region, kHeader)) return {};
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  return nsh::next_protocol(w, w.at(region)[3], payload);
}

void details(Emit& emit) {
  emit.fixed(kFlags);
  emit.push(), emit.fixed(kVersion, kFlagsReserved), emit.pop();
  emit.fixed(kReserved16, kReserved8);
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("VxLAN");
  c.set_info("");
}

constexpr Over kOver[] = {{Over::Kind::kUdpPort, 4790}};

}  // namespace

const ProtocolDef kVxlanGpeDef = {.name = "vxlan", .long_name = "Virtual eXtensible Local Area Network", .short_name = "VXLAN (GPE)", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
