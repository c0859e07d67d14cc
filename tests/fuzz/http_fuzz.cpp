// Any bytes as the two directions of an HTTP connection. The input is cut into segments by its own bytes: a first byte says
// who sends (lowest bit), whether the sender closes (next bit) and the segment's length. Everything is dissected completely,
// transactions too, and columns are filled.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"

using namespace wiretail::dissect;

namespace {

Needs everything() {
  Needs needs;
  for (const auto& def : Registry::get().fields()) needs.add(def.id);
  needs.events = needs.transactions = true;
  return needs;
}

void packet(Dissector& dissector, std::vector<uint8_t>& bytes, int from, uint32_t* sequence, const uint8_t* data, size_t size, bool fin, uint64_t number) {
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
  Dissection& d = dissector.dissect(p);
  d.detail_all();
  d.tree();
  Columns columns;
  fill_columns(d, columns);
  for (const ConnectionEvent& e : dissector.packet_events()) dissector.describe(e).tree();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Needs needs = everything();
  Settings settings;
  settings.limits.max_pdu_bytes = 1 << 16;
  Dissector dissector(settings);
  dissector.set_needs(needs);
  std::vector<uint8_t> bytes;
  uint32_t sequence[2] = {100, 200};
  uint64_t number = 0;
  for (size_t at = 0; at < size && number < 64;) {
    uint8_t how = data[at++];
    size_t length = std::min<size_t>(size - at, how >= 0xf8 ? size : how >> 2);
    packet(dissector, bytes, how & 1, sequence, data + at, length, (how & 2) && length, ++number);
    at += length;
  }
  dissector.finish();
  for (const ConnectionEvent& e : dissector.timer_events()) dissector.describe(e).tree();
  return 0;
}
