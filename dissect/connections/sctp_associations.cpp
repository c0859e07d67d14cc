#include "dissect/connections/sctp_associations.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wiretail::dissect {
namespace {

// What a message and a piece cost beside their bytes: entries, allocations.
constexpr uint64_t kMessageCost = 192, kPieceCost = sizeof(SctpPiece) + 32;

uint64_t mixed(uint64_t h) { return h *= 0xff51afd7ed558ccdu, h ^ h >> 31; }

}  // namespace

SctpHalf* SctpAssociations::half_at(uint32_t ports, uint32_t tag, bool add) {
  if (halves_.empty()) {
    if (!add) return nullptr;
    halves_.resize(kRows * kWays);
  }
  SctpHalf* first = halves_.data() + (mixed(uint64_t{ports} << 32 | tag) & (kRows - 1)) * kWays;
  SctpHalf* place = first;
  for (SctpHalf* h = first; h != first + kWays; ++h) {
    if (h->used && h->ports == ports && h->tag == tag) return h->used = ++clock_, h;
    if (h->used < place->used) place = h;
  }
  if (!add) return nullptr;
  if (place->used) ++evicted_halves_;
  *place = {};
  place->ports = ports, place->tag = tag, place->used = ++clock_;
  return place;
}

SctpHalf& SctpAssociations::half(uint32_t ports, uint32_t tag) { return *half_at(ports, tag, true); }
const SctpHalf* SctpAssociations::find(uint32_t ports, uint32_t tag) { return half_at(ports, tag, false); }

uint32_t* SctpAssociations::path_tag(const SctpPath& path, bool add) {
  if (paths_.empty()) {
    if (!add) return nullptr;
    paths_.resize(kRows * kWays);
  }
  uint64_t words[4], h = path.ports;
  std::memcpy(words, path.addresses.data(), sizeof words);
  for (uint64_t w : words) h = mixed(h ^ w);
  Place* first = paths_.data() + (h & (kRows - 1)) * kWays;
  Place* place = first;
  for (Place* p = first; p != first + kWays; ++p) {
    if (p->used && p->path == path) return p->used = ++clock_, &p->tag;
    if (p->used < place->used) place = p;
  }
  if (!add) return nullptr;
  if (place->used) ++evicted_halves_;
  *place = {path, 0, ++clock_};
  return &place->tag;
}

SctpFirst SctpAssociations::first_of(uint32_t ports, uint32_t tag, uint32_t tsn, uint64_t frame, Time time) {
  if (numbers_.empty()) numbers_.resize(kNumberRows * kWays);
  Number* first = numbers_.data() + (mixed(mixed(uint64_t{ports} << 32 | tag) + tsn) & (kNumberRows - 1)) * kWays;
  Number* place = first;
  for (Number* n = first; n != first + kWays; ++n) {
    if (n->frame && n->tsn == tsn && n->ports == ports && n->tag == tag) return {n->frame, n->time};
    if (n->frame < place->frame) place = n;
  }
  if (place->frame) ++evicted_numbers_;
  *place = {ports, tag, tsn, frame, time};
  return {frame, time};
}

void SctpAssociations::forget(std::list<Waiting>::iterator it) {
  bytes_ -= it->cost;
  by_key_.erase(it->key);
  waiting_.erase(it);
}

const SctpMessage* SctpAssociations::add(const SctpHalf& half, uint16_t stream, uint16_t number, bool unordered, SctpPiece piece, Bytes data) {
  const Key key{uint64_t{half.ports} << 32 | half.tag, uint64_t{stream} << 17 | uint64_t{number} << 1 | unordered};
  const uint64_t cost = data.size() + kPieceCost;
  while (!waiting_.empty() && bytes_ + cost + kMessageCost > kMaxBytes) forget(waiting_.begin()), ++evicted_messages_;
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (waiting_.size() >= kMaxMessages) forget(waiting_.begin()), ++evicted_messages_;
    waiting_.push_back({key, kMessageCost, {}});
    bytes_ += kMessageCost;
    found = by_key_.emplace(key, std::prev(waiting_.end())).first;
  }
  const auto waiting = found->second;
  auto& pieces = waiting->pieces;
  auto place = std::lower_bound(pieces.begin(), pieces.end(), piece.tsn, [](const SctpPiece& p, uint32_t tsn) { return p.tsn < tsn; });
  if (place != pieces.end() && place->tsn == piece.tsn) return nullptr;
  if (pieces.size() >= kMaxPieces) {
    forget(waiting);
    ++evicted_messages_;
    return nullptr;
  }
  piece.length = static_cast<uint32_t>(data.size());
  piece.bytes = std::make_unique_for_overwrite<uint8_t[]>(data.size());
  std::memcpy(piece.bytes.get(), data.data(), data.size());
  waiting->cost += cost, bytes_ += cost;
  place = pieces.insert(place, std::move(piece));
  // From the last piece that begins a message to the first that ends one, without a gap.
  auto begin = place, end = place;
  while (!begin->begins) {
    if (begin == pieces.begin() || std::prev(begin)->tsn + 1 != begin->tsn || std::prev(begin)->ends) return nullptr;
    --begin;
  }
  while (!end->ends) {
    if (std::next(end) == pieces.end() || std::next(end)->tsn != end->tsn + 1 || std::next(end)->begins) return nullptr;
    ++end;
  }
  ++end;
  auto& message = *done_.emplace_back(std::make_unique<SctpMessage>());
  uint64_t returned = 0;
  for (auto p = begin; p != end; ++p) {
    message.bytes.insert(message.bytes.end(), p->bytes.get(), p->bytes.get() + p->length);
    returned += p->length + kPieceCost;
    p->bytes.reset();
    message.pieces.push_back(std::move(*p));
  }
  pieces.erase(begin, end);
  waiting->cost -= returned, bytes_ -= returned;
  if (pieces.empty()) forget(waiting);
  return &message;
}

}  // namespace wiretail::dissect
