#include "daemon/messages.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace wiretail::daemon {
namespace {

bool g_progress_shown = false;

spdlog::logger& logger() {
  static const auto kLogger = [] {
    auto made = std::make_shared<spdlog::logger>("wiretail", std::make_shared<spdlog::sinks::stderr_sink_st>());
    made->set_pattern("%v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *kLogger;
}

bool coloured() {
  static const bool kColoured = isatty(STDERR_FILENO) == 1 && !std::getenv("NO_COLOR");
  return kColoured;
}

// systemd names the stream that it reads: JOURNAL_STREAM=device:inode.
bool read_by_the_journal() {
  const char* named = std::getenv("JOURNAL_STREAM");
  unsigned long long device = 0, inode = 0;
  struct stat info {};
  return named && std::sscanf(named, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

// syslog's priorities, as the journal reads them at a line's beginning.
const char* priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err: return "<3>";
    case spdlog::level::warn: return "<4>";
    default: return "<6>";
  }
}

void write(spdlog::level::level_enum level, const std::string& text) {
  static const bool kJournal = read_by_the_journal();
  end_progress();
  std::string prefix;
  if (kJournal) prefix = priority(level);
  else if (level < spdlog::level::warn) prefix = "";
  else if (coloured()) prefix = level == spdlog::level::warn ? "\033[33mwiretail:\033[0m " : "\033[31mwiretail:\033[0m ";
  else prefix = "wiretail: ";
  std::string message = prefix + text;
  if (kJournal)  // each line is a message of its own there
    for (size_t at = message.find('\n'); at != std::string::npos; at = message.find('\n', at + 1)) message.insert(at + 1, prefix);
  logger().log(level, "{}", message);
}

}  // namespace

void set_message_level(const std::string& level) { logger().set_level(spdlog::level::from_str(level)); }

void complain(const std::string& text) {
  auto before = logger().level();
  logger().set_level(spdlog::level::trace);
  write(spdlog::level::err, text);
  logger().set_level(before);
}
void warn(const std::string& text) { write(spdlog::level::warn, text); }
void inform(const std::string& text) { write(spdlog::level::info, text); }

void show_progress(uint64_t packets, uint64_t matched) {
  static const bool kSeen = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0;
  if (!kSeen) return;
  std::fprintf(stderr, "\r%llu packets, %llu matched ", static_cast<unsigned long long>(packets), static_cast<unsigned long long>(matched));
  std::fflush(stderr);
  g_progress_shown = true;
}

void end_progress() {
  if (!g_progress_shown) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  g_progress_shown = false;
}

}  // namespace wiretail::daemon
