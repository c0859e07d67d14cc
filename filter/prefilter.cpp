// The kernel filter: what every match of every filter must satisfy, in pcap syntax. Only what the kernel can judge is
// judged there: whole TCP and UDP packets outside tunnels. Everything else passes: other protocols (ICMP errors quote,
// tunnels carry, tags hide), fragments, and the ports of UDP tunnels.
#include <algorithm>

#include "dissect/format.hpp"
#include "filter/program.hpp"

namespace wiretail::filter {
namespace {

using dissect::Registry;

std::string address(const Constant& c) {
  std::string out;
  if (c.kind == ValueKind::kIpv4) {
    uint32_t mask = c.prefix >= 32 ? 0xffffffffu : c.prefix == 0 ? 0 : ~(0xffffffffu >> c.prefix);
    dissect::append_ipv4(out, static_cast<uint32_t>(c.u) & mask);
    return c.prefix < 32 ? "net " + out + "/" + std::to_string(c.prefix) : "host " + out;
  }
  std::string bytes = c.bytes;
  for (unsigned bit = c.prefix; bit < 128; ++bit) bytes[bit / 8] = static_cast<char>(bytes[bit / 8] & ~(0x80 >> (bit & 7)));
  dissect::append_ipv6(out, reinterpret_cast<const uint8_t*>(bytes.data()));
  return c.prefix < 128 ? "net " + out + "/" + std::to_string(c.prefix) : "host " + out;
}

// Empty: nothing can be said.
std::string expression(const Test& t) {
  switch (t.form) {
    case Test::Form::kAnd: {
      std::string out;
      for (const auto& c : t.tests) {
        std::string part = expression(*c);
        if (!part.empty()) out += (out.empty() ? "(" : " and (") + part + ")";
      }
      return out;
    }
    case Test::Form::kOr: {
      std::string out;
      for (const auto& c : t.tests) {
        std::string part = expression(*c);
        if (part.empty()) return "";
        out += (out.empty() ? "(" : " or (") + part + ")";
      }
      return out;
    }
    case Test::Form::kCompare:
    case Test::Form::kIn: {
      if (t.form == Test::Form::kCompare && t.compare != Compare::kEqual) return "";
      std::string_view name = Registry::get()[t.left->fields[0]].name;
      bool port = name == "tcp.port" || name == "udp.port";
      if (!port && name != "ip.addr" && name != "ipv6.addr") return "";
      std::string transport(port ? name.substr(0, 3) : std::string_view());
      auto one = [&](const Constant& low, const Constant* high) -> std::string {
        if (port) return transport + (high ? " portrange " + std::to_string(low.u) + "-" + std::to_string(high->u) : " port " + std::to_string(low.u));
        return high ? "" : address(low);
      };
      if (t.form == Test::Form::kCompare) return one(t.right->constants[0], nullptr);
      if (t.set.size() > 64) return "";
      std::string out;
      for (const auto& e : t.set) {
        std::string part = one(e.low->constants[0], e.high ? &e.high->constants[0] : nullptr);
        if (part.empty()) return "";
        out += (out.empty() ? "" : " or ") + part;
      }
      return out;
    }
    default: return "";
  }
}

// Fields whose values depend on packets that the kernel would hide.
bool counts_packets(std::string_view name) {
  return name == "frame.number" || name.starts_with("frame.time_delta") || name == "frame.time_relative" || name.ends_with(".stream") || name == "frame.time_delta_displayed";
}

}  // namespace

std::string derive_prefilter(const Program& program, bool) {
  const ProgramData& p = program.data();
  if (!p.flow || p.flow->typed.empty()) return "";
  for (FieldId id : p.fields)
    if (counts_packets(Registry::get()[id].name)) return "";
  std::string all;
  for (const auto& t : p.flow->typed) {
    std::string part = expression(*t.root);
    if (part.empty()) return "";
    all += (all.empty() ? "(" : " or (") + part + ")";
  }
  return "not (tcp or udp) or ip[6:2] & 0x3fff != 0 or udp port 4789 or udp port 6081 or " + all;
}

}  // namespace wiretail::filter
