// The parser: precedence, what groups what, what is refused and where; several errors of one text; bounded nesting.
#include "filter/error_codes.hpp"
#include "filter/parser.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;

namespace {

ParseResult read(std::string_view text, uint32_t depth = 500) { return parse(tokenize(text), depth); }

// The tree without places, on one line.
std::string shape(std::string_view text) {
  ParseResult result = read(text);
  if (!result.errors.empty()) return "error: " + result.errors[0].message;
  if (!result.root) return "";
  std::string tree = print_tree(*result.root), out;
  size_t begin = 0;
  while (begin < tree.size()) {
    size_t end = tree.find('\n', begin);
    std::string line = tree.substr(begin, end - begin);
    line.resize(line.rfind("  ("));
    size_t depth = line.find_first_not_of(' ') / 2;
    out += (out.empty() ? "" : " ") + std::string(depth, '.') + line.substr(depth * 2);
    begin = end + 1;
  }
  return out;
}

// code@begin+length of every error.
std::string errors(std::string_view text, uint32_t depth = 500) {
  std::string out;
  for (const FilterError& e : read(text, depth).errors)
    out += (out.empty() ? "" : " ") + std::to_string(e.code) + "@" + std::to_string(e.span.begin) + "+" +
           std::to_string(e.span.length);
  return out;
}

}  // namespace

TEST_CASE("filters that mean the same have the same tree") {
  const std::pair<const char*, const char*> same[] = {
      {"a or b and c", "a or (b and c)"},
      {"a and b or c", "(a and b) or c"},
      {"not a and b", "(not a) and b"},
      {"!a || b", "(!a) or b"},
      {"not a == b", "not (a == b)"},
      {"a xor b and c", "a xor (b and c)"},
      {"a or b xor c", "a or (b xor c)"},
      {"a ^^ b", "a xor b"},
      {"f & 0x18 == 0x18", "{f & 0x18} == 0x18"},
      {"f & 1 + 2", "f & {1 + 2}"},
      {"a + b * c", "a + {b * c}"},
      {"a - b - c", "{a - b} - c"},
      {"a / b % c", "{a / b} % c"},
      {"-a * b", "{-a} * b"},
      {"a == {{80}}", "a == 80"},
      {"{a} == 80", "a == 80"},
      {"a == +80", "a == 80"},
      {"a < b < c", "(a < b and b < c)"},
      {"a !in {1}", "a not in {1}"},
      {"a ! in {1}", "a not in {1}"},
      {"a eq 1", "a == 1"},
      {"a ~ \"x\"", "a matches \"x\""},
      {"((a))", "a"},
      {"$a == 1", "${a} == 1"},
  };
  for (auto [one, other] : same) {
    INFO(one);
    CHECK(shape(one) == shape(other));
    CHECK(shape(one).substr(0, 5) != "error");
  }
}

TEST_CASE("trees") {
  CHECK(shape("tcp") == "test .word tcp");
  CHECK(shape("") == "");
  CHECK(shape(" \n") == "");
  CHECK(shape("any a == 1") == "compare == any .word a .word 1");
  CHECK(shape("all a in {1, 2..3}") == "in all .word a .word 1 .range ..word 2 ..word 3");
  CHECK(shape("a not in $bad") == "in not .word a .list bad");
  CHECK(shape("len(a, b)") == "test .function len ..word a ..word b");
  CHECK(shape("tcp ()") == "test .function tcp");
  CHECK(shape("@a.b#[-1][0:2][1]") == "test .slice [1:1] ..slice [0:2] ...word @a.b #[-1:1]");
  CHECK(shape("a == -1") == "compare == .word a .arithmetic - ..word 1");
  CHECK(shape("a == --{b}") == "compare == .word a .arithmetic - ..arithmetic - ...word b");
  CHECK(shape("a contains \"x\\0y\"") == "contains .word a .string \"x\\x00y\"");
  CHECK(shape("a and b and c") == "and .test ..word a .test ..word b .test ..word c");
  CHECK(shape("${a.b#2} == 1") == "compare == .reference ..word a.b #[2:1] .word 1");
}

TEST_CASE("every node knows its place") {
  ParseResult result = read("not tcp.port in {80, 443}");
  REQUIRE(result.root);
  CHECK(result.root->span.begin == 0);
  CHECK(result.root->span.length == 25);
  const Node& in = *result.root->children[0];
  CHECK(in.span.begin == 4);
  CHECK(in.span.length == 21);
  CHECK(in.children[2]->span.begin == 21);
  CHECK(in.children[2]->span.length == 3);
}

