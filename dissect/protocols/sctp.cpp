// Stream Control Transmission Protocol: the common header, the chunks and their parameters. RFC 9260; forward TSN: RFC 3758;
// registered payloads and names: IANA. User messages are data of their own, put together from their fragments; what came before is not
// dissected again. The applications above are not walked.
#include <algorithm>
#include <cstring>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/sctp_rows.hpp"

namespace wiretail::dissect {
namespace {

using namespace sctp;  // the rows

constexpr uint32_t kHeader = 12, kNoAssociation = 65535;  // Wireshark's index while it does not analyse associations
static_assert(rows_fit(kRows, kHeader));

// What state says of one DATA chunk.
struct ChunkFacts {
  uint32_t at = 0;                       // the chunk, in its layer
  uint64_t first_frame = 0;              // where its number came first, if it is a retransmission
  Time since;
  const SctpMessage* message = nullptr;  // that it completes
  uint8_t buffer = 0;
};
// What the numbers of a packet's chunks count from, and what is known of the chunks; LayerRef::extra. Lives in the arena.
struct Facts {
  uint32_t own = 0, other = 0;
  bool has_own = false, seen_other = false;  // the other direction: of any packet
  ChunkFacts* chunks = nullptr;
  uint32_t count = 0;
  const ChunkFacts* chunk(uint32_t at) const {
    for (uint32_t i = 0; i < count; ++i)
      if (chunks[i].at == at) return &chunks[i];
    return nullptr;
  }
};
Facts* facts_of(const Dissection& d, const LayerRef& l) { return l.extra ? static_cast<Facts*>(const_cast<void*>(d.app_facts[l.extra - 1])) : nullptr; }

// DATA, and I-DATA of interleaved messages: their numbers are of one kind.
bool is_data(uint8_t type) { return type == 0 || type == 64; }
uint32_t head_of(uint8_t type) { return type == 0 ? 16 : 20; }

// Calls visit(type, at, length): chunks whose header is there, in order. False ends it.
template <class Visit>
void each_chunk(const uint8_t* p, uint32_t have, Visit&& visit) {
  for (uint32_t at = kHeader; at + 4 <= have;) {
    const uint32_t length = be16(p + at + 2);
    if (!visit(p[at], at, length) || length < 4) return;
    at += (length + 3) & ~3u;
  }
}

SctpPath path_of(const Dissection& d, const LayerRef& network, uint32_t ports, bool back) {
  SctpPath path;
  path.ports = ports;
  const size_t size = network.proto == id::kIp ? 4 : 16;
  const uint8_t* ip = d.at(network) + (size == 4 ? 12 : 8);
  std::memcpy(path.addresses.data() + (back ? 16 : 0), ip, size), std::memcpy(path.addresses.data() + (back ? 0 : 16), ip + size, size);
  return path;
}

// The packet's association: its numbers' bases, and which numbers came before.
void find_association(Walk& w, LayerRef& layer) {
  const LayerRef* network = &layer;
  while (network != w.d.layers.begin() && network->proto != id::kIp && network->proto != id::kIpv6) --network;
  if (!w.trackers() || network == w.d.layers.begin()) return;
  const uint8_t* p = w.d.at(layer);
  const uint32_t have = layer.cap_end - layer.offset, tag = be32(p + 4);
  const uint32_t ports = uint32_t{be16(p)} << 16 | be16(p + 2), back = uint32_t{be16(p + 2)} << 16 | be16(p);
  SctpAssociations& known = w.trackers()->sctp;
  auto* made = w.d.arena.make<Facts>();
  const bool cut = layer.cap_end < layer.end;
  uint32_t data = 0;
  each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (cut && at + length > have) return false;
    if (type == 2 && have - at >= 8) {  // an INIT ACK answers to one end's tag and tells the other's
      const uint32_t other_tag = be32(p + at + 4);
      SctpHalf& other = known.half(back, other_tag);
      other.peer_tag = tag, other.has_peer = true;
      SctpHalf& own = known.half(ports, tag);
      own.peer_tag = other_tag, own.has_peer = true;
    }
    data += is_data(type) && have - at >= 8;
    return true;
  });
  if (data) {
    known.note_path(path_of(w.d, *network, ports, false), tag);
    made->chunks = reinterpret_cast<ChunkFacts*>(w.d.arena.take(data * sizeof(ChunkFacts) + alignof(ChunkFacts)));
    made->chunks = reinterpret_cast<ChunkFacts*>((reinterpret_cast<uintptr_t>(made->chunks) + alignof(ChunkFacts) - 1) & ~(alignof(ChunkFacts) - 1));
    each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
      if (cut && at + length > have) return false;
      if (!is_data(type) || have - at < 8) return true;
      const uint32_t tsn = be32(p + at + 4);
      SctpHalf& own = known.half(ports, tag);
      if (!own.has_base) own.base = tsn, own.has_base = true;
      const SctpFirst first = known.first_of(ports, tag, tsn, w.d.packet.number, w.d.packet.time);
      ChunkFacts* chunk = new (made->chunks + made->count++) ChunkFacts;
      chunk->at = at;
      if (first.frame != w.d.packet.number) chunk->first_frame = first.frame, chunk->since = w.d.packet.time - first.time;
      return true;
    });
  }
  // An INIT's tag is nobody's.
  if (const SctpPath path = path_of(w.d, *network, ports, false); !data && tag && !known.last_tag(path)) known.note_path(path, tag);
  const SctpHalf* own = known.find(ports, tag);
  if (own && own->has_base) made->own = own->base, made->has_own = true;
  const uint32_t* other_tag = own && own->has_peer ? &own->peer_tag : known.last_tag(path_of(w.d, *network, back, true));
  const SctpHalf* other = other_tag ? known.find(back, *other_tag) : nullptr;
  if (other && other->has_base) made->other = other->base;
  made->seen_other = other_tag;
  layer.extra = static_cast<uint16_t>(w.d.keep_facts(made));
}

