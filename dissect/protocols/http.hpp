// Hypertext Transfer Protocol, version 1: what its files share. RFC 9112, and what Wireshark makes of streams that do not
// keep to it: any line with a colon is a header, a message ends at the first line that has none, and after the first message
// everything else on the connection is a continuation. Capture thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dissect/dissection.hpp"
#include "dissect/protocols/http_rows.hpp"
#include "dissect/protocols/http_transaction.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect::http {

// A line and where the next one begins. Lines end with LF, CRLF or a lone CR.
struct Line {
  std::string_view text;
  uint32_t next = 0;
  bool ended = false;  // its end is there
};
// `searched`: no end lies before it.
Line line_at(std::string_view s, uint32_t at, uint32_t searched = 0);
// Where an unended line began, and how far an end of it was looked for: what comes later is looked at once.
struct Search {
  uint32_t line = UINT32_MAX, to = 0;
  uint32_t of(uint32_t at) const { return at == line ? to : 0; }
};

// A start line's parts; offsets follow from the views, which point into the message.
struct StartLine {
  enum class Kind : uint8_t { kNone, kRequest, kNotification, kResponse } kind = Kind::kNone;
  std::string_view method, uri, version, code_text, phrase;
  uint16_t code = 0;
  bool has_code = false, has_phrase = false;
};
StartLine parse_start_line(std::string_view line);
// False of nearly all lines that are none: a start line's second letter is a capital ("GET", "HTTP/") or that of "M-SEARCH".
inline bool may_be_start_line(std::string_view line) { return line.size() >= 2 && ((line[1] >= 'A' && line[1] <= 'Z') || line[1] == '-'); }

// One message's head, read once; views point into the message.
struct Head {
  StartLine start;            // the last start line among its lines
  std::string_view host, content_type, content_encoding, user_agent, referer;
  uint64_t content_length = 0;
  uint32_t length = 0;        // up to the body
  uint32_t first_line = 0;    // bytes of the first line, with its end
  bool blank = false;         // the blank line is there
  bool torn = false;          // it ends in a piece of a line without a colon
  bool first_ended = false;   // the first line's end is there
  bool starts = false;        // … and it is a start line
  bool has_host = false, has_length = false, has_type = false, has_encoding = false;
  bool transfer_coding = false, chunked = false, chunked_first = false, coded = false, unknown_coding = false;
  bool request() const { return start.kind == StartLine::Kind::kRequest || start.kind == StartLine::Kind::kNotification; }
  bool response() const { return start.kind == StartLine::Kind::kResponse; }
  bool bodiless() const { return response() && (start.code / 100 == 1 || start.code == 204 || start.code == 304); }
};
// `whole`: up to the blank line, over lines that are no headers; else the first of these ends the head, as for dissection.
Head read_head(std::string_view message, bool whole = false);
// Where the message ends in what is there: as Wireshark's dissection decides it, which is laxer than its reassembly.
uint32_t message_end(const Head& head, std::string_view message);

// One step through a chunked body.
struct Chunk {
  enum class Kind : uint8_t {
    kData,  // `length` bytes at `data`, the next chunk at `end`
    kLast,  // size 0: trailers at `data`, `length` bytes; the body ends at `end`
    kStop,  // an empty line where a size should be: the body ends at `end`
    kMore,  // not all of it is there: `length` bytes at `data`
  } kind = Kind::kMore;
  uint32_t size = 0, data = 0, length = 0, end = 0;
  bool has_size = false;
};
Chunk chunk_at(std::string_view s, uint32_t at, const Search& search = {});

// The body as what lies above HTTP sees it.
struct Body {
  std::string_view bytes;  // in the message or the arena
  std::string_view coded;  // what a content coding was undone of; the same as `bytes` without one
  bool made = false;       // … in the arena
  bool failed = false;     // a content coding that cannot be undone: the coded bytes, which are nobody's
};
// Empty without a `Host`: that is the caller's to know.
std::string_view full_uri(Arena& arena, std::string_view method, std::string_view host, std::string_view uri);
Body decode_body(Arena& arena, const Head& head, std::string_view body);
// `Basic` credentials; empty if there are none.
std::string_view basic_credentials(Arena& arena, std::string_view value);

