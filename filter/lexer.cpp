#include "filter/lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "filter/error_codes.hpp"

namespace wiretail::filter {
namespace {

using enum TokenKind;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr auto kWordCharacters = [] {
  std::array<bool, 256> out{};
  for (char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/")) out[static_cast<unsigned char>(c)] = true;
  return out;
}();
bool is_word(char c) { return kWordCharacters[static_cast<unsigned char>(c)]; }
bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }
int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::pair<std::string_view, TokenKind> kKeywords[] = {
    {"and", kAnd},
    {"or", kOr},
    {"xor", kXor},
    {"not", kNot},
    {"eq", kEqual},
    {"any_eq", kEqual},
    {"all_eq", kAllEqual},
    {"ne", kNotEqual},
    {"all_ne", kNotEqual},
    {"any_ne", kAnyNotEqual},
    {"gt", kGreater},
    {"ge", kGreaterEqual},
    {"lt", kLess},
    {"le", kLessEqual},
    {"contains", kContains},
    {"matches", kMatches},
    {"in", kIn},
    {"any", TokenKind::kAny},
    {"all", TokenKind::kAll},
    {"bitwise_and", kBitAnd},
    {"bitand", kBitAnd},
};
// Longest first, but for those that no longer one begins with and sets are full of.
constexpr std::pair<std::string_view, TokenKind> kOperators[] = {
    {",", kComma},      {"{", kLeftBrace},     {"}", kRightBrace},
    {"===", kAllEqual}, {"!==", kAnyNotEqual}, {"==", kEqual},    {"!=", kNotEqual},  {">=", kGreaterEqual},
    {"<=", kLessEqual}, {"&&", kAnd},          {"||", kOr},       {"^^", kXor},       {"..", kDotDot},
    {">", kGreater},    {"<", kLess},          {"!", kNot},       {"~", kMatches},    {"&", kBitAnd},
    {"+", kPlus},       {"-", kMinus},         {"*", kTimes},     {"/", kDivide},     {"%", kModulo},
    {"(", kLeftParen},  {")", kRightParen},
    {"@", kAt},         {"$", kDollar},
};
// Typographic quotes, which editors put in by themselves.
constexpr std::string_view kOpenQuote = "\xe2\x80\x9c", kCloseQuote = "\xe2\x80\x9d";

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  TokenList run() {
    list_.tokens.reserve(std::min<size_t>(text_.size() / 4 + 2, 512));
    while (true) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      step();
    }
    push(kEnd, at_, "");
    return std::move(list_);
  }

