// PPP over Ethernet: sessions and discovery. RFC 2516; credits and metrics: RFC 5578; access line tags: TR-101 3.9.
// One table serves both: Wireshark names the header's fields after neither of the two protocols.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 6, kTagHeader = 4, kDslForum = 3561, kLcp = 0xc021;
// A session packet in the smallest Ethernet frame may be followed by padding.
constexpr uint32_t kSmallestPayload = 46;
constexpr ValueName kCodes[] = {
    {0, "Session Data"}, {7, "Active Discovery Offer (PADO)"}, {9, "Active Discovery Initiation (PADI)"}, {10, "Active Discovery Session-Grant (PADG)"},
    {11, "Active Discovery Session-Credit Resp.(PADC)"}, {12, "Active Discovery Quality (PADQ)"}, {25, "Active Discovery Request (PADR)"},
    {101, "Active Discovery Session-confirmation (PADS)"}, {167, "Active Discovery Terminate (PADT)"}, {211, "Active Discovery Message (PADM)"},
    {212, "Active Discovery Network (PADN)"}};
constexpr ValueName kTags[] = {
    {0, "End-Of-List"}, {0x101, "Service-Name"}, {0x102, "AC-Name"}, {0x103, "Host-Uniq"}, {0x104, "AC-Cookie"}, {0x105, "Vendor-Specific"}, {0x106, "Credits"},
    {0x107, "Metrics"}, {0x108, "Sequence Number"}, {0x109, "Credit Scale Factor"}, {0x110, "Relay-Session-Id"}, {0x111, "HURL"}, {0x112, "MOTM"},
    {0x120, "PPP-Max-Payload"}, {0x121, "IP Route Add"}, {0x201, "Service-Name-Error"}, {0x202, "AC-System-Error"}, {0x203, "Generic-Error"}};
constexpr ValueName kDataLinks[] = {{0, "ATM AAL5"}, {1, "Ethernet"}};
constexpr ValueName kEncaps1[] = {{0, "NA"}, {1, "Untagged Ethernet"}, {2, "Single-tagged Ethernet"}, {3, "Double-tagged Ethernet"}};
constexpr ValueName kEncaps2[] = {
    {0, "NA"}, {1, "PPPoA LLC"}, {2, "PPPoA Null"}, {3, "IPoA LLC"}, {4, "IPoA Null"}, {5, "Ethernet over AAL5 LLC w FCS"}, {6, "Ethernet over AAL5 LLC w/o FCS"},
    {7, "Ethernet over AAL5 Null w FCS"}, {8, "Ethernet over AAL5 Null w/o FCS"}};

enum Row : unsigned {
  kVersion, kType, kCode, kSession, kLength, kLengthBad, kTagsRow, kTag, kTagLength, kTagLength8, kUnknownData, kTagInvalid, kServiceName, kAcName, kHostUniq, kAcCookie,
  kVendorId, kVendorUnspecified, kVendorTags, kCircuit, kRemote, kRateFirst, kActRateUp = kRateFirst, kActRateDown, kMinRateUp, kMinRateDown, kAttRateUp, kAttRateDown,
  kMaxRateUp, kMaxRateDown, kMinRateUpLp, kMinRateDownLp, kMaxDelayUp, kActDelayUp, kMaxDelayDown, kActDelayDown, kEncap, kEncapLink, kEncap1, kEncap2,
  kCredits, kFcn, kBcn, kMetrics, kReceiveOnly, kMdrUnits, kCdrUnits, kRlq, kResource, kLatency, kCurrRate, kMaxRate, kSeqNum, kCreditScale,
  kRelaySession, kHurl, kMotm, kMaxPayload, kRouteAdd, kServiceError, kSystemError, kGenericError
};

