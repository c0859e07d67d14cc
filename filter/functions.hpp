// The language's functions and arithmetic over single values. Used by values.cpp alone.
#pragma once
#include "dissect/dissection.hpp"
#include "filter/values.hpp"

namespace wiretail::filter {

class ValueList;

// Appends the call's results; `arguments` holds the values of all arguments. Texts and bytes that they need go to the arena.
void call(const Operand& operand, const DatumList& arguments, dissect::Arena& arena, DatumList& out);
// Appends a op b, or nothing if the result is undefined.
void calculate(ArithmeticOp op, const Datum& a, const Datum& b, dissect::Arena& arena, DatumList& out);
// The names of the field's values; a value without name gives none.
void value_names(const Operand& field, const DatumList& values, DatumList& out);
bool in_list(const ValueList& list, const Datum& value);

}  // namespace wiretail::filter
