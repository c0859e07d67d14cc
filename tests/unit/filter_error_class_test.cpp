// Every class of errors: its place, what was expected, and what to write instead. The places are Wireshark 4.0's, except
// where it has none (text that ends too early, patterns, macros): there they are ours.
#include "filter/check.hpp"
#include "filter/error_codes.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;

namespace {

struct Case {
  const char* text;
  uint16_t code;
  uint32_t begin, length;
  const char* message;  // a part of it
  const char* hint;     // a part of it
};

constexpr Case kCases[] = {
    {"tcp.port = 80", error_code::kUnexpected, 9, 1, "\"=\" is unexpected", "\"==\""},
    {"tcp.port =! 80", error_code::kUnexpected, 9, 1, "\"=\" is unexpected", "\"!=\""},
    {"tcp.port <> 80", error_code::kUnexpected, 10, 1, "\">\" is unexpected", "\"!=\""},
    {"tcp.port => 80", error_code::kUnexpected, 9, 1, "\"=\" is unexpected", "\">=\""},
    {"tcp.port =< 80", error_code::kUnexpected, 9, 1, "\"=\" is unexpected", "\"<=\""},
    {"tcp.port ==! 80", error_code::kUnexpected, 11, 1, "\"!\"", "=="},
    {"tcp port", error_code::kAfterTest, 4, 4, "cannot follow a complete test", "tcp.port"},
    {"tcp and", error_code::kEnded, 7, 0, "ends where a field or a value is expected", "missing"},
    {"(tcp", error_code::kEnded, 4, 0, "\")\" is expected", "missing"},
    {"tcp.port ==", error_code::kEnded, 11, 0, "ends", "missing"},
    {"\xc3\xa9", error_code::kNotAscii, 0, 1, "ASCII", "double quotes"},
    {"http.host == \"x", error_code::kStringOpen, 15, 0, "no closing quote", "close it"},
    {"http.host == \"\\q\"", error_code::kEscape, 14, 2, "not an escape", "raw string"},
    {"http.host == \"\\400\"", error_code::kEscapeRange, 14, 4, "at most \\377", "\\x"},
    {"http.host == \"\\ud800\"", error_code::kEscapeRange, 14, 6, "not a Unicode character", "\\u"},
    {"tcp.port == ''", error_code::kCharacter, 12, 2, "empty", "double quotes"},
    {"tcp.port == 'ab'", error_code::kCharacter, 12, 4, "one ASCII character", "double quotes"},
    {"tcp.port == '\\Z'", error_code::kCharacter, 12, 4, "one ASCII character", "double quotes"},
    {"frame[1", error_code::kBracketOpen, 7, 0, "no closing \"]\"", "close it"},
    {"frame[a] == 1", error_code::kRange, 6, 1, "a range is", "[0:4]"},
    {"frame[0:0] == 1", error_code::kRange, 6, 3, "must be positive", "[0:4]"},
    {"frame[5-3] == 1", error_code::kRange, 6, 3, "behind its start", "[12-13]"},
    {"frame[-1-5] == 1", error_code::kRange, 6, 4, "same side", "[-4:]"},
    {"ip.src#x == 1.2.3.4", error_code::kLayer, 7, 1, "right behind \"#\"", "ip.src#2"},
    {"ip.src# 1 == 1.2.3.4", error_code::kLayer, 7, 1, "right behind \"#\"", "#[-1]"},
    {"nosuch", error_code::kUnknownField, 0, 6, "not a field or protocol", "-G fields"},
    {"tcp.prot == 80", error_code::kUnknownField, 0, 8, "not a field or protocol", "tcp.port"},
    {"tls", error_code::kUnknownField, 0, 3, "does not dissect \"tls\"", "tcp.port == 443"},
    {"udp or ssl.record.length == 3", error_code::kUnknownField, 7, 17, "does not dissect \"tls\": it has no \"ssl.record.length\"", "tcp.port == 443"},
    {"bootp", error_code::kUnknownField, 0, 5, "does not dissect \"dhcp\", which \"bootp\"", "udp.port in {67, 68}"},
    {"@NTP.flags == 1", error_code::kUnknownField, 0, 10, "does not dissect \"ntp\"", "udp.port == 123"},
    {"rtp", error_code::kUnknownField, 0, 3, "does not dissect \"rtp\"", "-G protocols"},
    {"tlsx", error_code::kUnknownField, 0, 4, "\"tlsx\" is not a field or protocol", ""},
    {"tcp.port == .nosuch", error_code::kUnknownField, 12, 7, "\"nosuch\"", "-G fields"},
    {"5", error_code::kNeedsField, 0, 1, "not a test", "tcp.port == 80"},
    {"\"tcp\"", error_code::kNeedsField, 0, 5, "not a test", "tcp.port == 80"},
    {"6 == 7", error_code::kNeedsField, 0, 1, "no field", "tcp.port == 80"},
    {"tcp()", error_code::kUnknownFunction, 0, 3, "not a function", "len, count"},
    {"LEN(http.host)", error_code::kUnknownFunction, 0, 3, "not a function", "len()"},
    {"len(tcp.payload, tcp.payload) == 1", error_code::kArgumentCount, 0, 3, "takes one argument, not 2", "len(http.host)"},
    {"upper(tcp.port) == \"A\"", error_code::kArgument, 6, 8, "needs text", "string()"},
    {"max(tcp.port, ip.src) == 1", error_code::kMixedArguments, 14, 6, "one type", "one type"},
    {"tcp.port contains 8", error_code::kOperator, 0, 8, "\"contains\" is not defined", "string(tcp.port)"},
    {"tcp.port matches \"x\"", error_code::kOperator, 0, 8, "\"matches\" is not defined", "string(tcp.port)"},
    {"ip.src == eth.src", error_code::kIncompatible, 10, 7, "an IPv4 address, the right side an Ethernet address", "ip.src[0:]"},
    {"tcp.port == http", error_code::kIncompatible, 12, 4, "a protocol", "protocol's name"},
    {"tcp.port == 1.2.3.4", error_code::kNumber, 12, 7, "not an unsigned integer of 16 bits", "whole number"},
    {"tcp.port == 080", error_code::kNumber, 12, 3, "not an unsigned integer", "octal; write 80"},
    {"tcp.port == 70000", error_code::kNumberRange, 12, 5, "at most 65535", "number"},
    {"tcp.port == \"80\"", error_code::kStringType, 12, 4, "a string cannot become", "without quotes"},
    {"ip.src == \"10.0.0.1\"", error_code::kStringType, 10, 10, "a string cannot become", "without quotes: 10.0.0.1"},
    {"ip.proto == \"zzz\"", error_code::kValueName, 12, 5, "not the name of a value", "\"ICMP\""},
    {"tcp.flags.syn == \"zzz\"", error_code::kValueName, 17, 5, "one of the two names", "\"Set\" and \"Not set\""},
    {"ip.opt.type.class > \"Reserved for future use\"", error_code::kValueNameOrder, 20, 25, "several values have this name", "numbers"},
    {"ip.addr == 1.2.3", error_code::kAddress, 11, 5, "not an IPv4 address", "192.0.2.0/24"},
    {"ip.addr == 1.2.3.4/33", error_code::kAddress, 11, 10, "from 0 to 32", "192.0.2.0/24"},
    {"ipv6.addr == ::/129", error_code::kAddress, 13, 6, "from 0 to 128", "2001:db8::/32"},
    {"eth.src == 02:00:5e", error_code::kAddressLength, 11, 8, "3 bytes", "eth.src[0:3] == 02:00:5e"},
    {"frame contains zz", error_code::kBytes, 15, 2, "not a byte string", "hex digits"},
    {"frame[0:2] == 0x1234", error_code::kBytes, 14, 6, "too large for one byte", "12:34"},
    {"frame.time == \"x\"", error_code::kTime, 14, 3, "not a time", "2023-11-14"},
    {"frame.time == \"2023-11-14 22:13.5\"", error_code::kTime, 14, 20, "a fraction needs seconds", "2023-11-14"},
    {"frame.time == \"2023-11-14 22:13:20 zzz\"", error_code::kTime, 14, 25, "not a time zone", "2023-11-14"},
    {"tcp.port[0] == 1", error_code::kNotSliceable, 0, 8, "cannot be sliced", "@tcp.port[0]"},
    {"frame[99999999999] == 1", error_code::kRange, 6, 11, "\"99999999999\" is beyond the limit of 2147483647 for an offset or a length", "[12-13]"},
    {"ip.src#[1-99999999999] == 1.2.3.4", error_code::kRange, 8, 13, "beyond the limit of 2147483647 for the number of a layer", "#[2-4]"},
    {"count(5) == 1", error_code::kArgument, 6, 1, "count() needs a field; this is a constant", "count(ip.addr) > 2"},
    {"vals(tcp.port) == \"x\"", error_code::kArgument, 5, 8, "a field whose values have names", "vals(ip.proto) == \"TCP\""},
    {"string(http.host) == \"x\"", error_code::kArgument, 7, 9, "this is text", "leave string() out"},
    {"len(tcp.port) == 2", error_code::kArgument, 4, 8, "with a length", "len(@tcp.port)"},
    {"frame == \"ab\"[1]", error_code::kSliceConstant, 9, 4, "a constant cannot be sliced", "slice the field"},
    {"udp[0:2] == udp.srcport", error_code::kNotBytes, 12, 11, "an unsigned integer of 16 bits", "@udp.srcport"},
    {"-tcp", error_code::kArithmetic, 1, 3, "has no negative", "numbers"},
    {"http.host & 1", error_code::kArithmetic, 0, 9, "no bits to mask", "mask"},
    {"tcp.port == 1 / {4 - 2 * 2}", error_code::kDivisionByZero, 12, 14, "division by zero", "another number"},
    {"tcp.port == 1 / 0", error_code::kDivisionByZero, 12, 5, "division by zero", "another number"},
    {"http.host matches b", error_code::kPatternString, 18, 1, "a string in double quotes", "matches \"b\""},
    {"http.host matches \"(\"", error_code::kPattern, 18, 3, "missing closing parenthesis", "byte 1 of the pattern"},
    {"len(http.host) in {1}", error_code::kSetField, 0, 14, "a field is expected", "each value"},
    {"5 in {tcp.port}", error_code::kSetField, 0, 1, "a field is expected", "tcp.port in {80, 443}"},
    {"tcp.port in {frame[0:1]}", error_code::kSetSlice, 13, 10, "cannot stand in a set", "test of its own"},
    {"tcp.port in {}", error_code::kSetSyntax, 13, 1, "empty", "{80}"},
    {"tcp.port in {80 443}", error_code::kSetSyntax, 16, 3, "\",\" or \"}\"", "commas"},
    {"tcp.port in {80..}", error_code::kSetSyntax, 17, 1, "no end", "80..90"},
    {"${nosuch}", error_code::kMacro, 0, 8, "no macro \"nosuch\"", "[macros]"},
    {"double(tcp.port) < nan", error_code::kNan, 19, 3, "no order", "== and !="},
    {"conn.state == \"x\"", error_code::kSubject, 0, 10, "connection events", "on = \"conn\""},
    {"ip.src in $nosuch", error_code::kList, 10, 7, "no list \"nosuch\"", "[[list]]"},
};

FilterError first_error(std::string_view text, const CompileOptions& options) {
  CheckResult result = check_filter(text, Subject::kPacket, options);
  REQUIRE_FALSE(result.errors.empty());
  return result.errors[0];
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("each class of errors has its place, what was expected, and a hint") {
  for (const Case& c : kCases) {
    INFO(c.text);
    const FilterError e = first_error(c.text, {});
    CHECK(e.code == c.code);
    CHECK(e.span.begin == c.begin);
    CHECK(e.span.length == c.length);
    INFO(e.message << " / " << e.hint);
    CHECK(has(e.message, c.message));
    CHECK(has(e.hint, c.hint));
    CHECK_FALSE(e.warning);
  }
}

TEST_CASE("five errors of one expression at once, in the order of the text") {
  const CheckResult result = check_filter("nosuch or tcp.port == 70000 or ip.src == \"x\" or LEN(tcp) == 1 or tcp.port contains 8 or udp.port == ::1", Subject::kPacket, {});
  std::vector<uint16_t> codes;
  std::vector<uint32_t> places;
  for (const FilterError& e : result.errors) codes.push_back(e.code), places.push_back(e.span.begin);
  CHECK(codes == std::vector<uint16_t>{error_code::kUnknownField, error_code::kNumberRange, error_code::kStringType, error_code::kUnknownFunction, error_code::kOperator});
  CHECK(places == std::vector<uint32_t>{0, 22, 41, 48, 65});
}

TEST_CASE("a limit that is passed says its name and its number") {
  CompileOptions options;
  options.max_depth = 20;
  std::string nested(30, '(');
  nested.append("tcp").append(30, ')');
  FilterError e = first_error(nested, options);
  CHECK(e.code == error_code::kLimit);
  CHECK(has(e.message, "max_depth"));
  CHECK(has(e.message, "20"));
  options.max_set_elements = 3;
  e = first_error("tcp.port in {1, 2, 3, 4}", options);
  CHECK(e.code == error_code::kLimit);
  CHECK(has(e.message, "max_set_elements"));
  CHECK(has(e.message, "3"));
  options.max_regex_bytes = 64;
  e = first_error("http.host matches \"" + std::string(65, 'a') + "\"", options);
  CHECK(e.code == error_code::kLimit);
  CHECK(has(e.message, "max_regex_size"));
  CHECK(has(e.message, "64"));
  // PCRE2's own limits are limits too, and ours is one that can be reached: what is shorter compiles.
  options = {};
  std::string letters(options.max_regex_bytes, 'a');
  CHECK(check_filter("http.host matches \"" + letters + "\"", Subject::kPacket, options).errors.empty());
  e = first_error("http.host matches \"" + letters + "b\"", options);
  CHECK(has(e.message, "max_regex_size of 31744"));
  options.max_regex_bytes = 1 << 20;
  for (auto [pattern, said] : std::initializer_list<std::pair<std::string, const char*>>{{letters + letters, "64 KiB for a compiled pattern"}, {"a{65536}", "65535"}, {std::string(251, '(').append(251, ')'), "parens_nest_limit of 250"}}) {
    e = first_error("http.host matches \"" + pattern + "\"", options);
    CHECK(e.code == error_code::kLimit);
    CHECK(has(e.message, said));
  }
  e = first_error(std::string(4194305, ' '), options);
  CHECK(e.code == error_code::kLimit);
  CHECK(has(e.message, "max_filter_bytes of 4194304"));
  options = {};
  options.max_instructions = 2;
  const FilterSource source{"many", "tcp.port == 1 and udp or ip.ttl == 3 or frame.len > 9 or arp"};
  const CompileResult compiled = compile({&source, 1}, options);
  CHECK_FALSE(compiled.program);
  REQUIRE(compiled.diagnostics.size() == 1);
  REQUIRE_FALSE(compiled.diagnostics[0].empty());
  CHECK(compiled.diagnostics[0][0].code == error_code::kLimit);
  CHECK(has(compiled.diagnostics[0][0].message, "max_instructions of 2"));
}
