// Internet Protocol version 4. RFC 791; differentiated services: RFC 2474, RFC 3168. Fragments are put together: the
// packet that completes a datagram has the layers above, the others show their bytes as data.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/plain_headers.hpp"
#include "dissect/protocols/fragment_rows.hpp"
#include "dissect/protocols/ip_rows.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

namespace ip {

void append_services(std::string& out, uint8_t field) {
  static constexpr std::string_view kEcn[] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE"};
  const unsigned code = field >> 2, group = code >> 3, low = code & 7;
  out += " (DSCP: ";
  if (code == 1) out += "LE";
  else if (code == 44) out += "VOICE-ADMIT";
  else if (code == 46) out += "EF PHB";
  else if (low == 0) out += "CS", append_uint(out, group);
  else if (group >= 1 && group <= 4 && (low == 2 || low == 4 || low == 6)) out += "AF", append_uint(out, group), append_uint(out, low / 2);
  else out += "Unknown";
  out += ", ECN: ", out += kEcn[field & 3], out += ')';
}

bool plain_total_length(const PlainHeaders& headers, uint64_t& value) {
  if (headers.is_v6()) return false;
  return value = be16(headers.network() + 2), true;
}

bool total_length(Dissection& d, const LayerRef& l, Value& value) {
  const uint8_t* p = d.at(l);
  if (l.cap_end - l.offset < 4 || p[0] >> 4 != 4 || (p[0] & 15u) < 5) return false;
  const uint32_t total = be16(p + 2);
  value = Value::of_uint(total ? total : l.end - l.offset);
  return true;
}

void show_version(std::string& text, const Dissection&, const Occurrence& o) {
  std::string bits;
  append_bit_row(bits, o.value.u << 4, 0xf0, 8);
  text.insert(0, bits);
}

void show_header_length(std::string& text, const Dissection&, const Occurrence& o) {
  std::string bits;
  append_bit_row(bits, o.value.u / 4, 0x0f, 8);
  text.insert(0, bits);
  text += " (", append_uint(text, o.value.u / 4), text += ')';
}

// In bytes, beside the bits of the field itself.
void show_offset(std::string& text, const Dissection&, const Occurrence& o) {
  text.resize(text.rfind(' ') + 1);
  append_uint(text, o.value.u * 8);
}

void show_services(std::string& text, const Dissection&, const Occurrence& o) { append_services(text, static_cast<uint8_t>(o.value.u)); }

void show_fragmentation(std::string& text, const Dissection&, const Occurrence& o) {
  if (o.value.u & 4) text += ", Reserved bit";
  if (o.value.u & 2) text += ", Don't fragment";
  if (o.value.u & 1) text += ", More fragments";
}

}  // namespace ip

