// What may be done with a value: one table, operator by field type, that check asks and nobody else decides. It is the
// matrix of Wireshark's language in its newest form. Pure functions of constant data; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dissect/registry.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

// The type of an operand. A constant takes the one of the operand that it meets.
struct TypeInfo {
  ValueKind kind = ValueKind::kNone;
  FieldType type = FieldType::kNone;
  const dissect::FieldDef* def = nullptr;  // a field, for its value names; null for results
  bool slice = false;                      // a slice: comparable with everything that has bytes
  bool partial = false;                    // right of `contains`: part of an address will do
};

enum class Ability : uint8_t {
  kCompare,  // == != < <= > >= in, max, min
  kSearch,   // contains
  kMatch,    // matches
  kSlice,
  kBitAnd,
  kAdd,       // + -
  kMultiply,  // * /
  kModulo,
  kNegate,  // unary minus, abs
  kLength,  // len
  kString,  // string
  kNumber,  // double
};
bool can(FieldType type, Ability ability);
bool can(const TypeInfo& type, Ability ability);
Ability ability_of(ArithmeticOp op);

// Whether the two may stand on both sides of a comparison; seen from the left, as in Wireshark.
bool comparable(const TypeInfo& left, const TypeInfo& right);
// Whether both are values of one kind, so that max() may choose among them and a constant may be either: as above, but a
// slice is nothing but bytes or text.
bool same_family(TypeInfo left, TypeInfo right);
// Has bytes that can be compared with a slice's.
bool has_bytes(const TypeInfo& type);

ValueKind kind_of(FieldType type);
unsigned width_bits(FieldType type);  // of integers
TypeInfo type_of(const dissect::FieldDef& field);
TypeInfo result_type(FieldType type);  // of a function or an expression
inline TypeInfo slice_type() { return {ValueKind::kBytes, FieldType::kBytes, nullptr, true, false}; }
// The names of the field's values; empty: it has none.
dissect::ValueNames names_of(const TypeInfo& type);

std::string describe(const TypeInfo& type);  // "an IPv4 address", for messages

}  // namespace wiretail::filter
