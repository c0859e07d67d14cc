// The flat program of all filters together. A filter is a run of instructions, each asking one atom and jumping on its
// answer; an atom is a distinct test of the whole set, asked at most once a packet. Atoms over fields of fixed layout are
// direct loads; the others walk the typed tree (values.hpp).
// Filters that cannot match unless some field has one of a few values are found by look-ups (look_up.hpp), so that filters
// whose necessary test fails are never visited. Immutable after compile; scratch belongs to one capture thread.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "filter/few_filters.hpp"
#include "filter/filter.hpp"
#include "filter/look_up.hpp"
#include "filter/values.hpp"

namespace wiretail::filter {

struct Atom {
  enum class Op : uint8_t {
    kPresence,   // the protocol is there
    kHas,        // a field of fixed layout is there
    kLoad,       // a number of fixed layout against a constant
    kLoadSet,    // … in a sorted set of ranges
    kLoadList,   // … in a list from a file
    kLoadBytes,  // bytes of fixed layout (an Ethernet or IPv6 address, with prefix) equal or not to a constant
    kLoadBytesSet,  // … in a set of constants (test->sorted)
    kWalk,       // everything else: the typed test
  } op = Op::kWalk;
  Compare compare = Compare::kEqual;
  Quantifier quantifier = Quantifier::kAny;
  bool negated = false;   // kLoadSet, kLoadList, kLoadBytesSet: `not in`
  uint8_t cost = 0;
  uint8_t prefix = 0xff;  // kLoadBytes: bits that count
  FixedLoad load;
  uint64_t value = 0;
  const uint8_t* bytes = nullptr;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  const Test* test = nullptr;
  dissect::ProtoSet carriers;      // kWalk: false of a packet unless one of these is there; empty: that cannot be told
  dissect::PlainFn plain = nullptr;  // kWalk: the number that is compared with `value`, of plain headers; null: they do not say
  dissect::PlainBytesFn plain_bytes = nullptr;  // kWalk: the bytes that are searched, likewise
  bool noted = false;              // kWalk: false of a TCP segment of which sequence analysis has nothing to tell
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

struct ProgramData {
  std::vector<FilterSource> sources;
  std::vector<TypedFilter> typed;    // owns the tests that atoms point to
  std::vector<Atom> atoms;
  std::vector<Instruction> code;
  std::vector<CompiledFilter> filters;
  std::vector<uint32_t> always;      // visited for every packet and event
  LookUps look_ups, event_look_ups;  // find the others: filters of packets, of events
  FewFilters few;
  std::vector<FieldId> fields;       // all that are read
  std::vector<std::pair<uint32_t, const Test*>> patterns;  // the first filter that asks it, the test
  // The necessary condition on flows: a program of direct loads alone, for it runs before the last layer is known. Null:
  // all flows are wanted.
  std::unique_ptr<ProgramData> flow;

  std::unordered_map<std::string, uint32_t> known;  // atoms by print; only while compiling

  // Scratch of the capture thread.
  mutable std::vector<uint64_t> answers;  // stamp << 1 | answer
  mutable uint64_t stamp = 0;
  mutable uint64_t asked = 0;             // the stamp of the last plain headers that were asked
  mutable Values values;
  mutable DatumList found;                // values that a look-up reads
  mutable std::vector<uint64_t> visited;  // by filter: stamp
};

// The atom of one test that is no connective.
Atom make_atom(const Test& test);
// Needs no more than the layers' bytes: may be asked before the walk's end.
inline bool is_direct(const Atom& atom) { return atom.op != Atom::Op::kWalk; }

// Adds one filter's typed tree (simplified, owned by program.typed, to which it adds what is looked up in sets) to the program.
// False: too many instructions.
bool add_filter(ProgramData& program, Test& root, Subject subject, uint32_t max_instructions);
// After all filters: chooses the look-ups and makes room for evaluating.
void finish_program(ProgramData& program);
// The flow condition of all filters; null: there is none.
std::unique_ptr<ProgramData> flow_program(const ProgramData& program);

// No packet filter matches without some application's layer in the packet.
bool matches_need_application(const ProgramData& program);
bool ask(const ProgramData& program, const Atom& atom, dissect::Dissection& d, Subject subject);
std::string print_program(const ProgramData& program);
void collect_fields(const Test& test, std::vector<FieldId>& out);

// The weaker test that holds for every packet of a flow in which `test` can hold; null: always.
std::unique_ptr<Test> flow_condition(const Test& test);

}  // namespace wiretail::filter
