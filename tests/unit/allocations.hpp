// Counts allocations: linking allocations.cpp replaces operator new.
#pragma once
#include <cstdint>

namespace wiretail::test {

// Calls of operator new by this thread so far.
uint64_t allocations();

}  // namespace wiretail::test
