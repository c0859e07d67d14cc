// The flat program of all filters together. A filter is a run of instructions, each asking one atom and jumping on its
// answer; an atom is a distinct test of the whole set, asked at most once a packet. Atoms over fields of fixed layout are
// direct loads; the others walk the typed tree (values.hpp).
// Filters that need an exact value of one field (an address, a port) are found by a hash look-up of the packet's values, so
// that filters whose necessary test fails are never visited. Immutable after compile; scratch belongs to one capture thread.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "filter/filter.hpp"
#include "filter/values.hpp"

namespace wiretail::filter {

struct Atom {
  enum class Op : uint8_t {
    kPresence,  // the protocol is there
    kLoad,      // a number of fixed layout against a constant
    kLoadSet,   // … in a sorted set of ranges
    kWalk,      // everything else: the typed test
  } op = Op::kWalk;
  Compare compare = Compare::kEqual;
  Quantifier quantifier = Quantifier::kAny;
  bool negated = false;        // kLoadSet: `not in`
  bool little_endian = false;
  dissect::ProtoId proto = 0;
  uint8_t width = 0, shift = 0;
  int16_t offset = 0, also = -1;
  uint64_t mask = ~uint64_t{0};  // after shift; IPv4 prefixes too
  uint64_t value = 0;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  const Test* test = nullptr;
  uint8_t cost = 0;
};

inline constexpr uint32_t kAccept = 0xfffffffe, kReject = 0xffffffff;

struct Instruction {
  uint32_t atom;
  uint32_t on_true, on_false;  // index, kAccept or kReject
};

struct CompiledFilter {
  uint32_t entry = kAccept;  // kAccept / kReject: constant
  Subject subject = Subject::kPacket;
};

// Filters that can only match when one field has one of these values.
struct ValueIndex {
  FieldId field;
  dissect::ProtoId proto;
  uint8_t width, shift;
  int16_t offset, also;
  uint64_t mask;
  std::unordered_map<uint64_t, std::vector<uint32_t>> filters;
};

struct ProgramData {
  std::vector<FilterSource> sources;
  std::vector<TypedFilter> typed;    // owns the tests that atoms point to
  std::vector<Atom> atoms;
  std::vector<Instruction> code;
  std::vector<CompiledFilter> filters;
  std::vector<uint32_t> always;      // visited for every packet
  std::vector<ValueIndex> indexes;
  std::vector<FieldId> fields;       // all that are read
  // The necessary condition on flows: null for "all flows".
  std::vector<std::unique_ptr<Test>> flow;  // a packet's flow is wanted if one of them holds
  bool flow_all = true;

  // Scratch of the capture thread.
  mutable std::vector<uint64_t> answers;  // stamp << 1 | answer
  mutable uint64_t stamp = 0;
  mutable Values values;
  mutable std::vector<uint64_t> visited;  // by filter: stamp
};

// Adds one filter's typed tree (simplified) to the program.
bool add_filter(ProgramData& program, const Test& root, Subject subject, uint32_t max_instructions);
// After all filters: chooses the indexes and the flow condition.
void finish_program(ProgramData& program);
bool ask(const ProgramData& program, const Atom& atom, dissect::Dissection& d);
std::string print_program(const ProgramData& program);
void collect_fields(const Test& test, std::vector<FieldId>& out);

// The weaker test that holds for every packet of a flow in which `test` can hold; null: always.
std::unique_ptr<Test> flow_condition(const Test& test);

}  // namespace wiretail::filter
