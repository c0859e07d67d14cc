#include "daemon/run.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <map>

#include "daemon/capture/file_source.hpp"
#include "daemon/capture/live_source.hpp"
#include "daemon/packet_writer.hpp"
#include "daemon/service.hpp"
#include "daemon/statistics.hpp"
#include "dissect/connections/connection.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::daemon {
namespace {

using Clock = std::chrono::steady_clock;
using dissect::ConnectionEvent;
using dissect::Dissection;

std::atomic<int> g_stop{0};
std::atomic<int> g_reload{0};
LiveSource* g_source = nullptr;  // woken by the signal handler

void on_signal(int number) {
  (number == SIGHUP ? g_reload : g_stop).store(1, std::memory_order_relaxed);
  if (g_source) g_source->wake();
}

enum Emit : uint8_t { kEmitPacket = 1, kEmitConn = 2, kEmitHttp = 4, kEmitDns = 8 };

uint8_t emit_bits(const std::vector<std::string>& names, filter::Subject subject) {
  uint8_t bits = 0;
  for (const auto& n : names) bits = static_cast<uint8_t>(bits | (n == "packet" ? kEmitPacket : n == "conn" ? kEmitConn : n == "http" ? kEmitHttp : n == "dns" ? kEmitDns : 0));
  if (!names.empty()) return bits;
  switch (subject) {
    case filter::Subject::kConnection: return kEmitConn;
    case filter::Subject::kHttp: return kEmitHttp;
    case filter::Subject::kDns: return kEmitDns;
    default: return kEmitPacket;
  }
}

struct LoadedFilter {
  std::string name;
  filter::Subject subject;
  uint8_t emit;
  Selection selection;
  uint64_t matched = 0;
};

// Everything that a reload replaces.
struct Loaded {
  config::Config config;
  std::vector<std::unique_ptr<LoadedFilter>> filters;
  filter::Program program;
  std::string kernel_filter;
  uint8_t emit = 0;       // of all filters together
  bool anonymous = false;  // no filter was named: every packet matches
};

class Runner : public PacketHandler {
 public:
  Runner(const CommandLine& line, config::Config configuration, bool has_configuration) : line_(line), has_configuration_(has_configuration), settings_(settings_of(configuration)), dissector_(settings_) {
    pending_ = std::move(configuration);
  }

  int run() {
    if (!load(std::move(pending_), current_)) return kExitUsage;
    if (!open_outputs()) return kExitUsage;
    if (int code = open_source(); code >= 0) return code;
    handle_signals();
    apply_needs();
    started_ = Clock::now();
    if (file_mode_) for (auto& w : writers_) w->output->set_wait_when_full(true);
    std::string error;
    for (auto& w : writers_) {
      if (!w->output->open(error)) return complain(error), kExitRunning;
      if (w->format == Format::kFields && w->fields.wants_header()) w->fields.header(w->output->buffer()), w->output->line_done();
      if (w->format == Format::kPacketFile) w->packet_file.header(w->output->buffer(), source_->interfaces());
    }
    daemon_line("start", std::to_string(current_.filters.size()) + " filters");
    service_.ready("capturing");
    int code = loop();
    service_.stopping();
    dissector_.finish();
    write_events(dissector_.timer_events());
    statistics();
    daemon_line("stop", "");
    for (auto& w : writers_) w->output->finish();
    if (!line_.quiet) summary();
    return code;
  }

  bool packet(const dissect::Packet& packet, const Interface& interface) override {
    Dissection& d = dissector_.dissect(packet, interface.shown_name(), interface.description);
    d.nanosecond_times = interface.nanoseconds;
    last_packet_time_ = packet.time;
    interface_ = &interface;
    if (!dissector_.timer_events().empty()) write_events(dissector_.timer_events());
    matches_.clear();
    if (current_.anonymous) {
      ++current_.filters[0]->matched;
      matched(d, interface);
    } else {
      current_.program.evaluate(d, filter::Subject::kPacket, matches_);
      ++evaluated_;
      if (matches_.any()) matched(d, interface);
      else if (!dissector_.packet_events().empty()) write_events(dissector_.packet_events());
    }
    ++count_;
    if (line_.count && count_ >= line_.count) return false;
    if ((count_ & 0xff) == 0) return between();
    return !stop_requested();
  }