constexpr FieldRow text_row(std::string_view name, std::string_view label) { return {.name = name, .label = label, .type = FieldType::kString, .flags = kMulti}; }
constexpr FieldRow bytes_row(std::string_view name, std::string_view label) { return {.name = name, .label = label, .type = FieldType::kBytes, .flags = kMulti}; }
constexpr FieldRow number_row(std::string_view name, std::string_view label, FieldType type, Base base = Base::kDec) { return {.name = name, .label = label, .type = type, .base = base, .flags = kMulti}; }

constexpr FieldRow kRows[] = {
    {.name = "pppoe.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0},
    {.name = "pppoe.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x0f},
    {.name = "pppoe.code", .label = "Code", .type = FieldType::kUint8, .base = Base::kHex, .names = kCodes, .flags = kSummary},
    {.name = "pppoe.session_id", .label = "Session ID", .type = FieldType::kUint16, .base = Base::kHex, .flags = kSummary},
    {.name = "pppoe.payload_length", .label = "Payload Length", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "pppoe.payload_length.bad", .label = "Possible bad payload length", .flags = kExpert},
    {.name = "pppoed.tags", .label = "PPPoE Tags"},
    {.name = "pppoed.tag", .label = "Tag", .type = FieldType::kUint16, .base = Base::kHex, .names = kTags, .flags = kMulti},
    number_row("pppoed.tag_length", "Tag Length", FieldType::kUint16),
    number_row("pppoed.tag_length_8", "Tag Length", FieldType::kUint8),
    bytes_row("pppoed.tag.unknown_data", "Unknown Data"),
    {.name = "pppoed.tag_length.invalid", .label = "Wrong length", .flags = kExpert | kMulti},
    text_row("pppoed.tags.service_name", "Service-Name"),
    text_row("pppoed.tags.ac_name", "AC-Name"),
    bytes_row("pppoed.tags.host_uniq", "Host-Uniq"),
    bytes_row("pppoed.tags.ac_cookie", "AC-Cookie"),
    number_row("pppoed.tags.vendor_id", "Vendor id", FieldType::kUint32),
    bytes_row("pppoed.tags.vendor_unspecified", "Vendor unspecified"),
    {.name = "pppoed.tags.vendorspecific.tags", .label = "Vendor Specific PPPoE Tags", .flags = kMulti},
    text_row("pppoed.tags.circuit_id", "Circuit ID"),
    text_row("pppoed.tags.remote_id", "Remote ID"),
    number_row("pppoed.tags.act_data_rate_up", "Actual Data Rate Upstream", FieldType::kUint32),
    number_row("pppoed.tags.act_data_rate_down", "Actual Data Rate Downstream", FieldType::kUint32),
    number_row("pppoed.tags.min_data_rate_up", "Minimum Data Rate Upstream", FieldType::kUint32),
    number_row("pppoed.tags.min_data_rate_down", "Minimum Data Rate Downstream", FieldType::kUint32),
    number_row("pppoed.tags.attainable_data_rate_up", "Attainable DataRate Upstream", FieldType::kUint32),
    number_row("pppoed.tags.attainable_data_rate_down", "Attainable DataRate Downstream", FieldType::kUint32),
    number_row("pppoed.tags.max_data_rate_up", "Maximum Data Rate Upstream", FieldType::kUint32),
    number_row("pppoed.tags.max_data_rate_down", "Maximum Data Rate Downstream", FieldType::kUint32),
    number_row("pppoed.tags.min_data_rate_up_lp", "Min DataRate Upstream in low power state", FieldType::kUint32),
    number_row("pppoed.tags.min_data_rate_down_lp", "Minimum Data Rate Downstream in low power state", FieldType::kUint32),
    number_row("pppoed.tags.max_int_delay_up", "Max Interleaving Delay Upstream", FieldType::kUint32),
    number_row("pppoed.tags.act_int_delay_up", "Actual Interleaving Delay Upstream", FieldType::kUint32),
    number_row("pppoed.tags.max_int_delay_down", "Maximum Interleaving Delay Downstream", FieldType::kUint32),
    number_row("pppoed.tags.act_int_delay_down", "Actual Interleaving Delay Downstream", FieldType::kUint32),
    {.name = "pppoed.tags.access_loop_encap", .label = "Access-Loop-Encapsulation", .flags = kMulti},
    {.name = "pppoed.tags.access_loop_encap.data_link", .label = "Data link", .type = FieldType::kUint8, .base = Base::kHex, .names = kDataLinks, .flags = kMulti},
    {.name = "pppoed.tags.access_loop_encap.encap_1", .label = "Encaps 1", .type = FieldType::kUint8, .base = Base::kHex, .names = kEncaps1, .flags = kMulti},
    {.name = "pppoed.tags.access_loop_encap.encap_2", .label = "Encaps 2", .type = FieldType::kUint8, .base = Base::kHex, .names = kEncaps2, .flags = kMulti},
    bytes_row("pppoed.tags.credits", "Credits"),
    number_row("pppoed.tags.credits.fcn", "FCN", FieldType::kUint16),
    number_row("pppoed.tags.credits.bcn", "BCN", FieldType::kUint16),
    bytes_row("pppoed.tags.metrics", "Metrics"),
    {.name = "pppoed.tags.metrics.r", .label = "Receive Only", .type = FieldType::kBoolean, .mask = 0x0001, .flags = kMulti, .bits = 16},
    {.name = "pppoed.tags.metrics.mdr_units", .label = "MDR Units", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x0018, .names = lower_names::kPppoedTagsMetricsMdrUnits, .flags = kMulti},
    {.name = "pppoed.tags.metrics.cdr_units", .label = "CDR Units", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x0006, .names = lower_names::kPppoedTagsMetricsMdrUnits, .flags = kMulti},
    number_row("pppoed.tags.metrics.rlq", "Relative Link Quality", FieldType::kUint8),
    number_row("pppoed.tags.metrics.resource", "Resource", FieldType::kUint8),
    number_row("pppoed.tags.metrics.latency", "Latency", FieldType::kUint16),
    number_row("pppoed.tags.metrics.curr_drate", "Curr. datarate", FieldType::kUint16),
    number_row("pppoed.tags.metrics.max_drate", "Max. datarate", FieldType::kUint16),
    number_row("pppoed.tags.seq_num", "Sequence Number", FieldType::kUint16, Base::kHex),
    number_row("pppoed.tags.credit_scale", "Credit Scale Factor", FieldType::kUint16),
    bytes_row("pppoed.tags.relay_session_id", "Relay-Session-Id"),
    bytes_row("pppoed.tags.hurl", "HURL"),
    bytes_row("pppoed.tags.motm", "MOTM"),
    bytes_row("pppoed.tags.max_payload", "PPP-Max-Payload"),
    bytes_row("pppoed.tags.ip_route_add", "IP Route Add"),
    text_row("pppoed.tags.service_name_error", "Service-Name-Error"),
    text_row("pppoed.tags.ac_system_error", "AC-System-Error"),
    text_row("pppoed.tags.generic_error", "Generic-Error"),
};

Next session_walk(Walk& w, const Region& received) {
  Region region = received;
  if (region.captured() < kHeader) return w.damaged(id::kPppoes, region, kHeader);
  LayerRef* layer = w.push(id::kPppoes, region, kHeader);
  if (!layer) return {};
  if (region.length() == kHeader) return w.damage(*layer, kMalformed), Next{};
  uint32_t length = be16(w.at(region) + 4);
  region.end = std::min(region.end, region.offset + kHeader + length);
  region.cap_end = std::min(region.cap_end, region.end);
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  return {id::kPpp, payload};
}

// Calls `each(place, type, length)` for the tags; the last may go past the payload's length. Returns whether all were there.
template <typename Each>
bool tags(Bytes b, Each each) {
  uint32_t end = kHeader + be16(&b[4]);
  for (uint32_t place = kHeader; place + 2 <= end;) {
    if (place + kTagHeader > b.size()) return false;
    uint32_t type = be16(&b[place]), length = be16(&b[place + 2]);
    if (type == 0) return true;
    if (place + kTagHeader + length > b.size()) return false;
    each(place, type, length);
    place += kTagHeader + length;
  }
  return true;
}

Next discovery_walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kPppoed, region, kHeader);
  Bytes b{w.at(region), region.captured()};
  uint32_t end = kHeader + be16(&b[4]);
  LayerRef* layer = w.push(id::kPppoed, region, std::min(end, region.length()));
  if (layer && !tags(b, [](uint32_t, uint32_t, uint32_t) {})) w.damage(*layer, region.captured() < region.length() ? kShort : kMalformed);
  return {};
}

