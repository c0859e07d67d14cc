// IEEE 802.1Q and 802.1ad tags. IEEE Std 802.1Q-2018, 9.6.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4;
constexpr ValueName kPriorities[] = {{0, "Best Effort (default)"}, {1, "Background"}, {2, "Spare"}, {3, "Excellent Effort"}, {4, "Controlled Load"}, {5, "Video, < 100ms latency and jitter"}, {6, "Voice, < 10ms latency and jitter"}, {7, "Network Control"}};
constexpr ValueName kDeiNames[] = {{0, "Ineligible"}, {1, "Eligible"}};

enum Row : unsigned {
  kPriority, kDei, kId, kEtype, kLen
};

constexpr FieldRow kRows[] = {
    {.name = "vlan.priority", .label = "Priority", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0,2), .mask = 0xe000, .names = kPriorities, .flags = kMulti},
    {.name = "vlan.dei", .label = "DEI", .type = FieldType::kBoolean, .fixed = at(0,2), .mask = 0x1000, .names = kDeiNames, .flags = kMulti, .bits = 16},
    {.name = "vlan.id", .label = "ID", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0,2), .mask = 0xfff, .flags = kSummary | kMulti},
    {.name = "vlan.etype", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "vlan.len", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kVlan, region, kHeader);
  if (!w.push(id::kVlan, region, kHeader)) return {};
  uint16_t type = be16(w.at(region) + 2);
  Region payload = region.from(region.offset + kHeader);
  if (type <= 1500) {
    payload.end = std::min(payload.end, payload.offset + type);
    payload.cap_end = std::min(payload.cap_end, payload.end);
    ProtoId llc = w.next.llc_sap(0xff);
    return llc == kNoProto ? w.data(payload) : Next{llc, payload};
  }
  ProtoId proto = w.next.ethertype(type);
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void details(Emit& emit) {
  emit.fixed(kPriority, kId);
  if (emit.data().size() < kHeader) return;
  uint16_t type = be16(emit.at(2));
  emit.number(type <= 1500 ? kLen : kEtype, type, 2, 2);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("VLAN");
  if (l.cap_end - l.offset < kHeader) return;
  uint16_t tci = be16(d.at(l));
  std::string info = "PRI: ";
  append_uint(info, tci >> 13), info += "  DEI: ", append_uint(info, tci >> 12 & 1), info += "  ID: ", append_uint(info, tci & 0xfff);
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x8100}, {Over::Kind::kEthertype, 0x88a8}, {Over::Kind::kEthertype, 0x9100}};

}  // namespace

const ProtocolDef kVlanDef = {.name = "vlan", .long_name = "802.1Q Virtual LAN", .short_name = "VLAN", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
