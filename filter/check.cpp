#include "filter/check.hpp"

#include "filter/error_codes.hpp"
#include "filter/macros.hpp"
#include "filter/operand_check.hpp"
#include "filter/parser.hpp"
#include "filter/regex.hpp"

namespace wiretail::filter {
namespace {

using TestPtr = std::unique_ptr<Test>;

TestPtr make(Test::Form form, Span span) {
  auto test = std::make_unique<Test>();
  test->form = form;
  test->span = span;
  return test;
}

class Checker {
 public:
  Checker(Subject subject, const CompileOptions& options, CheckResult& result)
      : options_(options), result_(result), operands_(subject, options, result.errors) {}

  TestPtr test(const Node& node) {
    switch (node.form) {
      case Node::Form::kAnd: return joined(Test::Form::kAnd, node);
      case Node::Form::kOr: return joined(Test::Form::kOr, node);
      case Node::Form::kXor: return joined(Test::Form::kXor, node);
      case Node::Form::kNot: return joined(Test::Form::kNot, node);
      case Node::Form::kTest: return alone(*node.children[0]);
      case Node::Form::kCompare:
      case Node::Form::kContains:
      case Node::Form::kMatches:
      case Node::Form::kIn: return by_group(node);
      default: operands_.fail(error_code::kNeedsField, node.span, "a test is expected here"); return nullptr;
    }
  }

 private:
  TestPtr joined(Test::Form form, const Node& node) {
    TestPtr out = make(form, node.span);
    bool good = true;
    for (const auto& child : node.children) {
      TestPtr t = test(*child);
      if (!t) {
        good = false;
        if (result_.errors.size() >= kMaxErrors) break;
        continue;
      }
      out->tests.push_back(std::move(t));
    }
    return good ? std::move(out) : nullptr;
  }

  // One name may stand for fields of several types: the test holds if it holds for one of them; the literal picks.
  TestPtr by_group(const Node& node) {
    size_t count = operands_.groups(*node.children[0]);
    if (count <= 1) return relation(node, 0);
    std::vector<FilterError> kept = result_.errors, first;
    TestPtr out;
    for (size_t group = 0; group < count; ++group) {
      result_.errors = kept;
      TestPtr t = relation(node, group);
      if (!t) {
        if (first.empty()) first = result_.errors;
        continue;
      }
      if (!out) out = std::move(t);
      else if (out->form == Test::Form::kOr && out->span.begin == node.span.begin && out->tests.size() > 1) out->tests.push_back(std::move(t));
      else {
        TestPtr both = make(Test::Form::kOr, node.span);
        both->tests.push_back(std::move(out));
        both->tests.push_back(std::move(t));
        out = std::move(both);
      }
    }
    result_.errors = out ? kept : first;
    return out;
  }

  TestPtr relation(const Node& node, size_t group) {
    switch (node.form) {
      case Node::Form::kCompare: return comparison(node, group);
      case Node::Form::kContains: return contains(node, group);
      case Node::Form::kMatches: return matches(node, group);
      default: return membership(node, group);
    }
  }

  TestPtr alone(const Node& node) {
    if (node.form == Node::Form::kString || node.form == Node::Form::kChar || node.form == Node::Form::kReference) {
      operands_.fail(error_code::kNeedsField, node.span, "a constant is not a test", "compare it with a field: tcp.port == 80");
      return nullptr;
    }
    if (node.form == Node::Form::kArithmetic && !operands_.mentions_field(node)) {
      operands_.fail(error_code::kNeedsField, node.span, "there is no field in this expression");
      return nullptr;
    }
    OperandPtr operand = operands_.build(node, std::nullopt);
    if (!operand) return nullptr;
    bool value = node.form == Node::Form::kArithmetic || node.form == Node::Form::kFunction;
    TestPtr out = make(value ? Test::Form::kTruth : Test::Form::kExists, node.span);  // a slice of zero bytes still counts
    if (out->form == Test::Form::kExists && operands_.groups(node) > 1)
      for (size_t g = 1; g < operands_.groups(node); ++g)
        if (OperandPtr more = operands_.build(node, std::nullopt, g)) operand->fields.insert(operand->fields.end(), more->fields.begin(), more->fields.end());
    out->left = std::move(operand);
    return out;
  }

