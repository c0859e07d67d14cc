// TCP sequence analysis, packet by packet: the notes in front of the Info text and the numbers of `tcp.analysis.*`. Every
// expected value is what tshark 4.0.17 shows for the same packets. And what state may cost: memory at the ceiling under a
// flood of SYNs, no allocation a packet once warm.
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"
#include "dissect/protocol.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

enum : uint8_t { F = 1, S = 2, R = 4, P = 8, A = 16 };

struct Step {
  double milliseconds;  // after the step before
  int from;             // 0: who opens
  uint8_t flags;
  uint32_t seq, ack, length;  // relative to first numbers of 1000 and 5000
  int window = 1000;
  std::vector<uint32_t> sack = {};  // edges, relative to the other end's
  std::vector<uint8_t> option = {};  // one more
};

void put32(uint8_t* p, uint32_t v) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<uint8_t>(v >> (24 - 8 * i));
}

std::vector<uint8_t> packet(const Step& s, uint32_t client = 0xc0000201, uint16_t client_port = 50001) {
  const uint32_t base[2] = {1000, 5000};
  std::vector<uint8_t> options;
  if (s.flags & S) options = {3, 3, 0, 1};
  if (!s.sack.empty()) {
    options = {1, 1, 5, static_cast<uint8_t>(2 + 4 * s.sack.size())};
    for (uint32_t edge : s.sack) options.resize(options.size() + 4), put32(&options[options.size() - 4], base[!s.from] + edge);
  }
  options.insert(options.end(), s.option.begin(), s.option.end());
  while (options.size() % 4) options.push_back(1);
  std::vector<uint8_t> p(40 + options.size() + s.length, 'x');
  std::memset(p.data(), 0, 40);
  p[0] = 0x45, p[2] = static_cast<uint8_t>(p.size() >> 8), p[3] = static_cast<uint8_t>(p.size()), p[8] = 64, p[9] = 6;
  put32(&p[s.from ? 16 : 12], client), put32(&p[s.from ? 12 : 16], 0xc6336407);
  uint16_t ports[2] = {client_port, 40001};
  for (int end = 0; end < 2; ++end) {
    uint16_t port = ports[end ? !s.from : s.from];
    p[static_cast<size_t>(20 + 2 * end)] = static_cast<uint8_t>(port >> 8), p[static_cast<size_t>(21 + 2 * end)] = static_cast<uint8_t>(port);
  }
  put32(&p[24], base[s.from] + s.seq), put32(&p[28], s.flags & A ? base[!s.from] + s.ack : 0);
  p[32] = static_cast<uint8_t>((5 + options.size() / 4) << 4), p[33] = s.flags;
  p[34] = static_cast<uint8_t>(s.window >> 8), p[35] = static_cast<uint8_t>(s.window);
  if (!options.empty()) std::memcpy(&p[40], options.data(), options.size());
  return p;
}

Needs analysis_needs() {
  Needs needs;
  for (const auto& def : Registry::get().fields())
    if (def.name.rfind("tcp.", 0) == 0) needs.add(def.id);
  return needs;
}

