// What may follow the quoted packet of an ICMP error, and the addresses of a router advertisement. Sources: icmp_rows.hpp.
#include <algorithm>
#include <cstdio>

#include "dissect/checksum.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/icmp_rows.hpp"

namespace wiretail::dissect::icmp {
namespace {

void mpls(Emit& emit, uint32_t at, uint32_t end) {
  for (; at + 4 <= end; at += 4) emit.read(kMplsLabel, at, 3), emit.read(kMplsExp, at + 2, 1), emit.read(kMplsS, at + 2, 1), emit.read(kMplsTtl, at + 3, 1);
  if (at < end) emit.bytes(kMplsData, at, end - at);
}

// The index is read though the object be too short for it, as in Wireshark.
void interface_information(Emit& emit, uint8_t ctype, uint32_t at, uint32_t end, uint32_t have) {
  const uint32_t where = at - 1;
  emit.read(kRole, where, 1), emit.read(kInfoReserved, where, 1);
  for (unsigned row : {kHasIndex, kHasAddress, kHasName, kHasMtu}) emit.read(row, where, 1);
  if (ctype & 8 && at + 4 <= have) emit.read(kIndex, at, 4), at += 4;
  if (ctype & 4 && at + 4 <= end) {
    const uint16_t family = be16(emit.at(at));
    emit.read(kAfi, at, 2), emit.bytes(kReserved, at + 2, 2);
    at += 4;
    if (family == 1 && at + 4 <= end) emit.read(kInfoIpv4, at, 4), at += 4;
    else if (family == 2 && at + 16 <= end) emit.read(kInfoIpv6, at, 16), at += 16;
    else return;
  }
  if (ctype & 2 && at < end) {
    // The length counts its own byte; a name at the very end of the object is not shown, as in Wireshark.
    const uint32_t length = *emit.at(at);
    emit.read(kNameLength, at, 1);
    if (length && at + 1 + length <= end) emit.wire_text(kName, at + 1, length - 1);
    at += std::max(length, 1u);
  }
  if (ctype & 1 && at + 4 <= end) emit.read(kInfoMtu, at, 4);
}

void interface_identification(Emit& emit, uint8_t ctype, uint32_t at, uint32_t end) {
  if (ctype == 1) {
    emit.wire_text(kIdentName, at, end - at);
  } else if (ctype == 2 && at + 4 <= end) {
    emit.read(kIdentIndex, at, 4);
  } else if (ctype == 3 && at + 4 <= end) {
    const uint16_t family = be16(emit.at(at));
    emit.read(kIdentAfi, at, 2), emit.read(kIdentAddrLength, at + 2, 1), emit.bytes(kIdentReserved, at + 3, 1);
    if (family == 1 && at + 8 <= end) emit.read(kIdentIpv4, at + 4, 4);
    else if (family == 2 && at + 20 <= end) emit.read(kIdentIpv6, at + 4, 16);
  }
}

}  // namespace

void emit_extensions(Emit& emit, uint32_t at) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (at >= have) return;
  emit.none(kExt, at, have - at);
  emit.push();
  if (at + 4 > have) return emit.pop();
  const uint8_t* p = emit.at(0);
  emit.number(kExtVersion, p[at] >> 4, at, 1);
  emit.read(kExtRes, at, 2);
  if (emit.layer().cap_end < emit.layer().end) return emit.pop();  // the sum over the whole structure can not be told
  emit.read(kExtChecksum, at + 2, 2);
  const uint16_t held = be16(p + at + 2), folded = checksum_fold(checksum_sum({p + at, have - at}));
  if (held != 0 && folded != 0xffff) {
    char text[48];
    std::snprintf(text, sizeof text, "Bad checksum [should be 0x%04x]", checksum_should_be(held, folded));
    emit.expert(kExtChecksumBad, severity::kWarning, group::kChecksum, text);
  }
  emit.number(kExtChecksumStatus, held == 0 ? 3 : folded == 0xffff ? 1 : 0);
  for (at += 4; at + 3 <= have;) {
    const uint32_t length = be16(p + at);
    const uint8_t kind = p[at + 2];
    emit.read(kExtLength, at, 2), emit.read(kExtClass, at + 2, 1);
    if (length < 4 || at + 4 > have) break;
    const uint8_t ctype = p[at + 3];
    emit.read(kExtCtype, at + 3, 1);
    const uint32_t end = at + length;
    at += 4;
    if (end > have) {  // what there is of an object that nobody knows
      if (kind > 3 && at < have) emit.bytes(kExtData, at, have - at);
      break;
    }
    if (at < end) {
      if (kind == 1 && ctype == 1) mpls(emit, at, end);
      else if (kind == 1) emit.read(kExtCtype, at - 1, 1), emit.bytes(kExtData, at, end - at);
      else if (kind == 2) interface_information(emit, ctype, at, end, have);
      else if (kind == 3) interface_identification(emit, ctype, at, end);
      else emit.bytes(kExtData, at, end - at);
    }
    at = end;
  }
  emit.pop();
}

void emit_mobile_ip(Emit& emit, uint32_t at) {
  const auto have = static_cast<uint32_t>(emit.data().size());
  const uint8_t* p = emit.at(0);
  while (at < have) {
    const uint8_t type = p[at];
    emit.read(kMipType, at, 1);
    if (type == 0) {
      ++at;
      continue;
    }
    if (at + 2 > have) return;
    const uint32_t length = p[at + 1], end = std::min(at + 2 + length, have);
    emit.read(kMipLength, at + 1, 1);
    at += 2;
    if (type == 16 && at + 6 <= end) {
      emit.read(kMipSeq, at, 2), emit.read(kMipLife, at + 2, 2), emit.read(kMipFlags, at + 4, 2);
      emit.push();
      for (unsigned row = kMipR; row <= kMipReserved; ++row) emit.read(row, at + 4, 2);
      emit.pop();
      for (at += 6; at + 4 <= end; at += 4) emit.read(kMipCoa, at, 4);
    } else if (type == 19) {
      for (; at < end; ++at) emit.read(kMipPrefix, at, 1);
    } else if (type == 24) {
      emit.bytes(kMipChallenge, at, end - at);
    } else {
      emit.bytes(kMipContent, at, end - at);
    }
    at = end;
  }
}

}  // namespace wiretail::dissect::icmp