  static Quantifier quantifier_of(const Node& node, Quantifier natural) { return node.has_quantifier ? node.quantifier : natural; }

  TestPtr comparison(const Node& node, size_t group) {
    const Node &l = *node.children[0], &r = *node.children[1];
    auto left_type = operands_.infer(l, group), right_type = operands_.infer(r);
    if (!left_type && !right_type) {
      if (l.form == Node::Form::kWord && !parse_integer(l.text)) operands_.unknown_field(l, l.text);
      else operands_.fail(error_code::kNeedsField, l.span, "there is no field in this comparison", "name the field on one side: tcp.port == 80");
      return nullptr;
    }
    if (!left_type && r.form == Node::Form::kWord && l.form == Node::Form::kWord && node_is_name(l)) return operands_.unknown_field(l, l.text), nullptr;
    operands_.several_names = false;
    size_t before = result_.errors.size();
    OperandPtr left = operands_.build(l, left_type ? left_type : right_type, group);
    OperandPtr right = operands_.build(r, right_type ? right_type : left_type);
    if (!left || !right) {
      if (left && result_.errors.size() == before + 1 && result_.errors.back().code == error_code::kNumber && r.form == Node::Form::kWord && node_is_name(r))
        result_.errors.back().hint = result_.errors.back().hint.empty() ? "\"" + r.text + "\" is neither a field nor a value of this type" : result_.errors.back().hint;
      return nullptr;
    }
    bool ordered = node.op >= TokenKind::kLess;
    TypeInfo a = left_type ? *left_type : *right_type, b = right_type ? *right_type : *left_type;
    if (a.kind == ValueKind::kNone || b.kind == ValueKind::kNone) {
      operands_.fail(error_code::kOperator, (a.kind == ValueKind::kNone ? l : r).span, "this field has no value that could be compared", "write its name alone to ask whether it is there");
      return nullptr;
    }
    if (left_type && right_type && !can_compare(a, b)) {
      operands_.fail(error_code::kIncompatible, r.span, "the left side is " + std::string(kind_text(a)) + ", the right side " + std::string(kind_text(b)),
                     r.form == Node::Form::kWord ? "\"" + r.text + "\" is a field's name; put a text in double quotes" : "");
      return nullptr;
    }
    if (operands_.several_names) {
      if (ordered) return operands_.fail(error_code::kValueNameOrder, r.span, "several values have this name: they have no order"), nullptr;
      OperandPtr& field = left->form == Operand::Form::kConstant ? right : left;
      field = value_name(std::move(field));
    }
    to_common(left, right);
    TestPtr out = make(Test::Form::kCompare, node.span);
    bool all = node.op == TokenKind::kAllEqual || node.op == TokenKind::kNotEqual;
    out->quantifier = quantifier_of(node, all ? Quantifier::kAll : Quantifier::kAny);
    switch (node.op) {
      case TokenKind::kNotEqual: case TokenKind::kAnyNotEqual: out->compare = Compare::kNotEqual; break;
      case TokenKind::kLess: out->compare = Compare::kLess; break;
      case TokenKind::kLessEqual: out->compare = Compare::kLessEqual; break;
      case TokenKind::kGreater: out->compare = Compare::kGreater; break;
      case TokenKind::kGreaterEqual: out->compare = Compare::kGreaterEqual; break;
      default: out->compare = Compare::kEqual;
    }
    out->left = std::move(left), out->right = std::move(right);
    return out;
  }

  static bool node_is_name(const Node& n) { return n.form == Node::Form::kWord && !n.text.empty() && !(n.text[0] >= '0' && n.text[0] <= '9') && n.text.find('.') != std::string::npos && n.text.find(':') == std::string::npos; }

