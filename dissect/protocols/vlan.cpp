// IEEE 802.1Q tags and IEEE 802.1ad provider tags. IEEE Std 802.1Q-2018, 9.6. Two provider tags in a row are one layer
// (service and customer VLAN), as Wireshark has them.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/protocols/trailer.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4, kLongestLength = 1500;
constexpr unsigned kMostTags = 20;
constexpr uint16_t kTooMany = 1;  // LayerRef::extra
constexpr ValueName kPriorities[] = {{0, "Best Effort (default)"}, {1, "Background"}, {2, "Spare"}, {3, "Excellent Effort"}, {4, "Controlled Load"}, {5, "Video, < 100ms latency and jitter"}, {6, "Voice, < 10ms latency and jitter"}, {7, "Network Control"}};
constexpr ValueName kDeiNames[] = {{0, "Ineligible"}, {1, "Eligible"}};

enum Row : unsigned { kPriority, kDei, kId, kEtype, kLen, kTrailer, kPastEnd, kTooManyTags };

constexpr FieldRow kRows[] = {
    {.name = "vlan.priority", .label = "Priority", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xe000, .names = kPriorities, .flags = kMulti, .blurb = "Descriptions are recommendations from IEEE standard 802.1D-2004"},
    {.name = "vlan.dei", .label = "DEI", .type = FieldType::kBoolean, .mask = 0x1000, .names = kDeiNames, .flags = kMulti, .bits = 16, .blurb = "Drop Eligible Indicator"},
    {.name = "vlan.id", .label = "ID", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xfff, .flags = kSummary | kMulti, .blurb = "VLAN ID"},
    {.name = "vlan.etype", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames, .flags = kMulti, .blurb = "Ethertype"},
    {.name = "vlan.len", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "vlan.trailer", .label = "Trailer", .type = FieldType::kBytes, .flags = kMulti, .blurb = "VLAN Trailer"},
    {.name = "vlan.len.past_end", .label = "Length field value goes past the end of the payload", .flags = kExpert | kMulti},
    {.name = "vlan.too_many_tags", .label = "Too many nested VLAN tags", .flags = kExpert},
};

// The payload is shown by a protocol, not as plain data.
bool shown(const Dissection& d, const LayerRef& l) { return &l + 1 < d.layers.end() && (&l + 1)->proto != id::kData; }

// Nobody claims what is tagged: the columns say its type, and the type's name in place of the tag if it has one.
void name_type(Columns& c, uint16_t type) {
  c.set_protocol(ethertype::hex(type));
  if (const std::string_view name = value_name(ethertype::kNames, type); !name.empty()) c.set_info(name);
}

Next by_type(Walk& w, LayerRef& layer, Region payload, uint16_t type) {
  layer.extra |= kByEthertype;
  ProtoId proto = w.next.ethertype(type);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kVlan, region, kHeader);
  LayerRef* layer = w.push(id::kVlan, region, kHeader);
  if (!layer) return {};
  if (layer->number > kMostTags) return layer->extra |= kTooMany, Next{};
  uint16_t type = be16(w.at(region) + 2);
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  if (type > kLongestLength) return by_type(w, *layer, payload, type);
  payload.end = std::min(payload.end, payload.offset + type);
  payload.cap_end = std::min(payload.cap_end, payload.end);
  bool novell = payload.captured() >= 2 && be16(w.at(payload)) == 0xffff;  // raw IPX
  return novell ? w.data(payload) : Next{id::kLlc, payload};
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  if (l.extra & kTooMany) return emit.expert(kTooManyTags, severity::kWarning, group::kUndecoded, kRows[kTooManyTags].label);
  emit.read(kPriority, 0, 2), emit.read(kDei, 0, 2), emit.read(kId, 0, 2);
  if (l.cap_end - l.offset < kHeader) return;
  uint16_t type = be16(emit.at(2));
  if (type <= kLongestLength) {
    emit.number(kLen, type, 2, 2);
    uint32_t end = l.offset + kHeader + type;
    if (end > l.end) emit.push(), emit.expert(kPastEnd, severity::kError, group::kMalformed, kRows[kPastEnd].label), emit.pop();
    return trailer::emit(emit, kTrailer, end, l.end);
  }
  emit.number(kEtype, type, 2, 2);
  if (shown(emit.packet(), l)) trailer::emit(emit, kTrailer, trailer::claimed_end(emit.packet(), l), l.end);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("VLAN");
  if (l.cap_end - l.offset < 2) return;
  uint16_t tci = be16(d.at(l));
  std::string info = "PRI: ";
  append_uint(info, tci >> 13), info += "  DEI: ", append_uint(info, tci >> 12 & 1), info += "  ID: ", append_uint(info, tci & 0xfff);
  c.set_info(info);
  if (l.extra & kByEthertype && !shown(d, l)) name_type(c, be16(d.at(l) + 2));
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "802.1Q Virtual LAN";
  if (l.cap_end - l.offset < 2) return;
  const uint16_t tci = be16(d.at(l));
  out += ", PRI: ", append_uint(out, tci >> 13), out += ", DEI: ", append_uint(out, tci >> 12 & 1), out += ", ID: ", append_uint(out, tci & 0xfff);
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x8100}, {Over::Kind::kEthertype, 0x9100}};

