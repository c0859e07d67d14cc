// Internet Control Message Protocol version 6. Sources: icmpv6_rows.hpp. What an error quotes is dissected too, marked as
// quoted, and so is the packet in a redirect.
#include <algorithm>
#include <cstdio>
#include <string>

#include "dissect/checksum.hpp"
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/icmp_rows.hpp"
#include "dissect/protocols/icmpv6_rows.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

using namespace icmpv6;

constexpr std::string_view kUnreachable[] = {"no route to destination", "Administratively prohibited", "Beyond scope of source address", "Address unreachable", "Port unreachable",
                                             "Source address failed ingress/egress policy", "Reject route to destination", "Error in Source Routing Header"};
constexpr std::string_view kExceeded[] = {"hop limit exceeded in transit", "fragment reassembly time exceeded"};
constexpr std::string_view kProblem[] = {"erroneous header field encountered", "unrecognized Next Header type encountered", "unrecognized IPv6 option encountered",
                                         "IPv6 First Fragment has incomplete IPv6 Header Chain"};
constexpr std::string_view kQuery[] = {"Query subject = IPv6 addresses", "Query subject = DNS name or empty", "Query subject = IPv4 addresses"};
constexpr std::string_view kAnswer[] = {"Successful", "Refused", "Unknown query type"};
constexpr std::string_view kEchoReply[] = {"No error", "Malformed Query", "No Such Interface", "No Such Table Entry", "Multiple Interfaces Satisfy Query"};

constexpr std::string_view kRenumbering[] = {"Command", "Result"};
constexpr std::string_view kRpl[] = {"DODAG Information Solicitation", "DODAG Information Object", "Destination Advertisement Object", "Destination Advertisement Object Acknowledgment"};

std::span<const std::string_view> code_names(uint8_t type) {
  switch (type) {
    case 138: return kRenumbering;
    case 155: return kRpl;
    case 1: return kUnreachable;
    case 3: return kExceeded;
    case 4: return kProblem;
    case 139: return kQuery;
    case 140: return kAnswer;
    case 160: return {kEchoReply, 1};
    case 161: return kEchoReply;
    default: return {};
  }
}

void append_code(std::string& out, uint8_t type, uint8_t code) {
  const auto codes = code_names(type);
  if (codes.empty()) return;
  if (code < codes.size()) out += " (", out += codes[code], out += ')';
  else if (type == 1) out += " (Unknown)";
  else out += " (Unknown (", append_uint(out, code), out += "))";
}

// Bytes that a message of this type has at least.
uint32_t least(uint8_t type) {
  switch (type) {
    case 130: case 131: case 132: return 24;
    case 134: return 16;
    case 135: case 136: return 24;
    case 137: return 40;
    case 138: case 139: case 140: return 16;
    case 152: case 153: return 4;
    default: return type <= 4 || (type >= 128 && type <= 151) || type == 160 || type == 161 ? 8 : 4;
  }
}

const LayerRef* network_of(const Dissection& d, const LayerRef& l) {
  const LayerRef* below = &l;
  while (below != d.layers.begin() && below->proto != id::kIpv6 && below->proto != id::kIp) --below;
  return below->proto == id::kIpv6 ? below : nullptr;
}

// Where the packet goes to in the end: the last address of a routing header that it has not come through yet (RFC 8200 §8.1).
const uint8_t* destination_of(const Dissection& d, const LayerRef& network, const LayerRef& l) {
  for (const LayerRef* r = &network + 1; r != &l; ++r) {
    const uint8_t* p = d.at(*r);
    const uint32_t have = r->cap_end - r->offset;
    if (r->proto != id::kIpv6Routing || have < 24 || have < (p[1] + 1u) * 8 || (p[2] != 0 && p[2] != 2) || p[3] == 0) continue;
    return p + (p[1] + 1u) * 8 - 16;
  }
  return d.at(network) + 24;
}

