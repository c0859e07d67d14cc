// Any bytes as DNS messages. The first byte chooses the port (53, 5353, 5355, none) and the direction; what follows is one
// message over UDP, answered by itself. Names, records and columns are read completely; names are the same where places are
// remembered.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"
#include "dissect/protocols/dns_name.hpp"

using namespace wiretail::dissect;

namespace {

Needs everything() {
  Needs needs;
  for (const auto& def : Registry::get().fields()) needs.add(def.id);
  needs.events = true;
  return needs;
}

void compare_names(const uint8_t* message, uint32_t size) {
  Arena arena;
  dns::Names remembering(arena, message, size, 0);
  remembering.at(0);
  for (uint32_t place = 0; place <= size && place < 400; ++place) {
    const dns::Name a = dns::Names(arena, message, size, UINT64_MAX).at(place), b = remembering.at(place);
    if (a.good != b.good || a.wrong != b.wrong || a.end != b.end) std::abort();
    if (a.good ? b.text != dns::Names::kNotShown && (a.text != b.text || a.length != b.length || a.labels != b.labels) : a.lacks != b.lacks) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Needs needs = everything();
  if (size < 1 || size > 60'000) return 0;
  compare_names(data + 1, static_cast<uint32_t>(size - 1));
  static constexpr uint16_t kPorts[] = {53, 5353, 5355, 18053};
  uint16_t port = kPorts[data[0] & 3];
  Dissector dissector(Settings{});
  dissector.set_needs(needs);
  std::vector<uint8_t> bytes(28, 0);
  bytes.insert(bytes.end(), data + 1, data + size);
  bytes[0] = 0x45, bytes[2] = static_cast<uint8_t>(bytes.size() >> 8), bytes[3] = static_cast<uint8_t>(bytes.size()), bytes[8] = 64, bytes[9] = 17;
  size_t length = bytes.size() - 20;
  bytes[24] = static_cast<uint8_t>(length >> 8), bytes[25] = static_cast<uint8_t>(length);
  for (uint64_t number = 1; number <= 3; ++number) {
    bool back = (number & 1) == (data[0] >> 7);
    bytes[12] = bytes[16] = 10, bytes[15] = back ? 2 : 1, bytes[19] = back ? 1 : 2;
    const uint16_t ports[2] = {back ? port : uint16_t{5000}, back ? uint16_t{5000} : port};
    for (size_t i = 0; i < 2; ++i) bytes[20 + 2 * i] = static_cast<uint8_t>(ports[i] >> 8), bytes[21 + 2 * i] = static_cast<uint8_t>(ports[i]);
    if (number == 2 && bytes.size() > 30) bytes[30] ^= 0x80;
    Packet p;
    p.data = bytes.data(), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = number, p.time = {static_cast<int64_t>(number), 0};
    Dissection& d = dissector.dissect(p);
    d.detail_all();
    d.tree();
    Columns columns;
    fill_columns(d, columns);
  }
  return 0;
}
