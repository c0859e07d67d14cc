// What a connection holds beyond its entry: bytes of unfinished protocol data units, and what the application remembers. Counted against the ceilings of Limits.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dissect/connections/connection.hpp"
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

struct HeldStreams;

// Of datagrams: what the application remembers is all.
struct HeldData {
  explicit HeldData(bool of_stream = false) : has_streams(of_stream) {}
  std::unique_ptr<AppState> app;
  const bool has_streams;
  HeldStreams& streams();  // of a TCP connection
};

// Of a TCP connection: what each end sent, too.
struct HeldStreams : HeldData {
  HeldStreams() : HeldData(true) {}
  StreamPlace places[2];
  std::unique_ptr<Gaps> gaps[2];  // in what that end sent; null: never was one
};

inline HeldStreams& HeldData::streams() { return static_cast<HeldStreams&>(*this); }

// … of the connection, made if there is none.
inline HeldStreams& held_streams(Connection& c) {
  if (!c.held) c.held.reset(new HeldStreams);
  return c.held->streams();
}

// Ask for memory that the packet at hand will need: first of what is held, then of what this points to.
inline void fetch(const HeldData& held, bool tcp) {
  for (size_t line = 0; line < (tcp ? sizeof(HeldStreams) : sizeof(HeldData)); line += 64) __builtin_prefetch(reinterpret_cast<const char*>(&held) + line, 1);
}
inline void fetch_behind(HeldData& held, bool tcp, uint8_t direction) {
  __builtin_prefetch(held.app.get(), 1);
  if (!tcp) return;
  const auto* unit = reinterpret_cast<const char*>(held.streams().places[direction].open.get());
  if (unit) __builtin_prefetch(unit, 1), __builtin_prefetch(unit + sizeof(StreamBuffer) - 1, 1);
}

}  // namespace wiretail::dissect
