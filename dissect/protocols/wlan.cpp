// Wireless LAN: the headers in front of what data frames carry (IEEE Std 802.11-2020 §9.2 and §9.3.2), and radiotap, in which
// captures say how a frame was received (radiotap.org). Management and control frames, and what is encrypted, end here.
#include <algorithm>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kRadiotap = 8, kFcs = 4;

// What radiotap says of the frame behind it.
struct Received {
  uint32_t header = 0;
  bool whole = false, has_fcs = false, padded = false;
  bool has_mcs = false;
  uint8_t known_mcs = 0;
};
Received received(Bytes b) {
  constexpr uint32_t kMore = 1u << 31;
  Received r;
  if (b.size() < kRadiotap) return r;
  r.header = le16(&b[2]);
  if (r.header < kRadiotap || r.header > b.size()) return r;
  r.whole = true;
  // Alignment and size of the fields of the first word up to the modulation, in the order of its bits.
  struct Field { uint8_t align, size; };
  constexpr Field kFields[] = {{8, 8}, {1, 1}, {1, 1}, {2, 4}, {2, 2}, {1, 1}, {1, 1}, {2, 2}, {2, 2}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {2, 2}, {2, 2}, {1, 1}, {1, 1}, {4, 8}, {1, 3}};
  constexpr uint32_t kFlagsBit = 1, kMcsBit = 19;
  const uint32_t present = le32(&b[4]);
  uint32_t at = 4;
  do {
    if (at + 4 > r.header) return r;
    at += 4;
  } while (le32(&b[at - 4]) & kMore);
  for (uint32_t bit = 0; bit <= kMcsBit; ++bit) {
    if (!(present >> bit & 1)) continue;
    at = (at + kFields[bit].align - 1u) & ~(kFields[bit].align - 1u);
    if (at + kFields[bit].size > r.header) return r;
    if (bit == kFlagsBit) r.has_fcs = b[at] & 0x10, r.padded = b[at] & 0x20;
    if (bit == kMcsBit) r.has_mcs = true, r.known_mcs = b[at];
    at += kFields[bit].size;
  }
  return r;
}

Next radiotap_walk(Walk& w, const Region& region) {
  const Received r = received({w.at(region), region.captured()});
  if (!r.whole) return w.damaged(id::kRadiotap, region, std::max(r.header, kRadiotap));
  if (!w.push(id::kRadiotap, region, r.header)) return {};
  Region frame = region.from(region.offset + r.header);
  if (r.has_fcs && frame.length() >= kFcs) frame.end -= kFcs, frame.cap_end = std::min(frame.cap_end, frame.end);
  ++frame.depth;
  Region nothing = frame;
  nothing.cap_end = nothing.end = nothing.offset;  // Wireshark's summary of the radio has no bytes of its own
  if (!w.push(id::kWlanRadio, nothing, 0)) return {};
  ++frame.depth;
  return {id::kWlan, frame};
}

void radiotap_head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Radiotap Header";
  if (l.cap_end - l.offset >= kRadiotap) out += " v", append_uint(out, *d.at(l)), out += ", Length ", append_uint(out, le16(d.at(l) + 2));
}

// What Wireshark assumes to reckon a frame's duration.
void radio_details(Emit& emit) {
  const LayerRef* tap = emit.packet().layer(id::kRadiotap);
  if (!tap || !emit.wants_notes()) return;
  const Received r = received(emit.packet().layer_data(*tap));
  constexpr uint8_t kIndexAndGuard = 0x07;
  if (!r.has_mcs || (r.known_mcs & kIndexAndGuard) != kIndexAndGuard) return;
  struct Assumption { uint8_t known; std::string_view text; };
  constexpr Assumption kAssumptions[] = {{0x08, "No plcp type information was available, assuming non greenfield."}, {0x20, "No stbc information was available, assuming no stbc."},
                                         {0x40, "No extension stream information was available, assuming no extension streams."}, {0x10, "No fec type information was available, assuming bcc fec."}};
  for (const Assumption& a : kAssumptions)
    if (!(r.known_mcs & a.known)) emit.expert(Emit::kNoRow, severity::kWarning, group::kAssumption, a.text);
}

