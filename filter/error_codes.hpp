// The classes of errors in filters, by the numbers that tests and `--check` report. Stable: append only.
#pragma once
#include <cstdint>

namespace wiretail::filter::error_code {

inline constexpr uint16_t kUnexpected = 1;          // a token or character that cannot stand here
inline constexpr uint16_t kAfterTest = 2;           // a word after a complete test
inline constexpr uint16_t kEnded = 3;               // the text ended too early
inline constexpr uint16_t kNotAscii = 4;            // outside quotes
inline constexpr uint16_t kStringOpen = 5;
inline constexpr uint16_t kEscape = 6;
inline constexpr uint16_t kEscapeRange = 7;
inline constexpr uint16_t kCharacter = 8;
inline constexpr uint16_t kBracketOpen = 9;
inline constexpr uint16_t kRange = 10;
inline constexpr uint16_t kLayer = 11;
inline constexpr uint16_t kUnknownField = 12;
inline constexpr uint16_t kNeedsField = 15;
inline constexpr uint16_t kUnknownFunction = 17;
inline constexpr uint16_t kArgumentCount = 18;
inline constexpr uint16_t kArgument = 19;
inline constexpr uint16_t kMixedArguments = 20;
inline constexpr uint16_t kOperator = 22;           // not defined for the field's type
inline constexpr uint16_t kIncompatible = 23;
inline constexpr uint16_t kNumber = 24;
inline constexpr uint16_t kNumberRange = 25;
inline constexpr uint16_t kStringType = 26;
inline constexpr uint16_t kValueName = 27;
inline constexpr uint16_t kValueNameOrder = 28;
inline constexpr uint16_t kAddress = 29;
inline constexpr uint16_t kAddressLength = 30;
inline constexpr uint16_t kBytes = 31;
inline constexpr uint16_t kTime = 32;
inline constexpr uint16_t kNotSliceable = 33;
inline constexpr uint16_t kSliceConstant = 34;
inline constexpr uint16_t kNotBytes = 35;
inline constexpr uint16_t kArithmetic = 36;
inline constexpr uint16_t kDivisionByZero = 37;
inline constexpr uint16_t kPatternString = 38;
inline constexpr uint16_t kPattern = 39;
inline constexpr uint16_t kSetField = 40;
inline constexpr uint16_t kSetSlice = 41;
inline constexpr uint16_t kSetSyntax = 42;
inline constexpr uint16_t kMacro = 43;
inline constexpr uint16_t kNan = 44;                // has no order
inline constexpr uint16_t kSubject = 60;            // the subject lacks the field
inline constexpr uint16_t kList = 61;
inline constexpr uint16_t kLimit = 62;
inline constexpr uint16_t kDeprecated = 70;         // warnings

}  // namespace wiretail::filter::error_code
