// What filters match in a capture, for run_filters: filters on standard input, one a line; one line of answer each.
//
//   match_filters CAPTURE         the numbers of the frames that match ("3 7-9"; "-": none)
//   match_filters                 only whether they are right
//   match_filters --generate COUNT SEED CAPTURE   prints filters made from the registry and what the capture holds
//
// A wrong filter is answered with "! BEGIN LENGTH CODE MESSAGE". Each filter runs as a program of its own, with a dissector
// of its own that works for it alone (as `-Y` does), and all of them once more together; lines that begin with "?" tell of
// answers that differ.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "differential/expressions.hpp"
#include "differential/kept_capture.hpp"
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"

using namespace wiretail;

namespace {

using test::KeptCapture;
using test::KeptPacket;

std::string ranges(const std::vector<uint64_t>& frames) {
  std::string out;
  for (size_t i = 0; i < frames.size();) {
    size_t j = i;
    while (j + 1 < frames.size() && frames[j + 1] == frames[j] + 1) ++j;
    out += (out.empty() ? "" : " ") + std::to_string(frames[i]) + (j > i ? "-" + std::to_string(frames[j]) : "");
    i = j + 1;
  }
  return out.empty() ? "-" : out;
}

// Only filters that ours accepts; those that tshark refuses are left out later.
int generate(size_t count, uint64_t seed, const char* path) {
  KeptCapture capture;
  if (!capture.read(path)) return 2;
  test::Expressions expressions(seed, true);
  dissect::Dissector dissector{dissect::Settings{}};
  dissect::Needs needs;
  for (const auto& f : dissect::Registry::get().fields()) needs.add(f.id);
  dissector.set_needs(needs);
  for (const KeptPacket& k : capture.packets) expressions.learn(dissector.dissect(k.packet, capture.interfaces[k.interface].shown_name(), capture.interfaces[k.interface].description));
  expressions.learnt();
  for (size_t made = 0, depth = 0; made < count;) {
    filter::FilterSource source{"", expressions.expression(static_cast<int>(depth++ % 3))};
    if (!filter::compile({&source, 1}, {}).program) continue;
    std::puts(source.text.c_str());
    ++made;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "--generate") return generate(std::strtoul(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10), argv[4]);
  KeptCapture capture;
  if (argc > 1 && !capture.read(argv[1])) return 2;
  auto none_hidden = [](const KeptPacket&) { return false; };
  std::vector<filter::FilterSource> right;
  std::vector<std::vector<uint64_t>> found;
  std::string line, doubts;
  auto doubt = [&](const std::string& text, const std::string& what) { doubts += "? " + what + "\t" + text + "\n"; };
  while (std::getline(std::cin, line)) {
    filter::FilterSource source{line, line};
    auto compiled = filter::compile({&source, 1}, {});
    if (!compiled.program) {
      const auto& e = compiled.diagnostics[0].front();
      std::printf("! %u %u %u %s\n", e.span.begin, e.span.length, e.code, e.message.c_str());
      continue;
    }
    std::vector<uint64_t> frames;
    capture.replay(*compiled.program, none_hidden, [&](const KeptPacket& k, const filter::MatchSet& m) {
      if (m.any()) frames.push_back(k.packet.number);
    });
    std::printf("%s\n", ranges(frames).c_str());
    right.push_back(std::move(source));
    found.push_back(std::move(frames));
  }
  auto all = filter::compile(right, {});
  if (!all.program) return std::fprintf(stderr, "together they do not compile\n"), 2;
  std::vector<std::vector<uint64_t>> together(right.size());
  capture.replay(*all.program, none_hidden, [&](const KeptPacket& k, const filter::MatchSet& m) {
    m.each([&](uint32_t filter) { together[filter].push_back(k.packet.number); });
  });
  for (size_t i = 0; i < right.size(); ++i)
    if (together[i] != found[i]) doubt(right[i].text, "alone it matches " + ranges(found[i]) + ", together with others " + ranges(together[i]));
  std::fputs(doubts.c_str(), stdout);
  return 0;
}
