#include <algorithm>
#include <bit>
#include <unordered_set>

#include "filter/check.hpp"
#include "filter/constant_set.hpp"
#include "filter/program.hpp"
#include "filter/simplify.hpp"

namespace wiretail::filter {
namespace {

using dissect::FieldDef;
using dissect::Registry;

bool number_kind(const Operand& o) { return o.kind == ValueKind::kUnsigned || o.kind == ValueKind::kIpv4; }

// A Boolean of several bits is true if one is set: a load alone would not say that.
bool one_number(const FieldDef* def, const Operand& o) {
  return def && number_kind(o) && def->row->fixed.width <= 8 && !(def->type == FieldType::kBoolean && std::popcount(def->row->mask) != 1);
}

// A number that plain headers say, though it is no part of them as it stands; null: none.
const FieldDef* plain_field(const Operand& o) {
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty() || o.kind != ValueKind::kUnsigned) return nullptr;
  const FieldDef& def = Registry::get()[o.fields[0]];
  return def.row && def.row->plain ? &def : nullptr;
}

// A set of constants as long as the field of fixed layout left of it: addresses.
bool fixed_bytes(const FieldDef& def, const Test& t) {
  auto fits = [&](const Operand* o) {
    return !o || (o->form == Operand::Form::kConstant && o->constants[0].kind == t.left->kind && o->constants[0].bytes.size() == def.row->fixed.width);
  };
  return (t.left->kind == ValueKind::kIpv6 || t.left->kind == ValueKind::kBytes) &&
         std::all_of(t.set.begin(), t.set.end(), [&](const SetElement& e) { return fits(e.low.get()) && fits(e.high.get()); });
}

// Sets that are walked are looked up when they are large, wherever they stand in the test.
void sort_sets(Test& t) {
  for (auto& c : t.tests) sort_sets(*c);
  if (t.form == Test::Form::kIn && !t.sorted) t.sorted = ConstantSet::of(t);
}

bool is_leaf(const Test& t) { return t.tests.empty() && t.form != Test::Form::kTrue && t.form != Test::Form::kFalse; }

}  // namespace

