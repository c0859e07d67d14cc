#include "dissect/protocols/tcp_details.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "dissect/connections/connection.hpp"
#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/plain_headers.hpp"
#include "dissect/protocols/tcp_rows.hpp"
#include "dissect/registry.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect::tcp {
namespace {

constexpr std::string_view kRelativeSeq = "    (relative sequence number)", kRelativeAck = "    (relative ack number)";

// "(1460 bytes)" in place of the bytes themselves.
void bytes_line(Emit& emit, std::string_view what, uint32_t bytes) {
  if (!emit.showing()) return;
  std::string text(what);
  text += " (", append_uint(text, bytes), text += bytes == 1 ? " byte)" : " bytes)";
  emit.shown(text);
}

// "0101 .... = Header Length: 20 bytes (5)": the field is in bytes, the header in words.
void header_length(Emit& emit, uint32_t header) {
  if (!emit.showing()) return;
  std::string text;
  append_bit_row(text, header << 2, 0xf0, 8);
  text += "Header Length: ", append_uint(text, header), text += " bytes (", append_uint(text, header / 4), text += ')';
  emit.shown(text);
}

// "·······A···S": a dot for each flag that is not set, "-5-" where three of them are a number.
void flag_string(Emit& emit, uint16_t flags, bool accurate_ecn) {
  if (!emit.wants(kFlagsStr)) return;
  static constexpr char kLetters[] = "RRRACEUAPRSF";
  std::string out;
  for (int i = 0; i < 12; ++i) {
    if (accurate_ecn && i >= 3 && i < 6) out += i == 4 ? static_cast<char>('0' + (flags >> 6 & 7)) : '-';
    else if (flags >> (11 - i) & 1) out += kLetters[i];
    else out += "\xc2\xb7";
  }
  emit.text(kFlagsStr, out, 12, 2);
}

void closing_note(Emit& emit, const TransportContext* t) {
  if (!t || !t->tracked) return;
  if (t->fin_active) emit.expert(kConnFinActive, severity::kNote, group::kSequence, "This frame initiates the connection closing");
  else emit.expert(kConnFinPassive, severity::kNote, group::kSequence, "This frame undergoes the connection closing");
}

// Of the flags in `of`: -V has each below its flag, the order of the notes is another.
void connection_notes(Emit& emit, const uint8_t* p, const TransportContext* t, uint8_t of) {
  std::string port;
  if (!(of & p[13] & 7) && !(t && (t->fast_open_accepted || t->fast_open_ignored))) return;
  auto text = [&](std::string_view what, uint16_t v) {
    if (emit.wants_notes()) port = what, append_uint(port, v);
    return std::string_view(port);
  };
  if (of & 2 && t && t->fast_open_accepted) emit.expert(kAnalysisTfoAck, severity::kNote, group::kSequence, "TCP SYN-ACK accepting TFO data");
  if (of & 2 && t && t->fast_open_ignored) emit.expert(kAnalysisTfoIgnored, severity::kNote, group::kSequence, "TCP SYN-ACK ignoring TFO data");
  if (of & p[13] & 2) {
    if (p[13] & 0x10) emit.expert(kConnSynAck, severity::kChat, group::kSequence, text("Connection establish acknowledge (SYN+ACK): server port ", be16(p)));
    else emit.expert(kConnSyn, severity::kChat, group::kSequence, text("Connection establish request (SYN): server port ", be16(p + 2)));
  }
  if (of & p[13] & 1) {
    emit.expert(kConnFin, severity::kChat, group::kSequence, "Connection finish (FIN)");
    if (!emit.showing()) closing_note(emit, t);
  }
  if (of & p[13] & 4) emit.expert(kConnRst, severity::kWarning, group::kSequence, "Connection reset (RST)");
}

struct Note {
  unsigned row;
  uint32_t severity;
  std::string_view message;
};
constexpr Note kNotes[] = {
    {kSpurious, severity::kNote, "This frame is a (suspected) spurious retransmission"},
    {kFast, severity::kNote, "This frame is a (suspected) fast retransmission"},
    {kRetransmission, severity::kNote, "This frame is a (suspected) retransmission"},
    {kOutOfOrder, severity::kWarning, "This frame is a (suspected) out-of-order segment"},
    {kReusedPorts, severity::kNote, "A new tcp session is started with the same ports as an earlier session in this trace"},
    {kLost, severity::kWarning, "Previous segment(s) not captured (common at capture start)"},
    {kAckLost, severity::kWarning, "ACKed segment that wasn't captured (common at capture start)"},
    {kWindowUpdate, severity::kChat, "TCP window update"},
    {kWindowFull, severity::kWarning, "TCP window specified by the receiver is now completely full"},
    {kKeepAlive, severity::kNote, "TCP keep-alive segment"},
    {kKeepAliveAck, severity::kNote, "ACK to a TCP keep-alive segment"},
    {kZeroProbe, severity::kNote, "TCP Zero Window Probe"},
    {kZeroWindow, severity::kWarning, "TCP Zero Window segment"},
    {kZeroProbeAck, severity::kNote, "ACK to a TCP Zero Window Probe"},
};

void analysis(Emit& emit, const TransportContext& t) {
  if (!t.analysed || !(emit.wants_notes() || emit.wants_any(kAnalysis, kZeroProbeAck))) return;
  emit.none(kAnalysis);
  emit.push();
  if (t.has_ack_rtt) {
    emit.number(kAcksFrame, t.acks_frame);
    if (t.ack_rtt != Time{}) emit.time(kAckRtt, t.ack_rtt);
  }
  if (t.has_initial_rtt) emit.time(kInitialRtt, t.initial_rtt);
  if (t.bytes_in_flight) emit.number(kBytesInFlight, t.bytes_in_flight);
  if (t.push_bytes) emit.number(kPushBytes, t.push_bytes);
  if (t.notes) {
    emit.none(kAnalysisFlags);
    emit.push();
    for (const Note& n : kNotes) {
      if (t.notes & kRows[n.row].notes) emit.expert(n.row, n.severity, group::kSequence, n.message);
      if (n.row == kRetransmission && t.has_rto) emit.time(kRto, t.rto), emit.number(kRtoFrame, t.rto_frame);
    }
    emit.pop();
    if (t.notes & kNoteDuplicateAck) {
      if (emit.showing()) emit.push();  // among the flags
      emit.none(kDupAck), emit.shown("This is a TCP duplicate ack");
      if (emit.showing()) emit.pop();
      emit.number(kDupAckNum, t.duplicate_ack_number);
      emit.number(kDupAckFrame, t.duplicate_ack_frame);
      std::string text = "Duplicate ACK (#";
      append_uint(text, t.duplicate_ack_number), text += ')';
      Emit::Below below(emit);
      emit.expert(emit.showing() ? Emit::kNoRow : unsigned{kDupAck}, severity::kNote, group::kSequence, text);
    }
  }
  emit.pop();
}

// Of the units that stand above this layer.
void pdu_sizes(Emit& emit) {
  if (!emit.wants(kPduSize)) return;
  const PacketLayers& layers = emit.packet().layers;
  for (const LayerRef* unit = &emit.layer() + 1; unit < layers.begin() + layers.count; ++unit) {
    if (unit->flags & kUntold && !(emit.layer().flags & kUntold)) continue;  // a packet in a message
    const StreamDef* stream = Registry::get().protocol(unit->proto).stream;
    if (!stream || !(stream->sized || (unit->proto == id::kData && unit->extra == kSizedUnit))) break;
    const uint32_t size = unit->end - unit->offset;
    emit.put_in_buffer(kPduSize, Value::of_uint(size), unit->buffer, unit->offset, size);
  }
}

// The unit that this segment completed, beside the protocol: it hangs from no field of the header.
void reassembled(Emit& emit, const TransportContext& t) {
  const Bytes data = emit.packet().buffer(t.reassembled_buffer);
  struct Part { uint64_t frame; uint32_t offset, length; };
  auto part = [&](uint32_t i) {
    Part p;
    const uint8_t* at = t.segment_frames + t.kSegmentFrameBytes * i;
    std::memcpy(&p.frame, at, 8), std::memcpy(&p.offset, at + 8, 4), std::memcpy(&p.length, at + 12, 4);
    return p;
  };
  emit.pop();  // as far out as the protocol's own line
  const auto in_unit = [&](unsigned row, Value value, uint32_t offset, uint32_t length) { emit.put_in_buffer(row, value, t.reassembled_buffer, offset, length); };
  in_unit(kSegments, Value{}, 0, static_cast<uint32_t>(data.size()));
  if (emit.showing()) {
    std::string text;
    append_uint(text, t.segment_count), text += " Reassembled TCP Segments (", append_uint(text, data.size()), text += " bytes):";
    for (uint32_t i = 0; i < t.segment_count; ++i) {
      const Part p = part(i);
      text += i ? ", #" : " #", append_uint(text, p.frame), text += '(', append_uint(text, p.length), text += ')';
    }
    emit.shown(text);
  }
  emit.push();
  for (uint32_t i = 0; i < t.segment_count; ++i) {
    const Part p = part(i);
    in_unit(kSegment, Value::of_uint(p.frame), p.offset, p.length);
    if (!emit.showing()) continue;
    std::string text = "[Frame: ";
    append_uint(text, p.frame), text += ", payload: ", append_uint(text, p.offset), text += '-', append_uint(text, p.offset + p.length - 1);
    text += " (", append_uint(text, p.length), text += p.length == 1 ? " byte)]" : " bytes)]";
    emit.shown(text);
  }
  emit.number(kSegmentCount, t.segment_count);
  emit.number(kReassembledLength, data.size());
  in_unit(kReassembledData, Value::of_bytes(data), 0, static_cast<uint32_t>(data.size()));
}

}  // namespace

