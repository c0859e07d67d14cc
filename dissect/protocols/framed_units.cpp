// Ports: IANA's, where Wireshark 4.0 has them (`tshark -G decodes`). Lengths: BGP RFC 4271 §4.1, OpenFlow 1.0.0 §5.1 and 1.3.5
// §A.1, MySQL's and PostgreSQL's manuals, git's pkt-line, Modbus/TCP 1.0b §3.1.3, DoIP ISO 13400-2 §9, LDAP RFC 4511 (a BER
// sequence), ONC RPC RFC 5531 §11, SMTP RFC 5321 §2.3.8, WHOIS RFC 3912.
#include "dissect/protocols/framed_units.hpp"

#include <algorithm>
#include <cstring>

#include "dissect/bytes.hpp"
#include "dissect/protocols/tls_records.hpp"

namespace wiretail::dissect::framed {
namespace {

constexpr uint32_t kNotOne = 0;  // these bytes begin no unit

uint32_t bgp(const uint8_t* p) { return std::all_of(p, p + 16, [](uint8_t b) { return b == 0xff; }) ? uint32_t{be16(p + 16)} : kNotOne; }
uint32_t openflow(const uint8_t* p) { return p[0] >= 1 && p[0] <= 6 ? uint32_t{be16(p + 2)} : kNotOne; }
uint32_t mysql(const uint8_t* p) { return 4u + (p[0] | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16); }
// The client's first message has no type.
uint32_t postgresql(const uint8_t* p) { return p[0] ? 1 + std::min(be32(p + 1), uint32_t{1} << 30) : be32(p); }
uint32_t git(const uint8_t* p) {
  uint32_t length = 0;
  for (int i = 0; i < 4; ++i) {
    const uint8_t c = static_cast<uint8_t>(p[i] | 0x20);
    if (c >= 'a' && c <= 'f') length = length << 4 | (c - 'a' + 10u);
    else if (p[i] >= '0' && p[i] <= '9') length = length << 4 | (p[i] - '0' + 0u);
    else return kNotOne;
  }
  return std::max(length, 4u);  // "0000" ends a list
}
uint32_t modbus(const uint8_t* p) { return be16(p + 2) ? kNotOne : 6u + be16(p + 4); }
uint32_t doip(const uint8_t* p) { return static_cast<uint8_t>(p[0] ^ p[1]) == 0xff ? 8 + std::min(be32(p + 4), uint32_t{1} << 30) : kNotOne; }
uint32_t ldap(const uint8_t* p) {
  if (p[0] != 0x30) return kNotOne;
  if (p[1] < 0x80) return 2u + p[1];
  const unsigned bytes = p[1] & 0x7f;
  return bytes >= 1 && bytes <= 4 ? 2 + bytes + std::min(static_cast<uint32_t>(read_uint(p + 2, bytes, false)), uint32_t{1} << 30) : kNotOne;
}
uint32_t rpc(const uint8_t* p) { return be32(p + 8) <= 1 ? 4 + (be32(p) & 0x7fffffff) : kNotOne; }  // a call or a reply

struct Framing {
  std::string_view name;
  uint16_t port;
  uint32_t header;                             // bytes that tell the length
  uint32_t (*length)(const uint8_t* p);        // of the whole unit; null: `text`
  bool sized;                                  // Wireshark shows `tcp.pdu.size`
  bool towards = false;                        // it is this protocol from the first bytes on that go to the port
  Pdu (*text)(const StreamContext& stream, Bytes data) = nullptr;
  bool whole = false;                          // a segment with less than that is none of it
};

// Whole lines.
Pdu lines(const StreamContext& stream, Bytes data) {
  for (size_t i = data.size(); i > stream.seen; --i)
    if (data[i - 1] == '\n') return {Pdu::Kind::kComplete, static_cast<uint32_t>(i)};
  return {Pdu::Kind::kNeed, 0};
}
Pdu whois(const StreamContext& stream, Bytes data) {
  return stream.source_port == 43 ? Pdu{Pdu::Kind::kUntilClose, 0} : Pdu{Pdu::Kind::kComplete, static_cast<uint32_t>(data.size())};
}

constexpr Framing kFramings[] = {
    {"smtp", 25, 0, nullptr, false, false, lines},
    {"whois", 43, 0, nullptr, false, false, whois},
    {"bgp", 179, 19, bgp, false},
    {"ldap", 389, 6, ldap, true},
    {"modbus", 502, 8, modbus, true, false, nullptr, true},
    {"nfs", 2049, 12, rpc, false},
    {"mysql", 3306, 4, mysql, true},
    {"pgsql", 5432, 5, postgresql, true},
    {"openflow", 6633, 8, openflow, true, true},
    {"openflow", 6653, 8, openflow, true},
    {"git", 9418, 4, git, true},
    {"doip", 13400, 8, doip, true},
};

const Framing* of(uint16_t port, uint16_t other_port) {
  for (uint16_t wanted : {std::min(port, other_port), std::max(port, other_port)})
    for (const Framing& f : kFramings)
      if (f.port == wanted) return &f;
  return nullptr;
}

struct State : AppState {
  State() : tls(tls::kRecords.make()) {}
  size_t bytes() const override { return sizeof *this + tls->bytes(); }
  std::unique_ptr<AppState> tls;
  bool begun = false;
};

Pdu measure(StreamContext& stream, Bytes data) {
  auto& state = static_cast<State&>(*stream.state);
  const Framing* f = of(stream.source_port, stream.destination_port);
  stream.sized = false;
  if (!f) {
    stream.state = state.tls.get();
    const Pdu pdu = tls::kRecords.measure(stream, data);
    stream.state = &state;
    return pdu;
  }
  if (f->text) return f->text(stream, data);
  if (f->towards && stream.destination_port == f->port) state.begun = true;
  if (f->towards && !state.begun) return {Pdu::Kind::kNotOurs, 0};
  if (data.size() < f->header) return {f->whole ? Pdu::Kind::kNotOurs : Pdu::Kind::kNeed, 0};
  const uint32_t length = f->length(data.data());
  if (length < std::min(f->header, 4u)) return {Pdu::Kind::kNotOurs, 0};
  if (length > data.size()) return {Pdu::Kind::kNeed, length};
  stream.sized = f->sized;
  return {Pdu::Kind::kComplete, length};
}

}  // namespace

const StreamDef kUnits = {.make = [] { return std::unique_ptr<AppState>(std::make_unique<State>()); }, .measure = measure};

std::string_view name(uint16_t port, uint16_t other_port) {
  const Framing* f = of(port, other_port);
  return f ? f->name : std::string_view();
}

}  // namespace wiretail::dissect::framed
