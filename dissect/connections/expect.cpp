// The connection of the packet behind the one at hand, fetched while this one is worked on: its bucket of the table first, and
// its entry when its turn comes. Only what is plain is looked at: an Ethernet frame, a VLAN tag perhaps, IP without options or
// fragments, TCP or UDP. The hash is kept, so that nothing is computed twice.
#include <algorithm>
#include <cassert>

#include "dissect/connections/trackers.hpp"

namespace wiretail::dissect {

void Trackers::expect(const Packet& packet) {
  at_hand_ = expected_;
  expected_.number = 0;
  if (at_hand_.number == packet.number) {
    if (at_hand_.fetched) table_.fetch_held(at_hand_.hash);
    else table_.fetch_entry(at_hand_.hash);
  }
  const uint8_t* p = packet.following;
  if (!p || packet.following_len < 42 || packet.link_type != LinkType::kEthernet) return;
  uint32_t type = be16(p + 12);
  p += 14;
  if (type == 0x8100) type = be16(p + 2), p += 4;
  FlowKey key;
  uint32_t header;
  if (type == 0x0800 && p[0] == 0x45 && (be16(p + 6) & 0x3fff) == 0) {
    header = 20, key.protocol = p[9], key.source = p + 12, key.destination = p + 16;
  } else if (type == 0x86dd && packet.following_len >= 62) {
    header = 40, key.protocol = p[6], key.source = p + 8, key.destination = p + 24, key.v6 = true;
  } else {
    return;
  }
  if (key.protocol != 6 && key.protocol != 17) return;
  key.source_port = be16(p + header), key.destination_port = be16(p + header + 2);
  expected_ = {.source = key.source, .number = packet.number + 1, .hash = ConnectionTable::hash(key)};
  table_.fetch_bucket(expected_.hash);
}

void Trackers::fetch_expected() {
  if (!expected_.number) return;
  table_.fetch_entry(expected_.hash);
  expected_.fetched = true;
}

Connection* Trackers::find(const FlowKey& key, uint64_t number, uint32_t& hash, uint8_t& direction) {
  const Expected& known = at_hand_;
  if (known.number != number || known.source != key.source) {
    hash = ConnectionTable::hash(key);
  } else {
    assert(known.hash == ConnectionTable::hash(key));
    hash = known.hash;
    if (known.looked_up) {
      direction = known.direction;
      return known.connection;
    }
  }
  return table_.find(key, hash, direction);
}

// The flow of a plain TCP packet, and of its layer what follow() reads.
Trackers::Datagram Trackers::datagram(const PlainHeaders& headers, LayerRef& layer) {
  const uint8_t *ip = headers.network(), *p = headers.transport();
  const bool v6 = headers.is_v6();
  const uint32_t ip_header = v6 ? 40 : 20, ip_bytes = v6 ? be16(ip + 4) + ip_header : be16(ip + 2);
  layer.proto = id::kTcp;
  layer.header_len = (p[12] >> 4) * 4u;
  layer.end = ip_bytes - ip_header;
  layer.cap_end = std::min(layer.end, headers.transport_present());
  return {{.source = ip + (v6 ? 8 : 12), .destination = ip + (v6 ? 24 : 16), .source_port = be16(p), .destination_port = be16(p + 2), .protocol = 6, .v6 = v6}, 0, ip_bytes};
}

const TransportContext& Trackers::follow_plain(const Packet& packet, const PlainHeaders& headers, const Needs& needs) {
  LayerRef layer;
  const Datagram flow = datagram(headers, layer);
  followed_context_ = TransportContext{};
  follow(packet, flow, layer, headers.transport(), needs, followed_context_);
  followed_ = packet.number;
  return followed_context_;
}

bool Trackers::no_application(const Packet& packet, const PlainHeaders& headers, const Needs& needs, Connection*& connection) {
  const uint8_t* p = headers.transport();
  LayerRef layer;
  const Datagram flow = datagram(headers, layer);
  const uint8_t flags = p[13];
  const bool data = layer.end != layer.header_len;
  if (data || flags & tcp_flag::kFin) {
    // What begins a connection, or ends it, may begin or end something for an application as well.
    if (flags & (tcp_flag::kSyn | tcp_flag::kFin | tcp_flag::kRst)) return false;
    uint32_t hash = 0;
    uint8_t direction = 0;
    Connection* c = find(flow.key, packet.number, hash, direction);
    at_hand_ = {.source = flow.key.source, .number = packet.number, .hash = hash, .looked_up = true, .direction = direction, .connection = c};
    if (!c || c->app == kNoProto || c->ended) return false;
    if (c->held && c->held->app) {
      const uint32_t length = layer.end - layer.header_len;
      if (layer.cap_end != layer.end || needs.whole_units || !counts(*c, direction, be32(p + 4), length)) return false;
      const bool flipped = c->flipped;
      const TransportContext& found = follow_plain(packet, headers, needs);
      // Else transport() goes on from here: it does not follow the segment again.
      if (found.connection != c || c->flipped != flipped || found.notes & (kNoteRetransmission | kNoteSpurious | kNoteKeepAlive | kNoteOutOfOrder)) return false;
      connection = found.connection;
      count_on(*c, direction, be32(p + 4), length);
      return true;
    }
    if (needs.protocols.has(c->app)) return false;
    if (!needs.events) {  // nobody will ask for what follows from it
      table_.touch(*c, static_cast<uint8_t>(packet.time.seconds));
      if (clock_ < packet.time) clock_ = packet.time;
      c->last = packet.time;
      connection = c;
      return true;
    }
  }
  TransportContext context;
  connection = follow(packet, flow, layer, p, needs, context);
  return true;
}

}  // namespace wiretail::dissect
