// Types: what a filter becomes, and what is refused. Accepted and refused filters are checked against tshark 4.0.17
// and 4.4.19.
#include <set>

#include "dissect/dissector.hpp"
#include "dissect/registry.hpp"
#include "filter/check.hpp"
#include "filter/error_codes.hpp"
#include "filter/names.hpp"
#include "filter/types.hpp"
#include "filter/value_list.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail::filter;
using wiretail::dissect::Registry;

namespace {

CompileOptions options() {
  CompileOptions out;
  out.macros = {{"host", "ip.addr == $1"},         {"pair", "ip.addr == $1 and ip.addr == $2"},
                {"web", "tcp.port in {80, 443}"},  {"loop", "${loop}"},
                {"outer", "${host:$1} or ${web}"}, {"bad", "tcp.port == "}, {"word", "example"}, {"agent", "http.user_agent contains \"$1\""}, {"one", "$1"}};
  out.lists["bad"] = ValueList::parse("10.0.0.0/8\nwww.example.com\n").list;
  return out;
}

std::string typed(std::string_view text, Subject subject = Subject::kPacket) {
  CheckResult result = check_filter(text, subject, options());
  if (!result.errors.empty()) return "error " + std::to_string(result.errors[0].code) + ": " + result.errors[0].message;
  return print_typed(*result.filter.root);
}
std::string place(std::string_view text, Subject subject = Subject::kPacket) {
  CheckResult result = check_filter(text, subject, options());
  if (result.errors.empty()) return "accepted";
  const FilterError& e = result.errors[0];
  return std::to_string(e.code) + "@" + std::to_string(e.span.begin) + "+" + std::to_string(e.span.length);
}

}  // namespace

