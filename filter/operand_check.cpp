#include "filter/operand_check.hpp"

#include <algorithm>
#include <cmath>

#include "filter/error_codes.hpp"
#include "filter/names.hpp"

namespace wiretail::filter {
namespace {

using dissect::Registry;
using Form = Node::Form;

std::string_view bare(const Node& word) {
  std::string_view text = word.text;
  if (text.size() > 1 && text[0] == '.') text.remove_prefix(1);
  return text;
}

OperandPtr make(Operand::Form form, Span span, const TypeInfo& type) {
  auto operand = std::make_unique<Operand>();
  operand->form = form;
  operand->span = span;
  operand->kind = type.kind, operand->type = type.type;
  return operand;
}

bool is_constant(const Operand& o) { return o.form == Operand::Form::kConstant; }

// What arithmetic of nothing but numbers comes to; none: a field, a time or a function has part in it.
std::optional<long double> number_of(const Operand& o) {
  if (is_constant(o)) {
    const Constant& c = o.constants[0];
    if (c.kind == ValueKind::kFloat) return c.d;
    if (c.kind == ValueKind::kSigned) return static_cast<int64_t>(c.u);
    return c.kind == ValueKind::kUnsigned ? std::optional<long double>(c.u) : std::nullopt;
  }
  if (o.form != Operand::Form::kArithmetic || o.operands.empty()) return std::nullopt;
  auto a = number_of(*o.operands[0]);
  if (o.op == ArithmeticOp::kNegate) return a ? std::optional<long double>(-*a) : std::nullopt;
  auto b = number_of(*o.operands[1]);
  if (!a || !b) return std::nullopt;
  const bool whole = o.kind != ValueKind::kFloat;
  switch (o.op) {
    case ArithmeticOp::kAdd: return *a + *b;
    case ArithmeticOp::kSubtract: return *a - *b;
    case ArithmeticOp::kMultiply: return *a * *b;
    case ArithmeticOp::kDivide: return *b == 0 ? std::nullopt : std::optional<long double>(whole ? std::trunc(*a / *b) : *a / *b);
    case ArithmeticOp::kModulo: return *b == 0 ? std::nullopt : std::optional<long double>(std::fmod(*a, *b));
    case ArithmeticOp::kBitAnd: return *a < 0 || *b < 0 ? std::nullopt : std::optional<long double>(static_cast<uint64_t>(*a) & static_cast<uint64_t>(*b));
    default: return std::nullopt;
  }
}

}  // namespace

TypeInfo without_names(TypeInfo type) {
  type.def = nullptr;
  return type;
}

std::nullptr_t OperandChecker::fail(uint16_t code, Span span, std::string message, std::string hint) {
  if (errors_.size() < kMaxErrors) errors_.push_back({code, span, std::move(message), std::move(hint)});
  return nullptr;
}

void OperandChecker::warn(Span span, std::string message, std::string hint) {
  for (const FilterError& w : warnings_)
    if (w.span.begin == span.begin && w.message == message) return;
  if (warnings_.size() < kMaxErrors)
    warnings_.push_back({error_code::kDeprecated, span, std::move(message), std::move(hint), true});
}

std::span<const FieldId> OperandChecker::fields_of(const Node& word) const {
  if (!word.fields) word.fields = find_name(bare(word)).fields;
  return *word.fields;
}

bool OperandChecker::is_field(const Node& node) const {
  return node.form == Form::kWord && !fields_of(node).empty();
}

bool OperandChecker::is_name(const Node& node) const {
  if (node.form != Form::kWord) return false;
  if (node.raw || !node.layers.empty() || node.text[0] == '.') return true;
  // "fe" and "ffff.ffff" are names here, though they could be bytes elsewhere; ff-ff-ff-ff-ff-ff is an address.
  if (is_number(node.text) || (node.text.find('-') != std::string::npos && parse_byte_literal(node.text))) return false;
  bool digit = node.text[0] >= '0' && node.text[0] <= '9';
  return !digit && node.text.find_first_of(":/") == std::string::npos;
}

std::nullptr_t OperandChecker::unknown_field(const Node& word) {
  std::string_view name = bare(word);
  uint32_t skip = static_cast<uint32_t>(word.text.size() - name.size());
  // The word alone: not the @ before it or the layers behind it.
  Span span = word.span;
  if (!word.raw && word.layers.empty()) span = {word.span.begin, static_cast<uint32_t>(name.size()) + skip};
  std::string hint;
  auto dash = name.rfind('-');
  if (dash != std::string_view::npos && !find_name(name.substr(0, dash)).fields.empty())
    hint = "a minus needs a blank before it: " + std::string(name.substr(0, dash)) + " - " +
           std::string(name.substr(dash + 1));
  else
    hint = suggest_name(name);
  return fail(error_code::kUnknownField, span, unknown_name(name), hint);
}

size_t OperandChecker::groups(const Node& word) const {
  if (word.form != Form::kWord || word.raw) return 1;
  const std::span<const FieldId> fields = fields_of(word);
  if (fields.size() < 2) return 1;
  std::vector<TypeInfo> seen;
  for (FieldId id : fields) {
    TypeInfo type = type_of(Registry::get()[id]);
    if (std::none_of(seen.begin(), seen.end(), [&](const TypeInfo& t) {
          return t.kind == type.kind && (t.type == FieldType::kBoolean) == (type.type == FieldType::kBoolean);
        }))
      seen.push_back(type);
  }
  return std::max<size_t>(1, seen.size());
}

OneOrMany<FieldId> OperandChecker::group_of(const Node& word) const {
  const std::span<const FieldId> all = fields_of(word);
  if (all.size() == 1) return {all[0]};
  if (word.raw || all.empty()) return std::vector<FieldId>(all.begin(), all.end());
  auto chosen = chosen_.find(word.text);
  const size_t group = chosen == chosen_.end() ? 0 : chosen->second;
  std::vector<std::pair<TypeInfo, std::vector<FieldId>>> seen;
  for (FieldId id : all) {
    TypeInfo type = type_of(Registry::get()[id]);
    auto it = std::find_if(seen.begin(), seen.end(), [&](const auto& s) {
      return s.first.kind == type.kind && (s.first.type == FieldType::kBoolean) == (type.type == FieldType::kBoolean);
    });
    if (it == seen.end()) it = seen.insert(seen.end(), {type, {}});
    it->second.push_back(id);
  }
  return seen[std::min(group, seen.size() - 1)].second;
}

TypeInfo OperandChecker::field_type(const Node& word, std::span<const FieldId> fields) const {
  if (word.raw) return result_type(FieldType::kBytes);  // not as lenient as a slice: an address is no partner of it
  // Of several widths the widest; of several tables of names the first.
  TypeInfo out = type_of(Registry::get()[fields[0]]);
  for (FieldId id : fields) {
    TypeInfo other = type_of(Registry::get()[id]);
    if (width_bits(other.type) > width_bits(out.type)) out.type = other.type;
    if (names_of(out).empty() && !names_of(other).empty()) out.def = other.def;
  }
  return out;
}

bool OperandChecker::mentions_field(const Node& node) const {
  if (node.form == Form::kWord) return is_field(node) || node.raw || node.text[0] == '.';
  if (node.form == Form::kReference) return false;
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const auto& child) { return mentions_field(*child); });
}

