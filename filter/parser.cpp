#include "filter/parser.hpp"

#include <algorithm>

#include "dissect/registry.hpp"
#include "filter/error_codes.hpp"
#include "filter/filter.hpp"
#include "filter/ranges.hpp"

namespace wiretail::filter {
namespace {

using NodePtr = std::unique_ptr<Node>;
using Form = Node::Form;

// Whatever the configuration allows, the stack bounds recursion.
constexpr uint32_t kDepthCeiling = 1000;

bool is_comparison(TokenKind k) { return k >= TokenKind::kEqual && k <= TokenKind::kGreaterEqual; }
bool is_arithmetic(TokenKind k) { return k >= TokenKind::kPlus && k <= TokenKind::kBitAnd; }
uint32_t end_of(Span s) { return s.begin + s.length; }

class Parser {
 public:
  Parser(const TokenList& list, uint32_t max_depth)
      : tokens_(list.tokens), wrong_(list.errors), max_depth_(std::min(max_depth, kDepthCeiling)) {}

  ParseResult run() {
    ParseResult result;
    if (peek().kind == TokenKind::kEnd) return result;
    NodePtr root = parse_or();
    while (peek().kind != TokenKind::kEnd && !fatal_) {
      left_over();
      if (errors_.size() >= kMaxErrors || peek().kind == TokenKind::kEnd) break;
      root = joined(Form::kAnd, std::move(root), parse_or());  // the rest, for its errors alone
    }
    result.root = std::move(root);
    result.errors = std::move(errors_);
    return result;
  }

 private:
  const Token& peek() const { return tokens_[at_]; }  // the last one is kEnd, and stays
  const Token& peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(TokenKind kind) {
    if (peek().kind != kind) return false;
    take();
    return true;
  }

  // Operand rules return null after an error; test rules turn that into a kError node.
  NodePtr fail(uint16_t code, Span span, std::string message, std::string hint = "") {
    // What the scanner could not read, right before this place, is the cause: one report is enough.
    uint32_t before = at_ > 0 ? end_of(tokens_[at_ - 1].span) : 0;
    for (const FilterError& e : wrong_)
      if (e.span.begin >= before && e.span.begin <= span.begin) return nullptr;
    if (errors_.size() < kMaxErrors) errors_.push_back({code, span, std::move(message), std::move(hint)});
    return nullptr;
  }
  NodePtr unexpected(const std::string& wanted, std::string hint = "", uint16_t code = error_code::kUnexpected) {
    const Token& t = peek();
    if (t.kind == TokenKind::kEnd)
      return fail(error_code::kEnded, t.span, "the text ends where " + wanted + " is expected", std::move(hint));
    return fail(code, t.span, shown(t) + " stands where " + wanted + " is expected", std::move(hint));
  }
  static std::string shown(const Token& t) {
    if (t.kind == TokenKind::kString) return "a string";
    if (t.kind == TokenKind::kChar) return "a character constant";
    if (t.kind == TokenKind::kBracket) return "\"[\"";
    if (t.kind == TokenKind::kLayers) return "\"#\"";
    return "\"" + t.text + "\"";
  }

  static NodePtr make(Form form, Span span) {
    auto node = std::make_unique<Node>();
    node->form = form;
    node->span = span;
    return node;
  }
  static Span join(Span a, Span b) { return {a.begin, end_of(b) - a.begin}; }
  static void adopt(Node& parent, NodePtr child) {
    parent.depth = std::max(parent.depth, child->depth + 1);
    parent.children.push_back(std::move(child));
  }
  static NodePtr joined(Form form, NodePtr a, NodePtr b) {
    NodePtr node = make(form, join(a->span, b->span));
    adopt(*node, std::move(a));
    adopt(*node, std::move(b));
    return node;
  }

