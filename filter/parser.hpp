// Tokens to the untyped tree, by recursive descent; the grammar is in README.md of this folder. Any thread, no state.
#pragma once
#include <memory>
#include <vector>

#include "filter/ast.hpp"

namespace wiretail::filter {

struct ParseResult {
  std::unique_ptr<Node> root;  // null: the text was blank, or there are errors
  std::vector<FilterError> errors;
};

// `max_depth`: levels of nesting; passing it is an error that names the limit.
ParseResult parse(const TokenList& list, uint32_t max_depth);

}  // namespace wiretail::filter
