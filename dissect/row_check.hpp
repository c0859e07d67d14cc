// The rules that a row of a protocol's table must hold to. The registry asks for every row when the program starts and ends
// it on a wrong one: that is a bug, not input. No state.
#pragma once
#include <string_view>

#include "dissect/field.hpp"

namespace wiretail::dissect {

// What is wrong with the row; empty if nothing is.
std::string_view row_problem(const FieldRow& row);

}  // namespace wiretail::dissect
