#include "daemon/output/line_plan.hpp"

#include <algorithm>

namespace wiretail::daemon {

using dissect::FieldDef;
using dissect::Registry;

const std::vector<std::string_view> kReservedKeys = {"ts",   "event",  "v",    "seq",     "iface", "filters", "flow", "community_id", "host",  "tags",
                                                     "_ws",  "outer",  "quoted", "info", "payload", "lossy", "cut",     "_len", "_str",         "stats", "daemon"};

// A line says which packet it is about, whatever its fields are.
static bool always_written(const FieldDef& def) { return !def.is_protocol && def.object == "frame" && def.row->flags & dissect::kSummary; }

void Selection::add_needs(dissect::Needs& needs) const {
  for (const FieldDef& def : Registry::get().fields()) {
    if (def.is_protocol) continue;
    if (mode == Mode::kAll || (mode == Mode::kSummary && def.row->flags & dissect::kSummary)) needs.add(def.id);
  }
  for (dissect::FieldId field : fields) needs.add(field);
  for (const FieldDef& def : Registry::get().fields())
    if (always_written(def)) needs.add(def.id);
  // What is written is dissected completely, so that a line says what is wrong with a packet whatever it selects; the
  // header's flow and community id come from the connection table.
  needs.all_protocols = needs.streams = needs.reassembly = true;
}

LinePlan::LinePlan(const Selection& chosen, bool redact) : selection(chosen) {
  const Registry& registry = Registry::get();
  of_protocol.resize(registry.protocols().size());
  for (const FieldDef& def : registry.fields()) {
    if (def.is_protocol || def.key.empty() || def.object == "_ws") continue;
    bool wanted = chosen.mode == Selection::Mode::kAll ? !(def.row->flags & dissect::kHidden)
                  : chosen.mode == Selection::Mode::kSummary ? (def.row->flags & dissect::kSummary) != 0
                                                             : always_written(def) || std::find(chosen.fields.begin(), chosen.fields.end(), def.id) != chosen.fields.end();
    // An expert's row without a value says that it is there; other rows without one are only headings.
    if (def.type == dissect::FieldType::kNone && !(def.row->flags & dissect::kExpert) && chosen.mode == Selection::Mode::kAll) wanted = false;
    if (!wanted || def.key.size() + 8 > 200) continue;
    auto object = std::find_if(objects.begin(), objects.end(), [&](const Object& o) { return o.name == def.object; });
    if (object == objects.end()) object = objects.insert(objects.end(), Object{nullptr, 0, std::string(def.object), {}});
    auto key = std::find_if(object->keys.begin(), object->keys.end(), [&](const Key& k) { return k.path == def.path; });
    if (key == object->keys.end()) {
      key = object->keys.insert(object->keys.end(), Key());
      key->path = def.path;
      key->fixed = true;
      key->redaction = redact && dissect::is_string(def.type) ? redaction_of(def.name) : Redaction::kNone;
    }
    key->fields.push_back(&def);
    key->fixed &= def.row->fixed.offset >= 0;
    key->multi |= (def.row->flags & dissect::kMulti) != 0;
    key->has_names |= !def.row->names.empty() && dissect::is_integer(def.type);
    auto& known = of_protocol[def.proto];
    auto index = static_cast<uint16_t>(object - objects.begin());
    if (std::find(known.begin(), known.end(), index) == known.end()) known.push_back(index);
  }
  for (Object& object : objects) {
    object.length = static_cast<uint16_t>(object.name.size() + 5);
    texts += ",\"" + object.name + "\":{";
    for (Key& key : object.keys) {
      std::string_view name = std::string_view(key.path).substr(object.name.size() + 1);
      key.length = static_cast<uint16_t>(name.size() + 4);
      if (key.fields.size() == 1 && !key.multi && key.fields[0]->row->fixed.also < 0) key.only = key.fields[0];
      if (key.only) {
        key.proto = key.only->proto, key.id = key.only->id;
        const dissect::Fixed& place = key.only->row->fixed;
        key.direct = key.only->row->direct;
        if (place.offset >= 0) key.offset = static_cast<uint16_t>(place.offset), key.end = static_cast<uint16_t>(place.offset + place.width);
      }
      if (key.fields.size() == 1) {
        const FieldDef& def = *key.fields[0];
        if (!key.fixed && !def.row->direct && def.proto != dissect::id::kColumns) key.said = def.id;
        key.form = def.type == dissect::FieldType::kBoolean ? LinePlan::Form::kBoolean
                   : def.type == dissect::FieldType::kIpv4  ? LinePlan::Form::kIpv4
                   : dissect::is_unsigned(def.type)         ? LinePlan::Form::kNumber
                                                            : LinePlan::Form::kOther;
        const dissect::Fixed& fixed = def.row->fixed;
        const bool plain = key.form == LinePlan::Form::kNumber || key.form == LinePlan::Form::kIpv4;
        if (plain && fixed.offset >= 0 && !fixed.little_endian && (fixed.width == 1 || fixed.width == 2 || fixed.width == 4)) {
          key.plain_width = fixed.width;
          if (def.row->mask) key.mask = static_cast<uint32_t>(def.row->mask), key.shift = def.shift;
        }
      }
      if (key.only) key.way = key.plain_width ? LinePlan::Way::kPlain : key.direct ? LinePlan::Way::kDirect : LinePlan::Way::kSearched;
      texts.append(",\"").append(name).append("\":");
    }
  }
  texts.append(64, ' ');  // readable behind the last key
  const char* at = texts.data();
  for (Object& object : objects) {
    object.text = at, at += object.length;
    for (Key& key : object.keys) key.text = at, at += key.length;
  }
}

}  // namespace wiretail::daemon
