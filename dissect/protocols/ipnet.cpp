// What Solaris puts in front of packets that its IP layer observes (ipnet(7D), dl_ipnetinfo_t of version 1).
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 24;
constexpr uint8_t kInet = 2, kInet6 = 26;
constexpr ValueName kFamilies[] = {{kInet, "Solaris AF_INET"}, {kInet6, "Solaris AF_INET6"}};
constexpr ValueName kHooks[] = {{0, "Inbound"}, {1, "Outbound"}, {2, "Local"}};

constexpr FieldRow kRows[] = {
    {.name = "ipnet.version", .label = "Header version", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1)},
    {.name = "ipnet.family", .label = "Address family", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1, 1), .names = kFamilies},
    {.name = "ipnet.htype", .label = "Hook type", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2), .names = kHooks},
    {.name = "ipnet.pktlen", .label = "Data length", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(4, 4)},
    {.name = "ipnet.ifindex", .label = "Interface index", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(8, 4)},
    {.name = "ipnet.grifindex", .label = "Group interface index", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(12, 4)},
    {.name = "ipnet.zsrc", .label = "Source Zone ID", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(16, 4)},
    {.name = "ipnet.zdst", .label = "Destination Zone ID", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(20, 4)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, const Region& region) {
  if (region.captured() <= kHeader) return w.damaged(id::kIpnet, region, kHeader + 1);
  if (!w.push(id::kIpnet, region, kHeader)) return {};
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  switch (w.at(region)[1]) {
    case kInet: return {id::kIp, payload};
    case kInet6: return {id::kIpv6, payload};
    default: w.count_unsupported(); return {};
  }
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("IPNET");
  c.set_info("Solaris IPNET");
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kIpnet)}};

}  // namespace

const ProtocolDef kIpnetDef = {.name = "ipnet", .long_name = "Solaris IPNET", .short_name = "IPNET", .rows = kRows, .over = kOver, .walk = walk, .columns = columns};

}  // namespace wiretail::dissect
