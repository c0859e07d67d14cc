// The untyped tree and the registry to the typed tree: names resolved, literals converted, operators allowed or
// refused. After it nothing can fail. All errors of one expression are collected, up to kMaxErrors. Any thread, no
// state.
#pragma once
#include <string_view>

#include "filter/ast.hpp"
#include "filter/filter.hpp"

namespace wiretail::filter {

inline constexpr size_t kMaxFilterBytes = 4 << 20;  // of one text

struct CheckResult {
  TypedFilter filter;               // root is null if there are errors; a blank text is kTrue
  std::vector<ListUse> list_uses;   // `in $name`
  std::vector<FilterError> errors;  // spans refer to the text as it was given, like those of the warnings
  std::string expanded;             // the text after macros: spans of the typed tree refer to it
};

// Macros, tokens, tree, check in one go.
CheckResult check_filter(std::string_view text, Subject subject, const CompileOptions& options);
// The last stage alone.
CheckResult check_tree(const Node& root, Subject subject, const CompileOptions& options);

// One line, unambiguous: two tests with equal texts are equal tests.
std::string print_typed(const Test& test);
std::string print_operand(const Operand& operand);
// For `--explain`: one line a test, indented.
std::string print_typed_tree(const Test& test);

}  // namespace wiretail::filter
