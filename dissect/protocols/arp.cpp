// Address Resolution Protocol. RFC 826; announcements and gratuitous ARP: RFC 5227, RFC 5944 §4.6.
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kMinHeader = 8;
constexpr ValueName kOpcodes[] = {{1, "request"}, {2, "reply"}, {3, "reverse request"}, {4, "reverse reply"}, {8, "inverse request"}, {9, "inverse reply"}};
constexpr ValueName kHardware[] = {{1, "Ethernet"}, {6, "IEEE 802"}, {15, "Frame Relay DLCI"}};

enum Row : unsigned {
  kHwType, kProtoType, kHwSize, kProtoSize, kOpcode, kGratuitous, kAnnouncement, kSrcHw, kSrcMac, 
  kSrcProto, kSrcIp, kDstHw, kDstMac, kDstProto, kDstIp
};

constexpr FieldRow kRows[] = {
    {.name = "arp.hw.type", .label = "Hardware type", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0,2), .names = kHardware},
    {.name = "arp.proto.type", .label = "Protocol type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2,2)},
    {.name = "arp.hw.size", .label = "Hardware size", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(4,1)},
    {.name = "arp.proto.size", .label = "Protocol size", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(5,1)},
    {.name = "arp.opcode", .label = "Opcode", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(6,2), .names = kOpcodes, .flags = kSummary},
    {.name = "arp.isgratuitous", .label = "Is gratuitous", .type = FieldType::kBoolean, .flags = kGenerated},
    {.name = "arp.isannouncement", .label = "Is announcement", .type = FieldType::kBoolean, .flags = kGenerated},
    {.name = "arp.src.hw", .label = "Sender hardware address", .type = FieldType::kBytes},
    {.name = "arp.src.hw_mac", .label = "Sender MAC address", .type = FieldType::kEther, .flags = kSummary},
    {.name = "arp.src.proto", .label = "Sender protocol address", .type = FieldType::kBytes},
    {.name = "arp.src.proto_ipv4", .label = "Sender IP address", .type = FieldType::kIpv4, .flags = kSummary},
    {.name = "arp.dst.hw", .label = "Target hardware address", .type = FieldType::kBytes},
    {.name = "arp.dst.hw_mac", .label = "Target MAC address", .type = FieldType::kEther, .flags = kSummary},
    {.name = "arp.dst.proto", .label = "Target protocol address", .type = FieldType::kBytes},
    {.name = "arp.dst.proto_ipv4", .label = "Target IP address", .type = FieldType::kIpv4, .flags = kSummary},
};
static_assert(rows_fit(kRows, kMinHeader));

struct Shape {
  uint32_t hw, proto, total;
  bool ethernet, ipv4;
};
Shape shape(const uint8_t* p) {
  Shape s{p[4], p[5], kMinHeader + 2u * p[4] + 2u * p[5], false, false};
  s.ethernet = (be16(p) == 1 || be16(p) == 6) && p[4] == 6;
  s.ipv4 = be16(p + 2) == 0x0800 && p[5] == 4;
  return s;
}

Next walk(Walk& w, Region region) {
  if (region.captured() < kMinHeader) return w.damaged(id::kArp, region, kMinHeader);
  Shape s = shape(w.at(region));
  if (region.captured() < s.total) return w.damaged(id::kArp, region, s.total);
  w.push(id::kArp, region, s.total);
  return {};
}

bool gratuitous(const uint8_t* p, const Shape& s) {
  const uint8_t* source = p + kMinHeader + s.hw;
  return s.ethernet && s.ipv4 && std::memcmp(source, source + s.proto + s.hw, 4) == 0;
}

void details(Emit& emit) {
  emit.fixed(kHwType, kOpcode);
  if (emit.data().size() < kMinHeader) return;
  const uint8_t* p = emit.at(0);
  Shape s = shape(p);
  if (emit.data().size() >= s.total && gratuitous(p, s)) {
    emit.number(kGratuitous, 1);
    // An announcement: a request whose target hardware address is not asked for.
    static constexpr uint8_t kZero[6] = {}, kOnes[6] = {255, 255, 255, 255, 255, 255};
    const uint8_t* target = p + kMinHeader + s.hw + s.proto;
    if (be16(p + 6) == 1 && (std::memcmp(target, kZero, 6) == 0 || std::memcmp(target, kOnes, 6) == 0)) emit.number(kAnnouncement, 1);
  }
  uint32_t at = kMinHeader;
  for (unsigned side = 0; side < 2; ++side) {
    if (s.hw && at + s.hw <= emit.data().size()) emit.bytes((side ? kDstHw : kSrcHw) + (s.ethernet ? 1u : 0u), at, s.hw);
    at += s.hw;
    if (s.proto && at + s.proto <= emit.data().size()) {
      if (s.ipv4) emit.read(side ? kDstIp : kSrcIp, at, 4);
      else emit.bytes(side ? kDstProto : kSrcProto, at, s.proto);
    }
    at += s.proto;
  }
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ARP");
  if (l.cap_end - l.offset < kMinHeader) return c.set_info("");
  const uint8_t* p = d.at(l);
  Shape s = shape(p);
  if (l.cap_end - l.offset < s.total || !s.ethernet || !s.ipv4) return c.set_info(be16(p + 6) <= 9 ? std::string(value_name(kOpcodes, be16(p + 6))) : "");
  std::string sender, target, mac, target_mac;
  append_ether(mac, p + 8), append_ether(target_mac, p + 18), append_ipv4(sender, be32(p + 14)), append_ipv4(target, be32(p + 24));
  bool same = be32(p + 14) == be32(p + 24);
  switch (be16(p + 6)) {
    case 1:
      if (same) c.set_info((target_mac == "00:00:00:00:00:00" || target_mac == "ff:ff:ff:ff:ff:ff" ? "ARP Announcement for " : "Gratuitous ARP for ") + target + " (Request)");
      else if (be32(p + 14) == 0) c.set_info("Who has " + target + "? (ARP Probe)");
      else c.set_info("Who has " + target + "? Tell " + sender);
      break;
    case 2:
      if (same) c.set_info("Gratuitous ARP for " + sender + " (Reply)");
      else c.set_info(sender + " is at " + mac);
      break;
    case 3: c.set_info("Who is " + target_mac + "? Tell " + mac); break;
    case 4: c.set_info(target_mac + " is at " + target); break;
    case 8: c.set_info("Who is " + target_mac + "? Tell " + mac); break;
    case 9: c.set_info(mac + " is at " + sender); break;
    default: c.set_info("Unknown ARP opcode 0x" + [&] { std::string h; append_hex(h, be16(p + 6), 4); return h; }());
  }
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x0806}, {Over::Kind::kEthertype, 0x8035}};

}  // namespace

const ProtocolDef kArpDef = {.name = "arp", .long_name = "Address Resolution Protocol", .short_name = "ARP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_to_end = true};

}  // namespace wiretail::dissect
