// The header walk: once through a packet's headers, outermost first, recording where each layer lies. Handed to the
// protocols' WalkFn. No allocation, no exceptions; ends at kMaxLayers.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "dissect/dissection.hpp"
#include "dissect/protocol.hpp"

namespace wiretail::dissect {

class Trackers;
struct StreamContext;

// Numbers of `decode` in the statistics. Counted by the walk.
struct DecodeCounters {
  uint64_t packets = 0, bytes = 0, truncated = 0, malformed = 0, unsupported = 0, too_many_layers = 0;
};

// Which protocol a number of the one below means; built from ProtocolDef::over.
class NextTables {
 public:
  static const NextTables& get();
  ProtoId link_type(LinkType t) const;
  ProtoId ethertype(uint16_t v) const { return ethertype_[v]; }
  ProtoId ip_proto(uint8_t v) const { return ip_proto_[v]; }
  ProtoId tcp_port(uint16_t v) const { return tcp_port_[v]; }
  ProtoId udp_port(uint16_t v) const { return udp_port_[v]; }
  ProtoId ppp(uint16_t v) const;
  ProtoId gre(uint16_t v) const;
  ProtoId llc_sap(uint8_t v) const { return llc_sap_[v]; }
  struct Heuristic { ProtoId proto; LooksLikeFn looks_like; };
  std::span<const Heuristic> tcp_heuristics() const { return tcp_heuristics_; }
  std::span<const Heuristic> udp_heuristics() const { return udp_heuristics_; }

 private:
  NextTables();
  std::array<ProtoId, 65536> ethertype_, tcp_port_, udp_port_;
  std::array<ProtoId, 256> ip_proto_, llc_sap_;
  std::vector<std::pair<uint32_t, ProtoId>> link_type_, ppp_, gre_;
  std::vector<Heuristic> tcp_heuristics_, udp_heuristics_;
};

class Walk {
 public:
  Walk(Dissection& dissection, const NextTables& tables, DecodeCounters& counters, Trackers* trackers)
      : d(dissection), next(tables), counters_(counters), trackers_(trackers) {}

  Dissection& d;
  const NextTables& next;
  // Somebody reads what the protocol's details say, or a note of them: what only they need is worth keeping.
  bool heard(ProtoId proto) const { return !d.needs || !d.needs->silent.has(proto); }
  Trackers* trackers() { return trackers_; }  // fragments; null in tests of the walk alone

  const uint8_t* at(const Region& r) const { return d.buffer(r.buffer).data() + r.offset; }

  // Pushes a layer over the region. header_len is what Wireshark's item of the protocol covers. Null: too many layers.
  LayerRef* push(ProtoId proto, const Region& region, uint32_t header_len);
  // The header does not fit. Says whether bytes are missing (kShort) or there are too few (kMalformed), pushes the layer
  // with what is there, so that `_ws.short` / `_ws.malformed` name the protocol, and ends the walk.
  // `shown`: bytes from the front that Wireshark still reads fields from.
  Next damaged(ProtoId proto, const Region& region, uint32_t wanted, uint32_t shown = 0xffffffff);
  void damage(LayerRef& layer, LayerFlag what);

  // Follows a chain to its end. Used for the packet, and by protocols that carry several things side by side.
  void run(const Next& first);

  // An application above a transport: walked after the connection table has seen the packet, if something needs it.
  void defer(uint8_t transport_layer_index);
  // What nobody claims: the `data` protocol.
  Next data(Region region) const;
  void count_unsupported() { ++counters_.unsupported; }
  // The stream whose unit is being walked; null outside TCP's reassembly.
  StreamContext* stream = nullptr;

 private:
  friend class Dissector;
  DecodeCounters& counters_;
  Trackers* trackers_;
  std::array<uint8_t, Dissection::kMaxTransports> deferred_;
  uint32_t deferred_count_ = 0;
};

}  // namespace wiretail::dissect
