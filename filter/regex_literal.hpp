// What every match of a pattern must contain: fixed texts, for the look-up that spares patterns. Reads PCRE2's
// syntax conservatively: where it does not know an element it finds nothing. Pure, any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace wiretail::filter {

// Texts of which one occurs in every match, in either letter case: one for a fixed run, several where the pattern has alternatives
// (`(jpe?g|png)$`: "jpg", "jpeg", "png"). At most 64.
using AnyOfTexts = std::vector<std::string>;

// All that is known, in no order; each holds of every match. None: nothing is known.
std::vector<AnyOfTexts> necessary_texts(std::string_view pattern);

}  // namespace wiretail::filter
