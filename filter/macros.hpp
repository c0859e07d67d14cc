// Macros: text put in before the filter is read. `${name}`, `${name:a;b}`, `${name;a;b}`, `$name(a, b)`; `$1` … stand
// for the arguments in the body, and what comes out is expanded again, to a bounded depth and length. A name that is a
// field stays a reference; `$name` without parentheses stays (a reference or a list). Any thread, no state.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "filter/error.hpp"

namespace wiretail::filter {

inline constexpr int kMaxMacroDepth = 32;
inline constexpr size_t kMaxMacroText = 1 << 20;  // bytes that macros may make of a filter

// The text with all macros replaced, and where each part of it comes from.
struct Expansion {
  struct Piece {
    uint32_t begin;  // in `text`, to the next piece
    Span source;     // in the filter as written: the same bytes, or the call
    bool copied;
  };
  std::string text;
  std::vector<Piece> pieces;

  Span source_of(Span expanded) const;
  bool is_copied(Span expanded) const;
};

// False: `error` says why; its span is in the filter as written.
bool expand_macros(std::string_view text, const std::map<std::string, std::string>& macros, Expansion& out,
                   FilterError& error);

}  // namespace wiretail::filter
