// A problem as a person reads it, and how far two names are apart.
#include <algorithm>

#include "config/config.hpp"

namespace wiretail::config {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t cost = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = cost;
    }
  }
  return row[b.size()];
}

std::string print_problem(const Problem& p) {
  std::string out = p.file;
  if (p.line) out += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  if (!out.empty()) out += ": ";
  if (p.warning && p.message.rfind("warning", 0) != 0) out += "warning: ";
  if (!p.key.empty()) out += p.key + ": ";
  out += p.message;
  if (!p.hint.empty()) out += "\n  hint: " + p.hint;
  return out;
}

}  // namespace wiretail::config
