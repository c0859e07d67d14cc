// Look-ups: from what a packet's fields are to the filters that can match because of it. Each filter names the values of
// which one must occur (necessary.hpp); filters are then found by hash (values of fields, slices, functions, sums; prefixes), in order (ranges), by one
// search for many needles (contains, the fixed parts of patterns), or by a protocol's presence. What all filters of one ask (shared_tests.hpp)
// is asked before. A look-up may name too many filters, never too few. Built while compiling; found() belongs to the capture thread and allocates nothing once warm.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dissect/plain_headers.hpp"
#include "filter/necessary.hpp"
#include "filter/needles.hpp"
#include "filter/shared_tests.hpp"
#include "filter/values.hpp"

namespace wiretail::filter {

// Where a field of fixed layout lies, ready to be read from its layers.
struct FixedLoad {
  dissect::ProtoId proto = 0;
  uint8_t width = 0, shift = 0;
  bool little_endian = false;
  int16_t offset = 0, also = -1;
  uint64_t mask = ~uint64_t{0};  // after shift; IPv4 prefixes too
};
FixedLoad fixed_load(const dissect::FieldDef& def);
inline uint32_t prefix_mask(uint8_t prefix) { return prefix >= 32 ? 0xffffffffu : prefix == 0 ? 0 : ~(0xffffffffu >> prefix); }

inline uint64_t read_number(const FixedLoad& a, const uint8_t* p) {
  uint64_t v;
  switch (a.width) {
    case 1: v = *p; break;
    case 2: v = a.little_endian ? dissect::le16(p) : dissect::be16(p); break;
    case 4: v = a.little_endian ? dissect::le32(p) : dissect::be32(p); break;
    default: v = dissect::read_uint(p, a.width, a.little_endian);
  }
  return (v >> a.shift) & a.mask;
}

// The layers of a protocol, f(first byte, bytes present), in packet order.
template <class F>
inline void each_layer(const dissect::Dissection& d, dissect::ProtoId proto, F&& f) {
  for (const dissect::LayerRef* l = d.layer(proto); l; l = d.next_layer(*l)) f(d.at(*l), l->cap_end - l->offset);
}
template <class F>
inline void each_layer(const dissect::PlainHeaders& headers, dissect::ProtoId proto, F&& f) {
  if (const auto& l = headers.layer(proto); l.p) f(l.p, l.present);
}
inline bool has_layer(const dissect::Dissection& d, dissect::ProtoId proto) { return d.layers.present.has(proto); }
inline bool has_layer(const dissect::PlainHeaders& headers, dissect::ProtoId proto) { return headers.has(proto); }

class LookUps {
 public:
  // Chooses a look-up for every filter that has one; the numbers of the others go to `always`. `events`: they are filters of events.
  void build(const std::vector<const Test*>& filters, const SharedTestFinder& shared, bool events, std::vector<uint32_t>& always);
  // Calls visit(filter) for every filter that may match, more than once for some, until it returns false. passes(shared tests): whether the
  // packet passes them all. `asked`: the number that none() was given for the same packet; 0: it was not asked.
  template <class Passes, class Visit>
  void found(dissect::Dissection& d, Values& values, DatumList& scratch, uint64_t asked, Passes&& passes, Visit&& visit) const {
    for (const Presence& p : presences_)
      if ((p.any_packet || d.layers.present.has(p.proto)) && passes(p.shared))
        for (uint32_t filter : p.filters)
          if (!visit(filter)) return;
    bool more = true;
    for (const Numbers& n : numbers_) {
      if (!passes(n.shared)) continue;
      each_place(d, n.load, [&](const uint8_t* p) { return more = n.table.each(read_number(n.load, p), visit); });
      if (!more) return;
    }
    for (const FixedBytes& n : bytes_) {
      if (!passes(n.shared)) continue;
      each_place(d, n.load, [&](const uint8_t* p) { return more = n.table.each(hash(p, n.load.width, n.prefix), visit); });
      if (!more) return;
    }
    for (const FixedRanges& n : ranges_)
      if (passes(n.shared) && !n.each(d, visit)) return;
    for (const ByValue& n : values_) {
      if ((!events_ && !d.layers.present.meets(n.carriers)) || !passes(n.shared)) continue;
      scratch.clear();
      values.collect(*n.operand, d, scratch);
      if (!n.each(scratch, visit)) return;
    }
    for (const Text& n : texts_) {
      if ((asked && n.none_in == asked) || (!events_ && !d.layers.present.meets(n.carriers)) || !passes(n.shared)) continue;
      auto search = [&](const uint8_t* p, size_t size) {
        n.needles.search(p, size, [&](uint32_t k) {
          for (uint32_t filter : n.filters[k]) more = more && visit(filter);
        });
        return more;
      };
      if (n.at_hand) {
        each_bytes(*n.at_hand, d, [&](dissect::Bytes v) { return search(v.data(), v.size()); });
      } else {
        scratch.clear();
        values.collect(*n.operand, d, scratch);
        for (const Datum& v : scratch)
          if (!search(v.p, v.kind == ValueKind::kProtocol ? v.search : v.n)) break;
      }
      if (!more) return;
    }
  }
  // Whether `fails` holds for every filter that may match a packet with these headers. False also where that cannot be told
  // from them. `alone`: nothing lies above them. excluded(shared tests): certainly the packet fails one of them. `number` is not 0, and another each time;
  // `before` the one of a call for the same packet, or 0.
  template <bool alone, class Excluded, class Fails>
  bool none(const dissect::PlainHeaders& headers, uint64_t number, uint64_t before, Excluded&& excluded, Fails&& fails) const {
    for (const Presence& p : presences_) {
      if (excluded(p.shared)) continue;
      if (!alone && !p.any_packet && !headers.settles(p.proto)) return false;
      if (p.any_packet || headers.has(p.proto))
        for (uint32_t filter : p.filters)
          if (!fails(filter)) return false;
    }
    bool all = true;
    for (const Numbers& n : numbers_) {
      if (excluded(n.shared)) continue;
      if (!alone && !headers.settles(n.load.proto)) return false;
      each_place(headers, n.load, [&](const uint8_t* p) { return all = all && n.table.each(read_number(n.load, p), fails); });
    }
    for (const FixedBytes& n : bytes_) {
      if (excluded(n.shared)) continue;
      if (!alone && !headers.settles(n.load.proto)) return false;
      each_place(headers, n.load, [&](const uint8_t* p) { return all = all && n.table.each(hash(p, n.load.width, n.prefix), fails); });
    }
    for (const FixedRanges& n : ranges_) {
      if (excluded(n.shared)) continue;
      if (!alone && !headers.settles(n.load.proto)) return false;
      all = all && n.each(headers, fails);
    }
    if (!all) return false;
    for (const ByValue& n : values_)
      if (!excluded(n.shared) && (alone ? headers.has_one(n.carriers) : headers.may_have(n.carriers))) return false;
    // What is searched in plain bytes is so when nothing else stands against it.
    auto searched = [&](const Text& n) { return n.at_hand && n.at_hand->row->plain_bytes && (alone || headers.settles(n.at_hand->proto)); };
    for (const Text& n : texts_)
      if (!searched(n) && !excluded(n.shared) && (alone ? headers.has_one(n.carriers) : headers.may_have(n.carriers))) return false;
    for (const Text& n : texts_) {
      dissect::Bytes bytes;
      if (!searched(n) || excluded(n.shared)) continue;
      if (before && n.none_in == before) {
        n.none_in = number;
        continue;
      }
      if (!n.at_hand->row->plain_bytes(headers, bytes)) return false;
      n.none_in = number;
      n.needles.search(bytes.data(), bytes.size(), [&](uint32_t k) {
        n.none_in = 0;
        for (uint32_t filter : n.filters[k]) all = all && fails(filter);
      });
      if (!all) return false;
    }
    return true;
  }
  std::string print() const;