// A piece of a user message; the message if this completes it.
const SctpMessage* put_together(Walk& w, const Facts& facts, const uint8_t* packet, uint32_t at, uint32_t length) {
  const uint8_t* p = packet + at;
  const uint32_t ports = uint32_t{be16(packet)} << 16 | be16(packet + 2);
  SctpAssociations& known = w.trackers()->sctp;
  SctpPiece piece;
  piece.tsn = be32(p + 4) - facts.own, piece.frame = w.d.packet.number;
  piece.begins = p[1] & 2, piece.ends = p[1] & 1;
  return known.add(known.half(ports, be32(packet + 4)), be16(p + 8), be16(p + 10), p[1] & 4, std::move(piece), {p + 16, length - 16});
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kSctp, region, kHeader);
  LayerRef* layer = w.push(id::kSctp, region, region.length());
  if (!layer) return {};
  if (!(region.flags & kQuoted)) find_association(w, *layer);
  Facts* facts = facts_of(w.d, *layer);
  const uint8_t* p = w.at(region);
  const uint32_t have = region.captured();
  const uint32_t index = w.d.layers.count - 1;
  each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (at + length > have && have < region.length()) return false;
    length = std::min(length, have - at);
    if (!is_data(type) || length <= head_of(type)) return true;
    auto* chunk = facts ? const_cast<ChunkFacts*>(facts->chunk(at)) : nullptr;
    if (chunk && chunk->first_frame) return true;
    Region message = region;
    message.offset = region.offset + at + head_of(type);
    message.cap_end = message.end = region.offset + at + length;
    if ((p[at + 1] & 3) != 3) {
      const SctpMessage* whole = chunk && type == 0 ? put_together(w, *facts, p, at, length) : nullptr;
      if (!whole) return true;
      chunk->message = whole, chunk->buffer = w.d.add_buffer(whole->bytes, "Reassembled SCTP Message");
      if (!chunk->buffer) return true;
      const auto size = static_cast<uint32_t>(whole->bytes.size());
      message = {0, size, size, chunk->buffer, region.flags, region.depth};
    }
    ++message.depth;
    w.run(w.data(message));
    return !w.d.layers.too_many;
  });
  if (have < region.length()) w.damage(w.d.layers.stack[index], kShort);
  return {};
}

void sack(Emit& emit, uint32_t at, uint32_t end, const Facts* facts) {
  const uint8_t* p = emit.at(0);
  const uint32_t raw = be32(p + at + 4), base = facts ? facts->other : 0;
  emit.read(kSackNounce, at + 1, 1);
  if (!facts || facts->seen_other) emit.number(kSackTsn, raw - base, at + 4, 4);
  emit.number(kSackTsnRaw, raw, at + 4, 4);
  emit.read(kSackRwnd, at + 8, 4);
  if (be32(p + at + 8) == 0) emit.push(), emit.expert(kSackZeroWindow, severity::kNote, group::kSequence, "Zero Advertised Receiver Window Credit"), emit.pop();
  emit.read(kSackGaps, at + 12, 2), emit.read(kSackDuplicates, at + 14, 2);
  uint32_t next = at + 16;
  GapBlocks blocks;
  const unsigned gaps = be16(p + at + 12), duplicates = be16(p + at + 14);
  for (unsigned i = 0; i < gaps && next + 4 <= end; ++i, next += 4) {
    const uint16_t from = be16(p + next), to = be16(p + next + 2);
    emit.read(kSackGapStart, next, 2), emit.number(kSackGapStartTsn, raw - base + from, next, 2);
    emit.read(kSackGapEnd, next + 2, 2), emit.number(kSackGapEndTsn, raw - base + to, next + 2, 2);
    blocks.add(emit, from, to);
  }
  if (gaps) blocks.total(emit, kSackGapTsns, kSackGapMany, "More than 100 TSNs were gap-acknowledged in this SACK.");
  for (unsigned i = 0; i < duplicates && next + 4 <= end; ++i, next += 4) emit.read(kSackDuplicate, next, 4);
}