  // Nesting is bounded, so that no text exhausts the stack, here or in a later stage.
  struct Level {
    explicit Level(Parser& parser) : p(parser), good(++p.depth_ <= p.max_depth_) {
      if (!good) p.too_deep(p.peek().span);
    }
    ~Level() { --p.depth_; }
    Parser& p;
    bool good;
  };
  NodePtr too_deep(Span span) {
    fatal_ = true;
    return fail(error_code::kLimit, span,
                "the filter nests deeper than the limit max_depth of " + std::to_string(max_depth_),
                max_depth_ < CompileOptions().max_depth ? "" : "write less: more is not possible; many values of one field are a set: tcp.port in {80, 443}");
  }

  // Something follows a complete filter.
  void left_over() {
    const Token& t = peek();
    bool word = t.kind == TokenKind::kWord || t.kind == TokenKind::kString || t.kind == TokenKind::kChar;
    std::string hint;
    if (t.kind == TokenKind::kComma)
      hint = "several values go into a set: tcp.port in {80, 443}";
    else if (t.kind == TokenKind::kRightParen)
      hint = "there is no \"(\" for it";
    else if (t.kind == TokenKind::kRightBrace)
      hint = "there is no \"{\" for it";
    else if (is_comparison(t.kind) || is_arithmetic(t.kind))
      hint = "parentheses group tests; values are grouped with braces: {a + 1} == 2";
    else if (word || t.kind == TokenKind::kLeftParen)
      hint = after_test_hint(t);
    bool joinable = hint.empty() && (word || t.kind == TokenKind::kLeftParen);
    fail(word ? error_code::kAfterTest : error_code::kUnexpected, t.span, shown(t) + " cannot follow a complete test",
         joinable ? "join tests with \"and\" or \"or\"" : hint);
    // A test may follow whose "and" is missing; anything else belongs to the error.
    if (!joinable) take(), skip();
    if (peek().kind == TokenKind::kAnd || peek().kind == TokenKind::kOr || peek().kind == TokenKind::kXor) take();
  }
  // Empty: it could begin another test.
  std::string after_test_hint(const Token& t) const {
    if (at_ > 0 && t.kind == TokenKind::kWord && tokens_[at_ - 1].kind == TokenKind::kWord) {
      std::string dotted = tokens_[at_ - 1].text + "." + t.text;
      if (!dissect::Registry::get().find(dotted).empty()) return "did you mean \"" + dotted + "\"?";
      if (peek(1).kind == TokenKind::kWord || peek(1).kind == TokenKind::kString ||
          peek(1).kind == TokenKind::kLeftBrace)
        return "\"" + t.text + "\" is not an operator; there are == != < <= > >= contains matches in";
    }
    return "";
  }
  // After an error: to the end of the test.
  void skip() {
    for (uint32_t open = 0; peek().kind != TokenKind::kEnd; take()) {
      switch (peek().kind) {
        case TokenKind::kLeftParen:
        case TokenKind::kLeftBrace:
          ++open;
          break;
        case TokenKind::kRightBrace:
          if (open) --open;
          break;
        case TokenKind::kRightParen:
          if (!open) return;
          --open;
          break;
        case TokenKind::kAnd:
        case TokenKind::kOr:
        case TokenKind::kXor:
          if (!open) return;
          break;
        default:
          break;
      }
    }
  }
  NodePtr recovered(Span begin) {
    if (fatal_ || errors_.size() >= kMaxErrors)
      at_ = tokens_.size() - 1;  // enough: to the end
    else
      skip();
    return make(Form::kError, begin);
  }

  // a op a op a: one flat node, whatever its length.
  NodePtr chain(Form form, TokenKind op, NodePtr (Parser::*next)()) {
    NodePtr left = (this->*next)();
    if (peek().kind != op) return left;
    NodePtr node = make(form, left->span);
    adopt(*node, std::move(left));
    while (accept(op)) {
      NodePtr right = (this->*next)();
      node->span = join(node->span, right->span);
      adopt(*node, std::move(right));
    }
    return node;
  }
  NodePtr parse_or() { return chain(Form::kOr, TokenKind::kOr, &Parser::parse_xor); }
  NodePtr parse_xor() { return chain(Form::kXor, TokenKind::kXor, &Parser::parse_and); }
  NodePtr parse_and() { return chain(Form::kAnd, TokenKind::kAnd, &Parser::parse_not); }

