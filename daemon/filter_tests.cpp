#include "daemon/filter_tests.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

#include "daemon/capture/file_source.hpp"
#include "daemon/loading.hpp"
#include "daemon/messages.hpp"
#include "daemon/selected_frame.hpp"
#include "dissect/dissector.hpp"
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

struct Look : PacketHandler {
  explicit Look(const dissect::Settings& settings) : dissector(settings) {}
  dissect::Dissector dissector;
  uint64_t wanted = 0;
  std::string text, filter;
  filter::CompileOptions options;
  bool packet(const dissect::Packet& p, const Interface& i) override {
    dissect::Dissection& d = dissector.dissect(p, i.shown_name(), i.description);
    if (p.number < wanted) return true;
    text = filter::explain_packet(filter, options, d);
    return false;
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
  if (!line.frame) {
    auto explanation = filter::explain(line.explain, line.stage, options);
    std::fputs(explanation.text.c_str(), explanation.ok ? stdout : stderr);
    return explanation.ok ? 0 : kExitUsage;
  }
  auto source = FileSource::open(line.file, error);
  if (!source) return std::fprintf(stderr, "wiretail: %s\n", error.c_str()), kExitUsage;
  Look look(settings_of(config));
  look.wanted = line.frame, look.filter = line.explain, look.options = options;
  look.dissector.set_needs(everything());
  while (source->dispatch(look, 1000) == Source::State::kMore) {
  }
  if (look.text.empty()) return std::fprintf(stderr, "wiretail: %s has no packet %llu\n", line.file.c_str(), static_cast<unsigned long long>(line.frame)), kExitUsage;
  bool wrong = look.text.rfind("error", 0) == 0;
  std::fputs(look.text.c_str(), wrong ? stderr : stdout);
  return wrong ? kExitUsage : 0;
}

}  // namespace wiretail::daemon