TEST_CASE("syntax errors, where tshark has them") {
  const std::pair<const char*, const char*> cases[] = {
      {"tcp port", "2@4+4"},
      {"tcp and", "3@7+0"},
      {"(tcp", "3@4+0"},
      {"tcp.port ==", "3@11+0"},
      {"&& tcp", "1@0+2"},
      {"tcp && && udp", "1@7+2"},
      {"()", "1@1+1"},
      {"(tcp) (udp)", "1@6+1"},
      {"(tcp))", "1@5+1"},
      {"(tcp.port) == 80", "1@11+2"},
      {"tcp.port == (80)", "1@12+1"},
      {"any (tcp.port == 80)", "1@4+1"},
      {"all not tcp.port == 80", "1@4+3"},
      {"any tcp", "3@7+0"},
      {"tcp.port in {}", "42@13+1"},
      {"tcp.port in {80,}", "42@16+1"},
      {"tcp.port in {80 443}", "42@16+3"},
      {"tcp.port in {80..}", "42@17+1"},
      {"tcp.port in {80..90..100}", "42@19+2"},
      {"tcp.port in 80", "1@12+2"},
      {"tcp.port + 1 in {80}", "1@13+2"},
      {"{http.host} contains \"a\"", "1@12+8"},
      {"http.host contains {\"a\"}", "1@19+1"},
      {"tcp not udp", "1@8+3"},
      {"tcp.port == 80,443", "1@14+1"},
      {"frame[a]", "10@6+1"},
      {"frame[0:0]", "10@6+3"},
      {"frame[5-3]", "10@6+3"},
      {"frame[-1-5]", "10@6+4"},
      {"frame[]", "10@6+0"},
      {"frame[0,]", "10@8+0"},
      {"frame[1-]", "10@6+2"},
      {"ip.src#[a]", "10@8+1"},
      {"ip.src[0]#1 == 1", "1@9+2"},
      {"{tcp == tcp}", "1@5+2"},
  };
  for (auto [text, expected] : cases) {
    INFO(text);
    std::string found = errors(text);
    CHECK(found.substr(0, found.find(' ')) == expected);
  }
}

TEST_CASE("several errors of one text are found at once, without echoes") {
  CHECK(errors("tcp.port in {} and udp.port in {80,} or (ip.src ==)") == "42@13+1 42@35+1 1@50+1");
  CHECK(errors("tcp.port = 80 and ip.src = 1.2.3.4") == "1@9+1 1@25+1");
  CHECK(errors("frame[a] == 1 and frame[b] == 2 and frame[c] == 3") == "10@6+1 10@24+1 10@42+1");
  CHECK(errors("a b") == "2@2+1");
  CHECK(errors("tcp) and udp") == "1@3+1");
  CHECK(read("() () () () () () () () ()").errors.size() <= kMaxErrors);
}

TEST_CASE("nesting is bounded, and everything below the bound is read") {
  auto nested = [](size_t levels, std::string open, std::string inner, std::string close) {
    std::string text;
    for (size_t i = 0; i < levels; ++i) text += open;
    text += inner;
    for (size_t i = 0; i < levels; ++i) text += close;
    return text;
  };
  CHECK(errors(nested(500, "(", "tcp", ")")).empty());
  CHECK(errors(nested(500, "not ", "tcp", "")).empty());
  for (size_t levels : {size_t{501}, size_t{5000}, size_t{200000}}) {
    INFO(levels);
    CHECK(read(nested(levels, "(", "tcp", ")")).errors.at(0).code == error_code::kLimit);
    CHECK(read(nested(levels, "!", "tcp", "")).errors.at(0).code == error_code::kLimit);
    CHECK(read(nested(levels, "{", "a", "}") + " == 1").errors.at(0).code == error_code::kLimit);
    CHECK(read("a == " + nested(levels, "-", "1", "")).errors.at(0).code == error_code::kLimit);
    CHECK(read("a == 1" + nested(levels, " + 1", "", "")).errors.at(0).code == error_code::kLimit);
    CHECK(read(nested(levels, "len(", "a", ")")).errors.at(0).code == error_code::kLimit);
    CHECK(read("a" + nested(levels, "[0]", "", "")).errors.at(0).code == error_code::kLimit);
  }
  CHECK(errors("((tcp))", 1) == "62@1+1");
  CHECK(read("((tcp))", 1).errors[0].message.find("max_depth of 1") != std::string::npos);
}

TEST_CASE("long chains are flat") {
  std::string text = "tcp";
  for (int i = 0; i < 100000; ++i) text += i % 2 ? " and udp" : " or ip";
  ParseResult result = read(text);
  REQUIRE(result.root);
  CHECK(result.root->children.size() == 50001);
  CHECK(result.root->depth < 10);
}
