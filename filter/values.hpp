// Lists of values, computed from a packet by walking an operand: what every test that is not a direct load works on.
// Belongs to one capture thread; scratch lists are kept from packet to packet, so nothing is allocated once warm.
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

class Values {
 public:
  // Whether the test holds for the packet (or event).
  bool test(const Test& test, dissect::Dissection& d);
  // Appends the operand's values.
  void collect(const Operand& operand, dissect::Dissection& d, DatumList& out);
  // Arithmetic whose operands are there, but none of whose results is defined.
  bool undefined(const Operand& operand, dissect::Dissection& d);
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
    ~Scratch() { --values_.depth_; }
    DatumList& list;

   private:
    Values& values_;
  };
  void field(const Operand& operand, dissect::Dissection& d, DatumList& out);
  void slice(const Operand& operand, dissect::Dissection& d, DatumList& out);
  void function(const Operand& operand, dissect::Dissection& d, DatumList& out);
  void arithmetic(const Operand& operand, dissect::Dissection& d, DatumList& out);

  std::vector<std::unique_ptr<DatumList>> lists_;
  size_t depth_ = 0;
  std::string text_;
};

Datum datum_of(const Constant& c);
// The number of the innermost of the protocol's layers that have the field: what `#[-1]` counts from. 0: none has it.
uint8_t innermost_layer(dissect::Dissection& d, FieldId id);

}  // namespace wiretail::filter
