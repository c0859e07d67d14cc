#include "daemon/outputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "daemon/messages.hpp"

namespace wiretail::daemon {
namespace {

constexpr unsigned kCalm = 3;  // looks without trouble before an output counts as writable again

// Tells the flows of two runs apart.
std::string make_run_id() {
  static constexpr char kHex[] = "0123456789abcdef";
  auto seed = static_cast<uint32_t>(std::chrono::system_clock::now().time_since_epoch().count() / 1000) ^ static_cast<uint32_t>(getpid()) << 16;
  std::string id;
  for (int shift = 28; shift >= 0; shift -= 4) id += kHex[(seed >> shift) & 15];
  return id;
}

// What is written: the configuration's outputs, or what flags put in their place.
std::vector<config::Output> chosen(const CommandLine& line, const config::Config& config, bool has_configuration) {
  bool replaced = line.has_format || !line.write_file.empty() || line.details || line.hex || !line.out.empty();
  if (has_configuration && !replaced && !config.outputs.empty()) return config.outputs;
  config::Output o;
  o.stats_interval_ms = 0;
  o.daemon_lines = false;
  if (has_configuration)  // it asked for them; where they go is all that the flag changes
    for (const auto& configured : config.outputs) {
      if (configured.stats_interval_ms && (!o.stats_interval_ms || configured.stats_interval_ms < o.stats_interval_ms)) o.stats_interval_ms = configured.stats_interval_ms;
      o.daemon_lines |= configured.daemon_lines;
    }
  if (!line.out.empty()) o.file = line.out;
  return {o};
}

}  // namespace

bool Outputs::make(const CommandLine& line, const config::Config& config, bool has_configuration, std::string& error) {
  has_configuration_ = has_configuration;
  const std::string run_id = make_run_id();
  Format format = line.format == "fields" ? Format::kFields : line.format == "text" || line.details || line.hex ? Format::kText : Format::kJson;
  std::vector<config::Output> outputs = chosen(line, config, has_configuration);
  if (!line.write_file.empty()) {
    config::Output packets = outputs[0];
    packets.name = "packets", packets.file = line.write_file;
    if (!add(line, packets, Format::kPacketFile, run_id, error)) return false;
    // -w alone replaces the lines; with one of these they are wanted, too.
    if (line.out.empty() && !line.has_format && !line.details && !line.hex) return true;
  }
  for (const auto& o : outputs)
    if (!add(line, o, format, run_id, error)) return false;
  return true;
}

bool Outputs::add(const CommandLine& line, const config::Output& o, Format format, const std::string& run_id, std::string& error) {
  auto writer = std::make_unique<PacketWriter>();
  writer->format = format;
  OutputOptions options;
  options.name = o.name, options.path = o.file, options.flush_bytes = o.flush_bytes;
  options.flush_interval = std::chrono::milliseconds(o.flush_interval_ms);
  options.immediate = o.immediate, options.rotate_size = o.rotate_size, options.rotate_age = std::chrono::milliseconds(o.rotate_age_ms);
  options.rotate_keep = static_cast<unsigned>(o.rotate_keep);
  options.binary = format == Format::kPacketFile;
  options.give_up = !has_configuration_;
  LineOptions lines;
  lines.max_line = o.max_line, lines.max_bytes = o.max_bytes, lines.value_names = o.value_names, lines.info = o.info, lines.payload = o.payload;
  lines.redact = o.redact, lines.redacted_parameters = o.redact_parameters, lines.host = o.host, lines.tags = o.tags;
  writer->wants_info = lines.info && format == Format::kJson;
  writer->wants_stats = format == Format::kJson && (o.stats_interval_ms > 0 || line.emit_stats);
  writer->stats_interval = std::chrono::milliseconds(o.stats_interval_ms ? o.stats_interval_ms : 60'000);
  writer->last_stats = Clock::now();
  writer->wants_daemon = format == Format::kJson && (o.daemon_lines || line.emit_daemon);
  writer->host = o.host, writer->tags = o.tags;
  writer->details = line.details, writer->hex = line.hex;
  if (format == Format::kJson) writer->json = std::make_unique<JsonLine>(std::move(lines), run_id);
  if (format == Format::kFields) {
    for (const auto& name : line.fields) {
      std::string hint;
      if (writer->fields.add_field(name, hint)) continue;
      error = "-e: \"" + name + "\" is not a field; " + (hint.empty() ? "wiretail -G fields lists them" : hint);
      return false;
    }
    for (const auto& option : line.field_options)
      if (!writer->fields.set_option(option, error)) return error = "-E: " + error, false;
  }
  writer->output = std::make_unique<Output>(options);
  writers_.push_back(std::move(writer));
  return true;
}

bool Outputs::open(const std::deque<Interface>& interfaces, bool lossless, std::string& error) {
  for (auto& w : writers_) {
    if (lossless) w->output->wait_when_full();
    if (!w->output->open(error)) return false;
    if (w->format == Format::kFields) {
      w->fields.header(w->output->buffer());
      if (w->fields.wants_header()) w->output->line_done();
    }
    if (w->format == Format::kPacketFile) w->packet_file.header(w->output->buffer(), interfaces);
  }
  return true;
}

bool Outputs::tick(Clock::time_point now) {
  bool any = writers_.empty();
  for (auto& w : writers_) {
    w->output->tick(now);
    any |= !w->output->closed();
  }
  return any;
}

std::string Outputs::failure() const {
  for (const auto& w : writers_)
    if (int code = w->output->failure())
      return "cannot write to " + (w->output->options().path == "-" ? "standard output" : w->output->options().path) + ": " + std::strerror(code) +
             (code == ENOSPC ? "; make room there, or write elsewhere" : "");
  return {};
}

void Outputs::report_changes(const std::vector<std::string>& filters) {
  for (auto& w : writers_) {
    OutputCounters c = w->output->counters();
    const std::string& name = w->output->options().name;
    int code = w->output->trouble();
    bool losing = code != 0 || (c.dropped > w->reported_dropped && c.queue + 2 >= Output::kBlocks);
    if (losing && !w->losing) {
      std::string why = code ? std::strerror(code) : "its reader is too slow";
      warn("output \"" + name + "\": " + why + "; lines are dropped and counted until it can be written again");
      w->dropped_before = w->reported_dropped;
      daemon_line("output_blocked", filters, name + ": " + why, w.get());
    } else if (w->losing && code == 0 && c.queue <= Output::kBlocks / 2 && ++w->calm >= kCalm) {
      std::string lost = std::to_string(c.dropped - w->dropped_before) + " lines were dropped";
      warn("output \"" + name + "\" is written again; " + lost);
      w->losing = false;
      daemon_line("output_resumed", filters, name + ": " + lost);
    }
    w->losing |= losing;
    if (losing) w->calm = 0;
    w->reported_dropped = c.dropped;
    if (c.rotations > w->reported_rotations) {
      w->reported_rotations = c.rotations;
      daemon_line("rotated", filters, name + ": " + w->output->options().path);
    }
  }
}

void Outputs::reopen() {
  for (auto& w : writers_) w->output->reopen();
}

void Outputs::wait_when_full() {
  for (auto& w : writers_) w->output->wait_when_full();
}

void Outputs::finish() {
  for (auto& w : writers_) w->output->finish();
}

bool Outputs::statistics_due(Clock::time_point now) const {
  return std::any_of(writers_.begin(), writers_.end(), [&](const auto& w) { return w->wants_stats && now - w->last_stats >= w->stats_interval; });
}

void Outputs::statistics(StatisticsInput input, bool all) {
  auto now = Clock::now();
  for (const auto& w : writers_) input.outputs.emplace_back(w->output->options().name, w->output->counters());
  for (auto& w : writers_) {
    if (!w->wants_stats || (!all && now - w->last_stats < w->stats_interval)) continue;
    w->last_stats = now;
    w->output->buffer() += statistics_line({w->output->next_seq(), w->host, w->tags}, input);
    w->output->line_done();
  }
}

void Outputs::daemon_line(const std::string& what, const std::vector<std::string>& filters, const std::string& detail, const PacketWriter* except) {
  for (auto& w : writers_) {
    if (!w->wants_daemon || w.get() == except) continue;
    w->output->buffer() += daemon_event_line({w->output->next_seq(), w->host, w->tags}, what, hash_, filters, detail);
    w->output->line_done();
  }
}

std::vector<std::string> Outputs::losses() const {
  std::vector<std::string> out;
  for (const auto& w : writers_)
    if (uint64_t dropped = w->output->counters().dropped; dropped && !w->output->closed())
      out.push_back(std::to_string(dropped) + " lines of output \"" + w->output->options().name + "\" were dropped: it could not be written as fast as they came");
  return out;
}

}  // namespace wiretail::daemon
