#include "daemon/output/fields_writer.hpp"

#include <algorithm>

#include "dissect/format.hpp"

namespace wiretail::daemon {
namespace {

// Titles that Wireshark 4.0 gives the columns, and the names of newer versions.
constexpr std::pair<std::string_view, int> kColumnNames[] = {{"Source", 0}, {"def_src", 0}, {"Destination", 1}, {"def_dst", 1}, {"Protocol", 2}, {"protocol", 2},
                                                             {"Info", 3}, {"info", 3}, {"No.", 4}, {"number", 4}, {"Time", 5}, {"cls_time", 5}, {"Length", 6}, {"packet_length", 6}};

// As tshark reads it: the first character counts; a slash and one of `letters` (t, s) is a tab or a space, a slash with
// anything else a backslash.
char character(std::string_view text, std::string_view letters) {
  if (text.empty()) return '\0';
  if (text[0] != '/') return text[0];
  if (text.size() == 1 || letters.find(text[1]) == std::string_view::npos) return '\\';
  return text[1] == 't' ? '\t' : ' ';
}

// A layer's text as -V heads it; tshark gives the filter name of one that says no more than its protocol's name, and
// the bytes of `data`.
void append_protocol(std::string& out, const dissect::Dissection& d, const dissect::FieldDef& def, const dissect::LayerRef& layer) {
  if (layer.proto == dissect::id::kData) return dissect::append_hex_bytes(out, d.layer_data(layer));
  const size_t before = out.size();
  dissect::append_head(out, d, layer);
  if (std::string_view(out).substr(before) != dissect::Registry::get().protocol(layer.proto).long_name) return;
  out.resize(before);
  out += def.name;
}

}  // namespace

bool FieldsWriter::add_field(std::string_view name, std::string& hint) {
  Entry entry;
  entry.name = std::string(name);
  if (name.starts_with("_ws.col.")) {
    for (auto [known, column] : kColumnNames)
      if (name.substr(8) == known) entry.column = column;
    if (entry.column < 0) return hint = "the columns are _ws.col.Source, Destination, Protocol, Info, Length, Time and No.", false;
    columns_needed_ = complete_ = true;
    entries_.push_back(std::move(entry));
    return true;
  }
  const auto& registry = dissect::Registry::get();
  auto found = registry.find(name);
  if (found.empty()) found = registry.find_path(name);
  if (found.empty()) {
    auto near = registry.nearest(name);
    for (size_t i = 0; i < near.size(); ++i) hint += (i ? ", " : "did you mean ") + std::string(near[i]);
    if (!hint.empty()) hint += "?";
    return false;
  }
  entry.fields.assign(found.begin(), found.end());
  for (dissect::FieldId field : found) complete_ |= registry[field].need == dissect::Need::kEverything;
  entries_.push_back(std::move(entry));
  return true;
}

bool FieldsWriter::set_option(std::string_view option, std::string& error) {
  auto equals = option.find('=');
  std::string_view key = option.substr(0, equals), value = equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1);
  const char first = value.empty() ? '\0' : value[0];  // what follows the first character does not count, as in tshark
  auto yes = [&](bool& target) {
    target = first == 'y';
    return first == 'y' || first == 'n';
  };
  bool good = !value.empty();
  if (key == "header") good = yes(header_);
  else if (key == "bom") good = yes(bom_);
  else if (key == "escape") good = yes(escape_);
  else if (key == "separator") separator_ = character(value, "ts");
  else if (key == "aggregator") aggregator_ = character(value, "s");
  else if (key == "occurrence") good = first == 'f' || first == 'l' || first == 'a', occurrence_ = good ? first : 'a';
  else if (key == "quote") good = first == 'd' || first == 's' || first == 'n', quote_ = first == 'd' ? '"' : first == 's' ? '\'' : '\0';
  else good = false;
  if (!good) error = "\"" + std::string(option) + "\" is not an option of -E: there are header=y|n, separator=/t|/s|CHARACTER, aggregator=,|/s|CHARACTER, occurrence=f|l|a, quote=d|s|n, escape=y|n, bom=y|n";
  return good;
}

