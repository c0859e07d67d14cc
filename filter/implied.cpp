#include "filter/implied.hpp"

#include <utility>

#include "dissect/registry.hpp"
#include "filter/necessary.hpp"
#include "filter/simplify.hpp"

namespace wiretail::filter {
namespace {

constexpr int64_t kMostConstant = int64_t{1} << 40;  // with fields of 32 bits no sum of two leaves 64 bits

bool is_constant(const Operand& o) { return o.form == Operand::Form::kConstant; }
bool whole(ValueKind kind) { return kind == ValueKind::kUnsigned || kind == ValueKind::kSigned; }

// A header's field: a layer has one or two values of it, so that no limit of arithmetic leaves any out.
bool small_field(const Operand& o) {
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty() || o.kind != ValueKind::kUnsigned) return false;
  const dissect::FieldDef& def = dissect::Registry::get()[o.fields[0]];
  if (def.is_protocol || !def.row) return false;
  switch (def.type) {
    case FieldType::kUint8: case FieldType::kUint16: case FieldType::kUint24: case FieldType::kUint32: break;
    default: return false;
  }
  return def.row->direct || (def.row->fixed.offset >= 0 && def.row->fixed.width <= 4);
}

// A field and what is added to it.
struct Sum {
  const Operand* field = nullptr;
  int64_t added = 0;
};

// `f`, `f + 5`, `5 + f` or `f - 5`.
bool sum_of(const Operand& o, Sum& out) {
  if (small_field(o)) return out.field = &o, true;
  if (o.form != Operand::Form::kArithmetic || (o.op != ArithmeticOp::kAdd && o.op != ArithmeticOp::kSubtract) || o.operands.size() != 2) return false;
  const Operand *field = o.operands[0].get(), *number = o.operands[1].get();
  if (o.op == ArithmeticOp::kAdd && is_constant(*field)) std::swap(field, number);
  if (!small_field(*field) || !is_constant(*number) || !whole(number->constants[0].kind)) return false;
  const auto added = static_cast<int64_t>(number->constants[0].u);
  if (added > kMostConstant || added < -kMostConstant) return false;
  out.field = field, out.added = o.op == ArithmeticOp::kAdd ? added : -added;
  return true;
}

std::unique_ptr<Operand> number(int64_t value) {
  auto out = std::make_unique<Operand>();
  out->kind = ValueKind::kSigned, out->type = FieldType::kInt64;
  Constant& c = out->constants.emplace_back();
  c.kind = ValueKind::kSigned, c.u = static_cast<uint64_t>(value);
  return out;
}

// a + m is compared with b + n as a - b with n - m.
std::unique_ptr<const Test> difference(const Test& t) {
  Sum left, right;
  if (!sum_of(*t.left, left) || !sum_of(*t.right, right)) return nullptr;
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kCompare, out->compare = t.compare, out->span = t.span;
  out->left = std::make_unique<Operand>();
  out->left->form = Operand::Form::kArithmetic, out->left->op = ArithmeticOp::kSubtract;
  out->left->kind = ValueKind::kSigned, out->left->type = FieldType::kInt64;
  out->left->operands.push_back(clone(*left.field)), out->left->operands.push_back(clone(*right.field));
  out->right = number(right.added - left.added);
  return out;
}

// f & mask == value: every bit of the value is in f, and none that f has beside them is in the mask.
std::unique_ptr<const Test> masked(const Test& t) {
  const Operand& o = *t.left;
  if (o.form != Operand::Form::kArithmetic || o.op != ArithmeticOp::kBitAnd || !is_constant(*t.right)) return nullptr;
  const Operand *field = o.operands[0].get(), *mask = o.operands[1].get();
  if (is_constant(*field)) std::swap(field, mask);
  if (!is_constant(*mask) || field->form != Operand::Form::kField || (field->kind != ValueKind::kUnsigned && field->kind != ValueKind::kIpv4)) return nullptr;
  const Constant &bits = mask->constants[0], &value = t.right->constants[0];
  if (bits.kind != field->kind || value.kind != field->kind) return nullptr;
  if (field->kind == ValueKind::kIpv4 && (bits.prefix < 32 || value.prefix < 32)) return nullptr;
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kIn, out->span = t.span;
  out->left = clone(*field);
  SetElement& range = out->set.emplace_back(SetElement{clone(*t.right), clone(*t.right)});
  Constant& highest = range.high->constants[0];
  // What the mask takes away no value has: from the highest to the lowest nothing lies.
  if (value.u & ~bits.u) range.low->constants[0].u = 1, highest.u = 0;
  else highest.u |= field->kind == ValueKind::kIpv4 ? ~bits.u & 0xffffffffu : ~bits.u;
  return out;
}

}  // namespace

std::unique_ptr<const Test> implied_by(const Test& t) {
  if (t.form != Test::Form::kCompare || t.quantifier != Quantifier::kAny || t.compare == Compare::kNotEqual) return nullptr;
  if (auto out = difference(t)) return out;
  return t.compare == Compare::kEqual ? masked(t) : nullptr;
}

}  // namespace wiretail::filter
