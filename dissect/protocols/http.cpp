// Hypertext Transfer Protocol, version 1: walk of one message, pairing of requests and answers, the definition. RFC 9112.
// A message is handed over whole (stream.hpp); its fields are on the packet that completed it, as in Wireshark.
#include "dissect/protocols/http.hpp"

#include <algorithm>
#include <charconv>
#include <new>

#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

using http::Exchange;
using http::Facts;
using http::State;

// The protocol that a media type names above HTTP; kNoProto: `data`.
ProtoId media_protocol(std::string_view type, std::string_view body) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  std::string lower(type);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  (void)body;
  if (lower.empty()) return kNoProto;
  if (lower == "text/xml" || lower == "application/xml" || lower.ends_with("+xml")) return id::kXml;
  if (lower.starts_with("text/")) return id::kTextLines;
  if (lower == "application/json" || lower.ends_with("+json")) return id::kJson;
  if (lower == "image/jpeg" || lower == "image/jpg") return body.substr(0, 2) == "\xff\xd8" ? id::kImageJfif : id::kMedia;
  if (lower == "image/png") return id::kPng;
  if (lower == "image/gif") return id::kImageGif;
  if (lower == "application/x-www-form-urlencoded") return id::kUrlencodedForm;
  return id::kMedia;
}

// The body without chunked coding.
std::string_view dechunk(Arena& arena, std::string_view s) {
  char* out = arena.take(s.size());
  size_t length = 0, at = 0;
  while (at < s.size()) {
    size_t line = s.find('\n', at);
    if (line == std::string_view::npos) break;
    uint64_t size = 0;
    if (std::from_chars(s.data() + at, s.data() + line, size, 16).ec != std::errc() || size == 0) break;
    size = std::min<uint64_t>(size, s.size() - line - 1);
    std::copy_n(s.data() + line + 1, size, out + length);
    length += size;
    at = line + 1 + size;
    if (at < s.size() && s[at] == '\r') ++at;
    if (at < s.size() && s[at] == '\n') ++at;
  }
  return {out, length};
}

void pair(Facts& f, State& state, const StreamContext& stream, Arena& arena, uint32_t max_pending) {
  if (f.head.request) {
    f.number = ++state.requests;
    f.previous_request = state.last_request;
    state.before_last_request = state.last_request;
    state.last_request = stream.frame;
    if (state.pending.size() >= max_pending) state.pending.clear();
    Exchange e;
    e.frame = stream.frame, e.time = stream.time, e.head = f.head.method == "HEAD", e.connect = f.head.method == "CONNECT";
    e.full_uri = f.full_uri;
    state.pending.push_back(std::move(e));
    return;
  }
  f.number = ++state.responses;
  f.previous_response = state.last_response;
  state.last_response = stream.frame;
  if (state.pending.empty()) return;
  const Exchange& e = state.pending.front();
  f.request_in = e.frame, f.time = stream.time - e.time, f.has_time = true;
  if (f.time.seconds < 0) f.time = {};
  f.for_uri = arena.keep(e.full_uri);
  f.previous_request = state.before_last_request;
  if (e.frame != state.last_request) f.previous_request = 0;
  if (f.head.code / 100 == 1 && f.head.code != 101) return;  // an interim answer
  if (f.head.code == 101 || (e.connect && f.head.code / 100 == 2)) state.tunnel = true;
  state.pending.pop_front();
}

Next walk(Walk& w, Region region) {
  LayerRef* layer = w.push(id::kHttp, region, region.captured());
  if (!layer) return {};
  Dissection& d = w.d;
  auto* f = new (d.arena.take(sizeof(Facts) + alignof(std::max_align_t))) Facts();
  layer->note = d.keep_facts(f);
  Bytes data{w.at(region), region.captured()};
  f->head = http::read_head(data);
  if (!f->head.request && !f->head.response) {
    f->continuation = true;
    layer->header_len = 0;
    f->body_length = region.captured();
    f->body_text = {reinterpret_cast<const char*>(data.data()), data.size()};
    Region rest = region;
    ++rest.depth;
    return w.data(rest);
  }
  if (f->head.request) {
    if (f->head.uri.starts_with("http://") || f->head.uri.starts_with("https://")) f->full_uri = f->head.uri;
    else if (!f->head.host.empty()) {
      char* text = d.arena.take(7 + f->head.host.size() + f->head.uri.size());
      char* end = std::copy_n("http://", 7, text);
      end = std::copy(f->head.host.begin(), f->head.host.end(), end);
      end = std::copy(f->head.uri.begin(), f->head.uri.end(), end);
      f->full_uri = {text, static_cast<size_t>(end - text)};
    }
  }
  if (w.stream && w.stream->state) pair(*f, static_cast<State&>(*w.stream->state), *w.stream, d.arena, 100);
  uint32_t head = std::min(f->head.length, region.captured());
  layer->header_len = head;
  f->body = head, f->body_length = region.captured() - head;
  if (f->body_length == 0) return {};
  std::string_view body{reinterpret_cast<const char*>(data.data()) + head, f->body_length};
  Region rest = region.from(region.offset + head);
  ++rest.depth;
  if (f->head.chunked) {
    layer->header_len = region.captured();
    body = dechunk(d.arena, body);
    if (body.empty()) return {};
    uint8_t buffer = d.add_buffer({reinterpret_cast<const uint8_t*>(body.data()), body.size()});
    if (!buffer) return {};
    auto size = static_cast<uint32_t>(body.size());
    rest = {0, size, size, buffer, 0, rest.depth};
  }
  f->body_text = body;
  if (f->head.encoded) return w.data(rest);
  ProtoId proto = media_protocol(f->head.content_type, body);
  return proto == kNoProto ? w.data(rest) : Next{proto, rest};
}

std::unique_ptr<AppState> make() { return std::make_unique<State>(); }

bool looks_like(const Dissection& d, const Region& r) {
  Bytes data = d.buffer(r.buffer).subspan(r.offset, r.captured());
  if (data.size() < 16) return false;
  http::Head h = http::read_head(data.first(std::min<size_t>(data.size(), 4096)));
  return (h.request && h.version.starts_with("HTTP/1.")) || (h.response && h.version.starts_with("HTTP/1."));
}

// Wireshark shows the start line as soon as the head is complete.
std::string_view preview(Bytes data) {
  http::Head h = http::read_head(data);
  if (!h.complete) return {};
  std::string_view line{reinterpret_cast<const char*>(data.data()), h.start_line};
  return line.substr(0, line.find_last_not_of("\r\n") + 1);
}

constexpr StreamDef kStream = {.make = make, .measure = http::measure, .preview = preview};
constexpr Over kOver[] = {{Over::Kind::kTcpPort, 80}, {Over::Kind::kTcpPort, 3128}, {Over::Kind::kTcpPort, 3132}, {Over::Kind::kTcpPort, 5985}, {Over::Kind::kTcpPort, 8080}, {Over::Kind::kTcpPort, 8088},
                          {Over::Kind::kTcpPort, 11371}, {Over::Kind::kTcpPort, 1900}, {Over::Kind::kTcpPort, 2869}, {Over::Kind::kTcpPort, 2710}, {Over::Kind::kTcpHeuristic, 0, looks_like}};

}  // namespace

const ProtocolDef kHttpDef = {.name = "http", .long_name = "Hypertext Transfer Protocol", .short_name = "HTTP", .rows = http::kRows, .over = kOver, .walk = walk, .details = http::details,
                              .columns = http::columns, .stream = &kStream, .need = Need::kReassembly, .application = true, .item_to_end = true};

}  // namespace wiretail::dissect
