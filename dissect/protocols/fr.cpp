// Frame Relay: the address field of ITU-T Q.922 §3.3 (two to four octets), then RFC 2427's encapsulation (a control octet and
// an NLPID, with SNAP behind 0x80) or Cisco's, which has the types of its HDLC.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/cisco_types.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint8_t kUnnumbered = 0x03, kSnap = 0x80;
constexpr ValueName kResponse[] = {{0, "Response"}, {1, "Command"}};
constexpr ValueName kExtended[] = {{0, "More Follows"}, {1, "Last Octet"}};
constexpr ValueName kCore[] = {{0, "Control"}, {1, "DLCI Address"}};
constexpr ValueName kNlpids[] = {
    {0x00, "NULL"}, {0x01, "T.70"}, {0x03, "X.633"}, {0x08, "Q.933"}, {0x09, "LMI"}, {0x0c, "Q.2119"}, {0x80, "SNAP"}, {0x81, "CLNP"}, {0x82, "ESIS"},
    {0x83, "ISIS"}, {0x85, "IDRP"}, {0x8a, "ESIS (X.25)"}, {0x8c, "ISO 10030"}, {0x8d, "ISO 11577"}, {0x8e, "IPv6"}, {0xb0, "Data compression protocol"},
    {0xcc, "IP"}, {0xcf, "PPP"}};

enum Row : unsigned {
  kFirst, kUpper, kCr, kEa, kSecond, kSecondDlci, kFecn, kBecn, kDe, kThird, kThirdDlci, kLower, kDc, kDlci, kControl, kNlpid, kOui, kPid, kSnapType, kType
};

constexpr FieldRow kRows[] = {
    {.name = "fr.first_addr_octet", .label = "First address octet", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "fr.upper_dlci", .label = "Upper DLCI", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xfc, .blurb = "Upper bits of DLCI"},
    {.name = "fr.cr", .label = "CR", .type = FieldType::kBoolean, .mask = 0x2, .names = kResponse, .bits = 8, .blurb = "Command/Response"},
    {.name = "fr.ea", .label = "EA", .type = FieldType::kBoolean, .mask = 0x1, .names = kExtended, .flags = kMulti, .bits = 8, .blurb = "Extended Address"},
    {.name = "fr.second_addr_octet", .label = "Second address octet", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "fr.second_dlci", .label = "Second DLCI", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xf0, .blurb = "Bits below upper bits of DLCI"},
    {.name = "fr.fecn", .label = "FECN", .type = FieldType::kBoolean, .mask = 0x8, .bits = 8, .blurb = "Forward Explicit Congestion Notification"},
    {.name = "fr.becn", .label = "BECN", .type = FieldType::kBoolean, .mask = 0x4, .bits = 8, .blurb = "Backward Explicit Congestion Notification"},
    {.name = "fr.de", .label = "DE", .type = FieldType::kBoolean, .mask = 0x2, .bits = 8, .blurb = "Discard Eligibility"},
    {.name = "fr.third_addr_octet", .label = "Third address octet", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "fr.third_dlci", .label = "Third DLCI", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xfe, .blurb = "Additional bits of DLCI"},
    {.name = "fr.lower_dlci", .label = "Lower DLCI", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xfc, .blurb = "Lower bits of DLCI"},
    {.name = "fr.dc", .label = "DC", .type = FieldType::kBoolean, .mask = 0x2, .names = kCore, .bits = 16, .blurb = "Address/Control"},
    {.name = "fr.dlci", .label = "DLCI", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary, .blurb = "Data-Link Connection Identifier"},
    {.name = "fr.control", .label = "Control Field", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "fr.nlpid", .label = "NLPID", .type = FieldType::kUint8, .base = Base::kHex, .names = kNlpids, .flags = kMulti, .blurb = "Frame Relay Encapsulated Protocol NLPID"},
    {.name = "fr.snap.oui", .label = "Organization Code", .type = FieldType::kUint24, .base = Base::kOui},
    {.name = "fr.snap.pid", .label = "Protocol ID", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "fr.snaptype", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames, .blurb = "Frame Relay SNAP Encapsulated Protocol"},
    {.name = "fr.chdlctype", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = cisco_types::kNames, .blurb = "Frame Relay Cisco HDLC Encapsulated Protocol"},
};

// Octets of the address field, until one says that it is the last; 0: none does. More than four there may not be, and fewer
// than two; Wireshark reads on.
uint32_t address_length(Bytes b) {
  for (uint32_t at = 0; at < b.size(); ++at)
    if (b[at] & 1) return at + 1;
  return 0;
}

uint32_t dlci(const uint8_t* p, uint32_t octets) {
  if (octets < 2) return 0;
  uint32_t number = (uint32_t{p[0]} >> 2) << 4 | uint32_t{p[1]} >> 4;
  if (octets > 3) number = number << 7 | p[2] >> 1;
  if (octets > 2 && !(p[octets - 1] & 2)) number = number << 6 | p[octets - 1] >> 2;  // else it controls
  return number;
}

