#include "daemon/run.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "daemon/capture/file_source.hpp"
#include "daemon/capture/live_source.hpp"
#include "daemon/event_lines.hpp"
#include "daemon/heap_pages.hpp"
#include "daemon/loading.hpp"
#include "daemon/messages.hpp"
#include "daemon/outputs.hpp"
#include "daemon/pass_over.hpp"
#include "daemon/pattern_warnings.hpp"
#include "daemon/sampled_time.hpp"
#include "daemon/service.hpp"

namespace wiretail::daemon {
namespace {

using Clock = std::chrono::steady_clock;
using dissect::ConnectionEvent;
using dissect::Dissection;

std::atomic<int> g_stop{0};
std::atomic<int> g_reload{0};
std::atomic<Source*> g_source{nullptr};  // woken by the signal handler

void on_signal(int number) {
  (number == SIGHUP ? g_reload : g_stop).store(1, std::memory_order_relaxed);
  if (Source* source = g_source.load(std::memory_order_relaxed)) source->wake();
}

// About what compiling them takes, of a few nothing: a program's parts of each filter, and its tree for what is written.
size_t heap_of(const std::vector<config::Filter>& filters) {
  if (filters.size() < 100) return 0;
  size_t bytes = 0;
  for (const config::Filter& f : filters) bytes += 4096 + 40 * f.match.size();
  return bytes;
}

bool stop_requested() { return g_stop.load(std::memory_order_relaxed) != 0; }

class Runner : public PacketHandler {
 public:
  Runner(const CommandLine& line, const config::Config& configuration, bool has_configuration)
      : line_(line), has_configuration_(has_configuration), dissector_(settings_of(configuration)) {}
  ~Runner() override { g_source = nullptr; }

  int run(config::Config configuration) {
    std::string error;
    set_message_level(configuration.log.level);
    HeapPages::expect(heap_of(configuration.filters));
    if (!load(line_, std::move(configuration), has_configuration_, current_, error)) return kExitUsage;
    HeapPages::made();
    if (!outputs_.make(line_, current_.config, has_configuration_, error)) return complain(error), kExitUsage;
    if (int code = open_source(); code >= 0) return code;
    handle_signals();
    take_effect();
    started_ = last_look_ = Clock::now();
    if (!outputs_.open(source_->interfaces(), !live_, error)) return complain(error), kExitRunning;
    if (live_ && !line_.quiet) {
      std::string names;
      const auto missing = live_->missing();
      for (const auto& i : source_->interfaces())
        if (std::find(missing.begin(), missing.end(), i.name) == missing.end()) names += (names.empty() ? "" : ", ") + i.name;
      if (!names.empty()) inform("Capturing on " + names);
    }
    daemon_line("start", std::to_string(current_.filters.size()) + (current_.filters.size() == 1 ? " filter" : " filters"));
    if (live_) {
      for (const auto& name : live_->missing()) {
        warn("there is no interface \"" + name + "\" yet; waiting for it");
        daemon_line("interface_down", name);
        reopen_after_ = std::chrono::milliseconds(200);
      }
    }
    service_.ready(status());
    int code = loop();
    service_.stopping();
    // What was captured before the stop is still written, unless enough was.
    if (live_ && !enough() && outputs_.failure().empty()) {
      finishing_ = true;
      live_->finish(*this, std::chrono::seconds(2));
    }
    outputs_.wait_when_full();
    dissector_.finish();
    write_events(dissector_.timer_events());
    statistics(true);
    daemon_line("stop", "");
    outputs_.finish();
    if (std::string why = outputs_.failure(); !why.empty()) complain(why), code = kExitRunning;
    if (!line_.quiet) summary();
    // The process ends. To take the trees of thousands of filters apart would cost a good part of what making them does; they stay
    // where a leak checker finds them.
    [[maybe_unused]] static filter::Program* volatile kept = nullptr;
    kept = new filter::Program(std::move(current_.program));
    return code;
  }

  bool packet(const dissect::Packet& packet, const Interface& interface) override {
    if (dissect::Connection* connection = nullptr; pass_over_(packet, current_.program, dissector_, program_time_, connection)) return passed_over(packet, connection), go_on();
    Dissection& d = dissector_.dissect(packet, interface.shown_name(), interface.description);
    d.nanosecond_times = interface.nanoseconds;
    if (clock_ < packet.time) clock_ = packet.time;
    if (!dissector_.timer_events().empty()) write_events(dissector_.timer_events());
    bool any = current_.anonymous;
    if (any) {
      ++current_.filters[0].matched;
    } else {
      matches_.clear();
      ++current_.evaluated[0];
      program_time_.begin();
      current_.program.evaluate(d, filter::Subject::kPacket, matches_, pass_over_.asked());
      program_time_.end();
      any = matches_.any();
    }
    if (any) matched(d, interface);
    else if (!dissector_.packet_events().empty()) write_events(dissector_.packet_events());
    return go_on();
  }

