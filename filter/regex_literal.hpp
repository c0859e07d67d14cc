// What every match of a pattern must contain: a fixed run of letters, for the look-up that spares patterns. Reads PCRE2's
// syntax conservatively: where it does not know an element it finds nothing. Pure, any thread.
#pragma once
#include <string>
#include <string_view>

namespace wiretail::filter {

// The longest run that must occur, in either letter case; empty: none is known.
std::string mandatory_text(std::string_view pattern);

}  // namespace wiretail::filter
