// The lines of -V: bits, label, value, unit, spelt as tshark spells them, all from the row of the protocol's table. What a
// dissector says of one line beside that comes from Emit::shown and Emit::remark.
#pragma once
#include <string>

#include "dissect/dissection.hpp"

namespace wiretail::dissect {

// Appends the line of an occurrence of Dissection::tree(), without indentation and line end. False: -V does not show it.
// A protocol's own line is its head (columns.hpp).
bool append_line(std::string& out, const Dissection& packet, const Occurrence& occurrence);

// "0100 .... = ": the bits of `mask` in a number of `bits` bits, for rows whose table has no mask.
void append_bit_row(std::string& out, uint64_t value, uint64_t mask, unsigned bits);

// A ShowFn for a number whose bits are the rows right behind it in the table: names what is set, ", Managed address
// configuration, Prf: High".
void list_flags(std::string& text, const Dissection& packet, const Occurrence& occurrence);

// Text as -V shows it: controls as \n, \r, \t … or octal.
void append_escaped(std::string& out, std::string_view text);

}  // namespace wiretail::dissect
