// Generic Routing Encapsulation. RFC 1701 (routing), RFC 2784, RFC 2890 (key, sequence number); version 1: RFC 2637 §4.1.
// With it, as far as the mirrored frame is concerned, ERSPAN (draft-foschiano-erspan-03).
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/gre_protocols.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4;
constexpr uint16_t kChecksumBit = 0x8000, kRoutingBit = 0x4000, kKeyBit = 0x2000, kSequenceBit = 0x1000, kAckBit = 0x0080;
constexpr uint16_t kErspan = 0x88be, kErspan3 = 0x22eb, kWccp = 0x883e;
constexpr ValueName kNoYes[] = {{0, "No"}, {1, "Yes"}};
constexpr ValueName kVersions[] = {{0, "GRE"}, {1, "Enhanced GRE"}};
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};

constexpr ValueName kServices[] = {{0, "Well-known service"}, {1, "Dynamic service"}};
constexpr ValueName kBuckets[] = {{0, "Primary bucket used"}, {1, "Alternative bucket used"}};
constexpr ValueName kRedirectUse[] = {{0, "Header contents are valid"}, {1, "Header is present, but ignore contents"}};

enum Row : unsigned {
  kFlagsAndVersion, kFlagChecksum, kFlagRouting, kFlagKey, kFlagSequence, kFlagStrict, kRecursion, kFlagAck, kReserved, kVersion, kProto,
  kChecksum, kChecksumIncorrect, kChecksumStatus, kOffset, kKey, kKeyLength, kKeyCall, kSequence, kAck,
  kRouting, kRoutingFamily, kRoutingOffset, kRoutingLength, kRoutingInformation,
  kRedirect, kDynamicService, kAlternativeUsed, kRedirectValid, kServiceId, kAlternativeBucket, kPrimaryBucket
};

