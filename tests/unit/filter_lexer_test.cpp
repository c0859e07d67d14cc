// The scanner: longest match, what is a word, literals with escapes, and the places of what it cannot read.
#include "filter/error_codes.hpp"
#include "filter/lexer.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;

namespace {

// Tokens as words: `name` or `name:text`, joined by blanks; errors as `!code@begin+length`.
std::string scan(std::string_view text) {
  TokenList list = tokenize(text);
  std::string out;
  for (const Token& t : list.tokens) {
    if (t.kind == TokenKind::kEnd) continue;
    if (!out.empty()) out += ' ';
    switch (t.kind) {
      case TokenKind::kWord:
        out += t.text;
        break;
      case TokenKind::kString:
        out += (t.raw ? "r\"" : "\"") + t.text + "\"";
        break;
      case TokenKind::kChar:
        out += "'" + t.text + "'";
        break;
      case TokenKind::kBracket:
        out += "[" + t.text + "]";
        break;
      case TokenKind::kLayers:
        out += "#(" + t.text + ")";
        break;
      default:
        out += "<" + std::string(token_name(t.kind)) + ">";
    }
  }
  for (const FilterError& e : list.errors)
    out += " !" + std::to_string(e.code) + "@" + std::to_string(e.span.begin) + "+" + std::to_string(e.span.length);
  return out;
}

struct Case {
  const char* text;
  const char* tokens;
};

}  // namespace

TEST_CASE("words take the longest match, operators end them") {
  const Case cases[] = {
      {"tcp.port==80", "tcp.port <equal> 80"},
      {"tcp.port==80and ip", "tcp.port <equal> 80and ip"},
      {"tcp.port eq80", "tcp.port eq80"},
      {"66+1", "66 <plus> 1"},
      {"68-1", "68-1"},
      {"68 -1", "68 <minus> 1"},
      {"tcp.dstport-1", "tcp.dstport-1"},
      {"a/2", "a/2"},
      {"a /2", "a <divided by> 2"},
      {"80..90", "80 <punctuation> 90"},
      {"0.1...7", "0.1 <punctuation> .7"},
      {"!==", "<some different>"},
      {"!=", "<all different>"},
      {"===", "<all equal>"},
      {"!in", "<not> <in>"},
      {"a&b", "a <bitwise and> b"},
      {"a&&b", "a <and> b"},
      {"a^^b", "a <xor> b"},
      {"::1", "::1"},
      {":fc", ":fc"},
      {"fc:", "fc:"},
      {"fe80::/10", "fe80::/10"},
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff"},
      {"mac-lte 9p", "mac-lte 9p"},
      {"1e+3", "1e+3"},
      {"1e+x", "1e <plus> x"},
      {"2e1+3", "2e1 <plus> 3"},
      {"\t a\r\nb ", "a b"},
      {"", ""},
      {" \t\r\n", ""},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(scan(c.text) == c.tokens);
  }
}

