// Filter sets of 1 to 10,000 on packets that plain headers pass over where they can; filter_bench.cpp has single tests and
// sets on dissected packets.
#include <string>

#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "bench/micro/measure.hpp"
#include "unit/traffic.hpp"

using namespace wiretail;

namespace {

std::vector<filter::FilterSource> set_of(size_t count) {
  std::vector<filter::FilterSource> out;
  for (size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i), byte = std::to_string(i % 250), word = std::to_string(1 + i % 60000);
    const std::string texts[] = {"ip.addr == 10." + std::to_string(1 + i / 60000) + "." + std::to_string(i / 250 % 240) + "." + byte,
                                 "tcp.port == " + word + " && ip.src == 172.16." + std::to_string(i / 250 % 250) + "." + byte,
                                 "ip.dst == 192.168." + byte + ".0/24 && udp",
                                 "tcp.port == " + word + " && tcp.payload contains \"needle-" + n + "\"",
                                 "tcp.dstport == " + word + " && tcp.flags.syn == 1"};
    out.push_back({n, texts[i % 5], filter::Subject::kPacket});
  }
  return out;
}

void evaluate(benchmark::State& state, std::span<const filter::FilterSource> sources) {
  auto compiled = filter::compile(sources, {});
  if (!compiled.program) return state.SkipWithError("does not compile");
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  filter::MatchSet matches;
  matches.resize(sources.size());
  test::Traffic traffic(1000);
  for (int i = 0; i < 8000; ++i) dissector.dissect(traffic.next());
  dissect::PlainHeaders headers;
  uint64_t matched = 0;
  bench::measure(state, [&] {
    const dissect::Packet packet = traffic.next();
    if (headers.find(packet) && compiled.program->cannot_match(headers, false)) return;
    matches.clear();
    compiled.program->evaluate(dissector.dissect(packet), filter::Subject::kPacket, matches);
    matched += matches.any();
  });
  state.counters["matched"] = static_cast<double>(matched) / static_cast<double>(state.iterations());
}

void filter_set_on_plain_headers(benchmark::State& state) { evaluate(state, set_of(static_cast<size_t>(state.range(0)))); }
BENCHMARK(filter_set_on_plain_headers)->RangeMultiplier(10)->Range(1, 10'000);

}  // namespace
