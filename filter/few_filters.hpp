// A few filters, asked of plain headers alone: what evaluate.cpp does for any number, without its memory of answers and its look-ups, for the
// packet that nobody wants costs little more than these tests. Only numbers in big-endian fields of 1, 2 or 4 bytes; whatever else a
// filter comes to is "may match"; and lengths that follow from the headers. Built after compiling (finish_program), then immutable; any thread.
#pragma once
#include <cstdint>
#include <vector>

#include "dissect/plain_headers.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

struct ProgramData;

class FewFilters {
 public:
  void build(const ProgramData& program);
  // No: the filters are many, or of other kinds.
  bool usable() const { return !entries_.empty(); }
  // Every filter comes to "no match", whatever lies above these headers; one may match; or none does unless it finds what it
  // searches the payload for.
  enum class Outcome : uint8_t { kNoneMatches, kMayMatch, kSearch };
  Outcome ask(const dissect::PlainHeaders& headers) const {
    Outcome outcome = Outcome::kNoneMatches;
    for (uint32_t at : entries_) {
      while (at < kEnds) {
        const Step& s = steps_[at];
        if (s.searches) {
          outcome = Outcome::kSearch, at = kNoMatch;
          break;
        }
        if (!s.known) return Outcome::kMayMatch;
        at = (s.plain ? holds_plainly(s, headers) : holds(s, headers.header(s.place))) ? s.on_true : s.on_false;
      }
      if (at == kMatch) return Outcome::kMayMatch;
    }
    return outcome;
  }

 private:
  static constexpr uint32_t kEnds = 0xfffffffe, kMatch = kEnds, kNoMatch = 0xffffffff;  // as kAccept and kReject
  struct Step {
    dissect::PlainHeaders::Place place = {};
    bool known = false;       // can be told from plain headers
    bool searches = false;    // … from the payload behind them
    uint8_t width = 0, shift = 0;  // width 0: whether the header is there
    Compare compare = Compare::kEqual;
    uint16_t offset = 0, also = 0;  // the same twice: there is one place
    uint32_t on_true = 0, on_false = 0, mask = 0, value = 0;
    dissect::PlainFn plain = nullptr;  // what is compared; null: the bytes at `place`
  };
  static bool holds(const Step& s, const dissect::PlainHeaders::Header& header) {
    if (!header.p) return false;
    return s.width == 0 || holds(s, header.p + s.offset) || (s.also != s.offset && holds(s, header.p + s.also));
  }
  static bool holds(const Step& s, const uint8_t* p) {
    return holds(s, ((s.width == 2 ? dissect::be16(p) : s.width == 4 ? dissect::be32(p) : *p) >> s.shift) & s.mask);
  }
  static bool holds_plainly(const Step& s, const dissect::PlainHeaders& headers) {
    uint64_t v = 0;
    return s.plain(headers, v) && holds(s, static_cast<uint32_t>(v));  // lengths
  }
  static bool holds(const Step& s, uint32_t v) {
    switch (s.compare) {
      case Compare::kEqual: return v == s.value;
      case Compare::kNotEqual: return v != s.value;
      case Compare::kLess: return v < s.value;
      case Compare::kLessEqual: return v <= s.value;
      case Compare::kGreater: return v > s.value;
      case Compare::kGreaterEqual: return v >= s.value;
    }
    return false;
  }
  std::vector<Step> steps_;
  std::vector<uint32_t> entries_;
};

}  // namespace wiretail::filter
