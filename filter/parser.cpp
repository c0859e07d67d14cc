#include "filter/parser.hpp"

#include "filter/error_codes.hpp"
#include "filter/ranges.hpp"

namespace wiretail::filter {
namespace {

using NodePtr = std::unique_ptr<Node>;

bool is_comparison(TokenKind k) { return k >= TokenKind::kEqual && k <= TokenKind::kGreaterEqual; }

class Parser {
 public:
  Parser(const TokenList& list, uint32_t max_depth) : tokens_(list.tokens), max_depth_(max_depth) {}

  ParseResult run() {
    ParseResult result;
    if (peek().kind == TokenKind::kEnd) return result;
    NodePtr root = parse_or();
    if (root && peek().kind != TokenKind::kEnd) {
      const Token& t = peek();
      bool word = t.kind == TokenKind::kWord || t.kind == TokenKind::kString;
      fail(word ? error_code::kAfterTest : error_code::kUnexpected, t.span, "\"" + t.text + "\" cannot follow a complete test",
           word ? "join tests with \"and\" or \"or\"" : t.kind == TokenKind::kComma ? "several values go into a set: tcp.port in {80, 443}" : "");
    }
    if (errors_.empty()) result.root = std::move(root);
    result.errors = std::move(errors_);
    return result;
  }

 private:
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(TokenKind kind) {
    if (peek().kind != kind) return false;
    take();
    return true;
  }
  NodePtr fail(uint16_t code, Span span, std::string message, std::string hint = "") {
    if (errors_.empty()) errors_.push_back({code, span, std::move(message), std::move(hint)});
    return nullptr;
  }
  NodePtr unexpected(const char* wanted, std::string hint = "") {
    const Token& t = peek();
    if (t.kind == TokenKind::kEnd) return fail(error_code::kEnded, t.span, std::string("the text ends where ") + wanted + " is expected", std::move(hint));
    return fail(error_code::kUnexpected, t.span, "\"" + t.text + "\" stands where " + wanted + " is expected", std::move(hint));
  }
  NodePtr make(Node::Form form, Span span) {
    auto node = std::make_unique<Node>();
    node->form = form;
    node->span = span;
    return node;
  }
  static Span join(const Node& a, const Node& b) { return {a.span.begin, b.span.begin + b.span.length - a.span.begin}; }
  NodePtr binary(Node::Form form, NodePtr a, NodePtr b) {
    NodePtr node = make(form, join(*a, *b));
    node->children.push_back(std::move(a));
    node->children.push_back(std::move(b));
    return node;
  }
  // Nesting is bounded, so that no text can exhaust the stack.
  bool deeper() {
    if (++depth_ <= max_depth_) return true;
    fail(error_code::kLimit, peek().span, "the filter nests deeper than the limit max_depth of " + std::to_string(max_depth_));
    return false;
  }
  struct Shallower {
    uint32_t& depth;
    ~Shallower() { --depth; }
  };

  // a op a op a, without recursion to the left; long chains become one flat node.
  NodePtr chain(Node::Form form, TokenKind op, NodePtr (Parser::*next)()) {
    NodePtr left = (this->*next)();
    if (!left || peek().kind != op) return left;
    NodePtr node = make(form, left->span);
    node->children.push_back(std::move(left));
    while (accept(op)) {
      NodePtr right = (this->*next)();
      if (!right) return nullptr;
      node->span = join(*node, *right);
      node->children.push_back(std::move(right));
    }
    return node;
  }
  NodePtr parse_or() { return chain(Node::Form::kOr, TokenKind::kOr, &Parser::parse_xor); }
  NodePtr parse_xor() { return chain(Node::Form::kXor, TokenKind::kXor, &Parser::parse_and); }
  NodePtr parse_and() { return chain(Node::Form::kAnd, TokenKind::kAnd, &Parser::parse_not); }

  NodePtr parse_not() {
    if (peek().kind != TokenKind::kNot) return parse_test();
    if (!deeper()) return nullptr;
    Shallower guard{depth_};
    Span span = take().span;
    NodePtr child = parse_not();
    if (!child) return nullptr;
    NodePtr node = make(Node::Form::kNot, {span.begin, child->span.begin + child->span.length - span.begin});
    node->children.push_back(std::move(child));
    return node;
  }

