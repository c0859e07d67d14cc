// Weaker tests that follow from a test and that look-ups can find: of two fields, `ip.id + 5 == ip.len`, that their difference is 5;
// of a mask, `ip.src & 255.255.0.255 == 10.0.0.1`, that the field lies between the result and the result with all masked bits set.
// Used while compiling only (necessary.cpp); no state.
#pragma once
#include <memory>

#include "filter/typed.hpp"

namespace wiretail::filter {

// One operand beside constants, true of every packet that the test is true of. Null: nothing follows.
std::unique_ptr<const Test> implied_by(const Test& test);

}  // namespace wiretail::filter
