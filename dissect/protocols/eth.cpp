// Ethernet II and IEEE 802.3 framing. IEEE Std 802.3-2018, 3.1.1 and 3.2.6.
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

constexpr uint32_t kHeader = 14, kLongestLength = 1500, kSmallestType = 0x600;
constexpr ValueName kLgNames[] = {{0, "Globally unique address (factory default)"}, {1, "Locally administered address (this is NOT the factory default)"}};
constexpr ValueName kIgNames[] = {{0, "Individual address (unicast)"}, {1, "Group address (multicast/broadcast)"}};
constexpr ValueName kFcsNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};

enum Row : unsigned {
  kPadding = trailer::kPadding, kPaddingBad = trailer::kPaddingBad,
  kDst, kDstResolved, kDstOui, kSrc, kSrcResolved, kSrcOui, kAddr, kAddrResolved, kAddrOui,
  kDstLg, kDstIg, kSrcLg, kSrcIg, kLg, kIg, kType, kLen, kInvalid, kInvalidExpert, kPastEnd, kNotGroup, kTrailer, kFcs, kFcsStatus
};

constexpr FieldRow kRows[] = {
    {.name = "eth.padding", .label = "Padding", .type = FieldType::kBytes, .flags = kForeign, .blurb = "Ethernet Padding"},
    {.name = "eth.padding_bad", .label = "Padding identification may be inaccurate and impact trailer dissector", .flags = kForeign | kExpert},
    {.name = "eth.dst", .label = "Destination", .type = FieldType::kEther, .fixed = at(0, 6), .blurb = "Destination Hardware Address"},
    {.name = "eth.dst_resolved", .label = "Destination (resolved)", .type = FieldType::kString, .flags = kHidden, .blurb = "Destination Hardware Address (resolved)"},
    {.name = "eth.dst.oui", .label = "Destination OUI", .type = FieldType::kUint24, .base = Base::kOui, .fixed = at(0, 3), .flags = kHidden, .blurb = "Destination Organizationally Unique Identifier"},
    {.name = "eth.src", .label = "Source", .type = FieldType::kEther, .fixed = at(6, 6), .blurb = "Source Hardware Address"},
    {.name = "eth.src_resolved", .label = "Source (resolved)", .type = FieldType::kString, .flags = kHidden, .blurb = "Source Hardware Address (resolved)"},
    {.name = "eth.src.oui", .label = "Source OUI", .type = FieldType::kUint24, .base = Base::kOui, .fixed = at(6, 3), .flags = kHidden, .blurb = "Source Organizationally Unique Identifier"},
    {.name = "eth.addr", .label = "Address", .type = FieldType::kEther, .fixed = at_both(0, 6, 6), .flags = kHidden | kMulti, .blurb = "Source or Destination Hardware Address"},
    {.name = "eth.addr_resolved", .label = "Address (resolved)", .type = FieldType::kString, .flags = kHidden | kMulti, .blurb = "Source or Destination Hardware Address (resolved)"},
    {.name = "eth.addr.oui", .label = "Address OUI", .type = FieldType::kUint24, .base = Base::kOui, .fixed = at_both(0, 6, 3), .flags = kHidden | kMulti, .blurb = "Address Organizationally Unique Identifier"},
    {.name = "eth.dst.lg", .label = "LG bit", .type = FieldType::kBoolean, .fixed = at(0, 3), .mask = 0x20000, .names = kLgNames, .bits = 24, .blurb = "Specifies if this is a locally administered or globally unique (IEEE assigned) address"},
    {.name = "eth.dst.ig", .label = "IG bit", .type = FieldType::kBoolean, .fixed = at(0, 3), .mask = 0x10000, .names = kIgNames, .bits = 24, .blurb = "Specifies if this is an individual (unicast) or group (broadcast/multicast) address"},
    {.name = "eth.src.lg", .label = "LG bit", .type = FieldType::kBoolean, .fixed = at(6, 3), .mask = 0x20000, .names = kLgNames, .bits = 24, .blurb = "Specifies if this is a locally administered or globally unique (IEEE assigned) address"},
    {.name = "eth.src.ig", .label = "IG bit", .type = FieldType::kBoolean, .fixed = at(6, 3), .mask = 0x10000, .names = kIgNames, .bits = 24, .blurb = "Specifies if this is an individual (unicast) or group (broadcast/multicast) address"},
    {.name = "eth.lg", .label = "LG bit", .type = FieldType::kBoolean, .fixed = at_both(0, 6, 3), .mask = 0x20000, .names = kLgNames, .flags = kHidden | kMulti, .bits = 24, .blurb = "Specifies if this is a locally administered or globally unique (IEEE assigned) address"},
    {.name = "eth.ig", .label = "IG bit", .type = FieldType::kBoolean, .fixed = at_both(0, 6, 3), .mask = 0x10000, .names = kIgNames, .flags = kHidden | kMulti, .bits = 24, .blurb = "Specifies if this is an individual (unicast) or group (broadcast/multicast) address"},
    {.name = "eth.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames},
    {.name = "eth.len", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "eth.invalid_lentype", .label = "Invalid length/type", .type = FieldType::kUint16, .base = Base::kHexDec},
    {.name = "eth.invalid_lentype.expert", .label = "Invalid length/type", .flags = kExpert},
    {.name = "eth.len.past_end", .label = "Length field value goes past the end of the payload", .flags = kExpert},
    {.name = "eth.src_not_group", .label = "Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)", .flags = kExpert},
    {.name = "eth.trailer", .label = "Trailer", .type = FieldType::kBytes, .blurb = "Ethernet Trailer or Checksum"},
    {.name = "eth.fcs", .label = "Frame check sequence", .type = FieldType::kUint32, .base = Base::kHex, .blurb = "Ethernet checksum"},
    {.name = "eth.fcs.status", .label = "FCS Status", .type = FieldType::kUint8, .names = kFcsNames, .flags = kGenerated},
};
static_assert(rows_fit(kRows, kHeader));

// A length, not a type: LLC follows. Zero is looked up as a type.
bool is_length(uint16_t type) { return type != 0 && type <= kLongestLength; }
bool is_type(uint16_t type) { return type == 0 || type >= kSmallestType; }

// Bytes of check sequence that the capture says are there; those that it does not speak of are guessed (trailer.cpp).
uint32_t known_fcs(const Dissection& d, const LayerRef& l) { return d.packet.fcs_len > 0 && l.buffer == 0 && &l == d.layers.begin() + 1 ? static_cast<uint32_t>(d.packet.fcs_len) : 0; }

Next walk(Walk& w, const Region& received) {
  Region region = received;
  if (region.captured() < kHeader) return w.damaged(id::kEth, region, kHeader, 0);  // nothing of a short header is shown
  // The multicast address that Cisco's switches send their own frames between themselves to, but for its last byte.
  if (const uint8_t* p = w.at(region); (be32(p) & ~0x02000000u) == 0x01000c00 && p[4] == 0) return {id::kIsl, region};
  LayerRef* layer = w.push(id::kEth, region, kHeader);
  if (!layer) return {};
  uint16_t type = be16(w.at(region) + 12);
  if (uint32_t fcs = known_fcs(w.d, *layer); fcs && region.length() > kHeader + fcs) {
    region.end -= fcs;
    region.cap_end = std::min(region.cap_end, region.end);
  }
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  if (is_length(type)) {
    payload.end = std::min(payload.end, payload.offset + type);
    payload.cap_end = std::min(payload.cap_end, payload.end);
    bool novell = payload.captured() >= 2 && be16(w.at(payload)) == 0xffff;  // raw IPX
    return novell ? w.data(payload) : Next{id::kLlc, payload};
  }
  if (!is_type(type)) return w.data(payload);
  layer->extra |= kByEthertype;
  ProtoId proto = w.next.ethertype(type);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

// -V repeats each address below itself.
void address(Emit& emit, uint32_t offset) {
  if (!emit.showing()) return;
  std::string text = "Address: ";
  append_ether(text, emit.at(offset));
  emit.branch(text);
}

void resolved(Emit& emit, unsigned row, uint32_t offset) {
  if (!emit.wants(row) && !emit.wants(kAddrResolved)) return;
  std::string text;
  append_ether(text, emit.at(offset));
  emit.text(row, text, offset, 6), emit.text(kAddrResolved, text, offset, 6);
}

std::string invalid_text(uint16_t type) {
  std::string text = "Invalid length/type: 0x";
  append_hex(text, type, 4), text += " (", append_uint(text, type), text += ')';
  return text;
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  Dissection& d = emit.packet();
  if (l.cap_end - l.offset < kHeader) return;
  const uint8_t* p = emit.at(0);
  emit.fixed(kDst);
  emit.push(), address(emit, 0), resolved(emit, kDstResolved, 0), emit.fixed(kDstOui), emit.fixed(kDstLg, kDstIg), emit.pop();
  emit.fixed(kSrc);
  emit.push();
  if (p[6] & 1 && !is_length(be16(p + 12))) emit.expert(kNotGroup, severity::kWarning, group::kProtocol, kRows[kNotGroup].label);
  address(emit, 6), resolved(emit, kSrcResolved, 6), emit.fixed(kSrcOui), emit.fixed(kSrcLg, kSrcIg);
  emit.pop();
  emit.fixed(kAddr), emit.fixed(kAddrOui), emit.fixed(kLg, kIg);
  uint16_t type = be16(p + 12);
  uint32_t fcs = known_fcs(d, l), payload_end = l.end - l.offset > kHeader + fcs ? l.end - fcs : l.end;
  if (is_length(type)) {
    emit.number(kLen, type, 12, 2);
    if (l.offset + kHeader + type > payload_end) emit.push(), emit.expert(kPastEnd, severity::kError, group::kMalformed, kRows[kPastEnd].label), emit.pop();
    trailer::emit(emit, kTrailer, l.offset + kHeader + type, l.end, d.packet.fcs_len == 0 ? Emit::kNoRow : kFcs, kFcsStatus);
    return;
  }
  if (!is_type(type)) {
    emit.number(kInvalid, type, 12, 2);
    emit.push(), emit.expert(kInvalidExpert, severity::kWarning, group::kProtocol, invalid_text(type)), emit.pop();
    return;
  }
  emit.number(kType, type, 12, 2);
  uint32_t claimed = trailer::claimed_end(d, l);
  if (&l + 1 == d.layers.end() || (&l + 1)->proto == id::kData) claimed = trailer::unread_end(type, d.buffer(l.buffer), l.offset + kHeader, payload_end);
  trailer::emit(emit, kTrailer, claimed, l.end, d.packet.fcs_len == 0 ? Emit::kNoRow : kFcs, kFcsStatus);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("Ethernet");
  if (l.cap_end - l.offset < kHeader) return;
  std::string from, to;
  append_ether(from, d.at(l) + 6), append_ether(to, d.at(l));
  c.set_addresses(from, to);
  uint16_t type = be16(d.at(l) + 12);
  if (is_length(type)) return c.set_info("IEEE 802.3 Ethernet");
  if (!is_type(type)) return c.set_info("Ethernet Unknown: " + invalid_text(type));
  c.set_info("Ethernet II");
  if (&l + 1 != d.layers.end() && (&l + 1)->proto != id::kData) return;
  c.set_protocol(ethertype::hex(type));
  if (const std::string_view name = value_name(ethertype::kNames, type); !name.empty()) c.set_info(name);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  if (l.cap_end - l.offset < kHeader) return void(out += "Ethernet");
  const uint8_t* p = d.at(l);
  const uint16_t type = be16(p + 12);
  if (is_length(type)) {  // IPX without LLC begins with its unused checksum
    out += "IEEE 802.3 Ethernet ";
    if (l.cap_end - l.offset >= kHeader + 2u && be16(p + kHeader) == 0xffff) out += "Raw ";
    return;
  }
  out += is_type(type) ? "Ethernet II, Src: " : "Ethernet Unknown, Src: ";
  append_ether(out, p + 6), out += ", Dst: ", append_ether(out, p);
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kEthernet)}, {Over::Kind::kEthertype, 0x6558}, {Over::Kind::kGreProto, 0x6558}, {Over::Kind::kIpProto, 143}};

}  // namespace

const ProtocolDef kEthDef = {.name = "eth", .long_name = "Ethernet", .short_name = "Ethernet", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 14};

}  // namespace wiretail::dissect
