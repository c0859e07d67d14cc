#include "filter/macros.hpp"

#include <vector>

#include "dissect/registry.hpp"
#include "filter/error_codes.hpp"

namespace wiretail::filter {
namespace {

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_field(std::string_view name) { return !dissect::Registry::get().find(name).empty(); }

class Expander {
 public:
  Expander(const std::map<std::string, std::string>& macros, FilterError& error) : macros_(macros), error_(error) {}

  bool run(std::string_view text, std::string& out, int depth) {
    if (depth > kMaxMacroDepth) return fail({0, 0}, "macros nest deeper than the limit of " + std::to_string(kMaxMacroDepth));
    for (size_t i = 0; i < text.size();) {
      char c = text[i];
      if (c == '"') {  // strings are left alone
        size_t end = i + 1;
        while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
        end = std::min(end + 1, text.size());
        out += text.substr(i, end - i);
        i = end;
        continue;
      }
      if (c != '$' || !call(text, i, out, depth)) {
        if (failed_) return false;
        out += text[i++];
      }
      if (failed_) return false;
      if (out.size() > 1 << 20) return fail({0, 0}, "the filter grows beyond 1 MiB by its macros");
    }
    return true;
  }

 private:
  bool fail(Span span, std::string message, std::string hint = "") {
    failed_ = true;
    error_ = {error_code::kMacro, span, std::move(message), std::move(hint)};
    return false;
  }

  // A macro's call at text[i] == '$'. False without failure: it is none (a reference, a list).
  bool call(std::string_view text, size_t& i, std::string& out, int depth) {
    size_t at = i + 1;
    bool braces = at < text.size() && text[at] == '{';
    if (braces) ++at;
    size_t begin = at;
    while (at < text.size() && is_name(text[at])) ++at;
    std::string name(text.substr(begin, at - begin));
    size_t whole = at;
    while (whole < text.size() && (is_name(text[whole]) || text[whole] == '.' || text[whole] == '-')) ++whole;
    if (name.empty() || (whole > at && is_field(text.substr(begin, whole - begin)))) return false;
    if (!braces && (at >= text.size() || text[at] != '(')) return false;  // $field, $list
    auto macro = macros_.find(name);
    if (macro == macros_.end()) {
      if (is_field(name) || whole > at || (begin < text.size() && text[begin] == '@')) return false;
      return fail({static_cast<uint32_t>(i), static_cast<uint32_t>(at - i)}, "there is no macro \"" + name + "\"", "define it in the configuration: [macros] " + name + " = \"…\"");
    }
    std::vector<std::string> arguments;
    if (!braces || (at < text.size() && (text[at] == ':' || text[at] == ';'))) {
      ++at;
      if (!read_arguments(text, at, braces ? '}' : ')', arguments)) return false;
    } else if (at >= text.size() || text[at] != '}') {
      return fail({static_cast<uint32_t>(i), static_cast<uint32_t>(at - i)}, "the macro's call is not closed with \"}\"");
    } else {
      ++at;
    }
    std::string body;
    if (!substitute(macro->second, name, arguments, body) || !run(body, out, depth + 1)) return false;
    i = at;
    return true;
  }

  bool read_arguments(std::string_view text, size_t& at, char close, std::vector<std::string>& out) {
    std::string current;
    int nested = 0;
    while (at < text.size()) {
      char c = text[at++];
      if (c == '\\' && at < text.size()) {
        current += text[at++];
      } else if (c == close && nested == 0) {
        if (!out.empty() || !current.empty()) {
          if (current.empty()) return fail({static_cast<uint32_t>(at - 1), 1}, "a macro's argument is empty");
          out.push_back(std::move(current));
        }
        return true;
      } else if ((c == ';' || c == ',') && nested == 0) {
        if (current.empty()) return fail({static_cast<uint32_t>(at - 1), 1}, "a macro's argument is empty");
        out.push_back(std::move(current));
        current.clear();
      } else {
        if (c == '(' || c == '{') ++nested;
        if ((c == ')' || c == '}') && nested) --nested;
        current += c;
      }
    }
    return fail({static_cast<uint32_t>(text.size()), 0}, "the text ends inside a macro's call");
  }

  bool substitute(std::string_view body, const std::string& name, const std::vector<std::string>& arguments, std::string& out) {
    size_t wanted = 0;
    for (size_t i = 0; i < body.size(); ++i) {
      if (body[i] != '$' || i + 1 >= body.size() || body[i + 1] < '1' || body[i + 1] > '9') {
        out += body[i];
        continue;
      }
      size_t number = 0;
      while (i + 1 < body.size() && body[i + 1] >= '0' && body[i + 1] <= '9' && number < 1000) number = number * 10 + static_cast<size_t>(body[++i] - '0');
      wanted = std::max(wanted, number);
      if (number <= arguments.size()) out += arguments[number - 1];
    }
    if (wanted == arguments.size()) return true;
    return fail({0, 0}, "the macro \"" + name + "\" takes " + std::to_string(wanted) + " arguments, not " + std::to_string(arguments.size()));
  }

  const std::map<std::string, std::string>& macros_;
  FilterError& error_;
  bool failed_ = false;
};

}  // namespace

bool expand_macros(std::string_view text, const std::map<std::string, std::string>& macros, std::string& out, FilterError& error) {
  return Expander(macros, error).run(text, out, 0);
}

}  // namespace wiretail::filter