void retransmission(Emit& emit, const ChunkFacts* chunk) {
  if (!chunk || !chunk->first_frame) return;
  emit.push();
  emit.number(kRetransmission, chunk->first_frame);
  emit.push();
  emit.expert(kRetransmitted, severity::kNote, group::kSequence, "Retransmitted TSN");
  emit.time(kRetransmissionTime, chunk->since);
  emit.pop(), emit.pop();
}

void fragments(Emit& emit, const ChunkFacts& chunk) {
  const SctpMessage& m = *chunk.message;
  const auto size = static_cast<uint32_t>(m.bytes.size());
  std::string line;
  emit.put_in_buffer(kFragments, Value{}, chunk.buffer, 0, size);
  if (emit.showing()) {
    line = "Reassembled SCTP Fragments (", append_uint(line, size), line += " bytes, ", append_uint(line, m.pieces.size()), line += " fragments): ";
    emit.shown(line);
  }
  emit.push();
  uint32_t offset = 0;
  for (const SctpPiece& piece : m.pieces) {
    emit.put_in_buffer(kFragment, Value::of_uint(piece.frame), chunk.buffer, offset, piece.length);
    if (emit.showing()) {  // Wireshark counts the places from the message's length on
      line = "Frame: ", append_uint(line, piece.frame), line += ", payload: ", append_uint(line, size + offset), line += '-', append_uint(line, size + offset + piece.length - 1);
      line += " (", append_uint(line, piece.length), line += " bytes)";
      emit.shown(line);
    }
    offset += piece.length;
  }
  emit.pop();
}

void details(Emit& emit) {
  emit.fixed(kSrcPort, kTag);
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < kHeader) return;
  const uint8_t* p = emit.at(0);
  const Facts* facts = facts_of(emit.packet(), emit.layer());
  const LayerRef& layer = emit.layer();
  const bool cut = layer.cap_end < layer.end;
  if (!cut) emit.number(kAssociation, kNoAssociation), emit.shown("[Association index: disabled (enable in preferences)]");
  emit.fixed(kChecksum);
  emit.remark(" [unverified]");
  emit.number(kChecksumStatus, 2);
  each_chunk(p, have, [&](uint8_t type, uint32_t at, uint32_t length) {
    if (cut && at + length > have) return false;  // nothing is said of a chunk of which not all was captured
    emit.read(kChunkType, at, 1);
    emit.push(), emit.read(kChunkBit1, at, 1), emit.read(kChunkBit2, at, 1), emit.pop();
    emit.read(kChunkFlags, at + 1, 1);
    const uint32_t end = std::min(at + length, have), body = at + 4;
    if (is_data(type) && length >= head_of(type)) {
      emit.push();
      for (unsigned row = kDataI; row <= kDataE; ++row) emit.read(row, at + 1, 1);
      emit.pop();
    }
    if (type == 16) emit.push(), emit.read(kNrNounce, at + 1, 1), emit.pop();
    if (type == 129 && length >= 16) emit.push(), emit.read(kDropM, at + 1, 1), emit.read(kDropB, at + 1, 1), emit.read(kDropT, at + 1, 1), emit.pop();
    if (type == 14) emit.read(kShutdownT, at + 1, 1);
    if (type == 6) emit.read(kAbortT, at + 1, 1);
    emit.read(kChunkLength, at + 2, 2);
    if (length < 4) return false;
    const uint32_t base = facts && facts->has_own ? facts->own : 0;
    if (at + length > have) {
      std::string text = "Chunk length (";
      append_uint(text, length), text += ") is longer than remaining data (", append_uint(text, have - at), text += ") in the packet.";
      emit.push(), emit.expert(kChunkLengthBad, severity::kError, group::kMalformed, text), emit.pop();
      emit.damage(kMalformed);
    }
    const auto number = [&] { emit.number(kTsn, be32(p + body) - base, body, 4), retransmission(emit, facts ? facts->chunk(at) : nullptr); };
    switch (type) {
      case 0:
        if (end < at + 16) break;
        number();
        emit.read(kTsnRaw, body, 4), emit.read(kSid, at + 8, 2), emit.read(kSsn, at + 10, 2), emit.read(kPpid, at + 12, 4);
        if (const ChunkFacts* chunk = facts ? facts->chunk(at) : nullptr; chunk && chunk->message) fragments(emit, *chunk);
        break;
      case 1: case 2: {
        if (end < at + 20) break;
        const unsigned first = type == 1 ? kInitTag : kInitAckTag;
        emit.read(kInitiateTag, body, 4);
        emit.read(first, body, 4), emit.read(first + 1, body + 4, 4), emit.read(first + 2, body + 8, 2), emit.read(first + 3, body + 10, 2), emit.read(first + 4, body + 12, 4);
        parameters(emit, at + 20, end);
        break;
      }
      case 3: if (end >= at + 16) sack(emit, at, end, facts); break;
      case 4: case 5: parameters(emit, body, end); break;
      case 6: case 9: causes(emit, body, end); break;
      case 7: emit.read(kShutdownTsn, body, 4); break;
      case 10: if (end > body) emit.bytes(kCookie, body, end - body); break;
      case 12: emit.read(kEcneTsn, body, 4); break;
      case 192:
        emit.read(kForwardTsn, body, 4);
        for (uint32_t i = body + 4; i + 4 <= end; i += 4) emit.read(kForwardSid, i, 2), emit.read(kForwardSsn, i + 2, 2);
        break;
      case 8: case 11: case 14: break;
      case 64:
        if (end >= at + 20) number();
        [[fallthrough]];
      default: if (!extension_chunk(emit, type, at, end) && end > body) emit.bytes(kChunkValue, body, end - body);
    }
    if (emit.layer().flags & kMalformed) return false;  // nothing is read behind it
    const uint32_t padding = -length & 3u;
    if (padding && at + length + padding <= have) emit.bytes(kChunkPadding, at + length, padding);
    return true;
  });
}

