#include "filter/shared_tests.hpp"

#include <algorithm>
#include <map>

#include "filter/program.hpp"

namespace wiretail::filter {
namespace {

constexpr size_t kMost = 2;     // of one look-up: more are seldom worth the asking
constexpr size_t kFewest = 8;   // filters that a list of their own pays for
constexpr uint8_t kDear = 60;   // cost_of(): from here on a test is no cheaper than what it would save

uint64_t number_of(const SharedTest& t) { return uint64_t{t.atom} << 1 | t.answer; }

}  // namespace

void SharedTestFinder::asked(uint32_t filter, bool walks, SharedTests& out) const {
  out.clear();
  // While one answer of an instruction ends in "no match", a match needs the other.
  for (uint32_t at = program_.filters[filter].entry; at < kAccept;) {
    const Instruction& in = program_.code[at];
    const bool needs_true = in.on_false == kReject;
    if (!needs_true && in.on_true != kReject) return;
    const Atom& atom = program_.atoms[in.atom];
    if (is_direct(atom) || (walks && atom.cost < kDear)) out.push_back({in.atom, needs_true});
    at = needs_true ? in.on_true : in.on_false;
  }
}

SharedTests SharedTestFinder::of(const std::vector<uint32_t>& filters, bool walks) const {
  SharedTests shared, other;
  if (filters.size() < kFewest) return shared;
  asked(filters[0], walks, shared);
  for (size_t i = 1; i < filters.size() && !shared.empty(); ++i) {
    asked(filters[i], walks, other);
    std::erase_if(shared, [&](const SharedTest& t) { return std::find(other.begin(), other.end(), t) == other.end(); });
  }
  std::stable_sort(shared.begin(), shared.end(), [&](const SharedTest& a, const SharedTest& b) { return program_.atoms[a.atom].cost < program_.atoms[b.atom].cost; });
  if (shared.size() > kMost) shared.resize(kMost);
  return shared;
}

std::vector<std::pair<SharedTests, std::vector<uint32_t>>> SharedTestFinder::split(const std::vector<uint32_t>& filters) const {
  std::map<uint64_t, size_t> population;
  SharedTests tests;
  for (uint32_t f : filters) {
    asked(f, true, tests);
    for (const SharedTest& t : tests) ++population[number_of(t)];
  }
  std::map<uint64_t, std::vector<uint32_t>> lists;
  std::vector<uint32_t> alone;
  for (uint32_t f : filters) {
    asked(f, true, tests);
    // Of the tests with as many filters the first, which is the cheapest.
    const auto most = std::max_element(tests.begin(), tests.end(), [&](const SharedTest& a, const SharedTest& b) { return population[number_of(a)] < population[number_of(b)]; });
    if (most == tests.end() || population[number_of(*most)] < kFewest) alone.push_back(f);
    else lists[number_of(*most)].push_back(f);
  }
  std::vector<std::pair<SharedTests, std::vector<uint32_t>>> out;
  for (auto& [test, list] : lists) {
    // Some of the test's filters may be in another's list.
    if (list.size() < kFewest) alone.insert(alone.end(), list.begin(), list.end());
    else out.emplace_back(of(list, true), std::move(list));
  }
  if (!alone.empty()) out.emplace_back(SharedTests(), std::move(alone));
  return out;
}

}  // namespace wiretail::filter
