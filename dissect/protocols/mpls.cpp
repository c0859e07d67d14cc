// Multiprotocol label switching: the whole stack of labels is one layer. RFC 3032, RFC 5462 (traffic class). What lies below
// is told by its first four bits (RFC 4928); a pseudowire carries Ethernet with or without a control word (RFC 4448), or
// an associated channel (RFC 4385, RFC 5586).
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"
#include "dissect/protocols/lower_names.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kLabelBytes = 4, kControlWord = 4, kEthernetHeader = 14, kOamAlert = 14;
constexpr ValueName kLabels[] = {{0, "IPv4 Explicit-Null"}, {1, "Router Alert"}, {2, "IPv6 Explicit-Null"}, {3, "Implicit-Null"},
                                 {7, "Entropy Label Indicator (ELI)"}, {13, "Generic Associated Channel Label (GAL)"}, {14, "OAM Alert"}};

enum Row : unsigned { kLabel, kExp, kBottom, kTtl };

constexpr FieldRow kRows[] = {
    {.name = "mpls.label", .label = "MPLS Label", .type = FieldType::kUint32, .base = Base::kDecHex, .mask = 0xfffff000, .names = kLabels, .flags = kSummary | kMulti},
    {.name = "mpls.exp", .label = "MPLS Experimental Bits", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x00000e00, .flags = kMulti},
    {.name = "mpls.bottom", .label = "MPLS Bottom Of Label Stack", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x00000100, .flags = kMulti},
    {.name = "mpls.ttl", .label = "MPLS TTL", .type = FieldType::kUint32, .base = Base::kDec, .mask = 0x000000ff, .flags = kMulti},
};

// An Ethernet header that could be one: a length that fits or a known type, and addresses whose makers are registered
// (the local bit unset; of groups the well-known ones). A control word in front makes both improbable.
bool ethernet_without_control_word(Bytes b) {
  if (b.size() < kEthernetHeader) return false;
  uint16_t type = be16(&b[12]);
  bool plausible_type = type <= 1500 || !value_name(ethertype::kNames, type).empty();
  uint32_t group = be24(b.data());
  bool destination = !(b[0] & 3) || group == 0x01005e || group == 0x0180c2 || group == 0x01000c;
  return plausible_type && destination && !(b[6] & 3);
}

Next walk(Walk& w, const Region& region) {
  uint32_t length = 0, label = 0;
  const uint8_t* p = w.at(region);
  for (bool bottom = false; !bottom; length += kLabelBytes) {
    if (region.captured() < length + kLabelBytes) return w.damaged(id::kMpls, region, length + kLabelBytes);
    label = be32(p + length) >> 12;
    bottom = p[length + 2] & 1;
  }
  LayerRef* layer = w.push(id::kMpls, region, kLabelBytes);  // an item a label; here the first one's
  if (!layer) return {};
  Region payload = region.from(region.offset + length);
  ++payload.depth;
  if (payload.captured() == 0) return w.damage(*layer, payload.length() ? kShort : kMalformed), Next{};
  if (label == kOamAlert) return w.data(payload);
  switch (w.at(payload)[0] >> 4) {
    case 0: return {id::kPwEthHeuristic, payload};
    case 1: return {id::kPwAch, payload};
    case 4: return {id::kIp, payload};
    case 6: return {id::kIpv6, payload};
    default: return w.data(payload);
  }
}

void append_entry(std::string& out, uint32_t entry) {
  out += "MultiProtocol Label Switching Header, Label: ", append_uint(out, entry >> 12);
  if (std::string_view name = value_name(kLabels, entry >> 12); !name.empty()) out += " (", out += name, out += ')';
  else if (entry >> 12 < 16) out += " (Reserved - Unknown)";
  out += ", Exp: ", append_uint(out, entry >> 9 & 7);
  out += ", S: ", append_uint(out, entry >> 8 & 1), out += ", TTL: ", append_uint(out, entry & 255);
}

void details(Emit& emit) {
  Bytes b = emit.data();
  for (uint32_t place = 0; place + kLabelBytes <= b.size(); place += kLabelBytes) {
    if (place && emit.showing()) {  // beside the first one's line, not below it
      std::string line;
      append_entry(line, be32(&b[place]));
      emit.pop(), emit.branch(line), emit.push();
    }
    for (unsigned row = kLabel; row <= kTtl; ++row) emit.read(row, place, kLabelBytes);
    if (b[place + 2] & 1) return;
  }
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("MPLS");
  c.set_info("MPLS Label Switched Packet");
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  const Bytes b = d.layer_data(l);
  if (b.size() < kLabelBytes) return void(out += "MultiProtocol Label Switching Header");
  for (uint32_t place = 0; place + kLabelBytes <= b.size(); place += kLabelBytes) {
    if (place) out += '\n';
    append_entry(out, be32(&b[place]));
    if (b[place + 2] & 1) return;
  }
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x8847}, {Over::Kind::kEthertype, 0x8848}, {Over::Kind::kGreProto, 0x8847}, {Over::Kind::kGreProto, 0x8848},
                          {Over::Kind::kPpp, 0x0281}, {Over::Kind::kPpp, 0x0283}, {Over::Kind::kUdpPort, 6635}, {Over::Kind::kIpProto, 137},
                          {Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kMpls)}};

