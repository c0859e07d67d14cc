// Connection look-ups at table sizes from the cache's to the memory's; and following
// connections: numbering, sequence analysis.
#include <random>

#include "dissect/connections/table.hpp"
#include "dissect/dissector.hpp"
#include "bench/micro/measure.hpp"
#include "unit/traffic.hpp"

using namespace wiretail;
using dissect::ConnectionTable;
using dissect::FlowKey;

namespace {

struct Address {
  uint8_t source[4], destination[4];
};

struct Filled {
  explicit Filled(uint32_t entries) : table(entries), addresses(entries) {
    for (uint32_t i = 0; i < entries; ++i) {
      addresses[i] = {{10, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}, {192, 0, 2, 1}};
      table.add(key(i), ConnectionTable::hash(key(i)));
    }
  }
  FlowKey key(uint32_t i) const {
    FlowKey k;
    k.source = addresses[i].source, k.destination = addresses[i].destination;
    k.source_port = 40000, k.destination_port = 443, k.protocol = 6;
    return k;
  }
  ConnectionTable table;
  std::vector<Address> addresses;
};

void look_up(benchmark::State& state) {
  const auto entries = static_cast<uint32_t>(state.range(0));
  Filled filled(entries);
  std::minstd_rand random(1);
  bench::measure(state, [&] {
    FlowKey key = filled.key(static_cast<uint32_t>(random()) % entries);
    uint8_t direction;
    dissect::Connection* c = filled.table.find(key, ConnectionTable::hash(key), direction);
    filled.table.touch(*c, 0);
    benchmark::DoNotOptimize(c->ends[0].packets += 1);
  });
}
BENCHMARK(look_up)->RangeMultiplier(10)->Range(1000, 1'000'000);

void follow(benchmark::State& state) {
  dissect::Dissector dissector({});
  dissect::Needs needs;
  needs.streams = needs.analysis = true;
  dissector.set_needs(needs);
  test::Traffic traffic(static_cast<uint32_t>(state.range(0)));
  for (int64_t i = 0; i < 8 * state.range(0); ++i) dissector.dissect(traffic.next());
  bench::measure(state, [&] { benchmark::DoNotOptimize(dissector.dissect(traffic.next()).transport_count); });
}
BENCHMARK(follow)->RangeMultiplier(10)->Range(1000, 100'000);

}  // namespace
