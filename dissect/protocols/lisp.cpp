// Locator/ID Separation Protocol: packets in UDP between the sites' routers (RFC 9300 §5), and of the control messages the one
// that has a packet in it (RFC 9301 §5.8). The others are not read.
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kDataHeader = 8, kControlHeader = 4, kEncapsulated = 8;

Next inner(Walk& w, Region packet) {
  if (packet.captured() == 0) return {};
  switch (*w.at(packet) >> 4) {
    case 4: return {id::kIp, packet};
    case 6: return {id::kIpv6, packet};
    default: return w.data(packet);
  }
}

Next data_walk(Walk& w, const Region& region) {
  if (region.captured() < kDataHeader) return w.damaged(id::kLispData, region, kDataHeader);
  if (!w.push(id::kLispData, region, kDataHeader)) return {};
  Region packet = region.from(region.offset + kDataHeader);
  ++packet.depth;
  return inner(w, packet);
}

Next control_walk(Walk& w, const Region& region) {
  if (region.captured() < kControlHeader) return w.damaged(id::kLisp, region, kControlHeader);
  const bool encapsulated = *w.at(region) >> 4 == kEncapsulated;
  if (!w.push(id::kLisp, region, encapsulated ? kControlHeader : region.length()) || !encapsulated) return {};
  Region packet = region.from(region.offset + kControlHeader);
  ++packet.depth;
  return inner(w, packet);
}

void data_columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("LISP");
  c.set_info("");
}

void control_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  constexpr ValueName kTypes[] = {{1, "Map-Request"}, {2, "Map-Reply"}, {3, "Map-Register"}, {4, "Map-Notify"}, {kEncapsulated, "Encapsulated Control Message"}};
  c.set_protocol("LISP");
  c.set_info(l.cap_end > l.offset ? value_name(kTypes, *d.at(l) >> 4) : "");
}

constexpr Over kDataOver[] = {{Over::Kind::kUdpPort, 4341}};
constexpr Over kControlOver[] = {{Over::Kind::kUdpPort, 4342}};

}  // namespace

const ProtocolDef kLispDataDef = {.name = "lisp-data", .long_name = "Locator/ID Separation Protocol (Data)", .short_name = "LISP Data", .over = kDataOver, .walk = data_walk, .columns = data_columns};
const ProtocolDef kLispDef = {.name = "lisp", .long_name = "Locator/ID Separation Protocol", .short_name = "LISP", .over = kControlOver, .walk = control_walk, .columns = control_columns, .item_to_end = true};

}  // namespace wiretail::dissect
