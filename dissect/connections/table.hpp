// The connection table: one entry a connection, keyed by addresses, protocol and ports without interface or VLAN, as
// Wireshark's. Entries live in chunks, found through a hash of chains; the longest unused is pushed out at the ceiling.
// What ties entries together (hashes, chains, the order of use) lies apart from them, sixteen bytes an entry: walking a chain
// or moving an entry to the front of the order touches no other entry's cache lines.
// Chunks are whole huge pages, so that entries that are far apart cost no walks through the page tables; memory is taken as
// entries are used for the first time.
// Looking up and touching an entry allocates nothing; a new one may take a chunk. Capture thread.
#pragma once
#include <memory>
#include <vector>

#include "dissect/connections/connection.hpp"
#include "dissect/connections/huge_pages.hpp"

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
  ~ConnectionTable();

  static uint32_t hash(const FlowKey& key);
  // Null: not known. `direction` 0: the key's source is the originator.
  Connection* find(const FlowKey& key, uint32_t hash, uint8_t& direction);
  Connection* find(const FlowKey& key, uint8_t& direction) { return find(key, hash(key), direction); }
  // find() of this hash follows soon: its bucket is fetched, and, a little later, the entry that the bucket names.
  void fetch_bucket(uint32_t hash) const { __builtin_prefetch(&buckets_[hash & (buckets_.size() - 1)]); }
  void fetch_entry(uint32_t hash) const;
  void fetch_held(uint32_t hash) const;  // after fetch_entry(): what the entry holds
  static void fetch(const Connection& c);
  // A new entry in front of any older one of the same key; its source is the originator. The caller has made room.
  Connection& add(const FlowKey& key, uint32_t hash);
  Connection& add(const FlowKey& key) { return add(key, hash(key)); }
  // Most recently used. Of many entries each is moved once a second, so that the order is true to a second; a few are kept
  // in exact order.
  void touch(Connection& c, uint8_t second) {
    if (c.touched == second && size_ > kExactOrder) return;
    c.touched = second;
    to_front(c);
  }
  void remove(Connection& c);
  bool full() const { return size_ >= max_; }
  Connection* oldest() { return oldest_ ? &at(oldest_) : nullptr; }
  Connection* newer(const Connection& c) { return links_[c.self].newer ? &at(links_[c.self].newer) : nullptr; }
  // Where a search among those that were unused longest goes on: at `c`, whatever becomes of it until then. Null: at the oldest.
  void set_mark(const Connection* c) { mark_ = c ? c->self : 0; }
  Connection* marked() { return mark_ ? &at(mark_) : oldest(); }
  uint32_t size() const { return size_; }
  uint32_t max_size() const { return max_; }
  template <class F>
  void each(F&& f) {  // oldest first
    for (uint32_t i = oldest_; i;) {
      Connection& c = at(i);
      i = links_[i].newer;
      f(c);
    }
  }
  uint32_t index_of(const Connection& c) const { return c.self; }
  Connection& at(uint32_t index) { return chunks_[(index - 1) >> kShift].get()[(index - 1) & (kChunk - 1)]; }
  uint64_t bytes() const { return uint64_t{used_} * sizeof(Connection) + links_.capacity() * sizeof(Link) + buckets_.size() * sizeof(uint32_t); }

 private:
  static constexpr uint32_t kShift = 14, kChunk = 1u << kShift;
  static constexpr uint32_t kExactOrder = 4096;
  struct FreeChunk {
    void operator()(Connection* chunk) const { HugePages<Connection>().deallocate(chunk, kChunk); }
  };
  void add_chunk();
  struct Link {
    uint32_t hash = 0, next_in_bucket = 0, older = 0, newer = 0;  // by index; 0: none
  };
  void to_front(Connection& c);
  void unlink_bucket(Connection& c);
  void grow();

  uint32_t max_, size_ = 0, oldest_ = 0, newest_ = 0, free_ = 0, mark_ = 0;
  uint32_t used_ = 0;  // entries that exist: the first so many
  std::vector<std::unique_ptr<Connection, FreeChunk>> chunks_;
  std::vector<Link, HugePages<Link>> links_;  // by index
  using Buckets = std::vector<uint32_t, HugePages<uint32_t>>;
  Buckets buckets_;
};

}  // namespace wiretail::dissect
