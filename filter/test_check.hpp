// Checking of tests: existence, comparisons, searches, sets; operands are operand_check's. Used by check.cpp alone, one
// object for one filter; collects errors, never throws. Recursion is bounded by the parser's depth.
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "filter/check.hpp"
#include "filter/operand_check.hpp"

namespace wiretail::filter {

using TestPtr = std::unique_ptr<Test>;

class TestChecker {
 public:
  TestChecker(Subject subject, const CompileOptions& options, CheckResult& result)
      : options_(options), errors_(result.errors), list_uses_(result.list_uses), operands_(subject, options, result.errors, result.filter.warnings) {}
  TestPtr test(const Node& node);

 private:
  static TestPtr make(Test::Form form, Span span);
  static bool is_constant(const OperandPtr& operand) { return operand->form == Operand::Form::kConstant; }
  TestPtr joined(Test::Form form, const Node& node);
  // `ip.addr == A or B`: says what was meant.
  void teach(const Node& node, size_t i);
  // A name may stand for fields of several kinds (`conn.orig_ip`): the test holds if it holds for one of them, and
  // those that the literal does not fit are left out.
  void several_kinds(const Node& node, std::vector<const Node*>& out) const;
  TestPtr by_group(const Node& node);
  TestPtr relation(const Node& node);
  TestPtr no_field(const Node& node, std::string_view what);
  TestPtr alone(const Node& node);
  static Quantifier quantifier_of(const Node& node, Quantifier natural);
  TestPtr incompatible(const Node& left, const TypeInfo& a, const Node& right, const TypeInfo& b);
  TestPtr comparison(const Node& node);
  // The right word is neither a field nor a value: it may be a misspelt field.
  void hint_at_field(const Node& word);
  // Protocols, addresses and texts beside a slice are compared as bytes.
  static void same_kind(OperandPtr& a, OperandPtr& b);
  // The left side of `contains` and `matches`: what can be searched, or a field whose values have names.
  OperandPtr searched(const Node& node, Ability ability, std::string_view op, std::optional<TypeInfo>& type);
  TestPtr contains(const Node& node);
  TestPtr matches(const Node& node);
  TestPtr membership(const Node& node);
  bool list_of(const Node& node, const TypeInfo& type, Test& out);
  bool set_of(const Node& node, const TypeInfo& type, Test& out);
  // One of the names in a set stands for several values: the field's name is looked up in the set, as text, and the
  // other elements become names too.
  bool name_all(const TypeInfo& type, Test& out);
  bool fits_another(const Node& word, const Node& element);
  OperandPtr set_operand(const Node& node, const TypeInfo& type);
  const CompileOptions& options_;
  std::vector<FilterError>& errors_;
  std::vector<ListUse>& list_uses_;
  OperandChecker operands_;
};

}  // namespace wiretail::filter