void show_completeness(std::string& text, const Dissection&, const Occurrence& o) {
  const uint64_t v = o.value.u;
  std::string_view how;
  if ((v & 7) == 7 && v & 0x30) how = v & 8 ? "Complete, WITH_DATA" : "Complete, NO_DATA";
  else if (v == 15) how = "Incomplete, DATA";
  else if (v == 7) how = "Incomplete, ESTABLISHED";
  else if (v == 3) how = "Incomplete, CLIENT_ESTABLISHED";
  else if (v == 1) how = "Incomplete, SYN_SENT";
  else how = "Incomplete";
  text = "Conversation completeness: ";
  text += how, text += " (", append_uint(text, v), text += ')';
}

void show_flags(std::string& text, const Dissection& d, const Occurrence& o) {
  const TransportContext* t = d.transport(d.layers.stack[o.layer]);
  text = "Flags: 0x";
  append_hex(text, o.value.u, 3), text += " (", append_flag_names(text, static_cast<uint16_t>(o.value.u), t && t->accurate_ecn), text += ')';
}

// "left edge = 256297 (relative)".
void show_edge(std::string& text, const Dissection& d, const Occurrence& o) {
  const TransportContext* t = d.transport(d.layers.stack[o.layer]);
  const size_t colon = text.find(": ");
  std::string_view label = std::string_view(text).substr(0, colon);
  std::string made;
  if (label.starts_with("TCP D-SACK")) made = label.substr(4);
  else made = label.ends_with("Left Edge") ? "left edge" : "right edge";
  made += " = ", append_uint(made, o.value.u);
  if (t && t->tracked) made += " (relative)";
  text = made;
}

