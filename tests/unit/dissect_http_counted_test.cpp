// Bodies that nobody reads are counted, not held: the same messages, on the same packets, with the same sizes as where all of them
// is held; however the stream was cut, ordered and lost. And: they are not held.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "dissect/connections/event.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"
#include "dissect/plain_headers.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;
constexpr std::string_view kHeads[] = {"http.request.method", "http.request.uri", "http.response.code", "http.request_in", "http.time", "http.content_length", "http.host", "http.transfer_encoding"};
constexpr std::string_view kEvents[] = {"http.outcome", "http.request.method", "http.response.code", "http.request_in", "http.response_in", "http.request_body_bytes", "http.response_body_bytes"};

struct Sent {
  int from;
  uint32_t offset;  // of its first byte in its direction
  std::string data;
  uint8_t flags;
};

std::string text_of(Dissection& d, std::span<const std::string_view> names) {
  std::string out;
  for (std::string_view name : names)
    for (FieldId id : Registry::get().find(name))
      for (const Occurrence* o = d.first(id); o; o = d.next(*o)) {
        out += ' ', out += name.substr(5), out += '=';
        append_value(out, Registry::get()[id], o->value);
      }
  return out;
}

Needs needs_of(bool whole) {
  Needs needs;
  for (std::string_view name : kHeads)
    for (FieldId id : Registry::get().find(name)) needs.add(id);
  for (std::string_view name : kEvents)
    for (FieldId id : Registry::get().find(name)) needs.described.add(id);
  if (whole) needs.add(Registry::get().find("http")[0]), needs.add(Registry::get().find("http.file_data")[0]);
  needs.events = needs.http_transactions = needs.streams = needs.reassembly = true;
  return needs;
}

// What a dissector says of a list of segments, a line a packet or a transaction. From packet `change` on it is asked otherwise. Packets
// that have nothing for an application are passed over, as the run loop does.
std::string told(std::span<const Sent> segments, bool whole, uint64_t* most_held = nullptr, size_t change = SIZE_MAX, uint64_t* passed_over = nullptr) {
  static const Needs needs[] = {needs_of(false), needs_of(true)};
  Settings settings;
  Dissector dissector(settings);
  dissector.set_needs(needs[whole]);
  std::string out;
  uint64_t number = 0;
  auto note = [&](std::span<const ConnectionEvent> list) {
    for (const ConnectionEvent& e : list)
      if (e.kind == ConnectionEvent::Kind::kHttp) out += "transaction" + text_of(dissector.describe(e), kEvents) + '\n';
  };
  for (const Sent& s : segments) {
    if (number == change) dissector.set_needs(needs[!whole]);
    std::vector<uint8_t> frame(54 + s.data.size());
    frame[12] = 8;
    const std::span<uint8_t> bytes = std::span(frame).subspan(14);
    auto put = [&](size_t at, uint32_t value, size_t width) {
      for (size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * (width - 1 - i)));
    };
    bytes[0] = 0x45, bytes[8] = 64, bytes[9] = 6;
    put(2, static_cast<uint32_t>(bytes.size()), 2);
    put(s.from ? 16 : 12, 0xc0000201, 4), put(s.from ? 12 : 16, 0xc6336407, 4);
    put(20, s.from ? 80 : 40000, 2), put(22, s.from ? 40000 : 80, 2), put(24, 1000 + s.offset, 4), put(28, s.flags & kAck ? 1001 : 0, 4);
    bytes[32] = 0x50, bytes[33] = s.flags, bytes[34] = 0xfa;
    std::memcpy(bytes.data() + 40, s.data.data(), s.data.size());
    Packet p;
    p.data = frame.data(), p.len = p.cap_len = static_cast<uint32_t>(frame.size());
    p.link_type = LinkType::kEthernet, p.number = ++number, p.time = Time{1'700'000'000, 0} + Time::of_milliseconds(number);
    Connection* connection = nullptr;
    if (PlainHeaders plain; plain.find(p) && dissector.pass_over_application(p, plain, connection)) {
      if (passed_over) ++*passed_over;
      note(dissector.timer_events()), note(dissector.packet_events());
      continue;
    }
    Dissection& d = dissector.dissect(p);
    d.detail_all();
    note(dissector.timer_events());
    if (std::string fields = text_of(d, kHeads); !fields.empty()) out += std::to_string(number) + fields + '\n';
    note(dissector.packet_events());
    if (most_held) *most_held = std::max(*most_held, dissector.connection_counters().bytes_used);
  }
  dissector.finish();
  note(dissector.timer_events());
  return out;
}

