#include "daemon/output/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace wiretail::daemon {

Output::Output(OutputOptions options) : options_(std::move(options)), waits_(options_.wait_when_full), last_flush_(std::chrono::steady_clock::now()) {
  for (Block& block : blocks_) block.text.reserve(options_.flush_bytes / 4);
}

Output::~Output() { finish(); }

bool Output::open(std::string& error) {
  if (!open_file(error)) return false;
  if (options_.binary && options_.path != "-" && ftruncate(fd_, 0) == 0) file_bytes_ = 0;
  if (waits_) ring_ = 1;
  else thread_ = std::thread([this] { run(); });
  return true;
}

// The file that was open, if any, stays so when this fails.
bool Output::open_file(std::string& error) {
  if (options_.path == "-") {
    fd_ = STDOUT_FILENO;
    return true;
  }
  int fd = ::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) {
    int code = errno;
    error = "cannot write " + options_.path + ": " + std::strerror(code);
    if (code == ENOENT) error += "; make its folder first, or name another file with --out";
    if (code == EACCES || code == EROFS || code == EISDIR) error += "; name a file that this user may write (--out FILE, or - for standard output)";
    return false;
  }
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  struct stat info {};
  fstat(fd_, &info);
  file_bytes_ = static_cast<uint64_t>(info.st_size);
  file_opened_ = file_looked_at_ = std::chrono::steady_clock::now();
  return true;
}

void Output::line_done() {
  Block& block = blocks_[head_ % ring_];
  ++block.lines;
  if (block.text.size() >= options_.flush_bytes || options_.immediate) hand_over(waits_);
}

void Output::tick(std::chrono::steady_clock::time_point now) {
  if (blocks_[head_ % ring_].lines && now - last_flush_ >= options_.flush_interval) hand_over(waits_);
}

void Output::hand_over(bool wait) {
  Block& block = blocks_[head_ % ring_];
  last_flush_ = std::chrono::steady_clock::now();
  if (ring_ == 1) return write_block(block);
  uint64_t done = done_.load(std::memory_order_acquire);
  // One block is always kept for the capture thread to fill.
  while (head_ + 1 - done >= ring_) {
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
    write_block(blocks_[at % ring_]);
    ++at;
    done_.store(at, std::memory_order_release);
    done_.notify_one();
  }
}

void Output::write_block(Block& block) {
  write_all(block);
  block.text.clear(), block.lines = 0;
}

// SIGHUP asked for it, or somebody moved the file away (logrotate, rm): looked at once a second.
void Output::follow_file() {
  auto now = std::chrono::steady_clock::now();
  bool reopen = reopen_.exchange(false, std::memory_order_relaxed);
  if (options_.path == "-" || options_.binary) return;
  if (!reopen && now - file_looked_at_ >= std::chrono::seconds(1)) {
    file_looked_at_ = now;
    struct stat named {}, opened {};
    reopen = stat(options_.path.c_str(), &named) != 0 || (fstat(fd_, &opened) == 0 && (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino));
  }
  std::string error;
  if (reopen && !open_file(error)) errors_.fetch_add(1, std::memory_order_relaxed);
  if (file_bytes_ == 0) return;
  if (options_.rotate_age.count() && now - file_opened_ >= options_.rotate_age) rotate();
}

// After a write that failed. Live: a disk may have room again, so it tries for a while and then gives this block up.
bool Output::keep_trying(int code) {
  errors_.fetch_add(1, std::memory_order_relaxed);
  if (code == EPIPE) {
    closed_.store(true, std::memory_order_relaxed);
    return false;
  }
  if (options_.give_up || options_.binary) {
    failure_.store(code, std::memory_order_relaxed);
    closed_.store(true, std::memory_order_relaxed);
    return false;
  }
  bool first = trouble_.exchange(code, std::memory_order_relaxed) == 0;
  if (!first || stop_.load(std::memory_order_relaxed)) return false;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  return true;
}

