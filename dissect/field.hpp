// What a field is: the rows of the protocols' tables, the values that they yield, and one occurrence in one packet.
// The rows are constant data; the registry numbers them. Everything that knows fields reads them from here: the filter
// compiler, the writers, `-G fields`. No state; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "dissect/bytes.hpp"
#include "dissect/packet.hpp"

namespace wiretail::dissect {

using FieldId = uint16_t;  // dense, in the order of the registry
using ProtoId = uint8_t;   // dense, in the order of protocols/list.inc
inline constexpr FieldId kNoField = 0xffff;
inline constexpr unsigned kMaxFields = 4096;  // room in FieldSet; the registry ends the program if its tables have more
inline constexpr ProtoId kNoProto = 0xff;

// Wireshark's field types, under the names that `-G fields` prints (FT_…).
enum class FieldType : uint8_t {
  kNone, kProtocol, kBoolean, kChar,
  kUint8, kUint16, kUint24, kUint32, kUint40, kUint48, kUint56, kUint64,
  kInt8, kInt16, kInt24, kInt32, kInt40, kInt48, kInt56, kInt64,
  kFrameNum, kIpxNet, kEui64, kFloat, kDouble,
  kAbsoluteTime, kRelativeTime,
  kString, kStringz, kUintString,
  kBytes, kUintBytes, kEther, kSystemId, kOid, kIpv4, kIpv6, kGuid,
};

constexpr bool is_unsigned(FieldType t) {
  return (t >= FieldType::kChar && t <= FieldType::kUint64) || t == FieldType::kFrameNum || t == FieldType::kIpxNet || t == FieldType::kEui64;
}
constexpr bool is_signed(FieldType t) { return t >= FieldType::kInt8 && t <= FieldType::kInt64; }
constexpr bool is_integer(FieldType t) { return is_unsigned(t) || is_signed(t); }
constexpr bool is_string(FieldType t) { return t == FieldType::kString || t == FieldType::kStringz || t == FieldType::kUintString; }
constexpr bool is_bytes(FieldType t) {
  return t == FieldType::kBytes || t == FieldType::kUintBytes || t == FieldType::kEther || t == FieldType::kSystemId || t == FieldType::kOid;
}
constexpr bool is_time(FieldType t) { return t == FieldType::kAbsoluteTime || t == FieldType::kRelativeTime; }

// How a number is shown; the names are those of `-G fields`.
enum class Base : uint8_t {
  kNone, kDec, kHex, kOct, kDecHex, kHexDec,
  kPtTcp, kPtUdp, kPtSctp,  // decimal, a port
  kLocalTime, kUtcTime,     // absolute times
  kDot, kDash, kColon, kSpace,  // separators of bytes
  kOui, kCustom,            // decimal in `-T fields`; a vendor's, a protocol's own text in -V
};

// Where a value of fixed layout lies, counted from its layer's first byte.
struct Fixed {
  int16_t offset = -1;      // -1: not of fixed layout, the protocol's `details` emits it
  uint8_t width = 0;        // bytes; 1 to 8 for numbers, any for bytes
  bool little_endian = false;
  int16_t also = -1;        // a second place of the same width: `ip.addr` is source and destination
};
constexpr Fixed at(int offset, int width) { return {static_cast<int16_t>(offset), static_cast<uint8_t>(width), false, -1}; }
constexpr Fixed at_both(int offset, int also, int width) {
  return {static_cast<int16_t>(offset), static_cast<uint8_t>(width), false, static_cast<int16_t>(also)};
}
constexpr Fixed at_little_endian(int offset, int width) {
  return {static_cast<int16_t>(offset), static_cast<uint8_t>(width), true, -1};
}

// A value's name, sorted by value. `to` > `value` makes a range.
struct ValueName {
  uint64_t value;
  std::string_view text;
  uint64_t to = 0;
};
using ValueNames = std::span<const ValueName>;

// What must have happened to a packet before the field can be read. The registry gives it, Needs adds it up.
enum class Need : uint8_t {
  kNothing,     // the header walk
  kStream,      // the connection table: stream numbers, relative numbers
  kAnalysis,    // TCP sequence analysis: what is wrong with a segment
  kUnacked,     // … and the segments that wait for their acknowledgement: round trips, bytes in flight
  kReassembly,  // TCP streams put together for the protocols above
  kBody,        // … and what a message carries behind its head, its codings undone
  kEverything,  // complete dissection of the packet: `_ws.malformed`, `_ws.expert`, `frame.protocols`
};

enum FieldFlag : uint16_t {
  kSummary = 1 << 0,    // in the default JSON line ("summary")
  kMulti = 1 << 1,      // can occur more than once in one line: always an array in JSON
  kHidden = 1 << 2,     // not shown by -V (`ip.addr` beside `ip.src`)
  kGenerated = 1 << 3,  // not on the wire: shown in brackets by -V
  kInvariant = 1 << 4,  // the same, up to direction, on every packet of a connection
  kExpert = 1 << 5,     // an expert note (FT_NONE, with severity and group)
  kOurs = 1 << 6,       // Wireshark does not have it (`conn.*`)
  kForeign = 1 << 7,    // emitted by other protocols' details too (`eth.padding` below a VLAN tag)
  kMayBeEmpty = 1 << 8,  // bytes of length zero are nothing unusual: `<none>` in text, not `<MISSING>`
  kElsewhere = 1 << 9,  // other protocols' layers have it too (`ip.version` of an IPv6 header): ProtocolDef::emits
  kOption = 1 << 10,    // one option of a header; Wireshark lists its name (the blurb is the short one) among the protocols
  kNamesShown = 1 << 11,  // its names are what -V says; filters do not compare with them, as Wireshark has no table of them
  kNoted = 1 << 12,     // there only where sequence analysis found something to tell of the segment
  kOnEvents = 1 << 13,  // the events of its protocol have it (of `conn` and `frame`: those of all protocols)
};

class Dissection;
struct LayerRef;
struct Occurrence;
struct Value;
// Reads the row's one value in a layer of its protocol, without details: for rows that are asked of every packet and need no
// more than the header and what state knows. Says what details say of the row (which still says it to -V); false: not there.
using DirectFn = bool (*)(Dissection& packet, const LayerRef& layer, Value& value);
// The same number of a packet of which only the plain headers were found (plain_headers.hpp), for rows that filters ask of every packet.
// False: not there.
class PlainHeaders;
using PlainFn = bool (*)(const PlainHeaders& headers, uint64_t& value);
// The same for bytes; none: the row is not there. False: plain headers do not say.
using PlainBytesFn = bool (*)(const PlainHeaders& headers, Bytes& value);
// Changes the text of a row's line in -V (`text` holds it as it is by rule: bits, label, value, unit): appends to it or
// replaces it. For one value; what needs more of the protocol than that is said where the row is emitted, by Emit::shown.
using ShowFn = void (*)(std::string& text, const Dissection& packet, const Occurrence& occurrence);

struct FieldRow {
  std::string_view name;    // Wireshark's, letter for letter
  std::string_view label;   // as `-G fields` and -V show it
  FieldType type = FieldType::kNone;
  Base base = Base::kNone;  // for kBoolean: see `bits`
  Fixed fixed = {};
  uint64_t mask = 0;        // bits of the number at `fixed`, shifted down to bit 0; 0: all
  ValueNames names = {};
  uint16_t flags = 0;
  Need need = Need::kNothing;  // at least; the protocol's own need is added
  uint32_t notes = 0;          // kNoted: one of these TransportContext::notes is there; 0: whatever was found
  uint8_t bits = 0;         // kBoolean: the width that `-G fields` shows
  std::string_view blurb = {};
  std::string_view unit = {};  // behind the value in -V: " bytes"; a word's plural s goes where the value is one
  ShowFn show = nullptr;       // what -V says beside or instead; null: label, value and unit
  DirectFn direct = nullptr;
  PlainFn plain = nullptr;     // beside `direct`
  PlainBytesFn plain_bytes = nullptr;
  Fixed item = {};             // the bytes that `@` gives, where they are not those of `fixed`; of a direct row without it: none
  std::string_view key = {};   // JSON key where the rule (first dot nests, further dots become underscores) would collide