Next walk(Walk& w, const Region& region) {
  const uint32_t have = region.captured();
  if (have < 4) return w.damaged(id::kIcmpv6, region, 4);
  const uint8_t* p = w.at(region);
  const uint8_t type = p[0];
  LayerRef* layer = w.push(id::kIcmpv6, region, region.length());
  if (!layer) return {};
  auto damaged = [&] { w.damage(*layer, have < region.length() ? kShort : kMalformed); };
  if (!(region.flags & kQuoted) && have >= 8) w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  if (have < least(type)) return damaged(), Next{};
  Region payload = region.from(region.offset + 8);
  ++payload.depth;
  if (const uint32_t at = options_of(type)) {
    if (!options_sound(p, at, have) || have < region.length()) return damaged(), Next{};
    // The packet that was redirected.
    for (uint32_t i = at; type == 137 && i + 8 <= have && p[i + 1]; i += p[i + 1] * 8u)
      if (p[i] == 4 && p[i + 1] > 1) {
        payload.offset = region.offset + i + 8;
        payload.cap_end = payload.end = region.offset + i + p[i + 1] * 8u;
        payload.flags |= kQuoted;
        return {id::kIpv6, payload};
      }
    return {};
  }
  if (type == 128 || type == 129) return w.data(payload);
  if (type > 4 || type == 0) return {};
  if (payload.length() == 0) return damaged(), Next{};
  if ((type == 1 || type == 3) && p[4] && p[4] * 8u < payload.length()) payload.end = payload.offset + p[4] * 8u, payload.cap_end = std::min(payload.cap_end, payload.end);
  payload.flags |= kQuoted;
  if (payload.captured() && *w.at(payload) >> 4 != 6) return w.data(payload);
  return {id::kIpv6, payload};
}

// RFC 3810 §5.1.3: small numbers as they are, larger ones as mantissa and exponent.
uint32_t floating(uint32_t code, unsigned mantissa_bits) {
  if (!(code >> (mantissa_bits + 3))) return code;
  return ((code & ((1u << mantissa_bits) - 1)) | (1u << mantissa_bits)) << ((code >> mantissa_bits & 7) + 3);
}

void listener_query(Emit& emit, uint32_t have) {
  const uint8_t* p = emit.at(0);
  const bool version2 = emit.layer().end - emit.layer().offset >= 28;
  if (version2) emit.number(kMldCode, floating(be16(p + 4), 12), 4, 2);
  else emit.read(kMldDelay, 4, 2);
  emit.bytes(kReserved, 6, 2), emit.read(kMldAddress, 8, 16);
  if (!version2 || have < 28) return;
  emit.read(kMldFlag, 24, 1);
  emit.push(), emit.read(kMldS, 24, 1), emit.read(kMldQrv, 24, 1), emit.read(kMldRsv, 24, 1), emit.pop();
  emit.number(kMldQqi, floating(p[25], 4), 25, 1), emit.read(kMldSources, 26, 2);
  for (uint32_t i = 0, at = 28; i < be16(p + 26) && at + 16 <= have; ++i, at += 16) emit.bytes(kMldSource, at, 16);
}

void listener_report(Emit& emit, uint32_t have) {
  const uint8_t* p = emit.at(0);
  emit.bytes(kReserved, 4, 2), emit.read(kRecords, 6, 2);
  uint32_t at = 8;
  while (at < have) {  // to the message's end, whatever their number says
    if (at + 20 > have) return emit.damage(emit.layer().cap_end < emit.layer().end ? kShort : kMalformed);
    const uint32_t sources = be16(p + at + 2), aux = p[at + 1] * 4u;
    emit.none(kRecord, at, std::min(20 + sources * 16 + aux, have - at));
    if (emit.showing()) {
      std::string line = "Multicast Address Record ";
      if (std::string_view name = value_name(kRecordTypes, p[at]); !name.empty()) line += name;
      else line += "Unknown Record Type (", append_uint(line, p[at]), line += ')';
      line += ": ", append_ipv6(line, p + at + 4);
      emit.shown(line);
    }
    emit.push();
    emit.read(kRecordType, at, 1), emit.read(kRecordAux, at + 1, 1), emit.read(kRecordSources, at + 2, 2), emit.bytes(kRecordAddress, at + 4, 16);
    at += 20;
    for (uint32_t k = 0; k < sources && at + 16 <= have; ++k, at += 16) emit.bytes(kRecordSource, at, 16);
    if (aux && at + aux <= have) emit.bytes(kRecordData, at, aux);
    at += aux;
    emit.pop();
  }
}

