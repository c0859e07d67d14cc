// Cisco MetaData: the security group of the sender in front of an Ethernet type (draft-smith-kandula-sxp, "inline tagging").
// In GRE the type comes first.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/protocols/trailer.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8, kItem = 6;  // the type behind it is not the item's

enum Row : unsigned { kVersion, kLength, kOptions, kSgt, kType, kTrailer };

constexpr FieldRow kRows[] = {
    {.name = "cmd.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "cmd.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "cmd.options", .label = "Options", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "cmd.sgt", .label = "SGT", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "cmd.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames},
    {.name = "cmd.trailer", .label = "Trailer", .type = FieldType::kBytes},
};

bool in_gre(const Dissection& d, const LayerRef& l) { return &l != d.layers.begin() && (&l - 1)->proto == id::kGre; }

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kCmd, region, kHeader);
  LayerRef* layer = w.push(id::kCmd, region, kItem);
  if (!layer) return {};
  const bool gre = in_gre(w.d, *layer);
  const uint16_t type = be16(w.at(region) + (gre ? 0 : 6));
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  const ProtoId proto = gre ? w.next.gre(type) : w.next.ethertype(type);
  if (!gre) layer->extra = kByEthertype;
  if (proto != kNoProto) return {proto, payload};
  w.count_unsupported();
  return w.data(payload);
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  const bool gre = in_gre(emit.packet(), l);
  const uint32_t rest = gre ? 2 : 0;
  if (gre) emit.read(kType, 0, 2);
  emit.read(kVersion, rest, 1), emit.read(kLength, rest + 1, 1), emit.read(kOptions, rest + 2, 2), emit.read(kSgt, rest + 4, 2);
  if (gre) return;
  emit.read(kType, 6, 2);
  if (emit.data().size() > kHeader) trailer::emit(emit, kTrailer, trailer::claimed_end(emit.packet(), l), l.end, Emit::kNoRow, Emit::kNoRow);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("CMD");
  c.set_info("");
  if (l.cap_end - l.offset < kHeader || in_gre(d, l)) return;
  if (const uint16_t type = be16(d.at(l) + 6); NextTables::get().ethertype(type) == kNoProto) c.set_protocol(ethertype::hex(type));
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x8909}, {Over::Kind::kGreProto, 0x8909}};

}  // namespace

const ProtocolDef kCmdDef = {.name = "cmd", .long_name = "Cisco MetaData", .short_name = "Cisco MetaData", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
