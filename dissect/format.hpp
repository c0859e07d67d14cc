// Values as text, spelt as tshark spells them in `-T fields`: used by that writer, by string() in filters and by
// the columns; -V's lines are in lines.hpp. No locale, no general-purpose printing.
#pragma once
#include <string>

#include "dissect/field.hpp"
#include "dissect/registry.hpp"

namespace wiretail::dissect {

// Appends `value` of `field` as `-T fields` shows it: numbers in the field's base (hexadecimal padded to the type's width),
// booleans 1 and 0, addresses, bytes as plain hex, absolute times as "Nov 24, 2026 12:00:00.123456789 UTC" (local zone).
void append_value(std::string& out, const FieldDef& field, const Value& value);

void append_uint(std::string& out, uint64_t value);
void append_hex(std::string& out, uint64_t value, unsigned digits);  // digits, zero-padded, no prefix
void append_ipv4(std::string& out, uint32_t host_order);
void append_ipv6(std::string& out, const uint8_t* sixteen);          // RFC 5952
void append_ether(std::string& out, const uint8_t* six);
void append_text(std::string& out, std::string_view text);           // up to a NUL; what is no UTF-8 becomes U+FFFD
void append_hex_bytes(std::string& out, Bytes bytes);                // lower case, no separators

}  // namespace wiretail::dissect
