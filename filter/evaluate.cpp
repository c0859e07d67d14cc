#include <algorithm>
#include <cstring>

#include "filter/constant_set.hpp"
#include "filter/program.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {
namespace {

using dissect::Dissection;

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

bool equal_bits(const uint8_t* a, const uint8_t* b, size_t bytes, uint8_t prefix) {
  if (prefix == 0xff) return std::memcmp(a, b, bytes) == 0;
  if (std::memcmp(a, b, prefix / 8) != 0) return false;
  return prefix % 8 == 0 || ((a[prefix / 8] ^ b[prefix / 8]) >> (8 - prefix % 8)) == 0;
}

// Every occurrence of a fixed field in every layer of its protocol, until `hit` decides; as Values::test has it. `View` is
// what layers are read from: a Dissection, or PlainHeaders.
template <class View, class Hit>
inline bool each_place(const Atom& a, const View& view, Hit&& hit) {
  const bool all = a.quantifier == Quantifier::kAll;
  bool any = false, decided = false, answer = false;
  each_layer(view, a.load.proto, [&](const uint8_t* layer, uint32_t present) {
    if (decided) return;
    for (int16_t place = a.load.offset;; place = a.load.also) {
      if (present >= static_cast<uint32_t>(place) + a.load.width) {
        any = true;
        answer = hit(layer + place);
        if (answer != all) {
          decided = true;
          return;
        }
      }
      if (place == a.load.also || a.load.also < 0) return;
    }
  });
  return decided ? answer != a.negated : any && all != a.negated;
}

template <class Hit>
inline bool each_place(const Atom& a, const dissect::PlainHeaders& headers, Hit&& hit) {
  const auto& layer = headers.layer(a.load.proto);
  if (!layer.p) return false;
  const bool all = a.quantifier == Quantifier::kAll;
  bool any = false;
  for (int16_t place = a.load.offset;; place = a.load.also) {
    if (layer.present >= static_cast<uint32_t>(place) + a.load.width) {
      any = true;
      if (hit(layer.p + place) != all) return all == a.negated;
    }
    if (place == a.load.also || a.load.also < 0) return any && all != a.negated;
  }
}

template <class View, class Hit>
inline bool each_number(const Atom& a, const View& view, Hit&& hit) {
  return each_place(a, view, [&](const uint8_t* p) { return hit(read_number(a.load, p)); });
}

// An atom that needs no more than the layers' bytes.
template <class View>
inline bool ask_directly(const Atom& a, const View& view) {
  switch (a.op) {
    case Atom::Op::kPresence: return has_layer(view, a.load.proto);
    case Atom::Op::kHas: return each_place(a, view, [](const uint8_t*) { return true; });
    case Atom::Op::kLoad: return each_number(a, view, [&](uint64_t v) { return holds(a.compare, v, a.value); });
    case Atom::Op::kLoadSet: return each_number(a, view, [&](uint64_t v) { return in_ranges(a.ranges, v); });
    case Atom::Op::kLoadList: {
      bool address = a.test->left->kind == ValueKind::kIpv4;
      return each_number(a, view, [&](uint64_t v) { return address ? a.test->list->has_ipv4(static_cast<uint32_t>(v)) : a.test->list->has_number(v); });
    }
    case Atom::Op::kLoadBytes:
      return each_place(a, view, [&](const uint8_t* p) { return equal_bits(p, a.bytes, a.load.width, a.prefix) == (a.compare == Compare::kEqual); });
    case Atom::Op::kLoadBytesSet: {
      Datum v;
      v.kind = a.test->left->kind, v.n = a.load.width;
      return each_place(a, view, [&](const uint8_t* p) {
        v.p = p;
        return a.test->sorted->has(v);
      });
    }
    case Atom::Op::kWalk: break;
  }
  return false;
}

// No filter matches a packet with these headers, whatever lies above them: every filter that may be found comes to "no
// match" by direct loads from protocols that are settled. `alone`: nothing lies above them that a filter could ask for; `unnoted`: and
// sequence analysis has nothing to tell of them.
template <bool alone, bool unnoted = false>
bool none_matches(const ProgramData& p, const dissect::PlainHeaders& headers, bool asked = false) {
  const uint64_t before = asked && p.asked == p.stamp ? p.asked : 0;
  const uint64_t stamp = ++p.stamp << 1;
  p.asked = p.stamp;
  enum class Known { kNo, kYes, kUnknown, kSearch };
  auto known = [&](uint32_t number, bool search) {
    uint64_t& answer = p.answers[number];
    if (before && answer >> 1 == before && p.atoms[number].plain_bytes) answer = stamp | (answer & 1);
    if ((answer & ~uint64_t{1}) != stamp) {
      const Atom& atom = p.atoms[number];
      if (is_direct(atom)) {
        if (!alone && !headers.settles(atom.load.proto)) return Known::kUnknown;
        answer = stamp | (ask_directly(atom, headers) ? 1u : 0u);
      } else if (atom.plain && (alone || headers.settles(atom.load.proto))) {
        uint64_t v = 0;
        answer = stamp | (atom.plain(headers, v) && holds(atom.compare, v, atom.value) ? 1u : 0u);
      } else if (atom.plain_bytes && (alone || headers.settles(atom.load.proto))) {
        if (!search) return Known::kSearch;
        dissect::Bytes bytes;
        if (!atom.plain_bytes(headers, bytes)) return Known::kUnknown;
        answer = stamp | (found_in(*atom.test, bytes) ? 1u : 0u);
      } else {  // as ask() has it
        if (!alone || atom.carriers.empty() || (headers.has_one(atom.carriers) && !(unnoted && atom.noted))) return Known::kUnknown;
        answer = stamp;
      }
    }
    return answer & 1 ? Known::kYes : Known::kNo;
  };
  // kNo: it does not match; kUnknown: it may.
  auto outcome = [&](uint32_t filter, bool search) {
    const CompiledFilter& f = p.filters[filter];
    if (f.subject != Subject::kPacket) return Known::kNo;
    uint32_t at = f.entry;
    while (at < kAccept) {
      const Instruction& in = p.code[at];
      const Known answer = known(in.atom, search);
      if (answer == Known::kUnknown || answer == Known::kSearch) return answer;
      at = answer == Known::kYes ? in.on_true : in.on_false;
    }
    return at == kReject ? Known::kNo : Known::kUnknown;
  };
  auto fails = [&](uint32_t filter) { return outcome(filter, true) == Known::kNo; };
  auto excluded = [&](const SharedTests& shared) {
    return std::any_of(shared.begin(), shared.end(), [&](const SharedTest& t) { return known(t.atom, false) == (t.answer ? Known::kNo : Known::kYes); });
  };
  // Payloads are searched when all else says that the packet may be passed over.
  bool search = false;
  for (uint32_t filter : p.always) {
    const Known answer = outcome(filter, false);
    if (answer == Known::kUnknown) return false;
    search |= answer == Known::kSearch;
  }
  return p.look_ups.none<alone>(headers, p.stamp, before, excluded, fails) && (!search || std::all_of(p.always.begin(), p.always.end(), fails));
}

// A packet without layers of applications, and with any others.
struct NoApplication {};
template <class F>
void each_layer(const NoApplication&, dissect::ProtoId, F&&) {}
bool has_layer(const NoApplication&, dissect::ProtoId) { return false; }

// Whether the filter cannot come to "match" while no application is there, whatever its other tests find.
bool needs_application(const ProgramData& p, uint32_t entry, std::vector<bool>& seen, std::vector<uint32_t>& ahead) {
  const auto& registry = dissect::Registry::get();
  auto application = [&](dissect::ProtoId proto) { return registry.protocol(proto).application; };
  ahead.assign(1, entry);
  while (!ahead.empty()) {
    const uint32_t at = ahead.back();
    ahead.pop_back();
    if (at == kAccept) return false;
    if (at == kReject || seen[at]) continue;
    seen[at] = true;
    const Instruction& in = p.code[at];
    const Atom& atom = p.atoms[in.atom];
    bool known = false, answer = false;
    if (is_direct(atom)) {
      known = application(atom.load.proto);
      answer = known && ask_directly(atom, NoApplication{});
    } else if (!atom.carriers.empty()) {
      known = true;
      for (size_t i = 0; i < registry.protocols().size(); ++i) known &= !atom.carriers.has(static_cast<dissect::ProtoId>(i)) || application(static_cast<dissect::ProtoId>(i));
    }
    if (!known || answer) ahead.push_back(in.on_true);
    if (!known || !answer) ahead.push_back(in.on_false);
  }
  return true;
}

// Visits the filters that can match, until matched(filter), called for those that do, returns false. `asked`: the plain headers of the same packet
// were asked last; what was searched then is not searched again.
template <class Matched>
void run(const ProgramData& p, Dissection& d, Subject subject, bool asked, Matched&& matched) {
  uint64_t stamp = ++p.stamp << 1;
  const uint64_t before = asked && p.asked == p.stamp - 1 ? p.asked : 0;
  auto holds = [&](uint32_t atom) {
    uint64_t& answer = p.answers[atom];
    if (before && answer >> 1 == before && p.atoms[atom].plain_bytes) answer = stamp | (answer & 1);
    if ((answer & ~uint64_t{1}) != stamp) answer = stamp | (ask(p, p.atoms[atom], d, subject) ? 1u : 0u);
    return (answer & 1) != 0;
  };
  auto visit = [&](uint32_t filter) {
    const CompiledFilter& f = p.filters[filter];
    if (f.subject != subject) return true;
    uint32_t at = f.entry;
    while (at < kAccept) {
      const Instruction& in = p.code[at];
      at = holds(in.atom) ? in.on_true : in.on_false;
    }
    return at != kAccept || matched(filter);
  };
  auto passes = [&](const SharedTests& shared) {
    return std::all_of(shared.begin(), shared.end(), [&](const SharedTest& t) { return holds(t.atom) == t.answer; });
  };
  for (uint32_t filter : p.always)
    if (!visit(filter)) return;
  (subject == Subject::kPacket ? p.look_ups : p.event_look_ups).found(d, p.values, p.found, before, passes, [&](uint32_t filter) {
    if (p.visited[filter] == p.stamp) return true;
    p.visited[filter] = p.stamp;
    return visit(filter);
  });
}

}  // namespace

