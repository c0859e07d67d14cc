// IEEE 802.2 logical link control, with SNAP (IEEE Std 802-2014, 9.2; RFC 1042) and the basic format of XID
// (ISO/IEC 8802-2, 5.4.1.1.2).
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint8_t kSnapSap = 0xaa, kBasicXid = 0x81;
constexpr uint32_t kOuiEncapsulated = 0, kOuiCisco = 0x00000c, kOuiCisco90 = 0x0000f8, kOuiBridged = 0x0080c2, kOuiApple = 0x080007, kOuiNortel = 0x000081;

// By the seven bits above the group or response bit.
constexpr ValueName kSaps[] = {
    {0x00, "NULL LSAP"}, {0x01, "LLC Sub-Layer Management"}, {0x02, "SNA Path Control"}, {0x03, "TCP/IP"}, {0x04, "SNA"}, {0x06, "SNA"},
    {0x07, "PROWAY (IEC955) Network Management and Initialization"}, {0x08, "NetWare (unofficial?)"}, {0x0a, "ISO Network Layer (OSLAN 1)"},
    {0x0c, "Texas Instruments"}, {0x10, "ISO Network Layer (unofficial?)"}, {0x1a, "ISO Network Layer (unofficial?)"}, {0x21, "Spanning Tree BPDU"},
    {0x27, "EIA RS-511 Manufacturing Message Service"}, {0x2a, "ISO Network Layer (OSLAN 2)"}, {0x3f, "ISO 8208 (X.25 over 802.2)"}, {0x40, "XNS"},
    {0x41, "BACnet"}, {0x43, "Nestar"}, {0x47, "PROWAY (IEC955) Active Station List Maintenance"}, {0x4c, "ARP"}, {0x55, "SNAP"},
    {0x5a, "HP JetDirect Printer"}, {0x5d, "Banyan Vines"}, {0x5e, "Banyan Vines"}, {0x70, "NetWare"}, {0x78, "NetBIOS"},
    {0x7a, "IBM Net Management"}, {0x7c, "HP Extended LLC"}, {0x7d, "Ungermann-Bass"}, {0x7e, "Remote Program Load"}, {0x7f, "ISO Network Layer"}};
constexpr ValueName kIgNames[] = {{0, "Individual"}, {1, "Group"}};
constexpr ValueName kCrNames[] = {{0, "Command"}, {1, "Response"}};
constexpr ValueName kSetNames[] = {{0, "Not set"}, {1, "Set"}};
constexpr ValueName kSupervisory[] = {{0, "Receiver ready"}, {1, "Receiver not ready"}, {2, "Reject"}, {3, "Selective reject"}};
constexpr ValueName kFrameTypes[] = {{0, "Information frame"}, {1, "Supervisory frame"}, {2, "Information frame"}, {3, "Unnumbered frame"}};
constexpr ValueName kCommands[] = {
    {0x00, "Unnumbered Information"}, {0x01, "Set Initialization Mode"}, {0x03, "Set Asynchronous Response Mode"}, {0x08, "Unnumbered Poll"},
    {0x0b, "Set Asynchronous Balanced Mode"}, {0x10, "Disconnect"}, {0x13, "Set Asynchronous Response Mode Extended"}, {0x18, "Unnumbered Acknowledge"},
    {0x1b, "Set Asynchronous Balanced Mode Extended"}, {0x20, "Set Normal Response Mode"}, {0x21, "Frame reject"}, {0x23, "Reset"},
    {0x2b, "Exchange identification"}, {0x31, "Configure"}, {0x33, "Set Normal Response Mode Extended"}, {0x38, "Test"}, {0x3b, "Beacon"}};