Atom make_atom(const Test& t) {
  Atom atom;
  atom.test = &t;
  for (dissect::ProtoId proto : needed_protocols(t)) atom.carriers.add(proto);
  atom.noted = needs_note(t);
  atom.cost = cost_of(t);
  atom.quantifier = t.quantifier;
  if (!t.left) return atom;
  const FieldDef* def = fixed_field(*t.left);
  switch (t.form) {
    case Test::Form::kExists: {
      if (def) {
        atom.op = Atom::Op::kHas, atom.load = fixed_load(*def);
      } else if (t.left->form == Operand::Form::kField && t.left->fields.size() == 1 && t.left->layers.empty()) {
        const FieldDef& field = Registry::get()[t.left->fields[0]];
        if (field.is_protocol && !Registry::get().protocol(field.proto).pseudo) atom.op = Atom::Op::kPresence, atom.load.proto = field.proto;
      }
      return atom;
    }
    case Test::Form::kCompare: {
      if (const FieldDef* plain = plain_field(*t.left); plain && t.right->form == Operand::Form::kConstant && t.right->constants[0].kind == ValueKind::kUnsigned) {
        atom.plain = plain->row->plain, atom.load.proto = plain->proto;
        atom.compare = t.compare, atom.value = t.right->constants[0].u;
        return atom;
      }
      if (!def || t.right->form != Operand::Form::kConstant) return atom;
      const Constant& c = t.right->constants[0];
      if (c.kind != t.left->kind) return atom;
      if (one_number(def, *t.left)) {
        atom.op = Atom::Op::kLoad, atom.load = fixed_load(*def);
        atom.compare = t.compare;
        atom.value = c.u;
        if (c.kind == ValueKind::kIpv4) atom.load.mask = prefix_mask(c.prefix), atom.value &= atom.load.mask;
      } else if ((c.kind == ValueKind::kIpv6 || c.kind == ValueKind::kBytes) && c.bytes.size() == def->row->fixed.width &&
                 (t.compare == Compare::kEqual || t.compare == Compare::kNotEqual)) {
        atom.op = Atom::Op::kLoadBytes, atom.load = fixed_load(*def);
        atom.compare = t.compare;
        atom.bytes = reinterpret_cast<const uint8_t*>(c.bytes.data());
        if (c.kind == ValueKind::kIpv6 && c.prefix < 128) atom.prefix = c.prefix;
      }
      return atom;
    }
    case Test::Form::kIn: {
      if (def && fixed_bytes(*def, t)) {
        atom.op = Atom::Op::kLoadBytesSet, atom.load = fixed_load(*def);
        atom.negated = t.negated;
        return atom;
      }
      if (!one_number(def, *t.left)) return atom;
      std::vector<std::pair<uint64_t, uint64_t>> ranges;
      ranges.reserve(t.set.size());
      for (const SetElement& e : t.set) {
        if (e.low->form != Operand::Form::kConstant || (e.high && e.high->form != Operand::Form::kConstant)) return atom;
        const Constant &low = e.low->constants[0], &high = e.high ? e.high->constants[0] : low;
        if (low.kind != t.left->kind || high.kind != t.left->kind || (e.high && (low.prefix < 32 || high.prefix < 32))) return atom;
        uint64_t first = low.u, last = high.u;
        if (low.kind == ValueKind::kIpv4 && !e.high) first &= prefix_mask(low.prefix), last = first | (0xffffffffu & ~prefix_mask(low.prefix));
        if (first <= last) ranges.emplace_back(first, last);
      }
      std::sort(ranges.begin(), ranges.end());
      atom.ranges.reserve(ranges.size());
      for (auto r : ranges)
        if (!atom.ranges.empty() && r.first <= atom.ranges.back().second) atom.ranges.back().second = std::max(atom.ranges.back().second, r.second);
        else atom.ranges.push_back(r);
      atom.op = Atom::Op::kLoadSet, atom.load = fixed_load(*def);
      atom.negated = t.negated;
      return atom;
    }
    case Test::Form::kContains:
    case Test::Form::kMatches:
      if (const FieldDef* bytes = bytes_at_hand(*t.left); bytes && (t.form == Test::Form::kMatches || t.right->form == Operand::Form::kConstant))
        atom.plain_bytes = bytes->row->plain_bytes, atom.load.proto = bytes->proto;
      return atom;
    case Test::Form::kInList:
      if (!one_number(def, *t.left)) return atom;
      atom.op = Atom::Op::kLoadList, atom.load = fixed_load(*def);
      atom.negated = t.negated;
      return atom;
    default: return atom;
  }
}

namespace {

class Compiler {
 public:
  Compiler(ProgramData& program, uint32_t max_instructions) : p_(program), max_instructions_(max_instructions) {}

  // Emits code for t and returns its entry.
  uint32_t emit(Test& t, uint32_t on_true, uint32_t on_false) {
    switch (t.form) {
      case Test::Form::kTrue: return on_true;
      case Test::Form::kFalse: return on_false;
      case Test::Form::kNot: return emit(*t.tests[0], on_false, on_true);
      case Test::Form::kAnd:
        for (size_t i = t.tests.size(); i-- > 0;) on_true = emit(*t.tests[i], on_true, on_false);
        return on_true;
      case Test::Form::kOr:
        for (size_t i = t.tests.size(); i-- > 0;) on_false = emit(*t.tests[i], on_true, on_false);
        return on_false;
      case Test::Form::kXor: {
        if (!std::all_of(t.tests.begin(), t.tests.end(), [](const auto& c) { return is_leaf(*c); })) break;  // would grow with each nesting
        uint32_t even = on_false, odd = on_true;  // where to go with what is known so far
        for (size_t i = t.tests.size(); i-- > 0;) {
          uint32_t from_even = emit(*t.tests[i], odd, even);
          odd = i ? emit(*t.tests[i], even, odd) : odd;
          even = from_even;
        }
        return even;
      }
      default: break;
    }
    if (p_.code.size() > max_instructions_) return on_false;  // refused by the caller
    p_.code.push_back({atom(t), on_true, on_false});
    return static_cast<uint32_t>(p_.code.size() - 1);
  }

