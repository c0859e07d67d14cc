// Community ID version 1 (events.md A5): SHA-1 over the flow's tuple in a canonical order, in base64.
#include <cstring>
#include <utility>

#include "dissect/bytes.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/connections/sha1.hpp"
#include "dissect/dissection.hpp"
#include "dissect/registry.hpp"

namespace wiretail::dissect {
namespace {

// The type that answers an ICMP type; -1: none, the flow is one-way.
int counterpart(bool v6, uint16_t type) {
  static constexpr std::pair<uint8_t, uint8_t> kV4[] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}, {10, 9}};
  static constexpr std::pair<uint8_t, uint8_t> kV6[] = {{128, 129}, {133, 134}, {135, 136}, {130, 131}, {139, 140}, {144, 145}};
  auto look = [&](const auto& pairs) {
    for (auto [a, b] : pairs) {
      if (type == a) return static_cast<int>(b);
      if (type == b) return static_cast<int>(a);
    }
    return -1;
  };
  return v6 ? look(kV6) : look(kV4);
}

void digest(const uint8_t* first, const uint8_t* second, size_t length, uint8_t protocol, bool ports, uint16_t from, uint16_t to, uint8_t* out) {
  uint8_t data[40];
  size_t n = 0;
  data[n++] = 0, data[n++] = 0;  // seed
  std::memcpy(data + n, first, length), n += length;
  std::memcpy(data + n, second, length), n += length;
  data[n++] = protocol, data[n++] = 0;
  if (ports)
    for (uint16_t port : {from, to}) data[n++] = static_cast<uint8_t>(port >> 8), data[n++] = static_cast<uint8_t>(port);
  sha1(data, n, out);
}

void write_text(char* out, const uint8_t* p) {
  static constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  *out++ = '1', *out++ = ':';
  for (int i = 0; i < 18; i += 3) {
    uint32_t v = be24(p + i);
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kBase64[(v >> shift) & 63];
  }
  uint32_t v = static_cast<uint32_t>(p[18] << 16 | p[19] << 8);
  *out++ = kBase64[(v >> 18) & 63], *out++ = kBase64[(v >> 12) & 63], *out++ = kBase64[(v >> 6) & 63], *out++ = '=';
}

}  // namespace

std::string_view community_id(Connection& c) {
  if (!c.has_community_id) {
    bool icmp = c.protocol == 1 || c.protocol == 58, ports = c.protocol == 6 || c.protocol == 17 || c.protocol == 132 || icmp, one_way = false;
    uint16_t from = c.ports[0], to = c.ports[1];
    if (icmp) {
      int answer = counterpart(c.protocol == 58, c.ports[0]);
      if (answer >= 0) to = static_cast<uint16_t>(answer);
      else one_way = true;
    }
    uint8_t digested[20];
    size_t length = c.v6 ? 16 : 4;
    int order = std::memcmp(c.addresses[0].data(), c.addresses[1].data(), length);
    bool swap = !one_way && (order > 0 || (order == 0 && ports && from > to));
    if (swap) std::swap(from, to);
    digest(c.addresses[swap].data(), c.addresses[!swap].data(), length, c.protocol, ports, from, to, digested);
    write_text(c.community_id.data(), digested);
    c.has_community_id = true;
  }
  return {c.community_id.data(), c.community_id.size()};
}

void append_community_id(std::string& out, const Dissection& d) {
  const LayerRef *network = nullptr, *sctp = nullptr;
  Connection* connection = nullptr;
  for (const LayerRef& l : d.layers) {
    if (l.flags & kQuoted) break;
    if (l.proto == id::kIp || l.proto == id::kIpv6) network = &l, connection = nullptr, sctp = nullptr;
    if (l.proto == id::kSctp && l.cap_end - l.offset >= 4) sctp = &l;
    const TransportContext* t = l.proto == id::kTcp || l.proto == id::kUdp || l.proto == id::kIcmp || l.proto == id::kIcmpv6 ? d.transport(l) : nullptr;
    if (t && t->connection) connection = t->connection;
  }
  if (!network) return;
  if (connection) return append_community_id(out, *connection);
  const bool v6 = network->proto == id::kIpv6;
  if (network->cap_end - network->offset < (v6 ? 40u : 20u)) return;
  const uint8_t* p = d.at(*network);
  const uint8_t *source = p + (v6 ? 8 : 12), *destination = p + (v6 ? 24 : 16);
  const size_t length = v6 ? 16 : 4;
  uint16_t from = sctp ? be16(d.at(*sctp)) : 0, to = sctp ? be16(d.at(*sctp) + 2) : 0;
  const int order = std::memcmp(source, destination, length);
  if (order > 0 || (order == 0 && from > to)) std::swap(source, destination), std::swap(from, to);
  uint8_t id[20];
  digest(source, destination, length, sctp ? 132 : v6 ? p[6] : p[9], sctp, from, to, id);
  char text[30];
  write_text(text, id);
  out.append(text, sizeof text);
}

}  // namespace wiretail::dissect
