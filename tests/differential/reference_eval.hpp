// The slow, obviously right evaluator of a typed filter: walks the tree and copies every value. Tests compare the program
// with it. It shares nothing with filter/values, functions and evaluate but the tree itself and Dissection::first/next.
#pragma once
#include "dissect/dissection.hpp"
#include "filter/typed.hpp"

namespace wiretail::reference {

bool holds(const filter::Test& test, dissect::Dissection& packet);

}  // namespace wiretail::reference
