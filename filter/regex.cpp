#include "filter/regex.hpp"

#include <algorithm>

#include "filter/regex_cost.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace wiretail::filter {
namespace {

// How the work is bounded. PCRE2's own match limit does not do it: it holds for each place of the value that a match may begin at,
// counts nothing of what a repeat runs over, and the machine code counts hardly anything. So
// - where the pattern's form says that little work is possible over a value of this size, it runs as it is;
// - elsewhere the interpreter runs the same pattern with a call before each of its items (PCRE2_AUTO_CALLOUT): each call is
//   counted, and how far it is from the call before. Nothing runs between two calls but one item. Half as fast again as without.

constexpr uint64_t kPart = 32;         // of a step: one byte that a repeat runs over
constexpr uint32_t kPlainFrame = 256;  // bytes of the interpreter's frame that are copied within a step; many groups make it large
constexpr double kPlainSteps = 6'000'000;  // of the pattern without calls, which are half as dear and nearly never all met

struct Limit {
  int code;
  const char* text;
};
// PCRE2's own limits: the number is not always in its message.
constexpr Limit kLimits[] = {
    {105, "65535 for the number of a repeat"},
    {119, "parens_nest_limit of 250 parentheses in one another"},
    {120, "64 KiB for a compiled pattern (LINK_SIZE 2; a letter takes 2 bytes, a class of bytes 33)"},
    {133, "parens_nest_limit of 250 parentheses in one another"},
    {135, "2000 branches and groups within what (?<= looks back over"},
    {148, "32 letters for the name of a group"},
    {149, "10000 groups with names"},
    {161, "65535 for the number of a group"},
    {176, "255 letters for the name of a verb"},
    {186, "64 KiB for a compiled pattern (LINK_SIZE 2; too much of it is computed beforehand)"},
    {187, "65535 bytes for what (?<= looks back over"},
};

// A thread's, for all patterns: what groups need to be gone back into stays with it from match to match.
struct Matcher {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  Matcher() { pcre2_set_heap_limit(context, Regex::kHeapKib); }
  ~Matcher() { pcre2_match_data_free(data), pcre2_match_context_free(context); }
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
};
Matcher& matcher() {
  static thread_local Matcher m;
  return m;
}

struct Count {
  uint64_t done = 0, budget = 0;  // in parts of a step
  uint64_t step = kPart;
  size_t last = 0;
  std::string_view heavy;
};

bool refers_back(std::string_view item) {
  return item.starts_with("(?P=") || (item.size() > 1 && item[0] == '\\' && ((item[1] >= '1' && item[1] <= '9') || item[1] == 'k' || item[1] == 'g'));
}

// The least number of a repeat that an item ends with.
uint64_t least_of(std::string_view item) {
  uint64_t n = 0;
  size_t brace = item.rfind('{');
  if (brace == std::string_view::npos) return 0;
  for (size_t i = brace + 1; i < item.size() && item[i] >= '0' && item[i] <= '9' && n < 100'000; ++i) n = n * 10 + static_cast<uint64_t>(item[i] - '0');
  return n;
}

// What an item may run over and then fail, so that no later call sees it.
uint64_t way_of(const pcre2_callout_block& b, std::string_view pattern) {
  std::string_view item = pattern.substr(std::min<size_t>(b.pattern_position, pattern.size()), b.next_item_length);
  uint64_t rest = b.subject_length - b.current_position, least = std::max<uint64_t>(least_of(item), 1);
  if (!refers_back(item)) return std::min(rest, least);
  uint64_t longest = 0;
  for (uint32_t g = 1; g < b.capture_top; ++g) {
    size_t from = b.offset_vector[2 * g], to = b.offset_vector[2 * g + 1];
    if (from != PCRE2_UNSET && to > from) longest = std::max<uint64_t>(longest, to - from);
  }
  return std::min(rest, 2 * longest * least);
}

int step(pcre2_callout_block* b, void* data) {
  auto& count = *static_cast<Count*>(data);
  size_t at = b->current_position;
  count.done += count.step + (at > count.last ? at - count.last : count.last - at);
  if (!count.heavy.empty()) count.done += way_of(*b, count.heavy);
  count.last = at;
  return count.done > count.budget ? PCRE2_ERROR_CALLOUT : 0;
}

pcre2_code* compiled(std::string_view pattern, uint32_t options, int& code, size_t& offset) {
  return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_CASELESS | PCRE2_NEVER_UTF | options, &code, &offset, nullptr);
}

// Some item may run far and fail: a repeat with a large least number, a reference to a group.
bool has_heavy_items(std::string_view p) {
  if (p.find("(?P=") != std::string_view::npos) return true;
  for (size_t i = 0; i + 1 < p.size(); ++i)
    if (refers_back(p.substr(i, 2)) || (p[i] == '{' && least_of(p.substr(i, 8)) > kPart)) return true;
  return false;
}

}  // namespace