TEST_CASE("filters and what they become") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "true"},
      {"udp", "exists udp"},
      {".udp", "exists udp"},
      {"ip.src#2", "exists ip.src#[2:1]"},
      {"frame[4]", "exists frame[4:1]"},
      {"not tcp or udp and ip", "(not exists tcp or (exists udp and exists ip))"},
      {"tcp xor udp", "(exists tcp xor exists udp)"},
      // Quantifiers are explicit.
      {"udp.port == 80", "any udp.port == 80"},
      {"udp.port === 80", "all udp.port == 80"},
      {"udp.port != 80", "all udp.port != 80"},
      {"udp.port !== 80", "any udp.port != 80"},
      {"any udp.port === 80", "any udp.port == 80"},
      {"all udp.port !== 80", "all udp.port != 80"},
      {"udp.port < 80", "any udp.port < 80"},
      {"all udp.port < 80", "all udp.port < 80"},
      {"all udp.port == 80 == udp.srcport", "(any udp.port == 80 and any 80 == udp.srcport)"},
      {"80 == udp.port", "any 80 == udp.port"},
      {"10 < udp.port < 100", "(any 10 < udp.port and any udp.port < 100)"},
      // Constants are in the type of the other side.
      {"ip.src == 10.0.0.1/8", "any ip.src == 10.0.0.1/8"},
      {"ip[8] == 64", "any ip[8:1] == bytes:40"},
      {"ip[8] == 0x40", "any ip[8:1] == bytes:40"},
      {"udp[0:2] == 00:35", "any udp[0:2] == bytes:0035"},
      {"udp[0:2] == \"GE\"", "any udp[0:2] == bytes:4745"},
      {"frame contains \"GET\"", "any frame contains bytes:474554"},
      {"eth.src contains ff:ff", "any eth.src contains bytes:ffff"},
      {"udp.port == -1", "any udp.port == -1"},
      {"udp.port == 'P'", "any udp.port == 80"},
      {"frame.time > 1700000002", "any frame.time > 1700000002.000000000s"},
      {"frame.time_delta == -0.5", "any frame.time_delta == -1.500000000s"},
      {"ip.proto == \"TCP\"", "any ip.proto == 6"},
      {"ip.proto > \"tcp\"", "any ip.proto > 6"},
      {"ip.flags.df == \"Set\"", "any ip.flags.df == 1"},
      {"ip.flags.df == true", "any ip.flags.df == 1"},
      {"ip.flags.df == 5", "any ip.flags.df == 1"},
      {"vals(ip.proto) == \"TCP\"", "any vals(ip.proto) == \"TCP\""},
      {"ip.proto contains \"P\"", "any name of ip.proto contains \"P\""},
      {"ip.proto matches \"^t\"", "any name of ip.proto matches \"^t\""},
      // Whatever is compared with a slice is compared as bytes.
      {"ip.src == frame[26:4]", "any ip.src[0:] == frame[26:4]"},
      {"frame[26:4] == ip.src", "any frame[26:4] == ip.src[0:]"},
      {"ip contains udp[0:2]", "any ip contains udp[0:2]"},
      {"@udp.port == 00:35", "any @udp.port == bytes:0035"},
      {"@ip.src#1[0] == 0xc0", "any @ip.src#[1:1][0:1] == bytes:c0"},
      // Arithmetic and functions.
      {"udp.length == ip.len - 20", "any udp.length == {ip.len - 20}"},
      {"udp.port & 1", "true {udp.port & 1}"},
      {"udp.port & 1 + 2 == 3", "any {udp.port & {1 + 2}} == 3"},
      {"-udp.port < 0", "any -{udp.port} < 0"},
      {"frame.time_delta * 2 == 1", "any {frame.time_delta * 2} == 1.000000000s"},
      {"frame.time - frame.time_relative > 5", "any {frame.time - frame.time_relative} > 5.000000000s"},
      {"len(udp[4:]) > 60", "any len(udp[4:]) > 60"},
      {"max(80, udp.dstport) == 80", "any max(80, udp.dstport) == 80"},
      {"udp.port == max(1, 2)", "any udp.port == max(1, 2)"},
      {"count(ip.addr#1) == 2", "any count(ip.addr#[1:1]) == 2"},
      {"string(ip.src) matches \"^1\"", "any string(ip.src) matches \"^1\""},
      {"double(udp.port) / 3 > 1.5", "any {float(udp.port) / 3} > 1.5"},
      {"len(udp)", "true len(udp)"},
      // Sets.
      {"udp.port in {80, 443, 8000..8080}", "any udp.port in {80, 443, 8000..8080}"},
      {"all udp.port in {53}", "all udp.port in {53}"},
      {"udp.port not in {80}", "any udp.port not in {80}"},
      {"any udp.port not in {80}", "any udp.port not in {80}"},
      {"all udp.port not in {80}", "(exists udp.port and not all udp.port in {80})"},
      {"ip.src in {ip.dst, 10.0.0.0/8}", "any ip.src in {ip.dst, 10.0.0.0/8}"},
      {"udp.port in {79+1}", "any udp.port in {{79 + 1}}"},
      {"ip.src in $bad", "any ip.src in $bad"},
      {"ip.src not in $bad", "any ip.src not in $bad"},
      {"lower(frame.protocols) in $bad", "any lower(frame.protocols) in $bad"},
      // Names.
      {"ip.flags_df == 1", "any ip.flags.df == 1"},
      {"udp.port == $udp.srcport", "any udp.port == reference()"},
      {"udp.port == ${udp.srcport#1}", "any udp.port == reference()"},
      // Macros.
      {"${host:10.0.0.1}", "any ip.addr == 10.0.0.1"},
      {"$pair(10.0.0.1, 10.0.0.2)", "(any ip.addr == 10.0.0.1 and any ip.addr == 10.0.0.2)"},
      {"${pair;10.0.0.1;10.0.0.2}", "(any ip.addr == 10.0.0.1 and any ip.addr == 10.0.0.2)"},
      {"$web() and ${web} and ${web:}",
       "(any tcp.port in {80, 443} and any tcp.port in {80, 443} and any tcp.port in {80, 443})"},
      {"http.host == \"www.${word}.com\" or http.host == \"${nosuch}$\"", "(any http.host == \"www.example.com\" or any http.host == \"${nosuch}$\")"},
      // A bracket of an argument's own: escaped, or the only one before the call's end, as Wireshark reads it.
      {"${agent:(Windows}", "any http.user_agent contains \"(Windows\""},
      {"$agent((Windows)", "any http.user_agent contains \"(Windows\""},
      {"${agent:)}", "any http.user_agent contains \")\""},
      {"${one:tcp.port in {80\\,443\\}}", "any tcp.port in {80, 443}"},
      {"${one:tcp.port in {80\\,443}}", "any tcp.port in {80, 443}"},
      {"http.host == \"$word().com\" or http.host == \"$nosuch()\"", "(any http.host == \"example.com\" or any http.host == \"$nosuch()\")"},
      {"${outer:1.2.3.4}", "(any ip.addr == 1.2.3.4 or any tcp.port in {80, 443})"},
  };
  for (auto [text, expected] : cases) {
    INFO(text);
    CHECK(typed(text) == expected);
  }
}

