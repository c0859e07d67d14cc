// The kernel filter: what every match of every filter must satisfy, in pcap syntax. Only what the kernel can judge is
// judged there: whole TCP and UDP packets outside tunnels. Everything else passes: other protocols (ICMP errors quote,
// tunnels carry, tags hide), fragments, and the ports of tunnels.
#include <algorithm>
#include <unordered_set>

#include "dissect/format.hpp"
#include "dissect/protocols/openflow.hpp"
#include "filter/places.hpp"
#include "filter/program.hpp"
#include "filter/value_list.hpp"

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

// What a test asks of a packet that the kernel sees as whole TCP or UDP outside tunnels: a pcap expression, nothing at all,
// or more than can ever hold.
struct Condition {
  enum class Kind : uint8_t { kAlways, kNever, kText } kind = Kind::kAlways;
  std::string text = {};
  std::vector<std::string> any = {};  // the text, if it is some expressions joined with `or`
};
using Kind = Condition::Kind;

Condition always() { return {}; }
Condition never() { return {Kind::kNever}; }
Condition text(std::string s) { return {Kind::kText, std::move(s)}; }

Condition join(const std::vector<Condition>& parts, bool all) {
  std::vector<std::string> texts;
  std::unordered_set<std::string> known;
  auto add = [&](const std::string& t) {
    if (known.insert(t).second) texts.push_back(t);
  };
  for (const Condition& c : parts) {
    if (c.kind == (all ? Kind::kNever : Kind::kAlways)) return c;
    if (c.kind != Kind::kText) continue;
    if (all || c.any.empty()) add(c.text);
    else for (const std::string& t : c.any) add(t);
  }
  if (!all)  // "tcp port 80" needs no mention beside "tcp"
    for (const std::string wide : {"tcp", "udp"})
      if (known.contains(wide)) std::erase_if(texts, [&](const std::string& t) { return t.starts_with(wide + " port"); });
  if (texts.empty()) return all ? always() : never();
  if (texts.size() == 1) return text(texts[0]);
  std::string out;
  for (const std::string& t : texts) out += (out.empty() ? "(" : all ? " and " : " or ") + t;
  Condition joined = text(out + ")");
  if (!all) joined.any = std::move(texts);
  return joined;
}

// A protocol that must be there. What lies below IP is not judged: the kernel may see tags that were taken off as none.
Condition presence(dissect::ProtoId id) {
  const dissect::ProtocolDef& protocol = Registry::get().protocol(id);
  if (protocol.pseudo) return always();
  if (protocol.name == "tcp" || protocol.name == "udp" || protocol.name == "ip") return text(std::string(protocol.name));
  if (protocol.name == "ipv6") return text("ip6");
  if (protocol.name == "arp") return never();
  auto places = places_of(id);
  if (!places) return always();
  std::vector<Condition> parts;
  auto at_ports = [&](std::string_view transport, const std::vector<uint16_t>& ports) {
    for (uint16_t port : ports) parts.push_back(text(std::string(transport) + " port " + std::to_string(port)));
  };
  if (places->any_tcp) parts.push_back(text("tcp"));
  at_ports("tcp", places->tcp_ports);
  if (places->any_udp) parts.push_back(text("udp"));
  at_ports("udp", places->udp_ports);
  return join(parts, false);  // nothing: it lies beside TCP and UDP
}

constexpr size_t kMostValues = 500;  // of one set or list

// How much of a filter a condition says: where all would be too long, less.
enum class Detail : uint8_t { kAll, kNoAddresses, kProtocols };

class Deriver {
 public:
  // whole: every packet of a connection in which something can match is wanted, not only the matching ones.
  Deriver(bool whole, Detail detail, bool excludes) : whole_(whole), detail_(detail), excludes_(excludes) {}

  Condition test(const Test& t) const {
    if (t.form == Test::Form::kTrue || t.form == Test::Form::kXor) return always();
    if (t.form == Test::Form::kFalse) return never();
    if (t.form == Test::Form::kNot) return absent(*t.tests[0]);
    if (t.form == Test::Form::kAnd || t.form == Test::Form::kOr) {
      std::vector<Condition> parts;
      for (const auto& c : t.tests) parts.push_back(test(*c));
      return join(parts, t.form == Test::Form::kAnd);
    }
    if (Condition c = values(t, false); c.kind != Kind::kAlways) return c;
    // False without its field, whatever it compares.
    std::vector<Condition> parts{without(values(t, true))};
    if (t.left) operand(*t.left, parts);
    if (t.right) operand(*t.right, parts);
    return join(parts, true);
  }

