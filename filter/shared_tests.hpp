// Tests that all filters of a look-up ask: while the packet fails one of them, none of these filters can match, and the look-up is
// passed over as a whole, with whatever reading it needs. Found while compiling, from the program's code; no state.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

namespace wiretail::filter {

struct ProgramData;

// The atom's answer that a match needs.
struct SharedTest {
  uint32_t atom = 0;
  bool answer = true;
  bool operator==(const SharedTest&) const = default;
};
using SharedTests = std::vector<SharedTest>;

class SharedTestFinder {
 public:
  explicit SharedTestFinder(const ProgramData& program) : program_(program) {}
  // What all of these filters ask, the cheapest first, kMost at most. `walks`: also tests that are more than a load from the headers,
  // for look-ups that cost more than such a test.
  SharedTests of(const std::vector<uint32_t>& filters, bool walks) const;
  // Filters in lists, each with what they share; last those that share nothing with enough others. No filter is lost.
  std::vector<std::pair<SharedTests, std::vector<uint32_t>>> split(const std::vector<uint32_t>& filters) const;

 private:
  // What the filter asks of every packet that it matches, in the order in which it does.
  void asked(uint32_t filter, bool walks, SharedTests& out) const;
  const ProgramData& program_;
};

}  // namespace wiretail::filter