  NodePtr parse_test() {
    if (peek().kind == TokenKind::kLeftParen) {
      if (!deeper()) return nullptr;
      Shallower guard{depth_};
      Span open = take().span;
      NodePtr node = parse_or();
      if (!node) return nullptr;
      if (!accept(TokenKind::kRightParen)) return unexpected("\")\"");
      (void)open;
      if (is_comparison(peek().kind) || (peek().kind >= TokenKind::kPlus && peek().kind <= TokenKind::kBitAnd))
        return fail(error_code::kUnexpected, peek().span, "parentheses group tests, not values", "group values with braces: {a + 1} == 2");
      return node;
    }
    bool quantified = peek().kind == TokenKind::kAny || peek().kind == TokenKind::kAll;
    Quantifier quantifier = peek().kind == TokenKind::kAll ? Quantifier::kAll : Quantifier::kAny;
    Span start = peek().span;
    if (quantified) take();
    NodePtr node = parse_relation();
    if (!node) return nullptr;
    if (quantified) {
      if (node->form == Node::Form::kTest || (node->form == Node::Form::kAnd && node->children.empty()))
        return fail(error_code::kUnexpected, start, "\"any\" and \"all\" stand before a comparison", "for example: all tcp.port > 1024");
      if (node->form != Node::Form::kAnd) node->has_quantifier = true, node->quantifier = quantifier;
    }
    return node;
  }

  NodePtr parse_relation() {
    NodePtr left = parse_bits();
    if (!left) return nullptr;
    TokenKind kind = peek().kind;
    if (is_comparison(kind)) return comparisons(std::move(left));
    if (kind == TokenKind::kContains || kind == TokenKind::kMatches) {
      take();
      NodePtr right = parse_primary();
      if (!right) return nullptr;
      return binary(kind == TokenKind::kContains ? Node::Form::kContains : Node::Form::kMatches, std::move(left), std::move(right));
    }
    if (kind == TokenKind::kIn || (kind == TokenKind::kNot && peek(1).kind == TokenKind::kIn)) return membership(std::move(left), kind == TokenKind::kNot);
    NodePtr node = make(Node::Form::kTest, left->span);
    node->children.push_back(std::move(left));
    return node;
  }

  // a < b < c is a < b and b < c.
  NodePtr comparisons(NodePtr left) {
    NodePtr all;
    while (is_comparison(peek().kind)) {
      TokenKind op = take().kind;
      NodePtr right = parse_bits();
      if (!right) return nullptr;
      NodePtr again = is_comparison(peek().kind) ? right->clone() : nullptr;
      NodePtr node = binary(Node::Form::kCompare, std::move(left), std::move(right));
      node->op = op;
      left = std::move(again);
      if (!all && !left) return node;
      if (!all) all = make(Node::Form::kAnd, node->span);
      all->span = join(*all, *node);
      all->children.push_back(std::move(node));
    }
    return all;
  }

  NodePtr membership(NodePtr left, bool negated) {
    if (negated) take();
    take();
    if (peek().kind == TokenKind::kDollar && peek(1).kind == TokenKind::kWord) {
      Span begin = take().span;
      const Token& name = take();
      NodePtr list = make(Node::Form::kList, {begin.begin, name.span.length + 1});
      list->text = name.text;
      NodePtr node = binary(Node::Form::kIn, std::move(left), std::move(list));
      node->negated = negated;
      return node;
    }
    if (!accept(TokenKind::kLeftBrace)) return unexpected("\"{\" and a set", "a set is written {80, 443, 8000..8080}");
    NodePtr node = make(Node::Form::kIn, left->span);
    node->children.push_back(std::move(left));
    node->negated = negated;
    if (peek().kind == TokenKind::kRightBrace) return fail(error_code::kSetSyntax, peek().span, "the set is empty", "name at least one value: {80}");
    while (true) {
      NodePtr element = parse_bits();
      if (!element) return nullptr;
      if (accept(TokenKind::kDotDot)) {
        if (peek().kind == TokenKind::kRightBrace || peek().kind == TokenKind::kComma)
          return fail(error_code::kSetSyntax, peek().span, "the range has no end", "write both ends: 80..90");
        NodePtr high = parse_bits();
        if (!high) return nullptr;
        element = binary(Node::Form::kRange, std::move(element), std::move(high));
      }
      node->children.push_back(std::move(element));
      if (accept(TokenKind::kComma)) continue;
      if (peek().kind == TokenKind::kRightBrace) break;
      if (peek().kind == TokenKind::kEnd) return unexpected("\"}\"");
      return fail(error_code::kSetSyntax, peek().span, "\"" + peek().text + "\" stands where \",\" or \"}\" is expected", "values of a set are separated by commas");
    }
    Span close = take().span;
    node->span.length = close.begin + 1 - node->span.begin;
    return node;
  }

