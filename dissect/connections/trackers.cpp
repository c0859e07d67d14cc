#include "dissect/connections/trackers.hpp"

namespace wiretail::dissect {

Trackers::Trackers(const Settings&) {}

void Trackers::transport(Walk& walk, uint8_t layer_index, const Needs&) {
  const LayerRef& layer = walk.d.layers.stack[layer_index];
  Region payload{layer.offset + layer.header_len, layer.cap_end, layer.end, layer.buffer, layer.flags, static_cast<uint8_t>(layer.depth + 1)};
  walk.run(walk.data(payload));
}

void Trackers::advance(Time) {}
void Trackers::finish() {}

}  // namespace wiretail::dissect
