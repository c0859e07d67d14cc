// Constants of every type. Expected values are from the RFCs, from arithmetic, or from tshark 4.0.17 and 4.4.19
// accepting them.
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "filter/error_codes.hpp"
#include "filter/literals.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;
using wiretail::dissect::Time;

namespace {

Converted convert(std::string_view text, FieldType type, Literal::Form form = Literal::Form::kWord) {
  return to_constant({form, text, {0, static_cast<uint32_t>(text.size())}}, result_type(type));
}
std::string hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (char c : bytes) out += kDigits[static_cast<unsigned char>(c) >> 4], out += kDigits[c & 15];
  return out;
}
std::string bytes_of(std::string_view text) {
  auto bytes = parse_byte_literal(text);
  return bytes ? hex(*bytes) : "-";
}

struct LocalZone {  // absolute times without a zone are the machine's
  explicit LocalZone(const char* name) { setenv("TZ", name, 1), tzset(); }
  ~LocalZone() { unsetenv("TZ"), tzset(); }
};

}  // namespace

TEST_CASE("integers") {
  for (const char* text : {"80", "0x50", "0X50", "0120", "0b1010000", "0B1010000"}) {
    INFO(text);
    Converted c = convert(text, FieldType::kUint16);
    CHECK(c.error.code == 0);
    CHECK(c.value.u == 80);
    CHECK(c.value.kind == ValueKind::kUnsigned);
  }
  CHECK(convert("P", FieldType::kUint16, Literal::Form::kChar).value.u == 80);
  CHECK(convert("18446744073709551615", FieldType::kUint64).value.u == UINT64_MAX);
  const std::pair<const char*, uint16_t> wrong[] = {
      {"080", error_code::kNumber},
      {"0x", error_code::kNumber},
      {"0b12", error_code::kNumber},
      {"68-1", error_code::kNumber},
      {"1.5", error_code::kNumber},
      {"1e3", error_code::kNumber},
      {"abc", error_code::kNumber},
      {"1.2.3.4", error_code::kNumber},
      {"70000", error_code::kNumberRange},
      {"65536", error_code::kNumberRange},
      {"18446744073709551616", error_code::kNumber},
      {"80/2", error_code::kNumber},
  };
  for (auto [text, code] : wrong) {
    INFO(text);
    CHECK(convert(text, FieldType::kUint16).error.code == code);
  }
  CHECK(convert("70000", FieldType::kUint16).error.message.find("65535") != std::string::npos);
  CHECK(convert("80", FieldType::kUint16, Literal::Form::kString).error.code == error_code::kStringType);
}

TEST_CASE("the limits of every integer type") {
  const std::pair<FieldType, uint64_t> most[] = {
      {FieldType::kUint8, 0xff},
      {FieldType::kUint16, 0xffff},
      {FieldType::kUint24, 0xffffff},
      {FieldType::kUint32, 0xffffffff},
      {FieldType::kUint40, 0xffffffffff},
      {FieldType::kUint48, 0xffffffffffff},
      {FieldType::kUint56, 0xffffffffffffff},
      {FieldType::kInt8, 0x7f},
      {FieldType::kInt16, 0x7fff},
      {FieldType::kInt24, 0x7fffff},
      {FieldType::kInt32, 0x7fffffff},
      {FieldType::kInt40, 0x7fffffffff},
      {FieldType::kInt48, 0x7fffffffffff},
      {FieldType::kInt56, 0x7fffffffffffff},
      {FieldType::kInt64, 0x7fffffffffffffff},
      {FieldType::kFrameNum, 0xffffffff},
      {FieldType::kChar, 0xff},
      {FieldType::kIpxNet, 0xffffffff},
  };
  for (auto [type, value] : most) {
    INFO(value);
    CHECK(convert(std::to_string(value), type).value.u == value);
    CHECK(convert(std::to_string(value + 1), type).error.code == error_code::kNumberRange);
  }
  Literal literal{Literal::Form::kWord, "128", {0, 3}, true};  // behind a minus
  CHECK(to_constant(literal, result_type(FieldType::kInt8)).error.code == 0);
}

