// The necessary condition on flows: what a filter asks of addresses, ports and transports, with everything else taken as
// true, and closed under direction: `tcp.srcport == 80` becomes "port 80 either way". Null: no condition follows.
#include <algorithm>

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

// The transport that every flow of the protocol has; kNoProto: that cannot be told.
dissect::ProtoId transport_of(dissect::ProtoId proto) {
  using Kind = dissect::Over::Kind;
  if (proto == dissect::kNoProto || proto == dissect::id::kTcp || proto == dissect::id::kUdp) return proto;
  const auto& def = Registry::get().protocol(proto);
  if (!def.application || def.over.empty() || proto == dissect::id::kData) return dissect::kNoProto;  // data is anywhere
  bool tcp = true, udp = true;
  for (const auto& over : def.over) {
    tcp &= over.kind == Kind::kTcpPort || over.kind == Kind::kTcpHeuristic;
    udp &= over.kind == Kind::kUdpPort || over.kind == Kind::kUdpHeuristic;
  }
  if (tcp) return dissect::id::kTcp;
  return udp ? static_cast<dissect::ProtoId>(dissect::id::kUdp) : dissect::kNoProto;
}

// Of a test that says nothing of addresses and ports: its field's transport must be there. Null: all flows.
std::unique_ptr<Test> by_transport(const Test& t) {
  dissect::ProtoId proto = dissect::kNoProto;
  for (dissect::ProtoId needed : needed_protocols(t)) {
    dissect::ProtoId transport = transport_of(needed);
    if (transport == dissect::kNoProto || (proto != dissect::kNoProto && transport != proto)) return nullptr;
    proto = transport;
  }
  if (proto == dissect::kNoProto) return nullptr;
  auto out = std::make_unique<Test>();
  out->form = Test::Form::kExists;
  out->left = std::make_unique<Operand>();
  out->left->form = Operand::Form::kField;
  out->left->kind = ValueKind::kProtocol;
  out->left->fields = {Registry::get().protocol_field(proto)};
  return out;
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
      auto out = std::make_unique<Test>();
      out->form = Test::Form::kOr;
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
