// Next Hop Resolution Protocol: of its messages those that quote a packet (RFC 2332 §5.2.7; traffic indications as Cisco sends
// them). The others are not read.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

// Fixed part: family, protocol, its long form, hops, length, checksum, extensions, version, type, lengths of two link addresses.
constexpr uint32_t kFixed = 20, kTypeAt = 17, kLinkAt = 18, kMandatory = 8;
constexpr uint8_t kError = 7, kTrafficIndication = 8, kLengthBits = 0x3f;

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kFixed) return w.damaged(id::kNhrp, region, kFixed);
  if (!w.push(id::kNhrp, region, region.length())) return {};
  const uint8_t* p = w.at(region);
  if ((p[kTypeAt] != kError && p[kTypeAt] != kTrafficIndication) || region.captured() < kFixed + kMandatory) return {};
  const uint32_t addresses = (p[kLinkAt] & kLengthBits) + (p[kLinkAt + 1] & kLengthBits) + 0u + p[kFixed] + p[kFixed + 1];
  Region packet = region.from(region.offset + kFixed + kMandatory + addresses);
  if (packet.captured() == 0) return {};
  packet.flags |= kQuoted;
  ++packet.depth;
  switch (*w.at(packet) >> 4) {
    case 4: return {id::kIp, packet};
    case 6: return {id::kIpv6, packet};
    default: return {};
  }
}

constexpr ValueName kTypes[] = {{1, "NHRP Resolution Request"}, {2, "NHRP Resolution Reply"}, {3, "NHRP Registration Request"}, {4, "NHRP Registration Reply"},
                                {5, "NHRP Purge Request"}, {6, "NHRP Purge Reply"}, {kError, "NHRP Error Indication"}, {kTrafficIndication, "NHRP Traffic Indication"}};
std::string_view type_of(const Dissection& d, const LayerRef& l) { return l.cap_end - l.offset > kTypeAt ? value_name(kTypes, d.at(l)[kTypeAt]) : std::string_view(); }

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("NHRP");
  c.set_info(type_of(d, l));
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Next Hop Resolution Protocol";
  if (const std::string_view type = type_of(d, l); !type.empty()) out += " (", out += type, out += ')';
}

constexpr Over kOver[] = {{Over::Kind::kGreProto, 0x2001}, {Over::Kind::kIpProto, 54}};

}  // namespace

const ProtocolDef kNhrpDef = {.name = "nhrp", .long_name = "Next Hop Resolution Protocol", .short_name = "NHRP", .over = kOver, .walk = walk, .columns = columns, .head = head, .item_to_end = true};

}  // namespace wiretail::dissect
