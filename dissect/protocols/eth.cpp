// Ethernet II and IEEE 802.3 framing. IEEE Std 802.3-2018, 3.1.1. What lies behind an IP packet that is shorter than the
// frame is padding or a trailer.
#include <algorithm>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 14;
constexpr ValueName kTypes[] = {{0x0800, "IPv4"}, {0x0806, "ARP"}, {0x8100, "802.1Q Virtual LAN"}, {0x86dd, "IPv6"}, {0x8847, "MPLS label switched packet"},
                                {0x8863, "PPPoE Discovery"}, {0x8864, "PPPoE Session"}, {0x88a8, "802.1ad Provider Bridge (Q-in-Q)"}};

enum Row : unsigned {
  kDst, kSrc, kAddr, kDstLg, kDstIg, kSrcLg, kSrcIg, kLg, kIg, kType, kLen, kPadding, kTrailer
};

constexpr FieldRow kRows[] = {
    {.name = "eth.dst", .label = "Destination", .type = FieldType::kEther, .fixed = at(0,6)},
    {.name = "eth.src", .label = "Source", .type = FieldType::kEther, .fixed = at(6,6)},
    {.name = "eth.addr", .label = "Address", .type = FieldType::kEther, .fixed = at_both(0,6,6), .flags = kHidden | kMulti},
    {.name = "eth.dst.lg", .label = "LG bit", .type = FieldType::kBoolean, .fixed = at(0,3), .mask = 0x20000, .bits = 24},
    {.name = "eth.dst.ig", .label = "IG bit", .type = FieldType::kBoolean, .fixed = at(0,3), .mask = 0x10000, .bits = 24},
    {.name = "eth.src.lg", .label = "LG bit", .type = FieldType::kBoolean, .fixed = at(6,3), .mask = 0x20000, .bits = 24},
    {.name = "eth.src.ig", .label = "IG bit", .type = FieldType::kBoolean, .fixed = at(6,3), .mask = 0x10000, .bits = 24},
    {.name = "eth.lg", .label = "LG bit", .type = FieldType::kBoolean, .fixed = at_both(0,6,3), .mask = 0x20000, .flags = kHidden | kMulti, .bits = 24},
    {.name = "eth.ig", .label = "IG bit", .type = FieldType::kBoolean, .fixed = at_both(0,6,3), .mask = 0x10000, .flags = kHidden | kMulti, .bits = 24},
    {.name = "eth.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = kTypes},
    {.name = "eth.len", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "eth.padding", .label = "Padding", .type = FieldType::kBytes},
    {.name = "eth.trailer", .label = "Trailer", .type = FieldType::kBytes},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kEth, region, kHeader);
  LayerRef* layer = w.push(id::kEth, region, kHeader);
  if (!layer) return {};
  uint16_t type = be16(w.at(region) + 12);
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  if (type <= 1500) {  // a length: LLC follows
    payload.end = std::min(payload.end, payload.offset + type);
    payload.cap_end = std::min(payload.cap_end, payload.end);
    ProtoId llc = w.next.llc_sap(0xff);
    return llc == kNoProto ? w.data(payload) : Next{llc, payload};
  }
  ProtoId proto = w.next.ethertype(type);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  Dissection& d = emit.packet();
  emit.fixed(kDst, kIg);
  if (l.cap_end - l.offset < kHeader) return;
  uint16_t type = be16(emit.at(12));
  emit.number(type <= 1500 ? kLen : kType, type, 12, 2);
  // The end of what the protocols above claim.
  uint32_t claimed = l.offset + kHeader;
  if (type <= 1500) {
    claimed = std::min(l.cap_end, claimed + type);
  } else {
    for (const LayerRef& above : d.layers)
      if (&above > &l && above.buffer == l.buffer) claimed = std::max(claimed, above.proto == id::kArp ? above.offset + above.header_len : above.end);
  }
  if (claimed >= l.cap_end) return;
  uint32_t rest = l.cap_end - claimed;
  const uint8_t* p = emit.at(claimed - l.offset);
  // Zeros up to the minimal frame are padding, the rest a trailer.
  uint32_t minimal = l.offset + 60, padding = claimed < minimal ? std::min(minimal - claimed, rest) : 0;
  bool zeros = padding && std::all_of(p, p + padding, [](uint8_t b) { return b == 0; });
  if (zeros || padding == rest) emit.bytes(kPadding, claimed - l.offset, padding);
  else padding = 0;
  if (rest > padding) emit.bytes(kTrailer, claimed - l.offset + padding, rest - padding);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("Ethernet");
  if (l.cap_end - l.offset < kHeader) return;
  std::string from, to;
  append_ether(from, d.at(l) + 6), append_ether(to, d.at(l));
  c.set_addresses(from, to == "ff:ff:ff:ff:ff:ff" ? "ff:ff:ff:ff:ff:ff" : to);
  c.set_info("Ethernet II");
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kEthernet)}, {Over::Kind::kGreProto, 0x6558}};

}  // namespace

const ProtocolDef kEthDef = {.name = "eth", .long_name = "Ethernet", .short_name = "Ethernet", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