void header(Emit& emit) {
  Bytes b = emit.data();
  if (b.size() < kHeader) return;
  emit.read(kVersion, 0, 1), emit.read(kType, 0, 1), emit.read(kCode, 1, 1), emit.read(kSession, 2, 2), emit.read(kLength, 4, 2);
}

void session_details(Emit& emit) {
  header(emit);
  if (emit.data().size() < kHeader) return;
  const LayerRef& l = emit.layer();
  uint32_t said = be16(emit.at(4)), real = l.end - l.offset - kHeader;
  if (said == real || real + kHeader <= kSmallestPayload) return;
  if (emit.data().size() >= kHeader + 2 && be16(emit.at(kHeader)) == kLcp) return;  // lines that pad link control are common
  std::string message = "Possible bad payload length ";
  append_uint(message, said), message += " != ", append_uint(message, real);
  emit.push(), emit.expert(kLengthBad, severity::kWarning, group::kMalformed, message), emit.pop();
}

// TR-101: a byte of type and one of length each.
void access_line(Emit& emit, uint32_t place, uint32_t end) {
  emit.none(kVendorTags, place, end - place);
  emit.push();
  while (place + 2 <= end) {
    uint32_t type = *emit.at(place), length = *emit.at(place + 1), value = place + 2;
    if (value + length > end) break;
    if (type == 1) emit.wire_text(kCircuit, value, length);
    else if (type == 2) emit.wire_text(kRemote, value, length);
    else if (type >= 0x81 && type <= 0x8e && length == 4) emit.read(kRateFirst + type - 0x81, value, 4);
    else if (type == 0x90 && length == 3) {
      emit.none(kEncap, value, 3);
      emit.push(), emit.read(kEncapLink, value, 1), emit.read(kEncap1, value + 1, 1), emit.read(kEncap2, value + 2, 1), emit.pop();
    } else {
      emit.number(kTag, type, place, 1), emit.number(kTagLength8, length, place + 1, 1), emit.bytes(kUnknownData, value, length);
    }
    place = value + length;
  }
  emit.pop();
}

