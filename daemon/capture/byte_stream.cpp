#include "daemon/capture/byte_stream.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#ifdef WIRETAIL_HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef WIRETAIL_HAVE_LZ4
#include <lz4frame.h>
#endif

namespace wiretail::daemon {
namespace {

constexpr size_t kWindow = 16u << 20;
constexpr size_t kBlock = 1u << 20;

class MappedStream : public ByteStream {
 public:
  MappedStream(int fd, size_t size) : fd_(fd), size_(size) {}
  ~MappedStream() override {
    unmap();
    close(fd_);
  }

 protected:
  bool refill(size_t wanted) override {
    size_t at = base_ + static_cast<size_t>(cursor_ - start_);
    if (size_ - at < wanted) {
      // Less is left than asked for; make all of it visible for left().
      wanted = size_ - at;
      if (wanted == 0) return end_ = cursor_, false;
      map(at, wanted);
      return false;
    }
    return map(at, wanted);
  }

 private:
  bool map(size_t at, size_t wanted) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), aligned = at / page * page;
    size_t length = std::min(size_ - aligned, std::max(kWindow, at - aligned + wanted));
    unmap();
    void* place = mmap(nullptr, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd_, static_cast<off_t>(aligned));
    if (place == MAP_FAILED) {
      error_ = std::string("cannot map the file: ") + std::strerror(errno);
      start_ = cursor_ = end_ = nullptr;
      return false;
    }
    start_ = static_cast<const uint8_t*>(place), mapped_ = length, base_ = aligned;
    cursor_ = start_ + (at - aligned), end_ = start_ + length;
    return true;
  }
  void unmap() {
    if (start_) munmap(const_cast<uint8_t*>(start_), mapped_);
    start_ = nullptr;
  }
  int fd_;
  size_t size_, base_ = 0, mapped_ = 0;
  const uint8_t* start_ = nullptr;
};

// Raw bytes of a descriptor, the first ones looked at already.
class Descriptor {
 public:
  Descriptor(int fd, std::string first) : fd_(fd), first_(std::move(first)) {}
  ~Descriptor() {
    if (fd_ > 0) close(fd_);
  }
  // 0 at the end, -1 on an error (errno).
  ssize_t read(uint8_t* to, size_t room) {
    if (taken_ < first_.size()) {
      size_t n = std::min(room, first_.size() - taken_);
      std::memcpy(to, first_.data() + taken_, n);
      taken_ += n;
      return static_cast<ssize_t>(n);
    }
    while (true) {
      ssize_t n = ::read(fd_, to, room);
      if (n >= 0 || errno != EINTR) return n;
    }
  }

 private:
  int fd_;
  std::string first_;
  size_t taken_ = 0;
};

class BufferedStream : public ByteStream {
 public:
  explicit BufferedStream(int fd, std::string first) : input_(fd, std::move(first)) {}

 protected:
  // Appends up to `room` bytes; 0: the end, or error_ is set.
  virtual size_t more(uint8_t* to, size_t room) {
    ssize_t n = input_.read(to, room);
    if (n < 0) error_ = std::string("cannot read: ") + std::strerror(errno);
    return n > 0 ? static_cast<size_t>(n) : 0;
  }
  bool refill(size_t wanted) override {
    size_t left = static_cast<size_t>(end_ - cursor_);
    if (buffer_.size() < std::max(kBlock, wanted)) {
      std::vector<uint8_t> larger(std::max(kBlock, wanted + kBlock / 4));
      if (left) std::memcpy(larger.data(), cursor_, left);
      buffer_.swap(larger);
    } else if (left) {
      std::memmove(buffer_.data(), cursor_, left);
    }
    cursor_ = buffer_.data();
    while (left < wanted) {
      size_t n = more(buffer_.data() + left, buffer_.size() - left);
      if (n == 0) break;
      left += n;
    }
    end_ = cursor_ + left;
    return left >= wanted;
  }
  Descriptor input_;

 private:
  std::vector<uint8_t> buffer_;
};

class GzipStream : public BufferedStream {
 public:
  GzipStream(int fd, std::string first) : BufferedStream(fd, std::move(first)), packed_(kBlock / 4) { inflateInit2(&z_, 15 + 16); }
  ~GzipStream() override { inflateEnd(&z_); }

