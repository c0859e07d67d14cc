// From bytes to layers: the general walk, and the plain headers that spare it.
#include "dissect/dissector.hpp"
#include "dissect/plain_headers.hpp"
#include "bench/micro/measure.hpp"
#include "unit/traffic.hpp"

using namespace wiretail;

namespace {

void header_walk(benchmark::State& state) {
  dissect::Dissector dissector({});
  dissector.set_needs({});
  test::Traffic traffic(1000);
  bench::measure(state, [&] { benchmark::DoNotOptimize(dissector.dissect(traffic.next()).layers.count); });
}
BENCHMARK(header_walk);

void plain_headers(benchmark::State& state) {
  dissect::PlainHeaders plain;
  test::Traffic traffic(1000);
  bench::measure(state, [&] { benchmark::DoNotOptimize(plain.find(traffic.next())); });
}
BENCHMARK(plain_headers);

// What the two above spend on making the packets.
void traffic_alone(benchmark::State& state) {
  test::Traffic traffic(1000);
  bench::measure(state, [&] { benchmark::DoNotOptimize(traffic.next()); });
}
BENCHMARK(traffic_alone);

}  // namespace
