#include "daemon/output/text_writer.hpp"

#include <algorithm>

#include "dissect/format.hpp"

namespace wiretail::daemon {
namespace {

using dissect::Bytes;
using dissect::Dissection;
using dissect::FieldDef;
using dissect::Occurrence;
using dissect::Registry;

// Characters, not bytes: the arrow of a port pair is one column.
size_t width(std::string_view s) {
  return static_cast<size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}
void pad(std::string& out, std::string_view text, size_t wanted, bool right) {
  size_t n = width(text);
  if (right && n < wanted) out.append(wanted - n, ' ');
  out += text;
  if (!right && n < wanted) out.append(wanted - n, ' ');
}

void dump(std::string& out, Bytes data) {
  for (size_t at = 0; at < data.size(); at += 16) {
    Bytes line = data.subspan(at, std::min<size_t>(16, data.size() - at));
    dissect::append_hex(out, at, 4);
    out += "  ";
    for (size_t i = 0; i < 16; ++i) {
      if (i < line.size()) dissect::append_hex(out, line[i], 2), out += ' ';
      else out += "   ";
    }
    out += "  ";
    for (uint8_t b : line) out += b >= 0x20 && b < 0x7f ? static_cast<char>(b) : '.';
    out += '\n';
  }
}

// ".... 0100" for a field that covers some bits of its bytes.
void append_bits(std::string& out, const FieldDef& def, uint64_t value) {
  unsigned bits = def.row->bits ? def.row->bits : def.row->fixed.width * 8u;
  if (bits == 0 || bits > 64) return;
  for (unsigned i = bits; i-- > 0;) {
    bool ours = def.row->mask >> i & 1;
    out += ours ? ((value << def.shift) >> i & 1 ? '1' : '0') : '.';
    if (i && i % 4 == 0) out += ' ';
  }
  out += " = ";
}

}  // namespace

void TextWriter::summary(std::string& out, Dissection& d) {
  d.detail_all();  // what is damaged is known afterwards
  fill_columns(d, columns_);
  text_.clear();
  dissect::append_uint(text_, d.packet.number);
  pad(out, text_, 5, true);
  out += ' ';
  text_.clear();
  // Seconds since the first packet, cut (not rounded) to microseconds or nanoseconds as the file has them.
  auto t = d.times && d.times->has_first && d.packet.has_time ? d.packet.time - d.times->first : dissect::Time{};
  static const FieldDef& relative = Registry::get()[Registry::get().find("frame.time_relative")[0]];
  dissect::append_value(text_, relative, dissect::Value::of_time(t));
  if (!d.nanosecond_times && text_.size() > 3) text_.resize(text_.size() - 3);
  pad(out, text_, 10, true);
  out += ' ';
  pad(out, columns_.source, 12, true);
  out += " \xe2\x86\x92 ";
  pad(out, columns_.destination, 12, false);
  out += ' ';
  out += columns_.protocol;
  out += ' ';
  dissect::append_uint(out, d.packet.len);
  out += ' ';
  out += columns_.info;
  out += '\n';
}

void TextWriter::details(std::string& out, Dissection& d) {
  const Registry& registry = Registry::get();
  for (const Occurrence& o : d.tree()) {
    const FieldDef& def = registry[o.field];
    if (def.is_protocol && !registry.protocol(def.proto).pseudo) {
      const dissect::LayerRef& layer = d.layers.stack[o.layer];
      dissect::append_head(out, d, layer);
      if (layer.flags & dissect::kShort) out += " [Packet size limited during capture]";
      if (layer.flags & dissect::kMalformed) out += " [Malformed Packet]";
      out += '\n';
      continue;
    }
    if (!def.row || def.row->flags & dissect::kHidden) continue;
    out.append(4u * (o.depth + 1u), ' ');
    bool generated = def.row->flags & dissect::kGenerated;
    if (generated) out += '[';
    if (def.row->mask && dissect::is_unsigned(def.type) + (def.type == dissect::FieldType::kBoolean)) append_bits(out, def, o.value.u);
    out += def.row->label;
    text_.clear();
    dissect::append_labelled(text_, def, o.value);
    if (!text_.empty()) out += ": " + text_;
    if (generated) out += ']';
    out += '\n';
  }
  out += '\n';
}

void TextWriter::hex(std::string& out, Dissection& d) {
  for (uint32_t i = 0; i < d.buffer_count(); ++i) {
    Bytes data = d.buffer(static_cast<uint8_t>(i));
    if (d.buffer_count() > 1) out += i ? "Reassembled (" : "Frame (", dissect::append_uint(out, data.size()), out += " bytes):\n";
    dump(out, data);
    out += '\n';
  }
}

}  // namespace wiretail::daemon
