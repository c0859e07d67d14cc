// The untyped tree: what the parser makes of the tokens, and check reads. Every node knows its place in the text; names
// are not resolved and values have no type yet. Plain data, owned through unique_ptr. Its depth is bounded by the
// parser, so that walking and destroying it by recursion is safe.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "filter/error.hpp"
#include "filter/lexer.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

struct Node {
  enum class Form : uint8_t {
    kError,  // could not be read; reported already
    // Tests.
    kAnd,
    kOr,
    kXor,
    kNot,
    kCompare,  // op, children[0] op children[1]
    kContains,
    kMatches,
    kIn,    // children[0] in the others: elements, kRange, or one kList; negated
    kTest,  // an operand alone
    // Operands.
    kWord,  // a field or an unquoted value; raw, layers
    kString,
    kChar,
    kSlice,       // children[0], ranges
    kFunction,    // text(children)
    kArithmetic,  // arithmetic, children
    kReference,   // ${field} or $field: children[0] is the kWord
    kRange,       // lo..hi of a set
    kList,        // $text behind `in`
  } form = Form::kWord;
  Span span;
  uint32_t depth = 1;  // of the tree below, itself counted
  std::string text;
  bool raw = false;             // @
  bool raw_string = false;      // r"…"
  bool has_quantifier = false;  // any or all stands before the test
  bool negated = false;         // not in
  Quantifier quantifier = Quantifier::kAny;
  TokenKind op = TokenKind::kEnd;  // of kCompare
  ArithmeticOp arithmetic = ArithmeticOp::kAdd;
  SeldomList<Range> layers, ranges;
  std::vector<std::unique_ptr<Node>> children;

  // The fields that a kWord names: looked up by check, once.
  mutable std::optional<std::span<const FieldId>> fields;

  std::unique_ptr<Node> clone() const;
};

// The tree as indented lines, for `--explain`.
std::string print_tree(const Node& node);

}  // namespace wiretail::filter
