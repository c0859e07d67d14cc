// Errors and warnings in a filter's text: where, what, and what to do. Values, never exceptions. Used by every stage up
// to the program; printed with a caret line by print_error (error.cpp).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wiretail::filter {

// Bytes of the filter's text, from 0. length 0: at the end of the text.
struct Span {
  uint32_t begin = 0;
  uint32_t length = 0;
};

struct FilterError {
  uint16_t code = 0;     // class of the error, as numbered in error_codes below; stable for tests
  Span span;
  std::string message;   // one sentence, no position
  std::string hint;      // what to write instead; may be empty
  bool warning = false;  // the filter still runs
};

inline constexpr size_t kMaxErrors = 5;  // reported for one expression

// Control characters written out, as \x1b: messages name what a filter or a list's file says, and are for terminals.
std::string printable(std::string_view text);
// The expression, a caret line below it, message and hint; several lines, the last without newline.
std::string print_error(std::string_view expression, const FilterError& error);

}  // namespace wiretail::filter
