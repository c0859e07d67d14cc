#include "filter/functions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "dissect/format.hpp"
#include "filter/newer_names.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {
namespace {

using dissect::Arena;
using dissect::Registry;

Datum number(uint64_t v) {
  Datum out;
  out.u = v;
  return out;
}
Datum text(Arena& arena, std::string_view s) {
  std::string_view kept = arena.keep(s);
  Datum out;
  out.kind = ValueKind::kString;
  out.p = reinterpret_cast<const uint8_t*>(kept.data()), out.n = out.search = static_cast<uint32_t>(kept.size());
  return out;
}

// IANA special-purpose address blocks (RFC 6890 and its registry): prefix, name, and the bits of ip_special_mask:
// source 16, destination 8, forwardable 4, global 2, reserved 1.
struct Special4 { uint32_t address; uint8_t prefix; std::string_view name; uint8_t mask; };
constexpr Special4 kSpecial4[] = {
    {0x00000000, 32, "This host on this network", 17}, {0x00000000, 8, "This network", 17}, {0x0a000000, 8, "Private-Use", 28},
    {0x64400000, 10, "Shared Address Space", 28}, {0x7f000000, 8, "Loopback", 1}, {0xa9fe0000, 16, "Link Local", 25},
    {0xac100000, 12, "Private-Use", 28}, {0xc0000000, 29, "IPv4 Service Continuity Prefix", 28}, {0xc0000000, 24, "IETF Protocol Assignments", 0},
    {0xc0000200, 24, "Documentation (TEST-NET-1)", 0}, {0xc0586300, 24, "6to4 Relay Anycast", 30}, {0xc0a80000, 16, "Private-Use", 28},
    {0xc6120000, 15, "Benchmarking", 28}, {0xc6336400, 24, "Documentation (TEST-NET-2)", 0}, {0xcb007100, 24, "Documentation (TEST-NET-3)", 0},
    {0xffffffff, 32, "Limited Broadcast", 9}, {0xf0000000, 4, "Reserved", 1},
};
struct Special6 { uint8_t address[16]; uint8_t prefix; std::string_view name; uint8_t mask; };
constexpr Special6 kSpecial6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "Loopback Address", 1},
    {{0}, 128, "Unspecified Address", 17},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "IPv4-mapped Address", 1},
    {{0, 0x64, 0xff, 0x9b}, 96, "IPv4-IPv6 Translat.", 30},
    {{1}, 64, "Discard-Only Address Block", 28},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "Documentation", 0},
    {{0x20, 0x01, 0}, 32, "TEREDO", 28},
    {{0x20, 0x02}, 16, "6to4", 28},
    {{0xfc}, 7, "Unique-Local", 28},
    {{0xfe, 0x80}, 10, "Link-Local Unicast", 25},
};

bool within(const uint8_t* address, const uint8_t* net, unsigned prefix) {
  if (std::memcmp(address, net, prefix / 8) != 0) return false;
  if (prefix % 8 == 0) return true;
  auto mask = static_cast<uint8_t>(0xff << (8 - prefix % 8));
  return (address[prefix / 8] & mask) == (net[prefix / 8] & mask);
}

bool special(const Datum& v, std::string_view& name, uint8_t& mask) {
  if (v.kind == ValueKind::kIpv4) {
    for (const auto& s : kSpecial4)
      if (((static_cast<uint32_t>(v.u) ^ s.address) >> (32 - s.prefix)) == 0) return name = s.name, mask = s.mask, true;
    return false;
  }
  for (const auto& s : kSpecial6)
    if (within(v.p, s.address, s.prefix)) return name = s.name, mask = s.mask, true;
  return false;
}

uint64_t length(const Datum& v) {
  if (v.kind == ValueKind::kString) return static_cast<uint64_t>(std::count_if(v.p, v.p + v.n, [](uint8_t b) { return (b & 0xc0) != 0x80; }));
  if (v.kind == ValueKind::kIpv4) return 4;
  if (v.kind == ValueKind::kIpv6) return 16;
  return v.n;
}

dissect::Value value_of(const Datum& v) {
  dissect::Value out;
  switch (v.kind) {
    case ValueKind::kFloat: out.d = v.d; break;
    case ValueKind::kUnsigned: case ValueKind::kSigned: case ValueKind::kIpv4: out.u = v.u; break;
    default: out.p = v.p, out.n = v.n;
  }
  return out;
}

