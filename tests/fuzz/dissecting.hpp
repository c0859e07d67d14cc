// What the fuzz targets of the dissection do with a packet: everything that anybody can ask of it, with the rules that
// must hold for any bytes. The packet's bytes are given a memory block of their own size, so that the address sanitizer sees
// every byte read behind them.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"
#include "dissect/lines.hpp"

namespace wiretail::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// All that a filter or a line could need.
inline const dissect::Needs& everything() {
  static const dissect::Needs kNeeds = [] {
    dissect::Needs needs;
    for (const dissect::FieldDef& field : dissect::Registry::get().fields()) needs.add(field.id);
    needs.all_protocols = needs.streams = needs.analysis = needs.unacked = needs.reassembly = needs.complete = needs.events = needs.http_transactions = needs.dns_transactions = true;
    return needs;
  }();
  return kNeeds;
}

inline void check_layers(const dissect::Dissection& d) {
  require(d.layers.count <= dissect::kMaxLayers);
  for (const dissect::LayerRef& l : d.layers) {
    require(l.buffer < d.buffer_count());
    require(l.offset <= l.cap_end && l.cap_end <= l.end && l.cap_end <= d.buffer(l.buffer).size());
  }
}

// Dissects the packet with `dissector`, reads every field in both ways, fills the columns.
inline void dissect_fully(dissect::Dissector& dissector, dissect::Packet packet, const uint8_t* bytes) {
  std::unique_ptr<uint8_t[]> own(new uint8_t[packet.cap_len]);
  std::copy(bytes, bytes + packet.cap_len, own.get());
  packet.data = own.get();
  dissect::Dissection& d = dissector.dissect(packet, "fuzz0");
  check_layers(d);
  const dissect::Registry& registry = dissect::Registry::get();
  std::string text;
  for (const dissect::FieldDef& field : registry.fields()) {
    text.clear();
    uint32_t count = 0;
    for (const dissect::Occurrence* o = d.first(field.id); o; o = d.next(*o)) {
      require(++count < 1'000'000);
      dissect::append_value(text, field, o->value);
    }
  }
  dissect::Columns columns;
  dissect::fill_columns(d, columns);
  for (const dissect::Occurrence& o : d.tree()) {
    text.clear();
    dissect::append_line(text, d, o);
  }
  check_layers(d);
  dissector.displayed();
}

}  // namespace wiretail::fuzz