 private:
  // A packet that needed no dissection.
  void passed_over(const dissect::Packet& packet, dissect::Connection* connection) {
    if (clock_ < packet.time) clock_ = packet.time;
    if (!dissector_.timer_events().empty()) write_events(dissector_.timer_events());
    if (current_.anonymous) {
      ++matched_, ++current_.filters[0].matched;
      if (connection) events_.choose(*connection, kFirst);
    } else {
      ++current_.evaluated[0];
    }
    if (!dissector_.packet_events().empty()) write_events(dissector_.packet_events());
  }

  bool enough() const { return line_.count && count_ >= line_.count; }

  bool go_on() {
    ++count_;
    if (enough()) return false;
    if (finishing_) return (count_ & 0xff) != 0 || outputs_.tick(Clock::now());
    if ((count_ & 0xff) == 0) return between();
    return !stop_requested();
  }

  // -1: open.
  int open_source() {
    std::string error;
    if (!line_.file.empty()) {
      struct stat from {}, to {};
      for (const auto& w : outputs_.writers()) {  // a file must not grow, or be emptied, by being read
        const auto& o = w->output->options();
        if (o.path == "-" || stat(line_.file.c_str(), &from) != 0 || stat(o.path.c_str(), &to) != 0 || !S_ISREG(from.st_mode) || from.st_dev != to.st_dev || from.st_ino != to.st_ino) continue;
        std::string who = o.binary ? "-w" : o.path == line_.out ? "--out" : "the output \"" + o.name + "\"";
        return complain(who + " names the file that is being read; name another one"), kExitUsage;
      }
      bool there = line_.file == "-" || (access(line_.file.c_str(), R_OK) == 0 && !(stat(line_.file.c_str(), &from) == 0 && S_ISDIR(from.st_mode)));
      source_ = FileSource::open(line_.file, error);
      if (!source_) return complain(error), there ? kExitRunning : kExitUsage;
      base_name_ = line_.file == "-" ? "-" : line_.file.substr(line_.file.rfind('/') + 1);
      return -1;
    }
    const auto& capture = current_.config.capture;
    LiveOptions options;
    options.interfaces = line_.interfaces.empty() ? capture.interfaces : line_.interfaces;
    if (!line_.interfaces.empty() && !name_numbered_interfaces(options.interfaces, error)) return complain(error), kExitUsage;
    options.capture_filter = line_.capture_filter.empty() ? capture.capture_filter : line_.capture_filter;
    options.snaplen = line_.snaplen ? line_.snaplen : static_cast<uint32_t>(std::min<uint64_t>(capture.snaplen, UINT32_MAX));
    options.buffer_bytes = line_.buffer_mib ? line_.buffer_mib << 20 : static_cast<uint32_t>(capture.buffer_size);
    options.read_timeout_ms = static_cast<uint32_t>(capture.read_timeout_ms);
    options.promiscuous = capture.promiscuous && !line_.no_promiscuous;
    // A service may start before its interfaces are there, as it outlives them when they go.
    options.wait_for_missing = has_configuration_ && line_.interfaces.empty();
    bool usage = false;
    auto live = LiveSource::open(options, error, usage);
    if (!live) return complain(error), usage ? kExitUsage : kExitRunning;
    live_ = live.get();
    source_ = std::move(live);
    set_kernel_filter();
    return -1;
  }

  void set_kernel_filter() {
    if (!live_->set_kernel_filter(current_.kernel_filter, current_.kernel_filter_elsewhere)) warn(live_->error() + "; more packets are looked at than need be");
  }

  // The first signal stops in good order, however long the outputs' readers take; the second one ends it at once.
  void handle_signals() {
    g_source = source_.get();
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGHUP, &action, nullptr);
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }

  // What was loaded, from the next packet on.
  void take_effect() {
    matches_.resize(current_.filters.size());
    events_.set_filters(current_);
    outputs_.set_config_hash(current_.config.hash);
    dissect::Needs needs = needs_of(current_, outputs_, events_.emitted());
    pass_over_.set(needs, current_.anonymous, current_.emit & kEmitPacket, current_.program.searches_payloads());
    dissector_.set_needs(needs);
  }

