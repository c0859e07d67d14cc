// What -V says of DNS beside the fields: the line of a question, of a record, of an option; spans of time in words.
#include <string>

#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/protocols/dns.hpp"

namespace wiretail::dissect::dns {
namespace {

void append_named(std::string& out, ValueNames names, uint16_t value, std::string_view zero = {}) {
  if (std::string_view name = value_name(names, value); !name.empty()) out += name;
  else if (!zero.empty() && value == 0) out += zero;
  else out += "Unknown (", append_uint(out, value), out += ')';
}

// What a record's line says of its content: a word in front, then a name, an address, or more.
struct Said {
  uint16_t type;
  std::string_view before;
  uint8_t numbers;  // 16-bit numbers in front of the name
};
constexpr Said kSaid[] = {{2, "ns ", 0}, {5, "cname ", 0}, {6, "mname ", 0}, {12, "", 0}, {15, "mx ", 1}, {30, "next domain name ", 0}, {36, "kx ", 1}, {39, "dname ", 0}, {47, "next domain name ", 0}};

}  // namespace

void append_class(std::string& out, uint16_t kind, bool multicast) {
  std::string_view name = value_name(kClasses, multicast ? kind & 0x7fff : kind);
  out += name.empty() ? "Unknown" : name;
}

void append_question(std::string& out, const Name& name, uint16_t type, uint16_t kind, bool multicast) {
  out += name.text, out += ": type ";
  append_named(out, kTypes, type, "Unused");
  out += ", class ", append_class(out, kind, multicast);
  if (multicast) out += kind & 0x8000 ? ", \"QU\" question" : ", \"QM\" question";
}

void append_record(std::string& out, Names& names, const uint8_t* p, uint32_t size, const Name& owner, uint32_t header, bool multicast) {
  const uint16_t type = be16(p + header), kind = be16(p + header + 2), length = be16(p + header + 8);
  const uint32_t at = header + 10;
  out += owner.text, out += ": type ";
  append_named(out, kTypes, type, "Unused");
  if (type == 41) return;
  out += ", class ", append_class(out, kind, multicast);
  if (multicast && kind & 0x8000) out += ", cache flush";
  if (!length || at + length > size) return;
  auto name_at = [&](uint32_t where) {
    const Name name = names.at(where);
    out += name.good ? name.text : std::string_view();
  };
  auto number = [&](std::string_view before, uint32_t where) { out += before, append_uint(out, be16(p + where)); };
  auto text_at = [&](uint32_t where) { append_escaped(out, {reinterpret_cast<const char*>(p) + where + 1, std::min<size_t>(p[where], at + length - where - 1)}); };
  for (const Said& said : kSaid) {
    if (said.type != type || length < 2u * said.numbers) continue;
    out += ", ";
    if (said.numbers) number("preference ", at), out += ", ";
    out += said.before, name_at(at + 2u * said.numbers);
    return;
  }
  switch (type) {
    case 1:
    case 11:
      if (length >= 4) out += ", addr ", append_ipv4(out, be32(p + at));
      break;
    case 28:
      if (length >= 16) out += ", addr ", append_ipv6(out, p + at);
      break;
    case 13:
      if (p[at] + 2u <= length) out += ", CPU ", text_at(at), out += ", OS ", text_at(at + 1 + p[at]);
      break;
    case 33:
      if (length >= 7) number(", priority ", at), number(", weight ", at + 2), number(", port ", at + 4), out += ", target ", name_at(at + 6);
      break;
    case 35:
      if (length >= 5) number(", order ", at), number(", preference ", at + 2), out += ", flags ", text_at(at + 4);
      break;
    default: break;
  }
}

void show_duration(std::string& text, const Dissection&, const Occurrence& o) {
  struct Unit { uint64_t seconds; std::string_view name; };
  static constexpr Unit kUnits[] = {{86400, " day"}, {3600, " hour"}, {60, " minute"}, {1, " second"}};
  uint64_t left = o.value.u;
  text += " (";
  bool any = false;
  for (const Unit& unit : kUnits) {
    const uint64_t n = left / unit.seconds;
    left %= unit.seconds;
    if (!n && (unit.seconds > 1 || any)) continue;
    if (any) text += ", ";
    append_uint(text, n), text += unit.name, text += n == 1 ? "" : "s";
    any = true;
  }
  text += ')';
}

// A type in a bitmap has the same field as a record's own.
void append_mapped_type(std::string& out, uint16_t type) {
  out += "RR type in bit map: ";
  if (std::string_view name = value_name(kTypeNames, type); !name.empty()) out += name;
  else out += "Unknown (", append_uint(out, type), out += ')';
}

}  // namespace wiretail::dissect::dns
