#include "filter/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace wiretail::filter {

std::shared_ptr<const Regex> Regex::compile(std::string_view pattern, std::string& error, size_t& offset) {
  int code = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_CASELESS | PCRE2_NEVER_UTF, &code, &at, nullptr);
  if (!compiled) {
    PCRE2_UCHAR text[256];
    pcre2_get_error_message(code, text, sizeof text);
    error = reinterpret_cast<const char*>(text);
    offset = at;
    return nullptr;
  }
  std::shared_ptr<Regex> regex(new Regex());
  regex->code_ = compiled;
  pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);  // refused where memory may not be made executable: then interpreted
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(context, 1'000'000);  // some milliseconds; a pattern that goes beyond does not match
  pcre2_set_depth_limit(context, 1'000);
  regex->context_ = context;
  regex->match_data_ = pcre2_match_data_create(1, nullptr);
  return regex;
}

Regex::~Regex() {
  pcre2_match_data_free(static_cast<pcre2_match_data*>(match_data_));
  pcre2_match_context_free(static_cast<pcre2_match_context*>(context_));
  pcre2_code_free(static_cast<pcre2_code*>(code_));
}

bool Regex::matches(const uint8_t* data, size_t size) const {
  static const uint8_t kEmpty[1] = {0};
  auto run = [&](uint32_t options) {
    return pcre2_match(static_cast<pcre2_code*>(code_), data ? data : kEmpty, size, 0, options, static_cast<pcre2_match_data*>(match_data_),
                       static_cast<pcre2_match_context*>(context_));
  };
  int found = run(0);
  // The machine code has a small stack of its own; the interpreter has none, only the limits.
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = run(PCRE2_NO_JIT);
  if (found < 0 && found != PCRE2_ERROR_NOMATCH) ++limits_reached_;
  return found >= 0;
}

}  // namespace wiretail::filter
