#include "filter/look_up.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>

#include "dissect/registry.hpp"
#include "filter/check.hpp"
#include "filter/places.hpp"
#include "filter/program.hpp"
#include "filter/regex_literal.hpp"

namespace wiretail::filter {

using dissect::FieldDef;
using dissect::Registry;

FixedLoad fixed_load(const FieldDef& def) {
  FixedLoad load;
  load.proto = def.proto;
  load.offset = def.row->fixed.offset, load.also = def.row->fixed.also;
  load.width = def.row->fixed.width, load.shift = def.shift;
  load.little_endian = def.row->fixed.little_endian;
  load.mask = def.row->mask ? def.row->mask >> def.shift : ~uint64_t{0};
  return load;
}

const FieldDef* fixed_field(const Operand& o) {
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty()) return nullptr;
  const FieldDef& def = Registry::get()[o.fields[0]];
  return def.is_protocol || def.row->fixed.offset < 0 ? nullptr : &def;
}

namespace {

constexpr size_t kMaxLiterals = 64;      // of one set
constexpr size_t kShortestNeedle = 3;
constexpr size_t kFewestNeedles = 4;     // below, searching one by one is as fast

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

// Values that are looked up as they are: a field in all layers, or its lower or upper case.
bool plain(const Operand& o) {
  if (o.form == Operand::Form::kFunction && (o.function == Function::kLower || o.function == Function::kUpper)) return plain(*o.operands[0]);
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty()) return false;
  const FieldDef& f = Registry::get()[o.fields[0]];
  return f.proto == dissect::id::kFrame || !carriers(f).empty();
}

dissect::ProtoSet carriers_of(const Operand& o) {
  dissect::ProtoSet out;
  const FieldDef& f = Registry::get()[field_behind(o)->fields[0]];
  if (f.proto == dissect::id::kFrame) out.add(dissect::id::kFrame);
  for (dissect::ProtoId p : carriers(f)) out.add(p);
  return out;
}

// The literal that a value equal to `c` is found by; false: none.
bool necessary_of(const Operand& o, const Constant& c, Necessary& out) {
  if (!plain(o) || c.kind != o.kind) return false;
  out.operand = &o, out.carriers = carriers_of(o), out.prefix = c.prefix;
  const FieldDef* fixed = fixed_field(o);
  bool narrow = c.prefix != 0xff && c.prefix < (o.kind == ValueKind::kIpv6 ? 16 : 8);
  switch (o.kind) {
    case ValueKind::kUnsigned:
      if (fixed && (std::popcount(fixed->row->mask) == 0 ? fixed->row->fixed.width < 2 : std::popcount(fixed->row->mask) < 12)) return false;
      out.kind = fixed ? Necessary::Kind::kNumber : Necessary::Kind::kValue;
      out.prefix = 0xff;
      out.key = c.u;
      return true;
    case ValueKind::kIpv4:
      if (!fixed || narrow) return false;
      out.kind = Necessary::Kind::kNumber;
      if (out.prefix >= 32) out.prefix = 32;
      out.key = c.u & prefix_mask(c.prefix);
      return true;
    case ValueKind::kIpv6:
      if (!fixed || narrow) return false;
      out.kind = Necessary::Kind::kBytes;
      if (out.prefix >= 128) out.prefix = 128;
      out.key = LookUps::hash(reinterpret_cast<const uint8_t*>(c.bytes.data()), 16, out.prefix);
      return true;
    case ValueKind::kString:
    case ValueKind::kBytes:
      out.prefix = 0xff;
      if (fixed && c.bytes.size() != fixed->row->fixed.width) return false;
      out.kind = fixed ? Necessary::Kind::kBytes : Necessary::Kind::kValue;
      out.key = LookUps::hash(reinterpret_cast<const uint8_t*>(c.bytes.data()), c.bytes.size(), 0xff);
      return true;
    default: return false;
  }
}

