// Errors in print, their hints, and the lists of right and wrong filters that the differential test gives to tshark.
#include <fstream>

#include "filter/check.hpp"
#include "filter/error.hpp"
#include "filter/error_codes.hpp"
#include "filter/foreign_protocols.hpp"
#include "filter/names.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;

namespace {

// Of all errors.
std::string hint(std::string_view text) {
  CheckResult result = check_filter(text, Subject::kPacket, {});
  std::string out;
  for (const FilterError& e : result.errors) out += e.hint + "\n";
  return result.errors.empty() ? "accepted" : out;
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines(const std::string& name) {
  std::string path = WIRETAIL_SOURCE_DIR "/tests/differential/";
  path += name;
  std::ifstream file(path);
  REQUIRE(file);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("an error shows its place") {
  FilterError e{error_code::kNumberRange, {12, 5}, "too large", "at most 65535"};
  CHECK(print_error("udp.port == 70000 and ip", e) ==
        "error: too large\n"
        "    udp.port == 70000 and ip\n"
        "                ^~~~~\n"
        "  hint: at most 65535");
  e.warning = true, e.hint = "", e.span = {24, 0};
  CHECK(print_error("udp.port == 70000 and ip", e) ==
        "warning: too large\n"
        "    udp.port == 70000 and ip\n"
        "                            ^");
}

TEST_CASE("the caret stands right below characters of several bytes, tabs and line ends") {
  FilterError e{1, {9, 3}, "m", ""};
  CHECK(print_error("\xc3\xa9\t\xe2\x82\xac\nab cde", e) ==
        "error: m\n"
        "    \xc3\xa9 \xe2\x82\xac ab cde\n"
        "          ^~~");
  CHECK(has(print_error("", {1, {0, 0}, "m", ""}), "\n    \n    ^"));
  CHECK(has(print_error("ab", {1, {50, 3}, "m", ""}), "\n      ^"));  // never beyond the text
}

TEST_CASE("of a long expression the part around the place is shown") {
  std::string text(5000, 'x');
  std::string shown = print_error(text, {1, {2500, 10}, "m", ""});
  CHECK(shown.size() < 500);
  auto line = shown.find('\n') + 1, marks = shown.find('\n', line) + 1;
  CHECK(shown.substr(line, 4) == "    ");
  CHECK(has(shown, "…"));
  CHECK(has(shown.substr(marks), "^~~~~~~~~~"));
}

TEST_CASE("hints say what to write") {
  CHECK(has(hint("udp.prot == 53"), "udp.port"));
  CHECK(has(hint("UDP"), "did you mean udp?"));
  CHECK(has(hint("udp.port = 53"), "\"==\""));
  CHECK(has(hint("udp port"), "udp.port"));
  CHECK(has(hint("udp.port | 1"), "||"));
  CHECK(has(hint("ip.addr == 10.0.0.1 or 10.0.0.2"), "ip.addr in {10.0.0.1, 10.0.0.2}"));
  CHECK(has(hint("ip.addr == 10.0.0.1 and 10.0.0.2"), "ip.addr == 10.0.0.1 and ip.addr == 10.0.0.2"));
  CHECK(has(hint("ip.addr == A or B"), "ip.addr == A or ip.addr == B"));
  for (const char* text : {"tcp.port == 80 or tls.handshake.extension_server_name", "tcp.port == 80 || http.hots", "ip.addr == 1.2.3.4 or dsn"}) CHECK_FALSE(has(hint(text), "each test names its field"));
  CHECK(has(hint("http.host == a.example.com or b.example.com"), "http.host in {a.example.com, b.example.com}"));
  CHECK(has(hint("ip.addr == 10.0.0.1 or 10.0.0.2 and udp"), "ip.addr in {10.0.0.1, 10.0.0.2}"));
  CHECK(has(hint("udp.port == 53,54"), "set"));
  CHECK(has(hint("ip.src == \"10.0.0.1\""), "without quotes: 10.0.0.1"));
  CHECK(has(hint("ip.src == \"x\""), "no quotes: for example 192.0.2.1"));
  CHECK(has(hint("ipv6.src == \"x\""), "no quotes: for example 2001:db8::1"));
  CHECK(has(hint("ip.src == \"::1\""), "ipv6.addr"));
  CHECK(has(hint("ipv6.src == \"10.0.0.1\""), "ip.addr"));
  CHECK(has(hint("eth.src == 02:00:5e"), "eth.src[0:3] == 02:00:5e"));
  CHECK(has(hint("(udp.port) == 53"), "braces"));
  CHECK(has(hint("udp.port-1 == 53"), "udp.port - 1"));
  CHECK(has(hint("frame.protocols matches \"a\\.b\""), "r\""));
  CHECK(has(hint("udp.port[0] == 1"), "@udp.port[0]"));
  CHECK(has(hint("ip.src contains 10.0"), "10.0.0.0/8"));
  CHECK(has(hint("ip.addr == ::1"), "ipv6.addr"));
  CHECK(has(hint("udp.port == 080"), "octal"));
  CHECK(has(hint("frame.protocols == 5"), "\"5\""));
  CHECK(has(hint("ip contains 10"), ":10"));
  CHECK(has(hint("LEN(udp)"), "len()"));
  CHECK(has(hint("${nosuch}"), "[macros]"));
  CHECK(has(hint("ip.src in $nosuch"), "[[list]]"));
}

TEST_CASE("an error that follows from another one is not reported") {
  for (const char* text : {"http.host matches \"\\d+\"", "ip.proto == \"\\q\"", "frame.time > \"\\q\"", "ip.src + 1 == 2", "2 == ip.src + 1", "2 != -eth.src", "tcp.port =! 80", "tcp.port <> 80", "tcp.port => 80", "tcp.port =< 80"}) {
    INFO(text);
    CHECK(check_filter(text, Subject::kPacket, {}).errors.size() == 1);
  }
  // These do not follow.
  for (const char* text : {"http.host matches \"\\d\" or http.host matches \"(\"", "ip.src == \"\\q\"", "tcp.port =! 70000", "tcp.port <> \"x\"", "ip.src + 1 == 2 or tcp.port == 70000"}) {
    INFO(text);
    CHECK(check_filter(text, Subject::kPacket, {}).errors.size() == 2);
  }
}

TEST_CASE("protocols that are not dissected have a place that can be asked for") {
  CHECK(foreign_protocols().size() > 50);
  for (const ForeignProtocol& p : foreign_protocols()) {
    INFO(p.name);
    CHECK(find_foreign(p.name) == &p);
    CHECK(find_name(p.name).fields.empty());  // it is dissected now: take it away
    CHECK(wiretail::dissect::Registry::get().find_protocol(p.name) == wiretail::dissect::kNoProto);
    if (!p.filter.empty()) CHECK(check_filter(p.filter, Subject::kPacket, {}).errors.empty());
  }
  CHECK(find_foreign("ssl") == find_foreign("tls"));
  CHECK(find_foreign("tls.handshake.type") == find_foreign("TLS"));
  CHECK_FALSE(find_foreign("tlsx"));
  CHECK_FALSE(find_foreign(""));
}

TEST_CASE("what tshark accepts is accepted") {
  size_t known = 0;
  for (const std::string& text : lines("filters_accept.txt")) {
    CheckResult result = check_filter(text, Subject::kPacket, {});
    bool missing = false;  // a field that is not in the registry
    for (const FilterError& e : result.errors) missing |= e.code == error_code::kUnknownField;
    known += !missing;
    if (missing) continue;
    INFO(text);
    for (const FilterError& e : result.errors) INFO(print_error(text, e));
    CHECK(result.errors.empty());
  }
  CHECK(known >= 600);
}

TEST_CASE("what tshark rejects is rejected, with a place in the text") {
  auto wrong = lines("filters_reject.txt");
  CHECK(wrong.size() >= 150);
  for (const std::string& text : wrong) {
    INFO(text);
    CheckResult result = check_filter(text, Subject::kPacket, {});
    REQUIRE_FALSE(result.errors.empty());
    CHECK(result.errors.size() <= kMaxErrors);
    for (const FilterError& e : result.errors) {
      CHECK(e.code != 0);
      CHECK(e.span.begin <= text.size());
      CHECK(e.span.begin + e.span.length <= text.size());
      CHECK_FALSE(e.message.empty());
      CHECK_FALSE(e.warning);
    }
  }
}

TEST_CASE("messages have no control characters of what they name") {
  // The escapes put a newline, an escape and U+009B into the string.
  CheckResult result = check_filter("ip.proto == \"a\\n\\x1b[2J\\xc2\\x9b\" or ip.src == \"\\t\"", Subject::kPacket, {});
  REQUIRE(result.errors.size() == 2);
  CHECK(has(result.errors[0].message, "a\\x0a\\x1b[2J\\x9b"));
  for (const FilterError& e : result.errors)
    for (const std::string& text : {e.message, e.hint})
      for (char c : text) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
}

TEST_CASE("newer filters are accepted or rejected as their list says") {
  std::ifstream file(WIRETAIL_SOURCE_DIR "/tests/differential/filters_newer.txt");
  REQUIRE(file);
  bool accept = true;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("# accept", 0) == 0) accept = true;
    if (line.rfind("# reject", 0) == 0) accept = false;
    if (line.empty() || line[0] == '#') continue;
    INFO(line);
    CheckResult result = check_filter(line, Subject::kPacket, {});
    bool missing = false;
    for (const FilterError& e : result.errors) missing |= e.code == error_code::kUnknownField;
    if (!missing) CHECK(result.errors.empty() == accept);
  }
}
