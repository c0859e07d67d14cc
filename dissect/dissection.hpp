// One packet under dissection: its layers, the buffers that they refer to, what state knows of it, and the fields read
// so far. One object per capture thread, reused for every packet; nothing in it outlives the packet.
//
// Two ways to read a field:
//   - the compiler's direct load of a fixed row: layer(proto) and load() below, no bookkeeping at all;
//   - first()/next(): every occurrence, in packet order, remembered for the packet. Fixed rows are read from the layers;
//     for the others the protocol's `details` runs once and yields all fields that anybody wants (Needs).
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <vector>
#include <utility>

#include "dissect/columns.hpp"
#include "dissect/connections/transport.hpp"
#include "dissect/field.hpp"
#include "dissect/layers.hpp"
#include "dissect/needs.hpp"
#include "dissect/packet.hpp"
#include "dissect/registry.hpp"

namespace wiretail::dissect {

// Room for texts that a dissector makes (a decoded DNS name). Reset per packet, blocks kept.
class Arena {
 public:
  char* take(size_t bytes);
  std::string_view keep(std::string_view text);
  // Room for an object that needs no destructor.
  template <class T>
  T* make() {
    auto place = reinterpret_cast<uintptr_t>(take(sizeof(T) + alignof(T)));
    return new (reinterpret_cast<void*>((place + alignof(T) - 1) & ~uintptr_t{alignof(T) - 1})) T{};
  }
  void reset() { block_ = 0, used_ = 0, taken_ = 0; }
  size_t taken() const { return taken_; }  // bytes since the last reset

 private:
  static constexpr size_t kBlock = 64 * 1024;
  struct Block { std::unique_ptr<char[]> data; size_t size; };
  std::vector<Block> blocks_;
  size_t block_ = 0, used_ = 0, taken_ = 0;
};

// Times that `frame.time_delta` and the like are counted from; kept by the run, not by the packet.
struct RunTimes {
  Time first, previous, previous_displayed;
  bool has_first = false, has_previous = false, has_displayed = false;
};

class Dissection {
 public:
  static constexpr unsigned kMaxBuffers = 16;
  static constexpr unsigned kMaxTransports = 24;

  Dissection();

  Packet packet;
  PacketLayers layers;
  // What the packet's interface is called, for `frame.interface_name`; set by the source.
  std::string_view interface_name, interface_description;
  bool nanosecond_times = false;  // the source has them; for texts that show as many digits as there are
  std::array<TransportContext, kMaxTransports> transports;  // LayerRef::note - 1 of transport layers
  uint32_t transport_count = 0;
  const RunTimes* times = nullptr;
  const Needs* needs = nullptr;
  const ConnectionEvent* event = nullptr;  // set when the subject is an event, not a packet
  Arena arena;
  // What an application's walk learnt from its stream, for its details: LayerRef::note - 1. Lives in the arena.
  std::array<const void*, kMaxLayers> app_facts;
  uint32_t app_fact_count = 0;
  uint32_t keep_facts(const void* facts) {
    if (app_fact_count == app_facts.size()) return 0;
    app_facts[app_fact_count++] = facts;
    return app_fact_count;
  }

  // Starts on another packet: forgets layers, buffers and fields. Cheap.
  void begin(const Packet& p);

  Bytes buffer(uint8_t index) const { return buffers_[index]; }
  uint8_t add_buffer(Bytes bytes, std::string_view name);  // a name of static duration, for -x; 0 when there is no room
  // Where bytes lie that may be the packet's or of a buffer made for it; of others: nowhere, with length 0.
  struct Place { uint8_t buffer = 0; uint32_t offset = 0, length = 0; };
  Place place_of(Bytes bytes) const;
  std::string_view buffer_name(uint8_t index) const { return buffer_names_[index]; }
  uint32_t buffer_count() const { return buffer_count_; }

