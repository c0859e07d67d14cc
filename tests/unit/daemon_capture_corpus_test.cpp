// Every capture of the corpus beside tshark: the same number of packets with the same times, lengths and interfaces, and an
// error exactly where tshark has one. tshark's answers are kept beside the test, by the capture's content. By default a part
// of the corpus is read; WIRETAIL_FULL=1 reads all of it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "catch.hpp"
#include "daemon/capture/file_source.hpp"
#include "daemon/output/packet_file.hpp"

using namespace wiretail;
namespace fs = std::filesystem;

namespace {

const char* kFields = "-e frame.number -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.interface_id -e frame.interface_name -e frame.interface_description";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

uint64_t fnv(std::string_view bytes) {
  uint64_t h = 0xcbf29ce484222325;
  for (char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

struct Answer {
  std::string lines;
  bool good;
};

Answer tshark(const fs::path& capture) {
  char name[32];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(fnv(content(capture))));
  fs::path folder = fs::read_symlink("/proc/self/exe").parent_path() / "tshark-answers", kept = folder / name;
  if (!fs::exists(kept)) {
    fs::create_directories(folder);
    std::string temporary = kept.string() + "." + std::to_string(getpid());
    std::string command = "TZ=UTC tshark -n -r '" + capture.string() + "' -T fields " + kFields + " >'" + temporary + "' 2>/dev/null; echo $? >>'" + temporary + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    fs::rename(temporary, kept);
  }
  std::string all = content(kept);
  size_t last = all.rfind('\n', all.size() - 2);
  last = last == all.npos ? 0 : last + 1;
  return {all.substr(0, last), all.substr(last) == "0\n"};
}

struct Lines : daemon::PacketHandler {
  std::string out, pcapng;
  daemon::PacketFormat format;
  bool odd_time = false;
  bool packet(const dissect::Packet& p, const daemon::Interface& i) override {
    char text[128];
    std::snprintf(text, sizeof text, "%llu\t%lld.%09d", static_cast<unsigned long long>(p.number), static_cast<long long>(p.time.seconds), p.time.nanos);
    out += p.has_time ? text : std::to_string(p.number) + "\t";
    out += "\t" + std::to_string(p.len) + "\t" + std::to_string(p.cap_len) + "\t";
    if (!i.shown_name().empty()) out += std::to_string(p.interface_id);
    out += "\t" + std::string(i.shown_name()) + "\t" + i.description + "\n";
    format.packet(pcapng, p, i);
    return true;
  }
};

// Differences that are known, with their reasons in tests/differential/KNOWN.md.
bool known(const std::string& name) {
  for (const char* k : {"rx_serviceid_oobr.pcap", "timestamp_invalid_nano.pcap", "timestamp_invalid_micro.pcap",                     // fractions above a second
                        "atm-oam-loopback-print-overrun.pcap", "atm-oam-heapoverflow.pcap", "atm-heapoverflow.pcap"})  // pseudo-headers
    if (name == k) return true;
  return false;
}

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  fs::path folder = fs::path(WIRETAIL_SOURCE_DIR) / "../shared/corpus";
  if (const char* named = std::getenv("WIRETAIL_CORPUS")) folder = named;
  std::error_code missing;
  for (const auto& e : fs::recursive_directory_iterator(folder, missing))
    if (e.is_regular_file() && e.path().extension() != ".md") files.push_back(e.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("the corpus as tshark reads it", "[capture][corpus]") {
  auto files = corpus();
  if (files.empty() || std::system("command -v tshark >/dev/null") != 0) {
    WARN("skipped: ../shared/corpus or tshark is not here");
    return;
  }
  bool all = std::getenv("WIRETAIL_FULL") != nullptr;
  size_t compared = 0;
  for (const auto& path : files) {
    std::string name = path.filename();
    if (!all && fnv(name) % 16 != 0) continue;
    INFO(path.string());
    Answer expected = tshark(path);
    Lines ours;
    std::string error;
    auto source = daemon::FileSource::open(path, error);
    auto state = source ? source->dispatch(ours, 0) : daemon::Source::State::kFailed;
    CHECK((state == daemon::Source::State::kEnd) == expected.good);
    if (source && state == daemon::Source::State::kFailed) error = source->error();
    CHECK(error.empty() == expected.good);
    CHECK(std::count(ours.out.begin(), ours.out.end(), '\n') == std::count(expected.lines.begin(), expected.lines.end(), '\n'));
    if (!known(name)) CHECK(ours.out == expected.lines);
    ++compared;
  }
  CHECK(compared > 20);
}

// What -w writes, tshark reads as it reads the original: all packets' bytes, times and interfaces.
TEST_CASE("a written capture as tshark reads it", "[capture][corpus]") {
  auto files = corpus();
  if (files.empty() || std::system("command -v tshark >/dev/null") != 0) {
    WARN("skipped: ../shared/corpus or tshark is not here");
    return;
  }
  fs::path copy = fs::temp_directory_path() / ("wiretail-written-" + std::to_string(getpid()) + ".pcapng");
  for (const char* wanted : {"web-session.pcap", "dhcp-nanosecond.pcapng", "many_interfaces.pcapng.1", "dns+icmp.pcapng.gz", "ipv6.pcap"})
    for (const auto& path : files) {
      if (path.filename() != wanted) continue;
      INFO(path.string());
      Lines lines;
      std::string error;
      auto source = daemon::FileSource::open(path, error);
      REQUIRE(source);
      lines.format.header(lines.pcapng);
      REQUIRE(source->dispatch(lines, 0) == daemon::Source::State::kEnd);
      std::ofstream(copy, std::ios::binary) << lines.pcapng;
      auto dump = [&](const fs::path& file) {
        std::string run = "TZ=UTC tshark -n -r '" + file.string() + "' 2>/dev/null ";
        std::string command = "(" + run + "-x; " + run + "-T fields -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.interface_name) >'" + copy.string() + ".txt'";
        REQUIRE(std::system(command.c_str()) == 0);
        return content(copy.string() + ".txt");
      };
      std::string original = dump(path), written = dump(copy);
      if (original.find("unknown") == original.npos && path.extension() == ".pcap") {
        // A pcap file names no interface; a pcapng file without names shows them as unknown.
        for (size_t at; (at = written.find("\tunknown")) != written.npos;) written.erase(at + 1, 7);
      }
      CHECK(original == written);
    }
  fs::remove(copy);
  fs::remove(copy.string() + ".txt");
}
