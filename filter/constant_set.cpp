#include "filter/constant_set.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace wiretail::filter {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

uint64_t big_endian(const uint8_t* p) {
  uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v = v << 8 | p[i];
  return v;
}

// Bits in the order of the numbers. What is no number comes last, and equals itself; both zeros are one.
uint64_t ordered_bits(double d) {
  if (d != d) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(d == 0 ? 0.0 : d);
  return bits & kSign ? ~bits : bits | kSign;
}

bool is_nan(const Constant& c) { return c.kind == ValueKind::kFloat && c.d != c.d; }

// Sorts and joins what overlaps; what ends before it begins is gone.
template <class T, class Before>
void put_in_order(std::vector<std::pair<T, T>>& ranges, Before before) {
  std::erase_if(ranges, [&](const auto& r) { return before(r.second, r.first); });
  std::sort(ranges.begin(), ranges.end(), [&](const auto& a, const auto& b) { return before(a.first, b.first); });
  size_t kept = 0;
  for (const auto& r : ranges) {
    if (kept && !before(ranges[kept - 1].second, r.first)) {
      if (before(ranges[kept - 1].second, r.second)) ranges[kept - 1].second = r.second;
    } else {
      ranges[kept++] = r;
    }
  }
  ranges.resize(kept);
  ranges.shrink_to_fit();
}

template <class T, class Before>
bool in_ranges(const std::vector<std::pair<T, T>>& ranges, const T& v, Before before) {
  auto it = std::upper_bound(ranges.begin(), ranges.end(), v, [&](const T& x, const auto& r) { return before(x, r.first); });
  return it != ranges.begin() && !before((it - 1)->second, v);
}

}  // namespace

ConstantSet::Order ConstantSet::order_between(ValueKind value, ValueKind constant) {
  const bool bytes = constant == ValueKind::kString || constant == ValueKind::kBytes || constant == ValueKind::kProtocol || constant == ValueKind::kGuid;
  switch (value) {
    case ValueKind::kUnsigned:
    case ValueKind::kSigned: return constant == ValueKind::kUnsigned || constant == ValueKind::kSigned ? Order::kInteger : Order::kNone;
    case ValueKind::kFloat: return constant == value ? Order::kFloat : Order::kNone;
    case ValueKind::kTime: return constant == value ? Order::kTime : Order::kNone;
    case ValueKind::kIpv4: return constant == value ? Order::kIpv4 : Order::kNone;
    case ValueKind::kIpv6: return constant == value ? Order::kIpv6 : Order::kNone;
    case ValueKind::kProtocol: return constant == value ? Order::kLengthAndBytes : bytes ? Order::kBytes : Order::kNone;
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kGuid: return bytes ? Order::kBytes : Order::kNone;
    case ValueKind::kNone: break;
  }
  return Order::kNone;
}

ConstantSet::Key ConstantSet::key_of(const Datum& v) {
  switch (v.kind) {
    case ValueKind::kUnsigned: return {1, v.u};
    case ValueKind::kSigned: return {static_cast<int64_t>(v.u) < 0 ? 0u : 1u, v.u};  // two's complement keeps the order
    case ValueKind::kFloat: return {0, ordered_bits(v.d)};
    case ValueKind::kTime: return {static_cast<uint64_t>(v.time.seconds) ^ kSign, static_cast<uint32_t>(v.time.nanos) ^ 0x80000000u};
    case ValueKind::kIpv4: return {0, static_cast<uint32_t>(v.u)};
    case ValueKind::kIpv6: return {big_endian(v.p), big_endian(v.p + 8)};
    default: return {};
  }
}

