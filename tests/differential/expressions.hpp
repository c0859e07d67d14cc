// Random filters, typed from the registry: fields that some packets have, with values that they have. The same seed makes
// the same filters. Used by the property tests and by match_filters.
#pragma once
#include <random>
#include <string>
#include <vector>

#include "dissect/dissection.hpp"
#include "dissect/registry.hpp"

namespace wiretail::test {

class Expressions {
 public:
  // classic: only what Wireshark 4.0 understands as newer versions do.
  Expressions(uint64_t seed, bool classic) : random_(seed), classic_(classic), values_(dissect::Registry::get().fields().size()) {}
  // Takes fields and values from a packet; its dissection must want all fields.
  void learn(dissect::Dissection& packet);
  // After the last packet.
  void learnt();
  std::string expression(int depth);

 private:
  uint64_t pick(uint64_t n) { return random_() % n; }
  template <class T>
  const T& of(const std::vector<T>& list) { return list[pick(list.size())]; }
  std::string literal(const dissect::FieldDef& field, const dissect::Value& value) const;
  std::string value_for(dissect::FieldId id);
  std::string needle(dissect::FieldId id);
  std::string quantifier();
  std::string layer();
  std::string range();
  std::string relation(dissect::FieldId id);
  std::string test();
  std::string special(dissect::FieldId id);

  std::mt19937_64 random_;
  bool classic_;
  std::vector<dissect::FieldId> present_, absent_;
  std::vector<std::vector<std::string>> values_;
};

}  // namespace wiretail::test
