#include "filter/error.hpp"

#include <algorithm>

namespace wiretail::filter {

std::string print_error(std::string_view expression, const FilterError& error) {
  // Blanks other than spaces would move the caret; bytes of a multi-byte character count one column each.
  std::string line(expression), marks;
  for (char& c : line)
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  size_t begin = std::min<size_t>(error.span.begin, line.size());
  size_t length = std::max<size_t>(1, std::min<size_t>(error.span.length, line.size() - begin));
  marks.assign(begin, ' ');
  marks += '^';
  marks.append(length - 1, '~');
  std::string out = (error.warning ? "warning: " : "error: ") + error.message + "\n    " + line + "\n    " + marks;
  if (!error.hint.empty()) out += "\n  hint: " + error.hint;
  return out;
}

}  // namespace wiretail::filter
