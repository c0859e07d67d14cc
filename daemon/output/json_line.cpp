#include "daemon/output/json_line.hpp"

#include <algorithm>

#include "dissect/connections/connection.hpp"
#include "dissect/connections/event.hpp"

namespace wiretail::daemon {
namespace {

using dissect::ConnectionEvent;
using dissect::Dissection;
using dissect::FieldDef;
using dissect::FieldType;
using dissect::LayerRef;
using dissect::Occurrence;
using dissect::Registry;

const Selection kEverything{Selection::Mode::kAll, {}};
const std::string kInfo = "info";
constexpr uint32_t kFrameOnly = 1;  // layer 0

// A number of fixed layout, from its first byte.
uint64_t plain(const LinePlan::Key& key, const uint8_t* p) {
  const uint32_t number = key.plain_width == 1 ? p[0] : key.plain_width == 2 ? dissect::be16(p) : dissect::be32(p);
  return (number & key.mask) >> key.shift;
}

// A member whose form needs no more than its value, written at p. Returns the place behind it.
[[gnu::always_inline]] inline char* simple(char* p, const LinePlan::Key& key, uint64_t v) {
  p = LineBuffer::with_key(p, key.text, key.length);
  if (key.form == LinePlan::Form::kNumber) {
    p = LineBuffer::with_number(p, v);
  } else if (key.form == LinePlan::Form::kIpv4) {
    *p++ = '"', p = LineBuffer::with_ipv4(p, static_cast<uint32_t>(v)), *p++ = '"';
  } else {
    std::memcpy(p, v ? "true" : "false", 5), p += v ? 4 : 5;
  }
  return p;
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

JsonLine::JsonLine(LineOptions options, std::string run_id) : options_(std::move(options)), run_id_(std::move(run_id)), line_(options_.max_line) {
}

LinePlan& JsonLine::plan(const Selection& selection) {
  for (auto& known : plans_)
    if (known->selection.mode == selection.mode && known->selection.fields == selection.fields) return *known;
  if (plans_.size() >= 4096) plans_.clear();  // many reloads later
  plans_.push_back(std::make_unique<LinePlan>(selection, options_.redact));
  if (done_.size() < plans_.back()->objects.size()) done_.resize(plans_.back()->objects.size());
  return *plans_.back();
}

bool JsonLine::keep(char* member) {
  if (!line_.full()) return true;
  line_.back_to(member);
  cut_ = true;
  return false;
}

void JsonLine::text_member(std::string_view key, std::string_view text) {
  if (cut_) return;
  char* before = line_.at();
  line_.put(key);
  lossy_value_ |= line_.string(text);
  keep(before);
}

void JsonLine::header(dissect::Time ts, std::string_view event, uint64_t seq, const std::string_view& interface, std::span<const std::string_view> filters,
                      dissect::Connection* connection, const Dissection* packet) {
  line_.begin();
  cut_ = false;
  lossy_.clear();
  line_.put("{\"ts\":\""), line_.timestamp(ts), line_.put("\",\"event\":\""), line_.put(event);
  static_assert(kSchemaVersion == 1);
  line_.put("\",\"v\":1,\"seq\":"), line_.number(seq);
  // Nearly all lines have the interface of the line before: its member is kept.
  char* const before_interface = line_.at();
  if (interface != interface_ || interface_member_.empty()) {
    text_member(",\"iface\":", interface);
    interface_ = interface, interface_member_.assign(before_interface, line_.at());
  } else {
    line_.put(interface_member_);
    keep(before_interface);
  }
  auto list = [&](std::string_view key, const auto& texts) {
    if (texts.empty() || cut_) return;
    char* before = line_.at();
    line_.put(key), line_.put('[');
    for (const auto& text : texts) {
      char* element = line_.at();
      if (&text != &*texts.begin()) line_.put(',');
      line_.string(text);
      if (!keep(element)) break;
    }
    if (line_.at() == before + key.size() + 1) return line_.back_to(before);
    line_.put(']');
  };
  list(",\"filters\":", filters);
  if (!cut_) {
    char* before = line_.at();
    scratch_.clear();
    if (connection) {
      line_.put(",\"flow\":\""), line_.put(run_id_), line_.hex(flow_number(*connection), 8), line_.put('"');
      line_.put(",\"community_id\":\""), line_.put(community_id(*connection)), line_.put('"');
    } else if (packet) {
      append_community_id(scratch_, *packet);
    }
    if (!scratch_.empty()) line_.put(",\"community_id\":\""), line_.put(scratch_), line_.put('"');
    keep(before);
  }
  if (!options_.host.empty()) text_member(",\"host\":", options_.host);
  list(",\"tags\":", options_.tags);
}

// Calls `use(def, value)` for the key's values in the layers of `members`, in packet order, until it returns false.
template <class Use>
void JsonLine::each_value(Dissection& d, const LinePlan::Key& key, Layers members, Use use) {
  for (const FieldDef* def : key.fields) {
    if (def->row->fixed.offset >= 0) {
      for (const LayerRef* l = d.layer(def->proto); l; l = d.next_layer(*l)) {
        if (!(members >> (l - d.layers.begin()) & 1) || !Dissection::holds(*def->row, *l)) continue;
        if (!use(*def, Dissection::load(*def, d.at(*l)))) return;
        if (def->row->fixed.also >= 0 && !use(*def, Dissection::load(*def, d.at(*l), 1))) return;
      }
    } else {
      for (const Occurrence* o = d.first(def->id); o; o = d.next(*o))
        if (members >> o->layer & 1 && !use(*def, o->value)) return;
    }
  }
}

// The value in its type's form. Sets lossy_value_ and cut_value_. False: there is nothing to show.
bool JsonLine::value(const LinePlan::Key& key, const FieldDef& def, const dissect::Value& v) {
  switch (def.type) {
    case FieldType::kBoolean: line_.put(v.u ? std::string_view("true") : std::string_view("false")); return true;
    case FieldType::kNone: case FieldType::kProtocol: line_.put("true"); return true;
    case FieldType::kIpv4: line_.put('"'), line_.ipv4(static_cast<uint32_t>(v.u)), line_.put('"'); return true;
    case FieldType::kIpv6:
      if (v.n < 16) return false;
      line_.put('"'), line_.ipv6(v.p), line_.put('"');
      return true;
    case FieldType::kEther:
      if (v.n < 6) return false;
      line_.put('"'), line_.ether(v.p), line_.put('"');
      return true;
    case FieldType::kGuid:
      if (v.n < 16) return false;
      line_.put('"'), line_.guid(v.p), line_.put('"');
      return true;
    case FieldType::kString: case FieldType::kStringz: case FieldType::kUintString:
      lossy_value_ |= line_.string(key.redaction == Redaction::kNone ? v.text() : redact(key.redaction, v.text(), options_.redacted_parameters, scratch_));
      return true;
    case FieldType::kAbsoluteTime: line_.put('"'), line_.timestamp(v.time()), line_.put('"'); return true;
    case FieldType::kRelativeTime: line_.seconds(v.time()); return true;
    case FieldType::kFloat: case FieldType::kDouble: line_.real(v.d); return true;
    case FieldType::kBytes: case FieldType::kUintBytes: case FieldType::kSystemId: case FieldType::kOid: {
      auto bytes = v.bytes();
      if (bytes.size() > options_.max_bytes) bytes = bytes.first(options_.max_bytes), cut_value_ = true;
      line_.put('"'), line_.hex_bytes(bytes), line_.put('"');
      return true;
    }
    default: break;
  }
  if (dissect::is_signed(def.type)) line_.signed_number(v.i);
  else line_.number(v.u);
  return true;
}

// A member with one value, which is known to be there.
void JsonLine::single(const LinePlan::Key& key, const FieldDef& def, const dissect::Value& v, Layers members) {
  char* before = line_.at();
  if (key.form != LinePlan::Form::kOther) {
    line_.back_to(simple(before, key, v.u));
    keep(before);
    return;
  }
  line_.key(key.text, key.length);
  lossy_value_ = cut_value_ = false;
  if (!value(key, def, v)) return line_.back_to(before);
  if (!keep(before)) return;
  if (lossy_value_) lossy_.push_back(&key.path);
  if (cut_value_) noted_.push_back({&key, members});
}

void JsonLine::member(Dissection& d, const LinePlan::Key& key, Layers members) {
  // Most keys have one field behind them, and that at most one value: nothing to loop over, nothing to take back.
  if (key.only) {
    const FieldDef& def = *key.only;
    if (key.fixed) {
      const LayerRef* l = d.layer(key.proto);
      if (!l) return;
      if (!l->next_same) {
        if (!(members >> (l - d.layers.begin()) & 1) || l->cap_end - l->offset < key.end) return;
        const uint8_t* p = d.at(*l) + key.offset;
        dissect::Value v;
        if (key.plain_width) v.u = plain(key, p);
        else v = Dissection::load(def, d.at(*l));
        return single(key, def, v, members);
      }
    } else {
      const Occurrence* o = d.first(key.id);
      if (!o) return;
      if (!o->next) {
        if (members >> o->layer & 1) single(key, def, o->value, members);
        return;
      }
    }
  }
  char* before = line_.at();
  bool open = false;
  lossy_value_ = cut_value_ = false;
  each_value(d, key, members, [&](const FieldDef& def, const dissect::Value& v) {
    char* element = line_.at();
    if (!open) {
      line_.key(key.text, key.length);
      if (many(key)) line_.put('[');
    } else {
      line_.put(',');
    }
    if (!value(key, def, v)) return line_.back_to(element), true;
    if (!keep(element)) return false;
    open = true;
    return many(key);
  });
  if (!open) return line_.back_to(before);
  if (many(key)) line_.put(']');
  if (lossy_value_) lossy_.push_back(&key.path);
  if (cut_value_) noted_.push_back({&key, members});
}

bool JsonLine::object(Dissection& d, const LinePlan::Object& object, const LayerRef& layer, Layers members, bool comma) {
  using Way = LinePlan::Way;
  char* const before = line_.at();
  line_.key(comma ? object.text : object.text + 1, comma ? object.length : object.length - 1u);
  // Every member begins with a comma; that of the first one lies where the brace will be.
  char* const brace = line_.at() - 1;
  char* at = brace;
  const size_t noted = noted_.size();
  // Most objects are one layer's, the only one of its protocol: where it lies is found once for all of its keys.
  const bool alone = d.layer(layer.proto) == &layer && !layer.next_same;
  const uint8_t* bytes = d.at(layer);
  const uint32_t present = layer.cap_end - layer.offset;
  for (const LinePlan::Key& key : object.keys) {
    dissect::Value v;
    switch (alone && key.proto == layer.proto ? key.way : Way::kSearched) {
      case Way::kPlain:
        if (present < key.end) continue;
        v.u = plain(key, bytes + key.offset);
        break;
      case Way::kDirect:
        if (!key.direct(d, layer, v)) continue;
        break;
      case Way::kSearched:
        if (key.said != dissect::kNoField && !d.may_have(key.said)) continue;
        line_.back_to(at), member(d, key, members), at = line_.at();
        if (cut_) break;
        continue;
    }
    if (cut_) break;
    if (key.form == LinePlan::Form::kOther) {
      line_.back_to(at), single(key, *key.only, v, members), at = line_.at();
      if (cut_) break;
      continue;
    }
    char* const end = simple(at, key, v.u);
    if (!line_.fits(end)) {
      cut_ = true;
      break;
    }
    at = end;
  }
  line_.back_to(at);
  if (at == brace) return line_.back_to(before), false;
  *brace = '{';
  if (!cut_ && (noted_.size() > noted || options_.value_names)) companions(d, object, members, noted);
  noted_.resize(noted);
  line_.put('}');
  return true;
}

// `_len`: true lengths of what was cut; `_str`: names of enumerations' values. Arrays where the key's value is one.
void JsonLine::companions(Dissection& d, const LinePlan::Object& object, Layers members, size_t first_noted) {
  auto section = [&](std::string_view name, auto&& keys) {
    char* before = line_.at();
    line_.put(name);
    char* first = line_.at();
    keys(first);
    if (cut_ || line_.at() == first) line_.back_to(before);
    else line_.put('}');
  };
  auto entry = [&](const LinePlan::Key& key, char* first, auto&& write) {
    char* start = line_.at();
    bool comma = start != first, open = false;
    each_value(d, key, members, [&](const FieldDef& def, const dissect::Value& v) {
      if (open) line_.put(',');
      else line_.key(comma ? key.text : key.text + 1, comma ? key.length : key.length - 1u), line_.put(many(key) ? "[" : "");
      open = true;
      write(def, v);
      return many(key) && keep(start);
    });
    if (open && many(key) && !cut_) line_.put(']');
    return keep(start);
  };
  if (noted_.size() > first_noted)
    section(",\"_len\":{", [&](char* first) {
      for (size_t i = first_noted; i < noted_.size() && !cut_; ++i)
        entry(*noted_[i].key, first, [&](const FieldDef&, const dissect::Value& v) { line_.number(v.n); });
    });
  if (options_.value_names && !cut_)
    section(",\"_str\":{", [&](char* first) {
      for (const LinePlan::Key& key : object.keys) {
        if (!key.has_names || cut_) continue;
        bool named = false;
        each_value(d, key, members, [&](const FieldDef& def, const dissect::Value& v) {
          named |= !dissect::value_name(def.row->names, v.u).empty();
          return many(key) && !named;
        });
        if (named)
          entry(key, first, [&](const FieldDef& def, const dissect::Value& v) {
            std::string_view name = dissect::value_name(def.row->names, v.u);
            if (name.empty()) line_.put("null");
            else line_.string(name);
          });
      }
    });
}

// The objects of the layers in `members`, in stack order; each once.
bool JsonLine::group(Dissection& d, LinePlan& plan, Layers members, bool comma) {
  if (++stamp_ == 0) std::fill(done_.begin(), done_.end(), 0u), stamp_ = 1;
  bool any = false;
  for (Layers rest = members; rest && !cut_; rest &= rest - 1) {
    const LayerRef& l = d.layers.stack[static_cast<unsigned>(std::countr_zero(rest))];
    for (uint16_t index : plan.of_protocol[l.proto]) {
      if (done_[index] == stamp_ || cut_) continue;
      done_[index] = stamp_;
      any |= object(d, plan.objects[index], l, members, comma || any);
    }
  }
  return any;
}

void JsonLine::groups(Dissection& d, LinePlan& plan, std::string_view name, const Layers* members, uint32_t count) {
  if (cut_) return;
  char* before = line_.at();
  line_.put(name);
  char* first = line_.at();
  for (uint32_t i = 0; i < count && !cut_; ++i) {
    char* element = line_.at();
    if (element != first) line_.put(',');
    line_.put('{');
    if (group(d, plan, members[i], false)) line_.put('}');
    else line_.back_to(element);
  }
  if (line_.at() == first) return line_.back_to(before);
  line_.put(']');
}

// Each encapsulation is a level: a network header inside another begins the next one, or a whole frame. What an ICMP
// error quotes is apart.
void JsonLine::stack(const Dissection& d, Stack& s) const {
  s.level_count = s.quote_count = 1;
  s.levels[0] = s.quotes[0] = 0;
  s.transport = nullptr, s.upper = nullptr;
  bool network = false, quoted_network = false;
  for (uint32_t i = 1; i < d.layers.count; ++i) {
    const LayerRef& l = d.layers.stack[i];
    bool quoted = l.flags & dissect::kQuoted;
    bool& seen = quoted ? quoted_network : network;
    uint32_t& count = quoted ? s.quote_count : s.level_count;
    auto& sets = quoted ? s.quotes : s.levels;
    const bool network_header = l.proto == dissect::id::kIp || l.proto == dissect::id::kIpv6;
    if (seen && (network_header || l.proto == dissect::id::kEth)) sets[count++] = 0, seen = false;
    seen |= network_header;
    sets[count - 1] |= Layers{1} << i;
    if (quoted) continue;
    if (const auto* t = d.transport(l)) s.transport = t;
    if (l.proto == dissect::id::kTcp || l.proto == dissect::id::kUdp) s.upper = &l;
  }
}

// Damage under Wireshark's names and in its words.
void JsonLine::damage(const Dissection& d) {
  uint8_t seen = 0;
  for (const LayerRef& l : d.layers) seen |= l.flags;
  if (!(seen & (dissect::kShort | dissect::kMalformed)) || cut_) return;
  char* before = line_.at();
  line_.put(",\"_ws\":{");
  char* first = line_.at();
  for (bool malformed : {false, true}) {
    if (!(seen & (malformed ? dissect::kMalformed : dissect::kShort)) || cut_) continue;
    char* start = line_.at();
    if (start != first) line_.put(',');
    line_.put(malformed ? "\"malformed\":[" : "\"short\":[");
    char* open = line_.at();
    for (const LayerRef& l : d.layers) {
      if (!(l.flags & (malformed ? dissect::kMalformed : dissect::kShort))) continue;
      if (line_.at() != open) line_.put(',');
      std::string_view name = Registry::get().protocol(l.proto).short_name;
      scratch_.assign(malformed ? "[Malformed Packet: " : "[Packet size limited during capture: ").append(name).append(malformed ? "]" : " truncated]");
      line_.string(scratch_);
      if (!keep(start)) break;
    }
    if (!cut_) line_.put(']');
  }
  if (line_.at() == first) line_.back_to(before);
  else line_.put('}');
}

void JsonLine::packet(std::string& out, Dissection& d, const Selection& selection, std::span<const std::string_view> filters, uint64_t seq, const std::string_view& interface) {
  LinePlan& chosen = plan(selection);
  d.detail_all();
  Stack s;
  stack(d, s);
  header(d.packet.time, "packet", seq, interface, filters, s.transport ? s.transport->connection : nullptr, &d);
  if (!cut_) group(d, chosen, kFrameOnly, true);
  if (!cut_) group(d, chosen, s.levels[s.level_count - 1], true);
  if (s.level_count > 1) groups(d, chosen, ",\"outer\":[", s.levels.data(), s.level_count - 1);
  if (s.quotes[0]) groups(d, chosen, ",\"quoted\":[", s.quotes.data(), s.quote_count);
  damage(d);
  if (options_.info) {
    fill_columns(d, columns_);
    lossy_value_ = false;
    std::string_view info = columns_.info;
    text_member(",\"info\":", options_.redact ? redact(Redaction::kHeader, info, options_.redacted_parameters, scratch_) : info);
    if (lossy_value_) lossy_.push_back(&kInfo);
  }
  if (options_.payload && s.upper && !cut_) {
    dissect::Bytes data = d.layer_data(*s.upper);
    data = data.subspan(std::min<size_t>(s.upper->header_len, data.size()));
    if (!data.empty()) {
      char* before = line_.at();
      line_.put(",\"payload\":\""), line_.hex_bytes(data.first(std::min(data.size(), options_.max_bytes))), line_.put('"');
      keep(before);
    }
  }
  finish(out);
}

void JsonLine::event(std::string& out, Dissection& d, std::span<const std::string_view> filters, uint64_t seq, const std::string_view& interface) {
  LinePlan& everything = plan(kEverything);
  d.detail_all();
  const ConnectionEvent& event = *d.event;
  header(event.ts, event_name(event), seq, interface, filters, event.connection, nullptr);
  single_ = event.kind == ConnectionEvent::Kind::kHttp;  // a transaction has one request and one response
  // The event's own layers: the connection, and what the transaction is. The packet below only lends its addresses to filters.
  Layers members = 0;
  bool own = false;
  for (uint32_t i = 0; i < d.layers.count; ++i) {
    own |= Registry::get().protocol(d.layers.stack[i].proto).pseudo;
    if (own) members |= Layers{1} << i;
  }
  if (!cut_) group(d, everything, members, true);
  single_ = false;
  finish(out);
}

void JsonLine::finish(std::string& out) {
  if (!lossy_.empty() && !cut_) {
    std::sort(lossy_.begin(), lossy_.end());  // by address: only to find what occurs twice
    lossy_.erase(std::unique(lossy_.begin(), lossy_.end()), lossy_.end());
    char* before = line_.at();
    line_.put(",\"lossy\":[");
    for (size_t i = 0; i < lossy_.size() && !cut_; ++i) {
      if (i) line_.put(',');
      line_.string(*lossy_[i]);
      keep(before);
    }
    if (!cut_) line_.put(']');
  }
  if (cut_) line_.put(",\"cut\":true");
  line_.put("}\n");
  out.append(line_.text());
}

}  // namespace wiretail::daemon
