#include <algorithm>
#include <map>

#include "filter/check.hpp"
#include "filter/program.hpp"
#include "filter/simplify.hpp"

namespace wiretail::filter {
namespace {

using dissect::FieldDef;
using dissect::Registry;

// A field whose values are numbers of fixed layout: one registration, no layers, no raw bytes.
const FieldDef* fixed_number(const Operand& o) {
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty()) return nullptr;
  const FieldDef& def = Registry::get()[o.fields[0]];
  if (def.is_protocol || def.row->fixed.offset < 0 || (o.kind != ValueKind::kUnsigned && o.kind != ValueKind::kIpv4)) return nullptr;
  return &def;
}

void set_load(Atom& atom, const FieldDef& def) {
  atom.proto = def.proto;
  atom.offset = def.row->fixed.offset, atom.also = def.row->fixed.also;
  atom.width = def.row->fixed.width, atom.shift = def.shift;
  atom.little_endian = def.row->fixed.little_endian;
  atom.mask = def.row->mask ? def.row->mask >> def.shift : ~uint64_t{0};
}

uint64_t prefix_mask(uint8_t prefix) { return prefix >= 32 ? 0xffffffffu : prefix == 0 ? 0 : 0xffffffffu & ~(0xffffffffu >> prefix); }

Atom make_atom(const Test& t) {
  Atom atom;
  atom.test = &t;
  atom.cost = cost_of(t);
  atom.quantifier = t.quantifier;
  if (t.form == Test::Form::kExists && t.left->form == Operand::Form::kField && t.left->fields.size() == 1 && t.left->layers.empty()) {
    const FieldDef& def = Registry::get()[t.left->fields[0]];
    if (def.is_protocol && !Registry::get().protocol(def.proto).pseudo) atom.op = Atom::Op::kPresence, atom.proto = def.proto;
    return atom;
  }
  if (t.form == Test::Form::kCompare && t.right->form == Operand::Form::kConstant) {
    const FieldDef* def = fixed_number(*t.left);
    const Constant& c = t.right->constants[0];
    if (!def || c.kind != t.left->kind || (def->type == FieldType::kBoolean && c.u > 1)) return atom;
    atom.op = Atom::Op::kLoad;
    set_load(atom, *def);
    atom.compare = t.compare;
    atom.value = c.u;
    if (c.kind == ValueKind::kIpv4) atom.mask = prefix_mask(c.prefix), atom.value &= atom.mask;
    return atom;
  }
  if (t.form == Test::Form::kIn) {
    const FieldDef* def = fixed_number(*t.left);
    if (!def) return atom;
    for (const SetElement& e : t.set) {
      if (e.low->form != Operand::Form::kConstant || (e.high && e.high->form != Operand::Form::kConstant)) return atom;
      const Constant &low = e.low->constants[0], &high = e.high ? e.high->constants[0] : low;
      if (low.kind != t.left->kind || high.kind != t.left->kind || (e.high && (low.prefix < 32 || high.prefix < 32))) return atom;
      if (low.kind == ValueKind::kIpv4 && !e.high) atom.ranges.emplace_back(low.u & prefix_mask(low.prefix), (low.u & prefix_mask(low.prefix)) | (0xffffffffu & ~prefix_mask(low.prefix)));
      else if (low.u <= high.u) atom.ranges.emplace_back(low.u, high.u);
    }
    std::sort(atom.ranges.begin(), atom.ranges.end());
    std::vector<std::pair<uint64_t, uint64_t>> merged;
    for (auto r : atom.ranges)
      if (!merged.empty() && r.first <= merged.back().second) merged.back().second = std::max(merged.back().second, r.second);
      else merged.push_back(r);
    atom.ranges = std::move(merged);
    atom.op = Atom::Op::kLoadSet;
    atom.negated = t.negated;
    set_load(atom, *def);
  }
  return atom;
}

class Compiler {
 public:
  Compiler(ProgramData& program, std::map<std::string, uint32_t>& known) : p_(program), known_(known) {}

  // Emits code for t and returns its entry.
  uint32_t emit(const Test& t, uint32_t on_true, uint32_t on_false) {
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
      default: break;
    }
    p_.code.push_back({atom(t), on_true, on_false});
    return static_cast<uint32_t>(p_.code.size() - 1);
  }

 private:
  uint32_t atom(const Test& t) {
    auto [it, fresh] = known_.emplace(print_typed(t), static_cast<uint32_t>(p_.atoms.size()));
    if (fresh) p_.atoms.push_back(make_atom(t));
    return it->second;
  }
  ProgramData& p_;
  std::map<std::string, uint32_t>& known_;
};

void operand_fields(const Operand& o, std::vector<FieldId>& out) {
  out.insert(out.end(), o.fields.begin(), o.fields.end());
  for (const auto& c : o.operands) operand_fields(*c, out);
}