  int loop() {
    const auto timeout = std::chrono::milliseconds(current_.config.capture.read_timeout_ms);
    while (!stop_requested()) {
      const uint64_t before = count_;
      auto state = source_->dispatch(*this, 100);
      if (state == Source::State::kEnd) return 0;
      if (state == Source::State::kFailed && !(live_ && has_configuration_)) {
        complain(source_->error());
        return kExitRunning;
      }
      if (live_) {
        watch_interfaces();
        if (state == Source::State::kFailed) usleep(100'000);  // none is left: a service waits for them
        // A silent link: the packet clock follows the wall clock, less the read timeout. Not while packets wait in the ring.
        auto wall = std::chrono::system_clock::now().time_since_epoch() - timeout;
        auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
        dissect::Time clock{nanos / 1'000'000'000, static_cast<int32_t>(nanos % 1'000'000'000)};
        if (count_ == before && clock_ < clock) {
          clock_ = clock;
          dissector_.advance(clock);
          write_events(dissector_.timer_events());
        }
      }
      if (!between()) return 0;
    }
    return 0;
  }

  // Interfaces that go and come: a service opens them again, with growing patience.
  void watch_interfaces() {
    for (const auto& name : live_->lost()) {
      warn("the interface " + name + " went away" + (has_configuration_ ? "; waiting for it" : ""));
      daemon_line("interface_down", name);
      reopen_after_ = std::chrono::milliseconds(200);
      last_reopen_ = Clock::now();
    }
    if (!has_configuration_ || Clock::now() - last_reopen_ < reopen_after_) return;
    last_reopen_ = Clock::now();
    reopen_after_ = std::min(reopen_after_ * 2, std::chrono::milliseconds(5000));
    for (const auto& name : live_->reopen()) {
      warn("the interface " + name + " is there again");
      daemon_line("interface_up", name);
    }
  }

  // Now and then: outputs' intervals, statistics, reload, the watchdog. False: stop.
  bool between() {
    HeapPages::look();
    auto now = Clock::now();
    if (!outputs_.tick(now)) return false;
    service_.alive(now);
    if (g_reload.exchange(0, std::memory_order_relaxed)) reload();
    if (now - last_look_ >= std::chrono::milliseconds(500)) {
      last_look_ = now;
      outputs_.report_changes(current_.names());
      if (!line_.quiet) patterns_.look(current_, now), show_progress(count_, matched_);
    }
    if (outputs_.statistics_due(now)) statistics(false);
    if (line_.duration > 0 && std::chrono::duration<double>(now - started_).count() >= line_.duration) return false;
    return !stop_requested();
  }

  // A bad file changes nothing.
  void reload() {
    outputs_.reopen();
    if (line_.config.empty()) return;
    service_.reloading();
    config::ReadResult read = config::read_config(line_.config, false, line_.has_display_filter);
    Loaded fresh;
    std::string problem;
    if (!read.good()) {
      problem = config::print_problem(read.problems[0]);
      for (const auto& p : read.problems) complain(config::print_problem(p));
    }
    if (!read.good() || !load(line_, std::move(read.config), has_configuration_, fresh, problem)) {
      complain(line_.config + " was not loaded; what was in force stays so");
      daemon_line("reload_failed", problem);
    } else {
      statistics(true);
      patterns_.end(current_, !line_.quiet);
      std::string detail = difference(current_, fresh);
      fresh.continue_counting(current_);
      current_ = std::move(fresh);
      take_effect();
      if (live_) set_kernel_filter();
      inform(line_.config + " was loaded: " + detail);
      daemon_line("reload", detail);
    }
    service_.ready(status());
  }

  // "1 filter added, 2 removed", and which parts of the file wait for the next start.
  static std::string difference(const Loaded& before, const Loaded& now) {
    auto has = [](const Loaded& l, const config::Filter& f) { return std::find(l.config.filters.begin(), l.config.filters.end(), f) != l.config.filters.end(); };
    auto missing = [&](const Loaded& from, const Loaded& in) { return std::count_if(from.config.filters.begin(), from.config.filters.end(), [&](const auto& f) { return !has(in, f); }); };
    auto added = missing(now, before), removed = missing(before, now);
    std::string text = std::to_string(now.filters.size()) + (now.filters.size() == 1 ? " filter, " : " filters, ") + std::to_string(added) + " new or changed, " + std::to_string(removed) + " gone or changed";
    std::string waiting;
    auto waits = [&](bool changed, const char* section) {
      if (changed) waiting += (waiting.empty() ? "" : ", ") + std::string(section);
    };
    // What only the filters use is in force at once.
    config::Capture capture = now.config.capture;
    capture.prefilter = before.config.capture.prefilter;
    config::Limits limits = now.config.limits;
    const config::Limits& old = before.config.limits;
    limits.max_instructions = old.max_instructions, limits.max_set_elements = old.max_set_elements, limits.max_regex_size = old.max_regex_size, limits.max_depth = old.max_depth;
    waits(!(before.config.capture == capture), "[capture]");
    waits(!(before.config.connections == now.config.connections), "[connections]");
    waits(!(old == limits), "[limits]");
    waits(!(before.config.outputs == now.config.outputs), "[[output]]");
    return waiting.empty() ? text : text + "; changes of " + waiting + " take effect at the next start";
  }

