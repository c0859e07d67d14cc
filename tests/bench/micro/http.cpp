// HTTP: streams put together, requests and responses read, fields emitted.
#include "dissect/dissector.hpp"
#include "bench/micro/measure.hpp"
#include "unit/traffic.hpp"

using namespace wiretail;

namespace {

void parse(benchmark::State& state, bool transactions) {
  dissect::Dissector dissector({});
  dissect::Needs needs;
  const auto& registry = dissect::Registry::get();
  for (dissect::FieldId field : registry.find("http.request.method")) needs.add(field);
  for (dissect::FieldId field : registry.find("http.response.code")) needs.add(field);
  needs.streams = needs.reassembly = true;
  needs.events = needs.http_transactions = transactions;
  dissector.set_needs(needs);
  const dissect::FieldId method = registry.find("http.request.method")[0];
  test::Traffic traffic(1000);
  for (int i = 0; i < 8000; ++i) dissector.dissect(traffic.next());
  uint64_t requests = 0;
  bench::measure(state, [&] { requests += dissector.dissect(traffic.next()).first(method) != nullptr; });
  state.counters["requests"] = static_cast<double>(requests) / static_cast<double>(state.iterations());
}

void http_fields(benchmark::State& state) { parse(state, false); }
void http_transactions(benchmark::State& state) { parse(state, true); }
BENCHMARK(http_fields);
BENCHMARK(http_transactions);

}  // namespace
