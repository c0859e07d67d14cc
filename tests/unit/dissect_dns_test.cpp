// DNS messages: pairing of queries and responses, names, records, the Info text. Expected values: tshark 4.0.17 on the same bytes.
#include <cstring>
#include <string>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/dns.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

std::string be(uint64_t value, int width) {
  std::string out;
  for (int i = width - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string name(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string_view label = text.substr(0, text.find('.'));
    out += static_cast<char>(label.size()), out += label;
    text.remove_prefix(std::min(text.size(), label.size() + 1));
  }
  return out + '\0';
}
std::string header(unsigned id, unsigned flags, unsigned q, unsigned an = 0, unsigned ns = 0, unsigned ar = 0) {
  return be(id, 2) + be(flags, 2) + be(q, 2) + be(an, 2) + be(ns, 2) + be(ar, 2);
}
std::string question(std::string_view owner, unsigned type = 1) { return name(owner) + be(type, 2) + be(1, 2); }
std::string record(unsigned type, std::string_view data, std::string owner = "\xc0\x0c") { return owner + be(type, 2) + be(1, 2) + be(300, 4) + be(data.size(), 2) + std::string(data); }

struct Link {
  explicit Link(bool events = false) {
    Needs needs;
    for (const auto& def : Registry::get().fields()) needs.add(def.id);
    needs.events = needs.dns_transactions = events;
    dissector.set_needs(needs);
  }
  Dissection& send(bool answer, const std::string& message, int64_t seconds = 0, uint16_t port = 53) {
    bytes = "\x45" + std::string(1, '\0') + be(28 + message.size(), 2) + std::string("\0\1\0\0", 4) + static_cast<char>(ttl) + std::string("\x11\0\0", 3);
    std::string client("\xc0\0\2\1", 4), server("\xc6\x33\x64\7", 4);
    bytes += answer ? server + client : client + server;
    bytes += answer ? be(port, 2) + be(5000, 2) : be(5000, 2) + be(port, 2);
    bytes += be(8 + message.size(), 2) + be(0, 2) + message;
    Packet p;
    p.data = reinterpret_cast<const uint8_t*>(bytes.data()), p.cap_len = p.len = static_cast<uint32_t>(bytes.size());
    p.link_type = LinkType::kRaw, p.number = ++number, p.time = {1'700'000'000 + seconds, static_cast<int32_t>(number) * 1'000'000};
    Dissection& d = dissector.dissect(p);
    note(dissector.timer_events()), note(dissector.packet_events());
    return d;
  }
  // Transactions, each as "outcome id name rcode answers time query response repeats".
  void note(std::span<const ConnectionEvent> list) {
    for (const ConnectionEvent& e : list) {
      if (e.kind != ConnectionEvent::Kind::kDns) continue;
      Dissection& d = dissector.describe(e);
      std::string text;
      for (const char* name : {"dns.outcome", "dns.id", "dns.qry.name", "dns.flags.rcode", "dns.a", "dns.time", "dns.response_to", "dns.response_in", "dns.repeats"})
        text += (text.empty() ? "" : " ") + (field(d, name).empty() ? "-" : field(d, name));
      transactions.push_back(text);
    }
  }
  static std::string field(Dissection& d, std::string_view what) {
    std::string out;
    for (FieldId id : Registry::get().find(what))
      for (const Occurrence* o = d.first(id); o; o = d.next(*o)) {
        if (!out.empty()) out += ',';
        append_value(out, Registry::get()[id], o->value);
      }
    return out;
  }
  static std::string info(Dissection& d) {
    d.detail_all();
    Columns c;
    fill_columns(d, c);
    return c.info;
  }
  Dissector dissector{Settings{}};
  std::string bytes;
  uint64_t number = 0;
  uint8_t ttl = 64;
  std::vector<std::string> transactions;
};

}  // namespace

TEST_CASE("notes stand in the order of the layers, whatever was asked for first") {
  for (std::string_view asked : {"ip.ttl.too_small", "dns.retransmit_response", "_ws.expert.severity"}) {
    Link link;
    link.ttl = 2;
    const std::string message = header(1, 0x8180, 1, 1) + question("a.b") + record(1, "\1\2\3\4");
    link.send(false, header(1, 0x100, 1) + question("a.b"));
    link.send(true, message);
    Dissection& d = link.send(true, message);
    Link::field(d, asked);
    CHECK(Link::field(d, "_ws.expert.message") == "\"Time To Live\" only 2,DNS response retransmission. Original response in frame 2");
  }
}

TEST_CASE("transactions: a query with its response, and what became of it") {
  Link link(true);
  auto query = [&](unsigned id, int64_t at = 0) { link.send(false, header(id, 0x100, 1) + question("a.b"), at); };
  auto answer = [&](unsigned id, unsigned flags = 0x8180) { link.send(true, header(id, flags, 1, 2) + question("a.b") + record(1, "\1\2\3\4") + record(1, "\1\2\3\5")); };
  query(1), query(1), answer(1), answer(1);  // both repeated
  CHECK(link.transactions == std::vector<std::string>{"complete 0x0001 a.b 0 1.2.3.4,1.2.3.5 0.002000000 1 3 1"});
  link.transactions.clear();
  answer(2, 0x8183);
  CHECK(link.transactions == std::vector<std::string>{"orphan_response 0x0002 a.b 3 1.2.3.4,1.2.3.5 - - 5 -"});
  link.transactions.clear();
  query(3), query(4), answer(4);  // answers need not come in order
  CHECK(link.transactions == std::vector<std::string>{"complete 0x0004 a.b 0 1.2.3.4,1.2.3.5 0.001000000 7 8 -"});
  link.transactions.clear();
  query(5, 31);  // half a minute later the third is given up
  CHECK(link.transactions == std::vector<std::string>{"no_response 0x0003 a.b - - - 6 - -"});
  link.transactions.clear();
  link.dissector.finish();
  link.note(link.dissector.timer_events());
  CHECK(link.transactions == std::vector<std::string>{"no_response 0x0005 a.b - - - 9 - -"});
}

TEST_CASE("records that are seldom seen") {
  Link link;
  auto one = [&](unsigned type, std::string_view data) -> Dissection& { return link.send(true, header(9, 0x8180, 1, 1) + question("a.b", type) + record(type, data)); };
  Dissection& apl = one(42, std::string("\0\1\x18\3\xc0\xa8\1\0\2\x30\x86\0\1\2\3\4\5", 17));
  CHECK(Link::field(apl, "dns.apl.afdpart.ipv4") == "192.168.1.0");
  CHECK(Link::field(apl, "dns.apl.afdpart.ipv6") == "1:203:405::");
  CHECK(Link::field(apl, "dns.apl.negation") == "0,1");
  Dissection& a6 = one(38, std::string("\x40\0\1\2\3\4\5\6\7\1x\1y\0", 14));
  CHECK(Link::field(a6, "dns.a6.address_suffix") == "::1:203:405:607");
  CHECK(Link::field(a6, "dns.a6.prefix_name") == "x.y");
  Dissection& csync = one(62, std::string("\0\0\0\x42\0\3\0\4\x60\0\0\x08", 12));
  CHECK(Link::field(csync, "dns.csync.soa") == "66");
  CHECK(Link::field(csync, "dns.resp.type") == "62,1,2,28");
  CHECK(Link::field(one(25, std::string("\xc2\3\3\x08k", 5)), "dns.key.key_id") == "12300");
  CHECK(Link::field(one(109, std::string("\0\1\2\3\4\5\6\7", 8)), "dns.eui64") == "00:01:02:03:04:05:06:07");
  CHECK(Link::field(one(43, std::string("\0\1\x08\2", 4)), "dns.ds.digest") == "<MISSING>");
  CHECK(Link::field(one(45, std::string("\x0a\1\2\1\2", 5)), "_ws.malformed") == "[Malformed Packet: DNS],_ws.malformed");  // the gateway's address is cut
}

TEST_CASE("notes on times to live and on traceroute's ports") {
  Link link;
  std::string forever = "\xc0\x0c" + be(1, 2) + be(1, 2) + be(0x80000000, 4) + be(4, 2) + "\1\2\3\4";
  CHECK(Link::field(link.send(true, header(3, 0x8180, 1, 1) + question("a.b") + forever), "_ws.expert.message") == "The uppermost bit of the TTL is set (RFC 2181, section 8)");
  CHECK(Link::field(link.send(false, "@@@@@@@@", 0, 33440), "_ws.expert.message") == "Possible traceroute: hop #2, attempt #3");
  CHECK(Link::field(link.send(false, "@@@@@@@@", 0, 33434), "udp.possible_traceroute").empty());
}

TEST_CASE("queries and responses find one another by number") {
  Link link;
  auto query = [&](unsigned id, int64_t at = 0) -> Dissection& { return link.send(false, header(id, 0x100, 1) + question("a.b"), at); };
  auto answer = [&](unsigned id, int64_t at = 0) -> Dissection& { return link.send(true, header(id, 0x8180, 1, 1) + question("a.b") + record(1, "\1\2\3\4"), at); };
  query(1);
  Dissection& first = answer(1);
  CHECK(link.field(first, "dns.response_to") == "1");
  CHECK(link.field(first, "dns.time") == "0.001000000");
  Dissection& again = answer(1);
  CHECK(link.field(again, "dns.retransmit_response_in") == "2");
  CHECK(link.field(again, "_ws.expert.message") == "DNS response retransmission. Original response in frame 2");
  CHECK(link.field(query(1), "dns.retransmission").empty());  // that one had its answer
  CHECK(link.field(query(1), "dns.retransmit_request_in") == "4");
  CHECK(link.field(answer(1), "dns.response_to") == "4");
  CHECK(link.field(answer(9), "dns.unsolicited") == "1");
  query(2);
  CHECK(link.field(query(2, 70), "dns.retransmission").empty());  // too late for one
  CHECK(link.field(answer(2, 70), "dns.response_to") == "9");
}

TEST_CASE("records and their text") {
  struct Case {
    unsigned type;
    std::string data, info, field, value;
  };
  const Case kCases[] = {
      {1, "\1\2\3\4", "A 1.2.3.4", "dns.a", "1.2.3.4"},
      {5, name("c.x"), "CNAME c.x", "dns.cname", "c.x"},
      {6, name("m.x") + name("r.x") + be(1, 4) + be(2, 4) + be(3, 4) + be(4, 4) + be(5, 4), "SOA m.x", "dns.soa.minimum_ttl", "5"},
      {15, be(5, 2) + name("mx.x"), "MX 5 mx.x", "dns.mx.mail_exchange", "mx.x"},
      {16, "\3txt\5hello", "TXT", "dns.txt", "txt,hello"},
      {33, be(1, 2) + be(2, 2) + be(80, 2) + name("srv.x"), "SRV 1 2 80 srv.x", "dns.srv.target", "srv.x"},
      {35, be(1, 2) + be(2, 2) + "\1u\7E2U+sip\5!^.*$" + name("rep.x"), "NAPTR 1 2 u", "dns.naptr.replacement_length", "5"},
      {43, be(1234, 2) + "\x08\x02" + "digest", "DS", "dns.ds.key_id", "0x04d2"},
      {47, name("next.x") + std::string("\0\6\x40\1\0\0\0\3", 8), "NSEC next.x", "dns.resp.type", "47,1,15,46,47"},
      {48, be(257, 2) + "\3\x08publickey", "DNSKEY", "dns.dnskey.key_id", "9396"},
      {50, std::string("\1\0\0\x0a\4salt\5hash1\0\1\x40", 18), "NSEC3", "dns.nsec3.hash_value", "d1gn6q1h"},
      {52, "\3\1\1data", "TLSA a.b", "dns.tlsa.certificate_usage", "3"},
      {64, be(1, 2) + name("svc.x") + std::string("\0\1\0\3\2h2\0\3\0\2\1\xbb", 13), "SVCB", "dns.svcb.svcparam.alpn", "h2"},
      {257, std::string("\0\5issueca.example", 17), "CAA", "dns.caa.issue", "ca.example"},
      {999, "xyz", "Unknown (999)", "dns.data", "78797a"},
  };
  for (const Case& c : kCases) {
    INFO(c.info);
    Link link;
    Dissection& d = link.send(true, header(1, 0x8180, 1, 1) + question("a.b", c.type) + record(c.type, c.data));
    CHECK(link.field(d, c.field) == c.value);
    std::string text = link.info(d), kind = c.info.substr(0, c.type == 999 ? c.info.size() : c.info.find(' '));
    CHECK(text == "Standard query response 0x0001 " + kind + " a.b " + c.info);
  }
}

TEST_CASE("where only HTTP's transactions are wanted, DNS has none") {
  for (bool dns : {true, false}) {
    Link link(true);
    Needs needs;
    needs.events = true, needs.dns_transactions = dns, needs.http_transactions = !dns;
    needs.protocols.add(id::kDns);
    link.dissector.set_needs(needs);
    link.send(false, header(1, 0x100, 1) + question("a.b"));
    link.send(true, header(1, 0x8180, 1, 1) + question("a.b") + record(1, "\1\2\3\4"));
    CHECK(link.transactions.size() == (dns ? 1 : 0));
  }
}

TEST_CASE("a record of no length has no content") {
  Link link;
  Dissection& d = link.send(true, header(1, 0x8180, 1, 2) + question("a.b") + record(15, "") + record(1, "\1\2\3\4"));
  CHECK(link.field(d, "dns.mx.mail_exchange").empty());
  CHECK(link.field(d, "dns.a") == "1.2.3.4");
  CHECK(link.info(d) == "Standard query response 0x0001 A a.b MX A 1.2.3.4");
}

TEST_CASE("names that mislead") {
  struct Case {
    std::string bytes, text;
    bool good;
  };
  const std::string before = header(1, 0x100, 1);
  const Case kCases[] = {{std::string(1, '\0'), "<Root>", true}, {name("a.b"), "a.b", true}, {"\xc0\x0c", "<Name contains a pointer that loops>", true}, {"\xc0\xff", "", false},
                         {"\5ab", "", false}, {"\xc0", "", false}, {std::string("\x80""a\0", 3), "", false}, {std::string("\3d\1t\1x\0", 7), "d\\001t.x", true}, {"", "", false}};
  Arena arena;
  for (const Case& c : kCases) {
    INFO(c.text);
    std::string message = before + c.bytes;
    auto read = dns::Names(arena, reinterpret_cast<const uint8_t*>(message.data()), static_cast<uint32_t>(message.size())).at(12);
    CHECK(read.good == c.good);
    CHECK(read.text == c.text);
  }
}

TEST_CASE("a message that ends anywhere is damage, never more") {
  std::string whole = header(6, 0x8180, 1, 1) + question("a.b") + record(1, "\1\2\3\4");
  for (size_t n = 1; n <= whole.size(); ++n) {
    Link link;
    Dissection& d = link.send(true, whole.substr(0, n));
    d.detail_all();
    CHECK((link.field(d, "_ws.malformed").empty()) == (n == whole.size()));
  }
  Link link;
  CHECK(link.field(link.send(true, whole + "extra"), "dns.extraneous.length") == "5");
}

TEST_CASE("a message that ends before its flags is named in frame.protocols, and no filter finds it") {
  const std::string message = header(6, 0x100, 1) + question("a.b");
  const std::pair<uint16_t, const char*> kPorts[] = {{53, "dns"}, {5353, "mdns"}, {5355, "llmnr"}};
  for (auto [port, protocol] : kPorts)
    for (size_t n = 1; n <= dns::kHeader; ++n) {
      INFO(protocol << ' ' << n);
      Link link;
      Dissection& d = link.send(false, message.substr(0, n), 0, port);
      CHECK((d.first(Registry::get().find(protocol)[0]) != nullptr) == (n >= 4));
      CHECK(link.field(d, "frame.protocols") == std::string("raw:ip:udp:") + protocol);
      CHECK(!link.field(d, "_ws.malformed").empty());
    }
}

TEST_CASE("mDNS, LLMNR, and DNS on any port") {
  Link link;
  Dissection& multicast = link.send(false, header(0, 0, 1) + name("_http._tcp.local") + be(12, 2) + be(0x8001, 2), 0, 5353);
  CHECK(link.info(multicast) == "Standard query 0x0000 PTR _http._tcp.local, \"QU\" question");
  CHECK(link.field(multicast, "dns.qry.class") == "0x0001");
  CHECK(link.field(multicast, "dns.qry.qu") == "1");
  Dissection& local = link.send(false, header(9, 0x400, 1) + question("host"), 0, 5355);
  CHECK(link.field(local, "dns.flags.conflict") == "1");
  CHECK(link.field(local, "dns.flags.recdesired").empty());
  CHECK(link.field(link.send(false, header(9, 0x100, 1) + question("a.b"), 0, 18053), "dns.qry.name") == "a.b");
  CHECK(link.field(link.send(false, header(9, 0x100, 2) + question("a.b"), 0, 18054), "dns.qry.name").empty());
  CHECK(link.field(link.send(false, header(9, 0x100, 1) + question("a.b"), 0, 137), "dns.qry.name").empty());  // the NetBIOS name service
}
