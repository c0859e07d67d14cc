#include "filter/literals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dissect/bytes.hpp"
#include "filter/error_codes.hpp"
#include "filter/newer_names.hpp"

namespace wiretail::filter {
namespace {

using Form = Literal::Form;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}
std::string quoted(std::string_view s) { return "\"" + std::string(s) + "\""; }

Converted wrong(uint16_t code, const Literal& l, std::string message, std::string hint = "") {
  Converted out;
  out.error = {code, l.span, std::move(message), std::move(hint)};
  return out;
}
Converted no_string(const Literal& l, const TypeInfo& type, std::string hint) {
  return wrong(error_code::kStringType, l,
               std::string(l.form == Form::kChar ? "a character" : "a string") + " cannot become " + describe(type),
               std::move(hint));
}

Converted number(ValueKind kind, uint64_t value) {
  Converted out;
  out.value.kind = kind, out.value.u = value;
  return out;
}
Converted bytes(ValueKind kind, std::string value) {
  Converted out;
  out.value.kind = kind, out.value.bytes = std::move(value);
  return out;
}

std::string name_field(const TypeInfo& type) { return type.def ? std::string(type.def->name) : "the field"; }

// The text is the name of a value of the field, case aside.
Converted by_name(const Literal& l, const TypeInfo& type) {
  const auto names = names_of(type);
  if (names.empty()) return no_string(l, type, "write the number without quotes");
  // Fields of one name may have several tables; one number in all of them is a number, anything else is text.
  std::optional<uint64_t> value, short_value;
  bool text = false, ambiguous = false;
  for (FieldId id : dissect::Registry::get().find(type.def->name)) {
    const dissect::FieldDef& field = dissect::Registry::get()[id];
    if (!field.row || kind_of(field.type) != type.kind) continue;
    if (auto renamed = renamed_value(field.row->names, l.text, same_letters)) {
      ambiguous |= short_value && *short_value != *renamed;
      short_value = renamed;
    }
    for (const dissect::ValueName& name : field.row->names) {
      // Newer versions say "AAAA" where 4.0 says "AAAA (IPv6 Address)".
      if (same_letters(name.text.substr(0, name.text.find(" (")), l.text)) {
        ambiguous |= name.to > name.value || (short_value && *short_value != name.value);
        short_value = name.value;
      }
      if (!same_letters(name.text, l.text)) continue;
      if (name.to > name.value || (value && *value != name.value)) text = true;
      value = name.value;
    }
  }
  if (!value && !ambiguous) value = short_value;
  Converted out = number(type.kind, value.value_or(0));
  if (text) out = bytes(ValueKind::kString, std::string(l.text)), out.as_text = true;
  if (value) {
    if (l.form == Form::kWord) out.warning = "the name of a value is better quoted: " + quoted(l.text);
    return out;
  }
  std::string known;
  for (size_t i = 0; i < names.size() && i < 6; ++i) known += (i ? ", " : "") + quoted(names[i].text);
  return wrong(error_code::kValueName, l, quoted(l.text) + " is not the name of a value of " + name_field(type),
               "there are " + known + (names.size() > 6 ? " and " + std::to_string(names.size() - 6) + " more" : ""));
}

Converted boolean(const Literal& l, const TypeInfo& type) {
  const auto names = names_of(type);
  std::string_view yes = names.empty() ? "True" : dissect::value_name(names, 1);
  std::string_view no = names.empty() ? "False" : dissect::value_name(names, 0);
  if (l.form == Form::kChar) return number(ValueKind::kUnsigned, l.text[0] != 0);
  if (same_letters(l.text, yes)) return number(ValueKind::kUnsigned, 1);
  if (same_letters(l.text, no)) return number(ValueKind::kUnsigned, 0);
  if (l.form == Form::kWord) {
    if (same_letters(l.text, "true")) return number(ValueKind::kUnsigned, 1);
    if (same_letters(l.text, "false")) return number(ValueKind::kUnsigned, 0);
    if (auto v = parse_integer(l.text)) return number(ValueKind::kUnsigned, *v != 0);
    return wrong(is_number(l.text) ? error_code::kNumber : error_code::kValueName, l,
                 quoted(l.text) + " is not a Boolean", "write 1, 0, True, False, " + quoted(yes) + " or " + quoted(no));
  }
  return wrong(error_code::kValueName, l, quoted(l.text) + " is not one of the two names of " + name_field(type),
               "they are " + quoted(yes) + " and " + quoted(no) + "; or write 1 and 0");
}

Converted integer(const Literal& l, const TypeInfo& type) {
  if (l.form == Form::kChar) return number(type.kind, static_cast<unsigned char>(l.text[0]));
  if (l.form == Form::kString) return by_name(l, type);
  if (type.type == FieldType::kEui64) {
    auto eight = parse_byte_literal(l.text);
    if (eight && eight->size() == 8)
      return number(type.kind, dissect::be64(reinterpret_cast<const uint8_t*>(eight->data())));
  }
  auto v = parse_integer(l.text);
  if (!v) {
    if (!names_of(type).empty() && !is_number(l.text) && !(l.text[0] >= '0' && l.text[0] <= '9'))
      return by_name(l, type);
    std::string hint;
    if (l.text.find_first_not_of("0123456789") == std::string_view::npos)
      hint = l.text[0] == '0' ? "a number that begins with 0 is octal; write " + std::string(l.text.substr(1))
                              : "numbers have at most 64 bits";
    else if (auto minus = l.text.find('-');
             minus != std::string_view::npos && minus > 0 && l.text[0] >= '0' && l.text[0] <= '9')
      hint = "a minus needs a blank before it; a range is written 80..90";
    else if (l.text.find('/') != std::string_view::npos)
      hint = "a division needs blanks: a / b";
    return wrong(error_code::kNumber, l, quoted(l.text) + " is not " + describe(type), hint);
  }
  bool is_signed = type.kind == ValueKind::kSigned;
  unsigned value_bits = width_bits(type.type) - (is_signed ? 1 : 0);
  uint64_t most = value_bits >= 64 ? std::numeric_limits<uint64_t>::max() : (uint64_t{1} << value_bits) - 1;
  if (*v > most && !(is_signed && l.negated && *v == most + 1))
    return wrong(error_code::kNumberRange, l,
                 quoted(l.text) + " is too large for " + (type.def ? name_field(type) : "this") + ": it is " +
                     describe(type) + ", at most " + std::to_string(most));
  return number(type.kind, *v);
}

Converted sequence(const Literal& l, const TypeInfo& type) {
  bool any_bytes = type.kind == ValueKind::kProtocol || type.slice || type.type == FieldType::kBytes;
  if (l.form != Form::kWord) {
    if (any_bytes) return bytes(type.kind, std::string(l.text));
    return no_string(l, type, "write the bytes without quotes: 02:00:5e:10:00:0a");
  }
  if (type.type == FieldType::kOid && !type.partial) {
    if (auto encoded = parse_object_identifier(l.text)) return bytes(type.kind, *encoded);
    return wrong(error_code::kBytes, l, quoted(l.text) + " is not an object identifier", "for example 1.2.840.113549");
  }
  // A number is one byte, where bytes as such are wanted; anything else must not be mistaken for digits of bytes.
  if (auto v = parse_integer(l.text)) {
    if (any_bytes && type.kind == ValueKind::kBytes) {
      if (*v <= 255) return bytes(type.kind, std::string(1, static_cast<char>(*v)));
      return wrong(error_code::kBytes, l, quoted(l.text) + " is a number too large for one byte",
                   l.text.size() % 2 == 0 && l.text[1] != 'x' && l.text[1] != 'X'
                       ? "if hex digits are meant, put a colon first: :" + std::string(l.text)
                       : "write bytes one by one: 12:34");
    }
    return wrong(error_code::kBytes, l, quoted(l.text) + " is a number, not " + describe(type),
                 "for bytes put a colon first: :" +
                     std::string(l.text.substr(l.text.size() > 2 && lower(l.text[1]) == 'x' ? 2 : 0)));
  }
  bool fraction = is_number(l.text) && l.text.find_first_not_of("0123456789.") == std::string_view::npos &&
                  l.text.find('.') != std::string_view::npos;
  if (fraction || has_exponent(l.text))
    return wrong(error_code::kBytes, l, quoted(l.text) + (fraction ? " is a fraction, not " : " is a number with an exponent, not ") + describe(type),
                 "for bytes put a colon first: :" + std::string(l.text));
  auto parsed = parse_byte_literal(l.text);
  if (!parsed)
    return wrong(error_code::kBytes, l, quoted(l.text) + " is not a byte string",
                 "write hex digits, 47:45:54, or text in double quotes");
  if (type.type == FieldType::kEther && !type.slice && !type.partial && parsed->size() != 6)
    return wrong(error_code::kAddressLength, l,
                 quoted(l.text) + " has " + std::to_string(parsed->size()) +
                     (parsed->size() == 1 ? " byte" : " bytes") + ", an Ethernet address six",
                 parsed->size() < 6 ? "compare a part: " + (type.def ? name_field(type) : "eth.src") +
                                          "[0:" + std::to_string(parsed->size()) + "] == " + std::string(l.text)
                                    : "");
  if (type.type == FieldType::kSystemId && !type.partial && parsed->size() > 7)
    return wrong(error_code::kAddressLength, l, quoted(l.text) + " is longer than a system identifier");
  return bytes(type.kind, std::move(*parsed));
}

Converted text(const Literal& l) {
  bool digit = l.form == Form::kWord && !l.text.empty() && l.text[0] >= '0' && l.text[0] <= '9';
  // Digits that make no integer (08, too many) are text, as in Wireshark.
  bool misshapen = l.text.find_first_not_of("0123456789") == std::string_view::npos && !parse_integer(l.text);
  if (digit && !misshapen && is_number(l.text))
    return wrong(error_code::kStringType, l, quoted(l.text) + " is a number, the field is text",
                 "put it in double quotes: " + quoted(l.text));
  return bytes(ValueKind::kString, std::string(l.text));
}

Converted address(const Literal& l, const TypeInfo& type) {
  bool four = type.kind == ValueKind::kIpv4;
  Converted out;
  out.value.kind = type.kind;
  std::string why;
  uint32_t v4 = 0;
  const bool string = l.form != Form::kWord;
  if (four ? parse_ipv4(l.text, v4, out.value.prefix, why)
           : parse_ipv6(l.text, out.value.bytes, out.value.prefix, why)) {
    if (string) return no_string(l, type, "write the address without quotes: " + std::string(l.text));
    if (four) out.value.u = v4;
    return out;
  }
  std::string hint = four ? "for example 192.0.2.1 or 192.0.2.0/24; names are not resolved"
                          : "for example 2001:db8::1 or 2001:db8::/32; names are not resolved";
  // The other family is the most frequent mistake.
  uint8_t prefix = 0;
  std::string sixteen, unused;
  if (four && why.empty() && parse_ipv6(l.text, sixteen, prefix, unused))
    hint = "this is an IPv6 address: ipv6.addr, ipv6.src, ipv6.dst";
  if (!four && why.empty() && parse_ipv4(l.text, v4, prefix, unused))
    hint = "this is an IPv4 address: ip.addr, ip.src, ip.dst";
  if (string) return no_string(l, type, hint.starts_with("for ") ? "an address has no quotes: " + hint : hint);
  return wrong(error_code::kAddress, l, quoted(l.text) + " is not " + describe(type) + why, hint);
}

Converted time(const Literal& l, const TypeInfo& type) {
  Converted out;
  out.value.kind = ValueKind::kTime;
  if (type.type == FieldType::kRelativeTime) {
    if (l.form != Form::kWord) return no_string(l, type, "write seconds without quotes: 0.25");
    if (parse_seconds(l.text, out.value.time)) return out;
    return wrong(error_code::kTime, l, quoted(l.text) + " is not a duration",
                 "write seconds, with up to nine decimals: 0.25");
  }
  std::string why;
  if (l.form != Form::kChar && parse_absolute_time(l.text, out.value.time, why)) return out;
  return wrong(error_code::kTime, l, quoted(l.text) + " is not a time" + why,
               "for example \"2023-11-14 22:13:20.5Z\" or \"Nov 14, 2023 22:13:20\"");
}

}  // namespace

