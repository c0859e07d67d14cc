// Packets of the network layer, several in a row so that fragments, echoes and streams meet: IPv4 and IPv6 with everything
// above. An input is a sequence of packets, each two bytes of length (of what is there), two of what the wire had more, and
// its bytes. Everything is read: all fields of all layers as text, the columns, the events.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"
#include "dissect/lines.hpp"

using namespace wiretail::dissect;

namespace {

Settings settings() {
  Settings s;
  s.limits.max_connections = 64;  // so that ceilings are met
  s.limits.max_fragment_bytes = 64 * 1024;
  s.limits.max_fragment_packets = 8;
  s.limits.max_reassembly_bytes = 64 * 1024;
  return s;
}

const Needs& needs() {
  static const Needs kAll = [] {
    Needs n;
    for (const FieldDef& field : Registry::get().fields()) n.add(field.id);
    n.complete = n.all_protocols = n.streams = n.analysis = n.unacked = n.reassembly = n.events = n.http_transactions = n.dns_transactions = true;
    return n;
  }();
  return kAll;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Settings kSettings = settings();
  Dissector dissector(kSettings);
  dissector.set_needs(needs());
  Columns columns;
  std::string text;
  uint64_t number = 0;
  for (size_t at = 0; at + 4 < size && number < 64;) {
    const size_t length = std::min<size_t>(be16(data + at), size - at - 4);
    // A copy of just that size: a read beyond it is seen.
    auto bytes = std::make_unique<uint8_t[]>(length);
    std::copy_n(data + at + 4, length, bytes.get());
    Packet packet;
    packet.data = bytes.get();
    packet.cap_len = static_cast<uint32_t>(length);
    packet.len = packet.cap_len + (be16(data + at + 2) & 0x3ff);
    packet.link_type = LinkType::kRaw;
    packet.time = {1'700'000'000 + static_cast<int64_t>(number), 0};
    packet.number = ++number;
    at += 4 + length;
    Dissection& d = dissector.dissect(packet);
    d.detail_all();
    fill_columns(d, columns);
    for (const FieldDef& field : Registry::get().fields())
      for (const Occurrence* o = d.first(field.id); o; o = d.next(*o)) {
        text.clear();
        append_value(text, field, o->value);
        if (o->layer >= kMaxLayers) std::abort();
      }
    for (const Occurrence& o : d.tree()) text.clear(), append_line(text, d, o);
  }
  dissector.finish();
  return 0;
}
