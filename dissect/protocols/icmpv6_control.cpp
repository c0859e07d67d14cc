// Messages of ICMPv6 that routers are managed with: renumbering (RFC 2894), the destination advertisements of RPL and their
// acknowledgements (RFC 6550 §6.4, §6.5, §6.7), and what nodes answer to questions about themselves (RFC 4620 §6).
#include <algorithm>
#include <cstdio>

#include "dissect/dissection.hpp"
#include "dissect/protocols/icmpv6_rows.hpp"

namespace wiretail::dissect::icmpv6 {
namespace {

void bits(Emit& emit, unsigned whole, unsigned first, unsigned last, uint32_t at, uint32_t width) {
  emit.read(whole, at, width);
  emit.push();
  for (unsigned row = first; row <= last; ++row) emit.read(row, at, width);
  emit.pop();
}

// A prefix to match, and those to use in its place.
void prefix_operation(Emit& emit, uint32_t at, uint32_t end) {
  emit.none(kRrMatch, at, 24);
  emit.push();
  for (unsigned i = 0; i < 6; ++i) emit.read(kRrOpcode + i, at + i, 1);
  emit.bytes(kReserved, at + 6, 2), emit.read(kRrMatchPrefix, at + 8, 16);
  emit.pop();
  for (at += 24; at + 32 <= end; at += 32) {
    emit.none(kRrUse, at, 32);
    emit.push();
    emit.read(kRrUseLen, at, 1), emit.read(kRrKeepLen, at + 1, 1);
    bits(emit, kRrFlagMask, kRrFlagMaskL, kRrFlagMaskRsv, at + 2, 1);
    bits(emit, kRrRaFlags, kRrFlagMaskL, kRrFlagMaskRsv, at + 3, 1);
    emit.read(kRrValid, at + 4, 4), emit.read(kRrPreferred, at + 8, 4);
    bits(emit, kRrUseFlag, kRrUseFlagV, kRrUseFlagRsv, at + 12, 4);
    emit.read(kRrUsePrefix, at + 16, 16);
    emit.pop();
  }
}

void target(Emit& emit, uint32_t at, uint32_t end) {
  const uint8_t* p = emit.at(0);
  const uint32_t prefix_bits = p[at + 1], size = (prefix_bits + 7) / 8;
  if (size > 16) return;
  if (at + 2 + size != end) {
    emit.push(), emit.expert(kInvalidOption, severity::kError, group::kMalformed, "Invalid Option Length"), emit.pop();
    emit.none(kRplTargetFlag, at, 1), emit.read(kRplTargetLength, at + 1, 1);
    if (at + 2 >= end) return;
    emit.bytes(kUnknownData, at + 2, end - at - 2);
    emit.push(), emit.expert(kUnknownNote, severity::kError, group::kMalformed), emit.pop();
    return;
  }
  emit.none(kRplTargetFlag, at, 1), emit.read(kRplTargetLength, at + 1, 1);
  if (!emit.wants(kRplTargetPrefix)) return;
  char whole[16] = {};
  std::copy_n(p + at + 2, size, whole);
  emit.text(kRplTargetPrefix, {whole, sizeof whole}, at + 2, size);
}

void rpl_options(Emit& emit, uint32_t at) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint8_t* p = emit.at(0);
  while (at < have) {
    const uint8_t type = p[at];
    if (type == 0) {  // padding of one byte
      emit.none(kOpt, at, 1);
      emit.push(), emit.read(kRplOptType, at, 1), emit.pop();
      ++at;
      continue;
    }
    if (at + 2 > have) return emit.damage(emit.layer().cap_end < emit.layer().end ? kShort : kMalformed);
    const uint32_t length = p[at + 1], end = at + 2 + length;
    emit.none(kOpt, at, 2 + length);
    emit.push();
    emit.read(kRplOptType, at, 1), emit.read(kRplOptLength, at + 1, 1);
    if (end > have) return emit.pop(), emit.damage(emit.layer().cap_end < emit.layer().end ? kShort : kMalformed);
    if (type == 5 && length >= 2) target(emit, at + 2, end);
    if (type > 9) {
      char text[120];
      std::snprintf(text, sizeof text, "Dissector for ICMPv6 RPL Option (%u) code not implemented, Contact Wireshark developers if you want this supported", type);
      emit.expert(kUndecodedRpl, severity::kNote, group::kUndecoded, text);
      emit.bytes(kData, at + 2, length);
    }
    emit.pop();
    at = end;
  }
}

}  // namespace

void emit_renumbering(Emit& emit) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 16) return;
  const uint8_t* p = emit.at(0);
  emit.read(kRrSequence, 4, 4), emit.read(kRrSegment, 8, 1);
  bits(emit, kRrFlag, kRrFlagT, kRrFlagRsv, 9, 1);
  emit.read(kRrMaxDelay, 10, 2), emit.bytes(kReserved, 12, 4);
  for (uint32_t at = 16; at + 24 <= have;) {
    if (p[1] == 1) {
      emit.none(kRrResult, at, 24);
      emit.push();
      bits(emit, kRrResultFlag, kRrResultB, kRrResultRsv, at, 2);
      emit.read(kRrResultOrdinal, at + 2, 1), emit.read(kRrMatchedLen, at + 3, 1), emit.read(kRrInterface, at + 4, 4), emit.read(kRrMatchedPrefix, at + 8, 16);
      emit.pop();
      at += 24;
    } else if (p[1] == 0) {
      const uint32_t end = std::min(at + std::max(p[at + 1] * 8u, 24u), have);
      prefix_operation(emit, at, end);
      at = end;
    } else {
      return;
    }
  }
}

void emit_node_addresses(Emit& emit) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint16_t type = be16(emit.at(4));
  if (type != 3 && type != 4) return;
  const uint32_t size = type == 3 ? 16 : 4;
  for (uint32_t at = 16; at + 4 + size <= have; at += 4 + size) emit.read(kNiTtl, at, 4), emit.read(type == 3 ? kNiAddress6 : kNiAddress4, at + 4, size);
}

void emit_rpl(Emit& emit) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint8_t* p = emit.at(0);
  const bool ack = p[1] == 3;
  if ((p[1] != 2 && !ack) || have < 8) return;
  emit.read(ack ? kAckInstance : kDaoInstance, 4, 1);
  if (ack) {
    bits(emit, kAckFlag, kAckD, kAckRsv, 5, 1);
    emit.read(kAckSequence, 6, 1), emit.read(kAckStatus, 7, 1);
  } else {
    bits(emit, kDaoFlag, kDaoK, kDaoRsv, 5, 1);
    emit.bytes(kReserved, 6, 1), emit.read(kDaoSequence, 7, 1);
  }
  uint32_t at = 8;
  if (p[5] & (ack ? 0x80 : 0x40)) {
    if (have < 24) return emit.damage(emit.layer().cap_end < emit.layer().end ? kShort : kMalformed);
    emit.read(ack ? kAckDodagId : kDaoDodagId, 8, 16), at = 24;
  }
  rpl_options(emit, at);
}

}  // namespace wiretail::dissect::icmpv6