void Output::write_all(const Block& block) {
  follow_file();
  const bool rotates = options_.path != "-" && !options_.binary && options_.rotate_size;
  std::string_view rest = block.text;
  uint64_t lines = block.lines;
  while (!rest.empty()) {
    std::string_view piece = rest;
    uint64_t of_piece = lines;
    if (rotates && file_bytes_ + rest.size() > options_.rotate_size) {  // the lines for which this file has room
      const uint64_t room = options_.rotate_size - std::min(options_.rotate_size, file_bytes_);
      size_t end = room ? rest.rfind('\n', room - 1) : std::string_view::npos;
      if (end == std::string_view::npos && file_bytes_) {
        rotate();
        if (file_bytes_ == 0) continue;
      }
      if (end == std::string_view::npos) end = std::min(rest.find('\n'), rest.size() - 1);
      piece = rest.substr(0, end + 1);
      if (piece.size() < rest.size()) of_piece = std::min<uint64_t>(lines, static_cast<uint64_t>(std::count(piece.begin(), piece.end(), '\n')));
    }
    rest.remove_prefix(piece.size()), lines -= of_piece;
    if (write_piece(piece, of_piece)) continue;
    dropped_.fetch_add(lines, std::memory_order_relaxed);
    return;
  }
}

// False: not all of it could be written.
bool Output::write_piece(std::string_view piece, uint64_t lines) {
  size_t written = 0;
  while (written < piece.size() && !closed()) {
    ssize_t n = ::write(fd_, piece.data() + written, piece.size() - written);
    if (n > 0) {
      written += static_cast<size_t>(n);
      continue;
    }
    int code = errno;
    if (n == 0 || code == EINTR) continue;
    if (code == EAGAIN) {  // somebody made it non-blocking
      pollfd ready{fd_, POLLOUT, 0};
      poll(&ready, 1, 1000);
      continue;
    }
    if (!keep_trying(code)) break;
  }
  const bool whole = written == piece.size();
  uint64_t kept = lines;
  if (!whole) kept = keep_whole_lines(piece, lines, written);
  else trouble_.store(0, std::memory_order_relaxed);
  file_bytes_ += written;
  bytes_.fetch_add(written, std::memory_order_relaxed);
  lines_.fetch_add(kept, std::memory_order_relaxed);
  dropped_.fetch_add(lines - kept, std::memory_order_relaxed);
  return whole;
}

// Only the piece's first `written` bytes are in the file: takes back what is no whole line. How many lines are left.
uint64_t Output::keep_whole_lines(std::string_view piece, uint64_t lines, size_t& written) {
  std::string_view there = piece.substr(0, written);
  size_t newline = there.rfind('\n'), whole = newline == std::string_view::npos ? 0 : newline + 1;
  struct stat info {};
  if (!options_.binary && whole < written && fstat(fd_, &info) == 0 && S_ISREG(info.st_mode) &&
      ftruncate(fd_, info.st_size - static_cast<off_t>(written - whole)) == 0)
    written = whole;
  return std::min<uint64_t>(lines, static_cast<uint64_t>(std::count(there.begin(), there.end(), '\n')));
}

// FILE becomes FILE.1, FILE.1 becomes FILE.2 …; what is beyond rotate_keep is removed.
void Output::rotate() {
  auto numbered = [&](unsigned n) { return options_.path + "." + std::to_string(n); };
  std::remove(numbered(options_.rotate_keep).c_str());
  for (unsigned n = options_.rotate_keep; n > 1; --n) std::rename(numbered(n - 1).c_str(), numbered(n).c_str());
  std::rename(options_.path.c_str(), numbered(1).c_str());
  std::string error;
  if (!open_file(error)) errors_.fetch_add(1, std::memory_order_relaxed);
  rotations_.fetch_add(1, std::memory_order_relaxed);
}

void Output::finish() {
  if (fd_ < 0) return;
  if (blocks_[head_ % ring_].lines || !blocks_[head_ % ring_].text.empty()) hand_over(true);
  if (thread_.joinable()) {
    stop_.store(true, std::memory_order_release);
    ready_.store(head_ | uint64_t{1} << 63, std::memory_order_release);
    ready_.notify_one();
    thread_.join();
  }
  if (options_.path != "-") close(fd_);
  fd_ = -1;
}

OutputCounters Output::counters() const {
  OutputCounters c;
  c.lines = lines_, c.bytes = bytes_, c.dropped = dropped_, c.errors = errors_, c.rotations = rotations_;
  c.queue = head_ - done_.load(std::memory_order_acquire), c.queue_max = queue_max_;
  return c;
}

}  // namespace wiretail::daemon