  NodePtr parse_not() {
    if (peek().kind != TokenKind::kNot) return parse_test();
    Level level(*this);
    if (!level.good) return recovered(peek().span);
    Span span = take().span;
    NodePtr child = parse_not();
    NodePtr node = make(Form::kNot, join(span, child->span));
    adopt(*node, std::move(child));
    return node;
  }

  NodePtr parse_test() {
    Span begin = peek().span;
    if (peek().kind == TokenKind::kLeftParen) {
      Level level(*this);
      if (!level.good) return recovered(begin);
      take();
      NodePtr node = parse_or();
      if (accept(TokenKind::kRightParen)) return node;
      if (fatal_) return node;
      if (peek().kind == TokenKind::kEnd)
        unexpected("\")\"");
      else
        left_over(), skip(), accept(TokenKind::kRightParen);
      return make(Form::kError, begin);
    }
    bool quantified = peek().kind == TokenKind::kAny || peek().kind == TokenKind::kAll;
    Quantifier quantifier = peek().kind == TokenKind::kAll ? Quantifier::kAll : Quantifier::kAny;
    if (quantified) {
      take();
      TokenKind next = peek().kind;
      if (next == TokenKind::kLeftParen || next == TokenKind::kNot) {
        unexpected("a comparison", "\"any\" and \"all\" stand right before one comparison: all tcp.port > 1024");
        return recovered(begin);
      }
    }
    NodePtr node = parse_relation();
    if (!node) return recovered(begin);
    if (quantified && node->form == Form::kTest) {
      unexpected("a comparison", "\"any\" and \"all\" stand before a comparison: all tcp.port > 1024");
      return recovered(begin);
    }
    // Before a chain of comparisons the quantifier has no meaning, as in Wireshark.
    if (quantified && node->form != Form::kAnd) node->has_quantifier = true, node->quantifier = quantifier;
    return node;
  }

  NodePtr parse_relation() {
    bool primary =
        peek().kind != TokenKind::kPlus && peek().kind != TokenKind::kMinus && peek().kind != TokenKind::kLeftBrace;
    NodePtr left = parse_bits();
    if (!left) return nullptr;
    TokenKind kind = peek().kind;
    if (is_comparison(kind)) return comparisons(std::move(left));
    bool negated = kind == TokenKind::kNot && peek(1).kind == TokenKind::kIn;
    if (kind == TokenKind::kContains || kind == TokenKind::kMatches || kind == TokenKind::kIn || negated) {
      if (!primary || left->form == Form::kArithmetic)
        return unexpected("a comparison",
                          "only fields, slices and functions can be searched: arithmetic takes == != < <= > >=");
      if (kind == TokenKind::kIn || negated) return membership(std::move(left), negated);
      take();
      NodePtr right = parse_primary();
      if (!right) return nullptr;
      return joined(kind == TokenKind::kContains ? Form::kContains : Form::kMatches, std::move(left), std::move(right));
    }
    if (kind == TokenKind::kNot) {  // behind an operand it can only begin "not in"
      take();
      return unexpected("\"in\"", "join tests with \"and\" or \"or\": a and not b");
    }
    NodePtr node = make(Form::kTest, left->span);
    adopt(*node, std::move(left));
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
      NodePtr node = joined(Form::kCompare, std::move(left), std::move(right));
      node->op = op;
      left = std::move(again);
      if (!all && !left) return node;
      if (!all) all = make(Form::kAnd, node->span);
      all->span = join(all->span, node->span);
      adopt(*all, std::move(node));
    }
    return all;
  }

