// Lists of values, computed from a packet by walking an operand: what every test that is not a direct load works on.
// Belongs to one capture thread; scratch lists are kept from packet to packet, so nothing is allocated once warm.
// Arithmetic takes every value of one side with every value of the other. What that may cost is bounded here: by the limits
// below a test needs no more than some 150 MiB and a fraction of a second, whatever the packet and the filter.
#pragma once
#include <cstdint>
#include <vector>

#include "dissect/dissection.hpp"
#include "filter/regex.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

struct Datum {
  ValueKind kind = ValueKind::kUnsigned;
  uint8_t prefix = 0xff;       // kIpv4, kIpv6
  uint64_t u = 0;              // kUnsigned, kSigned, kIpv4
  double d = 0;
  dissect::Time time;
  const uint8_t* p = nullptr;  // kString, kBytes, kProtocol, kIpv6, kGuid
  uint32_t n = 0;
  uint32_t search = 0;         // kProtocol: bytes to the end of its data, for contains and matches
};
using DatumList = std::vector<Datum>;

// Named in the documentation (wiretail.1, filter/README.md) and by --explain --frame.
inline constexpr uint32_t kMaxCombinations = 65'536;       // max_combinations: pairs of values that one +, -, *, /, % or & takes
inline constexpr uint32_t kMaxTestCombinations = 131'072;  // … that all of one test take together
inline constexpr size_t kMaxMaskedBytes = 32u << 20;       // of the results of & over bytes, in one test

class Values {
 public:
  // Whether the test holds for the packet (or event).
  bool test(const Test& test, dissect::Dissection& d);
  // Appends the operand's values. False: it has none, and not for want of a result only (a division by zero of values that
  // are there).
  bool collect(const Operand& operand, dissect::Dissection& d, DatumList& out);
  // Pairs of values that the last test or collect did not take, since they lie beyond the limits.
  uint64_t left_out() const { return left_out_; }
  bool in_set(const Test& test, const Datum& value, dissect::Dissection& d);

  // Of a `matches`: how often its pattern gave up.
  uint64_t limits_reached(const Test& test) { return test.regex->limits_reached(); }

  static bool compare(const Datum& a, const Datum& b, Compare op);
  static bool contains(const Datum& a, const Datum& b);
  static bool is_true(const Datum& v);

 private:
  // A scratch list, given back at the end of the scope.
  class Scratch {
   public:
    explicit Scratch(Values& values);
    ~Scratch();
    DatumList& list;

   private:
    Values& values_;
  };
  // What a new test or operand may take.
  void begin(dissect::Arena& arena);
  bool gather(const Operand& operand, dissect::Dissection& d, DatumList& out);
  void field(const Operand& operand, dissect::Dissection& d, DatumList& out);
  void slice(const Operand& operand, dissect::Dissection& d, DatumList& out);
  bool arithmetic(const Operand& operand, dissect::Dissection& d, DatumList& out);
  bool in_set(const Test& test, DatumList& left, dissect::Dissection& d);

  std::vector<std::unique_ptr<DatumList>> lists_;
  size_t depth_ = 0;
  std::string text_;
  dissect::Arena own_;               // texts and bytes of one test's values
  dissect::Arena* arena_ = nullptr;  // where they go
  size_t masked_ = 0;
  uint32_t combinations_ = 0;
  uint64_t left_out_ = 0;
};

Datum datum_of(const Constant& c);

// The field of an operand that is bytes, some code away from the layers (a payload), in all of them; null: another.
inline const dissect::FieldDef* bytes_at_hand(const Operand& o) {
  if (o.form != Operand::Form::kField || o.fields.size() != 1 || o.raw || !o.layers.empty()) return nullptr;
  const dissect::FieldDef& def = dissect::Registry::get()[o.fields[0]];
  return def.type == FieldType::kBytes && def.row && def.row->direct ? &def : nullptr;
}
// Whether some bytes contain a test's constant, or match its pattern.
bool found_in(const Test& test, dissect::Bytes bytes);
// Its values, in packet order, while f(bytes) says to go on. They are not kept as those of collect() are.
template <class F>
inline void each_bytes(const dissect::FieldDef& field, dissect::Dissection& d, F&& f) {
  dissect::Value value;
  for (const dissect::LayerRef* l = d.layer(field.proto); l; l = d.next_layer(*l))
    if (field.row->direct(d, *l, value) && !f(dissect::Bytes(value.p, value.n))) return;
}

// The number of the innermost of the protocol's layers that have the field: what `#[-1]` counts from. 0: none has it.
uint8_t innermost_layer(dissect::Dissection& d, FieldId id);

}  // namespace wiretail::filter
