// Outputs: what goes in comes out, or is counted; whatever happens to the file.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "daemon/output/output.hpp"
#include "unit/catch.hpp"

using namespace wiretail::daemon;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("wiretail-output-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Writes the numbers from 1 on, one a line, until it has `count` or the output closed.
void write_lines(Output& output, uint64_t count) {
  for (uint64_t i = 0; i < count && !output.closed(); ++i) {
    output.buffer() += std::to_string(output.next_seq()) + "\n";
    output.line_done();
  }
}

// The numbers in the text rise, all lines are whole. How many there are.
uint64_t rising(const std::string& text) {
  uint64_t last = 0, count = 0;
  CHECK((text.empty() || text.back() == '\n'));
  std::istringstream in(text);
  for (std::string line; std::getline(in, line); ++count) {
    uint64_t number = std::stoull(line);
    if (number <= last || std::to_string(number) != line) FAIL("line " << line << " after " << last);
    last = number;
  }
  return count;
}

}  // namespace

TEST_CASE("an output that waits loses nothing") {
  Folder folder;
  OutputOptions options;
  options.path = folder.path / "a", options.flush_bytes = 512, options.wait_when_full = true;
  Output output(options);
  std::string error;
  REQUIRE(output.open(error));
  write_lines(output, 100'000);
  output.finish();
  CHECK(rising(text_of(folder.path / "a")) == 100'000);
  CHECK(output.counters().lines == 100'000);
  CHECK(output.counters().dropped == 0);
}

TEST_CASE("an output that does not wait counts exactly what it dropped") {
  Folder folder;
  fs::path pipe = folder.path / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::string read;
  std::atomic<bool> go{false};
  std::thread reader([&] {
    std::ifstream in(pipe);
    go.wait(false);
    std::ostringstream out;
    out << in.rdbuf();
    read = out.str();
  });
  OutputOptions options;
  options.path = pipe, options.flush_bytes = 4096;
  Output output(options);
  std::string error;
  REQUIRE(output.open(error));
  write_lines(output, 200'000);  // more than queue and pipe hold, while nobody reads
  CHECK(output.counters().dropped > 0);
  go = true, go.notify_one();
  output.wait_when_full();
  write_lines(output, 10);
  output.finish();
  reader.join();
  OutputCounters c = output.counters();
  CHECK(c.lines + c.dropped == 200'010);
  CHECK(rising(read) == c.lines);
  CHECK(c.bytes == read.size());
  CHECK(read.substr(read.size() - 7) == "200010\n");
}

TEST_CASE("rotation keeps whole lines in as many files as configured") {
  Folder folder;
  OutputOptions options;
  options.path = folder.path / "r", options.flush_bytes = 256, options.wait_when_full = true, options.rotate_size = 10'000, options.rotate_keep = 2;
  Output output(options);
  std::string error;
  REQUIRE(output.open(error));
  write_lines(output, 20'000);
  output.finish();
  CHECK(output.counters().rotations >= 10);
  CHECK_FALSE(fs::exists(folder.path / "r.3"));
  std::string all;
  for (const char* name : {"r.2", "r.1", "r"}) {
    CHECK(fs::file_size(folder.path / name) <= 10'000);
    all += text_of(folder.path / name);
  }
  uint64_t count = rising(all);
  CHECK(all.substr(all.size() - 6) == "20000\n");
  CHECK(count == 20'000 - std::stoull(all) + 1);
}

TEST_CASE("a file is at most as large as configured, however large the blocks are that reach it") {
  for (uint64_t size : {uint64_t{3}, uint64_t{100}, uint64_t{1000}, uint64_t{30'000}}) {
    Folder folder;
    OutputOptions options;
    options.path = folder.path / "r", options.wait_when_full = true, options.rotate_size = size, options.rotate_keep = 4;
    Output output(options);
    std::string error;
    REQUIRE(output.open(error));
    write_lines(output, 20'000);
    output.finish();
    CHECK(output.counters().lines == 20'000);
    CHECK(output.counters().dropped == 0);
    std::string all;
    for (const char* name : {"r.4", "r.3", "r.2", "r.1", "r"}) {
      if (!fs::exists(folder.path / name)) continue;
      CHECK(fs::file_size(folder.path / name) <= std::max<uint64_t>(size, 6));  // a line that is longer has a file of its own
      all += text_of(folder.path / name);
    }
    uint64_t count = rising(all);
    CHECK(all.substr(all.size() - 6) == "20000\n");
    CHECK(count == 20'000 - std::stoull(all) + 1);
  }
}

TEST_CASE("a file that was moved away is made anew when asked") {
  Folder folder;
  OutputOptions options;
  options.path = folder.path / "m", options.wait_when_full = true;
  Output output(options);
  std::string error;
  REQUIRE(output.open(error));
  write_lines(output, 10);
  output.tick(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  while (output.counters().lines < 10) usleep(1000);
  fs::rename(folder.path / "m", folder.path / "m.old");
  output.reopen();
  write_lines(output, 10);
  output.finish();
  CHECK(rising(text_of(folder.path / "m.old")) == 10);
  CHECK(rising(text_of(folder.path / "m")) == 10);
}

TEST_CASE("a write that fails for good closes the output, and says why") {
  OutputOptions options;
  options.path = "/dev/full", options.give_up = true, options.wait_when_full = true, options.flush_bytes = 64;
  Output output(options);
  std::string error;
  REQUIRE(output.open(error));
  write_lines(output, 1'000'000);
  output.finish();
  CHECK(output.closed());
  CHECK(output.failure() == ENOSPC);
  CHECK(output.counters().lines == 0);
}

TEST_CASE("a service's output goes on after a write that fails, and counts") {
  OutputOptions options;
  options.path = "/dev/full", options.flush_bytes = 64;
  Output output(options);
  std::string error;
  REQUIRE(output.open(error));
  write_lines(output, 10'000);
  output.finish();
  CHECK_FALSE(output.closed());
  CHECK(output.trouble() == ENOSPC);
  CHECK(output.counters().dropped == 10'000);
}

TEST_CASE("a capture file begins empty and stays one piece; lines are continued") {
  Folder folder;
  std::ofstream(folder.path / "c") << "before\n";
  std::ofstream(folder.path / "l") << "0\n";
  for (const char* name : {"c", "l"}) {
    OutputOptions options;
    options.path = folder.path / name, options.binary = name[0] == 'c', options.rotate_size = options.binary ? 10 : 0, options.flush_bytes = 16;
    options.wait_when_full = true;
    Output output(options);
    std::string error;
    REQUIRE(output.open(error));
    write_lines(output, 100);
    output.finish();
  }
  CHECK(text_of(folder.path / "c").substr(0, 4) == "1\n2\n");
  CHECK_FALSE(fs::exists(folder.path / "c.1"));
  CHECK(text_of(folder.path / "l").substr(0, 4) == "0\n1\n");
}

TEST_CASE("what cannot be opened says what to do") {
  for (auto [path, part] : {std::pair{"/nonexistent/folder/x", "make its folder first"}, {"/", "Is a directory"}}) {
    OutputOptions options;
    options.path = path;
    Output output(options);
    std::string error;
    CHECK_FALSE(output.open(error));
    INFO(error);
    CHECK(error.find(part) != std::string::npos);
  }
}
