#include "differential/reference_eval.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <functional>
#include <cstdio>
#include <pcre2.h>

#include <cmath>
#include <string>

#include "dissect/format.hpp"
#include "filter/newer_names.hpp"  // the names alone
#include "filter/value_list.hpp"
#include "filter/values.hpp"  // the limits alone

namespace wiretail::reference {
namespace {

using namespace filter;
using dissect::Dissection;
using dissect::Registry;

struct Item {
  ValueKind kind = ValueKind::kNone;
  __int128 number = 0;   // kUnsigned, kSigned, kIpv4
  double real = 0;
  __int128 nanos = 0;    // kTime
  std::string bytes;     // everything with bytes
  std::string searched;  // kProtocol: to the end of its data
  unsigned prefix = 128;
};
using Items = std::vector<Item>;

std::string copy(const uint8_t* p, size_t n) { return {reinterpret_cast<const char*>(p), n}; }

__int128 as_number(ValueKind kind, uint64_t u) { return kind == ValueKind::kSigned ? static_cast<__int128>(static_cast<int64_t>(u)) : static_cast<__int128>(u); }
__int128 as_nanos(dissect::Time t) { return static_cast<__int128>(t.seconds) * 1'000'000'000 + t.nanos; }

Item item_of(const Constant& c) {
  Item v;
  v.kind = c.kind, v.number = as_number(c.kind, c.u), v.real = c.d, v.nanos = as_nanos(c.time), v.bytes = v.searched = c.bytes;
  v.prefix = c.prefix == 0xff ? 128 : c.prefix;
  return v;
}

std::string address_bytes(const Item& v) {
  if (v.kind != ValueKind::kIpv4) return v.bytes;
  auto a = static_cast<uint32_t>(v.number);
  return {static_cast<char>(a >> 24), static_cast<char>(a >> 16), static_cast<char>(a >> 8), static_cast<char>(a)};
}

std::vector<std::string> characters(const std::string& s) {
  std::vector<std::string> out;
  for (char c : s)
    if ((static_cast<uint8_t>(c) & 0xc0) == 0x80 && !out.empty()) out.back() += c;
    else out.emplace_back(1, c);
  return out;
}

// One range over `size` things: [begin, end); false if it does not fit.
bool fits(const Range& r, int64_t size, int64_t& begin, int64_t& end) {
  begin = r.first >= 0 ? r.first : size + r.first;
  if (r.form == Range::Form::kOffsetLength) end = begin + r.second;
  if (r.form == Range::Form::kFromTo) end = (r.second >= 0 ? r.second : size + r.second) + 1;
  if (r.form == Range::Form::kFrom) end = size;
  return begin >= 0 && begin <= end && end <= size;
}

bool layer_wanted(const std::vector<Range>& ranges, int64_t number, int64_t innermost) {
  if (ranges.empty()) return true;
  for (const Range& r : ranges) {
    int64_t first = r.first >= 0 ? r.first : innermost + 1 + r.first;
    for (int64_t n = 1; n <= innermost; ++n) {
      bool in = n >= first;
      if (r.form == Range::Form::kOffsetLength) in = in && n <= first + r.second - 1;
      if (r.form == Range::Form::kFromTo) in = in && n <= r.second;
      if (in && n == number) return true;
    }
  }
  return false;
}

Items values(const Operand& o, Dissection& d);

// What is left of the limits of one test.
struct Left {
  uint64_t combinations = kMaxTestCombinations;
  size_t bytes = kMaxMaskedBytes;
} limits;

Items field_values(const Operand& o, Dissection& d) {
  Items out;
  for (FieldId id : o.fields) {
    const auto& def = Registry::get()[id];
    for (const dissect::Occurrence* occurrence = d.first(id); occurrence; occurrence = d.next(*occurrence)) {
      const dissect::LayerRef& layer = d.layers.stack[occurrence->layer];
      int64_t innermost = 0;  // of those layers that have the field
      for (const dissect::Occurrence* other = d.first(id); other; other = d.next(*other)) innermost = std::max<int64_t>(innermost, d.layers.stack[other->layer].number);
      if (!layer_wanted(o.layers, layer.number, innermost)) continue;
      Item v;
      v.kind = o.raw ? ValueKind::kBytes : o.kind;
      const dissect::Value& value = occurrence->value;
      if (o.raw) {
        auto buffer = occurrence->buffer == dissect::kOwnBytes ? occurrence->value.bytes() : d.buffer(occurrence->buffer);
        if (occurrence->offset <= buffer.size()) v.bytes = copy(buffer.data(), buffer.size()).substr(occurrence->offset, occurrence->buffer == dissect::kOwnBytes ? buffer.size() : occurrence->length);
      } else {
        switch (o.kind) {
          case ValueKind::kUnsigned: case ValueKind::kSigned: case ValueKind::kIpv4: v.number = as_number(o.kind, value.u); break;
          case ValueKind::kFloat: v.real = value.d; break;
          case ValueKind::kTime: v.nanos = as_nanos(value.time()); break;
          case ValueKind::kIpv6: case ValueKind::kGuid: v.bytes = copy(value.p, 16); break;
          case ValueKind::kNone: break;
          case ValueKind::kProtocol:
            if (!dissect::Registry::get().protocol(def.proto).pseudo) v.bytes = copy(value.p, value.n);  // notes have no bytes
            break;
          default: v.bytes = copy(value.p, value.n);
        }
      }
      v.searched = v.bytes;
      if (!o.raw && o.kind == ValueKind::kProtocol && def.is_protocol) {
        auto data = d.searched(layer);
        v.searched = copy(data.data(), data.size());
      }
      out.push_back(v);
    }
  }
  return out;
}

// -1, 0, 1, or 2 where there is no order.
int order(const Item& a, const Item& b) {
  auto three = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  switch (a.kind) {
    case ValueKind::kUnsigned: case ValueKind::kSigned: return three(a.number, b.number);
    case ValueKind::kFloat:
      if (std::isnan(a.real) || std::isnan(b.real)) return std::isnan(a.real) && std::isnan(b.real) ? 0 : 2;
      return three(a.real, b.real);
    case ValueKind::kTime: return three(a.nanos, b.nanos);
    case ValueKind::kIpv4: case ValueKind::kIpv6: {
      std::string x = address_bytes(a), y = address_bytes(b);
      for (size_t bit = 0; bit < x.size() * 8 && bit < a.prefix && bit < b.prefix; ++bit) {
        int p = x[bit / 8] >> (7 - bit % 8) & 1, q = y[bit / 8] >> (7 - bit % 8) & 1;
        if (p != q) return p < q ? -1 : 1;
      }
      return 0;
    }
    case ValueKind::kProtocol:
      if (b.kind == ValueKind::kProtocol && a.bytes.size() != b.bytes.size()) return three(a.bytes.size(), b.bytes.size());
      return three(a.bytes.compare(b.bytes), 0);
    default: return three(a.bytes.compare(b.bytes), 0);
  }
}

bool related(const Item& a, Compare op, const Item& b) {
  int r = order(a, b);
  if (op == Compare::kEqual) return r == 0;
  if (op == Compare::kNotEqual) return r != 0;
  if (r == 2) return false;
  return op == Compare::kLess ? r < 0 : op == Compare::kLessEqual ? r <= 0 : op == Compare::kGreater ? r > 0 : r >= 0;
}

Item plain_number(__int128 v) {
  Item out;
  out.kind = v < 0 ? ValueKind::kSigned : ValueKind::kUnsigned, out.number = v;
  return out;
}
Item plain_text(std::string s) {
  Item out;
  out.kind = ValueKind::kString, out.bytes = out.searched = std::move(s);
  return out;
}

void calculate(ArithmeticOp op, const Item& a, const Item& b, Items& out) {
  Item v = a;
  if (a.kind == ValueKind::kUnsigned || a.kind == ValueKind::kSigned) {
    __int128 r = 0;
    switch (op) {
      case ArithmeticOp::kAdd: r = a.number + b.number; break;
      case ArithmeticOp::kSubtract: r = a.number - b.number; break;
      case ArithmeticOp::kMultiply:
        if (__builtin_mul_overflow(a.number, b.number, &r)) return;
        break;
      case ArithmeticOp::kDivide: case ArithmeticOp::kModulo:
        if (b.number == 0) return;
        r = op == ArithmeticOp::kDivide ? a.number / b.number : a.number % b.number;
        break;
      case ArithmeticOp::kBitAnd: r = a.number & b.number; break;
      case ArithmeticOp::kNegate: r = -a.number; break;
    }
    if (r >= INT64_MIN && r <= static_cast<__int128>(UINT64_MAX)) out.push_back(plain_number(r));
    return;
  }
  if (a.kind == ValueKind::kFloat) {
    if (op == ArithmeticOp::kDivide && b.real == 0) return;
    v.real = op == ArithmeticOp::kAdd ? a.real + b.real : op == ArithmeticOp::kSubtract ? a.real - b.real : op == ArithmeticOp::kMultiply ? a.real * b.real
             : op == ArithmeticOp::kDivide ? a.real / b.real : -a.real;
    out.push_back(v);
    return;
  }
  if (a.kind == ValueKind::kTime) {
    if (op == ArithmeticOp::kAdd) v.nanos = a.nanos + b.nanos;
    else if (op == ArithmeticOp::kSubtract) v.nanos = a.nanos - b.nanos;
    else if (op == ArithmeticOp::kNegate) v.nanos = -a.nanos;
    else {
      double n = b.kind == ValueKind::kFloat ? b.real : static_cast<double>(b.number);
      if (op == ArithmeticOp::kDivide && n == 0) return;
      double seconds = static_cast<double>(a.nanos) * 1e-9;
      double r = op == ArithmeticOp::kMultiply ? seconds * n : seconds / n;
      if (!(std::fabs(r) < 9e18)) return;
      double whole = std::floor(r);
      v.nanos = static_cast<__int128>(whole) * 1'000'000'000 + static_cast<int64_t>(std::min(999'999'999.0, std::round((r - whole) * 1e9)));
    }
    out.push_back(v);
    return;
  }
  if (a.kind == ValueKind::kIpv4) {
    v.number = static_cast<uint32_t>(a.number) & static_cast<uint32_t>(b.number);
  } else {
    v.bytes.clear();
    for (size_t i = 0; i < a.bytes.size() && i < b.bytes.size(); ++i) v.bytes += static_cast<char>(a.bytes[i] & b.bytes[i]);
    v.searched = v.bytes;
  }
  out.push_back(v);
}

std::string name_of(const Operand& field, uint64_t value) {
  for (FieldId id : field.fields) {
    const auto* row = Registry::get()[id].row;
    if (!row || Registry::get()[id].type == FieldType::kBoolean) continue;  // a Boolean's two names are no value names
    for (const auto& n : row->names)
      if (value == n.value || (n.to > n.value && value >= n.value && value <= n.to)) return std::string(newer_name(value, n.text));
  }
  return "";
}

void function(const Operand& o, Dissection& d, Items& out) {
  Items arguments;
  for (const auto& a : o.operands)
    for (Item& v : values(*a, d)) arguments.push_back(std::move(v));
  if (o.function == Function::kCount) {
    if (!arguments.empty()) out.push_back(plain_number(static_cast<__int128>(arguments.size())));
    return;
  }
  if (o.function == Function::kMax || o.function == Function::kMin) {
    const Item* best = nullptr;
    for (const Item& v : arguments)
      if (!best || related(v, o.function == Function::kMax ? Compare::kGreater : Compare::kLess, *best)) best = &v;
    if (best) out.push_back(*best);
    return;
  }
  for (const Item& v : arguments) {
    switch (o.function) {
      case Function::kLen:
        out.push_back(plain_number(static_cast<__int128>(v.kind == ValueKind::kString ? characters(v.bytes).size() : address_bytes(v).size())));
        break;
      case Function::kLower: case Function::kUpper: {
        std::string s = v.bytes;
        for (char& c : s) {
          if (o.function == Function::kLower && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
          if (o.function == Function::kUpper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        }
        out.push_back(plain_text(s));
        break;
      }
      case Function::kString: case Function::kDec:
        if (o.operands[0]->raw) {
          if (o.function == Function::kDec) out.push_back(plain_text(""));
        } else if (v.kind == ValueKind::kUnsigned || v.kind == ValueKind::kSigned) {
          bool negative = v.number < 0;
          auto magnitude = static_cast<uint64_t>(negative ? -v.number : v.number);
          out.push_back(plain_text((negative ? "-" : "") + std::to_string(magnitude)));
        } else {
          std::string s;
          if (char digits[40]; v.kind == ValueKind::kFloat) s.assign(digits, static_cast<size_t>(std::snprintf(digits, sizeof digits, "%.17g", v.real)));
          else if (v.kind == ValueKind::kIpv4) dissect::append_ipv4(s, static_cast<uint32_t>(v.number));
          else if (v.kind == ValueKind::kIpv6) dissect::append_ipv6(s, reinterpret_cast<const uint8_t*>(v.bytes.data()));
          else if (v.bytes.size() == 6) dissect::append_ether(s, reinterpret_cast<const uint8_t*>(v.bytes.data()));
          out.push_back(plain_text(s));
        }
        break;
      case Function::kAbs: {
        Item r = v;
        if (r.number < 0) r.number = -r.number;
        r.real = std::fabs(r.real);
        if (r.nanos < 0) r.nanos = -r.nanos;
        out.push_back(r);
        break;
      }
      case Function::kHex: {
        const FieldType type = Registry::get()[o.operands[0]->fields[0]].type;
        int digits = type == FieldType::kUint8 || type == FieldType::kChar ? 2 : type == FieldType::kUint16 ? 4 : type == FieldType::kUint24 ? 6
                   : type == FieldType::kUint40 ? 10 : type == FieldType::kUint48 ? 12 : type == FieldType::kUint56 ? 14 : type == FieldType::kUint64 ? 16 : 8;
        char text[32] = "";
        if (!o.operands[0]->raw) std::snprintf(text, sizeof text, "0x%0*llx", digits, static_cast<unsigned long long>(v.number));
        out.push_back(plain_text(text));
        break;
      }
      case Function::kVals: {
        std::string name = name_of(*o.operands[0], static_cast<uint64_t>(v.number));
        if (!name.empty()) out.push_back(plain_text(name));
        break;
      }
      case Function::kFloat: {
        Item r;
        r.kind = ValueKind::kFloat;
        r.real = v.kind == ValueKind::kFloat ? v.real : v.kind == ValueKind::kTime ? static_cast<double>(v.nanos / 1'000'000'000) + static_cast<double>(v.nanos % 1'000'000'000) * 1e-9 : static_cast<double>(v.number);
        out.push_back(r);
        break;
      }
      default: break;  // generated expressions have no others
    }
  }
}

Items values(const Operand& o, Dissection& d) {
  Items out;
  switch (o.form) {
    case Operand::Form::kField: return field_values(o, d);
    case Operand::Form::kConstant: case Operand::Form::kReference:
      for (const Constant& c : o.constants) out.push_back(item_of(c));
      break;
    case Operand::Form::kSlice:
      for (const Item& v : values(*o.operands[0], d)) {
        std::vector<std::string> units;
        if (o.kind == ValueKind::kString) units = characters(v.bytes);
        else for (char c : address_bytes(v)) units.emplace_back(1, c);
        Item piece;
        piece.kind = o.kind;
        for (const Range& r : o.ranges) {
          int64_t begin = 0, end = 0;
          if (!fits(r, static_cast<int64_t>(units.size()), begin, end)) break;
          for (int64_t i = begin; i < end; ++i) piece.bytes += units[static_cast<size_t>(i)];
        }
        piece.searched = piece.bytes;
        out.push_back(piece);
      }
      break;
    case Operand::Form::kFunction: function(o, d, out); break;
    case Operand::Form::kArithmetic: {
      Items left = values(*o.operands[0], d);
      if (o.op == ArithmeticOp::kNegate) {
        for (const Item& a : left) calculate(o.op, a, a, out);
        break;
      }
      Items right = values(*o.operands[1], d);
      uint64_t most = std::min<uint64_t>({left.size() * right.size(), kMaxCombinations, limits.combinations});
      limits.combinations -= most;
      for (const Item& a : left)
        for (const Item& b : right) {
          if (most-- == 0) return out;
          if (a.kind == ValueKind::kBytes || a.kind == ValueKind::kString || a.kind == ValueKind::kProtocol) {
            size_t bytes = std::min(a.bytes.size(), b.bytes.size());
            if (bytes > limits.bytes) continue;
            limits.bytes -= bytes;
          }
          calculate(o.op, a, b, out);
        }
      break;
    }
    case Operand::Form::kValueName:
      for (const Item& v : values(*o.operands[0], d))
        if (std::string name = name_of(*o.operands[0], static_cast<uint64_t>(v.number)); !name.empty()) out.push_back(plain_text(name));
      break;
  }
  return out;
}

bool truth(const Item& v) {
  switch (v.kind) {
    case ValueKind::kUnsigned: case ValueKind::kSigned: case ValueKind::kIpv4: return v.number != 0;
    case ValueKind::kFloat: return v.real != 0;
    case ValueKind::kTime: return v.nanos != 0;
    case ValueKind::kString: return !v.bytes.empty();
    default: return v.bytes.find_first_not_of('\0') != std::string::npos;
  }
}

bool matches(const std::string& text, const std::string& pattern) {
  int error = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_CASELESS | PCRE2_NEVER_UTF, &error, &at, nullptr);
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  bool found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data, nullptr) >= 0;
  pcre2_match_data_free(data);
  pcre2_code_free(code);
  return found;
}

using Bounds = std::vector<std::pair<Items, Items>>;
bool in_set(const Item& v, const Test& t, const Bounds& set) {
  for (size_t i = 0; i < set.size(); ++i)
    for (const Item& low : set[i].first) {
      if (!t.set[i].high && related(v, Compare::kEqual, low)) return true;
      if (!t.set[i].high) continue;
      for (const Item& high : set[i].second)
        if (related(v, Compare::kGreaterEqual, low) && related(v, Compare::kLessEqual, high)) return true;
    }
  return false;
}

bool in_list(const Item& v, const ValueList& list) {
  switch (v.kind) {
    case ValueKind::kUnsigned: return list.has_number(static_cast<uint64_t>(v.number));
    case ValueKind::kIpv4: return list.has_ipv4(static_cast<uint32_t>(v.number));
    case ValueKind::kIpv6: return list.has_ipv6(reinterpret_cast<const uint8_t*>(v.bytes.data()));
    case ValueKind::kTime: {
      int64_t seconds = static_cast<int64_t>(v.nanos / 1'000'000'000), nanos = static_cast<int64_t>(v.nanos % 1'000'000'000);
      return nanos < 0 ? list.has_time({seconds - 1, static_cast<int32_t>(nanos + 1'000'000'000)}) : list.has_time({seconds, static_cast<int32_t>(nanos)});
    }
    case ValueKind::kFloat: return list.has_float(v.real);
    case ValueKind::kString: return list.has_text(v.bytes);
    default: return list.has_bytes(v.bytes);
  }
}

}  // namespace

bool holds(const Test& t, Dissection& d) {
  switch (t.form) {
    case Test::Form::kTrue: return true;
    case Test::Form::kFalse: return false;
    case Test::Form::kNot: return !holds(*t.tests[0], d);
    case Test::Form::kAnd: {
      bool result = true;
      for (const auto& c : t.tests) result = holds(*c, d) && result;
      return result;
    }
    case Test::Form::kOr: {
      bool result = false;
      for (const auto& c : t.tests) result = holds(*c, d) || result;
      return result;
    }
    case Test::Form::kXor: {
      bool result = false;
      for (const auto& c : t.tests) result = holds(*c, d) != result;
      return result;
    }
    default: break;
  }
  limits = {};
  Items left = values(*t.left, d);
  size_t hits = 0, asked = 0;
  Bounds set;
  auto count = [&](bool hit) { hits += hit, ++asked; };
  auto quantified = [&] { return asked > 0 && (t.quantifier == Quantifier::kAny ? hits > 0 : hits == asked); };
  switch (t.form) {
    case Test::Form::kExists:
      for (const Item& v : left) hits += t.left->form != Operand::Form::kSlice || !v.bytes.empty();
      return hits > 0;
    case Test::Form::kTruth:
      for (const Item& v : left) hits += truth(v);
      return hits > 0;
    case Test::Form::kMatches:
      for (const Item& v : left) count((!v.bytes.empty() || v.kind != ValueKind::kBytes) && matches(v.searched.empty() ? v.bytes : v.searched, t.pattern));
      return quantified();
    case Test::Form::kIn:
    case Test::Form::kInList:
      if (t.form == Test::Form::kIn)
        for (const SetElement& e : t.set) {
          set.emplace_back(values(*e.low, d), Items());
          if (e.high) set.back().second = values(*e.high, d);
        }
      for (const Item& v : left) count(t.form == Test::Form::kIn ? in_set(v, t, set) : in_list(v, *t.list));
      return asked > 0 && quantified() != t.negated;
    default: break;
  }
  // Arithmetic without a defined result, whose operands are there: no value contradicts "all".
  std::function<bool(const Operand&)> undefined = [&](const Operand& o) {
    if (o.form != Operand::Form::kArithmetic) return false;
    for (const auto& part : o.operands)
      if (values(*part, d).empty() && !undefined(*part)) return false;
    return true;
  };
  Items right = values(*t.right, d);
  if (t.quantifier == Quantifier::kAll && ((left.empty() && undefined(*t.left) && (!right.empty() || undefined(*t.right))) || (!left.empty() && right.empty() && undefined(*t.right)))) return true;
  for (const Item& a : left)
    for (const Item& b : right) {
      if (t.form == Test::Form::kContains) count(b.bytes.empty() ? !a.bytes.empty() && (a.kind == ValueKind::kBytes || b.kind == ValueKind::kBytes) : a.searched.find(b.bytes) != std::string::npos);
      else count(related(a, t.compare, b));
    }
  return quantified();
}

}  // namespace wiretail::reference