 private:
  // Returns false, so that callers can end with it.
  bool fail(uint16_t code, size_t begin, size_t length, std::string message, std::string hint = "") {
    if (list_.errors.size() < kMaxErrors)
      list_.errors.push_back(
          {code, {static_cast<uint32_t>(begin), static_cast<uint32_t>(length)}, std::move(message), std::move(hint)});
    return false;
  }
  void push(TokenKind kind, size_t begin, std::string value, bool raw = false) {
    Token& token = list_.tokens.emplace_back();
    token.kind = kind, token.raw = raw, token.text = std::move(value);
    token.span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_ - begin)};
  }
  bool here(std::string_view what, size_t ahead = 0) const { return text_.substr(at_ + ahead, what.size()) == what; }

  void step() {
    char c = text_[at_];
    size_t raw = (c == 'r' || c == 'R') ? 1 : 0;
    if (const char quote = at_ + raw < text_.size() ? text_[at_ + raw] : ' '; quote == '"' || quote == kOpenQuote[0]) {
      if (quote == '"') return string(raw + 1, "\"", raw != 0);
      if (here(kOpenQuote, raw)) return string(raw + kOpenQuote.size(), kCloseQuote, raw != 0);
    }
    if (c == '\'') return character();
    if (c == '[') return bracket();
    if (c == '#') return layers();
    if (word_starts()) return word();
    for (auto [spelling, kind] : kOperators) {
      if (spelling[0] != c || !here(spelling)) continue;
      size_t begin = at_;
      if (kind == kGreater && !list_.tokens.empty() && list_.tokens.back().kind == kLess && list_.tokens.back().span.begin + 1 == begin && text_[begin - 1] == '<') {
        fail(error_code::kUnexpected, begin, 1, "\">\" is unexpected here", "did you mean \"!=\"?");
        ++at_;
        list_.tokens.back() = {kNotEqual, {list_.tokens.back().span.begin, 2}, "<>", false};
        return;
      }
      at_ += spelling.size();
      return push(kind, begin, std::string(spelling));
    }
    wrong_character();
  }

  void wrong_character() {
    size_t begin = at_++;
    char c = text_[begin];
    if (!is_printable(c)) {
      size_t end = at_;
      while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80)
        ++end;  // one report a character
      fail(error_code::kNotAscii, begin, 1, "only printable ASCII may stand outside quotes",
           "put text in double quotes: \"…\"");
      at_ = end;
      return;
    }
    auto unexpected = [&](std::string hint) {
      fail(error_code::kUnexpected, begin, 1, std::string("\"") + c + "\" is unexpected here", std::move(hint));
    };
    switch (c) {
      case '=':
        if (!list_.tokens.empty() && list_.tokens.back().span.begin + list_.tokens.back().span.length == begin) {
          TokenKind before = list_.tokens.back().kind;
          if (before == kAllEqual || before == kEqual)
            return unexpected("\"==\" and \"===\" are the operators of equality");
          if (before == kMatches) {
            unexpected("\"~=\" is gone from the language; some value differs: \"!==\"");
            list_.tokens.back() = {kAnyNotEqual, list_.tokens.back().span, "!==", false};
            return;
          }
        }
        if (!list_.tokens.empty() && list_.tokens.back().kind == kNot) {
          unexpected("\"!=\" is written without a blank");
          list_.tokens.back() = {kNotEqual, list_.tokens.back().span, "!=", false};
          return;
        }
        if (here("!") && !here("!=")) {
          unexpected("did you mean \"!=\"?");
          ++at_;
          return push(kNotEqual, begin, "=!");
        }
        if (here("<") || here(">")) {
          TokenKind meant = here("<") ? kLessEqual : kGreaterEqual;
          unexpected(here("<") ? "did you mean \"<=\"?" : "did you mean \">=\"?");
          ++at_;
          return push(meant, begin, "=");
        }
        unexpected("did you mean \"==\"?");
        return push(kEqual, begin, "=");
      case '|':
        unexpected("did you mean \"||\" (or)? There is no bitwise or");
        return push(kOr, begin, "|");
      case '^':
        unexpected("did you mean \"^^\" (xor)? There is no bitwise xor");
        return push(kXor, begin, "^");
      case ';':
        unexpected("join tests with \"and\" or \"or\"");
        if (text_.find_first_not_of(" \t\r\n", at_) != std::string_view::npos) push(kAnd, begin, ";");
        return;
      case '.':
        return unexpected("names and fractions do not begin or end with a dot; a range is written 80..90");
      case ':':
        return unexpected("bytes are written 47:45:54");
      case ']':
        return unexpected("there is no \"[\" before it");
      default:
        return unexpected("");
    }
  }

  // A word begins with a letter, a digit, '_', or with a '.' or ':' that something follows; never with '-' or '/'.
  bool word_starts() const {
    char c = text_[at_];
    if (c == '-' || c == '/') return false;
    if (c == '.' || c == ':') {
      char next = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
      return is_letter(next) || is_digit(next) || next == '_' || (c == ':' && next == ':');
    }
    return is_word(c);
  }

  void word() {
    size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_]) && !(text_[at_] == '.' && here(".."))) ++at_;
    while (at_ > begin + 1 && text_[at_ - 1] == '.') --at_;  // a dot at the end belongs to nothing …
    if (text_.substr(begin, at_ - begin) == "_ws.col.No" && here(".") && !here("..")) ++at_;  // … but to this column's title
    // A decimal exponent may have a plus sign.
    if (at_ + 1 < text_.size() && text_[at_] == '+' && is_digit(text_[at_ + 1]) &&
        is_mantissa(text_.substr(begin, at_ - begin)))
      for (++at_; at_ < text_.size() && is_digit(text_[at_]);) ++at_;
    std::string_view value = text_.substr(begin, at_ - begin);
    if (!is_letter(value[0])) return push(kWord, begin, std::string(value));
    for (auto [spelling, kind] : kKeywords)
      if (value.size() == spelling.size() &&
          std::equal(value.begin(), value.end(), spelling.begin(),
                     [](char a, char b) { return a == b || (is_letter(a) && (a | 0x20) == b); }))
        return push(kind, begin, std::string(value));
    push(kWord, begin, std::string(value));
  }

  // "1.5e": what stands before the sign of an exponent.
  static bool is_mantissa(std::string_view s) {
    if (s.size() < 2 || (s.back() != 'e' && s.back() != 'E') || !is_digit(s[0]) || !is_digit(s[s.size() - 2]))
      return false;
    s.remove_suffix(1);
    return s.find_first_not_of("0123456789.") == std::string_view::npos && std::count(s.begin(), s.end(), '.') <= 1;
  }

  static void append_utf8(std::string& out, uint32_t code) {
    auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 63)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | (code >> 6)), tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | (code >> 12)), tail(6), tail(0);
    } else {
      out += static_cast<char>(0xf0 | (code >> 18)), tail(12), tail(6), tail(0);
    }
  }

  // One escape at text_[i] == '\\': appends its value, moves i behind it. False: it is none (i is behind it all the
  // same).
  bool escape(size_t& i, std::string& out) {
    size_t begin = i++;
    if (i >= text_.size()) return true;  // the closing quote is missing anyway
    char c = text_[i];
    static constexpr std::string_view kPlain = "'\"\\abfnrtv";
    static constexpr std::string_view kValues = "'\"\\\a\b\f\n\r\t\v";
    if (auto at = kPlain.find(c); at != std::string_view::npos) {
      out += kValues[at], ++i;
      return true;
    }
    if (c >= '0' && c <= '7') {
      uint32_t value = 0;
      for (size_t most = i + 3; i < text_.size() && i < most && text_[i] >= '0' && text_[i] <= '7'; ++i)
        value = value * 8 + static_cast<uint32_t>(text_[i] - '0');
      if (value > 255) return fail(error_code::kEscapeRange, begin, i - begin, "an octal escape is at most \\377");
      out += static_cast<char>(value);
      return true;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
      size_t most = c == 'x' ? 2 : c == 'u' ? 4 : 8, digits = 0;
      uint32_t value = 0;
      for (++i; i < text_.size() && digits < most && hex(text_[i]) >= 0; ++i, ++digits)
        value = value * 16 + static_cast<uint32_t>(hex(text_[i]));
      if (c == 'x' && digits) {
        out += static_cast<char>(value);
        return true;
      }
      if (c != 'x') {
        if (digits != most)
          return fail(error_code::kEscapeRange, begin, i - begin,
                      c == 'u' ? "\\u needs four hexadecimal digits" : "\\U needs eight hexadecimal digits");
        if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
          return fail(error_code::kEscapeRange, begin, i - begin, "this number is not a Unicode character");
        append_utf8(out, value);
        return true;
      }
      return fail(error_code::kEscape, begin, 2, "\\x needs one or two hexadecimal digits", "write a byte as \\x0d, a backslash as \\\\");
    }
    ++i;
    return fail(error_code::kEscape, begin, 2,
                std::string("\"\\") + (is_printable(c) ? c : '?') + "\" is not an escape of strings",
                "write a backslash as \\\\, or use a raw string: r\"…\"");
  }

  void string(size_t skip, std::string_view close, bool raw) {
    size_t begin = at_, i = at_ + skip;
    std::string value;
    while (i < text_.size() && text_.substr(i, close.size()) != close) {
      if (text_[i] != '\\') {
        value += text_[i++];
      } else if (raw) {
        value += text_[i++];
        if (i < text_.size()) value += text_[i++];
      } else {
        escape(i, value);
      }
    }
    if (i >= text_.size()) {
      fail(error_code::kStringOpen, text_.size(), 0, "the string has no closing quote",
           raw ? "a raw string cannot end in a backslash" : "");
      at_ = text_.size();
    } else {
      at_ = i + close.size();
    }
    push(kString, begin, std::move(value), raw);
  }

  void character() {
    size_t begin = at_, i = at_ + 1;
    std::string value;
    bool good = true;
    size_t errors = list_.errors.size();
    while (i < text_.size() && text_[i] != '\'') {
      if (text_[i] == '\\') {
        good &= escape(i, value);
      } else {
        good &= is_printable(text_[i]);
        value += text_[i++];
      }
    }
    list_.errors.resize(std::min(errors, list_.errors.size()));  // the whole constant is the place of its errors
    if (i >= text_.size()) {
      at_ = text_.size();
      fail(error_code::kCharacter, text_.size(), 0, "the character constant has no closing quote", "one character: 'A'; text goes into double quotes: \"…\"");
    } else {
      at_ = i + 1;
      if (!good || value.size() != 1)
        fail(error_code::kCharacter, begin, at_ - begin,
             value.empty() && good ? "the character constant is empty"
                                   : "a character constant holds one ASCII character or one escape",
             "text goes into double quotes: \"…\"");
    }
    value.resize(1);
    push(kChar, begin, std::move(value));
  }

  void bracket() {
    size_t begin = at_, end = text_.find(']', at_);
    if (end == std::string_view::npos) {
      fail(error_code::kBracketOpen, text_.size(), 0, "the \"[\" has no closing \"]\"");
      at_ = text_.size();
      return push(kBracket, begin, "0");
    }
    at_ = end + 1;
    push(kBracket, begin, std::string(text_.substr(begin + 1, end - begin - 1)));
  }

  // '#' and what stands right behind it.
  void layers() {
    size_t begin = at_++;
    if (at_ < text_.size() && text_[at_] == '[') {
      bracket();
      Token& token = list_.tokens.back();
      token.kind = kLayers, token.span.begin -= 1, token.span.length += 1;
      return;
    }
    size_t digits = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ > digits) return push(kLayers, begin, std::string(text_.substr(digits, at_ - digits)));
    bool ended = at_ == text_.size();
    fail(ended ? error_code::kEnded : error_code::kLayer, at_, ended ? 0 : 1,
         "the number of a layer must stand right behind \"#\"",
         "for example ip.src#2, or ip.src#[-1] for the innermost");
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    push(kLayers, begin, "1");
  }

  std::string_view text_;
  size_t at_ = 0;
  TokenList list_;
};

}  // namespace

