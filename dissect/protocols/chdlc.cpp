// Cisco HDLC: four bytes in front of what an Ethernet type names. RFC 1547 §4.3.1 describes it; the padding byte of CLNS is
// Cisco's. Frame Relay (fr.cpp) uses the same types.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/cisco_types.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4;
constexpr ValueName kAddresses[] = {{0x0f, "Unicast"}, {0x8f, "Multicast"}};

enum Row : unsigned { kAddress, kControl, kProtocol, kPadding };

constexpr FieldRow kRows[] = {
    {.name = "chdlc.address", .label = "Address", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1), .names = kAddresses},
    {.name = "chdlc.control", .label = "Control", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1)},
    {.name = "chdlc.protocol", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2, 2), .names = cisco_types::kNames},
    {.name = "chdlc.clns_padding", .label = "CLNS Padding", .type = FieldType::kUint8, .base = Base::kHex},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kChdlc, region, kHeader);
  const uint16_t type = be16(w.at(region) + 2);
  LayerRef* layer = w.push(id::kChdlc, region, kHeader);
  if (!layer) return {};
  if (region.captured() == kHeader && region.length() > kHeader && cisco_types::proto(type) == kNoProto) w.damage(*layer, kShort);
  return cisco_types::next(w, region.from(region.offset + kHeader), type);
}

void details(Emit& emit) {
  emit.fixed(kAddress, kProtocol);
  // A byte in front of OSI's protocols, unless theirs follows at once (CLNP, ES-IS, IS-IS).
  if (emit.data().size() > kHeader && be16(emit.at(2)) == cisco_types::kClns && (*emit.at(4) < 0x81 || *emit.at(4) > 0x83)) emit.read(kPadding, kHeader, 1);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_addresses("N/A", "N/A");
  c.set_protocol("CHDLC");
  c.set_info("");
  if (l.cap_end - l.offset < kHeader) return;
  if (const uint16_t type = be16(d.at(l) + 2); cisco_types::proto(type) == kNoProto) c.set_protocol(ethertype::hex(type));
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kCiscoHdlc)}};

}  // namespace

const ProtocolDef kChdlcDef = {.name = "chdlc", .long_name = "Cisco HDLC", .short_name = "CHDLC", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
