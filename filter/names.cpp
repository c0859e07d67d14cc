#include "filter/names.hpp"

#include <algorithm>

#include "filter/foreign_protocols.hpp"

namespace wiretail::filter {
namespace {

using dissect::Registry;

// Protocols that Wireshark renamed; the old names still work.
constexpr std::pair<std::string_view, std::string_view> kOldNames[] = {{"bootp", "dhcp"}, {"ssl", "tls"}};

// Columns by title (4.0's `-e`) and by format name (newer filters).
constexpr std::pair<std::string_view, std::string_view> kColumns[] = {
    {"Info", "info"},
    {"Protocol", "protocol"},
    {"Source", "def_src"},
    {"Destination", "def_dst"},
    {"Length", "packet_length"},
    {"Time", "cls_time"},
    {"No.", "number"},
    {"Number", "number"},
    {"info", "Info"},
    {"protocol", "Protocol"},
    {"def_src", "Source"},
    {"def_dst", "Destination"},
    {"packet_length", "Length"},
    {"cls_time", "Time"},
    {"number", "No."},
};
constexpr std::string_view kColumnPrefix = "_ws.col.";

// Protocols whose layers an event's description has.
constexpr std::string_view kEventLayers[] = {"ip", "ipv6", "tcp", "udp", "icmp", "icmpv6", "sctp"};

}  // namespace

NameResult find_name(std::string_view word) {
  const Registry& registry = Registry::get();
  if (auto fields = registry.find(word); !fields.empty()) return {fields, ""};
  if (auto fields = registry.find_path(word); !fields.empty()) return {fields, ""};
  if (word.substr(0, kColumnPrefix.size()) == kColumnPrefix) {
    std::string_view column = word.substr(kColumnPrefix.size());
    for (auto [one, other] : kColumns)
      if (column == one)
        if (auto fields = registry.find(std::string(kColumnPrefix) + std::string(other)); !fields.empty())
          return {fields, ""};
  }
  auto dot = std::min(word.find('.'), word.size());
  for (auto [old, now] : kOldNames) {
    if (word.substr(0, dot) != old) continue;
    std::string renamed = std::string(now) + std::string(word.substr(dot));
    if (auto fields = registry.find(renamed); !fields.empty())
      return {fields, "\"" + std::string(word) + "\" is the old name of \"" + renamed + "\""};
  }
  return {};
}

std::string suggest_name(std::string_view word) {
  const Registry& registry = Registry::get();
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (lower != word && !registry.find(lower).empty()) return "did you mean " + lower + "? Names are case-sensitive";
  if (const ForeignProtocol* foreign = find_foreign(word))
    return foreign->filter.empty() ? "it has no port of its own; `wiretail -G protocols` lists what is dissected" : "ask for its usual place: " + std::string(foreign->filter);
  auto near = registry.nearest(lower, 3);
  if (near.empty() && lower.size() > 64) return "";
  std::string out;
  for (size_t i = 0; i < near.size(); ++i)
    out += (i == 0 ? "did you mean " : i + 1 == near.size() ? " or " : ", ") + std::string(near[i]);
  if (!out.empty()) return out + "?";
  return "`wiretail -G fields` lists all names";
}

std::string unknown_name(std::string_view word) {
  const ForeignProtocol* foreign = find_foreign(word);
  if (!foreign) return "\"" + std::string(word) + "\" is not a field or protocol";
  std::string out = "wiretail does not dissect \"" + std::string(foreign->name) + "\"";
  if (auto dot = word.find('.'); dot != std::string_view::npos) out += ": it has no \"" + std::string(word) + "\"";
  else if (word != foreign->name) out += ", which \"" + std::string(word) + "\" stands for";
  return out;
}

std::string_view subject_name(Subject s) {
  switch (s) {
    case Subject::kPacket:
      return "packet";
    case Subject::kConnection:
      return "conn";
    case Subject::kHttp:
      return "http";
    case Subject::kDns:
      return "dns";
    case Subject::kTls:
      return "tls";
  }
  return "packet";
}

std::string subject_lacks(const dissect::FieldDef& field, Subject subject, std::string& hint) {
  std::string name(field.name);
  std::string_view protocol = Registry::get().protocol(field.proto).name;
  if (subject == Subject::kPacket) {
    const uint16_t on_events = dissect::kOurs | dissect::kOnEvents;
    if (field.row && (field.row->flags & on_events) == on_events && protocol != "conn" && protocol != "frame") {
      hint = "write on = \"" + std::string(protocol) + "\" beside the filter";
      return "\"" + name + "\" belongs to " + std::string(protocol) + " events, not to packets";
    }
    if (protocol != "conn") return "";
    hint = "write on = \"conn\" beside the filter";
    return "\"" + name + "\" belongs to connection events, not to packets";
  }
  if (field.is_protocol && (protocol == "conn" || protocol == subject_name(subject))) return "";
  if (field.row && protocol == subject_name(subject) && (protocol == "conn" || field.row->flags & dissect::kOnEvents)) return "";
  if (field.row && protocol == "conn") {
    if (field.row->flags & dissect::kOnEvents) return "";
    hint = "write on = \"conn\" beside the filter; of its connection an event of " + std::string(subject_name(subject)) + " has the addresses, the ports and the transport (tcp, udp)";
    return "\"" + name + "\" belongs to connection events, not to " + std::string(subject_name(subject)) + " events";
  }
  if (protocol == subject_name(subject)) {
    hint = "write on = \"packet\" beside the filter, or ask for what the event has:";
    for (const dissect::FieldDef& f : Registry::get().fields())
      if (f.proto == field.proto && f.row && f.row->flags & dissect::kOnEvents) hint += (hint.ends_with(':') ? " " : ", ") + std::string(f.name);
    return "\"" + name + "\" belongs to packets, not to " + std::string(subject_name(subject)) + " events";
  }
  if (field.row && (field.row->flags & dissect::kInvariant || (protocol == "frame" && field.row->flags & dissect::kOnEvents))) return "";
  if (field.is_protocol &&
      std::find(std::begin(kEventLayers), std::end(kEventLayers), protocol) != std::end(kEventLayers))
    return "";
  bool event = protocol == "http" || protocol == "dns" || protocol == "tls";
  hint = event ? "write on = \"" + std::string(protocol) + "\" or on = \"packet\" beside the filter"
               : "write on = \"packet\" beside the filter";
  hint += "; an event has its own fields and its connection's addresses, ports and transport";
  return "\"" + name + "\" belongs to packets, not to " + std::string(subject_name(subject)) + " events";
}

}  // namespace wiretail::filter
