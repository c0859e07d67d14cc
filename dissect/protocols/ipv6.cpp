// Internet Protocol version 6: the header itself. RFC 8200; jumbograms: RFC 2675. Its extension headers are layers of their
// own (ipv6_extensions.cpp), as in Wireshark.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ip_rows.hpp"
#include "dissect/protocols/ipv6_rows.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

namespace ipv6 {

Next upper(Walk& w, Region r, uint8_t next) {
  if (next == 59) return w.data(r);
  ProtoId proto = w.next.ip_proto(next);
  if (proto != kNoProto) return {proto, r};
  w.count_unsupported();
  return w.data(r);
}

void unknown_next(uint8_t next, Columns& c) {
  std::string info = "Unknown IP Protocol: ";
  info += ip_proto::name(next), info += " (", append_uint(info, next), info += ')';
  c.set_info(info);
}

}  // namespace ipv6

namespace {

using namespace ipv6;

constexpr uint32_t kHeader = 40;
static_assert(rows_fit(kRows, kHeader));

// LayerRef::extra: what is not as usual.
enum Remark : uint16_t { kShortHeader = 1 << 0, kNoPayload = 1 << 1, kNoJumbo = 1 << 2, kTooLong = 1 << 3, kOtherVersion = kNotListed };

Next walk(Walk& w, const Region& received) {
  Region region = received;
  if (region.captured() < kHeader) {
    const bool invalid = region.length() < kHeader && region.length() > 0;
    Next ended = w.damaged(id::kIpv6, region, kHeader);
    LayerRef& layer = w.d.layers.stack[w.d.layers.last[id::kIpv6]];
    if (invalid) layer.extra = kShortHeader;
    return ended;
  }
  const uint8_t* p = w.at(region);
  if (p[0] >> 4 != 6) {  // not dissected further, and data to what follows
    const bool outermost = w.d.layers.count <= 1;  // no lower protocol could take it back
    Region version = region;
    version.cap_end = region.offset + 1;
    if (LayerRef* layer = w.push(id::kIpv6, version, kHeader)) layer->search_end = region.cap_end, layer->extra = kOtherVersion;
    return outermost ? Next{} : w.data(region);
  }
  uint32_t length = be16(p + 4);
  uint16_t remark = 0;
  const uint32_t given = region.length() - kHeader;
  const bool quoted = region.flags & kQuoted;
  if (length == 0 && p[6] == 0) {
    length = jumbo_length(p + kHeader, region.captured() - kHeader);
    if (!length) remark |= kNoJumbo;
  } else if (length == 0 && p[6] != 59) {
    remark |= kNoPayload;
  }
  if (length > given && !quoted) remark |= kTooLong;
  // In an ICMP error the length is that of the packet it tells of, of which it has the beginning.
  if (length < given || quoted) region.end = region.offset + kHeader + length;
  region.cap_end = std::min(region.cap_end, region.end);
  LayerRef* layer = w.push(id::kIpv6, region, kHeader);
  if (!layer) return {};
  layer->extra = remark;
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  return upper(w, payload, p[6]);
}

struct Side {
  unsigned host, slaac, isatap, gateway, sla, server, client_port, client, embedded;
};
constexpr Side kSource = {kSrcHost, kSrcSlaac, kSrcIsatap, kSrc6to4Gw, kSrc6to4Sla, kSrcTsIpv4, kSrcTcPort, kSrcTcIpv4, kSrcEmbed};
constexpr Side kDestination = {kDstHost, kDstSlaac, kDstIsatap, kDst6to4Gw, kDst6to4Sla, kDstTsIpv4, kDstTcPort, kDstTcIpv4, kDstEmbed};
constexpr Side kEither = {kHost, kSlaac, kIsatap, k6to4Gw, k6to4Sla, kTsIpv4, kTcPort, kTcIpv4, kEmbed};

// An address as text, under the name of its side and under that of both.
void host(Emit& emit, const Side& side, uint32_t at) {
  if (!emit.wants(side.host) && !emit.wants(kHost)) return;
  std::string text;
  append_ipv6(text, emit.at(at));
  emit.text(side.host, text, at, 16), emit.text(kHost, text, at, 16);
}

// What an address holds of other addresses, likewise.
void address(Emit& emit, const Side& side, uint32_t at) {
  const uint8_t* a = emit.at(at);
  auto number = [&](unsigned Side::*row, uint64_t value, uint32_t from, uint32_t n) {
    emit.number(side.*row, value, at + from, n), emit.number(kEither.*row, value, at + from, n);
  };
  static constexpr uint8_t kEmbeddedPrefix[12] = {0, 0x64, 0xff, 0x9b};
  if (be16(a) == 0x2002) number(&Side::gateway, be32(a + 2), 2, 4), number(&Side::sla, be16(a + 6), 6, 2);
  else if (be32(a) == 0x20010000) number(&Side::server, be32(a + 4), 4, 4), number(&Side::client_port, be16(a + 10) ^ 0xffffu, 10, 2), number(&Side::client, be32(a + 12) ^ 0xffffffffu, 12, 4);
  else if (!std::memcmp(a, kEmbeddedPrefix, sizeof kEmbeddedPrefix)) {
    emit.bytes(kEmbedPrefix, at, 12);
    number(&Side::embedded, be32(a + 12), 12, 4);
  }
  if ((be32(a + 8) & 0xfdffffff) == 0x5efe) {
    number(&Side::isatap, be32(a + 12), 12, 4);
  } else if (a[11] == 0xff && a[12] == 0xfe && a[8] & 2 && (emit.wants(side.slaac) || emit.wants(kSlaac))) {
    char made[6] = {static_cast<char>(a[8] ^ 2), static_cast<char>(a[9]), static_cast<char>(a[10]), static_cast<char>(a[13]), static_cast<char>(a[14]), static_cast<char>(a[15])};
    emit.text(side.slaac, {made, 6}, at + 8, 8), emit.text(kSlaac, {made, 6}, at + 8, 8);
  }
}

void details(Emit& emit) {
  if (emit.data().empty()) return;
  const uint8_t* p = emit.at(0);
  const LayerRef& l = emit.layer();
  if (l.extra & kShortHeader) emit.expert(kInvalidHeader, severity::kError, group::kMalformed, "IPv6 header must be exactly 40 bytes");
  if (!emit.showing()) {  // once is enough
    emit.rows_of(id::kIp);
    emit.number(ip::kVersion, p[0] >> 4, 0, 1);
    emit.rows_of(id::kIpv6);
  }
  emit.number(kVersion, p[0] >> 4, 0, 1);
  if (l.extra & kOtherVersion) return emit.expert(kBogusVersion, severity::kError, group::kMalformed, "Bogus IPv6 version");
  emit.fixed(kTclass);
  emit.push(), emit.fixed(kTclassDscp, kTclassEcn), emit.pop();
  emit.fixed(kFlow, kPlen);
  if (l.extra & kTooLong) {
    char text[80];
    std::snprintf(text, sizeof text, "IPv6 payload length exceeds framing length (%u bytes)", l.end - l.offset - kHeader);
    emit.expert(kPlenExceeds, severity::kWarning, group::kProtocol, text);
  }
  if (l.extra & kNoPayload) emit.expert(kPlenZero, severity::kChat, group::kProtocol);
  if (l.extra & kNoJumbo) emit.expert(kJumboMissing, severity::kError, group::kMalformed);
  emit.fixed(kNxt, kSrc);
  if (emit.data().size() < 24) return;
  if (emit.showing()) emit.fixed(kDst);
  host(emit, kSource, 8);
  if (emit.data().size() < kHeader) return;  // of a header that is cut, tshark looks into neither address
  address(emit, kSource, 8);
  if (!emit.showing()) emit.fixed(kDst);
  host(emit, kDestination, 24);
  address(emit, kDestination, 24);
  emit.fixed(kAddr);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("IPv6");
  c.set_info("");
  const uint32_t have = l.cap_end - l.offset;
  const uint8_t* p = d.at(l);
  std::string text;
  if (l.extra & kOtherVersion) {
    if ((&l - 1)->proto == id::kEth) return c.set_protocol("0x86dd"), c.set_info("IPv6");  // nobody's
    text = "Bogus IPv6 version (";
    append_uint(text, p[0] >> 4), text += ", must be 6)";
    return c.set_info(text);
  }
  if (have >= 24) append_ipv6(text, p + 8), c.set_source(text);
  if (have >= kHeader) text.clear(), append_ipv6(text, p + 24), c.set_destination(text);
  text.clear();
  if (l.extra & kShortHeader) {
    text = "Invalid IPv6 header (";
    append_uint(text, l.end - l.offset), text += " bytes, need exactly 40)";
    return c.set_info(text);
  }
  if (have < kHeader) return;
  if (p[6] == 59) return c.set_info("IPv6 no next header");
  if (l.extra & kNoJumbo) return c.set_info("Invalid IPv6 payload length");
  if (NextTables::get().ip_proto(p[6]) != kNoProto) return;
  unknown_next(p[6], c);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Internet Protocol Version 6";
  if (l.cap_end - l.offset < kHeader) return;
  out += ", Src: ", append_ipv6(out, d.at(l) + 8), out += ", Dst: ", append_ipv6(out, d.at(l) + 24);
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x86dd}, {Over::Kind::kIpProto, 41}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kIpv6)}, {Over::Kind::kPpp, 0x57}, {Over::Kind::kGreProto, 0x86dd}};
constexpr ProtoId kEmits[] = {id::kIp, id::kIpv6HopOpts, id::kIpv6DstOpts, id::kIpv6Fraghdr};

}  // namespace

const ProtocolDef kIpv6Def = {.name = "ipv6", .long_name = "Internet Protocol Version 6", .short_name = "IPv6", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .emits = kEmits};

}  // namespace wiretail::dissect