struct Random {
  std::mt19937 engine;
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(engine() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  std::string bytes(size_t size) {
    std::string s(size, 0);
    for (char& c : s) c = one_in(12) ? "\r\n:0a;"[below(6)] : static_cast<char>(engine());
    return s;
  }
};

std::string chunked(Random& random) {
  std::string s;
  char size[32];
  for (uint32_t i = random.below(6); i; --i) {
    const std::string data = random.bytes(1 + random.below(random.one_in(3) ? 4000 : 40));
    std::snprintf(size, sizeof size, random.one_in(4) ? "%zX;name=value" : "%zx", data.size());
    s += size, s += "\r\n", s += data, s += "\r\n";
  }
  if (random.one_in(8)) return s + (random.one_in(2) ? "\r\n" : "zz\r\n");
  s += "0\r\n";
  if (random.one_in(4)) s += "Trailer: x\r\n";
  return s + "\r\n";
}

std::string message(Random& random, bool request, bool last) {
  const std::string end = random.one_in(10) ? "\n" : random.one_in(20) ? "\r" : "\r\n";
  std::string s;
  if (request) s = random.one_in(8) ? "HEAD /h HTTP/1.1" : random.one_in(3) ? "POST /p HTTP/1.1" : "GET /g HTTP/1.1";
  else s = random.one_in(8) ? "HTTP/1.1 304 Not Modified" : random.one_in(8) ? "HTTP/1.1 100 Continue" : "HTTP/1.1 200 OK";
  s += end + "Host: h" + end;
  if (random.one_in(4)) s += "X-Long: " + std::string(random.below(3000), 'x') + end;
  if (random.one_in(12)) s += "no header" + end;
  const bool body = !request || random.one_in(2);
  switch (body ? random.below(last ? 4 : 3) : 4) {
    case 0: {
      const std::string data = random.bytes(random.below(9000));
      return s + "Content-Length: " + std::to_string(data.size() + (last && random.one_in(4) ? 1000 : 0)) + end + end + data;
    }
    case 1: return s + "Transfer-Encoding: chunked" + end + end + chunked(random);
    case 2: return s + "Content-Length: 0" + end + end;
    case 3: return s + end + random.bytes(random.below(9000));
    default: return s + end;
  }
}

// Both directions of a connection as segments of random sizes: repeated, lost, exchanged here and there.
std::vector<Sent> session(Random& random) {
  std::vector<Sent> segments{{0, 0, "", kSyn}, {1, 0, "", kSyn | kAck}, {0, 1, "", kAck}};
  std::string stream[2];
  size_t sent[2] = {};
  const uint32_t messages = 1 + random.below(5);
  const size_t most = random.one_in(3) ? 60 : 1400;
  auto send = [&](int from, bool all) {
    while (sent[from] < stream[from].size() && (all || !random.one_in(6))) {
      const size_t size = std::min(stream[from].size() - sent[from], size_t{1} + random.below(static_cast<uint32_t>(most)));
      segments.push_back({from, static_cast<uint32_t>(1 + sent[from]), stream[from].substr(sent[from], size), kAck});
      sent[from] += size;
    }
  };
  for (uint32_t i = 1; i <= messages; ++i) {
    stream[0] += message(random, true, false), send(0, !random.one_in(5));
    stream[1] += message(random, false, i == messages), send(1, !random.one_in(4));
  }
  send(0, true), send(1, true);
  if (random.one_in(3)) segments.back().flags |= kFin;
  for (int from : {1, 0})
    if (!random.one_in(4)) segments.push_back({from, static_cast<uint32_t>(1 + sent[from]), "", random.one_in(5) ? kRst : static_cast<uint8_t>(kFin | kAck)});
  if (random.one_in(2)) return segments;
  for (size_t i = 3; i < segments.size(); ++i) {
    if (random.one_in(20)) std::swap(segments[i], segments[std::min(segments.size() - 1, i + 1 + random.below(4))]);
    if (random.one_in(60)) segments.erase(segments.begin() + static_cast<ptrdiff_t>(i));
    else if (random.one_in(40)) segments.insert(segments.begin() + static_cast<ptrdiff_t>(i), Sent(segments[3 + random.below(static_cast<uint32_t>(segments.size() - 3))]));
  }
  return segments;
}

}  // namespace

