// Reading an HTTP/1 message's head and the chunks of its body. RFC 9112 §2 to §7.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "dissect/protocols/http.hpp"

namespace wiretail::dissect::http {
namespace {

using Kind = StartLine::Kind;

constexpr std::string_view kMethods[] = {"BASELINE-CONTROL", "BCOPY", "BDELETE", "BMOVE", "BPROPFIND", "BPROPPATCH", "CCM_POST", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE",
                                         "GET", "HEAD", "LABEL", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCOL", "MKWORKSPACE", "MOVE", "OPTIONS", "PATCH", "POLL", "POST", "PROPFIND",
                                         "PROPPATCH", "PUT", "REPORT", "RPC_CONNECT", "RPC_IN_DATA", "RPC_OUT_DATA", "SEARCH", "SSTP_DUPLEX_POST", "TRACE", "UNCHECKOUT", "UNLOCK", "UPDATE",
                                         "VERSION-CONTROL"};
constexpr std::string_view kNotifications[] = {"NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE"};

// Where a line ends: its first CR or LF, and its first colon, from `at` on. Either is the text's size or more if there is none.
struct Ends {
  size_t end, colon;
};
#ifdef __SSE2__
Ends line_ends(std::string_view s, size_t at) {
  const __m128i cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n'), colons = _mm_set1_epi8(':');
  size_t colon = std::string_view::npos;
  auto look = [&](size_t from, unsigned skip, size_t& end) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(s.data() + from));
    const auto ends = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(v, cr), _mm_cmpeq_epi8(v, lf)))) >> skip << skip;
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, colons))) >> skip << skip;
    if (found && colon == std::string_view::npos) colon = from + static_cast<size_t>(std::countr_zero(found));
    if (ends) end = from + static_cast<size_t>(std::countr_zero(ends));
    return ends != 0;
  };
  size_t end = s.size();
  for (; at + 16 <= s.size(); at += 16)
    if (look(at, 0, end)) return {end, colon};
  if (s.size() >= 16 && at < s.size()) look(s.size() - 16, static_cast<unsigned>(at + 16 - s.size()), end);  // the last bytes, with some that were seen
  else if (at < s.size()) end = std::min(s.size(), s.find_first_of("\r\n", at)), colon = s.find(':', at);
  return {end, colon};
}
#else
Ends line_ends(std::string_view s, size_t at) { return {std::min(s.size(), s.find_first_of("\r\n", at)), s.find(':', at)}; }
#endif

// The same header name, whatever its letters' case: `lower_case` is letters and '-' alone. (A '-' would be found in a CR as well, but that
// ends a line.)
template <size_t kSize>
bool is_name(std::string_view name, const char (&lower_case)[kSize]) {
  unsigned different = 0;
  for (size_t i = 0; i + 1 < kSize; ++i) different |= static_cast<unsigned>((name[i] | 0x20) ^ lower_case[i]);
  return !different;
}

std::string_view take_word(std::string_view& s) {
  std::string_view word = s.substr(0, s.find(' '));
  s.remove_prefix(word.size());
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  return word;
}

void read_codings(Head& h, std::string_view value, bool first_header) {
  if (first_header) h.chunked_first = same_word(value.substr(0, 7), "chunked");
  h.transfer_coding = true;
  while (!value.empty()) {
    std::string_view one = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), one.size() + 1));
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
    if (one.empty()) continue;
    std::string_view name = one.substr(0, one.find_first_of("; \t"));
    if (name == "chunked") h.chunked = true;
    bool coded = name == "gzip" || name == "x-gzip" || name == "deflate" || name == "compress" || name == "x-compress";
    h.coded |= coded;
    h.unknown_coding |= name != one || !(coded || name == "chunked" || name == "identity");
  }
}

void read_header(Head& h, std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (is_name(name, "host")) h.host = value, h.has_host = true;
      break;
    case 7:
      if (is_name(name, "referer")) h.referer = value;
      break;
    case 10:
      if (is_name(name, "user-agent")) h.user_agent = value;
      break;
    case 12:
      if (is_name(name, "content-type")) h.content_type = value, h.has_type = true;
      break;
    case 14:
      if (is_name(name, "content-length")) {
        std::string_view digits = value;
        if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
        while (!digits.empty() && digits.back() == ' ') digits.remove_suffix(1);
        uint64_t length = 0;
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
        if (error == std::errc() && end == digits.data() + digits.size()) h.content_length = length, h.has_length = true;
      }
      break;
    case 16:
      if (is_name(name, "content-encoding")) h.content_encoding = value, h.has_encoding = true;
      break;
    case 17:
      if (is_name(name, "transfer-encoding")) read_codings(h, value, !h.transfer_coding);
      break;
    default: break;
  }
}

// The line from `at` to `end`, where a CR or LF is that is not the text's last byte.
Line ended_line(std::string_view s, uint32_t at, size_t end) {
  return {{s.data() + at, end - at}, static_cast<uint32_t>(end + (s[end] == '\r' && s[end + 1] == '\n' ? 2 : 1)), true};
}

}  // namespace