  const uint8_t* at(const LayerRef& layer) const { return buffers_[layer.buffer].data() + layer.offset; }
  // The layer's bytes from its first to the end of what is present: what `contains` and `matches` search.
  Bytes layer_data(const LayerRef& layer) const { return {at(layer), layer.cap_end - layer.offset}; }
  // … and as the filter's searches see them: also what a contradictory length field hides from the layer's fields.
  Bytes searched(const LayerRef& layer) const { return {at(layer), std::max(layer.cap_end, layer.search_end) - layer.offset}; }
  // The protocol's own bytes, as filters see them (header, or what Wireshark's item covered first), clipped to what is present.
  Bytes layer_item(const LayerRef& layer) const;
  const LayerRef* layer(ProtoId proto) const { return layers.present.has(proto) ? &layers.stack[layers.first[proto]] : nullptr; }
  const LayerRef* next_layer(const LayerRef& l) const { return l.next_same ? &layers.stack[l.next_same] : nullptr; }
  // Null also for a layer that is no transport: an application's note is the number of its facts.
  const TransportContext* transport(const LayerRef& layer) const {
    if (layer.note == 0 || layer.note > transport_count) return nullptr;
    const TransportContext& context = transports[layer.note - 1];
    return &layers.stack[context.layer] == &layer ? &context : nullptr;
  }
  TransportContext* transport(const LayerRef& layer) { return const_cast<TransportContext*>(std::as_const(*this).transport(layer)); }

  // Occurrences of a field, in packet order. Null: the field is absent. Valid until the next packet.
  const Occurrence* first(FieldId field) {
    const Head& head = heads_[field];
    return head.stamp == stamp_ ? (head.first ? &occurrences_[head.first] : nullptr) : find_first(field);
  }
  // False: first() would find nothing, which is known without a call once all details have run. Of a row that only details
  // say: neither fixed nor direct.
  bool may_have(FieldId field) const {
    const Head& head = heads_[field];
    return head.stamp == stamp_ ? head.first != 0 : !all_emitted_;
  }
  const Occurrence* next(const Occurrence& o) const { return o.next ? &occurrences_[o.next] : nullptr; }

  // Runs every layer's details, so that all damage is known; then `_ws.short`, `_ws.malformed` and their expert notes are
  // there. Done for packets of which a filter asks that, and for every packet that is written.
  void detail_all();

  // True if the row's bytes are there: a damaged layer may be shorter than its protocol's header.
  static bool holds(const FieldRow& row, const LayerRef& layer) {
    return layer.cap_end - layer.offset >= static_cast<uint32_t>(row.fixed.offset) + row.fixed.width &&
           (row.fixed.also < 0 || layer.cap_end - layer.offset >= static_cast<uint32_t>(row.fixed.also) + row.fixed.width);
  }

  // Complete dissection for -V: every field of every layer and the lines between them, in the order of the dissection tree.
  // Replaces what first() remembered; first() works afterwards too.
  std::span<const Occurrence> tree();
  // What the dissector said instead of the row's own text (Emit::shown), and behind it (Emit::remark); empty: nothing.
  struct Shown { std::string_view instead, behind; };
  Shown shown(const Occurrence& occurrence) const;

  // The bytes of the occurrence's item that are there.
  Bytes covered(const Occurrence& o) const {
    if (o.buffer == kOwnBytes) return o.value.bytes();
    const Bytes whole = buffers_[o.buffer];
    const uint32_t size = static_cast<uint32_t>(whole.size()), begin = std::min(o.offset, size);
    return whole.subspan(begin, std::min(o.length, size - begin));
  }

  // The value of a fixed row in a layer of its protocol. `place` 0, or 1 for Fixed::also.
  static Value load(const FieldDef& field, const uint8_t* layer_start, int place = 0);

 private:
  friend class Emit;
  const Occurrence* find_first(FieldId field);
  void run_details(uint8_t layer_index);
  void show_damage(uint32_t layer_count);
  void read_fixed(const FieldDef& field);
  void read_direct(const FieldDef& field);
  void read_protocol(const FieldDef& field);
  void read_columns();  // protocols/column_fields.cpp
  // Behind the field's occurrences of the same and of outer layers; damage behind all.
  Occurrence& append(FieldId field, uint8_t layer);