  static uint64_t hash(const uint8_t* p, size_t bytes, uint8_t prefix);
  static uint64_t key_of(const Datum& v);
  // None: the place cannot be told.
  static std::optional<Place> order_of(const Datum& v, ValueKind kind);

 private:
  // Keys to lists of filters: open addressing, half full at most, so that what is not there costs one look.
  class Table {
   public:
    void add(uint64_t key, uint32_t filter) { pairs_.emplace_back(key, filter); }
    void build();
    size_t keys() const { return keys_; }
    template <class Visit>
    bool all(Visit&& visit) const {
      return std::all_of(filters_.begin(), filters_.end(), visit);
    }
    // The key's filters, while visit(filter) says to go on. False: it said no.
    template <class Visit>
    bool each(uint64_t key, Visit&& visit) const {
      for (uint64_t at = mix(key);; ++at) {
        const Slot& s = slots_[at & mask_];
        if (s.count == 0) return true;
        if (s.key != key) continue;
        for (uint32_t i = 0; i < s.count; ++i)
          if (!visit(filters_[s.begin + i])) return false;
        return true;
      }
    }

   private:
    struct Slot { uint64_t key = 0; uint32_t begin = 0, count = 0; };
    static uint64_t mix(uint64_t v) { return (v * 0x9e3779b97f4a7c15u) >> 29; }
    std::vector<Slot> slots_;
    std::vector<uint32_t> filters_;
    std::vector<std::pair<uint64_t, uint32_t>> pairs_;
    uint64_t mask_ = 0;
    size_t keys_ = 0;
  };
  // Ranges of values, by their least: a tree in the list itself, each part of which knows its highest end.
  template <class Order>
  class Ranges {
   public:
    void add(Order least, Order most, uint32_t filter) { ranges_.push_back({least, most, {}, filter}); }
    void build() {
      std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.least < b.least; });
      set_highest(0, ranges_.size());
    }
    size_t size() const { return ranges_.size(); }
    // The filters of all ranges that have a value of [lowest, highest].
    template <class Visit>
    bool each(Order lowest, Order highest, Visit&& visit) const { return each(0, ranges_.size(), lowest, highest, visit); }
    template <class Visit>
    bool all(Visit&& visit) const {
      return std::all_of(ranges_.begin(), ranges_.end(), [&](const Range& r) { return visit(r.filter); });
    }

