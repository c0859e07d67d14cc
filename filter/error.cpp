#include "filter/error.hpp"

#include <algorithm>

namespace wiretail::filter {
namespace {

constexpr size_t kWidth = 100;  // characters of the expression that are shown around the place

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // inside a UTF-8 character
size_t characters(std::string_view s) {
  return static_cast<size_t>(std::count_if(s.begin(), s.end(), [](char c) { return !continues(c); }));
}

}  // namespace

std::string printable(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto b = static_cast<unsigned char>(text[i]);
    const bool second = b >= 0x80 && b < 0xa0 && i > 0 && text[i - 1] == '\xc2';  // U+0080 to U+009F
    if (second) out.pop_back();
    if (b < 0x20 || b == 0x7f || second) out += "\\x", out += kDigits[b >> 4], out += kDigits[b & 15];
    else out += text[i];
  }
  return out;
}

std::string print_error(std::string_view expression, const FilterError& error) {
  size_t begin = std::min<size_t>(error.span.begin, expression.size());
  size_t end =
      std::min<size_t>(begin + std::max<uint32_t>(1, error.span.length), std::max(begin + 1, expression.size()));
  // Of a long text the part around the place.
  size_t from = begin > kWidth * 2 / 3 ? begin - kWidth / 2 : 0;
  while (from > 0 && from < expression.size() && continues(expression[from])) --from;
  size_t to = std::min(expression.size(), std::max(from + kWidth, std::min(end, begin + kWidth)));
  while (to < expression.size() && continues(expression[to])) ++to;
  std::string_view left = from ? "… " : "", right = to < expression.size() ? " …" : "";
  std::string line(expression.substr(from, to - from));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';  // other blanks would move the caret
  size_t column = characters(left) + characters(expression.substr(from, begin - from));
  size_t length = begin >= expression.size()
                      ? 1
                      : std::max<size_t>(1, characters(expression.substr(begin, std::min(end, to) - begin)));

  std::string out = error.warning ? "warning: " : "error: ";
  out += error.message;
  out += "\n    " + std::string(left) + line + std::string(right);
  out += "\n    " + std::string(column, ' ') + "^" + std::string(length - 1, '~');
  if (!error.hint.empty()) out += "\n  hint: " + error.hint;
  return out;
}

}  // namespace wiretail::filter
