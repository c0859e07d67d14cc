#include "filter/simplify.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "dissect/registry.hpp"
#include "filter/check.hpp"
#include "filter/functions.hpp"
#include "filter/types.hpp"

namespace wiretail::filter {
namespace {

using TestPtr = std::unique_ptr<Test>;

TestPtr constant(bool value, Span span) {
  auto t = std::make_unique<Test>();
  t->form = value ? Test::Form::kTrue : Test::Form::kFalse;
  t->span = span;
  return t;
}

TestPtr negate(TestPtr t) {
  if (t->form == Test::Form::kTrue || t->form == Test::Form::kFalse) return constant(t->form == Test::Form::kFalse, t->span);
  if (t->form == Test::Form::kNot) return std::move(t->tests[0]);
  if (t->form == Test::Form::kAnd || t->form == Test::Form::kOr) {  // De Morgan
    t->form = t->form == Test::Form::kAnd ? Test::Form::kOr : Test::Form::kAnd;
    for (auto& c : t->tests) c = negate(std::move(c));
    return t;
  }
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kNot;
  out->span = t->span;
  out->tests.push_back(std::move(t));
  return out;
}

// `x == a or x == b` is `x in {a, b}`, `x != a and x != b` is `x not in {a, b}`, and such sets go together. Empty: the test
// is none of them, otherwise what it is about.
std::string set_subject(const Test& t, bool all) {
  if (t.quantifier != (t.form == Test::Form::kCompare && all ? Quantifier::kAll : Quantifier::kAny)) return "";
  if (t.form == Test::Form::kCompare) {
    if (t.compare != (all ? Compare::kNotEqual : Compare::kEqual) || t.right->form != Operand::Form::kConstant) return "";
  } else if (t.form != Test::Form::kIn || t.negated != all) {
    return "";
  }
  switch (t.left->form) {
    case Operand::Form::kField: return print_operand(*t.left);
    // A slice of text and one of the same text's bytes are printed alike.
    case Operand::Form::kSlice:
    case Operand::Form::kFunction:
    case Operand::Form::kValueName: return print_operand(*t.left) + " " + std::to_string(static_cast<int>(t.left->kind));
    default: return "";  // arithmetic without a result contradicts no `!=`, and is in no set
  }
}

void merge_sets(std::vector<TestPtr>& parts, bool all) {
  std::unordered_map<std::string, size_t> first;  // by subject: where the set grows
  size_t kept = 0;
  for (TestPtr& part : parts) {
    std::string subject = set_subject(*part, all);
    if (!subject.empty()) {
      auto [it, fresh] = first.emplace(subject, kept);
      if (!fresh) {
        Test& set = *parts[it->second];
        for (Test* t : {&set, part.get()}) {
          if (t->form != Test::Form::kCompare) continue;
          t->form = Test::Form::kIn, t->negated = all, t->quantifier = Quantifier::kAny, t->compare = Compare::kEqual;
          t->set.push_back({std::move(t->right), nullptr});
        }
        for (SetElement& e : part->set) set.set.push_back(std::move(e));
        set.sorted = nullptr;
        continue;
      }
    }
    if (&parts[kept] != &part) parts[kept] = std::move(part);
    ++kept;
  }
  parts.resize(kept);
}

// The numbers of an expression without fields: one, or none where it has no result.
DatumList numbers_of(const Operand& o, dissect::Arena& arena) {
  DatumList out;
  if (o.form == Operand::Form::kConstant) return out.push_back(datum_of(o.constants[0])), out;
  if (o.form != Operand::Form::kArithmetic) return out;
  const DatumList left = numbers_of(*o.operands[0], arena), right = o.operands.size() > 1 ? numbers_of(*o.operands[1], arena) : left;
  if (left.empty() || right.empty() || (left[0].kind != ValueKind::kUnsigned && left[0].kind != ValueKind::kSigned)) return out;
  calculate(o.op, left[0], right[0], arena, out);
  return out;
}

// A sum of constants becomes a constant, where it is a number that the field beside it can have: then the stages behind see what
// they see of a number written out.
void fold(Operand& o, const Operand& field) {
  if (o.form != Operand::Form::kArithmetic || field.form != Operand::Form::kField || field.raw || field.kind != ValueKind::kUnsigned) return;
  dissect::Arena arena;
  const DatumList found = numbers_of(o, arena);
  const unsigned bits = width_bits(field.type);
  if (found.size() != 1 || found[0].kind != ValueKind::kUnsigned || (bits < 64 && found[0].u >> bits)) return;
  Constant c;
  c.kind = ValueKind::kUnsigned, c.u = found[0].u;
  o.form = Operand::Form::kConstant, o.kind = ValueKind::kUnsigned;
  o.constants = {c};
  o.operands.clear();
}

// A constant on the left goes to the right, where every later stage looks for it.
void turn(Test& t) {
  if (t.left->form != Operand::Form::kConstant || t.right->form != Operand::Form::kField) return;
  std::swap(t.left, t.right);
  switch (t.compare) {
    case Compare::kLess: t.compare = Compare::kGreater; break;
    case Compare::kLessEqual: t.compare = Compare::kGreaterEqual; break;
    case Compare::kGreater: t.compare = Compare::kLess; break;
    case Compare::kGreaterEqual: t.compare = Compare::kLessEqual; break;
    case Compare::kEqual: case Compare::kNotEqual: break;
  }
}

// Neither equal nor about one thing: tests of fields of different names. False says nothing.
bool surely_apart(const Test& a, const Test& b) {
  if (!a.left || !b.left) return a.left || b.left;
  if (a.left->form != Operand::Form::kField || b.left->form != Operand::Form::kField) return false;
  const dissect::Registry& registry = dissect::Registry::get();
  return registry[a.left->fields[0]].name != registry[b.left->fields[0]].name;
}

// Most filters join a few tests of as many fields: these need not be printed to be told apart.
bool all_apart(const std::vector<TestPtr>& parts) {
  constexpr size_t kFew = 4;
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (parts.size() > kFew || !surely_apart(*parts[i], *parts[k])) return false;
  return true;
}

TestPtr join(Test::Form form, std::vector<TestPtr> parts, Span span) {
  bool all = form == Test::Form::kAnd;
  std::vector<TestPtr> flat;
  for (auto& part : parts) {
    std::vector<TestPtr> inner;
    if (part->form == form) inner = std::move(part->tests);
    else inner.push_back(std::move(part));
    for (auto& t : inner) {
      if (t->form == (all ? Test::Form::kFalse : Test::Form::kTrue)) return constant(!all, span);
      if (t->form == (all ? Test::Form::kTrue : Test::Form::kFalse)) continue;
      flat.push_back(std::move(t));
    }
  }
  if (!all_apart(flat)) {
    std::set<std::string> seen;
    std::erase_if(flat, [&seen](const TestPtr& t) { return !seen.insert(print_typed(*t)).second; });
    merge_sets(flat, all);
  }
  if (flat.empty()) return constant(all, span);
  if (flat.size() == 1) return std::move(flat[0]);
  std::stable_sort(flat.begin(), flat.end(), [](const TestPtr& a, const TestPtr& b) { return cost_of(*a) < cost_of(*b); });
  auto out = std::make_unique<Test>();
  out->form = form;
  out->span = span;
  out->tests = std::move(flat);
  return out;
}

}  // namespace

std::unique_ptr<Operand> clone(const Operand& o) {
  auto copy = std::make_unique<Operand>();
  copy->form = o.form, copy->span = o.span, copy->kind = o.kind, copy->type = o.type, copy->fields = o.fields, copy->raw = o.raw;
  copy->layers = o.layers, copy->constants = o.constants, copy->ranges = o.ranges, copy->function = o.function, copy->op = o.op;
  for (const auto& c : o.operands) copy->operands.push_back(clone(*c));
  return copy;
}

std::unique_ptr<Test> clone(const Test& t) {
  auto copy = std::make_unique<Test>();
  copy->form = t.form, copy->span = t.span, copy->compare = t.compare, copy->quantifier = t.quantifier, copy->negated = t.negated;
  copy->pattern = t.pattern, copy->regex = t.regex, copy->sorted = t.sorted, copy->list = t.list, copy->list_name = t.list_name;
  for (const auto& c : t.tests) copy->tests.push_back(clone(*c));
  if (t.left) copy->left = clone(*t.left);
  if (t.right) copy->right = clone(*t.right);
  for (const auto& e : t.set) copy->set.push_back({e.low ? clone(*e.low) : nullptr, e.high ? clone(*e.high) : nullptr});
  return copy;
}

uint8_t cost_of(const Test& t) {
  switch (t.form) {
    case Test::Form::kTrue: case Test::Form::kFalse: return 0;
    case Test::Form::kNot: case Test::Form::kAnd: case Test::Form::kOr: case Test::Form::kXor: {
      uint8_t most = 0;
      for (const auto& c : t.tests) most = std::max(most, cost_of(*c));
      return t.form == Test::Form::kNot ? most : static_cast<uint8_t>(std::min(most + 1, 200));
    }
    default: break;
  }
  // What is not in the header walk (state, reassembly, irregular fields) comes after what is.
  uint8_t base = 40;
  if (t.left && t.left->form == Operand::Form::kField && t.left->layers.empty() && !t.left->raw) {
    const auto& def = dissect::Registry::get()[t.left->fields[0]];
    if (def.is_protocol || (def.row && def.row->fixed.offset >= 0)) base = 0;
  }
  switch (t.form) {
    case Test::Form::kExists: return static_cast<uint8_t>(base + 1);
    case Test::Form::kCompare:
      return static_cast<uint8_t>(base + (t.left->kind == ValueKind::kUnsigned ? 2 : t.left->kind == ValueKind::kIpv4 ? 3 : t.left->kind == ValueKind::kIpv6 ? 4 : 8) +
                                  (t.right->form == Operand::Form::kConstant ? 0 : 20));
    case Test::Form::kIn: return static_cast<uint8_t>(base + 6);
    case Test::Form::kInList: return static_cast<uint8_t>(base + 7);
    case Test::Form::kContains: return static_cast<uint8_t>(base + 90);
    case Test::Form::kMatches: return static_cast<uint8_t>(base + 120);
    default: return static_cast<uint8_t>(base + 10);
  }
}

std::unique_ptr<Test> simplify(const Test& t) { return simplify(clone(t)); }

std::unique_ptr<Test> simplify(std::unique_ptr<Test> t) {
  switch (t->form) {
    case Test::Form::kNot: return negate(simplify(std::move(t->tests[0])));
    case Test::Form::kAnd:
    case Test::Form::kOr:
      for (TestPtr& c : t->tests) c = simplify(std::move(c));
      return join(t->form, std::move(t->tests), t->span);
    case Test::Form::kXor: {
      auto out = std::make_unique<Test>();
      out->form = t->form, out->span = t->span;
      bool odd = false;
      for (TestPtr& c : t->tests) {
        TestPtr part = simplify(std::move(c));
        if (part->form == Test::Form::kTrue) odd = !odd;
        else if (part->form != Test::Form::kFalse) out->tests.push_back(std::move(part));
      }
      if (out->tests.empty()) return constant(odd, t->span);
      TestPtr result = out->tests.size() == 1 ? std::move(out->tests[0]) : std::move(out);
      return odd ? negate(std::move(result)) : std::move(result);
    }
    case Test::Form::kCompare:
      // An absent reference makes the relation false.
      if ((t->left->form == Operand::Form::kReference && t->left->constants.empty()) || (t->right->form == Operand::Form::kReference && t->right->constants.empty()))
        return constant(false, t->span);
      fold(*t->left, *t->right), fold(*t->right, *t->left);
      turn(*t);
      return t;
    case Test::Form::kIn:
      for (SetElement& e : t->set)
        for (Operand* bound : {e.low.get(), e.high.get()})
          if (bound) fold(*bound, *t->left);
      return t;
    default: return t;
  }
}

}  // namespace wiretail::filter
