// Hypertext Transfer Protocol, version 1: walk of one message, Wireshark's count of requests and responses, the definition.
// RFC 9112. A message is handed over whole (stream.hpp); its fields are on the packet that completed it, as in Wireshark.
#include "dissect/protocols/http.hpp"

#include <algorithm>
#include <charconv>
#include <new>

#include "dissect/dissector.hpp"
#include "dissect/protocols/media.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

using http::Exchange;
using http::Facts;
using http::Head;
using http::State;
using http::StartLine;

std::string_view full_uri(Arena& arena, const Head& head) { return head.has_host ? http::full_uri(arena, head.start.method, head.host, head.start.uri) : std::string_view(); }

// The address of a request is put together, and remembered for its responses, where somebody asks.
bool address_wanted(const Dissection& d) {
  if (!d.needs || d.needs->complete) return true;
  const Registry& registry = Registry::get();
  return d.needs->fields.has(registry.field(id::kHttp, http::kFullUri)) || d.needs->fields.has(registry.field(id::kHttp, http::kResponseForUri));
}

// A record of its own for each request and for each response that finds its predecessor's place taken: that is how
// Wireshark counts, also where answers are pipelined.
Exchange& next_exchange(State& state, bool request) {
  Exchange& current = state.current;
  if (!current.number || current.response || (request && current.request)) {
    state.previous_request = current.request, state.previous_response = current.response;
    const uint32_t number = current.number + 1;
    current = Exchange();
    current.number = number;
  }
  return current;
}

void count(Facts& f, State& state, const StreamContext& stream, Dissection& d) {
  const Head& head = f.head;
  if (head.request()) {
    if (address_wanted(d)) {
      f.full_uri = full_uri(d.arena, head);
      if (!f.full_uri.empty()) state.uri.assign(f.full_uri), state.whole_uri = true;
      else if (!state.whole_uri) state.uri.assign(head.start.uri);
    }
    state.head = head.start.method == "HEAD";
    state.connect.reset();
    if (head.start.method == "CONNECT") {
      size_t colon = head.start.uri.rfind(':');
      uint16_t port = 0;
      if (colon != std::string_view::npos) std::from_chars(head.start.uri.data() + colon + 1, head.start.uri.data() + head.start.uri.size(), port);
      state.connect.reset(new State::Connect{std::string(head.start.uri.substr(0, colon)), port});
    }
    if (head.start.kind == StartLine::Kind::kNotification) return;
    Exchange& e = next_exchange(state, true);
    e.request = stream.frame, e.time = stream.time;
    f.number = e.number;
    f.previous_request = state.previous_request;
    return;
  }
  Exchange& e = next_exchange(state, false);
  e.response = stream.frame;
  f.number = e.number;
  if (e.request) {
    f.request_in = e.request, f.time = stream.time - e.time.time(), f.has_time = true;
  }
  f.previous_request = state.previous_request, f.previous_response = state.previous_response;
  f.for_uri = d.arena.keep(state.uri);
  if (head.start.code == 101) state.tunnel = state.upgraded = true;
  else if (state.connect && head.start.code / 100 == 2 && state.connect->port) state.tunnel = true;
}

uint64_t body_size(const Head& head, std::string_view message, uint32_t end) {
  if (!head.chunked) return end - head.length;
  uint64_t sum = 0;
  for (uint32_t at = head.length; at < end;) {
    http::Chunk c = http::chunk_at(message.substr(0, end), at);
    if (c.kind == http::Chunk::Kind::kData || (c.kind == http::Chunk::Kind::kMore && c.size)) sum += c.length;
    if (c.kind != http::Chunk::Kind::kData) break;
    at = c.end;
  }
  return sum;
}

// A chunk of which not all is there: bytes that continue no message are not waited for. `more`: something stands behind them,
// a trailer that has not ended.
bool chunk_torn(const Head& head, std::string_view s, bool more) {
  if (!head.chunked || !head.blank) return false;
  for (uint32_t at = head.length;;) {
    http::Chunk c = http::chunk_at(s, at);
    if (c.kind != http::Chunk::Kind::kData) return c.kind == http::Chunk::Kind::kMore && c.has_size && (c.size || !more);
    at = c.end;
  }
}

