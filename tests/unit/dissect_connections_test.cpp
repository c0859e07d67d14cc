// The connection table and what it says of connections: completeness packet by packet, Zeek's conn_state and history, reasons,
// stream numbers, community ids. Expected values: tshark 4.0 (completeness, streams), Zeek's documentation, and the published
// community-id vectors.
#include <arpa/inet.h>

#include <cstring>
#include <string>
#include <vector>

#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/connections/held.hpp"
#include "dissect/dissector.hpp"
#include "dissect/protocol.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

enum : uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPush = 8, kAck = 16 };

struct Step {
  int from;  // 0: the client
  uint8_t flags;
  uint32_t seq, ack, length;
};

std::vector<uint8_t> tcp_packet(const Step& s) {
  std::vector<uint8_t> p(40 + s.length, 'x');
  std::memset(p.data(), 0, 40);
  p[0] = 0x45, p[2] = static_cast<uint8_t>(p.size() >> 8), p[3] = static_cast<uint8_t>(p.size()), p[8] = 64, p[9] = 6;
  const uint8_t a[2][4] = {{192, 0, 2, 1}, {198, 51, 100, 7}};
  std::memcpy(&p[12], a[s.from], 4), std::memcpy(&p[16], a[!s.from], 4);
  uint16_t ports[2] = {40000, 9999};
  p[20] = static_cast<uint8_t>(ports[s.from] >> 8), p[21] = static_cast<uint8_t>(ports[s.from]);
  p[22] = static_cast<uint8_t>(ports[!s.from] >> 8), p[23] = static_cast<uint8_t>(ports[!s.from]);
  for (int i = 0; i < 4; ++i) p[24 + static_cast<size_t>(i)] = static_cast<uint8_t>(s.seq >> (24 - 8 * i)), p[28 + static_cast<size_t>(i)] = static_cast<uint8_t>(s.ack >> (24 - 8 * i));
  p[32] = 0x50, p[33] = s.flags, p[34] = 1;
  return p;
}

Needs everything() {
  Needs needs;
  for (const auto& def : Registry::get().fields()) needs.add(def.id);
  needs.events = true;
  return needs;
}

struct Run {
  Dissector dissector{Settings{}};
  uint64_t number = 0;
  std::vector<uint64_t> completeness, streams;
  std::vector<std::string> events;  // "conn.end reason conn_state history"

  Run() { dissector.set_needs(everything()); }
  void note(std::span<const ConnectionEvent> list) {
    static constexpr const char* kNames[] = {"new", "established", "update", "end"};
    for (const auto& e : list) {
      std::string text = kNames[static_cast<size_t>(e.kind)];
      if (e.kind == ConnectionEvent::Kind::kEnd)
        text += " " + std::string(reason_name(e.connection->reason)) + " " + std::string(conn_state(*e.connection)) + " " + std::string(e.connection->history.text()) + " " + std::to_string(e.connection->all_seen);
      events.push_back(text);
    }
  }
  void step(const Step& s, int64_t seconds) {
    auto bytes = tcp_packet(s);
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = ++number, p.time = {seconds, static_cast<int32_t>(number)};
    Dissection& d = dissector.dissect(p);
    note(dissector.timer_events());
    auto value = [&](const char* name) { return d.first(Registry::get().find(name)[0])->value.u; };
    completeness.push_back(value("tcp.completeness"));
    streams.push_back(value("tcp.stream"));
    note(dissector.packet_events());
  }
  void wait(int64_t until) {
    dissector.advance({until, 0});
    note(dissector.timer_events());
  }
};

}  // namespace

