// Internet Control Message Protocol. RFC 792; what an error quotes is dissected too, marked as quoted.
#include <algorithm>
#include <cstdio>
#include <string>

#include "dissect/checksum.hpp"
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/icmp_rows.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

using namespace icmp;

constexpr uint32_t kHeader = 8, kQuotedSpace = 128;
constexpr std::string_view kUnreachable[] = {"Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable", "Fragmentation needed", "Source route failed",
                                             "Destination network unknown", "Destination host unknown", "Source host isolated", "Network administratively prohibited",
                                             "Host administratively prohibited", "Network unreachable for TOS", "Host unreachable for TOS", "Communication administratively filtered",
                                             "Host precedence violation", "Precedence cutoff in effect"};
constexpr std::string_view kRedirect[] = {"Redirect for network", "Redirect for host", "Redirect for TOS and network", "Redirect for TOS and host"};
constexpr std::string_view kAlternate[] = {"Alternate address for host"};
constexpr std::string_view kExceeded[] = {"Time to live exceeded in transit", "Fragment reassembly time exceeded"};
constexpr std::string_view kProblem[] = {"Pointer indicates the error", "Required option missing", "Bad length"};
constexpr std::string_view kPhoturis[] = {"Bad SPI", "Authentication Failed", "Decompression Failed", "Decryption Failed", "Need Authentication", "Need Authorization"};
constexpr std::string_view kNoError[] = {"No error"};
constexpr std::string_view kExtendedReply[] = {"No error", "Malformed Query", "No Such Interface", "No Such Table Entry", "Multiple Interfaces Satisfy Query"};

std::span<const std::string_view> code_names(uint8_t type) {
  switch (type) {
    case 3: return kUnreachable;
    case 5: return kRedirect;
    case 6: return kAlternate;
    case 11: return kExceeded;
    case 12: return kProblem;
    case 40: return kPhoturis;
    case 42: return kNoError;
    case 43: return kExtendedReply;
    default: return {};
  }
}

// " (Port unreachable)": types whose codes have names, and router advertisements of mobile IP.
void append_code(std::string& out, uint8_t type, uint8_t code) {
  const auto codes = code_names(type);
  if (type == 9 && (code == 0 || code == 16)) out += code ? " (Does not route common traffic)" : " (Normal router advertisement)";
  else if (code < codes.size()) out += " (", out += codes[code], out += ')';
  else if (type == 9 || !codes.empty()) out += " (Unknown code: ", append_uint(out, code), out += ')';
}

constexpr uint8_t kTypeRedirect = 5;

bool is_error(uint8_t type) { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }
bool has_ident(uint8_t type) { return type == 0 || type == 8 || (type >= 13 && type <= 18); }

// ping puts its clock in front of the data: seconds and microseconds, in the order of the sender's machine. It is taken for
// that within a day of the packet's own time.
bool clock_in(const uint8_t* p, Time now, Time& sent) {
  for (bool little : {false, true}) {
    const uint32_t seconds = little ? le32(p) : be32(p), micros = little ? le32(p + 4) : be32(p + 4);
    const int64_t apart = now.seconds - static_cast<int64_t>(seconds);
    if (micros >= 1'000'000 || apart >= 86400 || apart <= -86400) continue;
    sent = {seconds, static_cast<int32_t>(micros * 1000)};
    return true;
  }
  return false;
}

Next walk(Walk& w, const Region& region) {
  if (region.length() == 0) return {};
  // Wireshark looks at the sixth byte first.
  if (region.captured() < kHeader) return w.damaged(id::kIcmp, region, kHeader, region.captured() < 6 ? 0 : kHeader);
  LayerRef* layer = w.push(id::kIcmp, region, kHeader);
  if (!layer) return {};
  const uint8_t* p = w.at(region);
  const uint8_t type = p[0];
  if (!(region.flags & kQuoted)) w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  if (!is_error(type)) {
    layer->header_len = region.length();
    if (type != 0 && type != 8) return {};
    Time sent;
    if (payload.captured() >= 8 && clock_in(p + kHeader, w.d.packet.time, sent)) payload.offset += 8;
    return w.data(payload);
  }
  if (payload.captured() == 0) return {};
  // Behind a quotation of a short packet there is room for extensions.
  if (payload.length() > kQuotedSpace && payload.captured() >= 4 && be16(p + kHeader + 2) <= kQuotedSpace) payload.end = payload.offset + kQuotedSpace, payload.cap_end = std::min(payload.cap_end, payload.end);
  // A redirect quotes no more than the header and eight bytes (RFC 792): what lies behind them says nothing.
  if (type == kTypeRedirect && payload.captured() > 0) {
    const uint32_t most = (p[kHeader] & 15u) * 4 + 8;
    if (payload.length() > most) payload.end = payload.offset + most, payload.cap_end = std::min(payload.cap_end, payload.end);
  }
  payload.flags |= kQuoted;
  return {id::kIp, payload};
}

