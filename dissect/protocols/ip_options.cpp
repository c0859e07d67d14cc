// The options of an IPv4 header. Sources: ip_rows.hpp. What Wireshark has no dissection for is passed over in silence.
#include <cstdio>
#include <string>

#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ip_rows.hpp"

namespace wiretail::dissect::ip {
namespace {

constexpr uint32_t kMinHeader = 20;

enum Type : uint8_t {
  kEnd = 0, kNop1 = 1, kRecordRoute = 7, kMtuProbe = 11, kMtuReply = 12, kQuickStart = 25, kTimestamp = 68, kTraceroute = 82, kSecurityOption = 130,
  kLooseRoute = 131, kExtendedSecurity = 133, kCipso = 134, kStreamId = 136, kStrictRoute = 137, kRouterAlert = 148, kDirectedBroadcast = 149
};

// What Wireshark calls the option in its notes, the row of the whole of it, and how long it is: `exactly`, or at least `least`.
struct Known {
  uint8_t type;
  const char* name;
  Row item;
  uint8_t least, exactly;
};
constexpr Known kKnown[] = {
    {kRecordRoute, "Record Route", kItemRecordRoute, 3, 0},
    {kMtuProbe, "MTU Probe", kItemMtuProbe, 0, 4},
    {kMtuReply, "MTU Reply", kItemMtuReply, 0, 4},
    {kQuickStart, "Quick-Start", kItemQs, 0, 8},
    {kTimestamp, "Time Stamp", kItemTimestamp, 4, 0},
    {kTraceroute, "Traceroute", kItemTraceroute, 0, 12},
    {kSecurityOption, "Security", kItemSecurity, 3, 0},
    {kLooseRoute, "Loose Source Route", kItemRoute, 3, 0},
    {kExtendedSecurity, "Extended Security", kItemExtSecurity, 3, 0},
    {kCipso, "Commercial Security", kItemCipso, 6, 0},
    {kStreamId, "Stream ID", kItemSid, 0, 4},
    {kStrictRoute, "Strict Source Route", kItemSourceRoute, 3, 0},
    {kRouterAlert, "Router Alert", kItemRouteralert, 0, 4},
    {kDirectedBroadcast, "Selective Directed Broadcast", kItemSdb, 2, 0}};

const Known* known(uint8_t type) {
  for (const Known& k : kKnown)
    if (k.type == type) return &k;
  return nullptr;
}

// The list ends early where a length makes no sense; `reading` false then. Calls visit(type, at, length).
template <class Visit>
void each_option(const uint8_t* p, uint32_t header, Visit&& visit) {
  for (uint32_t at = kMinHeader; at < header;) {
    uint8_t type = p[at];
    if (type == kEnd || type == kNop1) {
      if (!visit(type, at, 1u) || type == kEnd) return;
      ++at;
      continue;
    }
    uint32_t length = at + 1 < header ? p[at + 1] : 0xffffu;
    if (!visit(type, at, length) || length < 2 || at + length > header) return;
    at += length;
  }
}

void host(Emit& emit, unsigned row, unsigned host_row, uint32_t address, uint32_t at) {
  emit.number(row, address, at, 4);
  if (!emit.wants(host_row)) return;
  std::string text;
  append_ipv4(text, address);
  emit.text(host_row, text, at, 4);
}

void route(Emit& emit, uint32_t at, uint32_t length, bool source) {
  const uint8_t* p = emit.at(0);
  uint32_t pointer = p[at + 2];
  emit.number(kOptPtr, pointer, at + 2, 1);
  if (pointer < 4) return emit.expert(kPtrBefore, severity::kWarning, group::kProtocol);
  if (pointer & 3) return emit.expert(kPtrMiddle, severity::kWarning, group::kProtocol);
  bool arrived = false;
  for (uint32_t i = 3; i < length; i += 4) {
    if (length - i < 4) return emit.expert(kSuboptTooLong, severity::kWarning, group::kProtocol);
    uint32_t address = be32(p + at + i);
    if (!source) {
      host(emit, i + 1 < pointer ? kRecRt : kEmptyRt, i + 1 < pointer ? kRecRtHost : kEmptyRtHost, address, at + i);
    } else if (i + 1 < pointer) {
      host(emit, kRecRt, kRecRtHost, address, at + i);
    } else {
      // The header's own destination is the next stop; the last address of the route is where it ends.
      if (!arrived) host(emit, kCurRt, kCurRtHost, be32(p + 16), 16), arrived = true;
      if (i + 8 <= length) host(emit, kSrcRt, kSrcRtHost, address, at + i);
    }
  }
}

void timestamps(Emit& emit, uint32_t at, uint32_t length) {
  const uint8_t* p = emit.at(0);
  emit.number(kOptPtr, p[at + 2], at + 2, 1);
  emit.number(kOptOverflow, p[at + 3] >> 4, at + 3, 1);
  uint8_t flag = p[at + 3] & 15;
  emit.number(kOptFlag, flag, at + 3, 1);
  const bool pairs = flag == 1 || flag == 3;
  const uint32_t step = pairs ? 8 : 4;
  for (uint32_t i = 4; i < length; i += step) {
    if (length - i < step) return emit.expert(kSuboptTooLong, severity::kWarning, group::kProtocol);
    if (pairs) emit.read(kTimeStampAddr, at + i, 4);
    emit.read(kTimeStamp, at + i + step - 4, 4);
  }
}

void security(Emit& emit, uint32_t at, uint32_t length) {
  const uint8_t* p = emit.at(0);
  if (length == 11) {
    emit.read(kSecurity, at + 2, 2), emit.read(kCompartments, at + 4, 2);
    emit.wire_text(kHandling, at + 6, 2), emit.wire_text(kTransmission, at + 8, 3);
    return;
  }
  emit.read(kSecLevel, at + 2, 1);
  for (uint32_t i = 3; i < length; ++i) {
    emit.number(kSecFlags, p[at + i], at + i, 1);
    if (i == 3)
      for (unsigned row : {kSecGenser, kSecSiop, kSecSci, kSecNsa, kSecDoe, kSecUnassigned}) emit.read(row, at + i, 1);
    else emit.number(kSecUnassigned, p[at + i] >> 1, at + i, 1);
    emit.read(kSecFti, at + i, 1);
    if (!(p[at + i] & 1)) return;
  }
}

// The categories of a tag as text: "0,2,4" or "5-3,9-8".
void categories(std::string& out, const uint8_t* p, uint8_t tag, uint32_t length) {
  auto add = [&](uint32_t n) { out += out.empty() ? "" : ",", append_uint(out, n); };
  if (tag == 1) {
    for (uint32_t bit = 0; bit < (length - 4) * 8; ++bit)
      if (p[4 + bit / 8] & (0x80 >> (bit & 7))) add(bit);
  } else if (tag == 2) {
    for (uint32_t i = 4; i + 2 <= length; i += 2) add(be16(p + i));
  } else {
    for (uint32_t i = 4; i + 2 <= length; i += 4) {
      add(be16(p + i));
      out += '-', append_uint(out, i + 4 <= length ? be16(p + i + 2) : 0u);
    }
  }
}

void cipso(Emit& emit, uint32_t at, uint32_t length) {
  const uint8_t* p = emit.at(0);
  emit.read(kCipsoDoi, at + 2, 4);
  for (uint32_t i = 6; i < length;) {
    uint8_t tag = p[at + i];
    uint32_t size = i + 1 < length ? p[at + i + 1] : 0;
    emit.number(kCipsoTag, tag, at + i, 1);
    bool categorised = tag == 1 || tag == 2 || tag == 5;
    if (size < (categorised ? 4u : 2u) || i + size > length) {
      if (categorised || tag == 6) emit.expert(kCipsoMalformed, severity::kError, group::kSequence);
      return;
    }
    if (categorised) {
      emit.read(kCipsoLevel, at + i + 3, 1);
      if (emit.wants(kCipsoCategories) && size > 4) {
        std::string text;
        categories(text, p + at + i, tag, size);
        emit.text(kCipsoCategories, text, at + i + 4, size - 4);
      }
    } else if (tag == 6 || tag == 7) {
      emit.bytes(kCipsoData, at + i + 2, size - 2);
    } else {
      return;
    }
    i += size;
  }
}

void quick_start(Emit& emit, uint32_t at) {
  const uint8_t* p = emit.at(0);
  emit.read(kQsFunc, at + 2, 1);
  uint8_t function = p[at + 2] >> 4;
  if (function != 0 && function != 8) return;
  emit.read(kQsRate, at + 2, 1);
  if (function == 0) {
    emit.read(kQsTtl, at + 3, 1);
    emit.number(kQsTtlDiff, static_cast<uint8_t>(p[8] - p[at + 3]), at + 3, 1);
  } else {
    emit.read(kQsUnused, at + 3, 1);
  }
  emit.read(kQsNonce, at + 4, 4), emit.read(kQsReserved, at + 4, 4);
}

}  // namespace

bool options_sound(const uint8_t* ip, uint32_t header) {
  bool sound = true;
  each_option(ip, header, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (length < 2 || at + length > header) return true;
    const Known* k = known(type);
    if (k && length < (k->exactly ? k->exactly : k->least)) sound = false;
    return sound;
  });
  return sound;
}

