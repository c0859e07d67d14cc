#include "dissect/columns.hpp"

#include "dissect/dissection.hpp"

namespace wiretail::dissect {

void fill_columns(Dissection& packet, Columns& columns) {
  columns.clear();
  for (const LayerRef& layer : packet.layers) {
    const ProtocolDef& protocol = Registry::get().protocol(layer.proto);
    columns.writable = !(layer.flags & (kQuoted | kUntold));
    if (protocol.columns) protocol.columns(packet, layer, columns);
  }
  columns.writable = true;
  if (!columns.tunnel.empty()) columns.protocol = std::string(columns.tunnel) + " <" + columns.protocol + '>';
  // A unit that begins behind complete ones and is not complete itself.
  for (uint32_t i = 0; i < packet.transport_count; ++i) {
    const TransportContext& t = packet.transports[i];
    if (t.segment_of_pdu && !t.preview.empty() && t.layer + 1u < packet.layers.count) columns.append_info(std::string(t.preview) + " ");
  }
  for (const LayerRef& layer : packet.layers) {
    switch (shown_damage(packet, layer)) {
      case ShownDamage::kNothing: break;
      case ShownDamage::kShort: columns.append_info("[Packet size limited during capture]"); break;
      case ShownDamage::kMalformed: columns.append_info("[Malformed Packet]"); break;
      case ShownDamage::kUnreassembled: columns.append_info("[BoundErrorUnreassembled Packet]"); break;
    }
  }
}

void append_head(std::string& out, const Dissection& packet, const LayerRef& layer) {
  const ProtocolDef& protocol = Registry::get().protocol(layer.proto);
  if (protocol.head) protocol.head(packet, layer, out);
  else out += protocol.long_name;
}

}  // namespace wiretail::dissect
