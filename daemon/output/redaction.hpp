// What lines do not show unless configured otherwise: credentials in headers, and the values of query parameters that are
// named like secrets (events.md B6). Filters still see the true values. Used by the JSON writer; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wiretail::daemon {

inline constexpr std::string_view kRedacted = "REDACTED";

enum class Redaction : uint8_t {
  kNone,
  kWhole,   // the value is a credential
  kQuery,   // a URI, or text with one in it: query values by name
  kHeader,  // a header line: whole for headers that carry credentials, otherwise as kQuery
};
Redaction redaction_of(std::string_view field);

// Names of query parameters whose values are not shown.
std::vector<std::string> default_redacted_parameters();

// The text to show: `text` itself, or what was made of it in `scratch`.
std::string_view redact(Redaction kind, std::string_view text, const std::vector<std::string>& parameters, std::string& scratch);

}  // namespace wiretail::daemon
