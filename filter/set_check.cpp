// The right side of `in`: sets written out, and lists of the configuration.
#include "filter/error_codes.hpp"
#include "filter/names.hpp"
#include "filter/simplify.hpp"
#include "filter/test_check.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {
namespace {

using Form = Node::Form;

ValueList::Reader reader_of(const TypeInfo& type) {
  ValueList::Reader reader{type.kind};
  const unsigned bits = type.kind == ValueKind::kUnsigned || type.kind == ValueKind::kSigned ? width_bits(type.type) : 64;
  if (type.kind == ValueKind::kUnsigned && bits < 64) reader.most = (uint64_t{1} << bits) - 1;
  if (type.kind == ValueKind::kSigned) reader.most = (uint64_t{1} << (bits - 1)) - 1, reader.least = -static_cast<int64_t>(reader.most) - 1;
  if (type.kind == ValueKind::kUnsigned && !type.slice && type.type != FieldType::kBoolean) reader.names = names_of(type);
  reader.six = type.type == FieldType::kEther && !type.slice;
  return reader;
}

}  // namespace

TestPtr TestChecker::membership(const Node& node) {
  const Node& l = *node.children[0];
  bool list = node.children[1]->form == Form::kList;
  // Of a set the left side is a plain field, as in Wireshark; a list takes whatever has a value.
  bool plain = l.form == Form::kWord && (operands_.is_field(l) || l.raw);
  if (l.form == Form::kWord && !plain && operands_.is_name(l)) return operands_.unknown_field(l);
  if (!plain && !(list && operands_.mentions_field(l)))
    return operands_.fail(error_code::kSetField, l.span, "a field is expected left of \"in\"",
                          l.form == Form::kFunction || l.form == Form::kSlice ? "compare it with each value" : "");
  auto type = operands_.infer(l);
  OperandPtr left = operands_.build(l, std::nullopt);
  if (!left || !type) return nullptr;
  if (!can(*type, Ability::kCompare))
    return operands_.fail(error_code::kOperator, l.span, describe(*type) + " cannot be in a set");
  TestPtr out = make(list ? Test::Form::kInList : Test::Form::kIn, node.span);
  out->quantifier = quantifier_of(node, Quantifier::kAny);
  out->left = std::move(left);
  if (list ? !list_of(node, *type, *out) : !set_of(node, *type, *out)) return nullptr;
  if (!node.negated) return out;
  if (out->quantifier == Quantifier::kAny) {  // no value is in the set, and the field exists
    out->negated = true;
    return out;
  }
  // Some value is not in the set: not all are, and there are some.
  TestPtr both = make(Test::Form::kAnd, node.span), there = make(Test::Form::kExists, node.span), negation = make(Test::Form::kNot, node.span);
  there->left = clone(*out->left);
  negation->tests.push_back(std::move(out));
  both->tests.push_back(std::move(there)), both->tests.push_back(std::move(negation));
  return both;
}

bool TestChecker::list_of(const Node& node, const TypeInfo& type, Test& out) {
  const Node &left = *node.children[0], &name = *node.children[1];
  auto it = options_.lists.find(name.text);
  if (it == options_.lists.end() || !it->second) {
    std::string known;
    for (const auto& [list, unused] : options_.lists) known += (known.empty() ? "there are " : ", ") + list;
    operands_.fail(error_code::kList, name.span, "there is no list \"" + name.text + "\"",
                   known.empty() ? "define it in the configuration: [[list]] name = \"" + name.text + "\"" : known);
    return false;
  }
  out.list = it->second;
  out.list_name = name.text;
  if (left.form == Form::kWord && operands_.is_field(left) && !left.raw) {
    // Names of the field's values stand in the list as those values.
    std::vector<dissect::ValueNames> names;
    for (FieldId id : operands_.fields_of(left)) {
      list_uses_.push_back({name.text, reader_of(type_of(dissect::Registry::get()[id]))});
      if (!list_uses_.back().reader.names.empty()) names.push_back(list_uses_.back().reader.names);
    }
    if (!names.empty())
      if (auto named = it->second->with_names(names)) out.list = std::move(named);
  } else
    list_uses_.push_back({name.text, reader_of(type)});
  if (out.list->may_hold(type.kind) || it->second->is_unread()) return true;  // what is wrong with the file is said there
  // Of a name with fields of several kinds one will do: conn.orig_ip and a list of IPv4 addresses.
  if (left.form == Form::kWord && operands_.groups(left) > 1)
    for (FieldId id : find_name(left.text).fields)
      if (it->second->may_hold(type_of(dissect::Registry::get()[id]).kind)) return true;
  operands_.warn(name.span, "the list \"" + name.text + "\" has no entry that could be " + describe(type), "nothing in it will match; see the list's file, or compare another field");
  return true;
}