  NodePtr arithmetic(NodePtr a, NodePtr b, ArithmeticOp op) {
    NodePtr node = binary(Node::Form::kArithmetic, std::move(a), std::move(b));
    node->arithmetic = op;
    return node;
  }
  NodePtr parse_bits() {
    NodePtr left = parse_sum();
    while (left && accept(TokenKind::kBitAnd)) {
      NodePtr right = parse_sum();
      if (!right) return nullptr;
      left = arithmetic(std::move(left), std::move(right), ArithmeticOp::kBitAnd);
    }
    return left;
  }
  NodePtr parse_sum() {
    NodePtr left = parse_product();
    while (left && (peek().kind == TokenKind::kPlus || peek().kind == TokenKind::kMinus)) {
      ArithmeticOp op = take().kind == TokenKind::kPlus ? ArithmeticOp::kAdd : ArithmeticOp::kSubtract;
      NodePtr right = parse_product();
      if (!right) return nullptr;
      left = arithmetic(std::move(left), std::move(right), op);
    }
    return left;
  }
  NodePtr parse_product() {
    NodePtr left = parse_unary();
    while (left && peek().kind >= TokenKind::kTimes && peek().kind <= TokenKind::kModulo) {
      TokenKind kind = take().kind;
      NodePtr right = parse_unary();
      if (!right) return nullptr;
      left = arithmetic(std::move(left), std::move(right), kind == TokenKind::kTimes ? ArithmeticOp::kMultiply : kind == TokenKind::kDivide ? ArithmeticOp::kDivide : ArithmeticOp::kModulo);
    }
    return left;
  }
  NodePtr parse_unary() {
    TokenKind kind = peek().kind;
    if (kind != TokenKind::kPlus && kind != TokenKind::kMinus && kind != TokenKind::kLeftBrace) return parse_primary();
    if (!deeper()) return nullptr;
    Shallower guard{depth_};
    Span begin = take().span;
    if (kind == TokenKind::kLeftBrace) {
      NodePtr inner = parse_bits();
      if (!inner) return nullptr;
      if (!accept(TokenKind::kRightBrace)) return unexpected("\"}\"", "braces hold arithmetic; tests are grouped with parentheses");
      return inner;
    }
    NodePtr child = parse_unary();
    if (!child || kind == TokenKind::kPlus) return child;
    NodePtr node = make(Node::Form::kArithmetic, {begin.begin, child->span.begin + child->span.length - begin.begin});
    node->arithmetic = ArithmeticOp::kNegate;
    node->children.push_back(std::move(child));
    return node;
  }

  NodePtr parse_primary() {
    NodePtr node = parse_plain();
    while (node && peek().kind == TokenKind::kBracket) {
      const Token& bracket = take();
      NodePtr slice = make(Node::Form::kSlice, {node->span.begin, bracket.span.begin + bracket.span.length - node->span.begin});
      FilterError error;
      if (!parse_ranges(bracket.text, bracket.span.begin + 1, false, slice->ranges, error)) return errors_.push_back(error), nullptr;
      if (!deeper()) return nullptr;
      --depth_;
      slice->children.push_back(std::move(node));
      node = std::move(slice);
      if (++slices_ > max_depth_) return fail(error_code::kLimit, bracket.span, "more slices than the limit max_depth of " + std::to_string(max_depth_));
    }
    return node;
  }