namespace {

using namespace ip;

constexpr uint32_t kMinHeader = 20;
static_assert(rows_fit(kRows, kMinHeader));

// Of packets that are not as usual; LayerRef::extra. Lives in the arena.
struct Facts {
  const Datagram* datagram = nullptr;  // completed by this packet
  uint8_t buffer = 0;
  uint32_t too_long_for = 0;           // the total length says more than these bytes; 0: it does not
};

Facts* facts_of(const Dissection& d, const LayerRef& l) {
  return l.extra ? static_cast<Facts*>(const_cast<void*>(d.app_facts[l.extra - 1])) : nullptr;
}

Facts* add_facts(Walk& w, LayerRef& layer) {
  if (Facts* known = facts_of(w.d, layer)) return known;
  auto* made = w.d.arena.make<Facts>();
  layer.extra = static_cast<uint16_t>(w.d.keep_facts(made));
  return made;
}

Next fragment(Walk& w, LayerRef& layer, const uint8_t* p, Region payload) {
  const uint16_t word = be16(p + 6);
  const uint32_t offset = (word & 0x1fffu) * 8;
  if (payload.length() == 0) return {};
  Facts* facts = facts_of(w.d, layer);
  const bool whole = payload.captured() == payload.length() && !(facts && facts->too_long_for);
  if (whole && w.trackers()) {
    FragmentKey key;
    std::memcpy(key.addresses.data(), p + 12, 8);
    key.id = be16(p + 4), key.protocol = p[9];
    const Datagram* d = w.trackers()->fragments.add(key, offset, {w.at(payload), payload.captured()}, word & 0x2000, w.d.packet.number);
    if (d) {
      facts = add_facts(w, layer);
      facts->datagram = d;
      facts->buffer = w.d.add_buffer(d->bytes, "Reassembled IPv4");
      if (!facts->buffer || !layer.extra) return w.data(payload);
      auto size = static_cast<uint32_t>(d->bytes.size());
      Region all{0, size, size, facts->buffer, payload.flags, payload.depth};
      ProtoId proto = w.next.ip_proto(p[9]);
      if (proto == kNoProto) w.count_unsupported();
      return proto == kNoProto ? w.data(all) : Next{proto, all};
    }
  }
  // The beginning of a datagram that can not become whole is shown as far as it goes.
  if (whole || offset) return w.data(payload);
  payload.flags |= kFragmented;
  ProtoId proto = w.next.ip_proto(p[9]);
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

// Below are link layers that say IP and mean any version of it.
bool names_no_version(const Dissection& d) {
  switch (d.layers.stack[d.layers.count - 1].proto) {
    case id::kArcnet: case id::kChdlc: case id::kFr: case id::kIpnet: return true;
    default: return false;
  }
}

Next walk(Walk& w, const Region& received) {
  Region region = received;
  if (region.captured() < 1) return w.damaged(id::kIp, region, 1);
  const uint8_t* p = w.at(region);
  const uint32_t header = (p[0] & 15u) * 4;
  // A header that makes no sense: only its first bytes are shown, all of it belongs to the layer.
  auto only = [&](uint32_t bytes) {
    Region r = region;
    r.cap_end = region.offset + bytes;
    if (LayerRef* layer = w.push(id::kIp, r, header)) layer->search_end = region.cap_end;
  };
  if (p[0] >> 4 == 6 && names_no_version(w.d)) return {id::kIpv6, region};
  if (p[0] >> 4 == 6 && w.d.layers.count == 1) {  // the link's own type is IPv4: it is listed, and has nothing
    Region nothing = region;
    nothing.cap_end = nothing.end = nothing.offset;
    if (!w.push(id::kIp, nothing, 0)) return {};
    w.d.layers.hide_last();
    return {id::kIpv6, region};
  }
  if (p[0] >> 4 != 4) {
    only(1);
    return p[0] >> 4 == 6 ? Next{id::kIpv6, region} : Next{};
  }
  if (header < kMinHeader) return only(1), Next{};
  if (region.captured() < 4) return w.damaged(id::kIp, region, kMinHeader);
  uint32_t total = be16(p + 2);
  if (total && total < header) return only(4), Next{};
  if (total == 0) total = region.length();  // segmentation offload leaves it empty
  const uint32_t given = region.length();
  const bool quoted = region.flags & kQuoted;
  // In an ICMP error the length is that of the packet it tells of, of which it has the beginning.
  if (total < given || quoted) region.end = region.offset + total;
  region.cap_end = std::min(region.cap_end, region.end);
  if (region.captured() < kMinHeader || region.captured() < header) {
    LayerRef* layer = w.push(id::kIp, region, std::min(header, region.length()));
    if (!layer) return {};
    if (total > given && !quoted && add_facts(w, *layer)) facts_of(w.d, *layer)->too_long_for = given;
    return w.damage(*layer, region.length() >= header ? kShort : kMalformed), Next{};
  }
  LayerRef* layer = w.push(id::kIp, region, header);
  if (!layer) return {};
  if (total > given && !quoted)
    if (Facts* facts = add_facts(w, *layer)) facts->too_long_for = given;
  if (header > kMinHeader && !options_sound(p, header)) return w.damage(*layer, kMalformed), Next{};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  if (be16(p + 6) & 0x3fff) return fragment(w, *layer, p, payload);
  if (payload.length() == 0) return {};
  ProtoId proto = w.next.ip_proto(p[9]);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

// Time to live that is lower than a packet's on its way should be, or not the one that a multicast group of the local
// network has to have (224.0.0.0/24: RFC 5771 §4).
void check_ttl(Emit& emit, const uint8_t* p) {
  const uint8_t ttl = p[8];
  char text[120];
  if (be24(p + 16) == 0xe00000) {
    const uint8_t host = p[19];
    const bool igmp = p[9] == 2;  // stays on the link, whatever group it speaks of
    if (host == 252 && !igmp) return;
    const unsigned wanted = !igmp && (host == 18 || host == 102 || host == 251) ? 255 : 1;
    if (ttl == wanted) return;
    std::snprintf(text, sizeof text, "\"Time To Live\" != %u for a packet sent to the Local Network Control Block (see RFC 3171)", wanted);
    emit.expert(kTtlLncb, severity::kNote, group::kSequence, text);
  } else if (ttl < 5 && p[16] >> 4 != 14 && p[9] != 89 && p[9] != 103) {
    std::snprintf(text, sizeof text, "\"Time To Live\" only %u", ttl);
    emit.expert(kTtlTooSmall, severity::kNote, group::kSequence, text);
  }
}

void details(Emit& emit) {
  const uint8_t* p = emit.at(0);
  auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 1) return;
  const uint32_t header = (p[0] & 15u) * 4;
  char text[100];
  emit.number(kVersion, p[0] >> 4, 0, 1);
  if (p[0] >> 4 != 4) return emit.expert(kBogusVersion, severity::kError, group::kProtocol, "Bogus IPv4 version");
  emit.number(kHdrLen, header, 0, 1);
  if (header < kMinHeader) {
    std::snprintf(text, sizeof text, "Bogus IP header length (%u, must be at least 20)", header);
    return emit.expert(kBogusHeaderLength, severity::kError, group::kProtocol, text);
  }
  emit.fixed(kDsfield);
  emit.push(), emit.fixed(kDscp, kEcn), emit.pop();
  if (have < 4) return;
  const uint32_t total = be16(p + 2);
  emit.number(kLen, total ? total : emit.layer().end - emit.layer().offset, 2, 2);
  if (total && total < header) return emit.expert(kBogusLength, severity::kError, group::kProtocol, "Bogus IP length");
  const Facts* facts = facts_of(emit.packet(), emit.layer());
  if (facts && facts->too_long_for) {
    std::snprintf(text, sizeof text, "IPv4 total length exceeds packet length (%u bytes)", facts->too_long_for);
    emit.expert(kBogusLength, severity::kError, group::kProtocol, text);
  }
  emit.fixed(kId, kFlags);
  emit.push(), emit.fixed(kFlagsRb, kFlagsMf), emit.pop();
  emit.fixed(kFragOffset, kTtl);
  if (emit.showing() && have >= 20) {
    Emit::Below below(emit);
    check_ttl(emit, p);
  }
  emit.fixed(kProto, kChecksum);
  if (have < 12) return;
  emit.remark(" [validation disabled]");
  emit.number(kChecksumStatus, 2);
  auto address = [&](unsigned row, unsigned host_row, uint32_t at) {
    emit.fixed(row);
    if (!emit.wants(host_row) && !emit.wants(kHost)) return;
    std::string host;
    append_ipv4(host, be32(p + at));
    emit.text(host_row, host, at, 4), emit.text(kHost, host, at, 4);
  };
  if (have < 16) return;
  address(kSrc, kSrcHost, 12);
  if (have < 20) return;
  if (!emit.showing()) check_ttl(emit, p);  // its place among the notes is here
  address(kDst, kDstHost, 16);
  emit.fixed(kAddr);
  if (header > kMinHeader && have >= header) emit_options(emit, header);
  if (facts && facts->datagram) emit_fragments(emit, kFragments, *facts->datagram, facts->buffer, true);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("IPv4");
  c.set_info("");
  const uint32_t have = l.cap_end - l.offset;
  if (have < 1) return;
  const uint8_t* p = d.at(l);
  const uint32_t header = (p[0] & 15u) * 4;
  std::string info, address;
  if (p[0] >> 4 != 4) {
    info = "Bogus IPv4 version (";
    append_uint(info, p[0] >> 4), info += ", must be 4)";
    return c.set_info(info);
  }
  if (header < kMinHeader) {
    info = "Bogus IP header length (";
    append_uint(info, header), info += ", must be at least 20)";
    return c.set_info(info);
  }
  if (have >= 4 && be16(p + 2) && be16(p + 2) < header) {
    info = "Bogus IP length (";
    append_uint(info, be16(p + 2)), info += ", less than header length ", append_uint(info, header), info += ')';
    return c.set_info(info);
  }
  if (have < 16) return;
  append_ipv4(address, be32(p + 12));
  c.set_source(address);
  if (have < kMinHeader) return;
  address.clear(), append_ipv4(address, be32(p + 16));
  c.set_destination(address);
  const uint32_t length = l.end - l.offset;
  if (have < header || l.flags & kMalformed || length <= header) return;
  const Facts* facts = facts_of(d, l);
  if (be16(p + 6) & 0x3fff && !(facts && facts->datagram)) {
    if (const LayerRef* above = &l + 1; above != d.layers.end() && above->flags & kFragmented) return;  // its beginning is shown
    info = "Fragmented IP protocol (proto=";
    info += ip_proto::name(p[9]), info += ' ', append_uint(info, p[9]), info += ", off=", append_uint(info, (be16(p + 6) & 0x1fffu) * 8);
    info += ", ID=", append_hex(info, be16(p + 4), 4), info += ')';
    return c.set_info(info);
  }
  // Whoever is above says more; what nobody dissects is named.
  if (NextTables::get().ip_proto(p[9]) != kNoProto) return;
  info = ip_proto::name(p[9]);
  info += " (", append_uint(info, p[9]), info += ')';
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  const uint8_t* p = d.at(l);
  const uint32_t have = l.cap_end - l.offset;
  out += "Internet Protocol Version 4";
  if (have < 16 || p[0] >> 4 != 4 || (p[0] & 15u) * 4 < kMinHeader || (be16(p + 2) && be16(p + 2) < (p[0] & 15u) * 4)) return;
  out += ", Src: ", append_ipv4(out, be32(p + 12));
  if (have < kMinHeader) return;
  uint32_t end = 0;
  const bool routed = have >= (p[0] & 15u) * 4 && route_end(p, (p[0] & 15u) * 4, end);
  out += ", Dst: ", append_ipv4(out, routed ? end : be32(p + 16));
  if (routed) out += ", Via: ", append_ipv4(out, be32(p + 16));
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x0800}, {Over::Kind::kIpProto, 4}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kIpv4)}, {Over::Kind::kPpp, 0x21}, {Over::Kind::kGreProto, 0x0800}};

}  // namespace

const ProtocolDef kIpDef = {.name = "ip", .long_name = "Internet Protocol Version 4", .short_name = "IPv4", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 1};

}  // namespace wiretail::dissect
