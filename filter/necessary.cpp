#include "filter/necessary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "dissect/registry.hpp"
#include "filter/check.hpp"
#include "filter/implied.hpp"
#include "filter/look_up.hpp"
#include "filter/places.hpp"
#include "filter/regex_literal.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {

using dissect::FieldDef;
using dissect::Registry;

const FieldDef* fixed_field(const Operand& o) {
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty()) return nullptr;
  const FieldDef& def = Registry::get()[o.fields[0]];
  return def.is_protocol || def.row->fixed.offset < 0 ? nullptr : &def;
}

namespace {

constexpr size_t kMaxRange = 64;  // values of a range that are asked one by one
constexpr size_t kFewestLiterals = 64, kMostLiterals = 1024;  // of one set, by the number of filters ...
constexpr size_t kAllLiterals = 200'000;                      // ... of which no more than about so many look-ups are made
constexpr size_t kFewestCounters = 1 << 12, kMostCounters = 1 << 20;  // 4 MiB
constexpr size_t kShortestNeedle = 3;    // in bytes; texts are short, and any length will do
constexpr unsigned kFewestBits = 4;  // of a number: of fewer the values are all common

// Of the number at a fixed place.
unsigned bits_of(const FieldDef& f) { return f.row->mask ? static_cast<unsigned>(std::popcount(f.row->mask)) : 8u * f.row->fixed.width; }

// The one field behind an operand whose values need one of its own; null: none, or several.
const Operand* field_behind(const Operand& o) {
  if (o.form == Operand::Form::kField) return o.fields.size() == 1 ? &o : nullptr;
  if (o.form == Operand::Form::kConstant || o.form == Operand::Form::kReference) return nullptr;
  for (const auto& c : o.operands)  // one absent operand leaves all of these without a value, but max and min
    if (const Operand* f = o.function == Function::kMax || o.function == Function::kMin ? nullptr : field_behind(*c)) return f;
  return nullptr;
}

// The protocols of whose layers one must be there for the field to be: its own, and those that emit its rows. Empty: any.
std::vector<dissect::ProtoId> carriers(const FieldDef& f) {
  const Registry& registry = Registry::get();
  if (f.proto == dissect::id::kFrame || registry.protocol(f.proto).pseudo || (f.row && (f.row->flags & (dissect::kForeign | dissect::kElsewhere)))) return {};
  if (f.is_protocol) return {f.proto};
  return protocols_with_rows_of(f.proto);
}

// A field in all layers, or its lower or upper case.
bool plain(const Operand& o) {
  if (o.form == Operand::Form::kFunction && (o.function == Function::kLower || o.function == Function::kUpper)) return plain(*o.operands[0]);
  return o.form == Operand::Form::kField && o.fields.size() == 1 && !o.raw && o.layers.empty();
}

// An operand of arithmetic whose values are some bytes each, however many there are.
bool small_results(const Operand& o) {
  if (o.form == Operand::Form::kArithmetic && (o.kind == ValueKind::kBytes || o.kind == ValueKind::kString)) return false;
  return std::all_of(o.operands.begin(), o.operands.end(), [](const auto& c) { return small_results(*c); });
}

bool has_field(const Operand& o) {
  return o.form == Operand::Form::kField || std::any_of(o.operands.begin(), o.operands.end(), [](const auto& c) { return has_field(*c); });
}

// Whether a test's values can be looked up: they come from fields (slices, functions, arithmetic), and without a value the test is false.
bool readable(const Test& t) {
  const Operand& o = *t.left;
  // With `all`, arithmetic that has no result contradicts nothing.
  return plain(o) || (t.quantifier == Quantifier::kAny && has_field(o) && small_results(o));
}

// One of these must be there for the operand to have a value; where that cannot be told, any packet may.
dissect::ProtoSet carriers_of(const Operand& o) {
  dissect::ProtoSet out;
  if (const Operand* field = field_behind(o))
    for (dissect::ProtoId p : carriers(Registry::get()[field->fields[0]])) out.add(p);
  if (out.empty()) out.add(dissect::id::kFrame);
  return out;
}

// The range that a value must be in; either end may be absent. False: none can be told.
bool range_of(const Constant* least, const Constant* most, Necessary& out) {
  const Operand& o = *out.operand;
  out.kind = Necessary::Kind::kRange;
  out.prefix = 0xff;
  out.least = {}, out.most = kLastPlace;
  for (const Constant* c : {least, most}) {
    if (!c) continue;
    const auto place = c->kind == o.kind ? LookUps::order_of(datum_of(*c), o.kind) : std::nullopt;
    if (!place) return false;
    (c == least ? out.least : out.most) = *place;
  }
  return true;
}

// The addresses of a prefix as a range, for fields that are not read at a fixed place.
bool prefix_range(const Constant& c, Necessary& out) {
  Constant low = c, high = c;
  low.prefix = high.prefix = 0xff;
  if (c.kind == ValueKind::kIpv4) {
    low.u = c.u & prefix_mask(c.prefix), high.u = low.u | (0xffffffffu & ~prefix_mask(c.prefix));
  } else {
    for (size_t bit = c.prefix; bit < 128; ++bit) {
      const auto mask = static_cast<uint8_t>(0x80u >> bit % 8);
      low.bytes[bit / 8] = static_cast<char>(static_cast<uint8_t>(low.bytes[bit / 8]) & ~mask);
      high.bytes[bit / 8] = static_cast<char>(static_cast<uint8_t>(high.bytes[bit / 8]) | mask);
    }
  }
  return range_of(&low, &high, out);
}

// The literal that a value equal to `c` is found by, of an operand that `out` names; false: none.
bool necessary_of(const Constant& c, Necessary& out) {
  const Operand& o = *out.operand;
  if (c.kind != o.kind) return false;
  out.prefix = c.prefix;
  const FieldDef* fixed = fixed_field(o);
  bool narrow = c.prefix != 0xff && c.prefix < (o.kind == ValueKind::kIpv6 ? 16 : 8);
  switch (o.kind) {
    case ValueKind::kUnsigned:
      if (fixed && bits_of(*fixed) < kFewestBits) return false;
      out.kind = fixed ? Necessary::Kind::kNumber : Necessary::Kind::kValue;
      out.prefix = 0xff;
      out.key = c.u;
      return true;
    case ValueKind::kIpv4:
      if (!fixed && c.prefix < 32) return prefix_range(c, out);
      if (narrow) return false;
      out.kind = fixed ? Necessary::Kind::kNumber : Necessary::Kind::kValue;
      out.prefix = !fixed ? 0xff : std::min<uint8_t>(c.prefix, 32);
      out.key = c.u & prefix_mask(c.prefix);
      return true;
    case ValueKind::kIpv6:
      if (!fixed && c.prefix < 128) return prefix_range(c, out);
      if (narrow) return false;
      out.kind = fixed ? Necessary::Kind::kBytes : Necessary::Kind::kValue;
      out.prefix = !fixed ? 0xff : std::min<uint8_t>(c.prefix, 128);
      out.key = LookUps::hash(reinterpret_cast<const uint8_t*>(c.bytes.data()), 16, out.prefix);
      return true;
    case ValueKind::kString:
    case ValueKind::kBytes:
      out.prefix = 0xff;
      if (fixed && c.bytes.size() != fixed->row->fixed.width) return false;
      out.kind = fixed ? Necessary::Kind::kBytes : Necessary::Kind::kValue;
      out.key = LookUps::hash(reinterpret_cast<const uint8_t*>(c.bytes.data()), c.bytes.size(), 0xff);
      return true;
    case ValueKind::kSigned:
    case ValueKind::kFloat:
    case ValueKind::kTime:
      out.prefix = 0xff;
      out.kind = Necessary::Kind::kValue;
      out.key = LookUps::key_of(datum_of(c));
      return true;
    default: return false;
  }
}

// The bound that some value must be within: a spread that is open at one end.
bool ordering_of(const Test& t, Necessary& out) {
  out.operand = t.left.get(), out.carriers = carriers_of(*t.left);
  const Constant& c = t.right->constants[0];
  switch (t.compare) {
    case Compare::kLess:
    case Compare::kLessEqual: if (!range_of(nullptr, &c, out)) return false; break;
    case Compare::kGreater:
    case Compare::kGreaterEqual: if (!range_of(&c, nullptr, out)) return false; break;
    default: return false;
  }
  out.kind = Necessary::Kind::kSpread;
  if (c.kind != ValueKind::kUnsigned && c.kind != ValueKind::kIpv4) return true;  // of others several have one place in the order
  // Above the highest nothing is, and no field is below zero (a difference may be): a range without values.
  if (t.compare == Compare::kGreater && out.least.high != UINT64_MAX) ++out.least.high;
  else if (t.compare == Compare::kGreater) out.most = {};
  if (t.compare == Compare::kLess && out.most.high != 0) --out.most.high;
  else if (t.compare == Compare::kLess && t.left->form == Operand::Form::kField) out.least = kLastPlace;
  return true;
}

// What a value that is one element of a set is found by, as `one` reads it. A short range is its values. False: it cannot be told.
bool add_element(const Constant& low, const Constant* high, Necessary one, Necessaries& out) {
  const ValueKind kind = one.operand->kind;
  if (!high) return necessary_of(low, one) ? out.push_back(one), true : false;
  if (kind == ValueKind::kUnsigned && low.kind == high->kind && high->u >= low.u && high->u - low.u < kMaxRange && necessary_of(low, one)) {
    for (Constant c = low; c.u <= high->u; ++c.u) {
      if (necessary_of(c, one)) out.push_back(one);
      if (c.u == UINT64_MAX) break;
    }
    return true;
  }
  return range_of(&low, high, one) ? out.push_back(one), true : false;
}

bool add_text(const std::string& text, Necessary one, Necessaries& out) {
  if (text.size() < (one.operand->kind == ValueKind::kString ? 1 : kShortestNeedle)) return false;
  one.kind = Necessary::Kind::kText, one.needle = text;
  return out.push_back(std::move(one)), true;
}

// Every way to find the test: each a list of literals of which one must occur.
void ways(const Test& t, bool events, size_t max_literals, std::vector<Necessaries>& out) {
  if (!t.left) return;
  Necessary one;
  const bool looked_up = readable(t);
  if (looked_up) one.operand = t.left.get(), one.carriers = carriers_of(*t.left);
  switch (t.form) {
    case Test::Form::kCompare:
      if (!looked_up || t.right->form != Operand::Form::kConstant) break;
      if (t.compare == Compare::kEqual ? necessary_of(t.right->constants[0], one) : ordering_of(t, one)) out.push_back({one});
      break;
    case Test::Form::kIn: {
      if (t.negated || !looked_up || t.set.size() > max_literals) break;
      Necessaries all;
      all.reserve(t.set.size());
      const bool good = std::all_of(t.set.begin(), t.set.end(), [&](const SetElement& e) {
        if (e.low->form != Operand::Form::kConstant || (e.high && e.high->form != Operand::Form::kConstant)) return false;
        return add_element(e.low->constants[0], e.high ? &e.high->constants[0] : nullptr, one, all) && all.size() <= max_literals;
      });
      if (good && !all.empty()) out.push_back(std::move(all));
      break;
    }
    case Test::Form::kInList: {
      if (t.negated || !looked_up) break;
      Necessaries all;
      const auto values = t.list->values(t.left->kind, max_literals);
      const bool good = values && std::all_of(values->begin(), values->end(), [&](const ValueList::Values& v) {
        if (!v.within) return add_element(v.low, v.high ? &*v.high : nullptr, one, all) && all.size() <= max_literals;
        return add_text(v.low.bytes, one, all);
      });
      if (good && !all.empty()) out.push_back(std::move(all));
      break;
    }
    case Test::Form::kContains:
    case Test::Form::kMatches: {
      if (!looked_up) break;
      if (t.left->kind != ValueKind::kString && t.left->kind != ValueKind::kBytes && t.left->kind != ValueKind::kProtocol) break;
      std::vector<AnyOfTexts> texts;
      if (t.form == Test::Form::kMatches) texts = necessary_texts(t.pattern);
      else if (t.right->form == Operand::Form::kConstant) texts.push_back({t.right->constants[0].bytes});
      for (const AnyOfTexts& any : texts) {
        Necessaries way;
        if (std::all_of(any.begin(), any.end(), [&](const std::string& text) { return add_text(text, one, way); })) out.push_back(std::move(way));
      }
      break;
    }
    default: break;
  }
  if (std::shared_ptr<const Test> weaker = implied_by(t)) {
    const size_t before = out.size();
    ways(*weaker, events, max_literals, out);
    for (size_t i = before; i < out.size(); ++i)
      for (Necessary& l : out[i]) l.implied = weaker;
    return;  // the test needs no other protocols than that
  }
  if (events) return;  // what an event has is not all in layers
  Necessaries presence;
  for (dissect::ProtoId proto : needed_protocols(t)) presence.emplace_back().proto = proto;
  if (!presence.empty()) out.push_back(std::move(presence));
}

// Of `f >= a && f <= b` both bounds at once, for each operand of a conjunction that has two: they may hold of two values.
void pairs_of_bounds(const Test& conjunction, std::vector<Necessaries>& out) {
  struct Bounds { Necessary both; bool least = false, most = false; };
  std::map<std::string, Bounds> found;
  for (const auto& t : conjunction.tests) {
    Necessary one;
    if (t->form != Test::Form::kCompare || t->compare == Compare::kEqual || t->compare == Compare::kNotEqual) continue;
    if (t->right->form != Operand::Form::kConstant || !readable(*t) || !ordering_of(*t, one)) continue;
    const bool least = t->compare == Compare::kGreater || t->compare == Compare::kGreaterEqual;
    Bounds& b = found[reading_of(one)];
    if (!b.least && !b.most) b.both = one;
    else if (least) b.both.least = std::max(b.both.least, one.least);
    else b.both.most = std::min(b.both.most, one.most);
    (least ? b.least : b.most) = true;
  }
  for (auto& [reading, b] : found)
    if (b.least && b.most) out.push_back({std::move(b.both)});
}

uint64_t combined(uint64_t a, uint64_t b) { return (a ^ (b + 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu ^ (a >> 29); }

bool has_bounds(const Necessary& l) { return l.kind == Necessary::Kind::kRange || l.kind == Necessary::Kind::kSpread; }

// The same number for the same literal, and for the same reading. Two that share one by chance cost a look-up's choice, no more.
uint64_t number_of_reading(const Necessary& l) { return std::hash<std::string>()(reading_of(l)); }
// The same for literal after literal: most of a test's have one operand.
class ReadingNumbers {
 public:
  uint64_t of(const Necessary& l) {
    if (!l.operand) return number_of_reading(l);
    if (l.operand != operand_) operand_ = l.operand, number_ = number_of_reading(l);
    return number_;
  }

 private:
  const Operand* operand_ = nullptr;
  uint64_t number_ = 0;
};
uint64_t number_of(const Necessary& l, uint64_t reading) {
  const uint64_t kind = static_cast<uint64_t>(l.kind) << 8 | l.prefix;
  const uint64_t value = l.kind == Necessary::Kind::kText ? std::hash<std::string>()(l.needle) : has_bounds(l) ? combined(combined(l.least.high, l.least.low), combined(l.most.high, l.most.low)) : l.key;
  return combined(combined(kind, reading), value) * 0x9e3779b97f4a7c15u;  // the high bits choose the counter
}

// Read as it is where its protocol lies. Not so what is computed, and what may be in any packet (the columns).
bool at_hand(const Operand& o) {
  if (!plain(o)) return false;
  const FieldDef& f = Registry::get()[field_behind(o)->fields[0]];
  return f.proto == dissect::id::kFrame || !carriers(f).empty();
}

// Which part of an operand's values may lie in a range. Small numbers are more common than large ones: by the number of their bits.
double share(const Necessary& range) {
  constexpr double kLeast = 0.03;
  if (range.operand->kind != ValueKind::kUnsigned) return range.least != Place{} && range.most != kLastPlace ? 0.1 : 0.85;
  const FieldDef* fixed = fixed_field(*range.operand);
  const double bits = fixed ? bits_of(*fixed) : 32;
  auto part = [bits](uint64_t value) { return std::min(1.0, static_cast<double>(std::bit_width(value)) / bits); };
  // Within one power of two by its length.
  const uint64_t least = range.least.high, most = range.most.high;
  const double within = most > least ? static_cast<double>(most - least) / static_cast<double>(most) : 0;
  return std::clamp(std::min(within, part(most) - part(least) + 1 / bits), kLeast, 1.0);
}

// As weight(): one value of a number of so many bits. Flags and lifetimes have few values that occur.
double of_bits(unsigned bits) { return bits >= 12 ? 60 : 60 + 40.0 * (12 - bits); }

// How many packets in a thousand a literal may let through. Guesses; only their order matters.
double weight(const Necessary& l) {
  switch (l.kind) {
    case Necessary::Kind::kNumber: return l.prefix == 0xff ? of_bits(bits_of(*fixed_field(*l.operand))) : l.prefix >= 32 ? 10 : 10 + 2 * (32 - l.prefix);
    case Necessary::Kind::kBytes: return 10;
    case Necessary::Kind::kValue: return at_hand(*l.operand) ? 15 : 70;
    case Necessary::Kind::kText: return (l.operand->kind == ValueKind::kProtocol ? 30 : at_hand(*l.operand) ? 20 : 80) * (l.needle.size() > 2 ? 1 : l.needle.size() > 1 ? 4 : 10);
    case Necessary::Kind::kPresence: return 400;
    case Necessary::Kind::kRange:
    case Necessary::Kind::kSpread: return 400 * share(l);
  }
  return 1000;
}
// What it costs to read the operand of a packet, whoever asks: shared by all that read the same.
double reading_cost(const Necessary& l) {
  if (!l.operand) return 0;
  if (!at_hand(*l.operand)) return 400;
  return has_bounds(l) && !fixed_field(*l.operand) ? 150 : 0;  // many packets go on to the filter, which would read the field anyhow
}

}  // namespace

std::vector<dissect::ProtoId> needed_protocols(const Test& t) {
  // Whatever the test: without its field it is false.
  const Operand* field = t.left ? field_behind(*t.left) : nullptr;
  return field ? carriers(Registry::get()[field->fields[0]]) : std::vector<dissect::ProtoId>();
}

bool needs_note(const Test& t) {
  const Operand* field = t.left ? field_behind(*t.left) : nullptr;
  if (!field) return false;
  const FieldDef& def = Registry::get()[field->fields[0]];
  return def.row && def.row->flags & dissect::kNoted;
}

std::string reading_of(const Necessary& l) {
  if (l.kind == Necessary::Kind::kPresence) return std::to_string(l.proto);  // two may have one name
  if (l.operand->form == Operand::Form::kField && plain(*l.operand)) return std::to_string(l.operand->fields[0]);
  // Of cases within cases the outermost alone counts.
  if (plain(*l.operand)) {
    const Operand* field = l.operand;
    while (field->form == Operand::Form::kFunction) field = field->operands[0].get();
    return (l.operand->function == Function::kLower ? "lower " : "upper ") + std::to_string(field->fields[0]);
  }
  return print_operand(*l.operand) + " " + std::to_string(static_cast<int>(l.operand->kind));  // slices of text and of its bytes are printed alike
}

Chooser::Chooser(bool events, size_t filters)
    : events_(events), max_literals_(std::clamp(kAllLiterals / std::max<size_t>(filters, 1), kFewestLiterals, kMostLiterals)) {
  const size_t counters = std::bit_ceil(std::clamp(filters * 64, kFewestCounters, kMostCounters));
  literals_.resize(counters);
  shift_ = 64 - static_cast<unsigned>(std::bit_width(counters - 1));
}

void Chooser::count(const Test& t) {
  std::vector<Necessaries> found;
  if (t.form == Test::Form::kAnd || t.form == Test::Form::kOr || t.form == Test::Form::kXor) {
    for (const auto& c : t.tests) count(*c);
    if (t.form == Test::Form::kAnd) pairs_of_bounds(t, found);
  } else {
    ways(t, events_, max_literals_, found);
  }
  ReadingNumbers readings;
  for (const Necessaries& way : found)
    for (const Necessary& l : way) {
      const uint64_t reading = readings.of(l);
      ++asked(number_of(l, reading)), ++readings_[reading];
    }
}

bool Chooser::choose(const Test& t, Necessaries& best) const {
  double cost = 0;
  return choose(t, best, cost);
}

// The way that costs least: how often it lets a packet through, and how many filters wait there already.
bool Chooser::choose(const Test& t, Necessaries& best, double& cost) const {
  if (t.form == Test::Form::kOr || t.form == Test::Form::kXor) {  // of what `xor` joins one is true at least
    cost = 0;
    for (const auto& c : t.tests) {
      Necessaries part;
      double more = 0;
      if (!choose(*c, part, more)) return false;
      cost += more;
      best.insert(best.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    return !best.empty();
  }
  bool found = false;
  auto offer = [&](Necessaries&& way, double price) {
    if (found && price >= cost) return;
    best = std::move(way), cost = price, found = true;
  };
  constexpr double kCommonest = 300;
  std::vector<Necessaries> all;
  if (t.form == Test::Form::kAnd) {
    pairs_of_bounds(t, all);
  } else {
    ways(t, events_, max_literals_, all);
  }
  ReadingNumbers readings;
  for (Necessaries& way : all) {
    double price = 0, most = 0, reads = 0;
    for (const Necessary& l : way) {
      const uint64_t reading = readings.of(l);
      const auto same = readings_.find(reading);
      // A value that many filters ask for is likely a common one. Of ranges their ends say it.
      const double times = has_bounds(l) ? 1 : std::max(asked(number_of(l, reading)), 1u);
      price += weight(l) * times, most = std::max(most, kCommonest * times);
      reads = std::max(reads, reading_cost(l) / (same == readings_.end() ? 1 : same->second));
    }
    // A set's values are less common the more they are, and together at most as common as what is common.
    if (way.size() > 1) price = std::min(price / std::sqrt(static_cast<double>(way.size())), most);
    price += reads;
    offer(std::move(way), price);
  }
  if (t.form != Test::Form::kAnd) return found;
  for (const auto& c : t.tests) {
    Necessaries part;
    double price = 0;
    if (choose(*c, part, price)) offer(std::move(part), price);
  }
  return found;
}

}  // namespace wiretail::filter
