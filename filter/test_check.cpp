#include "filter/test_check.hpp"

#include <algorithm>
#include <cmath>

#include "dissect/registry.hpp"
#include "filter/error_codes.hpp"
#include "filter/foreign_protocols.hpp"
#include "filter/names.hpp"
#include "filter/regex.hpp"

namespace wiretail::filter {
namespace {

using Form = Node::Form;

}  // namespace

TestPtr TestChecker::make(Test::Form form, Span span) {
  auto test = std::make_unique<Test>();
  test->form = form;
  test->span = span;
  return test;
}

TestPtr TestChecker::test(const Node& node) {
  switch (node.form) {
    case Form::kAnd:
      return joined(Test::Form::kAnd, node);
    case Form::kOr:
      return joined(Test::Form::kOr, node);
    case Form::kXor:
      return joined(Test::Form::kXor, node);
    case Form::kNot:
      return joined(Test::Form::kNot, node);
    case Form::kTest:
      return alone(*node.children[0]);
    case Form::kCompare:
    case Form::kContains:
    case Form::kMatches:
    case Form::kIn:
      return by_group(node);
    case Form::kError:
      return nullptr;  // reported by the parser
    default:
      return operands_.fail(error_code::kNeedsField, node.span, "a test is expected here");
  }
}

TestPtr TestChecker::joined(Test::Form form, const Node& node) {
  TestPtr out = make(form, node.span);
  bool good = true;
  for (size_t i = 0; i < node.children.size() && errors_.size() < kMaxErrors; ++i) {
    size_t before = errors_.size();
    TestPtr t = test(*node.children[i]);
    if (t) {
      out->tests.push_back(std::move(t));
      continue;
    }
    good = false;
    if (i > 0 && errors_.size() > before) teach(node, i);
  }
  return good && out->tests.size() == node.children.size() ? std::move(out) : nullptr;
}

void TestChecker::teach(const Node& node, size_t i) {
  const Node* before = node.children[i - 1].get();
  while ((before->form == Form::kAnd || before->form == Form::kOr) && !before->children.empty())
    before = before->children.back().get();
  const Node* leaf = node.children[i].get();
  while ((leaf->form == Form::kAnd || leaf->form == Form::kOr) && !leaf->children.empty())
    leaf = leaf->children[0].get();
  const Node& wrong = *leaf;
  if (wrong.form != Form::kTest || before->form != Form::kCompare) return;
  auto error = std::find_if(errors_.begin(), errors_.end(), [&](const FilterError& e) {
    return e.span.begin == wrong.span.begin &&
           (e.code == error_code::kUnknownField || e.code == error_code::kNeedsField);
  });
  if (error == errors_.end()) return;
  const Node &field = *before->children[0], &first = *before->children[1], &second = *wrong.children[0];
  if (field.form != Form::kWord || !operands_.is_field(field) || first.text.empty() || second.text.empty()) return;
  // A field that there is not, of a protocol that there is, is no value.
  const std::string_view protocol = std::string_view(second.text).substr(0, second.text.find('.'));
  if (protocol.size() < second.text.size() && (find_foreign(protocol) || !dissect::Registry::get().find(protocol).empty())) return;
  auto spelled = [](const Node& n) { return n.form == Form::kString ? "\"" + n.text + "\"" : n.text; };
  bool equal = before->op == TokenKind::kEqual;
  std::string joint = node.form == Form::kAnd ? " and " : " or ", op = equal ? " == " : " != ";
  if (!equal && before->op != TokenKind::kNotEqual) return;
  std::string hint =
      "each test names its field: " + field.text + op + spelled(first) + joint + field.text + op + spelled(second);
  if (equal && node.form == Form::kOr)
    hint += "; or as a set: " + field.text + " in {" + spelled(first) + ", " + spelled(second) + "}";
  if (error->code == error_code::kUnknownField && error->hint.substr(0, 8) == "did you ") {
    // What is spelt nearly like a field's name is no number or address; it may be a text, or the name of a value.
    const std::span<const FieldId> fields = operands_.fields_of(field);
    const bool first_good = std::none_of(errors_.begin(), errors_.end(), [&](const FilterError& e) { return e.span.begin >= before->span.begin && e.span.begin < wrong.span.begin; });
    if (first_good && std::none_of(fields.begin(), fields.end(), [](FieldId id) {
          const dissect::FieldDef& def = dissect::Registry::get()[id];
          return def.row && (def.type == FieldType::kString || !def.row->names.empty());
        })) return;
    hint = error->hint + " Or: " + hint;
  }
  error->hint = hint;
}

void TestChecker::several_kinds(const Node& node, std::vector<const Node*>& out) const {
  if (node.form == Form::kWord) {
    bool known = std::any_of(out.begin(), out.end(), [&](const Node* n) { return n->text == node.text; });
    if (!known && out.size() < 4 && operands_.groups(node) > 1) out.push_back(&node);
    return;
  }
  for (const auto& child : node.children) several_kinds(*child, out);
}

TestPtr TestChecker::by_group(const Node& node) {
  std::vector<const Node*> words;
  several_kinds(node, words);
  if (words.empty()) return relation(node);
  std::vector<FilterError> kept = errors_, first;
  TestPtr out;
  std::vector<size_t> groups(words.size(), 0);
  while (true) {
    for (size_t i = 0; i < words.size(); ++i) operands_.choose(*words[i], groups[i]);
    errors_ = kept;
    if (TestPtr t = relation(node)) {
      if (!out) out = make(Test::Form::kOr, node.span);
      out->tests.push_back(std::move(t));
    } else if (first.empty()) {
      first = errors_;
    }
    size_t i = 0;
    while (i < words.size() && ++groups[i] == operands_.groups(*words[i])) groups[i++] = 0;
    if (i == words.size()) break;
  }
  operands_.choose_none();
  errors_ = out ? kept : first;
  if (out && out->tests.size() == 1) return std::move(out->tests[0]);
  return out;
}

TestPtr TestChecker::relation(const Node& node) {
  switch (node.form) {
    case Form::kCompare:
      return comparison(node);
    case Form::kContains:
      return contains(node);
    case Form::kMatches:
      return matches(node);
    default:
      return membership(node);
  }
}

TestPtr TestChecker::no_field(const Node& node, std::string_view what) {
  return operands_.fail(error_code::kNeedsField, node.span, std::string(what),
                        "a filter asks about a field: tcp.port == 80");
}

TestPtr TestChecker::alone(const Node& node) {
  switch (node.form) {
    case Form::kWord:
      if (!operands_.is_field(node) && !operands_.is_name(node)) return no_field(node, "a constant is not a test");
      break;
    case Form::kString:
    case Form::kChar:
      return no_field(node, "a constant is not a test");
    case Form::kReference:
      return no_field(node, "a reference is a constant, and a constant is not a test");
    case Form::kArithmetic:
    case Form::kFunction:
      if (!operands_.mentions_field(node) && node.form == Form::kArithmetic && !operands_.misspelt(node))
        return no_field(node, "there is no field in this expression");
      break;
    default:
      break;
  }
  OperandPtr operand = operands_.existence(node);
  if (!operand) return nullptr;
  bool value = node.form == Form::kArithmetic || node.form == Form::kFunction;
  if (value && !operands_.mentions_field(node)) return no_field(node, "there is no field in this expression");
  TestPtr out = make(value ? Test::Form::kTruth : Test::Form::kExists, node.span);
  out->left = std::move(operand);
  return out;
}

Quantifier TestChecker::quantifier_of(const Node& node, Quantifier natural) {
  return node.has_quantifier ? node.quantifier : natural;
}

TestPtr TestChecker::incompatible(const Node& left, const TypeInfo& a, const Node& right, const TypeInfo& b) {
  std::string hint;
  if (left.raw != right.raw && left.form == Form::kWord && right.form == Form::kWord)
    hint = "the bytes that a field covers in the packet: @" + (left.raw ? right.text : left.text);
  else if (right.form == Form::kWord && b.kind == ValueKind::kProtocol && a.kind != ValueKind::kProtocol)
    hint =
        a.kind == ValueKind::kString || !names_of(a).empty()
            ? "\"" + right.text + "\" is a protocol's name; as text it goes into double quotes: \"" + right.text + "\""
            : "\"" + right.text + "\" is a protocol's name";
  else if (has_bytes(a) && has_bytes(b))
    hint =
        "to compare their bytes slice one side: " + (left.form == Form::kWord ? left.text : std::string("…")) + "[0:]";
  else if (right.form == Form::kWord && a.slice)
    hint = "the bytes that a field covers in the packet: @" + right.text;
  uint16_t code = a.slice && !has_bytes(b) ? error_code::kNotBytes : error_code::kIncompatible;
  return operands_.fail(code, right.span, "the left side is " + describe(a) + ", the right side " + describe(b), hint);
}

TestPtr TestChecker::comparison(const Node& node) {
  const Node &l = *node.children[0], &r = *node.children[1];
  auto a = operands_.infer(l), b = operands_.infer(r);
  const Node* first = &l;
  while (first->form == Form::kArithmetic) first = first->children[0].get();
  if (operands_.is_name(*first) && !operands_.is_field(*first) && (!a || first != &l)) return operands_.unknown_field(*first);
  if (!a && !b) {
    for (const Node* side : {&l, &r})
      if (const Node* word = operands_.misspelt(*side)) return operands_.unknown_field(*word);
    if (l.form == Form::kFunction || l.form == Form::kSlice) {  // says what is wrong with it
      operands_.build(l, std::nullopt);
      return nullptr;
    }
    return no_field(l, "there is no field in this comparison");
  }
  for (const Node* side : {&l, &r}) {
    const auto& t = side == &l ? a : b;
    if (t && !can(*t, Ability::kCompare))
      return operands_.fail(error_code::kOperator, side->span, describe(*t) + " cannot be compared",
                            "write its name alone to ask whether it is there");
  }
  operands_.as_text = false;
  // What arithmetic is wrong gives no type to the constant beside it; then the arithmetic's is the only error.
  OperandPtr left, right;
  if (!a && r.form == Form::kArithmetic) {
    if (!(right = operands_.build(r, b))) return nullptr;
    left = operands_.build(l, b);
  } else {
    left = operands_.build(l, a ? a : b);
    if (!left && !b && l.form == Form::kArithmetic) return nullptr;
    right = operands_.build(r, a ? a : b);
  }
  if (!left || !right) {
    if (left) hint_at_field(r);
    return nullptr;
  }
  TypeInfo ta = a ? *a : *b, tb = b ? *b : *a;
  if (!operands_.mentions_field(l) && !operands_.mentions_field(r))
    return no_field(l, "there is no field in this comparison");
  if (a && b && !comparable(ta, tb)) return incompatible(l, ta, r, tb);
  bool ordered = node.op >= TokenKind::kLess;
  if (operands_.as_text) {
    if (ordered)
      return operands_.fail(error_code::kValueNameOrder, is_constant(right) ? r.span : l.span,
                            "several values have this name: they have no order", "compare numbers");
    OperandPtr& field = is_constant(left) ? right : left;
    field = OperandChecker::value_name(std::move(field));
  }
  for (const OperandPtr* side : {&left, &right})
    if (ordered && is_constant(*side) && (*side)->kind == ValueKind::kFloat && std::isnan((*side)->constants[0].d))
      return operands_.fail(error_code::kNan, (*side)->span, "nan has no order",
                            "it can only be compared with == and !=");
  same_kind(left, right);
  TestPtr out = make(Test::Form::kCompare, node.span);
  bool all = node.op == TokenKind::kAllEqual || node.op == TokenKind::kNotEqual;
  out->quantifier = quantifier_of(node, all ? Quantifier::kAll : Quantifier::kAny);
  switch (node.op) {
    case TokenKind::kNotEqual:
    case TokenKind::kAnyNotEqual:
      out->compare = Compare::kNotEqual;
      break;
    case TokenKind::kLess:
      out->compare = Compare::kLess;
      break;
    case TokenKind::kLessEqual:
      out->compare = Compare::kLessEqual;
      break;
    case TokenKind::kGreater:
      out->compare = Compare::kGreater;
      break;
    case TokenKind::kGreaterEqual:
      out->compare = Compare::kGreaterEqual;
      break;
    default:
      out->compare = Compare::kEqual;
  }
  out->left = std::move(left), out->right = std::move(right);
  return out;
}

void TestChecker::hint_at_field(const Node& word) {
  if (word.form != Form::kWord || !operands_.is_name(word) || errors_.empty() || !errors_.back().hint.empty()) return;
  errors_.back().hint = word.text.find('.') != std::string::npos
                            ? suggest_name(word.text)
                            : "\"" + word.text + "\" is neither a field nor a value of this type";
}

void TestChecker::same_kind(OperandPtr& a, OperandPtr& b) {
  if (a->kind == b->kind) return;
  auto convertible = [](const OperandPtr& o) {
    return o->kind == ValueKind::kProtocol || o->kind == ValueKind::kIpv4 || o->kind == ValueKind::kIpv6 ||
           o->kind == ValueKind::kString || o->kind == ValueKind::kBytes;
  };
  if (!convertible(a) || !convertible(b)) return;
  if (a->kind != ValueKind::kBytes) a = OperandChecker::as_bytes(std::move(a));
  if (b->kind != ValueKind::kBytes) b = OperandChecker::as_bytes(std::move(b));
}

OperandPtr TestChecker::searched(const Node& node, Ability ability, std::string_view op,
                                 std::optional<TypeInfo>& type) {
  type = operands_.infer(node);
  if (!type) {
    if (operands_.is_name(node)) return operands_.unknown_field(node);
    if (node.form == Form::kFunction || node.form == Form::kSlice) return operands_.build(node, std::nullopt), nullptr;
    return operands_.fail(error_code::kNeedsField, node.span,
                          "a field is expected left of \"" + std::string(op) + "\"");
  }
  OperandPtr left = operands_.build(node, std::nullopt);
  if (!left || can(*type, ability)) return left;
  if (node.form == Form::kWord && !names_of(*type).empty() && type->kind != ValueKind::kNone) {
    type = result_type(FieldType::kString);
    return OperandChecker::value_name(std::move(left));
  }
  std::string hint = "it searches text, bytes and protocols";
  if (node.form == Form::kWord && can(*type, Ability::kString))
    hint = "turn it into text first: string(" + node.text + ") " + std::string(op) + " \"…\"";
  if (type->kind == ValueKind::kIpv4 && node.form == Form::kWord)
    hint = "a network is a prefix: " + node.text + " == 10.0.0.0/8";
  return operands_.fail(error_code::kOperator, node.span,
                        "\"" + std::string(op) + "\" is not defined for " + describe(*type), hint);
}

TestPtr TestChecker::contains(const Node& node) {
  const Node &l = *node.children[0], &r = *node.children[1];
  std::optional<TypeInfo> type;
  OperandPtr left = searched(l, Ability::kSearch, "contains", type);
  if (!left) return nullptr;
  auto right_type = operands_.infer(r);
  if (right_type && (!comparable(*type, *right_type) ||
                     !(can(*right_type, Ability::kSearch) || (type->slice && has_bytes(*right_type)))))
    return incompatible(l, *type, r, *right_type);
  TypeInfo wanted = *type;
  wanted.def = nullptr, wanted.partial = true;  // part of an Ethernet address will do
  OperandPtr right = operands_.build(r, wanted);
  if (!right) return nullptr;
  if (!operands_.mentions_field(l) && !operands_.mentions_field(r))
    return no_field(l, "there is no field in this test");
  if (r.form == Form::kWord && operands_.is_field(r) && right->kind == ValueKind::kProtocol && r.text[0] != '.' &&
      parse_byte_literal(r.text))
    operands_.warn(r.span, "\"" + r.text + "\" is read as a protocol's name, not as bytes",
                   "bytes: :" + r.text + "; the protocol: ." + r.text);
  // A protocol is searched to the end of its data: it stays one, and bytes are looked for in it. Only what has no
  // bytes at hand is turned into them.
  if (right->kind == ValueKind::kIpv4 || right->kind == ValueKind::kIpv6)
    right = OperandChecker::as_bytes(std::move(right));
  TestPtr out = make(Test::Form::kContains, node.span);
  out->quantifier = quantifier_of(node, Quantifier::kAny);
  out->left = std::move(left), out->right = std::move(right);
  return out;
}

TestPtr TestChecker::matches(const Node& node) {
  const Node &l = *node.children[0], &r = *node.children[1];
  std::optional<TypeInfo> type;
  OperandPtr left = searched(l, Ability::kMatch, "matches", type);
  if (!left) return nullptr;
  if (r.form != Form::kString)
    return operands_.fail(error_code::kPatternString, r.span, "a pattern is a string in double quotes",
                          r.form == Form::kWord ? "write matches \"" + r.text + "\"" : "write the pattern itself: matches \"…\"; a list of patterns is asked with in $name");
  if (!operands_.mentions_field(l)) return no_field(l, "there is no field in this test");
  if (r.text.size() > options_.max_regex_bytes)
    return operands_.fail(
        error_code::kLimit, r.span,
        "the pattern is longer than the limit max_regex_size of " + std::to_string(options_.max_regex_bytes));
  Regex::Error why;
  auto regex = Regex::compile(r.text, why);
  if (!regex)
    return operands_.fail(why.limit ? error_code::kLimit : error_code::kPattern, r.span,
                          (why.limit ? "the pattern is too much: " : "the pattern does not compile: ") + why.text,
                          "at byte " + std::to_string(why.offset) + " of the pattern");
  TestPtr out = make(Test::Form::kMatches, node.span);
  out->regex = std::move(regex);
  out->quantifier = quantifier_of(node, Quantifier::kAny);
  out->left = std::move(left);
  out->pattern = r.text;
  return out;
}

}  // namespace wiretail::filter
