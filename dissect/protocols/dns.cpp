// Domain Name System messages, over UDP and TCP. RFC 1035 §4; EDNS: RFC 6891; SRV: RFC 2782. Names are decoded into the
// packet's arena; compression pointers must lead backwards and are followed a bounded number of times.
#include <algorithm>
#include <array>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/stream.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 12;
constexpr unsigned kMaxRecords = 2000;  // of one message: its counts are an attacker's
constexpr ValueName kTypes[] = {{1, "A"}, {2, "NS"}, {5, "CNAME"}, {6, "SOA"}, {10, "NULL"}, {12, "PTR"}, {13, "HINFO"}, {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {29, "LOC"}, {33, "SRV"}, {35, "NAPTR"}, {39, "DNAME"},
                                {41, "OPT"}, {43, "DS"}, {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {50, "NSEC3"}, {51, "NSEC3PARAM"}, {52, "TLSA"}, {64, "SVCB"}, {65, "HTTPS"}, {99, "SPF"}, {249, "TKEY"}, {250, "TSIG"},
                                {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"}, {257, "CAA"}};
constexpr ValueName kRcodes[] = {{0, "No error"}, {1, "Format error"}, {2, "Server failure"}, {3, "No such name"}, {4, "Not implemented"}, {5, "Refused"}, {6, "Name exists"},
                                 {7, "RRset exists"}, {8, "RRset does not exist"}, {9, "Not authoritative"}, {10, "Name out of zone"}};
constexpr ValueName kOpcodes[] = {{0, "Standard query"}, {1, "Inverse query"}, {2, "Server status request"}, {4, "Zone change notification"}, {5, "Dynamic update"}};

enum Row : unsigned {
  kLength, kId, kFlags, kFlagsResponse, kFlagsOpcode, kFlagsAuthoritative, kFlagsTruncated, 
  kFlagsRecdesired, kFlagsRecavail, kFlagsZ, kFlagsAuthenticated, kFlagsCheckdisable, kFlagsRcode, 
  kCountQueries, kCountAnswers, kCountAuth, kCountAdd, kQryName, kQryNameLen, kCountLabels, kQryType, 
  kQryClass, kRespName, kRespType, kRespClass, kRespTtl, kRespLen, kA, kAaaa, kCname, kNs, kPtr, 
  kMxPreference, kMxExchange, kTxtLength, kTxt, kSoaMname, kSoaRname, kSoaSerial, kSoaRefresh, 
  kSoaRetry, kSoaExpire, kSoaMinimum, kSrvPriority, kSrvWeight, kSrvPort, kSrvTarget, kUdpPayload, 
  kExtRcode, kEdnsVersion, kRespZ, kRespZDo, kRespZReserved, kResponseTo, kTime, kRetransmission, 
  kRetransmitRequest
};

constexpr FieldRow kRows[] = {
    {.name = "dns.length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "dns.id", .label = "Transaction ID", .type = FieldType::kUint16, .base = Base::kHex, .flags = kSummary},
    {.name = "dns.flags", .label = "Flags", .type = FieldType::kUint16, .base = Base::kHex},
    {.name = "dns.flags.response", .label = "Response", .type = FieldType::kBoolean, .mask = 0x8000, .flags = kSummary, .bits = 16},
    {.name = "dns.flags.opcode", .label = "Opcode", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x7800, .names = kOpcodes},
    {.name = "dns.flags.authoritative", .label = "Authoritative", .type = FieldType::kBoolean, .mask = 0x400, .bits = 16},
    {.name = "dns.flags.truncated", .label = "Truncated", .type = FieldType::kBoolean, .mask = 0x200, .bits = 16},
    {.name = "dns.flags.recdesired", .label = "Recursion desired", .type = FieldType::kBoolean, .mask = 0x100, .bits = 16},
    {.name = "dns.flags.recavail", .label = "Recursion available", .type = FieldType::kBoolean, .mask = 0x80, .bits = 16},
    {.name = "dns.flags.z", .label = "Z", .type = FieldType::kBoolean, .mask = 0x40, .bits = 16},
    {.name = "dns.flags.authenticated", .label = "Answer authenticated", .type = FieldType::kBoolean, .mask = 0x20, .bits = 16},
    {.name = "dns.flags.checkdisable", .label = "Non-authenticated data", .type = FieldType::kBoolean, .mask = 0x10, .bits = 16},
    {.name = "dns.flags.rcode", .label = "Reply code", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0xf, .names = kRcodes, .flags = kSummary},
    {.name = "dns.count.queries", .label = "Questions", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "dns.count.answers", .label = "Answer RRs", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "dns.count.auth_rr", .label = "Authority RRs", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "dns.count.add_rr", .label = "Additional RRs", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "dns.qry.name", .label = "Name", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "dns.qry.name.len", .label = "Name Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "dns.count.labels", .label = "Label Count", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti | kGenerated},
    {.name = "dns.qry.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kDec, .names = kTypes, .flags = kSummary | kMulti},
    {.name = "dns.qry.class", .label = "Class", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "dns.resp.name", .label = "Name", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.resp.type", .label = "Type", .type = FieldType::kUint16, .base = Base::kDec, .names = kTypes, .flags = kMulti},
    {.name = "dns.resp.class", .label = "Class", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "dns.resp.ttl", .label = "Time to live", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.resp.len", .label = "Data length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.a", .label = "Address", .type = FieldType::kIpv4, .flags = kSummary | kMulti},
    {.name = "dns.aaaa", .label = "AAAA Address", .type = FieldType::kIpv6, .flags = kSummary | kMulti},
    {.name = "dns.cname", .label = "CNAME", .type = FieldType::kString, .flags = kSummary | kMulti},
    {.name = "dns.ns", .label = "Name Server", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.ptr.domain_name", .label = "Domain Name", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.mx.preference", .label = "Preference", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.mx.mail_exchange", .label = "Mail Exchange", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.txt.length", .label = "TXT Length", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.txt", .label = "TXT", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.soa.mname", .label = "Primary name server", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.soa.rname", .label = "Responsible authority's mailbox", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.soa.serial_number", .label = "Serial Number", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.soa.refresh_interval", .label = "Refresh Interval", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.soa.retry_interval", .label = "Retry Interval", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.soa.expire_limit", .label = "Expire limit", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.soa.minimum_ttl", .label = "Minimum TTL", .type = FieldType::kUint32, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.srv.priority", .label = "Priority", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.srv.weight", .label = "Weight", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.srv.port", .label = "Port", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.srv.target", .label = "Target", .type = FieldType::kString, .flags = kMulti},
    {.name = "dns.rr.udp_payload_size", .label = "UDP payload size", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x7fff, .flags = kMulti},
    {.name = "dns.resp.ext_rcode", .label = "Higher bits in extended RCODE", .type = FieldType::kUint8, .base = Base::kHex, .flags = kMulti},
    {.name = "dns.resp.edns0_version", .label = "EDNS0 version", .type = FieldType::kUint8, .base = Base::kDec, .flags = kMulti},
    {.name = "dns.resp.z", .label = "Z", .type = FieldType::kUint16, .base = Base::kHex, .flags = kMulti},
    {.name = "dns.resp.z.do", .label = "DO bit", .type = FieldType::kBoolean, .mask = 0x8000, .flags = kMulti, .bits = 16},
    {.name = "dns.resp.z.reserved", .label = "Reserved", .type = FieldType::kUint16, .base = Base::kHex, .mask = 0x7fff, .flags = kMulti},
    {.name = "dns.response_to", .label = "Request In", .type = FieldType::kFrameNum, .flags = kGenerated, .need = Need::kStream},
    {.name = "dns.time", .label = "Time", .type = FieldType::kRelativeTime, .flags = kSummary | kGenerated, .need = Need::kStream},
    {.name = "dns.retransmission", .label = "Retransmission", .type = FieldType::kBoolean, .flags = kGenerated, .need = Need::kStream},
    {.name = "dns.retransmit_request_in", .label = "Retransmitted request. Original request in", .type = FieldType::kFrameNum, .flags = kGenerated, .need = Need::kStream},
};

// Queries of one connection that wait for their answer; the oldest gives way.
class DnsState : public AppState {
 public:
  struct Query {
    uint16_t id = 0;
    bool used = false, answered = false;
    uint64_t frame = 0;
    Time time;
  };
  size_t bytes() const override { return sizeof *this; }
  std::array<Query, 16> queries;
  size_t next = 0;
};

// What the walk learnt from the connection.
struct Facts {
  uint64_t response_to = 0, retransmit_of = 0;
  Time time;
  uint16_t prefix = 0;  // bytes before the message: the length over TCP
};

struct Name {
  std::string_view text;
  uint32_t end = 0;      // behind the name where it stands
  uint32_t labels = 0;
  bool good = false;
};

// The name at `at` of a message of `size` bytes, as Wireshark writes it: dots between labels, "<Root>" for none.
Name read_name(Arena& arena, const uint8_t* p, uint32_t size, uint32_t at) {
  Name name;
  char text[1024];
  uint32_t length = 0, jumps = 0;
  bool jumped = false;
  while (true) {
    if (at >= size) return name;
    uint8_t n = p[at];
    if (n == 0) {
      if (!jumped) name.end = at + 1;
      break;
    }
    if ((n & 0xc0) == 0xc0) {
      if (at + 1 >= size || ++jumps > 64) return name;
      if (!jumped) name.end = at + 2, jumped = true;
      uint32_t to = (n & 0x3fu) << 8 | p[at + 1];
      if (to >= at) return name;
      at = to;
      continue;
    }
    if (n & 0xc0 || at + 1 + n > size || length + n + 1 > sizeof text) return name;
    if (length) text[length++] = '.';
    for (uint32_t i = 0; i < n; ++i) text[length++] = static_cast<char>(p[at + 1 + i]);
    ++name.labels;
    at += 1u + n;
  }
  name.good = true;
  name.text = length ? arena.keep({text, length}) : std::string_view("<Root>");
  return name;
}

const Facts* facts_of(const Dissection& d, const LayerRef& l) { return l.note ? static_cast<const Facts*>(d.app_facts[l.note - 1]) : nullptr; }

template <ProtoId kSelf>
Next walk(Walk& w, Region region) {
  bool tcp = false;
  for (const LayerRef& l : w.d.layers) tcp |= l.proto == id::kTcp && &l + 1 >= w.d.layers.begin();
  tcp = tcp && w.d.layers.last[id::kTcp] >= (w.d.layers.present.has(id::kUdp) ? w.d.layers.last[id::kUdp] : 0);
  uint32_t prefix = tcp ? 2 : 0;
  if (region.captured() < kHeader + prefix) return w.damaged(kSelf, region, kHeader + prefix);
  LayerRef* layer = w.push(kSelf, region, region.captured());
  if (!layer) return {};
  auto* facts = new (w.d.arena.take(sizeof(Facts) + alignof(Facts))) Facts();
  facts->prefix = static_cast<uint16_t>(prefix);
  layer->note = w.d.keep_facts(facts);
  if (!w.stream || !w.stream->state) return {};
  auto& state = static_cast<DnsState&>(*w.stream->state);
  const uint8_t* p = w.at(region) + prefix;
  uint16_t number = be16(p);
  if (be16(p + 2) & 0x8000) {
    for (auto& q : state.queries) {
      if (!q.used || q.id != number || q.answered) continue;
      facts->response_to = q.frame, facts->time = w.stream->time - q.time;
      q.answered = true;
      break;
    }
    return {};
  }
  for (auto& q : state.queries)
    if (q.used && q.id == number && !q.answered) {
      facts->retransmit_of = q.frame;
      return {};
    }
  DnsState::Query& q = state.queries[state.next++ % state.queries.size()];
  q.id = number, q.used = true, q.answered = false, q.frame = w.stream->frame, q.time = w.stream->time;
  return {};
}

class Reader {
 public:
  Reader(Emit& emit, uint32_t prefix) : emit_(emit), prefix_(prefix), p_(emit.at(prefix)), size_(static_cast<uint32_t>(emit.data().size()) - prefix) {}

  void run() {
    uint16_t flags = be16(p_ + 2);
    bool response = flags & 0x8000;
    if (prefix_) emit_.number(kLength, be16(emit_.at(0)), 0, 2);
    number(kId, 0, 2);
    number(kFlags, 2, 2);
    emit_.push();
    auto flag = [&](unsigned row, unsigned shift, unsigned mask = 1) { emit_.number(row, flags >> shift & mask, prefix_ + 2, 2); };
    flag(kFlagsResponse, 15), flag(kFlagsOpcode, 11, 15);
    if (response) flag(kFlagsAuthoritative, 10);
    flag(kFlagsTruncated, 9), flag(kFlagsRecdesired, 8);
    if (response) flag(kFlagsRecavail, 7);
    flag(kFlagsZ, 6);
    if (response) flag(kFlagsAuthenticated, 5);
    flag(kFlagsCheckdisable, 4);
    if (response) flag(kFlagsRcode, 0, 15);
    emit_.pop();
    number(kCountQueries, 4, 2), number(kCountAnswers, 6, 2), number(kCountAuth, 8, 2), number(kCountAdd, 10, 2);
    uint32_t at = kHeader;
    unsigned records = 0;
    for (uint32_t i = be16(p_ + 4); i && records < kMaxRecords; --i, ++records)
      if (!question(at)) return emit_.damage(kMalformed);
    for (uint32_t section = 6; section <= 10; section += 2)
      for (uint32_t i = be16(p_ + section); i && records < kMaxRecords; --i, ++records)
        if (!record(at)) return emit_.damage(kMalformed);
  }

 private:
  void number(unsigned row, uint32_t at, uint32_t width) { emit_.number(row, read_uint(p_ + at, width), prefix_ + at, width); }
  void text(unsigned row, const Name& name, uint32_t at) { emit_.put(row, Value::of_text(name.text), prefix_ + at, name.end - at); }

  bool question(uint32_t& at) {
    Name name = read_name(emit_.packet().arena, p_, size_, at);
    if (!name.good || name.end + 4 > size_) return false;
    text(kQryName, name, at);
    emit_.push();
    emit_.number(kQryNameLen, name.labels ? name.text.size() : 0, prefix_ + at, name.end - at);
    emit_.number(kCountLabels, name.labels, prefix_ + at, name.end - at);
    number(kQryType, name.end, 2), number(kQryClass, name.end + 2, 2);
    emit_.pop();
    at = name.end + 4;
    return true;
  }

  bool record(uint32_t& at) {
    Name name = read_name(emit_.packet().arena, p_, size_, at);
    if (!name.good || name.end + 10 > size_) return false;
    uint32_t h = name.end, data = h + 10, length = be16(p_ + h + 8);
    uint16_t type = be16(p_ + h);
    text(kRespName, name, at);
    emit_.push();
    number(kRespType, h, 2);
    if (type == 41) {
      number(kUdpPayload, h + 2, 2), number(kExtRcode, h + 4, 1), number(kEdnsVersion, h + 5, 1), number(kRespZ, h + 6, 2);
      emit_.number(kRespZDo, p_[h + 6] >> 7, prefix_ + h + 6, 2), emit_.number(kRespZReserved, be16(p_ + h + 6) & 0x7fff, prefix_ + h + 6, 2);
    } else {
      number(kRespClass, h + 2, 2), number(kRespTtl, h + 4, 4);
    }
    number(kRespLen, h + 8, 2);
    bool good = data + length <= size_ && content(type, data, length);
    emit_.pop();
    at = data + length;
    return good;
  }

  bool content(uint16_t type, uint32_t at, uint32_t length) {
    uint32_t end = at + length;
    auto name = [&](unsigned row, uint32_t from) {
      Name n = read_name(emit_.packet().arena, p_, size_, from);
      if (n.good) text(row, n, from);
      return n;
    };
    switch (type) {
      case 1: if (length == 4) emit_.read(kA, prefix_ + at, 4); return length >= 4;
      case 28: if (length == 16) emit_.read(kAaaa, prefix_ + at, 16); return length >= 16;
      case 2: return name(kNs, at).good;
      case 5: return name(kCname, at).good;
      case 12: return name(kPtr, at).good;
      case 15:
        if (length < 3) return false;
        number(kMxPreference, at, 2);
        return name(kMxExchange, at + 2).good;
      case 33:
        if (length < 7) return false;
        number(kSrvPriority, at, 2), number(kSrvWeight, at + 2, 2), number(kSrvPort, at + 4, 2);
        return name(kSrvTarget, at + 6).good;
      case 16: case 99:
        while (at < end) {
          uint32_t n = p_[at];
          if (at + 1 + n > end) return false;
          number(kTxtLength, at, 1);
          emit_.bytes(kTxt, prefix_ + at + 1, n);
          at += 1 + n;
        }
        return true;
      case 6: {
        Name m = name(kSoaMname, at);
        if (!m.good) return false;
        Name r = name(kSoaRname, m.end);
        if (!r.good || r.end + 20 > end) return false;
        for (unsigned i = 0; i < 5; ++i) number(kSoaSerial + i, r.end + 4 * i, 4);
        return true;
      }
      default: return true;
    }
  }

  Emit& emit_;
  uint32_t prefix_;
  const uint8_t* p_;
  uint32_t size_;
};

void details(Emit& emit) {
  const Facts* facts = facts_of(emit.packet(), emit.layer());
  uint32_t prefix = facts ? facts->prefix : 0;
  if (emit.data().size() < kHeader + prefix) return;
  Reader(emit, prefix).run();
  if (!facts) return;
  if (facts->response_to) {
    emit.number(kResponseTo, facts->response_to);
    emit.time(kTime, facts->time);
  }
  if (facts->retransmit_of) {
    emit.number(kRetransmission, 1);
    emit.number(kRetransmitRequest, facts->retransmit_of);
  }
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol(l.proto == id::kMdns ? "MDNS" : l.proto == id::kLlmnr ? "LLMNR" : "DNS");
  const Facts* facts = facts_of(d, l);
  uint32_t prefix = facts ? facts->prefix : 0, have = l.cap_end - l.offset;
  if (have < kHeader + prefix) return c.set_info("");
  const uint8_t* p = d.at(l) + prefix;
  uint32_t size = have - prefix;
  auto& arena = const_cast<Dissection&>(d).arena;
  uint16_t flags = be16(p + 2);
  std::string info(value_name(kOpcodes, flags >> 11 & 15));
  if (info.empty()) info = "Unknown operation (" + std::to_string(flags >> 11 & 15) + ")";
  if (flags & 0x8000) info += " response";
  info += " 0x", append_hex(info, be16(p), 4);
  if (flags & 0x8000 && flags & 15) {
    std::string_view name = value_name(kRcodes, flags & 15);
    info += ' ', info += name.empty() ? "Unknown error" : name;
  }
  uint32_t at = kHeader;
  auto type_name = [&](uint16_t type) {
    std::string_view name = value_name(kTypes, type);
    info += ' ';
    if (name.empty()) info += "Unknown (", append_uint(info, type), info += ')';
    else info += name;
  };
  for (uint32_t i = be16(p + 4), n = 0; i && n < 100; --i, ++n) {
    Name name = read_name(arena, p, size, at);
    if (!name.good || name.end + 4 > size) return c.set_info(info);
    type_name(be16(p + name.end));
    info += ' ', info += name.text;
    at = name.end + 4;
  }
  for (uint32_t section = 6; section <= 10; section += 2)
    for (uint32_t i = be16(p + section), n = 0; i && n < 100; --i, ++n) {
      Name name = read_name(arena, p, size, at);
      if (!name.good || name.end + 10 > size) return c.set_info(info);
      uint16_t type = be16(p + name.end);
      uint32_t data = name.end + 10, length = be16(p + name.end + 8);
      if (data + length > size) return c.set_info(info);
      type_name(type);
      uint32_t from = type == 15 ? data + 2 : type == 33 ? data + 6 : data;
      if (type == 1 && length == 4) info += ' ', append_ipv4(info, be32(p + data));
      if (type == 28 && length == 16) info += ' ', append_ipv6(info, p + data);
      if (type == 15 && length > 2) info += ' ', append_uint(info, be16(p + data));
      if (type == 33 && length > 6) info += ' ', append_uint(info, be16(p + data)), info += ' ', append_uint(info, be16(p + data + 2)), info += ' ', append_uint(info, be16(p + data + 4));
      if (type == 2 || type == 5 || type == 12 || type == 6 || type == 15 || type == 33) {
        Name target = read_name(arena, p, size, from);
        if (target.good) info += ' ', info += target.text;
      }
      at = data + length;
    }
  c.set_info(info);
}

std::unique_ptr<AppState> make() { return std::make_unique<DnsState>(); }

Pdu measure(StreamContext&, Bytes data) {
  if (data.size() < 2) return {Pdu::Kind::kNeed, 2};
  uint32_t length = 2u + be16(data.data());
  if (length < 2 + kHeader) return {Pdu::Kind::kNotOurs, 0};
  return {data.size() >= length ? Pdu::Kind::kComplete : Pdu::Kind::kNeed, length};
}

constexpr StreamDef kStream = {.make = make, .measure = measure};
constexpr StreamDef kDatagrams = {.make = make, .measure = measure};
constexpr Over kOver[] = {{Over::Kind::kUdpPort, 53}, {Over::Kind::kTcpPort, 53}};
constexpr Over kMdnsOver[] = {{Over::Kind::kUdpPort, 5353}};
constexpr Over kLlmnrOver[] = {{Over::Kind::kUdpPort, 5355}};

}  // namespace

const ProtocolDef kDnsDef = {.name = "dns", .long_name = "Domain Name System", .short_name = "DNS", .rows = kRows, .over = kOver, .walk = walk<id::kDns>, .details = details, .columns = columns,
                             .stream = &kStream, .application = true};

const ProtocolDef kMdnsDef = {.name = "mdns", .long_name = "Multicast Domain Name System", .short_name = "mDNS", .rows = {}, .over = kMdnsOver, .walk = walk<id::kMdns>, .details = details, .columns = columns,
                              .stream = &kDatagrams, .application = true, .rows_of = id::kDns};
const ProtocolDef kLlmnrDef = {.name = "llmnr", .long_name = "Link-local Multicast Name Resolution", .short_name = "LLMNR", .rows = {}, .over = kLlmnrOver, .walk = walk<id::kLlmnr>, .details = details, .columns = columns,
                               .stream = &kDatagrams, .application = true, .rows_of = id::kDns};

}  // namespace wiretail::dissect
