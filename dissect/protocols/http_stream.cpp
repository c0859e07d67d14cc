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
  const Pdu all{Pdu::Kind::kComplete, size + stream.counted}, more{Pdu::Kind::kNeed, 0};
  if (state.tunnel) return all;
  std::string_view whole = text_of(data);
  uint32_t skip = whole.starts_with("\r\n") ? 2 : 0;
  std::string_view s = whole.substr(skip);
  if (s.empty() || !printable(s.front())) return all;
  const auto of_unit = [&](const std::unique_ptr<State::Scan>& one) { return one && one->frame == stream.first_frame; };
  const bool known = stream.counted && of_unit(state.counted[stream.direction]);
  std::unique_ptr<State::Scan>& begun = (known ? state.counted : state.scan)[stream.direction];
  State::Scan scan = of_unit(begun) ? *begun : State::Scan();
  scan.frame = stream.first_frame;
  state.open[stream.direction] = true;
  auto keep_scan = [&](std::unique_ptr<State::Scan>& place) {
    if (!place) place = std::make_unique<State::Scan>();
    *place = scan;
  };
  auto wait = [&](const Pdu& pdu) {
    keep_scan(begun);
    return pdu;
  };
  auto done = [&] { begun.reset(), state.open[stream.direction] = false; };
  const uint32_t there = static_cast<uint32_t>(s.size()) + stream.counted;
  uint32_t chunks_end = there;
  // False: more chunks will come. What is not kept lies before scan.at.
  auto last_chunk = [&] {
    scan.at = std::max(scan.first, scan.at);
    while (scan.at <= there) {
      const uint32_t at = scan.at - stream.counted;
      const Chunk c = chunk_at(s, at, {scan.search.line - stream.counted, scan.search.to - std::min(scan.search.to, stream.counted)});
      chunks_end = c.end + stream.counted;
      if (c.kind == Chunk::Kind::kMore) {
        const uint64_t next = uint64_t{c.data} + stream.counted + c.size + 2;
        if (!c.has_size || !c.size) scan.search = {(c.has_size ? c.data : at) + stream.counted, there - 1};
        if (!c.has_size || !c.size || next > INT32_MAX) return false;
        scan.at = static_cast<uint32_t>(next);
        scan.body += c.size;
        return false;
      }
      if (c.kind != Chunk::Kind::kData) return true;
      scan.at = chunks_end, scan.body += c.length;
    }
    return false;
  };
  auto more_chunks = [&] {
    scan.chunks = true;
    keep_scan(begun);
    if (!scan.countable || scan.at == scan.first) return more;
    if (!known) keep_scan(state.counted[stream.direction]);
    return Pdu{Pdu::Kind::kNeed, 0, skip + scan.first, skip + scan.at};
  };
  if (scan.chunks && !last_chunk()) {
    if (!(stream.counted && stream.closing) && !(state.head && scan.response)) return more_chunks();
  }
  if (stream.counted) {  // a head that was read, and the end of its body
    const Head head = read_head(s);
    stream.body = there - head.length;
    if (scan.chunks) stream.body = scan.body - (scan.at > there + 2 ? scan.at - 2 - there : 0);
    done();
    remember(stream, data, head);
    return {Pdu::Kind::kComplete, skip + chunks_end};
  }
  Head head;
  bool plain = false;
  const bool read = scan.first || !scan.at;
  if (!scan.first_line) {
    const Line first = line_at(s, 0, scan.search.of(0));
    if (!first.ended) {
      scan.search = {0, size - skip - 1};
      return wait(more);
    }
    scan.first_line = first.next;
  }
  if (read) head = read_head(s), scan.starts = head.starts;  // mostly all of it is there, and nothing but headers
  if (!scan.starts) {
    done();
    return {Pdu::Kind::kComplete, skip + message_end(read ? head : read_head(s), s)};
  }
  if (read) {
    plain = head.blank && (!scan.first || head.length == scan.first);
    if (plain) scan.first = head.length;
  }
  if (!scan.first) {  // the blank line; what was looked at before has none
    uint32_t at = std::max(scan.first_line, scan.at);
    while (true) {
      Line line = line_at(s, at, scan.search.of(at));
      if (!line.ended) {
        scan.at = at, scan.search = {at, size - skip - 1};
        return wait(more);
      }
      at = line.next;
      if (line.text.empty()) break;
    }
    scan.first = at;
    scan.at = 0;
  }
  if (!plain) head = read_head(s.substr(0, scan.first), true);
  // A plain head, of which dissection says the same: what stands behind it need not be kept to know where the message ends.
  const bool countable = stream.heads_alone && plain && s[scan.first - 1] == '\n';
  const uint32_t keep = countable && !head.transfer_coding ? skip + scan.first : 0;
  auto complete = [&](uint32_t end) {
    // Dissection may end the message earlier: at a line that is no header.
    if (!plain) head = read_head(s);
    done();
    remember(stream, data, head);
    return Pdu{Pdu::Kind::kComplete, skip + std::min(end, std::max(1u, message_end(head, s)))};
  };
  const bool at_headers = stream.settings && stream.settings->http_at_headers;
  if (at_headers || (head.response() && (state.head || head.bodiless()))) return complete(size);
  if (head.has_length && head.content_length <= INT32_MAX && !head.chunked_first) {
    uint64_t length = skip + scan.first + head.content_length;
    if (length <= size) return complete(size);
    return wait({Pdu::Kind::kNeed, static_cast<uint32_t>(std::min<uint64_t>(length, INT32_MAX)), length <= INT32_MAX ? keep : 0});
  }
  if (head.chunked_first) {
    if (last_chunk()) return complete(size);
    scan.countable = countable && head.chunked, scan.response = head.response();
    return more_chunks();
  }
  if (head.request() || stream.closing || (state.connect && head.start.code / 100 == 2)) return complete(size);
  return wait({Pdu::Kind::kUntilClose, 0, head.has_length ? 0 : keep});
}

// Wireshark shows the start line of a message that is not complete as soon as the line is.
std::string_view preview(Bytes data) {
  std::string_view s = text_of(data);
  if (s.starts_with("\r\n")) s.remove_prefix(2);
  // A longer one is not looked for in each segment anew.
  Line line = line_at(s.substr(0, 1 << 16), 0);
  return line.ended && parse_start_line(line.text).kind != StartLine::Kind::kNone ? line.text : std::string_view();
}

}  // namespace wiretail::dissect::http
