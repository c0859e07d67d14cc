// One direction's bytes on their way to an application: the protocol data unit that is not complete yet, put together by
// sequence number from segments in any order, with holes until they are filled. What is held is bounded by the caller.
#pragma once
#include <cstdint>
#include <vector>

#include "dissect/packet.hpp"
#include "dissect/stream.hpp"
#include "dissect/bytes.hpp"
#include "dissect/connections/stamp.hpp"

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
  uint32_t extent = 0;       // up to the last byte that came
  uint32_t keep = 0, resume = 0;  // bytes from `keep` to `resume` are not kept, only their places are; 0: all are
  uint32_t completed_seq = 0, completed_length = 0;
  std::vector<uint8_t> bytes;  // from its start, as far as they are kept; what is missing is zero
  std::vector<Piece> pieces;   // by offset
  Stamp first_time;

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
  // What it takes of the ceiling of all streams, which is not what it holds: room for what a unit says of its length.
  size_t memory() const { return bytes.capacity() + pieces.capacity() * sizeof(Piece); }
  // False: too many pieces.
  bool add(uint32_t offset, Bytes data, uint64_t frame);
  // What measure() asked for of a unit that is not all there.
  void wait(const Pdu& pdu);
  // Of the unit's first `size` bytes, how many are kept.
  size_t kept(size_t size) const { return !keep || size <= keep ? size : keep + (size > resume ? size - resume : 0); }
  uint32_t counted(uint32_t size) const { return size - static_cast<uint32_t>(kept(size)); }
  void clear() {
    open = false, until_close = false, wanted = 0, contiguous = 0, extent = 0, keep = 0, resume = 0;
    bytes.clear(), pieces.clear();
  }
  // Memory of units' lists that are done, for the next ones. (Not of their bytes: a large unit's memory would go to a small one
  // that stays open for long.)
  struct Spare {
    static constexpr size_t kMost = 16, kLargest = 256;
    std::vector<std::vector<Piece>> pieces;
    void keep(std::vector<Piece>&& used) {
      if (pieces.size() >= kMost || used.capacity() > kLargest || !used.capacity()) return;
      used.clear();
      pieces.push_back(std::move(used));
    }
    void take(std::vector<Piece>& empty) {
      if (pieces.empty() || empty.capacity()) return;
      empty = std::move(pieces.back());
      pieces.pop_back();
    }
  };
  void release() {  // and gives the memory back
    clear();
    // Not = {}: that assigns an empty list, and keeps the memory.
    bytes = std::vector<uint8_t>(), pieces = std::vector<Piece>();
  }

 private:
  void make_room(size_t size);
  void put(uint32_t from, uint32_t to, const uint8_t* data);
};

}  // namespace wiretail::dissect
