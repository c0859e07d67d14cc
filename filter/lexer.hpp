// Text to tokens, by longest match. First stage of compiling a filter; any thread, no state, never fails: what is wrong
// is collected as errors, and scanning goes on behind it with the token that was probably meant, so that later stages
// can report more. Blanks separate tokens and are otherwise dropped; the inside of `[…]` is one token, read by
// ranges.hpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "filter/error.hpp"

namespace wiretail::filter {

enum class TokenKind : uint8_t {
  kEnd,      // of the text
  kWord,     // a name or an unquoted value: tcp.port, 10.0.0.0/8, aa:bb, 80
  kString,   // "…" or r"…": `text` has the value
  kChar,     // '…': `text` has the one byte
  kBracket,  // […]: `text` has what is between
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kComma,
  kDotDot,
  kLayers,  // #2 or #[…]: `text` has the number or what is between the brackets
  kAt,      // @ raw bytes
  kDollar,  // $ reference, list
  kEqual,
  kAllEqual,
  kNotEqual,
  kAnyNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kContains,
  kMatches,
  kIn,
  kAnd,
  kOr,
  kXor,
  kNot,
  kAny,
  kAll,
  kPlus,
  kMinus,
  kTimes,
  kDivide,
  kModulo,
  kBitAnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
  std::string text;
  bool raw = false;  // r"…"
};

struct TokenList {
  std::vector<Token> tokens;  // ends with kEnd
  std::vector<FilterError> errors;
};

TokenList tokenize(std::string_view text);

// One line a token: position, kind, text.
std::string print_tokens(const TokenList& list);
std::string_view token_name(TokenKind kind);

}  // namespace wiretail::filter