enum ProviderRow : unsigned { kPPriority, kPDei, kPId, kPSvid, kPCvid, kPEtype, kPTrailer };

constexpr FieldRow kProviderRows[] = {
    {.name = "ieee8021ad.priority", .label = "Priority", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xe000, .flags = kMulti},
    {.name = "ieee8021ad.dei", .label = "DEI", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x1000, .flags = kMulti, .blurb = "Drop Eligibility"},
    {.name = "ieee8021ad.id", .label = "ID", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xfff, .flags = kSummary | kMulti, .blurb = "Vlan ID"},
    {.name = "ieee8021ad.svid", .label = "ID", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xfff, .flags = kSummary | kMulti, .blurb = "S-Vlan ID"},
    {.name = "ieee8021ad.cvid", .label = "ID", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xfff, .flags = kSummary | kMulti, .blurb = "C-Vlan ID"},
    {.name = "ieee8021ah.etype", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames, .flags = kMulti},
    {.name = "ieee8021ah.trailer", .label = "Trailer", .type = FieldType::kBytes, .flags = kMulti, .blurb = "802.1ah Trailer"},
};

// Two tags: the first names another of its kind.
bool doubled(const uint8_t* p) { return be16(p + 2) == 0x88a8; }

Next provider_walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kIeee8021ad, region, kHeader);
  const uint8_t* p = w.at(region);
  uint32_t header = doubled(p) ? 2 * kHeader : kHeader;
  if (region.captured() < header) return w.damaged(id::kIeee8021ad, region, header);
  LayerRef* layer = w.push(id::kIeee8021ad, region, header);
  if (!layer) return {};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  return by_type(w, *layer, payload, be16(p + header - 2));
}

void provider_details(Emit& emit) {
  const LayerRef& l = emit.layer();
  uint32_t have = l.cap_end - l.offset;
  if (have < kHeader) return;
  bool two = doubled(emit.at(0));
  const auto first_bits = [&](unsigned row, uint16_t value) { emit.number(row, value, 0, two ? 2 : 1); };  // of one tag alone a byte is the item
  first_bits(kPPriority, be16(emit.at(0)) >> 13), first_bits(kPDei, be16(emit.at(0)) >> 12 & 1), emit.read(two ? kPSvid : kPId, 0, 2);
  if (two) emit.read(kPPriority, 4, 2), emit.read(kPDei, 4, 2), emit.read(kPCvid, 4, 2);
  if (have < (two ? 2 * kHeader : kHeader)) return;
  emit.read(kPEtype, two ? 6 : 2, 2);
  if (shown(emit.packet(), l)) trailer::emit(emit, kPTrailer, trailer::claimed_end(emit.packet(), l), l.end);
}

void provider_head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "IEEE 802.1ad";
  if (l.cap_end - l.offset < kHeader) return;
  const uint8_t* p = d.at(l);
  const bool two = doubled(p);
  out += two ? ", S-VID: " : ", ID: ", append_uint(out, be16(p) & 0xfff);
  if (two && l.cap_end - l.offset >= 6) out += ", C-VID: ", append_uint(out, be16(p + 4) & 0xfff);
}

void provider_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("802.1ad");
  if (l.cap_end - l.offset < kHeader) return;
  const uint8_t* p = d.at(l);
  auto tag = [](std::string& info, uint16_t tci, const char* name) {
    info += "PRI: ", append_uint(info, tci >> 13), info += "  DROP: ", append_uint(info, tci >> 12 & 1), info += name, append_uint(info, tci & 0xfff);
  };
  std::string info;
  bool two = doubled(p) && l.cap_end - l.offset >= 2 * kHeader;
  tag(info, be16(p), two ? "  S-VID: " : " ID: ");
  if (two) info += "  ", tag(info, be16(p + 4), "  C-VID: ");
  c.set_info(info);
  if (!shown(d, l)) name_type(c, be16(p + (two ? 6 : 2)));
}

constexpr Over kProviderOver[] = {{Over::Kind::kEthertype, 0x88a8}};

}  // namespace

const ProtocolDef kVlanDef = {.name = "vlan", .long_name = "802.1Q Virtual LAN", .short_name = "VLAN", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 2};
const ProtocolDef kIeee8021adDef = {.name = "ieee8021ad", .long_name = "IEEE 802.1ad", .short_name = "IEEE 802.1AD", .rows = kProviderRows, .over = kProviderOver, .walk = provider_walk, .details = provider_details, .columns = provider_columns, .head = provider_head, .item_from = 2};

}  // namespace wiretail::dissect
