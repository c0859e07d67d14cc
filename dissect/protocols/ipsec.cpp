// IPsec: the authentication header (RFC 4302), what it protects being walked further, and the clear part of encapsulated
// security payloads (RFC 4303).
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/connections/trackers.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ip_proto.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

enum AhRow : unsigned { kAhNext, kAhLength, kAhReserved, kAhSpi, kAhIcv, kAhSequence };

constexpr FieldRow kAhRows[] = {
    {.name = "ah.next_header", .label = "Next header", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .names = ip_proto::kNames},
    {.name = "ah.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1, 1)},
    {.name = "ah.reserved", .label = "Reserved", .type = FieldType::kBytes, .fixed = at(2, 2)},
    {.name = "ah.spi", .label = "AH SPI", .type = FieldType::kUint32, .base = Base::kHex, .fixed = at(4, 4), .blurb = "IP Authentication Header Security Parameters Index"},
    {.name = "ah.icv", .label = "AH ICV", .type = FieldType::kBytes, .blurb = "IP Authentication Header Integrity Check Value"},
    {.name = "ah.sequence", .label = "AH Sequence", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(8, 4), .blurb = "IP Authentication Header Sequence Number"},
};

Next walk_ah(Walk& w, const Region& r) {
  if (r.captured() < 12) return w.damaged(id::kAh, r, 12);
  const uint8_t* p = w.at(r);
  const uint32_t length = (p[1] + 2u) * 4;
  LayerRef* layer = w.push(id::kAh, r, std::min(length, r.length()));
  if (!layer) return {};
  if (r.captured() < length) return w.damage(*layer, r.captured() < r.length() ? kShort : kMalformed), Next{};
  Region payload = r.from(r.offset + length);
  ProtoId proto = w.next.ip_proto(p[0]);
  if (proto != kNoProto) return {proto, payload};
  w.count_unsupported();
  return w.data(payload);
}

void details_ah(Emit& emit) {
  emit.fixed(kAhNext, kAhSpi);
  emit.fixed(kAhSequence);
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 12) return;
  const uint32_t length = std::max((*emit.at(1) + 2u) * 4, 12u);
  if (have >= length) emit.bytes(kAhIcv, 12, length - 12);
}

void columns_spi(const Dissection& d, const LayerRef& l, Columns& c, const char* name, uint32_t at, uint32_t wanted) {
  c.set_protocol(name);
  c.set_info("");
  if (l.cap_end - l.offset < wanted) return;
  std::string info = name;
  info += " (SPI=0x", append_hex(info, be32(d.at(l) + at), 8), info += ')';
  c.set_info(info);
}
void columns_ah(const Dissection& d, const LayerRef& l, Columns& c) { columns_spi(d, l, c, "AH", 4, 8); }

enum EspRow : unsigned { kEspSpi, kEspSequence, kEspExpected, kEspPrevious, kEspWrong };

constexpr FieldRow kEspRows[] = {
    {.name = "esp.spi", .label = "ESP SPI", .type = FieldType::kUint32, .base = Base::kHexDec, .fixed = at(0, 4), .blurb = "IP Encapsulating Security Payload Security Parameters Index"},
    {.name = "esp.sequence", .label = "ESP Sequence", .type = FieldType::kUint32, .base = Base::kDec, .fixed = at(4, 4), .blurb = "IP Encapsulating Security Payload Sequence Number"},
    {.name = "esp.sequence-analysis.expected-sn", .label = "Expected SN", .type = FieldType::kUint32, .base = Base::kDec, .flags = kGenerated},
    {.name = "esp.sequence-analysis.previous-frame", .label = "Previous Frame", .type = FieldType::kFrameNum, .flags = kGenerated},
    {.name = "esp.sequence-analysis.wrong-sequence-number", .label = "Wrong Sequence Number", .type = FieldType::kNone, .flags = kExpert},
};

Next walk_esp(Walk& w, const Region& r) {
  if (r.captured() < 8) return w.damaged(id::kEsp, r, 8);
  LayerRef* layer = w.push(id::kEsp, r, r.length());
  if (!layer || !w.trackers() || !w.heard(id::kEsp)) return {};
  const uint32_t spi = be32(w.at(r)), sequence = be32(w.at(r) + 4);
  const EspSequences::Last last = w.trackers()->esp_sequences.seen(spi, sequence, w.d.packet.number);
  if (!last.frame || sequence == last.sequence + 1) return {};
  auto* kept = w.d.arena.make<EspSequences::Last>();
  *kept = last;
  layer->extra = static_cast<uint16_t>(w.d.keep_facts(kept));
  return {};
}

void details_esp(Emit& emit) {
  emit.fixed(kEspSpi, kEspSequence);
  const LayerRef& l = emit.layer();
  if (!l.extra) return;
  const auto& last = *static_cast<const EspSequences::Last*>(emit.packet().app_facts[l.extra - 1]);
  const uint32_t expected = last.sequence + 1, sequence = be32(emit.at(4));
  emit.number(kEspExpected, expected);
  std::string missing, text = "Wrong Sequence Number for SPI ";
  append_hex(text, last.spi, 8), text += " - ";
  if (sequence > expected) append_uint(text, sequence - expected), text += " missing";
  else if (sequence == last.sequence) append_uint(text, sequence), text += " repeated";
  else append_uint(text, expected - sequence), text += " less than expected";
  if (sequence > expected && emit.showing()) missing = " (", append_uint(missing, sequence - expected), emit.remark(missing += " SNs missing)");
  emit.push(), emit.expert(kEspWrong, severity::kWarning, group::kSequence, text), emit.pop();
  emit.number(kEspPrevious, last.frame);
}

void columns_esp(const Dissection& d, const LayerRef& l, Columns& c) { columns_spi(d, l, c, "ESP", 0, 8); }

constexpr Over kOverAh[] = {{Over::Kind::kIpProto, 51}}, kOverEsp[] = {{Over::Kind::kIpProto, 50}};

}  // namespace

const ProtocolDef kAhDef = {.name = "ah", .long_name = "Authentication Header", .short_name = "AH", .rows = kAhRows, .over = kOverAh, .walk = walk_ah, .details = details_ah, .columns = columns_ah, .item_from = 2};
const ProtocolDef kEspDef = {.name = "esp", .long_name = "Encapsulating Security Payload", .short_name = "ESP", .rows = kEspRows, .over = kOverEsp, .walk = walk_esp, .details = details_esp, .columns = columns_esp};

}  // namespace wiretail::dissect
