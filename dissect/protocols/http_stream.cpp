// Where an HTTP/1 message ends in a stream, and what its head says. RFC 9112 §2, §6, §7.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "dissect/protocols/http.hpp"

namespace wiretail::dissect::http {
namespace {

constexpr std::string_view kMethods[] = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK",
                                         "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "M-SEARCH", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "SEARCH", "BMOVE", "BCOPY", "POLL"};

std::string_view text(Bytes data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

bool same(std::string_view a, std::string_view lower_case) {
  return a.size() == lower_case.size() && std::equal(a.begin(), a.end(), lower_case.begin(), [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

// A start line's beginning: a response, a request, or neither. With less than a word it may still become one.
enum class Kind : uint8_t { kResponse, kRequest, kOther, kTooShort };
Kind kind_of(std::string_view s) {
  if (s.substr(0, 5) == "HTTP/") return Kind::kResponse;
  if (std::string_view("HTTP/").substr(0, s.size()) == s) return Kind::kTooShort;
  for (std::string_view method : kMethods) {
    if (s.size() > method.size() ? s.substr(0, method.size()) == method && s[method.size()] == ' ' : method.substr(0, s.size()) == s)
      return s.size() > method.size() ? Kind::kRequest : Kind::kTooShort;
  }
  return Kind::kOther;
}

// The end of a chunked body: bytes from `from`, 0 if it is not all there. `at` keeps the place for the next time.
uint32_t chunked_end(std::string_view s, uint32_t from, uint32_t& at, bool& broken) {
  if (at < from) at = from;
  while (true) {
    size_t line = s.find('\n', at);
    if (line == std::string_view::npos) return 0;
    std::string_view size_text = trim(s.substr(at, line - at));
    uint64_t size = 0;
    auto [end, error] = std::from_chars(size_text.data(), size_text.data() + size_text.size(), size, 16);
    if (error != std::errc() || size > 0x7fffffff) return broken = true, 0;
    if (size == 0) {  // trailers end with a blank line
      size_t next = line + 1;
      while (true) {
        size_t stop = s.find('\n', next);
        if (stop == std::string_view::npos) return 0;
        if (trim(s.substr(next, stop - next)).empty()) return static_cast<uint32_t>(stop + 1);
        next = stop + 1;
      }
    }
    uint64_t after = line + 1 + size;
    if (after + 2 > s.size()) return 0;
    at = static_cast<uint32_t>(after + (s[after] == '\r' ? 2 : 1));
  }
}

}  // namespace

Head read_head(Bytes data) {
  Head h;
  std::string_view s = text(data);
  Kind kind = kind_of(s);
  if (kind != Kind::kRequest && kind != Kind::kResponse) return h;
  size_t end = s.find('\n');
  if (end == std::string_view::npos) return h;
  h.start_line = static_cast<uint32_t>(end + 1);
  std::string_view line = s.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  size_t first = line.find(' ');
  if (kind == Kind::kRequest) {
    h.request = true;
    h.method = line.substr(0, first);
    std::string_view rest = line.substr(first + 1);
    size_t last = rest.rfind(' ');
    if (last != std::string_view::npos && rest.substr(last + 1).substr(0, 5) == "HTTP/") h.version = rest.substr(last + 1), rest = rest.substr(0, last);
    h.uri = rest;
  } else {
    h.response = true;
    h.version = line.substr(0, first);
    std::string_view rest = first == std::string_view::npos ? std::string_view() : line.substr(first + 1);
    h.code_text = rest.substr(0, rest.find(' '));
    std::from_chars(h.code_text.data(), h.code_text.data() + h.code_text.size(), h.code);
    if (rest.size() > h.code_text.size()) h.phrase = rest.substr(h.code_text.size() + 1);
  }
  size_t at = end + 1;
  while (at < s.size()) {
    size_t stop = s.find('\n', at);
    if (stop == std::string_view::npos) break;
    std::string_view header = s.substr(at, stop - at);
    at = stop + 1;
    if (!header.empty() && header.back() == '\r') header.remove_suffix(1);
    if (header.empty()) {
      h.complete = true;
      break;
    }
    size_t colon = header.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view name = header.substr(0, colon), value = trim(header.substr(colon + 1));
    if (same(name, "content-length")) {
      auto [e, error] = std::from_chars(value.data(), value.data() + value.size(), h.content_length);
      h.has_length = error == std::errc();
    } else if (same(name, "transfer-encoding")) {
      h.chunked = same(value.substr(0, 7), "chunked") || (value.size() > 7 && same(value.substr(value.size() - 7), "chunked"));
    } else if (same(name, "host")) {
      h.host = value;
    } else if (same(name, "content-type")) {
      h.content_type = value;
    } else if (same(name, "content-encoding")) {
      h.encoded = !same(value, "identity");
    }
  }
  h.length = static_cast<uint32_t>(at);
  return h;
}

Pdu measure(StreamContext& stream, Bytes data) {
  auto& state = static_cast<State&>(*stream.state);
  auto size = static_cast<uint32_t>(data.size());
  if (state.tunnel) return {Pdu::Kind::kNotOurs, 0};
  State::Scan& scan = state.scan[stream.direction];
  if (scan.frame != stream.first_frame) scan = {stream.first_frame, 0, 0};
  std::string_view s = text(data);
  Kind kind = kind_of(s);
  if (kind == Kind::kOther) return {Pdu::Kind::kComplete, size};  // continuation
  if (kind == Kind::kTooShort) return {Pdu::Kind::kNeed, 0};
  if (!scan.head) {  // the blank line; look again only at what is new
    size_t from = scan.at > 3 ? scan.at - 3 : 0;
    size_t blank = s.find("\n\r\n", from), bare = s.find("\n\n", from);
    scan.at = size;
    if (blank == std::string_view::npos && bare == std::string_view::npos) return {Pdu::Kind::kNeed, 0};
    scan.head = static_cast<uint32_t>(std::min(blank == std::string_view::npos ? s.size() : blank + 3, bare == std::string_view::npos ? s.size() : bare + 2));
    scan.at = 0;
  }
  Head head = read_head(data.first(scan.head));
  auto complete = [&](uint32_t length) {
    scan = {};
    return Pdu{Pdu::Kind::kComplete, length};
  };
  bool body = true;
  if (head.response) {
    const Exchange* request = state.pending.empty() ? nullptr : &state.pending.front();
    body = !(head.code / 100 == 1 || head.code == 204 || head.code == 304 || (request && (request->head || (request->connect && head.code / 100 == 2))));
  }
  if (!body) return complete(scan.head);
  if (head.chunked) {
    bool broken = false;
    uint32_t end = chunked_end(s, scan.head, scan.at, broken);
    if (broken) return complete(size);
    return end ? complete(end) : Pdu{Pdu::Kind::kNeed, 0};
  }
  if (head.has_length) {
    uint64_t length = scan.head + head.content_length;
    if (length > 0x7fffffff) return complete(size);
    if (length <= size) return complete(static_cast<uint32_t>(length));
    return {Pdu::Kind::kNeed, static_cast<uint32_t>(length)};
  }
  if (head.request) return complete(scan.head);
  if (stream.closing) return complete(size);
  return {Pdu::Kind::kUntilClose, 0};
}

}  // namespace wiretail::dissect::http
