#include "filter/values.hpp"

#include <algorithm>
#include <cstring>

#include "filter/constant_set.hpp"
#include "filter/functions.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {
namespace {

using dissect::Arena;
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

constexpr size_t kFewValues = 16;  // so many are looked at one by one, in their order
constexpr size_t kKeptLists = 16, kKeptValues = 4096, kKeptBytes = 64 * 1024;

bool has_bytes(ValueKind kind) { return kind == ValueKind::kBytes || kind == ValueKind::kString || kind == ValueKind::kProtocol; }

// A strict order that compare() agrees with: what is no number comes last, and equals itself.
bool before(const Datum& a, const Datum& b) {
  const int r = order(a, b);
  return r == 2 ? b.d != b.d : r < 0;
}
bool equal(const Datum& a, const Datum& b) { return order(a, b) == 0; }

// Protocols are ordered by length beside each other, and not so beside bytes.
bool sortable(const DatumList& list) { return list.empty() || list[0].kind != ValueKind::kProtocol; }

bool is_nan(const Datum& v) { return v.kind == ValueKind::kFloat && v.d != v.d; }

// Leaves the lowest or highest value, and one that is no number if there is any.
void keep_extreme(DatumList& list, bool highest) {
  const auto nans = std::partition(list.begin(), list.end(), [](const Datum& v) { return !is_nan(v); });
  size_t kept = 0;
  const bool nan = nans != list.end();
  Datum extreme, no_number;
  if (nan) no_number = *nans;
  if (nans != list.begin()) extreme = highest ? *std::max_element(list.begin(), nans, before) : *std::min_element(list.begin(), nans, before), kept = 1;
  list.resize(kept + nan);
  if (kept) list[0] = extreme;
  if (nan) list[kept] = no_number;
}

// All pairs of two long lists, without looking at each: by order for equality, by the lowest and highest for the rest.
bool compare_many(Compare op, bool all, DatumList& left, DatumList& right) {
  if (op == Compare::kNotEqual) return !compare_many(Compare::kEqual, !all, left, right);
  if (op == Compare::kEqual && all) {
    return std::all_of(right.begin(), right.end(), [&](const Datum& b) { return equal(left[0], b); }) && std::all_of(left.begin(), left.end(), [&](const Datum& a) { return equal(a, right[0]); });
  }
  if (op == Compare::kEqual) {
    std::sort(left.begin(), left.end(), before);
    return std::any_of(right.begin(), right.end(), [&](const Datum& b) {
      auto at = std::lower_bound(left.begin(), left.end(), b, before);
      return at != left.end() && equal(*at, b);
    });
  }
  // "Some is less": the lowest is less than the highest; "every one is": the highest is less than the lowest.
  const bool less = op == Compare::kLess || op == Compare::kLessEqual;
  keep_extreme(left, less == all);
  keep_extreme(right, less != all);
  for (const Datum& a : left)
    for (const Datum& b : right)
      if (Values::compare(a, b, op) != all) return !all;
  return all;
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

Values::Scratch::~Scratch() {
  // A chain of arithmetic over many values fills a list a link: only the outermost keep what they grew to.
  if (--values_.depth_ >= kKeptLists && list.capacity() > kKeptValues) DatumList().swap(list);
}

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

bool found_in(const Test& t, dissect::Bytes bytes) {
  if (bytes.empty()) return false;  // no bytes match no pattern, not even an empty one, and contain nothing
  if (t.form == Test::Form::kMatches) return t.regex->matches(bytes.data(), bytes.size());
  const std::string& text = t.right->constants[0].bytes;
  return text.size() <= bytes.size() && (text.empty() || memmem(bytes.data(), bytes.size(), text.data(), text.size()));
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
  gather(*operand.operands[0], d, inner.list);
  for (const Datum& v : inner.list) {
    const uint8_t* p = v.p;
    uint32_t n = v.n;
    uint8_t four[4];
    if (v.kind == ValueKind::kIpv4) {
      for (int i = 0; i < 4; ++i) four[i] = static_cast<uint8_t>(v.u >> (24 - 8 * i));
      auto* kept = reinterpret_cast<uint8_t*>(arena_->take(4));
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
      std::string_view kept = arena_->keep(joined);
      piece.p = reinterpret_cast<const uint8_t*>(kept.data()), piece.n = static_cast<uint32_t>(kept.size());
    }
    piece.search = piece.n;
    out.push_back(piece);
  }
}

void Values::begin(Arena& arena) {
  // Most tests' texts fit into one block, which stays; what a few need is given back.
  if (&arena == &own_) {
    if (own_.taken() > kKeptBytes) own_ = Arena();
    own_.reset();
  }
  arena_ = &arena;
  combinations_ = kMaxTestCombinations, masked_ = 0, left_out_ = 0;
}

bool Values::collect(const Operand& operand, Dissection& d, DatumList& out) {
  begin(d.arena);  // the values outlive the tests that are asked next
  return gather(operand, d, out);
}

bool Values::gather(const Operand& operand, Dissection& d, DatumList& out) {
  const size_t before = out.size();
  switch (operand.form) {
    case Operand::Form::kField: field(operand, d, out); break;
    case Operand::Form::kConstant:
    case Operand::Form::kReference:
      for (const Constant& c : operand.constants) out.push_back(datum_of(c));
      break;
    case Operand::Form::kSlice: slice(operand, d, out); break;
    case Operand::Form::kFunction: {
      Scratch scratch(*this);
      for (const auto& argument : operand.operands) gather(*argument, d, scratch.list);
      call(operand, scratch.list, *arena_, out);
      break;
    }
    case Operand::Form::kArithmetic: return arithmetic(operand, d, out);
    case Operand::Form::kValueName: {
      Scratch scratch(*this);
      gather(*operand.operands[0], d, scratch.list);
      value_names(*operand.operands[0], scratch.list, out);
      break;
    }
  }
  return out.size() > before;
}

// True where the operands are there, though none of the results may be defined (a division by zero): "all" holds of that. So in
// Wireshark; of an absent field and of a function without value nothing holds.
bool Values::arithmetic(const Operand& operand, Dissection& d, DatumList& out) {
  Scratch left(*this);
  const bool one = gather(*operand.operands[0], d, left.list);
  if (operand.op == ArithmeticOp::kNegate) {
    for (const Datum& v : left.list) calculate(ArithmeticOp::kNegate, v, v, *arena_, out);
    return one;
  }
  Scratch right(*this);
  const bool other = gather(*operand.operands[1], d, right.list);
  const uint64_t all = uint64_t{left.list.size()} * right.list.size(), most = std::min<uint64_t>({all, kMaxCombinations, combinations_});
  combinations_ -= static_cast<uint32_t>(most);
  left_out_ += all - most;
  uint64_t taken = 0;
  for (const Datum& a : left.list)
    for (const Datum& b : right.list) {
      if (taken++ == most) return one && other;
      if (has_bytes(a.kind)) {
        const size_t bytes = std::min(a.n, b.n);
        if (bytes > kMaxMaskedBytes - masked_) {
          ++left_out_;
          continue;
        }
        masked_ += bytes;
      }
      calculate(operand.op, a, b, *arena_, out);
    }
  return one && other;
}

bool Values::in_set(const Test& test, const Datum& value, Dissection& d) {
  begin(d.arena);
  Scratch one(*this);
  one.list.push_back(value);
  return in_set(test, one.list, d);
}

// Whether some value (every one, as the quantifier has it) is in the set. The list is put in order, and shortened.
bool Values::in_set(const Test& test, DatumList& left, Dissection& d) {
  const bool all = test.quantifier == Quantifier::kAll;
  const ConstantSet* constants = test.sorted.get();
  if (constants && std::all_of(left.begin(), left.end(), [&](const Datum& v) { return constants->orders(v); })) {
    auto found = [&](const Datum& v) { return constants->has(v); };
    if (constants->others().empty()) return all ? std::all_of(left.begin(), left.end(), found) : std::any_of(left.begin(), left.end(), found);
    if (!all && std::any_of(left.begin(), left.end(), found)) return true;
    if (all) left.erase(std::remove_if(left.begin(), left.end(), found), left.end());
    if (left.empty()) return true;
  } else {
    constants = nullptr;
  }
  const bool sorted = left.size() > kFewValues && sortable(left);
  if (sorted) {
    std::sort(left.begin(), left.end(), before);
    left.erase(std::unique(left.begin(), left.end(), equal), left.end());
  }
  // A value that was found is marked by its `search`, which nothing compares.
  constexpr uint32_t kFound = 1;
  for (Datum& v : left) v.search = 0;
  size_t missing = left.size();
  auto found = [&](Datum& v) {
    if (!v.search) v.search = kFound, --missing;
    return !all || missing == 0;
  };
  auto decides = [&](const SetElement& element) {
    Scratch low(*this), high(*this);
    gather(*element.low, d, low.list);
    if (element.high) gather(*element.high, d, high.list);
    if (low.list.empty() || (element.high && high.list.empty())) return false;
    if (!element.high) {
      for (const Datum& c : low.list) {
        auto at = sorted ? std::lower_bound(left.begin(), left.end(), c, before) : left.begin();
        for (; at != left.end(); ++at) {
          const bool hit = compare(*at, c, Compare::kEqual);
          if (hit && found(*at)) return true;
          if (!hit && sorted) break;
        }
      }
      return false;
    }
    // Any beginning with any end: the lowest with the highest, but for what is no number.
    const bool wide = low.list.size() + high.list.size() > 2 && sortable(low.list) && sortable(high.list);
    if (wide) {
      keep_extreme(low.list, false);
      keep_extreme(high.list, true);
    }
    for (Datum& v : left) {
      const bool above = std::any_of(low.list.begin(), low.list.end(), [&](const Datum& lo) { return compare(v, lo, Compare::kGreaterEqual); });
      if (above && std::any_of(high.list.begin(), high.list.end(), [&](const Datum& hi) { return compare(v, hi, Compare::kLessEqual); }) && found(v)) return true;
    }
    return false;
  };
  if (!constants) return std::any_of(test.set.begin(), test.set.end(), decides);
  return std::any_of(constants->others().begin(), constants->others().end(), [&](uint32_t other) { return decides(test.set[other]); });
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
    case Test::Form::kContains:
    case Test::Form::kMatches:
      if (const dissect::FieldDef* bytes = bytes_at_hand(*t.left)) {
        if (t.form == Test::Form::kContains && t.right->form != Operand::Form::kConstant) break;
        const bool every = t.quantifier == Quantifier::kAll;
        bool any = false, answer = false;
        each_bytes(*bytes, d, [&](dissect::Bytes v) {
          any = true, answer = found_in(t, v);
          return answer == every;
        });
        return any && answer;
      }
      break;
    default: break;
  }
  begin(own_);
  Scratch left(*this);
  bool all = t.quantifier == Quantifier::kAll;
  const bool there = gather(*t.left, d, left.list);
  if (left.list.empty() && !(all && there)) return false;
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
    // `not in`: no value is in the set, and the field exists; with a quantifier it is that of the membership.
    case Test::Form::kIn: return (left.list.empty() ? all : in_set(t, left.list, d)) != t.negated;
    case Test::Form::kInList: {
      bool found = all;
      for (const Datum& v : left.list) {
        bool hit = in_list(*t.list, v);
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
  const bool other = gather(*t.right, d, right.list);
  if (right.list.empty() && !(all && other)) return false;
  if (t.form == Test::Form::kCompare && left.list.size() > kFewValues && right.list.size() > kFewValues && sortable(left.list) && sortable(right.list))
    return compare_many(t.compare, all, left.list, right.list);
  for (const Datum& a : left.list)
    for (const Datum& b : right.list) {
      bool hit = t.form == Test::Form::kContains ? contains(a, b) : compare(a, b, t.compare);
      if (hit != all) return hit;
    }
  return all;
}

}  // namespace wiretail::filter
