// Internet Protocol version 4. RFC 791.
#include <algorithm>

#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kMinHeader = 20;

constexpr FieldRow kRows[] = {
    {.name = "ip.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0xf0},
    {.name = "ip.len", .label = "Total Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2), .flags = kSummary},
    {.name = "ip.ttl", .label = "Time to Live", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(8, 1), .flags = kSummary},
    {.name = "ip.proto", .label = "Protocol", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(9, 1), .flags = kInvariant},
    {.name = "ip.src", .label = "Source Address", .type = FieldType::kIpv4, .fixed = at(12, 4), .flags = kSummary | kInvariant},
    {.name = "ip.dst", .label = "Destination Address", .type = FieldType::kIpv4, .fixed = at(16, 4), .flags = kSummary | kInvariant},
    {.name = "ip.addr", .label = "Source or Destination Address", .type = FieldType::kIpv4, .fixed = at_both(12, 16, 4), .flags = kHidden | kMulti | kInvariant},
};
static_assert(rows_fit(kRows, kMinHeader));

Next walk(Walk& w, Region region) {
  if (region.captured() < kMinHeader) return w.damaged(id::kIp, region, kMinHeader);
  const uint8_t* p = w.at(region);
  uint32_t header = (p[0] & 15u) * 4;
  if (header < kMinHeader) return w.damaged(id::kIp, region, kMinHeader);
  uint32_t total = std::max<uint32_t>(be16(p + 2), header);
  region.end = std::min(region.end, region.offset + total);
  region.cap_end = std::min(region.cap_end, region.end);
  if (!w.push(id::kIp, region, header)) return {};
  Region payload = region.from(region.offset + header);
  ProtoId proto = w.next.ip_proto(p[9]);
  return proto == kNoProto || (be16(p + 6) & 0x1fff) ? w.data(payload) : Next{proto, payload};
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x0800}, {Over::Kind::kIpProto, 4}};

}  // namespace

const ProtocolDef kIpDef = {.name = "ip", .long_name = "Internet Protocol Version 4", .short_name = "IPv4", .rows = kRows, .over = kOver, .walk = walk};

}  // namespace wiretail::dissect
