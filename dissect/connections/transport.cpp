// From a transport layer to its connection and to the application above it.
#include "dissect/connections/trackers.hpp"

#include <algorithm>
#include <cstring>

#include "dissect/application.hpp"

namespace wiretail::dissect {

using namespace tcp_flag;

// The type is all that tells a reply from its request: RFC 792, RFC 4443 §4.
void Trackers::match_echo(const Dissection& d, const LayerRef& layer, TransportContext& context) {
  const uint8_t* p = d.at(layer);
  const bool v6 = layer.proto == id::kIcmpv6;
  const bool request = p[0] == (v6 ? 128 : 8);
  if ((!request && p[0] != (v6 ? 129 : 0)) || layer.cap_end - layer.offset < 8) return;
  const LayerRef* network = &layer;
  while (network != d.layers.begin() && network->proto != id::kIp && network->proto != id::kIpv6) --network;
  if (network == d.layers.begin()) return;
  EchoTable::Request echo;
  const size_t size = network->proto == id::kIp ? 4 : 16;
  const uint8_t* ip = d.at(*network) + (size == 4 ? 12 : 8);
  const bool swapped = std::memcmp(ip, ip + size, size) > 0;
  std::memcpy(echo.addresses.data(), ip + (swapped ? size : 0), size);
  std::memcpy(echo.addresses.data() + 16, ip + (swapped ? 0 : size), size);
  echo.ident_seq = be32(p + 4);
  echo.v6 = v6;
  // One's complement arithmetic: what the header's first word loses or gains, the checksum gains or loses.
  uint32_t sum = static_cast<uint16_t>(~be16(p + 2));
  if (request) sum += v6 ? 0x0100u : static_cast<uint16_t>(~0x0800u);
  sum = (sum & 0xffff) + (sum >> 16);
  echo.checksum = sum == 0xffff ? 0 : static_cast<uint16_t>(sum);
  if (request) {
    echo.frame = d.packet.number, echo.time = d.packet.time;
    echoes.sent(echo);
  } else {
    echoes.answered(echo, context.request_frame, context.request_time);
  }
}

// What an ICMP error quotes has a stream as well, as in Wireshark, but is no packet of it.
void Trackers::quoted_datagram(const Dissection& d, const LayerRef& layer, TransportContext& context) {
  const LayerRef* network = &layer;
  while (network != d.layers.begin() && network->proto != id::kIp && network->proto != id::kIpv6) --network;
  if (network == d.layers.begin()) return;
  FlowKey key;
  const uint8_t *ip = d.at(*network), *p = d.at(layer);
  key.v6 = network->proto == id::kIpv6;
  key.source = ip + (key.v6 ? 8 : 12), key.destination = ip + (key.v6 ? 24 : 16);
  const bool tcp = layer.proto == id::kTcp;
  key.protocol = tcp ? 6 : 17;
  key.source_port = be16(p), key.destination_port = be16(p + 2);
  uint8_t direction = 0;
  Connection* c = table_.find(key, direction);
  if (!c) {
    // The stream's identity; a connection begins with the first packet that is its own.
    make_room();
    c = &table_.add(key);
    c->number = ++numbers_;
    c->stream = tcp ? tcp_streams_++ : udp_streams_++;
    c->start = c->last = c->first = d.packet.time;
    c->ended = true;
  }
  context.tracked = true;
  context.direction = direction;
  context.stream = c->stream;
  if (!tcp) return;
  context.first_time = c->first, context.previous_time = c->last;
  context.completeness = c->completeness;
  context.ack = be32(p + 8), context.window = be16(p + 14);
  const int8_t scale = c->ends[direction].window_scale;
  context.scale_factor = scale >= 0 ? 1 << scale : scale;
  if (layer.flags & kUntold) {  // of a sample less is made than of a quotation
    context.fin_active = true;
    context.fast_open_accepted = (p[13] & (kSyn | kAck)) == (kSyn | kAck) && !c->ends[!direction].base_set;
  } else if (scale > 0 && !(p[13] & kSyn)) {
    context.window <<= scale;
  }
}

void Trackers::transport(Walk& walk, uint8_t layer_index, const Needs& needs) {
  Dissection& d = walk.d;
  LayerRef& layer = d.layers.stack[layer_index];
  TransportContext* context = nullptr;
  bool whole = !(layer.flags & (kShort | kMalformed)) || layer.cap_end - layer.offset >= (layer.proto == id::kTcp ? 16u : 8u);
  const bool quoted = layer.flags & kQuoted;
  if (d.transport_count < d.transports.size() && whole && (!quoted || layer.proto == id::kUdp || layer.proto == id::kTcp)) {
    context = &d.transports[d.transport_count++];
    // A packet that follow_plain() had is plain: this is its only transport.
    const bool followed = followed_ && followed_ == d.packet.number;
    *context = followed ? followed_context_ : TransportContext{};
    followed_ = 0;
    context->layer = layer_index;
    layer.note = d.transport_count;
    const bool state = !followed && (needs.streams || needs.analysis || needs.reassembly || needs.events);
    if (state && quoted) quoted_datagram(d, layer, *context);
    else if (state) track(walk, layer, needs, *context);
    if (needs.streams && (layer.proto == id::kIcmp || layer.proto == id::kIcmpv6)) match_echo(d, layer, *context);
  }
  if (layer.extra & kCarriesTunnel || (layer.proto == id::kTcp && layer.extra)) return;
  bool applications = needs.all_protocols || !needs.protocols.empty() || needs.reassembly || needs.transactions();
  if (!applications || layer.proto == id::kIcmp || layer.proto == id::kIcmpv6) return;
  Region payload{layer.offset + layer.header_len, layer.cap_end, layer.end, layer.buffer, static_cast<uint8_t>(layer.flags & (kQuoted | kFragmented | kUntold)), static_cast<uint8_t>(layer.depth + 1)};
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
        if (!c.held) c.held.reset(new HeldData);
        if (!c.held->app) c.held->app = def->make();
        stream.state = c.held->app.get();
        stream.connection = &c;
        stream.settings = &settings_, stream.sink = transactions(c, packet_events);
      }
    }
    walk.stream = &stream;
    walk.run(proto == kNoProto ? walk.data(payload) : Next{proto, payload});
    walk.stream = nullptr;
    if (transactions_wanted_ && stream.connection) schedule(*stream.connection);  // a query may have begun to wait
    return;
  }
  if (!context || !context->connection) {
    ProtoId proto = payload.offset < payload.cap_end ? choose_tcp_application(walk, be16(p), be16(p + 2), payload) : kNoProto;
    // What an error quotes is no part of a stream: it is shown as it is.
    if (proto != kNoProto && quoted && !needs.all_protocols && !needs.protocols.has(proto)) return;
    if (proto != kNoProto && !quoted && Registry::get().protocol(proto).stream) proto = kNoProto;
    if (payload.offset < payload.cap_end) walk.run(proto == kNoProto ? walk.data(payload) : Next{proto, payload});
    return;
  }
  if (payload.offset > payload.cap_end) return;  // cut within the options
  Segment s{};
  s.seq = be32(p + 4), s.length = layer.end - std::min(layer.end, payload.offset), s.flags = p[13], s.frame = d.packet.number, s.time = d.packet.time;
  if (tcp_payload(walk, layer, *context, needs, payload, s) && transactions_wanted_) schedule(*context->connection);  // a request may have begun to wait
}

