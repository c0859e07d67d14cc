// What plain headers say of a packet is true: where no filter can match, none does. With filters that they can decide.
#include <random>

#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

namespace {

std::string leaf(std::mt19937_64& random) {
  static constexpr const char* kTests[] = {
      "tcp", "udp", "ip", "ipv6", "vlan", "arp", "icmp", "eth", "!tcp", "not udp", "tcp.flags.syn == 1", "tcp.flags == 0x18", "tcp.port == 80",
      "tcp.dstport == 443", "tcp.srcport in {1..1024, 40000}", "udp.port == 53", "udp.dstport != 53", "ip.addr == 10.0.0.1", "ip.addr != 10.0.0.1",
      "ip.src == 10.0.0.0/8", "ip.dst == 10.0.0.2", "ip.ttl > 63", "ip.ttl < 10", "ip.proto == 17", "ipv6.addr == 2001:db8::/32", "ipv6.src == 2001:db8::1",
      "ipv6.hlim == 64", "vlan.id == 5", "eth.addr == 02:00:5e:10:00:01", "eth.dst == ff:ff:ff:ff:ff:ff", "ip.version", "tcp.seq_raw == 1000", "http", "dns",
      "frame.len > 100", "tcp.len > 0", "tcp.payload contains \"GET\"", "dns.qry.name contains \"example\""};
  return kTests[random() % std::size(kTests)];
}

std::string expression(std::mt19937_64& random, int depth) {
  if (depth == 0) return leaf(random);
  switch (random() % 4) {
    case 0: return leaf(random);
    case 1: return "not (" + expression(random, depth - 1) + ")";
    case 2: return "(" + expression(random, depth - 1) + " or " + expression(random, depth - 1) + ")";
    default: return "(" + expression(random, depth - 1) + " and " + expression(random, depth - 1) + ")";
  }
}

}  // namespace

TEST_CASE("a packet that plain headers pass over matches nothing") {
  std::vector<test::Frame> frames = test::made_frames();
  for (auto& frame : test::corpus_frames(500)) frames.push_back(std::move(frame));
  std::mt19937_64 random(11);
  uint64_t passed_over = 0, by_flow = 0, looked_at = 0, matched = 0;
  dissect::PlainHeaders plain;
  // Where there are few packets, more sets of filters.
  for (int set = 0; set < 400 || (looked_at <= 10'000 && set < 4000); ++set) {
    std::vector<filter::FilterSource> sources;
    for (size_t count = std::array<size_t, 3>{1, 3, 30}[random() % 3]; count; --count) sources.push_back({std::to_string(count), expression(random, static_cast<int>(random() % 4)), filter::Subject::kPacket});
    auto compiled = filter::compile(sources, {});
    REQUIRE(compiled.program);
    dissect::Dissector dissector({});
    dissect::Needs needs = compiled.program->needs();
    needs.flow_wanted = nullptr;
    dissector.set_needs(needs);
    filter::MatchSet matches;
    matches.resize(sources.size());
    for (const test::Frame& frame : frames) {
      dissect::Dissection& d = dissector.dissect(frame.packet());
      matches.clear();
      compiled.program->evaluate(d, filter::Subject::kPacket, matches);
      matched += matches.any();
      if (!plain.find(frame.packet())) continue;
      ++looked_at;
      const bool none = compiled.program->cannot_match(plain, false), no_flow = compiled.program->cannot_match(plain, true);
      passed_over += none, by_flow += no_flow;
      if ((none || no_flow) && matches.any()) FAIL_CHECK(frame.origin << ": passed over, though it matches " << sources[0].text << " or one of " << sources.size());
      if (no_flow && compiled.program->flow_wanted(d)) FAIL_CHECK(frame.origin << ": its flow is wanted by " << sources[0].text << " or one of " << sources.size());
    }
  }
  CHECK(looked_at > 10'000);
  CHECK(passed_over > looked_at / 20);
  CHECK(by_flow > looked_at / 100);
  CHECK(matched > 1000);
}
