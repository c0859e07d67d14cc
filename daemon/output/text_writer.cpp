#include "daemon/output/text_writer.hpp"

#include <algorithm>

#include "dissect/format.hpp"
#include "dissect/lines.hpp"

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

// Offsets have as many digits as the last one needs, four at least.
void dump(std::string& out, Bytes data) {
  unsigned digits = 4;
  while (digits < 8 && data.size() > size_t{1} << (4 * digits)) ++digits;
  for (size_t at = 0; at < data.size(); at += 16) {
    Bytes line = data.subspan(at, std::min<size_t>(16, data.size() - at));
    dissect::append_hex(out, at, digits);
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

// What an ICMP message quotes or carries hangs from it, an extension header from its IPv6 header: how many levels deep.
unsigned below_others(const Dissection& d, const dissect::LayerRef& layer) {
  namespace id = dissect::id;
  const dissect::ProtoId proto = layer.proto;
  unsigned levels = 0;
  if (layer.flags & dissect::kQuoted) levels = !Registry::get().protocol(proto).application || proto == id::kData;
  else if (proto == id::kData && &layer != d.layers.begin()) levels = (&layer - 1)->proto == id::kIcmp || (&layer - 1)->proto == id::kIcmpv6;
  const bool extension = proto == id::kIpv6HopOpts || proto == id::kIpv6DstOpts || proto == id::kIpv6Routing || proto == id::kIpv6Fraghdr;
  return levels + (extension && d.layers.present.has(id::kIpv6));
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

void TextWriter::details(std::string& out, Dissection& d, bool bytes_follow) {
  const Registry& registry = Registry::get();
  unsigned nested = 0;
  for (const Occurrence& o : d.tree()) {
    text_.clear();
    if (!dissect::append_line(text_, d, o)) continue;
    const bool head = o.field != dissect::kNoField && registry[o.field].is_protocol && !registry.protocol(registry[o.field].proto).pseudo;
    const dissect::LayerRef& layer = d.layers.stack[o.layer];
    if (head) nested = below_others(d, layer);
    else if (o.depth == 0xff) nested = 0;
    // A depth of 255 is one level out: beside the protocol.
    const auto depth = static_cast<uint8_t>(head ? 0 : o.depth + 1u);
    out.append(4u * (depth + nested), ' ');
    out += text_;
    out += '\n';
    if (head && layer.proto == dissect::id::kData && !bytes_follow) out += '\n', dump(out, d.layer_data(layer));
  }
  out += '\n';
}

void TextWriter::hex(std::string& out, Dissection& d) {
  for (uint32_t i = 0; i < d.buffer_count(); ++i) {
    Bytes data = d.buffer(static_cast<uint8_t>(i));
    if (d.buffer_count() > 1) out += d.buffer_name(static_cast<uint8_t>(i)), out += " (", dissect::append_uint(out, data.size()), out += " bytes):\n";
    dump(out, data);
  }
  out += '\n';
}

}  // namespace wiretail::daemon