Converted to_constant(const Literal& l, const TypeInfo& type) {
  switch (type.kind) {
    case ValueKind::kUnsigned:
    case ValueKind::kSigned:
      return type.type == FieldType::kBoolean ? boolean(l, type) : integer(l, type);
    case ValueKind::kFloat: {
      if (l.form != Form::kWord) return no_string(l, type, "write the number without quotes");
      auto v = parse_float(l.text);
      if (!v) return wrong(error_code::kNumber, l, quoted(l.text) + " is not a number");
      Converted out;
      out.value.kind = ValueKind::kFloat, out.value.d = *v;
      return out;
    }
    case ValueKind::kString:
      return text(l);
    case ValueKind::kBytes:
    case ValueKind::kProtocol:
      return sequence(l, type);
    case ValueKind::kIpv4:
    case ValueKind::kIpv6:
      return address(l, type);
    case ValueKind::kTime:
      return time(l, type);
    case ValueKind::kGuid: {
      if (l.form != Form::kWord)
        return no_string(l, type, "write it without quotes: 00000000-1111-2222-3333-444444444444");
      auto guid = parse_guid(l.text);
      return guid ? bytes(type.kind, *guid)
                  : wrong(error_code::kNumber, l, quoted(l.text) + " is not a GUID",
                          "for example 00000000-1111-2222-3333-444444444444");
    }
    case ValueKind::kNone:
      break;
  }
  return wrong(error_code::kOperator, l, "the field has no value that could be compared",
               "write its name alone to ask whether it is there");
}

}  // namespace wiretail::filter
