// Packets for the filter tests: made by hand (valid headers, one reason each) and read from captures where there are some.
#pragma once
#include <string>
#include <vector>

#include "dissect/packet.hpp"

namespace wiretail::test {

struct Frame {
  std::string bytes;
  dissect::LinkType link = dissect::LinkType::kEthernet;
  std::string origin;
  dissect::Time time;
  uint32_t len = 0;
  uint64_t number = 1;
  dissect::Packet packet() const {
    dissect::Packet p;
    p.data = reinterpret_cast<const uint8_t*>(bytes.data());
    p.cap_len = static_cast<uint32_t>(bytes.size());
    p.len = len ? len : p.cap_len;
    p.link_type = link, p.time = time, p.number = number;
    return p;
  }
};

// Ethernet with IPv4, IPv6, VLAN, TCP, UDP, ICMP, fragments, IP in IP, truncated and damaged ones.
std::vector<Frame> made_frames();
// From tests/captures and ../shared/corpus, as far as they are there: at most `most`, spread over the files.
std::vector<Frame> corpus_frames(size_t most);

}  // namespace wiretail::test