constexpr ValueName kResponses[] = {
    {0x00, "Unnumbered Information"}, {0x01, "Request Initialization Mode"}, {0x03, "Disconnected mode"}, {0x08, "Unnumbered Poll"},
    {0x0b, "Set Asynchronous Balanced Mode"}, {0x10, "Request Disconnect"}, {0x13, "Set Asynchronous Response Mode Extended"}, {0x18, "Unnumbered Acknowledge"},
    {0x1b, "Set Asynchronous Balanced Mode Extended"}, {0x20, "Set Normal Response Mode"}, {0x21, "Frame reject"}, {0x23, "Reset"},
    {0x2b, "Exchange identification"}, {0x31, "Configure"}, {0x33, "Set Normal Response Mode Extended"}, {0x38, "Test"}, {0x3b, "Beacon"}};
// As the Info column abbreviates them; the first of a pair is the command.
constexpr ValueName kCommandShort[] = {
    {0x00, "UI"}, {0x01, "SIM"}, {0x03, "SARM"}, {0x08, "UP"}, {0x0b, "SABM"}, {0x10, "DISC"}, {0x13, "SARME"}, {0x18, "UA"}, {0x1b, "SABME"},
    {0x20, "SNRM"}, {0x21, "FRMR"}, {0x23, "RSET"}, {0x2b, "XID"}, {0x31, "CFGR"}, {0x33, "SNRME"}, {0x38, "TEST"}, {0x3b, "BCN"}};
constexpr ValueName kResponseShort[] = {
    {0x00, "UI"}, {0x01, "RIM"}, {0x03, "DM"}, {0x08, "UP"}, {0x0b, "SABM"}, {0x10, "RD"}, {0x13, "SARME"}, {0x18, "UA"}, {0x1b, "SABME"},
    {0x20, "SNRM"}, {0x21, "FRMR"}, {0x23, "RSET"}, {0x2b, "XID"}, {0x31, "CFGR"}, {0x33, "SNRME"}, {0x38, "TEST"}, {0x3b, "BCN"}};
constexpr ValueName kSupervisoryShort[] = {{0, "RR"}, {1, "RNR"}, {2, "REJ"}, {3, "SREJ"}};
constexpr ValueName kCiscoPids[] = {{0x0102, "DRIP"}, {0x0104, "PAgP"}, {0x0105, "MLS Hello"}, {0x0108, "RLQ BPDUs (request)"}, {0x0109, "RLQ BPDUs (response)"}, {0x010b, "PVSTP+"},
                                    {0x010c, "VLAN Bridge"}, {0x0111, "UDLD"}, {0x0139, "MCP"}, {0x2000, "CDP"}, {0x2001, "CGMP"}, {0x2003, "VTP"}, {0x2004, "DTP"},
                                    {0x200a, "STP Uplink Fast"}};
constexpr ValueName kNortelPids[] = {{0x01a1, "NDP flatnet hello"}, {0x01a2, "NDP segment hello"}, {0x01a3, "NDP bridge hello"}};
constexpr ValueName kApplePids[] = {{0x809b, "AppleTalk"}};
constexpr ValueName kOuis[] = {{kOuiEncapsulated, "Officially Xerox, but 0:0:0:0:0:0 is more common"}, {kOuiCisco, "Cisco Systems, Inc"}, {kOuiNortel, "Bay Networks"},
                               {kOuiCisco90, "Digital Equipment Corporation"}, {kOuiBridged, "IEEE"}, {kOuiApple, "Apple, Inc."}};
constexpr ValueName kXidFormats[] = {{0x81, "LLC basic format"}};
constexpr ValueName kXidTypes[] = {{1, "Type 1 LLC (Class I LLC)"}, {2, "Type 2 LLC"}, {3, "Type 1 and Type 2 LLCs (Class II LLC)"}, {4, "Type 3 LLC"},
                                   {5, "Type 1 and Type 3 LLCs (Class III LLC)"}, {6, "Type 2 and Type 3 LLCs"}, {7, "Type 1 and Type 2 and Type 3 LLCs (Class IV LLC)"}};