bool ask(const ProgramData& program, const Atom& a, Dissection& d, Subject subject) {
  if (a.op != Atom::Op::kWalk) return ask_directly(a, d);
  // Without its field a test is false. What an event has is not all in layers.
  if (subject == Subject::kPacket && !a.carriers.empty() && !d.layers.present.meets(a.carriers)) return false;
  return program.values.test(*a.test, d);
}

bool matches_need_application(const ProgramData& p) {
  std::vector<bool> seen(p.code.size());
  std::vector<uint32_t> ahead;
  for (const CompiledFilter& f : p.filters)
    if (f.subject == Subject::kPacket && !needs_application(p, f.entry, seen, ahead)) return false;
  return true;
}

void Program::evaluate(Dissection& d, Subject subject, MatchSet& out, bool asked) const {
  run(*data_, d, subject, asked, [&](uint32_t filter) { return out.add(filter), true; });
}

bool Program::flow_wanted(const Dissection& d) const {
  if (!data_->flow) return true;
  bool wanted = false;
  // A program of direct loads only reads.
  run(*data_->flow, const_cast<Dissection&>(d), Subject::kPacket, false, [&](uint32_t) { return !(wanted = true); });
  return wanted;
}

bool Program::cannot_match(const dissect::PlainHeaders& headers, bool by_flow) const {
  const ProgramData* program = by_flow ? data_->flow.get() : data_.get();
  data_->asked = 0;
  if (!program) return false;
  const FewFilters::Outcome few = program->few.usable() ? program->few.ask(headers) : FewFilters::Outcome::kSearch;
  return few == FewFilters::Outcome::kSearch ? none_matches<false>(*program, headers) : few == FewFilters::Outcome::kNoneMatches;
}

bool Program::cannot_match_alone(const dissect::PlainHeaders& headers, bool asked) const { return none_matches<true>(*data_, headers, asked); }
bool Program::cannot_match_unnoted(const dissect::PlainHeaders& headers, bool asked) const { return none_matches<true, true>(*data_, headers, asked); }

}  // namespace wiretail::filter
