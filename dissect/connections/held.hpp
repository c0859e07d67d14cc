// What a connection holds beyond its entry: bytes of unfinished protocol data units, and what the application remembers. Counted against the ceilings of Limits.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dissect/connections/stream_buffer.hpp"
#include "dissect/packet.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect {

struct Gaps {
  static constexpr size_t kMaxHoles = 256;
  struct Hole { uint32_t begin, end; };
  std::vector<Hole> holes;  // numbers that were passed over, and may still come; in order
  uint32_t told = 0;        // below it nothing is missing that is not counted; 0: not set
  uint16_t count = 0;
};

struct HeldData {
  std::unique_ptr<AppState> app;
  StreamBuffer streams[2];
  Gaps gaps[2];  // in what that end sent

  // Ask for memory that the packet at hand will need: first of this, then of what this points to.
  void fetch() const {
    for (size_t line = 0; line < sizeof *this; line += 64) __builtin_prefetch(reinterpret_cast<const char*>(this) + line, 1);
  }
  void fetch_behind(uint8_t direction) const {
    const StreamBuffer& b = streams[direction];
    __builtin_prefetch(app.get(), 1);
    __builtin_prefetch(b.bytes.data() + b.bytes.size(), 1);
    __builtin_prefetch(b.pieces.data() + b.pieces.size(), 1);
  }
};

}  // namespace wiretail::dissect