std::shared_ptr<const Regex> Regex::compile(std::string_view pattern, Error& error) {
  int code = 0;
  pcre2_code* plain = compiled(pattern, 0, code, error.offset);
  if (!plain) {
    PCRE2_UCHAR text[256];
    pcre2_get_error_message(code, text, sizeof text);
    error.text = reinterpret_cast<const char*>(text);
    auto limit = std::find_if(std::begin(kLimits), std::end(kLimits), [&](const Limit& l) { return l.code == code; });
    error.limit = limit != std::end(kLimits);
    if (error.limit) error.text += std::string(": PCRE2's limit is ") + limit->text;
    return nullptr;
  }
  std::shared_ptr<Regex> regex(new Regex());
  regex->plain_ = plain;
  size_t frame = 0, offset = 0;
  uint32_t options = 0;
  pcre2_pattern_info(plain, PCRE2_INFO_FRAMESIZE, &frame);
  pcre2_pattern_info(plain, PCRE2_INFO_ALLOPTIONS, &options);
  auto frames = static_cast<uint32_t>(std::max<size_t>(frame / kPlainFrame, 1));
  regex->step_ = kPart * frames;
  regex->cheap_size_ = filter::cheap_size(pattern, options & PCRE2_ANCHORED, kPlainSteps / frames);
  if (regex->cheap_size_) pcre2_jit_compile(plain, PCRE2_JIT_COMPLETE);  // refused where memory may not be made executable: then interpreted
  regex->counted_ = compiled(pattern, PCRE2_AUTO_CALLOUT, code, offset);
  if (has_heavy_items(pattern)) regex->heavy_ = pattern;
  matcher();  // this thread's, before packets come
  return regex;
}

Regex::~Regex() {
  pcre2_code_free(static_cast<pcre2_code*>(plain_));
  pcre2_code_free(static_cast<pcre2_code*>(counted_));
}

bool Regex::matches(const uint8_t* data, size_t size) const {
  static const uint8_t kEmpty[1] = {0};
  Matcher& m = matcher();
  auto run = [&](void* code, uint32_t options) {
    return pcre2_match(static_cast<pcre2_code*>(code), data ? data : kEmpty, size, 0, options, m.data, m.context);
  };
  int found = PCRE2_ERROR_MATCHLIMIT;
  if (size <= cheap_size_) {
    pcre2_set_callout(m.context, nullptr, nullptr);
    found = run(plain_, 0);
    // The machine code has a small stack of its own; the interpreter has none, only the limits.
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = run(plain_, PCRE2_NO_JIT);
  } else if (counted_) {
    Count count;
    count.budget = (kSteps + size) * kPart, count.step = step_, count.heavy = heavy_;
    pcre2_set_callout(m.context, step, &count);
    found = run(counted_, PCRE2_NO_JIT);
    steps_ += count.done / kPart;
  }
  if (found < 0 && found != PCRE2_ERROR_NOMATCH) ++limits_reached_;
  return found >= 0;
}

}  // namespace wiretail::filter
