// Macros: text put in before the filter is read. `${name}`, `${name:a;b}`, `$name(a, b)`; `$1` … in the body. A name that is
// a field stays a reference. Any thread, no state.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "filter/error.hpp"

namespace wiretail::filter {

inline constexpr int kMaxMacroDepth = 32;

bool expand_macros(std::string_view text, const std::map<std::string, std::string>& macros, std::string& out, FilterError& error);

}  // namespace wiretail::filter
