// The program equals the reference evaluator on generated expressions over packets: made here, and from captures.
// WIRETAIL_PAIRS=N asks for more pairs, WIRETAIL_SEED=N for others.
#include <array>
#include <cstdlib>
#include <random>

#include "differential/expressions.hpp"
#include "differential/reference_eval.hpp"
#include "dissect/dissector.hpp"
#include "filter/check.hpp"
#include "filter/program.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;
using namespace wiretail::filter;
using dissect::Registry;

namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

test::Expressions learn(uint64_t seed, const std::vector<test::Frame>& frames) {
  test::Expressions out(seed, false);
  dissect::Dissector dissector({});
  dissect::Needs needs;
  for (const auto& f : Registry::get().fields()) needs.add(f.id);
  dissector.set_needs(needs);
  for (const test::Frame& frame : frames) out.learn(dissector.dissect(frame.packet()));
  out.learnt();
  return out;
}

}  // namespace

TEST_CASE("the program equals the reference evaluator") {
  std::vector<test::Frame> frames = test::made_frames();
  std::vector<test::Frame> captured = test::corpus_frames(300);
  frames.insert(frames.end(), captured.begin(), captured.end());
  const uint64_t wanted = setting("WIRETAIL_PAIRS", 200'000), seed = setting("WIRETAIL_SEED", 1);
  test::Expressions generator = learn(seed, frames);
  std::mt19937_64 random(seed + 1);
  uint64_t pairs = 0, matched = 0, expressions = 0, refused = 0, wrong = 0;
  constexpr size_t kPacketsABatch = 50;
  while (pairs < wanted && wrong < 5) {
    // Sometimes one, sometimes many: the look-ups begin at some number of filters.
    size_t filters = std::array<size_t, 4>{1, 5, 40, 150}[random() % 4];
    std::vector<FilterSource> sources;
    std::vector<TypedFilter> typed;
    // What all filters ask is asked before their look-ups.
    std::string shared = random() % 4 == 0 ? generator.expression(0) : "";
    if (!check_filter(shared, Subject::kPacket, {}).filter.root) shared.clear();
    while (sources.size() < filters) {
      std::string text = generator.expression(static_cast<int>(random() % 4));
      if (!shared.empty()) text = "(" + shared + ") and (" + text + ")";
      CheckResult checked = check_filter(text, Subject::kPacket, {});
      if (!checked.filter.root) {
        ++refused;
        continue;
      }
      sources.push_back({std::to_string(sources.size()), text, Subject::kPacket});
      typed.push_back(std::move(checked.filter));
    }
    expressions += filters;
    CompileResult compiled = compile(sources, {});
    REQUIRE(compiled.program);
    dissect::Dissector dissector({});
    dissect::Needs needs = compiled.program->needs();
    needs.flow_wanted = nullptr;
    dissector.set_needs(needs);
    MatchSet matches;
    matches.resize(filters);
    dissect::PlainHeaders plain;
    size_t begin = random() % frames.size();
    for (size_t k = 0; k < kPacketsABatch; ++k) {
      const test::Frame& frame = frames[(begin + k) % frames.size()];
      dissect::Dissection& d = dissector.dissect(frame.packet());
      matches.clear();
      bool wants_flow = compiled.program->flow_wanted(d);
      compiled.program->evaluate(d, Subject::kPacket, matches);
      if (plain.find(frame.packet())) {
        bool none = compiled.program->cannot_match(plain, false), no_flow = compiled.program->cannot_match(plain, true);
        bool right = (!none || !matches.any()) && (!no_flow || (!matches.any() && !wants_flow));
        if (!right) WARN("seed " << seed << ", " << frame.origin << ": passed over, though a filter matches or its flow is wanted\n  " << sources[0].text);
        wrong += !right;
      }
      for (uint32_t i = 0; i < filters; ++i, ++pairs) {
        bool expected = reference::holds(*typed[i].root, d);
        matched += expected;
        if (expected == matches.has(i) && (!expected || wants_flow)) continue;
        ++wrong;
        // At once: what UNSCOPED_INFO keeps is gone with the next assertion, which holds.
        WARN("seed " << seed << ", " << frame.origin << ": reference " << expected << ", program " << matches.has(i) << ", flow wanted " << wants_flow << "\n  "
                     << sources[i].text << "\n" << print_typed_tree(*typed[i].root));
        if (wrong >= 5) break;
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(matched > pairs / 50);
  CHECK(matched < pairs);
  if (std::getenv("WIRETAIL_PAIRS")) WARN(pairs << " pairs, " << expressions << " expressions, " << matched << " matches, " << refused << " texts refused");
}