enum Row : unsigned {
  kDsap, kDsapSap, kDsapIg, kSsap, kSsapSap, kSsapCr, kControl, kNr, kNs, kPoll, kFinal, kSupervisoryType, kCommand, kResponse, kFrameType, kFrameTypeShort,
  kOui, kType, kPid, kCiscoPid, kNortelPid, kApplePid, kXidFormat, kXidTypesRow, kXidWindow
};

constexpr FieldRow kRows[] = {
    {.name = "llc.dsap", .label = "DSAP", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(0, 1), .names = lower_names::kLlcDsap, .blurb = "Destination Service Access Point"},
    {.name = "llc.dsap.sap", .label = "SAP", .type = FieldType::kUint8, .base = Base::kCustom, .fixed = at(0, 1), .mask = 0xfe, .names = kSaps, .blurb = "Service Access Point"},
    {.name = "llc.dsap.ig", .label = "IG Bit", .type = FieldType::kBoolean, .fixed = at(0, 1), .mask = 0x1, .names = kIgNames, .bits = 8, .blurb = "Individual/Group"},
    {.name = "llc.ssap", .label = "SSAP", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1), .names = lower_names::kLlcDsap, .blurb = "Source Service Access Point"},
    {.name = "llc.ssap.sap", .label = "SAP", .type = FieldType::kUint8, .base = Base::kCustom, .fixed = at(1, 1), .mask = 0xfe, .names = kSaps, .blurb = "Service Access Point"},
    {.name = "llc.ssap.cr", .label = "CR Bit", .type = FieldType::kBoolean, .fixed = at(1, 1), .mask = 0x1, .names = kCrNames, .bits = 8, .blurb = "Command/Response"},
    {.name = "llc.control", .label = "Control", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "llc.control.n_r", .label = "N(R)", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xfe00},
    {.name = "llc.control.n_s", .label = "N(S)", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x00fe},
    {.name = "llc.control.p", .label = "Poll", .type = FieldType::kBoolean, .mask = 0x10, .names = kSetNames, .bits = 8},
    {.name = "llc.control.f", .label = "Final", .type = FieldType::kBoolean, .mask = 0x10, .names = kSetNames, .bits = 8},
    {.name = "llc.control.s_ftype", .label = "Supervisory frame type", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x000c, .names = kSupervisory},
    {.name = "llc.control.u_modifier_cmd", .label = "Command", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xec, .names = kCommands},
    {.name = "llc.control.u_modifier_resp", .label = "Response", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0xec, .names = kResponses},
    {.name = "llc.control.ftype", .label = "Frame type", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x0003, .names = kFrameTypes},
    {.name = "llc.control.ftype", .label = "Frame type", .type = FieldType::kUint8, .base = Base::kHex, .mask = 0x03, .names = kFrameTypes},
    {.name = "llc.oui", .label = "Organization Code", .type = FieldType::kUint24, .base = Base::kOui, .names = kOuis, .flags = kNamesShown},
    {.name = "llc.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames},
    {.name = "llc.pid", .label = "Protocol ID", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "llc.cisco_pid", .label = "PID", .type = FieldType::kUint16, .base = Base::kHex, .names = kCiscoPids, .blurb = "Protocol ID"},
    {.name = "llc.nortel_pid", .label = "PID", .type = FieldType::kUint16, .base = Base::kHex, .names = kNortelPids, .blurb = "Protocol ID"},
    {.name = "llc.apple_atalk_pid", .label = "PID", .type = FieldType::kUint16, .base = Base::kHex, .names = kApplePids, .blurb = "Protocol ID"},
    {.name = "basicxid.llc.xid.format", .label = "XID Format", .type = FieldType::kUint8, .base = Base::kHex, .names = kXidFormats},
    {.name = "basicxid.llc.xid.types", .label = "LLC Types/Classes", .type = FieldType::kUint8, .base = Base::kHex, .names = kXidTypes},
    {.name = "basicxid.llc.xid.wsize", .label = "Receive Window Size", .type = FieldType::kUint8, .base = Base::kDec},
};