  // Protocols, addresses and texts beside a slice are compared as bytes.
  static void to_common(OperandPtr& a, OperandPtr& b) {
    if (a->kind == b->kind) return;
    auto bytes = [](const OperandPtr& o) { return o->kind == ValueKind::kProtocol || o->kind == ValueKind::kIpv4 || o->kind == ValueKind::kIpv6 || o->kind == ValueKind::kString; };
    if (a->kind == ValueKind::kBytes && bytes(b) && b->form != Operand::Form::kConstant) b = OperandChecker::as_bytes(std::move(b));
    else if (b->kind == ValueKind::kBytes && bytes(a) && a->form != Operand::Form::kConstant) a = OperandChecker::as_bytes(std::move(a));
  }

  OperandPtr value_name(OperandPtr field) {
    auto operand = std::make_unique<Operand>();
    operand->form = Operand::Form::kValueName;
    operand->span = field->span;
    operand->kind = ValueKind::kString, operand->type = FieldType::kString;
    operand->operands.push_back(std::move(field));
    return operand;
  }

  // The left side of `contains` and `matches`: searchable, or a field with value names.
  OperandPtr searched(const Node& node, size_t group, bool (*able)(const TypeInfo&), std::string_view op, std::optional<TypeInfo>& type) {
    type = operands_.infer(node, group);
    if (!type) {
      if (node.form == Node::Form::kWord) operands_.unknown_field(node, node.text);
      else operands_.fail(error_code::kNeedsField, node.span, "a field is expected left of \"" + std::string(op) + "\"");
      return nullptr;
    }
    OperandPtr left = operands_.build(node, std::nullopt, group);
    if (!left) return nullptr;
    if (able(*type)) return left;
    if (type->def && type->def->row && !type->def->row->names.empty() && type->kind != ValueKind::kNone) {
      type = TypeInfo{ValueKind::kString, FieldType::kString, nullptr, false};
      return value_name(std::move(left));
    }
    operands_.fail(error_code::kOperator, node.span, "\"" + std::string(op) + "\" is not defined for " + std::string(kind_text(*type)),
                   op == "matches" ? "turn it into text first: string(" + node.text + ") matches \"…\"" : "it searches text, bytes and protocols");
    return nullptr;
  }

  TestPtr contains(const Node& node, size_t group) {
    const Node &l = *node.children[0], &r = *node.children[1];
    std::optional<TypeInfo> type;
    OperandPtr left = searched(l, group, can_contain, "contains", type);
    if (!left) return nullptr;
    auto right_type = operands_.infer(r);
    if (right_type && !(can_compare(*type, *right_type) && can_contain(*right_type))) {
      operands_.fail(error_code::kIncompatible, r.span, "the left side is " + std::string(kind_text(*type)) + ", the right side " + std::string(kind_text(*right_type)),
                     "to search the bytes of a field, slice one side: " + l.text + "[0:] contains " + r.text);
      return nullptr;
    }
    // An Ethernet address may be searched for a part of one.
    TypeInfo wanted = type->kind == ValueKind::kString ? *type : TypeInfo{type->kind, FieldType::kBytes, nullptr, true};
    OperandPtr right = operands_.build(r, right_type ? right_type : wanted);
    if (!right) return nullptr;
    TestPtr out = make(Test::Form::kContains, node.span);
    out->quantifier = quantifier_of(node, Quantifier::kAny);
    out->left = std::move(left), out->right = std::move(right);
    return out;
  }

  TestPtr matches(const Node& node, size_t group) {
    const Node &l = *node.children[0], &r = *node.children[1];
    std::optional<TypeInfo> type;
    OperandPtr left = searched(l, group, can_match, "matches", type);
    if (!left) return nullptr;
    if (r.form != Node::Form::kString) return operands_.fail(error_code::kPatternString, r.span, "a pattern is a quoted string", "write " + l.text + " matches \"" + r.text + "\""), nullptr;
    if (r.text.size() > options_.max_regex_bytes)
      return operands_.fail(error_code::kLimit, r.span, "the pattern is longer than the limit max_regex_bytes of " + std::to_string(options_.max_regex_bytes)), nullptr;
    std::string why;
    size_t offset = 0;
    if (!Regex::compile(r.text, why, offset))
      return operands_.fail(error_code::kPattern, r.span, "the pattern does not compile: " + why, "at character " + std::to_string(offset + 1) + " of the pattern"), nullptr;
    TestPtr out = make(Test::Form::kMatches, node.span);
    out->quantifier = quantifier_of(node, Quantifier::kAny);
    out->left = std::move(left);
    out->pattern = r.text;
    return out;
  }

