// Many needles, one pass: which of a set of texts occur in some bytes. Letter case is ignored (ASCII), so that `contains`
// and the fixed parts of patterns share one automaton; callers check again what is found. Built while compiling filters,
// immutable afterwards, searched by any thread. Never fails; searching never allocates and is linear in the bytes.
// Two steps: samples of three bytes at a stride against a bitmap (most packets end there), then, around a sample that is
// known, Aho-Corasick (A. Aho, M. Corasick, "Efficient string matching", 1975) as a table of states by byte classes.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wiretail::filter {

class Needles {
 public:
  static constexpr size_t kMaxCells = 16u << 20;  // of the state table: 64 MiB

  // Numbers are given in order, from 0. Empty needles are not taken.
  void add(std::string_view needle);
  // False: the table would be too large; the object must not be searched.
  bool build();

  // Calls found(number) for needles that occur; a number may come more than once.
  template <class Found>
  void search(const uint8_t* data, size_t size, Found&& found) const {
    if (size < shortest_) return;
    uint32_t state = 0;
    size_t at = 0;  // the automaton has seen all that matters before this place
    auto run_to = [&](size_t end) {
      for (; at < end; ++at) {
        state = next_[size_t{state} * classes_ + class_of_[data[at]]];
        for (uint32_t s = hit_[state]; s != kNone; s = outer_[s])
          for (uint32_t k = outputs_begin_[s]; k < outputs_begin_[s + 1]; ++k) found(outputs_[k]);
      }
    };
    if (!stride_) return run_to(size);
    // Where a sample's three bytes are some needle's, the needle lies within its own length around them. Places are run
    // over once, in order, so that the whole stays linear.
    for (size_t sample = next_sample(data, size, stride_ - 1); sample < size; sample = next_sample(data, size, sample + stride_)) {
      const size_t begin = sample + kGram > longest_ ? sample + kGram - longest_ : 0;
      if (begin > at) at = begin, state = 0;
      run_to(std::min(size, sample + longest_));
    }
  }
  size_t size() const { return needles_.size(); }

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr unsigned kGram = 3;
  static constexpr size_t kBits = size_t{1} << 18;
  static uint8_t fold(uint8_t b) { return b >= 'A' && b <= 'Z' ? static_cast<uint8_t>(b | 0x20) : b; }
  // Of three bytes in one number; the bit of letter case is set in all of them.
  static size_t gram(uint32_t three) { return ((three << 8 | 0x20202000) * 2654435761u) >> 14; }
  static uint32_t three_at(const uint8_t* p) { return uint32_t{p[0]} | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16; }
  bool known(uint32_t three) const {
    const size_t g = gram(three);
    return (grams_[g >> 6] >> (g & 63)) & 1;
  }
  // The first sample from `at` on, a stride apart, whose bytes are in the bitmap; `size`: there is none.
  size_t next_sample(const uint8_t* data, size_t size, size_t at) const;

  std::vector<std::string> needles_;
  size_t shortest_ = SIZE_MAX, longest_ = 0;
  size_t stride_ = 0;                 // 0: needles are too short to sample
  std::vector<uint64_t> grams_;
  std::array<uint16_t, 256> class_of_{};
  uint32_t classes_ = 1;
  std::vector<uint32_t> next_;        // state * classes_ + class
  std::vector<uint32_t> hit_;         // the state itself or its nearest suffix that ends a needle
  std::vector<uint32_t> outer_;       // the next shorter suffix that ends a needle
  std::vector<uint32_t> outputs_begin_, outputs_;
};

}  // namespace wiretail::filter
