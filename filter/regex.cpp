#include "filter/regex.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace wiretail::filter {
namespace {

// How the work is bounded. PCRE2's match limit holds for each place of the value that a match may begin at, and counts nothing of
// what a single repeat runs over: between two counts lies at most one run to the value's end. So the pattern is asked for windows
// of starts, so narrow and with so small a limit that starts x limit x run stays below kReach, and a clock is read between them.
// A start that needs more is taken alone, by the interpreter, with a call before each item of the pattern
// (PCRE2_AUTO_CALLOUT) that reads the clock. Nothing is assumed of a pattern but whether it has a repeat at all.

constexpr uint32_t kLimit = 10'000'000;       // PCRE2's own of one start, and tshark's
constexpr uint64_t kReach = 200'000'000;      // bytes that one call may run over at worst: some 0.1 s, nearly always a thousandth of it
constexpr uint64_t kSteps = 3'000'000;        // that one call may count: some 30 ms of the interpreter
constexpr uint64_t kUsual = 64;               // steps are enough for most starts
constexpr size_t kCalm = 4;                   // windows without a start that needs more, before wider ones are tried
constexpr uint64_t kLetters = 8;              // of a pattern are compared in the time of a byte that a repeat runs over
constexpr uint64_t kWide = 256;               // starts in a window outweigh what a call costs
constexpr uint64_t kWatchReach = 1'000'000;   // bytes between two looks at the clock
constexpr std::chrono::milliseconds kTime{80};   // of one value, so that it stays near 100 with the last call
// A pattern that gave up has half of it for the next value, and so on down to 0.16 ms, with calls as much smaller: hostile values do
// not come alone. One halving is forgiven for each while without such a value, so that ten seconds forgive all, and that who sends a dear
// value every few seconds neither holds the pattern down nor takes more than 80 ms of each while.
constexpr unsigned kHalvings = 9;
constexpr std::chrono::milliseconds kForgiven = std::chrono::milliseconds(10'000) / kHalvings;
constexpr uint64_t kByteNs = 10;               // … and for each of its bytes, for those of megabytes
constexpr uint64_t kSlowByteNs = 40;           // … without machine code
// A value that is answered, but only after so long (and four times what its bytes allow), costs the next one's time as well: a pattern
// that takes 50 ms of every packet holds capture no less than one that gives up. Looked at on every 16th value, and on all once one was dear.
constexpr std::chrono::milliseconds kDear{1};
constexpr uint32_t kSampled = 16;
constexpr size_t kEach = 128 * 1024;           // a larger value's starts are tried one by one where there is no machine code
constexpr uint32_t kPlainFrame = 256;         // bytes of the interpreter's frame that are copied within a step; many groups make it large

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

using Clock = std::chrono::steady_clock;

struct Watch {
  Clock::time_point end;
  uint32_t every = 1, calls = 0;  // one item runs over the value at most once between two calls
};

int watch(pcre2_callout_block*, void* data) {
  auto& w = *static_cast<Watch*>(data);
  return ++w.calls % w.every == 0 && Clock::now() > w.end ? PCRE2_ERROR_CALLOUT : 0;
}

pcre2_code* compiled(std::string_view pattern, uint32_t options, int& code, size_t& offset) {
  return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_CASELESS | PCRE2_NEVER_UTF | options, &code, &offset, nullptr);
}

// Something may run over more of the value than the pattern is long: a repeat, a reference to a group. Written so as to see too many.
bool runs_far(std::string_view p) {
  if (p.find_first_of("*+{") != std::string_view::npos || p.find("(?P=") != std::string_view::npos) return true;
  for (size_t i = p.find('\\'); i != std::string_view::npos && i + 1 < p.size(); i = p.find('\\', i + 1))
    if ((p[i + 1] >= '1' && p[i + 1] <= '9') || p[i + 1] == 'k' || p[i + 1] == 'g' || p[i + 1] == 'X') return true;
  return false;
}

// Options that stand at a pattern's beginning look like verbs and are none.
std::string_view behind_options(std::string_view p) {
  static constexpr std::string_view kOptions[] = {"UCP)", "CR)", "LF)", "CRLF)", "ANY)", "ANYCRLF)", "NUL)", "BSR_ANYCRLF)", "BSR_UNICODE)", "NO_AUTO_POSSESS)", "NO_DOTSTAR_ANCHOR)",
                                                  "NO_JIT)", "NO_START_OPT)", "NOTEMPTY)", "NOTEMPTY_ATSTART)", "LIMIT_MATCH=", "LIMIT_DEPTH=", "LIMIT_RECURSION=", "LIMIT_HEAP="};
  while (p.starts_with("(*") && std::any_of(std::begin(kOptions), std::end(kOptions), [&](std::string_view o) { return p.substr(2).starts_with(o); })) {
    const size_t end = p.find(')');
    if (end == std::string_view::npos) break;
    p.remove_prefix(end + 1);
  }
  return p;
}

// Verbs and \G say something of the starts before or behind, so that all must be in one call. Not so what only looks like them, in a class or behind a
// backslash; where quoting or comments may hide what is which, it is taken for one.
bool spans_starts(std::string_view p) {
  auto has = [&](std::string_view text) { return p.find(text) != std::string_view::npos; };
  p = behind_options(p);
  if (!has("(*") && !has("\\G")) return false;
  if (has("\\Q") || has("#")) return true;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == '\\') {
      if (++i < p.size() && p[i] == 'G') return true;
    } else if (p[i] == '[') {
      if (++i < p.size() && p[i] == '^') ++i;
      for (bool first = true; i < p.size() && (first || p[i] != ']'); first = false, ++i) {
        if (p[i] == '\\') ++i;
        else if (p.substr(i).starts_with("[:")) i = std::min(p.find(":]", i + 2), p.size() - 2) + 1;
      }
    } else if (p.substr(i).starts_with("(*")) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::shared_ptr<const Regex> Regex::compile(std::string_view pattern, Error& error, bool machine_code) {
  int code = 0;
  pcre2_code* plain = compiled(pattern, PCRE2_USE_OFFSET_LIMIT, code, error.offset);
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
  uint32_t options = 0, first = 0, newline = 0;
  pcre2_pattern_info(plain, PCRE2_INFO_FRAMESIZE, &frame);
  pcre2_pattern_info(plain, PCRE2_INFO_ALLOPTIONS, &options);
  pcre2_pattern_info(plain, PCRE2_INFO_FIRSTCODETYPE, &first);
  pcre2_pattern_info(plain, PCRE2_INFO_NEWLINE, &newline);
  regex->frames_ = static_cast<uint32_t>(std::max<size_t>(frame / kPlainFrame, 1));
  regex->length_ = static_cast<uint32_t>(pattern.size());
  regex->runs_far_ = runs_far(pattern);
  regex->anchored_ = options & PCRE2_ANCHORED;
  regex->whole_ = regex->anchored_ || spans_starts(pattern);
  regex->lines_ = first == 2 && newline == PCRE2_NEWLINE_LF;
  regex->jit_ = machine_code && pcre2_jit_compile(plain, PCRE2_JIT_COMPLETE) == 0;  // refused where memory may not be made executable
  if (!regex->jit_) regex->find_first_bytes();
  regex->watched_ = compiled(pattern, PCRE2_USE_OFFSET_LIMIT | PCRE2_AUTO_CALLOUT, code, offset);
  matcher();  // this thread's, before packets come
  return regex;
}

Regex::~Regex() {
  pcre2_code_free(static_cast<pcre2_code*>(plain_));
  pcre2_code_free(static_cast<pcre2_code*>(watched_));
}

void Regex::find_first_bytes() {
  uint32_t type = 0, byte = 0;
  const uint8_t* map = nullptr;
  auto* code = static_cast<pcre2_code*>(plain_);
  pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODETYPE, &type);
  pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODEUNIT, &byte);
  pcre2_pattern_info(code, PCRE2_INFO_FIRSTBITMAP, &map);
  if (type == 1) {
    first_.set(byte & 0xff);
    if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') first_.set(byte ^ 0x20);
  } else if (map) {
    for (size_t b = 0; b < 256; ++b) first_[b] = map[b / 8] >> (b % 8) & 1;
  }
}