void one(const Operand& operand, const Datum& v, Arena& arena, DatumList& out) {
  std::string s;
  std::string_view name;
  uint8_t mask = 0;
  const Operand& argument = *operand.operands[0];
  switch (operand.function) {
    case Function::kLen: out.push_back(number(length(v))); return;
    case Function::kLower:
    case Function::kUpper: {
      s.assign(reinterpret_cast<const char*>(v.p), v.n);
      bool up = operand.function == Function::kUpper;
      for (char& c : s)
        if (up ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z') c = static_cast<char>(c ^ 0x20);
      out.push_back(text(arena, s));
      return;
    }
    case Function::kString:
      // The bytes of @field have no text, though Wireshark takes them where the field has one.
      if (v.kind == ValueKind::kBytes && argument.raw) return;
      // Numbers in decimal whatever the field's base; addresses in their usual text.
      if (v.kind == ValueKind::kUnsigned) dissect::append_uint(s, v.u);
      else if (v.kind == ValueKind::kSigned) s = std::to_string(static_cast<int64_t>(v.u));
      // Every digit that tells two numbers apart (as %.17g), where the columns show fifteen: so tshark 4.0 and 4.4.
      else if (v.kind == ValueKind::kFloat) {
        char digits[40];
        s.assign(digits, std::to_chars(digits, digits + sizeof digits, v.d, std::chars_format::general, 17).ptr);
      }
      else dissect::append_value(s, Registry::get()[argument.fields[0]], value_of(v));
      out.push_back(text(arena, s));
      return;
    case Function::kDec: if (!argument.raw) dissect::append_uint(s, v.u); out.push_back(text(arena, s)); return;  // of bytes no digits
    case Function::kHex: if (!argument.raw) dissect::append_value(s, [&] {
        dissect::FieldDef def = Registry::get()[argument.fields[0]];
        static const dissect::FieldRow kHexRow{.name = "hex", .label = "hex", .base = dissect::Base::kHex};
        def.row = &kHexRow;
        return def;
      }(), value_of(v));
      out.push_back(text(arena, s));
      return;
    case Function::kAbs: {
      Datum r = v;
      if (v.kind == ValueKind::kSigned && static_cast<int64_t>(v.u) < 0) r.u = 0 - v.u;
      if (v.kind == ValueKind::kFloat) r.d = std::fabs(v.d);
      if (v.kind == ValueKind::kTime && v.time.seconds < 0) r.time = dissect::Time{} - v.time;
      out.push_back(r);
      return;
    }
    case Function::kFloat: {
      Datum r;
      r.kind = ValueKind::kFloat;
      r.d = v.kind == ValueKind::kFloat ? v.d : v.kind == ValueKind::kTime ? v.time.as_double() : v.kind == ValueKind::kSigned ? static_cast<double>(static_cast<int64_t>(v.u)) : static_cast<double>(v.u);
      out.push_back(r);
      return;
    }
    case Function::kIpSpecialName:
      if (special(v, name, mask)) out.push_back(text(arena, name));
      return;
    case Function::kIpSpecialMask:
      if (special(v, name, mask)) out.push_back(number(mask));
      return;
    case Function::kIpLinklocal: out.push_back(number(v.kind == ValueKind::kIpv4 ? (v.u >> 16) == 0xa9fe : v.p[0] == 0xfe && (v.p[1] & 0xc0) == 0x80)); return;
    case Function::kIpMulticast: out.push_back(number(v.kind == ValueKind::kIpv4 ? (v.u >> 28) == 14 : v.p[0] == 0xff)); return;
    case Function::kIpRfc1918: out.push_back(number((v.u >> 24) == 10 || (v.u >> 20) == 0xac1 || (v.u >> 16) == 0xc0a8)); return;
    case Function::kIpUla: out.push_back(number((v.p[0] & 0xfe) == 0xfc)); return;
    default: return;
  }
}

bool fits(__int128 v) { return v >= INT64_MIN && v <= static_cast<__int128>(UINT64_MAX); }

void integers(ArithmeticOp op, const Datum& a, const Datum& b, DatumList& out) {
  auto wide = [](const Datum& v) { return v.kind == ValueKind::kSigned ? static_cast<__int128>(static_cast<int64_t>(v.u)) : static_cast<__int128>(v.u); };
  __int128 x = wide(a), y = wide(b), r = 0;
  switch (op) {
    case ArithmeticOp::kAdd: r = x + y; break;
    case ArithmeticOp::kSubtract: r = x - y; break;
    case ArithmeticOp::kMultiply:
      // 64 by 64 bits with a sign may pass 127 bits.
      if (__builtin_mul_overflow(x, y, &r)) return;
      break;
    case ArithmeticOp::kDivide:
      if (y == 0) return;
      r = x / y;
      break;
    case ArithmeticOp::kModulo:
      if (y == 0) return;
      r = x % y;
      break;
    case ArithmeticOp::kNegate: r = -x; break;
    case ArithmeticOp::kBitAnd: r = x & y; break;  // of signed numbers the sign too
  }
  if (!fits(r)) return;
  Datum v;
  v.kind = r < 0 ? ValueKind::kSigned : ValueKind::kUnsigned;
  v.u = static_cast<uint64_t>(r);
  out.push_back(v);
}

void times(ArithmeticOp op, const Datum& a, const Datum& b, DatumList& out) {
  Datum v;
  v.kind = ValueKind::kTime;
  if (op == ArithmeticOp::kNegate) v.time = dissect::Time{} - a.time;
  else if (op == ArithmeticOp::kAdd) v.time = a.time + b.time;
  else if (op == ArithmeticOp::kSubtract) v.time = a.time - b.time;
  else {
    double n = b.kind == ValueKind::kFloat ? b.d : b.kind == ValueKind::kSigned ? static_cast<double>(static_cast<int64_t>(b.u)) : static_cast<double>(b.u);
    if (op == ArithmeticOp::kDivide && n == 0) return;
    double r = op == ArithmeticOp::kMultiply ? a.time.as_double() * n : a.time.as_double() / n;
    if (!(std::fabs(r) < 9e18)) return;
    double whole = std::floor(r);
    v.time = {static_cast<int64_t>(whole), static_cast<int32_t>(std::min(999'999'999.0, std::round((r - whole) * 1e9)))};
  }
  out.push_back(v);
}

}  // namespace

