#include "dissect/connections/echoes.hpp"

#include <algorithm>
#include <cstring>

namespace wiretail::dissect {

EchoTable::Request* EchoTable::row(const Request& r) {
  uint64_t words[4], h = (uint64_t{r.ident_seq} << 17) ^ r.checksum;
  std::memcpy(words, r.addresses.data(), sizeof words);
  for (uint64_t w : words) h = (h ^ w) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
  return table_.data() + (h & (kRows - 1)) * kWays;
}

void EchoTable::sent(const Request& request) {
  if (table_.empty()) table_.resize(kRows * kWays);
  Request* first = row(request);
  Request* place = first;
  for (Request* r = first; r != first + kWays; ++r) {
    if (r->frame && r->same(request)) {
      place = r;
      break;
    }
    if (r->frame < place->frame) place = r;  // a free one, or the oldest
  }
  if (place->frame && !place->same(request)) ++evicted_;
  *place = request;
}

bool EchoTable::answered(const Request& reply, uint64_t& frame, Time& time) {
  if (table_.empty()) return false;
  Request* first = row(reply);
  for (Request* r = first; r != first + kWays; ++r) {
    if (!r->frame || !r->same(reply)) continue;
    frame = r->frame, time = r->time;
    r->frame = 0;
    return true;
  }
  return false;
}

}  // namespace wiretail::dissect
