// IEEE 802.15.4 data frames (IEEE Std 802.15.4-2015 §7.2), and IPv6 in them: 6LoWPAN with the header in full or compressed
// without contexts (RFC 4944 §5, RFC 6282 §3). What the compression of next headers hides, and fragments, are not read.
#include <algorithm>
#include <array>
#include <cstring>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kFcs = 2, kIpv6Header = 40;
constexpr uint8_t kNoNextHeader = 59;

// Where the addresses stand, and how long the header is; length 0: it is not all there.
struct Mac {
  uint8_t type = 0;
  bool secured = false;
  uint32_t length = 0, source = 0, destination = 0;  // places of addresses of eight bytes; 0: there is none
};
Mac read_mac(Bytes b) {
  enum Mode { kNone, kReserved, kShort, kLong };
  constexpr uint32_t kSizes[] = {0, 0, 2, 8};
  Mac m;
  if (b.size() < 2) return m;
  const uint16_t control = le16(b.data());
  const unsigned to = control >> 10 & 3, from = control >> 14, version = control >> 12 & 3;
  const bool compressed = control & 0x40, unnumbered = version == 2 && control & 0x100;
  m.type = control & 7, m.secured = control & 8;
  uint32_t at = unnumbered ? 2 : 3;
  bool to_network = to != kNone, from_network = from != kNone && !compressed;
  if (version == 2) {  // table 7-2
    if (to == kLong && from == kLong) to_network = !compressed, from_network = false;
    else if (to != kNone && from != kNone) to_network = true, from_network = !compressed;
    else to_network = to != kNone && !compressed, from_network = from != kNone && !compressed;
  }
  at += to_network ? 2 : 0;
  if (to == kLong) m.destination = at;
  at += kSizes[to];
  at += from_network ? 2 : 0;
  if (from == kLong) m.source = at;
  at += kSizes[from];
  if (at <= b.size()) m.length = at;
  return m;
}

// CRC-16 of ITU-T, low bit first (§7.2.10): false where it is not that of the frame. What was cut can not be told.
bool sound(Bytes frame, bool whole) {
  if (!whole || frame.size() < kFcs) return true;
  uint32_t crc = 0;
  for (uint8_t byte : frame.first(frame.size() - kFcs)) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x8408u : 0u);
  }
  return crc == le16(frame.data() + frame.size() - kFcs);
}

void details(Emit& emit) {
  if (emit.wants_notes() && !sound(emit.data(), emit.layer().cap_end == emit.layer().end)) emit.expert(Emit::kNoRow, severity::kWarning, group::kChecksum, "Bad FCS");
}

Next walk(Walk& w, const Region& region) {
  const Mac m = read_mac({w.at(region), region.captured()});
  if (!m.length) return w.damaged(id::kWpan, region, 3);
  if (!w.push(id::kWpan, region, m.length)) return {};
  Region payload = region.from(region.offset + m.length);
  if (payload.length() >= kFcs) payload.end -= kFcs, payload.cap_end = std::min(payload.cap_end, payload.end);
  ++payload.depth;
  constexpr uint8_t kData = 1;
  if (m.type != kData || payload.captured() == 0) return {};
  const uint8_t dispatch = *w.at(payload);
  const bool readable = !m.secured && sound({w.at(region), region.captured()}, region.captured() == region.length()) && (dispatch == 0x41 || dispatch >> 5 == 3);
  return readable ? Next{id::k6lowpan, payload} : w.data(payload);
}

// What is left of the compressed header; reads past its end yield zeros and are remembered.
struct Compressed {
  Bytes left;
  bool whole = true;
  void take(uint8_t* to, size_t n) {
    if (left.size() < n) return void(whole = false);
    std::memcpy(to, left.data(), n);
    left = left.subspan(n);
  }
  uint8_t byte() {
    uint8_t b = 0;
    take(&b, 1);
    return b;
  }
};

// The interface identifier that an address of the link has (RFC 4291 §2.5.1); false: it has none.
bool identifier(uint8_t* to, const uint8_t* frame, uint32_t place) {
  if (!place) return false;
  for (unsigned i = 0; i < 8; ++i) to[i] = frame[place + 7 - i];
  to[0] ^= 2;
  return true;
}

bool unicast(Compressed& c, uint8_t* to, bool by_context, unsigned mode, const uint8_t* frame, uint32_t place) {
  if (by_context) return mode == 0;  // unspecified; the others need what only the network knows
  if (mode == 0) return c.take(to, 16), true;
  to[0] = 0xfe, to[1] = 0x80;
  if (mode == 1) return c.take(to + 8, 8), true;
  if (mode == 3) return identifier(to + 8, frame, place);
  to[11] = 0xff, to[12] = 0xfe;
  return c.take(to + 14, 2), true;
}

