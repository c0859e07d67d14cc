#include "filter/macros.hpp"

#include <algorithm>

#include "filter/error_codes.hpp"
#include "filter/names.hpp"

namespace wiretail::filter {
namespace {

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A field that is not a protocol: `${tcp}` is a macro's call.
bool is_reference(std::string_view name) {
  auto fields = find_name(name).fields;
  return std::any_of(fields.begin(), fields.end(),
                     [](dissect::FieldId id) { return !dissect::Registry::get()[id].is_protocol; });
}

class Expander {
 public:
  Expander(const std::map<std::string, std::string>& macros, FilterError& error) : macros_(macros), error_(error) {}

  // Reads `text`; `pieces` is set for the filter itself, null inside macros.
  bool run(std::string_view text, std::string& out, std::vector<Expansion::Piece>* pieces, int depth) {
    if (depth > kMaxMacroDepth)
      return fail(call_, "macros nest deeper than the limit max_macro_depth of " + std::to_string(kMaxMacroDepth),
                  "does one call itself?");
    bool copying = false;
    size_t quoted = 0;  // where the string ends that i is in
    for (size_t i = 0; i < text.size();) {
      size_t begin = i, before = out.size();
      bool called = false;
      if (i >= quoted && (text[i] == '"' || text[i] == '\'')) quoted = behind_string(text, i);
      // Text is put in before anything is read, in strings too; a `$` of theirs that calls nothing stays (a pattern's end).
      if (text[i] == '$' && (i >= quoted || is_known_call(text, i))) {
        if (pieces) call_ = {static_cast<uint32_t>(i), 1};
        called = call(text, i, out, depth, pieces != nullptr);
        if (failed_) return false;
        if (!called) out += text[i++];
      } else {
        out += text[i++];
      }
      if (pieces && (called || !copying)) {
        uint32_t length = called ? static_cast<uint32_t>(i - begin) : 0;
        pieces->push_back({static_cast<uint32_t>(before), {static_cast<uint32_t>(begin), length}, !called});
      }
      copying = !called;
      if (depth > 0 && out.size() > kMaxMacroText)
        return fail(call_,
                    "macros make the filter longer than the limit max_macro_bytes of " + std::to_string(kMaxMacroText) + " bytes");
    }
    return true;
  }

 private:
  bool fail(Span span, std::string message, std::string hint = "") {
    if (!failed_) error_ = {error_code::kMacro, span, std::move(message), std::move(hint)};
    failed_ = true;
    return false;
  }
  static Span at(size_t begin, size_t length) { return {static_cast<uint32_t>(begin), static_cast<uint32_t>(length)}; }

  static size_t behind_string(std::string_view text, size_t i) {
    char quote = text[i++];
    while (i < text.size() && text[i] != quote) i += text[i] == '\\' ? 2 : 1;
    return std::min(i + 1, text.size());
  }

  bool is_known_call(std::string_view text, size_t i) const {
    const bool braces = text.substr(i + 1, 1) == "{";
    const size_t begin = i + 1 + braces;
    size_t p = begin;
    while (p < text.size() && is_name(text[p])) ++p;
    return p < text.size() && (braces ? text[p] == '}' || text[p] == ':' || text[p] == ';' : text[p] == '(') && macros_.contains(std::string(text.substr(begin, p - begin)));
  }

  // A macro's call at text[i] == '$'. False without failure: it is none (a reference, a list).
  bool call(std::string_view text, size_t& i, std::string& out, int depth, bool top) {
    size_t p = i + 1;
    bool braces = p < text.size() && text[p] == '{';
    if (braces) ++p;
    size_t begin = p;
    while (p < text.size() && is_name(text[p])) ++p;
    size_t word = p;
    while (word < text.size() && (is_name(text[word]) || text[word] == '.' || text[word] == '-')) ++word;
    auto place = [&](Span s) { return top ? s : call_; };
    const bool raw = braces && begin < text.size() && text[begin] == '@';
    if (raw)
      for (word = begin + 1; word < text.size() && (is_name(text[word]) || text[word] == '.' || text[word] == '-');) ++word;
    if (raw || is_reference(text.substr(begin, word - begin))) {
      if (!braces || word >= text.size() || !is_blank(text[word])) return false;
      return fail(place(at(word, 1)), "a blank cannot stand within the braces of a field reference", "write ${" + std::string(text.substr(begin, word - begin)) + "}");
    }
    if (!braces && (p >= text.size() || text[p] != '(' || p == begin)) return false;
    std::string name(text.substr(begin, p - begin));
    if (braces && (p == begin || (p < text.size() && text[p] != '}' && text[p] != ':' && text[p] != ';')))
      return fail(place(at(p, p < text.size() ? 1 : 0)),
                  p < text.size() && p == word
                      ? "this character cannot stand in the name of a macro"
                      : "\"" + std::string(text.substr(begin, word - begin)) + "\" is neither a field nor a macro",
                  p == word ? "a name has letters, digits and _: ${name} or ${name:argument;argument}" : suggest_name(text.substr(begin, word - begin)));
    auto macro = macros_.find(name);
    if (macro == macros_.end()) {
      std::string known;
      for (const auto& [other, body] : macros_) known += (known.empty() ? "there are " : ", ") + other;
      return fail(place(at(i, p - i)), "there is no macro \"" + name + "\"",
                  known.empty() ? "define it in the configuration: [macros] " + name + " = \"…\"" : known);
    }
    std::vector<std::string> arguments;
    if (p >= text.size()) return ended(place(at(text.size(), 0)));
    if (text[p] == '}')
      ++p;
    else if (!read_arguments(text, ++p, braces, place, arguments))
      return false;
    std::string body;
    if (!substitute(macro->second, name, arguments, place(at(i, p - i)), body)) return false;
    if (top) call_ = at(i, p - i);
    if (!run(body, out, nullptr, depth + 1)) return false;
    i = p;
    return true;
  }

