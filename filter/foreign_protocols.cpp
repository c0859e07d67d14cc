#include "filter/foreign_protocols.hpp"

#include <algorithm>
#include <utility>

namespace wiretail::filter {
namespace {

constexpr ForeignProtocol kProtocols[] = {
    {"tls", "tcp.port == 443"},
    {"dtls", ""},
    {"dhcp", "udp.port in {67, 68}"},
    {"dhcpv6", "udp.port in {546, 547}"},
    {"ntp", "udp.port == 123"},
    {"quic", "udp.port == 443"},
    {"http2", "tcp.port == 443"},
    {"http3", "udp.port == 443"},
    {"websocket", ""},
    {"ssh", "tcp.port == 22"},
    {"telnet", "tcp.port == 23"},
    {"ftp", "tcp.port == 21"},
    {"ftp-data", "tcp.port == 20"},
    {"tftp", "udp.port == 69"},
    {"smtp", "tcp.port in {25, 587}"},
    {"imap", "tcp.port == 143"},
    {"pop", "tcp.port == 110"},
    {"nntp", "tcp.port == 119"},
    {"irc", "tcp.port == 6667"},
    {"xmpp", "tcp.port == 5222"},
    {"smb", "tcp.port == 445"},
    {"smb2", "tcp.port == 445"},
    {"nbss", "tcp.port in {139, 445}"},
    {"nbns", "udp.port == 137"},
    {"nbdgm", "udp.port == 138"},
    {"nfs", "tcp.port == 2049"},
    {"rpc", "tcp.port == 111 or udp.port == 111"},
    {"dcerpc", "tcp.port == 135"},
    {"ldap", "tcp.port == 389"},
    {"kerberos", "tcp.port == 88 or udp.port == 88"},
    {"radius", "udp.port in {1812, 1813}"},
    {"diameter", "tcp.port == 3868"},
    {"tacplus", "tcp.port == 49"},
    {"rdp", "tcp.port == 3389"},
    {"vnc", "tcp.port == 5900"},
    {"socks", "tcp.port == 1080"},
    {"rsync", "tcp.port == 873"},
    {"git", "tcp.port == 9418"},
    {"whois", "tcp.port == 43"},
    {"bittorrent", "tcp.port in {6881 .. 6889}"},
    {"sip", "udp.port == 5060 or tcp.port == 5060"},
    {"sdp", ""},
    {"rtp", ""},
    {"rtcp", ""},
    {"rtsp", "tcp.port == 554"},
    {"stun", "udp.port == 3478"},
    {"snmp", "udp.port in {161, 162}"},
    {"syslog", "udp.port == 514"},
    {"cflow", "udp.port in {2055, 4739}"},
    {"ptp", "udp.port in {319, 320}"},
    {"mqtt", "tcp.port == 1883"},
    {"amqp", "tcp.port == 5672"},
    {"kafka", "tcp.port == 9092"},
    {"coap", "udp.port == 5683"},
    {"resp", "tcp.port == 6379"},
    {"memcache", "tcp.port == 11211"},
    {"mysql", "tcp.port == 3306"},
    {"pgsql", "tcp.port == 5432"},
    {"tds", "tcp.port == 1433"},
    {"tns", "tcp.port == 1521"},
    {"mongo", "tcp.port == 27017"},
    {"cql", "tcp.port == 9042"},
    {"mbtcp", "tcp.port == 502"},
    {"modbus", "tcp.port == 502"},
    {"dnp3", "tcp.port == 20000"},
    {"s7comm", "tcp.port == 102"},
    {"opcua", "tcp.port == 4840"},
    {"enip", "tcp.port == 44818"},
    {"bacnet", "udp.port == 47808"},
    {"isakmp", "udp.port in {500, 4500}"},
    {"openvpn", "udp.port == 1194 or tcp.port == 1194"},
    {"wg", "udp.port == 51820"},
    {"l2tp", "udp.port == 1701"},
    {"pptp", "tcp.port == 1723"},
    {"bgp", "tcp.port == 179"},
    {"ldp", "tcp.port == 646 or udp.port == 646"},
    {"ospf", "ip.proto == 89"},
    {"eigrp", "ip.proto == 88"},
    {"vrrp", "ip.proto == 112"},
    {"rip", "udp.port == 520"},
    {"hsrp", "udp.port == 1985"},
    {"bfd", "udp.port == 3784"},
    {"lldp", "eth.type == 0x88cc"},
    {"eapol", "eth.type == 0x888e"},
    {"stp", "eth.dst == 01:80:c2:00:00:00"},
    {"cdp", "eth.dst == 01:00:0c:cc:cc:cc"},
};
constexpr std::pair<std::string_view, std::string_view> kOldNames[] = {{"ssl", "tls"}, {"bootp", "dhcp"}};

}  // namespace

std::span<const ForeignProtocol> foreign_protocols() { return kProtocols; }

const ForeignProtocol* find_foreign(std::string_view word) {
  std::string name(word.substr(0, word.find('.')));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  for (auto [old, now] : kOldNames)
    if (name == old) name = now;
  auto it = std::find_if(std::begin(kProtocols), std::end(kProtocols), [&](const ForeignProtocol& p) { return p.name == name; });
  return it == std::end(kProtocols) ? nullptr : it;
}

}  // namespace wiretail::filter
