// What stands in SCTP's chunks: parameters, causes of errors, and the chunks of its extensions. Sources: sctp_rows.hpp.
#include <algorithm>
#include <string>

#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/sctp_rows.hpp"

namespace wiretail::dissect::sctp {
namespace {

constexpr const char* kPaddingText = "The padding of this final parameter should be the padding of the chunk.";
constexpr uint32_t kMostNested = 4;  // parameters in parameters: an address in a change of addresses, in the cause why it was refused

// Reads from `at` to `end`, each item behind the one before. What is not there makes the packet malformed, and ends the reading.
class Items {
 public:
  Items(Emit& emit, uint32_t at, uint32_t end) : emit_(emit), at_(at), end_(end) {}
  bool read(unsigned row, uint32_t width) {
    if (at_ + width > end_) return fail();
    emit_.read(row, at_, width), at_ += width;
    return true;
  }
  bool fail() {
    if (whole_) emit_.damage(kMalformed);
    return whole_ = false;
  }
  void rest(unsigned row) {
    if (whole_ && at_ < end_) emit_.bytes(row, at_, end_ - at_);
    at_ = end_;
  }
  void each(unsigned row, uint32_t width) {
    while (whole_ && at_ < end_) read(row, width);
  }
  bool whole() const { return whole_; }
  uint32_t at() const { return at_; }

