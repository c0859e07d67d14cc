#include "dissect/connections/stream_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace wiretail::dissect {

// What a unit says of its length is believed as far as twice what there is; without it, memory grows by half.
void StreamBuffer::make_room(size_t size) {
  if (size > bytes.capacity()) bytes.reserve(wanted > size ? std::min<size_t>(wanted, 2 * size) : wanted == size ? size : size + size / 2);
}

bool StreamBuffer::add(uint32_t offset, Bytes data, uint64_t frame) {
  if (pieces.size() >= kMaxPieces) return false;
  auto size = static_cast<uint32_t>(data.size());
  make_room(size_t{offset} + size);
  if (offset == bytes.size()) {  // in order, as nearly always
    bytes.insert(bytes.end(), data.begin(), data.end());
    if (offset == contiguous) {
      pieces.push_back({offset, size, frame});
      contiguous += size;
      return true;
    }
  } else {
    if (bytes.size() < size_t{offset} + size) bytes.resize(size_t{offset} + size);
    // What was there stays: a repeated byte is the first one's.
    uint32_t skip = offset < contiguous ? std::min(contiguous - offset, size) : 0;
    if (size > skip) std::memcpy(bytes.data() + offset + skip, data.data() + skip, size - skip);
  }
  auto place = std::upper_bound(pieces.begin(), pieces.end(), offset, [](uint32_t o, const Piece& p) { return o < p.offset; });
  place = pieces.insert(place, {offset, size, frame});
  for (; place != pieces.end() && place->offset <= contiguous; ++place) contiguous = std::max(contiguous, place->offset + place->length);
  return true;
}

}  // namespace wiretail::dissect
