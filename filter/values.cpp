#include "filter/values.hpp"

#include <algorithm>
#include <cstring>

#include "filter/functions.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {
namespace {

using dissect::Dissection;
using dissect::Occurrence;
using dissect::Registry;

const uint8_t* as_bytes(const std::string& s) { return reinterpret_cast<const uint8_t*>(s.data()); }

int sign(int r) { return r < 0 ? -1 : r > 0; }  // memcmp's size says nothing, and may be 2

int order_bytes(const uint8_t* a, uint32_t an, const uint8_t* b, uint32_t bn) {
  uint32_t n = std::min(an, bn);
  int r = n ? std::memcmp(a, b, n) : 0;
  return r ? sign(r) : an < bn ? -1 : an > bn;
}

// Three-way order; 2: the two cannot be ordered (NaN).
int order(const Datum& a, const Datum& b) {
  switch (a.kind) {
    case ValueKind::kUnsigned:
    case ValueKind::kSigned: {
      bool an = a.kind == ValueKind::kSigned && static_cast<int64_t>(a.u) < 0, bn = b.kind == ValueKind::kSigned && static_cast<int64_t>(b.u) < 0;
      if (an != bn) return an ? -1 : 1;
      return a.u < b.u ? -1 : a.u > b.u;  // both negative: two's complement keeps the order
    }
    case ValueKind::kFloat:
      if (a.d != a.d || b.d != b.d) return a.d != a.d && b.d != b.d ? 0 : 2;
      return a.d < b.d ? -1 : a.d > b.d;
    case ValueKind::kTime: return a.time < b.time ? -1 : a.time > b.time;
    case ValueKind::kIpv4: {
      uint8_t prefix = std::min(a.prefix, b.prefix);
      auto mask = prefix >= 32 ? 0xffffffffu : prefix == 0 ? 0u : ~(0xffffffffu >> prefix);
      auto x = static_cast<uint32_t>(a.u) & mask, y = static_cast<uint32_t>(b.u) & mask;
      return x < y ? -1 : x > y;
    }
    case ValueKind::kIpv6: {
      unsigned prefix = std::min(a.prefix, b.prefix);
      if (prefix > 128) prefix = 128;
      int r = std::memcmp(a.p, b.p, prefix / 8);
      if (r || prefix % 8 == 0) return sign(r);
      auto mask = static_cast<uint8_t>(0xff << (8 - prefix % 8));
      return sign((a.p[prefix / 8] & mask) - (b.p[prefix / 8] & mask));
    }
    case ValueKind::kProtocol:
      if (b.kind == ValueKind::kProtocol && a.n != b.n) return a.n < b.n ? -1 : 1;
      return order_bytes(a.p, a.n, b.p, b.n);
    default: return order_bytes(a.p, a.n, b.p, b.n);
  }
}

// Resolves one range over `size`; false: it does not fit completely.
bool resolve(const Range& r, int64_t size, int64_t& begin, int64_t& length) {
  begin = r.first < 0 ? size + r.first : r.first;
  switch (r.form) {
    case Range::Form::kOffsetLength: length = r.second; break;
    case Range::Form::kFromTo: length = (r.second < 0 ? size + r.second : r.second) - begin + 1; break;
    case Range::Form::kFrom: length = size - begin; break;
  }
  return begin >= 0 && length >= 0 && begin + length <= size;
}

// Bytes of each character of UTF-8 text; slices of text count characters.
size_t character_offset(const uint8_t* p, size_t n, int64_t index) {
  size_t at = 0;
  while (index > 0 && at < n) {
    ++at;
    while (at < n && (p[at] & 0xc0) == 0x80) ++at;
    --index;
  }
  return at;
}

}  // namespace

Values::Scratch::Scratch(Values& values) : list([&]() -> DatumList& {
  if (values.depth_ == values.lists_.size()) values.lists_.push_back(std::make_unique<DatumList>());
  DatumList& l = *values.lists_[values.depth_++];
  l.clear();
  return l;
}()), values_(values) {}

Datum datum_of(const Constant& c) {
  Datum v;
  v.kind = c.kind, v.prefix = c.prefix, v.u = c.u, v.d = c.d, v.time = c.time;
  v.p = as_bytes(c.bytes), v.n = v.search = static_cast<uint32_t>(c.bytes.size());
  return v;
}

bool Values::compare(const Datum& a, const Datum& b, Compare op) {
  int r = order(a, b);
  switch (op) {
    case Compare::kEqual: return r == 0;
    case Compare::kNotEqual: return r != 0;
    case Compare::kLess: return r < 0;
    case Compare::kLessEqual: return r <= 0;
    case Compare::kGreater: return r == 2 ? false : r > 0;
    case Compare::kGreaterEqual: return r == 2 ? false : r >= 0;
  }
  return false;
}

bool Values::contains(const Datum& a, const Datum& b) {
  uint32_t n = a.kind == ValueKind::kProtocol ? a.search : a.n;
  // Nothing is in any bytes that there are, but in no text and in no protocol: so in Wireshark.
  if (b.n == 0) return a.n && (a.kind == ValueKind::kBytes || b.kind == ValueKind::kBytes);
  if (b.n > n) return false;
  return memmem(a.p, n, b.p, b.n) != nullptr;
}

