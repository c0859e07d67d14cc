#include "dissect/connections/stream_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace wiretail::dissect {

// What a unit says of its length is believed as far as twice what there is; without it, memory grows by half.
void StreamBuffer::make_room(size_t size) {
  if (size > bytes.capacity()) bytes.reserve(keep ? size : wanted > size ? std::min<size_t>(wanted, 2 * size) : wanted == size ? size : size + size / 2);
}

void StreamBuffer::wait(const Pdu& pdu) {
  wanted = pdu.kind == Pdu::Kind::kNeed ? pdu.length : 0, until_close = pdu.kind == Pdu::Kind::kUntilClose, other_spoke = false;
  if (!pdu.keep) return;
  if (!keep) keep = resume = pdu.keep;
  // What was kept from `resume` on is wanted later now.
  const size_t there = bytes.size() > keep ? bytes.size() - keep : 0, gone = std::min<size_t>(there, pdu.resume - resume);
  bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(bytes.size() - there), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() - there + gone));
  resume = pdu.resume;
}

// The bytes at `from` up to `to`, of which all are kept. What was there stays: a repeated byte is the first one's.
void StreamBuffer::put(uint32_t from, uint32_t to, const uint8_t* data) {
  const size_t end = kept(to), at = end - (to - from);
  make_room(end);
  if (at == bytes.size()) {
    bytes.insert(bytes.end(), data, data + (to - from));
    return;
  }
  if (bytes.size() < end) bytes.resize(end);
  const size_t skip = from < contiguous ? std::min(contiguous, to) - from : 0;
  if (end > at + skip) std::memcpy(bytes.data() + at + skip, data + skip, end - at - skip);
}

bool StreamBuffer::add(uint32_t offset, Bytes data, uint64_t frame) {
  if (pieces.size() >= kMaxPieces) return false;
  const auto size = static_cast<uint32_t>(data.size());
  const uint32_t end = offset + size;
  const bool in_order = offset == contiguous && offset == extent;  // as nearly always
  if (!keep) {
    put(offset, end, data.data());
  } else {
    if (offset < keep) put(offset, std::min(end, keep), data.data());
    if (const uint32_t from = std::max(offset, resume); from < end) put(from, end, data.data() + (from - offset));
  }
  extent = std::max(extent, end);
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
