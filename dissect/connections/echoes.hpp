// Echo requests that wait for their reply (`icmp.resp_to`, `icmp.resptime` and ICMPv6's). As in Wireshark a reply answers the
// last request with the same addresses, identifier, sequence number and data: the checksum tells the data apart, being the
// request's but for the type. A table of fixed size, taken when the first request comes; where a new one finds no room the
// oldest of its row goes, counted. One per capture thread.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "dissect/bytes.hpp"
#include "dissect/packet.hpp"

namespace wiretail::dissect {

class EchoTable {
 public:
  struct Request {
    std::array<uint8_t, 32> addresses{};  // the lower first: in Wireshark it does not matter who asks whom
    uint32_t ident_seq = 0;
    uint16_t checksum = 0;                // that the reply will have
    bool v6 = false;
    bool same(const Request& o) const { return addresses == o.addresses && ident_seq == o.ident_seq && checksum == o.checksum && v6 == o.v6; }
    uint64_t frame = 0;                   // 0: free
    Time time;
  };

  void sent(const Request& request);
  // Takes the request out. False: there is none.
  bool answered(const Request& reply, uint64_t& frame, Time& time);
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr uint32_t kRows = 1024, kWays = 4;
  Request* row(const Request& r);
  std::vector<Request> table_;
  uint64_t evicted_ = 0;
};

}  // namespace wiretail::dissect