bool Values::is_true(const Datum& v) {
  switch (v.kind) {
    case ValueKind::kUnsigned: case ValueKind::kSigned: case ValueKind::kIpv4: return v.u != 0;
    case ValueKind::kFloat: return v.d != 0;
    case ValueKind::kTime: return v.time.seconds || v.time.nanos;
    case ValueKind::kString: return v.n != 0;
    case ValueKind::kIpv6: return std::any_of(v.p, v.p + 16, [](uint8_t b) { return b; });
    default: return std::any_of(v.p, v.p + v.n, [](uint8_t b) { return b; });
  }
}

uint8_t innermost_layer(Dissection& d, FieldId id) {
  uint8_t number = 0;
  for (const Occurrence* o = d.first(id); o; o = d.next(*o)) number = std::max(number, d.layers.stack[o->layer].number);
  return number;
}

void Values::field(const Operand& operand, Dissection& d, DatumList& out) {
  for (FieldId id : operand.fields) {
    const dissect::FieldDef& def = Registry::get()[id];
    const uint8_t innermost = operand.layers.empty() ? 0 : innermost_layer(d, id);
    for (const Occurrence* o = d.first(id); o; o = d.next(*o)) {
      const dissect::LayerRef& layer = d.layers.stack[o->layer];
      if (!operand.layers.empty()) {
        // Layers are numbered from 1; ranges use slice notation over those numbers, negative ones count from the last.
        bool kept = false;
        for (const Range& r : operand.layers) {
          int64_t number = layer.number, first = r.first < 0 ? innermost + r.first + 1 : r.first;
          if (r.form == Range::Form::kFrom) kept |= number >= first;
          else if (r.form == Range::Form::kOffsetLength) kept |= number >= first && number < first + r.second;
          else kept |= r.second >= 0 && number >= first && number <= r.second;
        }
        if (!kept) continue;
      }
      Datum v;
      if (operand.raw) {
        const dissect::Bytes item = d.covered(*o);
        v.kind = ValueKind::kBytes;
        v.p = item.data(), v.n = v.search = static_cast<uint32_t>(item.size());
        out.push_back(v);
        continue;
      }
      v.kind = operand.kind;
      switch (v.kind) {
        case ValueKind::kFloat: v.d = o->value.d; break;
        case ValueKind::kTime: v.time = o->value.time(); break;
        case ValueKind::kUnsigned: case ValueKind::kSigned: case ValueKind::kIpv4: v.u = o->value.u; break;
        case ValueKind::kIpv6: case ValueKind::kGuid: v.p = o->value.p, v.n = v.search = 16; break;
        case ValueKind::kProtocol: {
          v.p = o->value.p, v.n = o->value.n;
          v.search = def.is_protocol ? static_cast<uint32_t>(d.searched(layer).size()) : v.n;
          if (Registry::get().protocol(def.proto).pseudo) v.n = v.search = 0;  // a note; its text is for people, and no bytes are its own
          break;
        }
        case ValueKind::kNone: break;
        default: v.p = o->value.p, v.n = v.search = o->value.n;
      }
      out.push_back(v);
    }
  }
}

void Values::slice(const Operand& operand, Dissection& d, DatumList& out) {
  Scratch inner(*this);
  collect(*operand.operands[0], d, inner.list);
  for (const Datum& v : inner.list) {
    const uint8_t* p = v.p;
    uint32_t n = v.n;
    uint8_t four[4];
    if (v.kind == ValueKind::kIpv4) {
      for (int i = 0; i < 4; ++i) four[i] = static_cast<uint8_t>(v.u >> (24 - 8 * i));
      auto* kept = reinterpret_cast<uint8_t*>(d.arena.take(4));
      std::memcpy(kept, four, 4);
      p = kept, n = 4;
    } else if (v.kind == ValueKind::kIpv6) {
      n = 16;
    }
    bool text = operand.kind == ValueKind::kString;
    int64_t size = n;
    if (text) size = std::count_if(p, p + n, [](uint8_t b) { return (b & 0xc0) != 0x80; });
    Datum piece;
    piece.kind = operand.kind;
    bool single = operand.ranges.size() == 1;
    std::string& joined = text_;
    joined.clear();
    for (const Range& r : operand.ranges) {
      int64_t begin = 0, length = 0;
      if (!resolve(r, size, begin, length)) break;  // the pieces before the first that does not fit are kept
      size_t first = static_cast<size_t>(begin), bytes = static_cast<size_t>(length);
      if (text) first = character_offset(p, n, begin), bytes = character_offset(p + first, n - first, length);
      if (single) piece.p = p + first, piece.n = static_cast<uint32_t>(bytes);
      else joined.append(reinterpret_cast<const char*>(p + first), bytes);
    }
    if (!single) {
      std::string_view kept = d.arena.keep(joined);
      piece.p = reinterpret_cast<const uint8_t*>(kept.data()), piece.n = static_cast<uint32_t>(kept.size());
    }
    piece.search = piece.n;
    out.push_back(piece);
  }
}

