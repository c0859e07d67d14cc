#include "dissect/columns.hpp"

#include "dissect/dissection.hpp"

namespace wiretail::dissect {

void fill_columns(Dissection& packet, Columns& columns) {
  columns.clear();
  for (const LayerRef& layer : packet.layers) {
    const ProtocolDef& protocol = Registry::get().protocol(layer.proto);
    columns.writable = !(layer.flags & kQuoted);
    if (protocol.columns) protocol.columns(packet, layer, columns);
  }
  columns.writable = true;
  for (const LayerRef& layer : packet.layers) {
    if (layer.flags & kShort) columns.append_info("[Packet size limited during capture]");
    else if (layer.flags & kMalformed) columns.append_info("[Malformed Packet]");
  }
}

}  // namespace wiretail::dissect
