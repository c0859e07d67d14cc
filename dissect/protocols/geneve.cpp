// Generic Network Virtualization Encapsulation: Ethernet or IP in UDP, with options. RFC 8926; option classes: IANA
// "Network Virtualization Overlay (NVO3)"; Google's options: as the captures of its packet mirroring have them.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8, kOptionHeader = 4;
constexpr uint16_t kGoogle = 0x0132;
constexpr ValueName kClasses[] = {
    {0x0000, "Standard", 0x00ff}, {0x0100, "Linux"}, {0x0101, "Open vSwitch"}, {0x0102, "Open Virtual Networking (OVN)"}, {0x0103, "In-band Network Telemetry (INT)"},
    {0x0104, "VMware"}, {0x0105, "Amazon.com, Inc."}, {0x0106, "Cisco Systems, Inc."}, {0x0107, "Oracle Corporation"}, {0x0108, "Amazon.com, Inc.", 0x0110},
    {0x0111, "IBM", 0x0118}, {0x0119, "Ericsson", 0x0128}, {0x0129, "Oxide Computer Company"}, {0x0130, "Cisco Systems, Inc.", 0x0131}, {0x0132, "Google LLC", 0x0135},
    {0x0136, "InfoQuick Global Connection Tech Ltd."}, {0x0137, "Unassigned", 0xfeff}, {0xff00, "Unknown"}, {0xff01, "Experimental", 0xffff}};
constexpr ValueName kDirections[] = {{0, "Ingress"}, {1, "Egress"}};

enum Row : unsigned {
  kVersion, kVersionUnknown, kFlags, kFlagOam, kFlagCritical, kFlagReserved, kProtoType, kVni, kReserved, kOptions, kOption, kOptionClass, kOptionType,
  kOptionCritical, kOptionFlags, kOptionReserved, kOptionLength, kOptionInvalid, kGcpVnid, kGcpReserved, kGcpDirection, kGcpEndpoint, kGcpProfile, kUnknownData
};

