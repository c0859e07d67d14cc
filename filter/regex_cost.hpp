// How much work a pattern of `matches` can make at worst, by its form alone: how often PCRE2 can go back, over values of a
// given size. For regex.cpp, which runs a pattern without counting where that is little, and counts the steps elsewhere.
#pragma once
#include <cstddef>
#include <string_view>

namespace wiretail::filter {

// The largest value over which a search for the pattern takes at most `budget` steps (one is about 10 ns of the
// interpreter); 0 for patterns that have something this does not understand (back references, recursion, verbs, \Q …), and for those that
// can go back without end. `anchored`: a match begins nowhere but at the value's start. The pattern is known to compile.
size_t cheap_size(std::string_view pattern, bool anchored, double budget);

}  // namespace wiretail::filter
