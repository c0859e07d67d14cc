// The layers of one packet, outermost first: which protocol lies where. Filled by the header walk (dissector.hpp),
// without allocation; read by fields, filters and writers. One per capture thread, reset for each packet.
// RFC terms: a layer's header and what the header says belongs to it (its payload).
#pragma once
#include <array>
#include <bitset>
#include <cstdint>

#include "dissect/field.hpp"

namespace wiretail::dissect {

inline constexpr unsigned kMaxLayers = 64;     // then `too_many_layers`
inline constexpr unsigned kMaxProtocols = 128;  // room in ProtoSet; list.inc may hold as many

class ProtoSet {
 public:
  constexpr bool has(ProtoId p) const { return (words_[p >> 6] >> (p & 63)) & 1; }
  constexpr void add(ProtoId p) { words_[p >> 6] |= uint64_t{1} << (p & 63); }
  constexpr void remove(ProtoId p) { words_[p >> 6] &= ~(uint64_t{1} << (p & 63)); }
  constexpr bool meets(const ProtoSet& o) const { return ((words_[0] & o.words_[0]) | (words_[1] & o.words_[1])) != 0; }
  constexpr bool within(const ProtoSet& o) const { return !((words_[0] & ~o.words_[0]) | (words_[1] & ~o.words_[1])); }
  constexpr void clear() { words_ = {}; }
  constexpr bool empty() const { return !(words_[0] | words_[1]); }
  constexpr ProtoSet& operator|=(const ProtoSet& o) { words_[0] |= o.words_[0], words_[1] |= o.words_[1]; return *this; }
  friend constexpr bool operator==(const ProtoSet&, const ProtoSet&) = default;

 private:
  std::array<uint64_t, 2> words_ = {};
};

enum LayerFlag : uint8_t {
  kQuoted = 1 << 0,     // inside an ICMP error: describes another packet than this one
  kShort = 1 << 1,      // the snapshot length (or a fragment) cut it: bytes are missing
  kMalformed = 1 << 2,  // the bytes are there and wrong
  kDetailed = 1 << 3,   // `details` has run for it
  kFragmented = 1 << 4,  // lies in the beginning of a datagram that can not become whole
  kUntold = 1 << 6,      // carried by something that the columns speak of instead
  kNoItem = 1 << 5,      // cut before Wireshark makes an item of it: named in `frame.protocols`, and no filter finds it
};

// LayerRef::extra of protocols that name their payload by an Ethernet type: they did (`frame.protocols` counts the look-up).
inline constexpr uint16_t kByEthertype = 1 << 15;
// … it is no protocol to `frame.protocols`: Wireshark's dissector looked at it and refused.
inline constexpr uint16_t kNotListed = 1 << 13;
// … of data: a unit that told its length.
inline constexpr uint16_t kSizedUnit = 1;
// … of UDP: the header walk has gone on with what it carries.
inline constexpr uint16_t kCarriesTunnel = 1 << 14;

struct LayerRef {
  ProtoId proto = kNoProto;
  uint8_t buffer = 0;      // 0: the packet; others: Dissection::buffer()
  uint8_t number = 0;      // 1 for the protocol's outermost layer, 2 for the next: `ip.src#2`
  uint8_t next_same = 0;   // index of the protocol's next layer, 0: none (layer 0 is `frame`)
  uint8_t flags = 0;
  uint8_t depth = 0;       // protocols above in the dissection tree, for -V
  uint16_t extra = 0;      // the protocol's own, set by its walk
  uint32_t offset = 0;     // first byte, in `buffer`
  uint32_t header_len = 0;  // bytes of the protocol's own item (Wireshark's tree item: `len(tcp)`, `tcp[0:4]`)
  uint32_t cap_end = 0;    // end of the bytes that are present
  uint32_t end = 0;        // end by the length fields (cap_end <= end)
  uint32_t search_end = 0;  // where more bytes belong to Wireshark's item, or are searched, than its fields are read from; else 0
  uint32_t note = 0;       // the protocol's own: index of what state knows of it (see dissection.hpp)
};

struct PacketLayers {
  std::array<LayerRef, kMaxLayers> stack;
  uint32_t count = 0;
  ProtoSet present;
  bool too_many = false;
  std::array<uint8_t, kMaxProtocols> first;  // index of a protocol's first layer; valid where `present` has it
  std::array<uint8_t, kMaxProtocols> last;

  void clear() { count = 0, present.clear(), too_many = false; }
  // Null when there are kMaxLayers already.
  LayerRef* push(ProtoId proto) {
    if (count == kMaxLayers) {
      too_many = true;
      return nullptr;
    }
    auto index = static_cast<uint8_t>(count++);
    LayerRef& layer = stack[index];
    layer = LayerRef{};
    layer.proto = proto;
    layer.number = 1;
    if (present.has(proto)) {
      LayerRef& before = stack[last[proto]];
      before.next_same = index;
      layer.number = static_cast<uint8_t>(before.number + 1);
    } else {
      present.add(proto);
      first[proto] = index;
    }
    last[proto] = index;
    return &layer;
  }
  // The layer that was pushed last stays in the stack, but is none of its protocol's.
  void hide_last() {
    LayerRef& layer = stack[count - 1];
    layer.flags |= kNoItem;
    if (first[layer.proto] == count - 1) return present.remove(layer.proto);
    uint8_t before = first[layer.proto];
    while (stack[before].next_same != count - 1) before = stack[before].next_same;
    stack[before].next_same = 0;
    last[layer.proto] = before;
  }
  const LayerRef* begin() const { return stack.data(); }
  const LayerRef* end() const { return stack.data() + count; }
};

}  // namespace wiretail::dissect
