#include "filter/regex_literal.hpp"

#include <cstdint>

namespace wiretail::filter {
namespace {

constexpr size_t kNotFound = static_cast<size_t>(-1);

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Behind a class that begins at `at`; kNotFound: not understood.
size_t behind_class(std::string_view p, size_t at) {
  size_t i = at + 1;
  if (i < p.size() && p[i] == '^') ++i;
  if (i < p.size() && p[i] == ']') ++i;
  for (; i < p.size(); ++i) {
    if (p[i] == '[') return kNotFound;  // perhaps [:alpha:]
    if (p[i] == '\\') {
      if (i + 1 < p.size() && (p[i + 1] == 'Q' || p[i + 1] == 'E')) return kNotFound;
      ++i;
    } else if (p[i] == ']') {
      return i + 1;
    }
  }
  return kNotFound;
}

size_t behind_group(std::string_view p, size_t at) {
  int depth = 0;
  for (size_t i = at; i < p.size();) {
    if (p[i] == '\\') {
      if (i + 1 < p.size() && (p[i + 1] == 'Q' || p[i + 1] == 'E')) return kNotFound;
      i += 2;
    } else if (p[i] == '[') {
      if ((i = behind_class(p, i)) == kNotFound) return kNotFound;
    } else if (p[i] == '(') {
      if (i + 1 < p.size() && (p[i + 1] == '*' || (p[i + 1] == '?' && !(i + 2 < p.size() && p[i + 2] == ':')))) return kNotFound;
      ++depth, ++i;
    } else if (p[i] == ')') {
      ++i;
      if (--depth == 0) return i;
    } else {
      ++i;
    }
  }
  return kNotFound;
}

// Behind a quantifier at `at`; `least` is how often the element before must occur at least (0, 1).
size_t behind_quantifier(std::string_view p, size_t at, bool& present, bool& optional) {
  present = optional = false;
  if (at >= p.size()) return at;
  size_t i = at;
  if (p[i] == '*' || p[i] == '?') {
    present = optional = true, ++i;
  } else if (p[i] == '+') {
    present = true, ++i;
  } else if (p[i] == '{') {
    size_t close = p.find('}', i);
    if (close == std::string_view::npos) return kNotFound;
    for (size_t k = i + 1; k < close; ++k)
      if (!is_digit(p[k]) && p[k] != ',') return kNotFound;
    present = optional = true, i = close + 1;  // {0} may leave the element out: taken as if it did
  } else {
    return at;
  }
  if (i < p.size() && (p[i] == '?' || p[i] == '+')) ++i;  // lazy, possessive
  return i;
}

}  // namespace

std::string mandatory_text(std::string_view p) {
  std::string best, run;
  auto end_run = [&] {
    if (run.size() > best.size()) best = run;
    run.clear();
  };
  // Options for the whole pattern that change no letter.
  if (p.starts_with("(?")) {
    size_t i = 2;
    while (i < p.size() && (p[i] == 'i' || p[i] == 'm' || p[i] == 's' || p[i] == '-')) ++i;
    if (i < p.size() && p[i] == ')') p.remove_prefix(i + 1);
  }
  for (size_t i = 0; i < p.size();) {
    char c = p[i];
    size_t next = i + 1;
    bool literal = false;
    switch (c) {
      case '|':
      case ')':
      case '*':
      case '+':
      case '?': return "";
      case '^':
      case '$': i = next, end_run(); continue;
      case '.': break;
      case '[':
        if ((next = behind_class(p, i)) == kNotFound) return "";
        break;
      case '(':
        if ((next = behind_group(p, i)) == kNotFound) return "";
        break;
      case '\\': {
        if (i + 1 >= p.size()) return "";
        char e = p[i + 1];
        next = i + 2;
        if (!is_letter(e) && !is_digit(e)) c = e, literal = static_cast<uint8_t>(e) < 0x80;
        else if (std::string_view("dDwWsSbBAzZhHvVRtnrfea").find(e) == std::string_view::npos) return "";
        break;
      }
      case '{': return "";
      default: literal = static_cast<uint8_t>(c) < 0x80;
    }
    bool present, optional;
    size_t behind = behind_quantifier(p, next, present, optional);
    if (behind == kNotFound) return "";
    if (literal && !optional) run += c;
    if (!literal || present) end_run();
    i = behind;
  }
  end_run();
  return best;
}

}  // namespace wiretail::filter