void details(Emit& emit) {
  emit.fixed(kType, kChecksum);
  const LayerRef& l = emit.layer();
  const auto have = static_cast<uint32_t>(emit.data().size());
  if (have < 6) return;
  const uint8_t* p = emit.at(0);
  const uint8_t type = p[0];
  const bool verifiable = !(l.flags & (kQuoted | kFragmented)) && l.cap_end == l.end;
  const uint16_t folded = verifiable && (emit.wants(kChecksumStatus) || emit.wants(kChecksumBad) || emit.wants_notes()) ? checksum_fold(checksum_sum(emit.data())) : 0xffff;
  if (verifiable && emit.showing()) {
    std::string verdict = " [correct]";
    if (folded != 0xffff) verdict = " incorrect, should be 0x", append_hex(verdict, checksum_should_be(be16(p + 2), folded), 4);
    emit.remark(verdict);
  } else {
    emit.remark(" [unverified]");
  }
  if (folded != 0xffff) {
    Emit::Below below(emit);
    char text[48];
    std::snprintf(text, sizeof text, "Bad checksum [should be 0x%04x]", checksum_should_be(be16(p + 2), folded));
    emit.expert(kChecksumBad, severity::kWarning, group::kChecksum, text);
  }
  emit.number(kChecksumStatus, !verifiable ? 2 : folded == 0xffff ? 1 : 0);
  if (has_ident(type) || type == 42 || type == 43) {
    emit.number(kIdent, be16(p + 4), 4, 2), emit.number(kIdentLe, le16(p + 4), 4, 2);
    if (have >= kHeader && has_ident(type)) emit.number(kSeq, be16(p + 6), 6, 2), emit.number(kSeqLe, le16(p + 6), 6, 2);
  }
  if (have < kHeader) {
    if (type == 9) emit.read(kNumAddrs, 4, 1), emit.read(kAddrEntrySize, 5, 1);
    return;
  }
  switch (type) {
    case 0: case 8: {
      if (const TransportContext* t = emit.transport(); t && t->request_frame) {
        emit.number(kRespTo, t->request_frame);
        const Time taken = emit.packet().packet.time - t->request_time;
        emit.real(kRespTime, static_cast<double>(taken.seconds) * 1000 + static_cast<double>(taken.nanos) / 1e6);
      }
      Time sent;
      if (have >= kHeader + 8 && clock_in(p + kHeader, emit.packet().packet.time, sent)) {
        emit.time(kDataTime, sent, kHeader, 8);
        emit.time(kDataTimeRelative, emit.packet().packet.time - sent, kHeader, 8);
      }
      break;
    }
    case 3: case 11:
      if (p[5]) emit.bytes(kUnused, 4, 1), emit.read(kLength, 5, 1), emit.number(kLengthOriginal, p[5] * 4u, 5, 1);
      if (type == 3 && p[1] == 4) {
        if (!p[5]) emit.bytes(kUnused, 4, 2);
        emit.read(kMtu, 6, 2);
      } else {
        p[5] ? emit.bytes(kUnused, 6, 2) : emit.bytes(kUnused, 4, 4);
      }
      break;
    case 5: emit.read(kRedirGw, 4, 4); break;
    case 9: {
      emit.read(kNumAddrs, 4, 1), emit.read(kAddrEntrySize, 5, 1), emit.read(kLifetime, 6, 2);
      uint32_t at = kHeader;
      if (p[5] < 2) break;
      for (unsigned i = 0; i < p[4] && at + p[5] * 4u <= have; ++i, at += p[5] * 4u) emit.read(kRouterAddress, at, 4), emit.read(kPrefLevel, at + 4, 4);
      if (p[1] == 0 || p[1] == 16) emit_mobile_ip(emit, at);
      break;
    }
    case 12:
      emit.read(kPointer, 4, 1);
      if (p[5]) emit.read(kLength, 5, 1), emit.number(kLengthOriginal, p[5] * 4u, 5, 1), emit.bytes(kUnused, 6, 2);
      else emit.bytes(kUnused, 5, 3);
      break;
    case 13: case 14:
      emit.read(kOriginate, 8, 4), emit.read(kReceive, 12, 4), emit.read(kTransmit, 16, 4);
      break;
    case 17: case 18: emit.read(kMask, 8, 4); break;
    case 42:
      emit.read(kEchoSeq, 6, 1), emit.read(kEchoReqRes, 7, 1), emit.read(kEchoReqLocal, 7, 1);
      emit_extensions(emit, kHeader);
      break;
    case 43:
      emit.read(kEchoSeq, 6, 1);
      for (unsigned row = kEchoRspState; row <= kEchoRspIpv6; ++row) emit.read(row, 7, 1);
      break;
    default: break;
  }
  if (is_error(type) && l.end - l.offset > kHeader + kQuotedSpace && have >= kHeader + 4 && be16(p + kHeader + 2) <= kQuotedSpace) emit_extensions(emit, kHeader + kQuotedSpace);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ICMP");
  c.set_info("");
  const uint32_t have = l.cap_end - l.offset;
  if (have < 6) return;
  const uint8_t* p = d.at(l);
  const uint8_t type = p[0];
  std::string info(value_name(kTypes, type));
  const bool mobile = type == 9 && (p[1] == 0 || p[1] == 16);
  if (mobile) info = "Mobile IP Advertisement";
  if (info.empty()) info = "Unknown ICMP (obsolete or malformed?)";
  while (info.size() < 20) info += ' ';
  append_code(info, type, p[1]);
  if (has_ident(type) && have >= kHeader) {
    info += " id=0x", append_hex(info, be16(p + 4), 4), info += ", seq=", append_uint(info, be16(p + 6)), info += '/', append_uint(info, le16(p + 6));
    // The time to live of the packet that carries it.
    const LayerRef* ip = &l;
    while (ip != d.layers.begin() && ip->proto != id::kIp && ip->proto != id::kIpv6) --ip;
    if (ip != d.layers.begin()) info += ", ttl=", append_uint(info, d.at(*ip)[ip->proto == id::kIp ? 8 : 7]);
    if (const TransportContext* t = d.transport(l); t && t->request_frame) info += " (request in ", append_uint(info, t->request_frame), info += ')';
  }
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 1}};

}  // namespace