TEST_CASE("floats") {
  const std::pair<const char*, double> cases[] = {{"0.5", 0.5},  {"492.204", 492.204}, {"492204e-3", 492.204},
                                                  {"1e3", 1000}, {"1e+3", 1000},       {"80", 80},
                                                  {"0x10", 16},  {"0x1.8p3", 12},      {"0x1.8p+3", 12}};
  for (auto [text, value] : cases) {
    INFO(text);
    CHECK(convert(text, FieldType::kDouble).value.d == value);
  }
  for (const char* text : {"inf", "INF", "Infinity"}) CHECK(std::isinf(convert(text, FieldType::kDouble).value.d));
  for (const char* text : {"nan", "NaN"}) CHECK(std::isnan(convert(text, FieldType::kDouble).value.d));
  for (const char* text : {".5", "5.", "1e999", "1e-999", "x", "1.5x", "0x1.p3", "--1"}) {
    INFO(text);
    CHECK(convert(text, FieldType::kDouble).error.code != 0);
  }
}

TEST_CASE("byte strings, with every separator") {
  const std::pair<const char*, const char*> cases[] = {
      {"48:45:41:44", "48454144"},
      {"48-45-41-44", "48454144"},
      {"48.45.41.44", "48454144"},
      {"48454144", "48454144"},
      {"ffff.ffff.ffff", "ffffffffffff"},
      {"0009-6b88-f5c9", "00096b88f5c9"},
      {"0.1.0.d", "0001000d"},
      {"0-1-0-d", "0001000d"},
      {"0:1:a", "00010a"},
      {":fc", "fc"},
      {":00016c", "00016c"},
      {":00:01", "0001"},
      {":00-01", "0001"},
      {":00.01", "0001"},
      {"fc:", "fc"},
      {"a:", "0a"},
      {"a", "0a"},
      {"AbCd", "abcd"},
      {"0xaa", "aa"},
      {"0b10101010", "aa"},
      {"1.2.3.4", "01020304"},
      {"aab", "-"},
      {"zz", "-"},
      {"", "-"},
      {":", "-"},
      {"00:01:", "0001"},
      {"00::01", "-"},
      {"00:01-02", "000102"},
      {"48.45:41-4", "48454104"},
      {"484243-45", "48424345"},
      {"48424-4", "48420404"},
      {"484-4542", "-"},
      {"4841:454", "-"},
      {"48:-45", "-"},
      {"fffff", "ffff0f"},
      {"000:01", "-"},
      {"0xaabb", "-"},
      {"::", "-"},
  };
  for (auto [text, value] : cases) {
    INFO(text);
    CHECK(bytes_of(text) == value);
  }
}

TEST_CASE("a decimal word against bytes is one byte") {
  CHECK(convert("10", FieldType::kBytes).value.bytes == "\x0a");
  CHECK(convert("012", FieldType::kBytes).value.bytes == "\x0a");
  CHECK(hex(convert("08", FieldType::kBytes).value.bytes) == "08");  // no octal number: hex digits
  CHECK(hex(convert("ff", FieldType::kBytes).value.bytes) == "ff");
  CHECK(hex(convert("12345678901234567890123456789012", FieldType::kBytes).value.bytes) ==
        "12345678901234567890123456789012");
  CHECK(convert("256", FieldType::kBytes).error.code == error_code::kBytes);
  CHECK(convert("1.5", FieldType::kBytes).error.code == error_code::kBytes);
  CHECK(convert("0x1234", FieldType::kBytes).error.code == error_code::kBytes);
  CHECK(convert("10", FieldType::kProtocol).error.code == error_code::kBytes);
  CHECK(convert("GET", FieldType::kProtocol, Literal::Form::kString).value.bytes == "GET");
  CHECK(convert("GET", FieldType::kUintBytes, Literal::Form::kString).error.code == error_code::kStringType);
}

