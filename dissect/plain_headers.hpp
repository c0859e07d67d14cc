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
    const uint8_t* p = packet.data;
    const uint32_t captured = packet.cap_len;
    frame_ = {p, captured};
    uint32_t at = 14, type = be16(p + 12);
    vlan_.p = nullptr;
    if (type == 0x8100) {
      if (captured < 46) return false;
      vlan_ = {p + 14, captured - 14};
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
      network_proto_ = id::kIp;
    } else if (type == 0x86dd && captured - at >= 40) {
      header = 40;
      const uint32_t length = be16(ip + 4);
      if (ip[0] >> 4 != 6 || length == 0) return false;  // a jumbogram, or nothing
      end = at + header + length;
      upper = ip[6];
      network_proto_ = id::kIpv6;
    } else {
      return false;
    }
    if (end > captured) {
      if (end > packet.len) return false;  // longer than the packet was on the wire
      end = captured;
    }
    network_ = {ip, end - at};
    at += header;
    const uint8_t* t = p + at;
    if (upper == 6) {
      if (end < at + 20 || (t[12] >> 4) < 5 || end < at + (t[12] >> 4) * 4u) return false;
      transport_proto_ = id::kTcp;
    } else if (upper == 17) {
      if (end < at + 8) return false;
      const uint32_t length = be16(t + 4);
      if (length < 8) return false;
      if (end > at + length) end = at + length;
      if (end == at + 8) return false;  // nothing behind the header, or it was cut off
      transport_proto_ = id::kUdp;
    } else {
      return false;
    }
    transport_ = {t, end - at};
    return !may_carry_packets(be16(t)) && !may_carry_packets(be16(t + 2));
  }

  // Whether the protocol's presence, and the place of its header, are known. What lies above the transport is not.
  bool settles(ProtoId proto) const { return known_.below_applications.has(proto); }
  // Calls f(bytes, present) for the protocol's layer, if there is one: its first byte, and how many are there from it to
  // the layer's end. As LayerRef has them. Only of protocols that are settled.
  template <class F>
  void each(ProtoId proto, F&& f) const {
    if (proto == network_proto_) f(network_.p, network_.present);
    else if (proto == transport_proto_) f(transport_.p, transport_.present);
    else if (proto == id::kEth || proto == id::kFrame) f(frame_.p, frame_.present);
    else if (proto == id::kVlan && vlan_.p) f(vlan_.p, vlan_.present);
  }
  // One of the protocols is there, or may be above the transport.
  bool may_have(const ProtoSet& any) const {
    return !any.within(known_.below_applications) || has_one(any);
  }
  // One of the protocols is there.
  bool has_one(const ProtoSet& any) const {
    return any.has(id::kFrame) || any.has(id::kEth) || (vlan_.p && any.has(id::kVlan)) || any.has(network_proto_) || any.has(transport_proto_);
  }
  bool is_v6() const { return network_proto_ == id::kIpv6; }
  bool is_tcp() const { return transport_proto_ == id::kTcp; }
  const uint8_t* network() const { return network_.p; }
  const uint8_t* transport() const { return transport_.p; }
  uint32_t transport_present() const { return transport_.present; }
  bool has(ProtoId proto) const {
    bool found = false;
    each(proto, [&](const uint8_t*, uint32_t) { found = true; });
    return found;
  }

 private:
  struct Header {
    const uint8_t* p;
    uint32_t present;
  };
  struct Known {
    Known();
    ProtoSet below_applications;           // link, network and transport protocols
    std::array<uint64_t, 1024> tunnels{};  // ports of protocols that are no applications: packets may lie in them
  };
  static const Known& known();
  bool may_carry_packets(uint16_t port) const { return (known_.tunnels[port >> 6] >> (port & 63)) & 1; }

  Header frame_{}, vlan_{}, network_{}, transport_{};
  ProtoId network_proto_ = kNoProto, transport_proto_ = kNoProto;
  const Known& known_;
};

}  // namespace wiretail::dissect
