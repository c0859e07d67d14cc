#include "filter/check.hpp"

#include <algorithm>

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

// What to write instead, where the place of the error had nothing better to say.
std::string_view usual_hint(uint16_t code) {
  switch (code) {
    case error_code::kUnexpected: return "a test is a field, an operator and a value: tcp.port == 80";
    case error_code::kAfterTest: return "join two tests with \"and\" or \"or\"";
    case error_code::kEnded: return "write what is missing, or take away what asks for it";
    case error_code::kStringOpen: return "close it with \"";
    case error_code::kEscapeRange: return "characters are written as such, as \\xNN (a byte) or as \\uNNNN";
    case error_code::kBracketOpen: return "close it with \"]\"";
    case error_code::kArgumentCount: return "for example len(http.host), or max(tcp.srcport, tcp.dstport)";
    case error_code::kMixedArguments: return "give it fields of one type";
    case error_code::kOperator: return "compare it with == or <, or write the field alone: it is there";
    case error_code::kIncompatible: return "compare fields of one type, or their bytes: @field";
    case error_code::kNumber: return "write a whole number: 80, 0x50, 0120 or 0b1010000";
    case error_code::kNumberRange: return "write a number that the field can have";
    case error_code::kStringType: return "write the value without quotes";
    case error_code::kAddressLength: return "compare a part: eth.src[0:3] == 00:00:5e";
    case error_code::kSliceConstant: return "slice the field on the other side";
    case error_code::kArithmetic: return "numbers and durations can be added; a mask can be laid over numbers, addresses and bytes";
    case error_code::kDivisionByZero: return "divide by another number";
    case error_code::kSetField: return "write the field on the left: tcp.port in {80, 443}";
    case error_code::kLimit: return "write less, or raise the limit in the configuration: [limits]";
    default: return "";
  }
}

// What the text of a string is wrong for, where an escape in it is wrong already.
bool follows(const FilterError& error, const std::vector<FilterError>& before) {
  using namespace error_code;
  if (error.code != kPattern && error.code != kLimit && error.code != kValueName && error.code != kTime) return false;
  return std::any_of(before.begin(), before.end(), [&](const FilterError& e) {
    return (e.code == kEscape || e.code == kEscapeRange) && e.span.begin > error.span.begin && e.span.begin < error.span.begin + error.span.length;
  });
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
                             "the filter is longer than the limit max_filter_bytes of " + std::to_string(kMaxFilterBytes) + " bytes",
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
  std::erase_if(result.errors, [&](const FilterError& e) { return follows(e, parsed.errors); });
  result.errors.insert(result.errors.begin(), parsed.errors.begin(), parsed.errors.end());
  if (result.errors.size() > kMaxErrors) result.errors.resize(kMaxErrors);
  if (!result.errors.empty()) result.filter.root = nullptr;
  result.expanded = expansion.text;
  for (FilterError& e : result.errors) {
    if (e.hint.empty()) e.hint = usual_hint(e.code);
    e.message = printable(e.message), e.hint = printable(e.hint);
  }
  point_at_source(result.errors, expansion);
  point_at_source(result.filter.warnings, expansion);
  return result;
}

}  // namespace wiretail::filter
