// Look-ups over many filters: each operand has its own.
#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dissect/registry.hpp"
#include "filter/filter.hpp"
#include "filter/program.hpp"
#include "filter/check.hpp"
#include "filter/value_list.hpp"
#include "dissect/dissector.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

TEST_CASE("lower and upper case of different fields are different look-ups") {
  std::vector<filter::FilterSource> sources;
  size_t operands = 0;
  for (const auto& f : dissect::Registry::get().fields()) {
    if (f.type != dissect::FieldType::kString || !(f.name.starts_with("http.") || f.name.starts_with("dns.")) || f.name.ends_with(".outcome")) continue;
    if (dissect::Registry::get().find(f.name).size() != 1) continue;
    for (const std::string function : {"lower", "upper"}) sources.push_back({"", function + "(" + std::string(f.name) + ") == \"abc\""}), ++operands;
  }
  REQUIRE(operands > 60);
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  const std::string text = filter::print_program(compiled.program->data());
  size_t found = 0;
  for (size_t at = text.find("look-up by "); at != std::string::npos; at = text.find("look-up by ", at + 1)) ++found;
  CHECK(found == operands);
}

TEST_CASE("orderings of one field against many bounds are one look-up") {
  std::vector<filter::FilterSource> sources;
  for (int i = 0; i < 300; ++i)
    for (const std::string test : {"ip.len > ", "ip.len >= ", "ip.len < ", "http.response.code <= "}) sources.push_back({"", test + std::to_string(100 + i)});
  sources.push_back({"", "ip.len < 0"});  // a bound that no value is within
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  const std::string text = filter::print_program(compiled.program->data());
  CHECK(text.find("look-up by ip.len: 901 bounds") != std::string::npos);
  CHECK(text.find("look-up by http.response.code: 300 bounds") != std::string::npos);
}

