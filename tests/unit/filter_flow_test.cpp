// Connections that only some filters need are followed where these can match, and in tunnels always: there the outer packet, of which a
// filter asks, differs from packet to packet of one connection.
#include <string>
#include <vector>

#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "unit/catch.hpp"

using namespace wiretail;

namespace {

std::string be(uint64_t v, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(v >> (8 * i));
  return out;
}
std::string ip4(uint32_t from, uint32_t to, uint8_t protocol, const std::string& payload) {
  return be(0x4500, 2) + be(20 + payload.size(), 2) + be(0, 4) + be(64, 1) + be(protocol, 1) + be(0, 2) + be(from, 4) + be(to, 4) + payload;
}
std::string tcp(uint32_t seq, const std::string& payload) { return be(4000, 2) + be(5000, 2) + be(seq, 4) + be(1, 4) + be(0x5010, 2) + be(1000, 2) + be(0, 4) + payload; }

// Which of the packets, a second apart, match.
std::string matching(const std::string& filter, const std::vector<std::string>& packets) {
  const filter::FilterSource source{"", filter};
  auto compiled = filter::compile({&source, 1}, {});
  REQUIRE(compiled.program);
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  std::string out;
  for (size_t i = 0; i < packets.size(); ++i) {
    dissect::Packet p;
    p.data = reinterpret_cast<const uint8_t*>(packets[i].data()), p.cap_len = p.len = static_cast<uint32_t>(packets[i].size());
    p.link_type = dissect::LinkType::kRaw, p.number = i + 1, p.time = {1'700'000'000 + static_cast<int64_t>(i), 0};
    filter::MatchSet found;
    found.resize(1);
    compiled.program->evaluate(dissector.dissect(p), filter::Subject::kPacket, found);
    if (found.any()) out += std::to_string(i + 1);
  }
  return out;
}

}  // namespace

TEST_CASE("a connection in a tunnel is followed whatever its outer packets are") {
  std::vector<std::string> packets;
  for (uint32_t i = 0; i < 4; ++i) {  // VXLAN (RFC 7348), each packet of another path
    const std::string inner = ip4(0x0a000001, 0x0a000002, 6, tcp(100 + 10 * i, "0123456789"));
    const std::string datagram = be(50000 + i, 2) + be(4789, 2) + be(8 + 8 + 14 + inner.size(), 2) + be(0, 2) + be(0x08000000, 4) + be(7 << 8, 4) + std::string(12, 2) + be(0x800, 2) + inner;
    packets.push_back(ip4(0xc0000201 + i, 0xc0000301, 17, datagram));
  }
  CHECK(matching("udp.srcport == 50002 && tcp.time_relative == 2", packets) == "3");
  CHECK(matching("udp.srcport > 50001 && tcp.seq == 21", packets) == "3");
  CHECK(matching("ip.src == 192.0.2.4 && tcp.time_delta == 1", packets) == "4");
  CHECK(matching("ip.src == 192.0.2.4 && tcp.time_relative == 0", packets).empty());
}

TEST_CASE("outside tunnels a connection is followed where a filter can match") {
  const std::vector<std::string> packets{ip4(0x0a000001, 0x0a000002, 6, tcp(100, "0123456789")), ip4(0x0a000001, 0x0a000002, 6, tcp(110, "0123456789"))};
  CHECK(matching("ip.src == 10.0.0.1 && tcp.time_relative == 1", packets) == "2");
  CHECK(matching("ip.src == 10.0.0.3 && tcp.time_relative >= 0", packets).empty());
}
