#include "daemon/pattern_warnings.hpp"

#include <vector>

#include "daemon/messages.hpp"
#include "filter/error.hpp"

namespace wiretail::daemon {
namespace {

constexpr std::chrono::seconds kBetween{10};
constexpr size_t kShown = 60;   // bytes of a pattern
constexpr size_t kNamed = 5;    // patterns that have a line of their own at the end

std::string named(const Loaded& loaded, const filter::GivenUp& g) {
  size_t shown = g.pattern.size();
  if (shown > kShown)
    for (shown = kShown; shown > 0 && (static_cast<unsigned char>(g.pattern[shown]) & 0xc0) == 0x80;) --shown;
  return "filter \"" + loaded.filters[g.filter].name + "\": the pattern \"" + filter::printable(g.pattern.substr(0, shown)) + (shown < g.pattern.size() ? "…" : "") +
         "\" gave up on " + std::to_string(g.values) + (g.values == 1 ? " value" : " values");
}

}  // namespace

void PatternWarnings::look(const Loaded& loaded, Clock::time_point now) {
  if (now < next_) return;
  std::vector<filter::GivenUp> fresh;
  for (auto& g : loaded.program.given_up())
    if (!known_.contains({g.filter, g.pattern})) fresh.push_back(std::move(g));
  if (fresh.empty()) return;
  next_ = now + kBetween;
  for (const auto& g : fresh) known_.emplace(g.filter, g.pattern);
  warn(named(loaded, fresh[0]) + " that would take too long, and they do not match" +
       (fresh.size() > 1 ? "; so did " + std::to_string(fresh.size() - 1) + (fresh.size() > 2 ? " other patterns" : " other pattern") : "") +
       "; while it goes on so, each value has less time");
}

void PatternWarnings::end(const Loaded& loaded, bool said) {
  const auto all = loaded.program.given_up();
  uint64_t values = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    ended_ += all[i].values;
    if (i >= kNamed) values += all[i].values;
    else if (said) warn(named(loaded, all[i]) + " in all: such values do not match");
  }
  if (said && values) warn(std::to_string(all.size() - kNamed) + " other patterns gave up on " + std::to_string(values) + " values in all");
  known_.clear();
}

uint64_t PatternWarnings::values(const Loaded& loaded) const {
  uint64_t out = ended_;
  for (const auto& g : loaded.program.given_up()) out += g.values;
  return out;
}

}  // namespace wiretail::daemon