TEST_CASE("completeness, state and reason of connections, packet by packet") {
  struct Case {
    const char* what;
    std::vector<Step> steps;
    std::vector<uint64_t> completeness;
    std::string end;
  };
  const Case kCases[] = {
      {"a SYN without answer", {{0, kSyn, 100, 0, 0}}, {0}, "end attempt_timeout S0 S 1"},
      {"SYN, SYN-ACK", {{0, kSyn, 100, 0, 0}, {1, kSyn | kAck, 900, 101, 0}}, {0, 1}, "end idle S1 Sh 3"},
      {"refused", {{0, kSyn, 100, 0, 0}, {1, kRst | kAck, 0, 101, 0}}, {0, 1}, "end rejected REJ Sr 37"},
      {"reset by the responder after data",
       {{0, kSyn, 100, 0, 0}, {1, kSyn | kAck, 900, 101, 0}, {0, kAck, 101, 901, 0}, {0, kPush | kAck, 101, 901, 10}, {1, kRst | kAck, 901, 111, 0}},
       {0, 1, 3, 7, 15}, "end rst RSTR ShADr 47"},
      {"closed without data",
       {{0, kSyn, 100, 0, 0}, {1, kSyn | kAck, 900, 101, 0}, {0, kAck, 101, 901, 0}, {0, kFin | kAck, 101, 901, 0}, {1, kFin | kAck, 901, 102, 0}, {0, kAck, 102, 902, 0}},
       {0, 1, 3, 7, 23, 23}, "end fin SF ShAFf 23"},
      {"mid-stream", {{0, kPush | kAck, 500, 700, 20}, {1, kAck, 700, 520, 0}}, {0, 0}, "end idle OTH Da 12"},
      {"a repeated SYN", {{0, kSyn, 100, 0, 0}, {0, kSyn, 100, 0, 0}, {1, kSyn | kAck, 900, 101, 0}}, {0, 1, 1}, "end idle S1 Sh 3"},
  };
  for (const Case& c : kCases) {
    INFO(c.what);
    Run run;
    for (size_t i = 0; i < c.steps.size(); ++i) run.step(c.steps[i], 1000 + static_cast<int64_t>(i));
    run.wait(100'000);
    CHECK(run.completeness == c.completeness);
    REQUIRE_FALSE(run.events.empty());
    CHECK(run.events.front() == "new");
    CHECK(run.events.back() == c.end);
    CHECK(std::count_if(run.events.begin(), run.events.end(), [](const std::string& e) { return e.rfind("end", 0) == 0; }) == 1);
    for (uint64_t stream : run.streams) CHECK(stream == 0);
  }
}

TEST_CASE("a new SYN on known ports is a new stream, and its completeness is 1") {
  Run run;
  run.step({0, kSyn, 100, 0, 0}, 1), run.step({1, kSyn | kAck, 900, 101, 0}, 2), run.step({0, kAck, 101, 901, 0}, 3);
  run.step({0, kSyn, 5000, 0, 0}, 4);
  CHECK(run.streams == std::vector<uint64_t>{0, 0, 0, 1});
  CHECK(run.completeness.back() == 1);
  CHECK(std::find(run.events.begin(), run.events.end(), "end reuse S1 ShA 7") != run.events.end());
}

TEST_CASE("packets behind the end of the events are a connection of their own on the same stream") {
  Run run;
  run.step({0, kSyn, 100, 0, 0}, 1), run.step({1, kSyn | kAck, 900, 101, 0}, 2), run.step({0, kAck, 101, 901, 0}, 3);
  run.step({0, kPush | kAck, 101, 901, 10}, 10'000);
  std::erase(run.events, "update");
  CHECK(run.events == std::vector<std::string>{"new", "established", "end idle S1 ShA 7", "new"});
  run.step({1, kAck, 901, 111, 0}, 10'001);
  run.wait(100'000);
  CHECK(run.events.back() == "end idle OTH Da 12");
  for (uint64_t stream : run.streams) CHECK(stream == 0);
  CHECK(run.dissector.connection_counters().opened == 2);
  CHECK(run.dissector.connection_counters().active == 0);
}

TEST_CASE("the table never grows beyond its ceiling") {
  Settings settings;
  settings.limits.max_connections = 100;
  Dissector dissector(settings);
  dissector.set_needs(everything());
  for (uint32_t i = 0; i < 5000; ++i) {
    auto bytes = tcp_packet({0, kSyn, 100, 0, 0});
    bytes[12] = static_cast<uint8_t>(10 + (i >> 16)), bytes[13] = static_cast<uint8_t>(i >> 8), bytes[14] = static_cast<uint8_t>(i);
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = i + 1, p.time = {1, static_cast<int32_t>(i)};
    dissector.dissect(p);
  }
  auto counters = dissector.connection_counters();
  CHECK(counters.opened == 5000);
  CHECK(counters.active <= 101);
  CHECK(counters.evicted >= 4899);
  CHECK(sizeof(Connection) <= 400);
}

TEST_CASE("community ids are those of the published vectors") {
  struct Vector {
    uint8_t protocol;
    const char *a, *b;
    uint16_t from, to;
    const char* id;
  };
  const Vector kVectors[] = {
      {6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
      {6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
      {17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
      {1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
      {1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
      {6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
      {58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 129, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
      {58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 136, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
      {132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
      {46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
  };
  for (const Vector& v : kVectors) {
    Connection c;
    c.v6 = std::strchr(v.a, ':') != nullptr;
    inet_pton(c.v6 ? AF_INET6 : AF_INET, v.a, c.addresses[0].data());
    inet_pton(c.v6 ? AF_INET6 : AF_INET, v.b, c.addresses[1].data());
    c.protocol = v.protocol, c.ports[0] = v.from, c.ports[1] = v.to;
    std::string id;
    append_community_id(id, c);
    CHECK(id == v.id);
  }
}