TokenList tokenize(std::string_view text) { return Lexer(text).run(); }

std::string_view token_name(TokenKind kind) {
  switch (kind) {
    case kEnd:
      return "end";
    case kWord:
      return "word";
    case kString:
      return "string";
    case kChar:
      return "character";
    case kBracket:
      return "ranges";
    case kLayers:
      return "layers";
    case kLeftParen:
    case kRightParen:
    case kLeftBrace:
    case kRightBrace:
    case kComma:
    case kDotDot:
    case kAt:
    case kDollar:
      return "punctuation";
    case kEqual:
      return "equal";
    case kAllEqual:
      return "all equal";
    case kNotEqual:
      return "all different";
    case kAnyNotEqual:
      return "some different";
    case kLess:
      return "less";
    case kLessEqual:
      return "less or equal";
    case kGreater:
      return "greater";
    case kGreaterEqual:
      return "greater or equal";
    case kContains:
      return "contains";
    case kMatches:
      return "matches";
    case kIn:
      return "in";
    case kAnd:
      return "and";
    case kOr:
      return "or";
    case kXor:
      return "xor";
    case kNot:
      return "not";
    case TokenKind::kAny:
      return "any";
    case TokenKind::kAll:
      return "all";
    case kPlus:
      return "plus";
    case kMinus:
      return "minus";
    case kTimes:
      return "times";
    case kDivide:
      return "divided by";
    case kModulo:
      return "modulo";
    case kBitAnd:
      return "bitwise and";
  }
  return "";
}

std::string print_tokens(const TokenList& list) {
  std::string out;
  for (const Token& token : list.tokens) {
    std::string place = std::to_string(token.span.begin) + "+" + std::to_string(token.span.length);
    place.resize(std::max<size_t>(place.size() + 1, 8), ' ');
    std::string name(token_name(token.kind));
    if (!token.text.empty()) name.resize(std::max<size_t>(name.size() + 1, 17), ' ');
    out += place + name;
    for (char c : token.text) {
      static constexpr std::string_view kDigits = "0123456789abcdef";
      auto b = static_cast<unsigned char>(c);
      if (is_printable(c))
        out += c;
      else
        out += "\\x", out += kDigits[b >> 4], out += kDigits[b & 15];
    }
    out += '\n';
  }
  return out;
}

}  // namespace wiretail::filter
