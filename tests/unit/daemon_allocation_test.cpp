// The packet path allocates nothing once it is warm: header walk, filters, connections and streams, JSON lines.
#include <string>
#include <vector>

#include "daemon/output/json_line.hpp"
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "unit/allocations.hpp"
#include "unit/catch.hpp"
#include "unit/traffic.hpp"

using namespace wiretail;

namespace {

constexpr uint32_t kConnections = 400;
constexpr int kPackets = 40'000;  // a hundred for each connection

// Allocations of `handle(packet)` for the second half of the traffic.
template <class Handle>
uint64_t once_warm(Handle&& handle) {
  test::Traffic traffic(kConnections);
  for (int i = 0; i < kPackets; ++i) handle(traffic.next());
  const uint64_t before = test::allocations();
  for (int i = 0; i < kPackets; ++i) handle(traffic.next());
  return test::allocations() - before;
}

std::vector<filter::FilterSource> many_filters() {
  std::vector<filter::FilterSource> out;
  auto add = [&](std::string text) { out.push_back({std::to_string(out.size()), std::move(text), filter::Subject::kPacket}); };
  for (int i = 0; i < 40; ++i) {
    add("ip.addr == 10.0." + std::to_string(i) + ".0/24 && tcp.port == " + std::to_string(20000 + i));
    add("tcp.payload contains \"needle" + std::to_string(i) + "\"");
    add("frame.len == 1 || dns.qry.name == \"host" + std::to_string(i) + ".example.org\"");
  }
  add("tcp.flags.syn == 1 && tcp.window_size < 10");
  add("udp.length in {1..4, 4000} or frame.len > 1400");
  add("len(tcp.payload) + 2 > 1000");
  return out;
}

}  // namespace

TEST_CASE("the counter counts") {
  if (!test::allocations_are_counted()) return;
  const uint64_t before = test::allocations();
  auto made = std::make_unique<std::string>(100, 'x');
  CHECK(test::allocations() - before == 2);
}

TEST_CASE("the header walk allocates nothing") {
  dissect::Dissector dissector({});
  dissector.set_needs({});
  CHECK(once_warm([&](const dissect::Packet& p) { dissector.dissect(p); }) == 0);
}

TEST_CASE("evaluating filters allocates nothing") {
  auto compiled = filter::compile(many_filters(), {});
  REQUIRE(compiled.program);
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  filter::MatchSet matches;
  matches.resize(compiled.program->filter_count());
  // What the dissection allocates for streams is taken off: reassembled units and transactions are held data.
  uint64_t matched = 0, packets = 0, evaluating = 0;
  once_warm([&](const dissect::Packet& p) {
    dissect::Dissection& d = dissector.dissect(p);
    const uint64_t before = test::allocations();
    matches.clear();
    compiled.program->evaluate(d, filter::Subject::kPacket, matches);
    if (++packets > kPackets) evaluating += test::allocations() - before;
    matched += matches.any();
  });
  CHECK(evaluating == 0);
  CHECK(matched > 0);
}

TEST_CASE("passing packets over allocates nothing") {
  filter::FilterSource one{"one", "ip.addr == 192.0.2.1 && tcp.port == 81", filter::Subject::kPacket};
  auto compiled = filter::compile({&one, 1}, {});
  REQUIRE(compiled.program);
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  dissect::PlainHeaders plain;
  uint64_t passed_over = 0;
  CHECK(once_warm([&](const dissect::Packet& p) {
          if (plain.find(p) && compiled.program->cannot_match(plain, false)) dissector.pass_over(p), ++passed_over;
        }) == 0);
  CHECK(passed_over == 2 * kPackets);
}

TEST_CASE("passing packets of other applications over allocates nothing") {
  filter::FilterSource one{"one", "dns.qry.name == \"a.example\"", filter::Subject::kPacket};
  auto compiled = filter::compile({&one, 1}, {});
  REQUIRE(compiled.program);
  dissect::Dissector dissector({});
  dissect::Needs needs = compiled.program->needs();
  needs.flow_wanted = nullptr;  // else they are passed over without a look-up
  dissector.set_needs(needs);
  dissect::PlainHeaders plain;
  dissect::Connection* connection = nullptr;
  uint64_t passed_over = 0, passing = 0, packets = 0;
  once_warm([&](const dissect::Packet& p) {
    const uint64_t before = test::allocations();
    const bool passed = plain.find(p) && compiled.program->cannot_match_alone(plain) && dissector.pass_over_application(p, plain, connection);
    if (++packets > kPackets) passing += test::allocations() - before;
    passed_over += passed;
    if (!passed) dissector.dissect(p);
  });
  CHECK(passing == 0);
  CHECK(passed_over > kPackets);
}

TEST_CASE("passing segments over of which analysis has nothing to tell allocates nothing") {
  filter::FilterSource one{"one", "tcp.analysis.zero_window", filter::Subject::kPacket};
  auto compiled = filter::compile({&one, 1}, {});
  REQUIRE(compiled.program);
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  dissect::PlainHeaders plain;
  uint64_t passed_over = 0;
  CHECK(once_warm([&](const dissect::Packet& p) {
          if (plain.find(p) && compiled.program->cannot_match_unnoted(plain) && dissector.pass_over_unnoted(p, plain)) ++passed_over;
          else dissector.dissect(p);
        }) == 0);
  CHECK(passed_over > kPackets);
}

TEST_CASE("following known connections allocates nothing") {
  dissect::Dissector dissector({});
  dissect::Needs needs;
  needs.streams = needs.analysis = true;
  dissector.set_needs(needs);
  CHECK(once_warm([&](const dissect::Packet& p) { dissector.dissect(p); }) == 0);
  CHECK(dissector.connection_counters().opened == kConnections);
}

TEST_CASE("writing JSON lines of complete dissections allocates nothing") {
  dissect::Dissector dissector({});
  dissect::Needs needs;
  const daemon::Selection summary;
  daemon::JsonLine::add_needs(summary, needs);
  dissector.set_needs(needs);
  daemon::JsonLine lines({}, "00003f9a");
  std::string out;
  uint64_t seq = 0, bytes = 0;
  // What the dissection allocates is taken off: reassembled units and transactions are held data.
  uint64_t writing = 0;
  once_warm([&](const dissect::Packet& p) {
    dissect::Dissection& d = dissector.dissect(p);
    out.clear();
    const uint64_t before = test::allocations();
    lines.packet(out, d, summary, {}, ++seq, "eth0");
    if (seq > kPackets) writing += test::allocations() - before;
    bytes += out.size();
  });
  CHECK(writing == 0);
  CHECK(bytes / seq > 200);
}
