// Address Resolution Protocol and its relatives by the same header. RFC 826; reverse: RFC 903, inverse: RFC 2390,
// dynamic reverse: RFC 1931, NAK: RFC 1577, MARS: RFC 2022; probes and announcements: RFC 5227.
#include <algorithm>
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/protocols/hardware_type.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kMinHeader = 8;
constexpr uint16_t kAtm2225 = 19;  // another header: a note of the types and lengths in other places
constexpr ValueName kOpcodes[] = {
    {0, "reserved"}, {1, "request"}, {2, "reply"}, {3, "reverse request"}, {4, "reverse reply"}, {5, "drarp request"}, {6, "drarp reply"},
    {7, "drarp error"}, {8, "inverse request"}, {9, "inverse reply"}, {10, "arp nak"}, {11, "mars request"}, {12, "mars multi"},
    {13, "mars mserv"}, {14, "mars join"}, {15, "mars leave"}, {16, "mars nak"}, {17, "mars unserv"}, {18, "mars sjoin"},
    {19, "mars sleave"}, {20, "mars grouplist request"}, {21, "mars grouplist reply"}, {22, "mars redirect map"}, {23, "mapos unarp"},
    {24, "experimental 1"}, {25, "experimental 2"}, {65535, "reserved"}};
// The texts of the Info column for what only names its sender.
constexpr ValueName kFrom[] = {
    {11, "MARS request"}, {12, "MARS MULTI request"}, {13, "MARS MSERV request"}, {14, "MARS JOIN request"}, {15, "MARS LEAVE"}, {16, "MARS NAK"},
    {17, "MARS UNSERV request"}, {18, "MARS SJOIN request"}, {19, "MARS SLEAVE"}, {20, "MARS grouplist request"}, {21, "MARS grouplist reply"},
    {22, "MARS redirect map"}, {23, "MAPOS UNARP request"}};
constexpr ValueName kProtocolNames[] = {{0, "ARP"}, {3, "RARP", 4}, {5, "DRARP", 7}, {8, "Inverse ARP", 9}, {11, "MARS", 22}, {23, "MAPOS"}};

enum Row : unsigned {
  kHwType, kProtoType, kHwSize, kProtoSize, kOpcode, kGratuitous, kProbe, kAnnouncement, kSrcHw, kSrcMac,
  kSrcProto, kSrcIp, kDstHw, kDstMac, kDstProto, kDstIp, kDrarpError,
  kDuplicate, kDuplicateFrame, kDuplicateSeconds
};

constexpr FieldRow kRows[] = {
    {.name = "arp.hw.type", .label = "Hardware type", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0, 2), .names = hardware_type::kNames},
    {.name = "arp.proto.type", .label = "Protocol type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2, 2), .names = ethertype::kNames},
    {.name = "arp.hw.size", .label = "Hardware size", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(4, 1)},
    {.name = "arp.proto.size", .label = "Protocol size", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(5, 1)},
    {.name = "arp.opcode", .label = "Opcode", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(6, 2), .names = kOpcodes, .flags = kSummary},
    {.name = "arp.isgratuitous", .label = "Is gratuitous", .type = FieldType::kBoolean, .flags = kGenerated},
    {.name = "arp.isprobe", .label = "Is probe", .type = FieldType::kBoolean, .flags = kGenerated},
    {.name = "arp.isannouncement", .label = "Is announcement", .type = FieldType::kBoolean, .flags = kGenerated},
    {.name = "arp.src.hw", .label = "Sender hardware address", .type = FieldType::kBytes},
    {.name = "arp.src.hw_mac", .label = "Sender MAC address", .type = FieldType::kEther, .flags = kSummary},
    {.name = "arp.src.proto", .label = "Sender protocol address", .type = FieldType::kBytes},
    {.name = "arp.src.proto_ipv4", .label = "Sender IP address", .type = FieldType::kIpv4, .flags = kSummary},
    {.name = "arp.dst.hw", .label = "Target hardware address", .type = FieldType::kBytes},
    {.name = "arp.dst.hw_mac", .label = "Target MAC address", .type = FieldType::kEther, .flags = kSummary},
    {.name = "arp.dst.proto", .label = "Target protocol address", .type = FieldType::kBytes},
    {.name = "arp.dst.proto_ipv4", .label = "Target IP address", .type = FieldType::kIpv4, .flags = kSummary},
    {.name = "arp.dst.drarp_error_status", .label = "DRARP error status", .type = FieldType::kUint16, .base = Base::kDec, .names = lower_names::kArpDstDrarpErrorStatus},
    {.name = "arp.duplicate-address-detected", .label = "Duplicate IP address detected", .flags = kMulti | kGenerated},
    {.name = "arp.duplicate-address-frame", .label = "Frame showing earlier use of IP address", .type = FieldType::kFrameNum, .flags = kMulti | kGenerated},
    {.name = "arp.seconds-since-duplicate-address-frame", .label = "Seconds since earlier frame seen", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti | kGenerated},
};
static_assert(rows_fit(kRows, kMinHeader));

