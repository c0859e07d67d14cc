// Checking of operands: fields, constants, slices, functions, arithmetic, references. Used by check.cpp alone, one
// object for one filter; collects errors, never throws. Recursion is bounded by the parser's depth.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "filter/ast.hpp"
#include "filter/filter.hpp"
#include "filter/literals.hpp"
#include "filter/types.hpp"

namespace wiretail::filter {

using OperandPtr = std::unique_ptr<Operand>;

class OperandChecker {
 public:
  OperandChecker(Subject subject, const CompileOptions& options, std::vector<FilterError>& errors,
                 std::vector<FilterError>& warnings)
      : subject_(subject), options_(options), errors_(errors), warnings_(warnings) {}

  // The type of the first part that has one, left to right; empty: constants only.
  std::optional<TypeInfo> infer(const Node& node) const;
  // Null after an error. Constants take the expected type.
  OperandPtr build(const Node& node, const std::optional<TypeInfo>& expected);
  // A field or slice alone: some occurrence, of any of the name's registrations.
  OperandPtr existence(const Node& node);

  // A constant was the name of several values: the field's value name must be compared with it, as text.
  bool as_text = false;

  // Registrations of one name may differ in kind (`conn.orig_ip`: IPv4 and IPv6). A test is checked once for each
  // combination; `choose` says which registrations a name stands for meanwhile.
  size_t groups(const Node& word) const;
  void choose(const Node& word, size_t group) { chosen_[word.text] = group, inferred_.clear(); }
  void choose_none() { chosen_.clear(), inferred_.clear(); }

  std::nullptr_t fail(uint16_t code, Span span, std::string message, std::string hint = "");
  void warn(Span span, std::string message, std::string hint = "");
  bool is_field(const Node& node) const;  // a word that names a field
  bool is_name(const Node& node) const;   // a word that could only be a field: no number, no address
  std::span<const FieldId> fields_of(const Node& word) const;
  std::nullptr_t unknown_field(const Node& word);
  bool mentions_field(const Node& node) const;
  // The first word of an expression without a type that can only be meant as a field; null: none.
  const Node* misspelt(const Node& node) const;
  // The operand as bytes: whole fields beside a slice.
  static OperandPtr as_bytes(OperandPtr operand);
  static OperandPtr value_name(OperandPtr field);

 private:
  std::optional<TypeInfo> infer_now(const Node& node) const;
  // Its first operand is a constant, or begins with one.
  bool leads_with_constant(const Node& node) const;
  OneOrMany<FieldId> group_of(const Node& word) const;  // what `choose` has chosen, or the first
  TypeInfo field_type(const Node& word, std::span<const FieldId> fields) const;
  OperandPtr field(const Node& word);
  OperandPtr constant(const Node& node, const std::optional<TypeInfo>& expected, bool negated);
  OperandPtr slice(const Node& node);
  OperandPtr arithmetic(const Node& node, const std::optional<TypeInfo>& expected);
  // `first`: what constants within become.
  OperandPtr negation(const Node& node, const TypeInfo& type, const TypeInfo& first);
  OperandPtr reference(const Node& node);
  // function_check.cpp
  static bool returns_argument(std::string_view function);  // max, min, abs: a value of the arguments' type
  std::optional<TypeInfo> function_type(const Node& node) const;
  OperandPtr function(const Node& node, const std::optional<TypeInfo>& expected);
  bool argument_fits(Function function, const Node& node, const std::optional<TypeInfo>& type,
                     std::string& wanted) const;

  Subject subject_;
  const CompileOptions& options_;
  std::vector<FilterError>& errors_;
  std::vector<FilterError>& warnings_;
  std::unordered_map<std::string, size_t> chosen_;
  mutable std::unordered_map<const Node*, std::optional<TypeInfo>> inferred_;  // of what is nested: asked at every level
};

TypeInfo without_names(TypeInfo type);

// The captured values of a field in the selected packet, for ${field}.
std::vector<Constant> captured_values(const Operand& field, dissect::Dissection& packet);

}  // namespace wiretail::filter
