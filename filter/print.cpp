// The trees in print. A typed test is one line, unambiguous, so that equal texts are equal tests.
#include <algorithm>
#include <cstdio>

#include "dissect/format.hpp"
#include "dissect/registry.hpp"
#include "filter/check.hpp"

namespace wiretail::filter {
namespace {

std::string quoted(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    auto b = static_cast<unsigned char>(c);
    if (b >= 0x20 && b < 0x7f && c != '"' && c != '\\')
      out += c;
    else
      out += "\\x", dissect::append_hex(out, b, 2);
  }
  return out + "\"";
}

std::string constant(const Constant& c) {
  std::string out;
  switch (c.kind) {
    case ValueKind::kUnsigned:
      return std::to_string(c.u);
    case ValueKind::kSigned:
      return std::to_string(static_cast<int64_t>(c.u));
    case ValueKind::kFloat: {
      char text[32];
      std::snprintf(text, sizeof text, "%.17g", c.d);  // exact: two different numbers never print alike
      return text;
    }
    case ValueKind::kTime: {
      std::string nanos = std::to_string(c.time.nanos);
      return std::to_string(c.time.seconds) + "." + std::string(9 - std::min<size_t>(9, nanos.size()), '0') + nanos +
             "s";
    }
    case ValueKind::kIpv4:
      dissect::append_ipv4(out, static_cast<uint32_t>(c.u));
      break;
    case ValueKind::kIpv6:
      dissect::append_ipv6(out, reinterpret_cast<const uint8_t*>(c.bytes.data()));
      break;
    case ValueKind::kString:
      return quoted(c.bytes);
    default:
      out = "bytes:";
      dissect::append_hex_bytes(out, {reinterpret_cast<const uint8_t*>(c.bytes.data()), c.bytes.size()});
  }
  if (c.prefix != 0xff && (c.kind == ValueKind::kIpv4 || c.kind == ValueKind::kIpv6))
    out += "/" + std::to_string(c.prefix);
  return out;
}

std::string ranges(const std::vector<Range>& list) {
  std::string out = "[";
  for (const Range& r : list) {
    if (out.size() > 1) out += ",";
    out += std::to_string(r.first);
    if (r.form == Range::Form::kOffsetLength) out += ":" + std::to_string(r.second);
    if (r.form == Range::Form::kFromTo) out += "-" + std::to_string(r.second);
    if (r.form == Range::Form::kFrom) out += ":";
  }
  return out + "]";
}

constexpr std::string_view kFunctionNames[] = {"len",
                                               "count",
                                               "lower",
                                               "upper",
                                               "string",
                                               "max",
                                               "min",
                                               "abs",
                                               "vals",
                                               "dec",
                                               "hex",
                                               "float",
                                               "ip_special_name",
                                               "ip_special_mask",
                                               "ip_linklocal",
                                               "ip_multicast",
                                               "ip_rfc1918",
                                               "ip_ula"};
constexpr std::string_view kArithmeticNames[] = {"+", "-", "*", "/", "%", "&", "-"};
constexpr std::string_view kCompareNames[] = {"==", "!=", "<", "<=", ">", ">="};

}  // namespace

std::string print_operand(const Operand& o) {
  std::string out;
  switch (o.form) {
    case Operand::Form::kField:
      out = (o.raw ? "@" : "") + std::string(dissect::Registry::get()[o.fields[0]].name);
      if (o.fields.size() > 1) out += ":" + std::to_string(o.fields.size());
      if (dissect::Registry::get().find(dissect::Registry::get()[o.fields[0]].name).size() > 1)
        out += "<" + std::string(dissect::type_name(o.type)) + ">";
      if (!o.layers.empty()) out += "#" + ranges(o.layers);
      return out;
    case Operand::Form::kConstant:
      return constant(o.constants[0]);
    case Operand::Form::kReference:
      out = "reference(";
      for (const auto& c : o.constants) out += (out.back() == '(' ? "" : ", ") + constant(c);
      return out + ")";
    case Operand::Form::kSlice:
      return print_operand(*o.operands[0]) + ranges(o.ranges);
    case Operand::Form::kFunction:
      out = std::string(kFunctionNames[static_cast<size_t>(o.function)]) + "(";
      for (const auto& a : o.operands) out += (out.back() == '(' ? "" : ", ") + print_operand(*a);
      return out + ")";
    case Operand::Form::kArithmetic:
      if (o.op == ArithmeticOp::kNegate) return "-{" + print_operand(*o.operands[0]) + "}";
      return "{" + print_operand(*o.operands[0]) + " " + std::string(kArithmeticNames[static_cast<size_t>(o.op)]) +
             " " + print_operand(*o.operands[1]) + "}";
    case Operand::Form::kValueName:
      return "name of " + print_operand(*o.operands[0]);
  }
  return out;
}

