// The typed tree: what `check` makes of the untyped tree (ast.hpp) and the registry, and what `simplify`, the compiler,
// the reference evaluator and `--explain` read. Every name is resolved to field numbers, every literal is already in the
// type that it is compared in, every quantifier is explicit: nothing in it can fail any more.
// Both sides of a test have one ValueKind, but for two cases: kUnsigned beside kSigned (compared by mathematical value;
// integer arithmetic yields numbers of either sign, whatever the operand's kind says), and a time multiplied or divided by
// a number. Where bytes are compared with something else, check has wrapped that in a slice [0:] of kind kBytes; `contains`
// may have any two of kBytes, kString and kProtocol on its sides.
// Plain data, owned through unique_ptr; immutable after check but for simplify, which makes a new one, and compile, which
// adds `sorted`.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dissect/field.hpp"
#include "filter/error.hpp"
#include "filter/short_list.hpp"

namespace wiretail::filter {

using dissect::FieldId;
using dissect::FieldType;

// The families in which values are compared; several field types share one.
enum class ValueKind : uint8_t {
  kUnsigned,   // integers, Boolean, Char, FRAMENUM …: value.u
  kSigned,     // value.i
  kFloat,      // value.d
  kString,     // bytes; lengths in characters
  kBytes,      // BYTES, ETHER …, slices
  kProtocol,   // a layer: compared by its own bytes, searched to the end of its data
  kIpv4,       // value.u, with prefix for constants
  kIpv6,       // 16 bytes, with prefix for constants
  kTime,       // absolute or relative
  kGuid,       // 16 bytes
  kNone,       // existence only
};

// A constant in the type it is compared in.
struct Constant {
  ValueKind kind = ValueKind::kUnsigned;
  uint8_t prefix = 0xff;  // kIpv4, kIpv6: prefix length; 0xff: none (a single address)
  uint64_t u = 0;         // kUnsigned, kIpv4 (host order); kSigned as two's complement
  double d = 0;
  dissect::Time time;
  std::string bytes;      // kString, kBytes, kProtocol, kIpv6 (16), kGuid (16)
  bool negative() const { return kind == ValueKind::kSigned && static_cast<int64_t>(u) < 0; }
};

// One range of a slice or of a layer operator, as written.
struct Range {
  enum class Form : uint8_t { kOffsetLength, kFromTo, kFrom } form;  // i:n   i-j (both included)   i: (to the end)
  int64_t first = 0;   // may be negative: counted from the end
  int64_t second = 0;  // length, or last
};

enum class Function : uint8_t {
  kLen, kCount, kLower, kUpper, kString, kMax, kMin, kAbs, kVals, kDec, kHex, kFloat,
  kIpSpecialName, kIpSpecialMask, kIpLinklocal, kIpMulticast, kIpRfc1918, kIpUla,
};

enum class ArithmeticOp : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kModulo, kBitAnd, kNegate };

// A list of values, computed from the packet (or constant).
struct Operand {
  enum class Form : uint8_t {
    kField,       // fields (registrations of one name), layers, raw
    kConstant,
    kSlice,       // operands[0], ranges. kind kString: of text, counted in characters; kBytes: of the bytes of anything
    kFunction,    // function, operands
    kArithmetic,  // op, operands (one for kNegate)
    kReference,   // ${field}: values captured from the selected packet: constants; empty if there is none
    kValueName,   // operands[0] (a field with value names) turned into the name of its value
  } form = Form::kConstant;
  ValueKind kind = ValueKind::kNone;
  FieldType type = FieldType::kNone;        // of the field or result, for messages and string()
  Function function = Function::kLen;       // kFunction
  ArithmeticOp op = ArithmeticOp::kAdd;     // kArithmetic
  bool raw = false;                         // kField: @field
  Span span;
  OneOrMany<FieldId> fields;                // kField
  OneOrMany<Constant> constants;            // kConstant: one; kReference: the captured values
  SeldomList<Range> layers;                 // kField: field#[…]; empty: all
  SeldomList<Range> ranges;                 // kSlice
  SeldomList<std::unique_ptr<Operand>> operands;
};

enum class Compare : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
enum class Quantifier : uint8_t { kAny, kAll };

// One element of a set: a value (low only) or an inclusive range.
struct SetElement {
  std::unique_ptr<Operand> low, high;
};

// A list of a million entries, loaded from a file: `in $name`. Made by the configuration, shared, immutable.
class ValueList;
class Regex;
class ConstantSet;

struct Test {
  enum class Form : uint8_t {
    kTrue, kFalse,
    kNot, kAnd, kOr, kXor,   // tests
    kExists,                 // left: some occurrence (fields may be of several kinds); of a slice: one that is not empty
    kTruth,                  // left (arithmetic, function): some value non-zero or non-empty
    kCompare,                // left compare right, quantifier: over the full cross product; false if a side is empty
    kContains,               // left contains right
    kMatches,                // left matches pattern
    kIn,                     // some / every value of left is in the set
    kInList,                 // … in the list
  } form = Form::kTrue;
  Span span;
  std::vector<std::unique_ptr<Test>> tests;
  std::unique_ptr<Operand> left, right;
  Compare compare = Compare::kEqual;
  Quantifier quantifier = Quantifier::kAny;  // kNotEqual with kAll: every pair differs
  bool negated = false;                      // kIn, kInList with `not in`: no value is in the set, and the field exists
  std::string pattern;                       // kMatches: the pattern as written (after escapes); case-insensitive
  std::shared_ptr<const Regex> regex;        // the pattern, compiled
  std::vector<SetElement> set;
  std::shared_ptr<const ConstantSet> sorted;  // the set's constants, to be looked up; null until compiled, and of few
  std::shared_ptr<const ValueList> list;
  std::string list_name;
};

struct TypedFilter {
  std::unique_ptr<Test> root;
  std::vector<FilterError> warnings;
};

}  // namespace wiretail::filter
