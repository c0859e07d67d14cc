// One direction's bytes on their way to an application: the protocol data unit that is not complete yet, put together by
// sequence number from segments in any order, with holes until they are filled. What is held is bounded by the caller.
#pragma once
#include <cstdint>
#include <vector>

#include "dissect/packet.hpp"
#include "dissect/bytes.hpp"

namespace wiretail::dissect {

class StreamBuffer {
 public:
  static constexpr size_t kMaxPieces = 4096;  // of one unit
  struct Piece {
    uint32_t offset, length;
    uint64_t frame;
  };

  // What each segment asks for stands together.
  uint32_t next_seq = 0;     // behind the highest byte that was seen
  bool started = false;      // … and there was one
  // The unit, if one is open.
  bool open = false;
  bool until_close = false;  // it runs until the sender closes
  bool completed = false;    // there was one that lay in several segments: the last of these is completed_seq's
  uint32_t seq = 0;          // of its first byte
  uint32_t wanted = 0;       // its length; 0: not known, one segment more
  uint32_t contiguous = 0;   // bytes from the start without a hole
  uint32_t completed_seq = 0, completed_length = 0;
  std::vector<uint8_t> bytes;  // from its start; what is missing is zero
  std::vector<Piece> pieces;   // by offset
  Time first_time;

  void begin(uint32_t first, Time time) {
    clear();
    open = true, seq = first, first_time = time;
  }
  // True if a segment that begins with `first` belongs to the open unit.
  bool takes(uint32_t first) const {
    if (!open) return false;
    uint32_t offset = first - seq;
    if (until_close) return offset < 0x80000000u;
    return offset < (wanted ? wanted : contiguous + 1);
  }
  bool has_completed(uint32_t first) const { return completed && first - completed_seq < completed_length; }
  uint64_t first_frame() const { return pieces.empty() ? 0 : pieces.front().frame; }
  // False: too many pieces.
  bool add(uint32_t offset, Bytes data, uint64_t frame);
  void clear() {
    open = false, until_close = false, wanted = 0, contiguous = 0;
    bytes.clear(), pieces.clear();
  }
  // Memory of units that are done, for the next ones: a few pieces, of moderate size.
  struct Spare {
    static constexpr size_t kMost = 16, kLargest = 256 * 1024;
    std::vector<std::vector<uint8_t>> bytes;
    std::vector<std::vector<Piece>> pieces;
    template <class V>
    static void keep(std::vector<V>& place, V&& used) {
      if (place.size() >= kMost || used.capacity() * sizeof(typename V::value_type) > kLargest || !used.capacity()) return;
      used.clear();
      place.push_back(std::move(used));
    }
    template <class V>
    static void take(std::vector<V>& place, V& empty) {
      if (place.empty() || empty.capacity()) return;
      empty = std::move(place.back());
      place.pop_back();
    }
  };
  void release() {  // and gives the memory back
    clear();
    bytes = {}, pieces = {};
  }
};

}  // namespace wiretail::dissect