bool Trackers::tcp_payload(Walk& walk, const LayerRef& layer, TransportContext& context, const Needs& needs, Region payload, const Segment& s) {
  Connection& c = *context.connection;
  bool fin = s.flags & kFin;
  if (s.flags & kRst) return false;  // its data is a text for people
  if (payload.offset >= payload.cap_end && !fin) return false;
  const StreamPlace* place = c.held ? &c.held->streams().places[context.direction] : nullptr;
  if (payload.offset >= payload.cap_end && !(place && place->open && place->open->until_close)) return false;
  // What was seen before is not handed up again, nor is what fills a gap: as Wireshark does while
  // `tcp.reassemble_out_of_order` is off, its default.
  const bool cut = payload.end > payload.cap_end;
  if (!cut && context.notes & kNoteRetransmission) context.repeated_data = true;
  if (context.notes & (kNoteRetransmission | (cut ? 0u : kNoteSpurious))) return false;
  if (context.notes & kNoteKeepAlive) {  // the byte of a probe is nobody's
    if (place && place->has_completed(s.seq)) context.overlaps_unit = true;
    else walk.run(walk.data(payload));
    return false;
  }
  const bool late = context.notes & kNoteOutOfOrder;
  const uint8_t* p = walk.d.at(layer);
  ProtoId proto = c.app != kNoProto ? c.app : choose_tcp_application(walk, be16(p), be16(p + 2), payload);
  if (proto == kNoProto) {
    if (payload.offset < payload.cap_end && !late) walk.run(walk.data(payload));
    return false;
  }
  c.app = proto;
  const ProtocolDef& def = Registry::get().protocol(proto);
  if (!needs.all_protocols && !needs.protocols.has(proto)) return false;  // nobody asks for it
  if (def.stream) return feed(walk, proto, context, payload, s);
  if (!late) walk.run({proto, payload});
  return true;
}
}  // namespace wiretail::dissect
