// MAC security: the tag, and what stands behind it in clear where a frame is authenticated but not encrypted. IEEE 802.1AE-2018 §9.
#include <algorithm>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kTag = 6, kChannel = 8, kCheck = 16, kType = 2;
constexpr uint8_t kHasChannel = 0x20, kEncrypted = 0x08, kChanged = 0x04;

constexpr FieldRow kRows[] = {
    {.name = "macsec.TCI", .label = "TCI", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1), .mask = 0xfc, .blurb = "TAG Control Information"},
    {.name = "macsec.AN", .label = "AN", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1), .mask = 0x03, .blurb = "Association Number"},
    {.name = "macsec.SL", .label = "Short length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1, 1)},
    {.name = "macsec.PN", .label = "Packet number", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(2, 4)},
};
static_assert(rows_fit(kRows, kTag));

Next walk(Walk& w, const Region& received) {
  Region region = received;
  if (region.captured() < kTag + kCheck) return w.data(region);
  const uint8_t* p = w.at(region);
  const uint32_t tag = kTag + (p[0] & kHasChannel ? kChannel : 0);
  if (region.captured() < tag || region.length() < tag + kCheck) return w.damaged(id::kMacsec, region, tag + kCheck);
  // A short length says where the check value stands; what follows is padding.
  const uint32_t given = region.length() - tag, length = p[1] ? std::min(uint32_t{p[1]}, given) : given - kCheck;
  Region payload = region.from(region.offset + tag);
  payload.end = region.offset + tag + length, payload.cap_end = std::min(payload.cap_end, payload.end);
  ++payload.depth;
  region.end = payload.end + kCheck, region.cap_end = std::min(region.cap_end, region.end);
  const bool readable = !(p[0] & (kEncrypted | kChanged)) && payload.captured() >= kType;
  LayerRef* layer = w.push(id::kMacsec, region, tag + (readable ? kType : 0));
  if (!layer || !readable) return layer ? w.data(payload) : Next{};
  layer->extra = kByEthertype;
  const ProtoId proto = w.next.ethertype(be16(w.at(payload)));
  payload = payload.from(payload.offset + kType);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("MACSEC");
  c.set_info("MACsec frame");
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x88e5}};

}  // namespace

const ProtocolDef kMacsecDef = {.name = "macsec", .long_name = "802.1AE Security tag", .short_name = "MACSEC", .rows = kRows, .over = kOver, .walk = walk, .columns = columns};

}  // namespace wiretail::dissect
