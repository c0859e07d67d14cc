#include "filter/check.hpp"

#include "filter/error_codes.hpp"
#include "filter/macros.hpp"
#include "filter/parser.hpp"
#include "filter/test_check.hpp"

namespace wiretail::filter {
namespace {

// Errors are about the text that was written: inside a macro's text they point at its call.
void point_at_source(std::vector<FilterError>& errors, const Expansion& expansion) {
  for (FilterError& e : errors) {
    Span before = e.span;
    e.span = expansion.source_of(e.span);
    if (!expansion.is_copied(before))
      e.hint += (e.hint.empty() ? "" : "; ") + ("after its macros the filter is: " + expansion.text);
  }
}

}  // namespace

CheckResult check_tree(const Node& root, Subject subject, const CompileOptions& options) {
  CheckResult result;
  result.filter.root = TestChecker(subject, options, result).test(root);
  if (!result.errors.empty()) result.filter.root = nullptr;
  return result;
}

CheckResult check_filter(std::string_view text, Subject subject, const CompileOptions& options) {
  CheckResult result;
  if (text.size() > kMaxFilterBytes) {
    result.errors.push_back({error_code::kLimit,
                             {},
                             "the filter is longer than the limit of " + std::to_string(kMaxFilterBytes) + " bytes",
                             "load long sets from a file: in $name"});
    return result;
  }
  FilterError error;
  Expansion expansion;
  if (!expand_macros(text, options.macros, expansion, error)) {
    result.expanded = std::string(text);
    result.errors.push_back(std::move(error));
    return result;
  }
  ParseResult parsed = parse(tokenize(expansion.text), options.max_depth);
  if (parsed.root)
    result = check_tree(*parsed.root, subject, options);
  else if (parsed.errors.empty())
    result.filter.root = std::make_unique<Test>();  // blank: true
  result.errors.insert(result.errors.begin(), parsed.errors.begin(), parsed.errors.end());
  if (result.errors.size() > kMaxErrors) result.errors.resize(kMaxErrors);
  if (!result.errors.empty()) result.filter.root = nullptr;
  result.expanded = expansion.text;
  point_at_source(result.errors, expansion);
  point_at_source(result.filter.warnings, expansion);
  return result;
}

}  // namespace wiretail::filter
