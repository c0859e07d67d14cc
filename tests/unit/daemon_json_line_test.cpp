// JSON lines against the schema: header order, value forms, tunnels, cutting, and strictness on arbitrary bytes.
#include <chrono>
#include <random>

#include "daemon/output/json_line.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/dissector.hpp"
#include "unit/catch.hpp"
#include "unit/strict_json.hpp"

using namespace wiretail;
using namespace wiretail::daemon;

namespace {

using Octets = std::vector<uint8_t>;

void add16(Octets& o, unsigned v) { o.push_back(static_cast<uint8_t>(v >> 8)), o.push_back(static_cast<uint8_t>(v)); }
Octets ipv4(uint8_t protocol, const Octets& payload, uint8_t last = 10) {
  Octets o = {0x45, 0};
  add16(o, static_cast<unsigned>(20 + payload.size()));
  o.insert(o.end(), {0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, last, 198, 51, 100, 7});
  o.insert(o.end(), payload.begin(), payload.end());
  return o;
}
Octets udp(unsigned from, unsigned to, const Octets& payload) {
  Octets o;
  add16(o, from), add16(o, to), add16(o, static_cast<unsigned>(8 + payload.size())), add16(o, 0);
  o.insert(o.end(), payload.begin(), payload.end());
  return o;
}
Octets ethernet(unsigned type, const Octets& payload) {
  Octets o = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  add16(o, type);
  o.insert(o.end(), payload.begin(), payload.end());
  return o;
}

struct Lines {
  explicit Lines(LineOptions options = {}, Selection chosen = {}) : selection(std::move(chosen)), writer(std::move(options), "00003f9a"), dissector({}) {
    dissect::Needs needs;
    JsonLine::add_needs(selection, needs);
    needs.complete = true;
    dissector.set_needs(needs);
  }
  std::string line(const Octets& bytes, std::vector<std::string_view> filters = {}, std::string_view interface = "eth0") {
    dissect::Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.time = {1'772'366'400, 5'000'417}, p.number = ++number;
    std::string out;
    writer.packet(out, dissector.dissect(p, interface), selection, filters, number, interface);
    return out;
  }
  Selection selection;
  JsonLine writer;
  dissect::Dissector dissector;
  uint64_t number = 0;
};

Selection fields(std::initializer_list<std::string_view> names, Selection::Mode mode = Selection::Mode::kFields) {
  Selection s;
  s.mode = mode;
  for (auto name : names)
    for (auto id : dissect::Registry::get().find(name)) s.fields.push_back(id);
  return s;
}
Selection everything() {
  Selection s;
  s.mode = Selection::Mode::kAll;
  return s;
}
std::vector<std::string> keys(const nlohmann::ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [key, value] : object.items()) names.push_back(key);
  return names;
}

}  // namespace

TEST_CASE("a packet's line begins with the header, in its order") {
  Lines lines({.host = "sensor-1", .tags = {"lab", "north"}});
  std::string text = lines.line(ethernet(0x0800, ipv4(17, udp(40211, 9999, {1, 2, 3}))), {"web", "slow \"api\""});
  REQUIRE(text.back() == '\n');
  auto line = parse_strictly(text);
  auto names = keys(line);
  std::erase(names, "flow"), std::erase(names, "community_id");
  CHECK(std::vector<std::string>(names.begin(), names.begin() + 8) == std::vector<std::string>{"ts", "event", "v", "seq", "iface", "filters", "host", "tags"});
  CHECK(line["ts"] == "2026-03-01T12:00:00.005000417Z");
  CHECK(line["event"] == "packet");
  CHECK(line["v"] == 1);
  CHECK(line["seq"] == 1);
  CHECK(line["iface"] == "eth0");
  CHECK(line["filters"] == nlohmann::ordered_json({"web", "slow \"api\""}));
  CHECK(line["frame"]["number"] == 1);
  CHECK(line["frame"]["len"] == 45);
  CHECK(line["frame"]["cap_len"] == 45);
  CHECK(line["ip"]["src"] == "192.0.2.10");
  CHECK(line["ip"]["dst"] == "198.51.100.7");
  CHECK(line["udp"]["srcport"] == 40211);
  CHECK(!line.contains("eth"));
}