void FieldsWriter::header(std::string& out) const {
  if (bom_) out += "\xef\xbb\xbf";
  if (!header_) return;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i) out += separator_;
    out += entries_[i].name;
  }
  out += '\n';
}

void FieldsWriter::value(std::string& out, std::string_view text) const {
  for (char c : text) {
    if (!escape_) out += c;  // quotes within the value stay as they are, as in tshark
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c == '\b') out += "\\b";
    else if (c == '\f') out += "\\f";
    else out += c;
  }
}

// A layer of several items has a line for each (MPLS).
void FieldsWriter::append_items(std::string& out, const dissect::Dissection& d, const dissect::FieldDef& def, const dissect::LayerRef& layer) const {
  const size_t before = out.size();
  append_protocol(out, d, def, layer);
  if (occurrence_ == 'f') out.resize(std::min(out.size(), out.find('\n', before)));
  if (const size_t last = out.rfind('\n'); occurrence_ == 'l' && last != std::string::npos && last >= before) out.erase(before, last + 1 - before);
  for (size_t at = before; (at = out.find('\n', at)) != std::string::npos; ++at) out[at] = aggregator_;
}

void FieldsWriter::packet(std::string& out, dissect::Dissection& d) {
  const auto& registry = dissect::Registry::get();
  if (complete_) d.detail_all();
  if (columns_needed_) fill_columns(d, columns_);
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (i) out += separator_;
    text_.clear();
    bool any = false;
    if (entry.column >= 0) {
      switch (entry.column) {
        case 0: text_ = columns_.source; break;
        case 1: text_ = columns_.destination; break;
        case 2: text_ = columns_.protocol; break;
        case 3: text_ = columns_.info; break;
        case 4: dissect::append_uint(text_, d.packet.number); break;
        case 6: dissect::append_uint(text_, d.packet.len); break;
        default:
          dissect::append_value(text_, registry[registry.find("frame.time_relative")[0]], dissect::Value::of_time(d.times && d.times->has_first ? d.packet.time - d.times->first : dissect::Time{}));
          if (!d.nanosecond_times && text_.size() > 3) text_.resize(text_.size() - 3);
      }
      any = true;
    }
    for (dissect::FieldId field : entry.fields) {
      for (const auto* o = d.first(field); o; o = d.next(*o)) {
        const dissect::FieldDef& def = registry[field];
        const bool layer = def.is_protocol && !registry.protocol(def.proto).pseudo;
        // Of a header that is cut before its first field tshark shows nothing at all.
        if (layer && o->length == 0 && d.layers.stack[o->layer].flags & (dissect::kShort | dissect::kMalformed)) continue;
        item_.clear();
        if (layer) append_items(item_, d, def, d.layers.stack[o->layer]);
        if (layer && item_.empty() && o->length == 0) continue;
        if (occurrence_ == 'l') text_.clear();
        else if (any && occurrence_ == 'a') text_ += aggregator_;
        if (layer) text_ += item_;
        else dissect::append_value(text_, def, o->value);
        any = true;
        if (occurrence_ == 'f') break;
      }
      if (any && occurrence_ == 'f') break;
    }
    if (!any) continue;
    if (quote_) out += quote_;
    value(out, text_);
    if (quote_) out += quote_;
  }
  out += '\n';
}

void FieldsWriter::add_needs(dissect::Needs& needs) const {
  for (const Entry& entry : entries_) {
    for (dissect::FieldId field : entry.fields) {
      needs.add(field);
      // TCP's text has relative numbers.
      if (field == dissect::Registry::get().protocol_field(dissect::id::kTcp)) needs.streams = true;
    }
    if (entry.column >= 0 && entry.column < 4) needs.all_protocols = needs.streams = needs.analysis = needs.unacked = needs.reassembly = needs.complete = true;
  }
}

}  // namespace wiretail::daemon