// The values of one fixed field of which the filter needs one: from an equality or set that every match must pass.
bool necessary_values(const Test& t, FieldId& field, std::vector<uint64_t>& values) {
  if (t.form == Test::Form::kAnd) {
    bool found = false;
    for (const auto& c : t.tests) {
      FieldId f = dissect::kNoField;
      std::vector<uint64_t> v;
      if (!necessary_values(*c, f, v)) continue;
      // Addresses tell more than ports, ports more than the rest; fewer values are better.
      bool better = !found || (Registry::get()[f].type == FieldType::kIpv4 && Registry::get()[field].type != FieldType::kIpv4);
      if (better) field = f, values = std::move(v), found = true;
    }
    return found;
  }
  if (t.form == Test::Form::kOr) {
    field = dissect::kNoField;
    for (const auto& c : t.tests) {
      FieldId f = dissect::kNoField;
      std::vector<uint64_t> v;
      if (!necessary_values(*c, f, v) || (field != dissect::kNoField && f != field)) return false;
      field = f;
      values.insert(values.end(), v.begin(), v.end());
    }
    return field != dissect::kNoField;
  }
  Atom a = make_atom(t);
  bool wide = a.width >= 2;  // a byte's value tells too little to be worth a look-up
  if (a.op == Atom::Op::kLoad && a.compare == Compare::kEqual && wide && (t.left->kind != ValueKind::kIpv4 || t.right->constants[0].prefix >= 32)) {
    field = t.left->fields[0];
    values = {a.value};
    return true;
  }
  if (a.op == Atom::Op::kLoadSet && !a.negated && a.quantifier == Quantifier::kAny && wide) {
    uint64_t count = 0;
    for (auto [low, high] : a.ranges) count += high - low + 1;
    if (count > 64) return false;
    field = t.left->fields[0];
    for (auto [low, high] : a.ranges)
      for (uint64_t v = low; v <= high; ++v) values.push_back(v);
    return true;
  }
  return false;
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

static std::map<std::string, uint32_t>& known_atoms(ProgramData& program) {
  // Only while compiling; dropped by finish_program.
  static thread_local std::map<std::string, uint32_t> known;
  if (program.atoms.empty()) known.clear();
  return known;
}

bool add_filter(ProgramData& program, const Test& root, Subject subject, uint32_t max_instructions) {
  collect_fields(root, program.fields);
  uint32_t entry = Compiler(program, known_atoms(program)).emit(root, kAccept, kReject);
  program.filters.push_back({entry, subject});
  return program.code.size() <= max_instructions;
}

void finish_program(ProgramData& program) {
  std::map<FieldId, size_t> by_field;
  for (uint32_t i = 0; i < program.filters.size(); ++i) {
    if (program.filters[i].entry == kReject) continue;
    FieldId field = dissect::kNoField;
    std::vector<uint64_t> values;
    const Test& root = *program.typed[i].root;
    // A single filter is tested at once; the look-up pays from a few on.
    if (program.filters.size() < 8 || !necessary_values(root, field, values)) {
      program.always.push_back(i);
      continue;
    }
    auto [it, fresh] = by_field.emplace(field, program.indexes.size());
    if (fresh) {
      const FieldDef& def = Registry::get()[field];
      Atom load;
      set_load(load, def);
      program.indexes.push_back({field, def.proto, load.width, load.shift, load.offset, load.also, load.mask, {}});
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (uint64_t v : values) program.indexes[it->second].filters[v].push_back(i);
  }
  std::sort(program.fields.begin(), program.fields.end());
  program.fields.erase(std::unique(program.fields.begin(), program.fields.end()), program.fields.end());
  program.answers.assign(program.atoms.size(), 0);
  program.visited.assign(program.filters.size(), 0);
  program.flow_all = false;
  for (const auto& typed : program.typed) {
    auto condition = flow_condition(*typed.root);
    if (!condition || program.typed.size() > 16) {
      program.flow_all = true;
      program.flow.clear();
      break;
    }
    program.flow.push_back(std::move(condition));
  }
}

std::string print_program(const ProgramData& program) {
  auto target = [](uint32_t t) { return t == kAccept ? std::string("match") : t == kReject ? std::string("no match") : std::to_string(t); };
  std::string out;
  for (size_t i = 0; i < program.code.size(); ++i) {
    const Instruction& in = program.code[i];
    static constexpr std::string_view kOps[] = {"presence", "load", "load set", "walk"};
    out += std::to_string(i) + "  " + std::string(kOps[static_cast<size_t>(program.atoms[in.atom].op)]) + "  " + print_typed(*program.atoms[in.atom].test) +
           "  true: " + target(in.on_true) + "  false: " + target(in.on_false) + "\n";
  }
  for (size_t i = 0; i < program.filters.size(); ++i) out += "filter " + std::to_string(i) + " begins at " + target(program.filters[i].entry) + "\n";
  for (const auto& index : program.indexes)
    out += "look-up by " + std::string(Registry::get()[index.field].name) + ": " + std::to_string(index.filters.size()) + " values\n";
  return out;
}

}  // namespace wiretail::filter