  bool ended(Span span) { return fail(span, "the text ends inside a macro's call, where its closing bracket is expected", "write ${name:argument;argument} or $name(argument, argument); within an argument \\ stands before a bracket or separator that is its own"); }

  // Brackets within an argument are in pairs and strings whole; where the call does not end that way, it ends at the first closing bracket, as
  // in Wireshark (`flat`), which knows no other way.
  template <class Place>
  bool read_arguments(std::string_view text, size_t& p, bool braces, Place place, std::vector<std::string>& out, bool flat = false) {
    const size_t start = p;
    std::string current;
    int nested = 0;
    bool any = false;
    size_t begin = p;
    auto add = [&] {
      if (!braces) {  // blanks around the arguments of $name(a, b) are layout
        while (!current.empty() && is_blank(current.front())) current.erase(0, 1);
        while (!current.empty() && is_blank(current.back())) current.pop_back();
      }
      if (current.empty()) return fail(place(at(begin, p - begin)), "an argument of the macro is expected here, and it is empty", "write one value between the separators, and none behind the last");
      out.push_back(std::move(current));
      current.clear(), begin = p;
      return any = true;
    };
    while (p < text.size()) {
      char c = text[p++];
      if (c == '\\' && p < text.size()) {
        current += text[p++];
      } else if (c == '"' && !flat) {
        size_t end = behind_string(text, p - 1);
        current += text.substr(p - 1, end - p + 1);
        p = end;
      } else if (nested == 0 && c == (braces ? '}' : ')')) {
        return (!any && current.empty()) || add();
      } else if (nested == 0 && (c == ';' || c == ',')) {
        if (!add()) return false;
      } else {
        if (!flat && (c == '(' || c == '{')) ++nested;
        if (!flat && (c == ')' || c == '}')) --nested;
        current += c;
      }
    }
    if (!flat) return out.clear(), p = start, read_arguments(text, p, braces, place, out, true);
    return ended(place(at(text.size(), 0)));
  }

  bool substitute(std::string_view body, const std::string& name, const std::vector<std::string>& arguments, Span span,
                  std::string& out) {
    size_t wanted = 0;
    for (size_t i = 0; i < body.size(); ++i) {
      if (body[i] != '$' || i + 1 >= body.size() || body[i + 1] < '1' || body[i + 1] > '9') {
        out += body[i];
        continue;
      }
      size_t number = 0;
      while (i + 1 < body.size() && body[i + 1] >= '0' && body[i + 1] <= '9' && number < 1000)
        number = number * 10 + static_cast<size_t>(body[++i] - '0');
      wanted = std::max(wanted, number);
      if (number <= arguments.size()) out += arguments[number - 1];
      if (out.size() > kMaxMacroText)
        return fail(span,
                    "macros make the filter longer than the limit max_macro_bytes of " + std::to_string(kMaxMacroText) + " bytes");
    }
    if (wanted == arguments.size()) return true;
    return fail(span,
                "the macro \"" + name + "\" takes " + std::to_string(wanted) +
                    (wanted == 1 ? " argument" : " arguments") + ", not " + std::to_string(arguments.size()),
                "${" + name + ":first;second} or $" + name + "(first, second)");
  }

  const std::map<std::string, std::string>& macros_;
  FilterError& error_;
  Span call_;  // the call in the filter's own text
  bool failed_ = false;
};

const Expansion::Piece* piece_of(const std::vector<Expansion::Piece>& pieces, uint32_t at) {
  auto it = std::upper_bound(pieces.begin(), pieces.end(), at,
                             [](uint32_t v, const Expansion::Piece& p) { return v < p.begin; });
  return it == pieces.begin() ? nullptr : &*(it - 1);
}

}  // namespace

Span Expansion::source_of(Span s) const {
  const Piece* first = piece_of(pieces, s.begin);
  if (!first) return s;
  if (first->copied && (s.length == 0 || piece_of(pieces, s.begin + s.length - 1) == first))
    return {first->source.begin + (s.begin - first->begin), s.length};
  // Across the edge of a call: from the first part to the end of the last.
  const Piece* last = s.length ? piece_of(pieces, s.begin + s.length - 1) : first;
  uint32_t begin = first->copied ? first->source.begin + (s.begin - first->begin) : first->source.begin;
  uint32_t end =
      last->copied ? last->source.begin + (s.begin + s.length - last->begin) : last->source.begin + last->source.length;
  return {begin, end - begin};
}

bool Expansion::is_copied(Span s) const {
  const Piece* first = piece_of(pieces, s.begin);
  return !first || (first->copied && (s.length == 0 || piece_of(pieces, s.begin + s.length - 1) == first));
}

bool expand_macros(std::string_view text, const std::map<std::string, std::string>& macros, Expansion& out,
                   FilterError& error) {
  if (text.find('$') == std::string_view::npos) {
    out.text = std::string(text);
    return true;
  }
  return Expander(macros, error).run(text, out.text, &out.pieces, 0);
}

}  // namespace wiretail::filter