  NodePtr parse_plain() {
    switch (peek().kind) {
      case TokenKind::kString: {
        const Token& t = take();
        NodePtr node = make(Node::Form::kString, t.span);
        node->text = t.text, node->raw_string = t.raw;
        return node;
      }
      case TokenKind::kChar: {
        const Token& t = take();
        NodePtr node = make(Node::Form::kChar, t.span);
        node->text = t.text;
        return node;
      }
      case TokenKind::kDollar: return reference();
      case TokenKind::kAt:
      case TokenKind::kWord:
        if (peek(1).kind == TokenKind::kLeftParen && peek().kind == TokenKind::kWord) return function();
        return field();
      case TokenKind::kLeftParen:
        return fail(error_code::kUnexpected, peek().span, "parentheses group tests, not values", "group values with braces: {a + 1} == 2");
      default: return unexpected("a field or a value");
    }
  }

  NodePtr field() {
    Span begin = peek().span;
    bool raw = accept(TokenKind::kAt);
    if (peek().kind != TokenKind::kWord) return unexpected("a field's name");
    const Token& word = take();
    NodePtr node = make(Node::Form::kWord, {begin.begin, word.span.begin + word.span.length - begin.begin});
    node->text = word.text, node->raw = raw;
    if (peek().kind != TokenKind::kHash) return node;
    Span hash = take().span;
    const Token& number = peek();
    node->layered = true;
    FilterError error;
    bool adjacent = number.span.begin == hash.begin + 1;
    if (adjacent && number.kind == TokenKind::kBracket) {
      if (!parse_ranges(number.text, number.span.begin + 1, true, node->layers, error)) return errors_.push_back(error), nullptr;
    } else if (adjacent && number.kind == TokenKind::kWord && number.text.find_first_not_of("0123456789") == std::string::npos) {
      if (!parse_ranges(number.text, number.span.begin, true, node->layers, error)) return errors_.push_back(error), nullptr;
    } else {
      return fail(error_code::kLayer, {hash.begin + 1, 1}, "a layer number must follow '#'", "for example ip.src#2, or ip.src#[-1] for the innermost");
    }
    take();
    node->span.length = number.span.begin + number.span.length - node->span.begin;
    return node;
  }

  NodePtr function() {
    if (!deeper()) return nullptr;
    Shallower guard{depth_};
    const Token& name = take();
    take();
    NodePtr node = make(Node::Form::kFunction, name.span);
    node->text = name.text;
    if (accept(TokenKind::kRightParen)) return node;
    while (true) {
      NodePtr argument = parse_bits();
      if (!argument) return nullptr;
      node->children.push_back(std::move(argument));
      if (accept(TokenKind::kComma)) continue;
      if (accept(TokenKind::kRightParen)) return node;
      return unexpected("\",\" or \")\"");
    }
  }

  NodePtr reference() {
    Span begin = take().span;
    bool braces = accept(TokenKind::kLeftBrace);
    NodePtr inner = field();
    if (!inner) return nullptr;
    if (braces && !accept(TokenKind::kRightBrace)) return unexpected("\"}\"");
    NodePtr node = make(Node::Form::kReference, {begin.begin, inner->span.begin + inner->span.length + (braces ? 1u : 0u) - begin.begin});
    node->children.push_back(std::move(inner));
    return node;
  }

  const std::vector<Token>& tokens_;
  uint32_t max_depth_, depth_ = 0, slices_ = 0;
  size_t at_ = 0;
  std::vector<FilterError> errors_;
};

}  // namespace

ParseResult parse(const TokenList& list, uint32_t max_depth) {
  if (!list.errors.empty()) return {nullptr, list.errors};
  return Parser(list, max_depth).run();
}

std::unique_ptr<Node> Node::clone() const {
  auto copy = std::make_unique<Node>();
  copy->form = form, copy->span = span, copy->text = text, copy->raw = raw, copy->layered = layered, copy->raw_string = raw_string;
  copy->layers = layers, copy->ranges = ranges, copy->op = op, copy->arithmetic = arithmetic;
  copy->has_quantifier = has_quantifier, copy->quantifier = quantifier, copy->negated = negated;
  for (const auto& child : children) copy->children.push_back(child->clone());
  return copy;
}

}  // namespace wiretail::filter