// A number that should have two bytes; of another length, a note and the number all the same.
void two_bytes(Emit& emit, unsigned row, std::string_view name, uint32_t value, uint32_t length) {
  if (length != 2) {
    std::string message(name);
    message += " tag: Wrong length: ", append_uint(message, length), message += " (expected 2)";
    emit.expert(kTagInvalid, severity::kWarning, group::kMalformed, message);
    return;
  }
  emit.read(row, value, 2);
}

void metrics(Emit& emit, uint32_t value, uint32_t length) {
  if (length != 10) return emit.bytes(kMetrics, value, length);
  emit.read(kReceiveOnly, value, 2), emit.read(kMdrUnits, value, 2), emit.read(kCdrUnits, value, 2), emit.read(kRlq, value + 2, 1), emit.read(kResource, value + 3, 1);
  emit.read(kLatency, value + 4, 2), emit.read(kCurrRate, value + 6, 2), emit.read(kMaxRate, value + 8, 2);
}

void tag(Emit& emit, uint32_t place, uint32_t type, uint32_t length) {
  uint32_t value = place + kTagHeader;
  switch (type) {
    case 0x101: if (length) emit.wire_text(kServiceName, value, length); return;
    case 0x102: return emit.wire_text(kAcName, value, length);
    case 0x103: return emit.bytes(kHostUniq, value, length);
    case 0x104: return emit.bytes(kAcCookie, value, length);
    case 0x105:
      if (length < 4) return;
      emit.read(kVendorId, value, 4);
      if (be32(emit.at(value)) == kDslForum) access_line(emit, value + 4, value + length);
      else if (length > 4) emit.bytes(kVendorUnspecified, value + 4, length - 4);
      return;
    case 0x106:
      if (length == 4) emit.read(kFcn, value, 2), emit.read(kBcn, value + 2, 2);
      else emit.bytes(kCredits, value, length);
      return;
    case 0x107: return metrics(emit, value, length);
    case 0x108: return two_bytes(emit, kSeqNum, "Sequence Number", value, length);
    case 0x109: return two_bytes(emit, kCreditScale, "Credit Scale Factor", value, length);
    case 0x110: return emit.bytes(kRelaySession, value, length);
    case 0x111: return emit.bytes(kHurl, value, length);
    case 0x112: return emit.bytes(kMotm, value, length);
    case 0x120: return emit.bytes(kMaxPayload, value, length);
    case 0x121: return emit.bytes(kRouteAdd, value, length);
    case 0x201: return emit.wire_text(kServiceError, value, length);
    case 0x202: return emit.wire_text(kSystemError, value, length);
    case 0x203: return emit.wire_text(kGenericError, value, length);
    default:
      // Wireshark takes the bytes from the length on.
      emit.read(kTag, place, 2), emit.number(kTagLength, length, place + 2, 2), emit.bytes(kUnknownData, place + 2, length);
  }
}

