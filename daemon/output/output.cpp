#include "daemon/output/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace wiretail::daemon {

Output::Output(OutputOptions options) : options_(std::move(options)), last_flush_(std::chrono::steady_clock::now()) {
  for (Block& block : blocks_) block.text.reserve(options_.flush_bytes / 4);
}

Output::~Output() { finish(); }

bool Output::open(std::string& error) {
  if (!open_file(error)) return false;
  if (options_.replace && options_.path != "-" && ftruncate(fd_, 0) == 0) file_bytes_ = 0;
  thread_ = std::thread([this] { run(); });
  return true;
}

bool Output::open_file(std::string& error) {
  if (options_.path == "-") {
    fd_ = STDOUT_FILENO;
    return true;
  }
  fd_ = ::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd_ < 0) {
    int code = errno;
    error = "cannot write " + options_.path + ": " + std::strerror(code);
    if (code == ENOENT) error += "; make its folder first, or name another file with --out";
    if (code == EACCES) error += "; run as a user who may, or name another file with --out";
    return false;
  }
  struct stat info {};
  fstat(fd_, &info);
  file_bytes_ = static_cast<uint64_t>(info.st_size);
  file_opened_ = std::chrono::steady_clock::now();
  return true;
}

void Output::line_done() {
  Block& block = blocks_[head_ % kBlocks];
  ++block.lines;
  if (block.text.size() >= options_.flush_bytes || options_.immediate) hand_over(options_.wait_when_full);
}

void Output::tick(std::chrono::steady_clock::time_point now) {
  if (blocks_[head_ % kBlocks].lines && now - last_flush_ >= options_.flush_interval) hand_over(options_.wait_when_full);
}

void Output::hand_over(bool wait) {
  Block& block = blocks_[head_ % kBlocks];
  last_flush_ = std::chrono::steady_clock::now();
  uint64_t done = done_.load(std::memory_order_acquire);
  // One block is always kept for the capture thread to fill.
  while (head_ + 1 - done >= kBlocks) {
    if (!wait || closed()) {
      dropped_.fetch_add(block.lines, std::memory_order_relaxed);
      block.text.clear(), block.lines = 0;
      return;
    }
    done_.wait(done, std::memory_order_acquire);
    done = done_.load(std::memory_order_acquire);
  }
  ++head_;
  uint64_t queued = head_ - done;
  if (queued > queue_max_.load(std::memory_order_relaxed)) queue_max_.store(queued, std::memory_order_relaxed);
  ready_.store(head_, std::memory_order_release);
  ready_.notify_one();
}

void Output::run() {
  uint64_t at = 0;
  while (true) {
    uint64_t ready = ready_.load(std::memory_order_acquire);
    if (ready == at) {
      if (stop_.load(std::memory_order_acquire)) return;
      ready_.wait(at, std::memory_order_acquire);
      continue;
    }
    if (ready & (uint64_t{1} << 63)) {  // woken to stop; what is ready is below the mark
      ready &= ~(uint64_t{1} << 63);
      if (ready == at) return;
    }
    Block& block = blocks_[at % kBlocks];
    write_all(block);
    block.text.clear(), block.lines = 0;
    ++at;
    done_.store(at, std::memory_order_release);
    done_.notify_one();
  }
}

void Output::write_all(const Block& block) {
  if (reopen_.exchange(false, std::memory_order_relaxed) && options_.path != "-") {
    std::string error;
    close(fd_);
    if (!open_file(error)) errors_.fetch_add(1, std::memory_order_relaxed);
  }
  if (options_.path != "-" && options_.rotate_size && file_bytes_ && file_bytes_ + block.text.size() > options_.rotate_size) rotate();
  if (options_.path != "-" && options_.rotate_age.count() && std::chrono::steady_clock::now() - file_opened_ >= options_.rotate_age) rotate();
  size_t written = 0;
  int refusals = 0;
  while (written < block.text.size() && !closed()) {
    ssize_t n = ::write(fd_, block.text.data() + written, block.text.size() - written);
    if (n > 0) {
      written += static_cast<size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) {
      closed_.store(true, std::memory_order_relaxed);
      break;
    }
    // A full disk: try again for a while, then give the block up and count it.
    errors_.fetch_add(1, std::memory_order_relaxed);
    if (++refusals > 5 || stop_.load(std::memory_order_relaxed)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  file_bytes_ += written;
  bytes_.fetch_add(written, std::memory_order_relaxed);
  if (written == block.text.size()) lines_.fetch_add(block.lines, std::memory_order_relaxed);
  else dropped_.fetch_add(block.lines, std::memory_order_relaxed);
}

// FILE becomes FILE.1, FILE.1 becomes FILE.2 …; what is beyond rotate_keep is removed.
void Output::rotate() {
  close(fd_);
  auto numbered = [&](unsigned n) { return options_.path + "." + std::to_string(n); };
  std::remove(numbered(options_.rotate_keep).c_str());
  for (unsigned n = options_.rotate_keep; n > 1; --n) std::rename(numbered(n - 1).c_str(), numbered(n).c_str());
  std::rename(options_.path.c_str(), numbered(1).c_str());
  std::string error;
  if (!open_file(error)) errors_.fetch_add(1, std::memory_order_relaxed);
  rotations_.fetch_add(1, std::memory_order_relaxed);
}

void Output::finish() {
  if (!thread_.joinable()) return;
  if (blocks_[head_ % kBlocks].lines || !blocks_[head_ % kBlocks].text.empty()) hand_over(true);
  stop_.store(true, std::memory_order_release);
  ready_.store(head_ | uint64_t{1} << 63, std::memory_order_release);
  ready_.notify_one();
  thread_.join();
  if (options_.path != "-" && fd_ >= 0) close(fd_);
}

OutputCounters Output::counters() const {
  OutputCounters c;
  c.lines = lines_, c.bytes = bytes_, c.dropped = dropped_, c.errors = errors_, c.rotations = rotations_;
  c.queue = head_ - done_.load(std::memory_order_acquire), c.queue_max = queue_max_;
  return c;
}

}  // namespace wiretail::daemon
