// The options of neighbour discovery. Sources: icmpv6_rows.hpp.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/icmpv6_rows.hpp"

namespace wiretail::dissect::icmpv6 {
namespace {

void prefix(Emit& emit, unsigned row, uint32_t at, uint32_t bytes) {
  char whole[16] = {};
  std::memcpy(whole, emit.at(at), std::min(bytes, 16u));
  emit.text(row, {whole, 16}, at, std::min(bytes, 16u));
}

// Domain names one after the other, padded with zeros: RFC 8106 §5.2.
void search_list(Emit& emit, uint32_t at, uint32_t end) {
  const uint8_t* p = emit.at(0);
  while (at < end && p[at]) {
    std::string name;
    const uint32_t start = at;
    while (at < end && p[at]) {
      const uint32_t length = p[at];
      if (at + 1 + length > end) return;
      if (!name.empty()) name += '.';
      name.append(reinterpret_cast<const char*>(p + at + 1), length);
      at += 1 + length;
    }
    ++at;
    emit.text(kDnssl, name, start, at - start);
  }
  if (at < end) emit.none(kOptPadding, at, end - at);
}

// The body of an option; `at` behind type and length, `end` behind the option.
void body(Emit& emit, uint8_t type, uint32_t at, uint32_t end) {
  const uint8_t* p = emit.at(0);
  const uint32_t n = end - at;  // at least 6
  auto read = [&](unsigned row, uint32_t from, uint32_t width) {
    if (from + width <= n) emit.read(row, at + from, width);
  };
  switch (type) {
    case 1:
    case 2:
      emit.bytes(kOptLinkaddr, at, n);
      emit.bytes(type == 1 ? kOptSrcLinkaddr : kOptTargetLinkaddr, at, n);
      return;
    case 3:
      read(kPrefixLength, 0, 1), read(kPrefixFlag, 1, 1);
      emit.push();
      for (unsigned row = kPrefixL; row <= kPrefixRsv; ++row) read(row, 1, 1);
      emit.pop();
      read(kPrefixValid, 2, 4), read(kPrefixPreferred, 6, 4);
      if (n >= 10) emit.none(kOptReserved, at + 10, std::min(n - 10, 4u));
      if (n >= 30) emit.bytes(kPrefix, at + 14, 16);
      return;
    case 4: emit.none(kOptReserved, at, 6), emit.none(kRedirected, at + 6, n - 6); return;
    case 5: emit.none(kOptReserved, at, 2), read(kOptMtu, 2, 4); return;
    case 7: emit.none(kOptReserved, at, 2), read(kInterval, 2, 4); return;
    case 8: emit.none(kOptReserved, at, 2), read(kAgentPreference, 2, 2), read(kAgentLifetime, 4, 2); return;
    case 13: {
      emit.none(kOptReserved, at, 6);
      if (n < 14) return;
      // 48 bits of seconds, 16 of 1/65536 s.
      const uint64_t stamp = be64(p + at + 6);
      emit.time(kTimestamp, {static_cast<int64_t>(stamp >> 16), static_cast<int32_t>((stamp & 0xffff) * 1'000'000'000 / 65536)}, at + 6, 8);
      return;
    }
    case 14: emit.bytes(kNonce, at, n); return;
    case 24:
      read(kPrefixLength, 0, 1), read(kRouteFlag, 1, 1);
      emit.push(), read(kRoutePreference, 1, 1), read(kRouteRsv, 1, 1), emit.pop();
      read(kRouteLifetime, 2, 4);
      if (n > 6) prefix(emit, kPrefix, at + 6, n - 6);
      return;
    case 25:
      emit.none(kOptReserved, at, 2), read(kRdnssLifetime, 2, 4);
      for (uint32_t i = 6; i + 16 <= n; i += 16) emit.bytes(kRdnss, at + i, 16);
      return;
    case 26:
      read(kEfo, 0, 2);
      emit.push();
      for (unsigned row = kEfoM; row <= kEfoRsv; ++row) read(row, 0, 2);
      emit.pop();
      emit.none(kOptReserved, at + 2, 4);
      return;
    case 31:
      emit.none(kOptReserved, at, 2), read(kDnsslLifetime, 2, 4);
      search_list(emit, at + 6, end);
      return;
    case 37: emit.wire_text(kPortal, at, n); return;
    case 38: {
      read(kPref64Plc, 0, 2);
      if (emit.wants(kPref64Lifetime)) emit.number(kPref64Lifetime, be16(p + at) >> 3, at, 2);
      static constexpr uint8_t kLengths[] = {12, 8, 7, 6, 5, 4};
      const unsigned code = p[at + 1] & 7;
      if (code < std::size(kLengths) && n >= 14) prefix(emit, kPref64Prefix, at + 2, kLengths[code]);
      return;
    }
    default: {
      emit.bytes(kData, at, n);
      char text[120];
      std::snprintf(text, sizeof text, "Dissector for ICMPv6 Option (%u) code not implemented, Contact Wireshark developers if you want this supported", type);
      emit.expert(kUndecodedOption, severity::kNote, group::kUndecoded, text);
    }
  }
}

}  // namespace

uint32_t options_of(uint8_t type) {
  switch (type) {
    case 133: case 147: return 8;
    case 134: return 16;
    case 135: case 136: return 24;
    case 137: return 40;
    default: return 0;
  }
}

bool options_sound(const uint8_t* p, uint32_t at, uint32_t have) {
  while (at < have) {
    if (at + 2 > have) return false;
    const uint32_t length = p[at + 1] * 8u;
    if (length == 0) return true;  // noted, and nothing further is read
    if (at + length > have) return false;
    at += length;
  }
  return true;
}

namespace {

// "ICMPv6 Option (Prefix information : 2001:db8:1::/64)".
void name_option(Emit& emit, uint32_t at, uint32_t length) {
  if (!emit.showing()) return;
  const uint8_t* p = emit.at(at);
  std::string line = "ICMPv6 Option (";
  if (std::string_view name = value_name(kOptionTypes, p[0]); !name.empty()) line += name;
  else line += "Unknown ", append_uint(line, p[0]);
  auto network = [&](uint32_t from, uint32_t present) {
    uint8_t whole[16] = {};
    std::copy_n(p + from, std::min(present, 16u), whole);
    append_ipv6(line, whole), line += '/', append_uint(line, p[2]);
  };
  switch (p[0]) {
    case 1:
    case 2:
      if (length == 8) line += " : ", append_ether(line, p + 2);
      break;
    case 3:
      if (length >= 32) line += " : ", network(16, 16);
      break;
    case 5:
    case 7:
      if (length >= 8) line += " : ", append_uint(line, be32(p + 4));
      break;
    case 24:
      if (length >= 8) {
        std::string_view preference = value_name(kPreferences, p[3] >> 3 & 3);
        line += " : ", line += preference, line += ' ', network(8, length - 8);
      }
      break;
    case 25:
      for (uint32_t i = 8; i + 16 <= length; i += 16) line += ' ', append_ipv6(line, p + i);
      break;
    default: break;
  }
  line += ')';
  emit.shown(line);
}

}  // namespace

void emit_options(Emit& emit, uint32_t at) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint8_t* p = emit.at(0);
  while (at + 2 <= have) {
    const uint32_t length = p[at + 1] * 8u;
    emit.none(kOpt, at, length);
    name_option(emit, at, length ? std::min(length, have - at) : 2);
    emit.push();
    emit.read(kOptType, at, 1), emit.read(kOptLength, at + 1, 1);
    // A prefix length code that means nothing (RFC 8781 §4).
    if (p[at] == 38 && length >= 4 && at + 4 <= have && (p[at + 3] & 7) > 5) emit.expert(kInvalidOption, severity::kError, group::kMalformed);
    if (length == 0) emit.expert(kInvalidOption, severity::kError, group::kMalformed, "Invalid option length (Zero)");
    if (length == 0) return emit.pop();
    if (at + length > have) {
      if (p[at] == 3) body(emit, 3, at + 2, have);  // what is there of a prefix; it reads no further
      return emit.pop();
    }
    body(emit, p[at], at + 2, at + length);
    emit.pop();
    at += length;
  }
}

}  // namespace wiretail::dissect::icmpv6
