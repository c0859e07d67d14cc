// HTTP's fields and columns.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/protocols/http.hpp"

namespace wiretail::dissect::http {
namespace {

using Kind = StartLine::Kind;

struct HeaderRow {
  std::string_view name;  // lower case
  unsigned row;
};
constexpr HeaderRow kHeaders[] = {
    {"accept", kAccept}, {"accept-encoding", kAcceptEncoding}, {"accept-language", kAcceptLanguage}, {"authorization", kAuthorization}, {"cache-control", kCacheControl},
    {"connection", kConnection}, {"content-encoding", kContentEncoding}, {"content-length", kContentLengthHeader}, {"content-type", kContentType}, {"cookie", kCookie}, {"date", kDate},
    {"host", kHost}, {"http2-settings", kHttp2Settings}, {"last-modified", kLastModified}, {"location", kLocation}, {"proxy-authenticate", kProxyAuthenticate}, {"proxy-authorization", kProxyAuthorization},
    {"referer", kReferer}, {"sec-websocket-accept", kWebsocketAccept}, {"sec-websocket-extensions", kWebsocketExtensions}, {"sec-websocket-key", kWebsocketKey},
    {"sec-websocket-protocol", kWebsocketProtocol}, {"sec-websocket-version", kWebsocketVersion}, {"server", kServer}, {"set-cookie", kSetCookie}, {"transfer-encoding", kTransferEncoding},
    {"upgrade", kUpgrade}, {"user-agent", kUserAgent}, {"www-authenticate", kWwwAuthenticate}, {"x-forwarded-for", kForwardedFor}};

constexpr ValueName kCodes[] = {
    {100, "Continue"}, {101, "Switching Protocols"}, {102, "Processing"}, {103, "Early Hints"}, {199, "Informational - Others"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {203, "Non-authoritative Information"}, {204, "No Content"},
    {205, "Reset Content"}, {206, "Partial Content"}, {207, "Multi-Status"}, {208, "Already Reported"}, {226, "IM Used"}, {299, "Success - Others"}, {300, "Multiple Choices"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"}, {304, "Not Modified"},
    {305, "Use Proxy"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"}, {399, "Redirection - Others"}, {400, "Bad Request"}, {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"}, {404, "Not Found"},
    {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {407, "Proxy Authentication Required"}, {408, "Request Time-out"}, {409, "Conflict"}, {410, "Gone"}, {411, "Length Required"},
    {412, "Precondition Failed"}, {413, "Request Entity Too Large"}, {414, "Request-URI Too Long"}, {415, "Unsupported Media Type"}, {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"}, {418, "I'm a teapot"}, {421, "Misdirected Request"}, {422, "Unprocessable Entity"}, {423, "Locked"}, {424, "Failed Dependency"}, {425, "Too Early"}, {426, "Upgrade Required"}, {428, "Precondition Required"},
    {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"}, {451, "Unavailable For Legal Reasons"},
    {499, "Client Error - Others"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
    {504, "Gateway Time-out"}, {505, "HTTP Version not supported"}, {506, "Variant Also Negotiates"}, {507, "Insufficient Storage"}, {508, "Loop Detected"}, {510, "Not Extended"}, {511, "Network Authentication Required"},
    {599, "Server Error - Others"}};

// The headers' indexes, by length: few names share one.
constexpr size_t kLongestName = 24;
constexpr auto kByLength = [] {
  std::array<std::array<uint8_t, 6>, kLongestName + 1> lists{};
  for (size_t i = 0; i < std::size(kHeaders); ++i) {
    auto& list = lists[kHeaders[i].name.size()];
    size_t at = 0;
    while (list[at]) ++at;
    list[at] = static_cast<uint8_t>(i + 1);
  }
  return lists;
}();

unsigned row_of(std::string_view name) {
  if (name.size() > kLongestName) return kUnknownHeader;
  for (uint8_t index : kByLength[name.size()]) {
    if (!index) break;
    const HeaderRow& header = kHeaders[index - 1];
    if ((name[0] | 0x20) == header.name[0] && same_word(name, header.name)) return header.row;
  }
  return kUnknownHeader;
}

// RFC 9110 §5.6.2: what a header's name may consist of.
bool is_token(std::string_view name) {
  auto good = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || std::string_view("!#$%&'*+.^_`|~").find(c) != std::string_view::npos; };
  return !name.empty() && std::all_of(name.begin(), name.end(), good);
}

class Details {
 public:
  Details(Emit& emit, const Facts& facts) : emit_(emit), f_(facts), base_(reinterpret_cast<const char*>(emit.at(0))) {}

  void message() {
    if (f_.tunnel) return tunnel();
    if (over_tls_port()) emit_.expert(kTlsPort, severity::kWarning, group::kSecurity);
    if (f_.leading_crlf) emit_.expert(kLeadingCrlf, severity::kError, group::kMalformed, "Leading CRLF previous message in the stream may have extra CRLF");
    lines();
    if (f_.broken) return;
    if (f_.head.transfer_coding && f_.head.has_length)
      emit_.expert(kTeAndLength, severity::kWarning, group::kProtocol, "The Content-Length and Transfer-Encoding header must not be set together");
    if (f_.head.unknown_coding) emit_.expert(kTeUnknown, severity::kWarning, group::kProtocol, "Unknown transfer coding name in Transfer-Encoding header");
    made(kFullUri, f_.full_uri);
    switch (f_.head.start.kind) {
      case Kind::kRequest: emit_.number(kRequest, 1); break;
      case Kind::kNotification: emit_.number(kNotification, 1); break;
      case Kind::kResponse: emit_.number(kResponse, 1); break;
      case Kind::kNone: break;
    }
    if (f_.number) numbered();
    if (f_.has_time) emit_.time(kTime, f_.time);
    if (f_.previous_request) emit_.number(kPrevRequestIn, f_.previous_request);
    if (f_.previous_response) emit_.number(kPrevResponseIn, f_.previous_response);
    if (f_.request_in) emit_.number(kRequestIn, f_.request_in);
    made(kResponseForUri, f_.for_uri);
    body();
  }

 private:
  // "HTTP request 2/3": how many there will be is known of those that have been.
  void numbered() {
    emit_.number(f_.head.request() ? kRequestNumber : kResponseNumber, f_.number);
    if (!emit_.showing()) return;
    std::string text = f_.head.request() ? "HTTP request " : "HTTP response ";
    append_uint(text, f_.number), text += '/', append_uint(text, f_.number);
    emit_.shown(text);
  }

  void put(unsigned row, std::string_view text) { put(row, text, text); }
  // … whose item is more than its text.
  void put(unsigned row, std::string_view text, std::string_view item) {
    if (emit_.wants(row)) emit_.put(row, Value::of_text(ascii(text)), static_cast<uint32_t>(item.data() - base_), static_cast<uint32_t>(item.size()));
  }
  void made(unsigned row, std::string_view text) {
    if (!text.empty() && emit_.wants(row)) emit_.put(row, Value::of_text(ascii(text)), 0, 0);
  }
  // Wireshark reads these texts as ASCII, up to the first NUL: each other byte is one U+FFFD.
  std::string_view ascii(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    auto high = [](char c) { return (c & 0x80) != 0; };
    auto count = static_cast<size_t>(std::count_if(text.begin(), text.end(), high));
    if (!count) return text;
    char* out = emit_.packet().arena.take(text.size() + 2 * count);
    char* at = out;
    for (char c : text) {
      if (high(c)) *at++ = '\xef', *at++ = '\xbf', *at++ = '\xbd';
      else *at++ = c;
    }
    return {out, static_cast<size_t>(at - out)};
  }

  bool over_tls_port() const {
    const Dissection& d = emit_.packet();
    const LayerRef* tcp = d.layer(id::kTcp);
    return tcp && (be16(d.at(*tcp)) == 443 || be16(d.at(*tcp) + 2) == 443);
  }

  void tunnel() {
    made(kProxyHost, f_.connect_host);
    if (f_.connect_port) emit_.number(kProxyPort, f_.connect_port);
  }

  void lines() {
    std::string_view head{base_ + f_.start, std::min<size_t>(f_.head.length, emit_.data().size() - f_.start)};
    if (!f_.end) return;
    Kind kind = Kind::kNone;
    const bool headers = emit_.wants_notes() || emit_.wants(kBadName) || emit_.wants_any(kRequestLine, kUnknownHeader) || emit_.wants_any(kAuthBasic, kHttp2Settings);
    const StartLine& last = f_.head.start;
    if (!headers && (last.kind == Kind::kResponse ? last.version : last.method).data() == head.data()) {  // it is the only one
      Line line = line_at(head, 0);
      return start_line(last, head.substr(0, line.next));
    }
    for (uint32_t at = 0; at < head.size();) {
      Line line = line_at(head, at);
      std::string_view whole = head.substr(at, line.next - at);
      at = line.next;
      if (line.text.empty() && line.ended) {
        if (emit_.showing()) this->line(whole);
        break;
      }
      if (may_be_start_line(line.text)) {
        const StartLine start = parse_start_line(line.text);
        if (start.kind != Kind::kNone) {
          kind = start.kind;
          start_line(start, whole);
          continue;
        }
      }
      if (headers) header(kind, line.text, whole);
    }
  }

  void start_line(const StartLine& start, std::string_view whole) {
    chat_.clear();
    if (emit_.wants_notes()) append_formatted(chat_, whole);
    if (emit_.showing()) line(whole);
    emit_.push();
    emit_.expert(kChat, severity::kChat, group::kSequence, chat_);
    if (start.kind == Kind::kResponse) {
      put(kResponseVersion, start.version);
      if (start.has_code) {
        emit_.number(kResponseCode, start.code, static_cast<uint32_t>(start.code_text.data() - base_), 3);
        if (emit_.wants(kResponseCodeDesc)) emit_.text(kResponseCodeDesc, code_name(start.code), static_cast<uint32_t>(start.code_text.data() - base_), 3);
        if (start.has_phrase) put(kResponsePhrase, start.phrase);
      }
    } else {
      put(kRequestMethod, start.method);
      put(kRequestUri, start.uri);
      size_t mark = start.uri.find('?');
      if (mark != std::string_view::npos && mark + 1 < start.uri.size()) {
        emit_.push();
        put(kUriPath, start.uri.substr(0, mark));
        std::string_view query = start.uri.substr(mark + 1);
        put(kUriQuery, query);
        emit_.push();
        each_part(query, '&', [&](std::string_view one) { put(kUriParameter, one); });
        emit_.pop(), emit_.pop();
      }
      put(kRequestVersion, start.version);
    }
    emit_.pop();
  }

  template <class F>
  static void each_part(std::string_view list, char separator, F&& f) {
    while (!list.empty()) {
      std::string_view one = list.substr(0, list.find(separator));
      list.remove_prefix(std::min(list.size(), one.size() + 1));
      if (!one.empty()) f(one);
    }
  }

  // A line as it lies there; the fields of the line itself (`Host` …) say no more.
  void line(std::string_view whole) {
    std::string text;
    append_escaped(text, ascii(whole));
    emit_.branch(text);
  }

  void header(Kind kind, std::string_view text, std::string_view whole) {
    if (emit_.showing()) line(whole);
    size_t colon = text.find(':');
    if (colon == std::string_view::npos) return;
    Emit::Below below(emit_);
    std::string_view name = text.substr(0, colon), value = text.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    unsigned row = row_of(name);
    if (kind == Kind::kResponse) put(kResponseLine, whole);
    else if (kind == Kind::kRequest) put(kRequestLine, whole);
    else if (row == kUnknownHeader) put(kUnknownHeader, whole);
    if ((emit_.wants_notes() || emit_.wants(kBadName)) && !is_token(name)) emit_.expert(kBadName, severity::kWarning, group::kProtocol, "Illegal characters found in header name");
    if (row == kUnknownHeader) return;
    put(row, value, whole);
    if (row == kContentLengthHeader) {
      Head one = read_head(whole);
      if (one.has_length) emit_.number(kContentLength, one.content_length, static_cast<uint32_t>(whole.data() - base_), static_cast<uint32_t>(whole.size()));
    } else if (row == kCookie) {
      each_part(value, ';', [&](std::string_view pair) {
        while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
        if (!pair.empty()) put(kCookiePair, pair);
      });
    } else if ((row == kAuthorization || row == kProxyAuthorization) && emit_.wants(kAuthBasic)) {
      std::string_view who = basic_credentials(emit_.packet().arena, value);
      if (!who.empty()) emit_.put_in_buffer(kAuthBasic, Value::of_text(who), kOwnBytes, 0, 0);
    }
  }

  void body() {
    if (f_.counted) return;
    if (f_.head.chunked && (emit_.showing() || emit_.wants_any(kChunkSize, kTrailer))) chunks();
    coded();
    if (f_.body.failed) emit_.expert(kUncompressed, severity::kWarning, group::kUndecoded, "Decompression failed");
    else if (f_.has_body && !f_.head.coded) file_data();
    else if (f_.head.chunked ? !f_.malformed && has_chunk() : f_.body.made && f_.body.bytes.empty()) emit_.text(kFileData, {});
    if (f_.refused) emit_.expert(kBodyRefused, severity::kNote, group::kMalformed, "HTTP body subdissector failed, trying heuristic subdissector");
  }

  bool has_chunk() const {
    std::string_view s{base_ + f_.start, std::min<size_t>(f_.end, emit_.data().size()) - f_.start};
    return f_.head.length < s.size() && line_at(s, f_.head.length).ended;
  }

  void file_data() {
    if (emit_.wants(kFileData)) {
      const std::string_view text = f_.body.bytes;
      const Dissection::Place place = emit_.packet().place_of({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
      emit_.put_in_buffer(kFileData, Value::of_text(ascii(text)), place.buffer, place.offset, place.length);
    }
    sized("File Data: ", f_.body.bytes.size(), " byte", "");
  }

  // In place of the last row: number and unit.
  void sized(std::string_view before, uint64_t number, std::string_view unit, std::string_view after) {
    if (!emit_.showing()) return;
    std::string text(before);
    append_uint(text, number), text += unit, text += number == 1 ? "" : "s", text += after;
    emit_.shown(text);
  }

  void coded() {
    if (!emit_.showing() || f_.body.coded.data() == f_.body.bytes.data() || f_.body.coded.empty()) return;
    std::string text = "Content-encoded entity body (";
    text += f_.head.content_encoding, text += "): ", append_uint(text, f_.body.coded.size()), text += " bytes -> ", append_uint(text, f_.body.bytes.size()), text += " bytes";
    emit_.branch(text);
  }

  void chunk_line(const Chunk& c) {
    if (!emit_.showing()) return;
    std::string text = "End of chunked encoding";
    if (c.kind != Chunk::Kind::kLast) text = "Data chunk (", append_uint(text, c.size), text += " octets)";
    emit_.branch(text);
  }

  void chunks() {
    emit_.branch("HTTP chunked response");
    Emit::Below response(emit_);
    std::string_view s{base_ + f_.start, std::min<size_t>(f_.end, emit_.data().size()) - f_.start};
    for (uint32_t at = f_.head.length; at < s.size();) {
      Chunk c = chunk_at(s, at);
      if (c.kind == Chunk::Kind::kStop || !c.has_size || (c.kind == Chunk::Kind::kMore && f_.malformed)) break;
      chunk_line(c);
      emit_.push();
      emit_.number(kChunkSize, c.size, f_.start + at, c.data - at), emit_.remark(" octets");
      if (c.kind == Chunk::Kind::kLast) emit_.pop();
      if (c.kind == Chunk::Kind::kLast) {
        if (c.length) put(kTrailer, s.substr(c.data, c.length));
        emit_.branch("\\r\\n");
        break;
      }
      if (c.size) emit_.bytes(kChunkData, f_.start + c.data, c.length);
      if (c.kind == Chunk::Kind::kMore) {
        emit_.pop();
        break;
      }
      emit_.bytes(kChunkBoundary, f_.start + c.data + c.length, 2);
      emit_.pop();
      at = c.end;
    }
  }

  // Wireshark's spelling of a line in a message: control characters escaped.
  static void append_formatted(std::string& out, std::string_view line) {
    for (char c : line) {
      switch (c) {
        case '\a': out += "\\a"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\v': out += "\\v"; break;
        default: out += c;
      }
    }
  }

  Emit& emit_;
  const Facts& f_;
  const char* base_;
  std::string chat_;
};

void transaction(Emit& emit, const Transaction& t) {
  auto text = [&](unsigned row, std::string_view value) {
    if (!value.empty() && emit.wants(row)) emit.put(row, Value::of_text(value), 0, 0);
  };
  if (t.has_request) {
    text(kRequestMethod, t.part(Transaction::Part::kMethod)), text(kRequestUri, t.part(Transaction::Part::kUri)), text(kRequestVersion, t.part(Transaction::Part::kVersion));
    text(kHost, t.part(Transaction::Part::kHost)), text(kUserAgent, t.part(Transaction::Part::kUserAgent)), text(kReferer, t.part(Transaction::Part::kReferer));
    if (t.has_host && emit.wants(kFullUri)) text(kFullUri, full_uri(emit.packet().arena, t.part(Transaction::Part::kMethod), t.part(Transaction::Part::kHost), t.part(Transaction::Part::kUri)));
    emit.number(kRequestNumber, t.request_number);
    emit.number(kRequestIn, t.request_in);
  }
  const std::string_view response_version = t.part(Transaction::Part::kResponseVersion);
  const bool partial = !response_version.empty();
  if (partial) {
    text(kResponseVersion, response_version);
    if (t.has_code) emit.number(kResponseCode, t.code);
    text(kResponsePhrase, t.part(Transaction::Part::kPhrase)), text(kContentType, t.part(Transaction::Part::kContentType));
  }
  if (t.info_code) emit.number(kInfoCode, t.info_code);
  if (t.has_response) {
    emit.number(kResponseNumber, t.response_number);
    emit.number(kResponseIn, t.response_in);
    if (t.has_request) {
      auto since = [&](Stamp later) { return later < t.request_time ? Time{} : later.time() - t.request_time.time(); };
      emit.time(kTime, since(t.response_time)), emit.time(kTtfb, since(t.first_byte));
    }
  }
  if (t.has_request) emit.number(kRequestBytes, t.request_body);
  if (partial && t.has_body_sizes) emit.number(kResponseBytes, t.response_body);
  if (t.early) emit.number(kEarly, 1);
  emit.text(kOutcome, outcome_name(t.outcome));
}

}  // namespace

std::string code_name(uint16_t code) {
  std::string_view known = value_name(kCodes, code);
  if (!known.empty()) return std::string(known);
  return "Unknown (" + std::to_string(code) + ")";
}

const Facts* facts_of(const Dissection& d, const LayerRef& l) { return l.note ? static_cast<const Facts*>(d.app_facts[l.note - 1]) : nullptr; }

void details(Emit& emit) {
  const Facts* f = facts_of(emit.packet(), emit.layer());
  if (!f) return;
  if (f->transaction) return transaction(emit, *f->transaction);
  Details(emit, *f).message();
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  const Facts* f = facts_of(d, l);
  if (!f || f->tunnel || f->unnamed) return;
  // What is handed over anew behind a message leaves the protocol as it stands, with all that follows.
  if (l.number == 1 || l.extra) c.set_protocol(l.proto == id::kSsdp ? "SSDP" : "HTTP");
  else c.protocol_done = true;
  std::string text = "Continuation";
  if (!f->continuation && f->head.first_ended) {
    std::string_view line{reinterpret_cast<const char*>(d.at(l)) + f->start, f->head.first_line};
    text.assign(line_at(line, 0).text), text += ' ';
  }
  if (l.number > 1) return c.append_info(text);  // behind another message in the same segment
  // What TCP found stays in front.
  std::string notes;
  for (size_t at = 0; c.info.compare(at, 5, "[TCP ") == 0;) {
    size_t end = c.info.find("] ", at);
    if (end == std::string::npos) break;
    notes.append(c.info, at, end + 2 - at);
    at = end + 2;
  }
  c.set_info(notes + text);
}

}  // namespace wiretail::dissect::http