  void matched(Dissection& d, const Interface& interface) {
    ++matched_;
    const Selection* selection = nullptr;
    names_.clear();
    chosen_.clear();
    auto one = [&](uint32_t number) {
      LoadedFilter& f = current_.filters[number];
      if (!current_.anonymous) ++f.matched, names_.push_back(f.name);
      if (f.emit & kEmitPacket && (!selection || f.selection.mode == Selection::Mode::kAll)) selection = &f.selection;
      if (f.emit & ~kEmitPacket) chosen_.push_back(number);
    };
    if (current_.anonymous) one(0);
    else matches_.each(one);
    if (!chosen_.empty())
      for (uint32_t i = 0; i < d.transport_count; ++i)
        if (d.transports[i].connection) events_.choose(*d.transports[i].connection, chosen_);
    // The connection's events stand before the packet, the transactions that it completed behind it.
    write_events(dissector_.packet_events(), true, false);
    if (selection) {
      std::string_view face = live_ ? std::string_view(interface.name) : std::string_view(base_name_);
      for (const auto& w : outputs_.writers()) w->packet(d, *selection, names_, interface, face);
      dissector_.displayed();
    }
    write_events(dissector_.packet_events(), false, true);
  }

  void write_events(std::span<const ConnectionEvent> events, bool connections = true, bool transactions = true) {
    for (const ConnectionEvent& e : events) {
      bool transaction = e.kind == ConnectionEvent::Kind::kHttp || e.kind == ConnectionEvent::Kind::kDns;
      if (transaction ? !transactions : !connections) continue;
      const Interface* interface = e.connection && e.connection->interface_id < source_->interfaces().size() ? &source_->interfaces()[e.connection->interface_id] : nullptr;
      auto decision = events_.decide(current_, dissector_, e, interface);
      if (!decision.write) continue;
      const std::string_view face = live_ && interface ? std::string_view(interface->name) : std::string_view(base_name_);
      for (const auto& w : outputs_.writers()) {
        if (w->format != Format::kJson) continue;
        w->json->event(w->output->buffer(), *decision.described, decision.names, w->output->next_seq(), face);
        w->output->line_done();
      }
    }
  }

  void statistics(bool all) {
    StatisticsInput in;
    in.capture = source_->counters();
    in.decode = dissector_.decode_counters();
    in.connections = dissector_.connection_counters();
    in.fragments = dissector_.fragment_counters();
    in.evictions = dissector_.eviction_counters();
    for (const auto& f : current_.filters) in.filters.push_back({f.name, current_.evaluations(f), f.matched});
    in.program_ns = program_time_.mean();
    in.gave_up = patterns_.values(current_);
    in.http_transactions = events_.transactions(), in.http_no_response = events_.no_response();
    if (live_ && count_) in.lag = std::max(0.0, std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() - clock_.as_double());
    in.uptime = std::chrono::duration<double>(Clock::now() - started_).count();
    outputs_.statistics(std::move(in), all);
  }

  void daemon_line(const std::string& what, const std::string& detail) { outputs_.daemon_line(what, current_.names(), detail); }

  std::string status() const { return std::to_string(current_.filters.size()) + (current_.filters.size() == 1 ? " filter on " : " filters on ") + (live_ ? "live packets" : base_name_); }

  void summary() {
    end_progress();
    CaptureCounters c = source_->counters();
    if (live_) inform(std::to_string(count_) + " packets captured, " + std::to_string(c.dropped) + " dropped by the kernel, " + std::to_string(c.if_dropped) + " dropped by the interface");
    for (const auto& loss : outputs_.losses()) warn(loss);
    patterns_.end(current_, true);
  }

  const CommandLine& line_;
  bool has_configuration_;
  dissect::Dissector dissector_;
  Loaded current_;
  filter::MatchSet matches_;
  PassOver pass_over_;
  bool finishing_ = false;  // what waits in the rings at the stop
  Outputs outputs_;
  EventLines events_;
  SampledTime program_time_;
  PatternWarnings patterns_;
  std::unique_ptr<Source> source_;
  LiveSource* live_ = nullptr;  // source_, if it is live
  Service service_;
  std::string base_name_;       // of the file that is read
  uint64_t count_ = 0, matched_ = 0;
  dissect::Time clock_;  // of the packets
  Clock::time_point started_, last_look_, last_reopen_{};
  std::chrono::milliseconds reopen_after_{1000};
  std::vector<std::string_view> names_;
  std::vector<uint32_t> chosen_;
  static constexpr uint32_t kFirst[1] = {0};
};

}  // namespace

int run(const CommandLine& line, config::Config configuration, bool has_configuration) {
  return Runner(line, configuration, has_configuration).run(std::move(configuration));
}

}  // namespace wiretail::daemon
