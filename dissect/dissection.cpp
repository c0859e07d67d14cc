#include "dissect/dissection.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstring>

#include "dissect/format.hpp"

namespace wiretail::dissect {

char* Arena::take(size_t bytes) {
  bytes = (bytes + 7) & ~size_t{7};  // objects are placed here too
  while (block_ < blocks_.size() && blocks_[block_].size - used_ < bytes) ++block_, used_ = 0;
  if (block_ == blocks_.size()) {
    size_t size = std::max(kBlock, bytes);
    blocks_.push_back({std::make_unique<char[]>(size), size});
    used_ = 0;
  }
  char* place = blocks_[block_].data.get() + used_;
  used_ += bytes, taken_ += bytes;
  return place;
}

std::string_view Arena::keep(std::string_view text) {
  char* place = take(text.size());
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

Dissection::Dissection() {
  buffer_names_[0] = "Frame";
  heads_.resize(Registry::get().fields().size());
  occurrences_.reserve(1024);
  occurrences_.resize(1);
}

void Dissection::begin(const Packet& p) {
  packet = p;
  layers.clear();
  buffers_[0] = {p.data, p.cap_len};
  buffer_count_ = 1;
  transport_count = 0;
  app_fact_count = 0;
  event = nullptr;
  arena.reset();
  occurrences_.resize(1);
  if (++stamp_ == 0) {  // after 2^32 packets old stamps would look new
    for (Head& head : heads_) head.stamp = 0;
    stamp_ = 1;
  }
  tree_mode_ = all_detailed_ = all_emitted_ = damage_shown_ = false;
}

uint8_t Dissection::add_buffer(Bytes bytes, std::string_view name) {
  if (buffer_count_ == kMaxBuffers) return 0;
  buffer_names_[buffer_count_] = name;
  buffers_[buffer_count_] = bytes;
  return static_cast<uint8_t>(buffer_count_++);
}

Dissection::Place Dissection::place_of(Bytes bytes) const {
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  for (uint8_t i = 0; i < buffer_count_; ++i) {
    const auto from = reinterpret_cast<uintptr_t>(buffers_[i].data());
    if (begin >= from && begin + bytes.size() <= from + buffers_[i].size()) return {i, static_cast<uint32_t>(begin - from), static_cast<uint32_t>(bytes.size())};
  }
  return {};
}

Bytes Dissection::layer_item(const LayerRef& layer) const {
  if (Registry::get().protocol(layer.proto).item_to_end) return {at(layer), layer.cap_end - layer.offset};
  return {at(layer), std::min(layer.header_len, static_cast<uint32_t>(searched(layer).size()))};
}

Value Dissection::load(const FieldDef& field, const uint8_t* layer_start, int place) {
  const Fixed& fixed = field.row->fixed;
  const uint8_t* p = layer_start + (place ? fixed.also : fixed.offset);
  if (field.type == FieldType::kIpv4) return Value::of_uint(fixed.little_endian ? le32(p) : be32(p));
  if (is_bytes(field.type) || is_string(field.type) || field.type == FieldType::kIpv6 || field.type == FieldType::kGuid)
    return Value::of_bytes({p, fixed.width});
  uint64_t v = read_uint(p, fixed.width, fixed.little_endian);
  if (field.row->mask) v = (v & field.row->mask) >> field.shift;
  if (is_signed(field.type)) {
    unsigned bits = field.row->mask ? 64 - static_cast<unsigned>(std::countl_zero(field.row->mask >> field.shift)) : fixed.width * 8u;
    unsigned unused = 64 - bits;
    return Value::of_int(static_cast<int64_t>(v << unused) >> unused);
  }
  if (field.type == FieldType::kBoolean) v = v != 0;
  return Value::of_uint(v);
}

Occurrence& Dissection::append(FieldId field, uint8_t layer) {
  auto index = static_cast<uint32_t>(occurrences_.size());
  Occurrence& fresh = occurrences_.emplace_back();
  fresh.field = field;
  fresh.layer = layer;
  Head& head = heads_[field];
  if (head.stamp != stamp_ || head.first == 0) {
    head = {stamp_, index, index};
  } else if (occurrences_[head.last].layer <= layer || damage_shown_) {
    occurrences_[head.last].next = index;
    head.last = index;
  } else {  // an upper layer's details ran first, because something asked for one of its fields
    uint32_t* link = &head.first;
    while (occurrences_[*link].layer <= layer) link = &occurrences_[*link].next;
    fresh.next = *link;
    *link = index;
  }
  return fresh;
}

void Dissection::read_fixed(const FieldDef& field) {
  const FieldRow& row = *field.row;
  for (const LayerRef* l = layer(field.proto); l; l = next_layer(*l)) {
    for (int place = 0; place < (row.fixed.also >= 0 ? 2 : 1); ++place) {
      int from = place ? row.fixed.also : row.fixed.offset;
      if (l->cap_end - l->offset < static_cast<uint32_t>(from) + row.fixed.width) continue;
      Occurrence& o = append(field.id, static_cast<uint8_t>(l - layers.begin()));
      o.value = load(field, at(*l), place);
      const auto covered = row.covers(place);
      o.offset = l->offset + covered.offset;
      o.length = covered.length;
      o.buffer = l->buffer;
    }
  }
}

void Dissection::read_direct(const FieldDef& field) {
  for (const LayerRef* l = layer(field.proto); l; l = next_layer(*l)) {
    Value value;
    if (!field.row->direct(*this, *l, value)) continue;
    Occurrence& o = append(field.id, static_cast<uint8_t>(l - layers.begin()));
    o.value = value;
    o.buffer = l->buffer;
    const Fixed& item = field.row->item;
    if (field.type == FieldType::kBytes) {  // the value is its own item
      o.offset = static_cast<uint32_t>(value.p - buffer(l->buffer).data());
      o.length = value.n;
    }
    if (item.offset < 0) continue;
    o.offset = l->offset + static_cast<uint32_t>(item.offset);
    o.length = item.width;
  }
}

void Dissection::read_protocol(const FieldDef& field) {
  for (const LayerRef* l = layer(field.proto); l; l = next_layer(*l)) {
    Occurrence& o = append(field.id, static_cast<uint8_t>(l - layers.begin()));
    Bytes item = layer_item(*l);
    o.value = Value::of_bytes(item);
    o.offset = l->offset;
    o.length = static_cast<uint32_t>(item.size());
    o.buffer = l->buffer;
  }
}

const Occurrence* Dissection::find_first(FieldId id) {
  Head& head = heads_[id];
  if (tree_mode_) return nullptr;  // everything has been emitted
  const FieldDef& field = Registry::get()[id];
  const ProtocolDef& protocol = Registry::get().protocol(field.proto);
  if (all_emitted_ && !field.is_protocol && !protocol.pseudo && field.row->fixed.offset < 0 && !field.row->direct) return head = {stamp_, 0, 0}, nullptr;
  if (field.proto == id::kColumns) {
    read_columns();
  } else if (protocol.pseudo && !(field.row && field.row->direct)) {
    // Emitted by any layer's details.
    detail_all();
    if (field.is_protocol && head.stamp != stamp_ && field.proto != id::kExpert) read_protocol(field);
  } else if (field.is_protocol) {
    read_protocol(field);
  } else if (field.row->flags & kForeign) {
    detail_all();
  } else if (field.row->fixed.offset >= 0) {
    read_fixed(field);
  } else if (field.row->direct) {
    read_direct(field);
  } else {
    // Protocols that emit one another's rows run together, so that all occurrences are there and in order.
    auto emits = [](const ProtocolDef& p, ProtoId other) { return std::ranges::find(p.emits, other) != p.emits.end(); };
    for (uint32_t i = 0; i < layers.count; ++i) {
      const ProtoId proto = layers.stack[i].proto;
      const ProtocolDef& carrier = Registry::get().protocol(proto);
      if (proto == field.proto || carrier.rows_of == field.proto || emits(carrier, field.proto) || emits(protocol, proto))
        if (!(protocol.may_have && proto == field.proto) || protocol.may_have(*this, layers.stack[i], field.row_index)) run_details(static_cast<uint8_t>(i));
    }
  }
  if (head.stamp != stamp_) head = {stamp_, 0, 0};
  return head.first ? &occurrences_[head.first] : nullptr;
}

void Dissection::run_details(uint8_t index) {
  LayerRef& layer = layers.stack[index];
  if (layer.flags & kDetailed || (needs && !tree_mode_ && needs->silent.has(layer.proto))) return;
  layer.flags |= kDetailed;
  const ProtocolDef& protocol = Registry::get().protocol(layer.proto);
  if (needs && !tree_mode_ && needs->quiet.has(layer.proto) && !protocol.judges_if(*this, layer)) return;
  Emit emit(*this, index);
  if (protocol.details) {
    protocol.details(emit);
  } else if (!protocol.rows.empty()) {
    emit.fixed(0, static_cast<unsigned>(protocol.rows.size()) - 1);
  }
}

void Dissection::detail_all() {
  if (all_detailed_) return;
  all_detailed_ = true;
  uint32_t count = layers.count;
  const ProtoSet silent = needs && !tree_mode_ ? needs->silent : ProtoSet{};
  for (uint32_t i = 0; i < count; ++i)
    if (!silent.has(layers.stack[i].proto)) run_details(static_cast<uint8_t>(i));
  if (!damage_shown_) show_damage(count);
  all_emitted_ = true;
}

ShownDamage shown_damage(const Dissection& packet, const LayerRef& layer) {
  if (!(layer.flags & (kShort | kMalformed))) return ShownDamage::kNothing;
  if (layer.flags & kQuoted) {
    const LayerRef* around = &layer;
    while (around->flags & kQuoted && around != packet.layers.begin()) --around;
    return around->cap_end < around->end ? ShownDamage::kShort : ShownDamage::kNothing;
  }
  if (layer.flags & kShort) return ShownDamage::kShort;
  return layer.flags & kFragmented ? ShownDamage::kUnreassembled : ShownDamage::kMalformed;
}

void Dissection::show_damage(uint32_t count) {
  damage_shown_ = true;
  for (uint32_t i = 0; i < count; ++i)
    if (layers.stack[i].flags & (kShort | kMalformed)) Emit(*this, static_cast<uint8_t>(i)).show_damage();
}

Dissection::Shown Dissection::shown(const Occurrence& occurrence) const {
  const auto index = static_cast<uint32_t>(&occurrence - occurrences_.data());
  auto found = std::lower_bound(shown_.begin(), shown_.end(), index, [](const ShownAt& s, uint32_t i) { return s.occurrence < i; });
  return found != shown_.end() && found->occurrence == index ? found->text : Shown{};
}

Dissection::Shown& Dissection::shown_of_last() {
  const auto index = static_cast<uint32_t>(occurrences_.size()) - 1;
  if (shown_.empty() || shown_.back().occurrence != index) shown_.push_back({index, {}});
  return shown_.back().text;
}

std::span<const Occurrence> Dissection::tree() {
  occurrences_.resize(1);
  shown_.clear();
  ++stamp_;
  if (stamp_ == 0) stamp_ = 1;
  tree_mode_ = true;
  all_detailed_ = false;
  const Registry& registry = Registry::get();
  for (uint32_t i = 0; i < layers.count; ++i) {
    LayerRef& layer = layers.stack[i];
    layer.flags = static_cast<uint8_t>(layer.flags & ~kDetailed);
    if (!(layer.flags & kNoItem)) {
      Occurrence& o = append(registry.protocol_field(layer.proto), static_cast<uint8_t>(i));
      Bytes item = layer_item(layer);
      o.value = Value::of_bytes(item);
      o.offset = layer.offset;
      o.length = static_cast<uint32_t>(item.size());
      o.buffer = layer.buffer;
    }
    run_details(static_cast<uint8_t>(i));
  }
  all_detailed_ = true;
  show_damage(layers.count);
  return {occurrences_.data() + 1, occurrences_.size() - 1};
}

Emit::Emit(Dissection& dissection, uint8_t layer_index)
    : d_(dissection), wanted_(dissection.tree_mode_ || !dissection.needs ? &FieldSet::all() : &dissection.needs->fields), layer_(layer_index),
      base_(Registry::get().rows_of(dissection.layers.stack[layer_index].proto)), notes_(dissection.tree_mode_ || !dissection.needs || dissection.needs->notes) {}

void Emit::show_fixed(unsigned first, unsigned last) {
  const Registry& registry = Registry::get();
  const LayerRef& l = layer();
  for (unsigned row = first; row <= last; ++row) {
    const FieldDef& def = registry[static_cast<FieldId>(base_ + row)];
    const Fixed& fixed = def.row->fixed;
    if (fixed.offset < 0) continue;
    for (int place = 0; place < (fixed.also >= 0 ? 2 : 1); ++place) {
      auto from = static_cast<uint32_t>(place ? fixed.also : fixed.offset);
      if (l.cap_end - l.offset < from + fixed.width) continue;
      const auto covered = def.row->covers(place);
      put(row, Dissection::load(def, d_.at(l), place), covered.offset, covered.length);
    }
  }
}

void Emit::put_wanted(unsigned row, Value value, uint32_t offset, uint32_t length) {
  if (!d_.tree_mode_ && Registry::get()[static_cast<FieldId>(base_ + row)].row->direct) return;  // read where it is asked for
  const LayerRef& l = layer();
  Occurrence& o = d_.append(static_cast<FieldId>(base_ + row), layer_);
  o.value = value;
  o.offset = l.offset + offset;
  o.length = length;
  o.buffer = l.buffer;
  o.depth = depth_;
}

void Emit::put_in_buffer(unsigned row, Value value, uint8_t buffer, uint32_t offset, uint32_t length) {
  if (!wants(row)) return;
  Occurrence& o = d_.append(static_cast<FieldId>(base_ + row), layer_);
  o.value = value;
  o.offset = offset;
  o.length = length;
  o.buffer = buffer;
  o.depth = depth_;
}

void Emit::foreign(ProtoId proto, unsigned row, Value value, uint32_t offset, uint32_t length) {
  FieldId own = base_;
  base_ = Registry::get().field(proto, 0);
  put(row, value, offset, length);
  base_ = own;
}

void Emit::put_bytes(unsigned row, uint32_t offset, uint32_t length) {
  auto present = static_cast<uint32_t>(data().size());
  offset = std::min(offset, present);
  length = std::min(length, present - offset);
  put(row, Value::of_bytes({at(offset), length}), offset, length);
}

void Emit::wire_text(unsigned row, uint32_t offset, uint32_t length) {
  if (!wants(row)) return;
  auto present = static_cast<uint32_t>(data().size());
  offset = std::min(offset, present);
  length = std::min(length, present - offset);
  std::string_view text(reinterpret_cast<const char*>(at(offset)), length);
  if (std::ranges::any_of(text, [](char c) { return c <= 0; })) {  // a NUL, or no ASCII
    std::string made;
    append_text(made, text);
    text = d_.arena.keep(made);
  }
  put(row, Value::of_text(text), offset, length);
}

void Emit::ascii_text(unsigned row, uint32_t offset, uint32_t length) {
  if (!wants(row)) return;
  const Bytes bytes = data().subspan(std::min<size_t>(offset, data().size()));
  std::string made;
  for (uint8_t byte : bytes.first(std::min<size_t>(length, bytes.size()))) {
    if (!byte) break;
    if (byte < 0x80) made += static_cast<char>(byte);
    else made += "\xef\xbf\xbd";
  }
  put(row, Value::of_text(d_.arena.keep(made)), offset, static_cast<uint32_t>(std::min<size_t>(length, bytes.size())));
}

void Emit::read(unsigned row, uint32_t offset, uint32_t width) {
  if (!wants(row) || data().size() < size_t{offset} + width) return;
  const FieldDef& def = Registry::get()[static_cast<FieldId>(base_ + row)];
  const uint8_t* p = at(offset);
  if (def.type == FieldType::kIpv4) return put(row, Value::of_uint(be32(p)), offset, width);
  if (is_bytes(def.type) || is_string(def.type) || def.type == FieldType::kIpv6 || def.type == FieldType::kGuid)
    return put(row, Value::of_bytes({p, width}), offset, width);
  uint64_t v = read_uint(p, width, def.row->fixed.little_endian);
  if (def.row->mask) v = (v & def.row->mask) >> def.shift;
  if (is_signed(def.type)) {
    unsigned unused = 64 - width * 8;
    return put(row, Value::of_int(static_cast<int64_t>(v << unused) >> unused), offset, width);
  }
  put(row, Value::of_uint(def.type == FieldType::kBoolean ? v != 0 : v), offset, width);
}

void Emit::show_branch(std::string_view text) {
  Occurrence& o = d_.occurrences_.emplace_back();
  o.value = Value::of_text(d_.arena.keep(text));
  o.layer = layer_, o.buffer = layer().buffer, o.depth = depth_;
}

void Emit::show_behind(std::string_view text) { d_.shown_of_last().behind = d_.arena.keep(text); }

void Emit::pseudo(FieldId field, std::string_view made) {
  if (!wanted_->has(field)) return;
  Occurrence& o = d_.append(field, layer_);
  o.value = Value::of_text(d_.arena.keep(made));
  o.depth = depth_;
}

namespace {
constexpr size_t kMaxMessage = 239;  // Wireshark's labels end there
}

void Emit::note(uint32_t severity, uint32_t group, std::string_view message) {
  message = message.substr(0, kMaxMessage);
  const Registry& registry = Registry::get();
  const FieldId note = registry.protocol_field(id::kExpert);
  // Rows of `_ws.expert` in the order message, severity, group (protocols/expert.cpp).
  auto wanted = [&](unsigned offset) { return wanted_->has(static_cast<FieldId>(note + offset)); };
  if (wanted(0)) {
    char text[160];
    std::string_view of = value_name(registry[static_cast<FieldId>(note + 2)].row->names, severity), in = value_name(registry[static_cast<FieldId>(note + 3)].row->names, group);
    int n = std::snprintf(text, sizeof text, "Expert Info (%.*s/%.*s): ", static_cast<int>(of.size()), of.data(), static_cast<int>(in.size()), in.data());
    char* whole = d_.arena.take(static_cast<size_t>(n) + message.size());
    std::memcpy(whole, text, static_cast<size_t>(n));
    if (!message.empty()) std::memcpy(whole + n, message.data(), message.size());
    Occurrence& o = d_.append(note, layer_);
    o.value = Value::of_text({whole, static_cast<size_t>(n) + message.size()});
    o.depth = depth_;
  }
  auto add = [&](unsigned offset, Value value) {
    if (!wanted(offset)) return;
    Occurrence& o = d_.append(static_cast<FieldId>(note + offset), layer_);
    o.value = value;
    o.depth = static_cast<uint8_t>(depth_ + 1);
  };
  add(1, Value::of_text(wanted(1) ? d_.arena.keep(message) : std::string_view()));
  add(2, Value::of_uint(severity));
  add(3, Value::of_uint(group));
  // Wireshark marks every packet with such a note as malformed.
  if (group == group::kMalformed) pseudo(registry.protocol_field(id::kMalformed), "_ws.malformed");
}

void Emit::expert(unsigned row, uint32_t severity, uint32_t group) {
  expert(row, severity, group, Registry::get()[static_cast<FieldId>(base_ + row)].row->label);
}

void Emit::show_damage() {
  const Registry& registry = Registry::get();
  const LayerRef* named = &layer();
  // In a quotation it is the outermost quoted header that Wireshark names.
  while (named->flags & kQuoted && named != d_.layers.begin() && (named - 1)->flags & kQuoted) --named;
  std::string_view name = registry.protocol(named->proto).short_name;
  char text[120];
  auto worded = [&](const char* before, const char* after) {
    int n = std::snprintf(text, sizeof text, "[%s: %.*s%s]", before, static_cast<int>(name.size()), name.data(), after);
    return std::string_view(text, static_cast<size_t>(n));
  };
  const FieldId own = base_;
  depth_ = 0xff;  // beside the protocol; its note below it
  switch (shown_damage(d_, layer())) {
    case ShownDamage::kNothing: break;
    case ShownDamage::kShort: pseudo(registry.protocol_field(id::kShort), worded("Packet size limited during capture", " truncated")); break;
    case ShownDamage::kMalformed:
      pseudo(registry.protocol_field(id::kMalformed), worded("Malformed Packet", ""));
      push();
      rows_of(id::kMalformed);
      expert(0, severity::kError, group::kMalformed);
      break;
    case ShownDamage::kUnreassembled:
      pseudo(registry.protocol_field(id::kUnreassembled), worded("BoundError Unreassembled Packet", ""));
      push();
      rows_of(id::kUnreassembled);
      expert(0, severity::kNote, group::kReassemble);
      break;
  }
  base_ = own;
}

void Emit::overlap_error() {
  pseudo(Registry::get().protocol_field(id::kMalformed), "[Reassembly error, protocol TCP: New fragment overlaps old data (retransmission?)]");
  const FieldId own = base_;
  rows_of(id::kMalformed);
  expert(1, severity::kError, group::kMalformed);
  base_ = own;
}

void Emit::damage(LayerFlag what) {
  LayerRef& l = d_.layers.stack[layer_];
  assert(Registry::get().protocol(l.proto).judges);
  l.flags = static_cast<uint8_t>(l.flags | what);
}

}  // namespace wiretail::dissect
