#include "daemon/capture/live_source.hpp"
#include "daemon/filter_tests.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

#include "daemon/capture/file_source.hpp"
#include "daemon/event_lines.hpp"
#include "daemon/loading.hpp"
#include "daemon/messages.hpp"
#include "daemon/output/json_line.hpp"
#include "daemon/selected_frame.hpp"
#include "dissect/dissector.hpp"
#include "filter/names.hpp"
#include "filter/value_list.hpp"

namespace wiretail::daemon {
namespace {

dissect::Needs everything() {
  dissect::Needs needs;
  for (const auto& def : dissect::Registry::get().fields()) needs.add(def.id);
  return needs;
}

struct Collect : PacketHandler {
  explicit Collect(const dissect::Settings& settings) : dissector(settings) {}
  dissect::Dissector dissector;
  const filter::Program* program = nullptr;
  filter::MatchSet matches;
  std::set<uint64_t> frames;
  bool packet(const dissect::Packet& p, const Interface& i) override {
    dissect::Dissection& d = dissector.dissect(p, i.shown_name(), i.description);
    matches.clear();
    program->evaluate(d, filter::Subject::kPacket, matches);
    if (matches.any()) frames.insert(p.number), dissector.displayed();
    return true;
  }
};

// Explains the filter over one packet. A filter on events is explained over those that the packet raises, and where it raises
// none of its kind, over the next one of its connection.
struct Look : PacketHandler {
  explicit Look(const dissect::Settings& settings) : dissector(settings) {}
  dissect::Dissector dissector;
  uint64_t wanted = 0;
  std::string text, filter;
  filter::CompileOptions options;
  filter::Subject subject = filter::Subject::kPacket;
  std::vector<uint32_t> connections;  // of the packet, by number
  std::string none;                   // what is said before a later event
  bool packet(const dissect::Packet& p, const Interface& i) override {
    dissect::Dissection& d = dissector.dissect(p, i.shown_name(), i.description);
    if (p.number < wanted) return true;
    const std::string which = "packet " + std::to_string(p.number);
    if (subject == filter::Subject::kPacket) {
      text = filter::explain_packet(filter, options, d);
      return false;
    }
    if (p.number == wanted) {
      for (uint32_t t = 0; t < d.transport_count; ++t)
        if (d.transports[t].connection) connections.push_back(d.transports[t].connection->number);
      none = which + " raises no event that the filter is asked about (on = \"" + std::string(filter::subject_name(subject)) + "\")";
    }
    events(dissector.timer_events(), p.number == wanted, "before " + which);
    events(dissector.packet_events(), p.number == wanted, "at " + which);
    return text.empty() && !connections.empty();
  }
  void end() {
    if (none.empty() || !text.empty()) return;
    if (!connections.empty()) dissector.finish(), events(dissector.timer_events(), false, "at the end of the file");
    if (text.empty()) text = none + (connections.empty() ? ": it belongs to no connection\n" : ", nor does its connection behind it\n");
  }
  void events(std::span<const dissect::ConnectionEvent> list, bool its_own, const std::string& when) {
    for (const dissect::ConnectionEvent& e : list) {
      const bool its_connection = e.connection && std::ranges::find(connections, e.connection->number) != connections.end();
      if (subject_of(e) != subject || !its_connection || (!its_own && !text.empty())) continue;
      if (!its_own) text = none + "; the next one of its connection:\n";
      text += filter::explain_packet(filter, options, dissector.describe(e), subject, std::string(JsonLine::event_name(e)) + " " + when);
    }
  }
};

std::string numbers(const std::set<uint64_t>& set) {
  std::string out;
  size_t shown = 0;
  for (uint64_t n : set) {
    if (++shown > 20) return out + " …";
    out += (out.empty() ? "" : ", ") + std::to_string(n);
  }
  return out;
}

}  // namespace

size_t run_filter_tests(const config::Config& config, const std::string& config_file) {
  size_t failed = 0;
  std::vector<config::Problem> problems;
  filter::CompileOptions options = config::compile_options(config, config_file, problems);
  std::erase_if(options.lists, [](const auto& list) { return list.second->is_unread(); });  // filters that ask one are not run
  for (const auto& f : config.filters) {
    for (const auto& test : f.tests) {
      if (!test.whole || f.subject != filter::Subject::kPacket) continue;  // has been said
      std::string path = test.file, error;
      if (auto slash = config_file.rfind('/'); !path.empty() && path[0] != '/' && slash != std::string::npos) path = config_file.substr(0, slash + 1) + path;
      auto say = [&](const std::string& text) {
        std::fprintf(stderr, "%s:%u:%u: filter \"%s\": %s\n", config_file.c_str(), f.line, f.column, f.name.c_str(), text.c_str());
        ++failed;
      };
      auto source = FileSource::open(path, error);
      if (!source) {
        say("its test cannot run: " + error);
        continue;
      }
      filter::FilterSource one{f.name, f.match, f.subject};
      auto compiled = filter::compile({&one, 1}, options);
      if (!compiled.program) continue;
      Collect collect(settings_of(config));
      collect.program = &*compiled.program;
      collect.matches.resize(1);
      dissect::Needs needs = compiled.program->needs();
      collect.dissector.set_needs(needs);
      if (source->dispatch(collect, 0) == Source::State::kFailed) say("its test: " + source->error());
      std::set<uint64_t> wanted(test.frames.begin(), test.frames.end()), missing, extra;
      std::set_difference(wanted.begin(), wanted.end(), collect.frames.begin(), collect.frames.end(), std::inserter(missing, missing.end()));
      std::set_difference(collect.frames.begin(), collect.frames.end(), wanted.begin(), wanted.end(), std::inserter(extra, extra.end()));
      if (missing.empty() && extra.empty()) continue;
      std::string text = "its test on " + path + " fails:";
      if (!missing.empty()) text += " does not match frame " + numbers(missing);
      if (!extra.empty()) text += (missing.empty() ? "" : ";") + std::string(" matches frame ") + numbers(extra) + " too";
      say(text);
    }
  }
  return failed;
}

int explain(const CommandLine& line, const config::Config& config) {
  std::vector<config::Problem> problems;
  filter::CompileOptions options = config::compile_options(config, line.config, problems);
  for (const auto& p : problems) warn(config::print_problem(p));
  std::optional<SelectedFrame> selected;
  std::string error;
  if (line.selected_frame) {
    selected.emplace(settings_of(config), line.selected_frame);
    if (!selected->read(line.file, error)) return std::fprintf(stderr, "wiretail: %s\n", error.c_str()), kExitUsage;
    options.selected = selected->dissection();
  }
  options.kernel_takes = kernel_takes;
  if (!line.frame) {
    auto explanation = filter::explain(line.explain, line.stage, options);
    std::fputs(explanation.text.c_str(), explanation.ok ? stdout : stderr);
    return explanation.ok ? 0 : kExitUsage;
  }
  if (auto checked = filter::explain(line.explain, "typed", options); !checked.ok) return std::fputs(checked.text.c_str(), stderr), kExitUsage;
  auto source = FileSource::open(line.file, error);
  if (!source) return std::fprintf(stderr, "wiretail: %s\n", error.c_str()), kExitUsage;
  Look look(settings_of(config));
  look.wanted = line.frame, look.filter = line.explain, look.options = options;
  look.subject = filter::subject_of(line.explain, options);
  dissect::Needs needs = everything();
  needs.events = look.subject != filter::Subject::kPacket;
  needs.http_transactions = look.subject == filter::Subject::kHttp, needs.dns_transactions = look.subject == filter::Subject::kDns;
  look.dissector.set_needs(needs);
  while (source->dispatch(look, 1000) == Source::State::kMore) {
  }
  look.end();
  if (look.text.empty()) return std::fprintf(stderr, "wiretail: %s has no packet %llu\n", line.file.c_str(), static_cast<unsigned long long>(line.frame)), kExitUsage;
  std::fputs(look.text.c_str(), stdout);
  return 0;
}

}  // namespace wiretail::daemon
