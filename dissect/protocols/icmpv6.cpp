// Internet Control Message Protocol version 6. RFC 4443; neighbour discovery: RFC 4861.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4;
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kTypes[] = {{1, "Destination Unreachable"}, {2, "Packet Too Big"}, {3, "Time Exceeded"}, {4, "Parameter Problem"}, {128, "Echo (ping) request"}, {129, "Echo (ping) reply"},
                                {130, "Multicast Listener Query"}, {131, "Multicast Listener Report"}, {132, "Multicast Listener Done"}, {133, "Router Solicitation"}, {134, "Router Advertisement"},
                                {135, "Neighbor Solicitation"}, {136, "Neighbor Advertisement"}, {137, "Redirect"}, {143, "Multicast Listener Report Message v2"}};
constexpr std::string_view kUnreachable[] = {"no route to destination", "Administratively prohibited", "Beyond scope of source address", "Address unreachable", "Port unreachable",
                                             "Source address failed ingress/egress policy", "Reject route to destination"};

enum Row : unsigned {
  kType, kCode, kChecksum, kChecksumStatus, kReserved, kEchoIdent, kEchoSeq, kMtu, kPointer, kRaHops, 
  kRaLifetime, kRaReachable, kRaRetrans, kNsTarget, kNaFlag, kNaFlagR, kNaFlagS, kNaFlagO, kNaFlagRsv, 
  kNaTarget, kOptType, kOptLength, kOptLinkaddr, kOptSrcLinkaddr, kOptTargetLinkaddr, kOptMtu
};