std::string print_typed(const Test& t) {
  auto joined = [&](std::string_view op) {
    std::string out = "(";
    for (size_t i = 0; i < t.tests.size(); ++i)
      out += (i ? " " + std::string(op) + " " : "") + print_typed(*t.tests[i]);
    return out + ")";
  };
  std::string any = t.quantifier == Quantifier::kAll ? "all " : "any ";
  switch (t.form) {
    case Test::Form::kTrue:
      return "true";
    case Test::Form::kFalse:
      return "false";
    case Test::Form::kNot:
      return "not " + print_typed(*t.tests[0]);
    case Test::Form::kAnd:
      return joined("and");
    case Test::Form::kOr:
      return joined("or");
    case Test::Form::kXor:
      return joined("xor");
    case Test::Form::kExists:
      return "exists " + print_operand(*t.left);
    case Test::Form::kTruth:
      return "true " + print_operand(*t.left);
    case Test::Form::kCompare:
      return any + print_operand(*t.left) + " " + std::string(kCompareNames[static_cast<size_t>(t.compare)]) + " " +
             print_operand(*t.right);
    case Test::Form::kContains:
      return any + print_operand(*t.left) + " contains " + print_operand(*t.right);
    case Test::Form::kMatches:
      return any + print_operand(*t.left) + " matches " + quoted(t.pattern);
    case Test::Form::kInList:
      return any + print_operand(*t.left) + (t.negated ? " not in $" : " in $") + t.list_name;
    case Test::Form::kIn: {
      std::string out = any + print_operand(*t.left) + (t.negated ? " not in {" : " in {");
      for (const auto& e : t.set)
        out += (out.back() == '{' ? "" : ", ") + print_operand(*e.low) + (e.high ? ".." + print_operand(*e.high) : "");
      return out + "}";
    }
  }
  return "";
}

std::string print_typed_tree(const Test& root) {
  std::string out;
  auto lines = [&out](const auto& self, const Test& t, size_t depth) -> void {
    out.append(depth * 2, ' ');
    if (t.tests.empty()) {
      out += print_typed(t) + "\n";
      return;
    }
    out += t.form == Test::Form::kNot   ? "not\n"
           : t.form == Test::Form::kAnd ? "and\n"
           : t.form == Test::Form::kOr  ? "or\n"
                                        : "xor\n";
    for (const auto& child : t.tests) self(self, *child, depth + 1);
  };
  lines(lines, root, 0);
  return out;
}

namespace {

std::string node_text(const Node& node) {
  static constexpr std::string_view kForms[] = {
      "error", "and",    "or",        "xor",   "not",      "compare",    "contains",  "matches", "in",  "test",
      "word",  "string", "character", "slice", "function", "arithmetic", "reference", "range",   "list"};
  static constexpr std::string_view kOps[] = {"==", "===", "!=", "!==", "<", "<=", ">", ">="};
  std::string out(kForms[static_cast<size_t>(node.form)]);
  if (node.form == Node::Form::kCompare)
    out += " " + std::string(kOps[static_cast<size_t>(node.op) - static_cast<size_t>(TokenKind::kEqual)]);
  if (node.form == Node::Form::kArithmetic)
    out += " " + std::string(kArithmeticNames[static_cast<size_t>(node.arithmetic)]);
  if (!node.text.empty())
    out +=
        " " + (node.form == Node::Form::kString || node.form == Node::Form::kChar ? quoted(node.text)
                                                                                  : (node.raw ? "@" : "") + node.text);
  if (node.has_quantifier) out += node.quantifier == Quantifier::kAll ? " all" : " any";
  if (node.negated) out += " not";
  if (!node.layers.empty()) out += " #" + ranges(node.layers);
  if (!node.ranges.empty()) out += " " + ranges(node.ranges);
  return out;
}

}  // namespace

std::string print_tree(const Node& root) {
  std::string out;
  auto lines = [&out](const auto& self, const Node& node, size_t depth) -> void {
    out.append(depth * 2, ' ');
    out += node_text(node) + "  (" + std::to_string(node.span.begin) + "+" + std::to_string(node.span.length) + ")\n";
    for (const auto& child : node.children) self(self, *child, depth + 1);
  };
  lines(lines, root, 0);
  return out;
}

}  // namespace wiretail::filter
