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
  Dissector dissector;
  uint64_t number = 0;
  std::vector<uint64_t> completeness, streams;
  std::vector<std::string> events;  // "conn.end reason conn_state history"

  std::vector<Time> at;             // the events' moments
  std::vector<Connection> seen;     // the connections as they were then
  std::vector<double> initial_rtt;  // of each packet; -1: none

  explicit Run(const Settings& settings = {}, const Needs& needs = everything()) : dissector(settings) { dissector.set_needs(needs); }
  void note(std::span<const ConnectionEvent> list) {
    static constexpr const char* kNames[] = {"new", "established", "update", "end"};
    for (const auto& e : list) {
      std::string text = kNames[static_cast<size_t>(e.kind)];
      if (e.kind == ConnectionEvent::Kind::kEnd)
        text += " " + std::string(reason_name(e.connection->reason)) + " " + std::string(conn_state(*e.connection)) + " " + std::string(e.connection->history.text()) + " " + std::to_string(e.connection->all_seen);
      events.push_back(text);
      at.push_back(e.ts);
      auto held = std::move(e.connection->held);
      seen.push_back(std::move(*e.connection));  // of all else a move is a copy
      e.connection->held = std::move(held);
    }
  }
  Dissection& packet(const std::vector<uint8_t>& bytes, Time time) {
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = ++number, p.time = time;
    Dissection& d = dissector.dissect(p);
    note(dissector.timer_events());
    return d;
  }
  void bare_step(const Step& s, Time time) {  // with whatever is needed
    packet(tcp_packet(s), time);
    note(dissector.packet_events());
  }
  void step(const Step& s, int64_t seconds) {
    Dissection& d = packet(tcp_packet(s), {seconds, static_cast<int32_t>(number + 1)});
    const Occurrence* rtt = d.first(Registry::get().find("tcp.analysis.initial_rtt")[0]);
    initial_rtt.push_back(rtt ? rtt->value.time().as_double() : -1);
    auto value = [&](const char* name) { return d.first(Registry::get().find(name)[0])->value.u; };
    completeness.push_back(value("tcp.completeness"));
    streams.push_back(value("tcp.stream"));
    note(dissector.packet_events());
  }
  void wait(int64_t until) { wait(Time{until, 0}); }
  void wait(Time until) {
    dissector.advance(until);
    note(dissector.timer_events());
  }
  void finish() {
    dissector.finish();
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

TEST_CASE("a connection on a known stream that begins with a SYN has a handshake of its own") {
  Run run;
  for (int64_t at : {0, 1, 3, 7, 15, 31}) run.step({0, kSyn, 100, 0, 0}, 1000 + at);
  run.step({1, kSyn | kAck, 900, 101, 0}, 1032), run.step({0, kAck, 101, 901, 0}, 1034);
  CHECK(run.events == std::vector<std::string>{"new", "end attempt_timeout S0 S 1", "new", "established"});
  const Connection& c = run.seen.back();
  CHECK(c.initial_rtt() == Time{3, 2});
  CHECK(c.syn_ack_time.time() - c.syn_time.time() == Time{1, 1});
  CHECK(run.initial_rtt.back() == 3.000000002);
  // Another round on the same numbers: the stream's time stays, as in Wireshark, the connection's is its own.
  run.step({0, kSyn, 100, 0, 0}, 9000), run.step({1, kSyn | kAck, 900, 101, 0}, 9001), run.step({0, kAck, 101, 901, 0}, 9005);
  std::erase(run.events, "update");
  CHECK(run.events == std::vector<std::string>{"new", "end attempt_timeout S0 S 1", "new", "established", "end idle S1 ShA 7", "new", "established"});
  CHECK(run.seen.back().initial_rtt() == Time{5, 2});
  CHECK(run.initial_rtt.back() == 3.000000002);
  for (uint64_t stream : run.streams) CHECK(stream == 0);
}

TEST_CASE("at the end of the input the events' time is the clock, and the connection keeps its last packet's") {
  Run run;
  run.step({0, kSyn, 100, 0, 0}, 50), run.step({1, kSyn | kAck, 900, 101, 0}, 51);
  run.wait(Time{112, 5});
  CHECK(run.events == std::vector<std::string>{"new", "update"});
  CHECK(run.at.back() == Time{110, 1});
  run.finish();
  CHECK(run.events.back() == "end shutdown S1 Sh 3");
  CHECK(run.at.back() == Time{112, 5});
  CHECK(run.seen.back().last.time() == Time{51, 2});
}

TEST_CASE("timers of less than a second") {
  Settings settings;
  settings.timers.attempt = 400, settings.timers.established = 1200, settings.timers.linger = 300, settings.timers.update = 700;
  const auto nanos = [](int32_t ms) { return Time{ms / 1000, ms % 1000 * 1'000'000}; };
  {
    Run run(settings);
    run.bare_step({0, kSyn, 100, 0, 0}, nanos(100));
    run.wait(Time{9, 0});
    CHECK(run.events == std::vector<std::string>{"new", "end attempt_timeout S0 S 1"});
    CHECK(run.at.back() == nanos(500));
  }
  {
    Run run(settings);
    run.bare_step({0, kSyn, 100, 0, 0}, nanos(100)), run.bare_step({1, kSyn | kAck, 900, 101, 0}, nanos(400));
    run.wait(Time{9, 0});
    CHECK(run.events == std::vector<std::string>{"new", "update", "update", "end idle S1 Sh 3"});
    CHECK(run.at == std::vector<Time>{nanos(100), nanos(800), nanos(1500), nanos(1600)});
  }
  {
    Run run(settings);
    run.bare_step({0, kSyn, 100, 0, 0}, nanos(100)), run.bare_step({1, kRst | kAck, 0, 101, 0}, nanos(200));
    run.wait(Time{9, 0});
    CHECK(run.events.back() == "end rejected REJ Sr 37");
    CHECK(run.at.back() == nanos(500));
  }
}

TEST_CASE("bytes that were acknowledged and never seen, whatever else is read of the stream") {
  struct Case {
    const char* what;
    std::vector<Step> steps;  // behind the handshake; the client's first byte is 101, the server's 901
    uint32_t missed[2];
    std::string history;
  };
  const Case kCases[] = {
      {"nothing is missing", {{1, kAck, 901, 101, 500}, {0, kAck, 101, 1401, 0}}, {0, 0}, "ShAd"},
      {"a hole, acknowledged", {{1, kAck, 901, 101, 500}, {1, kAck, 1901, 101, 100}, {0, kAck, 101, 2001, 0}}, {0, 500}, "ShAdg"},
      {"a hole, not acknowledged", {{1, kAck, 901, 101, 500}, {1, kAck, 1901, 101, 100}, {0, kAck, 101, 1401, 0}}, {0, 0}, "ShAd"},
      {"half of a hole acknowledged", {{1, kAck, 901, 101, 500}, {1, kAck, 1901, 101, 100}, {0, kAck, 101, 1601, 0}}, {0, 200}, "ShAdg"},
      {"a hole that is filled before", {{1, kAck, 1401, 101, 500}, {1, kAck, 901, 101, 500}, {0, kAck, 101, 1901, 0}}, {0, 0}, "ShAd"},
      {"a hole that is filled in its middle", {{1, kAck, 1401, 101, 500}, {1, kAck, 1001, 101, 100}, {0, kAck, 101, 1901, 0}}, {0, 400}, "ShAdg"},
      {"the acknowledgement comes before what follows", {{0, kAck, 101, 1401, 0}, {1, kAck, 1401, 101, 10}, {0, kAck, 101, 1411, 0}}, {0, 500}, "ShAgd"},
      {"of the client", {{0, kAck, 201, 901, 10}, {1, kAck, 901, 211, 0}}, {100, 0}, "ShADGa"},
      {"a FIN that was not captured", {{0, kAck, 101, 902, 0}, {1, kAck, 902, 101, 0}, {0, kAck, 101, 902, 0}}, {0, 0}, "ShAa"},
      {"a SYN is no gap", {{1, kSyn | kAck, 900, 101, 0}, {0, kAck, 101, 901, 0}}, {0, 0}, "ShA"},
      {"a reset's numbers", {{0, kRst | kAck, 90'000, 80'000, 0}}, {0, 0}, "ShAR"},
  };
  Needs events;
  events.events = true;
  for (const Case& c : kCases) {
    for (const Needs& needs : {events, everything()}) {
      INFO(c.what);
      Run run(Settings{}, needs);
      int64_t at = 1;
      for (const Step& s : {Step{0, kSyn, 100, 0, 0}, Step{1, kSyn | kAck, 900, 101, 0}, Step{0, kAck, 101, 901, 0}}) run.bare_step(s, {at++, 0});
      for (const Step& s : c.steps) run.bare_step(s, {at++, 0});
      run.finish();
      REQUIRE_FALSE(run.seen.empty());
      const Connection& last = run.seen.back();
      CHECK(last.ends[0].missed_bytes == c.missed[0]);
      CHECK(last.ends[1].missed_bytes == c.missed[1]);
      CHECK(last.history.text() == c.history);
    }
  }
}

TEST_CASE("an echo's bytes are what lies behind its header") {
  Run run;
  std::vector<uint8_t> p(32, 'x');
  std::memset(p.data(), 0, 28);
  p[0] = 0x45, p[3] = 32, p[8] = 64, p[9] = 1, p[12] = 192, p[15] = 1, p[16] = 192, p[19] = 2, p[20] = 8;
  run.packet(p, {1, 0});
  run.note(run.dissector.packet_events());
  run.finish();
  REQUIRE_FALSE(run.seen.empty());
  CHECK(run.seen.back().ends[0].bytes == 4);
  CHECK(run.seen.back().ends[0].ip_bytes == 32);
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

TEST_CASE("community ids of packets without a connection: SCTP with its ports, other protocols and fragments without") {
  const FieldId id = Registry::get().find("communityid")[0];
  auto of = [&](uint8_t protocol, const char* from, const char* to, std::vector<uint8_t> data, uint8_t offset = 0) {
    std::vector<uint8_t> p(20);
    p[0] = 0x45, p[3] = static_cast<uint8_t>(20 + data.size()), p[7] = offset, p[8] = 64, p[9] = protocol;
    inet_pton(AF_INET, from, &p[12]), inet_pton(AF_INET, to, &p[16]);
    p.insert(p.end(), data.begin(), data.end());
    Run run;
    const Occurrence* o = run.packet(p, {1, 0}).first(id);
    return o ? std::string(o->value.text()) : std::string();
  };
  const std::vector<uint8_t> sctp = {0, 7, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(of(132, "192.168.170.8", "192.168.170.56", sctp) == "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=");
  CHECK(of(132, "192.168.170.56", "192.168.170.8", sctp) == "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=");
  CHECK(of(46, "10.1.12.1", "10.1.12.2", {0x10, 1, 0, 0, 255, 0, 0, 8}) == "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=");
}
