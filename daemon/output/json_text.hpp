// JSON's small pieces, written straight into a buffer: no general-purpose printing, no allocation once the buffer is
// warm. Used by json_line.cpp; capture thread.
#pragma once
#include <string>
#include <string_view>

#include "dissect/field.hpp"
#include "dissect/registry.hpp"

namespace wiretail::daemon {

// "2026-03-01T12:00:00.123456789Z", always UTC, always nine digits.
void append_timestamp(std::string& out, dissect::Time time);
// Quoted and escaped; bytes that are not UTF-8 become U+FFFD. True if any did.
bool append_json_string(std::string& out, std::string_view text);
// A number of seconds with up to nine decimals, trailing zeros left out.
void append_seconds(std::string& out, dissect::Time time);
// The value in the form that events.md B3 gives its type. True if text was lossy. Bytes are cut at max_bytes.
bool append_json_value(std::string& out, const dissect::FieldDef& field, const dissect::Value& value, size_t max_bytes, bool& cut);

}  // namespace wiretail::daemon
