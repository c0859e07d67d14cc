// Any bytes as a capture file: nothing is read outside of what is there, the reading ends, and what is written with -w of it
// is read back as the same packets.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "daemon/capture/file_source.hpp"
#include "daemon/output/packet_file.hpp"

namespace {

using namespace wiretail;

constexpr uint64_t kEnough = 5000;  // packets: a small compressed input can be a large file

class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {}
  const std::string& hold(const void* data, size_t size) {
    if (ftruncate(fd_, 0) != 0 || pwrite(fd_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
    return path_;
  }

 private:
  int fd_;
  std::string path_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

struct Writer : daemon::PacketHandler {
  daemon::PacketFormat format;
  std::string out, bytes;
  uint64_t seen = 0, packets = 0;
  bool packet(const dissect::Packet& p, const daemon::Interface& interface) override {
    require(p.number == ++seen);
    require(p.cap_len <= daemon::FileSource::kMaxPacket && p.time.carried().sound());
    format.packet(out, p, interface);
    if (p.link_type != daemon::kNotAPacket) ++packets, bytes.append(reinterpret_cast<const char*>(p.data), p.cap_len);
    return seen < kEnough && out.size() < (8u << 20);
  }
};

struct Checker : daemon::PacketHandler {
  std::string bytes;
  uint64_t packets = 0;
  bool packet(const dissect::Packet& p, const daemon::Interface&) override {
    ++packets, bytes.append(reinterpret_cast<const char*>(p.data), p.cap_len);
    return true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static MemoryFile input("input"), copy("copy");
  std::string error;
  auto source = daemon::FileSource::open(input.hold(data, size), error);
  require(source || !error.empty());
  if (!source) return 0;
  Writer writer;
  writer.format.header(writer.out);
  auto state = source->dispatch(writer, 0);
  require(state == daemon::Source::State::kEnd || (state == daemon::Source::State::kFailed && !source->error().empty()));

  auto again = daemon::FileSource::open(copy.hold(writer.out.data(), writer.out.size()), error);
  require(again != nullptr);
  Checker checker;
  require(again->dispatch(checker, 0) == daemon::Source::State::kEnd);
  require(checker.packets == writer.packets && checker.bytes == writer.bytes);
  return 0;
}
