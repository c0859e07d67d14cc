#include "daemon/statistics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/output/json_line.hpp"
#include "daemon/output/json_text.hpp"

namespace wiretail::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json header(const char* event, const LineHeader& of) {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  std::string ts;
  append_timestamp(ts, {nanos / 1'000'000'000, static_cast<int32_t>(nanos % 1'000'000'000)});
  Json line = {{"ts", ts}, {"event", event}, {"v", kSchemaVersion}, {"seq", of.seq}};
  if (!of.host.empty()) line["host"] = of.host;
  if (!of.tags.empty()) line["tags"] = of.tags;
  return line;
}

uint64_t resident_bytes() {
  unsigned long total = 0, resident = 0;
  if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%lu %lu", &total, &resident) != 2) resident = 0;
    std::fclose(f);
  }
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }
double rounded(double value, double scale) { return std::round(value * scale) / scale; }

std::string written(const Json& line) { return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string statistics_line(const LineHeader& of, const StatisticsInput& in) {
  Json line = header("stats", of);
  line["capture"] = {{"received", in.capture.received}, {"dropped", in.capture.dropped}, {"if_dropped", in.capture.if_dropped}, {"lag", rounded(in.lag, 1e6)}};
  line["decode"] = {{"packets", in.decode.packets}, {"bytes", in.decode.bytes}, {"truncated", in.decode.truncated}, {"malformed", in.decode.malformed},
                    {"unsupported", in.decode.unsupported}, {"too_many_layers", in.decode.too_many_layers}};
  line["filter"] = Json::array();
  for (const auto& f : in.filters)
    if (!f.name.empty()) line["filter"].push_back({{"name", f.name}, {"evaluated", f.evaluated}, {"matched", f.matched}});
  line["program"] = {{"ns_avg", rounded(in.program_ns, 10)}, {"gave_up", in.gave_up}};
  line["conn"] = {{"active", in.connections.active}, {"new", in.connections.opened}, {"ended", in.connections.ended}, {"evicted", in.connections.evicted},
                  {"bytes_used", in.connections.bytes_used}, {"emergency", in.connections.emergency}};
  line["fragments"] = {{"held", in.fragments.held}, {"bytes_used", in.fragments.bytes_used}, {"reassembled", in.fragments.reassembled}, {"evicted", in.fragments.evicted}};
  const auto& e = in.evictions;
  line["evicted"] = {{"arp_users", e.arp_users}, {"esp_sequences", e.esp_sequences}, {"icmp_requests", e.icmp_requests}, {"sctp_associations", e.sctp_associations}, {"sctp_messages", e.sctp_messages}, {"sctp_numbers", e.sctp_numbers}, {"tcp_segments", e.tcp_segments}, {"tcp_units", e.tcp_units}};
  line["http"] = {{"transactions", in.http_transactions}, {"pending", in.connections.http_pending}, {"no_response", in.http_no_response}};
  line["output"] = Json::array();
  for (const auto& [name, o] : in.outputs)
    line["output"].push_back({{"name", name}, {"lines", o.lines}, {"bytes", o.bytes}, {"dropped", o.dropped}, {"queue", o.queue}, {"queue_max", o.queue_max}, {"errors", o.errors}, {"rotations", o.rotations}});
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  line["process"] = {{"rss", resident_bytes()}, {"cpu_user", rounded(seconds(usage.ru_utime), 1e6)}, {"cpu_sys", rounded(seconds(usage.ru_stime), 1e6)}, {"uptime", rounded(in.uptime, 1e3)}};
  return written(line);
}

std::string daemon_event_line(const LineHeader& of, const std::string& what, const std::string& hash, const std::vector<std::string>& filters, const std::string& detail) {
  Json line = header("daemon", of);
  line["daemon"] = {{"what", what}, {"version", WIRETAIL_VERSION}, {"config_hash", hash}, {"filters", filters}};
  if (!detail.empty()) line["daemon"]["detail"] = detail;
  return written(line);
}

}  // namespace wiretail::daemon
