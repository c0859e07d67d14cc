// The configuration file: what is read, and what is said of mistakes: all of them, each with its place and a hint.
#include <algorithm>
#include <string>

#include "config/config.hpp"
#include "unit/catch.hpp"

using namespace wiretail;
using config::Problem;

namespace {

config::ReadResult parse(std::string_view text) { return config::parse_config(text, "test.toml"); }

// The one problem at that place; none is a failure.
const Problem& at(const config::ReadResult& result, uint32_t line, uint32_t column) {
  auto it = std::find_if(result.problems.begin(), result.problems.end(), [&](const Problem& p) { return p.line == line && p.column == column; });
  INFO("no problem at " << line << ":" << column);
  if (it == result.problems.end()) {
    std::string all;
    for (const auto& p : result.problems) all += config::print_problem(p) + "\n";
    FAIL(all);
  }
  return *it;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an empty file is the defaults") {
  auto result = parse("");
  CHECK(result.good());
  CHECK(result.config.capture == config::Capture());
  CHECK(result.config.connections == config::Connections());
  CHECK(result.config.limits == config::Limits());
  CHECK(result.config.log == config::Log());
  CHECK(result.config.filters.empty());
  CHECK(result.config.outputs.empty());
}

TEST_CASE("every key is read into its place") {
  auto result = parse(R"(
[capture]
interfaces = ["eth0", "eth1"]
filter = "tcp port 80"
snaplen = "96B"
buffer_size = "2MiB"
read_timeout = "5ms"
promiscuous = false
prefilter = "off"
[connections]
max_connections = 1000
attempt_timeout = "1s"
established_timeout = "1h"
linger = "0s"
udp_one_way_timeout = "2s"
udp_two_way_timeout = "3s"
icmp_timeout = "4s"
update_interval = "0s"
transaction_timeout = "5s"
http_at = "headers"
[limits]
max_reassembly = "1MiB"
max_pdu = "4KiB"
max_fragments = "8KiB"
max_pending_requests = 7
max_instructions = 8
max_set_elements = 9
max_regex_size = "10B"
max_depth = 11
[log]
level = "debug"
[macros]
web = "tcp.port == 80"
[[list]]
name = "bad"
file = "bad.txt"
[[filter]]
name = "slow"
on = "http"
match = "http.time > 1"
emit = ["http", "conn"]
fields = "all"
[[filter]]
name = "tested"
match = "arp"
test = [{file = "a.pcap", frames = [1, 2]}, {file = "b.pcap", frames = []}]
[[output]]
name = "disk"
file = "/x.jsonl"
flush_bytes = "1KiB"
flush_interval = "1s"
immediate = true
rotate_size = "1GB"
rotate_age = "1d"
rotate_keep = 3
max_line = "1KiB"
max_bytes = "16B"
value_names = true
info = true
payload = true
redact = false
redact_parameters = ["pin"]
host = "h"
tags = "t"
stats_interval = "0s"
daemon = false
)");
  for (const auto& p : result.problems) INFO(config::print_problem(p));
  REQUIRE(result.problems.empty());
  const config::Config& c = result.config;
  CHECK(c.capture == config::Capture{{"eth0", "eth1"}, "tcp port 80", 96, 2 << 20, 5, false, false});
  CHECK(c.connections == config::Connections{1000, 1000, 3'600'000, 0, 2000, 3000, 4000, 0, 5000, true});
  CHECK(c.limits == config::Limits{1 << 20, 4096, 8192, 7, 8, 9, 10, 11});
  CHECK(c.log.level == "debug");
  CHECK(c.macros.at("web") == "tcp.port == 80");
  REQUIRE(c.lists.size() == 1);
  CHECK(c.lists[0].name == "bad");
  CHECK(c.lists[0].file == "bad.txt");
  REQUIRE(c.filters.size() == 2);
  const config::Filter& f = c.filters[0];
  CHECK(f.name == "slow");
  CHECK(f.subject == filter::Subject::kHttp);
  CHECK(f.match == "http.time > 1");
  CHECK(f.emit == std::vector<std::string>{"http", "conn"});
  CHECK(f.fields == std::vector<std::string>{"all"});
  REQUIRE(c.filters[1].tests.size() == 2);
  CHECK(c.filters[1].tests[0] == config::FilterTest{"a.pcap", {1, 2}});
  REQUIRE(c.outputs.size() == 1);
  config::Output o;
  o.name = "disk", o.file = "/x.jsonl", o.flush_bytes = 1024, o.flush_interval_ms = 1000, o.immediate = true;
  o.rotate_size = 1'000'000'000, o.rotate_age_ms = 86'400'000, o.rotate_keep = 3, o.max_line = 1024, o.max_bytes = 16;
  o.value_names = o.info = o.payload = true, o.redact = false, o.redact_parameters = {"pin"}, o.host = "h", o.tags = {"t"};
  o.stats_interval_ms = 0, o.daemon_lines = false;
  CHECK(c.outputs[0] == o);
}

TEST_CASE("all problems of a file at once, each with line, column and hint") {
  auto result = parse(R"([capture]
interfases = ["lo"]
buffer_size = "many"
read_timeout = 10
promiscuous = "yes"

[connections]
max_connections = 3
http_at = "end"

[[filter]]
match = "ip"
on = "packets"
emit = ["packet", "sound"]
fields = ["ip.srcc"]

[[filter]]
name = "a"
match = 7
[[filter]]
name = "a"

[log]
level = "loud"
[surprise]
)");
  CHECK_FALSE(result.good());
  CHECK(at(result, 2, 1).hint == "did you mean \"interfaces\"?");
  CHECK(has(at(result, 3, 15).hint, "\"64MiB\""));
  CHECK(has(at(result, 4, 16).hint, "\"200ms\""));
  CHECK(has(at(result, 5, 15).message, "true or false"));
  CHECK(has(at(result, 8, 19).message, "between 16 and"));
  CHECK(has(at(result, 9, 11).message, "\"body\" or \"headers\""));
  CHECK(has(at(result, 11, 1).message, "needs a name"));
  CHECK(has(at(result, 13, 6).hint, "packet, conn, http, dns and tls"));
  CHECK(has(at(result, 14, 8).message, "\"sound\""));
  CHECK(has(at(result, 15, 10).hint, "ip.src"));
  CHECK(has(at(result, 19, 9).message, "a string"));
  CHECK(has(at(result, 20, 1).message, "needs a match"));
  CHECK(has(at(result, 21, 8).message, "two filters are called \"a\""));
  CHECK(has(at(result, 24, 9).hint, "trace, debug, info, warning, error and off"));
  CHECK(has(at(result, 25, 2).message, "no key \"surprise\""));
  CHECK(result.problems.size() == 15);
  for (const auto& p : result.problems) {
    INFO(config::print_problem(p));
    CHECK_FALSE(p.hint.empty());
  }
}

TEST_CASE("what is too small or too large is said with the bound") {
  auto message = [](const std::string& text) { return parse(text).problems.at(0).message; };
  CHECK(message("[capture]\nbuffer_size = \"4GiB\"\n") == "must be at most 2047MiB");
  CHECK(message("[capture]\nbuffer_size = \"1KiB\"\n") == "must be at least 65536 bytes");
  CHECK(message("[capture]\nsnaplen = \"1MiB\"\n") == "must be at most 256KiB");
  CHECK(message("[capture]\nread_timeout = \"0s\"\n") == "must be at least 1ms");
  CHECK(message("[capture]\nread_timeout = \"2h\"\n") == "must be at most 60s");
  CHECK(message("[limits]\nmax_depth = 501\n") == "must lie between 1 and 500");
  CHECK(message("[limits]\nmax_depth = -1\n") == "must lie between 1 and 500");
  CHECK(message("[[output]]\nflush_bytes = \"2MiB\"\n") == "must be at most 1MiB");
}

TEST_CASE("outputs share neither name nor file, and a file is no folder") {
  auto result = parse("[[output]]\nname = \"a\"\nfile = \"/x\"\n[[output]]\nfile = \"/x\"\nname = \"a\"\n[[output]]\nfile = \"/\"\n");
  CHECK(has(at(result, 5, 8).message, "two outputs write to \"/x\""));
  CHECK(has(at(result, 6, 8).message, "two outputs are called \"a\""));
  CHECK(has(at(result, 8, 8).message, "\"/\" is a directory"));
  CHECK(result.problems.size() == 3);
  CHECK(parse("[[output]]\n[[output]]\nname = \"b\"\nfile = \"/y\"\n").problems.empty());
}

TEST_CASE("a filter says what it matches, if only that it is everything") {
  CHECK(has(parse("[[filter]]\nname = \"a\"\n").problems.at(0).message, "needs a match"));
  CHECK(parse("[[filter]]\nname = \"a\"\nmatch = \"\"\n").problems.empty());
}

TEST_CASE("a list's name can be written in a filter") {
  CHECK(has(at(parse("[[list]]\nname = \"a b\"\nfile = \"x\"\n"), 2, 8).message, "cannot be the name of a list"));
}

TEST_CASE("a size without a unit is warned of") {
  auto result = parse("[limits]\nmax_regex_size = \"64\"\n");
  CHECK(has(at(result, 2, 18).message, "no unit"));
  CHECK(result.good());
  CHECK(result.config.limits.max_regex_size == 64);
  CHECK(parse("[[output]]\nrotate_size = \"0\"\n").problems.empty());
}

TEST_CASE("each problem has a hint") {
  for (const char* text : {"[capture]\nprefilter = 1\n", "[connections]\nhttp_at = \"end\"\n", "[connections]\nattempt_timeout = \"0s\"\n", "[limits]\nmax_depth = 0\n", "[limits]\nmax_depth = \"1\"\n",
                           "[macros]\na = 3\n", "[[output]]\nfile = 3\n", "[[output]]\nmax_line = \"1B\"\n", "[[output]]\nredact = 1\n", "[output]\nname = \"a\"\n", "[[output]]\ntags = 1\n",
                           "[[filter]]\nname = \"a\"\nmatch = \"ip\"\nfields = \"zzzzzzzzzz\"\n", "[[filter]]\nname = \"a\"\nmatch = \"ip\"\nfields = \"ip\"\n", "[[filter]]\nname = \"a\"\nmatch = \"ip\"\ntest = 1\n",
                           "capture = 1\n", "macros = 1\n", "filter = [1]\n"}) {
    auto result = parse(text);
    INFO(text);
    REQUIRE(result.problems.size() == 1);
    CHECK_FALSE(result.problems[0].hint.empty());
  }
}

TEST_CASE("a syntax error comes alone, with its place") {
  auto result = parse("[capture]\ninterfaces = [\"lo\"\nsnaplen = 1\n[log]\nlevel = 3\n");
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems[0].line == 3);
  CHECK(result.problems[0].column > 0);
  CHECK_FALSE(result.problems[0].hint.empty());
}