void discovery_details(Emit& emit) {
  header(emit);
  Bytes b = emit.data();
  if (b.size() < kHeader) return;
  uint32_t length = be16(emit.at(4));
  if (length == 0) return;
  emit.none(kTagsRow, kHeader, length);
  emit.push();
  tags(b, [&](uint32_t place, uint32_t type, uint32_t size) { tag(emit, place, type, size); });
  emit.pop();
}

void info(const Dissection& d, const LayerRef& l, Columns& c) {
  if (l.cap_end - l.offset < 2) return c.set_info("");
  std::string_view name = value_name(kCodes, d.at(l)[1]);
  c.set_info(name.empty() ? "Unknown" : name);
}
void session_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("PPPoES");
  info(d, l, c);
}
void discovery_columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("PPPoED");
  info(d, l, c);
  Bytes b = d.layer_data(l);
  if (b.size() < kHeader) return;
  tags(b, [&](uint32_t place, uint32_t type, uint32_t size) {
    if (type == 0x102) c.append_info(" AC-Name='" + std::string(b.begin() + place + kTagHeader, b.begin() + place + kTagHeader + size) + '\'');
  });
}

constexpr Over kSessionOver[] = {{Over::Kind::kEthertype, 0x8864}, {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kPppoe)}};
constexpr Over kDiscoveryOver[] = {{Over::Kind::kEthertype, 0x8863}};

}  // namespace

const ProtocolDef kPppoeDef = {.name = "pppoe", .long_name = "PPP-over-Ethernet", .short_name = "PPPoE", .rows = kRows};
const ProtocolDef kPppoesDef = {.name = "pppoes", .long_name = "PPP-over-Ethernet Session", .short_name = "PPPoES", .rows = {}, .over = kSessionOver, .walk = session_walk, .details = session_details, .columns = session_columns, .rows_of = id::kPppoe};
const ProtocolDef kPppoedDef = {.name = "pppoed", .long_name = "PPP-over-Ethernet Discovery", .short_name = "PPPoED", .rows = {}, .over = kDiscoveryOver, .walk = discovery_walk, .details = discovery_details, .columns = discovery_columns, .rows_of = id::kPppoe};

}  // namespace wiretail::dissect