namespace icmp {

void show_type(std::string& text, const Dissection&, const Occurrence& o) {
  if (!value_name(kTypes, o.value.u).empty()) text = "Type: ", append_uint(text, o.value.u), text += " (", text += value_name(kTypes, o.value.u), text += ')';
  else text = "Type: ", append_uint(text, o.value.u), text += " (Unknown ICMP (obsolete or malformed?))";
}

void show_code(std::string& text, const Dissection& d, const Occurrence& o) { append_code(text, *d.at(d.layers.stack[o.layer]), static_cast<uint8_t>(o.value.u)); }

void show_midnight(std::string& text, const Dissection&, const Occurrence& o) {
  char after[64];
  std::snprintf(after, sizeof after, " (%u.%03u seconds after midnight UTC)", static_cast<unsigned>(o.value.u / 1000), static_cast<unsigned>(o.value.u % 1000));
  text += after;
}

void show_response_time(std::string& text, const Dissection&, const Occurrence& o) {
  char value[64];
  std::snprintf(value, sizeof value, "Response time: %.3f ms", o.value.d);
  text = value;
}

}  // namespace icmp

const ProtocolDef kIcmpDef = {.name = "icmp", .long_name = "Internet Control Message Protocol", .short_name = "ICMP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_from = 6, .item_to_end = true};

}  // namespace wiretail::dissect
