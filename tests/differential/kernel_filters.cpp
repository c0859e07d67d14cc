// What the derived kernel filters do to captures, for run_kernel_filters: packets that they reject are never matches.
//
//   kernel_filters SEED CAPTURE…     filters on standard input, one a line; those that are wrong are left out
//
// Of each capture it is asked (1) that no packet which matches a filter is rejected by the kernel filter derived from that filter
// alone, in both variants; (2) that the filter matches the same packets when only those are seen that its kernel filter lets through,
// as on a live capture: what state knows must not depend on the others; (3) the same of groups of filters loaded together.
// One line a failure: "? CAPTURE frame N: WHAT<tab>FILTER"; the last line: captures, packets, filters that have a kernel filter,
// (filter, packet) pairs that were rejected, and that matched.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>

#include "differential/kept_capture.hpp"

using namespace wiretail;
using test::KernelFilter;
using test::KeptCapture;
using test::KeptPacket;

namespace {

struct Counts {
  uint64_t captures = 0, packets = 0, rejected = 0, matched = 0;
};

// One filter, or several loaded together, with the kernel filter that a live capture would have.
struct Loaded {
  std::string name;
  filter::Program program;
  KernelFilter kernel;
};

std::optional<Loaded> load(const std::vector<std::string>& texts) {
  std::vector<filter::FilterSource> sources;
  std::string name;
  for (const std::string& text : texts) sources.push_back({text, text}), name += (name.empty() ? "" : "\t") + text;
  auto compiled = filter::compile(sources, {});
  if (!compiled.program) return std::nullopt;
  std::string kernel = filter::derive_prefilter(*compiled.program, true);
  return Loaded{std::move(name), std::move(*compiled.program), KernelFilter(std::move(kernel))};
}

void failure(const char* path, uint64_t frame, const std::string& what, const std::string& filter) {
  std::printf("? %s frame %llu: %s\t%s\n", path, static_cast<unsigned long long>(frame), what.c_str(), filter.c_str());
}

using Matches = std::vector<std::pair<uint64_t, uint32_t>>;  // packet, filter

// (2) and (3). The packets that are let through match as they do when all are seen.
void compare_with_hidden(const char* path, const KeptCapture& capture, Loaded& loaded, Counts& counts) {
  std::vector<bool> rejected(capture.packets.size() + 1);
  bool any = false;
  for (const KeptPacket& k : capture.packets)
    if (loaded.kernel.rejects(k)) rejected[k.packet.number] = any = true, ++counts.rejected;
  if (!any) return;
  Matches all, seen;
  auto into = [](Matches& out) { return [&out](const KeptPacket& k, const filter::MatchSet& m) { m.each([&](uint32_t f) { out.emplace_back(k.packet.number, f); }); }; };
  capture.replay(loaded.program, [](const KeptPacket&) { return false; }, into(all));
  capture.replay(loaded.program, [&](const KeptPacket& k) { return rejected[k.packet.number]; }, into(seen));
  counts.matched += all.size();
  if (all == seen) return;
  auto [a, b] = std::mismatch(all.begin(), all.end(), seen.begin(), seen.end());
  const bool lost = b == seen.end() || (a != all.end() && *a < *b);
  const uint64_t frame = lost ? a->first : b->first;
  failure(path, frame, lost ? rejected[frame] ? "rejected, and matches" : "matches only if all packets are seen" : "matches only if packets are hidden", loaded.name);
}

// (1) in the variant that judges packets alone; the other one's is part of (2).
void single_packets(const char* path, const KeptCapture& capture, const filter::Program& together, std::vector<KernelFilter>& kernels, const std::vector<std::string>& texts) {
  capture.replay(together, [](const KeptPacket&) { return false; }, [&](const KeptPacket& k, const filter::MatchSet& m) {
    m.each([&](uint32_t f) {
      if (kernels[f].rejects(k)) failure(path, k.packet.number, "rejected, and matches", texts[f]);
    });
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("kernel_filters SEED CAPTURE... < FILTERS\n", stderr), 2;
  std::mt19937_64 random(std::strtoull(argv[1], nullptr, 10));
  std::vector<std::string> texts;
  std::vector<filter::FilterSource> sources;
  std::vector<KernelFilter> alone;
  std::vector<Loaded> loaded;
  for (std::string line; std::getline(std::cin, line);) {
    auto one = load({line});
    if (!one) continue;
    std::string text = filter::derive_prefilter(one->program, false);
    if (text.empty() && one->kernel.text().empty()) continue;
    texts.push_back(line), sources.push_back({line, line}), alone.emplace_back(std::move(text));
    if (!one->kernel.text().empty()) loaded.push_back(std::move(*one));
  }
  const size_t filters = texts.size();
  auto together = filter::compile(sources, {});
  if (!together.program) return std::fputs("together they do not compile\n", stderr), 2;
  // Only filters that have one: others take it from the whole group.
  std::vector<std::string> grouped;
  for (const Loaded& l : loaded) grouped.push_back(l.name);
  std::shuffle(grouped.begin(), grouped.end(), random);
  for (size_t i = 0; i < grouped.size();) {
    const size_t size = std::min<size_t>(2 + random() % 6, grouped.size() - i);
    if (auto group = load({grouped.begin() + static_cast<std::ptrdiff_t>(i), grouped.begin() + static_cast<std::ptrdiff_t>(i + size)}); group && !group->kernel.text().empty())
      loaded.push_back(std::move(*group));
    i += size;
  }
  Counts counts;
  for (int i = 2; i < argc; ++i) {
    KeptCapture capture;
    capture.read(argv[i]);  // what stands before the damage of a damaged file is looked at too
    if (capture.packets.empty()) continue;
    ++counts.captures, counts.packets += capture.packets.size();
    single_packets(argv[i], capture, *together.program, alone, texts);
    for (Loaded& l : loaded) compare_with_hidden(argv[i], capture, l, counts);
  }
  for (const Loaded& l : loaded)
    if (!l.kernel.error().empty()) failure("-", 0, l.kernel.error(), l.name);
  std::printf("%llu %llu %zu %llu %llu\n", static_cast<unsigned long long>(counts.captures), static_cast<unsigned long long>(counts.packets), filters,
              static_cast<unsigned long long>(counts.rejected), static_cast<unsigned long long>(counts.matched));
  return 0;
}
