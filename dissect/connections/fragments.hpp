// IP fragments on the way to their datagram: IPv4 (RFC 791 §3.2) and IPv6 (RFC 8200 §4.5) alike, put together as Wireshark
// does: the first byte that came for a place stays, the packet that completes the datagram has all of it, and overlaps and
// contradictions are marked on the fragment that brought them. Held bytes are copies; both their sum (with the bookkeeping)
// and the number of datagrams have ceilings, at which the datagram that was begun first is given up and counted. Called by
// the header walk of fragments alone; one per capture thread. Nothing is ever ended by time, as in Wireshark.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dissect/bytes.hpp"

namespace wiretail::dissect {

struct FragmentKey {
  std::array<uint8_t, 32> addresses{};  // source, destination
  uint32_t id = 0;
  uint8_t protocol = 0;
  bool v6 = false;
  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};

enum FragmentFlag : uint8_t {
  kOverlap = 1 << 0,
  kConflict = 1 << 1,       // the overlapping bytes differ
  kMultipleTails = 1 << 2,  // another last fragment with another end
  kTooLong = 1 << 3,        // reaches beyond the end of the datagram
};

struct Fragment {
  uint64_t frame = 0;
  uint32_t offset = 0, length = 0;
  uint8_t flags = 0;
  std::unique_ptr<uint8_t[]> bytes;
};

struct Datagram {
  std::vector<Fragment> parts;  // by offset; of equal offset as they came
  std::vector<uint8_t> bytes;   // when it is complete
  uint8_t flags = 0;            // of all parts
  uint32_t length = 0;          // known when the last fragment is there
  bool has_tail = false;
};

struct FragmentCounters {
  uint64_t held = 0;        // datagrams that wait
  uint64_t bytes_used = 0;
  uint64_t reassembled = 0;
  uint64_t evicted = 0;     // datagrams that were given up
};

class FragmentTable {
 public:
  FragmentTable(uint64_t max_bytes, uint32_t max_datagrams) : max_bytes_(max_bytes), max_datagrams_(max_datagrams) {}

  // Before a packet: what the last one completed is forgotten.
  void begin() { if (!done_.empty()) done_.clear(); }
  // A fragment all of whose bytes are there. The datagram if it is complete now, valid until begin(); null otherwise.
  const Datagram* add(const FragmentKey& key, uint32_t offset, Bytes data, bool more, uint64_t frame);
  FragmentCounters counters() const;

 private:
  static constexpr size_t kMaxParts = 8192;  // pieces of eight bytes make that many of the longest datagram
  struct Hash { size_t operator()(const FragmentKey& key) const; };
  struct Waiting {
    Datagram datagram;
    uint64_t cost = 0;
    uint64_t order = 0;  // of its first fragment
  };
  using Map = std::unordered_map<FragmentKey, Waiting, Hash>;

  void make_room(uint64_t bytes);
  void forget(Map::iterator it);
  static bool complete(const Datagram& d);
  static void join(Datagram& d);

  uint64_t max_bytes_;
  uint32_t max_datagrams_;
  Map waiting_;
  std::vector<std::pair<uint64_t, FragmentKey>> ages_;  // a queue of the datagrams as they were begun, from `oldest_` on
  size_t oldest_ = 0;
  std::vector<std::unique_ptr<Datagram>> done_;
  uint64_t bytes_ = 0, order_ = 0, reassembled_ = 0, evicted_ = 0;
};

}  // namespace wiretail::dissect