// The bound that a value must meet for an ordering test to be true; false: none, or no value can meet it.
bool bound_of(const Test& t, Necessary& out) {
  const Operand& o = *t.left;
  if (t.right->form != Operand::Form::kConstant || o.kind != ValueKind::kUnsigned || !plain(o)) return false;
  const Constant& c = t.right->constants[0];
  if (c.kind != o.kind) return false;
  const bool least = t.compare == Compare::kGreater || t.compare == Compare::kGreaterEqual;
  if (!least && t.compare != Compare::kLess && t.compare != Compare::kLessEqual) return false;
  if ((t.compare == Compare::kGreater && c.u == UINT64_MAX) || (t.compare == Compare::kLess && c.u == 0)) return false;
  out.kind = least ? Necessary::Kind::kAtLeast : Necessary::Kind::kAtMost;
  out.operand = &o, out.carriers = carriers_of(o), out.prefix = 0xff;
  out.key = t.compare == Compare::kGreater ? c.u + 1 : t.compare == Compare::kLess ? c.u - 1 : c.u;
  return true;
}

using Necessaries = std::vector<Necessary>;

// Every way to find the test: each a list of literals of which one must occur.
void ways(const Test& t, std::vector<Necessaries>& out) {
  if (!t.left) return;
  Necessary one;
  switch (t.form) {
    case Test::Form::kCompare:
      if (t.compare == Compare::kEqual && t.right->form == Operand::Form::kConstant && necessary_of(*t.left, t.right->constants[0], one)) out.push_back({one});
      else if (bound_of(t, one)) out.push_back({one});
      break;
    case Test::Form::kIn: {
      if (t.negated) break;
      Necessaries all;
      bool good = true;
      for (const SetElement& e : t.set) {
        if (e.low->form != Operand::Form::kConstant || (e.high && e.high->form != Operand::Form::kConstant)) good = false;
        if (!good) break;
        Constant c = e.low->constants[0];
        if (!e.high) {
          good = necessary_of(*t.left, c, one);
          if (good) all.push_back(one);
        } else {
          const Constant& high = e.high->constants[0];
          good = t.left->kind == ValueKind::kUnsigned && c.kind == high.kind && (high.u < c.u || high.u - c.u < kMaxLiterals);
          for (; good && c.u <= high.u; ++c.u) {
            good = necessary_of(*t.left, c, one);
            if (good) all.push_back(one);
            if (c.u == UINT64_MAX) break;
          }
        }
        good = good && all.size() <= kMaxLiterals;
      }
      if (good && !all.empty()) out.push_back(std::move(all));
      break;
    }
    case Test::Form::kContains:
    case Test::Form::kMatches: {
      if (!plain(*t.left)) break;
      if (t.left->kind != ValueKind::kString && t.left->kind != ValueKind::kBytes && t.left->kind != ValueKind::kProtocol) break;
      one.kind = Necessary::Kind::kText;
      one.operand = t.left.get(), one.carriers = carriers_of(*t.left);
      if (t.form == Test::Form::kMatches) one.needle = mandatory_text(t.pattern);
      else if (t.right->form == Operand::Form::kConstant) one.needle = t.right->constants[0].bytes;
      if (one.needle.size() >= kShortestNeedle) out.push_back({one});
      break;
    }
    default: break;
  }
  Necessaries presence;
  for (dissect::ProtoId proto : needed_protocols(t)) presence.emplace_back().proto = proto;
  if (!presence.empty()) out.push_back(std::move(presence));
}

