// The trees in print. A typed test is one line, unambiguous, so that equal texts are equal tests.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "dissect/format.hpp"
#include "dissect/registry.hpp"
#include "filter/check.hpp"

namespace wiretail::filter {
namespace {

// Everything is appended to one text: compiling makes one of each test, of large sets too.
void append_number(std::string& out, auto number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append_quoted(std::string& out, std::string_view s) {
  out += '"';
  for (char c : s) {
    auto b = static_cast<unsigned char>(c);
    if (b >= 0x20 && b < 0x7f && c != '"' && c != '\\')
      out += c;
    else
      out += "\\x", dissect::append_hex(out, b, 2);
  }
  out += '"';
}

void append(std::string& out, const Constant& c) {
  switch (c.kind) {
    case ValueKind::kUnsigned:
      return append_number(out, c.u);
    case ValueKind::kSigned:
      return append_number(out, static_cast<int64_t>(c.u));
    case ValueKind::kFloat: {
      char text[32];
      std::snprintf(text, sizeof text, "%.17g", c.d);  // exact: two different numbers never print alike
      out += text;
      return;
    }
    case ValueKind::kTime: {
      std::string nanos = std::to_string(c.time.nanos);
      append_number(out, c.time.seconds);
      out += '.', out.append(9 - std::min<size_t>(9, nanos.size()), '0'), out += nanos, out += 's';
      return;
    }
    case ValueKind::kIpv4:
      dissect::append_ipv4(out, static_cast<uint32_t>(c.u));
      break;
    case ValueKind::kIpv6:
      dissect::append_ipv6(out, reinterpret_cast<const uint8_t*>(c.bytes.data()));
      break;
    case ValueKind::kString:
      return append_quoted(out, c.bytes);
    default:
      out += "bytes:";
      dissect::append_hex_bytes(out, {reinterpret_cast<const uint8_t*>(c.bytes.data()), c.bytes.size()});
  }
  if (c.prefix != 0xff && (c.kind == ValueKind::kIpv4 || c.kind == ValueKind::kIpv6))
    out += '/', append_number(out, unsigned{c.prefix});
}

void append_ranges(std::string& out, const std::vector<Range>& list) {
  out += '[';
  for (const Range& r : list) {
    if (&r != list.data()) out += ',';
    append_number(out, r.first);
    if (r.form == Range::Form::kOffsetLength) out += ':', append_number(out, r.second);
    if (r.form == Range::Form::kFromTo) out += '-', append_number(out, r.second);
    if (r.form == Range::Form::kFrom) out += ':';
  }
  out += ']';
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

void append(std::string& out, const Operand& o) {
  switch (o.form) {
    case Operand::Form::kField: {
      const dissect::Registry& registry = dissect::Registry::get();
      const std::string_view name = registry[o.fields[0]].name;
      if (o.raw) out += '@';
      out += name;
      if (o.fields.size() > 1) out += ':', append_number(out, o.fields.size());
      if (registry.find(name).size() > 1) out += '<', out += dissect::type_name(o.type), out += '>';
      if (!o.layers.empty()) out += '#', append_ranges(out, o.layers);
      return;
    }
    case Operand::Form::kConstant:
      return append(out, o.constants[0]);
    case Operand::Form::kReference:
      out += "reference(";
      for (size_t i = 0; i < o.constants.size(); ++i) {
        if (i) out += ", ";
        append(out, o.constants[i]);
      }
      out += ')';
      return;
    case Operand::Form::kSlice:
      append(out, *o.operands[0]);
      return append_ranges(out, o.ranges);
    case Operand::Form::kFunction:
      out += kFunctionNames[static_cast<size_t>(o.function)], out += '(';
      for (size_t i = 0; i < o.operands.size(); ++i) {
        if (i) out += ", ";
        append(out, *o.operands[i]);
      }
      out += ')';
      return;
    case Operand::Form::kArithmetic:
      out += o.op == ArithmeticOp::kNegate ? "-{" : "{";
      append(out, *o.operands[0]);
      if (o.op != ArithmeticOp::kNegate) {
        out += ' ', out += kArithmeticNames[static_cast<size_t>(o.op)], out += ' ';
        append(out, *o.operands[1]);
      }
      out += '}';
      return;
    case Operand::Form::kValueName:
      out += "name of ";
      return append(out, *o.operands[0]);
  }
}

void append(std::string& out, const Test& t) {
  auto joined = [&](std::string_view op) {
    out += '(';
    for (size_t i = 0; i < t.tests.size(); ++i) {
      if (i) out += ' ', out += op, out += ' ';
      append(out, *t.tests[i]);
    }
    out += ')';
  };
  auto quantified = [&] { out += t.quantifier == Quantifier::kAll ? "all " : "any ", append(out, *t.left); };
  switch (t.form) {
    case Test::Form::kTrue:
      out += "true";
      return;
    case Test::Form::kFalse:
      out += "false";
      return;
    case Test::Form::kNot:
      out += "not ";
      return append(out, *t.tests[0]);
    case Test::Form::kAnd:
      return joined("and");
    case Test::Form::kOr:
      return joined("or");
    case Test::Form::kXor:
      return joined("xor");
    case Test::Form::kExists:
      out += "exists ";
      return append(out, *t.left);
    case Test::Form::kTruth:
      out += "true ";
      return append(out, *t.left);
    case Test::Form::kCompare:
      quantified();
      out += ' ', out += kCompareNames[static_cast<size_t>(t.compare)], out += ' ';
      return append(out, *t.right);
    case Test::Form::kContains:
      quantified();
      out += " contains ";
      return append(out, *t.right);
    case Test::Form::kMatches:
      quantified();
      out += " matches ";
      return append_quoted(out, t.pattern);
    case Test::Form::kInList:
      quantified();
      out += t.negated ? " not in $" : " in $", out += t.list_name;
      return;
    case Test::Form::kIn:
      quantified();
      out += t.negated ? " not in {" : " in {";
      for (size_t i = 0; i < t.set.size(); ++i) {
        if (i) out += ", ";
        append(out, *t.set[i].low);
        if (t.set[i].high) out += "..", append(out, *t.set[i].high);
      }
      out += '}';
      return;
  }
}

}  // namespace

std::string print_operand(const Operand& operand) {
  std::string out;
  append(out, operand);
  return out;
}

std::string print_typed(const Test& test) {
  std::string out;
  append(out, test);
  return out;
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
  if (!node.text.empty()) {
    out += ' ';
    if (node.form == Node::Form::kString || node.form == Node::Form::kChar) append_quoted(out, node.text);
    else out += (node.raw ? "@" : "") + node.text;
  }
  if (node.has_quantifier) out += node.quantifier == Quantifier::kAll ? " all" : " any";
  if (node.negated) out += " not";
  if (!node.layers.empty()) out += " #", append_ranges(out, node.layers);
  if (!node.ranges.empty()) out += ' ', append_ranges(out, node.ranges);
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
