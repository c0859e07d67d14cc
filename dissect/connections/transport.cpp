// From a transport layer to its connection and to the application above it.
#include "dissect/connections/trackers.hpp"

#include <algorithm>

#include "dissect/application.hpp"

namespace wiretail::dissect {

using namespace tcp_flag;

void Trackers::transport(Walk& walk, uint8_t layer_index, const Needs& needs) {
  Dissection& d = walk.d;
  LayerRef& layer = d.layers.stack[layer_index];
  TransportContext* context = nullptr;
  bool whole = !(layer.flags & (kShort | kMalformed)) || layer.cap_end - layer.offset >= (layer.proto == id::kTcp ? 20u : 8u);
  if (d.transport_count < d.transports.size() && whole && !(layer.flags & kQuoted)) {
    context = &d.transports[d.transport_count++];
    *context = TransportContext{};
    context->layer = layer_index;
    layer.note = d.transport_count;
    if (needs.streams || needs.analysis || needs.reassembly || needs.events) track(walk, layer, needs, *context);
  }
  if (layer.extra & kCarriesTunnel) return;
  bool applications = needs.all_protocols || !needs.protocols.empty() || needs.reassembly || needs.transactions;
  if (!applications || layer.proto == id::kIcmp || layer.proto == id::kIcmpv6 || layer.flags & kQuoted) return;
  Region payload{layer.offset + layer.header_len, layer.cap_end, layer.end, layer.buffer, 0, static_cast<uint8_t>(layer.depth + 1)};
  if (payload.offset >= payload.cap_end && layer.proto != id::kTcp) return;
  const uint8_t* p = d.at(layer);
  if (layer.proto == id::kUdp) {
    ProtoId proto = choose_udp_application(walk, be16(p), be16(p + 2), payload);
    if (context && context->connection && proto != kNoProto) context->connection->app = proto;
    StreamContext stream;
    stream.frame = d.packet.number, stream.time = d.packet.time, stream.source_port = be16(p), stream.destination_port = be16(p + 2);
    if (context && context->connection) {
      Connection& c = *context->connection;
      stream.direction = context->direction;
      const StreamDef* def = proto == kNoProto ? nullptr : Registry::get().protocol(proto).stream;
      if (def && def->make) {
        if (!c.held) c.held = std::make_unique<HeldData>();
        if (!c.held->app) c.held->app = def->make();
        stream.state = c.held->app.get();
        stream.connection = &c;
      }
    }
    walk.stream = &stream;
    walk.run(proto == kNoProto ? walk.data(payload) : Next{proto, payload});
    walk.stream = nullptr;
    return;
  }
  if (!context || !context->connection) {
    ProtoId proto = payload.offset < payload.cap_end ? choose_tcp_application(walk, be16(p), be16(p + 2), payload) : kNoProto;
    if (proto != kNoProto && Registry::get().protocol(proto).stream) proto = kNoProto;
    if (payload.offset < payload.cap_end) walk.run(proto == kNoProto ? walk.data(payload) : Next{proto, payload});
    return;
  }
  Segment s{};
  s.seq = be32(p + 4), s.length = layer.end - std::min(layer.end, payload.offset), s.flags = p[13], s.frame = d.packet.number, s.time = d.packet.time;
  tcp_payload(walk, layer, *context, needs, payload, s);
  if (transactions_wanted_) schedule(*context->connection);  // a request may have begun to wait
}

void Trackers::tcp_payload(Walk& walk, const LayerRef& layer, TransportContext& context, const Needs& needs, Region payload, const Segment& s) {
  Connection& c = *context.connection;
  bool fin = s.flags & kFin;
  if (s.flags & kRst) return;  // its data is a text for people
  if (payload.offset >= payload.cap_end && !fin) return;
  if (payload.offset >= payload.cap_end && !(c.held && c.held->streams[context.direction].until_close)) return;
  // What was seen before is not handed up again, nor is what fills a gap: as Wireshark does while
  // `tcp.reassemble_out_of_order` is off, its default.
  if (context.notes & kNoteRetransmission) context.repeated_data = true;
  if (context.notes & (kNoteRetransmission | kNoteSpurious)) return;
  const bool late = context.notes & kNoteOutOfOrder;
  const uint8_t* p = walk.d.at(layer);
  ProtoId proto = c.app != kNoProto ? c.app : choose_tcp_application(walk, be16(p), be16(p + 2), payload);
  if (proto == kNoProto) {
    if (payload.offset < payload.cap_end && !late) walk.run(walk.data(payload));
    return;
  }
  c.app = proto;
  const ProtocolDef& def = Registry::get().protocol(proto);
  if (!needs.all_protocols && !needs.protocols.has(proto)) return;  // nobody asks for it
  if (!def.stream) return late ? void() : walk.run({proto, payload});
  feed(walk, proto, context, payload, s);
}
}  // namespace wiretail::dissect