// The choice between the two forms: named in `frame.protocols`, but no item, so that no filter finds it.
Next heuristic_walk(Walk& w, const Region& region) {
  if (!w.push(id::kPwEthHeuristic, region, 0)) return {};
  w.d.layers.hide_last();
  Bytes b{w.at(region), region.captured()};
  return {ethernet_without_control_word(b) ? ProtoId{id::kPwEthNoCw} : ProtoId{id::kPwEthCw}, region};
}

Next no_control_word_walk(Walk& w, const Region& region) {
  if (!w.push(id::kPwEthNoCw, region, 0)) return {};
  return {id::kEth, region};
}

enum ControlRow : unsigned { kPwEth, kPwEthControl, kSequence };

constexpr FieldRow kControlRows[] = {
    {.name = "pweth", .label = "PW (ethernet)", .type = FieldType::kBoolean, .flags = kHidden},
    {.name = "pweth.cw", .label = "PW Control Word (ethernet)", .type = FieldType::kBoolean, .flags = kHidden},
    {.name = "pweth.cw.sequence_number", .label = "PW sequence number (ethernet)", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2)},
};

Next control_word_walk(Walk& w, const Region& region) {
  if (region.captured() < kControlWord) return w.damaged(id::kPwEthCw, region, kControlWord);
  if (!w.push(id::kPwEthCw, region, kControlWord)) return {};
  return {id::kEth, region.from(region.offset + kControlWord)};
}

void no_control_word_details(Emit& emit) { emit.number(kPwEth, 1); }
void control_word_details(Emit& emit) {
  emit.number(kPwEthControl, 1);
  emit.fixed(kSequence);
}

enum ChannelRow : unsigned { kChannelVersion, kChannelReserved, kChannelType };
constexpr uint16_t kChannelIpv4 = 0x0021, kChannelIpv6 = 0x0057;

constexpr FieldRow kChannelRows[] = {
    {.name = "pwach.ver", .label = "Channel Version", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .mask = 0x0f, .blurb = "PW Associated Channel Version"},
    {.name = "pwach.res", .label = "Reserved", .type = FieldType::kUint8, .base = Base::kHex, .fixed = at(1, 1)},
    {.name = "pwach.channel_type", .label = "Channel Type", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2, 2), .names = lower_names::kPwachChannelType, .blurb = "PW Associated Channel Type"},
};

Next channel_walk(Walk& w, const Region& region) {
  if (region.captured() < kControlWord) return w.damaged(id::kPwAch, region, kControlWord);
  if (!w.push(id::kPwAch, region, kControlWord)) return {};
  Region payload = region.from(region.offset + kControlWord);
  uint16_t type = be16(w.at(region) + 2);
  ProtoId proto = type == kChannelIpv4 ? ProtoId{id::kIp} : type == kChannelIpv6 ? ProtoId{id::kIpv6} : kNoProto;
  return proto == kNoProto ? w.data(payload) : Next{proto, payload};
}

}  // namespace

const ProtocolDef kMplsDef = {.name = "mpls", .long_name = "MultiProtocol Label Switching Header", .short_name = "MPLS", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head};
const ProtocolDef kPwEthHeuristicDef = {.name = "pwethheuristic", .long_name = "Ethernet PW (CW heuristic)", .short_name = "Ethernet PW (CW heuristic)", .rows = {}, .walk = heuristic_walk};
const ProtocolDef kPwEthNoCwDef = {.name = "pwethnocw", .long_name = "Ethernet PW (no CW)", .short_name = "Ethernet PW (no CW)", .rows = {}, .walk = no_control_word_walk, .details = no_control_word_details, .rows_of = id::kPwEthCw};
const ProtocolDef kPwEthCwDef = {.name = "pwethcw", .long_name = "PW Ethernet Control Word", .short_name = "Ethernet PW (with CW)", .rows = kControlRows, .walk = control_word_walk, .details = control_word_details};
const ProtocolDef kPwAchDef = {.name = "pwach", .long_name = "PW Associated Channel Header", .short_name = "PW Associated Channel", .rows = kChannelRows, .walk = channel_walk};

}  // namespace wiretail::dissect
