// The connection of the packet behind the one at hand, fetched while this one is worked on: its bucket of the table first, and
// its entry when its turn comes. Only what is plain is looked at: an Ethernet frame, a VLAN tag perhaps, IP without options or
// fragments, TCP or UDP. The hash is kept, so that nothing is computed twice.
#include <cassert>

#include "dissect/connections/trackers.hpp"

namespace wiretail::dissect {

void Trackers::expect(const Packet& packet) {
  at_hand_ = expected_;
  expected_.number = 0;
  if (at_hand_.number == packet.number) table_.fetch_entry(at_hand_.hash);
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
  expected_ = {key.source, packet.number + 1, ConnectionTable::hash(key)};
  table_.fetch_bucket(expected_.hash);
}

uint32_t Trackers::hash_of(const FlowKey& key, uint64_t number) const {
  if (at_hand_.number != number || at_hand_.source != key.source) return ConnectionTable::hash(key);
  assert(at_hand_.hash == ConnectionTable::hash(key));
  return at_hand_.hash;
}

}  // namespace wiretail::dissect
