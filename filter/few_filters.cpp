#include "filter/few_filters.hpp"

#include <algorithm>

#include "filter/program.hpp"

namespace wiretail::filter {

void FewFilters::build(const ProgramData& program) {
  static_assert(kMatch == kAccept && kNoMatch == kReject && kEnds < kReject);
  steps_.clear(), entries_.clear();
  for (uint32_t i = 0; i < program.filters.size(); ++i) {
    const CompiledFilter& f = program.filters[i];
    if (f.subject != Subject::kPacket || f.entry == kReject) continue;
    if (!std::binary_search(program.always.begin(), program.always.end(), i)) return entries_.clear();  // found by look-ups
    entries_.push_back(f.entry);
  }
  for (const Instruction& in : program.code) {
    const Atom& a = program.atoms[in.atom];
    const FixedLoad& load = a.load;
    Step& s = steps_.emplace_back();
    s.on_true = in.on_true, s.on_false = in.on_false;
    if (a.plain && dissect::PlainHeaders::settled(load.proto)) {
      s.plain = a.plain, s.compare = a.compare, s.value = static_cast<uint32_t>(a.value);
      s.known = a.value <= UINT32_MAX;
      continue;
    }
    s.searches = a.plain_bytes && dissect::PlainHeaders::settled(load.proto);
    if (!is_direct(a) || !dissect::PlainHeaders::settled(load.proto)) continue;
    s.place = dissect::PlainHeaders::place_of(load.proto);
    if (a.op == Atom::Op::kPresence) {
      s.known = true;
      continue;
    }
    const int most = std::max(load.offset, load.also) + load.width;
    s.width = load.width, s.shift = load.shift, s.compare = a.compare;
    s.offset = static_cast<uint16_t>(load.offset), s.also = load.also < 0 ? s.offset : static_cast<uint16_t>(load.also);
    s.mask = static_cast<uint32_t>(load.mask), s.value = static_cast<uint32_t>(a.value);
    s.known = a.op == Atom::Op::kLoad && a.quantifier == Quantifier::kAny && !load.little_endian && (load.width == 1 || load.width == 2 || load.width == 4) &&
              a.value <= UINT32_MAX && (load.mask <= UINT32_MAX || load.mask == UINT64_MAX) && most <= dissect::PlainHeaders::least_length(s.place);
    if (!s.known) return entries_.clear();  // evaluate.cpp can tell
  }
}

}  // namespace wiretail::filter