TEST_CASE("what is refused, and where") {
  const std::pair<const char*, const char*> cases[] = {
      {"nosuch", "12@0+6"},
      {"nosuch.x == 1", "12@0+8"},
      {"udp.port == .nosuch", "12@12+7"},
      {"nosuch + 1 == 2", "12@0+6"},
      {"5", "15@0+1"},
      {"\"tcp\"", "15@0+5"},
      {"6 == 7", "15@0+1"},
      {"1 - 2", "15@0+5"},
      {"${udp.port}", "15@0+11"},
      {"${udp.port} == 5", "15@0+11"},
      {"udp.port == 80 == 80", "15@12+2"},
      {"udp()", "17@0+3"},
      {"LEN(ip)", "17@0+3"},
      {"len(ip, udp) == 1", "18@0+3"},
      {"max() == 1", "18@0+3"},
      {"upper(udp.port) == \"A\"", "19@6+8"},
      {"len(udp.port) == 2", "19@4+8"},
      {"count(ip.src[0]) == 1", "19@6+9"},
      {"string(frame.time) == \"1\"", "19@7+10"},
      {"vals(udp.port) == \"a\"", "19@5+8"},
      {"max(udp.port, ip.src) == 1", "20@14+6"},
      {"udp.port contains 8", "22@0+8"},
      {"ip.src matches \"80\"", "22@0+6"},
      {"ip.src == eth.src", "23@10+7"},
      {"udp.port == ip", "23@12+2"},
      {"frame.time == frame.time_relative", "23@14+19"},
      {"ip.flags.df == udp.port", "23@15+8"},
      {"frame contains udp.port", "23@15+8"},
      {"udp.port == 1.2.3.4", "24@12+7"},
      {"udp.port == 080", "24@12+3"},
      {"udp.port == 70000", "25@12+5"},
      {"ip.ttl + 200 == 264", "25@16+3"},
      {"udp.port == \"80\"", "26@12+4"},
      {"ip.src == \"10.0.0.1\"", "26@10+10"},
      {"frame.protocols == 5", "26@19+1"},
      {"ip.proto == \"zzz\"", "27@12+5"},
      {"ip.flags.df == \"foo\"", "27@15+5"},
      {"ip.flags.df == \"True\"", "27@15+6"},
      {"ip.addr == 1.2.3", "29@11+5"},
      {"ip.addr == 1.2.3.4/33", "29@11+10"},
      {"eth.src == 02:00:5e", "30@11+8"},
      {"frame contains zz", "31@15+2"},
      {"frame[0:2] == 0x1234", "31@14+6"},
      {"ip contains 10", "31@12+2"},
      {"frame.time == \"x\"", "32@14+3"},
      {"udp.port[0] == 1", "33@0+8"},
      {"frame == \"ab\"[1]", "34@9+4"},
      {"udp[0:2] == udp.srcport", "35@12+11"},
      {"ip.src + 1 == 2", "36@0+6"},
      {"udp.port + ip.src == 1", "36@11+6"},
      {"udp.port + frame.time_delta == 1", "23@11+16"},
      {"-udp", "36@1+3"},
      {"ip.flags.df & 1", "36@0+11"},
      {"2 * frame.time_delta == 1", "36@0+1"},
      {"udp.port == 1 / 0", "37@12+5"},
      {"frame.protocols matches a", "38@24+1"},
      {"frame.protocols matches \"(\"", "39@24+3"},
      {"len(ip) in {1}", "40@0+7"},
      {"5 in {udp.port}", "40@0+1"},
      {"udp.port in {frame[0:1]}", "41@13+10"},
      {"udp.port in {ip.src}", "23@13+6"},
      {"udp.port in {70000}", "25@13+5"},
      {"${nosuch}", "43@0+8"},
      {"${host}", "43@0+7"},
      {"${host:1;2}", "43@0+11"},
      {"${host:}", "43@0+8"},
      {"${host:1", "43@8+0"},
      {"${ho st}", "43@4+1"},
      {"tcp and ${loop}", "43@8+7"},
      {"ip.src in $nosuch", "61@10+7"},
  };
  for (auto [text, expected] : cases) {
    INFO(text);
    CHECK(place(text) == expected);
  }
}

TEST_CASE("errors inside a macro's text point at its call") {
  CheckResult result = check_filter("tcp and ${bad} and nosuch", Subject::kPacket, options());
  REQUIRE(result.errors.size() == 2);
  CHECK(result.errors[1].span.begin == 19);
  CHECK(result.errors[1].span.length == 6);
  CHECK(result.expanded == "tcp and tcp.port ==  and nosuch");
  CHECK(place("${host:1.2.3}") == "29@0+13");
}

