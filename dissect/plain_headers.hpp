// The headers of a plain packet: Ethernet, at most one VLAN tag, IPv4 or IPv6 without extension headers, TCP or UDP, all of
// them whole and undamaged, and no fragment. Found in one pass over the first bytes, without a layer list: what most filters
// ask can be answered from here, so that a packet that nobody wants costs no header walk. The general walk (walk.hpp) finds
// the same layers with the same bounds and counts no damage; a unit test holds the two together. What is not plain is
// left to it.
// Used before each packet (daemon/pass_over.hpp), through filter::Program::cannot_match and Dissector::pass_over_application; capture thread;
// the bytes must stay valid while it is used.
#pragma once
#include <array>
#include <cstdint>

#include "dissect/bytes.hpp"
#include "dissect/layers.hpp"
#include "dissect/packet.hpp"
#include "dissect/protocol.hpp"

namespace wiretail::dissect {

class PlainHeaders {
 public:
  PlainHeaders() : known_(known()) {}

  // False: the packet is not plain; nothing else may be asked then.
  bool find(const Packet& packet) {
    if (packet.link_type != LinkType::kEthernet || packet.cap_len < 42 || packet.fcs_len > 0) return false;
    length_ = packet.len;
    const uint8_t* p = packet.data;
    const uint32_t captured = packet.cap_len;
    layers_[kFrame] = {p, captured};
    uint32_t at = 14, type = be16(p + 12);
    layers_[kVlan].p = nullptr;
    if (type == 0x8100) {
      if (captured < 46) return false;
      layers_[kVlan] = {p + 14, captured - 14};
      type = be16(p + 16);
      at = 18;
    }
    const uint8_t* ip = p + at;
    uint32_t end, upper, header;
    if (type == 0x0800) {
      header = 20;
      const uint32_t total = be16(ip + 2);
      if (ip[0] != 0x45 || total <= header || (be16(ip + 6) & 0x3fff) != 0) return false;  // with options it is not plain
      end = at + total;
      upper = ip[9];
      v6_ = false;
    } else if (type == 0x86dd && captured - at >= 40) {
      header = 40;
      const uint32_t length = be16(ip + 4);
      if (ip[0] >> 4 != 6 || length == 0) return false;  // a jumbogram, or nothing
      end = at + header + length;
      upper = ip[6];
      v6_ = true;
    } else {
      return false;
    }
    if (end > captured) {
      if (end > packet.len) return false;  // longer than the packet was on the wire
      end = captured;
    }
    layers_[kIpv4 + v6_] = {ip, end - at}, layers_[kIpv6 - v6_].p = nullptr;
    at += header;
    const uint8_t* t = p + at;
    if (upper == 6) {
      if (end < at + 20 || (t[12] >> 4) < 5 || end < at + (t[12] >> 4) * 4u) return false;
      tcp_ = true;
    } else if (upper == 17) {
      if (end < at + 8) return false;
      const uint32_t length = be16(t + 4);
      if (length < 8) return false;
      if (end > at + length) end = at + length;
      if (end == at + 8) return false;  // nothing behind the header, or it was cut off
      tcp_ = false;
    } else {
      return false;
    }
    layers_[kUdp + tcp_] = {t, end - at}, layers_[kTcp - tcp_].p = nullptr;
    return !may_carry_packets(be16(t)) && !may_carry_packets(be16(t + 2));
  }

  // Whether the protocol's presence, and the place of its header, are known. What lies above the transport is not.
  bool settles(ProtoId proto) const { return known_.below_applications.has(proto); }
  static bool settled(ProtoId proto) { return known().below_applications.has(proto); }
  // The protocol's layer: its first byte, and how many are there from it to the layer's end, as LayerRef has them; null bytes: there is
  // none. Only of protocols that are settled.
  struct Header {
    const uint8_t* p;
    uint32_t present;
  };
  const Header& layer(ProtoId proto) const { return layers_[known_.place[proto]]; }
  // The same where the place was looked up before.
  enum Place : uint8_t { kNowhere, kFrame, kVlan, kIpv4, kIpv6, kUdp, kTcp };
  static Place place_of(ProtoId proto) { return known().place[proto]; }
  const Header& header(Place place) const { return layers_[place]; }
  // So many bytes of it are there in every plain packet.
  static int least_length(Place place) {
    static constexpr std::array<int, 7> kLeast{0, 42, 4, 20, 40, 8, 20};
    return kLeast[place];
  }
  // One of the protocols is there, or may be above the transport.
  bool may_have(const ProtoSet& any) const {
    return !any.within(known_.below_applications) || has_one(any);
  }
  // One of the protocols is there.
  bool has_one(const ProtoSet& any) const {
    return any.has(id::kFrame) || any.has(id::kEth) || (layers_[kVlan].p && any.has(id::kVlan)) || any.has(v6_ ? id::kIpv6 : id::kIp) || any.has(tcp_ ? id::kTcp : id::kUdp);
  }
  // Of the packet: on the wire, and of it in the capture.
  uint32_t length() const { return length_; }
  uint32_t captured() const { return layers_[kFrame].present; }
  bool is_v6() const { return v6_; }
  bool is_tcp() const { return tcp_; }
  const uint8_t* network() const { return layers_[kIpv4 + v6_].p; }
  const uint8_t* transport() const { return layers_[kUdp + tcp_].p; }
  uint32_t transport_present() const { return layers_[kUdp + tcp_].present; }
  bool has(ProtoId proto) const { return layer(proto).p; }

 private:
  struct Known {
    Known();
    std::array<Place, 256> place{};        // of each protocol's header
    ProtoSet below_applications;           // link, network and transport protocols
    std::array<uint64_t, 1024> tunnels{};  // ports of protocols that are no applications: packets may lie in them
  };
  static const Known& known();
  bool may_carry_packets(uint16_t port) const { return (known_.tunnels[port >> 6] >> (port & 63)) & 1; }

  std::array<Header, 7> layers_{};  // by Place
  bool v6_ = false, tcp_ = false;
  uint32_t length_ = 0;
  const Known& known_;
};

}  // namespace wiretail::dissect
