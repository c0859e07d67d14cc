#include "dissect/connections/esp_sequences.hpp"

#include <utility>

namespace wiretail::dissect {

EspSequences::Last EspSequences::seen(uint32_t spi, uint32_t sequence, uint64_t frame) {
  if (table_.empty()) table_.resize(kRows * kWays);
  Last* first = table_.data() + ((spi * 0x9e3779b97f4a7c15u) >> 40 & (kRows - 1)) * kWays;
  Last* place = first;
  for (Last* l = first; l != first + kWays; ++l) {
    if (l->frame && l->spi == spi) return std::exchange(*l, {spi, sequence, frame});
    if (l->frame < place->frame) place = l;  // a free one, or the longest unused
  }
  if (place->frame) ++evicted_;
  *place = {spi, sequence, frame};
  return {};
}

}  // namespace wiretail::dissect
