// Constants: unquoted words, strings and characters become values of the type that they are compared in. Used by check
// and by value lists; pure functions, any thread. The forms are those of Wireshark's language (integers in four bases,
// addresses with prefix, bytes with any separator, times with zones, names of values).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "filter/error.hpp"
#include "filter/typed.hpp"
#include "filter/types.hpp"

namespace wiretail::filter {

struct Literal {
  enum class Form : uint8_t { kWord, kString, kChar } form = Form::kWord;
  std::string_view text;
  Span span;
  bool negated = false;  // a minus stands before it: -128 fits where 128 does not
};

struct Converted {
  Constant value;
  FilterError error;     // code 0: converted
  bool as_text = false;  // the name of several values: the field's value name is compared with it as text
  std::string warning;
};
Converted to_constant(const Literal& literal, const TypeInfo& type);

// A word that is a number (integer or fraction), whatever it is compared with.
bool is_number(std::string_view word);
std::optional<uint64_t> parse_integer(std::string_view text);
std::optional<double> parse_float(std::string_view text);
// 492204e-3: a number even where bytes are wanted (1e55), unless it begins with a zero (01e5).
bool has_exponent(std::string_view text);
// Hex digits with ':', '-', '.' or nothing between; in pairs, but for a single digit before a separator or at the end.
std::optional<std::string> parse_byte_literal(std::string_view text);
std::optional<std::string> parse_object_identifier(std::string_view text);
std::optional<std::string> parse_guid(std::string_view text);

// `why` is set (": …") where there is more to say than that it is none.
bool parse_ipv4(std::string_view text, uint32_t& address, uint8_t& prefix, std::string& why);
bool parse_ipv6(std::string_view text, std::string& sixteen, uint8_t& prefix, std::string& why);
bool parse_absolute_time(std::string_view text, dissect::Time& out, std::string& why);
bool parse_seconds(std::string_view text, dissect::Time& out);

}  // namespace wiretail::filter