constexpr FieldRow kRows[] = {
    {.name = "geneve.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .blurb = "Geneve tunnel version"},
    {.name = "geneve.version.unknown", .label = "Unknown version", .flags = kExpert},
    {.name = "geneve.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1)},
    {.name = "geneve.flags.oam", .label = "Operations, Administration and Management Frame", .type = FieldType::kBoolean, .fixed = at(1, 1), .mask = 0x80, .bits = 8},
    {.name = "geneve.flags.critical", .label = "Critical Options Present", .type = FieldType::kBoolean, .fixed = at(1, 1), .mask = 0x40, .bits = 8},
    {.name = "geneve.flags.reserved", .label = "Reserved", .type = FieldType::kBoolean, .fixed = at(1, 1), .mask = 0x3f, .bits = 8},
    {.name = "geneve.proto_type", .label = "Protocol Type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2, 2), .names = ethertype::kNames},
    {.name = "geneve.vni", .label = "Virtual Network Identifier (VNI)", .type = FieldType::kUint24, .base = Base::kHexDec, .fixed = at(4, 3), .flags = kSummary},
    {.name = "geneve.reserved", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(7, 1), .flags = kHidden},
    {.name = "geneve.options", .label = "Geneve Options", .type = FieldType::kBytes},
    {.name = "geneve.option", .label = "Option", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "geneve.option.class", .label = "Class", .type = FieldType::kUint16, .base = Base::kHex, .names = kClasses, .flags = kMulti},
    {.name = "geneve.option.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti},
    {.name = "geneve.option.type.critical", .label = "Critical Option", .type = FieldType::kBoolean, .mask = 0x80, .flags = kMulti | kHidden, .bits = 8},
    {.name = "geneve.option.flags", .label = "Flags", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti},
    {.name = "geneve.option.flags.reserved", .label = "Reserved", .type = FieldType::kBoolean, .mask = 0xe0, .flags = kMulti, .bits = 8},
    {.name = "geneve.option.length", .label = "Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "geneve.option.length.invalid", .label = "Invalid length for option", .flags = kExpert | kMulti},
    {.name = "geneve.option.gcp.vnid", .label = "GCP Virtual Network ID", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0xfffffff0, .flags = kMulti},
    {.name = "geneve.option.gcp.reserved", .label = "GCP Reserved bits", .type = FieldType::kBoolean, .mask = 0xe, .flags = kMulti, .bits = 32},
    {.name = "geneve.option.gcp.direction", .label = "GCP Traffic Direction", .type = FieldType::kBoolean, .mask = 0x1, .names = kDirections, .flags = kMulti, .bits = 32},
    {.name = "geneve.option.gcp.endpoint", .label = "GCP Endpoint ID", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "geneve.option.gcp.profile", .label = "GCP Profile ID", .type = FieldType::kUint64, .base = Base::kDec, .flags = kMulti},
    {.name = "geneve.option.unknown.data", .label = "Unknown Option Data", .type = FieldType::kBytes, .flags = kMulti},
};
static_assert(rows_fit(kRows, kHeader));

uint32_t options_length(const uint8_t* p) { return (p[0] & 0x3fu) * 4; }

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kGeneve, region, kHeader);
  const uint8_t* p = w.at(region);
  uint32_t header = kHeader + options_length(p);
  if (region.captured() < header) return w.damaged(id::kGeneve, region, header);
  if (!w.push(id::kGeneve, region, header)) return {};
  Region payload = region.from(region.offset + header);
  ++payload.depth;
  uint16_t type = be16(p + 2);
  ProtoId proto = w.next.ethertype(type);
  if (proto == kNoProto) w.count_unsupported();
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

std::string option_title(const uint8_t* p) {
  uint16_t option_class = be16(p);
  std::string text = option_class == kGoogle && p[2] == 1   ? "GCP Virtual Network ID"
                     : option_class == kGoogle && p[2] == 2 ? "GCP Endpoint ID"
                     : option_class == kGoogle && p[2] == 3 ? "GCP Profile ID"
                                                            : "Unknown";
  text += ", Class: ", text += value_name(kClasses, option_class), text += " (0x", append_hex(text, option_class, 4), text += ") Type: 0x", append_hex(text, p[2], 2);
  return text;
}

void option(Emit& emit, uint32_t place, uint32_t length) {
  const uint8_t* p = emit.at(place);
  emit.bytes(kOption, place, length);
  emit.push();
  emit.read(kOptionClass, place, 2), emit.read(kOptionType, place + 2, 1), emit.read(kOptionCritical, place + 2, 1);
  emit.number(kOptionFlags, p[3] >> 5, place + 3, 1);
  emit.push(), emit.read(kOptionReserved, place + 3, 1), emit.pop();
  emit.number(kOptionLength, length, place + 3, 1);
  uint32_t value = place + kOptionHeader, size = length - kOptionHeader;
  bool google = be16(p) == kGoogle;
  if (google && p[2] == 1) emit.read(kGcpVnid, value, 4), emit.read(kGcpDirection, value, 4), emit.read(kGcpReserved, value, 4);
  else if (google && p[2] == 2) emit.bytes(kGcpEndpoint, value, size);
  else if (google && p[2] == 3) emit.read(kGcpProfile, value, 8);
  else emit.bytes(kUnknownData, value, size);
  emit.pop();
}

void options(Emit& emit, uint32_t end) {
  emit.bytes(kOptions, kHeader, end - kHeader);
  emit.push();
  for (uint32_t place = kHeader; place + kOptionHeader <= end;) {
    const uint8_t* p = emit.at(place);
    uint32_t length = kOptionHeader + (p[3] & 0x1fu) * 4;
    if (place + length > end) {
      std::string message = option_title(p) + " (length of ";
      append_uint(message, length), message += " is past end of options)";
      emit.expert(kOptionInvalid, severity::kError, group::kMalformed, message);
      break;
    }
    option(emit, place, length);
    place += length;
  }
  emit.pop();
}

void details(Emit& emit) {
  Bytes b = emit.data();
  if (b.empty()) return;
  emit.number(kVersion, b[0] >> 6, 0, 1);
  if (b[0] >> 6) {
    std::string message = "Unknown version ";
    append_uint(message, b[0] >> 6);
    emit.expert(kVersionUnknown, severity::kWarning, group::kProtocol, message);
  }
  emit.number(kOptionLength, options_length(b.data()), 0, 1);
  emit.fixed(kFlags);
  emit.push(), emit.fixed(kFlagOam, kFlagReserved), emit.pop();
  emit.fixed(kProtoType, kReserved);
  uint32_t end = kHeader + options_length(b.data());
  if (b.size() >= end && end > kHeader) options(emit, end);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("Geneve");
  c.set_info("");
  if (l.cap_end - l.offset < 4) return;
  uint16_t type = be16(d.at(l) + 2);
  std::string_view name = value_name(ethertype::kNames, type);
  std::string info = "Encapsulated ";
  if (name.empty()) info += "0x", append_hex(info, type, 4), info += " (unknown)";
  else info += name;
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Generic Network Virtualization Encapsulation";
  if (l.cap_end - l.offset < kHeader) return;
  const uint8_t* p = d.at(l);
  out += ", VNI: 0x", append_hex(out, be24(p + 4), 6);
  if (p[1] & 0x80) out += ", OAM";
}

constexpr Over kOver[] = {{Over::Kind::kUdpPort, 6081}};

}  // namespace

const ProtocolDef kGeneveDef = {.name = "geneve", .long_name = "Generic Network Virtualization Encapsulation", .short_name = "Geneve", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head};

}  // namespace wiretail::dissect