const Node* OperandChecker::misspelt(const Node& node) const {
  if (node.form == Form::kWord) return is_name(node) && !is_field(node) ? &node : nullptr;
  for (const auto& child : node.children)
    if (const Node* found = misspelt(*child)) return found;
  return nullptr;
}

bool OperandChecker::leads_with_constant(const Node& node) const {
  switch (node.form) {
    case Form::kWord:
      return !is_field(node) && !node.raw;
    case Form::kString:
    case Form::kChar:
      return true;
    case Form::kArithmetic:
      return leads_with_constant(*node.children[0]);
    case Form::kFunction:
      return returns_argument(node.text) && !node.children.empty() && leads_with_constant(*node.children[0]);
    default:
      return false;
  }
}

std::optional<TypeInfo> OperandChecker::infer(const Node& node) const {
  if (node.depth < 3) return infer_now(node);
  if (auto it = inferred_.find(&node); it != inferred_.end()) return it->second;
  return inferred_[&node] = infer_now(node);
}

std::optional<TypeInfo> OperandChecker::infer_now(const Node& node) const {
  switch (node.form) {
    case Form::kWord: {
      if (fields_of(node).empty()) return std::nullopt;
      return field_type(node, group_of(node));
    }
    case Form::kReference: {
      auto type = infer(*node.children[0]);
      if (type) type->def = nullptr;
      return type;
    }
    case Form::kSlice: {
      auto inner = infer(*node.children[0]);
      if (!inner) return std::nullopt;
      TypeInfo type = slice_type();
      if (inner->kind == ValueKind::kString) type.kind = ValueKind::kString, type.type = FieldType::kString;
      return type;
    }
    case Form::kFunction:
      return function_type(node);
    case Form::kArithmetic:
      for (const auto& child : node.children)
        if (auto type = infer(*child)) {
          type->def = nullptr;
          return type;
        }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

OperandPtr OperandChecker::build(const Node& node, const std::optional<TypeInfo>& expected) {
  switch (node.form) {
    case Form::kWord:
      if (is_field(node) || node.raw || !node.layers.empty() || (node.text.size() > 1 && node.text[0] == '.'))
        return field(node);
      return constant(node, expected, false);
    case Form::kString:
    case Form::kChar:
      return constant(node, expected, false);
    case Form::kSlice:
      return slice(node);
    case Form::kFunction:
      return function(node, expected);
    case Form::kArithmetic:
      return arithmetic(node, expected);
    case Form::kReference:
      return reference(node);
    default:
      return fail(error_code::kUnexpected, node.span, "a test cannot stand where a value is expected");
  }
}

OperandPtr OperandChecker::field(const Node& word) {
  NameResult found = find_name(bare(word));
  if (found.fields.empty()) return unknown_field(word);
  if (!found.warning.empty()) warn(word.span, found.warning);
  auto fields = group_of(word);
  for (FieldId id : fields) {
    const dissect::FieldDef& def = Registry::get()[id];
    std::string hint, message = subject_lacks(def, subject_, hint);
    if (!message.empty()) return fail(error_code::kSubject, word.span, message, hint);
    if (subject_ != Subject::kPacket && (def.is_protocol || word.raw))
      return fail(error_code::kSubject, word.span, "an event has no packet bytes that could be compared",
                  "the name of a protocol alone asks whether the connection has it");
  }
  OperandPtr operand = make(Operand::Form::kField, word.span, field_type(word, fields));
  operand->fields = std::move(fields);
  operand->raw = word.raw;
  operand->layers = word.layers;
  return operand;
}

OperandPtr OperandChecker::existence(const Node& node) {
  if (node.form != Form::kWord) return build(node, std::nullopt);
  if (!is_field(node)) return unknown_field(node);
  NameResult found = find_name(bare(node));
  if (!found.warning.empty()) warn(node.span, found.warning);
  std::string hint, message;
  OperandPtr operand = make(Operand::Form::kField, node.span, field_type(node, fields_of(node)));
  for (FieldId id : found.fields) {
    std::string lacks = subject_lacks(Registry::get()[id], subject_, hint);
    if (lacks.empty())
      operand->fields.push_back(id);
    else
      message = lacks;
  }
  if (operand->fields.empty()) return fail(error_code::kSubject, node.span, message, hint);
  operand->raw = node.raw;
  operand->layers = node.layers;
  return operand;
}

OperandPtr OperandChecker::constant(const Node& node, const std::optional<TypeInfo>& expected, bool negated) {
  if (!expected) {
    if (is_name(node)) return unknown_field(node);
    return fail(error_code::kNeedsField, node.span, "there is no field here, only a constant",
                "compare it with a field: tcp.port == 80");
  }
  Literal literal{node.form == Form::kWord     ? Literal::Form::kWord
                  : node.form == Form::kString ? Literal::Form::kString
                                               : Literal::Form::kChar,
                  node.text, node.span, negated};
  Converted converted = to_constant(literal, *expected);
  if (converted.error.code)
    return fail(converted.error.code, node.span, std::move(converted.error.message), std::move(converted.error.hint));
  if (!converted.warning.empty()) warn(node.span, converted.warning);
  as_text |= converted.as_text;
  OperandPtr operand = make(Operand::Form::kConstant, node.span, *expected);
  operand->kind = converted.value.kind;
  if (converted.as_text) operand->type = FieldType::kString;
  operand->constants.push_back(std::move(converted.value));
  return operand;
}

OperandPtr OperandChecker::slice(const Node& node) {
  const Node& inner = *node.children[0];
  bool literal = inner.form == Form::kString || inner.form == Form::kChar ||
                 (inner.form == Form::kWord && !is_field(inner) && !inner.raw);
  if (literal) {
    if (is_name(inner)) return unknown_field(inner);
    return fail(error_code::kSliceConstant, inner.span, "a constant cannot be sliced");
  }
  auto type = infer(inner);
  if (type && !can(*type, Ability::kSlice)) {
    std::string hint = inner.form == Form::kWord
                           ? "the bytes that a field covers in the packet: @" + std::string(bare(inner)) + "[0]"
                           : "texts, bytes, addresses and protocols can be sliced";
    return fail(error_code::kNotSliceable, inner.span,
                (inner.form == Form::kWord ? "\"" + inner.text + "\" is " : "this is ") + describe(*type) +
                    " and cannot be sliced",
                hint);
  }
  OperandPtr child = build(inner, std::nullopt);
  if (!child || !type) return nullptr;
  OperandPtr operand = make(Operand::Form::kSlice, node.span, *infer(node));
  operand->ranges = node.ranges;
  operand->operands.push_back(std::move(child));
  return operand;
}

OperandPtr OperandChecker::negation(const Node& node, const TypeInfo& type, const TypeInfo& first) {
  const Node& inner = *node.children[0];
  bool literal = inner.form == Form::kWord && !is_field(inner) && !inner.raw;
  OperandPtr child = literal ? constant(inner, type, true) : build(inner, first);
  if (!child) return nullptr;
  OperandPtr operand = make(Operand::Form::kArithmetic, node.span, type);
  operand->op = ArithmeticOp::kNegate;
  if (operand->kind == ValueKind::kUnsigned) operand->kind = ValueKind::kSigned;
  if (is_constant(*child)) {
    Constant c = std::move(child->constants[0]);
    if (c.kind == ValueKind::kUnsigned || c.kind == ValueKind::kSigned) {
      if (c.kind == ValueKind::kUnsigned && c.u > (uint64_t{1} << 63))
        return fail(error_code::kNumberRange, node.span, "the number is below the least that 64 bits hold");
      c.kind = ValueKind::kSigned, c.u = 0 - c.u;
    }
    c.d = -c.d;
    if (c.kind == ValueKind::kTime) c.time = dissect::Time{} - c.time;
    operand->form = Operand::Form::kConstant;
    operand->kind = c.kind;
    operand->constants.push_back(std::move(c));
    return operand;
  }
  operand->operands.push_back(std::move(child));
  return operand;
}

OperandPtr OperandChecker::arithmetic(const Node& node, const std::optional<TypeInfo>& expected) {
  auto type = infer(node);
  // A constant that stands first takes the type of what the whole meets: frame.len == 300 + ip.ttl.
  std::optional<TypeInfo> first = expected && (!type || same_family(*expected, *type)) ? without_names(*expected) : type;
  if (first && (!type || leads_with_constant(node))) type = first;
  if (!type) {
    if (const Node* word = misspelt(node)) return unknown_field(*word);
    return fail(error_code::kNeedsField, node.span, "there is no field here, only constants",
                "compare it with a field: frame.len == 60 + 20");
  }
  Ability ability = ability_of(node.arithmetic);
  for (const auto& child : node.children) {
    auto own = infer(*child);
    bool number = own && own->kind == ValueKind::kFloat && child != node.children[0];  // time * double(…)
    if (can(own ? *own : *type, ability) || (number && type->kind == ValueKind::kTime)) continue;
    if (!own && child->form == Form::kWord && is_name(*child)) return unknown_field(*child);
    std::string what = node.arithmetic == ArithmeticOp::kNegate   ? "has no negative"
                       : node.arithmetic == ArithmeticOp::kBitAnd ? "has no bits to mask"
                                                                  : "takes no part in this arithmetic";
    return fail(error_code::kArithmetic, child->span, describe(own ? *own : *type) + " " + what,
                node.arithmetic == ArithmeticOp::kDivide && type->kind == ValueKind::kIpv4
                    ? "a prefix is written without blanks: 10.0.0.0/8"
                    : "");
  }
  if (node.arithmetic == ArithmeticOp::kNegate) return negation(node, *type, *first);

  // A time is multiplied or divided by a number, which stands on the right.
  bool scaled = type->kind == ValueKind::kTime && ability == Ability::kMultiply;
  OperandPtr operand = make(Operand::Form::kArithmetic, node.span, *type);
  operand->op = node.arithmetic;
  for (size_t i = 0; i < 2; ++i) {
    const Node& child = *node.children[i];
    auto own = infer(child);
    if (scaled && i == 0 && !own)
      return fail(error_code::kArithmetic, child.span, "a number stands right of the time that it multiplies",
                  "swap the two");
    if (scaled && i == 1) {
      bool number =
          !own || own->kind == ValueKind::kFloat || own->type == FieldType::kUint64 || own->type == FieldType::kInt64;
      if (!number)
        return fail(error_code::kArithmetic, child.span,
                    "a time is multiplied or divided by a number, not by " + describe(*own), "make it one: double(…)");
      own = result_type(FieldType::kDouble);
    }
    OperandPtr built = build(child, i == 0 ? first : scaled ? own : type);
    if (!built) return nullptr;
    bool times = own && own->kind == ValueKind::kTime && type->kind == ValueKind::kTime;
    // `&` does not turn an address into bytes, as a comparison with a slice does.
    bool other = own && ability == Ability::kBitAnd && (has_bytes(*type) || has_bytes(*own)) && own->kind != type->kind;
    if (own && !(scaled && i == 1) && !times && (other || !comparable(*type, *own)))
      return fail(error_code::kIncompatible, child.span,
                  "the left side is " + describe(*type) + ", this is " + describe(*own));
    operand->operands.push_back(std::move(built));
  }
  if ((node.arithmetic == ArithmeticOp::kDivide || node.arithmetic == ArithmeticOp::kModulo) &&
      number_of(*operand->operands[1]) == 0) {
    if (number_of(*operand->operands[0])) return fail(error_code::kDivisionByZero, node.span, "division by zero");
    warn(node.span, "division by zero has no value", "no comparison holds but != and ===, which ask every value");
  }
  return operand;
}

OperandPtr OperandChecker::reference(const Node& node) {
  const std::string& name = node.children[0]->text;
  if (options_.lists.contains(name))
    return fail(error_code::kList, node.span, "\"" + name + "\" is a list, not a field", "a list stands alone right of in: ip.src in $" + name);
  OperandPtr source = field(*node.children[0]);
  if (!source) return nullptr;
  OperandPtr operand = make(Operand::Form::kReference, node.span, *infer(node));
  if (options_.selected) operand->constants = captured_values(*source, *options_.selected);
  return operand;
}

OperandPtr OperandChecker::as_bytes(OperandPtr inner) {
  OperandPtr operand = make(Operand::Form::kSlice, inner->span, slice_type());
  operand->ranges = {{Range::Form::kFrom, 0, 0}};
  operand->operands.push_back(std::move(inner));
  return operand;
}

OperandPtr OperandChecker::value_name(OperandPtr field) {
  OperandPtr operand = make(Operand::Form::kValueName, field->span, result_type(FieldType::kString));
  operand->operands.push_back(std::move(field));
  return operand;
}

}  // namespace wiretail::filter