TEST_CASE("selections: named fields, all fields, several occurrences as arrays") {
  Octets packet = ethernet(0x0800, ipv4(17, udp(5, 7, {1, 2, 3})));
  auto named = parse_strictly(Lines({}, fields({"ip.addr", "eth.src", "udp.port", "ip.ttl"})).line(packet));
  CHECK(named["ip"]["addr"] == nlohmann::ordered_json({"192.0.2.10", "198.51.100.7"}));
  CHECK(named["eth"]["src"] == "02:00:00:00:00:02");
  CHECK(named["udp"]["port"] == nlohmann::ordered_json({5, 7}));
  CHECK(named["ip"]["ttl"] == 64);
  CHECK(named["frame"].size() == 4);
  auto all = parse_strictly(Lines({}, everything()).line(packet));
  CHECK(all["eth"]["dst"] == "02:00:00:00:00:01");
  CHECK(!all["ip"].contains("addr"));
}

TEST_CASE("in a tunnel the objects are the innermost, outer has the others") {
  auto line = parse_strictly(Lines().line(ethernet(0x0800, ipv4(4, ipv4(4, ipv4(17, udp(5, 7, {}), 12), 11), 10))));
  CHECK(line["ip"]["src"] == "192.0.2.12");
  REQUIRE(line["outer"].size() == 2);
  CHECK(line["outer"][0]["ip"]["src"] == "192.0.2.10");
  CHECK(line["outer"][1]["ip"]["src"] == "192.0.2.11");
}

TEST_CASE("more levels than a 32-bit set has bits are all told apart") {
  constexpr unsigned kHeaders = 40;
  Octets packet = udp(5, 7, {});
  for (unsigned i = kHeaders; i-- > 0;) packet = ipv4(i + 1 == kHeaders ? 17 : 4, packet, static_cast<uint8_t>(i));
  auto line = parse_strictly(Lines({}, fields({"ip.src", "udp.srcport"})).line(ethernet(0x0800, packet)));
  CHECK(line["ip"]["src"] == "192.0.2.39");
  CHECK(line["udp"]["srcport"] == 5);
  REQUIRE(line["outer"].size() == kHeaders - 1);
  for (unsigned i = 0; i + 1 < kHeaders; ++i) {
    CHECK(line["outer"][i]["ip"]["src"] == "192.0.2." + std::to_string(i));
    CHECK(!line["outer"][i].contains("udp"));
  }
}

TEST_CASE("byte fields are cut at max_bytes and say how long they were") {
  Octets payload(40);
  for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<uint8_t>(i);
  Octets packet = ethernet(0x0800, ipv4(17, udp(50001, 50002, payload)));
  auto line = parse_strictly(Lines({.max_bytes = 4, .payload = true}, everything()).line(packet));
  CHECK(line["payload"] == "00010203");
  if (line.contains("data")) {
    CHECK(line["data"]["data"] == "00010203");
    CHECK(line["data"]["_len"]["data"] == 40);
  }
}

TEST_CASE("a line never is longer than max_line, and stays valid") {
  Octets payload(2000, 0xab);
  Octets packet = ethernet(0x0800, ipv4(4, ipv4(17, udp(5, 7, payload))));
  std::vector<std::string_view> filters(100, "a filter of some length");
  for (size_t limit = 256; limit < 3000; limit += 7) {
    Lines lines({.max_line = limit, .payload = true, .host = "host", .tags = {"a", "b"}}, everything());
    std::string text = lines.line(packet, filters);
    REQUIRE(text.size() <= limit);
    auto line = parse_strictly(text);
    CHECK(line["cut"] == true);
  }
  std::string whole = Lines({}, everything()).line(packet, filters);
  CHECK(!parse_strictly(whole).contains("cut"));
}

TEST_CASE("what is not UTF-8 is replaced and named in lossy") {
  Lines lines;
  auto line = parse_strictly(lines.line(ethernet(0x0800, ipv4(17, udp(5, 7, {}))), {}, "a\xff" "b\x01\t\"\\\xc3\xa4"));
  CHECK(line["iface"] == "a\xef\xbf\xbd" "b\x01\t\"\\\xc3\xa4");
  CHECK_FALSE(line.contains("lossy"));
  // Bytes that the dissector has replaced already: a name in DNS.
  Octets query = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'a', 0xff, 'b', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1};
  line = parse_strictly(lines.line(ethernet(0x0800, ipv4(17, udp(4000, 53, query)))));
  CHECK(line["dns"]["qry_name"][0] == "a\xef\xbf\xbd" "b.com");
  CHECK(line["lossy"].dump() == R"(["dns.qry_name"])");
}

