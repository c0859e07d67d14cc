#include <algorithm>

#include "filter/program.hpp"

namespace wiretail::filter {
namespace {

using dissect::Dissection;
using dissect::LayerRef;

// Reads the number at `place` of a layer; false: the layer is damaged and too short.
template <class Load>
inline bool load(const Load& a, const Dissection& d, const LayerRef& l, int16_t place, bool little_endian, uint64_t& v) {
  if (l.cap_end - l.offset < static_cast<uint32_t>(place) + a.width) return false;
  const uint8_t* p = d.at(l) + place;
  switch (a.width) {
    case 1: v = *p; break;
    case 2: v = little_endian ? dissect::le16(p) : dissect::be16(p); break;
    case 4: v = little_endian ? dissect::le32(p) : dissect::be32(p); break;
    default: v = dissect::read_uint(p, a.width, little_endian);
  }
  v >>= a.shift;
  return true;
}

bool holds(Compare op, uint64_t v, uint64_t c) {
  switch (op) {
    case Compare::kEqual: return v == c;
    case Compare::kNotEqual: return v != c;
    case Compare::kLess: return v < c;
    case Compare::kLessEqual: return v <= c;
    case Compare::kGreater: return v > c;
    case Compare::kGreaterEqual: return v >= c;
  }
  return false;
}

bool in_ranges(const std::vector<std::pair<uint64_t, uint64_t>>& ranges, uint64_t v) {
  auto it = std::upper_bound(ranges.begin(), ranges.end(), v, [](uint64_t x, const auto& r) { return x < r.first; });
  return it != ranges.begin() && v <= (it - 1)->second;
}

bool ask_load(const Atom& a, const Dissection& d) {
  bool all = a.quantifier == Quantifier::kAll, any = false;
  for (const LayerRef* l = d.layer(a.proto); l; l = d.next_layer(*l)) {
    uint64_t v;
    for (int16_t place = a.offset;; place = a.also) {
      if (load(a, d, *l, place, a.little_endian, v)) {
        any = true;
        bool hit = a.op == Atom::Op::kLoad ? holds(a.compare, v & a.mask, a.value) : in_ranges(a.ranges, v & a.mask);
        if (hit != all) return hit != a.negated;
      }
      if (place == a.also || a.also < 0) break;
    }
  }
  return any && all != a.negated;
}

}  // namespace

bool ask(const ProgramData& program, const Atom& a, Dissection& d) {
  switch (a.op) {
    case Atom::Op::kPresence: return d.layers.present.has(a.proto);
    case Atom::Op::kLoad:
    case Atom::Op::kLoadSet: return ask_load(a, d);
    case Atom::Op::kWalk: return program.values.test(*a.test, d);
  }
  return false;
}

void Program::evaluate(Dissection& d, Subject subject, MatchSet& out) const {
  const ProgramData& p = *data_;
  uint64_t stamp = ++p.stamp << 1;
  auto visit = [&](uint32_t filter) {
    const CompiledFilter& f = p.filters[filter];
    if (f.subject != subject) return;
    uint32_t at = f.entry;
    while (at < kAccept) {
      const Instruction& in = p.code[at];
      uint64_t& answer = p.answers[in.atom];
      if ((answer & ~uint64_t{1}) != stamp) answer = stamp | (ask(p, p.atoms[in.atom], d) ? 1u : 0u);
      at = answer & 1 ? in.on_true : in.on_false;
    }
    if (at == kAccept) out.add(filter);
  };
  for (uint32_t filter : p.always) visit(filter);
  for (const ValueIndex& index : p.indexes) {
    for (const LayerRef* l = d.layer(index.proto); l; l = d.next_layer(*l)) {
      for (int16_t place = index.offset;; place = index.also) {
        uint64_t v;
        if (load(index, d, *l, place, false, v)) {
          auto it = index.filters.find(v & index.mask);
          if (it != index.filters.end())
            for (uint32_t filter : it->second)
              if (p.visited[filter] != p.stamp) p.visited[filter] = p.stamp, visit(filter);
        }
        if (place == index.also || index.also < 0) break;
      }
    }
  }
}

bool Program::flow_wanted(const Dissection& d) const {
  const ProgramData& p = *data_;
  if (p.flow_all) return true;
  auto& packet = const_cast<Dissection&>(d);
  return std::any_of(p.flow.begin(), p.flow.end(), [&](const auto& t) { return p.values.test(*t, packet); });
}

}  // namespace wiretail::filter
