#include "filter/lexer.hpp"

#include <array>
#include <utility>

#include "filter/error_codes.hpp"

namespace wiretail::filter {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-' || c == '.' || c == ':' || c == '/'; }
int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::pair<std::string_view, TokenKind> kKeywords[] = {
    {"and", TokenKind::kAnd}, {"or", TokenKind::kOr}, {"xor", TokenKind::kXor}, {"not", TokenKind::kNot},
    {"eq", TokenKind::kEqual}, {"any_eq", TokenKind::kEqual}, {"all_eq", TokenKind::kAllEqual},
    {"ne", TokenKind::kNotEqual}, {"all_ne", TokenKind::kNotEqual}, {"any_ne", TokenKind::kAnyNotEqual},
    {"gt", TokenKind::kGreater}, {"ge", TokenKind::kGreaterEqual}, {"lt", TokenKind::kLess}, {"le", TokenKind::kLessEqual},
    {"contains", TokenKind::kContains}, {"matches", TokenKind::kMatches}, {"in", TokenKind::kIn},
    {"any", TokenKind::kAny}, {"all", TokenKind::kAll}, {"bitwise_and", TokenKind::kBitAnd}, {"bitand", TokenKind::kBitAnd},
};
// Longest first.
constexpr std::pair<std::string_view, TokenKind> kOperators[] = {
    {"===", TokenKind::kAllEqual}, {"!==", TokenKind::kAnyNotEqual},
    {"==", TokenKind::kEqual}, {"!=", TokenKind::kNotEqual}, {">=", TokenKind::kGreaterEqual}, {"<=", TokenKind::kLessEqual},
    {"&&", TokenKind::kAnd}, {"||", TokenKind::kOr}, {"^^", TokenKind::kXor}, {"..", TokenKind::kDotDot},
    {">", TokenKind::kGreater}, {"<", TokenKind::kLess}, {"!", TokenKind::kNot}, {"~", TokenKind::kMatches}, {"&", TokenKind::kBitAnd},
    {"+", TokenKind::kPlus}, {"-", TokenKind::kMinus}, {"*", TokenKind::kTimes}, {"/", TokenKind::kDivide}, {"%", TokenKind::kModulo},
    {"(", TokenKind::kLeftParen}, {")", TokenKind::kRightParen}, {"{", TokenKind::kLeftBrace}, {"}", TokenKind::kRightBrace},
    {",", TokenKind::kComma}, {"#", TokenKind::kHash}, {"@", TokenKind::kAt}, {"$", TokenKind::kDollar},
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  TokenList run() {
    while (list_.errors.empty()) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size()) {
        list_.tokens.push_back({TokenKind::kEnd, {static_cast<uint32_t>(at_), 0}, "", false});
        break;
      }
      step();
    }
    return std::move(list_);
  }

 private:
  void fail(uint16_t code, size_t begin, size_t length, std::string message, std::string hint = "") {
    list_.errors.push_back({code, {static_cast<uint32_t>(begin), static_cast<uint32_t>(length)}, std::move(message), std::move(hint)});
  }
  void push(TokenKind kind, size_t begin, std::string value, bool raw = false) {
    list_.tokens.push_back({kind, {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_ - begin)}, std::move(value), raw});
  }

  void step() {
    char c = text_[at_];
    if (c == '"') return string(at_, at_ + 1, false);
    if ((c == 'r' || c == 'R') && at_ + 1 < text_.size() && text_[at_ + 1] == '"') return string(at_, at_ + 2, true);
    if (c == '\'') return character();
    if (c == '[') return bracket();
    if (word_starts()) return word();
    for (auto [spelling, kind] : kOperators) {
      if (text_.substr(at_, spelling.size()) != spelling) continue;
      size_t begin = at_;
      at_ += spelling.size();
      return push(kind, begin, std::string(spelling));
    }
    if (static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x20)
      return fail(error_code::kNotAscii, at_, 1, "only ASCII may stand outside quotes", "put the text in double quotes");
    if (c == '=') return fail(error_code::kUnexpected, at_, 1, "'=' is not an operator", "did you mean \"==\"?");
    if (c == '|') return fail(error_code::kUnexpected, at_, 1, "'|' is not an operator", "did you mean \"||\"?");
    fail(error_code::kUnexpected, at_, 1, std::string("'") + c + "' is unexpected here");
  }

  // A word begins with a letter, a digit, '_', a '.' or ':' that is not "..", never with '-' or '/'.
  bool word_starts() const {
    char c = text_[at_];
    if (c == '-' || c == '/') return false;
    if (c == '.') return at_ + 1 < text_.size() && text_[at_ + 1] != '.' && is_word(text_[at_ + 1]);
    return is_word(c);
  }

  void word() {
    size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_]) && text_.substr(at_, 2) != "..") ++at_;
    std::string_view value = text_.substr(begin, at_ - begin);
    for (auto [spelling, kind] : kKeywords)
      if (value == spelling) return push(kind, begin, std::string(value));
    push(TokenKind::kWord, begin, std::string(value));
  }

  void append_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | (code >> 6)), out += static_cast<char>(0x80 | (code & 63));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | (code >> 12)), out += static_cast<char>(0x80 | ((code >> 6) & 63)), out += static_cast<char>(0x80 | (code & 63));
    } else {
      out += static_cast<char>(0xf0 | (code >> 18)), out += static_cast<char>(0x80 | ((code >> 12) & 63));
      out += static_cast<char>(0x80 | ((code >> 6) & 63)), out += static_cast<char>(0x80 | (code & 63));
    }
  }

  // One escape at text_[i] == '\\'; appends its value and returns the index behind it, or npos after an error.
  size_t escape(size_t i, std::string& out) {
    size_t begin = i++;
    if (i >= text_.size()) return i;
    char c = text_[i];
    static constexpr std::string_view kPlain = "'\"\\abfnrtv";
    static constexpr std::string_view kValues = "'\"\\\a\b\f\n\r\t\v";
    if (auto at = kPlain.find(c); at != std::string_view::npos) {
      out += kValues[at];
      return i + 1;
    }
    if (c >= '0' && c <= '7') {
      uint32_t value = 0;
      size_t end = i;
      while (end < text_.size() && end < i + 3 && text_[end] >= '0' && text_[end] <= '7') value = value * 8 + static_cast<uint32_t>(text_[end++] - '0');
      if (value > 255) {
        fail(error_code::kEscapeRange, begin, end - begin, "an octal escape is at most \\377");
        return std::string_view::npos;
      }
      out += static_cast<char>(value);
      return end;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
      size_t most = c == 'x' ? 2 : c == 'u' ? 4 : 8, least = c == 'x' ? 1 : most, end = i + 1;
      uint32_t value = 0;
      while (end < text_.size() && end < i + 1 + most && hex(text_[end]) >= 0) value = value * 16 + static_cast<uint32_t>(hex(text_[end++]));
      if (end - i - 1 >= least) {
        if (c == 'x') {
          out += static_cast<char>(value);
        } else if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
          fail(error_code::kEscapeRange, begin, end - begin, "this is not a Unicode character");
          return std::string_view::npos;
        } else {
          append_utf8(out, value);
        }
        return end;
      }
    }
    fail(error_code::kEscape, begin, 2, std::string("\"\\") + c + "\" is not an escape of strings",
         "write a backslash as \\\\, or use a raw string: r\"…\"");
    return std::string_view::npos;
  }

  void string(size_t begin, size_t i, bool raw) {
    std::string value;
    while (i < text_.size() && text_[i] != '"') {
      if (text_[i] == '\\') {
        if (raw) {
          value += text_[i++];
          if (i < text_.size()) value += text_[i++];
          continue;
        }
        i = escape(i, value);
        if (i == std::string_view::npos) return;
        continue;
      }
      value += text_[i++];
    }
    if (i >= text_.size()) return fail(error_code::kStringOpen, text_.size(), 0, "the string has no closing quote");
    at_ = i + 1;
    push(TokenKind::kString, begin, std::move(value), raw);
  }

  void character() {
    size_t begin = at_, i = at_ + 1;
    std::string value;
    if (i < text_.size() && text_[i] == '\\') {
      size_t before = list_.errors.size();
      i = escape(i, value);
      if (i == std::string_view::npos) {
        list_.errors.resize(before);
        return fail(error_code::kCharacter, begin, std::min(text_.size() - begin, text_.find('\'', begin + 1) - begin + 1), "this is not a character constant");
      }
    } else {
      while (i < text_.size() && text_[i] != '\'') value += text_[i++];
    }
    if (i >= text_.size() || text_[i] != '\'') return fail(error_code::kCharacter, begin, text_.size() - begin, "the character constant has no closing quote");
    at_ = i + 1;
    if (value.size() != 1) return fail(error_code::kCharacter, begin, at_ - begin, "a character constant holds exactly one character", "use double quotes for text");
    push(TokenKind::kChar, begin, std::move(value));
  }

  void bracket() {
    size_t begin = at_, end = text_.find(']', at_);
    if (end == std::string_view::npos) return fail(error_code::kBracketOpen, text_.size(), 0, "the '[' has no closing ']'");
    at_ = end + 1;
    push(TokenKind::kBracket, begin, std::string(text_.substr(begin + 1, end - begin - 1)));
  }

  std::string_view text_;
  size_t at_ = 0;
  TokenList list_;
};

}  // namespace

TokenList tokenize(std::string_view text) { return Lexer(text).run(); }

std::string_view token_name(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEnd: return "end";
    case TokenKind::kWord: return "word";
    case TokenKind::kString: return "string";
    case TokenKind::kChar: return "character";
    case TokenKind::kBracket: return "range";
    default: return "operator";
  }
}

std::string print_tokens(const TokenList& list) {
  std::string out;
  for (const Token& token : list.tokens) {
    out += std::to_string(token.span.begin) + "+" + std::to_string(token.span.length) + "  " + std::string(token_name(token.kind));
    if (!token.text.empty()) out += "  " + token.text;
    out += '\n';
  }
  return out;
}

}  // namespace wiretail::filter