ConstantSet::Key ConstantSet::edge_of(const Constant& c, bool last) {
  Key key = key_of(datum_of(c));
  auto cut = [&](uint64_t& word, unsigned bits, unsigned kept) {  // all but the first `kept` of the lowest `bits`
    const uint64_t open = kept >= bits ? 0 : UINT64_MAX >> (64 - (bits - kept));
    word = last ? word | open : word & ~open;
  };
  if (c.kind == ValueKind::kIpv4) cut(key.low, 32, c.prefix);
  if (c.kind == ValueKind::kIpv6) cut(key.high, 64, c.prefix), cut(key.low, 64, c.prefix > 64 ? c.prefix - 64u : 0u);
  return key;
}

bool ConstantSet::takes(const Constant& c) const {
  return (kind_ == ValueKind::kUnsigned ? c.kind == ValueKind::kUnsigned || c.kind == ValueKind::kSigned : c.kind == kind_) && (c.kind != ValueKind::kIpv6 || c.bytes.size() == 16);
}

void ConstantSet::add_keys(const Constant& low, const Constant& high) {
  if (is_nan(low) != is_nan(high)) return;  // nothing lies between a number and none
  keys_.emplace_back(edge_of(low, false), edge_of(high, true));
}

void ConstantSet::add_text(const Constant& low, const Constant* high) {
  auto keep = [&](const std::string& bytes) {
    bytes_ += bytes;
    return Text(bytes_).substr(bytes_.size() - bytes.size());
  };
  const Text first = keep(low.bytes);
  ranges_.emplace_back(first, high ? keep(high->bytes) : first);
}

std::shared_ptr<const ConstantSet> ConstantSet::of(const Test& test, size_t few) {
  if (test.set.size() <= few) return nullptr;
  auto is_constant = [](const Operand* o) { return !o || o->form == Operand::Form::kConstant; };
  auto out = std::make_shared<ConstantSet>();
  size_t bytes = 0;
  for (const SetElement& e : test.set) {
    if (!is_constant(e.low.get()) || !is_constant(e.high.get())) continue;
    const ValueKind kind = e.low->constants[0].kind;
    if (out->order_ == Order::kNone) out->kind_ = kind == ValueKind::kSigned ? ValueKind::kUnsigned : kind, out->order_ = order_between(test.left->kind, kind);
    bytes += e.low->constants[0].bytes.size() + (e.high ? e.high->constants[0].bytes.size() : 0);
  }
  if (out->order_ == Order::kNone) return nullptr;
  if (out->texts()) out->bytes_.reserve(bytes), out->ranges_.reserve(test.set.size());  // the ranges point into them
  else out->keys_.reserve(test.set.size());
  for (uint32_t i = 0; i < test.set.size(); ++i) {
    const SetElement& e = test.set[i];
    if (!is_constant(e.low.get()) || !is_constant(e.high.get()) || !out->takes(e.low->constants[0]) || (e.high && !out->takes(e.high->constants[0]))) {
      out->others_.push_back(i);
      continue;
    }
    const Constant& low = e.low->constants[0];
    if (out->texts()) out->add_text(low, e.high ? &e.high->constants[0] : nullptr);
    else out->add_keys(low, e.high ? e.high->constants[0] : low);
  }
  if (test.set.size() - out->others_.size() <= few) return nullptr;
  put_in_order(out->keys_, std::less<>());
  put_in_order(out->ranges_, [&](const Text& a, const Text& b) { return out->before(a, b); });
  return out;
}

bool ConstantSet::orders(const Datum& value) const {
  if (order_between(value.kind, kind_) != order_) return false;
  // A value with a prefix of its own equals many addresses.
  return value.kind == ValueKind::kIpv4 ? value.prefix >= 32 : value.kind != ValueKind::kIpv6 || value.prefix >= 128;
}

bool ConstantSet::has(const Datum& value) const {
  if (!texts()) return in_ranges(keys_, key_of(value), std::less<>());
  return in_ranges(ranges_, Text(reinterpret_cast<const char*>(value.p), value.n), [&](const Text& a, const Text& b) { return before(a, b); });
}

}  // namespace wiretail::filter
