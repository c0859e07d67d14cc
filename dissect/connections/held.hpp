// What a connection holds beyond its entry: bytes of unfinished protocol data units, and what the application remembers. Counted against the ceilings of Limits.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dissect/connections/stream_buffer.hpp"
#include "dissect/packet.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect {

struct HeldData {
  StreamBuffer streams[2];
  std::unique_ptr<AppState> app;
};

}  // namespace wiretail::dissect