 private:
  static dissect::Settings settings_of(const config::Config& c) {
    dissect::Settings s;
    s.limits.max_connections = static_cast<uint32_t>(c.connections.max_connections);
    s.limits.max_reassembly_bytes = c.limits.max_reassembly;
    s.limits.max_pdu_bytes = static_cast<uint32_t>(c.limits.max_pdu);
    s.limits.max_fragment_bytes = c.limits.max_fragments;
    s.limits.max_pending_requests = static_cast<uint32_t>(c.limits.max_pending_requests);
    auto seconds = [](uint64_t ms) { return static_cast<uint32_t>((ms + 999) / 1000); };
    s.timers = {seconds(c.connections.attempt_timeout_ms), seconds(c.connections.established_timeout_ms), seconds(c.connections.linger_ms),
                seconds(c.connections.udp_one_way_timeout_ms), seconds(c.connections.udp_two_way_timeout_ms), seconds(c.connections.icmp_timeout_ms), seconds(c.connections.update_interval_ms)};
    s.http_at_headers = c.connections.http_at_headers;
    return s;
  }

  void complain(const std::string& text) { std::fprintf(stderr, "wiretail: %s\n", text.c_str()); }

  // The command line's parts replace the configuration's; then everything is compiled.
  bool load(config::Config c, Loaded& out) {
    std::vector<config::Problem> problems;
    if (line_.has_display_filter || !has_configuration_) c.filters.clear();
    if (line_.has_display_filter || (!has_configuration_ && !line_.emit.empty()) || c.filters.empty()) {
      config::Filter f;
      f.name = line_.has_display_filter ? "-Y" : "";
      f.match = line_.display_filter;
      c.filters.push_back(f);
    }
    if (!line_.emit.empty()) {
      std::vector<std::string> emit;
      size_t begin = 0;
      while (begin <= line_.emit.size()) {
        size_t end = std::min(line_.emit.find(',', begin), line_.emit.size());
        std::string name = line_.emit.substr(begin, end - begin);
        if (name != "packet" && name != "conn" && name != "http" && name != "dns" && name != "stats" && name != "daemon")
          return complain("--emit: \"" + name + "\" is not something to emit; there are packet, conn, http, dns, stats and daemon"), false;
        if (name == "stats") emit_stats_ = true;
        else if (name == "daemon") emit_daemon_ = true;
        else emit.push_back(name);
        begin = end + 1;
      }
      for (auto& f : c.filters) f.emit = emit.empty() ? std::vector<std::string>{"none"} : emit;
    }
    if (!line_.fields.empty() && line_.format == "json")
      for (auto& f : c.filters) f.fields = line_.fields;
    dissect::Dissection* selected = nullptr;
    std::unique_ptr<dissect::Dissector> selecting;
    if (line_.selected_frame && !select_frame(selecting, selected)) return false;
    filter::CompileOptions options = config::compile_options(c, line_.config, problems);
    options.selected = selected;
    std::vector<filter::FilterSource> sources;
    for (const auto& f : c.filters) sources.push_back({f.name, f.match, f.subject});
    auto compiled = filter::compile(sources, options);
    bool failed = false;
    for (const auto& p : problems) complain(config::print_problem(p)), failed |= !p.warning;
    for (size_t i = 0; i < compiled.diagnostics.size(); ++i)
      for (const auto& e : compiled.diagnostics[i]) {
        std::string where = c.filters[i].name == "-Y" ? "-Y: " : "filter \"" + c.filters[i].name + "\": ";
        complain(where + filter::print_error(c.filters[i].match, e));
        failed |= !e.warning;
      }
    if (failed || !compiled.program) return false;
    out.filters.clear();
    out.emit = 0;
    const auto& registry = dissect::Registry::get();
    for (const auto& f : c.filters) {
      auto loaded = std::make_unique<LoadedFilter>();
      loaded->name = f.name, loaded->subject = f.subject;
      loaded->emit = emit_bits(f.emit, f.subject);
      if (f.fields.size() == 1 && f.fields[0] == "all") loaded->selection.mode = Selection::Mode::kAll;
      else if (f.fields.size() == 1 && f.fields[0] == "matched") {
        loaded->selection.mode = Selection::Mode::kMatched;
        filter::FilterSource alone{f.name, f.match, f.subject};
        auto one = filter::compile({&alone, 1}, options);
        for (dissect::FieldId id : one.program->fields_read())
          if (!registry[id].is_protocol) loaded->selection.fields.push_back(id);
      } else if (!f.fields.empty() && f.fields[0] != "summary") {
        loaded->selection.mode = Selection::Mode::kFields;
        for (const auto& name : f.fields) {
          auto ids = registry.find(name);
          if (ids.empty()) ids = registry.find_path(name);
          if (ids.empty()) {
            auto near = registry.nearest(name, 1);
            return complain("\"" + name + "\" is not a field" + (near.empty() ? "" : "; did you mean " + std::string(near[0]) + "?")), false;
          }
          loaded->selection.fields.insert(loaded->selection.fields.end(), ids.begin(), ids.end());
        }
      }
      out.emit = static_cast<uint8_t>(out.emit | loaded->emit);
      out.filters.push_back(std::move(loaded));
    }
    out.anonymous = c.filters.size() == 1 && c.filters[0].name.empty() && c.filters[0].match.empty();
    out.program = std::move(*compiled.program);
    out.kernel_filter = c.capture.prefilter ? filter::derive_prefilter(out.program, true) : "";
    out.config = std::move(c);
    matches_.resize(out.filters.size());
    return true;
  }

