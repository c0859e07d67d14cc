// Any text as a filter: scanned, parsed, checked, compiled. Nothing may crash, hang or overflow the stack; what is
// refused has a place in the text, and what is accepted compiles and prints.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "filter/check.hpp"
#include "filter/filter.hpp"
#include "filter/value_list.hpp"

using namespace wiretail::filter;

namespace {

const CompileOptions& options() {
  static const CompileOptions kOptions = [] {
    CompileOptions out;
    out.macros = {{"host", "ip.addr == $1"}, {"pair", "${host:$1} or ${host:$2}"}, {"web", "tcp.port in {80, 443}"}, {"loop", "${loop} or $loop()"}};
    out.lists["bad"] = ValueList::parse("10.0.0.0/8\n80\nwww.example.com\n*.test\n").list;
    return out;
  }();
  return kOptions;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  auto subject = static_cast<Subject>(data[0] % 16 < 5 ? data[0] % 16 : 0);
  std::string_view text(reinterpret_cast<const char*>(data) + (data[0] < 16 ? 1 : 0), size - (data[0] < 16 ? 1 : 0));
  CheckResult result = check_filter(text, subject, options());
  require(result.errors.size() <= kMaxErrors && (result.errors.empty() != !result.filter.root));
  for (const FilterError& e : result.errors) {
    require(e.code != 0 && !e.message.empty() && size_t{e.span.begin} + e.span.length <= text.size());
    print_error(text, e);
  }
  for (const FilterError& w : result.filter.warnings) print_error(text, w);
  if (result.filter.root) print_typed_tree(*result.filter.root);
  FilterSource source{"fuzz", std::string(text), subject};
  CompileResult compiled = compile({&source, 1}, options());
  require(compiled.program.has_value() == result.errors.empty() || !compiled.diagnostics[0].empty());
  return 0;
}