 private:
  // What holds where the test does not: of values that the kernel sees as the filter does.
  Condition absent(const Test& t) const {
    switch (t.form) {
      case Test::Form::kTrue: return never();
      case Test::Form::kNot: return test(*t.tests[0]);
      case Test::Form::kAnd:
      case Test::Form::kOr: {
        std::vector<Condition> parts;
        for (const auto& c : t.tests) parts.push_back(absent(*c));
        return join(parts, t.form == Test::Form::kOr);
      }
      default: return t.quantifier == Quantifier::kAny ? without(values(t, false, true)) : always();
    }
  }
  Condition without(const Condition& c) const { return excludes_ && c.kind == Kind::kText ? text("not " + c.text) : always(); }

  static void operand(const Operand& o, std::vector<Condition>& out) {
    if (o.form == Operand::Form::kField) {
      std::vector<Condition> any;
      for (FieldId id : o.fields) {
        const auto& def = Registry::get()[id];
        bool elsewhere = def.row && (def.row->flags & (dissect::kForeign | dissect::kElsewhere));
        if (elsewhere) {
          any.push_back(always());
        } else if (def.is_protocol) {
          any.push_back(presence(def.proto));
        } else {
          for (dissect::ProtoId carrier : protocols_with_rows_of(def.proto)) any.push_back(presence(carrier));
        }
      }
      out.push_back(join(any, false));
      return;
    }
    if (o.form == Operand::Form::kFunction && (o.function == Function::kMax || o.function == Function::kMin)) return;  // any of them is enough
    for (const auto& c : o.operands) operand(*c, out);
  }

  // Addresses and ports that a test asks for, or, `excluded`, that it wants no value to be. `exact`: what the kernel finds is what the test finds.
  Condition values(const Test& t, bool excluded, bool exact = false) const {
    if (!t.left) return always();
    const bool equal = t.form == Test::Form::kCompare && t.compare == (excluded ? Compare::kNotEqual : Compare::kEqual);
    const bool ordered = t.form == Test::Form::kCompare && !excluded && t.compare != Compare::kEqual && t.compare != Compare::kNotEqual;
    const bool member = (t.form == Test::Form::kIn || t.form == Test::Form::kInList) && t.negated == excluded;
    if (excluded && t.quantifier != (equal ? Quantifier::kAll : Quantifier::kAny)) return always();
    if (!(equal || ordered || member) || t.left->form != Operand::Form::kField || t.left->fields.size() != 1 || t.left->raw || !t.left->layers.empty()) return always();
    std::string_view name = Registry::get()[t.left->fields[0]].name;
    struct Known { std::string_view name, transport, side; };
    static constexpr Known kKnown[] = {{"ip.addr", "", ""}, {"ip.src", "", "src "}, {"ip.dst", "", "dst "}, {"ipv6.addr", "", ""}, {"ipv6.src", "", "src "}, {"ipv6.dst", "", "dst "},
                                       {"tcp.port", "tcp ", ""}, {"tcp.srcport", "tcp ", "src "}, {"tcp.dstport", "tcp ", "dst "},
                                       {"udp.port", "udp ", ""}, {"udp.srcport", "udp ", "src "}, {"udp.dstport", "udp ", "dst "}, {"ip.proto", "ip ", ""}};
    auto known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& k) { return k.name == name; });
    if (known == std::end(kKnown) || detail_ == Detail::kProtocols || (detail_ == Detail::kNoAddresses && known->transport.empty())) return always();
    const bool protocol = name == "ip.proto";
    if ((excluded || exact) && whole_ && !known->side.empty()) return always();  // the connection's other direction has other ones
    std::string head = std::string(known->transport) + std::string(whole_ ? "" : known->side);
    auto ports = [&](uint64_t first, uint64_t last) {
      if (first > last) return never();
      return text(head + (first != last ? "portrange " + std::to_string(first) + "-" + std::to_string(last) : "port " + std::to_string(first)));
    };
    auto one = [&](const Constant& c, const Constant* high) {
      if (known->transport.empty()) return high || (c.kind != ValueKind::kIpv4 && c.kind != ValueKind::kIpv6) || c.prefix == 0 ? always() : text(head + address(c));
      const uint64_t last = high ? high->u : c.u;
      if (c.kind != ValueKind::kUnsigned || (high && high->kind != ValueKind::kUnsigned) || c.u > 65535 || last > 65535) return always();
      if (protocol) return high || c.u > 255 ? always() : text("ip proto " + std::to_string(c.u));
      return ports(c.u, last);
    };
    auto constant = [](const Operand& o) { return o.form == Operand::Form::kConstant ? &o.constants[0] : nullptr; };
    if (t.form == Test::Form::kCompare) {
      const Constant* c = constant(*t.right);
      if (!c) return always();
      if (equal) return one(*c, nullptr);
      if (known->transport.empty() || protocol || c->kind != ValueKind::kUnsigned || c->u > 65535) return always();
      switch (t.compare) {
        case Compare::kLess: return c->u == 0 ? never() : ports(0, c->u - 1);
        case Compare::kLessEqual: return ports(0, c->u);
        case Compare::kGreater: return ports(c->u + 1, 65535);
        default: return ports(c->u, 65535);
      }
    }
    std::vector<Condition> parts;
    if (t.form == Test::Form::kInList) {
      const auto listed = t.list->values(t.left->kind, kMostValues);
      if (!listed) return always();
      for (const auto& v : *listed) parts.push_back(v.within ? always() : one(v.low, v.high ? &*v.high : nullptr));
      return join(parts, false);
    }
    if (t.set.size() > kMostValues) return always();
    for (const auto& e : t.set) {
      const Constant *low = constant(*e.low), *high = e.high ? constant(*e.high) : nullptr;
      parts.push_back(low && (high || !e.high) ? one(*low, high) : always());
    }
    return join(parts, false);
  }

  bool whole_;
  Detail detail_;
  bool excludes_;
};

