#include "filter/operand_check.hpp"

#include <algorithm>

#include "filter/error_codes.hpp"

namespace wiretail::filter {
namespace {

using dissect::FieldDef;
using dissect::Registry;

struct FunctionDef {
  std::string_view name;
  Function function;
  size_t least, most;
  enum class Result : uint8_t { kUint, kString, kArgument, kFloat, kBoolean } result;
};
constexpr size_t kMany = 1000;
constexpr FunctionDef kFunctions[] = {
    {"len", Function::kLen, 1, 1, FunctionDef::Result::kUint},
    {"count", Function::kCount, 1, 1, FunctionDef::Result::kUint},
    {"lower", Function::kLower, 1, 1, FunctionDef::Result::kString},
    {"upper", Function::kUpper, 1, 1, FunctionDef::Result::kString},
    {"string", Function::kString, 1, 1, FunctionDef::Result::kString},
    {"max", Function::kMax, 1, kMany, FunctionDef::Result::kArgument},
    {"min", Function::kMin, 1, kMany, FunctionDef::Result::kArgument},
    {"abs", Function::kAbs, 1, 1, FunctionDef::Result::kArgument},
    {"vals", Function::kVals, 1, 1, FunctionDef::Result::kString},
    {"dec", Function::kDec, 1, 1, FunctionDef::Result::kString},
    {"hex", Function::kHex, 1, 1, FunctionDef::Result::kString},
    {"float", Function::kFloat, 1, 1, FunctionDef::Result::kFloat},
    {"double", Function::kFloat, 1, 1, FunctionDef::Result::kFloat},
    {"ip_special_name", Function::kIpSpecialName, 1, 1, FunctionDef::Result::kString},
    {"ip_special_mask", Function::kIpSpecialMask, 1, 1, FunctionDef::Result::kUint},
    {"ip_linklocal", Function::kIpLinklocal, 1, 1, FunctionDef::Result::kBoolean},
    {"ip_multicast", Function::kIpMulticast, 1, 1, FunctionDef::Result::kBoolean},
    {"ip_rfc1918", Function::kIpRfc1918, 1, 1, FunctionDef::Result::kBoolean},
    {"ip_ula", Function::kIpUla, 1, 1, FunctionDef::Result::kBoolean},
};

const FunctionDef* find_function(std::string_view name) {
  for (const auto& f : kFunctions)
    if (f.name == name) return &f;
  return nullptr;
}

TypeInfo of_field(const FieldDef& def, bool raw) {
  if (raw) return {ValueKind::kBytes, FieldType::kBytes, nullptr, true};
  return {kind_of(def.type), def.type, &def, false};
}
const TypeInfo kUintResult{ValueKind::kUnsigned, FieldType::kUint64, nullptr, false};
const TypeInfo kStringResult{ValueKind::kString, FieldType::kString, nullptr, false};
const TypeInfo kBytesResult{ValueKind::kBytes, FieldType::kBytes, nullptr, true};
const TypeInfo kFloatResult{ValueKind::kFloat, FieldType::kDouble, nullptr, false};
const TypeInfo kBooleanResult{ValueKind::kUnsigned, FieldType::kBoolean, nullptr, false};

bool is_number(const TypeInfo& t) {
  return (t.kind == ValueKind::kUnsigned || t.kind == ValueKind::kSigned) && t.type != FieldType::kBoolean;
}

}  // namespace

std::string_view subject_name(Subject s) {
  switch (s) {
    case Subject::kPacket: return "packet";
    case Subject::kConnection: return "conn";
    case Subject::kHttp: return "http";
    case Subject::kDns: return "dns";
    case Subject::kTls: return "tls";
  }
  return "packet";
}

bool can_compare(const TypeInfo& a, const TypeInfo& b) {
  auto integer = [](const TypeInfo& t) { return t.kind == ValueKind::kUnsigned || t.kind == ValueKind::kSigned; };
  if (a.kind == ValueKind::kNone || b.kind == ValueKind::kNone) return false;
  if (integer(a) && integer(b)) return a.type != FieldType::kBoolean || b.type == FieldType::kBoolean;
  if (a.kind == b.kind) return a.kind != ValueKind::kTime || a.type == b.type;
  auto bytes = [](const TypeInfo& t) {
    return t.kind == ValueKind::kBytes || t.kind == ValueKind::kProtocol || t.kind == ValueKind::kIpv4 || t.kind == ValueKind::kIpv6 || t.kind == ValueKind::kString;
  };
  return (a.slice || b.slice) && bytes(a) && bytes(b);
}
bool can_slice(const TypeInfo& t) {
  return t.kind == ValueKind::kBytes || t.kind == ValueKind::kProtocol || t.kind == ValueKind::kString || t.kind == ValueKind::kIpv4 || t.kind == ValueKind::kIpv6;
}
bool can_contain(const TypeInfo& t) { return t.kind == ValueKind::kBytes || t.kind == ValueKind::kProtocol || t.kind == ValueKind::kString; }
bool can_match(const TypeInfo& t) { return can_contain(t) && t.type != FieldType::kUintBytes && t.type != FieldType::kOid; }
bool can_calculate(const TypeInfo& t, ArithmeticOp op) {
  switch (op) {
    case ArithmeticOp::kBitAnd:
      return is_number(t) || t.kind == ValueKind::kBytes || t.kind == ValueKind::kIpv4 || t.kind == ValueKind::kIpv6;
    case ArithmeticOp::kModulo: return is_number(t) && t.type != FieldType::kEui64;
    default: return (is_number(t) && t.type != FieldType::kEui64) || t.kind == ValueKind::kFloat || t.kind == ValueKind::kTime;
  }
}

void OperandChecker::fail(uint16_t code, Span span, std::string message, std::string hint) {
  if (errors_.size() < kMaxErrors) errors_.push_back({code, span, std::move(message), std::move(hint)});
}

std::vector<FieldId> OperandChecker::resolve(const Node& node) const {
  std::string_view name = node.text;
  if (name.size() > 1 && name[0] == '.') name.remove_prefix(1);
  auto found = Registry::get().find(name);
  if (found.empty()) found = Registry::get().find_path(name);
  return {found.begin(), found.end()};
}

bool OperandChecker::is_field(const Node& node) const { return node.form == Node::Form::kWord && !resolve(node).empty(); }

bool OperandChecker::mentions_field(const Node& node) const {
  if (is_field(node)) return true;
  if (node.form == Node::Form::kReference) return false;
  return std::any_of(node.children.begin(), node.children.end(), [&](const auto& c) { return mentions_field(*c); });
}

size_t OperandChecker::groups(const Node& node) {
  const Node* n = &node;
  while ((n->form == Node::Form::kSlice || n->form == Node::Form::kFunction) && !n->children.empty()) n = n->children[0].get();
  if (n->form != Node::Form::kWord || n->raw) return 1;
  std::vector<ValueKind> kinds;
  for (FieldId id : resolve(*n)) {
    ValueKind kind = kind_of(Registry::get()[id].type);
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  return std::max<size_t>(1, kinds.size());
}

std::vector<FieldId> OperandChecker::group_fields(const Node& node, size_t group) const {
  std::vector<FieldId> all = resolve(node), out;
  std::vector<ValueKind> kinds;
  for (FieldId id : all) {
    ValueKind kind = kind_of(Registry::get()[id].type);
    auto at = std::find(kinds.begin(), kinds.end(), kind);
    if (at == kinds.end()) kinds.push_back(kind), at = kinds.end() - 1;
    if (node.raw || static_cast<size_t>(at - kinds.begin()) == group) out.push_back(id);
  }
  return out;
}

void OperandChecker::unknown_field(const Node& node, std::string_view name) {
  std::string hint;
  auto near = Registry::get().nearest(name);
  for (size_t i = 0; i < near.size(); ++i) hint += (i ? ", " : "did you mean ") + std::string(near[i]);
  if (!hint.empty()) hint += "?";
  else hint = "`wiretail -G fields` lists all names";
  fail(error_code::kUnknownField, node.span, "\"" + std::string(name) + "\" is not a field or protocol", hint);
}

bool OperandChecker::allowed(const Node& node, FieldId id) {
  const FieldDef& def = Registry::get()[id];
  std::string_view protocol = Registry::get().protocol(def.proto).name;
  if (subject_ == Subject::kPacket) {
    if (protocol != "conn" && !(def.row && def.row->flags & dissect::kOurs && def.need == dissect::Need::kEverything && protocol != "frame")) return true;
    fail(error_code::kSubject, node.span, "\"" + node.text + "\" is a field of connection events, not of packets", "write on = \"conn\" beside the filter");
    return false;
  }
  if (protocol == subject_name(subject_) || protocol == "conn") return true;
  if (def.row && def.row->flags & dissect::kInvariant) return true;
  if (def.is_protocol && (protocol == "tcp" || protocol == "udp" || protocol == "ip" || protocol == "ipv6" || protocol == "icmp" || protocol == "icmpv6")) return true;
  fail(error_code::kSubject, node.span, "\"" + node.text + "\" is a field of packets, not of " + std::string(subject_name(subject_)) + " events",
       "write on = \"packet\", or use addresses, ports and the event's own fields");
  return false;
}

std::optional<TypeInfo> OperandChecker::infer(const Node& node, size_t group) {
  switch (node.form) {
    case Node::Form::kWord: {
      auto fields = group_fields(node, group);
      if (fields.empty()) return std::nullopt;
      return of_field(Registry::get()[fields[0]], node.raw);
    }
    case Node::Form::kReference: return infer(*node.children[0]);
    case Node::Form::kSlice: {
      auto inner = infer(*node.children[0], group);
      if (inner && inner->kind == ValueKind::kString) return TypeInfo{ValueKind::kString, FieldType::kString, nullptr, true};
      return kBytesResult;
    }
    case Node::Form::kFunction: {
      const FunctionDef* f = find_function(node.text);
      if (!f) return std::nullopt;
      switch (f->result) {
        case FunctionDef::Result::kUint: return kUintResult;
        case FunctionDef::Result::kString: return kStringResult;
        case FunctionDef::Result::kFloat: return kFloatResult;
        case FunctionDef::Result::kBoolean: return kBooleanResult;
        case FunctionDef::Result::kArgument: break;
      }
      for (const auto& child : node.children)
        if (auto t = infer(*child)) return TypeInfo{t->kind, t->type, nullptr, t->slice};
      return std::nullopt;
    }
    case Node::Form::kArithmetic:
      for (const auto& child : node.children)
        if (auto t = infer(*child)) return TypeInfo{t->kind, t->type, nullptr, t->slice || t->kind == ValueKind::kBytes};
      return std::nullopt;
    default: return std::nullopt;
  }
}

OperandPtr OperandChecker::field(const Node& node, size_t group) {
  auto fields = group_fields(node, group);
  if (fields.empty()) return unknown_field(node, node.text[0] == '.' ? std::string_view(node.text).substr(1) : std::string_view(node.text)), nullptr;
  for (FieldId id : fields)
    if (!allowed(node, id)) return nullptr;
  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kField;
  operand->span = node.span;
  TypeInfo type = of_field(Registry::get()[fields[0]], node.raw);
  operand->kind = type.kind, operand->type = type.type;
  operand->fields = std::move(fields);
  operand->raw = node.raw;
  operand->layers = node.layers;
  return operand;
}

OperandPtr OperandChecker::build(const Node& node, const std::optional<TypeInfo>& expected, size_t group) {
  switch (node.form) {
    case Node::Form::kWord:
      if (is_field(node) || node.raw || node.layered || (node.text[0] == '.' && node.text.size() > 1)) return field(node, group);
      [[fallthrough]];
    case Node::Form::kString:
    case Node::Form::kChar: {
      if (!expected) {
        if (node.form == Node::Form::kWord && !parse_integer(node.text)) return unknown_field(node, node.text), nullptr;
        fail(error_code::kNeedsField, node.span, "a filter asks about a field; there is only a constant here", "for example: tcp.port == 80");
        return nullptr;
      }
      auto operand = std::make_unique<Operand>();
      operand->span = node.span;
      operand->kind = expected->kind, operand->type = expected->type;
      Constant constant;
      FilterError error;
      bool several = false;
      Literal literal{node.form == Node::Form::kWord ? Literal::Form::kWord : node.form == Node::Form::kString ? Literal::Form::kString : Literal::Form::kChar, node.text, node.span};
      if (!to_constant(literal, *expected, constant, error, several)) {
        if (errors_.size() < kMaxErrors) errors_.push_back(std::move(error));
        return nullptr;
      }
      several_names |= several;
      operand->kind = constant.kind;
      operand->constants.push_back(std::move(constant));
      return operand;
    }
    case Node::Form::kSlice: return slice(node, expected);
    case Node::Form::kFunction: return function(node, expected);
    case Node::Form::kArithmetic: return arithmetic(node, expected);
    case Node::Form::kReference: return reference(node);
    default: fail(error_code::kUnexpected, node.span, "a test cannot stand where a value is expected"); return nullptr;
  }
}

OperandPtr OperandChecker::slice(const Node& node, const std::optional<TypeInfo>&) {
  const Node& inner = *node.children[0];
  if ((inner.form == Node::Form::kWord && !is_field(inner) && !inner.raw) || inner.form == Node::Form::kString || inner.form == Node::Form::kChar) {
    if (inner.form == Node::Form::kWord && !parse_byte_literal(inner.text)) return unknown_field(inner, inner.text), nullptr;
    return fail(error_code::kSliceConstant, inner.span, "a constant cannot be sliced"), nullptr;
  }
  OperandPtr child = build(inner, std::nullopt);
  if (!child) return nullptr;
  auto type = infer(inner);
  if (!type || !can_slice(*type))
    return fail(error_code::kNotSliceable, inner.span, "\"" + inner.text + "\" has no bytes that could be sliced", "put @ before a field to slice the bytes it covers: @" + inner.text + "[0]"), nullptr;
  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kSlice;
  operand->span = node.span;
  operand->kind = child->kind == ValueKind::kString ? ValueKind::kString : ValueKind::kBytes;
  operand->type = child->kind == ValueKind::kString ? FieldType::kString : FieldType::kBytes;
  operand->ranges = node.ranges;
  operand->operands.push_back(std::move(child));
  return operand;
}

OperandPtr OperandChecker::function(const Node& node, const std::optional<TypeInfo>& expected) {
  const FunctionDef* def = find_function(node.text);
  if (!def) {
    std::string known;
    for (const auto& f : kFunctions) known += (known.empty() ? "" : ", ") + std::string(f.name);
    return fail(error_code::kUnknownFunction, node.span, "\"" + node.text + "\" is not a function", "there are " + known), nullptr;
  }
  if (node.children.size() < def->least || node.children.size() > def->most)
    return fail(error_code::kArgumentCount, node.span, node.text + "() takes " + (def->most == kMany ? "one or more arguments" : "one argument") + ", not " + std::to_string(node.children.size())), nullptr;
  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kFunction;
  operand->span = node.span;
  operand->function = def->function;
  auto result = infer(node);
  if (!result) result = expected;
  for (const auto& child : node.children) {
    auto type = infer(*child);
    bool bad = false;
    const char* wanted = "";
    switch (def->function) {
      case Function::kCount: bad = !is_field(*child), wanted = "a field"; break;
      case Function::kLower: case Function::kUpper: bad = !type || type->kind != ValueKind::kString, wanted = "text"; break;
      case Function::kLen: bad = !type || !(can_contain(*type) || type->kind == ValueKind::kIpv4 || type->kind == ValueKind::kIpv6), wanted = "something with a length"; break;
      case Function::kString: bad = !is_field(*child) || !type || type->kind == ValueKind::kString || type->kind == ValueKind::kProtocol || type->kind == ValueKind::kNone || type->kind == ValueKind::kTime || type->type == FieldType::kBoolean || type->type == FieldType::kChar || type->type == FieldType::kBytes, wanted = "a number or an address"; break;
      case Function::kVals: bad = !is_field(*child) || !type || !type->def || !type->def->row || type->def->row->names.empty(), wanted = "a field with value names"; break;
      case Function::kDec: case Function::kHex: bad = !is_field(*child) || !type || type->kind != ValueKind::kUnsigned || type->type == FieldType::kBoolean, wanted = "an unsigned integer field"; break;
      case Function::kAbs: bad = !type || !can_calculate(*type, ArithmeticOp::kNegate), wanted = "a number"; break;
      case Function::kFloat: bad = !type || !(is_number(*type) || type->kind == ValueKind::kFloat || type->kind == ValueKind::kTime), wanted = "a number or a time"; break;
      case Function::kMax: case Function::kMin:
        bad = type && (type->kind == ValueKind::kNone || !result || !can_compare(*result, *type)), wanted = "values of one type";
        if (bad && result && type && type->kind != ValueKind::kNone) {
          fail(error_code::kMixedArguments, child->span, node.text + "() takes values of one type; this is " + std::string(kind_text(*type)) + ", not " + std::string(kind_text(*result)));
          return nullptr;
        }
        break;
      case Function::kIpRfc1918: bad = !type || type->kind != ValueKind::kIpv4, wanted = "an IPv4 address"; break;
      case Function::kIpUla: bad = !type || type->kind != ValueKind::kIpv6, wanted = "an IPv6 address"; break;
      default: bad = !type || (type->kind != ValueKind::kIpv4 && type->kind != ValueKind::kIpv6), wanted = "an IP address"; break;
    }
    if (bad) {
      if (child->form == Node::Form::kWord && !is_field(*child) && !parse_integer(child->text)) return unknown_field(*child, child->text), nullptr;
      fail(error_code::kArgument, child->span, node.text + "() needs " + wanted + " as its argument");
      return nullptr;
    }
    OperandPtr argument = build(*child, type ? type : result);
    if (!argument) return nullptr;
    operand->operands.push_back(std::move(argument));
  }
  if (!result) return fail(error_code::kNeedsField, node.span, "there are only constants here"), nullptr;
  operand->kind = result->kind, operand->type = result->type;
  return operand;
}

OperandPtr OperandChecker::arithmetic(const Node& node, const std::optional<TypeInfo>& expected) {
  auto type = infer(node);
  if (!type) type = expected;
  if (!type) return fail(error_code::kNeedsField, node.span, "a filter asks about a field; there are only constants here"), nullptr;
  if (!can_calculate(*type, node.arithmetic)) {
    const Node* culprit = node.children[0].get();
    for (const auto& child : node.children)
      if (auto t = infer(*child); t && !can_calculate(*t, node.arithmetic)) { culprit = child.get(); break; }
    return fail(error_code::kArithmetic, culprit->span, "this arithmetic is not defined for " + std::string(kind_text(*type))), nullptr;
  }
  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kArithmetic;
  operand->span = node.span;
  operand->op = node.arithmetic;
  operand->kind = type->kind, operand->type = type->type;
  for (const auto& child : node.children) {
    std::optional<TypeInfo> own = infer(*child);
    // A multiplier of a time stays a number.
    bool multiplier = type->kind == ValueKind::kTime && &child != &node.children[0] && (node.arithmetic == ArithmeticOp::kMultiply || node.arithmetic == ArithmeticOp::kDivide);
    OperandPtr built = build(*child, own ? own : multiplier ? std::optional<TypeInfo>(kFloatResult) : std::optional<TypeInfo>(TypeInfo{type->kind, type->type, type->def, type->slice}));
    if (!built) return nullptr;
    if (own && !multiplier && !can_compare(*type, *own))
      return fail(error_code::kIncompatible, child->span, "the two sides are " + std::string(kind_text(*type)) + " and " + std::string(kind_text(*own))), nullptr;
    operand->operands.push_back(std::move(built));
  }
  if ((node.arithmetic == ArithmeticOp::kDivide || node.arithmetic == ArithmeticOp::kModulo) && operand->operands[1]->form == Operand::Form::kConstant) {
    const Constant& c = operand->operands[1]->constants[0];
    if (c.kind == ValueKind::kFloat ? c.d == 0 : c.kind != ValueKind::kTime && c.u == 0) return fail(error_code::kDivisionByZero, node.span, "division by zero"), nullptr;
  }
  // A negative constant is a signed number, whatever the field.
  if (node.arithmetic == ArithmeticOp::kNegate) {
    if (operand->kind == ValueKind::kUnsigned) operand->kind = ValueKind::kSigned;
    Operand& child = *operand->operands[0];
    if (child.form == Operand::Form::kConstant) {
      Constant c = child.constants[0];
      if (c.kind == ValueKind::kUnsigned || c.kind == ValueKind::kSigned) c.kind = ValueKind::kSigned, c.u = 0 - c.u;
      if (c.kind == ValueKind::kFloat) c.d = -c.d;
      if (c.kind == ValueKind::kTime) c.time = dissect::Time{} - c.time;
      operand->form = Operand::Form::kConstant;
      operand->kind = c.kind;
      operand->constants = {c};
      operand->operands.clear();
    }
  }
  return operand;
}

OperandPtr OperandChecker::reference(const Node& node) {
  OperandPtr source = field(*node.children[0], 0);
  if (!source) return nullptr;
  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kReference;
  operand->span = node.span;
  operand->kind = source->kind, operand->type = source->type;
  if (!options_.selected) return operand;
  for (FieldId id : source->fields)
    for (auto* o = options_.selected->first(id); o; o = options_.selected->next(*o)) {
      Constant c;
      c.kind = source->kind;
      switch (c.kind) {
        case ValueKind::kFloat: c.d = o->value.d; break;
        case ValueKind::kTime: c.time = o->value.time(); break;
        case ValueKind::kIpv6: case ValueKind::kGuid: c.bytes.assign(reinterpret_cast<const char*>(o->value.p), 16); break;
        case ValueKind::kString: case ValueKind::kBytes: case ValueKind::kProtocol: c.bytes = source->raw ? std::string() : std::string(o->value.text()); break;
        default: c.u = o->value.u;
      }
      operand->constants.push_back(std::move(c));
    }
  return operand;
}

OperandPtr OperandChecker::as_bytes(OperandPtr inner) {
  auto operand = std::make_unique<Operand>();
  operand->form = Operand::Form::kSlice;
  operand->span = inner->span;
  operand->kind = ValueKind::kBytes, operand->type = FieldType::kBytes;
  operand->ranges = {{Range::Form::kFrom, 0, 0}};
  operand->operands.push_back(std::move(inner));
  return operand;
}

}  // namespace wiretail::filter
