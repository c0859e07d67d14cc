// HTTP/1 over TCP, message by message: which packet has the fields, numbers, pairing, bodies, what lies above. The expected
// values are those of tshark 4.0.17 on the same bytes; those of transactions are of the schema (one line a transaction).
#include <cstring>
#include <string>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/media.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kPush = 8, kAck = 16;

// A connection between a client and port 80, one packet a call, a millisecond apart.
struct Session {
  explicit Session(Settings given = {}, bool transactions = false, uint16_t port = 80) : settings(given), dissector(settings), server_port(port) {
    Needs needs;
    for (const auto& def : Registry::get().fields()) needs.add(def.id);
    needs.events = needs.http_transactions = transactions;
    dissector.set_needs(needs);
  }

  Dissection& segment(int from, std::string_view data, uint8_t flags = kPush | kAck) {
    bytes.assign(40 + data.size(), 0);
    bytes[0] = 0x45, bytes[2] = static_cast<uint8_t>(bytes.size() >> 8), bytes[3] = static_cast<uint8_t>(bytes.size()), bytes[8] = 64, bytes[9] = 6;
    const uint8_t ends[2][4] = {{192, 0, 2, 1}, {198, 51, 100, 7}};
    std::memcpy(&bytes[12], ends[from], 4), std::memcpy(&bytes[16], ends[!from], 4);
    const uint16_t ports[2] = {client_port, server_port};
    auto put = [&](size_t at, uint32_t value, int width) {
      for (int i = 0; i < width; ++i) bytes[at + static_cast<size_t>(i)] = static_cast<uint8_t>(value >> (8 * (width - 1 - i)));
    };
    put(20, ports[from], 2), put(22, ports[!from], 2), put(24, sequence[from], 4), put(28, flags & kAck ? sequence[!from] : 0, 4);
    bytes[32] = 0x50, bytes[33] = flags, bytes[34] = 0xfa;
    std::memcpy(bytes.data() + 40, data.data(), data.size());
    sequence[from] += static_cast<uint32_t>(data.size()) + (flags & (kSyn | kFin) ? 1 : 0);
    Packet p;
    p.data = bytes.data(), p.len = static_cast<uint32_t>(bytes.size()), p.cap_len = std::min(p.len, snapshot);
    p.link_type = LinkType::kRaw, p.number = ++number, p.time = now;
    now = now + Time{0, 1'000'000};
    Dissection& d = dissector.dissect(p);
    note(dissector.timer_events()), note(dissector.packet_events());
    return d;
  }
  uint16_t client_port = 40000;
  uint32_t snapshot = 0xffffffff;  // bytes of a packet that are captured
  void open() { segment(0, "", kSyn), segment(1, "", kSyn | kAck), segment(0, "", kAck); }

  std::string field(Dissection& d, std::string_view name) { return values(d, name); }
  static std::string values(Dissection& d, std::string_view name) {
    std::string out;
    for (FieldId id : Registry::get().find(name))
      for (const Occurrence* o = d.first(id); o; o = d.next(*o)) {
        if (!out.empty()) out += ',';
        append_value(out, Registry::get()[id], o->value);
      }
    return out;
  }
  static std::string protocols(Dissection& d) {
    std::string all = values(d, "frame.protocols");
    return all.substr(std::min(all.size(), std::string_view("raw:ip:tcp").size()));
  }
  static std::string info(Dissection& d) {
    Columns c;
    fill_columns(d, c);
    return c.info;
  }

  // Transactions as "outcome method code time ttfb", connection events by name.
  void note(std::span<const ConnectionEvent> list) {
    for (const ConnectionEvent& e : list) {
      if (e.kind == ConnectionEvent::Kind::kEnd) events.push_back("end " + std::string(reason_name(e.connection->reason)));
      if (e.kind != ConnectionEvent::Kind::kHttp) continue;
      Dissection& d = dissector.describe(e);
      std::string text;
      for (const char* name : {"http.outcome", "http.request.method", "http.response.code", "http.time", "http.ttfb", "http.request_in", "http.response_in", "http.request_body_bytes", "http.response_body_bytes"})
        text += (text.empty() ? "" : " ") + std::string(values(d, name).empty() ? "-" : values(d, name));
      for (const char* name : {"http.info_code", "http.early"})
        if (std::string v = values(d, name); !v.empty()) text += " " + std::string(name) + "=" + v;
      events.push_back(text);
    }
  }

