// What all micro benchmarks report beside time: operations a second, and allocations per operation.
#pragma once
#include <benchmark/benchmark.h>

#include "unit/allocations.hpp"

namespace wiretail::bench {

// Runs `operation` until the library has seen enough.
template <class Operation>
void measure(benchmark::State& state, Operation&& operation) {
  const uint64_t before = test::allocations();
  for (auto _ : state) operation();
  const auto count = static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.counters["allocations"] = static_cast<double>(test::allocations() - before) / count;
}

}  // namespace wiretail::bench
