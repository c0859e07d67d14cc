#include "dissect/connections/table.hpp"

#include <cstring>
#include <memory>
#include <new>

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

void FreeHeld::operator()(HeldData* held) const {
  if (held->has_streams) delete &held->streams();
  else delete held;
}

ConnectionTable::ConnectionTable(uint32_t max_entries) : max_(max_entries ? max_entries : 1), links_(1), buckets_(1024, 0) {}

ConnectionTable::~ConnectionTable() {
  for (uint32_t i = 1; i <= used_; ++i) std::destroy_at(&at(i));
}

void ConnectionTable::add_chunk() {
  chunks_.emplace_back(HugePages<Connection>().allocate(kChunk));
  links_.resize(chunks_.size() * kChunk + 1);
}

// The same for both directions.
uint32_t ConnectionTable::hash(const FlowKey& k) {
  uint64_t addresses = k.v6 ? mix(load64(k.source) ^ load64(k.destination)) ^ mix(load64(k.source + 8) ^ load64(k.destination + 8) ^ 0x5bd1e995)
                            : uint64_t{be32(k.source)} + be32(k.destination) + (uint64_t{be32(k.source) ^ be32(k.destination)} << 32);
  uint64_t ports = uint64_t{k.source_port} + k.destination_port + (uint64_t{static_cast<uint16_t>(k.source_port ^ k.destination_port)} << 32);
  return static_cast<uint32_t>(mix(addresses ^ mix(ports ^ uint64_t{k.protocol} << 56)));
}

// Asks for all that a packet will need of the entry at once: one wait for memory instead of one for each line.
void ConnectionTable::fetch(const Connection& c) {
  const char* entry = reinterpret_cast<const char*>(&c);
  for (size_t line = 0; line < sizeof c; line += 64) __builtin_prefetch(entry + line, 1);
  __builtin_prefetch(entry + sizeof c - 1, 1);
}

void ConnectionTable::fetch_entry(uint32_t h) const {
  const uint32_t i = buckets_[h & (buckets_.size() - 1)];
  if (!i) return;
  __builtin_prefetch(&links_[i]);
  fetch(chunks_[(i - 1) >> kShift].get()[(i - 1) & (kChunk - 1)]);
}

void ConnectionTable::fetch_held(uint32_t h) const {
  const uint32_t i = buckets_[h & (buckets_.size() - 1)];
  if (!i) return;
  const Connection& c = chunks_[(i - 1) >> kShift].get()[(i - 1) & (kChunk - 1)];
  if (c.held) dissect::fetch(*c.held, c.protocol == 6);
}

Connection* ConnectionTable::find(const FlowKey& key, uint32_t h, uint8_t& direction) {
  for (uint32_t i = buckets_[h & (buckets_.size() - 1)]; i;) {
    const Link& link = links_[i];
    if (link.hash == h) {
      Connection& c = at(i);
      fetch(c);
      if (c.protocol == key.protocol && c.v6 == key.v6) {
        if (same(c, 0, key)) return direction = 0, &c;
        if (same(c, 1, key)) return direction = 1, &c;
      }
    }
    i = link.next_in_bucket;
  }
  return nullptr;
}

Connection& ConnectionTable::add(const FlowKey& key, uint32_t h) {
  if (!free_) {
    if (used_ == chunks_.size() * kChunk) add_chunk();
    free_ = ++used_;
    std::construct_at(&at(free_))->self = free_;
  }
  if (size_ >= buckets_.size()) grow();
  const uint32_t self = free_;
  Connection& c = at(self);
  Link& link = links_[self];
  free_ = link.next_in_bucket;
  c = Connection();
  c.self = self;
  c.in_use = true;
  size_t n = key.v6 ? 16 : 4;
  std::memcpy(c.addresses[0].data(), key.source, n);
  std::memcpy(c.addresses[1].data(), key.destination, n);
  c.ports[0] = key.source_port, c.ports[1] = key.destination_port;
  c.protocol = key.protocol, c.v6 = key.v6;
  uint32_t& bucket = buckets_[h & (buckets_.size() - 1)];
  link = {h, bucket, newest_, 0};
  bucket = self;
  if (newest_) links_[newest_].newer = self;
  newest_ = self;
  if (!oldest_) oldest_ = self;
  ++size_;
  return c;
}

void ConnectionTable::to_front(Connection& c) {
  if (newest_ == c.self) return;
  Link& link = links_[c.self];
  if (mark_ == c.self) mark_ = link.newer;
  if (link.older) links_[link.older].newer = link.newer;
  else oldest_ = link.newer;
  links_[link.newer].older = link.older;
  link.older = newest_, link.newer = 0;
  links_[newest_].newer = c.self;
  newest_ = c.self;
}

void ConnectionTable::unlink_bucket(Connection& c) {
  uint32_t* at = &buckets_[links_[c.self].hash & (buckets_.size() - 1)];
  while (*at != c.self) at = &links_[*at].next_in_bucket;
  *at = links_[c.self].next_in_bucket;
}

void ConnectionTable::remove(Connection& c) {
  unlink_bucket(c);
  Link& link = links_[c.self];
  if (mark_ == c.self) mark_ = link.newer;
  if (link.older) links_[link.older].newer = link.newer;
  else oldest_ = link.newer;
  if (link.newer) links_[link.newer].older = link.older;
  else newest_ = link.older;
  c.in_use = false;
  c.held.reset();
  link.next_in_bucket = free_;
  free_ = c.self;
  --size_;
}

void ConnectionTable::grow() {
  // Chains keep their order: the newest entry of a key must stay in front of the older ones.
  Buckets larger(buckets_.size() * 2, 0), tails(buckets_.size() * 2, 0);
  for (uint32_t head : buckets_)
    for (uint32_t i = head; i;) {
      Link& link = links_[i];
      uint32_t next = link.next_in_bucket;
      uint32_t slot = link.hash & static_cast<uint32_t>(larger.size() - 1);
      link.next_in_bucket = 0;
      if (tails[slot]) links_[tails[slot]].next_in_bucket = i;
      else larger[slot] = i;
      tails[slot] = i;
      i = next;
    }
  buckets_.swap(larger);
}

}  // namespace wiretail::dissect