 private:
  Emit& emit_;
  uint32_t at_, end_;
  bool whole_ = true;
};

void parameters(Emit& emit, uint32_t at, uint32_t end, unsigned depth);
void causes(Emit& emit, uint32_t at, uint32_t end, unsigned depth);

bool parameter(Emit& emit, uint16_t type, uint32_t body, uint32_t end, unsigned depth) {
  Items items(emit, body, end);
  switch (type) {
    case 1: items.rest(kHeartbeat); break;
    case 5: items.read(kParameterIpv4, 4); break;
    case 6: items.read(kParameterIpv6, 16); break;
    case 7: items.rest(kStateCookie); break;
    case 9: items.read(kPreservative, 4); break;
    case 11: emit.wire_text(kHostname, body, end - body); break;
    case 12: for (uint32_t i = body; i + 2 <= end; i += 2) emit.read(kAddressType, i, 2); break;
    case 13:
      if (items.read(kReconfigRequest, 4) && items.read(kReconfigResponse, 4) && items.read(kReconfigLastTsn, 4)) items.each(kReconfigSid, 2);
      break;
    case 14: if (items.read(kReconfigRequest, 4)) items.each(kReconfigSid, 2); break;
    case 15: items.read(kReconfigRequest, 4); break;
    case 16:
      if (items.read(kReconfigResponse, 4) && items.read(kReconfigResult, 4) && items.at() < end && items.read(kReconfigSenderTsn, 4)) items.read(kReconfigReceiverTsn, 4);
      break;
    case 17: if (items.read(kReconfigRequest, 4) && items.read(kAddOut, 2)) items.read(kAddOutReserved, 2); break;
    case 18: if (items.read(kReconfigRequest, 4) && items.read(kAddIn, 2)) items.read(kAddInReserved, 2); break;
    case 0x8000: case 0xc000: break;
    case 0x8002: items.rest(kRandom); break;
    case 0x8003: items.each(kAuthenticated, 1); break;
    case 0x8004: items.each(kHmacId, 2); break;
    case 0x8008: items.each(kSupportedChunk, 1); break;
    case 0xc001: case 0xc002: case 0xc003: case 0xc004:
      if (!items.read(kCorrelation, 4) || depth == kMostNested) break;
      emit.push(), type == 0xc003 ? causes(emit, items.at(), end, depth + 1) : parameters(emit, items.at(), end, depth + 1), emit.pop();
      break;
    case 0xc005: items.read(kCorrelation, 4); break;
    case 0xc006: items.read(kAdaptation, 4); break;
    default: items.rest(kParameterValue);
  }
  return items.whole();
}

void parameters(Emit& emit, uint32_t at, uint32_t end, unsigned depth) {
  const uint8_t* p = emit.at(0);
  while (at + 4 <= end) {
    const uint16_t type = be16(p + at);
    const uint32_t length = be16(p + at + 2), padding = -length & 3u;
    if (!length) return emit.damage(kMalformed);
    if (at + length > end) {
      if ((end - at) % 4 && !depth) {
        emit.expert(kPaddingNote, severity::kNote, group::kMalformed, kPaddingText);
      } else if ((end - at) % 4) {
        std::string text = "Parameter length is not padded to a multiple of 4 bytes (length=";
        append_uint(text, end - at), text += ')';
        emit.expert(kParameterLengthBad, severity::kError, group::kMalformed, text);
      }
    } else if (padding && at + length + padding == end) {
      emit.expert(kPaddingNote, severity::kNote, group::kMalformed, kPaddingText);
    }
    emit.read(kParameterType, at, 2), emit.push(), emit.read(kParameterBit1, at, 2), emit.read(kParameterBit2, at, 2), emit.pop(), emit.read(kParameterLength, at + 2, 2);
    if (length < 4 || at + length > end) return emit.damage(kMalformed);
    if (!parameter(emit, type, at + 4, at + length, depth)) return;
    if (padding && at + length + padding <= end) emit.bytes(kParameterPadding, at + length, padding);
    at += length + padding;
  }
  if (at < end) emit.damage(kMalformed);
}

bool cause(Emit& emit, uint16_t code, uint32_t body, uint32_t end, unsigned depth) {
  Items items(emit, body, end);
  switch (code) {
    case 1: if (items.read(kCauseStream, 2)) items.read(kCauseReserved, 2); break;
    case 2: if (items.read(kMissingCount, 4)) items.each(kMissing, 2); break;
    case 3: items.read(kStaleness, 4); break;
    case 5: case 8: case 11: case 160: case 161: case 162: case 164:
      if (code != 8 && code != 11 && body == end) return items.fail();
      if (depth < kMostNested) emit.push(), parameters(emit, body, end, depth + 1), emit.pop();
      break;
    case 4: case 7: case 10: break;
    case 6:  // the chunk's own head, and what it carries if nobody knows it
      if (!items.read(kChunkType, 1)) break;
      emit.push(), emit.read(kChunkBit1, body, 1), emit.read(kChunkBit2, body, 1), emit.pop();
      if (items.read(kChunkFlags, 1) && items.read(kChunkLength, 2)) items.rest(kChunkValue);
      break;
    case 9: items.read(kCauseTsn, 4); break;
    case 261: items.read(kHmacId, 2); break;
    default: items.rest(kCauseInformation);
  }
  return items.whole();
}

void causes(Emit& emit, uint32_t at, uint32_t end, unsigned depth) {
  const uint8_t* p = emit.at(0);
  while (at + 4 <= end) {
    const uint32_t length = be16(p + at + 2), padding = -length & 3u;
    if (!length) return emit.damage(kMalformed);
    emit.read(kCauseCode, at, 2), emit.read(kCauseLength, at + 2, 2);
    if (length < 4 || at + length > end) return emit.damage(kMalformed);
    if (!cause(emit, be16(p + at), at + 4, at + length, depth)) return;
    if (padding && at + length + padding <= end) emit.bytes(kCausePadding, at + length, padding);
    at += length + padding;
  }
  if (at < end) emit.damage(kMalformed);
}

// Blocks of one of the two kinds that an NR-SACK has; false if they are not all there.
bool blocks(Emit& emit, Items& items, unsigned count, unsigned first, unsigned note, uint32_t acked_to, const char* text) {
  GapBlocks all;
  for (unsigned i = 0; i < count; ++i) {
    const uint8_t* p = emit.at(items.at());  // read where it is known to be there
    if (!items.read(first, 2)) return false;
    emit.number(first + 1, acked_to + be16(p), items.at() - 2, 2);
    if (!items.read(first + 2, 2)) return false;
    const uint16_t from = be16(p), to = be16(p + 2);
    emit.number(first + 3, acked_to + to, items.at() - 2, 2);
    all.add(emit, from, to);
  }
  if (count) all.total(emit, first + 4, note, text);
  return true;
}

void nr_sack(Emit& emit, uint32_t at, uint32_t end) {
  Items items(emit, at + 4, end);
  const uint8_t* p = emit.at(at);
  for (auto [row, width] : {std::pair{kNrTsn, 4u}, {kNrRwnd, 4u}, {kNrGaps, 2u}, {kNrNrGaps, 2u}, {kNrDuplicates, 2u}, {kNrReserved, 2u}})
    if (!items.read(row, width)) return;
  const uint32_t acked_to = be32(p + 4);
  if (!blocks(emit, items, be16(p + 12), kNrGapStart, kNrGapMany, acked_to, "More than 100 TSNs were gap-acknowledged in this NR-SACK.")) return;
  if (!blocks(emit, items, be16(p + 14), kNrNrGapStart, kNrNrGapMany, acked_to, "More than 100 TSNs were nr-gap-acknowledged in this NR-SACK.")) return;
  for (unsigned i = 0; i < be16(p + 16); ++i)
    if (!items.read(kNrDuplicate, 4)) return;
}

}  // namespace

void GapBlocks::add(Emit& emit, uint16_t from, uint16_t to) {
  emit.push();
  if (to < from) emit.expert(kSackGapMalformed, severity::kError, group::kProtocol, "Malformed gap block.");
  else if (from < before_) emit.expert(kSackGapOrder, severity::kWarning, group::kProtocol, "Gap blocks not in strict order.");
  emit.pop();
  before_ = to;
  acked_ += to + 1u - from;
}

void GapBlocks::total(Emit& emit, unsigned row, unsigned note, std::string_view text) const {
  emit.number(row, acked_);
  if (acked_ > 100) emit.push(), emit.expert(note, severity::kWarning, group::kSequence, text), emit.pop();
}

void parameters(Emit& emit, uint32_t at, uint32_t end) { parameters(emit, at, end, 0); }
void causes(Emit& emit, uint32_t at, uint32_t end) { causes(emit, at, end, 0); }

bool extension_chunk(Emit& emit, uint8_t type, uint32_t at, uint32_t end) {
  const uint8_t* p = emit.at(at);
  Items items(emit, at + 4, end);
  switch (type) {
    case 13: items.read(kCwrTsn, 4); return true;
    case 15:
      if (items.read(kKeyId, 2) && items.read(kHmacId, 2)) items.rest(kHmac);
      return true;
    case 16: nr_sack(emit, at, end); return true;
    case 64:  // RFC 8260: the number of the message for its stream, and of the fragment, which the first has no need of
      if (end < at + 20) return true;
      items.read(kTsnRaw, 4), items.read(kSid, 2), items.read(kDataReserved, 2), items.read(kMid, 4), items.read(p[1] & 2 ? kPpid : kFsn, 4);
      return true;
    case 128: case 193:
      if (items.read(type == 193 ? kAsconfNumber : kAsconfAckNumber, 4)) parameters(emit, at + 8, end);
      return true;
    case 129:
      if (end < at + 16) return true;
      items.read(kDropBandwidth, 4), items.read(kDropQueue, 4), items.read(kDropTruncated, 2), items.read(kDropReserved, 2);
      items.rest(kDropData);
      return true;
    case 130: parameters(emit, at + 4, end); return true;
    case 132: emit.bytes(kPaddingData, at + 4, end - at - 4); return true;
    case 194:
      if (end < at + 8) return true;
      items.read(kIForwardTsn, 4);
      while (items.whole() && items.at() < end) {
        const uint32_t flags = items.at() + 2;
        if (!items.read(kIForwardSid, 2) || !items.read(kIForwardFlags, 2)) break;
        emit.push(), emit.read(kIForwardReserved, flags, 2), emit.read(kIForwardU, flags, 2), emit.pop();
        items.read(kIForwardMid, 4);
      }
      return true;
    default: return false;
  }
}

}  // namespace wiretail::dissect::sctp
