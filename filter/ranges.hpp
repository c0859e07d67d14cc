// The inside of `[…]`: ranges of bytes in a slice, of layers behind `#`. Pure functions, any thread.
// `i:n` n from i, `i-j` both included, `i` one, `:n` the first n, `i:` from i on, `:` all; several with commas.
// Offsets count from 0, layers from 1; negative ones from the end.
#pragma once
#include <string_view>
#include <vector>

#include "filter/error.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

// `position` is where `text` begins in the filter. False: `error` says why.
bool parse_ranges(std::string_view text, uint32_t position, bool layers, std::vector<Range>& ranges,
                  FilterError& error);

// Whether the layer `number` of a protocol whose innermost layer is number `last` is in the ranges. No ranges: all are.
bool layer_in(const std::vector<Range>& ranges, uint32_t number, uint32_t last);

}  // namespace wiretail::filter