  // Reads the file up to the selected frame and keeps its dissection.
  bool select_frame(std::unique_ptr<dissect::Dissector>& dissector, dissect::Dissection*& selected) {
    struct Until : PacketHandler {
      dissect::Dissector* dissector;
      uint64_t wanted;
      dissect::Dissection* found = nullptr;
      std::string bytes;
      bool packet(const dissect::Packet& p, const Interface& i) override {
        dissect::Packet kept = p;
        if (p.number == wanted) {
          bytes.assign(reinterpret_cast<const char*>(p.data), p.cap_len);
          kept.data = reinterpret_cast<const uint8_t*>(bytes.data());
        }
        dissect::Dissection& d = dissector->dissect(kept, i.shown_name(), i.description);
        if (p.number != wanted) return true;
        found = &d;
        return false;
      }
    };
    std::string error;
    auto source = FileSource::open(line_.file, error);
    if (!source) return complain(error), false;
    dissector = std::make_unique<dissect::Dissector>(settings_);
    dissect::Needs everything;
    for (const auto& def : dissect::Registry::get().fields()) everything.add(def.id);
    dissector->set_needs(everything);
    static Until until;
    until.dissector = dissector.get(), until.wanted = line_.selected_frame;
    while (source->dispatch(until, 1000) == Source::State::kMore) {
    }
    if (!until.found) return complain("--selected-frame: " + line_.file + " has no packet " + std::to_string(line_.selected_frame)), false;
    selected = until.found;
    static std::vector<std::unique_ptr<dissect::Dissector>> kept;  // the compiled constants were copied; the dissection dies with the run
    kept.push_back(std::move(dissector));
    return true;
  }