void details(Emit& emit) {
  emit.fixed(kType, kChecksum);
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 4) return;
  const LayerRef& l = emit.layer();
  const uint8_t* p = emit.at(0);
  const uint8_t type = p[0];
  const LayerRef* network = network_of(emit.packet(), l);
  const bool verifiable = network && network->cap_end - network->offset >= 40 && !(l.flags & (kQuoted | kFragmented)) && l.cap_end == l.end;
  if (verifiable && (emit.wants(kChecksumStatus) || emit.wants(kChecksumBad) || emit.wants_notes())) {
    // The pseudo-header: addresses, length, next header (RFC 4443 §2.3).
    const uint64_t source = checksum_sum({emit.packet().at(*network) + 8, 16}, uint64_t{have} + 58);
    const uint64_t sum = checksum_sum({destination_of(emit.packet(), *network, l), 16}, source);
    const uint16_t folded = checksum_fold(checksum_sum(emit.data(), sum));
    if (emit.showing()) {
      std::string verdict = " [correct]";
      if (folded != 0xffff) verdict = " incorrect, should be 0x", append_hex(verdict, checksum_should_be(be16(p + 2), folded), 4);
      emit.remark(verdict);
    }
    if (folded != 0xffff) {
      Emit::Below below(emit);
      char text[48];
      std::snprintf(text, sizeof text, "Bad checksum [should be 0x%04x]", checksum_should_be(be16(p + 2), folded));
      emit.expert(kChecksumBad, severity::kWarning, group::kChecksum, text);
    }
    emit.number(kChecksumStatus, folded == 0xffff ? 1 : 0);
  } else {
    emit.remark(l.flags & kFragmented ? " [unverified] [fragmented datagram]" : " [unverified]");
    emit.number(kChecksumStatus, 2);
  }
  auto each = [&](unsigned first, unsigned last, uint32_t at, uint32_t width) {
    emit.push();
    for (unsigned row = first; row <= last; ++row) emit.read(row, at, width);
    emit.pop();
  };
  switch (type) {
    case 1: case 3:
      if (have >= 8 && p[4]) emit.read(kLength, 4, 1), emit.read(kReserved, 5, 3);
      else emit.read(kReserved, 4, 4);
      break;
    case 2: emit.read(kMtu, 4, 4); break;
    case 4: emit.read(kPointer, 4, 4); break;
    case 128: case 129:
      emit.read(kEchoIdent, 4, 2), emit.read(kEchoSeq, 6, 2);
      if (const TransportContext* t = emit.transport(); t && t->request_frame) {
        emit.number(kRespTo, t->request_frame);
        const Time taken = emit.packet().packet.time - t->request_time;
        emit.real(kRespTime, static_cast<double>(taken.seconds) * 1000 + static_cast<double>(taken.nanos) / 1e6);
      }
      break;
    case 130:
      if (have >= 24) listener_query(emit, have);
      break;
    case 131: case 132:
      emit.read(kMldDelay, 4, 2), emit.read(kReserved, 6, 2), emit.read(kMldAddress, 8, 16);
      break;
    case 133: emit.read(kReserved, 4, 4); break;
    case 134:
      emit.read(kRaHops, 4, 1), emit.read(kRaFlag, 5, 1), each(kRaM, kRaRsv, 5, 1);
      emit.read(kRaLifetime, 6, 2), emit.read(kRaReachable, 8, 4), emit.read(kRaRetrans, 12, 4);
      break;
    case 135: emit.read(kReserved, 4, 4), emit.read(kNsTarget, 8, 16); break;
    case 136: emit.read(kNaFlag, 4, 4), each(kNaR, kNaRsv, 4, 4), emit.read(kNaTarget, 8, 16); break;
    case 137: emit.read(kReserved, 4, 4), emit.read(kRdTarget, 8, 16), emit.read(kRdDestination, 24, 16); break;
    case 139: case 140:
      emit.read(kNiQtype, 4, 2), emit.read(kNiFlag, 6, 2), each(kNiG, kNiRsv, 6, 2), emit.read(kNiNonce, 8, 8);
      if (type == 139 && p[1] == 0) emit.read(kNiSubject6, 16, 16);
      if (type == 139 && p[1] == 2) emit.read(kNiSubject4, 16, 4);
      if (type == 140 && have >= 16) emit_node_addresses(emit);
      break;
    case 138: emit_renumbering(emit); break;
    case 155: emit_rpl(emit); break;
    case 143:
      if (have >= 8) listener_report(emit, have);
      break;
    case 144: case 146: emit.read(kMipIdentifier, 4, 2), emit.read(kReserved, 6, 2); break;
    case 145:
      emit.read(kMipIdentifier, 4, 2), emit.read(kReserved, 6, 2);
      for (uint32_t at = 8; at + 16 <= have; at += 16) emit.bytes(kMipAgent, at, 16);
      break;
    case 147: emit.read(kMipIdentifier, 4, 2), emit.read(kMipFlag, 6, 2), each(kMipM, kMipRsv, 6, 2); break;
    case 151: emit.read(kMraInterval, 4, 2), emit.read(kMraRobustness, 6, 2); break;
    case 160:
      emit.read(kEchoIdent, 4, 2), emit.read(kExtSeq, 6, 1), each(kExtReqRes, kExtReqLocal, 7, 1);
      if (have <= 8) break;
      // The interface that is asked about: ICMP's extension structure (RFC 8335 §2.1).
      emit.rows_of(id::kIcmp), icmp::emit_extensions(emit, 8), emit.rows_of(id::kIcmpv6);
      break;
    case 161: emit.read(kEchoIdent, 4, 2), emit.read(kExtSeq, 6, 1), each(kExtRspState, kExtRspIpv6, 7, 1); break;
    default:
      if (type >= 128 && type <= 161) break;
      emit.bytes(kData, 4, have - 4);
      char text[120];
      std::snprintf(text, sizeof text, "Dissector for ICMPv6 Type (%u) code not implemented, Contact Wireshark developers if you want this supported", type);
      emit.expert(kUndecodedType, severity::kNote, group::kUndecoded, text);
  }
  if (const uint32_t at = options_of(type); at && have >= at) emit_options(emit, at);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ICMPv6");
  c.set_info("");
  const uint32_t have = l.cap_end - l.offset;
  if (have < 1) return;
  const uint8_t* p = d.at(l);
  const uint8_t type = p[0];
  std::string info(value_name(kTypes, type));
  if (info.empty()) info = "Unknown (", append_uint(info, type), info += ')';
  auto link_address = [&](uint32_t at, uint8_t wanted, const char* before) {
    while (at + 8 <= have && p[at + 1] && at + p[at + 1] * 8u <= have) {
      if (p[at] == wanted) info += before, append_ether(info, p + at + 2);
      at += p[at + 1] * 8u;
    }
  };
  if (have >= 2) append_code(info, type, p[1]);
  if ((type == 128 || type == 129) && have >= 8) {
    info += " id=0x", append_hex(info, be16(p + 4), 4), info += ", seq=", append_uint(info, be16(p + 6));
    if (const LayerRef* ip = network_of(d, l)) info += ", hop limit=", append_uint(info, d.at(*ip)[7]);
    if (const TransportContext* t = d.transport(l); t && t->request_frame) info += " (request in ", append_uint(info, t->request_frame), info += ')';
  }
  if (type == 133) link_address(8, 1, " from ");
  if (type == 134) link_address(16, 1, " from ");
  if (type == 135 && have >= 24) info += " for ", append_ipv6(info, p + 8), link_address(24, 1, " from ");
  if (type == 136 && have >= 24) {
    info += ' ', append_ipv6(info, p + 8), info += " (";
    const size_t before = info.size();
    for (auto [bit, name] : {std::pair<uint8_t, const char*>{0x80, "rtr"}, {0x40, "sol"}, {0x20, "ovr"}})
      if (p[4] & bit) info += info.size() == before ? "" : ", ", info += name;
    info += info.size() == before ? "none)" : ")";
    link_address(24, 2, " is at ");
  }
  if (type == 137) link_address(40, 2, " is at ");
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 58}};
constexpr ProtoId kEmits[] = {id::kIcmp};

}  // namespace

namespace icmpv6 {

void show_code(std::string& text, const Dissection& d, const Occurrence& o) { append_code(text, *d.at(d.layers.stack[o.layer]), static_cast<uint8_t>(o.value.u)); }

void show_lifetime(std::string& text, const Dissection&, const Occurrence& o) {
  if (o.value.u != 0xffffffff) return;
  text.resize(text.rfind(' ') + 1);
  text += "Infinity (4294967295)";
}

void show_option_length(std::string& text, const Dissection&, const Occurrence& o) { text += " (", append_uint(text, o.value.u * 8), text += " bytes)"; }

void show_response_time(std::string& text, const Dissection&, const Occurrence& o) {
  char value[64];
  std::snprintf(value, sizeof value, "Response time: %.3f ms", o.value.d);
  text = value;
}

}  // namespace icmpv6

const ProtocolDef kIcmpv6Def = {.name = "icmpv6", .long_name = "Internet Control Message Protocol v6", .short_name = "ICMPv6", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .emits = kEmits, .judges = true};

}  // namespace wiretail::dissect