bool route_end(const uint8_t* ip, uint32_t header, uint32_t& end) {
  bool found = false;
  each_option(ip, header, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (type != kLooseRoute && type != kStrictRoute) return true;
    if (length < 7 || at + length > header) return true;
    const uint32_t pointer = ip[at + 2];
    if (pointer < 4 || pointer & 3 || pointer > length) return true;
    end = be32(ip + at + 3 + (length - 7) / 4 * 4);
    found = true;
    return true;
  });
  return found;
}

namespace {

// "Options: (12 bytes), Record Route": what fills up is not named.
void list_options(Emit& emit, const uint8_t* p, uint32_t header) {
  if (!emit.showing()) return;
  std::string line = "Options: (";
  append_uint(line, header - kMinHeader), line += " bytes)";
  each_option(p, header, [&](uint8_t type, uint32_t at, uint32_t length) {
    const Known* k = length >= 2 && at + length <= header ? known(type) : nullptr;
    if (k) line += ", ", line += kRows[k->item].blurb;
    return true;
  });
  emit.branch(line);
}

}  // namespace

void emit_options(Emit& emit, uint32_t header) {
  const uint8_t* p = emit.at(0);
  list_options(emit, p, header);
  Emit::Below options(emit);
  unsigned nops = 0;
  bool nops_told = false;
  each_option(p, header, [&](uint8_t type, uint32_t at, uint32_t length) {
    const Known* k = known(type);
    const bool single = type == kEnd || type == kNop1;
    if (!single && (length < 2 || at + length > header)) {
      char text[160], unknown[24];
      std::snprintf(unknown, sizeof unknown, "Unknown (0x%02x)", type);
      const char* name = k ? k->name : unknown;
      if (length == 0xffff) std::snprintf(text, sizeof text, "%s (length byte past end of options)", name);
      else if (length < 2) std::snprintf(text, sizeof text, "%s (with too-short option length = %u byte%s)", name, length, length == 1 ? "" : "s");
      else std::snprintf(text, sizeof text, "%s (option length = %u byte%s says option goes past end of options)", name, length, length == 1 ? "" : "s");
      emit.expert(kOptLenInvalid, severity::kWarning, group::kProtocol, text);
      return false;
    }
    if (!single && !k) return true;
    if (type == kQuickStart && length == 2) return false;
    const unsigned item = single ? (type == kEnd ? kItemEol : kItemNop) : k->item;
    emit.bytes(item, at, length);
    if (emit.showing()) {
      std::string line(kRows[item].label);
      if (!single) line += " (", append_uint(line, length), line += " bytes)";
      emit.shown(line);
    }
    Emit::Below below(emit);
    emit.number(kOptType, type, at, 1);
    emit.number(kOptCopy, type >> 7, at, 1);
    emit.number(kOptClass, type >> 5 & 3, at, 1);
    emit.number(kOptNumber, type & 31, at, 1);
    // Said once, where the fourth or a later one fills up a word; other options between them do not matter.
    if (type == kNop1 && ++nops >= 4 && at % 4 == 3 && !nops_told) emit.expert(kNop, severity::kWarning, group::kProtocol), nops_told = true;
    if (single) return true;
    emit.number(kOptLen, length, at + 1, 1);
    const bool short_of = length < (k->exactly ? k->exactly : k->least);
    if (!short_of) {
      switch (type) {
        case kRecordRoute: route(emit, at, length, false); break;
        case kLooseRoute:
        case kStrictRoute: route(emit, at, length, true); break;
        case kMtuProbe:
        case kMtuReply: emit.read(kOptMtu, at + 2, 2); break;
        case kQuickStart: quick_start(emit, at); break;
        case kTimestamp: timestamps(emit, at, length); break;
        case kTraceroute: emit.read(kOptIdNumber, at + 2, 2), emit.read(kOptOhc, at + 4, 2), emit.read(kOptRhc, at + 6, 2), emit.read(kOptOriginator, at + 8, 4); break;
        case kSecurityOption: security(emit, at, length); break;
        case kExtendedSecurity:
          emit.read(kExtSecCode, at + 2, 1);
          if (length > 3) emit.bytes(kExtSecInfo, at + 3, length - 3);
          break;
        case kCipso: cipso(emit, at, length); break;
        case kStreamId: emit.read(kOptSid, at + 2, 2); break;
        case kRouterAlert: emit.read(kOptRa, at + 2, 2); break;
        case kDirectedBroadcast: {
          uint32_t i = 2;
          for (; i + 4 <= length; i += 4) emit.read(kOptAddr, at + i, 4);
          if (i < length) emit.bytes(kOptPadding, at + i, length - i);
          break;
        }
        default: break;
      }
    } else if (type == kTimestamp && length == 3) {
      emit.number(kOptPtr, p[at + 2], at + 2, 1);
    }
    if (k->exactly && length != k->exactly && !short_of) {
      char text[120];
      std::snprintf(text, sizeof text, "%s (with option length = %u byte%s; should be %u)", k->name, length, length == 1 ? "" : "s", k->exactly);
      emit.expert(kOptLenInvalid, severity::kWarning, group::kProtocol, text);
    }
    return !short_of;
  });
}

}  // namespace wiretail::dissect::ip
