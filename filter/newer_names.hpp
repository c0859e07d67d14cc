// Names of values that Wireshark 4.4 spells otherwise than 4.0 (`dns.qry.type`: "A", not "A (Host Address)"). Lines and details
// show 4.0's, as its tshark does; what filters ask of a name (vals(), matches, contains) is the newer one, and a comparison may be
// written with either. Read by the checker, the evaluator and its reference; any thread, nothing is allocated.
#pragma once
#include <optional>
#include <string_view>

#include "dissect/registry.hpp"

namespace wiretail::filter {

// The newer name of a value that 4.0 calls `older`; mostly the same.
std::string_view newer_name(uint64_t value, std::string_view older);
// The name of the field's value as filters see it; empty: it has none.
std::string_view filter_name(const dissect::FieldDef& field, uint64_t value);
// The value whose newer name the text is, as `same` compares, if the table has it by an older one.
std::optional<uint64_t> renamed_value(dissect::ValueNames names, std::string_view text, bool (*same)(std::string_view, std::string_view));

}  // namespace wiretail::filter
