#include "dissect/connections/stream_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace wiretail::dissect {

// What a unit says of its length is believed as far as twice what there is; without it, memory grows by half.
void StreamBuffer::make_room(size_t size) {
  if (size > bytes.capacity()) bytes.reserve(keep ? size : wanted > size ? std::min<size_t>(wanted, 2 * size) : wanted == size ? size : size + size / 2);
}

bool StreamBuffer::add(uint32_t offset, Bytes data, uint64_t frame) {
  if (pieces.size() >= kMaxPieces) return false;
  const auto size = static_cast<uint32_t>(data.size());
  const bool in_order = offset == contiguous && offset == extent;  // as nearly always
  const size_t end = kept(size_t{offset} + size);
  if (end > offset) {
    make_room(end);
    data = data.first(end - offset);
    if (offset == bytes.size()) {
      bytes.insert(bytes.end(), data.begin(), data.end());
    } else {
      if (bytes.size() < end) bytes.resize(end);
      // What was there stays: a repeated byte is the first one's.
      const size_t skip = offset < contiguous ? std::min<size_t>(contiguous - offset, data.size()) : 0;
      if (data.size() > skip) std::memcpy(bytes.data() + offset + skip, data.data() + skip, data.size() - skip);
    }
  }
  extent = std::max(extent, offset + size);
  if (in_order) {
    contiguous += size;
    if (keep && !pieces.empty()) pieces.back().length += size;  // nobody asks for the list of segments
    else pieces.push_back({offset, size, frame});
    return true;
  }
  auto place = std::upper_bound(pieces.begin(), pieces.end(), offset, [](uint32_t o, const Piece& p) { return o < p.offset; });
  place = pieces.insert(place, {offset, size, frame});
  for (; place != pieces.end() && place->offset <= contiguous; ++place) contiguous = std::max(contiguous, place->offset + place->length);
  return true;
}

}  // namespace wiretail::dissect
