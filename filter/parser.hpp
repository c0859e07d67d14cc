// Tokens to the untyped tree, by recursive descent; the grammar is in README.md of this folder. Any thread, no state.
// A syntax error ends the test that it is in; reading goes on behind the next "and", "or" or ")", so that several
// errors are found at once.
#pragma once
#include <memory>
#include <vector>

#include "filter/ast.hpp"

namespace wiretail::filter {

struct ParseResult {
  std::unique_ptr<Node> root;       // null: the text was blank. With errors it holds kError nodes
  std::vector<FilterError> errors;  // of the tokens and of the tree, left to right
};

// `max_depth`: levels of nesting; passing it is an error that names the limit.
ParseResult parse(const TokenList& list, uint32_t max_depth);

}  // namespace wiretail::filter
