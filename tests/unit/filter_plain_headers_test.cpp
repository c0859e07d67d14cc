// What plain headers say of a packet is true: where no filter can match, none does. With filters that they can decide.
#include <algorithm>
#include <random>

#include "dissect/connections/connection.hpp"
#include "dissect/dissector.hpp"
#include "dissect/registry.hpp"
#include "filter/filter.hpp"
#include "filter/program.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

namespace {

constexpr size_t kMade = 2000;  // with more packets there is a corpus beside the tree

std::string leaf(std::mt19937_64& random) {
  static constexpr const char* kTests[] = {
      "tcp", "udp", "ip", "ipv6", "vlan", "arp", "icmp", "eth", "!tcp", "not udp", "tcp.flags.syn == 1", "tcp.flags == 0x18", "tcp.port == 80",
      "tcp.dstport == 443", "tcp.srcport in {1..1024, 40000}", "udp.port == 53", "udp.dstport != 53", "ip.addr == 10.0.0.1", "ip.addr != 10.0.0.1",
      "ip.src == 10.0.0.0/8", "ip.dst == 10.0.0.2", "ip.ttl > 63", "ip.ttl < 10", "ip.proto == 17", "ipv6.addr == 2001:db8::/32", "ipv6.src == 2001:db8::1",
      "ipv6.hlim == 64", "vlan.id == 5", "eth.addr == 02:00:5e:10:00:01", "eth.dst == ff:ff:ff:ff:ff:ff", "ip.version", "tcp.seq_raw == 1000", "http", "dns",
      "frame.len > 100", "frame.cap_len <= 80", "ip.len != 60", "ip.len >= 41", "tcp.len > 0", "tcp.len == 0", "all tcp.len < 500", "tcp.payload contains \"GET\"", "tcp.payload contains 00", "all tcp.payload contains \"e\"", "tcp.payload matches \"^(get|post) \"", "udp.payload contains \"e\"", "udp.payload matches \"[a-z]{3}\"",
      "udp.payload contains 00:01", "tcp.payload contains \"\"", "!(tcp.payload contains \"T\")", "tcp.payload contains \"HTTP\"", "tcp.payload contains \"html\"", "dns.qry.name contains \"example\""};
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
  uint64_t passed_over = 0, by_flow = 0, alone = 0, looked_at = 0, matched = 0;
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
    filter::MatchSet matches, again;
    matches.resize(sources.size()), again.resize(sources.size());
    for (const test::Frame& frame : frames) {
      dissect::Dissection& d = dissector.dissect(frame.packet());
      matches.clear();
      compiled.program->evaluate(d, filter::Subject::kPacket, matches);
      matched += matches.any();
      if (!plain.find(frame.packet())) continue;
      ++looked_at;
      // What was searched in vain is not searched again, and what was found is.
      const bool none_alone = random() % 2 && compiled.program->cannot_match_alone(plain);
      const bool none = compiled.program->cannot_match(plain, false);
      again.clear();
      compiled.program->evaluate(d, filter::Subject::kPacket, again, true);
      for (uint32_t i = 0; i < sources.size(); ++i)
        if (again.has(i) != matches.has(i)) FAIL_CHECK(frame.origin << ": another answer of " << sources[i].text << " when plain headers were asked before, " << none_alone);
      compiled.program->cannot_match(plain, false);
      const bool after = compiled.program->cannot_match_alone(plain, true);
      if (after != compiled.program->cannot_match_alone(plain)) FAIL_CHECK(frame.origin << ": another answer of " << sources[0].text << " or one of " << sources.size() << " when all was asked before");
      const bool no_flow = compiled.program->cannot_match(plain, true);
      passed_over += none, by_flow += no_flow;
      const bool nothing_above = std::ranges::none_of(d.layers, [](const dissect::LayerRef& l) { return dissect::Registry::get().protocol(l.proto).application; });
      if (nothing_above && !matches.any()) alone += compiled.program->cannot_match_alone(plain);
      if (nothing_above && matches.any() && compiled.program->cannot_match_alone(plain)) FAIL_CHECK(frame.origin << ": nothing lies above its headers, and it matches " << sources[0].text << " or one of " << sources.size());
      if ((none || no_flow) && matches.any()) FAIL_CHECK(frame.origin << ": passed over, though it matches " << sources[0].text << " or one of " << sources.size());
      if (no_flow && compiled.program->flow_wanted(d)) FAIL_CHECK(frame.origin << ": its flow is wanted by " << sources[0].text << " or one of " << sources.size());
    }
  }
  CHECK(looked_at > 10'000);
  CHECK(passed_over > looked_at / 20);
  CHECK(by_flow > looked_at / 100);
  CHECK(alone > passed_over);
  CHECK(matched > (frames.size() > kMade ? 1000u : 100u));
}

// The filters match the same packets where those that `passes` says may be passed over are not dissected. `all_flows`: flows are followed
// that no filter wants.
template <class Passes>
void compare(const std::vector<test::Frame>& frames, const std::vector<filter::FilterSource>& sources, bool all_flows, Passes passes, uint64_t& passed_over, uint64_t& matched) {
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  dissect::Dissector all({}), some({});
  dissect::Needs needs = compiled.program->needs();
  if (all_flows) needs.flow_wanted = nullptr;
  all.set_needs(needs), some.set_needs(needs);
  dissect::PlainHeaders plain;
  filter::MatchSet expected, found;
  expected.resize(sources.size()), found.resize(sources.size());
  uint64_t number = 0;
  for (const test::Frame& frame : frames) {
    dissect::Packet packet = frame.packet();
    packet.number = ++number;
    expected.clear(), found.clear();
    compiled.program->evaluate(all.dissect(packet), filter::Subject::kPacket, expected);
    matched += expected.any();
    if (plain.find(packet) && passes(*compiled.program, plain, packet, some)) ++passed_over;
    else compiled.program->evaluate(some.dissect(packet), filter::Subject::kPacket, found);
    for (uint32_t i = 0; i < sources.size(); ++i)
      if (expected.has(i) != found.has(i)) FAIL_CHECK(frame.origin << ": " << sources[i].text << " expected " << expected.has(i));
  }
}

TEST_CASE("packets of other applications are passed over, and nothing is missed") {
  static constexpr const char* kTests[] = {
      "http", "dns", "http.request.method == \"GET\"", "http.response.code >= 400", "http.host contains \"example\"", "http.request && tcp.port == 80", "dns.qry.name contains \"a\"",
      "http && tcp.analysis.retransmission", "http && tcp.seq == 1", "http.content_length > 10", "http || udp.port == 53", "tcp.flags.syn == 1 && http", "http || tcp.len > 1000",
      "tcp.flags.fin == 1 || http", "http && !tcp.analysis.flags", "http && tcp.stream > 3", "http.request || tcp.analysis.duplicate_ack"};
  std::vector<test::Frame> frames = test::made_frames();
  for (auto& frame : test::corpus_frames(4000)) frames.push_back(std::move(frame));
  std::mt19937_64 random(12);
  uint64_t passed_over = 0, matched = 0;
  dissect::Connection* connection = nullptr;
  for (int set = 0; set < 60; ++set) {
    std::vector<filter::FilterSource> sources;
    for (size_t count = 1 + random() % 3; count; --count) sources.push_back({std::to_string(count), kTests[random() % std::size(kTests)], filter::Subject::kPacket});
    compare(frames, sources, true, [&](const filter::Program& program, const dissect::PlainHeaders& headers, const dissect::Packet& packet, dissect::Dissector& dissector) {
      return program.cannot_match_alone(headers) && dissector.pass_over_application(packet, headers, connection);
    }, passed_over, matched);
  }
  CHECK(passed_over > 100);
  CHECK(matched > (frames.size() > kMade ? 1000u : 100u));
}

TEST_CASE("filters on what TCP analysis finds match the same where packets are passed over") {
  static constexpr const char* kTests[] = {
      "tcp.analysis.retransmission", "tcp.analysis.flags", "tcp.analysis.duplicate_ack_num > 2", "!tcp.analysis.flags && tcp.port == 80", "tcp.analysis.window_full || tcp.flags.syn == 1",
      "tcp.analysis.lost_segment && ip.addr == 10.0.0.0/8", "tcp.analysis.rto > 0.2", "tcp.analysis.ack_rtt > 0.05", "tcp.analysis.out_of_order || tcp.len > 1400", "tcp.analysis.reused_ports",
      "tcp.analysis.duplicate_ack_frame == 12", "!(tcp.analysis.zero_window)", "tcp.analysis", "tcp.analysis.flags && tcp.completeness > 0"};
  std::vector<test::Frame> frames = test::made_frames();
  for (auto& frame : test::corpus_frames(20'000)) frames.push_back(std::move(frame));
  std::mt19937_64 random(14);
  uint64_t passed_over = 0, matched = 0;
  for (int set = 0; set < 40; ++set) {
    std::vector<filter::FilterSource> sources;
    for (size_t count = set < 14 ? 1 : 1 + random() % 3; count; --count) sources.push_back({std::to_string(count), kTests[set < 14 ? static_cast<size_t>(set) : random() % std::size(kTests)], filter::Subject::kPacket});
    compare(frames, sources, false, [](const filter::Program& program, const dissect::PlainHeaders& headers, const dissect::Packet& packet, dissect::Dissector& dissector) {
      return program.cannot_match_unnoted(headers) && dissector.pass_over_unnoted(packet, headers);
    }, passed_over, matched);
  }
  CHECK(passed_over > (frames.size() > kMade ? 1000u : 100u));
  CHECK(matched > (frames.size() > kMade ? 1000u : 100u));
}

TEST_CASE("connection events are the same where packets are passed over") {
  std::vector<test::Frame> frames = test::made_frames();
  for (auto& frame : test::corpus_frames(20'000)) frames.push_back(std::move(frame));
  const auto& registry = dissect::Registry::get();
  for (std::string_view application : {"", "http", "dns"}) {
    INFO(application);
    dissect::Needs needs;
    needs.events = needs.streams = needs.analysis = true;
    needs.protocols.add(registry.find_protocol("conn"));
    if (!application.empty()) needs.protocols.add(registry.find_protocol(application)), needs.http_transactions = application == "http", needs.dns_transactions = application == "dns", needs.reassembly = true;
    dissect::Dissector all({}), some({});
    all.set_needs(needs), some.set_needs(needs);
    auto events_of = [](dissect::Dissector& dissector) {
      std::string out;
      for (auto events : {dissector.timer_events(), dissector.packet_events()})
        for (const dissect::ConnectionEvent& e : events) {
          out += std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(e.ts.seconds) + "." + std::to_string(e.ts.nanos);
          if (!e.connection) continue;
          const dissect::Connection& c = *e.connection;
          out += " " + std::to_string(c.number) + " " + std::to_string(c.app) + " " + std::string(dissect::conn_state(c)) + " " + std::string(dissect::reason_name(c.reason)) + " " + std::to_string(c.completeness);
          for (const dissect::Endpoint& end : c.ends)
            for (uint64_t count : {uint64_t{end.packets}, uint64_t{end.bytes}, uint64_t{end.ip_bytes}, uint64_t{end.missed_bytes}, uint64_t{end.retransmits}, uint64_t{end.out_of_order}}) out += " " + std::to_string(count);
          out += "\n";
        }
      return out;
    };
    uint64_t number = 0, passed_over = 0, lines = 0;
    dissect::PlainHeaders plain;
    dissect::Connection* connection = nullptr;
    for (const test::Frame& frame : frames) {
      dissect::Packet packet = frame.packet();
      packet.number = ++number;
      all.dissect(packet);
      if (plain.find(packet) && some.pass_over_application(packet, plain, connection)) ++passed_over;
      else some.dissect(packet);
      const std::string expected = events_of(all), found = events_of(some);
      lines += !expected.empty();
      if (expected != found) FAIL_CHECK(frame.origin << ":\n" << expected << "instead of\n" << found);
    }
    all.finish(), some.finish();
    CHECK(events_of(all) == events_of(some));
    CHECK(passed_over > number / 20);
    CHECK(lines > (frames.size() > kMade ? 100u : 10u));
  }
}

// Of plain packets a few filters of numbers in headers need nothing else: what they come to is what the program says, not only when it is "no".
TEST_CASE("the numbers that plain headers say are those that dissection finds") {
  std::vector<test::Frame> frames = test::made_frames();
  for (auto& frame : test::corpus_frames(500)) frames.push_back(std::move(frame));
  std::vector<const dissect::FieldDef*> rows;
  dissect::Needs needs;
  for (const auto& f : dissect::Registry::get().fields())
    if (f.row && f.row->plain) rows.push_back(&f), needs.add(f.id);
  REQUIRE(rows.size() >= 4);
  dissect::Dissector dissector({});
  dissector.set_needs(needs);
  dissect::PlainHeaders plain;
  std::vector<uint64_t> there(rows.size());
  for (const test::Frame& frame : frames) {
    dissect::Dissection& d = dissector.dissect(frame.packet());
    if (!plain.find(frame.packet())) continue;
    for (size_t i = 0; i < rows.size(); ++i) {
      uint64_t value = 0;
      const bool found = rows[i]->row->plain(plain, value);
      const dissect::Occurrence* o = d.first(rows[i]->id);
      INFO(frame.origin << " " << frame.number << ": " << rows[i]->name);
      REQUIRE(found == (o != nullptr));
      if (o) CHECK((o->value.u == value && !d.next(*o)));
      there[i] += found;
    }
  }
  for (uint64_t n : there) CHECK(n >= 4);  // hundreds where there is a corpus beside the tree
}

TEST_CASE("few filters over plain headers say what the program says") {
  std::vector<test::Frame> frames = test::made_frames();
  for (auto& frame : test::corpus_frames(500)) frames.push_back(std::move(frame));
  static constexpr const char* kTests[] = {"tcp", "udp", "ip", "ipv6", "vlan", "eth", "arp", "icmp", "frame", "tcp.port == 80", "tcp.dstport > 1000", "tcp.srcport <= 1024", "tcp.port != 443", "udp.port == 53",
                                           "ip.addr == 10.0.0.1", "ip.addr == 10.0.0.0/8", "ip.src != 10.0.0.2", "ip.ttl >= 64", "ip.ttl < 64", "ip.proto == 6", "ip.len > 60", "frame.len < 200", "tcp.len == 0", "tcp.flags.syn == 1",
                                           "tcp.flags & 2", "tcp.flags == 0x18", "vlan.id == 5", "ipv6.hlim == 64", "udp.length < 100", "tcp.seq_raw > 0x80000000", "ip.dsfield.dscp == 0", "eth.type == 0x800"};
  std::mt19937_64 random(5);
  auto either = [&random](const auto& self, int depth) -> std::string {
    if (depth == 0 || random() % 4 == 0) return kTests[random() % std::size(kTests)];
    const std::string a = self(self, depth - 1), b = self(self, depth - 1);
    return random() % 3 ? "(" + a + (random() % 2 ? " and " : " or ") + b + ")" : "not (" + a + ")";
  };
  size_t usable = 0, all_told = 0, none = 0, some = 0;
  dissect::PlainHeaders plain;
  for (int set = 0; set < 500; ++set) {
    std::vector<filter::FilterSource> sources;
    for (size_t count = 1 + random() % 3; count; --count) sources.push_back({"", either(either, static_cast<int>(random() % 4)), filter::Subject::kPacket});
    auto compiled = filter::compile(sources, {});
    REQUIRE(compiled.program);
    const filter::FewFilters& few = compiled.program->data().few;
    if (!few.usable()) continue;
    ++usable;
    const bool told = std::all_of(compiled.program->data().atoms.begin(), compiled.program->data().atoms.end(), filter::is_direct);
    all_told += told;
    dissect::Dissector dissector({});
    dissector.set_needs(compiled.program->needs());
    filter::MatchSet matches;
    matches.resize(sources.size());
    for (const test::Frame& frame : frames) {
      if (!plain.find(frame.packet())) continue;
      matches.clear();
      compiled.program->evaluate(dissector.dissect(frame.packet()), filter::Subject::kPacket, matches);
      const bool no = few.ask(plain) == filter::FewFilters::Outcome::kNoneMatches;
      ++(no ? none : some);
      if (no && matches.any()) FAIL(sources[0].text << " on packet " << frame.number << " of " << frame.origin);
      if (!no && !matches.any() && told)
        FAIL(sources[0].text << " could have been told on packet " << frame.number << " of " << frame.origin);
    }
  }
  CHECK(usable > 200);
  CHECK(all_told > 100);
  CHECK(none > frames.size());
  CHECK(some > frames.size());
}