struct Run {
  Dissector dissector{Settings{}};
  Time now{1'700'000'000, 0};
  uint64_t number = 0;
  std::vector<uint8_t> bytes;

  Run() { dissector.set_needs(analysis_needs()); }
  Dissection& step(const Step& s) {
    bytes = packet(s);
    now = now + Time{static_cast<int64_t>(s.milliseconds / 1000), static_cast<int32_t>((static_cast<int64_t>(s.milliseconds * 1e6)) % 1'000'000'000)};
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = ++number, p.time = now;
    return dissector.dissect(p);
  }
};

std::string notes(Dissection& d) {
  Columns columns;
  fill_columns(d, columns);
  std::string out;
  for (size_t at = 0; columns.info.compare(at, 5, "[TCP ") == 0; at += 1) {
    size_t end = columns.info.find(']', at);
    if (!out.empty()) out += ", ";
    out += columns.info.substr(at + 5, end - at - 5);
    at = end + 1;
  }
  return out;
}

std::string value(Dissection& d, const char* name) {
  const Occurrence* o = d.first(Registry::get().find(name)[0]);
  return o ? std::to_string(o->value.u) : "";
}

// Options of Multipath TCP: DSS with a data ACK, the same too short for it, REMOVE_ADDR.
const std::vector<uint8_t> kDataAck = {30, 8, 0x20, 1, 0xd5, 0x2a, 0xcf, 0xfb}, kCutDataAck = {30, 4, 0x20, 1}, kRemoveAddress = {30, 4, 0x40, 0};
const std::vector<Step> kHandshake = {{0, 0, S, 0, 0, 0}, {10, 1, S | A, 0, 1, 0}, {10, 0, A, 1, 1, 0}};

}  // namespace

TEST_CASE("what a segment is in the light of those before it") {
  struct Case {
    const char* what;
    std::vector<Step> steps;  // after the handshake; frame 4 is the first
    std::vector<std::string> notes;
  };
  const Case kCases[] = {
      {"duplicate acknowledgements count from the last one that said something else",
       {{1, 1, A, 1, 1, 0}, {1, 0, A, 1, 1, 100}, {1, 1, A, 1, 101, 0}, {1, 1, A, 1, 101, 0}, {1, 1, A, 1, 101, 50}, {1, 1, A, 51, 101, 0}, {1, 1, A, 51, 101, 0, 900}, {1, 1, A, 51, 101, 0, 900}, {1, 1, A, 51, 50, 0, 900}, {1, 1, A, 51, 50, 0, 900}},
       {"Dup ACK 2#1", "", "", "Dup ACK 6#1", "", "Dup ACK 6#2", "Window Update", "Dup ACK 6#3", "", "Dup ACK 12#1"}},
      {"a gap that is filled at its edge counts as filled",
       {{1, 0, A, 1, 1, 100}, {1, 0, A, 301, 1, 100}, {1, 0, A, 101, 1, 100}, {1, 1, A, 1, 401, 0}, {1, 0, A, 401, 1, 100}},
       {"", "Previous segment not captured", "Out-Of-Order", "", ""}},
      {"acknowledged beyond what was seen: told once, until something else is acknowledged",
       {{1, 0, A, 1, 1, 100}, {1, 1, A, 1, 110, 0}, {1, 1, A, 1, 120, 0}, {1, 0, A, 101, 1, 100}, {1, 1, A, 1, 300, 0}, {1, 0, A, 201, 2, 100}, {1, 1, A, 1, 400, 0}},
       {"", "ACKed unseen segment", "", "", "", "ACKed unseen segment", "ACKed unseen segment"}},
      {"zero windows, probes and their answers",
       {{1, 1, A, 1, 1, 0, 0}, {1, 0, A, 1, 1, 1}, {1, 1, A, 1, 1, 0, 0}, {1, 0, A, 1, 1, 1}, {1, 1, A, 1, 2, 0, 0}, {1, 0, A, 2, 1, 1}, {1, 1, A, 1, 2, 0, 0}, {1, 1, A, 1, 2, 0, 1000}, {1, 0, A, 2, 1, 100}, {1, 1, A, 1, 102, 0}},
       {"ZeroWindow", "ZeroWindowProbe", "ZeroWindowProbeAck, ZeroWindow", "ZeroWindowProbe", "ZeroWindow, ACKed unseen segment", "Previous segment not captured", "ZeroWindow, ACKed unseen segment", "Window Update", "", "ACKed unseen segment"}},
      {"keep-alives",
       {{1, 0, A, 1, 1, 100}, {1, 1, A, 1, 101, 0}, {1, 0, A, 100, 1, 1}, {1, 1, A, 1, 101, 0}, {1, 0, A, 100, 1, 0}, {1, 0, A, 100, 1, 0}, {1, 1, A, 1, 101, 0}, {1, 1, A, 1, 101, 0}, {1, 0, A, 101, 1, 100}},
       {"", "", "Keep-Alive", "Keep-Alive ACK", "Keep-Alive", "Keep-Alive", "Keep-Alive ACK", "Keep-Alive ACK", ""}},
      {"retransmissions: after a while, after duplicates, of what was acknowledged",
       {{1, 0, A, 1, 1, 100}, {1, 0, A, 101, 1, 100}, {1, 0, A, 201, 1, 100}, {1, 1, A, 1, 1, 0}, {1, 1, A, 1, 1, 0}, {1, 1, A, 1, 1, 0}, {1, 0, A, 1, 1, 100}, {25, 0, A, 1, 1, 100}, {1, 1, A, 1, 101, 0}, {1, 0, A, 1, 1, 100}},
       {"", "", "", "Dup ACK 2#1", "Dup ACK 2#2", "Dup ACK 2#3", "Fast Retransmission", "Retransmission", "", "Spurious Retransmission"}},
      {"Multipath TCP: behind an option that is new to the connection each end's first repeated acknowledgement is no duplicate",
       {{1, 0, A, 1, 1, 3}, {1, 1, A, 1, 4, 0}, {1, 1, A, 1, 4, 0, 1000, {}, kDataAck}, {1, 1, A, 1, 4, 0}, {1, 1, A, 1, 4, 0}, {1, 0, A, 4, 1, 0}, {1, 0, A, 4, 1, 0}, {1, 1, A, 1, 4, 0, 1000, {}, kDataAck},
        {1, 1, A, 1, 4, 0, 1000, {}, kRemoveAddress}, {1, 1, A, 1, 4, 0, 1000, {}, kRemoveAddress}, {1, 0, A, 4, 1, 3, 1000, {}, kCutDataAck}, {1, 1, A, 1, 7, 0}, {1, 1, A, 1, 7, 0}},
       {"", "", "Dup ACK 5#1", "", "Dup ACK 5#2", "", "Dup ACK 3#1", "Dup ACK 5#3", "Dup ACK 5#4", "", "", "", "Dup ACK 15#1"}},
      {"a window that is filled", {{1, 0, A, 1, 1, 600}, {1, 0, A, 601, 1, 400}}, {"", "Window Full"}},
      {"a byte that ends a FIN's segment is a keep-alive's place",
       {{1, 0, F | A, 1, 1, 100}, {1, 1, A, 1, 102, 0}, {1, 0, A, 101, 1, 0}, {1, 0, A, 102, 1, 0}},
       {"", "", "Keep-Alive", "Dup ACK 3#1"}},
  };
  for (const Case& c : kCases) {
    INFO(c.what);
    Run run;
    for (const Step& s : kHandshake) run.step(s);
    std::vector<std::string> found;
    for (const Step& s : c.steps) found.push_back(notes(run.step(s)));
    CHECK(found == c.notes);
  }
}

TEST_CASE("bytes in flight, bytes since the last push, what is acknowledged and what a retransmission is counted from") {
  struct Row {
    Step step;
    std::string in_flight, push, acks, rto;
  };
  // A gap makes bytes in flight unknown until the other end is heard again; SACKed bytes do not count.
  const std::vector<Row> kRows = {
      {{1, 0, A, 1, 1, 100}, "100", "100", "", ""},
      {{1, 0, A, 301, 1, 100}, "", "", "", ""},
      {{1, 1, A, 1, 101, 0}, "", "", "4", ""},
      {{1, 0, A, 401, 1, 100}, "200", "200", "", ""},
      {{1, 1, A, 1, 101, 0, 1000, {301, 401}}, "", "", "", ""},
      {{1, 0, A, 501, 1, 100}, "200", "300", "", ""},
      {{50, 0, A, 401, 1, 100}, "200", "400", "", "5"},
      {{1, 1, A, 1, 601, 0}, "", "", "9", ""},
  };
  Run run;
  for (const Step& s : kHandshake) run.step(s);
  for (size_t i = 0; i < kRows.size(); ++i) {
    INFO("frame " << i + 4);
    Dissection& d = run.step(kRows[i].step);
    CHECK(value(d, "tcp.analysis.bytes_in_flight") == kRows[i].in_flight);
    CHECK(value(d, "tcp.analysis.push_bytes_sent") == kRows[i].push);
    CHECK(value(d, "tcp.analysis.acks_frame") == kRows[i].acks);
    CHECK(value(d, "tcp.analysis.rto_frame") == kRows[i].rto);
  }
}

TEST_CASE("a flood of SYNs ends at the table's ceiling") {
  Settings settings;
  settings.limits.max_connections = 2000;
  settings.limits.max_unacked_segments = 1000;
  Dissector dissector(settings);
  Needs needs = analysis_needs();
  needs.events = true;
  dissector.set_needs(needs);
  uint64_t most = 0;
  for (uint32_t i = 0; i < 100'000; ++i) {
    auto bytes = packet({0, 0, S, 0, 0, 0}, 0x0a000000 + i / 60'000, static_cast<uint16_t>(1024 + i % 60'000));
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = i + 1, p.time = {1'700'000'000, static_cast<int32_t>(i)};
    dissector.dissect(p);
    ConnectionCounters counters = dissector.connection_counters();
    most = std::max(most, counters.bytes_used);
    REQUIRE(counters.active <= 2000);
  }
  CHECK(dissector.connection_counters().evicted == 98'000);
  CHECK(most < 2'500'000);  // 2000 entries of 400 bytes in chunks, the hash, 1000 nodes
}

TEST_CASE("unacknowledged segments are bounded in one direction and in all") {
  Settings settings;
  settings.limits.max_unacked_segments = 500;
  Dissector dissector(settings);
  dissector.set_needs(analysis_needs());
  for (uint32_t i = 0; i < 20'000; ++i) {
    auto bytes = packet({0, 0, A, 1 + i, 1, 1}, 0x0a000000, static_cast<uint16_t>(1024 + i % 7));
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = i + 1, p.time = {1'700'000'000, static_cast<int32_t>(i)};
    dissector.dissect(p);
  }
  CHECK(dissector.connection_counters().bytes_used < 2'000'000);
  CHECK(dissector.connection_counters().active == 7);
}
