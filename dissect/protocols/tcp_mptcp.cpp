// The Multipath TCP option's fields. RFC 8684 §3, RFC 6824 for version 0.
#include "dissect/protocols/tcp_details.hpp"
#include "dissect/protocols/tcp_rows.hpp"

namespace wiretail::dissect::tcp {
namespace {

enum Subtype : uint8_t { kCapable, kJoin, kSignal, kAddAddress, kRemoveAddress, kPriority, kFail, kFastClose, kReset };

void capable(Emit& emit, uint32_t at, uint32_t length) {
  const uint8_t* p = emit.at(at);
  emit.read(kMpVersion, at + 2, 1);
  if (length < 4) return;
  emit.read(kMpFlags, at + 3, 1);
  emit.read(kMpChecksumreqFlags, at + 3, 1);
  emit.read(kMpExtensibilityFlag, at + 3, 1);
  if (p[2] & 15) emit.read(kMpNomoresubflowsFlag, at + 3, 1), emit.read(kMpSha256Flag, at + 3, 1), emit.number(kMpReservedFlag, p[3] >> 1 & 0xf, at + 3, 1);
  else emit.read(kMpSha1Flag, at + 3, 1), emit.read(kMpReservedFlag, at + 3, 1);
  if (length >= 12) emit.read(kMpSendkey, at + 4, 8);
  if (length >= 20) emit.read(kMpRecvkey, at + 12, 8);
  if (length >= 22) emit.read(kMpDatalvllen, at + 20, 2);
  if (length >= 24) emit.read(kMpChecksum, at + 22, 2);
}

void join(Emit& emit, uint32_t at, uint32_t length) {
  if (length == 24) {
    emit.read(kMpReserved, at + 2, 2);
    return emit.bytes(kMpSendhmac, at + 4, 20);
  }
  if (length != 12 && length != 16) return;
  emit.read(kMpFlags, at + 2, 1);
  emit.read(kMpBackupFlag, at + 2, 1);
  emit.read(kMpAddrid, at + 3, 1);
  if (length == 12) emit.read(kMpRecvtok, at + 4, 4), emit.read(kMpSendrand, at + 8, 4);
  else emit.read(kMpSendtrunchmac, at + 4, 8), emit.read(kMpSendrand, at + 12, 4);
}

void signal(Emit& emit, uint32_t at, uint32_t length) {
  if (length < 4) return;
  const uint8_t flags = *emit.at(at + 3);
  for (unsigned row : {kMpFlags, kMpDatafinFlag, kMpDseqn8Flag, kMpDseqnpresentFlag, kMpDataack8Flag, kMpDataackpresentFlag}) emit.read(row, at + 3, 1);
  uint32_t i = at + 4;
  const uint32_t end = at + length;
  auto take = [&](unsigned row, uint32_t width) {
    if (i + width > end) return false;
    emit.read(row, i, width);
    i += width;
    return true;
  };
  if (flags & 1 && !take(kMpRawdataack, flags & 2 ? 8 : 4)) return;
  if (!(flags & 4)) return;
  if (!take(kMpRawdataseqno, flags & 8 ? 8 : 4) || !take(kMpSubflowseqno, 4) || !take(kMpDatalvllen, 2)) return;
}

void add_address(Emit& emit, uint32_t at, uint32_t length) {
  if (length < 8) return;
  const uint8_t low = *emit.at(at + 2) & 15;
  const bool versioned = low == 4 || low == 6;  // the version of the address in place of the echo flag: MPTCP version 0
  const bool v6 = versioned ? low == 6 : length == 20 || length == 22 || length == 28 || length == 30;
  if (versioned) emit.read(kMpIpver, at + 2, 1);
  else emit.read(kMpEcho, at + 2, 1);
  emit.read(kMpAddrid, at + 3, 1);
  uint32_t i = at + 4;
  const uint32_t end = at + length;
  if (i + (v6 ? 16 : 4) > end) return;
  emit.read(v6 ? kMpIpv6 : kMpIpv4, i, v6 ? 16 : 4);
  i += v6 ? 16 : 4;
  if ((end - i) % 8 == 2) emit.read(kMpPort, i, 2), i += 2;
  if (i + 8 <= end) emit.read(kMpAddaddrtrunchmac, i, 8);
}

}  // namespace

void mptcp_details(Emit& emit, uint32_t at, uint32_t length) {
  if (length < 3) return;
  emit.read(kMptcpSubtype, at + 2, 1);
  switch (*emit.at(at + 2) >> 4) {
    case kCapable: return capable(emit, at, length);
    case kJoin: return join(emit, at, length);
    case kSignal: return signal(emit, at, length);
    case kAddAddress: return add_address(emit, at, length);
    case kRemoveAddress:
      for (uint32_t i = at + 3; i < at + length; ++i) emit.read(kMpAddrid, i, 1);
      return;
    case kPriority:
      emit.read(kMpFlags, at + 2, 1);
      emit.read(kMpBackupFlag, at + 2, 1);
      if (length == 4) emit.read(kMpAddrid, at + 3, 1);
      return;
    case kFail:
      emit.read(kMpReserved, at + 2, 2);
      if (length == 12) emit.read(kMpRawdataseqno, at + 4, 8);
      return;
    case kFastClose:
      emit.read(kMpReserved, at + 2, 2);
      if (length == 12) emit.read(kMpRecvkey, at + 4, 8);
      return;
    case kReset:
      emit.read(kMpFlags, at + 2, 1);
      for (unsigned row : {kMpFlagUFlag, kMpFlagVFlag, kMpFlagWFlag, kMpFlagTFlag}) emit.read(row, at + 2, 1);
      if (length >= 4) emit.read(kMpRstReason, at + 3, 1);
      return;
    default: return;
  }
}

}  // namespace wiretail::dissect::tcp
