// From a word of a filter to fields: the field's name, its output path, the old name of a renamed protocol, a column in
// either spelling. Also which fields a subject has. Reads the registry; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dissect/registry.hpp"
#include "filter/filter.hpp"

namespace wiretail::filter {

struct NameResult {
  std::span<const dissect::FieldId> fields;  // empty: not a field
  std::string warning;                       // an old name
};
NameResult find_name(std::string_view word);

// What is said of an unknown name.
std::string unknown_name(std::string_view word);
// What to write instead of an unknown name; may be empty.
std::string suggest_name(std::string_view word);

std::string_view subject_name(Subject subject);  // as in `on = "…"`
// Empty: the subject has the field. Otherwise the error's message; `hint` says what to write.
std::string subject_lacks(const dissect::FieldDef& field, Subject subject, std::string& hint);

}  // namespace wiretail::filter