Next tunnel(Walk& w, const Region& region, State& state) {
  if (state.upgraded) return w.data(region);
  LayerRef* layer = w.push(id::kHttp, region, 0);
  if (!layer) return {};
  auto* f = new (w.d.arena.take(sizeof(Facts) + alignof(std::max_align_t))) Facts();
  layer->note = w.d.keep_facts(f);
  f->tunnel = true;
  if (state.connect) f->connect_host = w.d.arena.keep(state.connect->host), f->connect_port = state.connect->port;
  Region rest = region;
  ++rest.depth;
  return w.data(rest);
}

// Undoing a body's codings is work for the fields of it and for what lies above alone.
bool body_wanted(const Dissection& d) { return !d.needs || d.needs->all_protocols || d.needs->complete || d.needs->bodies; }

// Before the first message of a connection bytes that begin with something like a header pass for one that goes on (the
// capture begins in the middle of it); anything else is not HTTP.
bool like_header(std::string_view s) { return http::line_at(s, 0).text.find(':') != std::string_view::npos; }

template <ProtoId kSelf>
Next walk(Walk& w, const Region& region) {
  Dissection& d = w.d;
  State* state = w.stream ? static_cast<State*>(w.stream->state) : nullptr;
  if (state && state->tunnel) return tunnel(w, region, *state);
  std::string_view whole = http::text_of({w.at(region), region.captured()});
  uint32_t skip = whole.starts_with("\r\n") && whole.size() > 2 ? 2 : 0;
  std::string_view s = whole.substr(skip);
  Head head;
  bool text = !s.empty() && http::printable(s.front());
  const Head* known = text && w.stream && w.stream->measured == w.at(region) ? std::launder(reinterpret_cast<const Head*>(w.stream->learnt.data())) : nullptr;
  if (known && known->length <= s.size()) head = *known;
  else if (text) head = http::read_head(s);
  bool message = head.start.kind != StartLine::Kind::kNone;
  const uint32_t counted = w.stream ? w.stream->counted : 0;  // of the body
  const bool cut = !counted && region.end > region.cap_end;
  if (!message && state && !state->seen && !(text && ((cut && !head.first_ended) || like_header(s)))) return {};  // not HTTP, so far
  LayerRef* layer = w.push(kSelf, region, region.captured());
  if (!layer) return {};
  auto* f = new (d.arena.take(sizeof(Facts) + alignof(std::max_align_t))) Facts();
  layer->note = d.keep_facts(f);
  layer->extra = w.stream && w.stream->continues;
  f->head = head, f->start = skip;
  Region rest = region;
  ++rest.depth;
  if (!text) {
    f->continuation = true;
    layer->header_len = 0;
    return w.data(rest);
  }
  f->leading_crlf = skip != 0;
  f->continuation = !message;
  f->broken = cut && message && head.torn;
  f->unnamed = state && !state->seen && (cut ? !head.first_ended : !message);
  uint32_t end = counted ? region.end - region.offset - skip : http::message_end(head, s), body_at = std::min(head.length, end);
  f->end = skip + end, f->counted = counted != 0;
  if (head.request() && state) state->seen = true;
  if (f->broken) {
    if (state && head.request() && !state->whole_uri && address_wanted(d)) state->uri.assign(head.start.uri);
    w.damage(*layer, kShort);
    return {};
  }
  if (cut && f->unnamed && !message) {
    w.damage(*layer, kShort);
    rest.cap_end = rest.offset;
    return {id::kData, rest};
  }
  if (message && state) {
    count(*f, *state, *w.stream, d);
    if (w.stream->sink && w.stream->sink->http) {
      uint64_t size = counted ? w.stream->body : body_size(head, s, end);
      if (head.request()) state->transactions.request(head, size, *w.stream);
      else state->transactions.response(head, size, state->open[!w.stream->direction], *w.stream);
    }
  } else if (message && head.request()) {
    f->full_uri = full_uri(d.arena, head);
  }
  layer->header_len = head.chunked ? region.captured() : skip + body_at;
  if (!message && !cut && head.first_ended && ((head.torn && s.back() != '\r') || chunk_torn(head, s, region.cap_end < d.buffer(region.buffer).size()))) {
    f->malformed = true;
    w.damage(*layer, kMalformed);
    return {};
  }
  if (cut && kSelf != id::kSsdp) w.damage(*layer, kShort);  // of a datagram no more is asked for than what is there
  if (body_at == end || counted || !body_wanted(d)) return {};
  f->body = http::decode_body(d.arena, head, s.substr(body_at, end - body_at));
  f->has_body = !f->body.bytes.empty();
  if (!f->has_body) return {};
  if (f->body.made) {
    Bytes bytes{reinterpret_cast<const uint8_t*>(f->body.bytes.data()), f->body.bytes.size()};
    const bool decoded = f->body.coded.data() != f->body.bytes.data();
    if (head.chunked && decoded) d.add_buffer({reinterpret_cast<const uint8_t*>(f->body.coded.data()), f->body.coded.size()}, "De-chunked entity body");
    uint8_t buffer = d.add_buffer(bytes, decoded ? "Uncompressed entity body" : "De-chunked entity body");
    if (!buffer) return {};
    auto size = static_cast<uint32_t>(bytes.size());
    rest = {0, size, size, buffer, region.flags, rest.depth};
  } else {
    rest = rest.from(region.offset + skip + body_at);
    if (!cut) rest.cap_end = rest.end = region.offset + skip + end;
  }
  if (f->body.failed || head.coded) return w.data(rest);
  f->refused = media::dissect(w, rest, head.has_type, head.content_type);
  return {};
}