void call(const Operand& operand, const DatumList& arguments, dissect::Arena& arena, DatumList& out) {
  switch (operand.function) {
    case Function::kCount:
      if (!arguments.empty()) out.push_back(number(arguments.size()));
      return;
    case Function::kMax:
    case Function::kMin: {
      if (arguments.empty()) return;
      const Datum* best = &arguments[0];
      for (const Datum& v : arguments)
        if (Values::compare(v, *best, operand.function == Function::kMax ? Compare::kGreater : Compare::kLess)) best = &v;
      out.push_back(*best);
      return;
    }
    case Function::kVals: return value_names(*operand.operands[0], arguments, out);
    default:
      for (const Datum& v : arguments) one(operand, v, arena, out);
  }
}

void calculate(ArithmeticOp op, const Datum& a, const Datum& b, dissect::Arena& arena, DatumList& out) {
  switch (a.kind) {
    case ValueKind::kUnsigned:
    case ValueKind::kSigned: return integers(op, a, b, out);
    case ValueKind::kTime: return times(op, a, b, out);
    case ValueKind::kFloat: {
      Datum v;
      v.kind = ValueKind::kFloat;
      switch (op) {
        case ArithmeticOp::kAdd: v.d = a.d + b.d; break;
        case ArithmeticOp::kSubtract: v.d = a.d - b.d; break;
        case ArithmeticOp::kMultiply: v.d = a.d * b.d; break;
        case ArithmeticOp::kDivide:
          if (b.d == 0) return;
          v.d = a.d / b.d;
          break;
        case ArithmeticOp::kNegate: v.d = -a.d; break;
        default: return;
      }
      out.push_back(v);
      return;
    }
    case ValueKind::kIpv4: {
      Datum v = a;
      v.u = a.u & b.u;
      out.push_back(v);
      return;
    }
    default: {
      uint32_t n = a.kind == ValueKind::kIpv6 ? 16 : std::min(a.n, b.n);
      auto* joined = reinterpret_cast<uint8_t*>(arena.take(n));
      for (uint32_t i = 0; i < n; ++i) joined[i] = a.p[i] & b.p[i];
      Datum v = a;
      v.p = joined, v.n = v.search = n;
      out.push_back(v);
    }
  }
}

void value_names(const Operand& field, const DatumList& values, DatumList& out) {
  for (const Datum& v : values)
    for (FieldId id : field.fields) {
      const dissect::FieldDef& def = Registry::get()[id];
      // A Boolean's two names are no value names: Wireshark 4.4 finds none either.
      if (!def.row || def.row->names.empty() || def.type == FieldType::kBoolean) continue;
      std::string_view name = filter_name(def, v.u);
      if (name.empty()) continue;
      Datum r;
      r.kind = ValueKind::kString;
      r.p = reinterpret_cast<const uint8_t*>(name.data()), r.n = r.search = static_cast<uint32_t>(name.size());
      out.push_back(r);
      break;
    }
}

bool in_list(const ValueList& list, const Datum& v) {
  switch (v.kind) {
    case ValueKind::kUnsigned: return list.has_number(v.u);
    case ValueKind::kSigned: return list.has_signed(static_cast<int64_t>(v.u));
    case ValueKind::kIpv4: return list.has_ipv4(static_cast<uint32_t>(v.u));
    case ValueKind::kIpv6: return list.has_ipv6(v.p);
    case ValueKind::kTime: return list.has_time(v.time);
    case ValueKind::kFloat: return list.has_float(v.d);
    case ValueKind::kString: return list.has_text({reinterpret_cast<const char*>(v.p), v.n});
    case ValueKind::kBytes: case ValueKind::kProtocol: return list.has_bytes({reinterpret_cast<const char*>(v.p), v.n});
    default: return false;
  }
}

}  // namespace wiretail::filter
