// Network Service Header: the path of a packet through service functions. RFC 8300 §2.
#include "dissect/protocols/nsh.hpp"

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;
constexpr ValueName kNextProtocols[] = {{0, "None"}, {1, "IPv4"}, {2, "IPv6"}, {3, "Ethernet"}, {4, "NSH"}, {5, "MPLS"}, {254, "Experiment 1"}, {255, "Experiment 2"}};

constexpr FieldRow kRows[] = {
    {.name = "nsh.version", .label = "Version", .type = FieldType::kUint16, .base = Base::kDecHex, .fixed = at(0, 2), .mask = 0xc000},
    {.name = "nsh.ttl", .label = "Time to live", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(0, 2), .mask = 0x0fc0},
    {.name = "nsh.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDecHex, .fixed = at(0, 2), .mask = 0x003f},
    {.name = "nsh.mdtype", .label = "MD Type", .type = FieldType::kUint8, .base = Base::kDecHex, .fixed = at(2, 1)},
    {.name = "nsh.nextproto", .label = "Next Protocol", .type = FieldType::kUint8, .base = Base::kDecHex, .fixed = at(3, 1), .names = kNextProtocols},
    {.name = "nsh.spi", .label = "SPI", .type = FieldType::kUint24, .base = Base::kDecHex, .fixed = at(4, 3)},
    {.name = "nsh.si", .label = "SI", .type = FieldType::kUint8, .base = Base::kDecHex, .fixed = at(7, 1)},
};
static_assert(rows_fit(kRows, kHeader));

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kNsh, region, kHeader);
  const uint8_t* p = w.at(region);
  const uint32_t header = (p[1] & 0x3fu) * 4;
  if (header < kHeader || region.captured() < header) return w.damaged(id::kNsh, region, header);
  if (!w.push(id::kNsh, region, header)) return {};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  return nsh::next_protocol(w, p[3], payload);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("NSH");
  c.set_info("");
  if (l.cap_end - l.offset >= kHeader) c.set_info(value_name(kNextProtocols, d.at(l)[3]));
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x894f}, {Over::Kind::kGreProto, 0x894f}};

}  // namespace

Next nsh::next_protocol(Walk& w, uint8_t number, const Region& payload) {
  switch (number) {
    case 1: return {id::kIp, payload};
    case 2: return {id::kIpv6, payload};
    case 3: return {id::kEth, payload};
    case 4: return {id::kNsh, payload};
    case 5: return {id::kMpls, payload};
    default: w.count_unsupported(); return w.data(payload);
  }
}

const ProtocolDef kNshDef = {.name = "nsh", .long_name = "Network Service Header", .short_name = "NSH", .rows = kRows, .over = kOver, .walk = walk, .columns = columns};

}  // namespace wiretail::dissect
