// Transmission Control Protocol: header walk, columns and the table's definition. RFC 9293 §3.1.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/openflow.hpp"
#include "dissect/protocols/tcp_rows.hpp"
#include "dissect/protocols/tcp_details.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {

void tcp::append_flag_names(std::string& out, uint16_t flags, bool accurate_ecn) {
  static constexpr std::pair<uint16_t, std::string_view> kNames[] = {{0x001, "FIN"}, {0x002, "SYN"}, {0x004, "RST"}, {0x008, "PSH"}, {0x010, "ACK"},
                                                                     {0x020, "URG"}, {0x040, "ECE"}, {0x080, "CWR"}, {0x100, "AE"}, {0xe00, "Reserved"}};
  size_t begin = out.size();
  for (auto [bit, name] : kNames) {
    if (!(flags & bit) || (accurate_ecn && bit & 0x1c0)) continue;
    if (out.size() != begin) out += ", ";
    out += name;
  }
  if (accurate_ecn) {
    if (out.size() != begin) out += ", ";
    out += "ACE=", append_uint(out, flags >> 6 & 7);
  }
  if (out.size() == begin) out += "<None>";
}

namespace {

constexpr uint32_t kMinHeader = 20;
static_assert(rows_fit(tcp::kRows, kMinHeader));

Next walk(Walk& w, const Region& region) {
  // What the snapshot length cuts behind the window still has all that sequence analysis needs; of less there are the ports.
  if (region.captured() < tcp::kAnalysable) return w.damaged(id::kTcp, region, kMinHeader, region.flags & kQuoted ? 8 : 4);
  const uint32_t header = (w.at(region)[12] >> 4) * 4u;
  LayerRef* layer = w.push(id::kTcp, region, std::min(std::max(header, kMinHeader), region.length()));
  if (!layer) return {};
  if (header < kMinHeader) {
    layer->extra = tcp::kBogusLength;
    if (!(region.flags & kQuoted)) layer->cap_end = layer->offset + 8;  // Wireshark reads no further
  } else if (region.length() < header) {
    layer->extra = tcp::kShortSegment;
    w.damage(*layer, kMalformed);
  } else if (region.captured() < header) {
    w.damage(*layer, kShort);
  }
  w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  const uint8_t* p = w.at(region);
  if ((openflow::is_port(be16(p)) || openflow::is_port(be16(p + 2))) && header >= kMinHeader && region.captured() > header && !(region.flags & kQuoted)) {
    Region payload = region.from(region.offset + header);
    ++payload.depth;
    openflow::walk_packets(w, payload);
  }
  return {};
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("TCP");
  uint32_t have = l.cap_end - l.offset;
  if (have < 4) return c.set_info("");
  const uint8_t* p = d.at(l);
  std::string info, value;
  auto number = [&](std::string_view name, uint64_t v) {
    info += ' ', info += name, info += '=';
    append_uint(info, v);
  };
  append_uint(info, be16(p)), info += " \xe2\x86\x92 ", append_uint(info, be16(p + 2));
  if (have < tcp::kAnalysable && l.extra != tcp::kBogusLength) return c.set_info(info);
  const TransportContext* t = d.transport(l);
  info += " [", tcp::append_flag_names(info, be16(p + 12) & 0xfff, t && t->accurate_ecn), info += ']';
  bool tracked = t && t->tracked;
  uint32_t header = (p[12] >> 4) * 4u;
  number("Seq", tracked ? t->seq : be32(p + 4));
  if (p[13] & 0x10) number("Ack", tracked ? t->ack : be32(p + 8));
  number("Win", tracked ? t->window : be16(p + 14));
  if (header < kMinHeader) {
    info += ", bogus TCP header length (";
    append_uint(info, header), info += ", must be at least 20)";
    return c.set_info(info);
  }
  if (have < kMinHeader) return c.set_info(info);
  if (p[13] & 0x20) number("Urg", be16(p + 18));
  const bool sized = !(l.flags & kFragmented) && l.extra != tcp::kShortSegment;
  if (sized) number("Len", l.end - l.offset - std::min(header, l.end - l.offset));
  tcp::append_option_info(info, p, header, have, tracked ? t->other_base_seq : 0);
  if (tracked && have >= header) {
    struct Text { uint32_t note; std::string_view text; };
    // In the order in which the last one stands in front.
    static constexpr Text kTexts[] = {
        {kNoteReusedPorts, "[TCP Port numbers reused] "}, {kNoteRetransmission, "[TCP Retransmission] "}, {kNoteFastRetransmission, "[TCP Fast Retransmission] "},
        {kNoteSpurious, "[TCP Spurious Retransmission] "}, {kNoteOutOfOrder, "[TCP Out-Of-Order] "}, {kNoteLostSegment, "[TCP Previous segment not captured] "},
        {kNoteAckLostSegment, "[TCP ACKed unseen segment] "}, {kNoteWindowUpdate, "[TCP Window Update] "}, {kNoteWindowFull, "[TCP Window Full] "},
        {kNoteKeepAlive, "[TCP Keep-Alive] "}, {kNoteKeepAliveAck, "[TCP Keep-Alive ACK] "}, {kNoteZeroProbe, "[TCP ZeroWindowProbe] "},
        {kNoteZeroWindow, "[TCP ZeroWindow] "}, {kNoteZeroProbeAck, "[TCP ZeroWindowProbeAck] "}};
    std::string front;
    for (const Text& text : kTexts)
      if (t->notes & text.note) front.insert(0, text.text);
    if (t->notes & kNoteDuplicateAck) {
      value = "[TCP Dup ACK ";
      append_uint(value, t->duplicate_ack_frame), value += '#', append_uint(value, t->duplicate_ack_number), value += "] ";
      front.insert(0, value);
    }
    info.insert(0, front);
    if (t->overlaps_unit) info += "[Reassembly error, protocol TCP: New fragment overlaps old data (retransmission?)]";
    if (t->segment_of_pdu && !t->reassembled_buffer) {
      if (!t->preview.empty()) info = front + std::string(t->preview) + " ";
      info += " [TCP segment of a reassembled PDU]";
    }
  }
  c.set_info(info);
}

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += "Transmission Control Protocol";
  const uint32_t have = l.cap_end - l.offset;
  if (have < 4) return;
  const uint8_t* p = d.at(l);
  out += ", Src Port: ", append_uint(out, be16(p)), out += ", Dst Port: ", append_uint(out, be16(p + 2));
  if (have < 14) return;
  const TransportContext* t = d.transport(l);
  const bool quoted = l.flags & kQuoted, tracked = t && t->tracked && !quoted;
  const uint32_t header = (p[12] >> 4) * 4u;
  out += ", Seq: ", append_uint(out, tracked ? t->seq : be32(p + 4));
  if (p[13] & 0x10) out += ", Ack: ", append_uint(out, tracked ? t->ack : be32(p + 8));
  if (!quoted && header >= kMinHeader && l.end - l.offset >= header) out += ", Len: ", append_uint(out, l.end - l.offset - header);
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 6}};

}  // namespace

const ProtocolDef kTcpDef = {.name = "tcp", .long_name = "Transmission Control Protocol", .short_name = "TCP", .rows = tcp::kRows, .over = kOver,
                             .walk = walk, .details = tcp::details, .columns = columns, .head = head, .item_from = 4, .item_to_end = true, .may_have = tcp::may_have, .judges = true, .judges_if = tcp::may_be_damaged};

}  // namespace wiretail::dissect