// What lies behind the address field.
struct Inside {
  uint32_t length = 0;      // of the whole header; 0: cut
  uint32_t nlpid = 0;       // where it stands; 0: Cisco's encapsulation
  bool typed = false;       // … with a type that is known
  bool signalling = false;  // Q.922's procedures (LAPF), which nobody reads
  uint32_t snap = 0;
  ProtoId proto = kNoProto;
};
Inside inside(Bytes b, uint32_t at) {
  Inside s;
  if (b.size() < at + 2) return s;
  const uint16_t type = be16(&b[at]);
  constexpr uint16_t kSmallestType = 0x600;
  if (b[at] != kUnnumbered) {
    if (s.typed = !value_name(cisco_types::kNames, type).empty(); s.typed) return s.length = at + 2, s.proto = cisco_types::proto(type), s;
    const bool numbered = !(b[at] & 1) && b[at + 1] == 0 && b.size() > at + 2 && !value_name(kNlpids, b[at + 2]).empty();
    s.signalling = dlci(b.data(), at) == 0;
    if (s.signalling || !numbered) {  // an Ethernet frame is guessed by what is no type
      s.length = at;
      if (!s.signalling && type < kSmallestType) s.proto = id::kEth;
      return s;
    }
  }
  s.nlpid = at + 1 + (b[at + 1] == 0 && b.size() > at + 2);  // a padding octet
  s.length = s.nlpid + 1;
  switch (b[s.nlpid]) {
    case 0xcc: s.proto = id::kIp; break;
    case 0x8e: s.proto = id::kIpv6; break;
    case 0xcf: s.proto = id::kPpp; break;
    case kSnap:
      if (b.size() < s.length + 5u) return {};
      s.snap = s.length, s.length += 5;
      if (be24(&b[s.snap]) == 0) s.proto = NextTables::get().ethertype(be16(&b[s.snap + 3]));
      else if (be24(&b[s.snap]) == 0x0080c2 && (b[s.snap + 4] == 7 || b[s.snap + 4] == 1)) s.proto = id::kEth;
      break;
    default: break;
  }
  return s;
}

Next walk(Walk& w, const Region& region) {
  Bytes b{w.at(region), region.captured()};
  const uint32_t address = address_length(b);
  const Inside s = address ? inside(b, address) : Inside{};
  if (!s.length) return w.damaged(id::kFr, region, address ? address + 2 : 2);
  if (!w.push(id::kFr, region, s.length)) return {};
  Region payload = region.from(region.offset + s.length);
  ++payload.depth;
  if (s.proto != kNoProto) return {s.proto, payload};
  w.count_unsupported();
  return w.data(payload);
}

void details(Emit& emit) {
  Bytes b = emit.data();
  if (b.empty()) return;
  auto below = [&](std::initializer_list<unsigned> rows, uint32_t at) {
    emit.push();
    for (unsigned row : rows) emit.read(row, at, 1);
    emit.pop();
  };
  if (b[0] & 1) {
    emit.expert(Emit::kNoRow, severity::kWarning, group::kProtocol, "Bogus 1-octet address field");
  } else {
    emit.read(kFirst, 0, 1), below({kUpper, kCr, kEa}, 0);
    if (b.size() < 2) return;
  }
  const uint32_t address = address_length(b);
  if (address != 1) emit.read(kSecond, 1, 1), below({kSecondDlci, kFecn, kBecn, kDe, kEa}, 1);
  if (b.size() > 2 && (address > 3 || !address)) emit.read(kThird, 2, 1), below({kThirdDlci, kEa}, 2);
  const auto extra = static_cast<uint32_t>(address ? address - 1 : b.size());
  for (uint32_t at = 3; at < extra; ++at) emit.expert(Emit::kNoRow, severity::kWarning, group::kProtocol, "Bogus extra address octet");
  if (!address) return;
  if (address > 2 && b[address - 1] & 2) below({kDc, kEa}, address - 1);
  else if (address > 2) below({kLower, kDc, kEa}, address - 1);
  emit.number(kDlci, dlci(b.data(), address), 0, address);
  const Inside s = inside(b, address);
  if (!s.length) return;
  if (s.typed) return emit.read(kType, address, 2);
  if (s.signalling) {
    const bool numbered = (b[address] & 3) != 3;  // Q.922 §3.2: two octets
    emit.number(kControl, b[address], address, numbered && address + 2 <= b.size() ? 2 : 1);
    return emit.expert(Emit::kNoRow, severity::kWarning, group::kUndecoded, "Frame relay lapf not yet implemented");
  }
  if (!s.nlpid) return;
  emit.read(kControl, address, 1);
  if (s.nlpid == address + 2) emit.read(kNlpid, address + 1, 1);  // the padding octet
  emit.read(kNlpid, s.nlpid, 1);
  if (!s.snap) return;
  emit.read(kOui, s.snap, 3);
  emit.read(be24(&b[s.snap]) == 0 ? kSnapType : kPid, s.snap + 3, 2);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_addresses("N/A", "N/A");
  c.set_protocol("FR");
  c.set_info("");
  Bytes b = d.layer_data(l);
  const uint32_t address = address_length(b);
  if (!address) return;
  std::string info = "DLCI ";
  append_uint(info, dlci(b.data(), address));
  if (inside(b, address).nlpid) info += ", U, func=UI";
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kFrameRelay)}, {Over::Kind::kGreProto, 0x6559}};

}  // namespace

const ProtocolDef kFrDef = {.name = "fr", .long_name = "Frame Relay", .short_name = "FR", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