TEST_CASE("several errors at once, no more than five") {
  CheckResult result =
      check_filter("nosuch.a == 1 and udp.port == 70000 or ip.src == x and not nosuch.b", Subject::kPacket, options());
  REQUIRE(result.errors.size() == 4);
  CHECK(result.errors[0].span.begin == 0);
  CHECK(result.errors[1].code == error_code::kNumberRange);
  CHECK(result.errors[2].code == error_code::kAddress);
  CHECK(result.errors[3].span.begin == 59);
  CHECK(check_filter("a1 or b1 or c1 or d1 or e1 or f1 or g1", Subject::kPacket, options()).errors.size() ==
        kMaxErrors);
  CHECK_FALSE(result.filter.root);
}

TEST_CASE("a list that holds nothing for a field is warned of, unless a field of that name has another kind") {
  auto warnings = [](const char* text, Subject subject) { return check_filter(text, subject, options()).filter.warnings.size(); };
  CHECK(warnings("conn.orig_ip in $bad", Subject::kConnection) == 0);  // IPv4 and IPv6; the list has IPv4
  CHECK(warnings("conn.duration in $bad", Subject::kConnection) == 1);
  CHECK(warnings("tcp.port in $bad", Subject::kPacket) == 1);
  CHECK(warnings("ip.src in $bad or http.host in $bad", Subject::kPacket) == 0);
  for (const char* text : {"ip.addr in {$bad}", "ip.addr == $bad"}) {
    CheckResult result = check_filter(text, Subject::kPacket, options());
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].message == "\"bad\" is a list, not a field");
  }
}

TEST_CASE("warnings do not keep a filter from running") {
  for (const char* text : {"ip.proto == TCP", "udp.port / 0 == 1", "udp.port % {2 - 2} == 1", "udp.port in $bad"}) {
    INFO(text);
    CheckResult result = check_filter(text, Subject::kPacket, options());
    CHECK(result.errors.empty());
    CHECK(result.filter.root);
    REQUIRE(result.filter.warnings.size() == 1);
    CHECK(result.filter.warnings[0].warning);
  }
}

TEST_CASE("limits are errors that name themselves") {
  CompileOptions small = options();
  small.max_set_elements = 3, small.max_regex_bytes = 4, small.max_depth = 2;
  auto first = [&](const char* text) {
    CheckResult result = check_filter(text, Subject::kPacket, small);
    return result.errors.empty() ? std::string() : result.errors[0].message;
  };
  CHECK(first("udp.port in {1, 2, 3}").empty());
  CHECK(first("udp.port in {1, 2, 3, 4}").find("max_set_elements of 3") != std::string::npos);
  CHECK(first("frame.protocols matches \"abcd\"").empty());
  CHECK(first("frame.protocols matches \"abcde\"").find("max_regex_size of 4") != std::string::npos);
  CHECK(first("((tcp))").empty());
  CHECK(first("(((tcp)))").find("max_depth of 2") != std::string::npos);
}

TEST_CASE("a large set is read quickly") {
  std::string text = "udp.port in {0";
  for (int i = 1; i < 100000; ++i) text += "," + std::to_string(i % 65536);
  CheckResult result = check_filter(text + "}", Subject::kPacket, options());
  REQUIRE(result.filter.root);
  CHECK(result.filter.root->set.size() == 100000);
}

TEST_CASE("of their protocol's fields events have some") {
  for (const auto& [subject, proto] : {std::pair(Subject::kHttp, "http"), std::pair(Subject::kDns, "dns")}) {
    size_t accepted = 0, refused = 0;
    for (const auto& f : Registry::get().fields()) {
      if (Registry::get().protocol(f.proto).name != proto || f.is_protocol) continue;
      const bool has = f.row->flags & wiretail::dissect::kOnEvents;
      INFO(f.name);
      CHECK((place(f.name, subject) == "accepted") == has);
      ++(has ? accepted : refused);
    }
    CHECK(accepted > 15);
    CHECK(refused > 50);
    CheckResult result = check_filter(std::string(proto) + (subject == Subject::kHttp ? ".request" : ".flags.response"), subject, options());
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].hint.find("on = \"packet\"") != std::string::npos);
    CHECK(result.errors[0].hint.find(std::string(proto) + ".outcome") != std::string::npos);
    CheckResult forgotten = check_filter(std::string(proto) + ".outcome == \"complete\"", Subject::kPacket, options());
    REQUIRE(forgotten.errors.size() == 1);
    CHECK(forgotten.errors[0].hint.find("on = \"" + std::string(proto) + "\"") != std::string::npos);
    CHECK(place("frame.interface_name == \"eth0\"", subject) == "accepted");
    CHECK(place("frame.number == 1", subject).substr(0, 2) == "60");
    CHECK(place("conn.orig_ip == 10.0.0.1 and conn.resp_port == 80", subject) == "accepted");
    CHECK(check_filter("conn.duration > 1", subject, options()).errors.at(0).hint.find("on = \"conn\"") != std::string::npos);
  }
}