TEST_CASE("keywords and their aliases, in any letter case") {
  const Case cases[] = {
      {"and or xor not", "<and> <or> <xor> <not>"},
      {"AND Or nOT", "<and> <or> <not>"},
      {"eq any_eq all_eq", "<equal> <equal> <all equal>"},
      {"ne all_ne any_ne", "<all different> <all different> <some different>"},
      {"gt ge lt le", "<greater> <greater or equal> <less> <less or equal>"},
      {"contains matches ~ in any all", "<contains> <matches> <matches> <in> <any> <all>"},
      {"bitwise_and bitand", "<bitwise and> <bitwise and>"},
      {"andy", "andy"},
      {"in.x", "in.x"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(scan(c.text) == c.tokens);
  }
}

TEST_CASE("strings and characters") {
  const Case cases[] = {
      {R"("a b")", R"("a b")"},
      {R"("\"\\")", R"(""\")"},
      {R"("\x41\x4a\101\7")", "\"AJA\a\""},
      {R"("\x414")", R"("A4")"},
      {R"("\u00e9")", "\"\xc3\xa9\""},
      {R"("\u0041")", R"("A")"},
      {R"("\U0001F600")", "\"\xf0\x9f\x98\x80\""},
      {R"(r"\.com")", R"(r"\.com")"},
      {R"(R"a\"b")", R"(r"a\"b")"},
      {"\xe2\x80\x9cwww\xe2\x80\x9d", "\"www\""},
      {"r\xe2\x80\x9c\\d\xe2\x80\x9d", "r\"\\d\""},
      {"'P'", "'P'"},
      {R"('\x50')", "'P'"},
      {R"('\120')", "'P'"},
      {R"('\'')", "'''"},
      {R"('\n')", "'\n'"},
      {"\"\xc3\xa9\"", "\"\xc3\xa9\""},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(scan(c.text) == c.tokens);
  }
  CHECK(tokenize(R"("\0")").tokens[0].text == std::string(1, '\0'));
}

TEST_CASE("brackets and layers are one token each") {
  const Case cases[] = {
      {"frame[0:2, 4]", "frame [0:2, 4]"},
      {"ip.src#2[0]", "ip.src #(2) [0]"},
      {"ip.src#[1-2]", "ip.src #(1-2)"},
      {"ip.src #1", "ip.src #(1)"},
      {"ip.src#12x", "ip.src #(12) x"},
      {"@tcp.port", "<punctuation> tcp.port"},
      {"${a}", "<punctuation> <punctuation> a <punctuation>"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(scan(c.text) == c.tokens);
  }
}

TEST_CASE("what cannot be read is reported where it stands, and scanning goes on") {
  // Places as tshark 4.0.17 shows them.
  const Case cases[] = {
      {"tcp.port = 80", "tcp.port <equal> 80 !1@9+1"},
      {"tcp.port ==== 80", "tcp.port <all equal> 80 !1@12+1"},
      {"tcp.port ~= 80", "tcp.port <some different> 80 !1@10+1"},
      {"tcp.port ! = 80", "tcp.port <all different> 80 !1@11+1"},
      {"tcp.port | 80", "tcp.port <or> 80 !1@9+1"},
      {"tcp.port ^ 80", "tcp.port <xor> 80 !1@9+1"},
      {"tcp.port => 80", "tcp.port <greater or equal> 80 !1@9+1"},
      {"tcp.port =< 80", "tcp.port <less or equal> 80 !1@9+1"},
      {"a ? b", "a b !1@2+1"},
      {"tcp.", "tcp !1@3+1"},
      {"5.", "5 !1@1+1"},
      {"\xc3\xa9", " !4@0+1"},
      {"a \x01 b", "a b !4@2+1"},
      {R"("abc)", R"("abc" !5@4+0)"},
      {R"(r"abc\")", R"(r"abc\"" !5@7+0)"},
      {R"("a\q")", R"("a" !6@2+2)"},
      {R"("a\.b")", R"("ab" !6@2+2)"},
      {R"("\x")", R"("" !6@1+2)"},
      {R"("\400")", R"("" !7@1+4)"},
      {R"("\ud800")", R"("" !7@1+6)"},
      {R"("\U00110000")", R"("" !7@1+10)"},
      {R"("\u00")", R"("" !7@1+4)"},
      {"frame[1", "frame [0] !9@7+0"},
      {"ip.src#x", "ip.src #(1) !11@7+1"},
      {"ip.src# 1", "ip.src #(1) 1 !11@7+1"},
      {"ip.src#", "ip.src #(1) !3@7+0"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(scan(c.text) == c.tokens);
  }
}

TEST_CASE("a character constant is wrong as a whole") {
  for (const char* text : {"x == ''", "x == 'ab'", R"(x == '\Z')", R"(x == '\400')", "x == '\x01'"}) {
    INFO(text);
    TokenList list = tokenize(text);
    REQUIRE(list.errors.size() == 1);
    CHECK(list.errors[0].code == error_code::kCharacter);
    CHECK(list.errors[0].span.begin == 5);
    CHECK(list.errors[0].span.length == std::string_view(text).size() - 5);
  }
}

TEST_CASE("at most five errors are reported, whatever the text holds") {
  CHECK(tokenize("? ? ? ? ? ? ? ? ?").errors.size() == kMaxErrors);
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  CHECK(tokenize(every).errors.size() == kMaxErrors);
}

TEST_CASE("tokens in print") {
  CHECK(print_tokens(tokenize("tcp.port == 80")) ==
        "0+8     word             tcp.port\n9+2     equal            ==\n12+2    word             80\n14+0    end\n");
}

TEST_CASE("the title of the number column ends with a dot") {
  TokenList tokens = tokenize("_ws.col.No. == \"5\" and ip.src.");
  REQUIRE(tokens.tokens.size() >= 4);
  CHECK(tokens.tokens[0].text == "_ws.col.No.");
  CHECK(tokens.tokens[4].text == "ip.src");
  CHECK(!tokens.errors.empty());
}
