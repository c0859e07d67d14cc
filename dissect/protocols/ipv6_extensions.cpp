// The extension headers of IPv6: options, routing, fragments. RFC 8200 §4; routing types: RFC 5095, RFC 6275, RFC 6554,
// RFC 8754; options: see ipv6_rows.hpp.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/fragment_rows.hpp"
#include "dissect/protocols/ipv6_rows.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

namespace ipv6 {

uint32_t jumbo_length(const uint8_t* p, uint32_t size) {
  if (size < 8) return 0;
  const uint32_t end = std::min((p[1] + 1u) * 8, size);
  for (uint32_t at = 2; at + 1 < end;) {
    if (p[at] == 0) {
      ++at;
      continue;
    }
    if (p[at] == 0xc2 && p[at + 1] == 4 && at + 6 <= end) return be32(p + at + 2) < 65536 ? 0 : be32(p + at + 2);
    at += 2u + p[at + 1];
  }
  return 0;
}

}  // namespace ipv6

namespace {

using namespace ipv6;

constexpr ValueName kRoutingTypes[] = {
    {0, "Source Route"}, {1, "Nimrod"}, {2, "Type 2 Routing"}, {3, "RPL Source Route"}, {4, "Segment Routing"}, {5, "Compact Routing Header 16"},
    {6, "Compact Routing Header 32"}, {253, "Experiment 1"}, {254, "Experiment 2"}};

enum OptionsRow : unsigned { kOptionsNxt, kOptionsLen, kOptionsLenOct, kNotFirst };

constexpr FieldRow kHopRows[] = {
    {.name = "ipv6.hopopts.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .names = ip_proto::kNames},
    {.name = "ipv6.hopopts.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1, 1), .blurb = "Extension header length in 8-octet words (minus 1)"},
    {.name = "ipv6.hopopts.len_oct", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Extension header length in octets", .unit = " bytes"},
    {.name = "ipv6.hopopts.not_first", .label = "IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", .type = FieldType::kNone, .flags = kExpert},
};
constexpr FieldRow kDstRows[] = {
    {.name = "ipv6.dstopts.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .names = ip_proto::kNames},
    {.name = "ipv6.dstopts.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1, 1), .blurb = "Extension header length in 8-octet words (minus 1)"},
    {.name = "ipv6.dstopts.len_oct", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Extension header length in octets", .unit = " bytes"},
};

// Pushes an extension header that says its own length; false: it is not all there.
bool extension(Walk& w, ProtoId self, const Region& r) {
  if (r.captured() < 2) return w.damaged(self, r, 8), false;
  const uint32_t length = (w.at(r)[1] + 1u) * 8;
  LayerRef* layer = w.push(self, r, std::min(length, r.length()));
  if (!layer) return false;
  if (r.captured() >= length) return true;
  w.damage(*layer, r.length() >= length ? kShort : kMalformed);
  return false;
}

constexpr uint8_t kCalipso = 0x07;
constexpr uint32_t kCalipsoFixed = 8;
// With the bitmap, whatever the option's own length is: RFC 5570 §5.1.
uint32_t calipso_length(const uint8_t* data) { return kCalipsoFixed + data[4] * 4u; }

// Whether all options of a header lie in the bytes that are there; one that begins in the header may end behind it.
bool options_fit(const uint8_t* p, uint32_t have) {
  const uint32_t end = std::min((p[1] + 1u) * 8, have);
  for (uint32_t at = 2; at < end;) {
    if (p[at] == 0) {
      ++at;
      continue;
    }
    if (at + 2 > have || at + 2 + p[at + 1] > have) return false;
    if (p[at] == kCalipso && at + 2 + kCalipsoFixed > have) return false;
    at += 2u + (p[at] == kCalipso ? std::max<uint32_t>(p[at + 1], calipso_length(p + at + 2)) : p[at + 1]);
    if (at > have) return false;
  }
  return true;
}

Next after(Walk& w, const Region& r) { return upper(w, r.from(r.offset + (w.at(r)[1] + 1u) * 8), w.at(r)[0]); }

Next with_options(Walk& w, ProtoId self, const Region& r) {
  if (!extension(w, self, r)) return {};
  if (options_fit(w.at(r), r.captured())) return after(w, r);
  w.damage(w.d.layers.stack[w.d.layers.count - 1], r.captured() < r.length() ? kShort : kMalformed);
  return {};
}

Next walk_hop_by_hop(Walk& w, const Region& r) { return with_options(w, id::kIpv6HopOpts, r); }
Next walk_destination(Walk& w, const Region& r) { return with_options(w, id::kIpv6DstOpts, r); }
Next walk_routing(Walk& w, const Region& r) { return extension(w, id::kIpv6Routing, r) ? after(w, r) : Next{}; }

// An option that Wireshark dissects: where it belongs, and how long it has to be (0: any length).
struct Known {
  uint8_t type, length;
  bool hop_by_hop, destination;
  const char *name, *length_name;
};
constexpr Known kOptions[] = {
    {0x04, 1, false, true, "Tunnel Encapsulation Limit", "Tunnel Encapsulation Limit"},
    {0x05, 2, true, false, "Router Alert", "Router alert"},
    {0x07, 0, true, false, "CALIPSO", "CALIPSO"},
    {0x0f, 10, false, true, "Performance and Diagnostic Metrics", "PDM"},
    {0x1e, 0, true, true, "", ""}, {0x3e, 0, true, true, "", ""}, {0x5e, 0, true, true, "", ""}, {0x7e, 0, true, true, "", ""},
    {0x9e, 0, true, true, "", ""}, {0xbe, 0, true, true, "", ""}, {0xde, 0, true, true, "", ""}, {0xfe, 0, true, true, "", ""},
    {0x26, 6, true, false, "Quick-Start", "Quick Start"},
    {0x30, 4, true, false, "Path MTU Option", "PMTU Option"},
    {0x63, 4, true, false, "RPL Option", "RPL Option"},
    {0x8b, 0, false, true, "ILNP Nonce", ""},
    {0xc2, 4, true, false, "Jumbo Payload", "Jumbo Payload"},
    {0xc9, 16, false, true, "Home Address", "Home Address"},
};

// The dissected part of an option's data; how many bytes it took.
uint32_t option_data(Emit& emit, uint8_t type, uint32_t at, uint32_t length) {
  auto read = [&](unsigned row, uint32_t from, uint32_t n) { emit.read(row, at + from, n); };
  switch (type) {
    case 0x04: read(kOptTel, 0, 1); return 1;
    case 0x05: read(kOptRouterAlert, 0, 2); return 2;
    case 0x07: {  // RFC 5570 §5.1
      read(kOptCalipsoDoi, 0, 4), read(kOptCalipsoLength, 4, 1), read(kOptCalipsoLevel, 5, 1), read(kOptCalipsoChecksum, 6, 2);
      const uint32_t used = calipso_length(emit.at(at));
      if (at + used <= emit.data().size()) emit.bytes(kOptCalipsoBitmap, at + kCalipsoFixed, used - kCalipsoFixed);
      return used;
    }
    case 0x30:  // RFC 9268 §5
      if (length < 4) return length;
      read(kOptPmtuMin, 0, 2);
      emit.number(kOptPmtuReturn, be16(emit.at(at + 2)) & 0xfffe, at + 2, 2), emit.number(kOptPmtuFlag, emit.at(at + 3)[0] & 1, at + 3, 1);
      return 4;
    case 0x0f:
      read(kOptPdmDtlr, 0, 1), read(kOptPdmDtls, 1, 1), read(kOptPdmThis, 2, 2), read(kOptPdmLast, 4, 2), read(kOptPdmRecv, 6, 2), read(kOptPdmSent, 8, 2);
      return 10;
    case 0x26: {
      const uint8_t* p = emit.at(at);
      read(kOptQsFunc, 0, 1);
      if (p[0] >> 4 != 0 && p[0] >> 4 != 8) return 0;
      read(kOptQsRate, 0, 1);
      if (p[0] >> 4 == 0) {
        read(kOptQsTtl, 1, 1);
        const LayerRef* header = &emit.layer();
        while (header != emit.packet().layers.begin() && header->proto != id::kIpv6) --header;
        if (header->proto == id::kIpv6) emit.number(kOptQsTtlDiff, static_cast<uint8_t>(emit.packet().at(*header)[7] - p[1]), at + 1, 1);
      } else {
        read(kOptQsUnused, 1, 1);
      }
      read(kOptQsNonce, 2, 4), read(kOptQsReserved, 2, 4);
      return 6;
    }
    case 0x63:
      for (unsigned row = kOptRplFlag; row <= kOptRplRsv; ++row) read(row, 0, 1);
      read(kOptRplInstance, 1, 1), read(kOptRplRank, 2, 2);
      return 4;
    case 0x8b: emit.bytes(kOptIlnpNonce, at, length); return length;
    case 0xc2: {
      read(kOptJumbo, 0, 4);
      if (be32(emit.at(at)) < 65536) emit.expert(kJumboTruncated, severity::kWarning, group::kProtocol);
      const LayerRef* header = &emit.layer();
      while (header != emit.packet().layers.begin() && header->proto != id::kIpv6) --header;
      if (header->proto == id::kIpv6 && be16(emit.packet().at(*header) + 4)) emit.expert(kJumboProhibited, severity::kWarning, group::kProtocol);
      return 4;
    }
    case 0xc9: emit.bytes(kOptHomeAddress, at, 16); return 16;
    default: emit.bytes(kOptExperimental, at, length); return length;
  }
}

void options(Emit& emit, bool hop_by_hop) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint8_t* p = emit.at(0);
  const uint32_t end = std::min((p[1] + 1u) * 8, have);
  emit.rows_of(id::kIpv6);
  for (uint32_t at = 2; at < end;) {
    const uint8_t type = p[at];
    emit.none(kOpt, at, std::min(at + 1 < have ? p[at + 1] + 2u : 2u, have - at));  // as if Pad1 had a length too
    if (emit.showing()) {
      std::string name(value_name(kOptionTypes, type));
      if (name.empty()) name = "Unknown IPv6 Option (", append_uint(name, type), name += ')';
      emit.shown(name);
    }
    emit.push();
    emit.read(kOptType, at, 1);
    if (type == 0) {
      emit.none(kOptPad1, at, 1);
      emit.pop();
      ++at;
      continue;
    }
    emit.push(), emit.read(kOptAction, at, 1), emit.read(kOptChange, at, 1), emit.read(kOptRest, at, 1), emit.pop();
    if (at + 2 > have) return emit.pop();
    const uint32_t length = p[at + 1], data = at + 2;
    uint32_t read = 0;
    emit.read(kOptLength, at + 1, 1);
    const auto known = std::ranges::find(kOptions, type, &Known::type);
    const bool wrong_length = known != std::end(kOptions) && (type == 0x63 ? length < known->length : known->length ? length != known->length : type == kCalipso && length < kCalipsoFixed);
    if (data + length > have && !wrong_length) return emit.pop();
    if (type == 1) {
      emit.bytes(kOptPadN, data, length);
    } else if (known != std::end(kOptions)) {
      char text[100];
      if (!(hop_by_hop ? known->hop_by_hop : known->destination)) {
        std::snprintf(text, sizeof text, "%s must use a %s options header", known->name, hop_by_hop ? "destination" : "hop-by-hop");
        emit.expert(kOptMismatch, severity::kWarning, group::kProtocol, text);
      }
      if (wrong_length) {
        std::snprintf(text, sizeof text, "%s: Invalid %s (%u bytes)", known->length_name, type == 0x05 || type == 0x30 || type == kCalipso ? "Length" : "length", length);
        emit.expert(kOptInvalidLen, severity::kError, group::kMalformed, text);
      }
      const uint32_t least = type == kCalipso ? kCalipsoFixed : known->length;
      if (type == kCalipso && data + least > have) return emit.pop();
      if (data + least <= have) {
        const uint32_t used = option_data(emit, type, data, length);
        if (type == kCalipso) read = used;
        if (data + length > have) return emit.pop();
        if (used < length) {
          emit.bytes(kOptUnknownData, data + used, length - used);
          emit.expert(kOptUnknownNote, severity::kNote, group::kUndecoded);
        }
      }
    } else {
      emit.bytes(kOptUnknown, data, length);
      emit.expert(kOptUnknownNote, severity::kNote, group::kUndecoded);
    }
    emit.pop();
    at = data + std::max(length, read);
  }
}

void details_hop_by_hop(Emit& emit) {
  const LayerRef* below = &emit.layer() - 1;
  if (below->proto != id::kIpv6) emit.expert(kNotFirst, severity::kError, group::kProtocol);
  emit.fixed(kOptionsNxt, kOptionsLen);
  if (emit.data().size() < 2) return;
  const uint32_t length = (*emit.at(1) + 1u) * 8;
  emit.number(kOptionsLenOct, length, 1, 1);
  if (emit.data().size() >= length) options(emit, true);
}

void details_destination(Emit& emit) {
  emit.fixed(kOptionsNxt, kOptionsLen);
  if (emit.data().size() < 2) return;
  const uint32_t length = (*emit.at(1) + 1u) * 8;
  emit.number(kOptionsLenOct, length, 1, 1);
  if (emit.data().size() >= length) options(emit, false);
}

enum RoutingRow : unsigned {
  kRoutingNxt, kRoutingLen, kRoutingLenOct, kRoutingType, kRoutingSegleft, kUnknownData, kSrcReserved, kSrcAddr,
  kMipReserved, kMipHome, kRplCmprI, kRplCmprE, kRplPad, kRplReserved, kRplCount, kRplAddress, kRplFull, kSrhLast,
  kSrhFlags, kSrhTag, kSrhAddr, kInvalidSegleft, kUndecoded, kDeprecated
};

constexpr FieldRow kRoutingRows[] = {
    {.name = "ipv6.routing.nxt", .label = "Next Header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .names = ip_proto::kNames},
    {.name = "ipv6.routing.len", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .blurb = "Extension header length in 8-octet words (minus 1)"},
    {.name = "ipv6.routing.len_oct", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kGenerated, .blurb = "Extension header length in octets", .unit = " bytes"},
    {.name = "ipv6.routing.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(2,1), .names = kRoutingTypes, .blurb = "Routing Header Type"},
    {.name = "ipv6.routing.segleft", .label = "Segments Left", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(3,1), .blurb = "Routing Header Segments Left"},
    {.name = "ipv6.routing.unknown_data", .label = "Type-Specific Data", .type = FieldType::kBytes, .blurb = "Unknown routing header type-specific data"},
    {.name = "ipv6.routing.src.reserved", .label = "Reserved", .type = FieldType::kBytes, .blurb = "Must be zero"},
    {.name = "ipv6.routing.src.addr", .label = "Address", .type = FieldType::kIpv6, .flags = kMulti, .blurb = "Source Routing Header Address"},
    {.name = "ipv6.routing.mipv6.reserved", .label = "Reserved", .type = FieldType::kBytes, .blurb = "Must be zero"},
    {.name = "ipv6.routing.mipv6.home_address", .label = "Home Address", .type = FieldType::kIpv6},
    {.name = "ipv6.routing.rpl.cmprI", .label = "Compressed Internal Octets (CmprI)", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0xf0000000, .blurb = "Elided octets from all but last segment"},
    {.name = "ipv6.routing.rpl.cmprE", .label = "Compressed Final Octets (CmprE)", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0xf000000, .blurb = "Elided octets from last segment address"},
    {.name = "ipv6.routing.rpl.pad", .label = "Padding Bytes", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0xf00000},
    {.name = "ipv6.routing.rpl.reserved", .label = "Reserved", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0xfffff, .blurb = "Must be zero"},
    {.name = "ipv6.routing.rpl.addr_count", .label = "Total Address Count", .type = FieldType::kInt32, .base = Base::kDec, .flags = kGenerated},
    {.name = "ipv6.routing.rpl.address", .label = "Address", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "ipv6.routing.rpl.full_address", .label = "Full Address", .type = FieldType::kIpv6, .flags = kGenerated | kMulti, .blurb = "Uncompressed IPv6 Address"},
    {.name = "ipv6.routing.srh.last_entry", .label = "Last Entry", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Index (zero based) of the last element of the Segment List"},
    {.name = "ipv6.routing.srh.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .blurb = "Unused, 8 bits of flags"},
    {.name = "ipv6.routing.srh.tag", .label = "Tag", .type = FieldType::kBytes, .blurb = "Tag a packet as part of a class or group of packets"},
    {.name = "ipv6.routing.srh.addr", .label = "Address", .type = FieldType::kIpv6, .flags = kMulti, .blurb = "Segment address"},
    {.name = "ipv6.routing.invalid_segleft", .label = "IPv6 Routing Header segments left field must not exceed address count", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.routing.undecoded", .label = "Undecoded IPv6 routing header field", .type = FieldType::kNone, .flags = kExpert},
    {.name = "ipv6.routing.deprecated", .label = "Routing header type is deprecated", .type = FieldType::kNone, .flags = kExpert},
};

void segments_left(Emit& emit, uint32_t left, uint32_t count, const char* type) {
  if (left <= count) return;
  char text[100];
  std::snprintf(text, sizeof text, "IPv6 %s Routing Header segments left field must not exceed address count (%u)", type, count);
  emit.expert(kInvalidSegleft, severity::kWarning, group::kProtocol, text);
}

// Addresses without the bytes that they share with the packet's destination: RFC 6554 §3.
void rpl_addresses(Emit& emit, uint32_t length) {
  const uint8_t* p = emit.at(0);
  emit.read(kRplCmprI, 4, 4), emit.read(kRplCmprE, 4, 4), emit.read(kRplPad, 4, 4), emit.read(kRplReserved, 4, 4);
  const uint32_t shared = p[4] >> 4, shared_last = p[4] & 15, pad = p[5] >> 4;
  const uint32_t size = 16 - shared, last = 16 - shared_last, total = length - 8;
  if (total < pad + last) return;
  const uint32_t count = (total - pad - last) / size + 1;
  emit.number(kRplCount, count, 4, 2);
  segments_left(emit, p[3], count, "RPL");
  const LayerRef* header = &emit.layer();
  while (header != emit.packet().layers.begin() && header->proto != id::kIpv6) --header;
  for (uint32_t i = 0, at = 8; i < count; ++i) {
    const uint32_t n = i + 1 == count ? last : size;
    emit.bytes(kRplAddress, at, n);
    if (header->proto == id::kIpv6 && emit.wants(kRplFull)) {
      char whole[16];
      std::memcpy(whole, emit.packet().at(*header) + 24, 16);
      std::memcpy(whole + 16 - n, p + at, n);
      emit.text(kRplFull, {whole, 16}, at, n);
    }
    at += n;
  }
}

// "Address[1]: 2001:db8::9".
void numbered(Emit& emit, uint32_t number, uint32_t at) {
  if (!emit.showing() || emit.data().size() < at + 16) return;
  std::string text = "Address[";
  append_uint(text, number), text += "]: ", append_ipv6(text, emit.at(at));
  emit.shown(text);
}

void routing_head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Routing Header for IPv6";
  if (l.cap_end - l.offset < 3) return;
  std::string_view name = value_name(kRoutingTypes, d.at(l)[2]);
  out += " (";
  if (name.empty()) out += "Unknown type ", append_uint(out, d.at(l)[2]);
  else out += name;
  out += ')';
}

void details_routing(Emit& emit) {
  emit.fixed(kRoutingNxt, kRoutingLen);
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 2) return;
  const uint8_t* p = emit.at(0);
  const uint32_t length = (p[1] + 1u) * 8;
  emit.number(kRoutingLenOct, length, 1, 1);
  emit.fixed(kRoutingType);
  if (have < length) {  // cut; of a segment routing header what is there is read
    if (have < 8 || p[2] != 4) return;
    emit.fixed(kRoutingSegleft);
    emit.read(kSrhLast, 4, 1), emit.read(kSrhFlags, 5, 1), emit.read(kSrhTag, 6, 2);
    for (uint32_t i = 0; i <= p[4] && 24 + 16 * i <= have; ++i) emit.bytes(kSrhAddr, 8 + 16 * i, 16), numbered(emit, i, 8 + 16 * i);
    return;
  }
  if (p[2] == 0) {
    Emit::Below below(emit);
    emit.expert(kDeprecated, severity::kNote, group::kDeprecated);
  }
  emit.fixed(kRoutingSegleft);
  const uint32_t addresses = (length - 8) / 16;
  switch (p[2]) {
    case 0:
      segments_left(emit, p[3], addresses, "Type 0");
      emit.bytes(kSrcReserved, 4, 4);
      for (uint32_t i = 0; i < addresses; ++i) emit.bytes(kSrcAddr, 8 + 16 * i, 16), numbered(emit, i + 1, 8 + 16 * i);
      break;
    case 2:
      if (p[3] != 1) emit.expert(kInvalidSegleft, severity::kWarning, group::kProtocol, "IPv6 Type 2 Routing Header segments left field must equal 1");
      emit.bytes(kMipReserved, 4, 4);
      if (addresses) emit.bytes(kMipHome, 8, 16);
      break;
    case 3: rpl_addresses(emit, length); break;
    case 4:
      emit.read(kSrhLast, 4, 1), emit.read(kSrhFlags, 5, 1), emit.read(kSrhTag, 6, 2);
      for (uint32_t i = 0; i < std::min(addresses, p[4] + 1u); ++i) emit.bytes(kSrhAddr, 8 + 16 * i, 16), numbered(emit, i, 8 + 16 * i);
      break;
    default:
      emit.bytes(kUnknownData, 4, length - 4);
      emit.expert(kUndecoded, severity::kNote, group::kUndecoded);
  }
}

void show_offset(std::string& text, const Dissection&, const Occurrence& o) { text += " (", append_uint(text, o.value.u * 8), text += " bytes)"; }

enum FragmentRow : unsigned { kFragNxt, kFragReserved, kFragOffset, kFragBits, kFragMore, kFragIdent };

constexpr FieldRow kFragmentRows[] = {
    {.name = "ipv6.fraghdr.nxt", .label = "Next header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .names = ip_proto::kNames},
    {.name = "ipv6.fraghdr.reserved_octet", .label = "Reserved octet", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1), .blurb = "Should always be 0"},
    {.name = "ipv6.fraghdr.offset", .label = "Offset", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2), .mask = 0xfff8, .blurb = "Fragment Offset", .show = show_offset},
    {.name = "ipv6.fraghdr.reserved_bits", .label = "Reserved bits", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2), .mask = 0x6},
    {.name = "ipv6.fraghdr.more", .label = "More Fragments", .type = FieldType::kBoolean, .fixed = at(2, 2), .mask = 0x1, .names = kYesNames, .bits = 16},
    {.name = "ipv6.fraghdr.ident", .label = "Identification", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(4, 4), .blurb = "Fragment Identification"},
};
static_assert(rows_fit(kFragmentRows, 8) && rows_fit(kHopRows, 8) && rows_fit(kDstRows, 8) && rows_fit(kRoutingRows, 8));

// Of a header that completed a datagram; LayerRef::extra. Lives in the arena.
struct Completed {
  const Datagram* datagram = nullptr;
  uint8_t buffer = 0;
};

Next walk_fragment(Walk& w, const Region& r) {
  if (r.captured() < 8) return w.damaged(id::kIpv6Fraghdr, r, 8, 0);
  const uint8_t* p = w.at(r);
  LayerRef* layer = w.push(id::kIpv6Fraghdr, r, 8);
  if (!layer) return {};
  Region payload = r.from(r.offset + 8);
  const uint16_t word = be16(p + 2);
  if (!(word & 0xfff9)) return upper(w, payload, p[0]);  // a whole packet with a fragment header
  if (payload.captured() == 0 || payload.captured() < payload.length() || !w.trackers()) return w.data(payload);
  const LayerRef* header = layer;
  while (header != w.d.layers.begin() && header->proto != id::kIpv6) --header;
  if (header->proto != id::kIpv6 || header->end - header->offset < 40u + be16(w.d.at(*header) + 4)) return w.data(payload);
  FragmentKey key;
  std::memcpy(key.addresses.data(), w.d.at(*header) + 8, 32);
  key.id = be32(p + 4), key.v6 = true;
  const Datagram* d = w.trackers()->fragments.add(key, word & 0xfff8, {w.at(payload), payload.captured()}, word & 1, w.d.packet.number);
  if (!d) return w.data(payload);
  auto* made = w.d.arena.make<Completed>();
  made->datagram = d, made->buffer = w.d.add_buffer(d->bytes, "Reassembled IPv6");
  layer->extra = static_cast<uint16_t>(w.d.keep_facts(made));
  if (!made->buffer || !layer->extra) return w.data(payload);
  const auto size = static_cast<uint32_t>(d->bytes.size());
  return upper(w, Region{0, size, size, made->buffer, payload.flags, payload.depth}, p[0]);
}

const Completed* completed(const Dissection& d, const LayerRef& l) { return l.extra ? static_cast<const Completed*>(d.app_facts[l.extra - 1]) : nullptr; }

void details_fragment(Emit& emit) {
  emit.fixed(kFragNxt, kFragIdent);
  const Completed* done = completed(emit.packet(), emit.layer());
  if (!done) return;
  emit.rows_of(id::kIpv6);
  emit_fragments(emit, kFragments, *done->datagram, done->buffer, false);
}

// A header that ends in something that nobody dissects names it; the others are there for packets that are cut.
void next_column(const Dissection& d, const LayerRef& l, Columns& c, std::string_view info) {
  const uint32_t have = l.cap_end - l.offset;
  c.set_info(info);
  if (have < 8 || l.flags & (kShort | kMalformed)) return;
  const uint8_t next = *d.at(l);
  if (next == 59) c.set_info("IPv6 no next header");
  else if (NextTables::get().ip_proto(next) == kNoProto) unknown_next(next, c);
}
void columns_hop_by_hop(const Dissection& d, const LayerRef& l, Columns& c) { next_column(d, l, c, c.info.empty() ? "IPv6 hop-by-hop options" : c.info + " , IPv6 hop-by-hop options"); }
void columns_destination(const Dissection& d, const LayerRef& l, Columns& c) {
  next_column(d, l, c, "IPv6 destination options");
  // A mobile node's home address is where the packet is from (RFC 6275 §6.3).
  const uint8_t* p = d.at(l);
  const uint32_t have = l.cap_end - l.offset, end = have < 8 ? 0 : (p[1] + 1u) * 8;
  if (have < end) return;
  for (uint32_t at = 2; at + 2 <= end; at += p[at] ? 2u + p[at + 1] : 1u)
    if (p[at] == 0xc9 && at + 18 <= end) {
      std::string home;
      append_ipv6(home, p + at + 2);
      return c.set_source(home);
    }
}
void columns_routing(const Dissection& d, const LayerRef& l, Columns& c) {
  next_column(d, l, c, "IPv6 routing");
  const uint8_t* p = d.at(l);
  const uint32_t length = l.cap_end - l.offset < 8 ? 0 : (p[1] + 1u) * 8;
  if (length < 24 || l.cap_end - l.offset < length || (p[2] != 0 && p[2] != 2) || p[3] == 0) return;
  std::string last;  // where the packet is going to in the end
  append_ipv6(last, p + length - 16);
  c.set_destination(last);
}

void columns_fragment(const Dissection& d, const LayerRef& l, Columns& c) {
  if (l.cap_end - l.offset < 8) return;
  const uint8_t* p = d.at(l);
  if (!(be16(p + 2) & 0xfff9) || completed(d, l)) return next_column(d, l, c, "");
  std::string info = "IPv6 fragment (off=";
  append_uint(info, be16(p + 2) & 0xfff8u), info += p[3] & 1 ? " more=y ident=0x" : " more=n ident=0x", append_hex(info, be32(p + 4), 8), info += " nxt=";
  append_uint(info, p[0]), info += ')';
  c.set_info(info);
}

constexpr Over kOverHop[] = {{Over::Kind::kIpProto, 0}}, kOverRouting[] = {{Over::Kind::kIpProto, 43}}, kOverFragment[] = {{Over::Kind::kIpProto, 44}}, kOverDestination[] = {{Over::Kind::kIpProto, 60}};
constexpr ProtoId kEmits[] = {id::kIpv6, id::kIp, id::kIpv6HopOpts, id::kIpv6DstOpts, id::kIpv6Fraghdr};

}  // namespace

const ProtocolDef kIpv6HopOptsDef = {.name = "ipv6.hopopts", .long_name = "IPv6 Hop-by-Hop Option", .short_name = "IPv6 Hop-by-Hop", .rows = kHopRows, .over = kOverHop, .walk = walk_hop_by_hop, .details = details_hop_by_hop, .columns = columns_hop_by_hop, .item_from = 2, .emits = kEmits};
const ProtocolDef kIpv6RoutingDef = {.name = "ipv6.routing", .long_name = "Routing Header for IPv6", .short_name = "IPv6 Routing", .rows = kRoutingRows, .over = kOverRouting, .walk = walk_routing, .details = details_routing, .columns = columns_routing, .head = routing_head};
const ProtocolDef kIpv6FraghdrDef = {.name = "ipv6.fraghdr", .long_name = "Fragment Header for IPv6", .short_name = "IPv6 Fragment", .rows = kFragmentRows, .over = kOverFragment, .walk = walk_fragment, .details = details_fragment, .columns = columns_fragment, .item_from = 8, .emits = kEmits};
const ProtocolDef kIpv6DstOptsDef = {.name = "ipv6.dstopts", .long_name = "Destination Options for IPv6", .short_name = "IPv6 Destination", .rows = kDstRows, .over = kOverDestination, .walk = walk_destination, .details = details_destination, .columns = columns_destination, .item_from = 2, .emits = kEmits};

}  // namespace wiretail::dissect