uint64_t combined(uint64_t a, uint64_t b) { return (a ^ (b + 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu ^ (a >> 29); }

// The same number for operands (plain) that read the same, and only for them: look-ups are told apart by it. Of cases within
// cases the outermost alone counts.
uint64_t number_of(const Operand& o) {
  if (o.form != Operand::Form::kFunction) return uint64_t{o.fields[0]} * 3;
  const Operand* field = &o;
  while (field->form == Operand::Form::kFunction) field = field->operands[0].get();
  return number_of(*field) + (o.function == Function::kLower ? 1 : 2);
}

// The same number for the same literal. Two that share one by chance cost a look-up's choice, no more.
uint64_t number_of(const Necessary& l) {
  const uint64_t kind = static_cast<uint64_t>(l.kind) << 8 | l.prefix;
  if (l.kind == Necessary::Kind::kPresence) return combined(kind, l.proto);
  return combined(combined(kind, number_of(*l.operand)), l.kind == Necessary::Kind::kText ? std::hash<std::string>()(l.needle) : l.key);
}

// How many packets in a thousand a literal may let through. Guesses; only their order matters.
double weight(const Necessary& l) {
  switch (l.kind) {
    case Necessary::Kind::kNumber: return l.prefix == 0xff ? 60 : l.prefix >= 32 ? 10 : 10 + 2 * (32 - l.prefix);
    case Necessary::Kind::kBytes: return 10;
    case Necessary::Kind::kValue: return 15;
    case Necessary::Kind::kText: return l.operand->kind == ValueKind::kProtocol ? 30 : 20;
    case Necessary::Kind::kPresence: return 400;
    case Necessary::Kind::kAtLeast:
    case Necessary::Kind::kAtMost: return fixed_field(*l.operand) ? 350 : 500;  // for one filter the field is not read twice
  }
  return 1000;
}

using Population = std::unordered_map<uint64_t, uint32_t>;  // by number_of

void count(const Test& t, Population& population) {
  if (t.form == Test::Form::kAnd || t.form == Test::Form::kOr) {
    for (const auto& c : t.tests) count(*c, population);
    return;
  }
  std::vector<Necessaries> found;
  ways(t, found);
  for (const Necessaries& way : found)
    for (const Necessary& l : way) ++population[number_of(l)];
}

// The way that costs least: how often it lets a packet through, and how many filters wait there already.
bool choose(const Test& t, const Population& population, Necessaries& best, double& cost) {
  if (t.form == Test::Form::kOr) {
    cost = 0;
    for (const auto& c : t.tests) {
      Necessaries part;
      double more = 0;
      if (!choose(*c, population, part, more)) return false;
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
  if (t.form == Test::Form::kAnd) {
    for (const auto& c : t.tests) {
      Necessaries part;
      double price = 0;
      if (choose(*c, population, part, price)) offer(std::move(part), price);
    }
    return found;
  }
  std::vector<Necessaries> all;
  ways(t, all);
  for (Necessaries& way : all) {
    double price = 0;
    for (const Necessary& l : way) {
      auto it = population.find(number_of(l));
      price += weight(l) * (it == population.end() ? 1 : it->second);
    }
    offer(std::move(way), price);
  }
  return found;
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

uint64_t LookUps::hash(const uint8_t* p, size_t bytes, uint8_t prefix) {
  uint64_t h = bytes * 0x9e3779b97f4a7c15u;
  auto take = [&](uint64_t v) { h = (h ^ v) * 0xff51afd7ed558ccdu, h ^= h >> 32; };
  if (prefix != 0xff && prefix < bytes * 8) {
    for (size_t i = 0; i < prefix / 8u; ++i) take(p[i]);
    if (prefix % 8) take(p[prefix / 8] & static_cast<uint8_t>(0xff << (8 - prefix % 8)));
    return h;
  }
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t v;
    std::memcpy(&v, p + i, 8);
    take(v);
  }
  for (; i < bytes; ++i) take(p[i]);
  return h;
}

uint64_t LookUps::key_of(const Datum& v) {
  return v.kind == ValueKind::kUnsigned || v.kind == ValueKind::kSigned || v.kind == ValueKind::kIpv4 ? v.u : hash(v.p, v.n, 0xff);
}

void LookUps::Table::build() {
  std::sort(pairs_.begin(), pairs_.end());
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  keys_ = 0;
  for (size_t i = 0; i < pairs_.size(); ++i) keys_ += i == 0 || pairs_[i].first != pairs_[i - 1].first;
  slots_.assign(std::bit_ceil(keys_ * 2 + 2), {});
  mask_ = slots_.size() - 1;
  filters_.reserve(pairs_.size());
  for (size_t i = 0; i < pairs_.size();) {
    uint64_t key = pairs_[i].first, at = mix(key);
    while (slots_[at & mask_].count) ++at;
    Slot& slot = slots_[at & mask_];
    slot.key = key, slot.begin = static_cast<uint32_t>(filters_.size());
    for (; i < pairs_.size() && pairs_[i].first == key; ++i) filters_.push_back(pairs_[i].second);
    slot.count = static_cast<uint32_t>(filters_.size()) - slot.begin;
  }
  pairs_ = {};
}

void LookUps::Bounds::build() {
  std::sort(least_.begin(), least_.end());
  std::sort(most_.begin(), most_.end(), std::greater<>());
}

void LookUps::build(const std::vector<const Test*>& filters, std::vector<uint32_t>& always) {
  Population population;
  for (const Test* t : filters)
    if (t) count(*t, population);
  struct Group { const Necessary* sample; std::vector<std::pair<const Necessary*, uint32_t>> members; };
  using Read = std::tuple<Necessary::Kind, uint64_t, uint8_t, bool>;  // what is read: protocol or operand, prefix, whether needles are short
  std::map<Read, Group> groups;
  std::vector<Necessaries> chosen(filters.size());
  for (uint32_t i = 0; i < filters.size(); ++i) {
    if (!filters[i]) continue;
    double cost = 0;
    if (!choose(*filters[i], population, chosen[i], cost)) {
      always.push_back(i);
      continue;
    }
    for (const Necessary& l : chosen[i]) {
      // Short needles would take the long ones' stride away.
      const bool is_short = l.kind == Necessary::Kind::kText && l.needle.size() < 6;
      Group& g = groups[{l.kind, l.operand ? number_of(*l.operand) : l.proto, l.prefix, is_short}];
      if (g.members.empty()) g.sample = &l;
      g.members.emplace_back(&l, i);
    }
  }
  for (auto& [read, group] : groups) {
    const Necessary& s = *group.sample;
    std::string shown = s.operand ? print_operand(*s.operand) : std::string(Registry::get().protocol(s.proto).name);
    auto fill = [&, &members = group.members](Table& table) {
      for (auto& [literal, filter] : members) table.add(literal->key, filter);
      table.build();
    };
    switch (s.kind) {
      case Necessary::Kind::kPresence: {
        Presence& p = presences_.emplace_back(Presence{s.proto, {}});
        for (auto& [literal, filter] : group.members) p.filters.push_back(filter);
        break;
      }
      case Necessary::Kind::kNumber: {
        Numbers& n = numbers_.emplace_back(Numbers{fixed_load(*fixed_field(*s.operand)), shown, {}});
        if (s.prefix != 0xff) n.load.mask = prefix_mask(s.prefix), n.name += "/" + std::to_string(s.prefix);
        fill(n.table);
        break;
      }
      case Necessary::Kind::kBytes: {
        FixedBytes& n = bytes_.emplace_back(FixedBytes{fixed_load(*fixed_field(*s.operand)), s.prefix, shown, {}});
        if (s.prefix != 0xff) n.name += "/" + std::to_string(s.prefix);
        fill(n.table);
        break;
      }
      case Necessary::Kind::kValue: fill(values_.emplace_back(ByValue{s.operand, s.carriers, shown, {}, {}}).table); break;
      case Necessary::Kind::kAtLeast:
      case Necessary::Kind::kAtMost: {
        const FieldDef* fixed = fixed_field(*s.operand);
        if (!fixed) values_.emplace_back(ByValue{s.operand, s.carriers, shown, {}, {}}).table.build();
        Bounds& bounds = fixed ? bounds_.emplace_back(FixedBounds{fixed_load(*fixed), shown, {}}).table : values_.back().bounds;
        for (auto& [literal, filter] : group.members) bounds.add(s.kind == Necessary::Kind::kAtLeast, literal->key, filter);
        bounds.build();
        break;
      }
      case Necessary::Kind::kText: {
        Text text{s.operand, s.carriers, shown, {}, {}};
        std::unordered_map<std::string, size_t> numbers;
        for (auto& [literal, filter] : group.members) {
          auto [it, fresh] = numbers.emplace(literal->needle, text.filters.size());
          if (fresh) text.needles.add(literal->needle), text.filters.emplace_back();
          text.filters[it->second].push_back(filter);
        }
        if (text.needles.size() >= kFewestNeedles && text.needles.build()) {
          texts_.push_back(std::move(text));
          break;
        }
        for (auto& [literal, filter] : group.members) always.push_back(filter);
        break;
      }
    }
  }
  std::sort(always.begin(), always.end());
  always.erase(std::unique(always.begin(), always.end()), always.end());
}

std::string LookUps::print() const {
  std::string out;
  auto line = [&](const std::string& name, size_t keys, std::string_view what) { out += "look-up by " + name + ": " + std::to_string(keys) + " " + std::string(what) + "\n"; };
  for (const auto& n : numbers_) line(n.name, n.table.keys(), "values");
  for (const auto& n : bytes_) line(n.name, n.table.keys(), "values");
  for (const auto& n : bounds_) line(n.name, n.table.size(), "bounds");
  for (const auto& n : values_) line(n.name, n.bounds.size() ? n.bounds.size() : n.table.keys(), n.bounds.size() ? "bounds" : "values");
  for (const auto& n : texts_) line(n.name, n.needles.size(), "texts in one search");
  for (const auto& n : presences_) line(std::string(Registry::get().protocol(n.proto).name), n.filters.size(), "filters wait for the protocol");
  return out;
}

}  // namespace wiretail::filter