bool TestChecker::set_of(const Node& node, const TypeInfo& type, Test& out) {
  if (node.children.size() - 1 > options_.max_set_elements) {
    operands_.fail(
        error_code::kLimit, node.span,
        "the set has more elements than the limit max_set_elements of " + std::to_string(options_.max_set_elements),
        "load them from a file: in $name");
    return false;
  }
  // Of a name with fields of several kinds each kind takes the elements that fit it.
  bool several = operands_.groups(*node.children[0]) > 1;
  bool good = true, as_text = false;
  for (size_t i = 1; i < node.children.size() && errors_.size() < kMaxErrors; ++i) {
    const Node& element = *node.children[i];
    bool range = element.form == Form::kRange;
    operands_.as_text = false;
    std::vector<FilterError> kept = errors_;
    SetElement built;
    built.low = set_operand(range ? *element.children[0] : element, type);
    if (range && built.low) built.high = set_operand(*element.children[1], type);
    if (!built.low || (range && !built.high)) {
      if (several && fits_another(*node.children[0], range ? *element.children[0] : element))
        errors_ = kept;
      else
        good = false;
      continue;
    }
    if (range && operands_.as_text) {
      operands_.fail(error_code::kValueNameOrder, element.span, "several values have this name: they have no order");
      good = false;
    }
    as_text |= operands_.as_text;
    out.set.push_back(std::move(built));
  }
  if (!good || errors_.size() >= kMaxErrors || out.set.empty()) return false;
  if (as_text && !name_all(type, out)) return false;
  for (SetElement& e : out.set) {
    if (e.low->form != Operand::Form::kConstant) same_kind(out.left, e.low);
    if (e.high && e.high->form != Operand::Form::kConstant) same_kind(out.left, e.high);
  }
  return true;
}

bool TestChecker::name_all(const TypeInfo& type, Test& out) {
  for (SetElement& e : out.set) {
    if (e.high || !is_constant(e.low))
      return operands_.fail(error_code::kValueNameOrder, e.low->span,
                            "beside a name of several values only values can stand, not ranges or fields"),
             false;
    Constant& c = e.low->constants[0];
    if (c.kind == ValueKind::kString) continue;
    std::string_view name = dissect::value_name(names_of(type), c.u);
    if (name.empty())
      return operands_.fail(error_code::kValueName, e.low->span,
                            "this value has no name, and another element is the name of several values",
                            "write two tests, joined with \"or\""),
             false;
    c = {};
    c.kind = ValueKind::kString, c.bytes = std::string(name);
    e.low->kind = ValueKind::kString, e.low->type = FieldType::kString;
  }
  out.left = OperandChecker::value_name(std::move(out.left));
  return true;
}

bool TestChecker::fits_another(const Node& word, const Node& element) {
  auto type = operands_.infer(word);
  for (FieldId id : find_name(word.text).fields) {
    TypeInfo other = type_of(dissect::Registry::get()[id]);
    if (type && other.kind == type->kind) continue;
    Literal literal{element.form == Form::kWord ? Literal::Form::kWord : Literal::Form::kString, element.text,
                    element.span};
    if (!to_constant(literal, other).error.code) return true;
  }
  return false;
}

OperandPtr TestChecker::set_operand(const Node& node, const TypeInfo& type) {
  if (node.form == Form::kSlice)
    return operands_.fail(error_code::kSetSlice, node.span, "a slice cannot stand in a set", "write a test of its own");
  auto own = operands_.infer(node);
  if (own && !comparable(type, *own))
    return operands_.fail(error_code::kIncompatible, node.span,
                          "the field is " + describe(type) + ", this element " + describe(*own));
  OperandPtr operand = operands_.build(node, type);
  if (!operand) hint_at_field(node);
  return operand;
}

}  // namespace wiretail::filter
