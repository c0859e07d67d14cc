// JSON lines of packets that are dissected already: the default line, and every field.
#include "daemon/output/json_line.hpp"
#include "dissect/dissector.hpp"
#include "bench/micro/measure.hpp"
#include "unit/traffic.hpp"

using namespace wiretail;

namespace {

void write(benchmark::State& state, daemon::Selection::Mode mode, bool dissect_each) {
  dissect::Dissector dissector({});
  dissect::Needs needs;
  daemon::Selection selection;
  selection.mode = mode;
  daemon::JsonLine::add_needs(selection, needs);
  dissector.set_needs(needs);
  daemon::JsonLine lines({}, "00003f9a");
  test::Traffic traffic(1000);
  for (int i = 0; i < 8000; ++i) dissector.dissect(traffic.next());
  std::string out;
  uint64_t seq = 0, bytes = 0;
  dissect::Dissection* d = &dissector.dissect(traffic.next());
  bench::measure(state, [&] {
    if (dissect_each) d = &dissector.dissect(traffic.next());
    out.clear();
    lines.packet(out, *d, selection, {}, ++seq, "eth0");
    bytes += out.size();
  });
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void line_alone(benchmark::State& state) { write(state, daemon::Selection::Mode::kSummary, false); }
void dissect_and_line(benchmark::State& state) { write(state, daemon::Selection::Mode::kSummary, true); }
void dissect_and_line_of_all_fields(benchmark::State& state) { write(state, daemon::Selection::Mode::kAll, true); }
BENCHMARK(line_alone);
BENCHMARK(dissect_and_line);
BENCHMARK(dissect_and_line_of_all_fields);

}  // namespace
