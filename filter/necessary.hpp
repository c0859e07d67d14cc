// What must be in a packet for a test to be true: one of a few values of an operand, a value in a range, a text, a protocol. Look-ups
// (look_up.hpp) find filters by it. Each literal may let too many packets through, never too few. Used while compiling only; no state.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dissect/layers.hpp"
#include "dissect/registry.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

// The operand's field if it is one registration of fixed layout, in all layers and not raw; null otherwise.
const dissect::FieldDef* fixed_field(const Operand& operand);

// The protocols of which one must be there for the test to be true, whatever it asks. Empty: that cannot be told.
std::vector<dissect::ProtoId> needed_protocols(const Test& test);
// The test is false of TCP segments of which sequence analysis has nothing to tell.
bool needs_note(const Test& test);

// Where a value is in the order of its kind: of two values the lesser has no higher place. Numbers fill `high`, addresses and bytes sixteen bytes.
struct Place {
  uint64_t high = 0, low = 0;
  auto operator<=>(const Place&) const = default;
};
inline constexpr Place kLastPlace{UINT64_MAX, UINT64_MAX};

// One value, range, pair of bounds, prefix, text or protocol that must be in the packet.
struct Necessary {
  enum class Kind : uint8_t { kNumber, kBytes, kValue, kText, kPresence, kRange, kSpread } kind = Kind::kPresence;
  const Operand* operand = nullptr;     // all but kPresence
  std::shared_ptr<const Test> implied;  // owns the operand, where it is none of the filter's
  dissect::ProtoId proto = 0;           // kPresence
  dissect::ProtoSet carriers;           // kValue, kText, kRange, kSpread: one of these must be there
  uint8_t prefix = 0xff;                // kNumber (IPv4) and kBytes (IPv6): bits that count
  uint64_t key = 0;                     // kNumber, kBytes, kValue: the value or its hash
  Place least, most;                    // kRange: a value is between them; kSpread: some value is at least the one, some at most the other
  std::string needle;                   // kText
};
using Necessaries = std::vector<Necessary>;

// Two operands that read the same have the same text, and only they: look-ups are told apart by it.
std::string reading_of(const Necessary& literal);

// Chooses, of all that a filter needs, what costs least to ask, with all filters in view.
class Chooser {
 public:
  // `filters`: how many there are. The more, the smaller a set may be whose elements are looked up one by one.
  Chooser(bool events, size_t filters);
  void count(const Test& filter);
  // Literals of which one must occur. False: the filter has none.
  bool choose(const Test& filter, Necessaries& best) const;

 private:
  bool choose(const Test& test, Necessaries& best, double& cost) const;
  bool events_;  // filters of events, whose protocols say nothing
  size_t max_literals_;  // of one set
  uint32_t& asked(uint64_t literal) { return literals_[literal >> shift_]; }
  uint32_t asked(uint64_t literal) const { return literals_[literal >> shift_]; }
  // How often each is needed, by a number made of it. Literals that share a place by chance seem as common as both together, which may cost a look-up's
  // choice: a table of counters is many times as fast as one of literals.
  std::vector<uint32_t> literals_;
  unsigned shift_;
  std::unordered_map<uint64_t, uint32_t> readings_;
};

}  // namespace wiretail::filter
