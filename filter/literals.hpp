// Unquoted values, strings and characters to constants of a field's type. Used by check; any thread, no state.
// The forms are those of Wireshark's language: integers in four bases, addresses with prefix, bytes, times, value names.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "dissect/registry.hpp"
#include "filter/error.hpp"
#include "filter/typed.hpp"

namespace wiretail::filter {

struct Literal {
  enum class Form : uint8_t { kWord, kString, kChar } form = Form::kWord;
  std::string_view text;
  Span span;
};

// The type that a constant takes: of the field, or of the result, on the other side.
struct TypeInfo {
  ValueKind kind = ValueKind::kNone;
  FieldType type = FieldType::kNone;
  const dissect::FieldDef* def = nullptr;  // for value names; null for results
  bool slice = false;
};

ValueKind kind_of(FieldType type);
std::string_view kind_text(const TypeInfo& type);  // "an IPv4 address", for messages

// False: `error` says why. `several_names`: the text is the name of several values; compare as text.
bool to_constant(const Literal& literal, const TypeInfo& type, Constant& out, FilterError& error, bool& several_names);

std::optional<uint64_t> parse_integer(std::string_view text);
std::optional<double> parse_fraction(std::string_view text);
// Hex digit pairs with ':', '-', '.' or nothing between.
std::optional<std::string> parse_byte_literal(std::string_view text);
bool parse_absolute_time(std::string_view text, dissect::Time& out, std::string& why);
bool parse_relative_time(std::string_view text, dissect::Time& out);
bool parse_ipv4(std::string_view text, uint32_t& address, uint8_t& prefix, std::string& why);
bool parse_ipv6(std::string_view text, std::string& sixteen, uint8_t& prefix, std::string& why);

}  // namespace wiretail::filter