  Settings settings;
  Dissector dissector;
  std::vector<uint8_t> bytes;
  uint16_t server_port;
  uint32_t sequence[2] = {1000, 5000};
  uint64_t number = 0;
  Time now{1'700'000'000, 0};
  std::vector<std::string> events;
};

const std::string kGet = "GET /a?x=1 HTTP/1.1\r\nHost: h.example\r\n\r\n";
std::string response(std::string_view body, std::string_view type = "text/html", std::string_view more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("pipelined requests and responses are counted as they come") {
  Session s;
  s.open();
  Dissection& requests = s.segment(0, kGet + kGet + kGet);
  CHECK(s.field(requests, "http.request_number") == "1,2,3");
  CHECK(s.field(requests, "http.prev_request_in") == "4,4");
  CHECK(s.info(requests) == "GET /a?x=1 HTTP/1.1 GET /a?x=1 HTTP/1.1 GET /a?x=1 HTTP/1.1 ");
  Dissection& responses = s.segment(1, response("<p>1</p>") + response("{\"a\":1}", "application/json") + response("xyz", "application/octet-stream"));
  CHECK(s.field(responses, "http.response_number") == "3,4,5");
  CHECK(s.field(responses, "http.request_in") == "4");
  CHECK(s.field(responses, "http.time") == "0.001000000");
  CHECK(s.field(responses, "http.prev_response_in") == "5,5");
  CHECK(s.field(responses, "http.file_data") == "<p>1</p>,{\"a\":1},xyz");
  CHECK(s.protocols(responses) == ":http:data-text-lines:json:data");
  CHECK(s.info(responses) == "HTTP/1.1 200 OK  (text/html)HTTP/1.1 200 OK , JavaScript Object Notation (application/json)HTTP/1.1 200 OK ");
}

TEST_CASE("a message has its fields on the packet that completes its body") {
  Session s;
  s.open();
  s.segment(0, kGet);
  std::string whole = response("abcdefgh");
  Dissection& head = s.segment(1, whole.substr(0, 30));
  CHECK(s.field(head, "http.response.code").empty());
  CHECK(s.info(head) == "HTTP/1.1 200 OK  [TCP segment of a reassembled PDU]");
  CHECK(s.field(s.segment(1, whole.substr(30, 30)), "http.response.code").empty());
  Dissection& last = s.segment(1, whole.substr(60));
  CHECK(s.field(last, "http.response.code") == "200");
  CHECK(s.field(last, "http.time") == "0.003000000");
  CHECK(s.field(last, "http.response_for.uri") == "http://h.example/a?x=1");
}

TEST_CASE("bodies: until the close, chunked, none") {
  struct Case {
    const char* what;
    std::string request;
    std::vector<std::string> segments;
    bool close;
    std::string data;      // of the last packet
    std::string protocols;
  };
  const Case kCases[] = {
      {"until FIN", kGet, {"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello ", "world"}, true, "hello world", ":http:data-text-lines"},
      {"FIN within a length", kGet, {"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhello"}, true, "", ""},
      {"chunks", kGet, {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhel", "lo\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n"}, false, "helloabc", ":http:data-text-lines"},
      {"HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"}, false, "", ":http"},
      {"304 with a length", kGet, {"HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n"}, false, "", ":http"},
      {"lines that end in LF", kGet, {"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"}, false, "hi", ":http:data"},
      {"a length that is none", kGet, {"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello"}, true, "hello", ":http:data"},
      {"raw deflate", kGet, {response(std::string("\xcb\x48\xcd\xc9\xc9\x07\x00", 7), "text/plain", "Content-Encoding: deflate\r\n")}, false, "hello", ":http:data-text-lines"},
      {"an unknown coding", kGet, {response("hello", "text/plain", "Content-Encoding: foo\r\n")}, false, "", ":http:data"},
      {"PNG by its looks", kGet, {response("\x89PNG\r\n\x1a\n\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01", "image/foo")}, false, "", ":http:png"},
  };
  for (const Case& c : kCases) {
    INFO(c.what);
    Session s;
    s.open();
    s.segment(0, c.request);
    Dissection* last = nullptr;
    for (const std::string& segment : c.segments) last = &s.segment(1, segment);
    if (c.close) last = &s.segment(1, "", kFin | kAck);
    if (std::string_view(c.what) != "PNG by its looks") CHECK(s.field(*last, "http.file_data") == c.data);
    CHECK(s.protocols(*last) == c.protocols);
  }
}

TEST_CASE("bytes that are no HTTP: nothing before the first message, continuations behind it") {
  Session s;
  s.open();
  CHECK(s.protocols(s.segment(0, std::string_view("\0\1binary\r\n\r\n", 12))).empty());
  s.segment(0, kGet);
  Dissection& binary = s.segment(1, "\x16\x03\x01");
  CHECK(s.protocols(binary) == ":http:data");
  CHECK(s.info(binary) == "Continuation");
  CHECK(s.field(binary, "http.file_data").empty());
  CHECK(s.field(s.segment(1, "abc def\r\njkl: x\r\n\r\nbody"), "http.file_data") == "abc def\r\njkl: x\r\n\r\nbody");
  Dissection& header = s.segment(1, "key: value\r\n\r\n");
  CHECK(s.field(header, "http.unknown_header") == "key: value\r\n");
  CHECK(s.protocols(header) == ":http");
}

TEST_CASE("before the first request what begins with something like a header is HTTP's, and nothing else") {
  auto is_http = [](std::initializer_list<std::pair<int, std::string_view>> segments) {
    Session s;
    s.open();
    bool last = false;
    for (auto [from, data] : segments) last = s.segment(from, data).layers.present.has(id::kHttp);
    return last;
  };
  for (std::string_view text : {"a: b\r\n", ": b\r\n", "a:\r\n", " a: b\n", "a b c: d\r\n", "{\"a\": 1}\r\n", "\r\na: b\r\n", "a: b\r\ntext", "a\xc8: b\r\n"}) CHECK(is_http({{0, text}}));
  for (std::string_view text : {"a b\r\n", "a b\r\nc: d\r\n", "\xc8: b\r\n", "\t: b\r\n", "\r\n", "a: b"}) CHECK_FALSE(is_http({{0, text}}));
  // A response does not say that what follows is HTTP; a request does.
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", kResponse = "HTTP/1.1 304 X\r\nServer: b\r\n\r\n";
  for (int from : {0, 1}) {
    CHECK_FALSE(is_http({{1, kResponse}, {from, "junk\r\n"}}));
    CHECK(is_http({{1, kResponse}, {from, "a: b\r\n"}}));
    CHECK(is_http({{0, kRequest}, {from, "junk\r\n"}}));
  }
  Session s;
  s.open();
  Columns columns;
  fill_columns(s.segment(0, "a: b\r\n"), columns);
  CHECK(columns.protocol == "TCP");
}

TEST_CASE("messages cut by the snapshot length") {
  Session s;
  s.snapshot = 46;
  Dissection& request = s.segment(0, "POST /some/where HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(s.field(request, "http.request.method") == "POST");
  CHECK(s.field(request, "http.request.uri") == "/");
  CHECK(s.field(request, "_ws.short") == "[Packet size limited during capture: HTTP truncated]");
  CHECK(s.info(request) == "40000 \xe2\x86\x92 80 [PSH, ACK] Seq=1 Ack=1 Win=64000 Len=38[Packet size limited during capture]");  // its first line is not all there, and nothing was seen before
  Dissection& next = s.segment(0, "POST /some/where HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(s.info(next) == "Continuation[Packet size limited during capture]");
  Dissection& response = s.segment(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(s.field(response, "http.response.version") == "HTTP/1");
  CHECK(s.field(response, "http.response_for.uri") == "/");
  Session torn;
  torn.snapshot = 42;
  Dissection& two = torn.segment(0, "GET / HTTP/1.1\r\n\r\n");
  CHECK(torn.field(two, "frame.protocols") == "raw:ip:tcp:http:data");
  CHECK(torn.field(two, "data.data").empty());
}

TEST_CASE("images that end early, HTTP where TLS is expected, the byte of a keep-alive") {
  const std::string picture("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\4\0\0\0\4\x08\2\0\0\0\1\2\3\4\0\0", 35);
  auto fetch = [](Session& s, std::string_view body) -> Dissection& {
    s.segment(0, "GET /p HTTP/1.1\r\n\r\n");
    return s.segment(1, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  };
  Session whole, early;
  CHECK(whole.field(fetch(whole, std::string_view(picture).substr(0, 33)), "_ws.malformed").empty());
  Dissection& cut = fetch(early, picture);
  CHECK(early.field(cut, "_ws.malformed") == "[Malformed Packet: PNG],_ws.malformed");
  CHECK(early.info(cut) == "HTTP/1.1 200 OK  (PNG)[Malformed Packet]");
  Session tls({}, false, 443);
  CHECK(tls.field(tls.segment(0, "GET / HTTP/1.1\r\n\r\n"), "_ws.expert.message") ==
        "Unencrypted HTTP protocol detected over encrypted port, could indicate a dangerous misconfiguration.,GET / HTTP/1.1\\r\\n");
  Session idle;
  idle.open();
  fetch(idle, "");
  --idle.sequence[0];
  Dissection& probe = idle.segment(0, std::string_view("\0", 1), kAck);
  CHECK(idle.field(probe, "tcp.analysis.keep_alive") == "1");
  CHECK(idle.field(probe, "frame.protocols") == "raw:ip:tcp:data");
}

TEST_CASE("a folded header ends the head, and yet the length behind it is waited for") {
  Session s;
  s.segment(0, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  Dissection& half = s.segment(1, "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 10\r\n\r\nabcde");
  CHECK(s.field(half, "http.response.code").empty());
  Dissection& all = s.segment(1, "fghij");
  CHECK(s.field(all, "http.response.code") == "200");
  CHECK(s.field(all, "http.file_data") == " folded\r\nContent-Length: 10\r\n\r\nabcdefghij");
}

TEST_CASE("records of TLS are put together") {
  Session s({}, false, 443);
  s.open();
  s.segment(0, std::string_view("\x16\3\1\0\4ab", 7));
  Dissection& both = s.segment(0, std::string_view("cd\x17\3\3\0\2x", 8));
  CHECK(s.field(both, "tcp.segment_data") == "6364,170303000278");
  CHECK(s.field(both, "tcp.segment") == "4,5");
  CHECK(s.field(both, "tcp.reassembled.data") == "160301000461626364");
  Dissection& header = s.segment(0, std::string_view("y\x17", 2));
  CHECK(s.field(header, "tcp.segment_data") == "79,17");
  CHECK(s.field(s.segment(0, std::string_view("\3\3\0\1z", 5)), "tcp.reassembled.data") == "17030300017a");
  Dissection& other = s.segment(1, "nothing of TLS");
  CHECK(s.field(other, "tcp.segment_data").empty());
  CHECK(s.field(other, "frame.protocols") == "raw:ip:tcp:data");
}

TEST_CASE("heads out of the ordinary") {
  Session s;
  s.open();
  Dissection& twice = s.segment(0, "GET /h HTTP/1.1\r\nHost: one\r\nHost: two\r\nSpace : v\r\nAuthorization: Basic dXNlcjpwYXNz\r\nCookie: a=b; c=d;\r\n\r\n");
  CHECK(s.field(twice, "http.host") == "one,two");
  CHECK(s.field(twice, "http.request.full_uri") == "http://two/h");
  CHECK(s.field(twice, "http.authbasic") == "user:pass");
  CHECK(s.field(twice, "http.cookie_pair") == "a=b,c=d");
  CHECK(s.field(twice, "_ws.expert.message") == "GET /h HTTP/1.1\\r\\n,Illegal characters found in header name");
  Dissection& folded = s.segment(0, "GET /h HTTP/1.1\r\nFolded: a\r\n b\r\n\r\n");
  CHECK(s.info(folded) == "GET /h HTTP/1.1 Continuation");
  CHECK(s.field(folded, "http.file_data") == " b\r\n\r\n");
  Dissection& odd = s.segment(1, "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(s.field(odd, "http.response.code") == "200");
  CHECK(s.field(s.segment(1, "HTTP/1.1 299 Foo\r\nContent-Length: 0\r\n\r\n"), "http.response.code.desc") == "Success - Others");
}

TEST_CASE("multipart bodies: a layer for each part") {
  Session s;
  s.open();
  s.segment(0, kGet);
  std::string parts = "--B\r\nContent-Type: text/plain\r\n\r\nabc\r\n--B\r\nContent-Type: image/foo\r\n\r\ndef\r\n--B--\r\n";
  Dissection& d = s.segment(1, response(parts, "multipart/byteranges; boundary=B"));
  CHECK(s.protocols(d) == ":http:mime_multipart:data-text-lines:media");
  CHECK(s.info(d) == "HTTP/1.1 200 OK  (text/plain) (image/foo)");
}

TEST_CASE("text that begins as XML does, whatever its type says") {
  auto shown = [](const std::string& body, std::string_view type) {
    Session s;
    s.open();
    s.segment(0, kGet);
    Dissection& d = s.segment(1, response(body, type));
    return s.protocols(d) + " " + s.info(d);
  };
  const std::string longest_text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";  // 38 bytes
  CHECK(shown(longest_text, "text/html") == ":http:data-text-lines HTTP/1.1 200 OK  (text/html)");
  CHECK(shown(longest_text + "z", "text/html") == ":http:data-text-lines:xml HTTP/1.1 200 OK ");
  CHECK(shown("<?XML" + std::string(50, 'x'), "text/css") == ":http:data-text-lines:xml HTTP/1.1 200 OK ");
  CHECK(shown(" <?xml" + std::string(50, 'x'), "text/html") == ":http:data-text-lines HTTP/1.1 200 OK  (text/html)");
  CHECK(shown(longest_text + "z", "application/json") == ":http:json:data-text-lines:xml HTTP/1.1 200 OK , JavaScript Object Notation");
  CHECK(shown(longest_text + "z", "image/foo") == ":http:media HTTP/1.1 200 OK  (image/foo)");
}

TEST_CASE("what counts as JSON") {
  for (const char* good : {"{}", "[]", "{\"a\":[1,2,{\"b\":null}]}", " \n{\"a\":1}\n", "{\"a\":1}{\"b\":2}", "[\"\\u00e9\",-1.5e3,true]"}) {
    INFO(good);
    CHECK(media::is_json(good));
  }
  for (const char* bad : {"", " ", "123", "\"a\"", "true", "{'a':1}", "{\"a\":1", "{\"a\":1}x", "[1,]", "{\"a\":tru}", "[\"\\x\"]", "[01]", "{\"a\" 1}", "{,}", "]", "[1 2]"}) {
    INFO(bad);
    CHECK_FALSE(media::is_json(bad));
  }
}

TEST_CASE("transactions: outcome, times, sizes") {
  const std::string kPost = "POST /u HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
  SECTION("complete, in two segments") {
    Session s({}, true);
    s.open();
    s.segment(0, kGet);
    std::string whole = response("0123456789");
    s.segment(1, whole.substr(0, 20)), s.segment(1, whole.substr(20));
    CHECK(s.events == std::vector<std::string>{"complete GET 200 0.002000000 0.001000000 4 6 0 10"});
  }
  SECTION("an interim response, and one that comes early") {
    Session s({}, true);
    s.open();
    s.segment(0, kPost), s.segment(1, "HTTP/1.1 100 Continue\r\n\r\n"), s.segment(0, "hello"), s.segment(1, response("ok"));
    s.segment(0, kPost), s.segment(1, response("no")), s.segment(0, "hello");
    CHECK(s.events == std::vector<std::string>{"complete POST 200 0.001000000 0.001000000 6 7 5 2 http.info_code=100", "complete POST 200 0.000000000 0.000000000 10 9 5 2 http.early=1"});
  }
  SECTION("no request, no response, an upgrade") {
    Session s({}, true);
    s.open();
    s.segment(1, response("x")), s.segment(0, kGet), s.segment(0, "", kFin | kAck), s.segment(1, "", kFin | kAck), s.segment(0, "", kAck);
    s.dissector.advance({1'700'000'100, 0});
    s.note(s.dissector.timer_events());
    CHECK(s.events == std::vector<std::string>{"orphan_response - 200 - - - 4 - 1", "no_response GET - - - 5 - 0 -", "end fin"});
    Session u({}, true);
    u.open();
    u.segment(0, "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n\r\n"), u.segment(1, "HTTP/1.1 200 OK\r\n\r\n");
    CHECK(u.events == std::vector<std::string>{"upgraded CONNECT 200 0.001000000 0.001000000 4 5 0 0"});
  }
  SECTION("a reset inside the response") {
    Session s({}, true);
    s.open();
    s.segment(0, kGet), s.segment(1, response("0123456789").substr(0, 68)), s.segment(1, "", kRst | kAck);
    s.dissector.advance({1'700'000'100, 0});
    s.note(s.dissector.timer_events());
    CHECK(s.events == std::vector<std::string>{"aborted GET 200 - - 4 - 0 4", "end rst"});
  }
  SECTION("given up after a time, at that time") {
    Session s({}, true);
    s.open();
    s.segment(0, kGet);
    s.dissector.advance({1'700'000'030, 3'000'000});
    CHECK(s.dissector.timer_events().empty());
    s.dissector.advance({1'700'000'031, 0});
    REQUIRE(s.dissector.timer_events().size() == 1);
    CHECK(s.dissector.timer_events()[0].ts == Time{1'700'000'030, 3'000'000});
    s.note(s.dissector.timer_events());
    CHECK(s.events == std::vector<std::string>{"no_response GET - - - 4 - 0 -"});
  }
  SECTION("too many without answer") {
    Settings settings;
    settings.limits.max_pending_requests = 3;
    Session s(settings, true);
    s.open();
    for (int i = 0; i < 4; ++i) s.segment(0, kGet);
    CHECK(s.events.size() == 3);
    for (const auto& e : s.events) CHECK(e.substr(0, 15) == "no_response GET");
  }
}

TEST_CASE("at the ceiling of what streams hold, those that were unused longest make room") {
  Settings settings;
  settings.limits.max_reassembly_bytes = 64 << 10;
  Session s(settings);
  const std::string body(1000, 'x');
  for (uint16_t i = 0; i < 200; ++i) {  // none of them is completed
    s.client_port = static_cast<uint16_t>(41000 + i);
    s.segment(0, "POST /up HTTP/1.1\r\nContent-Length: 2000\r\n\r\n" + body);
  }
  CHECK(s.dissector.eviction_counters().tcp_units > 100);
  // the youngest was kept,
  CHECK(s.field(s.segment(0, body), "http.request.uri") == "/up");
  // and a new one is put together.
  s.client_port = 40000;
  s.segment(0, "GET /new HTTP/1.1\r\nHost: ");
  CHECK(s.field(s.segment(0, "a.example\r\n\r\n"), "http.host") == "a.example");
}

TEST_CASE("a message that is larger than the ceiling is lost to its transaction; the next one has its own response") {
  Settings settings;
  settings.limits.max_pdu_bytes = 4096;
  Session s(settings, true);
  s.open();
  s.segment(0, kGet);
  s.segment(1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1770\r\n");
  for (int i = 0; i < 6; ++i) s.segment(1, std::string(1000, 'x'));
  s.segment(1, "\r\n0\r\n\r\n");
  s.segment(0, kGet);
  s.segment(1, response("ok"));
  REQUIRE(s.events.size() == 2);
  CHECK(s.events[0].starts_with("gap GET - "));
  CHECK(s.events[1].starts_with("complete GET 200 0.001000000"));
}