  bool open_outputs() {
    const config::Config& c = current_.config;
    std::vector<config::Output> outputs = c.outputs;
    bool override = line_.has_format || !line_.write_file.empty() || line_.details || line_.hex;
    if (override || outputs.empty()) outputs.assign(1, config::Output());
    if (override || !has_configuration_) {
      outputs[0].stats_interval_ms = 0;
      outputs[0].daemon_lines = false;
    }
    if (!line_.out.empty()) {
      outputs.resize(1);
      outputs[0].file = line_.out;
    }
    static constexpr char kHex[] = "0123456789abcdef";
    std::string run_id;
    auto seed = static_cast<uint32_t>(std::chrono::system_clock::now().time_since_epoch().count() / 1000) ^ static_cast<uint32_t>(getpid()) << 16;
    for (int shift = 28; shift >= 0; shift -= 4) run_id += kHex[(seed >> shift) & 15];
    for (const auto& o : outputs) {
      auto writer = std::make_unique<PacketWriter>();
      OutputOptions options;
      options.name = o.name, options.path = o.file, options.flush_bytes = o.flush_bytes;
      options.flush_interval = std::chrono::milliseconds(o.flush_interval_ms);
      options.immediate = o.immediate, options.rotate_size = o.rotate_size, options.rotate_age = std::chrono::seconds(o.rotate_age_ms / 1000);
      options.rotate_keep = static_cast<unsigned>(o.rotate_keep);
      LineOptions lines;
      lines.max_line = o.max_line, lines.max_bytes = o.max_bytes, lines.value_names = o.value_names, lines.info = o.info, lines.payload = o.payload;
      lines.redact = o.redact, lines.host = o.host, lines.tags = o.tags;
      if (lines.info) info_needed_ = true;
      writer->wants_stats = o.stats_interval_ms > 0 || emit_stats_;
      writer->stats_interval_ms = o.stats_interval_ms ? o.stats_interval_ms : 60'000;
      writer->wants_daemon = o.daemon_lines || emit_daemon_;
      writer->json = std::make_unique<JsonLine>(std::move(lines), run_id);
      writer->details = line_.details, writer->hex = line_.hex;
      if (!line_.write_file.empty()) {
        writer->format = Format::kPacketFile;
        options.path = line_.write_file, options.replace = true;
      } else if (line_.format == "fields") {
        writer->format = Format::kFields;
        for (const auto& name : line_.fields) {
          std::string hint;
          if (!writer->fields.add_field(name, hint)) return complain("-e: \"" + name + "\" is not a field" + (hint.empty() ? "; wiretail -G fields lists them" : "; " + hint)), false;
        }
        for (const auto& option : line_.field_options) {
          std::string error;
          if (!writer->fields.set_option(option, error)) return complain("-E: " + error), false;
        }
      } else if (line_.format == "text" || line_.details || line_.hex) {
        writer->format = Format::kText;
      }
      if (writer->format != Format::kJson) writer->wants_stats = writer->wants_daemon = false;
      writer->output = std::make_unique<Output>(options);
      writers_.push_back(std::move(writer));
    }
    return true;
  }