  NodePtr membership(NodePtr left, bool negated) {
    if (negated) take();
    take();
    NodePtr node = make(Form::kIn, left->span);
    node->negated = negated;
    adopt(*node, std::move(left));
    if (peek().kind == TokenKind::kDollar && peek(1).kind == TokenKind::kWord) {
      Span dollar = take().span;
      const Token& name = take();
      NodePtr list = make(Form::kList, join(dollar, name.span));
      list->text = name.text;
      node->span = join(node->span, list->span);
      adopt(*node, std::move(list));
      return node;
    }
    if (!accept(TokenKind::kLeftBrace))
      return unexpected("\"{\"", "a set is written {80, 443, 8000..8080}; a list of the configuration $name");
    if (peek().kind == TokenKind::kRightBrace)
      return fail(error_code::kSetSyntax, peek().span, "the set is empty", "name at least one value: {80}");
    while (true) {
      NodePtr element = set_element();
      if (!element) return nullptr;
      adopt(*node, std::move(element));
      if (peek().kind == TokenKind::kRightBrace) break;
      if (!accept(TokenKind::kComma))
        return unexpected("\",\" or \"}\"", "the values of a set are separated by commas", error_code::kSetSyntax);
      if (peek().kind == TokenKind::kRightBrace)
        return fail(error_code::kSetSyntax, peek().span, "a value is missing behind the last comma of the set", "leave the comma out, or write another value: {80, 443}");
    }
    node->span = join(node->span, take().span);
    return node;
  }

  NodePtr set_element() {
    // Of nearly all sets nearly all elements are one word.
    if (const TokenKind next = peek(1).kind; peek().kind == TokenKind::kWord && (next == TokenKind::kComma || next == TokenKind::kRightBrace)) return field();
    NodePtr low = parse_bits();
    if (!low || !accept(TokenKind::kDotDot)) return low;
    if (peek().kind == TokenKind::kRightBrace || peek().kind == TokenKind::kComma)
      return fail(error_code::kSetSyntax, peek().span, "the range has no end", "write both ends: 80..90");
    NodePtr high = parse_bits();
    return high ? joined(Form::kRange, std::move(low), std::move(high)) : nullptr;
  }

  NodePtr arithmetic(NodePtr a, NodePtr b, ArithmeticOp op) {
    NodePtr node = joined(Form::kArithmetic, std::move(a), std::move(b));
    node->arithmetic = op;
    if (node->depth + depth_ > max_depth_) return too_deep(node->span);  // a + a + a … nests to the left
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
      ArithmeticOp op = kind == TokenKind::kTimes    ? ArithmeticOp::kMultiply
                        : kind == TokenKind::kDivide ? ArithmeticOp::kDivide
                                                     : ArithmeticOp::kModulo;
      left = arithmetic(std::move(left), std::move(right), op);
    }
    return left;
  }
  NodePtr parse_unary() {
    TokenKind kind = peek().kind;
    if (kind != TokenKind::kPlus && kind != TokenKind::kMinus && kind != TokenKind::kLeftBrace) return parse_primary();
    Level level(*this);
    if (!level.good) return nullptr;
    Span begin = take().span;
    if (kind == TokenKind::kLeftBrace) {
      NodePtr inner = parse_bits();
      if (inner && !accept(TokenKind::kRightBrace))
        return unexpected("\"}\"", "braces hold arithmetic; tests are grouped with parentheses");
      return inner;
    }
    NodePtr child = parse_unary();
    if (!child || kind == TokenKind::kPlus) return child;
    NodePtr node = make(Form::kArithmetic, join(begin, child->span));
    node->arithmetic = ArithmeticOp::kNegate;
    adopt(*node, std::move(child));
    return node;
  }

  NodePtr parse_primary() {
    NodePtr node = parse_plain();
    while (node && peek().kind == TokenKind::kBracket) {
      const Token& bracket = take();
      NodePtr slice = make(Form::kSlice, join(node->span, bracket.span));
      ranges(bracket.text, bracket.span.begin + 1, false, slice->ranges);
      adopt(*slice, std::move(node));
      if (slice->depth + depth_ > max_depth_) return too_deep(bracket.span);
      node = std::move(slice);
    }
    return node;
  }

  // A wrong range is reported; reading goes on as if it were right.
  void ranges(std::string_view text, uint32_t position, bool layers, SeldomList<Range>& out) {
    FilterError error;
    std::vector<Range> found;
    if (parse_ranges(text, position, layers, found, error)) {
      out = std::move(found);
      return;
    }
    fail(error.code, error.span, std::move(error.message), std::move(error.hint));
    out = {{Range::Form::kOffsetLength, 0, 1}};
  }

