// Well-known protocols of Wireshark that wiretail does not dissect: who asks for one hears that, and what can be asked instead,
// not names that are spelt alike.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace wiretail::filter {

struct ForeignProtocol {
  std::string_view name;
  std::string_view filter;  // its usual place; empty: it has none of its own
};
std::span<const ForeignProtocol> foreign_protocols();

// The protocol that a name or the first part of a field's name stands for, case aside, old names too; null: none of these.
const ForeignProtocol* find_foreign(std::string_view word);

}  // namespace wiretail::filter