TEST_CASE("a field that a subject lacks names the subject that has it") {
  CHECK(place("udp.port == 53", Subject::kConnection) == "accepted");
  CHECK(place("udp", Subject::kDns) == "accepted");
  CHECK(place("frame.len > 5", Subject::kConnection) == "60@0+9");
  CHECK(place("udp[0] == 1", Subject::kConnection).substr(0, 2) == "60");
  if (!Registry::get().find("conn.duration").empty()) {
    CHECK(place("conn.duration > 1", Subject::kConnection) == "accepted");
    CheckResult result = check_filter("conn.duration > 1", Subject::kPacket, options());
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].hint.find("on = \"conn\"") != std::string::npos);
  }
  if (Registry::get().find("conn.orig_ip").size() > 1) {  // IPv4 and IPv6: the literal picks
    CHECK(typed("conn.orig_ip == 10.0.0.1", Subject::kConnection).find("10.0.0.1") != std::string::npos);
    CHECK(typed("conn.orig_ip == ::1", Subject::kConnection).find("::1") != std::string::npos);
    CHECK(place("conn.orig_ip in {10.0.0.0/8, ::1}", Subject::kConnection) == "accepted");
    CHECK(place("conn.orig_ip == x", Subject::kConnection) == "29@16+1");
  }
}

TEST_CASE("references take their values from the selected packet") {
  // Ethernet, IPv4 192.0.2.10 to 192.0.2.53, UDP 53124 to 53, one byte of payload.
  static const uint8_t kPacket[] = {0x02, 0x00, 0x5e, 0x10, 0x00, 0x14, 0x02, 0x00, 0x5e, 0x10, 0x00, 0x0a, 0x08, 0x00, 0x45,
                                    0x00, 0x00, 0x1d, 0x00, 0x01, 0x40, 0x00, 0x40, 0x11, 0x00, 0x00, 192,  0,    2,    10,
                                    192,  0,    2,    53,   0xcf, 0x84, 0x00, 0x35, 0x00, 0x09, 0x00, 0x00, 0x61};
  wiretail::dissect::Dissector dissector{wiretail::dissect::Settings{}};
  wiretail::dissect::Packet packet;
  packet.data = kPacket, packet.cap_len = packet.len = sizeof kPacket;
  packet.time = {1700000000, 5}, packet.number = 7;
  CompileOptions with = options();
  with.selected = &dissector.dissect(packet);
  auto text = [&](std::string_view filter) {
    CheckResult result = check_filter(filter, Subject::kPacket, with);
    return result.errors.empty() ? print_typed(*result.filter.root) : "error: " + result.errors[0].message;
  };
  CHECK(text("udp.port == ${udp.port}") == "any udp.port == reference(53124, 53)");
  CHECK(text("ip.src == $ip.dst") == "any ip.src == reference(192.0.2.53)");
  CHECK(text("ip.src == ${ip.dst#1}") == "any ip.src == reference(192.0.2.53)");
  CHECK(text("ip.src == ${ip.dst#2}") == "any ip.src == reference()");
  CHECK(text("@udp.dstport == ${@udp.dstport}") == "any @udp.dstport == reference(bytes:0035)");
  CHECK(text("eth.src == ${eth.dst}") == "any eth.src == reference(bytes:02005e100014)");
  CHECK(text("frame.number > ${frame.number}") == "any frame.number > reference(7)");
  CHECK(text("frame.time >= ${frame.time}") == "any frame.time >= reference(1700000000.000000005s)");
  CHECK(text("udp.port == ${udp.srcport} + 1") == "any udp.port == {reference(53124) + 1}");
  CHECK(text("ip.src in {${ip.src}}") == "any ip.src in {reference(192.0.2.10)}");
  CHECK(text("ip.src == ${ipv6.src}") == "error: the left side is an IPv4 address, the right side an IPv6 address");
}