   private:
    struct Range { Order least, most, highest; uint32_t filter; };
    Order set_highest(size_t begin, size_t end) {
      if (begin == end) return {};
      const size_t middle = begin + (end - begin) / 2;
      Range& r = ranges_[middle];
      return r.highest = std::max({r.most, set_highest(begin, middle), set_highest(middle + 1, end)});
    }
    template <class Visit>
    bool each(size_t begin, size_t end, const Order& lowest, const Order& highest, Visit& visit) const {
      while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        const Range& r = ranges_[middle];
        if (r.highest < lowest) return true;
        if (!each(begin, middle, lowest, highest, visit)) return false;
        if (r.least > highest) return true;
        if (r.most >= lowest && !visit(r.filter)) return false;
        begin = middle + 1;
      }
      return true;
    }
    std::vector<Range> ranges_;
  };
  // Calls f with each place where the field is present; f says whether to go on.
  template <class View, class F>
  static void each_place(const View& view, const FixedLoad& load, F&& f) {
    bool more = true;
    each_layer(view, load.proto, [&](const uint8_t* layer, uint32_t present) {
      for (int16_t place = load.offset; more; place = load.also) {
        if (present >= static_cast<uint32_t>(place) + load.width) more = f(layer + place);
        if (place == load.also || load.also < 0) return;
      }
    });
  }
  struct Presence { dissect::ProtoId proto; bool any_packet; SharedTests shared; std::vector<uint32_t> filters; };
  struct Numbers { FixedLoad load; std::string name; SharedTests shared; Table table; };
  struct FixedBytes { FixedLoad load; uint8_t prefix; std::string name; SharedTests shared; Table table; };
  // `spread`: a filter's two bounds may hold of two values, so what counts is where the least and the greatest lie.
  struct FixedRanges {
    FixedLoad load;
    std::string name;
    bool spread;
    SharedTests shared;
    Ranges<uint64_t> ranges;
    template <class View, class Visit>
    bool each(const View& view, Visit&& visit) const {
      uint64_t lowest = UINT64_MAX, highest = 0;
      bool more = true;
      each_place(view, load, [&](const uint8_t* p) {
        const uint64_t v = read_number(load, p);
        if (spread) return lowest = std::min(lowest, v), highest = std::max(highest, v), true;
        return more = ranges.each(v, v, visit);
      });
      return spread && lowest <= highest ? ranges.each(lowest, highest, visit) : more;
    }
  };
  struct ByValue {
    const Operand* operand;
    std::shared_ptr<const Test> implied;  // as Necessary has it
    dissect::ProtoSet carriers;
    std::string name;
    bool spread = false;  // as FixedRanges has it
    SharedTests shared;
    Table table;
    Ranges<Place> ranges;
    template <class Visit>
    bool each(const DatumList& list, Visit&& visit) const {
      Place lowest = kLastPlace, highest;
      for (const Datum& v : list) {
        if (ranges.size() == 0) {
          if (same_keys(v, operand->kind) ? !table.each(key_of(v), visit) : !table.all(visit)) return false;
          continue;
        }
        const auto place = order_of(v, operand->kind);
        if (!place) return ranges.all(visit);
        if (spread) lowest = std::min(lowest, *place), highest = std::max(highest, *place);
        else if (!ranges.each(*place, *place, visit)) return false;
      }
      return !spread || lowest > highest || ranges.each(lowest, highest, visit);
    }
  };
  // A value that equals another of the kind has its key. Not so a part of an address.
  static bool same_keys(const Datum& v, ValueKind kind) {
    auto whole = [](ValueKind k) { return k == ValueKind::kUnsigned || k == ValueKind::kSigned; };
    auto bytes = [](ValueKind k) { return k == ValueKind::kString || k == ValueKind::kBytes; };
    if (v.kind == ValueKind::kIpv4 || v.kind == ValueKind::kIpv6) return v.kind == kind && v.prefix >= (kind == ValueKind::kIpv4 ? 32 : 128);
    return v.kind == kind || (whole(v.kind) && whole(kind)) || (bytes(v.kind) && bytes(kind));
  }
  struct Text {
    const Operand* operand;
    const dissect::FieldDef* at_hand;  // bytes_at_hand(*operand)
    dissect::ProtoSet carriers;        // one of these must be there
    std::string name;
    SharedTests shared;
    Needles needles;
    std::vector<std::vector<uint32_t>> filters;  // by needle
    mutable uint64_t none_in = 0;                // the call of none() whose packet had none of them
  };
  bool events_ = false;  // what an event has is not all in layers
  std::vector<Presence> presences_;
  std::vector<Numbers> numbers_;
  std::vector<FixedBytes> bytes_;
  std::vector<FixedRanges> ranges_;
  std::vector<ByValue> values_;
  std::vector<Text> texts_;
};

}  // namespace wiretail::filter
