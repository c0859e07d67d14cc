#include "dissect/walk.hpp"

#include <algorithm>
#include <new>

namespace wiretail::dissect {

NextTables::NextTables() {
  ethertype_.fill(kNoProto), tcp_port_.fill(kNoProto), udp_port_.fill(kNoProto);
  ip_proto_.fill(kNoProto), llc_sap_.fill(kNoProto);
  const auto protocols = Registry::get().protocols();
  for (size_t i = 0; i < protocols.size(); ++i) {
    auto proto = static_cast<ProtoId>(i);
    for (const Over& over : protocols[i]->over) {
      switch (over.kind) {
        case Over::Kind::kLinkType: link_type_.emplace_back(over.value, proto); break;
        case Over::Kind::kEthertype: ethertype_[over.value & 0xffff] = proto; break;
        case Over::Kind::kGreProto: gre_.emplace_back(over.value, proto); break;
        case Over::Kind::kIpProto: ip_proto_[over.value & 0xff] = proto; break;
        case Over::Kind::kTcpPort: tcp_port_[over.value & 0xffff] = proto; break;
        case Over::Kind::kUdpPort: udp_port_[over.value & 0xffff] = proto; break;
        case Over::Kind::kPpp: ppp_.emplace_back(over.value, proto); break;
        case Over::Kind::kLlcSap: llc_sap_[over.value & 0xff] = proto; break;
        case Over::Kind::kTcpHeuristic: tcp_heuristics_.push_back({proto, over.looks_like}); break;
        case Over::Kind::kUdpHeuristic: udp_heuristics_.push_back({proto, over.looks_like}); break;
      }
    }
  }
}

const NextTables& NextTables::get() {
  static const NextTables tables;
  return tables;
}

ProtoId NextTables::link_type(LinkType t) const {
  for (auto [value, proto] : link_type_)
    if (value == static_cast<uint32_t>(t)) return proto;
  return kNoProto;
}

ProtoId NextTables::ppp(uint16_t v) const {
  for (auto [value, proto] : ppp_)
    if (value == v) return proto;
  return kNoProto;
}

ProtoId NextTables::gre(uint16_t v) const {
  for (auto [value, proto] : gre_)
    if (value == v) return proto;
  return kNoProto;
}

LayerRef* Walk::push(ProtoId proto, const Region& region, uint32_t header_len) {
  LayerRef* layer = d.layers.push(proto);
  if (!layer) {
    ++counters_.too_many_layers;
    return nullptr;
  }
  layer->buffer = region.buffer;
  layer->flags = region.flags;
  layer->depth = region.depth;
  layer->offset = region.offset;
  layer->header_len = header_len;
  layer->cap_end = region.cap_end;
  layer->end = region.end;
  return layer;
}

void Walk::damage(LayerRef& layer, LayerFlag what) {
  layer.flags = static_cast<uint8_t>(layer.flags | what);
  ++(what == kShort ? counters_.truncated : counters_.malformed);
}

Next Walk::damaged(ProtoId proto, const Region& region, uint32_t, uint32_t shown) {
  LayerRef* layer = push(proto, region, region.captured());
  if (!layer) return {};
  layer->cap_end = region.offset + std::min(region.captured(), shown);
  damage(*layer, region.captured() < region.length() ? kShort : kMalformed);
  if (region.captured() < Registry::get().protocol(proto).item_from) d.layers.hide_last();
  return {};
}

Next Walk::data(Region region) const { return region.captured() ? Next{id::kData, region} : Next{}; }

// One protocol writes what follows into the place that the other does not read: a copy of what has just been written field
// by field would wait for the writes, some fifteen cycles a layer.
void Walk::run(const Next& first) {
  const auto protocols = Registry::get().protocols();
  const Next* at = &first;
  Next even, odd;
  while (at->proto != kNoProto && !d.layers.too_many) {
    Next& other = at == &even ? odd : even;
    new (&other) Next(protocols[at->proto]->walk(*this, at->region));
    at = &other;
  }
}

void Walk::defer(uint8_t transport_layer_index) {
  if (deferred_count_ < deferred_.size()) deferred_[deferred_count_++] = transport_layer_index;
}

}  // namespace wiretail::dissect