struct Shape {
  uint32_t hw, proto, total;
  bool ethernet, ipv4;
  // Where the four addresses begin: sender's hardware and protocol address, target's.
  uint32_t places[4];
};
Shape shape(const uint8_t* p) {
  Shape s{p[4], p[5], kMinHeader + 2u * p[4] + 2u * p[5], false, false, {}};
  s.ethernet = (be16(p) == 1 || be16(p) == 6) && p[4] == 6;
  s.ipv4 = be16(p + 2) == 0x0800 && p[5] == 4;
  s.places[0] = kMinHeader, s.places[1] = kMinHeader + s.hw, s.places[2] = s.places[1] + s.proto, s.places[3] = s.places[2] + s.hw;
  return s;
}

// Who else was seen with the addresses that the packet claims. Lives in the arena; LayerRef::extra.
struct Claims {
  AddressTable::User sender, target;  // frame 0: nobody
};

const Claims* claims_of(const Dissection& d, const LayerRef& l) { return l.extra ? static_cast<const Claims*>(d.app_facts[l.extra - 1]) : nullptr; }

// Requests and replies claim the sender's address, replies the target's too.
void note_users(Walk& w, LayerRef& layer, const uint8_t* p, const Shape& s) {
  const uint16_t opcode = be16(p + 6);
  if (!s.ethernet || !s.ipv4 || (opcode != 1 && opcode != 2) || !w.trackers()) return;
  Claims claims;
  auto claim = [&](uint32_t hw, uint32_t proto, AddressTable::User& other) {
    const uint64_t mac = read_uint(p + hw, 6, false);
    if (mac == 0 || mac >> 40 & 1 || be32(p + proto) == 0) return;
    if (const auto* user = w.trackers()->addresses.used(be32(p + proto), mac, w.d.packet.number, w.d.packet.time.seconds)) other = *user;
  };
  claim(s.places[0], s.places[1], claims.sender);
  if (opcode == 2 && be32(p + s.places[1]) != be32(p + s.places[3])) claim(s.places[2], s.places[3], claims.target);
  if (!claims.sender.frame && !claims.target.frame) return;
  auto* kept = w.d.arena.make<Claims>();
  *kept = claims;
  layer.extra = static_cast<uint16_t>(w.d.keep_facts(kept));
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kMinHeader) return w.damaged(id::kArp, region, kMinHeader);
  if (be16(w.at(region)) == kAtm2225) return w.data(region);
  Shape s = shape(w.at(region));
  if (region.captured() < s.total) return w.damaged(id::kArp, region, s.total);
  Region own = region;  // what follows is padding, and the trailer of what is below
  own.end = own.cap_end = region.offset + s.total;
  if (LayerRef* layer = w.push(id::kArp, own, s.total)) note_users(w, *layer, w.at(region), s);
  return {};
}

bool all(const uint8_t* p, uint32_t n, uint8_t value) { return std::all_of(p, p + n, [=](uint8_t b) { return b == value; }); }

enum class Special { kNone, kGratuitous, kProbe, kAnnouncement };
Special special(const uint8_t* p, const Shape& s) {
  uint16_t opcode = be16(p + 6);
  if (opcode != 1 && opcode != 2) return Special::kNone;
  const uint8_t* sender = p + s.places[1];
  if (s.proto && std::memcmp(sender, p + s.places[3], s.proto) == 0)
    return opcode == 1 && all(p + s.places[2], s.hw, 0) ? Special::kAnnouncement : Special::kGratuitous;
  return opcode == 1 && s.hw && all(sender, s.proto, 0) && all(p + s.places[2], s.hw, 0) ? Special::kProbe : Special::kNone;
}

void details(Emit& emit) {
  emit.fixed(kHwType, kOpcode);
  if (emit.data().size() < kMinHeader) return;
  const uint8_t* p = emit.at(0);
  Shape s = shape(p);
  if (emit.data().size() < s.total) return;
  Special kind = special(p, s);
  if (kind == Special::kGratuitous || kind == Special::kAnnouncement) emit.number(kGratuitous, 1);
  if (kind == Special::kProbe) emit.number(kProbe, 1);
  if (kind == Special::kAnnouncement) emit.number(kAnnouncement, 1);
  for (unsigned i = 0; i < 4; ++i) {
    bool hardware = i % 2 == 0;
    uint32_t length = hardware ? s.hw : s.proto, from = s.places[i];
    if (length == 0) continue;
    if (i == 3 && be16(p + 6) == 7) {  // RFC 1931 §3: the status in place of the address
      emit.read(kDrarpError, from, 1);
      continue;
    }
    unsigned row = hardware ? (i ? kDstHw : kSrcHw) + (s.ethernet ? 1u : 0u) : (i == 3 ? kDstProto : kSrcProto) + (s.ipv4 ? 1u : 0u);
    if (!hardware && s.ipv4) emit.read(row, from, 4);
    else emit.bytes(row, from, length);
  }
  const Claims* claims = claims_of(emit.packet(), emit.layer());
  if (!claims) return;
  auto duplicate = [&](const AddressTable::User& user) {
    if (!user.frame) return;
    emit.none(kDuplicate);
    emit.push();
    emit.number(kDuplicateFrame, user.frame);
    std::string text = "Duplicate IP address configured (";
    append_ipv4(text, user.ip), text += ')';
    emit.push(), emit.expert(Emit::kNoRow, severity::kWarning, group::kSequence, text), emit.pop();
    emit.number(kDuplicateSeconds, static_cast<uint32_t>(emit.packet().packet.time.seconds - user.seconds));
    emit.pop();
  };
  duplicate(claims->sender), duplicate(claims->target);
}