  std::array<Bytes, kMaxBuffers> buffers_;
  std::array<std::string_view, kMaxBuffers> buffer_names_;
  uint32_t buffer_count_ = 1;
  std::vector<Occurrence> occurrences_;  // [0] unused: index 0 means none
  struct Head { uint32_t stamp = 0, first = 0, last = 0; };
  std::vector<Head> heads_;              // by field; valid if stamp == stamp_
  uint32_t stamp_ = 0;
  struct ShownAt { uint32_t occurrence; Shown text; };
  std::vector<ShownAt> shown_;           // of the tree, by occurrence
  Shown& shown_of_last();
  std::unique_ptr<Columns> columns_;
  bool tree_mode_ = false;
  bool all_detailed_ = false;
  bool all_emitted_ = false;  // … and they have come back
  bool damage_shown_ = false;
};

// What Wireshark says of a damaged layer. Of what an ICMP error quotes only the beginning is there; that is no damage.
enum class ShownDamage : uint8_t { kNothing, kShort, kMalformed, kUnreassembled };
ShownDamage shown_damage(const Dissection& packet, const LayerRef& layer);

// What `details` writes to. Rows are indexes into the protocol's own rows. Offsets are from the layer's first byte; what
// has no bytes of its own passes length 0. Values that point to bytes must stay valid for the packet (the buffer or the arena).
class Emit {
 public:
  Emit(Dissection& dissection, uint8_t layer_index);

  Dissection& packet() { return d_; }
  const LayerRef& layer() const { return d_.layers.stack[layer_]; }
  Bytes data() const { return d_.layer_data(layer()); }           // all that is present
  const uint8_t* at(uint32_t offset) const { return d_.at(layer()) + offset; }
  TransportContext* transport() { return d_.transport(layer()); }

  // Somebody reads it. Expensive values are worth asking first.
  bool wants(unsigned row) const { return wanted_->has(static_cast<FieldId>(base_ + row)); }
  // … or one of the rows [first, last]; rows of expert notes, and what else belongs to them, are not asked for by this.
  bool wants_any(unsigned first, unsigned last) const { return wanted_->any(static_cast<FieldId>(base_ + first), static_cast<FieldId>(base_ + last)); }
  // Somebody may read the texts of expert notes, whatever their rows.
  bool wants_notes() const { return notes_; }

  // In a complete dissection: the fixed rows [first, last], here. Otherwise nothing (they are read directly).
  void fixed(unsigned first, unsigned last) {
    if (showing()) show_fixed(first, last);
  }
  void fixed(unsigned row) { fixed(row, row); }

  void number(unsigned row, uint64_t value, uint32_t offset = 0, uint32_t length = 0) { put(row, Value::of_uint(value), offset, length); }
  void signed_number(unsigned row, int64_t value, uint32_t offset = 0, uint32_t length = 0) { put(row, Value::of_int(value), offset, length); }
  void real(unsigned row, double value, uint32_t offset = 0, uint32_t length = 0) { put(row, Value::of_double(value), offset, length); }
  void time(unsigned row, Time value, uint32_t offset = 0, uint32_t length = 0) { put(row, Value::of_time(value), offset, length); }
  void none(unsigned row, uint32_t offset = 0, uint32_t length = 0) { put(row, Value{}, offset, length); }
  // Bytes of the layer (clipped to what is present), also for kEther, kIpv6, kGuid.
  void bytes(unsigned row, uint32_t offset, uint32_t length) {
    if (wants(row)) put_bytes(row, offset, length);
  }
  // Text as it lies on the wire: it ends at a NUL, and what is no UTF-8 in it becomes U+FFFD …
  void wire_text(unsigned row, uint32_t offset, uint32_t length);
  // … the same, where Wireshark reads ASCII: each byte that is none becomes U+FFFD …
  void ascii_text(unsigned row, uint32_t offset, uint32_t length);
  // … and text that was made (kept in the arena).
  void text(unsigned row, std::string_view made, uint32_t offset = 0, uint32_t length = 0) {
    if (wants(row)) put_wanted(row, Value::of_text(d_.arena.keep(made)), offset, length);
  }
  // Reads the row's own type and mask from the wire at offset: numbers of `width` bytes big-endian, IPv4, IPv6, Ethernet, bytes.
  void read(unsigned row, uint32_t offset, uint32_t width);
  void put(unsigned row, Value value, uint32_t offset, uint32_t length) {
    if (wants(row)) put_wanted(row, value, offset, length);
  }
  // The same for another buffer than the layer's (reassembled data).
  void put_in_buffer(unsigned row, Value value, uint8_t buffer, uint32_t offset, uint32_t length);

