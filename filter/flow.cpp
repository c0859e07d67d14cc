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

}  // namespace wiretail::filter
