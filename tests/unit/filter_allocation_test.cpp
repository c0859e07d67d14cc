// Evaluating allocates nothing once warm: every operator new of this executable is counted.
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "filter/value_list.hpp"
#include "unit/allocations.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

namespace {

// Every form of test, and enough filters for look-ups of every kind.
std::vector<filter::FilterSource> sources() {
  std::vector<std::string> texts = {
      "tcp", "ip.addr == 10.0.0.1 && tcp.port == 80", "ip.addr == 10.0.0.0/8", "ipv6.addr == 2001:db8::/64", "eth.addr == 02:00:5e:10:00:01", "eth.dst[0] & 1",
      "tcp.flags & 0x12 == 2", "tcp.port in {80, 443, 8000..8100}", "tcp.port not in {80}", "ip.src in $list", "tcp.srcport + 1 > tcp.dstport * 2 - 3",
      "frame contains \"GET\"", "tcp contains \"Host\"", "http.host contains \"example\"", "http.host matches \"^www[.]\"", "http.request.uri matches \"index\"",
      "frame matches \"(?s)a.*z\"", "lower(http.host) == \"www.example.com\"", "upper(http.user_agent) contains \"DEMO\"", "len(frame) > 60", "count(ip.addr) == 4",
      "max(tcp.port) > 1000", "min(tcp.srcport, tcp.dstport) == 80", "abs(tcp.srcport - tcp.dstport) > 100", "string(ip.src) matches \"^10\"", "vals(ip.proto) == \"TCP\"",
      "ip.proto contains \"TCP\"", "hex(tcp.port) == \"0x0050\"", "dec(udp.port) == \"53\"", "double(ip.ttl) / 3 > 10.5", "ip_rfc1918(ip.src)", "ip_special_name(ip.src) contains \"Private\"",
      "frame[0:6] == eth.dst", "ip.src[0,3] == 0a:01", "ip.src == frame[26:4]", "@tcp.port == 00:50", "ip.src#1 == 10.0.0.1", "ip.addr#[-1] == 10.0.0.2", "http.host[0:3] == \"www\"",
      "dns.qry.name == \"www.example.com\"", "dns.qry.name contains \"example\"", "dns.qry.name in {\"a\", \"www.example.com\"}", "all tcp.port > 1024", "any udp.port == 53",
      "tcp xor udp", "not (tcp or udp)", "frame.time_relative > 1", "frame.time > 1700000000", "10 < tcp.port < 100", "eth.src & 00:ff:00:00:00:00", "ip.src & 255.0.0.0 == 10.0.0.0", "-tcp.port < -79"};
  for (int i = 0; i < 40; ++i) {
    std::string n = std::to_string(i);
    texts.push_back("ip.addr == 10.0.0." + n);
    texts.push_back("tcp.payload contains \"needle" + n + "\"");
    texts.push_back("http.host == \"www" + n + ".example.com\"");
    texts.push_back("ipv6.src == 2001:db8::" + n + "/120");
    texts.push_back("http.request.uri matches \"/index" + n + "[.]html\"");
    texts.push_back("frame contains \"pattern" + n + "\"");
  }
  // Large sets are looked up: of texts, bytes, addresses with prefixes and times; with what is no constant beside, and of all values.
  auto large = [&](const std::string& field, const std::string& before, const std::string& after, const std::string& beside) {
    std::string set = field + " in {" + beside;
    for (int i = 10; i < 40; ++i) set += ", " + before + std::to_string(i) + after;
    texts.push_back(set + "}");
    texts.push_back("all " + set + "}");
  };
  large("http.host", "\"www", ".example.com\"", "\"www.example.com\"");
  large("frame.protocols", "\"eth:", "\"", "\"eth:a\" .. \"eth:f\"");
  large("eth.addr", "02:00:5e:10:00:", "", "00:00:00:00:00:00 .. 02:00:5e:10:00:01");
  large("ipv6.addr", "2001:db8:", "::/48", "ipv6.dst");
  large("ip.src#1", "10.0.0.", "", "10.0.0.0/30");
  large("tcp.payload", "47:45:", "", "47 .. 48");
  large("frame.time", "", "", "0 .. 2000000000");
  large("tcp.port", "", "", "tcp.srcport + 1 .. 65535, tcp.dstport");
  std::vector<filter::FilterSource> out;
  for (const std::string& t : texts) out.push_back({t, t});
  return out;
}

}  // namespace

TEST_CASE("evaluating allocates nothing once warm") {
  if (!test::allocations_are_counted()) return;
  filter::CompileOptions options;
  options.lists["list"] = filter::ValueList::parse("10.0.0.0/8\n2001:db8::/32\nwww.example.com\n").list;
  auto all = sources();
  auto compiled = filter::compile(all, options);
  for (size_t i = 0; i < all.size(); ++i)
    for (const auto& e : compiled.diagnostics[i]) UNSCOPED_INFO(all[i].text << ": " << e.message);
  REQUIRE(compiled.program);
  std::vector<test::Frame> frames = test::made_frames();
  auto captured = test::corpus_frames(300);
  frames.insert(frames.end(), captured.begin(), captured.end());
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  filter::MatchSet matches;
  matches.resize(all.size());
  uint64_t matched = 0, allocated = 0;
  for (int round = 0; round < 3; ++round) {
    allocated = matched = 0;
    for (const test::Frame& frame : frames) {
      dissect::Dissection& d = dissector.dissect(frame.packet());
      matches.clear();
      d.detail_all();  // what dissecting takes is not evaluating's
      uint64_t before = test::allocations();
      compiled.program->evaluate(d, filter::Subject::kPacket, matches);
      allocated += test::allocations() - before;
      matches.each([&](uint32_t) { ++matched; });
    }
  }
  CHECK(allocated == 0);
  CHECK(matched > frames.size());
}
