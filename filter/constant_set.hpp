// The constants of a set written out (`in {…}`), as sorted, disjoint ranges: one binary search says whether a value is one of
// them, where Values::compare would be asked element by element. It says exactly what that says.
// Made when filters are compiled, immutable afterwards; testing allocates nothing. Never fails: elements that it cannot take
// (fields, expressions, constants without one order beside the left side's values) are others(), and stay to be asked one by one.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filter/values.hpp"

namespace wiretail::filter {

class ConstantSet {
 public:
  static constexpr size_t kFewElements = 8;  // so many are asked one by one as fast
  // Of a test `in`. Null: it takes no more than so many of the elements.
  static std::shared_ptr<const ConstantSet> of(const Test& test, size_t few = kFewElements);
  ConstantSet() = default;
  ConstantSet(const ConstantSet&) = delete;  // its ranges point into its own texts
  ConstantSet& operator=(const ConstantSet&) = delete;

  // has() may be asked of the value: it has its place in the order.
  bool orders(const Datum& value) const;
  bool has(const Datum& value) const;
  // Elements of the test's set that are not in here: their numbers.
  const std::vector<uint32_t>& others() const { return others_; }

 private:
  // How a value is compared with a constant.
  enum class Order : uint8_t { kNone, kInteger, kFloat, kTime, kIpv4, kIpv6, kBytes, kLengthAndBytes };
  // A value of any kind but bytes, so that the keys are ordered as the values are.
  struct Key {
    uint64_t high = 0, low = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Text = std::string_view;
  static Order order_between(ValueKind value, ValueKind constant);
  static Key key_of(const Datum& v);
  // The first or last address that equals the constant, which may have a prefix.
  static Key edge_of(const Constant& c, bool last);
  bool takes(const Constant& c) const;
  bool texts() const { return order_ == Order::kBytes || order_ == Order::kLengthAndBytes; }
  void add_keys(const Constant& low, const Constant& high);
  void add_text(const Constant& low, const Constant* high);
  bool before(const Text& a, const Text& b) const { return order_ == Order::kLengthAndBytes && a.size() != b.size() ? a.size() < b.size() : a < b; }

  Order order_ = Order::kNone;
  ValueKind kind_ = ValueKind::kNone;  // of the constants; kUnsigned: kSigned too
  std::vector<std::pair<Key, Key>> keys_;     // first, last
  std::vector<std::pair<Text, Text>> ranges_;  // likewise, of bytes
  std::string bytes_;
  std::vector<uint32_t> others_;
};

}  // namespace wiretail::filter
