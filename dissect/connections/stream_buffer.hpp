// One direction of a stream on its way to an application: the protocol data unit that is not complete yet, put together by
// sequence number from segments in any order, with holes until they are filled. What is held is bounded by the caller.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dissect/packet.hpp"
#include "dissect/stream.hpp"
#include "dissect/bytes.hpp"
#include "dissect/connections/stamp.hpp"

namespace wiretail::dissect {

// The unit.
class StreamBuffer {
 public:
  static constexpr size_t kMaxPieces = 16384;  // of one unit: 256 KiB of list
  struct Piece {
    uint32_t offset, length;
    uint64_t frame;
  };

  bool until_close = false;  // it runs until the sender closes
  bool other_spoke = false;  // the other end sent something since measure() was asked: it may say otherwise now
  uint32_t seq = 0;          // of its first byte
  uint32_t wanted = 0;       // its length; 0: not known, one segment more
  uint32_t contiguous = 0;   // bytes from the start without a hole
  uint32_t extent = 0;       // up to the last byte that came
  uint32_t keep = 0, resume = 0;  // bytes from `keep` to `resume` are not kept, only their places are; 0: all are
  std::vector<uint8_t> bytes;  // from its start, as far as they are kept; what is missing is zero
  std::vector<Piece> pieces;   // by offset
  Stamp first_time;

  void begin(uint32_t first, Time time) {
    clear();
    seq = first, first_time = time;
  }
  // True if a segment that begins with `first` belongs to it.
  bool takes(uint32_t first) const {
    uint32_t offset = first - seq;
    if (until_close) return offset < 0x80000000u;
    return offset < (wanted ? wanted : contiguous + 1);
  }
  uint64_t first_frame() const { return pieces.empty() ? 0 : pieces.front().frame; }
  // What it takes of the ceiling of all streams, which is not what it holds: room for what a unit says of its length.
  size_t memory() const { return bytes.capacity() + pieces.capacity() * sizeof(Piece); }
  // False: too many pieces.
  bool add(uint32_t offset, Bytes data, uint64_t frame);
  // As add() of bytes in order that are not kept.
  void count(uint32_t size) { contiguous += size, extent = contiguous, pieces.back().length += size; }
  // What measure() asked for of a unit that is not all there.
  void wait(const Pdu& pdu);
  // Of the unit's first `size` bytes, how many are kept.
  size_t kept(size_t size) const { return !keep || size <= keep ? size : keep + (size > resume ? size - resume : 0); }
  uint32_t counted(uint32_t size) const { return size - static_cast<uint32_t>(kept(size)); }
  void clear() {
    until_close = other_spoke = false, wanted = 0, contiguous = 0, extent = 0, keep = 0, resume = 0;
    bytes.clear(), pieces.clear();
  }

 private:
  void make_room(size_t size);
  void put(uint32_t from, uint32_t to, const uint8_t* data);
};

// Units that are done, for the next ones: with their lists' memory, not with their bytes' (a large unit's would go to a small one that
// stays open for long).
class SpareBuffers {
 public:
  void keep(std::unique_ptr<StreamBuffer> used) {
    if (buffers_.size() >= kMost || used->pieces.capacity() > kLargest || used->bytes.capacity()) return;
    buffers_.push_back(std::move(used));
  }
  std::unique_ptr<StreamBuffer> take() {
    if (buffers_.empty()) return std::make_unique<StreamBuffer>();
    auto one = std::move(buffers_.back());
    buffers_.pop_back();
    return one;
  }

 private:
  static constexpr size_t kMost = 16, kLargest = 256;
  std::vector<std::unique_ptr<StreamBuffer>> buffers_;
};

// What a direction remembers from unit to unit.
struct StreamPlace {
  uint32_t next_seq = 0;   // behind the highest byte that was seen
  uint32_t completed_seq = 0, completed_length = 0;
  bool started = false;    // there was a byte
  bool completed = false;  // there was a unit that lay in several segments: the last of these is completed_seq's
  std::unique_ptr<StreamBuffer> open;  // the unit that is not complete

  bool takes(uint32_t first) const { return open && open->takes(first); }
  bool has_completed(uint32_t first) const { return completed && first - completed_seq < completed_length; }
};

}  // namespace wiretail::dissect
