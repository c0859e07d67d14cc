// GPRS Tunnelling Protocol, version 1: 3GPP TS 29.281 (user plane) and 29.060. Carries a subscriber's packets in UDP; what is
// no T-PDU shows its header.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8, kOptional = 4;
constexpr uint8_t kTPdu = 255, kSessionContainer = 0x85, kPdcpNumber = 0xc0, kUdpPort = 0x40;
constexpr ValueName kVersions[] = {{0, "GTP release 97/98 version"}, {1, "GTP release 99 version"}, {2, "GTPv2-C"}, {3, "None", 7}};
constexpr ValueName kPayloads[] = {{0, "GTP'"}, {1, "GTP"}};
constexpr ValueName kNoYes[] = {{0, "No"}, {1, "Yes"}};
constexpr ValueName kPresent[] = {{0, "Not Present"}, {1, "Present"}};
constexpr ValueName kMessages[] = {
    {0, "For future use"}, {1, "Echo request"}, {2, "Echo response"}, {3, "Version not supported"}, {4, "Node alive request"}, {5, "Node alive response"},
    {6, "Redirection request"}, {7, "Redirection response"}, {16, "Create PDP context request"}, {17, "Create PDP context response"},
    {18, "Update PDP context request"}, {19, "Update PDP context response"}, {20, "Delete PDP context request"}, {21, "Delete PDP context response"},
    {22, "Initiate PDP Context Activation Request"}, {23, "Initiate PDP Context Activation Response"}, {24, "Delete AA PDP Context Request"},
    {25, "Delete AA PDP Context Response"}, {26, "Error indication"}, {27, "PDU notification request"}, {28, "PDU notification response"},
    {29, "PDU notification reject request"}, {30, "PDU notification reject response"}, {31, "Supported extension header notification"},
    {32, "Send routing information for GPRS request"}, {33, "Send routing information for GPRS response"}, {34, "Failure report request"},
    {35, "Failure report response"}, {36, "Note MS GPRS present request"}, {37, "Note MS GPRS present response"}, {48, "Identification request"},
    {49, "Identification response"}, {50, "SGSN context request"}, {51, "SGSN context response"}, {52, "SGSN context acknowledgement"},
    {53, "Forward relocation request"}, {54, "Forward relocation response"}, {55, "Forward relocation complete"}, {56, "Relocation cancel request"},
    {57, "Relocation cancel response"}, {58, "Forward SRNS context"}, {59, "Forward relocation complete acknowledge"}, {60, "Forward SRNS context acknowledge"},
    {61, "UE Registration Query Request"}, {62, "UE Registration Query Response"}, {70, "RAN Information Relay"}, {96, "MBMS Notification Request"},
    {97, "MBMS Notification Response"}, {98, "MBMS Notification Reject Request"}, {99, "MBMS Notification Reject Response"}, {100, "Create MBMS Context Request"},
    {101, "Create MBMS Context Response"}, {102, "Update MBMS Context Request"}, {103, "Update MBMS Context Response"}, {104, "Delete MBMS Context Request"},
    {105, "Delete MBMS Context Response"}, {112, "MBMS Registration Request"}, {113, "MBMS Registration Response"}, {114, "MBMS De-Registration Request"},
    {115, "MBMS De-Registration Response"}, {116, "MBMS Session Start Request"}, {117, "MBMS Session Start Response"}, {118, "MBMS Session Stop Request"},
    {119, "MBMS Session Stop Response"}, {120, "MBMS Session Update Request"}, {121, "MBMS Session Update Response"}, {128, "MS Info Change Notification Request"},
    {129, "MS Info Change Notification Response"}, {240, "Data record transfer request"}, {241, "Data record transfer response"}, {254, "End Marker"}, {kTPdu, "T-PDU"}};
constexpr ValueName kExtensions[] = {
    {0x00, "No more extension headers"}, {0x01, "MBMS support indication"}, {0x02, "MS Info Change Reporting support indication"}, {0x03, "Long PDCP PDU Number"},
    {0x20, "Service Class Indicator"}, {0x40, "UDP Port number"}, {0x81, "RAN container"}, {0x82, "Long PDCP PDU number"}, {0x83, "Xw RAN container"},
    {0x84, "NR RAN container"}, {0x85, "PDU Session container"}, {0xc0, "PDCP PDU number"}, {0xc1, "Suspend Request"}, {0xc2, "Suspend Response"}};
