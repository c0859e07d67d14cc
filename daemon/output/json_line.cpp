#include "daemon/output/json_line.hpp"

#include <algorithm>

#include "daemon/output/json_text.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"
#include "dissect/format.hpp"

namespace wiretail::daemon {
namespace {

using dissect::ConnectionEvent;
using dissect::Dissection;
using dissect::FieldDef;
using dissect::LayerRef;
using dissect::Occurrence;
using dissect::ProtoId;
using dissect::Registry;
namespace id = dissect::id;

bool is_secret(std::string_view name) {
  return name == "http.authorization" || name == "http.proxy_authorization" || name == "http.cookie" || name == "http.set_cookie" || name == "http.cookie_pair" ||
         name == "http.authbasic" || name == "http.proxy_auth";
}

}  // namespace

std::string_view JsonLine::event_name(const ConnectionEvent& event) {
  switch (event.kind) {
    case ConnectionEvent::Kind::kNew: return "conn.new";
    case ConnectionEvent::Kind::kEstablished: return "conn.established";
    case ConnectionEvent::Kind::kUpdate: return "conn.update";
    case ConnectionEvent::Kind::kEnd: return "conn.end";
    case ConnectionEvent::Kind::kHttp: return "http";
    case ConnectionEvent::Kind::kDns: return "dns";
  }
  return "conn.update";
}

void JsonLine::add_needs(const Selection& selection, dissect::Needs& needs) {
  const Registry& registry = Registry::get();
  switch (selection.mode) {
    case Selection::Mode::kSummary:
      for (const FieldDef& def : registry.fields())
        if (!def.is_protocol && def.row->flags & dissect::kSummary) needs.add(def.id);
      needs.all_protocols = needs.streams = needs.reassembly = true;
      break;
    case Selection::Mode::kAll:
      for (const FieldDef& def : registry.fields()) needs.add(def.id);
      break;
    default:
      for (dissect::FieldId field : selection.fields) needs.add(field);
  }
}

const std::vector<JsonLine::Plan>& JsonLine::plan(const Selection& selection) {
  for (const auto& [owner, plans] : plans_)
    if (owner == &selection) return plans;
  const Registry& registry = Registry::get();
  std::vector<Plan> plans(registry.protocols().size());
  for (size_t i = 0; i < plans.size(); ++i) {
    plans[i].proto = static_cast<ProtoId>(i);
    plans[i].object = "\"" + std::string(registry.protocol(static_cast<ProtoId>(i)).name) + "\":{";
  }
  for (const FieldDef& def : registry.fields()) {
    if (def.is_protocol || def.type == dissect::FieldType::kNone) continue;
    bool wanted = selection.mode == Selection::Mode::kAll || (selection.mode == Selection::Mode::kSummary && def.row->flags & dissect::kSummary) ||
                  std::find(selection.fields.begin(), selection.fields.end(), def.id) != selection.fields.end();
    if (selection.mode == Selection::Mode::kAll && def.row->flags & dissect::kHidden) wanted = false;
    if (!wanted || def.object == "_ws") continue;
    plans[def.proto].keys.push_back({def.id, def.row->fixed.offset >= 0, (def.row->flags & dissect::kMulti) != 0, "\"" + def.key + "\":"});
    plans[def.proto].object = "\"" + def.object + "\":{";
  }
  plans_.emplace_back(&selection, std::move(plans));
  return plans_.back().second;
}

void JsonLine::header(std::string& out, dissect::Time ts, std::string_view event, uint64_t seq, std::string_view interface,
                      std::span<const std::string_view> filters, const dissect::TransportContext* transport) {
  out += "{\"ts\":\"", append_timestamp(out, ts), out += "\",\"event\":\"";
  out += event, out += "\",\"v\":", dissect::append_uint(out, kSchemaVersion), out += ",\"seq\":", dissect::append_uint(out, seq);
  out += ",\"iface\":", append_json_string(out, interface);
  if (!filters.empty()) {
    out += ",\"filters\":[";
    for (size_t i = 0; i < filters.size(); ++i) {
      if (i) out += ',';
      append_json_string(out, filters[i]);
    }
    out += ']';
  }
  if (transport && transport->connection) {
    out += ",\"flow\":\"", out += run_id_, dissect::append_hex(out, flow_number(*transport->connection), 8);
    out += "\",\"community_id\":\"", append_community_id(out, *transport->connection), out += '"';
  }
  if (!options_.host.empty()) out += ",\"host\":", append_json_string(out, options_.host);
  if (!options_.tags.empty()) {
    out += ",\"tags\":[";
    for (size_t i = 0; i < options_.tags.size(); ++i) {
      if (i) out += ',';
      append_json_string(out, options_.tags[i]);
    }
    out += ']';
  }
}

bool JsonLine::object(std::string& out, Dissection& d, const Plan& plan, uint32_t members) {
  const Registry& registry = Registry::get();
  size_t begin = out.size();
  out += ",";
  out += plan.object;
  size_t first = out.size();
  std::string lengths, names;
  for (const Key& key : plan.keys) {
    const FieldDef& def = registry[key.field];
    bool open = false, lossy = false, cut = false;
    uint32_t length = 0;
    auto value = [&](const dissect::Value& v) {
      if (open) {
        if (!key.multi) return false;
        out += ',';
      } else {
        if (out.size() != first) out += ',';
        out += key.text;
        if (key.multi) out += '[';
        open = true;
      }
      if (options_.redact && is_secret(def.name)) out += "\"REDACTED\"";
      else lossy |= append_json_value(out, def, v, options_.max_bytes, cut);
      length = v.n;
      if (options_.value_names && !def.row->names.empty() && def.type != dissect::FieldType::kBoolean) {
        std::string_view name = dissect::value_name(def.row->names, v.u);
        if (!name.empty() && !key.multi) names += names.empty() ? "" : ",", names += key.text, append_json_string(names, name);
      }
      return true;
    };
    if (key.fixed) {
      for (const LayerRef* l = d.layer(plan.proto); l; l = d.next_layer(*l)) {
        if (!(members >> (l - d.layers.begin()) & 1) || !Dissection::holds(*def.row, *l)) continue;
        if (!value(Dissection::load(def, d.at(*l)))) break;
        if (def.row->fixed.also >= 0) value(Dissection::load(def, d.at(*l), 1));
      }
    } else {
      for (const Occurrence* o = d.first(key.field); o; o = d.next(*o))
        if (members >> o->layer & 1 && !value(o->value)) break;
    }
    if (open && key.multi) out += ']';
    if (cut) lengths += lengths.empty() ? "" : ",", lengths += key.text, dissect::append_uint(lengths, length);
    if (lossy) lossy_.push_back(std::string(def.object) + "." + def.key);
  }
  if (out.size() == first) {
    out.resize(begin);
    return false;
  }
  if (!lengths.empty()) out += ",\"_len\":{" + lengths + "}";
  if (!names.empty()) out += ",\"_str\":{" + names + "}";
  out += '}';
  return true;
}

void JsonLine::group(std::string& out, Dissection& d, const std::vector<Plan>& plans, uint32_t members, bool& any) {
  uint64_t done[2] = {0, 0};
  for (const LayerRef& l : d.layers) {
    auto index = static_cast<uint32_t>(&l - d.layers.begin());
    if (!(members >> index & 1) || done[l.proto >> 6] >> (l.proto & 63) & 1) continue;
    done[l.proto >> 6] |= uint64_t{1} << (l.proto & 63);
    if (plans[l.proto].keys.empty()) continue;
    any |= object(out, d, plans[l.proto], members);
  }
}

void JsonLine::packet(std::string& out, Dissection& d, const Selection& selection, std::span<const std::string_view> filters, uint64_t seq, std::string_view interface) {
  const auto& plans = plan(selection);
  d.detail_all();
  size_t begin = out.size();
  lossy_.clear();
  // Each encapsulation is a level: a network header inside another begins the next one. What an ICMP error quotes is apart.
  std::array<uint32_t, dissect::kMaxLayers> levels{}, quotes{};
  uint32_t level = 0, quote = 0, all_quoted = 0;
  bool network = false, quoted_network = false;
  const dissect::TransportContext* transport = nullptr;
  for (const LayerRef& l : d.layers) {
    auto index = static_cast<uint32_t>(&l - d.layers.begin());
    bool is_network = l.proto == id::kIp || l.proto == id::kIpv6;
    if (l.flags & dissect::kQuoted) {
      if (is_network) quote += quoted_network, quoted_network = true;
      quotes[quote] |= 1u << index;
      all_quoted |= 1u << index;
      continue;
    }
    if (is_network) {
      if (network) ++level;
      network = true;
    } else if (l.proto == id::kEth && network) {
      ++level, network = false;  // a whole frame inside
    }
    levels[level] |= 1u << index;
    if (const auto* t = d.transport(l)) transport = t;
  }
  header(out, d.packet.time, "packet", seq, interface, filters, transport);
  size_t mark = out.size();
  bool any = false;
  uint32_t frame_only = 1u;  // layer 0
  if (!plans[id::kFrame].keys.empty()) object(out, d, plans[id::kFrame], frame_only);
  group(out, d, plans, levels[level] & ~frame_only, any);
  if (level) {
    size_t start = out.size();
    out += ",\"outer\":[";
    bool first = true;
    for (uint32_t i = 0; i < level; ++i) {
      size_t at = out.size();
      bool some = false;
      group(out, d, plans, levels[i] & ~frame_only, some);
      if (!some) {
        out.resize(at);
        continue;
      }
      if (first) out[at] = '{';
      else out.insert(at + 1, 1, '{');
      out += '}';
      first = false;
    }
    if (first) out.resize(start);
    else out += ']';
  }
  if (all_quoted) {
    size_t start = out.size();
    out += ",\"quoted\":[";
    bool first = true;
    for (uint32_t i = 0; i <= quote; ++i) {
      size_t at = out.size();
      bool some = false;
      group(out, d, plans, quotes[i], some);
      if (!some) {
        out.resize(at);
        continue;
      }
      if (first) out[at] = '{';
      else out.insert(at + 1, 1, '{');
      out += '}';
      first = false;
    }
    if (first) out.resize(start);
    else out += ']';
  }
  // Damage under Wireshark's names.
  std::string damage[2];
  for (const LayerRef& l : d.layers) {
    for (int kind = 0; kind < 2; ++kind) {
      if (!(l.flags & (kind ? dissect::kMalformed : dissect::kShort))) continue;
      std::string_view name = Registry::get().protocol(l.proto).short_name;
      if (!damage[kind].empty()) damage[kind] += ',';
      append_json_string(damage[kind], kind ? "[Malformed Packet: " + std::string(name) + "]" : "[Packet size limited during capture: " + std::string(name) + " truncated]");
    }
  }
  if (!damage[0].empty() || !damage[1].empty()) {
    out += ",\"_ws\":{";
    if (!damage[0].empty()) out += "\"short\":[" + damage[0] + "]";
    if (!damage[1].empty()) out += (damage[0].empty() ? "\"malformed\":[" : ",\"malformed\":[") + damage[1] + "]";
    out += '}';
  }
  if (options_.info) {
    fill_columns(d, columns_);
    out += ",\"info\":";
    if (append_json_string(out, columns_.info)) lossy_.emplace_back("info");
  }
  if (options_.payload && transport) {
    const LayerRef& l = d.layers.stack[transport->layer];
    dissect::Bytes data = d.layer_data(l);
    data = data.subspan(std::min<size_t>(l.header_len, data.size()));
    if (!data.empty()) out += ",\"payload\":\"", dissect::append_hex_bytes(out, data.first(std::min(data.size(), options_.max_bytes))), out += '"';
  }
  finish(out, begin, mark);
}

void JsonLine::event(std::string& out, Dissection& d, std::span<const std::string_view> filters, uint64_t seq, std::string_view interface) {
  static const Selection kEverything{Selection::Mode::kAll, {}};
  const auto& plans = plan(kEverything);
  size_t begin = out.size();
  lossy_.clear();
  const ConnectionEvent& event = *d.event;
  dissect::TransportContext transport;
  transport.connection = event.connection;
  header(out, event.ts, event_name(event), seq, interface, filters, &transport);
  size_t mark = out.size();
  uint32_t members = 0;
  for (const LayerRef& l : d.layers)
    if (Registry::get().protocol(l.proto).pseudo || d.layers.begin() + (d.layers.count - 1) == &l) members |= 1u << (&l - d.layers.begin());
  bool any = false;
  group(out, d, plans, members, any);
  finish(out, begin, mark);
}

// Closes the line; one that is too long loses whole keys of the top level from its end and says so.
void JsonLine::finish(std::string& out, size_t begin, size_t mark) {
  if (!lossy_.empty()) {
    std::sort(lossy_.begin(), lossy_.end());
    lossy_.erase(std::unique(lossy_.begin(), lossy_.end()), lossy_.end());
    out += ",\"lossy\":[";
    for (size_t i = 0; i < lossy_.size(); ++i) {
      if (i) out += ',';
      append_json_string(out, lossy_[i]);
    }
    out += ']';
  }
  if (out.size() - begin + 2 > options_.max_line) {
    size_t keep = mark;
    int depth = 0;
    bool text = false;
    for (size_t i = mark; i < out.size(); ++i) {
      char c = out[i];
      if (text) {
        if (c == '\\') ++i;
        else if (c == '"') text = false;
        continue;
      }
      if (c == '"') text = true;
      else if (c == '{' || c == '[') ++depth;
      else if (c == '}' || c == ']') --depth;
      else if (c == ',' && depth == 0 && i - begin + 14 <= options_.max_line) keep = i;
    }
    out.resize(keep);
    out += ",\"cut\":true";
  }
  out += "}\n";
}

}  // namespace wiretail::daemon