namespace {

// Whether details go on behind the ports, and whether the header's length can be one.
bool readable(const LayerRef& l) { return l.cap_end - l.offset >= kAnalysable || l.extra == kBogusLength; }
const TransportContext* tracked(const Dissection& d, const LayerRef& l) {
  const TransportContext* t = d.transport(l);
  return t && t->tracked ? t : nullptr;
}

}  // namespace

bool stream_number(Dissection& d, const LayerRef& l, Value& value) {
  const TransportContext* t = tracked(d, l);
  if (!t || !readable(l)) return false;
  return value = Value::of_uint(t->stream), true;
}

bool segment_length(Dissection& d, const LayerRef& l, Value& value) {
  if (!readable(l) || l.flags & (kQuoted | kFragmented) || l.extra == kShortSegment) return false;
  const uint32_t header = (d.at(l)[12] >> 4) * 4u;
  return value = Value::of_uint(l.end - l.offset - std::min(l.end - l.offset, header)), true;
}

bool plain_segment_length(const PlainHeaders& headers, uint64_t& value) {
  if (!headers.is_tcp()) return false;
  // What the network header says, for the segment may be cut off.
  const uint32_t carried = headers.is_v6() ? be16(headers.network() + 4) : be16(headers.network() + 2) - 20u;
  return value = carried - (headers.transport()[12] >> 4) * 4u, true;
}