TEST_CASE("Ethernet addresses are complete") {
  CHECK(hex(convert("02:00:5e:10:00:0a", FieldType::kEther).value.bytes) == "02005e10000a");
  CHECK(hex(convert("02005e10000a", FieldType::kEther).value.bytes) == "02005e10000a");
  CHECK(convert("02:00:5e", FieldType::kEther).error.code == error_code::kAddressLength);
  CHECK(convert("02:00:5e:10:00:0a:0b", FieldType::kEther).error.code == error_code::kAddressLength);
  CHECK(convert("02:00:5e:10:00:0a", FieldType::kEther, Literal::Form::kString).error.code == error_code::kStringType);
  TypeInfo part = result_type(FieldType::kEther);
  part.partial = true;
  CHECK(hex(to_constant({Literal::Form::kWord, "ff:ff", {}}, part).value.bytes) == "ffff");
  CHECK(convert("01:23:45:67:89:ab:cd:ef", FieldType::kEui64).value.u == 0x0123456789abcdef);
}

TEST_CASE("IPv4 addresses and prefixes") {
  Converted c = convert("192.0.2.77/24", FieldType::kIpv4);
  CHECK(c.value.u == 0xc000024d);
  CHECK(c.value.prefix == 24);
  CHECK(convert("192.0.2.1", FieldType::kIpv4).value.prefix == 0xff);
  CHECK(convert("0.0.0.0/0", FieldType::kIpv4).value.prefix == 0);
  for (const char* text :
       {"1.2.3", "1.2.3.4.5", "1.2.3.400", "256.1.1.1", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/24/3",
        "1.2.3.4/255.0.0.0", "::1", "localhost", "0x01020304", "16909060", "1.2.3.-4", "", "1..2.3"}) {
    INFO(text);
    CHECK(convert(text, FieldType::kIpv4).error.code == error_code::kAddress);
  }
  CHECK(convert("1.2.3.4", FieldType::kIpv4, Literal::Form::kString).error.code == error_code::kStringType);
}

TEST_CASE("IPv6 addresses and prefixes") {
  CHECK(hex(convert("2001:db8::1", FieldType::kIpv6).value.bytes) == "20010db8000000000000000000000001");
  CHECK(hex(convert("::ffff:1.2.3.4", FieldType::kIpv6).value.bytes) == "00000000000000000000ffff01020304");
  CHECK(convert("2001:db8::/32", FieldType::kIpv6).value.prefix == 32);
  for (const char* text : {"1.2.3.4", "::1/129", "::1/", "1::2::3", "fe80::1%eth0", "2001:db8::g", ":::"}) {
    INFO(text);
    CHECK(convert(text, FieldType::kIpv6).error.code == error_code::kAddress);
  }
}

TEST_CASE("object identifiers and GUIDs") {
  CHECK(hex(convert("1.2.840.113549", FieldType::kOid).value.bytes) == "2a864886f70d");  // X.690 8.19
  CHECK(hex(convert("2.999", FieldType::kOid).value.bytes) == "8837");
  CHECK(convert("3.1", FieldType::kOid).error.code == error_code::kBytes);
  CHECK(convert("1", FieldType::kOid).error.code == error_code::kBytes);
  CHECK(hex(convert("00112233-4455-6677-8899-aabbccddeeff", FieldType::kGuid).value.bytes) ==
        "00112233445566778899aabbccddeeff");
  CHECK(convert("00112233445566778899aabbccddeeff", FieldType::kGuid).error.code == error_code::kNumber);
}

