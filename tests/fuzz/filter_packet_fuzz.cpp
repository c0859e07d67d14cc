// A filter and a packet: first a byte for the link type, then the filter up to a line feed, then the packet. The program
// must say what the reference evaluator says, alone and among other filters, and never match what its kernel filter hides or plain headers pass over.
#include <pcap/pcap.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "differential/reference_eval.hpp"
#include "dissect/dissector.hpp"
#include "dissect/plain_headers.hpp"
#include "filter/check.hpp"
#include "filter/filter.hpp"
#include "filter/value_list.hpp"

using namespace wiretail;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const filter::CompileOptions& options() {
  static const filter::CompileOptions kOptions = [] {
    filter::CompileOptions out;
    out.lists["list"] = filter::ValueList::parse("10.0.0.0/8\n80\nwww.example.com\n*.test\n2001:db8::/32\n").list;
    out.max_regex_bytes = 256;
    return out;
  }();
  return kOptions;
}

bool evaluate(const std::vector<filter::FilterSource>& sources, const dissect::Packet& packet, const filter::Test* tree) {
  auto compiled = filter::compile(sources, options());
  require(compiled.program.has_value());
  dissect::Dissector dissector{dissect::Settings{}};
  dissect::Needs needs = compiled.program->needs();
  needs.flow_wanted = nullptr;  // the reference needs the state of every packet
  dissector.set_needs(needs);
  dissect::Dissection& d = dissector.dissect(packet);
  filter::MatchSet matches;
  matches.resize(sources.size());
  bool wanted = compiled.program->flow_wanted(d);
  compiled.program->evaluate(d, filter::Subject::kPacket, matches);
  require(!matches.any() || wanted);
  // Nor what its plain headers pass over; what was searched for them is answered the same.
  if (dissect::PlainHeaders plain; plain.find(packet)) {
    const bool none = compiled.program->cannot_match(plain, false), by_flow = compiled.program->cannot_match(plain, true);
    require(!matches.any() || !(none || by_flow));
    filter::MatchSet again;
    again.resize(sources.size());
    compiled.program->cannot_match(plain, false);
    compiled.program->evaluate(d, filter::Subject::kPacket, again, true);
    for (uint32_t i = 0; i < sources.size(); ++i) require(again.has(i) == matches.has(i));
  }
  if (tree) {
    require(matches.has(0) == reference::holds(*tree, d));
    filter::explain_packet(sources[0].text, options(), d);
  }
  return matches.has(0);
}

bool kernel_rejects(const std::string& text, int link, const dissect::Packet& packet) {
  std::unique_ptr<pcap_t, decltype(&pcap_close)> dead(pcap_open_dead(link, 262'144), pcap_close);
  bpf_program program{};
  require(pcap_compile(dead.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0);
  pcap_pkthdr header{};
  header.caplen = packet.cap_len, header.len = packet.len;
  bool rejects = pcap_offline_filter(&program, &header, packet.data) == 0;
  pcap_freecode(&program);
  return rejects;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto* end = static_cast<const uint8_t*>(std::memchr(data + 1, '\n', size - 1));
  if (!end || end - data > 400) return 0;
  static constexpr std::pair<dissect::LinkType, int> kLinks[] = {
      {dissect::LinkType::kEthernet, DLT_EN10MB}, {dissect::LinkType::kRaw, DLT_RAW}, {dissect::LinkType::kLinuxSll, DLT_LINUX_SLL}, {dissect::LinkType::kNull, DLT_NULL}};
  auto [link, kernel_link] = kLinks[data[0] % 4];
  std::string text(reinterpret_cast<const char*>(data) + 1, static_cast<size_t>(end - data - 1));
  filter::CheckResult checked = filter::check_filter(text, filter::Subject::kPacket, options());
  if (!checked.filter.root) return 0;
  dissect::Packet packet;
  packet.data = end + 1;
  packet.cap_len = packet.len = static_cast<uint32_t>(data + size - (end + 1));
  packet.link_type = link, packet.number = 1, packet.time = {1'700'000'000, 5};
  // The reference does not know the functions on special addresses.
  bool alone = evaluate({{"", text}}, packet, text.find("ip_") == std::string::npos ? checked.filter.root.get() : nullptr);
  std::vector<filter::FilterSource> many = {{"", text}};
  for (const char* other : {"ip.addr == 10.0.0.1", "ip.addr == 10.0.0.0/8", "tcp.port == 80", "tcp.port == 443", "udp.port == 53", "frame contains \"abcd\"", "frame contains \"efgh\"",
                            "frame contains \"ijkl\"", "frame contains \"mnop\"", "http.host == \"a\"", "dns.qry.name == \"b\"", "ipv6.addr == 2001:db8::1", "tcp.payload contains \"abc\"",
                            "tcp.payload matches \"abcd|x[yz]z\"", "tcp.payload contains \"GET\"", "tcp.payload contains 00:01:02", "udp.payload contains \"abc\"", "ip.ttl == 64", "ip.src in $list"})
    many.push_back({"", other});
  require(evaluate(many, packet, nullptr) == alone);
  if (!alone) return 0;
  filter::FilterSource source{"", text};
  std::string kernel = filter::derive_prefilter(*filter::compile({&source, 1}, options()).program, false);
  if (!kernel.empty()) require(!kernel_rejects(kernel, kernel_link, packet));
  return 0;
}