bool sequence_number(Dissection& d, const LayerRef& l, Value& value) {
  const bool quoted = l.flags & kQuoted;
  if (!readable(l) && !(quoted && l.cap_end - l.offset >= 8)) return false;
  const TransportContext* t = quoted || !readable(l) ? nullptr : tracked(d, l);
  return value = Value::of_uint(t ? t->seq : be32(d.at(l) + 4)), true;
}

bool acknowledgment(Dissection& d, const LayerRef& l, Value& value) {
  if (!readable(l) || (l.extra == kBogusLength && !(l.flags & kQuoted))) return false;
  const TransportContext* t = tracked(d, l);
  return value = Value::of_uint(t ? t->ack : be32(d.at(l) + 8)), true;
}

bool payload(Dissection& d, const LayerRef& l, Value& value) {
  const uint32_t have = l.cap_end - l.offset;
  if (have < 20 || l.extra == kBogusLength || (l.extra == kShortSegment && l.flags & kQuoted)) return false;
  const uint8_t* p = d.at(l);
  const uint32_t header = (p[12] >> 4) * 4u;
  // What follows a RST says why.
  if (have <= header || l.end - l.offset <= header || p[13] & 4) return false;
  return value = Value::of_bytes({p + header, std::min(l.end - l.offset, have) - header}), true;
}

bool plain_payload(const PlainHeaders& headers, Bytes& value) {
  value = {};
  if (!headers.is_tcp()) return true;
  const uint8_t* p = headers.transport();
  const uint32_t header = (p[12] >> 4) * 4u;
  if (headers.transport_present() > header && !(p[13] & 4)) value = {p + header, headers.transport_present() - header};
  return true;
}

