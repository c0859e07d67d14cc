// DNS, mDNS (RFC 6762) and LLMNR (RFC 4795): the walk, queries and responses paired by number, the definitions.
#include "dissect/protocols/dns.hpp"

#include <algorithm>
#include <new>

#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

using dns::Facts;

// The queries of a connection that may still be answered, newest last; at most kMost.
class DnsState : public AppState {
 public:
  static constexpr size_t kMost = 512;
  struct Query {
    uint16_t id = 0;
    uint64_t frame = 0, answer = 0;
    Time time;
  };
  size_t bytes() const override { return sizeof *this + queries.size() * sizeof(Query) + transactions.bytes(); }
  void end(const StreamEnd& how, TransactionSink& sink) override { transactions.end(how, sink); }
  Stamp deadline() const override { return transactions.deadline(); }
  void expire(Time now, TransactionSink& sink) override { transactions.expire(now, sink); }
  Query* find(uint16_t id) {
    for (size_t i = queries.size(); i-- > 0;)
      if (queries[(next + i) % queries.size()].id == id) return &queries[(next + i) % queries.size()];
    return nullptr;
  }
  Query& add() {
    if (queries.size() < kMost) return queries.emplace_back();
    Query& oldest = queries[next];
    next = (next + 1) % kMost;
    return oldest = Query{};
  }
  std::vector<Query> queries;
  size_t next = 0;  // the oldest, once the room is full
  dns::Transactions transactions;
};

constexpr int64_t kRetransmissionSeconds = 5;  // Wireshark's preference

void pair(Facts& facts, DnsState& state, uint16_t number, const StreamContext& stream) {
  DnsState::Query* q = state.find(number);
  if (!facts.response) {
    if (q && !q->answer && (stream.time - q->time).seconds < kRetransmissionSeconds) {
      facts.retransmit_of = q->frame;
      return;
    }
    DnsState::Query& fresh = state.add();
    fresh.id = number, fresh.frame = stream.frame, fresh.time = stream.time;
    return;
  }
  if (!q) {
    facts.unsolicited = true;
  } else if (q->answer && q->answer != stream.frame) {
    facts.retransmit_of = q->answer;
  } else {
    q->answer = stream.frame;
    facts.response_to = q->frame, facts.time = stream.time - q->time;
  }
}

template <ProtoId kSelf>
Next walk(Walk& w, const Region& region) {
  const PacketLayers& layers = w.d.layers;
  bool tcp = layers.present.has(id::kTcp) && (!layers.present.has(id::kUdp) || layers.last[id::kTcp] > layers.last[id::kUdp]);
  uint32_t prefix = tcp ? 2 : 0;
  LayerRef* layer = w.push(kSelf, region, region.captured());
  if (!layer) return {};
  if (kSelf == id::kDns && !tcp && region.captured() < dns::kHeader && region.captured() < region.length() && w.stream &&
      w.next.udp_port(w.stream->source_port) == kNoProto && w.next.udp_port(w.stream->destination_port) == kNoProto) {
    w.damage(*layer, kShort);  // it broke off where it was asked for: nothing is shown but a name in `frame.protocols`
    w.d.layers.hide_last();
    return {};
  }
  auto* facts = new (w.d.arena.take(sizeof(Facts) + alignof(Facts))) Facts();
  facts->prefix = static_cast<uint16_t>(prefix);
  layer->extra = w.stream && w.stream->continues;
  layer->note = w.d.keep_facts(facts);
  if (region.captured() < dns::kHeader + prefix) w.damage(*layer, region.length() >= dns::kHeader + prefix ? kShort : kMalformed);
  if (region.captured() < 4 + prefix) {  // its number and flags are read before Wireshark makes an item
    w.d.layers.hide_last();
    return {};
  }
  const uint8_t* p = w.at(region) + prefix;
  facts->response = be16(p + 2) & 0x8000;
  // What an ICMP error quotes belongs to no exchange.
  if (kSelf == id::kDns && facts->response && (region.flags & kQuoted)) facts->unsolicited = true;
  if (!w.stream || !w.stream->state) return {};
  auto& state = static_cast<DnsState&>(*w.stream->state);
  pair(*facts, state, be16(p), *w.stream);
  if (kSelf != id::kDns || !w.stream->sink || !w.stream->sink->dns) return {};  // what is asked of a group is answered by anybody
  const Bytes message{p, region.captured() - prefix};
  if (facts->retransmit_of) {
    if (!facts->response) state.transactions.repeated(be16(p));
  } else if (facts->response) {
    state.transactions.response(w.d.arena, message, *w.stream);
  } else {
    state.transactions.query(w.d.arena, message, *w.stream);
  }
  return {};
}

std::unique_ptr<AppState> make() { return std::make_unique<DnsState>(); }

// RFC 1035 §4.2.2: a length of two bytes before each message.
Pdu measure(StreamContext&, Bytes data) {
  if (data.size() < 2) return {Pdu::Kind::kNeed, 0};
  uint32_t length = 2u + be16(data.data());
  return {data.size() >= length ? Pdu::Kind::kComplete : Pdu::Kind::kNeed, length};
}

// On ports that nobody registered: what Wireshark takes for a message of DNS over UDP, by its header alone.
bool looks_like(const Dissection& d, const Region& r) {
  Bytes data = d.buffer(r.buffer).subspan(r.offset, r.captured());
  if (r.length() <= dns::kHeader) return false;
  // Where the snapshot length ends before the answer is known, Wireshark has given the packet to DNS.
  const uint8_t* p = data.data();
  if (data.size() < 4) return true;
  const uint16_t flags = be16(p + 2);
  if (flags & 0x7800) return false;
  if (data.size() < dns::kHeader) return true;
  const uint16_t queries = be16(p + 4), answers = be16(p + 6), authorities = be16(p + 8), additional = be16(p + 10);
  if (additional > 10) return false;
  if (flags & 0x8000) return queries <= 1 && answers <= 100 && authorities <= 10;
  return queries == 1 && !answers && !authorities;
}

constexpr StreamDef kStream = {.make = make, .measure = measure, .sized = true};
constexpr Over kOver[] = {{Over::Kind::kUdpPort, 53}, {Over::Kind::kTcpPort, 53}, {Over::Kind::kTcpPort, 5353}, {Over::Kind::kUdpHeuristic, 0, looks_like}};
constexpr Over kMdnsOver[] = {{Over::Kind::kUdpPort, 5353}};
constexpr Over kLlmnrOver[] = {{Over::Kind::kUdpPort, 5355}};

}  // namespace

const ProtocolDef kDnsDef = {.name = "dns", .long_name = "Domain Name System", .short_name = "DNS", .rows = dns::kRows, .over = kOver, .walk = walk<id::kDns>, .details = dns::details,
                             .columns = dns::columns, .head = dns::head, .stream = &kStream, .application = true, .judges = true};
const ProtocolDef kMdnsDef = {.name = "mdns", .long_name = "Multicast Domain Name System", .short_name = "mDNS", .rows = {}, .over = kMdnsOver, .walk = walk<id::kMdns>, .details = dns::details,
                              .columns = dns::columns, .head = dns::head, .stream = &kStream, .application = true, .rows_of = id::kDns, .judges = true};
const ProtocolDef kLlmnrDef = {.name = "llmnr", .long_name = "Link-local Multicast Name Resolution", .short_name = "LLMNR", .rows = {}, .over = kLlmnrOver, .walk = walk<id::kLlmnr>,
                               .details = dns::details, .columns = dns::columns, .head = dns::head, .stream = &kStream, .application = true, .rows_of = id::kDns, .judges = true};

}  // namespace wiretail::dissect