  // Into a row, marked kForeign, of another protocol.
  void foreign(ProtoId proto, unsigned row, Value value, uint32_t offset, uint32_t length);
  // What follows are rows of another protocol (named in ProtocolDef::emits; they are kElsewhere), or again of its own.
  void rows_of(ProtoId proto) { base_ = Registry::get().field(proto, 0); }

  // Only -V sees these, and nothing else costs when it is not asked for: texts are worth making behind showing().
  bool showing() const { return d_.tree_mode_; }
  void branch(std::string_view text) {  // a line that is no field ("Queries"); what hangs below it: Below or push()
    if (showing()) show_branch(text);
  }
  void shown(std::string_view text) {   // the last row's line, in place of its label and value
    if (showing()) d_.shown_of_last().instead = d_.arena.keep(text);
  }
  void remark(std::string_view text) {  // behind the last row's own text: " [unverified]"
    if (showing()) show_behind(text);
  }

  // An expert note: the row itself (if any; kNoRow otherwise), and `_ws.expert` with message, severity and group.
  static constexpr unsigned kNoRow = 0xffffffff;
  void expert(unsigned row, uint32_t severity, uint32_t group, std::string_view message) {
    if (row != kNoRow) none(row);
    if (notes_) note(severity, group, message);
  }
  // One without a message of its own: the row's label is it.
  void expert(unsigned row, uint32_t severity, uint32_t group);

  // What follows is indented below what was emitted last, until pop().
  void push() { ++depth_; }
  void pop() { --depth_; }
  struct Below {  // the same for a scope
    explicit Below(Emit& emit) : emit_(emit) { emit_.push(); }
    ~Below() { emit_.pop(); }
    Below(const Below&) = delete;
    Below& operator=(const Below&) = delete;

   private:
    Emit& emit_;
  };

  // Damage found while reading details; the walk of decode.* counters does not see it.
  void damage(LayerFlag what);
  // Writes the damage of the layer as Wireshark words it: `_ws.malformed`, `_ws.short` and the expert note.
  void show_damage();
  // A segment that contradicts a unit which is complete already, for TCP's details.
  void overlap_error();

 private:
  friend class Dissection;
  // Most of what details say is not asked for, so the question is asked in place, and what follows "yes" is not.
  [[gnu::noinline]] void put_wanted(unsigned row, Value value, uint32_t offset, uint32_t length);
  [[gnu::noinline]] void put_bytes(unsigned row, uint32_t offset, uint32_t length);
  [[gnu::noinline]] void show_fixed(unsigned first, unsigned last);
  [[gnu::noinline]] void show_branch(std::string_view text);
  [[gnu::noinline]] void show_behind(std::string_view text);
  [[gnu::noinline]] void note(uint32_t severity, uint32_t group, std::string_view message);
  void pseudo(FieldId field, std::string_view made);

  Dissection& d_;
  const FieldSet* wanted_;
  uint8_t layer_;
  FieldId base_;  // field of row 0
  uint8_t depth_ = 0;
  bool notes_;
};

// Severities and groups of expert notes, as `_ws.expert.severity` and `.group` have them.
namespace severity { inline constexpr uint32_t kComment = 0x00100000, kChat = 0x00200000, kNote = 0x00400000, kWarning = 0x00600000, kError = 0x00800000; }
namespace group {
inline constexpr uint32_t kChecksum = 0x01000000, kSequence = 0x02000000, kResponse = 0x03000000, kRequest = 0x04000000,
                          kUndecoded = 0x05000000, kReassemble = 0x06000000, kMalformed = 0x07000000, kDebug = 0x08000000,
                          kProtocol = 0x09000000, kSecurity = 0x0a000000, kComments = 0x0b000000, kDecryption = 0x0c000000,
                          kAssumption = 0x0d000000, kDeprecated = 0x0e000000;
}

}  // namespace wiretail::dissect
