#include "dissect/connections/table.hpp"

#include <cstring>

#include "dissect/bytes.hpp"
#include "dissect/connections/held.hpp"

namespace wiretail::dissect {
namespace {

uint64_t mix(uint64_t v) {
  v ^= v >> 32, v *= 0x9e3779b97f4a7c15ull;
  v ^= v >> 29, v *= 0xbf58476d1ce4e5b9ull;
  return v ^ v >> 32;
}

uint64_t load64(const uint8_t* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

bool same(const Connection& c, int as_source, const FlowKey& k) {
  size_t n = k.v6 ? 16 : 4;
  return c.ports[as_source] == k.source_port && c.ports[!as_source] == k.destination_port && std::memcmp(c.addresses[as_source].data(), k.source, n) == 0 &&
         std::memcmp(c.addresses[!as_source].data(), k.destination, n) == 0;
}

}  // namespace

ConnectionTable::ConnectionTable(uint32_t max_entries) : max_(max_entries ? max_entries : 1), buckets_(1024, 0) {}

// The same for both directions.
uint32_t ConnectionTable::hash(const FlowKey& k) {
  uint64_t addresses = k.v6 ? mix(load64(k.source) ^ load64(k.destination)) ^ mix(load64(k.source + 8) ^ load64(k.destination + 8) ^ 0x5bd1e995)
                            : uint64_t{be32(k.source)} + be32(k.destination) + (uint64_t{be32(k.source) ^ be32(k.destination)} << 32);
  uint64_t ports = uint64_t{k.source_port} + k.destination_port + (uint64_t{static_cast<uint16_t>(k.source_port ^ k.destination_port)} << 32);
  return static_cast<uint32_t>(mix(addresses ^ mix(ports ^ uint64_t{k.protocol} << 56)));
}

Connection* ConnectionTable::find(const FlowKey& key, uint8_t& direction) {
  uint32_t h = hash(key);
  for (uint32_t i = buckets_[h & (buckets_.size() - 1)]; i;) {
    Connection& c = at(i);
    i = c.next_in_bucket;
    if (c.hash != h || c.protocol != key.protocol || c.v6 != key.v6) continue;
    if (same(c, 0, key)) return direction = 0, &c;
    if (same(c, 1, key)) return direction = 1, &c;
  }
  return nullptr;
}

Connection& ConnectionTable::add(const FlowKey& key) {
  if (!free_) {
    chunks_.push_back(std::make_unique<Connection[]>(kChunk));
    auto base = static_cast<uint32_t>(chunks_.size() - 1) * kChunk + 1;
    for (uint32_t i = kChunk; i-- > 0;) {
      Connection& c = at(base + i);
      c.self = base + i;
      c.next_in_bucket = free_;
      free_ = c.self;
    }
  }
  if (size_ >= buckets_.size()) grow();
  Connection& c = at(free_);
  free_ = c.next_in_bucket;
  uint32_t self = c.self;
  c = Connection();
  c.self = self;
  c.in_use = true;
  size_t n = key.v6 ? 16 : 4;
  std::memcpy(c.addresses[0].data(), key.source, n);
  std::memcpy(c.addresses[1].data(), key.destination, n);
  c.ports[0] = key.source_port, c.ports[1] = key.destination_port;
  c.protocol = key.protocol, c.v6 = key.v6;
  c.hash = hash(key);
  uint32_t& bucket = buckets_[c.hash & (buckets_.size() - 1)];
  c.next_in_bucket = bucket;
  bucket = self;
  c.older = newest_, c.newer = 0;
  if (newest_) at(newest_).newer = self;
  newest_ = self;
  if (!oldest_) oldest_ = self;
  ++size_;
  return c;
}

void ConnectionTable::touch(Connection& c) {
  if (newest_ == c.self) return;
  if (c.older) at(c.older).newer = c.newer;
  else oldest_ = c.newer;
  at(c.newer).older = c.older;
  c.older = newest_, c.newer = 0;
  at(newest_).newer = c.self;
  newest_ = c.self;
}

void ConnectionTable::unlink_bucket(Connection& c) {
  uint32_t* link = &buckets_[c.hash & (buckets_.size() - 1)];
  while (*link != c.self) link = &at(*link).next_in_bucket;
  *link = c.next_in_bucket;
}

void ConnectionTable::remove(Connection& c) {
  unlink_bucket(c);
  if (c.older) at(c.older).newer = c.newer;
  else oldest_ = c.newer;
  if (c.newer) at(c.newer).older = c.older;
  else newest_ = c.older;
  c.in_use = false;
  c.held.reset();
  c.next_in_bucket = free_;
  free_ = c.self;
  --size_;
}

void ConnectionTable::grow() {
  // Chains keep their order: the newest entry of a key must stay in front of the older ones.
  std::vector<uint32_t> larger(buckets_.size() * 2, 0), tails(buckets_.size() * 2, 0);
  for (uint32_t head : buckets_)
    for (uint32_t i = head; i;) {
      Connection& c = at(i);
      uint32_t next = c.next_in_bucket;
      uint32_t slot = c.hash & static_cast<uint32_t>(larger.size() - 1);
      c.next_in_bucket = 0;
      if (tails[slot]) at(tails[slot]).next_in_bucket = i;
      else larger[slot] = i;
      tails[slot] = i;
      i = next;
    }
  buckets_.swap(larger);
}

}  // namespace wiretail::dissect