bool multicast(Compressed& c, uint8_t* to, bool by_context, unsigned mode) {
  if (by_context) return false;
  if (mode == 0) return c.take(to, 16), true;
  to[0] = 0xff, to[1] = mode == 3 ? 2 : c.byte();
  const unsigned rest = mode == 1 ? 5 : mode == 2 ? 3 : 1;
  return c.take(to + 16 - rest, rest), true;
}

// Makes the header that was compressed. The bytes of `c` behind it are the payload, unless the next header is compressed too.
bool expand(Compressed& c, std::array<uint8_t, kIpv6Header>& header, const uint8_t* frame, const Mac& m) {
  header.fill(0);
  const uint8_t first = c.byte(), second = c.byte();
  if (second & 0x80) c.byte();  // contexts
  header[0] = 0x60;
  const unsigned traffic = first >> 3 & 3;
  if (traffic != 3) {  // two bits of ECN come first
    const uint8_t ecn_dscp = c.byte();
    const auto service = static_cast<uint8_t>((traffic == 1 ? 0u : unsigned{ecn_dscp} << 2) | unsigned{ecn_dscp} >> 6);
    const unsigned flow = traffic == 1 ? ecn_dscp : traffic == 0 ? c.byte() : 0;
    header[0] = static_cast<uint8_t>(0x60 | service >> 4), header[1] = static_cast<uint8_t>(static_cast<unsigned>(service) << 4 | (flow & 15));
    if (traffic < 2) c.take(&header[2], 2);
  }
  const bool next_compressed = first & 4;
  header[6] = next_compressed ? kNoNextHeader : c.byte();
  constexpr uint8_t kHops[] = {0, 1, 64, 255};
  header[7] = first & 3 ? kHops[first & 3] : c.byte();
  if (!unicast(c, &header[8], second & 0x40, second >> 4 & 3, frame, m.source)) return false;
  const bool group = second & 8, by_context = second & 4;
  if (!(group ? multicast(c, &header[24], by_context, second & 3) : unicast(c, &header[24], by_context, second & 3, frame, m.destination))) return false;
  if (next_compressed) c.left = {};
  header[4] = static_cast<uint8_t>(c.left.size() >> 8), header[5] = static_cast<uint8_t>(c.left.size());
  return c.whole;
}

Next lowpan_walk(Walk& w, const Region& region) {
  const LayerRef* below = w.d.layer(id::kWpan);
  if (*w.at(region) == 0x41) {
    if (!w.push(id::k6lowpan, region, 1)) return {};
    Region packet = region.from(region.offset + 1);
    ++packet.depth;
    return {id::kIpv6, packet};
  }
  if (!w.push(id::k6lowpan, region, region.length()) || !below) return {};
  const uint8_t* frame = w.d.at(*below);
  Compressed c{{w.at(region), region.captured()}};
  std::array<uint8_t, kIpv6Header> header;
  if (!expand(c, header, frame, read_mac(w.d.layer_data(*below)))) return {};
  const size_t size = kIpv6Header + c.left.size();
  char* made = w.d.arena.take(size);
  std::memcpy(made, header.data(), kIpv6Header);
  if (!c.left.empty()) std::memcpy(made + kIpv6Header, c.left.data(), c.left.size());
  const uint8_t buffer = w.d.add_buffer({reinterpret_cast<const uint8_t*>(made), size}, "Decompressed 6LoWPAN IPHC");
  if (!buffer) return {};
  const auto end = static_cast<uint32_t>(size);
  return {id::kIpv6, {0, end, end, buffer, region.flags, static_cast<uint8_t>(region.depth + 1)}};
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("IEEE 802.15.4");
  c.set_info("");
}
void lowpan_columns(const Dissection&, const LayerRef&, Columns& c) { c.set_protocol("6LoWPAN"); }

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kWpan)}, {Over::Kind::kEthertype, 0x809a}};

}  // namespace

const ProtocolDef kWpanDef = {.name = "wpan", .long_name = "IEEE 802.15.4", .short_name = "IEEE 802.15.4", .over = kOver, .walk = walk, .details = details, .columns = columns};
const ProtocolDef k6lowpanDef = {.name = "6lowpan", .long_name = "6LoWPAN", .short_name = "6LoWPAN", .walk = lowpan_walk, .columns = lowpan_columns};

}  // namespace wiretail::dissect