constexpr FieldRow kRows[] = {
    {.name = "gre.flags_and_version", .label = "Flags and Version", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(0, 2), .blurb = "The GRE flags are encoded in two octets"},
    {.name = "gre.flags.checksum", .label = "Checksum Bit", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x8000, .names = kNoYes, .bits = 16, .blurb = "Indicates if the Checksum field is present"},
    {.name = "gre.flags.routing", .label = "Routing Bit", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x4000, .names = kNoYes, .bits = 16, .blurb = "Indicates if the Routing and Checksum/Offset field are present"},
    {.name = "gre.flags.key", .label = "Key Bit", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x2000, .names = kNoYes, .bits = 16, .blurb = "Indicates if the Key field is present"},
    {.name = "gre.flags.sequence_number", .label = "Sequence Number Bit", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x1000, .names = kNoYes, .bits = 16, .blurb = "Indicates if the Sequence Number field is present"},
    {.name = "gre.flags.strict_source_route", .label = "Strict Source Route Bit", .type = FieldType::kBoolean, .fixed = at(0, 2), .mask = 0x0800, .names = kNoYes, .bits = 16},
    {.name = "gre.flags.recursion_control", .label = "Recursion control", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0, 2), .mask = 0x0700},
    {.name = "gre.flags.ack", .label = "Acknowledgment", .type = FieldType::kBoolean, .mask = 0x0080, .names = kNoYes, .bits = 16, .blurb = "Indicates if the packet contains an Acknowledgment Number to be used for acknowledging previously transmitted data"},
    {.name = "gre.flags.reserved", .label = "Flags (Reserved)", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x00f8},
    {.name = "gre.flags.version", .label = "Version", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(0, 2), .mask = 0x0007, .names = kVersions},
    {.name = "gre.proto", .label = "Protocol Type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2, 2), .names = gre_protocols::kNames, .flags = kSummary, .blurb = "The protocol that is GRE encapsulated"},
    {.name = "gre.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .blurb = "The Checksum field contains the IP (one's complement) checksum of the GRE header and the payload packet"},
    {.name = "gre.checksum.incorrect", .label = "Incorrect GRE Checksum", .flags = kExpert},
    {.name = "gre.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "gre.offset", .label = "Offset", .type = FieldType::kUint16, .base = Base::kDec, .blurb = "The offset field indicates the octet offset from the start of the Routing field to the first octet of the active Source Route Entry to be examined"},
    {.name = "gre.key", .label = "Key", .type = FieldType::kUint32, .base = Base::kHex, .flags = kSummary, .blurb = "The Key field contains a four octet number which was inserted by the encapsulator"},
    {.name = "gre.key.payload_length", .label = "Payload Length", .type = FieldType::kUint16, .base = Base::kDec, .blurb = "Size of the payload, not including the GRE header"},
    {.name = "gre.key.call_id", .label = "Call ID", .type = FieldType::kUint16, .base = Base::kDec, .blurb = "Contains the Peer's Call ID for the session to which this packet belongs."},
    {.name = "gre.sequence_number", .label = "Sequence Number", .type = FieldType::kUint32, .base = Base::kDec, .blurb = "The Sequence Number field contains an unsigned 32 bit integer which is inserted by the encapsulator"},
    {.name = "gre.ack_number", .label = "Acknowledgment Number", .type = FieldType::kUint32, .base = Base::kDec, .blurb = "Contains the sequence number of the highest numbered GRE packet received by the sending peer for this user session"},
    {.name = "gre.routing", .label = "Routing", .flags = kMulti, .blurb = "The Routing field is a list of Source Route Entries (SREs)"},
    {.name = "gre.routing.address_family", .label = "Address Family", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti, .blurb = "The Address Family field contains a two octet value which indicates the syntax and semantics of the Routing Information field"},
    {.name = "gre.routing.sre_offset", .label = "SRE Offset", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti, .blurb = "The Address Family field contains a two octet value which indicates the syntax and semantics of the Routing Information field"},
    {.name = "gre.routing.src_length", .label = "SRE Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti, .blurb = "The SRE Length field contains the number of octets in the SRE"},
    {.name = "gre.routing.information", .label = "Routing Information", .type = FieldType::kBytes, .flags = kMulti, .blurb = "The Routing Information field contains data which may be used in routing this packet"},
    {.name = "gre.wccp.redirect_header", .label = "Redirect Header"},
    {.name = "gre.wccp.dynamic_service", .label = "Dynamic Service", .type = FieldType::kBoolean, .mask = 0x1, .names = kServices, .bits = 8},
    {.name = "gre.wccp.alternative_bucket_used", .label = "Alternative bucket used", .type = FieldType::kBoolean, .mask = 0x2, .names = kBuckets, .bits = 8},
    {.name = "gre.wccp.redirect_header_valid", .label = "WCCP Redirect header is valid", .type = FieldType::kBoolean, .mask = 0x4, .names = kRedirectUse, .bits = 8},
    {.name = "gre.wccp.service_id", .label = "Service ID", .type = FieldType::kUint8, .base = Base::kDec, .names = lower_names::kGreWccpServiceId, .blurb = "Service Group identifier"},
    {.name = "gre.wccp.alternative_bucket", .label = "Alternative Bucket", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Alternative bucket index used to redirect the packet."},
    {.name = "gre.wccp.primary_bucket", .label = "Primary Bucket", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Primary bucket index used to redirect the packet."},
};
static_assert(rows_fit(kRows, kHeader));

// Where the optional parts lie; 0: not there. `length` is what is read of the header, `whole` that it is all there.
struct Shape {
  uint32_t checksum = 0, key = 0, sequence = 0, ack = 0, routing = 0, length = kHeader;
  bool whole = false;
};
Shape shape(Bytes b) {
  Shape s;
  if (b.size() < kHeader) return s;
  uint16_t flags = be16(b.data());
  auto part = [&](bool there, uint32_t& place) {
    if (there) place = s.length, s.length += 4;
  };
  part(flags & (kChecksumBit | kRoutingBit), s.checksum);
  part(flags & kKeyBit, s.key);
  part(flags & kSequenceBit, s.sequence);
  part((flags & 7) == 1 && flags & kAckBit, s.ack);
  if (flags & kRoutingBit) {
    s.routing = s.length;
    for (bool more = true; more;) {
      if (b.size() < s.length + 4) return s.length += 4, s;
      uint8_t length = b[s.length + 3];
      more = be16(&b[s.length]) != 0 || length != 0;
      s.length += 4u + length;
    }
  }
  s.whole = b.size() >= s.length;
  return s;
}

Next walk(Walk& w, const Region& received) {
  Region region = received;
  Bytes b{w.at(region), region.captured()};
  Shape s = shape(b);
  if (b.size() < kHeader) region.cap_end = region.offset;  // nothing of a short header is shown
  if (!s.whole) return w.damaged(id::kGre, region, s.length);
  if (!w.push(id::kGre, region, s.length)) return {};
  uint16_t type = be16(b.data() + 2);
  Region payload = region.from(region.offset + s.length);
  ++payload.depth;
  if (payload.captured() == 0) return {};
  ProtoId proto = w.next.gre(type);
  if (type == kWccp) {  // version 2 puts a redirect header in front: no IP version then
    if (w.at(payload)[0] >> 4 != 4) payload = payload.from(payload.offset + 4);
    proto = id::kIp;
  }
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

// RFC 1071 over what is there.
uint16_t internet_sum(Bytes b) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < b.size(); i += 2) sum += be16(&b[i]);
  if (b.size() & 1) sum += uint32_t{b.back()} << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

void checksum(Emit& emit, uint32_t place, bool present) {
  const LayerRef& l = emit.layer();
  uint16_t sent = be16(emit.at(place));
  emit.number(kChecksum, sent, place, 2);
  uint32_t status = 2;
  if (present && l.cap_end == l.end) {
    uint16_t sum = internet_sum(emit.data());
    status = sum == 0xffff;
    if (!status) {
      // What would make the sum come out: the sum without the field, complemented.
      uint32_t without = sum + (0xffffu - sent);
      while (without >> 16) without = (without & 0xffff) + (without >> 16);
      std::string message = "Incorrect GRE Checksum [should be 0x";
      append_hex(message, ~without & 0xffff, 4), message += ']';
      emit.push(), emit.expert(kChecksumIncorrect, severity::kWarning, group::kProtocol, message), emit.pop();
    }
  }
  emit.number(kChecksumStatus, status, place, 0);
  emit.read(kOffset, place + 2, 2);
}

void details(Emit& emit) {
  Bytes b = emit.data();
  if (b.size() < kHeader) return;
  uint16_t flags = be16(b.data());
  bool enhanced = (flags & 7) == 1;
  emit.fixed(kFlagsAndVersion);
  emit.push();
  emit.fixed(kFlagChecksum, kRecursion);
  if (enhanced) emit.number(kFlagAck, flags & kAckBit ? 1 : 0, 0, 2);
  emit.number(kReserved, (flags & (enhanced ? 0x78u : 0xf8u)) >> 3, 0, 2);
  emit.fixed(kVersion);
  emit.pop();
  emit.fixed(kProto);
  Shape s = shape(b);
  auto there = [&](uint32_t place) { return place && b.size() >= place + 4; };
  if (s.checksum && b.size() >= s.checksum + 2) checksum(emit, s.checksum, flags & kChecksumBit);
  if (there(s.key) && enhanced) emit.read(kKeyLength, s.key, 2), emit.read(kKeyCall, s.key + 2, 2);
  else if (there(s.key)) emit.read(kKey, s.key, 4);
  if (there(s.sequence)) emit.read(kSequence, s.sequence, 4);
  if (there(s.ack)) emit.read(kAck, s.ack, 4);
  for (uint32_t place = s.routing; place && b.size() >= place + 4;) {
    uint32_t length = b[place + 3];
    bool last = be16(&b[place]) == 0 && length == 0;
    emit.none(kRouting, place, 4 + length);
    emit.push();
    emit.read(kRoutingFamily, place, 2), emit.read(kRoutingOffset, place + 2, 1), emit.read(kRoutingLength, place + 3, 1);
    if (length && b.size() >= place + 4 + length) emit.bytes(kRoutingInformation, place + 4, length);
    emit.pop();
    place = last ? 0 : place + 4 + length;
  }
  // WCCP version 2 (draft-wilson-wrec-wccp-v2 §5.12): what it says of the redirection, in front of the packet.
  if (be16(b.data() + 2) != kWccp || b.size() < s.length + 5u || b[s.length] >> 4 == 4) return;
  emit.none(kRedirect, s.length, 4);
  emit.push();
  for (unsigned row : {kDynamicService, kAlternativeUsed, kRedirectValid}) emit.read(row, s.length, 1);
  emit.read(kServiceId, s.length + 1, 1), emit.read(kAlternativeBucket, s.length + 2, 1), emit.read(kPrimaryBucket, s.length + 3, 1);
  emit.pop();
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  if (l.cap_end - l.offset < kHeader) return;
  c.set_protocol("GRE");
  uint16_t type = be16(d.at(l) + 2);
  std::string_view name = value_name(gre_protocols::kNames, type);
  std::string info = "Encapsulated ";
  if (name.empty()) {
    std::string digits;
    append_hex(digits, type, 4);
    for (char x : digits) info += x >= 'a' ? static_cast<char>(x - 'a' + 'A') : x;
    info.insert(13, "0x");
    info += " (unknown)";
  } else {
    info += name;
  }
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Generic Routing Encapsulation";
  if (l.cap_end - l.offset < 4) return;
  const uint16_t type = be16(d.at(l) + 2);
  const std::string_view name = value_name(gre_protocols::kNames, type);
  out += " (";
  if (name.empty()) out += "0x", append_hex(out, type, 4), out += " - unknown)";
  else out += name, out += ')';
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 47}};

// Type I has no header and comes without GRE's sequence number; II has 8 bytes, III 12, and 8 more if its last bit says so.
Next erspan_walk(Walk& w, const Region& region) {
  const LayerRef* gre = w.d.layers.count ? &w.d.layers.stack[w.d.layers.count - 1] : nullptr;
  uint32_t header = 0;
  if (gre && gre->proto == id::kGre) {
    const uint8_t* p = w.d.at(*gre);
    if (be16(p + 2) == kErspan3) header = 12;
    else if (be16(p) & kSequenceBit) header = 8;
  }
  if (region.captured() < header) return w.damaged(id::kErspan, region, header);
  if (header == 12 && w.at(region)[11] & 1) header += 8;
  if (region.captured() < header) return w.damaged(id::kErspan, region, header);
  Region item = region;
  if (!header) item.cap_end = item.offset;
  LayerRef* layer = w.push(id::kErspan, item, header);
  if (!layer) return {};
  if (!header) layer->search_end = region.cap_end;  // an item of no bytes is searched to the end
  if (header && w.at(region)[0] >> 4 != (header == 8 ? 1 : 2)) return {};  // another version
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  if (header >= 12 && w.at(region)[10] >> 2 & 0x1f) return w.data(payload);  // no Ethernet frame
  return {id::kEth, payload};
}

void erspan_columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("ERSPAN");
  c.set_info("ERSPAN:");
}

// Which type it is says the header of GRE or, where there is one, its own version.
void erspan_head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Encapsulated Remote Switch Packet ANalysis";
  if (l.header_len == 0) return void(out += " Type I");
  if (l.cap_end == l.offset) return;
  const unsigned version = *d.at(l) >> 4;
  out += version == 1 ? " Type II" : version == 2 ? " Type III" : " Unknown";
}

constexpr Over kErspanOver[] = {{Over::Kind::kGreProto, kErspan}, {Over::Kind::kGreProto, kErspan3}};

}  // namespace

const ProtocolDef kGreDef = {.name = "gre", .long_name = "Generic Routing Encapsulation", .short_name = "GRE", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .item_from = 4, .item_to_end = true};
const ProtocolDef kErspanDef = {.name = "erspan", .long_name = "Encapsulated Remote Switch Packet ANalysis", .short_name = "ERSPAN", .rows = {}, .over = kErspanOver, .walk = erspan_walk, .columns = erspan_columns, .head = erspan_head, .item_to_end = true};

}  // namespace wiretail::dissect