struct Header {
  uint8_t dsap = 0, ssap = 0;
  uint16_t control = 0;
  uint32_t control_length = 0, length = 0;  // of all that was read
  bool unnumbered = false, information = false, snap = false, whole = false;
  uint32_t oui = 0;
  uint16_t type = 0;
  bool has_type = false;  // SNAP's five bytes are there
  bool response() const { return ssap & 1; }
  bool final_bit() const { return response() && !information; }  // in information frames it is the poll always
  bool ui() const { return unnumbered && (control & 0xec) == 0; }
  bool carries_data() const { return information || (ui() && !(control & 0x10)); }
  bool xid() const { return unnumbered && (control & 0xec) == 0xac; }
};

// Reads as much of the header as is there.
Header parse(Bytes b) {
  Header h;
  if (b.size() < 3) return h;
  h.dsap = b[0], h.ssap = b[1];
  h.unnumbered = (b[2] & 3) == 3, h.information = !(b[2] & 1);
  h.control_length = h.unnumbered ? 1 : 2;
  if (b.size() < 2 + h.control_length) return h;
  // Two bytes of control are sent low byte first.
  h.control = h.unnumbered ? b[2] : le16(&b[2]);
  h.length = 2 + h.control_length;
  h.snap = h.dsap == kSnapSap && h.ssap == kSnapSap;
  h.whole = true;
  if (!h.snap) return h;
  if (b.size() < h.length + 5) return h.whole = false, h;
  h.oui = be24(&b[h.length]), h.type = be16(&b[h.length + 3]), h.has_type = true;
  h.length += 5;
  return h;
}

ProtoId by_sap(uint8_t dsap) {
  switch (dsap & 0xfe) {
    case 0x06: return id::kIp;
    default: return kNoProto;
  }
}