 private:
  uint32_t atom(Test& t) {
    auto [it, fresh] = p_.known.emplace(print_typed(t), static_cast<uint32_t>(p_.atoms.size()));
    if (!fresh) return it->second;
    p_.atoms.push_back(make_atom(t));
    if (p_.atoms.back().op == Atom::Op::kWalk) sort_sets(t);
    if (p_.atoms.back().op == Atom::Op::kLoadBytesSet && !t.sorted) t.sorted = ConstantSet::of(t, 0);
    if (t.form == Test::Form::kMatches) p_.patterns.emplace_back(static_cast<uint32_t>(p_.filters.size()), &t);
    return it->second;
  }
  ProgramData& p_;
  uint32_t max_instructions_;
};

void operand_fields(const Operand& o, std::vector<FieldId>& out) {
  out.insert(out.end(), o.fields.begin(), o.fields.end());
  for (const auto& c : o.operands) operand_fields(*c, out);
}

}  // namespace

void collect_fields(const Test& t, std::vector<FieldId>& out) {
  for (const auto& c : t.tests) collect_fields(*c, out);
  if (t.left) operand_fields(*t.left, out);
  if (t.right) operand_fields(*t.right, out);
  for (const auto& e : t.set) {
    if (e.low) operand_fields(*e.low, out);
    if (e.high) operand_fields(*e.high, out);
  }
}

bool add_filter(ProgramData& program, Test& root, Subject subject, uint32_t max_instructions) {
  collect_fields(root, program.fields);
  uint32_t entry = Compiler(program, max_instructions).emit(root, kAccept, kReject);
  program.filters.push_back({entry, subject});
  return program.code.size() <= max_instructions;
}

void finish_program(ProgramData& program) {
  program.known = {};
  // A few filters are tested at once; the look-up pays from some number on.
  constexpr size_t kFewFilters = 8;
  const auto is_event = [](const CompiledFilter& f) { return f.subject != Subject::kPacket; };
  const auto of_events = static_cast<size_t>(std::count_if(program.filters.begin(), program.filters.end(), is_event));
  std::vector<const Test*> packets(program.filters.size()), events(program.filters.size());
  for (uint32_t i = 0; i < program.filters.size(); ++i) {
    const CompiledFilter& f = program.filters[i];
    if (f.entry == kReject) continue;
    if (f.entry == kAccept || (is_event(f) ? of_events : program.filters.size() - of_events) < kFewFilters) program.always.push_back(i);
    else (is_event(f) ? events : packets)[i] = program.typed[i].root.get();
  }
  const SharedTestFinder shared(program);
  program.look_ups.build(packets, shared, false, program.always);
  program.event_look_ups.build(events, shared, true, program.always);
  program.few.build(program);
  std::sort(program.fields.begin(), program.fields.end());
  program.fields.erase(std::unique(program.fields.begin(), program.fields.end()), program.fields.end());
  program.answers.assign(program.atoms.size(), 0);
  program.visited.assign(program.filters.size(), 0);
}

std::unique_ptr<ProgramData> flow_program(const ProgramData& program) {
  auto flow = std::make_unique<ProgramData>();
  std::unordered_set<std::string> seen;
  for (const TypedFilter& typed : program.typed) {
    auto condition = flow_condition(*typed.root);
    if (!condition) return nullptr;
    condition = simplify(std::move(condition));
    if (condition->form == Test::Form::kTrue) return nullptr;
    if (!seen.insert(print_typed(*condition)).second) continue;
    flow->typed.push_back({std::move(condition), {}});
    add_filter(*flow, *flow->typed.back().root, Subject::kPacket, UINT32_MAX - 16);
  }
  finish_program(*flow);
  return flow;
}

std::string print_program(const ProgramData& program) {
  auto target = [](uint32_t t) { return t == kAccept ? std::string("match") : t == kReject ? std::string("no match") : std::to_string(t); };
  std::string out;
  for (size_t i = 0; i < program.code.size(); ++i) {
    const Instruction& in = program.code[i];
    static constexpr std::string_view kOps[] = {"presence", "has", "load", "load set", "load list", "load bytes", "load bytes set", "walk"};
    out += std::to_string(i) + "  " + std::string(kOps[static_cast<size_t>(program.atoms[in.atom].op)]) + "  " + print_typed(*program.atoms[in.atom].test) +
           "  true: " + target(in.on_true) + "  false: " + target(in.on_false) + "\n";
  }
  for (size_t i = 0; i < program.filters.size(); ++i) out += "filter " + std::to_string(i) + " begins at " + target(program.filters[i].entry) + "\n";
  out += program.look_ups.print() + program.event_look_ups.print();
  return out;
}

}  // namespace wiretail::filter