bool Regex::matches(const uint8_t* data, size_t size) const {
  static const uint8_t kEmpty[1] = {0};
  if (!data) data = kEmpty;
  const bool timed = halvings_ != 0 || ++asked_ % kSampled == 0;
  const Clock::time_point begun = timed ? Clock::now() : Clock::time_point();
  const int found = search(data, size);
  const bool answered = found >= 0 || found == PCRE2_ERROR_NOMATCH;
  if (answered && !timed) return found >= 0;
  const auto now = Clock::now();
  if (answered && now - begun <= kDear + std::chrono::nanoseconds(4 * (jit_ ? kByteNs : kSlowByteNs) * size)) return found >= 0;
  halvings_ = std::min(halvings_at(now) + 1, kHalvings), gave_up_ = now;
  limits_reached_ += !answered;
  return found >= 0;
}

unsigned Regex::halvings_at(Clock::time_point now) const {
  return halvings_ - static_cast<unsigned>(std::min<int64_t>((now - gave_up_) / kForgiven, halvings_));
}

int Regex::search(const uint8_t* data, size_t size) const {
  Matcher& m = matcher();
  Watch time;
  uint32_t options = 0;
  unsigned halvings = 0;
  auto allow = [&](Clock::time_point now) { time.end = now + std::chrono::nanoseconds(kTime) / (1 << halvings) + std::chrono::nanoseconds((jit_ ? kByteNs : kSlowByteNs) * size); };
  if (halvings_) {
    const auto now = Clock::now();
    halvings = halvings_at(now);
    if (!halvings) halvings_ = 0;
    else allow(now);
  }
  auto run = [&](void* code, size_t start, size_t starts, uint64_t limit, uint32_t how) {
    pcre2_set_match_limit(m.context, static_cast<uint32_t>(std::min<uint64_t>(limit, kLimit)));
    pcre2_set_offset_limit(m.context, starts > size - start ? PCRE2_UNSET : start + starts - 1);
    return pcre2_match(static_cast<pcre2_code*>(code), data, size, start, how, m.data, m.context);
  };
  auto plain = [&](size_t start, size_t starts, uint64_t limit) {
    int found = run(plain_, start, starts, limit, options);
    if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
    options = PCRE2_NO_JIT;  // the machine code has a small stack of its own; the interpreter has none, only the limits
    return run(plain_, start, starts, limit, options);
  };
  const uint64_t reach = 1 + length_ / kLetters + (runs_far_ ? size : 0);
  const uint64_t whole = std::max<uint64_t>(std::min(kSteps / frames_, kReach / reach), 1);
  const uint64_t steps = std::max(whole >> halvings, std::min(whole, kUsual));
  auto watched = [&](size_t start, size_t starts) {
    // Too large for PCRE2 with its calls: what is left is to allow a little more.
    if (!watched_) return plain(start, starts, std::max<uint64_t>(4 * steps / starts, 1));
    pcre2_set_callout(m.context, watch, &time);
    int found = run(watched_, start, starts, kLimit, PCRE2_NO_JIT);
    pcre2_set_callout(m.context, nullptr, nullptr);
    return found;
  };
  auto late = [&] {
    auto now = Clock::now();
    if (time.end == Clock::time_point()) allow(now);
    return now > time.end;
  };
  time.every = static_cast<uint32_t>(std::clamp<uint64_t>((kWatchReach >> halvings) / (reach * frames_), 1, 256));

  const size_t all = size + 1;
  if (whole_) {
    const size_t starts = anchored_ ? 1 : all;
    int found = steps < starts ? PCRE2_ERROR_MATCHLIMIT : plain(0, all, steps / starts);
    if (found == PCRE2_ERROR_MATCHLIMIT) late(), found = watched(0, all);
    return found;
  }
  const size_t widest = std::min<uint64_t>(all, std::max(steps / kUsual, std::min<uint64_t>(kWide, (kReach >> halvings / 2) / (jit_ ? 1 : 4) / reach)));
  // The interpreter looks for a first byte beyond its window, to the value's end: over large values we do.
  const bool each = widest < all && size > kEach && first_.any();
  if (each) options = PCRE2_ANCHORED;
  size_t calm = 0, width = each ? 1 : std::max<size_t>(widest, 1);
  for (size_t start = 0; start <= size;) {
    if (each) {
      while (start < size && !first_[data[start]]) ++start;
      if (start == size) return PCRE2_ERROR_NOMATCH;  // nor is it empty
    }
    int found = plain(start, width, std::max<uint64_t>(steps / width, 4));
    if (found == PCRE2_ERROR_MATCHLIMIT && width > 1) {
      width = std::max<size_t>(width / 2, 1), calm = 0;
    } else {
      if (found == PCRE2_ERROR_MATCHLIMIT) late(), found = watched(start, 1);
      if (found != PCRE2_ERROR_NOMATCH) return found;
      start += width;
      if (!each && ++calm % kCalm == 0) width = std::min(width * 2, widest);
      // PCRE2 takes the first start as it is, even where a match can begin only at a line's.
      if (lines_ && start < size && data[start - 1] != '\n') {
        const void* end = std::memchr(data + start, '\n', size - start);
        start = end ? static_cast<size_t>(static_cast<const uint8_t*>(end) - data) + 1 : size;
      }
    }
    if (start <= size && late()) return PCRE2_ERROR_MATCHLIMIT;
  }
  return PCRE2_ERROR_NOMATCH;
}

}  // namespace wiretail::filter
