#include "dissect/lines.hpp"

#include <algorithm>
#include <bit>

#include "dissect/columns.hpp"
#include "dissect/format.hpp"

namespace wiretail::dissect {
namespace {

// As long as tshark lets a line become; a longer one is marked and cut.
constexpr size_t kMostLine = 239, kCutLine = 238;
constexpr size_t kMostBytes = 36;   // of a value of bytes; the rest is an ellipsis

unsigned type_bits(FieldType type) {
  switch (type) {
    case FieldType::kUint8: case FieldType::kInt8: case FieldType::kChar: return 8;
    case FieldType::kUint16: case FieldType::kInt16: return 16;
    case FieldType::kUint24: case FieldType::kInt24: return 24;
    case FieldType::kUint32: case FieldType::kInt32: return 32;
    case FieldType::kUint40: case FieldType::kInt40: return 40;
    case FieldType::kUint48: case FieldType::kInt48: return 48;
    case FieldType::kUint56: case FieldType::kInt56: return 56;
    default: return 64;
  }
}

}  // namespace

void append_bit_row(std::string& out, uint64_t value, uint64_t mask, unsigned bits) {
  for (unsigned i = bits; i-- > 0;) {
    out += mask >> i & 1 ? (value >> i & 1 ? '1' : '0') : '.';
    if (i && i % 4 == 0) out += ' ';
  }
  out += " = ";
}

namespace {

// ".... 0100 = " for a field that covers some bits of its bytes.
void append_bits(std::string& out, const FieldDef& def, const Value& value) {
  const unsigned bits = def.row->bits ? def.row->bits : type_bits(def.type);
  // Of a Boolean's bits only whether any is set is known.
  append_bit_row(out, def.type == FieldType::kBoolean ? (value.u ? def.row->mask : 0) : value.u << def.shift, def.row->mask, bits);
}

// Digits as the bits of the mask need them, or the type.
void append_number(std::string& out, const FieldDef& def, const Value& value) {
  const FieldRow& row = *def.row;
  auto hexadecimal = [&] {
    const unsigned bits = row.mask ? static_cast<unsigned>(std::popcount(row.mask)) : type_bits(def.type);
    out += "0x", append_hex(out, value.u, (bits + 3) / 4);
  };
  auto decimal = [&] {
    if (is_signed(def.type) && value.i < 0) out += '-', append_uint(out, ~value.u + 1);
    else append_uint(out, value.u);
  };
  switch (row.base) {
    case Base::kHex: return hexadecimal();
    case Base::kDecHex: return decimal(), out += " (", hexadecimal(), out += ')', void();
    case Base::kHexDec: return hexadecimal(), out += " (", decimal(), out += ')', void();
    default: return decimal();
  }
}

void append_integer(std::string& out, const FieldDef& def, const Value& value) {
  const FieldRow& row = *def.row;
  if (!row.names.empty()) {
    std::string_view name = value_name(row.names, value.u);
    out += name.empty() ? "Unknown" : name;
    if (row.base == Base::kNone && !name.empty()) return;
    out += " (", append_number(out, def, value), out += ')';
    return;
  }
  append_number(out, def, value);
  if (row.unit.empty()) return;
  const bool one = value.u == 1 && row.unit.size() > 4 && row.unit.ends_with('s');
  out += one ? row.unit.substr(0, row.unit.size() - 1) : row.unit;
}

void append_shown_value(std::string& out, const FieldDef& def, const Value& value) {
  const FieldRow& row = *def.row;
  if (is_integer(def.type) && def.type != FieldType::kFrameNum && def.type != FieldType::kEui64) return append_integer(out, def, value);
  switch (def.type) {
    case FieldType::kBoolean: {
      std::string_view name = value_name(row.names, value.u);
      out += !name.empty() ? name : value.u ? "True" : "False";
      return;
    }
    case FieldType::kRelativeTime:
      append_value(out, def, value), out += " seconds";
      return;
    case FieldType::kFloat:
    case FieldType::kDouble: append_value(out, def, value), out += row.unit; return;
    case FieldType::kString:
    case FieldType::kStringz:
    case FieldType::kUintString: return append_escaped(out, value.text());
    case FieldType::kBytes:
    case FieldType::kUintBytes:
      if (row.base == Base::kNone && value.n > kMostBytes) {
        append_hex_bytes(out, value.bytes().subspan(0, kMostBytes)), out += "\xe2\x80\xa6";
        return;
      }
      return append_value(out, def, value);
    default: return append_value(out, def, value);
  }
}

}  // namespace

namespace {

// The mark stands behind the label, where there is one.
void cut_line(std::string& text, size_t label_end) {
  if (text.size() <= kMostLine) return;
  text.insert(label_end, " [truncated]");
  size_t end = kCutLine;
  while (end && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kLetters[] = "abtnvfr";  // from 7 on
  std::string clean;
  append_text(clean, text);
  for (char c : clean) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 7 && u <= 13) out += '\\', out += kLetters[u - 7];
    else if (u < 0x20 || u == 0x7f) out += '\\', out += static_cast<char>('0' + (u >> 6)), out += static_cast<char>('0' + (u >> 3 & 7)), out += static_cast<char>('0' + (u & 7));
    else out += c;
  }
}

void list_flags(std::string& text, const Dissection&, const Occurrence& o) {
  const FieldDef& def = Registry::get()[o.field];
  const auto rows = Registry::get().protocol(def.proto).rows;
  for (size_t i = def.row_index + 1u; i < rows.size() && rows[i].mask; ++i) {
    const FieldRow& row = rows[i];
    const uint64_t value = (o.value.u & row.mask) >> std::countr_zero(row.mask);
    if (row.type == FieldType::kBoolean) {
      if (value) text += ", ", text += row.label;
    } else if (std::string_view name = value_name(row.names, value); !name.empty()) {
      text += ", ", text += row.label, text += ": ", text += name;
    }
  }
}

bool append_line(std::string& out, const Dissection& d, const Occurrence& o) {
  if (o.field == kNoField) {
    std::string text(o.value.text());
    cut_line(text, 0);
    out += text;
    return true;
  }
  const Registry& registry = Registry::get();
  const FieldDef& def = registry[o.field];
  if (def.is_protocol) {
    if (!registry.protocol(def.proto).pseudo) {
      std::string head;
      append_head(head, d, d.layers.stack[o.layer]);
      if (head.empty()) return false;
      out += std::string_view(head).substr(0, head.find('\n'));
    }
    else if (def.proto == id::kExpert) {
      std::string text(o.value.text());
      cut_line(text, 0);
      out += '[', out += text, out += ']';
    }
    else if (o.value.text().starts_with('[')) out += o.value.text();
    else return false;
    return true;
  }
  const FieldRow& row = *def.row;
  if (row.flags & (kHidden | kExpert)) return false;
  const bool generated = row.flags & kGenerated;
  const auto [instead, behind] = d.shown(o);
  std::string text(instead);
  size_t label_end = 0;
  if (text.empty()) {
    if (row.mask && def.type != FieldType::kFrameNum) append_bits(text, def, o.value);
    text += row.label, label_end = text.size();
    if (def.type != FieldType::kNone) text += ": ", append_shown_value(text, def, o.value);
    if (row.show) row.show(text, d, o);
    if (text.empty()) return false;
    label_end = std::min(label_end, text.size());
    if (text.compare(0, row.label.size(), row.label) != 0 && !row.mask) label_end = 0;
  }
  cut_line(text, label_end);
  if (generated) out += '[';
  out += text, out += behind;
  if (generated) out += ']';
  return true;
}

}  // namespace wiretail::dissect
