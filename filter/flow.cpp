// The necessary condition on flows: what a filter asks of addresses, ports and transports, with everything else taken as
// true, and closed under direction: `tcp.srcport == 80` becomes "port 80 either way", and `dns` the transports and ports of DNS. Null: no
// condition follows.
#include <algorithm>

#include "filter/places.hpp"
#include "filter/program.hpp"
#include "filter/simplify.hpp"

namespace wiretail::filter {
namespace {

using dissect::Registry;

// The field that has both directions' values; kNoField: the field is not of that kind.
FieldId both_directions(FieldId id) {
  const auto& def = Registry::get()[id];
  if (def.is_protocol || !(def.row->flags & dissect::kInvariant)) return dissect::kNoField;
  static constexpr std::pair<std::string_view, std::string_view> kPairs[] = {
      {"ip.src", "ip.addr"}, {"ip.dst", "ip.addr"}, {"ip.addr", "ip.addr"}, {"ipv6.src", "ipv6.addr"}, {"ipv6.dst", "ipv6.addr"}, {"ipv6.addr", "ipv6.addr"},
      {"tcp.srcport", "tcp.port"}, {"tcp.dstport", "tcp.port"}, {"tcp.port", "tcp.port"}, {"udp.srcport", "udp.port"}, {"udp.dstport", "udp.port"}, {"udp.port", "udp.port"}};
  for (auto [one, both] : kPairs)
    if (def.name == one) {
      auto found = Registry::get().find(both);
      return found.empty() ? dissect::kNoField : found[0];
    }
  return dissect::kNoField;
}

std::unique_ptr<Test> make_or() {
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kOr;
  return out;
}

std::unique_ptr<Operand> field_operand(FieldId id, ValueKind kind, FieldType type) {
  auto out = std::make_unique<Operand>();
  out->form = Operand::Form::kField;
  out->kind = kind, out->type = type;
  out->fields = {id};
  return out;
}

std::unique_ptr<Test> transport_there(dissect::ProtoId transport) {
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kExists;
  out->left = field_operand(Registry::get().protocol_field(transport), ValueKind::kProtocol, FieldType::kProtocol);
  return out;
}

std::unique_ptr<Test> port_among(std::string_view field, const std::vector<uint16_t>& ports) {
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kIn;
  out->left = field_operand(Registry::get().find(field)[0], ValueKind::kUnsigned, FieldType::kUint16);
  for (uint16_t port : ports) {
    auto value = std::make_unique<Operand>();
    value->kind = ValueKind::kUnsigned, value->type = FieldType::kUint16;
    value->constants.emplace_back().u = port;
    out->set.push_back({std::move(value), nullptr});
  }
  return out;
}

// Of a test that says nothing of addresses and ports: one of its field's protocols must be there, at one of its places.
// Null: all flows.
std::unique_ptr<Test> by_transport(const Test& t) {
  auto out = make_or();
  for (dissect::ProtoId needed : needed_protocols(t)) {
    auto places = places_of(needed);
    if (!places || places->beside) return nullptr;
    if (places->any_tcp) out->tests.push_back(transport_there(dissect::id::kTcp));
    if (places->any_udp) out->tests.push_back(transport_there(dissect::id::kUdp));
    if (!places->tcp_ports.empty()) out->tests.push_back(port_among("tcp.port", places->tcp_ports));
    if (!places->udp_ports.empty()) out->tests.push_back(port_among("udp.port", places->udp_ports));
  }
  if (out->tests.empty()) return nullptr;
  return out->tests.size() == 1 ? std::move(out->tests[0]) : std::move(out);
}

std::unique_ptr<Test> by_values(const Test& t);

}  // namespace

std::unique_ptr<Test> flow_condition(const Test& t) {
  switch (t.form) {
    case Test::Form::kAnd: {
      std::unique_ptr<Test> out;
      for (const auto& c : t.tests) {
        auto part = flow_condition(*c);
        if (!part) continue;
        if (!out) {
          out = std::make_unique<Test>();
          out->form = Test::Form::kAnd;
        }
        out->tests.push_back(std::move(part));
      }
      return out;
    }
    case Test::Form::kOr: {
      auto out = make_or();
      for (const auto& c : t.tests) {
        auto part = flow_condition(*c);
        if (!part) return nullptr;
        out->tests.push_back(std::move(part));
      }
      return out;
    }
    default: {
      auto values = by_values(t);
      return values ? std::move(values) : by_transport(t);
    }
  }
}

namespace {

// Of a test of addresses or ports: the same test of either direction's.
std::unique_ptr<Test> by_values(const Test& t) {
  switch (t.form) {
    case Test::Form::kCompare:
    case Test::Form::kIn: {
      bool positive = t.form == Test::Form::kIn ? !t.negated : t.compare != Compare::kNotEqual;
      if (!positive || t.left->form != Operand::Form::kField || t.left->fields.size() != 1 || t.left->raw || !t.left->layers.empty()) return nullptr;
      if (t.form == Test::Form::kCompare && t.right->form != Operand::Form::kConstant) return nullptr;
      for (const auto& e : t.set)
        if (e.low->form != Operand::Form::kConstant || (e.high && e.high->form != Operand::Form::kConstant)) return nullptr;
      FieldId both = both_directions(t.left->fields[0]);
      if (both == dissect::kNoField) return nullptr;
      auto out = clone(t);
      out->left->fields = {both};
      out->quantifier = Quantifier::kAny;
      return is_direct(make_atom(*out)) ? std::move(out) : nullptr;
    }
    default: return nullptr;
  }
}

}  // namespace

}  // namespace wiretail::filter
