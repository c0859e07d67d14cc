// Arista Vendor Specific Protocol: the time at which a switch saw the frame, in front of an Ethernet type. Arista EOS,
// "Timestamping"; the second's unit and epoch are TAI (version 0x10) or UTC (0x110).
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/protocols/trailer.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint16_t kTimestamp = 1;
constexpr ValueName kSubTypes[] = {{kTimestamp, "timestamp"}};
constexpr ValueName kVersions[] = {{0x10, "Version 1"}, {0x20, "Version 2"}, {0x110, "Version 11"}, {0x120, "Version 12"}};

enum Row : unsigned { kSubType, kVersion, k64Time, k64Seconds, k64Nanos, k48Time, k48Seconds, k48Nanos, kType, kTrailer, kUnknownVersion };

constexpr FieldRow kRows[] = {
    {.name = "avsp.sub_type", .label = "Sub Type", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0, 2), .names = kSubTypes},
    {.name = "avsp.ver", .label = "Version", .type = FieldType::kUint16, .base = Base::kHex, .names = kVersions},
    {.name = "avsp.64ts", .label = "Timestamp (TAI)"},
    {.name = "avsp.64sec", .label = "Seconds", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "avsp.64ns", .label = "Nanoseconds", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "avsp.48ts", .label = "Timestamp (TAI)"},
    {.name = "avsp.48sec", .label = "Seconds", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "avsp.48ns", .label = "Nanoseconds", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "avsp.etype", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames, .blurb = "Ethertype"},
    {.name = "avsp.trailer", .label = "Trailer", .type = FieldType::kBytes, .blurb = "AVSP Trailer"},
    {.name = "avsp.ts.unknown_version", .label = "Unknown timestamp version", .flags = kExpert},
};

// Where the type stands that names what follows; 0: a version that nobody knows. `b` has the fixed part.
uint32_t type_at(Bytes b) {
  if (b.size() < 4 || be16(b.data()) != kTimestamp) return 2;
  switch (be16(b.data() + 2)) {
    case 0x10: case 0x110: return 12;
    case 0x20: case 0x120: return 10;
    default: return 0;
  }
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < 2) return w.damaged(id::kAvsp, region, 2);
  Bytes b{w.at(region), region.captured()};
  if (b.size() < 4) return w.damaged(id::kAvsp, region, 4);
  const uint32_t at = type_at(b), header = at ? at + 2 : 4;
  if (b.size() < header) return w.damaged(id::kAvsp, region, header);
  LayerRef* layer = w.push(id::kAvsp, region, header);
  if (!layer || !at) return {};
  layer->extra = kByEthertype;
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  const ProtoId proto = w.next.ethertype(be16(&b[at]));
  if (proto != kNoProto) return {proto, payload};
  w.count_unsupported();
  return w.data(payload);
}

void details(Emit& emit) {
  Bytes b = emit.data();
  emit.fixed(kSubType);
  if (b.size() < 4) return;
  const uint32_t at = type_at(b);
  if (at != 2) emit.read(kVersion, 2, 2);
  if (at == 0) {
    std::string text = "Unknown timestamp version: 0x";
    append_hex(text, be16(&b[2]), b[2] >> 4 ? 4 : b[2] ? 3 : 2);
    return emit.expert(kUnknownVersion, severity::kWarning, group::kSequence, text);
  }
  if (at == 12) {
    emit.none(k64Time, 4, 8);
    emit.push(), emit.read(k64Seconds, 4, 4), emit.read(k64Nanos, 8, 4), emit.pop();
  } else if (at == 10) {
    emit.none(k48Time, 4, 6);
    emit.push(), emit.read(k48Seconds, 4, 2), emit.read(k48Nanos, 6, 4), emit.pop();
  }
  if (b.size() < at + 2) return;
  emit.read(kType, at, 2);
  const LayerRef& l = emit.layer();
  if (l.extra && b.size() > at + 2) trailer::emit(emit, kTrailer, trailer::claimed_end(emit.packet(), l), l.end, Emit::kNoRow, Emit::kNoRow);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("AVSP");
  c.set_info("");
  Bytes b = d.layer_data(l);
  const uint32_t at = type_at(b);
  if (b.size() >= 4 && at > 2) c.set_info(at == 12 ? "64bit TAI timestamp" : "48bit TAI timestamp");
  if (!l.extra || b.size() < at + 2) return;
  if (const uint16_t type = be16(&b[at]); NextTables::get().ethertype(type) == kNoProto) c.set_protocol(ethertype::hex(type));
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0xd28b}};

}  // namespace

const ProtocolDef kAvspDef = {.name = "avsp", .long_name = "Arista Vendor Specific Protocol", .short_name = "avsp", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_to_end = true};

}  // namespace wiretail::dissect
