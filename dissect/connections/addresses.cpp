#include "dissect/connections/addresses.hpp"

namespace wiretail::dissect {

const AddressTable::User* AddressTable::used(uint32_t ip, uint64_t mac, uint64_t frame, int64_t seconds) {
  if (table_.empty()) table_.resize(kRows * kWays);
  const uint32_t row = static_cast<uint32_t>((ip * 0x9e3779b97f4a7c15u) >> 40) & (kRows - 1);
  User* first = table_.data() + row * kWays;
  User* place = first;
  for (User* u = first; u != first + kWays; ++u) {
    if (u->frame && u->ip == ip) {
      if (u->mac != mac) return u;
      u->frame = frame, u->seconds = seconds;
      return nullptr;
    }
    if (u->frame < place->frame) place = u;  // a free one, or the oldest
  }
  if (place->frame) ++evicted_;
  *place = {ip, mac, frame, seconds};
  return nullptr;
}

}  // namespace wiretail::dissect