std::unique_ptr<AppState> make() { return std::make_unique<State>(); }

// On ports that nobody registered: a complete line that ends in the version as a request does, or begins with it.
bool looks_like(const Dissection& d, const Region& r) {
  std::string_view s = http::text_of(d.buffer(r.buffer).subspan(r.offset, r.captured()));
  http::Line line = http::line_at(s.substr(0, 8192), 0);
  if (!line.ended || line.text.find(' ') == std::string_view::npos) return false;
  if (line.text.starts_with("HTTP/1.")) return true;
  if (line.text.size() < 9) return false;
  std::string_view tail = line.text.substr(line.text.size() - 9);
  return tail.starts_with(" HTTP/1.");
}

constexpr StreamDef kStream = {.make = make, .measure = http::measure, .preview = http::preview};
constexpr Over kOver[] = {{Over::Kind::kTcpPort, 80}, {Over::Kind::kTcpPort, 631}, {Over::Kind::kTcpPort, 1900}, {Over::Kind::kTcpPort, 2710}, {Over::Kind::kTcpPort, 2869},
                          {Over::Kind::kTcpPort, 3128}, {Over::Kind::kTcpPort, 3132}, {Over::Kind::kTcpPort, 3689}, {Over::Kind::kTcpPort, 5985}, {Over::Kind::kTcpPort, 8080},
                          {Over::Kind::kTcpPort, 8088}, {Over::Kind::kTcpPort, 11371}, {Over::Kind::kTcpHeuristic, 0, looks_like}};

constexpr Over kSsdpOver[] = {{Over::Kind::kUdpPort, 1900}};

}  // namespace

namespace http {

std::string_view full_uri(Arena& arena, std::string_view method, std::string_view host, std::string_view uri) {
  auto begins = [&](std::string_view scheme) { return uri.size() >= scheme.size() && same_word(uri.substr(0, scheme.size()), scheme); };
  if (method == "CONNECT" || begins("http://") || begins("https://")) return uri;
  char* text = arena.take(7 + host.size() + uri.size());
  char* end = std::copy_n("http://", 7, text);
  end = std::copy(host.begin(), host.end(), end);
  end = std::copy(uri.begin(), uri.end(), end);
  return {text, static_cast<size_t>(end - text)};
}

}  // namespace http

const ProtocolDef kHttpDef = {.name = "http", .long_name = "Hypertext Transfer Protocol", .short_name = "HTTP", .rows = http::kRows, .over = kOver, .walk = walk<id::kHttp>, .details = http::details,
                              .columns = http::columns, .stream = &kStream, .need = Need::kReassembly, .application = true, .item_to_end = true};
// What devices say of themselves over UDP (UPnP Device Architecture 2.0 §1): HTTP's messages without bodies.
const ProtocolDef kSsdpDef = {.name = "ssdp", .long_name = "Simple Service Discovery Protocol", .short_name = "SSDP", .rows = {}, .over = kSsdpOver, .walk = walk<id::kSsdp>, .details = http::details,
                              .columns = http::columns, .stream = &kStream, .need = Need::kReassembly, .application = true, .rows_of = id::kHttp, .item_to_end = true};

}  // namespace wiretail::dissect
