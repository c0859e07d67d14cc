#include "filter/types.hpp"

#include <initializer_list>

namespace wiretail::filter {
namespace {

using enum FieldType;

constexpr uint16_t bits(std::initializer_list<Ability> list) {
  uint16_t out = 0;
  for (Ability a : list) out = static_cast<uint16_t>(out | (1u << static_cast<unsigned>(a)));
  return out;
}

constexpr uint16_t kNumbers = bits({Ability::kCompare, Ability::kBitAnd, Ability::kAdd, Ability::kMultiply,
                                    Ability::kModulo, Ability::kNegate, Ability::kNumber});
constexpr uint16_t kSequence = bits({Ability::kCompare, Ability::kSearch, Ability::kSlice, Ability::kLength});
constexpr uint16_t kText = bits({Ability::kString});
constexpr uint16_t kAddress =
    bits({Ability::kCompare, Ability::kSlice, Ability::kBitAnd, Ability::kLength, Ability::kString});

// The matrix: what each field type can do.
constexpr uint16_t abilities(FieldType type) {
  switch (type) {
    case kNone:
      return 0;
    case kProtocol:
      return kSequence | bits({Ability::kMatch});
    case kBoolean:
      return bits({Ability::kCompare});
    case kChar:
      return kNumbers;
    case kUint8:
    case kUint16:
    case kUint24:
    case kUint32:
    case kUint40:
    case kUint48:
    case kUint56:
    case kUint64:
    case kInt8:
    case kInt16:
    case kInt24:
    case kInt32:
    case kInt40:
    case kInt48:
    case kInt56:
    case kInt64:
    case kFrameNum:
      return kNumbers | kText;
    case kIpxNet:
      return bits({Ability::kCompare, Ability::kBitAnd, Ability::kNegate}) | kText;
    case kEui64:
      return bits({Ability::kCompare, Ability::kBitAnd, Ability::kAdd, Ability::kNegate}) | kText;
    case kFloat:
    case kDouble:
      return bits({Ability::kCompare, Ability::kAdd, Ability::kMultiply, Ability::kNegate, Ability::kNumber}) | kText;
    case kAbsoluteTime:
    case kRelativeTime:
      return bits({Ability::kCompare, Ability::kAdd, Ability::kMultiply, Ability::kNegate, Ability::kNumber});
    case kString:
    case kStringz:
    case kUintString:
      return kSequence | bits({Ability::kMatch});
    case kBytes:
      return kSequence | bits({Ability::kMatch, Ability::kBitAnd});
    case kUintBytes:
      return kSequence | bits({Ability::kBitAnd});
    case kEther:
      return kSequence | bits({Ability::kMatch, Ability::kBitAnd}) | kText;
    case kSystemId:
    case kOid:
      return kSequence | bits({Ability::kBitAnd}) | kText;
    case kIpv4:
    case kIpv6:
      return kAddress;
    case kGuid:
      return bits({Ability::kCompare}) | kText;
  }
  return 0;
}

bool is_integer_kind(ValueKind k) { return k == ValueKind::kUnsigned || k == ValueKind::kSigned; }

}  // namespace

bool can(FieldType type, Ability ability) { return (abilities(type) >> static_cast<unsigned>(ability)) & 1; }
bool can(const TypeInfo& type, Ability ability) { return can(type.type, ability); }

Ability ability_of(ArithmeticOp op) {
  switch (op) {
    case ArithmeticOp::kAdd:
    case ArithmeticOp::kSubtract:
      return Ability::kAdd;
    case ArithmeticOp::kMultiply:
    case ArithmeticOp::kDivide:
      return Ability::kMultiply;
    case ArithmeticOp::kModulo:
      return Ability::kModulo;
    case ArithmeticOp::kBitAnd:
      return Ability::kBitAnd;
    case ArithmeticOp::kNegate:
      return Ability::kNegate;
  }
  return Ability::kAdd;
}

bool has_bytes(const TypeInfo& t) {
  switch (t.kind) {
    case ValueKind::kBytes:
    case ValueKind::kProtocol:
    case ValueKind::kString:
    case ValueKind::kIpv4:
    case ValueKind::kIpv6:
      return true;
    default:
      return false;
  }
}

bool comparable(const TypeInfo& left, const TypeInfo& right) {
  if (left.kind == ValueKind::kNone || right.kind == ValueKind::kNone) return false;
  if (is_integer_kind(left.kind) && is_integer_kind(right.kind)) return left.type != kBoolean || right.type == kBoolean;
  if (left.kind == right.kind) return left.kind != ValueKind::kTime || left.type == right.type;
  return (left.slice || right.slice) && has_bytes(left) && has_bytes(right);
}

bool same_family(TypeInfo left, TypeInfo right) {
  left.slice = right.slice = false;
  return comparable(left, right);
}

ValueKind kind_of(FieldType type) {
  if (type == kBoolean || dissect::is_unsigned(type)) return ValueKind::kUnsigned;
  if (dissect::is_signed(type)) return ValueKind::kSigned;
  if (dissect::is_string(type)) return ValueKind::kString;
  if (dissect::is_bytes(type)) return ValueKind::kBytes;
  if (dissect::is_time(type)) return ValueKind::kTime;
  switch (type) {
    case kProtocol:
      return ValueKind::kProtocol;
    case kFloat:
    case kDouble:
      return ValueKind::kFloat;
    case kIpv4:
      return ValueKind::kIpv4;
    case kIpv6:
      return ValueKind::kIpv6;
    case kGuid:
      return ValueKind::kGuid;
    default:
      return ValueKind::kNone;
  }
}

unsigned width_bits(FieldType type) {
  switch (type) {
    case kChar:
    case kUint8:
    case kInt8:
      return 8;
    case kUint16:
    case kInt16:
      return 16;
    case kUint24:
    case kInt24:
      return 24;
    case kUint32:
    case kInt32:
    case kFrameNum:
    case kIpxNet:
      return 32;
    case kUint40:
    case kInt40:
      return 40;
    case kUint48:
    case kInt48:
      return 48;
    case kUint56:
    case kInt56:
      return 56;
    default:
      return 64;
  }
}

TypeInfo type_of(const dissect::FieldDef& field) { return {kind_of(field.type), field.type, &field, false, false}; }
TypeInfo result_type(FieldType type) { return {kind_of(type), type, nullptr, false, false}; }

dissect::ValueNames names_of(const TypeInfo& type) {
  return type.def && type.def->row && !(type.def->row->flags & dissect::kNamesShown) ? type.def->row->names : dissect::ValueNames();
}

std::string describe(const TypeInfo& type) {
  if (type.slice) return type.kind == ValueKind::kString ? "text" : "bytes";
  switch (type.type) {
    case kNone:
      return "a label without value";
    case kProtocol:
      return "a protocol";
    case kBoolean:
      return "a Boolean";
    case kChar:
      return "a character";
    case kFrameNum:
      return "a packet number";
    case kIpxNet:
      return "an IPX network";
    case kEui64:
      return "an EUI-64 address";
    case kAbsoluteTime:
      return "a point in time";
    case kRelativeTime:
      return "a duration in seconds";
    case kUintBytes:
      return "counted bytes";
    case kEther:
      return "an Ethernet address";
    case kSystemId:
      return "a system identifier";
    case kOid:
      return "an object identifier";
    default:
      break;
  }
  switch (type.kind) {
    case ValueKind::kUnsigned:
      return "an unsigned integer of " + std::to_string(width_bits(type.type)) + " bits";
    case ValueKind::kSigned:
      return "a signed integer of " + std::to_string(width_bits(type.type)) + " bits";
    case ValueKind::kFloat:
      return "a floating-point number";
    case ValueKind::kString:
      return "text";
    case ValueKind::kBytes:
      return "bytes";
    case ValueKind::kIpv4:
      return "an IPv4 address";
    case ValueKind::kIpv6:
      return "an IPv6 address";
    case ValueKind::kGuid:
      return "a GUID";
    default:
      return "a value";
  }
}

}  // namespace wiretail::filter
