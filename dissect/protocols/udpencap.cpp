// ESP in UDP, through address translators: RFC 3948 §2. Key exchange on the same port is not read.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kMarker = 4;  // zero, where no security parameters index may be: a key exchange follows
constexpr uint8_t kKeepAlive = 0xff;

Next walk(Walk& w, const Region& received) {
  Region region = received;
  const uint8_t* p = w.at(region);
  const bool alive = region.length() == 1 && *p == kKeepAlive, exchange = region.captured() >= kMarker && be32(p) == 0;
  if (!w.push(id::kUdpencap, region, alive ? 1 : exchange ? kMarker : 0) || alive) return {};
  ++region.depth;
  return exchange ? w.data(region.from(region.offset + kMarker)) : Next{id::kEsp, region};
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("UDPENCAP");
  c.set_info(l.end - l.offset == 1 && l.cap_end > l.offset && *d.at(l) == kKeepAlive ? "NAT-keepalive" : "");
}

constexpr Over kOver[] = {{Over::Kind::kUdpPort, 4500}};

}  // namespace

const ProtocolDef kUdpencapDef = {.name = "udpencap", .long_name = "UDP Encapsulation of IPsec Packets", .short_name = "UDPENCAP", .over = kOver, .walk = walk, .columns = columns};

}  // namespace wiretail::dissect
