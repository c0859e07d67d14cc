// TCP streams put together for the protocols above: units that span segments are held until they are complete.
#include "dissect/connections/trackers.hpp"

#include <algorithm>
#include <cstring>

#include "dissect/dissector.hpp"

namespace wiretail::dissect {

using namespace tcp_flag;

void Trackers::feed(Walk& walk, ProtoId proto, TransportContext& context, Region payload, const Segment& s) {
  Dissection& d = walk.d;
  Connection& c = *context.connection;
  const StreamDef& def = *Registry::get().protocol(proto).stream;
  if (!c.held) c.held = std::make_unique<HeldData>();
  HeldData& h = *c.held;
  if (!h.app && def.make) h.app = def.make();
  StreamBuffer& b = h.streams[context.direction];
  StreamContext stream;
  stream.state = h.app.get(), stream.direction = context.direction, stream.connection = &c;
  stream.source_port = c.ports[context.direction], stream.destination_port = c.ports[!context.direction];
  stream.frame = stream.first_frame = s.frame, stream.time = stream.first_time = s.time;
  stream.closing = s.flags & kFin;
  stream.settings = &settings_, stream.sink = transactions(c, packet_events);
  walk.stream = &stream;
  uint32_t captured = payload.captured();
  const uint32_t payload_start = payload.offset;
  if (b.started && s.length) {
    if (seq_less(s.seq, b.next_seq)) {  // seen before: only what is new counts
      uint32_t old = b.next_seq - s.seq;
      if (old >= s.length) captured = 0, payload.offset = payload.cap_end;
      else payload = payload.from(payload.offset + old), captured = payload.captured();
      if (!captured && !(stream.closing && b.until_close)) return void(walk.stream = nullptr);
    } else if (seq_greater(s.seq, b.next_seq)) {  // a gap: what was held stays incomplete
      c.ends[context.direction].missed_bytes += s.seq - b.next_seq;
      c.history.once('G', context.direction);
      if (stream.sink && h.app) h.app->lost(context.direction, !b.bytes.empty(), s.time, *stream.sink);
      held_bytes_ -= b.bytes.size();
      b.bytes.clear(), b.bytes.shrink_to_fit();
      b.until_close = false, b.wanted = 0;
    }
  }
  if (s.length && (!b.started || seq_greater(s.seq + s.length, b.next_seq))) b.started = true, b.next_seq = s.seq + s.length;
  const bool cut = payload.end > payload.cap_end;
  const uint32_t start = payload.offset;
  auto hold = [&](const Region& rest) {
    if (b.bytes.empty()) b.first_frame = s.frame, b.first_time = s.time, b.frames.clear();
    if (b.frames.size() < 4096) b.frames.push_back(s.frame);
    const uint8_t* p = d.buffer(rest.buffer).data() + rest.offset;
    if (b.bytes.size() + rest.captured() > settings_.limits.max_pdu_bytes || held_bytes_ + rest.captured() > settings_.limits.max_reassembly_bytes) {
      held_bytes_ -= b.bytes.size();
      b.bytes.clear(), b.bytes.shrink_to_fit(), b.wanted = 0, b.until_close = false;
      return false;
    }
    b.bytes.insert(b.bytes.end(), p, p + rest.captured());
    held_bytes_ += rest.captured();
    context.segment_of_pdu = true;
    context.segment_offset = rest.offset - payload_start, context.segment_length = rest.captured();
    return true;
  };
  // The application saw what there is of its unit, and it was not enough.
  auto show = [&] { if (def.preview) context.preview = d.arena.keep(def.preview(b.bytes)); };
  // A unit that began in an earlier segment.
  if (!b.bytes.empty() || b.until_close) {
    Region part = payload;
    if (b.wanted > b.bytes.size()) {
      uint32_t take = std::min<uint32_t>(payload.captured(), b.wanted - static_cast<uint32_t>(b.bytes.size()));
      part.cap_end = part.end = part.offset + take;
    }
    if (part.captured() && !hold(part)) return walk.run(walk.data(payload)), void(walk.stream = nullptr);
    if (!part.captured() && b.frames.size() < 4096) b.frames.push_back(s.frame);
    payload.offset += part.captured();
    if (b.wanted > b.bytes.size() || (b.until_close && !stream.closing)) return void(walk.stream = nullptr);
    stream.first_frame = b.first_frame, stream.first_time = b.first_time;
    const bool asked_for = b.wanted != 0;  // as many bytes as were asked for: what follows is handed over anew
    Pdu pdu = def.measure(stream, b.bytes);
    if (pdu.kind == Pdu::Kind::kNeed || pdu.kind == Pdu::Kind::kUntilClose) {
      b.wanted = pdu.length, b.until_close = pdu.kind == Pdu::Kind::kUntilClose;
      if (payload.captured()) {  // it wants more than it had asked for
        Region rest = payload;
        hold(rest);
      }
      if (!stream.closing || pdu.kind != Pdu::Kind::kUntilClose) {
        show();
        return void(walk.stream = nullptr);
      }
      pdu.kind = Pdu::Kind::kComplete, pdu.length = static_cast<uint32_t>(b.bytes.size());
      payload.offset = payload.cap_end;
    }
    if (pdu.kind == Pdu::Kind::kNotOurs) pdu.length = static_cast<uint32_t>(b.bytes.size());
    auto extra = static_cast<uint32_t>(b.bytes.size()) - std::min<uint32_t>(pdu.length, static_cast<uint32_t>(b.bytes.size()));
    payload.offset -= std::min(extra, payload.offset - start);
    held_bytes_ -= b.bytes.size();
    h.joined.swap(b.bytes);
    h.joined.resize(h.joined.size() - extra);
    b.bytes.clear();
    b.wanted = 0, b.until_close = false;
    uint8_t buffer = d.add_buffer(h.joined);
    if (buffer) {
      auto size = static_cast<uint32_t>(h.joined.size());
      context.reassembled_buffer = buffer;
      context.segment_count = static_cast<uint32_t>(b.frames.size());
      char* frames = d.arena.take(b.frames.size() * sizeof(uint64_t));
      std::memcpy(frames, b.frames.data(), b.frames.size() * sizeof(uint64_t));
      context.segment_frames = reinterpret_cast<const uint8_t*>(frames);
      Region whole{0, size, size, buffer, 0, payload.depth};
      walk.run(pdu.kind == Pdu::Kind::kNotOurs ? walk.data(whole) : Next{proto, whole});
    }
    stream.first_frame = s.frame, stream.first_time = s.time;
    stream.continues = !asked_for;
  }
  for (int units = 0; payload.offset < payload.cap_end && units < 1000; ++units) {
    const uint8_t* p = d.buffer(payload.buffer).data() + payload.offset;
    Pdu pdu = def.measure(stream, {p, payload.captured()});
    if (pdu.kind == Pdu::Kind::kNotOurs) {
      walk.run(walk.data(payload));
      break;
    }
    if (pdu.kind == Pdu::Kind::kComplete || cut || (stream.closing && pdu.kind == Pdu::Kind::kUntilClose)) {
      Region unit = payload;
      uint32_t length = pdu.kind == Pdu::Kind::kComplete ? std::max(1u, std::min(pdu.length, payload.captured())) : payload.captured();
      if (length < payload.captured() || !cut) unit.cap_end = unit.end = unit.offset + length;
      walk.run({proto, unit});
      payload.offset += length;
      stream.continues = true;
      continue;
    }
    if (!hold(payload)) walk.run(walk.data(payload));
    else show();
    b.wanted = pdu.length, b.until_close = pdu.kind == Pdu::Kind::kUntilClose;
    break;
  }
  walk.stream = nullptr;
}
}  // namespace wiretail::dissect