std::string address(const uint8_t* p, uint32_t length, bool known, bool hardware) {
  std::string text;
  if (length == 0) return "<No address>";
  if (known && hardware) append_ether(text, p);
  else if (known) append_ipv4(text, be32(p));
  else append_hex_bytes(text, {p, length});
  return text;
}

void message_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ARP");
  c.set_info("");
  if (l.cap_end - l.offset < kMinHeader) return;
  const uint8_t* p = d.at(l);
  uint16_t opcode = be16(p + 6);
  Shape s = shape(p);
  if (l.cap_end - l.offset < s.total) return;
  if (std::string_view name = value_name(kProtocolNames, opcode); !name.empty()) c.set_protocol(name);
  std::string mac = address(p + s.places[0], s.hw, s.ethernet, true), sender = address(p + s.places[1], s.proto, s.ipv4, false);
  std::string target_mac = address(p + s.places[2], s.hw, s.ethernet, true), target = address(p + s.places[3], s.proto, s.ipv4, false);
  Special kind = special(p, s);
  switch (opcode) {
    case 1:
      if (kind == Special::kAnnouncement) return c.set_info("ARP Announcement for " + target);
      if (kind == Special::kGratuitous) return c.set_info("Gratuitous ARP for " + target + " (Request)");
      if (kind == Special::kProbe) return c.set_info("Who has " + target + "? (ARP Probe)");
      return c.set_info("Who has " + target + "? Tell " + sender);
    case 2:
      if (kind == Special::kGratuitous) return c.set_info("Gratuitous ARP for " + sender + " (Reply)");
      return c.set_info(sender + " is at " + mac);
    case 3: case 5: case 8: return c.set_info("Who is " + target_mac + "? Tell " + mac);
    case 4: case 6: return c.set_info(target_mac + " is at " + target);
    case 7: return c.set_info("DRARP Error");
    case 9: return c.set_info(mac + " is at " + sender);
    case 10: return c.set_info("ARP NAK");
    case 24: return c.set_info("Experimental 1 ( opcode 24 )");
    case 25: return c.set_info("Experimental 2 ( opcode 25 )");
    default: break;
  }
  if (std::string_view name = value_name(kFrom, opcode); !name.empty()) return c.set_info(std::string(name) + " from " + mac + " at " + sender);
  c.set_info((opcode == 0 || opcode == 65535 ? "Reserved opcode " : "Unknown ARP opcode 0x") + [&] {
    std::string number;
    if (opcode == 0 || opcode == 65535) append_uint(number, opcode);
    else append_hex(number, opcode, 4);
    return number;
  }());
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  message_columns(d, l, c);
  const Claims* claims = claims_of(d, l);
  if (!claims) return;
  // A reply is judged by its target alone, unless it is its sender's own address.
  const uint8_t* p = d.at(l);
  const Shape s = shape(p);
  const bool by_target = be16(p + 6) == 2 && be32(p + s.places[1]) != be32(p + s.places[3]);
  const AddressTable::User& user = by_target ? claims->target : claims->sender;
  if (!user.frame) return;
  std::string text = " (duplicate use of ";
  append_ipv4(text, user.ip), text += " detected!)";
  c.append_info(text);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Address Resolution Protocol";
  if (l.cap_end - l.offset < kMinHeader) return;
  const uint8_t* p = d.at(l);
  const Shape s = shape(p);
  if (l.cap_end - l.offset < s.total) return;
  const uint16_t opcode = be16(p + 6);
  const Special kind = special(p, s);
  if (kind == Special::kAnnouncement) return void(out += " (ARP Announcement)");
  if (kind == Special::kProbe) return void(out += " (ARP Probe)");
  out += " (";
  if (std::string_view name = value_name(kOpcodes, opcode); !name.empty()) out += name;
  else out += "opcode 0x", append_hex(out, opcode, 4);
  if (kind == Special::kGratuitous) out += "/gratuitous ARP";
  out += ')';
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x0806}, {Over::Kind::kEthertype, 0x8035}, {Over::Kind::kGreProto, 0x0806}};

}  // namespace

const ProtocolDef kArpDef = {.name = "arp", .long_name = "Address Resolution Protocol", .short_name = "ARP/RARP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 2, .item_to_end = true};

}  // namespace wiretail::dissect