constexpr ValueName kPduTypes[] = {{0, "DL PDU SESSION INFORMATION"}, {1, "UL PDU SESSION INFORMATION"}};

enum Row : unsigned {
  kFlags, kVersion, kPayload, kReserved, kExtension, kSequenced, kNumbered, kMessage, kLength, kTeid, kSequence, kNpdu, kNext, kExtHeader, kExtLength,
  kPort, kPdcp, kPduType, kPpp, kRqi, kQfi, kTpduData
};

constexpr FieldRow kRows[] = {
    {.name = "gtp.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1), .blurb = "Ver/PT/Spare..."},
    {.name = "gtp.flags.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0xe0, .names = kVersions, .blurb = "GTP Version"},
    {.name = "gtp.flags.payload", .label = "Protocol type", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x10, .names = kPayloads},
    {.name = "gtp.flags.reserved", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x08, .blurb = "Reserved (shall be sent as '111' )"},
    {.name = "gtp.flags.e", .label = "Is Next Extension Header present?", .type = FieldType::kBoolean, .fixed = at(0, 1), .mask = 0x04, .names = kNoYes, .bits = 8, .blurb = "Is Next Extension Header present? (1 = yes, 0 = no)"},
    {.name = "gtp.flags.s", .label = "Is Sequence Number present?", .type = FieldType::kBoolean, .fixed = at(0, 1), .mask = 0x02, .names = kNoYes, .bits = 8, .blurb = "Is Sequence Number present? (1 = yes, 0 = no)"},
    {.name = "gtp.flags.pn", .label = "Is N-PDU number present?", .type = FieldType::kBoolean, .fixed = at(0, 1), .mask = 0x01, .names = kNoYes, .bits = 8, .blurb = "Is N-PDU number present? (1 = yes, 0 = no)"},
    {.name = "gtp.message", .label = "Message Type", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1), .names = kMessages, .blurb = "GTP Message Type"},
    {.name = "gtp.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2), .blurb = "Length (i.e. number of octets after TID or TEID)"},
    {.name = "gtp.teid", .label = "TEID", .type = FieldType::kUint32, .base = Base::kHexDec, .fixed = at(4, 4), .flags = kSummary, .blurb = "Tunnel Endpoint Identifier"},
    {.name = "gtp.seq_number", .label = "Sequence number", .type = FieldType::kUint16, .base = Base::kHexDec},
    {.name = "gtp.npdu_number", .label = "N-PDU Number", .type = FieldType::kUint8, .base = Base::kHex},
    {.name = "gtp.ext_hdr.next", .label = "Next extension header type", .type = FieldType::kUint8, .base = Base::kHex, .names = kExtensions, .flags = kMulti},
    {.name = "gtp.ext_hdr", .label = "Extension header", .flags = kMulti},
    {.name = "gtp.ext_hdr.length", .label = "Extension Header Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "gtp.ext_hdr.udp_port", .label = "UDP Port", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "gtp.ext_hdr.pdcp_sn", .label = "PDCP Sequence Number", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "gtp.ext_hdr.pdu_ses_con.pdu_type", .label = "PDU Type", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0xf0, .names = kPduTypes, .flags = kMulti},
    {.name = "gtp.ext_hdr.pdu_ses_cont.ppp", .label = "Paging Policy Presence (PPP)", .type = FieldType::kBoolean, .mask = 0x80, .names = kPresent, .flags = kMulti, .bits = 8},
    {.name = "gtp.ext_hdr.pdu_ses_cont.rqi", .label = "Reflective QoS Indicator (RQI)", .type = FieldType::kBoolean, .mask = 0x40, .names = kPresent, .flags = kMulti, .bits = 8},
    {.name = "gtp.ext_hdr.pdu_ses_con.qos_flow_id", .label = "QoS Flow Identifier (QFI)", .type = FieldType::kUint8, .base = Base::kDec, .mask = 0x3f, .flags = kMulti},
    {.name = "gtp.tpdu_data", .label = "T-PDU Data", .type = FieldType::kBytes},
};
static_assert(rows_fit(kRows, kHeader));

// The optional part and the chain of extension headers. visit(at, length) for each; false: cut, or one without length.
template <class Visit>
bool chain(Bytes b, uint32_t& end, Visit&& visit) {
  end = kHeader;
  if (!(b[0] & 7)) return true;
  if (b.size() < kHeader + kOptional) return false;
  end += kOptional;
  for (uint8_t next = b[0] & 4 ? b[kHeader + 3] : 0; next;) {
    if (b.size() < end + 1) return false;
    const uint32_t length = b[end] * 4u;
    if (!length || b.size() < end + length) return false;
    visit(next, end, length);
    end += length;
    next = b[end - 1];
  }
  return true;
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < 2) return w.damaged(id::kGtp, region, kHeader);
  const uint8_t* p = w.at(region);
  if (p[0] >> 4 != 3) return w.data(region);  // another version, or GTP': not dissected
  if (region.captured() < kHeader) return w.damaged(id::kGtp, region, kHeader);
  uint32_t end = 0;
  const bool whole = chain({p, region.captured()}, end, [](uint8_t, uint32_t, uint32_t) {});
  if (!whole && region.captured() < region.length()) return w.damaged(id::kGtp, region, end);
  if (!w.push(id::kGtp, region, end)) return {};
  Region payload = region.from(region.offset + end);
  if (!whole || p[1] != kTPdu || payload.captured() == 0) return {};
  ++payload.depth;
  switch (w.at(payload)[0] >> 4) {
    case 4: return {id::kIp, payload};
    case 6: return {id::kIpv6, payload};
    default: return {};
  }
}

void session_container(Emit& emit, uint32_t at) {
  emit.read(kPduType, at, 1);
  if (*emit.at(at) >> 4 == 0) emit.read(kPpp, at + 1, 1), emit.read(kRqi, at + 1, 1);
  emit.read(kQfi, at + 1, 1);
}

void details(Emit& emit) {
  Bytes b = emit.data();
  emit.fixed(kFlags);
  emit.push(), emit.fixed(kVersion, kNumbered), emit.pop();
  emit.fixed(kMessage, kTeid);
  if (b.size() < kHeader) return;
  if (b.size() >= kHeader + kOptional) {
    if (b[0] & 2) emit.read(kSequence, kHeader, 2);
    if (b[0] & 1) emit.read(kNpdu, kHeader + 2, 1);
    if (b[0] & 4) emit.read(kNext, kHeader + 3, 1);
  }
  uint32_t end = 0;
  const bool whole = chain(b, end, [&](uint8_t type, uint32_t at, uint32_t length) {
    emit.none(kExtHeader, at, length);
    emit.push();
    emit.read(kExtLength, at, 1);
    if (type == kUdpPort) emit.read(kPort, at + 1, 2);
    if (type == kPdcpNumber) emit.read(kPdcp, at + 1, 2);
    if (type == kSessionContainer) session_container(emit, at + 1);
    emit.read(kNext, at + length - 1, 1);
    emit.pop();
  });
  const bool carries = &emit.layer() + 1 != emit.packet().layers.end() || (b.size() >= end + 2 && be16(&b[end]) == 0xff03);
  if (whole && b[1] == kTPdu && !carries && end < b.size()) emit.bytes(kTpduData, end, static_cast<uint32_t>(b.size()) - end);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("GTP");
  c.set_info("");
  if (l.cap_end - l.offset < 2) return;
  c.set_info(value_name(kMessages, d.at(l)[1]));
  if (&l + 1 != d.layers.end() && c.writable) c.tunnel = "GTP";
}

constexpr Over kOver[] = {{Over::Kind::kUdpPort, 2152}, {Over::Kind::kUdpPort, 2123}};

}  // namespace

const ProtocolDef kGtpDef = {.name = "gtp", .long_name = "GPRS Tunneling Protocol", .short_name = "GTP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
