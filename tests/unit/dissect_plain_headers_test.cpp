// Plain headers are what the general walk finds, on packets made plain and then damaged in every way.
#include "dissect/plain_headers.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "dissect/dissector.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (int v : values) out += static_cast<char>(v);
  return out;
}

// Ethernet, perhaps a tag, IPv4 or IPv6, TCP or UDP, some payload, perhaps padding.
std::string plain_frame(std::mt19937& random) {
  const bool tag = random() % 4 == 0, v6 = random() % 3 == 0, tcp = random() % 2;
  const int options = tcp && random() % 2 ? 12 : 0;
  std::string transport;
  const auto payload = static_cast<int>(random() % 40);
  if (tcp) transport = bytes({0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, (20 + options) / 4 << 4, 0x18, 1, 0, 0, 0, 0, 0}) + std::string(static_cast<size_t>(options), '\1');
  else transport = bytes({0x9c, 0x40, 0, 53, 0, 8 + payload, 0, 0});
  transport += std::string(static_cast<size_t>(payload), 'x');
  const auto length = static_cast<int>(transport.size());
  std::string network;
  if (v6) network = bytes({0x60, 0, 0, 0, 0, length, tcp ? 6 : 17, 64}) + std::string(32, '\2');
  else network = bytes({0x45, 0, 0, 20 + length, 0, 0, 0x40, 0, 64, tcp ? 6 : 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2});
  std::string frame(12, '\4');
  if (tag) frame += bytes({0x81, 0, 0, 5});
  frame += v6 ? bytes({0x86, 0xdd}) : bytes({8, 0});
  frame += network + transport;
  if (random() % 4 == 0) frame.append(random() % 8, '\0');
  return frame;
}

}  // namespace

TEST_CASE("plain headers are those of the general walk") {
  std::mt19937 random(7);
  Dissector dissector({});
  Needs needs;
  dissector.set_needs(needs);
  PlainHeaders plain;
  int found = 0, refused = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string frame = plain_frame(random);
    for (auto changes = random() % 3; changes; --changes) frame[random() % std::min<size_t>(frame.size(), 90)] = static_cast<char>(random() % 2 ? random() : random() % 16);
    Packet packet;
    packet.len = static_cast<uint32_t>(frame.size());
    if (random() % 3 == 0) frame.resize(random() % frame.size());
    frame.shrink_to_fit();  // so that the sanitizers see a read behind the end
    packet.data = reinterpret_cast<const uint8_t*>(frame.data()), packet.cap_len = static_cast<uint32_t>(frame.size()), packet.number = 1;
    if (!plain.find(packet)) {
      ++refused;
      continue;
    }
    ++found;
    const DecodeCounters before = dissector.decode_counters();
    Dissection& d = dissector.dissect(packet);
    const DecodeCounters& after = dissector.decode_counters();
    bool same = after.truncated == before.truncated && after.malformed == before.malformed && after.unsupported == before.unsupported && after.too_many_layers == before.too_many_layers;
    uint32_t layers = 0;
    for (size_t proto = 0; proto < id::kCount; ++proto) {
      auto p = static_cast<ProtoId>(proto);
      if (!plain.settles(p)) continue;
      const LayerRef* l = d.layer(p);
      same &= plain.has(p) == (l != nullptr);
      if (const auto& [first, present] = plain.layer(p); first) {
        ++layers;
        same &= l && first == d.at(*l) && present == l->cap_end - l->offset && !l->next_same && !(l->flags & (kShort | kMalformed));
      }
    }
    same &= layers == d.layers.count;
    if (same) continue;
    CAPTURE(round, plain.has(id::kVlan), plain.has(id::kIp), plain.has(id::kIpv6), plain.has(id::kTcp), plain.has(id::kUdp), layers, d.layers.count);
    FAIL("the walk finds something else");
  }
  CHECK(found > 30'000);
  CHECK(refused > 30'000);
}

// FieldRow::direct: for the same packets, damaged or not.
TEST_CASE("rows that are read without details are as details say them") {
  std::mt19937 random(11);
  Dissector dissector({});
  Needs needs;
  for (const FieldDef& def : Registry::get().fields())
    if (!def.is_protocol && def.row->direct) needs.add(def.id);
  dissector.set_needs(needs);
  struct Found {
    FieldId field;
    uint8_t layer;
    std::string value;
    uint32_t offset, length;  // of its item: what `@` gives
    bool operator==(const Found&) const = default;
  };
  auto found = [](const Occurrence& o) {
    const bool text = is_string(Registry::get()[o.field].type);
    return Found{o.field, o.layer, text ? std::string(o.value.text()) : std::to_string(o.value.u), o.length ? o.offset : 0, o.length};
  };
  size_t values = 0;
  for (uint64_t round = 1; round < 30'000; ++round) {
    std::string frame = plain_frame(random);
    for (auto changes = random() % 3; changes; --changes) frame[random() % std::min<size_t>(frame.size(), 90)] = static_cast<char>(random() % 2 ? random() : random() % 16);
    Packet packet;
    packet.len = static_cast<uint32_t>(frame.size()), packet.number = round;
    if (random() % 3 == 0) frame.resize(random() % frame.size());
    frame.shrink_to_fit();
    packet.data = reinterpret_cast<const uint8_t*>(frame.data()), packet.cap_len = static_cast<uint32_t>(frame.size());
    Dissection& d = dissector.dissect(packet);
    std::vector<Found> direct, said;
    for (const FieldDef& def : Registry::get().fields())
      if (!def.is_protocol && def.row->direct)
        for (const Occurrence* o = d.first(def.id); o; o = d.next(*o)) direct.push_back(found(*o));
    for (const Occurrence& o : d.tree())
      if (o.field != kNoField && !Registry::get()[o.field].is_protocol && Registry::get()[o.field].row->direct) said.push_back(found(o));
    std::ranges::stable_sort(said, {}, &Found::field);
    values += direct.size();
    if (direct == said) continue;
    CAPTURE(round);
    REQUIRE(direct.size() == said.size());
    for (size_t i = 0; i < said.size(); ++i) {
      CAPTURE(Registry::get()[said[i].field].name, said[i].value, direct[i].value, said[i].length, direct[i].length);
      REQUIRE(direct[i] == said[i]);
    }
  }
  CHECK(values > 100'000);
}
