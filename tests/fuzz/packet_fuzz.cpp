// A series of packets of one capture, so that what is kept between packets is exercised: streams, fragments, reassembly,
// transactions, events. A packet is two bytes of length (big-endian), one of what the capture left out, one of milliseconds
// since the packet before, and its bytes; all are Ethernet, or raw IP if the first byte of the input is odd.
#include "tests/fuzz/dissecting.hpp"

using namespace wiretail;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  dissect::Settings settings;
  settings.limits.max_connections = 64;
  settings.limits.max_reassembly_bytes = 256 << 10;
  settings.limits.max_fragment_bytes = 256 << 10;
  settings.limits.max_fragment_packets = 16;
  dissect::Dissector dissector(settings);
  dissector.set_needs(fuzz::everything());
  dissect::Packet packet;
  packet.link_type = data[0] & 1 ? dissect::LinkType::kRaw : dissect::LinkType::kEthernet;
  packet.time.seconds = 1'700'000'000;
  for (size_t at = 1; at + 4 <= size && packet.number < 200;) {
    size_t length = std::min<size_t>(size_t{data[at]} << 8 | data[at + 1], size - at - 4);
    packet.cap_len = static_cast<uint32_t>(length);
    packet.len = packet.cap_len + data[at + 2];
    packet.time = packet.time + dissect::Time{data[at + 3] / 100, data[at + 3] % 100 * 10'000'000};
    ++packet.number;
    fuzz::dissect_fully(dissector, packet, data + at + 4);
    for (auto events : {dissector.timer_events(), dissector.packet_events()})
      for (const auto& event : events) dissector.describe(event);
    at += 4 + length;
  }
  dissector.finish();
  return 0;
}