bool may_have(const Dissection& packet, const LayerRef& layer, unsigned row) {
  if (!(kRows[row].flags & kNoted)) return true;
  const TransportContext* t = packet.transport(layer);
  return t && t->noted() && (!kRows[row].notes || t->notes & kRows[row].notes);
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  const uint32_t have = l.cap_end - l.offset;
  const TransportContext* t = emit.transport();
  const bool tracked = t && t->tracked;
  emit.fixed(kSrcPort, kPort);
  const bool bogus = l.extra == kBogusLength;
  if (have < kAnalysable && !bogus) {
    if (l.flags & kQuoted && have >= 8) emit.number(kSeq, be32(emit.at(4)), 4, 4);
    return;
  }
  const uint8_t* p = emit.at(0);
  const bool quoted = l.flags & kQuoted;
  const uint32_t header = (p[12] >> 4) * 4u;
  const uint32_t length = l.end - l.offset - std::min(l.end - l.offset, header);
  if (tracked) {
    emit.number(kStream, t->stream);
    emit.number(kCompleteness, t->completeness);
  }
  // What an error quotes is not analysed: its number stays as it is, and Wireshark leaves its length out. That of a first
  // fragment alone is not known.
  const bool fragment = l.flags & kFragmented, short_segment = l.extra == kShortSegment;
  if (short_segment && !quoted) {
    constexpr std::string_view kText = "Short segment. Segment/fragment does not contain a full TCP header (might be NMAP or someone else deliberately sending unusual packets)";
    emit.branch(kText);
    Emit::Below below(emit);
    emit.expert(kShortSegmentNote, severity::kWarning, group::kMalformed, kText);
  }
  const bool sized = !quoted && !fragment && !short_segment;
  if (sized) emit.number(kLen, length);
  emit.number(kSeq, tracked && !quoted ? t->seq : be32(p + 4), 4, 4);
  if (tracked && !quoted) emit.remark(kRelativeSeq);
  if (!quoted || l.flags & kUntold) emit.number(kSeqRaw, be32(p + 4), 4, 4);
  if (bogus && !quoted) {
    emit.number(kHdrLen, header, 12, 1), header_length(emit, header);
    std::string text = "Bogus TCP header length (";
    append_uint(text, header), text += ", must be at least 20)";
    Emit::Below below(emit);
    emit.expert(kBogusHeader, severity::kError, group::kProtocol, text);
    return;
  }
  if (tracked && sized) emit.number(kNxtSeq, t->next_seq), emit.remark(kRelativeSeq);
  emit.number(kAck, tracked ? t->ack : be32(p + 8), 8, 4);
  if (tracked && p[13] & 0x10) emit.remark(kRelativeAck);
  if (!(p[13] & 0x10) && be32(p + 8)) {
    Emit::Below below(emit);
    emit.expert(kAckNonzero, severity::kNote, group::kProtocol, "The acknowledgment number field is nonzero while the ACK flag is not set");
  }
  emit.fixed(kAckRaw);
  emit.number(kHdrLen, header, 12, 1);
  header_length(emit, header);
  if (bogus) return;
  const bool accurate_ecn = t && t->accurate_ecn;
  emit.fixed(kFlags);
  emit.push();
  if (emit.showing()) {
    for (unsigned row = kFlagsRes; row <= kFlagsFin; ++row) {
      if (accurate_ecn && row >= kFlagsAe && row <= kFlagsEce) {
        if (row == kFlagsAe) emit.read(kFlagsAce, 12, 2);
        continue;
      }
      emit.fixed(row);
      Emit::Below below(emit);
      if (row >= kFlagsReset) connection_notes(emit, p, t, static_cast<uint8_t>(1u << (kFlagsFin - row)));
    }
  } else {
    emit.fixed(kFlagsRes, kFlagsFin);
    if (accurate_ecn) emit.read(kFlagsAce, 12, 2);
    connection_notes(emit, p, t, 0xff);
  }
  flag_string(emit, be16(p + 12) & 0xfff, accurate_ecn);
  if (emit.showing() && p[13] & 1) {
    Emit::Below below(emit);
    closing_note(emit, t);
  }
  emit.pop();
  emit.fixed(kWindowValue);
  emit.number(kWindow, tracked && !quoted ? t->window : be16(p + 14), 14, 2);
  if (tracked && !(p[13] & 2)) {
    emit.signed_number(kScaleFactor, t->scale_factor, 14, 2);
    if (t->scale_factor < 0) emit.remark(t->scale_factor == -1 ? " (unknown)" : " (no window scaling used)");
  }
  emit.fixed(kChecksum);
  if (have >= 18) emit.remark(" [unverified]"), emit.number(kChecksumStatus, 2);
  if (have < 20) return;
  emit.fixed(kUrgent);
  if (!(p[13] & 0x20) && be16(p + 18)) emit.expert(kUrgentNonzero, severity::kNote, group::kProtocol, "The urgent pointer field is nonzero while the URG flag is not set");
  if (short_segment && quoted) return;
  option_details(emit, header, tracked ? t->other_base_seq : 0);
  if (tracked) {
    emit.branch("[Timestamps]");
    emit.push();
    emit.time(kTimeRelative, emit.packet().packet.time - t->first_time);
    emit.time(kTimeDelta, emit.packet().packet.time - t->previous_time);
    emit.pop();
    if (have >= header && !quoted && !short_segment) analysis(emit, *t);
  }
  if (have < header) return;
  uint32_t present = std::min(length, have - header);
  if (present && p[13] & 4) {  // RFC 1122 §4.2.2.12: what follows a RST says why
    emit.ascii_text(kResetCause, header, present);
    if (std::memchr(emit.at(header), 0, present)) emit.expert(Emit::kNoRow, severity::kWarning, group::kUndecoded, "Trailing stray characters");
    return;
  }
  if (present && emit.wants(kPayload)) emit.bytes(kPayload, header, present), bytes_line(emit, "TCP payload", present);
  if (t && t->overlaps_unit) emit.overlap_error();
  pdu_sizes(emit);
  if (tracked && t->repeated_data && present) {
    emit.bytes(kSegmentData, header, present), bytes_line(emit, "Retransmitted TCP segment data", present);
  } else if (tracked && t->segment_of_pdu) {
    if (t->completing_length) emit.bytes(kSegmentData, header, t->completing_length), bytes_line(emit, "TCP segment data", t->completing_length);
    if (t->segment_length) emit.bytes(kSegmentData, header + t->segment_offset, t->segment_length), bytes_line(emit, "TCP segment data", t->segment_length);
  }
  if (tracked && t->reassembled_buffer) reassembled(emit, *t);
}

}  // namespace wiretail::dissect::tcp
