// The rows of the `http` table, what one message's head says, and what a connection remembers of its exchanges. Shared by
// the HTTP files. RFC 9110, RFC 9112.
#pragma once
#include <array>
#include <deque>
#include <string_view>

#include "dissect/dissection.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect::http {

enum Row : unsigned {
  kNotification, kResponse, kRequest, kRequestNumber, kResponseNumber, kRequestMethod, kRequestUri, 
  kUriPath, kUriQuery, kUriParameter, kRequestVersion, kFullUri, kResponseVersion, kResponseCode, 
  kResponseCodeDesc, kResponsePhrase, kRequestLine, kResponseLine, kHost, kUserAgent, kReferer, 
  kContentType, kContentLengthHeader, kContentLength, kContentEncoding, kTransferEncoding, kUpgrade, 
  kConnection, kCookie, kSetCookie, kAccept, kAcceptLanguage, kAcceptEncoding, kDate, kCacheControl, 
  kServer, kLocation, kLastModified, kAuthorization, kWwwAuthenticate, kProxyAuthenticate, 
  kProxyAuthorization, kForwardedFor, kWebsocketKey, kWebsocketAccept, kWebsocketVersion, 
  kWebsocketProtocol, kWebsocketExtensions, kUnknownHeader, kRequestIn, kPrevRequestIn, 
  kPrevResponseIn, kTime, kResponseForUri, kFileData, kChat
};

constexpr FieldRow kRows[] = {
    {.name = "http.notification", .label = "Notification", .type = FieldType::kBoolean},
    {.name = "http.response", .label = "Response", .type = FieldType::kBoolean, .flags = kSummary | kMulti},
    {.name = "http.request", .label = "Request", .type = FieldType::kBoolean, .flags = kSummary | kMulti},
    {.name = "http.request_number", .label = "Request number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary | kMulti | kGenerated},
    {.name = "http.response_number", .label = "Response number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kSummary | kMulti | kGenerated},
    {.name = "http.request.method", .label = "Request Method", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.request.uri", .label = "Request URI", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.request.uri.path", .label = "Request URI Path", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.request.uri.query", .label = "Request URI Query", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.request.uri.query.parameter", .label = "Request URI Query Parameter", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.request.version", .label = "Request Version", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.request.full_uri", .label = "Full request URI", .type = FieldType::kString, .flags = kMulti | kGenerated},
    {.name = "http.response.version", .label = "Response Version", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.response.code", .label = "Status Code", .type = FieldType::kUint16, .base = Base::kDec, .flags = kSummary | kMulti},
    {.name = "http.response.code.desc", .label = "Status Code Description", .type = FieldType::kString, .flags = kMulti | kGenerated},
    {.name = "http.response.phrase", .label = "Response Phrase", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.request.line", .label = "Request line", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.response.line", .label = "Response line", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.host", .label = "Host", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.user_agent", .label = "User-Agent", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.referer", .label = "Referer", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.content_type", .label = "Content-Type", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.content_length_header", .label = "Content-Length", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.content_length", .label = "Content length", .type = FieldType::kUint64, .base = Base::kDec, .flags = kMulti},
    {.name = "http.content_encoding", .label = "Content-Encoding", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.transfer_encoding", .label = "Transfer-Encoding", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.upgrade", .label = "Upgrade", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.connection", .label = "Connection", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.cookie", .label = "Cookie", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.set_cookie", .label = "Set-Cookie", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.accept", .label = "Accept", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.accept_language", .label = "Accept-Language", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.accept_encoding", .label = "Accept Encoding", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.date", .label = "Date", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.cache_control", .label = "Cache-Control", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.server", .label = "Server", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.location", .label = "Location", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "http.last_modified", .label = "Last-Modified", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.authorization", .label = "Authorization", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.www_authenticate", .label = "WWW-Authenticate", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.proxy_authenticate", .label = "Proxy-Authenticate", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.proxy_authorization", .label = "Proxy-Authorization", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.x_forwarded_for", .label = "X-Forwarded-For", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.sec_websocket_key", .label = "Sec-WebSocket-Key", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.sec_websocket_accept", .label = "Sec-WebSocket-Accept", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.sec_websocket_version", .label = "Sec-WebSocket-Version", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.sec_websocket_protocol", .label = "Sec-WebSocket-Protocol", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.sec_websocket_extensions", .label = "Sec-WebSocket-Extensions", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.unknown_header", .label = "Unknown header", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.request_in", .label = "Request in frame", .type = FieldType::kFrameNum, .flags = kMulti | kGenerated},
    {.name = "http.prev_request_in", .label = "Prev request in frame", .type = FieldType::kFrameNum, .flags = kMulti | kGenerated},
    {.name = "http.prev_response_in", .label = "Prev response in frame", .type = FieldType::kFrameNum, .flags = kMulti | kGenerated},
    {.name = "http.time", .label = "Time since request", .type = FieldType::kRelativeTime, .flags = kSummary | kMulti | kGenerated},
    {.name = "http.response_for.uri", .label = "Request URI", .type = FieldType::kString, .flags = kMulti | kGenerated},
    {.name = "http.file_data", .label = "File Data", .type = FieldType::kString, .flags = kMulti},
    {.name = "http.chat", .label = "Formatted text", .type = FieldType::kNone, .flags = kExpert},
};

// One message's head, read once; offsets from the message's first byte.
struct Head {
  bool request = false, response = false;
  std::string_view method, uri, version, phrase, code_text, host, content_type;
  uint16_t code = 0;
  uint32_t start_line = 0;    // bytes, with its end of line
  uint32_t length = 0;        // of the head with the blank line
  bool complete = false;      // the blank line is there
  bool chunked = false, has_length = false, encoded = false;
  uint64_t content_length = 0;
};
Head read_head(Bytes data);

struct Exchange {
  uint64_t frame = 0;
  Time time;
  bool head = false, connect = false, answered = false;
  std::string full_uri;
};

class State : public AppState {
 public:
  size_t bytes() const override { return sizeof *this + pending.size() * sizeof(Exchange); }
  std::deque<Exchange> pending;  // requests without answer
  uint32_t requests = 0, responses = 0;
  uint64_t last_request = 0, last_response = 0, before_last_request = 0;
  bool tunnel = false;           // after CONNECT or an upgrade the stream is another protocol's
  // Where the search for the end of a unit goes on; reset when a unit is complete.
  struct Scan { uint64_t frame = 0; uint32_t head = 0, at = 0; } scan[2];  // of the unit that began in `frame`
};

// What the walk keeps of a message for its fields.
struct Facts {
  Head head;
  bool continuation = false;
  uint32_t number = 0;                 // of the request or response in the stream
  uint64_t request_in = 0, previous_request = 0, previous_response = 0;
  Time time;
  bool has_time = false;
  std::string_view full_uri, for_uri;  // in the arena
  uint32_t body = 0, body_length = 0;  // in the message
  std::string_view body_text;          // without chunked coding, in the arena if it had it
};

Pdu measure(StreamContext& stream, Bytes data);
void details(Emit& emit);
void columns(const Dissection& d, const LayerRef& l, Columns& c);
const Facts* facts_of(const Dissection& d, const LayerRef& l);
std::string_view code_name(uint16_t code);

}  // namespace wiretail::dissect::http
