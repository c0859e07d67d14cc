#include "dissect/connections/fragments.hpp"

#include <algorithm>
#include <cstring>

namespace wiretail::dissect {
namespace {

// What a datagram and a fragment cost beside their bytes: entry, queue, allocation.
constexpr uint64_t kDatagramCost = 320, kPartCost = sizeof(Fragment) + 32;

}  // namespace

size_t FragmentTable::Hash::operator()(const FragmentKey& key) const {
  uint64_t words[4], h = key.id * 0x9e3779b97f4a7c15u + key.protocol + (key.v6 ? 256u : 0u);
  std::memcpy(words, key.addresses.data(), sizeof words);
  for (uint64_t w : words) h = (h ^ w) * 0xff51afd7ed558ccdu, h ^= h >> 32;
  return static_cast<size_t>(h);
}

FragmentCounters FragmentTable::counters() const { return {waiting_.size(), bytes_, reassembled_, evicted_}; }

void FragmentTable::forget(Map::iterator it) {
  bytes_ -= it->second.cost;
  waiting_.erase(it);
}

// Gives up the datagrams that were begun first until `bytes` more fit, and one more datagram.
void FragmentTable::make_room(uint64_t bytes) {
  while (oldest_ < ages_.size() && (bytes_ + bytes > max_bytes_ || waiting_.size() >= max_datagrams_)) {
    auto& [order, key] = ages_[oldest_++];
    auto it = waiting_.find(key);
    if (it == waiting_.end() || it->second.order != order) continue;  // completed since
    forget(it);
    ++evicted_;
  }
  if (oldest_ > 1024 && oldest_ * 2 > ages_.size()) ages_.erase(ages_.begin(), ages_.begin() + static_cast<ptrdiff_t>(oldest_)), oldest_ = 0;
}

bool FragmentTable::complete(const Datagram& d) {
  if (!d.has_tail) return false;
  uint32_t reached = 0;
  for (const Fragment& f : d.parts) {
    if (f.offset > reached) return false;
    reached = std::max(reached, f.offset + f.length);
    if (reached >= d.length) return true;
  }
  return false;
}

void FragmentTable::join(Datagram& d) {
  d.bytes.resize(d.length);
  uint32_t reached = 0;
  for (Fragment& f : d.parts) {
    if (f.offset + f.length > d.length) f.flags |= kTooLong;
    uint32_t end = std::min(f.offset + f.length, d.length);
    if (f.offset < reached) {
      f.flags |= kOverlap;
      uint32_t both = std::min(end, reached) - f.offset;
      if (std::memcmp(d.bytes.data() + f.offset, f.bytes.get(), both) != 0) f.flags |= kConflict;
    }
    if (end > reached && f.offset <= reached) {
      std::memcpy(d.bytes.data() + reached, f.bytes.get() + (reached - f.offset), end - reached);
      reached = end;
    }
    d.flags = static_cast<uint8_t>(d.flags | f.flags);
    f.bytes.reset();
  }
}

const Datagram* FragmentTable::add(const FragmentKey& key, uint32_t offset, Bytes data, bool more, uint64_t frame) {
  const uint64_t cost = data.size() + kPartCost;
  auto it = waiting_.find(key);
  if (it == waiting_.end() || bytes_ + cost > max_bytes_) {
    make_room(cost + kDatagramCost);
    it = waiting_.find(key);  // it may have been the oldest
  }
  if (it == waiting_.end()) {
    if (bytes_ + cost + kDatagramCost > max_bytes_ || waiting_.size() >= max_datagrams_) {
      ++evicted_;
      return nullptr;
    }
    it = waiting_.try_emplace(key).first;
    it->second.order = ++order_;
    it->second.cost = kDatagramCost;
    bytes_ += kDatagramCost;
    ages_.emplace_back(order_, key);
    if (ages_.size() - oldest_ > 2 * waiting_.size() + 1024) {  // most have been completed
      std::erase_if(ages_, [&](const auto& age) {
        auto found = waiting_.find(age.second);
        return found == waiting_.end() || found->second.order != age.first;
      });
      oldest_ = 0;
    }
  }
  Datagram& d = it->second.datagram;
  if (d.parts.size() >= kMaxParts) {
    forget(it);
    ++evicted_;
    return nullptr;
  }
  Fragment part;
  part.frame = frame, part.offset = offset, part.length = static_cast<uint32_t>(data.size());
  part.bytes = std::make_unique_for_overwrite<uint8_t[]>(data.size());
  std::memcpy(part.bytes.get(), data.data(), data.size());
  const uint32_t end = offset + part.length;
  if (!more) {
    if (d.has_tail && d.length != end) part.flags |= kMultipleTails;
    if (!d.has_tail) d.has_tail = true, d.length = end;
  }
  it->second.cost += cost;
  bytes_ += cost;
  auto place = d.parts.end();
  while (place != d.parts.begin() && std::prev(place)->offset > offset) --place;
  d.parts.insert(place, std::move(part));
  if (!complete(d)) return nullptr;
  auto done = std::make_unique<Datagram>(std::move(d));
  forget(it);
  join(*done);
  ++reassembled_;
  done_.push_back(std::move(done));
  return done_.back().get();
}

}  // namespace wiretail::dissect
