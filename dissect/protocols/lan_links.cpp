// Older LANs, which put a few bytes in front of LLC: Token Ring (IEEE Std 802.5-1998 §3.2) and FDDI (ISO 9314-2). And IP over
// ATM as Linux hands it over (RFC 2225, without the link's header).
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kTokenRing = 14, kFddi = 13;

Next token_ring_walk(Walk& w, const Region& region) {
  if (region.captured() < kTokenRing) return w.damaged(id::kTr, region, kTokenRing);
  const uint8_t* p = w.at(region);
  // The first bit of the source says that a route follows; its first byte has the length.
  const bool routed = p[8] & 0x80;
  const uint32_t header = kTokenRing + (routed && region.captured() > kTokenRing ? p[kTokenRing] & 0x1fu : 0);
  if (region.captured() < header) return w.damaged(id::kTr, region, header);
  if (!w.push(id::kTr, region, header)) return {};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  return p[1] >> 6 == 1 ? Next{id::kLlc, payload} : w.data(payload);
}

void token_ring_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("TR");
  c.set_info("Token-Ring");
  if (l.cap_end - l.offset < kTokenRing) return;
  std::string from, to;
  append_ether(from, d.at(l) + 8), append_ether(to, d.at(l) + 2);
  c.set_addresses(from, to);
}

Next fddi_walk(Walk& w, const Region& region) {
  if (region.captured() < kFddi) return w.damaged(id::kFddi, region, kFddi);
  if (!w.push(id::kFddi, region, kFddi)) return {};
  Region payload = region.from(region.offset + kFddi);
  ++payload.depth;
  const uint8_t control = w.at(region)[0];
  return (control & 0x70) == 0x50 ? Next{id::kLlc, payload} : w.data(payload);
}

void fddi_columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("FDDI");
  c.set_info("");
}

Next clip_walk(Walk& w, const Region& received) {
  Region region = received;
  if (!w.push(id::kClip, region, 0)) return {};
  ++region.depth;
  return {id::kIp, region};
}

void clip_details(Emit& emit) { emit.expert(0, severity::kNote, group::kProtocol); }

constexpr FieldRow kClipRows[] = {{.name = "clip.no_link_info", .label = "No link information available", .flags = kExpert}};
constexpr Over kTokenRingOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kTokenRing)}};
constexpr Over kFddiOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kFddi)}};
constexpr Over kClipOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLinuxClip)}};

}  // namespace

const ProtocolDef kTrDef = {.name = "tr", .long_name = "Token-Ring", .short_name = "Token-Ring", .over = kTokenRingOver, .walk = token_ring_walk, .columns = token_ring_columns};
const ProtocolDef kFddiDef = {.name = "fddi", .long_name = "Fiber Distributed Data Interface", .short_name = "FDDI", .over = kFddiOver, .walk = fddi_walk, .columns = fddi_columns};
const ProtocolDef kClipDef = {.name = "clip", .long_name = "Classical IP frame", .short_name = "CLIP", .rows = kClipRows, .over = kClipOver, .walk = clip_walk, .details = clip_details};

}  // namespace wiretail::dissect
