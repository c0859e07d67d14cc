// HTTP's fields and columns.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/http.hpp"

namespace wiretail::dissect::http {
namespace {

struct HeaderRow {
  std::string_view name;  // lower case
  unsigned row;
};
constexpr HeaderRow kHeaders[] = {
    {"accept", kAccept}, {"accept-encoding", kAcceptEncoding}, {"accept-language", kAcceptLanguage}, {"authorization", kAuthorization}, {"cache-control", kCacheControl},
    {"connection", kConnection}, {"content-encoding", kContentEncoding}, {"content-length", kContentLengthHeader}, {"content-type", kContentType}, {"cookie", kCookie}, {"date", kDate},
    {"host", kHost}, {"last-modified", kLastModified}, {"location", kLocation}, {"proxy-authenticate", kProxyAuthenticate}, {"proxy-authorization", kProxyAuthorization},
    {"referer", kReferer}, {"sec-websocket-accept", kWebsocketAccept}, {"sec-websocket-extensions", kWebsocketExtensions}, {"sec-websocket-key", kWebsocketKey},
    {"sec-websocket-protocol", kWebsocketProtocol}, {"sec-websocket-version", kWebsocketVersion}, {"server", kServer}, {"set-cookie", kSetCookie}, {"transfer-encoding", kTransferEncoding},
    {"upgrade", kUpgrade}, {"user-agent", kUserAgent}, {"www-authenticate", kWwwAuthenticate}, {"x-forwarded-for", kForwardedFor}};

constexpr ValueName kCodes[] = {
    {100, "Continue"}, {101, "Switching Protocols"}, {102, "Processing"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {203, "Non-authoritative Information"}, {204, "No Content"},
    {205, "Reset Content"}, {206, "Partial Content"}, {207, "Multi-Status"}, {300, "Multiple Choices"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"}, {304, "Not Modified"},
    {305, "Use Proxy"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"}, {404, "Not Found"},
    {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {407, "Proxy Authentication Required"}, {408, "Request Time-out"}, {409, "Conflict"}, {410, "Gone"}, {411, "Length Required"},
    {412, "Precondition Failed"}, {413, "Request Entity Too Large"}, {414, "Request-URI Too Long"}, {415, "Unsupported Media Type"}, {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"}, {418, "I'm a teapot"}, {422, "Unprocessable Entity"}, {423, "Locked"}, {424, "Failed Dependency"}, {426, "Upgrade Required"}, {428, "Precondition Required"},
    {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
    {504, "Gateway Time-out"}, {505, "HTTP Version not supported"}, {507, "Insufficient Storage"}, {511, "Network Authentication Required"}};

unsigned row_of(std::string_view name) {
  char lower[32];
  if (name.size() > sizeof lower) return kUnknownHeader;
  std::transform(name.begin(), name.end(), lower, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view key(lower, name.size());
  auto it = std::lower_bound(std::begin(kHeaders), std::end(kHeaders), key, [](const HeaderRow& h, std::string_view n) { return h.name < n; });
  return it != std::end(kHeaders) && it->name == key ? it->row : kUnknownHeader;
}

}  // namespace

std::string_view code_name(uint16_t code) { return value_name(kCodes, code); }

const Facts* facts_of(const Dissection& d, const LayerRef& l) { return l.note ? static_cast<const Facts*>(d.app_facts[l.note - 1]) : nullptr; }

void details(Emit& emit) {
  const Facts* f = facts_of(emit.packet(), emit.layer());
  if (!f) return;
  const auto* base = reinterpret_cast<const char*>(emit.at(0));
  auto put = [&](unsigned row, std::string_view text) {
    if (emit.wants(row)) emit.put(row, Value::of_text(text), static_cast<uint32_t>(text.data() - base), static_cast<uint32_t>(text.size()));
  };
  auto made = [&](unsigned row, std::string_view text) {
    if (!text.empty() && emit.wants(row)) emit.put(row, Value::of_text(text), 0, 0);
  };
  const Head& h = f->head;
  if (f->continuation) {
    made(kFileData, f->body_text);
    return;
  }
  std::string chat;
  for (char c : std::string_view(base, std::min<size_t>(h.start_line, emit.data().size()))) {
    if (c == '\r') chat += "\\r";
    else if (c == '\n') chat += "\\n";
    else chat += c;
  }
  emit.expert(kChat, severity::kChat, group::kSequence, chat);
  if (h.request) {
    put(kRequestMethod, h.method);
    put(kRequestUri, h.uri);
    if (size_t mark = h.uri.find('?'); mark != std::string_view::npos) {
      emit.push();
      put(kUriPath, h.uri.substr(0, mark));
      std::string_view query = h.uri.substr(mark + 1);
      put(kUriQuery, query);
      while (!query.empty()) {
        std::string_view one = query.substr(0, query.find('&'));
        if (!one.empty()) put(kUriParameter, one);
        query.remove_prefix(std::min(query.size(), one.size() + 1));
      }
      emit.pop();
    }
    if (!h.version.empty()) put(kRequestVersion, h.version);
  } else {
    put(kResponseVersion, h.version);
    emit.number(kResponseCode, h.code, static_cast<uint32_t>(h.code_text.data() - base), static_cast<uint32_t>(h.code_text.size()));
    made(kResponseCodeDesc, code_name(h.code));
    if (!h.phrase.empty()) put(kResponsePhrase, h.phrase);
  }
  std::string_view head{base, std::min<size_t>(h.length, emit.data().size())};
  for (size_t at = h.start_line; at < head.size();) {
    size_t stop = std::min(head.find('\n', at), head.size() - 1);
    std::string_view line = head.substr(at, stop + 1 - at);
    at = stop + 1;
    std::string_view bare = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (bare.empty()) break;
    put(h.request ? kRequestLine : kResponseLine, line);
    size_t colon = bare.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = bare.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    unsigned row = row_of(bare.substr(0, colon));
    if (row == kUnknownHeader) continue;  // Wireshark shows most of them in the line alone
    put(row, value);
    if (row == kContentLengthHeader && h.has_length) emit.number(kContentLength, h.content_length);
  }
  if (h.request) {
    made(kFullUri, f->full_uri);
    emit.number(kRequest, 1);
  } else {
    emit.number(kResponse, 1);
  }
  if (f->number) emit.number(h.request ? kRequestNumber : kResponseNumber, f->number);
  if (f->has_time) emit.time(kTime, f->time);
  if (f->previous_request) emit.number(kPrevRequestIn, f->previous_request);
  if (f->previous_response) emit.number(kPrevResponseIn, f->previous_response);
  if (f->request_in) emit.number(kRequestIn, f->request_in);
  made(kResponseForUri, f->for_uri);
  if (!h.encoded) made(kFileData, f->body_text);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  const Facts* f = facts_of(d, l);
  c.set_protocol("HTTP");
  if (!f) return;
  // What TCP found stays in front.
  std::string notes;
  for (size_t at = 0; c.info.compare(at, 5, "[TCP ") == 0;) {
    size_t end = c.info.find("] ", at);
    if (end == std::string::npos) break;
    notes.append(c.info, at, end + 2 - at);
    at = end + 2;
  }
  if (f->continuation) return c.set_info(notes + "Continuation");
  std::string line(reinterpret_cast<const char*>(d.at(l)), std::min<size_t>(f->head.start_line, l.cap_end - l.offset));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  c.set_info(notes + line + " ");
}

}  // namespace wiretail::dissect::http