TEST_CASE("absolute times") {
  LocalZone zone("UTC");
  const std::tuple<const char*, int64_t, int32_t> cases[] = {
      {"2023-11-14 22:13:20", 1700000000, 0},
      {"2023-11-14T22:13:20", 1700000000, 0},
      {"2023-11-14 22:13:20.5", 1700000000, 500000000},
      {"2023-11-14 22:13:20.123456789", 1700000000, 123456789},
      {"2023-11-14 22:13:20.1234567890", 1700000000, 123456789},
      {"2023-11-14 22:13:20.", 1700000000, 0},
      {"2023-11-14 22:13", 1699999980, 0},
      {"2023-11-14", 1699920000, 0},
      {"2023-1-4 2:3:0", 1672797780, 0},
      {"Nov 14, 2023 22:13:20", 1700000000, 0},
      {"nov 14, 2023 22:13:20.5", 1700000000, 500000000},
      {"November 14, 2023 22:13:20", 1700000000, 0},
      {"Nov 14, 2023", 1699920000, 0},
      {"2023-11-14 22:13:20Z", 1700000000, 0},
      {"2023-11-14 22:13:20 UTC", 1700000000, 0},
      {"2023-11-14 22:13:20 GMT", 1700000000, 0},
      {"2023-11-14 23:13:20+01", 1700000000, 0},
      {"2023-11-14 23:13:20 +0100", 1700000000, 0},
      {"2023-11-14 23:13:20+01:00", 1700000000, 0},
      {"2023-11-14 17:13:20 EST", 1700000000, 0},
      {"2023-11-14 15:13:20 PDT", 1700000000, 0},
      {"2023-11-14 23:13:20 A", 1700000000, 0},
      {"2023-11-14 10:13:20 Y", 1700000000, 0},
      {"1700000000", 1700000000, 0},
      {"1700000000.5", 1700000000, 500000000},
      {"-5", -5, 0},
      {"-0.5", -1, 500000000},
  };
  for (auto [text, seconds, nanos] : cases) {
    INFO(text);
    Converted c = convert(text, FieldType::kAbsoluteTime, Literal::Form::kString);
    CHECK(c.error.code == 0);
    CHECK(c.value.time == Time{seconds, nanos});
  }
  for (const char* text : {"x", "2023-11-14 22:13.5", "2023-13-14", "2023-11-32", "2023-11-14 25:13:20",
                           "2023-11-14 22", "2023-11-14 22:13:20 XYZ", "2023-11-14 22:13:20z", "Foo 14, 2023",
                           "Nov 14 2023", " 2023-11-14", "2023-11-14 22:13:20.5.5", "", "1.2.3"}) {
    INFO(text);
    CHECK(convert(text, FieldType::kAbsoluteTime, Literal::Form::kString).error.code == error_code::kTime);
  }
  CHECK(convert("2023-11-14T22:13:20", FieldType::kAbsoluteTime).value.time.seconds == 1700000000);
}

TEST_CASE("a time without a zone is the machine's") {
  LocalZone zone("EST5");
  CHECK(convert("2023-11-14 17:13:20", FieldType::kAbsoluteTime, Literal::Form::kString).value.time.seconds ==
        1700000000);
}

TEST_CASE("durations") {
  const std::tuple<const char*, int64_t, int32_t> cases[] = {
      {"1", 1, 0},     {"0.000001", 0, 1000}, {"1.123456789", 1, 123456789}, {"007", 7, 0}, {"1e-3", 0, 1000000},
      {"0x10", 16, 0}, {"1.5e3", 1500, 0}};
  for (auto [text, seconds, nanos] : cases) {
    INFO(text);
    CHECK(convert(text, FieldType::kRelativeTime).value.time == Time{seconds, nanos});
  }
  for (const char* text : {"abc", "1s", ".5", "1e99", "nan", "inf"}) {
    INFO(text);
    CHECK(convert(text, FieldType::kRelativeTime).error.code == error_code::kTime);
  }
  CHECK(convert("1", FieldType::kRelativeTime, Literal::Form::kString).error.code == error_code::kStringType);
}

TEST_CASE("text takes words as they are, but no numbers") {
  CHECK(convert("www.example.com", FieldType::kString).value.bytes == "www.example.com");
  CHECK(convert("48:45", FieldType::kString).value.bytes == "48:45");
  CHECK(convert("a\"b", FieldType::kString, Literal::Form::kString).value.bytes == "a\"b");
  CHECK(convert("5", FieldType::kString).error.code == error_code::kStringType);
  CHECK(convert("5.5", FieldType::kString).error.code == error_code::kStringType);
}

TEST_CASE("Booleans") {
  for (const char* text : {"1", "True", "true", "TRUE", "tRuE", "7"})
    CHECK(convert(text, FieldType::kBoolean).value.u == 1);
  for (const char* text : {"0", "False", "false", "0x0"}) CHECK(convert(text, FieldType::kBoolean).value.u == 0);
  CHECK(convert("1.5", FieldType::kBoolean).error.code == error_code::kNumber);
  CHECK(convert("maybe", FieldType::kBoolean).error.code == error_code::kValueName);
  CHECK(convert("Set", FieldType::kBoolean, Literal::Form::kString).error.code == error_code::kValueName);
}