// Ports of UDP on which headers follow that the walk goes through: their packets may hold anything.
std::string tunnels() {
  std::string out;
  for (const dissect::ProtocolDef* protocol : Registry::get().protocols())
    if (!protocol->application)
      for (const dissect::Over& over : protocol->over)
        if (over.kind == dissect::Over::Kind::kUdpPort) out += " or udp port " + std::to_string(over.value);
  for (uint16_t port : dissect::openflow::kPorts) out += " or tcp port " + std::to_string(port);
  return out;
}

// Fields whose values depend on packets that the kernel would hide: numbers of packets (Info has some), and times between them.
bool counts_packets(const dissect::FieldDef& def) {
  const std::string_view name = def.name;
  return def.type == FieldType::kFrameNum || name == "frame.number" || name == "_ws.col.number" || name == "_ws.col.info" || name == "_ws.col.cls_time" ||
         name.starts_with("frame.time_delta") || name == "frame.time_relative" || name.ends_with(".stream");
}

}  // namespace

std::string derive_prefilter(const Program& program, bool whole_connections, const KernelTakes& takes, bool excludes) {
  constexpr size_t kLongest = 16 * 1024;  // of text
  const ProgramData& p = program.data();
  dissect::Needs needs = program.needs();
  for (FieldId id : p.fields)
    if (counts_packets(Registry::get()[id])) return "";
  // The later fragments of a datagram have no ports, and a whole datagram may lie in fragments of which each says little.
  // A header whose version is the other protocol's is dissected as that one.
  // Where a load lies behind the packet's end the kernel gives up and rejects: what may be too short for its ports passes
  // (link headers up to 20 bytes).
  const std::string passing = "less 43 or len < ((ip[0] & 0xf) << 2) + 24 or (ip6 and less 63) or not (tcp or udp) or ip[6:2] & 0x3fff != 0 or ip6[6] == 44 or ip[0] & 0xf0 != 0x40 or ip6[0] & 0xf0 != 0x60" + tunnels();
  for (Detail detail : {Detail::kAll, Detail::kNoAddresses, Detail::kProtocols}) {
    const Deriver deriver(whole_connections || needs.streams || needs.events, detail, excludes);
    std::vector<Condition> filters;
    for (size_t i = 0; i < p.typed.size(); ++i)
      filters.push_back(p.filters[i].subject == Subject::kPacket ? deriver.test(*p.typed[i].root) : always());
    const Condition all = join(filters, false);
    if (all.kind == Kind::kAlways) return "";
    if (all.text.size() > kLongest) continue;
    std::string text = passing;
    // Ports that are to be absent may lie behind the end of what the network header says, where the kernel reads them and nobody else does.
    if (all.text.find("not ") != std::string::npos) text += " or ip[0] & 0xf < 5 or ip[2:2] < ((ip[0] & 0xf) << 2) + 20 or ip6[4:2] < 20";
    if (all.kind == Kind::kText) text += " or " + all.text;
    if (!takes || takes(text)) return text;
  }
  return "";
}

}  // namespace wiretail::filter