void Values::collect(const Operand& operand, Dissection& d, DatumList& out) {
  switch (operand.form) {
    case Operand::Form::kField: return field(operand, d, out);
    case Operand::Form::kConstant:
    case Operand::Form::kReference:
      for (const Constant& c : operand.constants) out.push_back(datum_of(c));
      return;
    case Operand::Form::kSlice: return slice(operand, d, out);
    case Operand::Form::kFunction: {
      Scratch scratch(*this);
      size_t fields = 0;
      for (const auto& argument : operand.operands) collect(*argument, d, scratch.list), ++fields;
      return call(operand, scratch.list, d, out);
    }
    case Operand::Form::kArithmetic: return arithmetic(operand, d, out);
    case Operand::Form::kValueName: {
      Scratch scratch(*this);
      collect(*operand.operands[0], d, scratch.list);
      return value_names(*operand.operands[0], scratch.list, out);
    }
  }
}

void Values::arithmetic(const Operand& operand, Dissection& d, DatumList& out) {
  Scratch left(*this);
  collect(*operand.operands[0], d, left.list);
  if (operand.op == ArithmeticOp::kNegate) {
    for (const Datum& v : left.list) calculate(ArithmeticOp::kNegate, v, v, d, out);
    return;
  }
  Scratch right(*this);
  collect(*operand.operands[1], d, right.list);
  for (const Datum& a : left.list)
    for (const Datum& b : right.list) calculate(operand.op, a, b, d, out);
}

// Arithmetic whose operands are there, but none of whose results is defined (a division by zero): "all" holds of them.
// So in Wireshark; of an absent field and of a function without value nothing holds.
bool Values::undefined(const Operand& operand, Dissection& d) {
  return operand.form == Operand::Form::kArithmetic && std::all_of(operand.operands.begin(), operand.operands.end(), [&](const auto& part) {
           Scratch values(*this);
           collect(*part, d, values.list);
           return !values.list.empty() || undefined(*part, d);
         });
}

bool Values::in_set(const Test& test, const Datum& value, Dissection& d) {
  for (const SetElement& element : test.set) {
    Scratch low(*this);
    collect(*element.low, d, low.list);
    if (!element.high) {
      for (const Datum& v : low.list)
        if (compare(value, v, Compare::kEqual)) return true;
      continue;
    }
    Scratch high(*this);
    collect(*element.high, d, high.list);
    for (const Datum& lo : low.list)
      for (const Datum& hi : high.list)
        if (compare(value, lo, Compare::kGreaterEqual) && compare(value, hi, Compare::kLessEqual)) return true;
  }
  return false;
}

bool Values::test(const Test& t, Dissection& d) {
  switch (t.form) {
    case Test::Form::kTrue: return true;
    case Test::Form::kFalse: return false;
    case Test::Form::kNot: return !test(*t.tests[0], d);
    case Test::Form::kAnd: return std::all_of(t.tests.begin(), t.tests.end(), [&](const auto& c) { return test(*c, d); });
    case Test::Form::kOr: return std::any_of(t.tests.begin(), t.tests.end(), [&](const auto& c) { return test(*c, d); });
    case Test::Form::kXor: {
      bool odd = false;
      for (const auto& c : t.tests) odd ^= test(*c, d);
      return odd;
    }
    default: break;
  }
  Scratch left(*this);
  collect(*t.left, d, left.list);
  bool all = t.quantifier == Quantifier::kAll;
  if (left.list.empty() && !(all && undefined(*t.left, d))) return false;
  switch (t.form) {
    case Test::Form::kExists:  // a slice of zero bytes is one, an empty slice is none
      return t.left->form != Operand::Form::kSlice || std::any_of(left.list.begin(), left.list.end(), [](const Datum& v) { return v.n != 0; });
    case Test::Form::kTruth: return std::any_of(left.list.begin(), left.list.end(), is_true);
    case Test::Form::kMatches:
      for (const Datum& v : left.list) {
        // No bytes match no pattern, not even an empty one; empty text does. So in Wireshark.
        bool hit = (v.n || v.kind != ValueKind::kBytes) && t.regex->matches(v.p, v.kind == ValueKind::kProtocol ? v.search : v.n);
        if (hit != all) return hit;
      }
      return all;
    case Test::Form::kIn:
    case Test::Form::kInList: {
      // `not in`: no value is in the set, and the field exists; with a quantifier it is that of the membership.
      bool found = all;
      for (const Datum& v : left.list) {
        bool hit = t.form == Test::Form::kIn ? in_set(t, v, d) : in_list(*t.list, v);
        if (hit != all) {
          found = hit;
          break;
        }
      }
      return found != t.negated;
    }
    default: break;
  }
  Scratch right(*this);
  collect(*t.right, d, right.list);
  if (right.list.empty() && !(all && undefined(*t.right, d))) return false;
  for (const Datum& a : left.list)
    for (const Datum& b : right.list) {
      bool hit = t.form == Test::Form::kContains ? contains(a, b) : compare(a, b, t.compare);
      if (hit != all) return hit;
    }
  return all;
}

}  // namespace wiretail::filter