// The matrix of the language by field type: every registered field stands for its type.
TEST_CASE("every operator with every field is as the matrix says") {
  std::set<FieldType> seen;
  for (const auto& def : Registry::get().fields()) {
    if (!seen.insert(def.type).second || Registry::get().find(def.name).size() > 1 ||
        !subject_lacks(def, Subject::kPacket, *std::make_unique<std::string>()).empty())
      continue;
    std::string name(def.name);
    INFO(name);
    bool named = def.row && !def.row->names.empty();
    auto accepted = [&](const std::string& text) { return place(text) == "accepted"; };
    CHECK(accepted(name));
    CHECK(accepted("count(" + name + ") == 1"));
    CHECK(accepted(name + " == " + name) == can(def.type, Ability::kCompare));
    CHECK(accepted(name + " < " + name) == can(def.type, Ability::kCompare));
    CHECK(accepted(name + " in {" + name + "}") == can(def.type, Ability::kCompare));
    CHECK(accepted("max(" + name + ") == " + name) == can(def.type, Ability::kCompare));
    CHECK(accepted(name + " matches \"a\"") ==
          (can(def.type, Ability::kMatch) || (named && def.type != FieldType::kNone)));
    CHECK(accepted(name + " contains " + name) == can(def.type, Ability::kSearch));
    CHECK(accepted(name + "[0]") == can(def.type, Ability::kSlice));
    CHECK(accepted("@" + name + "[0]"));
    CHECK(accepted("len(@" + name + ") > 1"));
    CHECK(accepted(name + " & " + name) == can(def.type, Ability::kBitAnd));
    CHECK(accepted(name + " + " + name) == can(def.type, Ability::kAdd));
    CHECK(accepted(name + " % " + name) == can(def.type, Ability::kModulo));
    CHECK(accepted("-" + name) == can(def.type, Ability::kNegate));
    CHECK(accepted("len(" + name + ") > 1") == can(def.type, Ability::kLength));
    CHECK(accepted("string(" + name + ") == \"a\"") == can(def.type, Ability::kString));
  }
}

TEST_CASE("what a filter found in a packet is said in words") {
  wiretail::test::Frame frame = wiretail::test::made_frames()[1];  // GET from 10.0.0.1:40000 to 10.0.0.2:80
  wiretail::dissect::Dissector dissector({});
  wiretail::dissect::Needs needs;
  for (const auto& f : wiretail::dissect::Registry::get().fields()) needs.add(f.id);
  dissector.set_needs(needs);
  auto said = [&](const char* text) { return explain_packet(text, {}, dissector.dissect(frame.packet())); };
  CHECK_THAT(said("ip.addr != 10.0.0.2"), Catch::Contains("does not match") && Catch::Contains("10.0.0.1, 10.0.0.2; every value must pass") && Catch::Contains("10.0.0.2 does not"));
  CHECK_THAT(said("ipv6.addr != ::1"), Catch::Contains("the packet has no ipv6.addr") && Catch::Contains("!(ipv6.addr == ::1)"));
  CHECK_THAT(said("tcp.port == 80"), Catch::Contains("matches") && Catch::Contains("80 does"));
  CHECK_THAT(said("tcp.port == \"x\""), Catch::Contains("error"));
  CHECK_THAT(said("tcp.port in {80, 443}"), Catch::Contains("80 is in it"));
  CHECK_THAT(said("ip.addr not in {10.0.0.0/31}"), Catch::Contains("no value may be in the set: 10.0.0.1 is in it"));
  CHECK_THAT(said("all tcp.port in {80}"), Catch::Contains("40000 is not in it"));
  CHECK_THAT(said("tcp.flags.syn"), Catch::Contains("not whether it is set: tcp.flags.syn == 1"));
  CHECK_THAT(said("ip.proto == \"TCP\""), Catch::Contains("6 (\"TCP\")"));
  CHECK_THAT(said("frame.protocols contains \"IP:TCP\""), Catch::Contains("lower(frame.protocols) contains …"));
  CHECK_THAT(said("frame[5000] != 1"), Catch::Contains("differs from every byte"));
  CHECK_THAT(said("frame.time > 0"), Catch::Matches("(.|\n)*\"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+Z\"(.|\n)*"));
  CHECK_THAT(said("ip.ttl / ip.frag_offset != 5"), Catch::Contains("no defined result"));
}