Next walk(Walk& w, const Region& region) {
  Header h = parse({w.at(region), region.captured()});
  if (!h.whole) {
    uint32_t wanted = h.length ? h.length + (h.snap ? 5 : 0) : h.control_length ? 2 + h.control_length : 3;
    return w.damaged(id::kLlc, region, wanted);
  }
  LayerRef* layer = w.push(id::kLlc, region, h.length);
  if (!layer) return {};
  Region payload = region.from(region.offset + h.length);
  ++payload.depth;
  if (h.xid() && !h.snap && payload.length() && (payload.captured() == 0 || w.at(payload)[0] == kBasicXid)) {
    if (payload.captured() < 3) w.damage(*layer, payload.length() >= 3 ? kShort : kMalformed);
    return {};
  }
  if (!h.carries_data()) return w.data(payload);
  ProtoId proto = kNoProto;
  if (h.snap) {
    if (h.oui == kOuiEncapsulated || h.oui == kOuiCisco90) proto = w.next.ethertype(h.type);
    else if (h.oui == kOuiBridged && (h.type == 0x0001 || h.type == 0x0007)) proto = id::kEth, payload = payload.from(payload.offset + 2);  // two bytes of padding
  } else {
    proto = by_sap(h.dsap);
  }
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

void control(Emit& emit, const Header& h) {
  uint32_t n = h.control_length;
  bool poll = h.unnumbered ? h.control & 0x10 : h.control & 0x100;
  emit.number(kControl, h.control, 2, n);
  emit.push();
  if (!h.unnumbered) emit.number(kNr, h.control >> 9, 2, n);
  if (h.information) emit.number(kNs, h.control >> 1 & 0x7f, 2, n);
  if (poll) emit.number(h.final_bit() ? kFinal : kPoll, 1, 2, n);
  if (h.unnumbered) {
    emit.number(h.response() ? kResponse : kCommand, (h.control & 0xec) >> 2, 2, n);
    emit.number(kFrameTypeShort, 3, 2, n);
  } else {
    if (!h.information) emit.number(kSupervisoryType, h.control >> 2 & 3, 2, n);
    emit.number(kFrameType, h.information ? 0 : 1, 2, n);
  }
  emit.pop();
}

void details(Emit& emit) {
  emit.fixed(kDsap);
  emit.push(), emit.fixed(kDsapSap, kDsapIg), emit.pop();
  emit.fixed(kSsap);
  emit.push(), emit.fixed(kSsapSap, kSsapCr), emit.pop();
  Bytes b = emit.data();
  Header h = parse(b);
  if (!h.length) return;
  control(emit, h);
  uint32_t after = 2 + h.control_length;
  if (h.snap) {
    if (b.size() >= after + 3) emit.read(kOui, after, 3);
    if (!h.has_type || !h.carries_data()) return;
    bool typed = h.oui == kOuiEncapsulated || h.oui == kOuiCisco90;
    emit.number(typed ? kType : h.oui == kOuiCisco ? kCiscoPid : h.oui == kOuiNortel ? kNortelPid : h.oui == kOuiApple ? kApplePid : kPid, h.type, after + 3, 2);
  } else if (h.xid() && b.size() > after && b[after] == kBasicXid) {
    emit.read(kXidFormat, after, 1), emit.read(kXidTypesRow, after + 1, 1);
    if (b.size() >= after + 3) emit.number(kXidWindow, b[after + 2] >> 1, after + 2, 1);
  }
}

void sap(std::string& info, uint8_t value) {
  std::string_view name = value_name(kSaps, value >> 1);
  if (!name.empty()) {
    info += name;
    return;
  }
  info += "0x", append_hex(info, value & 0xfe, 2);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("LLC");
  c.set_info("");
  Bytes b = d.layer_data(l);
  Header h = parse(b);
  if (!h.length) return;
  std::string info = h.unnumbered ? "U" : h.information ? "I" : "S";
  if (h.unnumbered ? h.control & 0x10 : h.control & 0x100) info += h.final_bit() ? " F" : " P";
  if (h.unnumbered) {
    std::string_view name = value_name(h.response() ? kResponseShort : kCommandShort, (h.control & 0xec) >> 2);
    info += ", func=", info += name.empty() ? "Unknown" : name;
  } else {
    if (!h.information) info += ", func=", info += value_name(kSupervisoryShort, h.control >> 2 & 3);
    info += ", N(R)=", append_uint(info, h.control >> 9);
    if (h.information) info += ", N(S)=", append_uint(info, h.control >> 1 & 0x7f);
  }
  uint32_t after = 2 + h.control_length;
  if (h.snap && !h.has_type) return c.set_info(info);
  if (h.snap) {
    std::string oui, pid;
    append_hex(oui, h.oui, 6), append_hex(pid, h.type, 4);
    for (std::string* digits : {&oui, &pid}) std::transform(digits->begin(), digits->end(), digits->begin(), [](char x) { return x >= 'a' ? static_cast<char>(x - 'a' + 'A') : x; });
    std::string_view owner = value_name(kOuis, h.oui);
    info += "; SNAP, OUI 0x" + oui + " (", info += owner.empty() ? "Unknown" : owner, info += "), PID 0x" + pid;
    return c.set_info(info);
  }
  info += "; DSAP ", sap(info, h.dsap), info += h.dsap & 1 ? " Group, SSAP " : " Individual, SSAP ", sap(info, h.ssap), info += h.response() ? " Response" : " Command";
  c.set_info(info);
  if (!h.xid() || b.size() <= after || b[after] != kBasicXid) return;
  c.set_protocol("XID");
  info = "Basic Format";
  if (b.size() > after + 1) {
    std::string_view type = value_name(kXidTypes, b[after + 1] & 0x1f);
    info += "; ";
    if (type.empty()) info += "0x", append_hex(info, b[after + 1] & 0x1f, 2);
    else info += type;
  }
  if (b.size() > after + 2) info += "; Window Size ", append_uint(info, b[after + 2] >> 1);
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kLlc)}};

}  // namespace

const ProtocolDef kLlcDef = {.name = "llc", .long_name = "Logical-Link Control", .short_name = "LLC", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_from = 1, .item_to_end = true};

}  // namespace wiretail::dissect