TEST_CASE("what upsets the TOML parser is a problem of its line") {
  for (std::string_view line : {"[*x]", "[[ ]]", "[<]", "host = é", "é = 1", "[é]", "x = [é", "x = 1 é", "x = \"\"é", "[a.*]"}) {
    INFO(line);
    auto result = parse("[log]\n\n" + std::string(line) + "\nlevel = \"info\"\n");
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].line == 3);
    CHECK_FALSE(result.problems[0].hint.empty());
  }
  CHECK(parse("# é\n[capture]\ninterfaces = [\"é\"]\n").good());
}

TEST_CASE("tables in the wrong form are said, not taken for something else") {
  CHECK(has(parse("capture = 3\n").problems.at(0).message, "[capture]"));
  CHECK(has(parse("filter = 3\n").problems.at(0).message, "[[filter]]"));
  CHECK(has(parse("[filter]\nname = \"a\"\n").problems.at(0).message, "[[filter]]"));
  CHECK(has(parse("filter = [1]\n").problems.at(0).message, "a table"));
  CHECK(has(parse("[macros]\na = 1\n").problems.at(0).message, "text"));
  for (const char* name : {"\"we.b\"", "\"a-b\"", "\"\""}) {
    auto misnamed = parse(std::string("[macros]\n") + name + " = \"tcp\"\n");
    REQUIRE(misnamed.problems.size() == 1);
    CHECK(has(misnamed.problems[0].message, "name of a macro"));
    CHECK(misnamed.problems[0].line == 2);
  }
  CHECK(has(parse("[[filter]]\nname = \"a\"\ntest = 1\n").problems.at(0).message, "frames"));
}