  // -1: open.
  int open_source() {
    std::string error;
    if (!line_.file.empty()) {
      file_mode_ = true;
      struct stat from {}, to {};
      if (!line_.write_file.empty() && stat(line_.file.c_str(), &from) == 0 && stat(line_.write_file.c_str(), &to) == 0 && S_ISREG(from.st_mode) && from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        return complain("-w names the file that is being read; name another one"), kExitUsage;
      auto source = FileSource::open(line_.file, error);
      if (!source) return complain(error), access(line_.file.c_str(), R_OK) == 0 || line_.file == "-" ? kExitRunning : kExitUsage;
      base_name_ = line_.file == "-" ? "-" : line_.file.substr(line_.file.rfind('/') + 1);
      source_ = std::move(source);
      return -1;
    }
    const auto& capture = current_.config.capture;
    LiveOptions options;
    options.interfaces = line_.interfaces.empty() ? capture.interfaces : line_.interfaces;
    options.capture_filter = line_.capture_filter.empty() ? capture.capture_filter : line_.capture_filter;
    options.snaplen = line_.snaplen ? line_.snaplen : static_cast<uint32_t>(capture.snaplen);
    options.buffer_bytes = line_.buffer_mib ? line_.buffer_mib << 20 : static_cast<uint32_t>(capture.buffer_size);
    options.read_timeout_ms = static_cast<uint32_t>(capture.read_timeout_ms);
    options.promiscuous = capture.promiscuous && !line_.no_promiscuous;
    bool usage = false;
    auto live = LiveSource::open(options, error, usage);
    if (!live) return complain(error), usage ? kExitUsage : kExitRunning;
    live_ = live.get();
    if (!current_.kernel_filter.empty()) live->set_kernel_filter(current_.kernel_filter);
    source_ = std::move(live);
    if (!line_.quiet) {
      std::string names;
      for (const auto& i : source_->interfaces()) names += (names.empty() ? "" : ", ") + i.name;
      std::fprintf(stderr, "Capturing on %s\n", names.c_str());
    }
    return -1;
  }

  void handle_signals() {
    g_source = live_;
    struct sigaction action {};
    action.sa_handler = on_signal;
    for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }

  void apply_needs() {
    dissect::Needs needs = current_.program.needs();
    const bool complete = needs.complete;  // a filter asks; what is written is dissected completely by its writer
    for (const auto& w : writers_) {
      if (w->format == Format::kFields) w->fields.add_needs(needs);
      if (w->format == Format::kText) {
        needs.all_protocols = needs.streams = needs.analysis = needs.reassembly = needs.complete = true;
        for (const auto& def : dissect::Registry::get().fields()) needs.fields.add(def.id);
      }
      if (w->format == Format::kJson)
        for (const auto& f : current_.filters)
          if (f->emit & kEmitPacket) JsonLine::add_needs(f->selection, needs);
    }
    if (info_needed_) needs.all_protocols = needs.streams = needs.analysis = needs.reassembly = needs.complete = true;
    if (current_.emit & (kEmitConn | kEmitHttp | kEmitDns)) {
      needs.events = needs.streams = needs.analysis = true;
      if (current_.emit & (kEmitHttp | kEmitDns)) needs.transactions = needs.reassembly = true;
      if (current_.emit & kEmitHttp) needs.protocols.add(dissect::Registry::get().find_protocol("http"));
      if (current_.emit & kEmitDns) needs.protocols.add(dissect::Registry::get().find_protocol("dns"));
      for (const auto& def : dissect::Registry::get().fields()) {
        std::string_view protocol = dissect::Registry::get().protocol(def.proto).name;
        if (protocol == "conn") needs.fields.add(def.id);
      }
    }
    bool fields_need_all = false;
    for (const auto& w : writers_)
      if (w->format == Format::kFields || w->format == Format::kText) fields_need_all |= needs.complete;
    // What numbers streams, or writes everything, sees every flow.
    if (fields_need_all || current_.anonymous) needs.flow_wanted = nullptr;
    for (const auto& def : dissect::Registry::get().fields())
      if (needs.fields.has(def.id) && def.name.ends_with(".stream") && !w_only_summary()) needs.flow_wanted = nullptr;
    needs.complete = complete;
    dissector_.set_needs(needs);
  }
  bool w_only_summary() const {
    for (const auto& f : current_.filters)
      if (f->selection.mode == Selection::Mode::kAll || f->selection.mode == Selection::Mode::kFields) return false;
    for (const auto& w : writers_)
      if (w->format == Format::kFields) return false;
    return true;
  }

  int loop() {
    auto deadline = started_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(line_.duration > 0 ? line_.duration : 1e8));
    const auto timeout = std::chrono::milliseconds(current_.config.capture.read_timeout_ms);
    while (true) {
      if (stop_requested()) return 0;
      auto state = source_->dispatch(*this, 100);
      auto now = Clock::now();
      if (state == Source::State::kEnd) return 0;
      if (state == Source::State::kFailed) {
        if (live_ && has_configuration_ && source_->interfaces().size() >= 1) {  // a service waits for its interfaces
          wait_for_interfaces();
          if (!stop_requested()) continue;
          return 0;
        }
        complain(source_->error());
        return kExitRunning;
      }
      if (live_) {
        for (const auto& name : live_->lost()) daemon_line("interface_down", name), complain("the interface " + name + " went away");
        if (has_configuration_ && now - last_reopen_ > std::chrono::seconds(1)) {
          last_reopen_ = now;
          for (const auto& name : live_->reopen()) daemon_line("interface_up", name);
        }
        // A silent link: the packet clock follows the wall clock, less the read timeout.
        auto wall = std::chrono::system_clock::now().time_since_epoch() - timeout;
        auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
        dissect::Time clock{nanos / 1'000'000'000, static_cast<int32_t>(nanos % 1'000'000'000)};
        if (last_packet_time_ < clock) {
          dissector_.advance(clock);
          write_events(dissector_.timer_events());
        }
      }
      if (!between()) return 0;
      if (now >= deadline) return 0;
    }
  }

  void wait_for_interfaces() {
    for (const auto& name : live_->lost()) daemon_line("interface_down", name), complain("the interface " + name + " went away; waiting for it");
    int wait_ms = 200;
    while (!stop_requested()) {
      auto names = live_->reopen();
      for (const auto& name : names) daemon_line("interface_up", name);
      if (!names.empty()) return;
      usleep(static_cast<useconds_t>(wait_ms) * 1000);
      wait_ms = std::min(wait_ms * 2, 5000);
      between();
    }
  }

  bool stop_requested() const { return g_stop.load(std::memory_order_relaxed) != 0; }

  // Now and then: outputs' intervals, statistics, reload, the watchdog. False: stop.
  bool between() {
    auto now = Clock::now();
    bool all_closed = true;
    for (auto& w : writers_) {
      w->output->tick(now);
      all_closed &= w->output->closed();
    }
    if (all_closed && !writers_.empty()) return false;
    service_.alive(now);
    if (g_reload.exchange(0, std::memory_order_relaxed)) reload();
    for (auto& w : writers_)
      if (w->wants_stats && now - last_statistics_ >= std::chrono::milliseconds(w->stats_interval_ms)) {
        statistics();
        break;
      }
    if (line_.duration > 0 && std::chrono::duration<double>(now - started_).count() >= line_.duration) return false;
    return !stop_requested();
  }

