// How an HTTP/1 message lies in a stream: how much must be there before it is dissected. RFC 9112 §6, §9.
#include <algorithm>
#include <new>
#include <type_traits>

#include "dissect/dissector.hpp"
#include "dissect/protocols/http.hpp"

namespace wiretail::dissect::http {

static void remember(StreamContext& stream, Bytes data, const Head& head) {
  static_assert(sizeof(Head) <= sizeof stream.learnt && std::is_trivially_copyable_v<Head>);
  if (!head.blank) return;
  stream.measured = data.data();
  new (stream.learnt.data()) Head(head);
}

Pdu measure(StreamContext& stream, Bytes data) {
  auto& state = static_cast<State&>(*stream.state);
  stream.measured = nullptr;
  auto size = static_cast<uint32_t>(data.size());
  const Pdu all{Pdu::Kind::kComplete, size}, more{Pdu::Kind::kNeed, 0};
  if (state.tunnel) return all;
  std::string_view whole = text_of(data);
  uint32_t skip = whole.starts_with("\r\n") ? 2 : 0;
  std::string_view s = whole.substr(skip);
  if (s.empty() || !printable(s.front())) return all;
  State::Scan& scan = state.scan[stream.direction];
  bool& chunks = state.chunks[stream.direction];
  if (scan.frame != stream.first_frame) scan = {stream.first_frame, 0, 0}, chunks = false;
  // False: more chunks will come.
  auto last_chunk = [&] {
    scan.at = std::max(scan.first, scan.at);
    while (true) {
      const Chunk c = chunk_at(s, scan.at);
      if (c.kind != Chunk::Kind::kData) return c.kind != Chunk::Kind::kMore;
      scan.at = c.end;
    }
  };
  if (chunks && !state.head && !last_chunk()) return more;
  Line first = line_at(s, 0);
  if (!first.ended) return more;
  Head head;
  bool plain = false, starts;
  const bool read = scan.first || !scan.at;
  if (read) {
    head = read_head(s);  // mostly all of it is there, and nothing but headers
    starts = head.starts;
  } else {
    starts = parse_start_line(first.text).kind != StartLine::Kind::kNone;
  }
  if (!starts) {
    scan = {};
    return {Pdu::Kind::kComplete, skip + message_end(read ? head : read_head(s), s)};
  }
  if (read) {
    plain = head.blank && (!scan.first || head.length == scan.first);
    if (plain) scan.first = head.length;
  }
  if (!scan.first) {  // the blank line; what was looked at before has none
    uint32_t at = std::max(first.next, scan.at);
    while (true) {
      Line line = line_at(s, at);
      if (!line.ended) {
        scan.at = at;
        return more;
      }
      at = line.next;
      if (line.text.empty()) break;
    }
    scan.first = at;
    scan.at = 0;
  }
  if (!plain) head = read_head(s.substr(0, scan.first), true);
  if (stream.counted) {  // a head that was read, and a body as long as it had said
    scan = {};
    remember(stream, data, head);
    return {Pdu::Kind::kComplete, size + stream.counted};
  }
  // The body behind a plain head that says of its length what dissection says of it: where it is told, or by the end of the stream.
  const uint32_t keep = stream.heads_alone && plain && !head.transfer_coding && s[scan.first - 1] == '\n' ? skip + scan.first : 0;
  auto complete = [&](uint32_t end) {
    // Dissection may end the message earlier: at a line that is no header.
    if (!plain) head = read_head(s);
    scan = {}, chunks = false;
    remember(stream, data, head);
    return Pdu{Pdu::Kind::kComplete, skip + std::min(end, std::max(1u, message_end(head, s)))};
  };
  const bool at_headers = stream.settings && stream.settings->http_at_headers;
  if (at_headers || (head.response() && (state.head || head.bodiless()))) return complete(size);
  if (head.has_length && head.content_length <= INT32_MAX && !head.chunked_first) {
    uint64_t length = skip + scan.first + head.content_length;
    if (length <= size) return complete(size);
    return {Pdu::Kind::kNeed, static_cast<uint32_t>(std::min<uint64_t>(length, INT32_MAX)), length <= INT32_MAX ? keep : 0};
  }
  if (head.chunked_first) {
    if (last_chunk()) return complete(size);
    chunks = true;
    return more;
  }
  if (head.request() || stream.closing || (state.connect && head.start.code / 100 == 2)) return complete(size);
  return {Pdu::Kind::kUntilClose, 0, head.has_length ? 0 : keep};
}

// Wireshark shows the start line of a message that is not complete as soon as the line is.
std::string_view preview(Bytes data) {
  std::string_view s = text_of(data);
  if (s.starts_with("\r\n")) s.remove_prefix(2);
  Line line = line_at(s, 0);
  return line.ended && parse_start_line(line.text).kind != StartLine::Kind::kNone ? line.text : std::string_view();
}

}  // namespace wiretail::dissect::http
