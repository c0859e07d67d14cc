// The derived kernel filter: what it says, that pcap takes it, and that no packet it rejects is a match.
#include <pcap/pcap.h>

#include <map>
#include <memory>

#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

namespace {

std::string derived(std::vector<std::string> texts, bool whole = true) {
  std::vector<filter::FilterSource> sources;
  for (auto& t : texts) sources.push_back({t, t});
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  return filter::derive_prefilter(*compiled.program, whole);
}

// What follows the packets that always pass (other protocols, fragments, tunnels), which is all that `icmp` leaves.
std::string condition(std::vector<std::string> texts, bool whole = true) {
  const std::string all = derived(std::move(texts), whole), passing = derived({"icmp"});
  if (all.empty()) return "none";
  REQUIRE(all.substr(0, passing.size()) == passing);
  return all == passing ? "nothing more" : all.substr(passing.size() + 4);
}

struct Kernel {
  explicit Kernel(const std::string& text, int link) {
    std::unique_ptr<pcap_t, decltype(&pcap_close)> dead(pcap_open_dead(link, 262'144), pcap_close);
    good = pcap_compile(dead.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!good) error = pcap_geterr(dead.get());
  }
  ~Kernel() { if (good) pcap_freecode(&program); }
  bool passes(const dissect::Packet& p) const {
    pcap_pkthdr header{};
    header.caplen = p.cap_len, header.len = p.len;
    return pcap_offline_filter(&program, &header, p.data) != 0;
  }
  bpf_program program{};
  bool good = false;
  std::string error;
};

}  // namespace

TEST_CASE("the kernel filter is the strongest necessary condition") {
  CHECK(condition({"ip.addr == 10.0.0.1 && tcp.port == 80"}) == "(tcp port 80 and host 10.0.0.1)");
  CHECK(condition({"tcp.srcport == 80"}).find("tcp port 80") != std::string::npos);        // both directions of a connection
  CHECK(condition({"udp.srcport == 69"}, false).find("udp src port 69") != std::string::npos);  // nobody needs the other one
  CHECK(condition({"ip.src == 10.0.0.0/8"}).find("net 10.0.0.0/8") != std::string::npos);
  CHECK(condition({"ipv6.addr == 2001:db8::/32"}).find("net 2001:db8::/32") != std::string::npos);
  CHECK(condition({"tcp.port in {80, 8000..8100}"}).find("tcp portrange 8000-8100") != std::string::npos);
  for (const char* text : {"80 == tcp.port", "tcp.port == 70 + 10", "70 + 10 == tcp.port", "tcp.port in {70 + 10}", "tcp.port == 2 * {50 - 10}", "0x51 - 1 == tcp.port"})
    CHECK(condition({text}) == condition({"tcp.port == 80"}));
  CHECK(condition({"10.0.0.0/8 == ip.src"}) == condition({"ip.src == 10.0.0.0/8"}));
  CHECK(condition({"tcp.port == 60000 + 60000"}) == "tcp");  // no port; the test says so itself
  CHECK(condition({"tcp"}) == "tcp");
  CHECK(condition({"tcp", "udp.port == 53"}).find("udp port 53") != std::string::npos);
  CHECK(condition({"http.host == \"a\""}) == "(tcp or udp port 1900)");  // SSDP has HTTP's fields
  CHECK(condition({"dns.a"}) == "(tcp port 53 or tcp port 5353 or udp)");  // DNS is recognised on any UDP port
  CHECK(condition({"mdns"}) == "udp port 5353");
  CHECK(condition({"data"}) == "none");
  // What is to be absent; more packets pass of which the kernel could see more than the filter.
  const std::string shorter = "ip[0] & 0xf < 5 or ip[2:2] < ((ip[0] & 0xf) << 2) + 20 or ip6[4:2] < 20 or ";
  CHECK(condition({"!(tcp.port == 22)"}) == shorter + "not tcp port 22");
  CHECK(condition({"tcp.port != 22"}) == shorter + "(not tcp port 22 and tcp)");
  CHECK(condition({"ip.addr != 10.0.0.1"}) == shorter + "(not host 10.0.0.1 and ip)");
  CHECK(condition({"tcp.port not in {22, 80..90}"}) == shorter + "(not (tcp port 22 or tcp portrange 80-90) and tcp)");
  CHECK(condition({"!(tcp.port == 22 and ip.addr == 10.0.0.1) and udp"}) == shorter + "(udp and (not tcp port 22 or not host 10.0.0.1))");
  CHECK(condition({"tcp.srcport != 22"}) == "tcp");  // the connection's other direction
  CHECK(condition({"tcp.port !== 22"}) == "tcp");
  CHECK(condition({"!(all tcp.port == 22)"}) == "none");
  CHECK(condition({"tcp.port >= 8000 and tcp.port < 8010"}) == "(tcp portrange 8000-65535 and tcp portrange 0-8009)");
  CHECK(condition({"ip.proto == 17"}) == "ip proto 17");
  // No plain TCP or UDP packet can match these.
  CHECK(condition({"icmp"}) == "nothing more");
  CHECK(condition({"arp.opcode == 1", "icmpv6"}) == "nothing more");
  CHECK(condition({"tcp.port in {90..80}"}) == "nothing more");
}

TEST_CASE("no kernel filter where one could hide a match or change a number") {
  for (const char* text : {"not tcp", "!(ip.src == 10.0.0.1)", "frame", "frame.len > 100", "tcp or frame.len > 100", "eth.addr == 02:00:5e:10:00:01", "vlan.id == 5", "tcp xor udp",
                           "tcp.port == 80 and frame.number < 10", "tcp.stream == 1", "frame.time_relative > 1 and tcp", "tcp and frame.time_delta > 1", "",
                           "_ws.col.number == \"5\" and tcp", "dns.response_to > 3", "tcp.analysis.acks_frame > 5", "http.request_in", "tcp and _ws.col.info contains \"Dup ACK 3#1\""})
    CHECK(std::string(text) + " " + derived({text}) == std::string(text) + " ");
  CHECK(derived({"tcp.port == 80", "frame.len > 1000"}).empty());
}

TEST_CASE("what the kernel filter rejects is never a match") {
  std::vector<test::Frame> frames = test::made_frames();
  auto captured = test::corpus_frames(2000);
  frames.insert(frames.end(), captured.begin(), captured.end());
  size_t rejected = 0, matched = 0;
  for (const char* text : {"ip.addr == 10.0.0.1 && tcp.port == 80", "tcp.port == 80", "udp.port == 53", "tcp.dstport == 443", "ip.src == 10.0.0.0/8", "ipv6.addr == 2001:db8::/32", "icmp", "arp",
                           "http", "http.host", "tcp.flags.syn == 1", "ip.addr != 10.0.0.1", "tcp.port in {80, 443, 1024..2048}", "udp", "ipv6", "gre", "icmp.type == 3 && tcp.port == 80",
                           "ip.src == 192.168.0.0/16 && udp", "!(tcp.port == 80)", "tcp.port != 80", "!(ip.addr == 10.0.0.1)", "udp.port not in {53, 1000..2000}", "!(tcp.port == 80 || ip.addr == 10.0.0.0/8)", "ipv6.addr != 2001:db8::/32", "tcp.port > 1024", "dns", "dns.qry.name", "mdns", "vlan && tcp.port == 80", "tcp.payload contains \"GET\"", "igmp", "ip.proto == 17", "udp.length > 20", "ipv6.src == fe80::/10"}) {
    filter::FilterSource source{text, text};
    auto compiled = filter::compile({&source, 1}, {});
    if (!compiled.program) continue;
    for (bool whole : {false, true}) {
      std::string kernel_text = filter::derive_prefilter(*compiled.program, whole);
      if (kernel_text.empty()) continue;
      std::map<int, std::unique_ptr<Kernel>> kernels;
      dissect::Dissector dissector({});
      dissector.set_needs(compiled.program->needs());
      filter::MatchSet matches;
      matches.resize(1);
      for (const test::Frame& frame : frames) {
        int link = frame.link == dissect::LinkType::kRaw ? DLT_RAW : static_cast<int>(frame.link);
        auto& kernel = kernels[link];
        if (!kernel) kernel = std::make_unique<Kernel>(kernel_text, link);
        if (!kernel->good) continue;
        dissect::Packet packet = frame.packet();
        dissect::Dissection& d = dissector.dissect(packet);
        matches.clear();
        compiled.program->evaluate(d, filter::Subject::kPacket, matches);
        // The kernel has whole packets, of which a capture keeps 128 bytes where something is to be absent.
        if (packet.cap_len < packet.len && packet.cap_len < 128) continue;
        bool passes = kernel->passes(packet);
        rejected += !passes, matched += matches.any();
        if (matches.any() && !passes) FAIL_CHECK(text << ": " << frame.origin << "\n" << kernel_text);
      }
      INFO(kernel_text << ": " << kernels[DLT_EN10MB]->error);
      CHECK(kernels[DLT_EN10MB]->good);
    }
  }
  CHECK(rejected > 100);
  CHECK(matched > 100);
}

// A load behind the packet's end makes the kernel reject, whatever else the filter says.
TEST_CASE("a packet too short for its ports passes") {
  auto short_packets = [](size_t link, auto&& each) {
    for (uint8_t proto : {uint8_t{6}, uint8_t{17}})
      for (uint8_t options = 0; options <= 40; options = static_cast<uint8_t>(options + 4))
        for (size_t n = 0; n < 24u + options; ++n) {
          std::vector<uint8_t> bytes(link, 0);
          if (link == 14) bytes[12] = 8;
          const uint8_t header[] = {static_cast<uint8_t>(0x45 + options / 4), 0, 0, 80, 0, 1, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
          bytes.insert(bytes.end(), header, header + 20);
          bytes.resize(link + 24 + options, 0);
          bytes.resize(link + n);
          each(bytes);
        }
  };
  for (const char* text : {"ip.addr == 10.0.0.1", "ip", "ip.ttl == 64", "ip.src == 10.0.0.0/8 || tcp.port == 80"}) {
    for (auto [dlt, link] : {std::pair(DLT_EN10MB, size_t{14}), std::pair(DLT_RAW, size_t{0})}) {
      Kernel kernel(derived({text}), dlt);
      INFO(text << ": " << kernel.error);
      REQUIRE(kernel.good);
      size_t rejected = 0;
      short_packets(link, [&](const std::vector<uint8_t>& bytes) {
        dissect::Packet p;
        p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
        rejected += !kernel.passes(p);
      });
      CHECK(rejected == 0);
    }
  }
}

TEST_CASE("where all would be too long for the kernel, a kernel filter says less") {
  std::vector<std::string> texts, ports, addresses;
  for (int i = 0; i < 2000; ++i) {
    const std::string address = "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    texts.push_back("tcp.port == 80 && ip.addr == " + address);
    ports.push_back("udp.port == " + std::to_string(i * 7 + 1) + " && ip.src == " + address);
    addresses.push_back("ip.addr == " + address);
  }
  CHECK(condition({texts[0]}) == "(tcp port 80 and host 10.1.0.0)");
  CHECK(condition(texts) == "(tcp port 80 and ip)");
  CHECK(condition(ports) == "(udp and ip)");
  CHECK(condition(addresses) == "ip");
  const std::string all = derived(texts);
  Kernel kernel(all, DLT_EN10MB);
  INFO(kernel.error);
  CHECK(kernel.good);
}
