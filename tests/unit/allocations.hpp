// Counts allocations: linking allocations.cpp replaces operator new.
#pragma once
#include <cstdint>

namespace wiretail::test {

// False under the sanitizers: then there is nothing to test.
bool allocations_are_counted();
// Calls of operator new by this thread so far.
uint64_t allocations();

}  // namespace wiretail::test