// Requests and responses as Wireshark counts them: in the order of their arrival.
struct Exchange {
  uint32_t number = 0;
  uint64_t request = 0, response = 0;  // packets; 0: none
  Stamp time;                          // of the request
};

class State : public AppState {
 public:
  size_t bytes() const override { return sizeof *this + uri.size() + (connect ? sizeof *connect : 0) + transactions.bytes(); }
  void end(const StreamEnd& how, TransactionSink& sink) override { transactions.end(how, sink); }
  Stamp deadline() const override { return transactions.deadline(); }
  void expire(Time now, TransactionSink& sink) override { transactions.expire(now, sink); }
  void lost(uint8_t direction, bool held, Time at, TransactionSink& sink) override { transactions.lost(direction, held, at, sink); }

  Exchange current;
  uint64_t previous_request = 0, previous_response = 0;  // packets of the exchange before
  std::string uri;             // of the last request whose whole address was known, or if none was, of the last one; if somebody asks
  struct Connect { std::string host; uint16_t port = 0; };
  std::unique_ptr<Connect> connect;  // the last request was CONNECT, and what it named
  bool whole_uri = false;
  bool seen = false;           // a request was seen: bytes that are no message are continuations
  bool head = false;           // the last request was HEAD
  bool tunnel = false, upgraded = false;  // the stream is another protocol's
  // Where the search for the end of a unit goes on; of the unit that began in `frame`. `first`: behind its head, once that is known.
  // `chunks`: behind the head chunks alone are waited for, of which those before `at` have `body` bytes; `at` may lie beyond what is
  // there, where the chunk ends that is under way.
  struct Scan {
    uint64_t frame = 0, body = 0;
    uint32_t first = 0, at = 0;
    uint32_t first_line = 0;     // behind the first line, once that is known
    Search search;
    bool starts = false;         // … and it is a start line
    bool chunks = false, countable = false, response = false;
  };
  std::unique_ptr<Scan> scan[2], counted[2];  // `counted`: of a unit whose chunks are not kept, which cannot be looked at anew
  bool open[2] = {};           // a unit is not complete
  Transactions transactions;
};

// What the walk keeps of a message for its fields; of a transaction's event: only `transaction`.
struct Facts {
  Head head;
  bool continuation = false, tunnel = false, leading_crlf = false, refused = false;
  bool broken = false;                 // the snapshot length cut it within a header
  bool malformed = false;              // a continuation that ends within a header's name or a chunk
  bool unnamed = false;                // nothing before it was a message, and it is none, or cut within its first line: the columns stay TCP's
  uint32_t number = 0;                 // of the request or response in the stream
  uint64_t request_in = 0, previous_request = 0, previous_response = 0;
  Time time;
  bool has_time = false;
  std::string_view full_uri, for_uri;  // in the arena
  uint32_t start = 0;                  // of the message in its layer
  uint32_t end = 0;                    // of its body
  bool counted = false;                // not all of the body is there: nobody asked for it when it came
  Body body;
  bool has_body = false;
  std::string_view connect_host;
  uint16_t connect_port = 0;
  const Transaction* transaction = nullptr;
};

Pdu measure(StreamContext& stream, Bytes data);
std::string_view preview(Bytes data);
void details(Emit& emit);
void columns(const Dissection& d, const LayerRef& l, Columns& c);
const Facts* facts_of(const Dissection& d, const LayerRef& l);
std::string code_name(uint16_t code);

inline std::string_view text_of(Bytes data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
inline bool same_word(std::string_view a, std::string_view lower_case) {
  if (a.size() != lower_case.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if ((a[i] >= 'A' && a[i] <= 'Z' ? a[i] + 32 : a[i]) != lower_case[i]) return false;
  return true;
}
inline bool printable(char c) { return c >= 0x20 && c < 0x7f; }

}  // namespace wiretail::dissect::http
