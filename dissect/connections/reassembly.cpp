// TCP streams put together for the protocols above: units that span segments are held until they are complete. As Wireshark
// does it: by sequence number within an open unit, with what follows a gap elsewhere begun anew.
#include "dissect/connections/trackers.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dissect/dissector.hpp"

namespace wiretail::dissect {

using namespace tcp_flag;

namespace {

// Pairs begin and end of the time in which a walk has a stream.
struct InStream {
  InStream(Walk& w, StreamContext& stream) : walk(w) { walk.stream = &stream; }
  ~InStream() { walk.stream = nullptr; }
  Walk& walk;
};

}  // namespace

void Trackers::give_up(StreamPlace& place) {
  held_bytes_ -= place.open->memory();
  place.open.reset();
}

// The connections that were unused longest give up what they hold: units that will hardly be completed any more. Not the one at hand.
void Trackers::make_held_room(const Connection& at_hand) {
  const uint64_t limit = settings_.limits.max_reassembly_bytes, enough = limit - limit / 8;
  if (clock_ < no_held_room_until_) return;
  // From where it ended last time: what lies before has been used since, or holds nothing. But those that are used many times a second are
  // not moved each time, so it begins at the oldest again when it comes to the newest.
  Connection* c = table_.marked();
  bool again = c != table_.oldest();
  for (; held_bytes_ > enough && (c || again); c = table_.newer(*c)) {
    if (!c) c = table_.oldest(), again = false;
    if (c == &at_hand || !c->held || !c->held->has_streams) continue;
    for (uint8_t direction = 0; direction < 2; ++direction) {
      StreamPlace& place = c->held->streams().places[direction];
      if (!place.open) continue;
      ++units_given_up_;
      give_up(place);
      if (Sink* sink = c->held->app ? transactions(*c, packet_events) : nullptr) c->held->app->lost(direction, true, clock_, *sink);
    }
  }
  table_.set_mark(c);
  if (held_bytes_ > enough) no_held_room_until_ = clock_ + Time{1, 0};  // one alone has it all: looking again soon would find no more
}

// Adds `data` to the open unit; false when that would pass a ceiling, and the unit is given up.
bool Trackers::hold(Connection& c, StreamPlace& place, uint32_t offset, Bytes data, uint64_t frame) {
  StreamBuffer& b = *place.open;
  const Limits& limits = settings_.limits;
  const size_t before = b.memory(), room = b.bytes.capacity(), end = size_t{offset} + data.size(), needed = b.kept(end), more = needed > room ? needed - room : 0;
  const bool fits = std::max(b.kept(b.extent), needed) <= limits.max_pdu_bytes;
  if (fits && held_bytes_ + more > limits.max_reassembly_bytes) make_held_room(c);
  if (!fits || held_bytes_ + more > limits.max_reassembly_bytes || !b.add(offset, data, frame)) {
    ++units_given_up_;
    give_up(place);
    return false;
  }
  held_bytes_ += b.memory() - before;
  return true;
}

bool Trackers::counts(const Connection& c, uint8_t direction, uint32_t seq, uint32_t length) const {
  if (!c.held->has_streams) return false;
  const StreamPlace& place = c.held->streams().places[direction];
  const StreamBuffer* unit = place.open.get();
  if (!unit || !unit->keep || unit->pieces.empty() || unit->contiguous != unit->extent || seq - unit->seq != unit->extent) return false;
  const uint64_t end = uint64_t{unit->extent} + length;
  if (unit->other_spoke && !unit->wanted && !unit->until_close) return false;
  return end <= unit->resume && end < INT32_MAX && (!unit->wanted || end < unit->wanted) && !seq_greater(seq, place.next_seq);
}

void Trackers::count_on(Connection& c, uint8_t direction, uint32_t seq, uint32_t length) {
  StreamPlace& place = c.held->streams().places[direction];
  if (seq_greater(seq + length, place.next_seq)) place.next_seq = seq + length;
  place.open->count(length);
}

// The unit's bytes as a buffer of the packet at hand, and the list of segments that it lies in.
uint8_t Trackers::joined(Dissection& d, TransportContext& context, StreamPlace& place, uint32_t length) {
  StreamBuffer& b = *place.open;
  held_bytes_ -= b.memory();
  std::vector<uint8_t>& unit = joined_.emplace_back(std::move(b.bytes));
  unit.resize(b.kept(length));
  uint8_t buffer = d.add_buffer(unit, "Reassembled TCP");
  if (buffer) {
    size_t count = 0;
    char* frames = d.arena.take(b.pieces.size() * context.kSegmentFrameBytes);
    for (const StreamBuffer::Piece& piece : b.pieces) {
      if (piece.offset >= length && piece.length) continue;
      const uint32_t extent[] = {piece.offset, std::min(piece.length, length - std::min(length, piece.offset))};
      char* at = frames + count++ * context.kSegmentFrameBytes;
      std::memcpy(at, &piece.frame, sizeof piece.frame), std::memcpy(at + sizeof piece.frame, extent, sizeof extent);
    }
    context.reassembled_buffer = buffer;
    context.segment_count = static_cast<uint32_t>(count);
    context.segment_frames = reinterpret_cast<const uint8_t*>(frames);
  }
  place.completed = true, place.completed_seq = b.seq, place.completed_length = length;
  spare_.keep(std::move(place.open));
  return buffer;
}

bool Trackers::feed(Walk& walk, ProtoId proto, TransportContext& context, Region payload, const Segment& s) {
  Dissection& d = walk.d;
  Connection& c = *context.connection;
  const StreamDef& def = *Registry::get().protocol(proto).stream;
  HeldStreams& h = held_streams(c);
  if (!h.app && def.make) h.app = def.make();
  StreamPlace& place = h.places[context.direction];
  if (StreamBuffer* other = h.places[!context.direction].open.get()) other->other_spoke = true;
  StreamContext stream;
  stream.state = h.app.get(), stream.direction = context.direction, stream.connection = &c;
  stream.source_port = c.ports[context.direction], stream.destination_port = c.ports[!context.direction];
  stream.frame = stream.first_frame = s.frame, stream.time = stream.first_time = s.time;
  stream.closing = s.flags & kFin;
  stream.settings = &settings_, stream.sink = transactions(c, packet_events);
  stream.heads_alone = d.needs && !d.needs->whole_units;
  InStream scope(walk, stream);
  const uint32_t start = payload.offset;
  const bool shows = def.preview && (!d.needs || d.needs->all_protocols || d.needs->complete);  // the Info column may be asked for
  const bool cut = payload.end > payload.cap_end, late = context.notes & kNoteOutOfOrder;
  auto data = [&](uint32_t length) { return Bytes{d.buffer(payload.buffer).data() + payload.offset, length}; };
  auto part_of_unit = [&](uint32_t offset, uint32_t length) {
    context.segment_of_pdu = true;
    context.segment_offset = offset - start, context.segment_length = length;
  };

  // Whose transactions are waited for: a message that is given up is lost to them.
  auto holds = [&](uint32_t offset, Bytes bytes) {
    if (hold(c, place, offset, bytes, s.frame)) return true;
    if (stream.sink && h.app) h.app->lost(context.direction, true, s.time, *stream.sink);
    return false;
  };

  const bool gap = place.started && s.length && seq_greater(s.seq, place.next_seq);
  if (gap) {
    if (stream.sink && h.app) h.app->lost(context.direction, place.open != nullptr, s.time, *stream.sink);
  }
  if (s.length && (!place.started || seq_greater(s.seq + s.length, place.next_seq))) place.started = true, place.next_seq = s.seq + s.length;

  const bool ends_unit = stream.closing && place.open && place.open->until_close;
  if (!cut && (payload.captured() ? place.takes(s.seq) : ends_unit)) {
    StreamBuffer& b = *place.open;
    uint32_t offset = payload.captured() ? s.seq - b.seq : b.contiguous, take = payload.captured();
    if (b.wanted && !b.until_close) take = std::min(take, b.wanted - offset);
    const uint32_t before = b.contiguous;
    if (!holds(offset, data(take))) {
      if (!late) walk.run(walk.data(payload));
      return true;
    }
    payload.offset += take;
    bool full = b.until_close ? ends_unit : b.wanted ? b.contiguous >= b.wanted : b.contiguous > before;
    part_of_unit(start, take);
    if (!full) return gap;
    stream.first_frame = b.first_frame(), stream.first_time = b.first_time;
    const bool asked_for = b.wanted != 0;  // as many bytes as were asked for: what follows is handed over anew
    stream.counted = b.counted(b.contiguous), stream.seen = asked_for || b.until_close ? 0 : before;
    Pdu pdu = def.measure(stream, Bytes(b.bytes).first(b.kept(b.contiguous)));
    if (pdu.kind == Pdu::Kind::kNeed || pdu.kind == Pdu::Kind::kUntilClose) {
      if (stream.closing) pdu.keep = 0;  // what is there is handed over at once
      b.wait(pdu);
      if (payload.captured() && !holds(b.contiguous, data(payload.captured()))) return true;  // it wants more than it had asked for
      take += payload.captured();
      if (!stream.closing) {
        if (shows) context.preview = d.arena.keep(def.preview(b.bytes));
        part_of_unit(start, take);
        return true;
      }
      pdu = {Pdu::Kind::kComplete, b.contiguous};
      payload.offset = payload.cap_end;
    }
    uint32_t length = pdu.kind == Pdu::Kind::kNotOurs ? b.contiguous : std::min(pdu.length, b.contiguous);
    payload.offset -= std::min(b.contiguous - length, take);
    part_of_unit(start, 0);
    context.completing_length = take;
    if (uint8_t buffer = joined(d, context, place, length); buffer && !late) {
      Region whole{0, static_cast<uint32_t>(d.buffer(buffer).size()), length, buffer, 0, payload.depth};
      walk.run(pdu.kind == Pdu::Kind::kNotOurs ? walk.data(whole) : Next{proto, whole});
    }
    stream.counted = stream.seen = 0;
    stream.first_frame = s.frame, stream.first_time = s.time;
    stream.continues = !asked_for;
  } else if (payload.captured() && place.has_completed(s.seq)) {
    context.overlaps_unit = true;
    return gap;
  }
  if (late) return true;

  for (int units = 0; payload.offset < payload.cap_end && units < 1000; ++units) {
    Pdu pdu = def.measure(stream, data(payload.captured()));
    if (pdu.kind == Pdu::Kind::kNotOurs) {
      walk.run(walk.data(payload));
      return true;
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
    if (place.open) give_up(place);
    place.open = spare_.take();
    held_bytes_ += place.open->memory();
    place.open->begin(s.seq + (payload.offset - start), s.time);
    place.open->wait(pdu);
    if (!holds(0, data(payload.captured()))) {
      walk.run(walk.data(payload));
      return true;
    }
    part_of_unit(payload.offset, payload.captured());
    if (shows) context.preview = d.arena.keep(def.preview(data(payload.captured())));
    return true;
  }
  return true;
}

}  // namespace wiretail::dissect
