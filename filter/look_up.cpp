#include "filter/look_up.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <map>
#include <span>
#include <tuple>
#include <unordered_map>

#include "dissect/registry.hpp"
#include "filter/check.hpp"
#include "filter/necessary.hpp"

namespace wiretail::filter {
namespace {

constexpr unsigned kMaxHalvings = 2;  // four searches over the same bytes, of 64 MiB each
constexpr size_t kFewestNeedles = 2;  // one is searched as fast alone

uint64_t combined(uint64_t a, uint64_t b) { return (a ^ (b + 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu ^ (a >> 29); }

}  // namespace

using dissect::FieldDef;
using dissect::Registry;

FixedLoad fixed_load(const FieldDef& def) {
  FixedLoad load;
  load.proto = def.proto;
  load.offset = def.row->fixed.offset, load.also = def.row->fixed.also;
  load.width = def.row->fixed.width, load.shift = def.shift;
  load.little_endian = def.row->fixed.little_endian;
  load.mask = def.row->mask ? def.row->mask >> def.shift : ~uint64_t{0};
  return load;
}

uint64_t LookUps::hash(const uint8_t* p, size_t bytes, uint8_t prefix) {
  uint64_t h = bytes * 0x9e3779b97f4a7c15u;
  auto take = [&](uint64_t v) { h = (h ^ v) * 0xff51afd7ed558ccdu, h ^= h >> 32; };
  if (prefix != 0xff && prefix < bytes * 8) {
    for (size_t i = 0; i < prefix / 8u; ++i) take(p[i]);
    if (prefix % 8) take(p[prefix / 8] & static_cast<uint8_t>(0xff << (8 - prefix % 8)));
    return h;
  }
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t v;
    std::memcpy(&v, p + i, 8);
    take(v);
  }
  for (; i < bytes; ++i) take(p[i]);
  return h;
}

uint64_t LookUps::key_of(const Datum& v) {
  switch (v.kind) {
    case ValueKind::kUnsigned: case ValueKind::kSigned: case ValueKind::kIpv4: return v.u;
    case ValueKind::kFloat: return v.d == 0 || v.d != v.d ? v.d != v.d : std::bit_cast<uint64_t>(v.d);  // of zero and of what is no number there are several
    case ValueKind::kTime: return combined(static_cast<uint64_t>(v.time.seconds), static_cast<uint32_t>(v.time.nanos));
    case ValueKind::kIpv6: return hash(v.p, 16, 0xff);
    default: return hash(v.p, v.n, 0xff);
  }
}

std::optional<Place> LookUps::order_of(const Datum& v, ValueKind kind) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  auto whole = [](ValueKind k) { return k == ValueKind::kUnsigned || k == ValueKind::kSigned; };
  auto text = [](ValueKind k) { return k == ValueKind::kString || k == ValueKind::kBytes; };
  auto first_sixteen = [&v] {  // what goes on behind them has one place; of two that begin alike the shorter is the lesser
    uint8_t bytes[16] = {};
    const size_t size = v.kind == ValueKind::kIpv6 || v.kind == ValueKind::kGuid ? 16 : std::min<size_t>(v.n, 16);
    if (size) std::memcpy(bytes, v.p, size);
    return Place{dissect::be64(bytes), dissect::be64(bytes + 8)};
  };
  auto number = [](uint64_t n) { return Place{n, 0}; };
  if (kind == ValueKind::kUnsigned && v.kind == kind) return number(v.u);
  if (text(kind) && text(v.kind)) return first_sixteen();
  if (v.kind != kind && !(whole(kind) && whole(v.kind))) return std::nullopt;
  switch (kind) {
    case ValueKind::kUnsigned: return number(v.u & kSign ? 0 : v.u);
    case ValueKind::kSigned: return number(v.kind == ValueKind::kUnsigned && v.u & kSign ? UINT64_MAX : v.u ^ kSign);
    case ValueKind::kFloat: {
      if (v.d != v.d) return std::nullopt;
      const auto bits = std::bit_cast<uint64_t>(v.d + 0.0);
      return number(bits & kSign ? ~bits : bits | kSign);
    }
    case ValueKind::kTime: {
      constexpr int64_t kFar = int64_t{1} << 33;  // seconds, either way; what lies beyond is all one
      if (v.time.seconds < -kFar) return number(0);
      if (v.time.seconds >= kFar) return number(UINT64_MAX);
      const uint64_t nanos = static_cast<uint32_t>(v.time.nanos) ^ 0x80000000u;
      return number(static_cast<uint64_t>(v.time.seconds + kFar) << 30 | nanos >> 2);
    }
    // Addresses of which only a part counts are beside others in no order.
    case ValueKind::kIpv4: return v.prefix < 32 ? std::nullopt : std::optional(number(v.u));
    case ValueKind::kIpv6: return v.prefix < 128 ? std::nullopt : std::optional(first_sixteen());
    case ValueKind::kGuid: return first_sixteen();
    default: return std::nullopt;
  }
}

void LookUps::Table::build() {
  std::sort(pairs_.begin(), pairs_.end());
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  keys_ = 0;
  for (size_t i = 0; i < pairs_.size(); ++i) keys_ += i == 0 || pairs_[i].first != pairs_[i - 1].first;
  slots_.assign(std::bit_ceil(keys_ * 2 + 2), {});
  mask_ = slots_.size() - 1;
  filters_.reserve(pairs_.size());
  for (size_t i = 0; i < pairs_.size();) {
    uint64_t key = pairs_[i].first, at = mix(key);
    while (slots_[at & mask_].count) ++at;
    Slot& slot = slots_[at & mask_];
    slot.key = key, slot.begin = static_cast<uint32_t>(filters_.size());
    for (; i < pairs_.size() && pairs_[i].first == key; ++i) filters_.push_back(pairs_[i].second);
    slot.count = static_cast<uint32_t>(filters_.size()) - slot.begin;
  }
  pairs_ = {};
}

void LookUps::build(const std::vector<const Test*>& filters, const SharedTestFinder& shared, bool events, std::vector<uint32_t>& always) {
  events_ = events;
  Chooser chooser(events, filters.size());
  for (const Test* t : filters)
    if (t) chooser.count(*t);
  struct Group { const Necessary* sample; std::vector<std::pair<const Necessary*, uint32_t>> members; };
  using Read = std::tuple<Necessary::Kind, std::string, uint8_t, unsigned>;  // what is read, prefix, how short needles are
  std::map<Read, Group> groups;
  std::vector<Necessaries> chosen(filters.size());
  for (uint32_t i = 0; i < filters.size(); ++i) {
    if (!filters[i]) continue;
    if (!chooser.choose(*filters[i], chosen[i])) {
      always.push_back(i);
      continue;
    }
    const Necessary* before = nullptr;
    Group* group = nullptr;
    for (const Necessary& l : chosen[i]) {
      // Short needles would take the long ones' stride away.
      const unsigned shortness = l.kind != Necessary::Kind::kText || l.needle.size() > 5 ? 0 : l.needle.size() > 2 ? 1 : 2;
      const bool same = before && l.operand && l.operand == before->operand && l.kind == before->kind && l.prefix == before->prefix && l.kind != Necessary::Kind::kText;
      if (!same) group = &groups[{l.kind, reading_of(l), l.prefix, shortness}];
      if (group->members.empty()) group->sample = &l;
      group->members.emplace_back(&l, i);
      before = &l;
    }
  }
  for (auto& [read, group] : groups) {
    const Necessary& s = *group.sample;
    std::string shown = s.operand ? print_operand(*s.operand) : std::string(Registry::get().protocol(s.proto).name);
    auto fill = [&, &members = group.members](Table& table) {
      for (auto& [literal, filter] : members) table.add(literal->key, filter);
      table.build();
    };
    std::vector<uint32_t> waiting;
    for (auto& [literal, filter] : group.members)
      if (waiting.empty() || waiting.back() != filter) waiting.push_back(filter);
    switch (s.kind) {
      case Necessary::Kind::kPresence:
        for (auto& [tests, list] : shared.split(waiting)) presences_.push_back({s.proto, false, std::move(tests), std::move(list)});
        break;
      case Necessary::Kind::kNumber: {
        Numbers& n = numbers_.emplace_back(Numbers{fixed_load(*fixed_field(*s.operand)), shown, shared.of(waiting, false), {}});
        if (s.prefix != 0xff) n.load.mask = prefix_mask(s.prefix), n.name += "/" + std::to_string(s.prefix);
        fill(n.table);
        break;
      }
      case Necessary::Kind::kBytes: {
        FixedBytes& n = bytes_.emplace_back(FixedBytes{fixed_load(*fixed_field(*s.operand)), s.prefix, shown, shared.of(waiting, false), {}});
        if (s.prefix != 0xff) n.name += "/" + std::to_string(s.prefix);
        fill(n.table);
        break;
      }
      case Necessary::Kind::kValue: fill(values_.emplace_back(ByValue{s.operand, s.implied, s.carriers, shown, false, shared.of(waiting, true), {}, {}}).table); break;
      case Necessary::Kind::kRange:
      case Necessary::Kind::kSpread: {
        const bool spread = s.kind == Necessary::Kind::kSpread;
        const FieldDef* fixed = s.operand->kind == ValueKind::kUnsigned || s.operand->kind == ValueKind::kIpv4 ? fixed_field(*s.operand) : nullptr;
        if (!fixed) values_.emplace_back(ByValue{s.operand, s.implied, s.carriers, shown, spread, shared.of(waiting, true), {}, {}}).table.build();
        auto fill_ranges = [&members = group.members](auto& ranges, auto place) {
          for (auto& [literal, filter] : members) ranges.add(place(literal->least), place(literal->most), filter);
          ranges.build();
        };
        if (fixed) fill_ranges(ranges_.emplace_back(FixedRanges{fixed_load(*fixed), shown, spread, shared.of(waiting, false), {}}).ranges, [](const Place& p) { return p.high; });
        else fill_ranges(values_.back().ranges, [](const Place& p) { return p; });
        break;
      }
      case Necessary::Kind::kText: {
        // More than one search's table holds: in halves, and their halves.
        using Members = std::span<const std::pair<const Necessary*, uint32_t>>;
        auto search = [&](auto&& self, Members members, unsigned halvings) -> bool {
          Text text{s.operand, events ? nullptr : bytes_at_hand(*s.operand), s.carriers, shown, shared.of(waiting, true), {}, {}, 0};
          std::unordered_map<std::string, size_t> numbers;
          for (auto& [literal, filter] : members) {
            auto [it, fresh] = numbers.emplace(literal->needle, text.filters.size());
            if (fresh) text.needles.add(literal->needle), text.filters.emplace_back();
            text.filters[it->second].push_back(filter);
          }
          if (text.needles.size() < kFewestNeedles) return false;
          if (text.needles.build()) return texts_.push_back(std::move(text)), true;
          const size_t half = members.size() / 2;
          return halvings > 0 && self(self, members.first(half), halvings - 1) && self(self, members.subspan(half), halvings - 1);
        };
        const size_t before_texts = texts_.size();
        if (search(search, group.members, kMaxHalvings)) break;
        texts_.erase(texts_.begin() + static_cast<std::ptrdiff_t>(before_texts), texts_.end());
        for (auto& [literal, filter] : group.members) always.push_back(filter);
        break;
      }
    }
  }
  std::sort(always.begin(), always.end());
  always.erase(std::unique(always.begin(), always.end()), always.end());
  // Those that nothing finds wait for what they share. The others of `always` (events, constants) stay.
  std::vector<uint32_t> unfound;
  std::copy_if(always.begin(), always.end(), std::back_inserter(unfound), [&](uint32_t i) { return filters[i]; });
  for (auto& [tests, list] : shared.split(unfound)) {
    if (tests.empty()) continue;
    std::sort(list.begin(), list.end());
    std::erase_if(always, [&gone = list](uint32_t i) { return std::binary_search(gone.begin(), gone.end(), i); });
    presences_.push_back({0, true, std::move(tests), std::move(list)});
  }
}

std::string LookUps::print() const {
  std::string out;
  auto line = [&](const std::string& name, size_t keys, std::string_view what, const SharedTests& shared) {
    out += "look-up by " + name + ": " + std::to_string(keys) + " " + std::string(what);
    if (!shared.empty()) out += ", behind " + std::to_string(shared.size()) + (shared.size() > 1 ? " tests" : " test") + " that all ask";
    out += "\n";
  };
  for (const auto& n : numbers_) line(n.name, n.table.keys(), "values", n.shared);
  for (const auto& n : bytes_) line(n.name, n.table.keys(), "values", n.shared);
  for (const auto& n : ranges_) line(n.name, n.ranges.size(), "bounds", n.shared);
  for (const auto& n : values_) line(n.name, n.ranges.size() ? n.ranges.size() : n.table.keys(), n.ranges.size() ? "bounds" : "values", n.shared);
  for (const auto& n : texts_) line(n.name, n.needles.size(), "texts in one search", n.shared);
  for (const auto& p : presences_) {
    if (p.any_packet) line("what they share", p.filters.size(), "filters", p.shared);
    else line(std::string(Registry::get().protocol(p.proto).name), p.filters.size(), "filters wait for the protocol", p.shared);
  }
  return out;
}

}  // namespace wiretail::filter
