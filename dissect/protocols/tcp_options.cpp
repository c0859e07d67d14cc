// TCP options: their fields and what the Info column says of them.
#include "dissect/format.hpp"
#include "dissect/protocols/tcp_details.hpp"
#include "dissect/protocols/tcp_rows.hpp"

namespace wiretail::dissect::tcp {
namespace {

enum Kind : uint8_t { kEnd = 0, kNop = 1, kMss = 2, kWindowScale = 3, kSackPermitted = 4, kSack = 5, kTimestamps = 8, kMd5Signature = 19, kUserTimeout = 28, kMptcp = 30, kFastOpen = 34, kExperiment1 = 253, kExperiment2 = 254 };

// Calls f(kind, offset, length) for each option that fits; offsets from the segment's start.
template <class F>
void each(const uint8_t* p, uint32_t header, F&& f) {
  for (uint32_t at = 20; at < header;) {
    uint8_t kind = p[at];
    if (kind == kEnd || kind == kNop) {
      f(kind, at, 1u);
      if (kind == kEnd) return;
      ++at;
      continue;
    }
    if (at + 1 >= header) return;
    uint32_t length = p[at + 1];
    if (length < 2 || at + length > header) return;
    f(kind, at, length);
    at += length;
  }
}

}  // namespace

void option_details(Emit& emit, uint32_t header, uint32_t other_base) {
  if (header <= 20) return;
  emit.bytes(kOptions, 20, header - 20);
  emit.push();
  const uint8_t* p = emit.at(0);
  const uint32_t ack = be32(p + 8);
  each(p, header, [&](uint8_t kind, uint32_t at, uint32_t length) {
    emit.number(kOptionKind, kind, at, 1);
    if (kind == kEnd || kind == kNop) return;
    emit.number(kOptionLen, length, at + 1, 1);
    switch (kind) {
      case kMss: if (length == 4) emit.read(kMssVal, at + 2, 2); break;
      case kWindowScale:
        if (length != 3) break;
        emit.read(kWscaleShift, at + 2, 1);
        emit.number(kWscaleMultiplier, 1u << std::min<uint8_t>(p[at + 2], 14), at + 2, 1);
        break;
      case kSack: {
        uint32_t blocks = 0;
        for (uint32_t i = at + 2; i + 8 <= at + length; i += 8, ++blocks) {
          uint32_t left = be32(p + i), right = be32(p + i + 4);
          emit.number(kSackLe, left - other_base, i, 4);
          emit.number(kSackRe, right - other_base, i + 4, 4);
          // A block below the acknowledgement says what arrived twice (RFC 2883).
          if (blocks == 0 && static_cast<int32_t>(left - ack) < 0) {
            emit.number(kDsackLe, left - other_base, i, 4);
            emit.number(kDsackRe, right - other_base, i + 4, 4);
          }
        }
        emit.number(kSackCount, blocks);
        break;
      }
      case kTimestamps:
        if (length != 10) break;
        emit.read(kTsVal, at + 2, 4);
        emit.read(kTsEcr, at + 6, 4);
        break;
      case kMd5Signature: emit.bytes(kMd5, at + 2, length - 2); break;
      case kUserTimeout:
        if (length != 4) break;
        emit.read(kUserToGranularity, at + 2, 2);
        emit.read(kUserToVal, at + 2, 2);
        break;
      case kFastOpen:
        if (length == 2) emit.none(kTfoRequest, at, 2);
        else emit.bytes(kTfoCookie, at + 2, length - 2);
        break;
      case kMptcp: if (length > 2) emit.read(kMptcpSubtype, at + 2, 1); break;
      case kExperiment1:
      case kExperiment2:
        if (length >= 4) {
          emit.read(kExpExid, at + 2, 2);
          if (length > 4) emit.bytes(kExpData, at + 4, length - 4);
        }
        break;
      case kSackPermitted: break;
      default:
        if (length > 2) emit.bytes(kUnknownPayload, at + 2, length - 2);
    }
  });
  emit.pop();
}

void append_option_info(std::string& out, const uint8_t* p, uint32_t header, uint32_t other_base) {
  auto number = [&](std::string_view name, uint32_t v) {
    out += ' ', out += name, out += '=';
    append_uint(out, v);
  };
  each(p, header, [&](uint8_t kind, uint32_t at, uint32_t length) {
    switch (kind) {
      case kMss: if (length == 4) number("MSS", be16(p + at + 2)); break;
      case kWindowScale: if (length == 3) number("WS", 1u << std::min<uint8_t>(p[at + 2], 14)); break;
      case kSackPermitted: out += " SACK_PERM"; break;
      case kSack:
        for (uint32_t i = at + 2; i + 8 <= at + length; i += 8) number("SLE", be32(p + i) - other_base), number("SRE", be32(p + i + 4) - other_base);
        break;
      case kTimestamps:
        if (length == 10) number("TSval", be32(p + at + 2)), number("TSecr", be32(p + at + 6));
        break;
      case kMd5Signature: out += " MD5"; break;
      case kFastOpen: out += length == 2 ? " TFO=R" : " TFO=C"; break;
      default: break;
    }
  });
}

}  // namespace wiretail::dissect::tcp