  void reload() {
    for (auto& w : writers_) w->output->reopen();
    if (line_.config.empty()) return;
    service_.reloading();
    config::ReadResult read = config::read_config(line_.config);
    for (const auto& p : read.problems) complain(config::print_problem(p));
    Loaded fresh;
    if (!read.good() || !load(std::move(read.config), fresh)) {
      matches_.resize(current_.filters.size());
      daemon_line("reload_failed", read.problems.empty() ? "" : read.problems[0].message);
    } else {
      statistics();
      size_t before = current_.filters.size();
      current_ = std::move(fresh);
      sets_.assign(1, {});
      set_numbers_.clear();
      apply_needs();
      if (live_) live_->set_kernel_filter(current_.kernel_filter);
      daemon_line("reload", std::to_string(before) + " filters before, " + std::to_string(current_.filters.size()) + " now");
    }
    service_.ready("capturing");
  }

  std::string_view interface_name(const Interface& i) const { return file_mode_ ? std::string_view(base_name_) : std::string_view(i.name); }

  void matched(Dissection& d, const Interface& interface) {
    Interface shown;
    const Interface* face = &interface;
    if (file_mode_ && writers_[0]->format == Format::kJson) {
      shown = interface;
      shown.name = base_name_;
      face = &shown;
    }
    const Selection* selection = nullptr;
    names_.clear();
    uint8_t emit = 0;
    selected_.clear();
    auto one = [&](uint32_t number) {
      LoadedFilter& f = *current_.filters[number];
      emit = static_cast<uint8_t>(emit | f.emit);
      if (!current_.anonymous) ++f.matched, names_.push_back(f.name);
      if (f.emit & kEmitPacket && (!selection || f.selection.mode == Selection::Mode::kAll)) selection = &f.selection;
      if (f.emit & ~kEmitPacket) selected_.push_back(number);
    };
    if (current_.anonymous) one(0);
    else matches_.each(one);
    if (!selected_.empty())
      for (uint32_t i = 0; i < d.transport_count; ++i)
        if (d.transports[i].connection) select(*d.transports[i].connection);
    if (!dissector_.packet_events().empty()) write_events(dissector_.packet_events(), true, false);
    if (emit & kEmitPacket) {
      for (auto& w : writers_) w->packet(d, *selection, names_, *face);
      dissector_.displayed();
    }
    if (!dissector_.packet_events().empty()) write_events(dissector_.packet_events(), false, true);
  }

  // The connection remembers the set of filters that chose it; sets are numbered.
  void select(dissect::Connection& c) {
    const auto& known = sets_[c.tag];
    bool more = false;
    for (uint32_t f : selected_) more |= std::find(known.begin(), known.end(), f) == known.end();
    if (!more) return;
    std::vector<uint32_t> all = known;
    for (uint32_t f : selected_)
      if (std::find(all.begin(), all.end(), f) == all.end()) all.push_back(f);
    std::sort(all.begin(), all.end());
    auto [it, fresh] = set_numbers_.emplace(all, static_cast<uint32_t>(sets_.size()));
    if (fresh) sets_.push_back(all);
    c.tag = it->second;
  }

