// The pseudo-protocol `_ws.col`: the packet list's columns as text fields, by the names that Wireshark 4.4 gives them.
// `_ws.col.Info`, the titles of 4.0, are aliases (filter/names). Filled when a filter first asks (Dissection::first).
#include "dissect/columns.hpp"

#include <memory>

#include "dissect/dissection.hpp"
#include "dissect/format.hpp"

namespace wiretail::dissect {
namespace {

enum Row : unsigned { kNumber, kTime, kSource, kDestination, kProtocol, kLength, kInfo };

constexpr FieldRow text(std::string_view name, std::string_view label, Need need) {
  return {.name = name, .label = label, .type = FieldType::kString, .flags = kGenerated, .need = need};
}
constexpr FieldRow kRows[] = {
    text("_ws.col.number", "Number", Need::kNothing),
    text("_ws.col.cls_time", "Time (format as specified)", Need::kNothing),
    text("_ws.col.def_src", "Source address", Need::kEverything),
    text("_ws.col.def_dst", "Destination address", Need::kEverything),
    text("_ws.col.protocol", "Protocol", Need::kEverything),
    text("_ws.col.packet_length", "Packet length (bytes)", Need::kNothing),
    text("_ws.col.info", "Information", Need::kEverything),
};

}  // namespace

const ProtocolDef kColumnsDef = {.name = "_ws.col", .long_name = "Wireshark Columns", .short_name = "Columns", .rows = kRows, .pseudo = true};

void Dissection::read_columns() {
  if (!columns_) columns_ = std::make_unique<Columns>();
  static const FieldDef& relative = Registry::get()[Registry::get().find("frame.time_relative")[0]];
  const FieldId base = Registry::get().field(id::kColumns, 0);
  auto wants = [&](unsigned row) { return !needs || needs->fields.has(static_cast<FieldId>(base + row)); };
  auto put = [&](unsigned row, std::string_view made) {
    Occurrence& o = append(static_cast<FieldId>(base + row), 0);
    o.value = Value::of_text(arena.keep(made));
  };
  std::string& made = columns_->info;
  if (wants(kNumber)) made.clear(), append_uint(made, packet.number), put(kNumber, made);
  if (wants(kTime)) {
    made.clear();
    append_value(made, relative, Value::of_time(times && times->has_first && packet.has_time ? packet.time - times->first : Time{}));
    if (!nanosecond_times && made.size() > 3) made.resize(made.size() - 3);
    put(kTime, made);
  }
  if (wants(kLength)) made.clear(), append_uint(made, packet.len), put(kLength, made);
  if (!wants(kSource) && !wants(kDestination) && !wants(kProtocol) && !wants(kInfo)) return;
  detail_all();
  fill_columns(*this, *columns_);
  if (wants(kSource)) put(kSource, columns_->source);
  if (wants(kDestination)) put(kDestination, columns_->destination);
  if (wants(kProtocol)) put(kProtocol, columns_->protocol);
  if (wants(kInfo)) put(kInfo, columns_->info);
}

}  // namespace wiretail::dissect
