#include "dissect/connections/sequence_bases.hpp"

#include <cstring>

namespace wiretail::dissect {

uint32_t* SequenceBases::find(const Direction& d, bool add) {
  if (table_.empty()) {
    if (!add) return nullptr;
    table_.resize(kRows * kWays);
  }
  uint64_t words[4], h = d.ports * 0x9e3779b97f4a7c15u;
  std::memcpy(words, d.addresses.data(), sizeof words);
  for (uint64_t w : words) h = (h ^ w) * 0xff51afd7ed558ccdu, h ^= h >> 31;
  Entry* first = table_.data() + (h & (kRows - 1)) * kWays;
  Entry* place = first;
  for (Entry* e = first; e != first + kWays; ++e) {
    if (e->used && e->direction == d) return e->used = ++clock_, &e->base;
    if (e->used < place->used) place = e;
  }
  if (!add) return nullptr;
  if (place->used) ++evicted_;
  *place = {d, 0, ++clock_};
  return &place->base;
}

}  // namespace wiretail::dissect
