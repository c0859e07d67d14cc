// Point-to-Point Protocol: the header, and the common head of its control protocols. RFC 1661, RFC 1662 (HDLC-like framing).
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/protocols/ppp_protocol.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint8_t kAllStations = 0xff, kCiscoUnicast = 0x0f, kCiscoMulticast = 0x8f;
constexpr uint16_t kLcp = 0xc021;
constexpr ValueName kDirections[] = {{0, "DTE->DCE"}, {1, "DCE->DTE"}};
constexpr ValueName kCodes[] = {{0, "Vendor Specific"}, {1, "Configuration Request"}, {2, "Configuration Ack"}, {3, "Configuration Nak"}, {4, "Configuration Reject"},
                                {5, "Termination Request"}, {6, "Termination Ack"}, {7, "Code Reject"}, {8, "Protocol Reject"}, {9, "Echo Request"},
                                {10, "Echo Reply"}, {11, "Discard Request"}, {12, "Identification"}, {13, "Time Remaining"}};

enum Row : unsigned { kDirection, kAddress, kControl, kProtocol, kCode, kIdentifier, kLength };

constexpr FieldRow kRows[] = {
    {.name = "ppp.direction", .label = "Direction", .type = FieldType::kUint8, .base = Base::kDec, .names = kDirections, .flags = kGenerated, .blurb = "PPP direction"},
    {.name = "ppp.address", .label = "Address", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "ppp.control", .label = "Control", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "ppp.protocol", .label = "Protocol", .type = FieldType::kUint16, .base = Base::kHex, .names = ppp_protocol::kNames, .flags = kSummary},
    {.name = "ppp.code", .label = "Code", .type = FieldType::kUint8, .base = Base::kDec, .names = kCodes, .flags = kNamesShown},
    {.name = "ppp.identifier", .label = "Identifier", .type = FieldType::kUint8, .base = Base::kDecHex},
    {.name = "ppp.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec},
};

struct Header {
  uint32_t framing = 0;  // bytes of address and control
  uint32_t length = 0;   // of all; 0: not all there
  uint32_t wanted = 0;
  uint16_t protocol = 0;
};

// An odd byte where the protocol begins is a compressed protocol (RFC 1661 §6.5).
Header parse(Bytes b) {
  Header h;
  if (b.empty()) return h.wanted = 1, h;
  if (b[0] == kAllStations) h.framing = 2;
  h.wanted = h.framing + 1;
  if (b.size() < h.wanted) return h;
  uint8_t first = b[h.framing];
  if (first & 1) return h.protocol = first, h.length = h.wanted, h;
  if (b.size() < ++h.wanted) return h;
  return h.protocol = be16(&b[h.framing]), h.length = h.wanted, h;
}

// Link control, network control and their like share a head of code, identifier and length.
bool control(uint16_t protocol) { return protocol == kLcp || (protocol >= 0x8000 && protocol < 0xc000); }

Next walk(Walk& w, const Region& received) {
  Region region = received;
  if (w.d.packet.link_type == LinkType::kPppWithDirection && region.offset == 0 && region.captured()) region.offset = 1;
  Bytes b{w.at(region), region.captured()};
  // Cisco's HDLC on a line that should carry PPP.
  bool cisco = !b.empty() && (b[0] == kCiscoUnicast || b[0] == kCiscoMulticast) && region.buffer == 0 && w.d.layers.count == 1;
  if (cisco) {
    w.count_unsupported();
    w.push(id::kPpp, region, 0);
    return w.data(region);
  }
  Header h = parse(b);
  if (!h.length) return w.damaged(id::kPpp, region, h.wanted);
  if (!w.push(id::kPpp, region, h.length)) return {};
  Region payload = region.from(region.offset + h.length);
  ++payload.depth;
  ProtoId proto = w.next.ppp(h.protocol);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

// 0: sent, 1: received, as the capture says it; -1: it does not.
int direction(const Dissection& d, const LayerRef& l) {
  if (d.packet.link_type == LinkType::kPppWithDirection && l.offset == 1) return d.at(l)[-1] == 0;
  const LayerRef& first = d.layers.stack[1];
  if (first.proto != id::kSll || first.cap_end < 12) return -1;
  uint32_t type = d.packet.link_type == LinkType::kLinuxSll2 ? d.at(first)[10] : be16(d.at(first));
  return type <= 2 ? 1 : type == 4 ? 0 : -1;
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  if (l.header_len == 0) return;
  Bytes b = emit.data();
  if (int sent = direction(emit.packet(), l); sent >= 0) emit.number(kDirection, static_cast<uint64_t>(sent));
  Header h = parse(b);
  if (h.framing && !b.empty()) emit.read(kAddress, 0, 1), emit.read(kControl, 1, 1);
  if (!h.length) return;
  emit.number(kProtocol, h.protocol, h.framing, h.length - h.framing);
  if (control(h.protocol) && b.size() >= h.length + 4) emit.read(kCode, h.length, 1), emit.read(kIdentifier, h.length + 1, 1), emit.read(kLength, h.length + 2, 2);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  if (&l == d.layers.begin() + 1) c.set_addresses("N/A", "N/A");
  c.set_protocol("PPP");
  c.set_info("");
  Header h = parse(d.layer_data(l));
  if (!h.length || l.header_len == 0) return;
  if (&l + 1 < d.layers.end() && (&l + 1)->proto != id::kData) return;
  std::string_view name = value_name(ppp_protocol::kNames, h.protocol);
  c.set_protocol(ethertype::hex(h.protocol));
  std::string info = "PPP ";
  info += name.empty() ? "Unknown" : name;
  c.set_info(info + " (" + ethertype::hex(h.protocol) + ')');
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kPpp)}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kPppHdlc)},
                          {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kPppWithDirection)}, {Over::Kind::kGreProto, 0x880b}};

}  // namespace

const ProtocolDef kPppDef = {.name = "ppp", .long_name = "Point-to-Point Protocol", .short_name = "PPP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_to_end = true};

}  // namespace wiretail::dissect