TEST_CASE("messages whose bodies are counted are those whose bodies are held") {
  Random random{std::mt19937(17)};
  size_t messages = 0, transactions = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::vector<Sent> segments = session(random);
    const std::string held = told(segments, true), counted = told(segments, false);
    INFO(i << " of " << segments.size() << " packets");
    REQUIRE(counted == held);
    const size_t change = random.below(static_cast<uint32_t>(segments.size()));
    REQUIRE(told(segments, false, nullptr, change) == held);
    REQUIRE(told(segments, true, nullptr, change) == held);
    messages += static_cast<size_t>(std::count(held.begin(), held.end(), '\n'));
    for (size_t at = 0; (at = held.find("transaction", at)) != std::string::npos; ++at) ++transactions;
  }
  CHECK(messages > 10'000);
  CHECK(transactions > 5'000);
}

TEST_CASE("a body that nobody reads takes no memory") {
  for (const bool chunks : {false, true}) {
    std::vector<Sent> segments{{0, 0, "", kSyn}, {1, 0, "", kSyn | kAck}, {0, 1, "", kAck}, {0, 1, "GET / HTTP/1.1\r\n\r\n", kAck}};
    std::string stream = chunks ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    for (int i = 0; i < 100; ++i) stream += (chunks ? "2710\r\n" : "") + std::string(10000, 'x') + (chunks ? "\r\n" : "");
    if (chunks) stream += "0\r\n\r\n";
    for (size_t at = 0; at < stream.size(); at += 1400) segments.push_back({1, static_cast<uint32_t>(1 + at), stream.substr(at, 1400), kAck});
    uint64_t held = 0, counted = 0, passed = 0;
    CHECK(told(segments, false, &counted, SIZE_MAX, &passed) == told(segments, true, &held));
    CHECK(passed > (chunks ? 500u : 700u));  // of 715 that have nothing but body
    CHECK(held > 900'000);
    CHECK(counted < held / 4);
  }
}

TEST_CASE("a line, a size or a trailer that never ends is looked through once, not with each segment anew") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& start : {std::string("x"), std::string("HTTP/1.1 200 "), std::string("HTTP/1.1 200 OK\r\nName: "), head + "5;", head + "0", head + "0\r\nName: "}) {
    std::vector<Sent> segments{{0, 0, "", kSyn}, {1, 0, "", kSyn | kAck}, {0, 1, "", kAck}};
    uint32_t at = 1;
    for (int i = 0; i < 12'000; ++i) {
      segments.push_back({1, at, i ? std::string(1400, '0') : start, kAck});
      at += static_cast<uint32_t>(segments.back().data.size());
    }
    CHECK(told(segments, false) == told(segments, true));
  }
  // 100 GB to look through, if it were with each segment anew: more than ten seconds. It is 100 MB.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}
