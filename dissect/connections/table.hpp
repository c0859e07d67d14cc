// The connection table: one entry a connection, keyed by addresses, protocol and ports without interface or VLAN, as
// Wireshark's. Entries live in chunks, found through a hash of chains; the longest unused is pushed out at the ceiling.
// Looking up and touching an entry allocates nothing; a new one may take a chunk. Capture thread.
#pragma once
#include <memory>
#include <vector>

#include "dissect/connections/connection.hpp"

namespace wiretail::dissect {

struct FlowKey {
  const uint8_t* source = nullptr;  // 4 or 16 bytes
  const uint8_t* destination = nullptr;
  uint16_t source_port = 0, destination_port = 0;
  uint8_t protocol = 0;
  bool v6 = false;
};

class ConnectionTable {
 public:
  explicit ConnectionTable(uint32_t max_entries);

  // Null: not known. `direction` 0: the key's source is the originator.
  Connection* find(const FlowKey& key, uint8_t& direction);
  // A new entry in front of any older one of the same key; its source is the originator. The caller has made room.
  Connection& add(const FlowKey& key);
  void touch(Connection& c);  // most recently used
  void remove(Connection& c);
  bool full() const { return size_ >= max_; }
  Connection* oldest() { return oldest_ ? &at(oldest_) : nullptr; }
  uint32_t size() const { return size_; }
  uint32_t max_size() const { return max_; }
  template <class F>
  void each(F&& f) {  // oldest first
    for (uint32_t i = oldest_; i;) {
      Connection& c = at(i);
      i = c.newer;
      f(c);
    }
  }
  uint32_t index_of(const Connection& c) const { return c.self; }
  Connection& at(uint32_t index) { return chunks_[(index - 1) >> kShift][(index - 1) & (kChunk - 1)]; }
  uint64_t bytes() const { return chunks_.size() * kChunk * sizeof(Connection) + buckets_.size() * sizeof(uint32_t); }

 private:
  static constexpr uint32_t kShift = 10, kChunk = 1u << kShift;
  static uint32_t hash(const FlowKey& key);
  void unlink_bucket(Connection& c);
  void grow();

  uint32_t max_, size_ = 0, oldest_ = 0, newest_ = 0, free_ = 0;
  std::vector<std::unique_ptr<Connection[]>> chunks_;
  std::vector<uint32_t> buckets_;
};

}  // namespace wiretail::dissect
