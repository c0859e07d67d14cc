#include "daemon/capture/byte_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wiretail::daemon {
namespace {

// Large enough that a system call costs nothing per packet, small enough to stay in the second-level cache.
constexpr size_t kBlock = 256u << 10;
constexpr size_t kMagic = 4;

}  // namespace

std::unique_ptr<ByteStream> ByteStream::open(const std::string& path, std::string& error) {
  int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    error = "cannot open " + path + ": " + std::strerror(errno);
    return nullptr;
  }
  struct stat info {};
  fstat(fd, &info);
  if (S_ISDIR(info.st_mode) || (path == "-" && isatty(fd))) {
    error = path == "-" ? "standard input is a terminal; send a capture into it, or name a file" : path + " is a directory; name a capture file";
    if (fd != STDIN_FILENO) close(fd);
    return nullptr;
  }
  bool regular = S_ISREG(info.st_mode);
  if (regular) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<ByteStream>(new ByteStream(fd, regular));
}

// Looks at the first bytes; false: they are not there yet.
bool ByteStream::recognise() {
  uint8_t magic[kMagic];
  size_t have = 0;
  while (have < kMagic) {
    Input::Got got = input_.read(magic + have, kMagic - have);
    if (got.kind == Input::Kind::kEnd) break;
    if (got.kind != Input::Kind::kBytes) {
      input_.push_back(magic, have);
      waiting_ = got.kind == Input::Kind::kWaiting;
      if (!waiting_) error_ = std::string("cannot read: ") + std::strerror(errno);
      return false;
    }
    have += got.size;
  }
  input_.push_back(magic, have);
  decoder_ = make_decoder(magic, have, error_);
  recognised_ = true;
  return error_.empty();
}

bool ByteStream::refill(size_t wanted) {
  waiting_ = false;
  if (!error_.empty() || (!recognised_ && !recognise())) return false;
  size_t left = static_cast<size_t>(end_ - cursor_);
  if (buffer_.size() < wanted || buffer_.empty()) {
    std::vector<uint8_t> larger(std::max(kBlock + kBlock / 4, wanted + kBlock / 4));
    if (left) std::memcpy(larger.data(), cursor_, left);
    buffer_.swap(larger);
  } else if (left) {
    std::memmove(buffer_.data(), cursor_, left);
  }
  cursor_ = buffer_.data();
  while (left < wanted && error_.empty()) {
    // Never more than a block at once: what is read stays in the cache until it is looked at.
    size_t room = std::min(buffer_.size() - left, std::max(kBlock, wanted - left));
    Input::Got got = decoder_ ? decoder_->decode(input_, buffer_.data() + left, room) : input_.read(buffer_.data() + left, room);
    left += got.size;
    if (got.kind == Input::Kind::kError) error_ = decoder_ && !decoder_->error().empty() ? decoder_->error() : std::string("cannot read: ") + std::strerror(errno);
    waiting_ = got.kind == Input::Kind::kWaiting;
    if (waiting_ || got.kind == Input::Kind::kEnd) break;
  }
  end_ = cursor_ + left;
  return left >= wanted;
}

}  // namespace wiretail::daemon