  NodePtr parse_plain() {
    const Token& t = peek();
    switch (t.kind) {
      case TokenKind::kString:
      case TokenKind::kChar: {
        take();
        NodePtr node = make(t.kind == TokenKind::kString ? Form::kString : Form::kChar, t.span);
        node->text = t.text, node->raw_string = t.raw;
        return node;
      }
      case TokenKind::kDollar:
        return reference();
      case TokenKind::kAt:
        return field();
      case TokenKind::kWord:
        return peek(1).kind == TokenKind::kLeftParen ? function() : field();
      case TokenKind::kLeftParen:
        return unexpected("a value", "parentheses group tests; values are grouped with braces: {a + 1} == 2");
      case TokenKind::kRightParen:
        return unexpected("a test");
      default:
        return is_capital_keyword(t) ? field() : unexpected("a field or a value");
    }
  }

  // Where a value is expected a keyword in capitals is a value, as in versions that know only the others: dns.qry.class == IN.
  static bool is_capital_keyword(const Token& t) {
    constexpr TokenKind kTexts[] = {TokenKind::kBracket, TokenKind::kLayers, TokenKind::kString, TokenKind::kChar};
    if (std::find(std::begin(kTexts), std::end(kTexts), t.kind) != std::end(kTexts)) return false;
    return std::any_of(t.text.begin(), t.text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  }

  NodePtr field() {
    Span begin = peek().span;
    bool raw = accept(TokenKind::kAt);
    if (peek().kind != TokenKind::kWord && (raw || !is_capital_keyword(peek()))) return unexpected("the name of a field");
    const Token& word = take();
    NodePtr node = make(Form::kWord, join(begin, word.span));
    node->text = word.text, node->raw = raw;
    if (peek().kind != TokenKind::kLayers) return node;
    const Token& layers = take();
    bool bracketed = layers.span.length > layers.text.size() + 1;
    ranges(layers.text, layers.span.begin + (bracketed ? 2 : 1), true, node->layers);
    node->span = join(node->span, layers.span);
    return node;
  }

  NodePtr function() {
    Level level(*this);
    if (!level.good) return nullptr;
    const Token& name = take();
    take();
    NodePtr node = make(Form::kFunction, name.span);
    node->text = name.text;
    if (peek().kind == TokenKind::kRightParen) return node->span = join(node->span, take().span), std::move(node);
    while (true) {
      NodePtr argument = parse_bits();
      if (!argument) return nullptr;
      adopt(*node, std::move(argument));
      if (accept(TokenKind::kComma)) continue;
      if (peek().kind != TokenKind::kRightParen) return unexpected("\",\" or \")\"");
      node->span = join(node->span, take().span);
      return node;
    }
  }

  NodePtr reference() {
    Span begin = take().span;
    bool braces = accept(TokenKind::kLeftBrace);
    NodePtr inner = field();
    if (!inner) return nullptr;
    NodePtr node = make(Form::kReference, join(begin, inner->span));
    adopt(*node, std::move(inner));
    if (!braces) return node;
    if (peek().kind != TokenKind::kRightBrace) return unexpected("\"}\"");
    node->span = join(node->span, take().span);
    return node;
  }

  const std::vector<Token>& tokens_;
  const std::vector<FilterError>& wrong_;  // the scanner's errors
  uint32_t max_depth_, depth_ = 0;
  size_t at_ = 0;
  bool fatal_ = false;
  std::vector<FilterError> errors_;
};

}  // namespace

ParseResult parse(const TokenList& list, uint32_t max_depth) {
  ParseResult result = Parser(list, max_depth).run();
  result.errors.insert(result.errors.begin(), list.errors.begin(), list.errors.end());
  std::stable_sort(result.errors.begin(), result.errors.end(),
                   [](const FilterError& a, const FilterError& b) { return a.span.begin < b.span.begin; });
  if (result.errors.size() > kMaxErrors) result.errors.resize(kMaxErrors);
  return result;
}

}  // namespace wiretail::filter