// Filters that read the same operand and ask it for many values: together they are found by look-ups, alone (below eight) they are asked.
TEST_CASE("many filters of one operand match what each matches alone") {
  struct Kind { std::string test; std::vector<std::string> values; const char* look_up; };  // `%` is where the value goes
  std::vector<std::string> numbers, bytes, times, floats, ranges, names;
  for (int i = 0; i < 60; ++i) {
    const int n = i < 20 ? i : i < 40 ? i * 7 : i * 900;
    numbers.push_back(std::to_string(n));
    char text[32];
    std::snprintf(text, sizeof text, "%02x:%02x", i < 30 ? i * 8 : 0x45, i < 30 ? i % 7 : i);
    bytes.push_back(text);
    times.push_back(std::to_string(i % 3) + "." + std::to_string(1000000 + i * i * 137).substr(1));
    floats.push_back(std::to_string(n) + (i % 2 ? ".5" : ""));
    ranges.push_back(std::to_string(n) + ".." + std::to_string(n + 65 + i * 100));
    names.push_back(std::string(1, static_cast<char>('a' + i % 26)) + static_cast<char>('a' + i / 3));
  }
  const std::vector<std::string> small(numbers.begin(), numbers.begin() + 36);
  std::vector<std::string> sets;  // of 100 elements each
  for (int i = 0; i < 60; ++i) {
    std::string& set = sets.emplace_back(std::to_string(i));
    for (int k = 1; k < 100; ++k) set += ", " + std::to_string((i * 37 + k * k * 11) % 3000);
  }
  const std::vector<std::string> v4{"0.0.0.0", "1.2.3.4", "10.0.0.1", "10.0.0.2", "127.0.0.1", "172.16.0.9", "192.0.2.1", "192.168.1.1", "224.0.0.251", "255.255.255.255"};
  const std::vector<std::string> v6{"::", "::1", "2001:db8::", "2001:db8::1", "2001:db8::2", "2001:db8:1::", "fe80::1", "fe80::2", "ff02::1", "ff02::fb"};
  const std::vector<std::string> ether{"00:00:00:00:00:00", "00:00:00:00:00:01", "02:00:00:00:00:01", "02:00:00:00:00:02", "33:33:00:00:00:01", "aa:bb:cc:dd:ee:ff", "fe:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"};
  const std::vector<std::string> texts{"\"\"", "\"a\"", "\"example\"", "\"example.com\"", "\"example.com.au\"", "\"m\"", "\"www.example.com\"", "\"www.f\"", "\"zz\""};
  auto unquoted = [](const std::string& text) { return text[0] == '"' ? text.substr(1, text.size() - 2) : text; };
  std::vector<std::string> listed;
  filter::CompileOptions options;
  for (unsigned i = 0; i < 20; ++i) {
    std::string text;
    for (const std::vector<std::string>* values : {&v4, &v6, &std::as_const(numbers), &texts}) text += unquoted((*values)[i % values->size()]) + "\n" + unquoted((*values)[(i * i + 1) % values->size()]) + "\n";
    text += "10.0." + std::to_string(i) + ".0/24\n192.0.2.0-192.0.2." + std::to_string(i) + "\n2001:db8::/" + std::to_string(100 + i) + "\n" + std::to_string(i) + ".." + std::to_string(i * i * 9) + "\n";
    text += i % 2 ? "*.example" + std::to_string(i) + "\nwww*.c?m\n" : "www.example.com\n";
    listed.push_back(std::to_string(i));
    options.lists["l" + listed.back()] = filter::ValueList::parse(text).list;
    REQUIRE(options.lists["l" + listed.back()]);
  }
  // Two bounds of `field`, some with nothing between; what may stand before and behind.
  auto between = [&](const std::string& field, const std::vector<std::string>& values, const std::string& low = " >= ", const std::string& high = " < ") {
    std::vector<std::string> out;
    for (size_t i = 0; i < values.size(); ++i) out.push_back(field + low + values[i] + " && " + field + high + values[(i * 7 + 3) % values.size()]);
    return out;
  };
  const std::vector<std::string> masks{"0 == 0", "1 == 1", "1 == 0", "0xff == 0x10", "0xf0 == 0x45", "0xff00 == 0", "0xff00 == 0x100", "0xffff == 1", "0x8000 == 0x8000", "3 == 4", "7 == 5"};
  const std::vector<Kind> kinds{
      {"%", between("ip.len", numbers), "look-up by ip.len: 60 bounds"},
      {"tcp.port in {%}", sets, "look-up by tcp.port: "},
      {"%", between("ip.id", numbers, " > ", " <= "), "look-up by ip.id: 60 bounds"},
      {"%", between("tcp.port", numbers), "look-up by tcp.port: 60 bounds"},
      {"%", between("any tcp.port", numbers, " <= ", " > "), "look-up by tcp.port: 60 bounds"},
      {"%", between("all tcp.port", numbers), "look-up by tcp.port: 60 bounds"},
      {"%", between("tcp.len - 5", numbers), "tcp.len - 5"},
      {"ip && (frame.len == 1 || (%))", between("frame.time_relative", times), "frame.time_relative"},
      {"%", between("float(ip.ttl)", floats), "float(ip.ttl)"},
      {"%", between("ip.src", v4), "look-up by ip.src: 10 bounds"},
      {"%", between("ip.addr", v4, " > ", " <= "), "look-up by ip.addr: 10 bounds"},
      {"ip.dst in {%}", {"1.2.3.4..10.0.0.1", "10.0.0.1..10.0.0.1", "10.0.0.2..255.255.255.255", "0.0.0.0..9.9.9.9", "10.0.0.0..10.1.0.0", "192.0.2.1..1.1.1.1", "224.0.0.0..239.0.0.0", "127.0.0.1..127.9.9.9"}, "look-up by ip.dst: 8 bounds"},
      {"%", between("ipv6.src", v6), "look-up by ipv6.src: 10 bounds"},
      {"%", between("ipv6.addr", v6, " < ", " >= "), "look-up by ipv6.addr: 10 bounds"},
      {"%", between("eth.src", ether), "look-up by eth.src: 8 bounds"},
      {"%", between("http.host", texts), "look-up by http.host: 9 bounds"},
      {"%", between("dns.qry.name", texts, " > ", " <= "), "look-up by dns.qry.name: 9 bounds"},
      {"ip.id + % == ip.len", numbers, "look-up by {ip.id - ip.len}"},
      {"tcp.srcport == % + tcp.dstport", numbers, "look-up by {tcp.srcport - tcp.dstport}"},
      {"tcp.srcport - 3 < tcp.dstport - %", numbers, "look-up by {tcp.srcport - tcp.dstport}"},
      {"tcp.port - % >= tcp.port + 7", numbers, "look-up by {tcp.port - tcp.port}"},
      {"udp.length <= ip.len - %", numbers, "look-up by {udp.length - ip.len}"},
      {"ip.id & %", masks, "look-up by ip.id: 8 bounds"},
      {"tcp.flags & %", masks, "look-up by tcp.flags: 8 bounds"},
      {"ip.addr & %", {"255.0.0.0 == 10.0.0.0", "255.255.0.255 == 10.0.0.1", "0.0.0.255 == 0.0.0.2", "0.0.0.1 == 0.0.0.2", "255.255.255.255 == 127.0.0.1", "0.0.0.0 == 0.0.0.0", "128.0.0.0 == 128.0.0.0", "255.255.0.0 == 192.168.0.0"}, "look-up by ip.addr: 8 bounds"},
      // What all of them ask is asked first; nothing else finds these.
      {"ip.ttl == 64 && !(tcp.payload contains \"%\")", names, "behind 1 test that all ask"},
      {"!(ip.ttl == 64) && ip.id != %", numbers, "behind 1 test that all ask"},
      {"!tcp && !(ip.id == %)", numbers, "look-up by what they share: 60 filters, behind"},
      {"!tcp && !(frame.len > % || udp)", numbers, "look-up by what they share: 60 filters, behind"},
      {"tcp.flags.syn == 1 && (tcp.srcport == % || !(ip.id > 5))", numbers, "behind 1 test that all ask"},
      {"tcp.payload[0:2] == %", bytes, "tcp.payload[0:2]"},
      {"eth.src[0:2] == %", bytes, "eth.src[0:2]"},
      {"frame[12:2] == %", bytes, "frame[12:2]"},
      {"ip[0:2] == % && frame.len > 10", bytes, "ip[0:2]"},
      {"@ip.len == %", bytes, "@ip.len"},
      {"len(dns.qry.name) == %", numbers, "len(dns.qry.name)"},
      {"len(http.request.uri) > %", numbers, "len(http.request.uri)"},
      {"tcp.srcport + 1 == %", numbers, "{tcp.srcport + 1}"},
      {"ip.id * 3 >= %", numbers, "{ip.id * 3}"},
      {"ip.len / 3 <= %", numbers, "{ip.len / 3}"},
      {"60000 / ip.len == %", numbers, "/"},
      {"-tcp.len < -%", numbers, "-{tcp.len}"},
      {"all tcp.port - 1 < %", numbers, nullptr},
      {"count(tcp.port) == %", numbers, "count(tcp.port)"},
      {"tcp.port#1 == %", numbers, "tcp.port#"},
      {"float(ip.ttl) > %", floats, "float(ip.ttl)"},
      {"float(ip.ttl) == %", floats, "float(ip.ttl)"},
      {"frame.time_relative > %", times, "frame.time_relative"},
      {"tcp.time_delta <= %", times, "tcp.time_delta"},
      {"http.time == %", times, "http.time"},
      {"tcp.len in {%}", ranges, "tcp.len"},
      {"tcp.port in {7, %}", ranges, "tcp.port"},
      {"any tcp.port in {%}", ranges, "tcp.port"},
      {"ip.id in {%}", ranges, "ip.id"},
      {"ip.addr#1 == %", {"10.0.0.1", "10.0.0.2", "192.0.2.1", "127.0.0.1", "1.2.3.4", "192.168.1.1", "10.0.0.1", "10.1.1.1"}, "ip.addr#"},
      {"ip.src & 255.255.0.0 == %", {"10.0.0.0", "192.0.0.0", "127.0.0.0", "1.2.0.0", "192.168.0.0", "172.16.0.0", "10.1.0.0", "9.9.0.0"}, "look-up by ip.src: 8 bounds"},
      {"ipv6.src#1 == %", {"::1", "2001:db8::1", "fe80::1", "::", "2001:db8::2", "ff02::1", "fe80::2", "2001:db8::3"}, "ipv6.src#"},
      {"max(tcp.srcport, tcp.dstport) == %", numbers, "max("},
      {"tcp.srcport + tcp.dstport > %", numbers, "{tcp.srcport + tcp.dstport}"},
      {"min(udp.srcport, tcp.srcport) <= %", numbers, "min("},
      {"_ws.col.protocol == \"%\"", {"TCP", "UDP", "HTTP", "DNS", "ICMP", "ARP", "IPv4", "TLSv1.2"}, "_ws.col.protocol"},
      {"_ws.col.info contains \"%\"", {"SYN", "query", "GET", "ACK", "reply", "Echo", "request", "who has"}, "_ws.col.info"},
      {"ip.version == %", {"4", "5", "6", "7", "8", "0", "1", "2"}, "look-up by ip.version: 8 values"},
      {"ip.ttl == %", small, "look-up by ip.ttl: "},
      {"ip.ttl == 64 && tcp.flags == %", small, "look-up by tcp.flags: "},
      {"ip.src == 10.0.0.1 xor ip.id == %", numbers, "look-up by ip.id: 60 values"},
      {"dns.a == %", {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/12", "192.0.2.0/24", "93.0.0.0/9", "127.0.0.1/31", "10.0.0.0/30", "1.2.3.4/32", "128.0.0.0/1"}, "look-up by dns.a: 8 bounds"},
      {"dns.aaaa == %", {"::/0", "2001:db8::/32", "2001:db8::/33", "2001:db8::1/127", "fe80::/10", "::/1", "8000::/1", "ff00::/8", "2001:db8::1/128"}, "look-up by dns.aaaa: 8 bounds"},
      {"ip.addr in $l%", listed, "look-up by ip.addr"},
      {"ipv6.src in $l%", listed, "look-up by ipv6.src"},
      {"ip.id in $l%", listed, "look-up by ip.id"},
      {"dns.qry.name in $l%", listed, "texts in one search"},
      {"http.host in $l%", listed, "look-up by http.host"},
      {"http.host matches \"^(%|www.%).*\"", {"example", "example.com", "www", "abc", "exam", "test", "org", "ple.c", "[ab]c"}, "look-up by http.host: "},
      {"http.request.uri matches \"index[.](%)|/.*%$\"", {"html", "php|asp", "txt", "png?", "jpe?g", "gif|html", "htm.", "xml"}, nullptr},
      {"dns.qry.name[0:2] == \"%\"", names, "dns.qry.name[0:2]"},
      {"upper(http.host)[1:2] == \"%\"", names, "upper(http.host)[1:2]"},
      {"string(ip.src)[0:8] contains \"%\"", {"10.", "192.", "1.2.", "255.", "172.", "168", "2.3.", "0.0."}, "string(ip.src)"},
      {"tcp.payload[0:20] matches \"%\"", {"http", "get /", "post", "host:", "html", "ssh-", "220 ", "user"}, "tcp.payload[0:20]"},
  };
  std::vector<test::Frame> frames = test::made_frames();
  std::vector<test::Frame> captured = test::corpus_frames(400);
  frames.insert(frames.end(), captured.begin(), captured.end());
  size_t matched = 0;
  for (const Kind& kind : kinds) {
    INFO(kind.test);
    std::vector<filter::FilterSource> sources;
    for (const std::string& value : kind.values) {
      std::string text = kind.test;
      for (size_t at; (at = text.find('%')) != std::string::npos;) text.replace(at, 1, value);
      sources.push_back({"", text, filter::Subject::kPacket});
    }
    auto together = filter::compile(sources, options);
    for (size_t i = 0; i < sources.size(); ++i)
      for (const auto& e : together.diagnostics[i]) UNSCOPED_INFO(sources[i].text << ": " << e.message);
    REQUIRE(together.program);
    const std::string printed = filter::print_program(together.program->data());
    if (kind.look_up) {
      const size_t at = printed.find("look-up by ");
      REQUIRE(at != std::string::npos);
      INFO(printed.substr(at));
      CHECK(printed.substr(at).find(kind.look_up) != std::string::npos);
    }
    std::vector<filter::Program> alone;
    for (const auto& source : sources) alone.push_back(std::move(*filter::compile({&source, 1}, options).program));
    dissect::Dissector dissector({});
    dissector.set_needs(together.program->needs());
    filter::MatchSet found, one;
    found.resize(sources.size()), one.resize(1);
    for (const test::Frame& frame : frames) {
      dissect::Dissection& d = dissector.dissect(frame.packet());
      found.clear();
      together.program->evaluate(d, filter::Subject::kPacket, found);
      for (size_t i = 0; i < alone.size(); ++i) {
        one.clear();
        alone[i].evaluate(d, filter::Subject::kPacket, one);
        if (found.has(static_cast<uint32_t>(i)) == one.any()) continue;
        FAIL(sources[i].text << " on packet " << frame.number << " of " << frame.origin << " alone " << one.any());
      }
      matched += found.any();
    }
  }
  CHECK(matched > 200);  // several times as many where there is a corpus beside the tree
}

TEST_CASE("texts of more than one search's table are searched in several") {
  const auto frames = test::made_frames();
  std::mt19937 generator(11);
  std::vector<std::string> texts;
  for (int i = 0; i < 6000; ++i) {
    std::string text(16, 0);
    for (char& c : text) c = static_cast<char>(generator());
    const test::Frame& frame = frames[generator() % frames.size()];
    const dissect::Packet packet = frame.packet();
    if (i % 100 == 0 && packet.cap_len > 40) text.assign(reinterpret_cast<const char*>(packet.data) + 20, 16);
    texts.push_back(text);
  }
  std::vector<filter::FilterSource> sources;
  for (const std::string& text : texts) {
    std::string hex;
    for (char c : text) {
      char two[4];
      std::snprintf(two, sizeof two, ":%02x", static_cast<unsigned>(static_cast<uint8_t>(c)));
      hex += hex.empty() ? two + 1 : two;
    }
    sources.push_back({"", "frame contains " + hex});
  }
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  const std::string printed = filter::print_program(compiled.program->data());
  size_t searches = 0;
  for (size_t at = printed.find("texts in one search"); at != std::string::npos; at = printed.find("texts in one search", at + 1)) ++searches;
  CHECK(searches > 1);
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  filter::MatchSet found;
  found.resize(sources.size());
  size_t matched = 0;
  for (size_t f = 0; f < frames.size(); ++f) {
    const dissect::Packet packet = frames[f].packet();
    const std::string_view bytes(reinterpret_cast<const char*>(packet.data), packet.cap_len);
    dissect::Dissection& d = dissector.dissect(packet);
    found.clear();
    compiled.program->evaluate(d, filter::Subject::kPacket, found);
    for (size_t i = 0; i < texts.size(); ++i) {
      const bool there = bytes.find(texts[i]) != std::string_view::npos;
      matched += there;
      if (found.has(static_cast<uint32_t>(i)) != there) FAIL(sources[i].text << " on packet " << frames[f].number << " of " << frames[f].origin);
    }
  }
  CHECK(matched > 10);
}
