// What a connection holds beyond its entry: bytes of unfinished protocol data units, and what the application remembers. Counted against the ceilings of Limits.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dissect/packet.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect {

// One direction's stream on its way to the application.
struct StreamBuffer {
  bool started = false;
  bool lost = false;          // a gap: the stream cannot be followed any further
  uint32_t next_seq = 0;      // what the application has or holds up to here
  std::vector<uint8_t> bytes;  // the unit that is not complete
  uint32_t wanted = 0;        // bytes that it needs in all; 0: unknown
  bool until_close = false;
  uint64_t first_frame = 0;
  Time first_time;
  std::vector<uint64_t> frames;  // the packets that it lies in, as far as they are kept
};

struct HeldData {
  StreamBuffer streams[2];
  std::unique_ptr<AppState> app;
  std::vector<uint8_t> joined;  // the complete unit of the packet at hand
};

}  // namespace wiretail::dissect
