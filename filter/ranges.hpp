// The inside of `[…]`: ranges of bytes in a slice, of layers behind `#`.
#pragma once
#include <string_view>
#include <vector>

#include "filter/error.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

// `position` is where `text` begins in the filter. False: `error` says why.
bool parse_ranges(std::string_view text, uint32_t position, bool layers, std::vector<Range>& ranges, FilterError& error);

}  // namespace wiretail::filter