// The end of the last gap block stands behind the number that all are acknowledged to.
void acked_gap(std::string& info, const uint8_t* chunk, uint32_t left) {
  const uint32_t gaps = left >= 16 ? be16(chunk + 12) : 0, last = 12 + gaps * 4;
  if (!gaps || last + 4 > left || last + 4 > be16(chunk + 2) || !be16(chunk + last + 2)) return;
  info += '+', append_uint(info, be16(chunk + last + 2));
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("SCTP");
  const uint32_t have = l.cap_end - l.offset;
  std::string info;
  const Facts* facts = facts_of(d, l);
  if (have >= kHeader)
    each_chunk(d.at(l), have, [&](uint8_t type, uint32_t at, uint32_t length) {
      const uint8_t* chunk = d.at(l) + at;
      const std::string_view name = value_name(kChunkTypes, type);
      info += name.empty() ? "RESERVED" : name, info += ' ';
      if (l.cap_end < l.end && at + length > have) return false;
      if (is_data(type) && at + 8 <= have && be16(chunk + 2) >= head_of(type)) {
        info += "(TSN=", append_uint(info, be32(chunk + 4) - (facts && facts->has_own ? facts->own : 0)), info += ") ";
        const ChunkFacts* known = facts ? facts->chunk(at) : nullptr;
        if (known && known->first_frame) info += "(retransmission) ";
        else if ((chunk[1] & 3) != 3 && be16(chunk + 2) > head_of(type) && !(known && known->message)) info += "(Message Fragment) ";
      }
      if (type == 3 && at + 12 <= have) info += "(Ack=", append_uint(info, be32(chunk + 4) - (facts ? facts->other : 0)), acked_gap(info, chunk, have - at), info += ", Arwnd=", append_uint(info, be32(chunk + 8)), info += ") ";
      return true;
    });
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Stream Control Transmission Protocol";
  if (l.cap_end - l.offset < 4) return;
  for (auto [before, at] : {std::pair{", Src Port: ", 0}, {", Dst Port: ", 2}}) {
    const uint16_t port = be16(d.at(l) + at);
    out += before, append_uint(out, port), out += " (", append_uint(out, port), out += ')';
  }
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 132}};

}  // namespace

const ProtocolDef kSctpDef = {.name = "sctp", .long_name = "Stream Control Transmission Protocol", .short_name = "SCTP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .judges = true};

}  // namespace wiretail::dissect
