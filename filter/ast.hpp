// The untyped tree: what the parser makes of the tokens. Every node knows its place in the text. Plain data.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "filter/error.hpp"
#include "filter/lexer.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

struct Node {
  enum class Form : uint8_t {
    kAnd, kOr, kXor, kNot,  // tests
    kCompare,               // op, quantifier
    kContains, kMatches,    // quantifier
    kIn,                    // children[0] in the rest: elements, ranges as kRange; negated
    kTest,                  // an operand alone
    kWord,                  // a field or an unquoted value; raw, layers
    kString, kChar,
    kSlice,                 // children[0], ranges
    kFunction,              // text, children
    kArithmetic,            // arithmetic
    kReference,             // ${word} or $word: children[0]
    kRange,                 // lo..hi of a set
    kList,                  // $name behind `in`
  } form = Form::kWord;
  Span span;
  std::string text;
  bool raw = false;         // @
  bool layered = false;
  bool raw_string = false;
  std::vector<Range> layers, ranges;
  TokenKind op = TokenKind::kEnd;  // of kCompare
  ArithmeticOp arithmetic = ArithmeticOp::kAdd;
  bool has_quantifier = false;
  Quantifier quantifier = Quantifier::kAny;
  bool negated = false;
  std::vector<std::unique_ptr<Node>> children;

  std::unique_ptr<Node> clone() const;
};

std::string print_tree(const Node& node);

}  // namespace wiretail::filter
