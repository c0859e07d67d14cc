// Protocol Independent Multicast: the header, and the packet that a register carries to the rendezvous point. RFC 7761 §4.9.
// Of version 1 (in IGMP) no more than its number.
#include <string>

#include "dissect/checksum.hpp"
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

enum Row : unsigned { kVersion, kType };

constexpr uint8_t kVersion1 = 0x14;  // the first byte: IGMP's type
constexpr uint32_t kHeader = 4, kVersionAt = 4, kRegister = 1, kRegisterHeader = 8, kNumber = 103;
constexpr ValueName kTypes[] = {{0, "Hello"}, {1, "Register"}, {2, "Register-stop"}, {3, "Join/Prune"}, {4, "Bootstrap"}, {5, "Assert"}, {6, "Graft"}, {7, "Graft-Ack"},
                                {8, "Candidate-RP-Advertisement"}, {9, "State-Refresh"}, {10, "DF election"}, {11, "ECMP redirect"}, {12, "PFM source discovery"}};

constexpr FieldRow kRows[] = {
    {.name = "pim.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0},
    {.name = "pim.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x0f, .names = kTypes},
};

// RFC 7761 §4.9: over the message, of a register over its header alone; over IPv6 with a pseudo-header (RFC 8200 §8.1).
void check(Emit& emit) {
  const LayerRef& l = emit.layer();
  const Bytes b = emit.data();
  if (!emit.wants_notes() || b.size() < kHeader || b[0] >> 4 != 2 || l.cap_end != l.end) return;
  const Dissection& d = emit.packet();
  const LayerRef* below = &l;
  while (below != d.layers.begin() && below->proto != id::kIp && below->proto != id::kIpv6) --below;
  const bool is_register = (b[0] & 15) == kRegister && b.size() >= kRegisterHeader;
  const Bytes covered = is_register ? b.first(kRegisterHeader) : b;
  uint64_t sum = checksum_sum(covered);
  if (below->proto == id::kIpv6 && below->cap_end - below->offset >= 40) sum += checksum_sum({d.at(*below) + 8, 32}) + covered.size() + kNumber;
  const uint16_t folded = checksum_fold(sum);
  if (folded == 0xffff) return;
  std::string text = "Bad checksum [should be 0x";
  append_hex(text, checksum_should_be(be16(&b[2]), folded), 4), text += ']';
  emit.expert(Emit::kNoRow, severity::kError, group::kChecksum, text);
}

void details(Emit& emit) {
  const Bytes b = emit.data();
  if (b.empty()) return;
  if (b[0] == kVersion1) return emit.read(kVersion, kVersionAt, 1);
  emit.read(kVersion, 0, 1), emit.read(kType, 0, 1);
  check(emit);
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kPim, region, kHeader);
  if (!w.push(id::kPim, region, region.length())) return {};
  const uint8_t* p = w.at(region);
  if (p[0] != (2 << 4 | kRegister) || region.captured() <= kRegisterHeader) return {};
  Region packet = region.from(region.offset + kRegisterHeader);
  packet.flags |= kUntold;
  ++packet.depth;
  switch (p[kRegisterHeader] >> 4) {
    case 4: return {id::kIp, packet};
    case 6: return {id::kIpv6, packet};
    default: return {};  // a null register may have no more than a hint of the packet
  }
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("PIM");
  c.set_info("");
  if (l.cap_end == l.offset) return;
  const uint8_t first = *d.at(l);
  if (first == kVersion1) return c.set_protocol("PIMv1");
  if (first >> 4 == 2) c.set_protocol("PIMv2");
  c.set_info(value_name(kTypes, first & 15));
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, kNumber}};

}  // namespace

const ProtocolDef kPimDef = {.name = "pim", .long_name = "Protocol Independent Multicast", .short_name = "PIM", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_to_end = true};

}  // namespace wiretail::dissect
