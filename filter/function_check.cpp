// The functions of the language: how many arguments of what type, and what comes back.
#include <algorithm>

#include "filter/error_codes.hpp"
#include "filter/operand_check.hpp"

namespace wiretail::filter {
namespace {

using Form = Node::Form;

struct FunctionRow {
  std::string_view name;
  Function function;
  bool many;         // one or more arguments; else exactly one
  FieldType result;  // kNone: the type of the arguments
};
constexpr FunctionRow kFunctions[] = {
    {"len", Function::kLen, false, FieldType::kUint32},
    {"count", Function::kCount, false, FieldType::kUint32},
    {"lower", Function::kLower, false, FieldType::kString},
    {"upper", Function::kUpper, false, FieldType::kString},
    {"string", Function::kString, false, FieldType::kString},
    {"max", Function::kMax, true, FieldType::kNone},
    {"min", Function::kMin, true, FieldType::kNone},
    {"abs", Function::kAbs, false, FieldType::kNone},
    {"vals", Function::kVals, false, FieldType::kString},
    {"dec", Function::kDec, false, FieldType::kString},
    {"hex", Function::kHex, false, FieldType::kString},
    {"float", Function::kFloat, false, FieldType::kDouble},
    {"double", Function::kFloat, false, FieldType::kDouble},
    {"ip_special_name", Function::kIpSpecialName, false, FieldType::kString},
    {"ip_special_mask", Function::kIpSpecialMask, false, FieldType::kUint32},
    {"ip_linklocal", Function::kIpLinklocal, false, FieldType::kBoolean},
    {"ip_multicast", Function::kIpMulticast, false, FieldType::kBoolean},
    {"ip_rfc1918", Function::kIpRfc1918, false, FieldType::kBoolean},
    {"ip_ula", Function::kIpUla, false, FieldType::kBoolean},
};

const FunctionRow* find_function(std::string_view name) {
  auto it =
      std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const FunctionRow& f) { return f.name == name; });
  return it == std::end(kFunctions) ? nullptr : it;
}

std::string function_hint(std::string_view name) {
  std::string lower(name), known;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (find_function(lower)) return "did you mean " + lower + "()? Names are case-sensitive";
  for (const FunctionRow& f : kFunctions) known += (known.empty() ? "" : ", ") + std::string(f.name);
  return "there are " + known;
}

// What to write instead of an argument that the function does not take.
std::string argument_hint(Function function, std::string_view name, const std::optional<TypeInfo>& type) {
  const std::string call(name);
  switch (function) {
    case Function::kCount: return "it counts the values of a field in a packet: count(ip.addr) > 2";
    case Function::kLower:
    case Function::kUpper:
      return type ? "string() makes text of numbers and addresses, vals() of values that have names: " + call + "(vals(ip.proto)) == \"" + (function == Function::kLower ? "tcp" : "TCP") + "\""
                  : "for example " + call + "(http.host) == \"" + (function == Function::kLower ? "example.com" : "EXAMPLE.COM") + "\"";
    case Function::kLen: return "for example len(http.host) > 20; the bytes that a field covers in the packet: len(@tcp.port)";
    case Function::kString:
      return type && type->kind == ValueKind::kString ? "it is text already: leave string() out" : "for example string(tcp.port) matches \"^80\"";
    case Function::kVals:
      return std::string("for example vals(ip.proto) == \"TCP\"") +
             (type && (type->kind == ValueKind::kUnsigned || type->kind == ValueKind::kSigned || type->kind == ValueKind::kIpv4 || type->kind == ValueKind::kIpv6) ? "; the value itself as text is string(…)" : "");
    case Function::kDec: return "for example dec(tcp.port) == \"80\"; text of other numbers and addresses is string(…)";
    case Function::kHex: return "for example hex(tcp.port) == \"0x0050\"";
    case Function::kAbs: return "for example abs(tcp.srcport - tcp.dstport) > 100";
    case Function::kFloat: return "for example " + call + "(frame.len) / 3 > 20.5";
    case Function::kIpUla: return "for example ip_ula(ipv6.src)";
    case Function::kIpSpecialName: return "for example ip_special_name(ip.src) == \"Loopback\"";
    case Function::kIpSpecialMask: return "for example ip_special_mask(ip.src) & 2";
    case Function::kIpLinklocal:
    case Function::kIpMulticast:
    case Function::kIpRfc1918: return "for example " + call + "(ip.dst)";
    case Function::kMax:
    case Function::kMin: return "for example " + call + "(tcp.srcport, tcp.dstport) > 1000";
  }
  return "";
}

}  // namespace

bool OperandChecker::returns_argument(std::string_view function) {
  const FunctionRow* row = find_function(function);
  return row && row->result == FieldType::kNone;
}

