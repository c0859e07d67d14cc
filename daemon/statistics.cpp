#include "daemon/statistics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/output/json_line.hpp"
#include "daemon/output/json_text.hpp"

namespace wiretail::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json header(const char* event, uint64_t seq) {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  std::string ts;
  append_timestamp(ts, {nanos / 1'000'000'000, static_cast<int32_t>(nanos % 1'000'000'000)});
  return {{"ts", ts}, {"event", event}, {"v", kSchemaVersion}, {"seq", seq}};
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

}  // namespace

std::string statistics_line(const StatisticsInput& in) {
  Json line = header("stats", in.seq);
  line["capture"] = {{"received", in.capture.received}, {"dropped", in.capture.dropped}, {"if_dropped", in.capture.if_dropped}, {"lag", in.lag}};
  line["decode"] = {{"packets", in.decode.packets}, {"bytes", in.decode.bytes}, {"truncated", in.decode.truncated}, {"malformed", in.decode.malformed},
                    {"unsupported", in.decode.unsupported}, {"too_many_layers", in.decode.too_many_layers}};
  line["filter"] = Json::array();
  for (const auto& [name, matched] : in.filters)
    if (!name.empty()) line["filter"].push_back({{"name", name}, {"evaluated", in.evaluated}, {"matched", matched}});
  line["conn"] = {{"active", in.connections.active}, {"new", in.connections.opened}, {"ended", in.connections.ended}, {"evicted", in.connections.evicted},
                  {"bytes_used", in.connections.bytes_used}, {"emergency", in.connections.emergency}};
  line["output"] = Json::array();
  for (const auto& [name, o] : in.outputs)
    line["output"].push_back({{"name", name}, {"lines", o.lines}, {"bytes", o.bytes}, {"dropped", o.dropped}, {"queue", o.queue}, {"queue_max", o.queue_max}, {"errors", o.errors}, {"rotations", o.rotations}});
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  line["process"] = {{"rss", resident_bytes()}, {"cpu_user", seconds(usage.ru_utime)}, {"cpu_sys", seconds(usage.ru_stime)}, {"uptime", in.uptime}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string daemon_event_line(uint64_t seq, const std::string& what, const std::string& hash, const std::vector<std::string>& filters, const std::string& detail) {
  Json line = header("daemon", seq);
  line["daemon"] = {{"what", what}, {"version", WIRETAIL_VERSION}, {"config_hash", hash}, {"filters", filters}};
  if (!detail.empty()) line["daemon"]["detail"] = detail;
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wiretail::daemon
