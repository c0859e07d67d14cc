// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words. Used by the protocols
// whose checksums are verified. No state.
#pragma once
#include "dissect/bytes.hpp"

namespace wiretail::dissect {

// The sum itself, to be continued with more bytes (only the last piece may be of odd length).
inline uint64_t checksum_sum(Bytes bytes, uint64_t sum = 0) {
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += be16(bytes.data() + i);
  if (i < bytes.size()) sum += uint32_t{bytes[i]} << 8;
  return sum;
}
inline uint16_t checksum_fold(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}
// What a checksum field should hold, given the folded sum over everything with the field as it is (0xffff: it is right).
inline uint16_t checksum_should_be(uint16_t held, uint16_t folded) {
  return static_cast<uint16_t>(~checksum_fold(uint64_t{folded} + static_cast<uint16_t>(~held)));
}

}  // namespace wiretail::dissect