// The frame control field, and how long the header is that it tells of.
struct Control {
  bool data = false, to_ds = false, from_ds = false, encrypted = false, fragment = false, qos = false, aggregate = false;
  uint32_t header = 0;
};
Control control(Bytes b) {
  constexpr uint32_t kShortest = 10, kAddresses = 24, kFourth = 6, kQosControl = 2, kHtControl = 4;
  Control c;
  if (b.size() < 2) return c;
  const uint8_t type = b[0] >> 2 & 3, subtype = b[0] >> 4, flags = b[1];
  c.data = type == 2 && !(subtype & 4);
  c.to_ds = flags & 1, c.from_ds = flags & 2, c.encrypted = flags & 0x40;
  c.header = kShortest;
  if (type == 0) c.header = kAddresses;
  if (type != 2) return c.encrypted &= type == 0, c;
  c.header = kAddresses + (c.to_ds && c.from_ds ? kFourth : 0);
  if (b.size() >= kAddresses) c.fragment = flags & 4 || b[22] & 15;
  c.qos = subtype & 8;
  if (!c.qos) return c;
  if (b.size() > c.header) c.aggregate = b[c.header] & 0x80;
  c.header += kQosControl + (flags & 0x80 ? kHtControl : 0);
  return c;
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() >= 2 && w.at(region)[0] & 3) {  // another version of the protocol
    LayerRef* layer = w.push(id::kWlan, region, region.captured());
    if (!layer) return {};
    // Its header is not known: all of it is one item, the check sequence behind it too.
    if (const LayerRef* tap = w.d.layer(id::kRadiotap); tap && tap->buffer == region.buffer && tap->cap_end > layer->cap_end)
      layer->search_end = tap->cap_end, layer->header_len = tap->cap_end - layer->offset;
    return w.data(region.from(region.offset + 2));
  }
  const Control c = control({w.at(region), region.captured()});
  if (!c.header || region.captured() < c.header) {
    w.damaged(id::kWlan, region, std::max(c.header, 2u));
    // Of a frame with QoS Wireshark makes its item last.
    if (c.qos && !w.d.layers.too_many) w.d.layers.hide_last();
    return {};
  }
  if (!w.push(id::kWlan, region, c.header)) return {};
  if (!c.data && !c.encrypted) return {};
  uint32_t header = c.header;
  const LayerRef* tap = w.d.layer(id::kRadiotap);
  if (tap && received(w.d.layer_data(*tap)).padded) header = (header + 3) & ~3u;
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  if (c.encrypted) {  // behind the initialization vector; WEP's integrity value is taken off, too
    constexpr uint32_t kVector = 4, kExtendedVector = 8, kIntegrity = 4;
    const bool extended = payload.captured() >= kVector && w.at(payload)[3] & 0x20;
    if (!extended && payload.length() >= kVector + kIntegrity) payload.end -= kIntegrity, payload.cap_end = std::min(payload.cap_end, payload.end);
    return w.data(payload.from(payload.offset + (extended ? kExtendedVector : kVector)));
  }
  if (c.fragment || c.aggregate) return w.data(payload);
  return payload.length() ? Next{id::kLlc, payload} : Next{};
}

void details(Emit& emit) {
  if (emit.data().size() >= 2 && !(emit.at(0)[0] & 3) && emit.at(0)[1] & 8) emit.expert(Emit::kNoRow, severity::kNote, group::kSequence, "Retransmission (retry)");
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("802.11");
  c.set_info("");
  const Control frame = control(d.layer_data(l));
  if (!frame.data || l.cap_end - l.offset < 24 || (frame.to_ds && frame.from_ds)) return;
  // Where the addresses stand is told by the direction to or from the distribution system.
  std::string from, to;
  append_ether(from, d.at(l) + (frame.from_ds ? 16 : 10)), append_ether(to, d.at(l) + (frame.to_ds ? 16 : 4));
  c.set_addresses(from, to);
}

constexpr Over kRadiotapOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kRadiotap)}};
constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kWlan)}};

}  // namespace

const ProtocolDef kRadiotapDef = {.name = "radiotap", .long_name = "Radiotap Header", .short_name = "802.11 Radiotap", .over = kRadiotapOver, .walk = radiotap_walk, .head = radiotap_head};
const ProtocolDef kWlanRadioDef = {.name = "wlan_radio", .long_name = "802.11 radio information", .short_name = "802.11 Radio", .details = radio_details};
const ProtocolDef kWlanDef = {.name = "wlan", .long_name = "IEEE 802.11", .short_name = "IEEE 802.11", .over = kOver, .walk = walk, .details = details, .columns = columns, .item_from = 2};

}  // namespace wiretail::dissect