 protected:
  size_t more(uint8_t* to, size_t room) override {
    z_.next_out = to, z_.avail_out = static_cast<uInt>(room);
    while (z_.avail_out == room) {
      if (z_.avail_in == 0) {
        ssize_t n = input_.read(packed_.data(), packed_.size());
        if (n <= 0) {
          if (!at_member_end_) error_ = "the compressed data ends too early";
          return 0;
        }
        z_.next_in = packed_.data(), z_.avail_in = static_cast<uInt>(n);
      }
      if (at_member_end_) {  // several members may follow one another; anything else behind one is ignored
        if (z_.next_in[0] != 0x1f) return 0;
        inflateReset(&z_);
        at_member_end_ = false;
      }
      int r = inflate(&z_, Z_NO_FLUSH);
      if (r == Z_STREAM_END) at_member_end_ = true;
      else if (r != Z_OK && r != Z_BUF_ERROR) {
        error_ = "the compressed data is damaged";
        break;
      }
    }
    return room - z_.avail_out;
  }

 private:
  z_stream z_{};
  std::vector<uint8_t> packed_;
  bool at_member_end_ = false;
};

#ifdef WIRETAIL_HAVE_ZSTD
class ZstdStream : public BufferedStream {
 public:
  ZstdStream(int fd, std::string first) : BufferedStream(fd, std::move(first)), packed_(kBlock / 4), context_(ZSTD_createDCtx()) {}
  ~ZstdStream() override { ZSTD_freeDCtx(context_); }

 protected:
  size_t more(uint8_t* to, size_t room) override {
    ZSTD_outBuffer out{to, room, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        ssize_t n = input_.read(packed_.data(), packed_.size());
        if (n <= 0) {
          if (inside_) error_ = "the compressed data ends too early";
          return 0;
        }
        in_ = {packed_.data(), static_cast<size_t>(n), 0};
      }
      size_t r = ZSTD_decompressStream(context_, &out, &in_);
      if (ZSTD_isError(r)) return error_ = "the compressed data is damaged", 0;
      inside_ = r != 0;
    }
    return out.pos;
  }

 private:
  std::vector<uint8_t> packed_;
  ZSTD_DCtx* context_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool inside_ = false;
};
#endif

#ifdef WIRETAIL_HAVE_LZ4
class Lz4Stream : public BufferedStream {
 public:
  Lz4Stream(int fd, std::string first) : BufferedStream(fd, std::move(first)), packed_(kBlock / 4) { LZ4F_createDecompressionContext(&context_, LZ4F_VERSION); }
  ~Lz4Stream() override { LZ4F_freeDecompressionContext(context_); }

 protected:
  size_t more(uint8_t* to, size_t room) override {
    while (true) {
      if (at_ == have_) {
        ssize_t n = input_.read(packed_.data(), packed_.size());
        if (n <= 0) {
          if (inside_) error_ = "the compressed data ends too early";
          return 0;
        }
        at_ = 0, have_ = static_cast<size_t>(n);
      }
      size_t made = room, taken = have_ - at_;
      size_t r = LZ4F_decompress(context_, to, &made, packed_.data() + at_, &taken, nullptr);
      if (LZ4F_isError(r)) return error_ = "the compressed data is damaged", 0;
      at_ += taken;
      inside_ = r != 0;
      if (made) return made;
    }
  }

 private:
  std::vector<uint8_t> packed_;
  LZ4F_dctx* context_ = nullptr;
  size_t at_ = 0, have_ = 0;
  bool inside_ = false;
};
#endif

}  // namespace

std::unique_ptr<ByteStream> ByteStream::open(const std::string& path, std::string& error) {
  int fd = path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    error = "cannot open " + path + ": " + std::strerror(errno);
    return nullptr;
  }
  struct stat info {};
  fstat(fd, &info);
  if (S_ISDIR(info.st_mode)) {
    error = path + " is a directory; name a capture file";
    close(fd);
    return nullptr;
  }
  std::string first(4, '\0');
  size_t have = 0;
  bool regular = S_ISREG(info.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
  while (have < 4) {
    ssize_t n = regular ? pread(fd, first.data() + have, 4 - have, static_cast<off_t>(have)) : ::read(fd, first.data() + have, 4 - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    have += static_cast<size_t>(n);
  }
  first.resize(have);
  std::string seen = regular ? std::string() : first;
  auto begins = [&](std::string_view magic) { return first.substr(0, magic.size()) == magic && first.size() >= magic.size(); };
  if (begins("\x1f\x8b")) return std::make_unique<GzipStream>(fd, seen);
#ifdef WIRETAIL_HAVE_ZSTD
  if (begins("\x28\xb5\x2f\xfd")) return std::make_unique<ZstdStream>(fd, seen);
#endif
#ifdef WIRETAIL_HAVE_LZ4
  if (begins("\x04\x22\x4d\x18")) return std::make_unique<Lz4Stream>(fd, seen);
#endif
  if (regular) return std::make_unique<MappedStream>(fd, static_cast<size_t>(info.st_size));
  return std::make_unique<BufferedStream>(fd, seen);
}

}  // namespace wiretail::daemon
