#include "daemon/capture/live_source.hpp"
#include "daemon/loading.hpp"

#include <algorithm>
#include <map>

#include "daemon/capture/file_source.hpp"
#include "daemon/messages.hpp"
#include "daemon/outputs.hpp"
#include "daemon/selected_frame.hpp"

namespace wiretail::daemon {
namespace {

dissect::Needs everything() {
  dissect::Needs needs;
  for (const auto& def : dissect::Registry::get().fields()) needs.add(def.id);
  return needs;
}

// What a packet's line holds. False: `problem` names the field that is none.
bool selection_of(const config::Filter& f, const filter::CompileOptions& options, Selection& out, std::string& problem) {
  const auto& registry = dissect::Registry::get();
  if (f.fields.empty() || f.fields[0] == "summary") return true;
  if (f.fields.size() == 1 && f.fields[0] == "all") {
    out.mode = Selection::Mode::kAll;
  } else if (f.fields.size() == 1 && f.fields[0] == "matched") {
    out.mode = Selection::Mode::kMatched;
    filter::FilterSource alone{f.name, f.match, f.subject};
    auto compiled = filter::compile({&alone, 1}, options);
    if (compiled.program)
      for (dissect::FieldId id : compiled.program->fields_read())
        if (!registry[id].is_protocol) out.fields.push_back(id);
  } else {
    out.mode = Selection::Mode::kFields;
    for (const auto& name : f.fields) {
      auto ids = registry.find(name);
      if (ids.empty()) ids = registry.find_path(name);
      if (auto why = config::no_line_field(name)) {
        problem = why->first + "; " + why->second;
        return false;
      }
      out.fields.insert(out.fields.end(), ids.begin(), ids.end());
    }
  }
  return true;
}

// Flags replace the matching part of the configuration.
void apply_flags(const CommandLine& line, bool has_configuration, config::Config& c) {
  if (line.has_display_filter || !has_configuration) c.filters.clear();
  if (c.filters.empty()) {
    config::Filter f;
    f.name = line.has_display_filter ? "-Y" : "";
    f.match = line.display_filter;
    c.filters.push_back(std::move(f));
  }
  if (!line.fields.empty() && line.format == "json")
    for (auto& f : c.filters) f.fields = line.fields;
}

}  // namespace

uint8_t emit_of(filter::Subject subject) {
  switch (subject) {
    case filter::Subject::kConnection: return kEmitConn;
    case filter::Subject::kHttp: return kEmitHttp;
    case filter::Subject::kDns: return kEmitDns;
    case filter::Subject::kTls: return kEmitTls;
    default: return kEmitPacket;
  }
}

std::vector<std::string> Loaded::names() const {
  std::vector<std::string> out;
  for (const auto& f : filters)
    if (!f.name.empty()) out.push_back(f.name);
  return out;
}

void Loaded::continue_counting(const Loaded& before) {
  std::map<std::string_view, const LoadedFilter*> known;
  for (const auto& f : before.filters) known[f.name] = &f;
  for (auto& f : filters)
    if (auto it = known.find(f.name); it != known.end() && it->second->subject == f.subject)
      f.matched = it->second->matched, f.evaluated_before = before.evaluations(*it->second);
}

uint8_t emit_bits(std::span<const std::string> names) {
  uint8_t bits = 0;
  for (const auto& n : names)
    bits = static_cast<uint8_t>(bits | (n == "packet" ? kEmitPacket : n == "conn" ? kEmitConn : n == "http" ? kEmitHttp : n == "dns" ? kEmitDns : n == "tls" ? kEmitTls : 0));
  return bits;
}

dissect::Settings settings_of(const config::Config& c) {
  dissect::Settings s;
  s.limits.max_connections = static_cast<uint32_t>(c.connections.max_connections);
  s.limits.max_reassembly_bytes = c.limits.max_reassembly;
  s.limits.max_pdu_bytes = static_cast<uint32_t>(c.limits.max_pdu);
  s.limits.max_fragment_bytes = c.limits.max_fragments;
  s.limits.max_pending_requests = static_cast<uint32_t>(c.limits.max_pending_requests);
  auto bounded = [](uint64_t ms) { return std::min(ms, uint64_t{1} << 40); };  // 34 years
  s.timers = {bounded(c.connections.attempt_timeout_ms), bounded(c.connections.established_timeout_ms), bounded(c.connections.linger_ms),
              bounded(c.connections.udp_one_way_timeout_ms), bounded(c.connections.udp_two_way_timeout_ms), bounded(c.connections.icmp_timeout_ms), bounded(c.connections.update_interval_ms),
              bounded(c.connections.transaction_timeout_ms)};
  s.http_at_headers = c.connections.http_at_headers;
  return s;
}

bool load(const CommandLine& line, config::Config c, bool has_configuration, Loaded& out, std::string& problem) {
  apply_flags(line, has_configuration, c);
  auto refuse = [&](std::string text) {
    complain(text);
    if (problem.empty()) problem = std::move(text);
    return false;
  };
  filter::CompileOptions options;
  std::unique_ptr<SelectedFrame> selected;  // its values are copied into the program
  if (line.selected_frame) {
    selected = std::make_unique<SelectedFrame>(settings_of(c), line.selected_frame);
    std::string error;
    if (!selected->read(line.file, error)) return refuse(std::move(error));
  }
  std::vector<config::Problem> problems;
  options = config::compile_options(c, line.config, problems);
  if (selected) options.selected = selected->dissection();
  auto program = config::compile_filters(c, line.config, options, problems);
  bool good = program.has_value();
  for (const auto& p : problems) {
    if (p.warning) warn(config::print_problem(p));
    else good = refuse(config::print_problem(p));
  }
  if (!good) return false;

  Loaded fresh;
  const uint8_t given = emit_bits(line.emit);
  for (const auto& f : c.filters) {
    LoadedFilter loaded;
    loaded.name = f.name, loaded.subject = f.subject;
    loaded.emit = line.has_emit ? given : f.emit.empty() ? emit_of(f.subject) : emit_bits(f.emit);
    std::string what;
    if (!selection_of(f, options, loaded.selection, what)) return refuse(std::move(what));
    fresh.emit = static_cast<uint8_t>(fresh.emit | loaded.emit);
    fresh.subjects[static_cast<size_t>(f.subject)] = true;
    fresh.filters.push_back(std::move(loaded));
  }
  fresh.anonymous = c.filters.size() == 1 && c.filters[0].name.empty() && c.filters[0].match.empty();
  fresh.program = std::move(*program);
  const bool excludes = (line.snaplen ? line.snaplen : c.capture.snaplen) >= 128;
  if (c.capture.prefilter && line.file.empty()) {
    std::map<std::string, bool> asked;  // libpcap takes up to a second for a long one, and both are mostly the same
    const auto takes = [&](const std::string& text) {
      const auto [it, fresh_text] = asked.try_emplace(text, false);
      if (fresh_text) it->second = kernel_takes(text);
      return it->second;
    };
    fresh.kernel_filter = filter::derive_prefilter(fresh.program, true, takes, excludes);
    fresh.kernel_filter_elsewhere = excludes ? filter::derive_prefilter(fresh.program, true, takes, false) : fresh.kernel_filter;
  }
  fresh.config = std::move(c);
  out = std::move(fresh);
  return true;
}

dissect::Needs needs_of(const Loaded& loaded, const Outputs& outputs, uint8_t emitted) {
  const auto& registry = dissect::Registry::get();
  dissect::Needs needs = loaded.program.needs();
  const bool complete = needs.complete;  // a filter asks; what is written is dissected completely by its writer
  const uint8_t emit = static_cast<uint8_t>(loaded.emit | emitted);
  bool lists_fields = false, prints = false;
  for (const auto& w : outputs.writers()) {
    if (w->format == Format::kFields) w->fields.add_needs(needs);
    prints |= w->format == Format::kText || w->wants_info;
    lists_fields |= w->format == Format::kFields;
    if (w->format == Format::kText) needs |= everything();
    if (w->format != Format::kJson) continue;
    const Selection* last = nullptr;  // thousands of filters mostly ask for the same line
    for (const auto& f : loaded.filters)
      if (f.emit & kEmitPacket && !(last && *last == f.selection)) JsonLine::add_needs(f.selection, needs), last = &f.selection;
  }
  if (prints) needs.all_protocols = needs.streams = needs.analysis = needs.unacked = needs.reassembly = needs.complete = true;
  if (emit & ~kEmitPacket) {
    needs.events = needs.streams = needs.analysis = true;
    if (emit & (kEmitHttp | kEmitDns | kEmitTls)) {
      auto wanted = [&](uint8_t bit, filter::Subject subject) { return (emit & bit) || loaded.subjects[static_cast<size_t>(subject)]; };
      needs.http_transactions = wanted(kEmitHttp, filter::Subject::kHttp), needs.dns_transactions = wanted(kEmitDns, filter::Subject::kDns);
      needs.reassembly = true;
    }
    // What the lines of these events show.
    for (auto [bit, name] : {std::pair<uint8_t, const char*>{kEmitConn | kEmitHttp | kEmitDns | kEmitTls, "conn"}, {kEmitHttp, "http"}, {kEmitDns, "dns"}, {kEmitTls, "tls"}}) {
      auto id = registry.find_protocol(name);
      if (!(emit & bit) || id == dissect::kNoProto) continue;
      needs.protocols.add(id);
      for (const auto& def : registry.fields())
        if (def.proto == id) needs.described.add(def.id);
    }
  }
  // Whoever numbers streams, or writes everything, sees every flow.
  bool every_flow = loaded.anonymous || prints || (lists_fields && needs.complete);
  for (const auto& f : loaded.filters) lists_fields |= f.selection.mode == Selection::Mode::kAll || f.selection.mode == Selection::Mode::kFields;
  if (lists_fields && !every_flow)
    for (const auto& def : registry.fields()) every_flow |= needs.fields.has(def.id) && def.name.ends_with(".stream");
  if (every_flow) needs.flow_wanted = nullptr;
  needs.complete = complete;
  return needs;
}

}  // namespace wiretail::daemon