Line line_at(std::string_view s, uint32_t at, uint32_t searched) {
  const uint32_t from = std::max(at, searched);
  // Most lines end with CRLF.
  if (const size_t i = line_ends(s, from).end; i + 1 < s.size()) return ended_line(s, at, i);
  std::string_view rest = s.substr(std::min<size_t>(at, s.size()));
  size_t end = rest.find('\n', from - at);
  size_t bare = rest.substr(0, end).find('\r', from - at);
  if (bare != std::string_view::npos && bare + 1 != end) {  // CR alone; at the very end an LF may still follow
    if (bare + 1 == rest.size()) return {rest.substr(0, bare), static_cast<uint32_t>(s.size()), false};
    return {rest.substr(0, bare), static_cast<uint32_t>(at + bare + 1), true};
  }
  if (end == std::string_view::npos) return {rest, static_cast<uint32_t>(s.size()), false};
  return {rest.substr(0, bare == std::string_view::npos ? end : bare), static_cast<uint32_t>(at + end + 1), true};
}

StartLine parse_start_line(std::string_view line) {
  StartLine out;
  if (!may_be_start_line(line)) return out;
  if (line.starts_with("HTTP/") || line.starts_with("ICY")) {
    out.kind = Kind::kResponse;
    std::string_view rest = line;
    out.version = take_word(rest);
    std::string_view after = rest;
    out.code_text = take_word(after);
    if (out.code_text.size() < 3) return out;
    out.has_code = true;
    std::from_chars(out.code_text.data(), out.code_text.data() + 3, out.code);
    if (!after.empty()) out.phrase = after, out.has_phrase = true;
    return out;
  }
  std::string_view method = line.substr(0, 17);
  method = method.substr(0, method.find(' '));
  if (method.empty() || method.size() > 16) return out;
  if (method == "GET" || method == "POST" || std::binary_search(std::begin(kMethods), std::end(kMethods), method)) out.kind = Kind::kRequest;
  else if (std::find(std::begin(kNotifications), std::end(kNotifications), method) != std::end(kNotifications)) out.kind = Kind::kNotification;
  else return out;
  out.method = method;
  std::string_view rest = line.substr(std::min(line.size(), method.size() + 1));
  out.uri = take_word(rest);
  out.version = rest;
  return out;
}

Head read_head(std::string_view s, bool whole) {
  Head h;
  uint32_t at = 0;
  while (at < s.size()) {
    const Ends ends = line_ends(s, at);
    const Line line = ends.end + 1 < s.size() ? ended_line(s, at, ends.end) : line_at(s, at);
    if (at == 0) h.first_line = line.next, h.first_ended = line.ended;
    if (line.text.empty() && line.ended) {
      h.length = line.next, h.blank = true;
      return h;
    }
    bool start_line = may_be_start_line(line.text);
    if (start_line) {
      const StartLine start = parse_start_line(line.text);
      start_line = start.kind != Kind::kNone;
      if (start_line) h.start = start;
      h.starts |= start_line && at == 0;
    }
    if (!start_line) {
      const size_t colon = ends.colon - at;  // none: beyond the line
      if (colon >= line.text.size() && whole && line.ended) {
        at = line.next;
        continue;
      }
      if (colon >= line.text.size()) {
        h.torn = !line.ended;
        break;
      }
      std::string_view value{line.text.data() + colon + 1, line.text.size() - colon - 1};
      while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
      read_header(h, {line.text.data(), colon}, value);
    }
    at = line.next;
  }
  h.length = at;
  return h;
}

Chunk chunk_at(std::string_view s, uint32_t at, const Search& search) {
  Chunk c;
  c.end = c.data = static_cast<uint32_t>(s.size());
  Line line = line_at(s, at, search.of(at));
  if (!line.ended) return c;
  if (line.text.empty()) {
    c.kind = Chunk::Kind::kStop, c.end = at;
    return c;
  }
  c.has_size = true;
  uint64_t size = 0;
  if (std::from_chars(line.text.data(), line.text.data() + line.text.size(), size, 16).ec != std::errc()) size = 0;
  c.size = static_cast<uint32_t>(std::min<uint64_t>(size, UINT32_MAX));
  c.data = line.next;
  if (size == 0) {
    uint32_t next = line.next;
    while (true) {
      Line trailer = line_at(s, next, search.of(next));
      if (!trailer.ended) {  // one line behind the last chunk ends the body for Wireshark, a trailer as well as the blank one
        if (next == c.data) {
          if (next < s.size()) c.end = next;
          return c;
        }
        c.kind = Chunk::Kind::kLast, c.length = next - c.data, c.end = s.substr(next) == "\r" ? next : c.end;
        return c;
      }
      if (trailer.text.empty()) {
        c.kind = Chunk::Kind::kLast, c.length = next - c.data, c.end = trailer.next;
        return c;
      }
      next = trailer.next;
    }
  }
  uint64_t there = s.size() - line.next;
  c.length = static_cast<uint32_t>(std::min(size, there));
  if (size + 2 > there) return c;
  c.kind = Chunk::Kind::kData, c.end = static_cast<uint32_t>(line.next + size + 2);
  return c;
}

uint32_t message_end(const Head& h, std::string_view s) {
  auto size = static_cast<uint32_t>(s.size());
  uint32_t rest = size - std::min(h.length, size);
  if (!rest) return size;
  if (h.transfer_coding) {
    if (!h.chunked) return size;
    for (uint32_t at = h.length;;) {
      Chunk c = chunk_at(s, at);
      if (c.kind != Chunk::Kind::kData) return c.end;
      at = c.end;
    }
  }
  if (h.has_length && h.content_length <= INT32_MAX) return h.length + static_cast<uint32_t>(std::min<uint64_t>(h.content_length, rest));
  if (h.has_length && h.content_length) return size;
  if (h.request() || h.bodiless()) return h.length;
  return size;
}

}  // namespace wiretail::dissect::http
