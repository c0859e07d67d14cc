// A TCP connection on port 80, or on that of another protocol whose units are put together, whose segments are whatever the input says: numbers, flags, lengths, windows and options go
// through sequence analysis and reassembly into HTTP. Nothing may crash or read beyond the packet, and what is held stays
// below its ceilings.
//
// Input: for each segment a byte of direction and kind, two of sequence (signed, from where that end is), two of
// acknowledgement, one of flags, one of window, one of option bytes, one of payload length, then the options and the payload.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"

using namespace wiretail::dissect;

namespace {

void put32(uint8_t* p, uint32_t v) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<uint8_t>(v >> (24 - 8 * i));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  Settings settings;
  settings.limits.max_pdu_bytes = 4096;
  settings.limits.max_reassembly_bytes = 16384;
  settings.limits.max_unacked_segments = 64;
  settings.limits.max_connections = 4;
  settings.http_at_headers = data[0] & 1;
  constexpr uint16_t kPorts[] = {80, 443, 53, 25, 43, 179, 389, 502, 2049, 3306, 5432, 6633, 6653, 9418, 13400};
  const uint16_t port = kPorts[(data[0] >> 1) % std::size(kPorts)];
  const auto port_high = static_cast<uint8_t>(port >> 8), port_low = static_cast<uint8_t>(port);
  Dissector dissector(settings);
  Needs needs;
  for (const auto& def : Registry::get().fields()) needs.add(def.id);
  needs.events = true;
  dissector.set_needs(needs);
  ++data, --size;
  uint32_t next[2] = {0xfffff000u, 5000};
  Packet p;
  Columns columns;
  while (size >= 9) {
    const int from = data[0] & 1;
    auto seq = static_cast<uint32_t>(static_cast<int16_t>(data[1] << 8 | data[2])), ack = static_cast<uint32_t>(static_cast<int16_t>(data[3] << 8 | data[4]));
    const uint8_t flags = data[5], window = data[6], kind = data[0];
    size_t options = std::min<size_t>(data[7] % 11 * 4, size - 9), length = data[8];
    options -= options % 4;
    length = std::min(length, size - 9 - options);
    std::vector<uint8_t> bytes(40 + options + length);
    bytes[0] = 0x45, bytes[2] = static_cast<uint8_t>(bytes.size() >> 8), bytes[3] = static_cast<uint8_t>(bytes.size()), bytes[8] = 64, bytes[9] = 6;
    put32(&bytes[12], from ? 2 : 1), put32(&bytes[16], from ? 1 : 2);
    bytes[20] = from ? port_high : 0xc3, bytes[21] = from ? port_low : static_cast<uint8_t>(kind >> 5);
    bytes[22] = from ? 0xc3 : port_high, bytes[23] = from ? static_cast<uint8_t>(kind >> 5) : port_low;
    put32(&bytes[24], next[from] + seq), put32(&bytes[28], next[!from] + ack);
    bytes[32] = static_cast<uint8_t>((5 + options / 4) << 4), bytes[33] = flags, bytes[35] = window;
    if (options + length) std::memcpy(&bytes[40], data + 9, options + length);
    if (!(kind & 2)) next[from] += seq + static_cast<uint32_t>(length) + (flags & 3 ? 1 : 0);
    p.data = bytes.data(), p.len = static_cast<uint32_t>(bytes.size());
    p.cap_len = kind & 4 ? p.len - std::min<uint32_t>(p.len, static_cast<uint32_t>(window) / 8) : p.len;
    p.link_type = LinkType::kRaw, ++p.number, p.time = p.time + Time{0, (kind & 8 ? 1'000'000 : 50'000'000)};
    Dissection& d = dissector.dissect(p);
    d.detail_all();
    d.tree();
    fill_columns(d, columns);
    // Four entries, their held bytes and the pool: far below a megabyte and a half.
    if (dissector.connection_counters().bytes_used > 1'500'000) std::abort();
    data += 9 + options + length, size -= 9 + options + length;
  }
  dissector.finish();
  return 0;
}