  void write_events(std::span<const ConnectionEvent> events, bool connections = true, bool transactions = true) {
    if (!(current_.emit & ~kEmitPacket)) return;
    for (const ConnectionEvent& e : events) {
      bool transaction = e.kind == ConnectionEvent::Kind::kHttp || e.kind == ConnectionEvent::Kind::kDns;
      if (transaction ? !transactions : !connections) continue;
      uint8_t kind = e.kind == ConnectionEvent::Kind::kHttp ? kEmitHttp : e.kind == ConnectionEvent::Kind::kDns ? kEmitDns : kEmitConn;
      if (!(current_.emit & kind)) continue;
      filter::Subject subject = kind == kEmitHttp ? filter::Subject::kHttp : kind == kEmitDns ? filter::Subject::kDns : filter::Subject::kConnection;
      Dissection& d = dissector_.describe(e);
      names_.clear();
      bool wanted = false;
      if (e.connection && e.connection->tag < sets_.size())
        for (uint32_t f : sets_[e.connection->tag])
          if (current_.filters[f]->emit & kind) {
            wanted = true;
            if (!current_.anonymous) names_.push_back(current_.filters[f]->name);
          }
      event_matches_.resize(current_.filters.size());
      current_.program.evaluate(d, subject, event_matches_);
      event_matches_.each([&](uint32_t f) {
        LoadedFilter& l = *current_.filters[f];
        ++l.matched;
        if (!(l.emit & kind)) return;
        wanted = true;
        names_.push_back(l.name);
      });
      if (!wanted) continue;
      std::string_view face = file_mode_ ? std::string_view(base_name_) : e.connection && e.connection->interface_id < source_->interfaces().size() ? std::string_view(source_->interfaces()[e.connection->interface_id].name) : std::string_view();
      for (auto& w : writers_) {
        if (w->format != Format::kJson) continue;
        w->json->event(w->output->buffer(), d, names_, w->output->next_seq(), face);
        w->output->line_done();
      }
    }
  }

  void statistics() {
    last_statistics_ = Clock::now();
    for (auto& w : writers_) {
      if (!w->wants_stats) continue;
      StatisticsInput in;
      in.seq = w->output->next_seq();
      in.interface = file_mode_ ? base_name_ : "";
      in.capture = source_->counters();
      in.decode = dissector_.decode_counters();
      in.connections = dissector_.connection_counters();
      in.evaluated = evaluated_;
      for (const auto& f : current_.filters) in.filters.emplace_back(f->name, f->matched);
      for (const auto& o : writers_) in.outputs.emplace_back(o->output->options().name, o->output->counters());
      in.lag = live_ && count_ ? lag() : 0;
      in.uptime = std::chrono::duration<double>(last_statistics_ - started_).count();
      w->output->buffer() += statistics_line(in);
      w->output->line_done();
    }
  }
  double lag() const {
    auto wall = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    return std::max(0.0, wall - last_packet_time_.as_double());
  }

  void daemon_line(const std::string& what, const std::string& detail) {
    std::vector<std::string> names;
    for (const auto& f : current_.filters) names.push_back(f->name);
    for (auto& w : writers_) {
      if (!w->wants_daemon) continue;
      w->output->buffer() += daemon_event_line(w->output->next_seq(), what, current_.config.hash, names, detail);
      w->output->line_done();
    }
  }

  void summary() {
    CaptureCounters c = source_->counters();
    if (live_) std::fprintf(stderr, "%llu packets captured, %llu dropped by the kernel, %llu dropped by the interface\n", static_cast<unsigned long long>(count_),
                            static_cast<unsigned long long>(c.dropped), static_cast<unsigned long long>(c.if_dropped));
    for (const auto& w : writers_) {
      OutputCounters o = w->output->counters();
      if (o.dropped) std::fprintf(stderr, "%llu lines of output \"%s\" were dropped: its reader was too slow\n", static_cast<unsigned long long>(o.dropped), o.dropped ? w->output->options().name.c_str() : "");
    }
  }

  const CommandLine& line_;
  bool has_configuration_;
  config::Config pending_;
  dissect::Settings settings_;
  dissect::Dissector dissector_;
  Loaded current_;
  filter::MatchSet matches_, event_matches_;
  std::vector<std::unique_ptr<PacketWriter>> writers_;
  std::unique_ptr<Source> source_;
  LiveSource* live_ = nullptr;
  const Interface* interface_ = nullptr;
  Service service_;
  std::string base_name_;
  bool file_mode_ = false, info_needed_ = false, emit_stats_ = false, emit_daemon_ = false;
  uint64_t count_ = 0, evaluated_ = 0;
  dissect::Time last_packet_time_;
  Clock::time_point started_, last_statistics_ = Clock::now(), last_reopen_{};
  std::vector<std::string_view> names_;
  std::vector<uint32_t> selected_;
  std::vector<std::vector<uint32_t>> sets_{{}};
  std::map<std::vector<uint32_t>, uint32_t> set_numbers_;
};

}  // namespace

int run(const CommandLine& line, config::Config configuration, bool has_configuration) {
  return Runner(line, std::move(configuration), has_configuration).run();
}

}  // namespace wiretail::daemon