TEST_CASE("whatever its fields are, a line says which packet it is about") {
  for (auto mode : {Selection::Mode::kFields, Selection::Mode::kMatched}) {
    auto line = parse_strictly(Lines({}, fields({"ip.src"}, mode)).line(ethernet(0x0800, ipv4(17, udp(5, 7, {})))));
    CHECK(line["frame"].dump() == R"({"number":1,"len":42,"cap_len":42,"protocols":"eth:ethertype:ip:udp"})");
    CHECK(line["ip"].dump() == R"({"src":"192.0.2.10"})");
    CHECK_FALSE(line.contains("udp"));
  }
}

TEST_CASE("the pieces of a line") {
  LineBuffer b(4096);
  auto shown = [&](auto write) {
    b.begin();
    write();
    return std::string(b.text());
  };
  for (uint64_t v : {uint64_t{0}, uint64_t{9}, uint64_t{10}, uint64_t{99}, uint64_t{100}, uint64_t{999}, uint64_t{1000}, uint64_t{9999}, uint64_t{10000}, uint64_t{1'234'567}, uint64_t{9'999'999}, uint64_t{99'999'999}, uint64_t{100'000'000}, uint64_t{4'294'967'295}, ~uint64_t{0}})
    CHECK(shown([&] { b.number(v); }) == std::to_string(v));
  CHECK(shown([&] { b.seconds({0, 12'400'000}); }) == "0.0124");
  CHECK(shown([&] { b.seconds({-1, 500'000'000}); }) == "-0.5");
  CHECK(shown([&] { b.seconds({-3, 750'000'000}); }) == "-2.25");
  CHECK(shown([&] { b.seconds({7, 0}); }) == "7");
  CHECK(shown([&] { b.seconds({7, 1}); }) == "7.000000001");
  CHECK(shown([&] { b.timestamp({0, 0}); }) == "1970-01-01T00:00:00.000000000Z");
  CHECK(shown([&] { b.timestamp({951'782'399, 999'999'999}); }) == "2000-02-28T23:59:59.999999999Z");
  CHECK(shown([&] { b.timestamp({951'782'400, 1}); }) == "2000-02-29T00:00:00.000000001Z");
  CHECK(shown([&] { b.timestamp({-1, 0}); }) == "1969-12-31T23:59:59.000000000Z");
  auto v6 = [&](std::initializer_list<int> groups) {
    Octets o;
    for (int g : groups) add16(o, static_cast<unsigned>(g));
    return shown([&] { b.ipv6(o.data()); });
  };
  // RFC 5952, sections 4 and 5.
  CHECK(v6({0x2001, 0xdb8, 0, 0, 0, 0, 2, 1}) == "2001:db8::2:1");
  CHECK(v6({0x2001, 0xdb8, 0, 1, 1, 1, 1, 1}) == "2001:db8:0:1:1:1:1:1");
  CHECK(v6({0x2001, 0, 0, 1, 0, 0, 0, 1}) == "2001:0:0:1::1");
  CHECK(v6({0x2001, 0xdb8, 0, 0, 1, 0, 0, 1}) == "2001:db8::1:0:0:1");
  CHECK(v6({0xfe80, 0, 0, 0, 0, 0, 0, 0}) == "fe80::");
  CHECK(v6({0, 0, 0, 0, 0, 0, 0, 1}) == "::1");
  CHECK(v6({0, 0, 0, 0, 0, 0, 0, 0}) == "::");
  CHECK(v6({0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201}) == "::ffff:192.0.2.1");
  CHECK(v6({0xffff, 0xfff0, 0xff00, 0xf000, 1, 0x10, 0x100, 0x1000}) == "ffff:fff0:ff00:f000:1:10:100:1000");
}

TEST_CASE("strings of arbitrary bytes are read back as they were, or lossy") {
  std::mt19937 random(7);
  LineBuffer b(64 * 1024);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = round % 2 ? static_cast<char>(random()) : static_cast<char>(0x1e + random() % 0x50);
    b.begin();
    bool lossy = b.string(text);
    auto back = nlohmann::ordered_json::parse(b.text()).get<std::string>();
    if (!lossy) REQUIRE(back == text);
    else REQUIRE(back.find("\xef\xbf\xbd") != std::string::npos);
  }
}

TEST_CASE("secrets are not shown") {
  std::string scratch;
  auto parameters = default_redacted_parameters();
  auto shown = [&](Redaction kind, std::string_view text) { return std::string(redact(kind, text, parameters, scratch)); };
  CHECK(shown(Redaction::kWhole, "Basic dXNlcjpwYXNz") == "REDACTED");
  CHECK(shown(Redaction::kQuery, "/a?id=7&Token=abc&x=1") == "/a?id=7&Token=REDACTED&x=1");
  CHECK(shown(Redaction::kQuery, "/a?id=7") == "/a?id=7");
  CHECK(shown(Redaction::kQuery, "/token=1") == "/token=1");
  CHECK(shown(Redaction::kQuery, "password=x&a=b") == "password=REDACTED&a=b");
  CHECK(shown(Redaction::kQuery, "/a?token=") == "/a?token=");
  CHECK(shown(Redaction::kQuery, "/a?api_key=1#token") == "/a?api_key=REDACTED#token");
  CHECK(shown(Redaction::kHeader, "Cookie: a=b\r\n") == "Cookie: REDACTED");
  CHECK(shown(Redaction::kHeader, "Host: a\r\n") == "Host: a\r\n");
  CHECK(shown(Redaction::kHeader, "GET /a?sig=77 HTTP/1.1") == "GET /a?sig=REDACTED HTTP/1.1");
  CHECK(redaction_of("http.cookie") == Redaction::kWhole);
  CHECK(redaction_of("http.request.uri") == Redaction::kQuery);
  CHECK(redaction_of("http.host") == Redaction::kNone);
}

TEST_CASE("no protocol's object has a name that lines use themselves") {
  for (const auto& def : dissect::Registry::get().fields()) {
    INFO(def.name);
    if (def.is_protocol || def.object == "_ws") continue;
    CHECK(std::find(kReservedKeys.begin(), kReservedKeys.end(), def.object) == kReservedKeys.end());
    CHECK(def.key.find('.') == std::string::npos);
    CHECK(def.key.size() < 190);
  }
}

TEST_CASE("any bytes give a strict line") {
  std::mt19937 random(11);
  Lines summary({.value_names = true, .info = true, .payload = true}), all({.max_line = 1500, .value_names = true}, everything());
  Octets seed = ethernet(0x0800, ipv4(4, ipv4(17, udp(53, 40000, Octets(60, 3)))));
  for (int round = 0; round < 3000; ++round) {
    Octets packet = seed;
    for (int i = 0; i < 6; ++i) packet[random() % packet.size()] = static_cast<uint8_t>(random());
    packet.resize(1 + random() % packet.size());
    std::string text = summary.line(packet);
    REQUIRE_NOTHROW(parse_strictly(text));
    text = all.line(packet);
    REQUIRE_NOTHROW(parse_strictly(text));
    REQUIRE(text.size() <= 1500);
  }
}

// Not run by default: `wiretail_daemon_tests "[speed]"` in an optimised build.
TEST_CASE("lines a second", "[.][speed]") {
  Lines lines;
  std::vector<Octets> packets;
  for (unsigned i = 0; i < 64; ++i) packets.push_back(ethernet(0x0800, ipv4(17, udp(40000 + i, i % 4 ? 9999 : 53, Octets(i, 7)), static_cast<uint8_t>(i))));
  std::string out;
  out.reserve(1 << 20);
  std::string_view names[] = {"web"};
  auto run = [&](bool write) {
    auto start = std::chrono::steady_clock::now();
    constexpr int kRounds = 1'000'000;
    for (int i = 0; i < kRounds; ++i) {
      dissect::Packet p;
      const Octets& octets = packets[static_cast<size_t>(i) % packets.size()];
      p.data = octets.data(), p.cap_len = p.len = static_cast<uint32_t>(octets.size());
      p.time = {1'772'366'400 + i / 100'000, i * 100 % 1'000'000'000}, p.number = static_cast<uint64_t>(i) + 1;
      dissect::Dissection& d = lines.dissector.dissect(p, "eth0");
      if (write) lines.writer.packet(out, d, lines.selection, names, p.number, "eth0");
      if (out.size() > 60'000 || !write) out.clear();
    }
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    WARN((write ? "dissected and written: " : "dissected: ") << static_cast<long>(kRounds / seconds) << "/s");
    return seconds;
  };
  double without = run(false), with = run(true);
  WARN("the writer alone: " << static_cast<long>(1'000'000 / (with - without)) << " lines/s");
}