  // Where the item of a fixed row's value lies that was read at `place`.
  struct Covered { uint32_t offset, length; };
  constexpr Covered covers(int place) const {
    if (item.offset >= 0) return {static_cast<uint32_t>(item.offset), item.width};
    return {static_cast<uint32_t>(place ? fixed.also : fixed.offset), fixed.width};
  }
};

// Every fixed row, and its item, lies within the bytes that the protocol's check guarantees.
constexpr bool rows_fit(std::span<const FieldRow> rows, int guaranteed) {
  for (const auto& row : rows) {
    if (row.fixed.offset >= 0 && row.fixed.offset + row.fixed.width > guaranteed) return false;
    if (row.fixed.also >= 0 && row.fixed.also + row.fixed.width > guaranteed) return false;
    if (row.item.offset >= 0 && row.item.offset + row.item.width > guaranteed) return false;
  }
  return true;
}

// A value without its type, which the field knows:
//   integers, kBoolean, kChar, kIpv4 (host order), kEui64   u (signed ones: i)
//   kFloat, kDouble                                         d
//   kAbsoluteTime, kRelativeTime                            i = seconds, n = nanoseconds
//   strings (UTF-8 not guaranteed), kBytes …, kEther (6), kIpv6 (16), kGuid (16), kProtocol    p, n bytes
//   kNone                                                   nothing
struct Value {
  union {
    uint64_t u;
    int64_t i;
    double d;
    const uint8_t* p;
  };
  uint32_t n = 0;
  Value() : u(0) {}
  static Value of_uint(uint64_t v) { Value r; r.u = v; return r; }
  static Value of_int(int64_t v) { Value r; r.i = v; return r; }
  static Value of_double(double v) { Value r; r.d = v; return r; }
  static Value of_time(Time t) { Value r; r.i = t.seconds; r.n = static_cast<uint32_t>(t.nanos); return r; }
  static Value of_bytes(Bytes b) { Value r; r.p = b.data(); r.n = static_cast<uint32_t>(b.size()); return r; }
  static Value of_text(std::string_view s) { Value r; r.p = reinterpret_cast<const uint8_t*>(s.data()); r.n = static_cast<uint32_t>(s.size()); return r; }
  Bytes bytes() const { return {p, n}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(p), n}; }
  Time time() const { return {i, static_cast<int32_t>(n)}; }
};

// Occurrence::buffer of what was decoded: the item is the value's own bytes.
inline constexpr uint8_t kOwnBytes = 0xff;

// One occurrence of a field in the packet at hand. Valid until the next packet.
struct Occurrence {
  Value value;
  uint32_t offset = 0;     // of the bytes that it covers, in `buffer`
  uint32_t length = 0;     // 0: no bytes of its own
  uint32_t next = 0;       // the next occurrence of the same field (index), 0: none
  FieldId field = kNoField;  // kNoField: a line of -V that is no field (Emit::branch), its text in `value`
  uint8_t layer = 0;       // index in the packet's layers
  uint8_t buffer = 0;      // 0: the packet; others: reassembled data, or kOwnBytes
  uint8_t depth = 0;       // indentation below the protocol, for -V
};

}  // namespace wiretail::dissect
