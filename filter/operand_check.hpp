// Checking of operands: fields, constants, slices, functions, arithmetic, references. Used by check.cpp alone.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "filter/ast.hpp"
#include "filter/filter.hpp"
#include "filter/literals.hpp"

namespace wiretail::filter {

using OperandPtr = std::unique_ptr<Operand>;

class OperandChecker {
 public:
  OperandChecker(Subject subject, const CompileOptions& options, std::vector<FilterError>& errors)
      : subject_(subject), options_(options), errors_(errors) {}

  // The type of the first part that has one, left to right; empty: constants only.
  std::optional<TypeInfo> infer(const Node& node, size_t group = 0);
  // How many kinds of values the registrations of the node's field have (`conn.orig_ip`: IPv4 and IPv6); the literal picks.
  size_t groups(const Node& node);
  // Null after an error. Constants take the expected type.
  OperandPtr build(const Node& node, const std::optional<TypeInfo>& expected, size_t group = 0);
  // A value of several names was met: compare the field's value name as text instead.
  bool several_names = false;

  void fail(uint16_t code, Span span, std::string message, std::string hint = "");
  // A word that is a field; reports an unknown one.
  bool is_field(const Node& node) const;
  void unknown_field(const Node& node, std::string_view name);
  // The operand as bytes: whole fields beside a slice.
  static OperandPtr as_bytes(OperandPtr operand);
  bool mentions_field(const Node& node) const;

 private:
  std::vector<FieldId> resolve(const Node& node) const;
  std::vector<FieldId> group_fields(const Node& node, size_t group) const;
  OperandPtr field(const Node& node, size_t group);
  OperandPtr slice(const Node& node, const std::optional<TypeInfo>& expected);
  OperandPtr function(const Node& node, const std::optional<TypeInfo>& expected);
  OperandPtr arithmetic(const Node& node, const std::optional<TypeInfo>& expected);
  OperandPtr reference(const Node& node);
  bool allowed(const Node& node, FieldId id);

  Subject subject_;
  const CompileOptions& options_;
  std::vector<FilterError>& errors_;
};

// Operator and type: what display-filter.md's matrix allows.
bool can_compare(const TypeInfo& a, const TypeInfo& b);
bool can_slice(const TypeInfo& t);
bool can_contain(const TypeInfo& t);
bool can_match(const TypeInfo& t);
bool can_calculate(const TypeInfo& t, ArithmeticOp op);

std::string_view subject_name(Subject subject);

}  // namespace wiretail::filter