std::optional<TypeInfo> OperandChecker::function_type(const Node& node) const {
  const FunctionRow* row = find_function(node.text);
  if (!row) return std::nullopt;
  if (row->result != FieldType::kNone) return result_type(row->result);
  for (const auto& child : node.children)
    if (auto type = infer(*child)) {
      type->def = nullptr;
      return type;
    }
  return std::nullopt;
}

// `wanted` says in words what the function takes.
bool OperandChecker::argument_fits(Function function, const Node& node, const std::optional<TypeInfo>& type,
                                   std::string& wanted) const {
  bool field = is_field(node) || node.raw;
  // What the bytes of @field mean is judged by the field, as in Wireshark.
  std::optional<TypeInfo> meant = type;
  if (auto fields = node.raw ? fields_of(node) : std::span<const FieldId>(); !fields.empty())
    meant = type_of(dissect::Registry::get()[fields[0]]);
  switch (function) {
    case Function::kCount:
      return wanted = "a field", field;
    case Function::kLower:
    case Function::kUpper:
      return wanted = "text",
             type ? type->kind == ValueKind::kString : node.form == Form::kString || node.form == Form::kChar;
    case Function::kLen:
      return wanted = "something with a length: text, bytes, an address, a protocol",
             type && can(*type, Ability::kLength);
    case Function::kString:
      return wanted = "a field that is a number or an address",
             field && meant && can(*meant, Ability::kString) && !meant->slice;
    case Function::kVals:
      return wanted = "a field whose values have names", field && type && !names_of(*type).empty();
    case Function::kDec:
    case Function::kHex:
      return wanted = "an unsigned integer field",
             field && meant && meant->kind == ValueKind::kUnsigned && meant->type != FieldType::kBoolean;
    case Function::kAbs:
      return wanted = "a number or a time", !type || can(*type, Ability::kNegate);
    case Function::kFloat:
      return wanted = "a number or a time", type ? can(*type, Ability::kNumber)
                                                 : node.form != Form::kString && node.form != Form::kChar && !misspelt(node);
    case Function::kIpRfc1918:
      return wanted = "an IPv4 address", type && type->kind == ValueKind::kIpv4;
    case Function::kIpUla:
      return wanted = "an IPv6 address", type && type->kind == ValueKind::kIpv6;
    case Function::kIpSpecialName:
    case Function::kIpSpecialMask:
    case Function::kIpLinklocal:
    case Function::kIpMulticast:
      return wanted = "an IP address", type && (type->kind == ValueKind::kIpv4 || type->kind == ValueKind::kIpv6);
    case Function::kMax:
    case Function::kMin:
      return wanted = "values that have an order", !type || can(*type, Ability::kCompare);
  }
  return false;
}

OperandPtr OperandChecker::function(const Node& node, const std::optional<TypeInfo>& expected) {
  Span name{node.span.begin, static_cast<uint32_t>(node.text.size())};
  const FunctionRow* row = find_function(node.text);
  if (!row)
    return fail(error_code::kUnknownFunction, name, "\"" + node.text + "\" is not a function",
                function_hint(node.text));
  size_t given = node.children.size();
  if (row->many ? given == 0 : given != 1)
    return fail(error_code::kArgumentCount, name,
                node.text + "() takes " + (row->many ? "one argument or more" : "one argument") + ", not " +
                    std::to_string(given));
  auto result = function_type(node), constants = result;  // what constants among the arguments become
  if (row->result == FieldType::kNone && expected && (!result || same_family(*expected, *result))) {
    constants = without_names(*expected);
    if (!result || leads_with_constant(*node.children[0])) result = constants;
  }
  if (row->result != FieldType::kNone && row->function != Function::kFloat) constants = result_type(FieldType::kString);
  if (!result)
    if (const Node* word = misspelt(node)) return unknown_field(*word);
  if (!result)
    return fail(error_code::kNeedsField, node.span, "there is no field here, only constants",
                "name a field: max(tcp.srcport, 80)");

  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kFunction;
  operand->span = node.span;
  operand->function = row->function;
  operand->kind = result->kind, operand->type = result->type;
  for (const auto& child : node.children) {
    auto type = infer(*child);
    std::string wanted;
    if (!argument_fits(row->function, *child, type, wanted)) {
      if (const Node* word = type ? nullptr : misspelt(*child)) return unknown_field(*word);
      return fail(error_code::kArgument, child->span,
                  node.text + "() needs " + wanted + (type ? "; this is " + describe(*type) : child->form == Form::kWord || child->form == Form::kString || child->form == Form::kChar ? "; this is a constant" : ""),
                  argument_hint(row->function, node.text, type));
    }
    if (row->many && type && !same_family(*type, *result))
      return fail(
          error_code::kMixedArguments, child->span,
          node.text + "() takes values of one type; the first is " + describe(*result) + ", this " + describe(*type));
    OperandPtr argument = build(*child, constants);
    if (!argument) return nullptr;
    operand->operands.push_back(std::move(argument));
  }
  return operand;
}

}  // namespace wiretail::filter