TEST_CASE("a filter on events that would write packets is warned of") {
  auto result = parse("[[filter]]\nname = \"a\"\non = \"conn\"\nmatch = \"conn\"\nemit = [\"packet\", \"conn\"]\n");
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems[0].warning);
  CHECK(result.good());
}

TEST_CASE("an error in a filter's text has its own line and column") {
  auto problem = [](std::string_view text) {
    auto result = config::parse_config(text, "test.toml");
    REQUIRE(result.problems.empty());
    std::vector<Problem> problems;
    auto program = config::compile_filters(result.config, "test.toml", config::compile_options(result.config, "test.toml", problems), problems);
    CHECK_FALSE(program.has_value());
    REQUIRE(problems.size() == 1);
    return problems[0];
  };
  Problem p = problem("[[filter]]\nname = \"a\"\nmatch = \"ip and ip.srcc == 1.2.3.4\"\n");
  CHECK(p.line == 3);
  CHECK(p.column == 9 + 8);
  CHECK(has(p.message, "^~~~"));
  CHECK(has(p.message, "did you mean ip.src"));
  // Written with escapes, the place in the text is not the place in the file: the string's beginning is named.
  p = problem("[[filter]]\nname = \"a\"\nmatch = \"http.host == \\\"x\\\" and ip.srcc\"\n");
  CHECK(p.column == 9);
  p = problem("[[filter]]\nname = \"a\"\nmatch = 'http.host == \"x\" and ip.srcc'\n");
  CHECK(p.column == 9 + 21 + 1);
  for (std::string quotes : {"\"\"\"", "'''"}) {
    p = problem("[[filter]]\nname = \"a\"\nmatch = " + quotes + "\nip\n and ip.srcc\n" + quotes + "\n");
    CHECK(p.line == 5);
    CHECK(p.column == 6);
    p = problem("[[filter]]\nname = \"a\"\nmatch = " + quotes + "ip.srcc\n or ip" + quotes + "\n");
    CHECK(p.line == 3);
    CHECK(p.column == 9 + 3);
  }
}

TEST_CASE("a list that cannot be read is a problem of its line") {
  auto result = parse("[[list]]\nname = \"bad\"\nfile = \"/nonexistent/bad.txt\"\n");
  REQUIRE(result.problems.empty());
  std::vector<Problem> problems;
  config::compile_options(result.config, "test.toml", problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].line == 1);
  CHECK(has(problems[0].message, "/nonexistent/bad.txt: No such file"));
}

TEST_CASE("a file that cannot be read says why") {
  auto result = config::read_config("/nonexistent/wiretail.toml");
  REQUIRE(result.problems.size() == 1);
  CHECK(has(config::print_problem(result.problems[0]), "/nonexistent/wiretail.toml"));
  CHECK(has(result.problems[0].message, "No such file"));
  CHECK(has(config::read_config("/").problems.at(0).message, "directory"));
}

TEST_CASE("the hash tells two versions apart") {
  CHECK(parse("").config.hash.size() == 8);
  CHECK(parse("").config.hash != parse("\n").config.hash);
  CHECK(parse("\n").config.hash == parse("\n").config.hash);
}
