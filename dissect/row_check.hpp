// The rules that a row of a protocol's table must hold to. The unit tests ask for every row; the program, which starts with
// tables that they have seen, does not ask again. No state.
#pragma once
#include <string_view>

#include "dissect/field.hpp"

namespace wiretail::dissect {

// What is wrong with the row; empty if nothing is.
std::string_view row_problem(const FieldRow& row);

}  // namespace wiretail::dissect
