// What filters cost, in nanoseconds a packet, over packets that lie in memory: the header walk alone, then the walk and
// 1, 10, 100, 1,000 and 10,000 filters as one program. The filters are a mix: addresses, ports, prefixes, `contains`,
// regular expressions, HTTP hosts.
//
//   build/bench/tests/bench/filter_bench [--benchmark_filter=…]      WIRETAIL_CAPTURE=FILE: these packets instead
//
// The counter `filters_ns` is what is left when the header walk's time, measured in the same run, is taken off. 1,000 filters are to cost at
// most 3 times as much as one, 10,000 at most 6 times: `of_kind/K/N` has N filters of the kind K (K/1: the mean of its two ways of asking),
// `filters/N` has N of all kinds, `one` is the mean of single filters of all kinds. README.md says how they compare.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "daemon/capture/file_source.hpp"
#include "daemon/pass_over.hpp"
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "unit/allocations.hpp"

using namespace wiretail;

namespace {

std::string be(uint64_t v, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(v >> (8 * i));
  return out;
}

constexpr uint32_t kNetwork = 0x0a000000;

struct Packets {
  std::deque<std::string> bytes;
  std::vector<dissect::Packet> list;

  void add(std::string frame) {
    const std::string& kept = bytes.emplace_back(std::move(frame));
    dissect::Packet p;
    p.data = reinterpret_cast<const uint8_t*>(kept.data());
    p.cap_len = p.len = static_cast<uint32_t>(kept.size());
    p.number = list.size() + 1;
    p.time = {1'700'000'000 + static_cast<int64_t>(p.number / 20'000), static_cast<int32_t>(p.number % 20'000) * 50'000};
    list.push_back(p);
  }
  void ip(uint32_t from, uint32_t to, uint8_t protocol, const std::string& payload) {
    add(std::string("\x02\0\x5e\x10\0\x01\x02\0\x5e\x10\0\x02\x08\0", 14) + be(0x4500, 2) + be(20 + payload.size(), 2) + be(list.size(), 2) + be(0x4000, 2) + be(64, 1) +
        be(protocol, 1) + be(0, 2) + be(from, 4) + be(to, 4) + payload);
  }
  void tcp(uint32_t from, uint32_t to, uint16_t source, uint16_t target, uint32_t seq, uint32_t ack, uint8_t flags, const std::string& payload) {
    ip(from, to, 6, be(source, 2) + be(target, 2) + be(seq, 4) + be(ack, 4) + be(0x50, 1) + be(flags, 1) + be(8192, 2) + be(0, 4) + payload);
  }
};

// Web and DNS as a busy link has them, most bytes in full segments. No more than a processor's caches hold: so the capture
// loop gets packets, which the kernel has just written; from memory that is busy with others the header walk alone took 80 to 190 ns.
constexpr uint32_t kConnections = 400;
Packets made() {
  Packets p;
  std::mt19937 generator(1);
  auto random = [&] { return static_cast<uint32_t>(generator()); };
  std::string page(1200, 'x');
  for (uint32_t c = 0; c < kConnections; ++c) {
    uint32_t client = kNetwork + random() % 60'000, server = 0xc0000000 + random() % 5000;
    auto port = static_cast<uint16_t>(1025 + random() % 60'000);
    if (c % 4 == 3) {
      std::string name = std::string("\x04name") + "\x07" + "example" + be(0, 1);
      std::string query = be(random(), 2) + be(0x0100, 2) + be(1, 2) + be(0, 6) + name + be(1, 2) + be(1, 2);
      p.ip(client, server, 17, be(port, 2) + be(53, 2) + be(8 + query.size(), 2) + be(0, 2) + query);
      continue;
    }
    uint16_t service = c % 4 == 2 ? 443 : 80;
    p.tcp(client, server, port, service, 100, 0, 0x02, "");
    p.tcp(server, client, service, port, 500, 101, 0x12, "");
    p.tcp(client, server, port, service, 101, 501, 0x10, "");
    std::string request = "GET /index" + std::to_string(c % 50) + ".html HTTP/1.1\r\nHost: www" + std::to_string(c % 300) + ".example.com\r\nUser-Agent: bench/1.0\r\n\r\n";
    if (service == 443) request.assign(request.size(), '\x9d');
    p.tcp(client, server, port, service, 101, 501, 0x18, request);
    std::string reply = service == 80 ? "HTTP/1.1 200 OK\r\nContent-Length: 6000\r\nContent-Type: text/html\r\n\r\n" : std::string(60, '\x9d');
    std::string body = reply + std::string(6000, 'x');
    for (size_t at = 0; at < body.size(); at += 1400) {
      std::string part = body.substr(at, 1400);
      for (size_t i = at ? 0 : reply.size(); i < part.size(); ++i) part[i] = static_cast<char>('a' + random() % 26);
      p.tcp(server, client, service, port, 501 + static_cast<uint32_t>(at), 101 + static_cast<uint32_t>(request.size()), 0x18, part);
      if (at % 2800) p.tcp(client, server, port, service, 101 + static_cast<uint32_t>(request.size()), 501 + static_cast<uint32_t>(at), 0x10, "");
    }
    p.tcp(client, server, port, service, 101 + static_cast<uint32_t>(request.size()), 501 + static_cast<uint32_t>(body.size()), 0x11, "");
    p.tcp(server, client, service, port, 501 + static_cast<uint32_t>(body.size()), 102 + static_cast<uint32_t>(request.size()), 0x11, "");
  }
  return p;
}

struct Reader : daemon::PacketHandler {
  Packets packets;
  bool packet(const dissect::Packet& p, const daemon::Interface&) override {
    packets.add(std::string(reinterpret_cast<const char*>(p.data), p.cap_len));
    packets.list.back().time = p.time, packets.list.back().len = p.len, packets.list.back().link_type = p.link_type;
    return true;
  }
};

const Packets& packets() {
  static const Packets kPackets = [] {
    const char* file = std::getenv("WIRETAIL_CAPTURE");
    if (!file) return made();
    std::string error;
    auto source = daemon::FileSource::open(file, error);
    if (!source) std::fprintf(stderr, "%s\n", error.c_str()), std::exit(2);
    Reader reader;
    while (source->dispatch(reader, 1000) == daemon::Source::State::kMore) {
    }
    return std::move(reader.packets);
  }();
  return kPackets;
}

constexpr unsigned kKinds = 6;

std::string address(uint32_t a) {
  return std::to_string(a >> 24) + "." + std::to_string(a >> 16 & 255) + "." + std::to_string(a >> 8 & 255) + "." + std::to_string(a & 255);
}

std::string filter_text(unsigned i) {
  const unsigned k = i / kKinds;  // of its kind
  const bool other = k % 2 != 0;  // each kind is asked in two ways in turn
  const std::string n = std::to_string(i);
  const uint32_t host = kNetwork + i * 37 % 60'000;
  switch (i % kKinds) {
    case 0: return "ip.addr == " + address(host) + (other ? " && tcp.port == 80" : "");
    case 1: return other ? "udp.port in {" + std::to_string(2000 + i % 10'000) + ", " + std::to_string(12000 + i % 10'000) + ", " + std::to_string(22000 + i % 10'000) + "}" : "tcp.port == " + std::to_string(1025 + i * 7 % 60'000);
    case 2: return other ? "ip.dst == " + address(0xac100000 + (i << 12)) + "/20 && udp" : "ip.src == " + address(kNetwork + i * 256 % 0x00ffff00) + "/24";
    case 3: return "tcp.payload contains \"needle" + n + "x\"";
    case 4: return "http.request.uri matches \"^/" + std::string(other ? "(page|index)" : "index") + n + "[.]html$\"";
    default: return "http.host == \"www" + n + ".example.com\"";
  }
}

std::vector<filter::FilterSource> mix(unsigned count) {
  std::vector<filter::FilterSource> out;
  for (unsigned i = 0; i < count; ++i) out.push_back({std::to_string(i), filter_text(i)});
  return out;
}

// The thread's own time: what else the machine does is not in it.
double thread_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// Nanoseconds a packet of passes over the packets, and of the header walk alone. `from_headers`: as the run loop does it, packets of which the plain
// headers say that no filter matches, and their connections that there is nothing for an application in them, are passed over.
// A service runs for weeks, so tables and buffers are there and every pass goes on where the one before ended, in time too.
class Passes {
 public:
  explicit Passes(const filter::Program* program, size_t filters = 0) : program_(program) {
    dissector_.set_needs(program ? program->needs() : dissect::Needs{});
    matches_.resize(filters);
    if (program) pass_over_.set(program->needs(), false, true, program->searches_payloads());
  }
  [[gnu::noinline]] double pass(uint64_t& matched, bool from_headers = false) {  // one code for all that is compared
    ++pass_;
    double begin = thread_ns();
    for (dissect::Packet p : packets().list) {
      p.number += pass_ * packets().list.size(), p.time.seconds += static_cast<int64_t>(pass_) * 60;
      if (from_headers && pass_over_(p, *program_, dissector_, time_, connection_)) continue;
      dissect::Dissection& d = dissector_.dissect(p);
      if (!program_) {
        benchmark::DoNotOptimize(d);
        continue;
      }
      matches_.clear();
      program_->evaluate(d, filter::Subject::kPacket, matches_, from_headers && pass_over_.asked());
      matched += matches_.any();
    }
    return (thread_ns() - begin) / static_cast<double>(packets().list.size());
  }

 private:
  const filter::Program* program_;
  dissect::Dissector dissector_{dissect::Settings{}};
  filter::MatchSet matches_;
  daemon::PassOver pass_over_;
  daemon::SampledTime time_;
  dissect::Connection* connection_ = nullptr;
  uint64_t pass_ = 0;
};

// The quietest of several dissectors' passes: where one's memory comes to lie makes some nanoseconds.
double walk_ns() {
  static const double kBest = [] {
    double best = 1e9;
    uint64_t matched = 0;
    std::deque<Passes> several;
    for (int i = 0; i < 8; ++i) {
      Passes& passes = several.emplace_back(nullptr);
      for (int k = 0; k < 100; ++k) best = std::min(best, passes.pass(matched));
    }
    return best;
  }();
  return kBest;
}

void run(benchmark::State& state, const std::vector<std::vector<filter::FilterSource>>& programs) {
  std::vector<filter::Program> compiled;
  for (const auto& sources : programs) {
    auto result = filter::compile(sources, {});
    if (!result.program) return state.SkipWithError("does not compile");
    compiled.push_back(std::move(*result.program));
  }
  uint64_t matched = 0;
  std::deque<Passes> walked, looped;
  for (size_t i = 0; i < compiled.size(); ++i) walked.emplace_back(&compiled[i], programs[i].size()), looped.emplace_back(&compiled[i], programs[i].size());
  std::vector<double> best(compiled.size(), 1e9), best_passed(compiled.size(), 1e9);  // the quietest pass counts
  uint64_t uncounted = 0, passes = 0;
  const uint64_t allocations_before = test::allocations();
  for (auto _ : state)
    for (size_t i = 0; i < compiled.size(); ++i) {
      best[i] = std::min(best[i], walked[i].pass(matched));
      best_passed[i] = std::min(best_passed[i], looped[i].pass(uncounted, true));
      passes += 2;
    }
  // A packet's, new connections and what begins a pass included.
  state.counters["allocations"] = static_cast<double>(test::allocations() - allocations_before) / static_cast<double>(passes * packets().list.size());
  double total = 0, passed = 0;
  for (double b : best) total += b;
  for (double b : best_passed) passed += b;
  total /= static_cast<double>(compiled.size());
  state.counters["run_loop_ns"] = passed / static_cast<double>(compiled.size());
  state.counters["packet_ns"] = total;
  state.counters["filters_ns"] = total - walk_ns();
  state.counters["matched"] = static_cast<double>(matched) / static_cast<double>(state.iterations());
}

void header_walk(benchmark::State& state) {
  uint64_t matched = 0;
  double best = 1e9;
  Passes passes(nullptr);
  for (auto _ : state) best = std::min(best, passes.pass(matched));
  state.counters["packet_ns"] = best;
}
BENCHMARK(header_walk)->Unit(benchmark::kMillisecond);

void address_and_port(benchmark::State& state) { run(state, {{{"", "ip.addr == 10.0.0.37 && tcp.port == 80"}}}); }
BENCHMARK(address_and_port)->Unit(benchmark::kMillisecond);

void one(benchmark::State& state) {
  std::vector<std::vector<filter::FilterSource>> single;
  for (unsigned i = 0; i < 2 * kKinds; ++i) single.push_back({{"", filter_text(i)}});
  run(state, single);
}
BENCHMARK(one)->Unit(benchmark::kMillisecond);

void of_kind(benchmark::State& state) {
  const auto first = static_cast<unsigned>(state.range(0)), count = static_cast<unsigned>(state.range(1));
  state.SetLabel(filter_text(first));
  std::vector<std::vector<filter::FilterSource>> programs(count == 1 ? 2 : 1);
  for (unsigned i = 0; i < std::max(count, 2u); ++i) programs[count == 1 ? i : 0].push_back({std::to_string(i), filter_text(first + i * kKinds)});
  run(state, programs);
}
BENCHMARK(of_kind)->ArgsProduct({benchmark::CreateDenseRange(0, kKinds - 1, 1), {1, 1000, 10'000}})->Unit(benchmark::kMillisecond);

void filters(benchmark::State& state) { run(state, {mix(static_cast<unsigned>(state.range(0)))}); }
BENCHMARK(filters)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMillisecond);

void compiling(benchmark::State& state) {
  auto sources = mix(static_cast<unsigned>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(filter::compile(sources, {}));
}
BENCHMARK(compiling)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