  TestPtr membership(const Node& node, size_t group) {
    const Node& l = *node.children[0];
    if (l.form != Node::Form::kWord || (!operands_.is_field(l) && !l.raw)) {
      if (l.form == Node::Form::kWord && !parse_integer(l.text)) operands_.unknown_field(l, l.text);
      else operands_.fail(error_code::kSetField, l.span, "a field is expected left of \"in\"");
      return nullptr;
    }
    auto type = operands_.infer(l, group);
    OperandPtr left = operands_.build(l, std::nullopt, group);
    if (!left || !type) return nullptr;
    if (type->kind == ValueKind::kNone) return operands_.fail(error_code::kOperator, l.span, "this field has no value that could be in a set"), nullptr;
    TestPtr out = make(Test::Form::kIn, node.span);
    out->quantifier = quantifier_of(node, Quantifier::kAny);
    out->negated = node.negated;
    out->left = std::move(left);
    if (node.children[1]->form == Node::Form::kList) {
      out->form = Test::Form::kInList;
      out->list_name = node.children[1]->text;
      auto it = options_.lists.find(out->list_name);
      if (it == options_.lists.end()) return operands_.fail(error_code::kList, node.children[1]->span, "there is no list \"" + out->list_name + "\"", "define it in the configuration: [[list]] name = \"" + out->list_name + "\", file = \"…\""), nullptr;
      out->list = it->second;
      return out;
    }
    if (node.children.size() - 1 > options_.max_set_elements)
      return operands_.fail(error_code::kLimit, node.span, "the set has more elements than the limit max_set_elements of " + std::to_string(options_.max_set_elements), "load them from a file: in $name"), nullptr;
    bool good = true;
    operands_.several_names = false;
    for (size_t i = 1; i < node.children.size(); ++i) {
      const Node& element = *node.children[i];
      SetElement built;
      bool range = element.form == Node::Form::kRange;
      built.low = set_operand(range ? *element.children[0] : element, *type);
      if (range) built.high = set_operand(*element.children[1], *type);
      if (!built.low || (range && !built.high)) good = false;
      else out->set.push_back(std::move(built));
    }
    if (operands_.several_names) out->left = value_name(std::move(out->left));
    return good ? std::move(out) : nullptr;
  }

  OperandPtr set_operand(const Node& node, const TypeInfo& type) {
    if (node.form == Node::Form::kSlice) return operands_.fail(error_code::kSetSlice, node.span, "a slice cannot stand in a set"), nullptr;
    auto own = operands_.infer(node);
    OperandPtr operand = operands_.build(node, own ? own : type);
    if (operand && own && !can_compare(type, *own)) {
      operands_.fail(error_code::kIncompatible, node.span, "the field is " + std::string(kind_text(type)) + ", this element " + std::string(kind_text(*own)));
      return nullptr;
    }
    return operand;
  }

  const CompileOptions& options_;
  CheckResult& result_;
  OperandChecker operands_;
};

}  // namespace

CheckResult check_tree(const Node& root, Subject subject, const CompileOptions& options) {
  CheckResult result;
  result.filter.root = Checker(subject, options, result).test(root);
  if (!result.errors.empty()) result.filter.root = nullptr;
  return result;
}

CheckResult check_filter(std::string_view text, Subject subject, const CompileOptions& options) {
  CheckResult result;
  FilterError error;
  std::string expanded;
  if (!expand_macros(text, options.macros, expanded, error)) {
    result.expanded = std::string(text);
    result.errors.push_back(std::move(error));
    return result;
  }
  ParseResult parsed = parse(tokenize(expanded), options.max_depth);
  if (!parsed.errors.empty()) {
    result.errors = std::move(parsed.errors);
  } else if (!parsed.root) {
    result.filter.root = make(Test::Form::kTrue, {});
  } else {
    result = check_tree(*parsed.root, subject, options);
  }
  result.expanded = std::move(expanded);
  return result;
}

}  // namespace wiretail::filter
