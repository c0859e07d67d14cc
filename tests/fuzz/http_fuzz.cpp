// Any bytes as the two directions of an HTTP connection. The input is cut into segments by its own bytes: a first byte says
// who sends (lowest bit), whether the sender closes (next bit) and the segment's length. Everything is dissected completely,
// transactions too, and columns are filled. Then again, by two who want heads alone, of which one holds the bodies and the other
// counts them: they must say the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"

using namespace wiretail::dissect;

namespace {

Needs everything() {
  Needs needs;
  for (const auto& def : Registry::get().fields()) needs.add(def.id);
  needs.events = needs.http_transactions = true;
  return needs;
}

constexpr std::string_view kHeads[] = {"http.request.method", "http.request.uri", "http.response.code", "http.request_in", "http.time", "http.content_length", "http.host"};
constexpr std::string_view kTransaction[] = {"http.outcome", "http.request.method", "http.response.code", "http.request_in", "http.response_in", "http.request_body_bytes", "http.response_body_bytes"};

Needs heads(bool held) {
  Needs needs;
  for (std::string_view name : kHeads) needs.add(Registry::get().find(name)[0]);
  for (std::string_view name : kTransaction) needs.described.add(Registry::get().find(name)[0]);
  if (held) needs.add(Registry::get().find("http")[0]);
  needs.events = needs.http_transactions = needs.streams = needs.reassembly = true;
  return needs;
}

void say(std::string& out, Dissection& d, std::span<const std::string_view> names) {
  for (std::string_view name : names) {
    const FieldId id = Registry::get().find(name)[0];
    for (const Occurrence* o = d.first(id); o; o = d.next(*o)) out += ' ', out += name, out += '=', append_value(out, Registry::get()[id], o->value);
  }
}

void say(std::string& out, Dissector& dissector, std::span<const ConnectionEvent> events) {
  for (const ConnectionEvent& e : events)
    if (e.transaction) out += "\ntransaction", say(out, dissector.describe(e), kTransaction);
}

Packet packet(std::vector<uint8_t>& bytes, int from, uint32_t* sequence, const uint8_t* data, size_t size, bool fin, uint64_t number) {
  bytes.assign(40, 0);
  bytes.insert(bytes.end(), data, data + size);
  bytes[0] = 0x45, bytes[2] = static_cast<uint8_t>(bytes.size() >> 8), bytes[3] = static_cast<uint8_t>(bytes.size()), bytes[8] = 64, bytes[9] = 6;
  bytes[12] = bytes[16] = 10, bytes[15] = static_cast<uint8_t>(1 + from), bytes[19] = static_cast<uint8_t>(2 - from);
  const uint16_t ports[2] = {40000, 80};
  bytes[20] = static_cast<uint8_t>(ports[from] >> 8), bytes[21] = static_cast<uint8_t>(ports[from]);
  bytes[22] = static_cast<uint8_t>(ports[!from] >> 8), bytes[23] = static_cast<uint8_t>(ports[!from]);
  for (int i = 0; i < 4; ++i) bytes[24 + static_cast<size_t>(i)] = static_cast<uint8_t>(sequence[from] >> (24 - 8 * i)), bytes[28 + static_cast<size_t>(i)] = static_cast<uint8_t>(sequence[!from] >> (24 - 8 * i));
  bytes[32] = 0x50, bytes[33] = static_cast<uint8_t>(0x18 | fin), bytes[34] = 0xff;
  sequence[from] += static_cast<uint32_t>(size) + fin;
  Packet p;
  p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
  p.link_type = LinkType::kRaw, p.number = number, p.time = {static_cast<int64_t>(number), 0};
  return p;
}

void show(Dissector& dissector, const Packet& p) {
  Dissection& d = dissector.dissect(p);
  d.detail_all();
  d.tree();
  Columns columns;
  fill_columns(d, columns);
  for (const ConnectionEvent& e : dissector.packet_events()) dissector.describe(e).tree();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Needs needs = everything(), held = heads(true), counted = heads(false);
  Settings settings;
  settings.limits.max_pdu_bytes = 1 << 16;
  Dissector dissector(settings), holds(settings), counts(settings);
  dissector.set_needs(needs), holds.set_needs(held), counts.set_needs(counted);
  std::vector<uint8_t> bytes;
  uint32_t sequence[2] = {100, 200};
  uint64_t number = 0;
  std::string said[2];
  for (size_t at = 0; at < size && number < 64;) {
    uint8_t how = data[at++];
    size_t length = std::min<size_t>(size - at, how >= 0xf8 ? size : how >> 2);
    const Packet p = packet(bytes, how & 1, sequence, data + at, length, (how & 2) && length, ++number);
    show(dissector, p);
    for (Dissector* one : {&holds, &counts}) {
      std::string& text = said[one == &counts];
      text += '\n', say(text, one->dissect(p), kHeads), say(text, *one, one->packet_events());
    }
    at += length;
  }
  dissector.finish();
  for (const ConnectionEvent& e : dissector.timer_events()) dissector.describe(e).tree();
  for (Dissector* one : {&holds, &counts}) one->finish(), say(said[one == &counts], *one, one->timer_events());
  if (said[0] != said[1]) std::fprintf(stderr, "held:%s\ncounted:%s\n", said[0].c_str(), said[1].c_str()), std::abort();
  return 0;
}