constexpr FieldRow kRows[] = {
    {.name = "icmpv6.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = kTypes, .flags = kSummary},
    {.name = "icmpv6.code", .label = "Code", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .flags = kSummary},
    {.name = "icmpv6.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2,2)},
    {.name = "icmpv6.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "icmpv6.reserved", .label = "Reserved", .type = FieldType::kBytes},
    {.name = "icmpv6.echo.identifier", .label = "Identifier", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "icmpv6.echo.sequence_number", .label = "Sequence", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmpv6.mtu", .label = "MTU", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmpv6.pointer", .label = "Pointer", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmpv6.nd.ra.cur_hop_limit", .label = "Cur hop limit", .type = FieldType::kUint8, .base = Base::kDec},
    {.name = "icmpv6.nd.ra.router_lifetime", .label = "Router lifetime (s)", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmpv6.nd.ra.reachable_time", .label = "Reachable time (ms)", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmpv6.nd.ra.retrans_timer", .label = "Retrans timer (ms)", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmpv6.nd.ns.target_address", .label = "Target Address", .type = FieldType::kIpv6},
    {.name = "icmpv6.nd.na.flag", .label = "Flags", .type = FieldType::kUint32, .base = Base::kHex},
    {.name = "icmpv6.nd.na.flag.r", .label = "Router", .type = FieldType::kBoolean, .mask = 0x80000000, .bits = 32},
    {.name = "icmpv6.nd.na.flag.s", .label = "Solicited", .type = FieldType::kBoolean, .mask = 0x40000000, .bits = 32},
    {.name = "icmpv6.nd.na.flag.o", .label = "Override", .type = FieldType::kBoolean, .mask = 0x20000000, .bits = 32},
    {.name = "icmpv6.nd.na.flag.rsv", .label = "Reserved", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x1fffffff},
    {.name = "icmpv6.nd.na.target_address", .label = "Target Address", .type = FieldType::kIpv6},
    {.name = "icmpv6.opt.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "icmpv6.opt.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "icmpv6.opt.linkaddr", .label = "Link-layer address", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "icmpv6.opt.src_linkaddr", .label = "Source Link-layer address", .type = FieldType::kBytes},
    {.name = "icmpv6.opt.target_linkaddr", .label = "Target Link-layer address", .type = FieldType::kBytes},
    {.name = "icmpv6.opt.mtu", .label = "MTU", .type = FieldType::kUint32, .base = Base::kDec},
};

Next walk(Walk& w, Region region) {
  if (region.captured() < kHeader) return w.damaged(id::kIcmpv6, region, kHeader);
  LayerRef* layer = w.push(id::kIcmpv6, region, region.length());
  if (!layer) return {};
  uint8_t type = w.at(region)[0];
  if (!(region.flags & kQuoted) && region.captured() >= 8) w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  if (region.captured() < 8) return {};
  Region payload = region.from(region.offset + 8);
  ++payload.depth;
  if (type == 128 || type == 129) return w.data(payload);
  if (type > 4 || type == 0 || region.flags & kQuoted || payload.captured() == 0) return {};
  payload.flags |= kQuoted;
  return {id::kIpv6, payload};
}

void options(Emit& emit, uint32_t at) {
  auto have = static_cast<uint32_t>(emit.data().size());
  const uint8_t* p = emit.at(0);
  while (at + 2 <= have) {
    uint32_t length = p[at + 1] * 8u;
    emit.number(kOptType, p[at], at, 1);
    emit.number(kOptLength, p[at + 1], at + 1, 1);
    if (length == 0 || at + length > have) return;
    if (p[at] == 1 || p[at] == 2) {
      emit.bytes(kOptLinkaddr, at + 2, 6);
      emit.bytes(p[at] == 1 ? kOptSrcLinkaddr : kOptTargetLinkaddr, at + 2, 6);
    }
    if (p[at] == 5 && length >= 8) emit.read(kOptMtu, at + 4, 4);
    at += length;
  }
}

void details(Emit& emit) {
  emit.fixed(kType, kChecksum);
  auto have = static_cast<uint32_t>(emit.data().size());
  if (have < kHeader) return;
  const uint8_t* p = emit.at(0);
  emit.number(kChecksumStatus, 1);
  if (have < 8) return;
  switch (p[0]) {
    case 128: case 129: emit.read(kEchoIdent, 4, 2), emit.read(kEchoSeq, 6, 2); break;
    case 1: case 3: emit.bytes(kReserved, 4, 4); break;
    case 2: emit.read(kMtu, 4, 4); break;
    case 4: emit.read(kPointer, 4, 4); break;
    case 133: emit.bytes(kReserved, 4, 4), options(emit, 8); break;
    case 134:
      if (have < 16) return;
      emit.read(kRaHops, 4, 1), emit.read(kRaLifetime, 6, 2), emit.read(kRaReachable, 8, 4), emit.read(kRaRetrans, 12, 4);
      options(emit, 16);
      break;
    case 135:
      if (have < 24) return;
      emit.bytes(kReserved, 4, 4), emit.bytes(kNsTarget, 8, 16), options(emit, 24);
      break;
    case 136:
      if (have < 24) return;
      emit.read(kNaFlag, 4, 4), emit.push(), emit.read(kNaFlagR, 4, 4), emit.read(kNaFlagS, 4, 4), emit.read(kNaFlagO, 4, 4), emit.read(kNaFlagRsv, 4, 4), emit.pop();
      emit.bytes(kNaTarget, 8, 16), options(emit, 24);
      break;
    default: break;
  }
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ICMPv6");
  uint32_t have = l.cap_end - l.offset;
  if (have < kHeader) return c.set_info("");
  const uint8_t* p = d.at(l);
  std::string info(value_name(kTypes, p[0]));
  if (info.empty()) info = "Unknown";
  auto link_address = [&](uint32_t at, uint8_t wanted, const char* before) {
    while (at + 8 <= have && p[at + 1]) {
      if (p[at] == wanted) info += before, append_ether(info, p + at + 2);
      at += p[at + 1] * 8u;
    }
  };
  if (p[0] == 1 && p[1] < std::size(kUnreachable)) info += " (", info += kUnreachable[p[1]], info += ')';
  if (p[0] == 3) info += p[1] == 0 ? " (hop limit exceeded in transit)" : p[1] == 1 ? " (fragment reassembly time exceeded)" : "";
  if ((p[0] == 128 || p[0] == 129) && have >= 8) {
    info += " id=0x", append_hex(info, be16(p + 4), 4), info += ", seq=", append_uint(info, be16(p + 6));
    const LayerRef* ip = &l;
    while (ip != d.layers.begin() && ip->proto != id::kIpv6) --ip;
    if (ip->proto == id::kIpv6) info += ", hop limit=", append_uint(info, d.at(*ip)[7]);
  }
  if (p[0] == 133 && have >= 8) link_address(8, 1, " from ");
  if (p[0] == 134 && have >= 16) link_address(16, 1, " from ");
  if (p[0] == 135 && have >= 24) info += " for ", append_ipv6(info, p + 8), link_address(24, 1, " from ");
  if (p[0] == 136 && have >= 24) {
    info += ' ', append_ipv6(info, p + 8);
    std::string flags;
    for (auto [bit, name] : {std::pair<uint8_t, const char*>{0x80, "rtr"}, {0x40, "sol"}, {0x20, "ovr"}})
      if (p[4] & bit) flags += (flags.empty() ? "" : ", ") + std::string(name);
    if (!flags.empty()) info += " (" + flags + ")";
    link_address(24, 2, " is at ");
  }
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 58}};

}  // namespace

const ProtocolDef kIcmpv6Def = {.name = "icmpv6", .long_name = "Internet Control Message Protocol v6", .short_name = "ICMPv6", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
