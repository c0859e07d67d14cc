// Which Ethernet address used an IPv4 address last, as ARP says (`arp.duplicate-address-detected`). As in Wireshark the first
// user stays the known one, whoever else says the address is its own. A table of fixed size, taken when the first packet
// comes; where a new address finds no room the one unused for longest goes, counted. One per capture thread.
#pragma once
#include <cstdint>
#include <vector>

namespace wiretail::dissect {

class AddressTable {
 public:
  struct User {
    uint32_t ip = 0;
    uint64_t mac = 0;
    uint64_t frame = 0;   // where it was seen last; 0: free
    int64_t seconds = 0;  // … and when
  };

  // Notes that `mac` used `ip`. The known user if that is another one, else null. Valid until the next call.
  const User* used(uint32_t ip, uint64_t mac, uint64_t frame, int64_t seconds);
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr uint32_t kRows = 1024, kWays = 4;
  std::vector<User> table_;
  uint64_t evicted_ = 0;
};

}  // namespace wiretail::dissect
