#include "daemon/capture/decoder.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#ifdef WIRETAIL_HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef WIRETAIL_HAVE_LZ4
#include <lz4frame.h>
#endif

namespace wiretail::daemon {
namespace {

constexpr size_t kPacked = 256u << 10;
constexpr const char* kDamaged = "the compressed data is damaged";
constexpr const char* kEndsEarly = "the compressed data ends too early";

// RFC 1952; several members may follow one another.
class GzipDecoder : public Decoder {
 public:
  GzipDecoder() : packed_(kPacked) { ready_ = inflateInit2(&z_, 15 + 16) == Z_OK; }
  ~GzipDecoder() override { inflateEnd(&z_); }

  Input::Got decode(Input& input, uint8_t* to, size_t room) override {
    if (!ready_) return fail("there is no memory for decompression");
    z_.next_out = to, z_.avail_out = static_cast<uInt>(room);
    while (z_.avail_out == room) {
      if (z_.avail_in == 0) {
        Input::Got got = input.read(packed_.data(), packed_.size());
        if (got.kind == Input::Kind::kEnd && !member_ended_) return fail(kEndsEarly);
        if (got.kind != Input::Kind::kBytes) return got;
        z_.next_in = packed_.data(), z_.avail_in = static_cast<uInt>(got.size);
      }
      if (member_ended_) {
        if (z_.next_in[0] != 0x1f) return fail("something that is not compressed follows the compressed data");
        inflateReset(&z_);
        member_ended_ = false;
      }
      int r = inflate(&z_, Z_NO_FLUSH);
      if (r == Z_STREAM_END) member_ended_ = true;
      else if (r != Z_OK && r != Z_BUF_ERROR) {
        size_t made = room - z_.avail_out;
        fail(kDamaged);
        return {Input::Kind::kError, made};
      }
    }
    return {Input::Kind::kBytes, room - z_.avail_out};
  }

 private:
  z_stream z_{};
  std::vector<uint8_t> packed_;
  bool member_ended_ = false, ready_ = false;
};

#ifdef WIRETAIL_HAVE_ZSTD
// RFC 8878.
class ZstdDecoder : public Decoder {
 public:
  ZstdDecoder() : packed_(kPacked), context_(ZSTD_createDCtx()) {}
  ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }

  Input::Got decode(Input& input, uint8_t* to, size_t room) override {
    ZSTD_outBuffer out{to, room, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size && !held_back_) {
        Input::Got got = input.read(packed_.data(), packed_.size());
        if (got.kind == Input::Kind::kEnd && inside_) return fail(kEndsEarly);
        if (got.kind != Input::Kind::kBytes) return got;
        in_ = {packed_.data(), got.size, 0};
      }
      size_t r = ZSTD_decompressStream(context_, &out, &in_);
      if (ZSTD_isError(r)) return fail(kDamaged);
      inside_ = r != 0;
      held_back_ = inside_ && out.pos == out.size;  // it may have more to give without more input
    }
    return {Input::Kind::kBytes, out.pos};
  }

 private:
  std::vector<uint8_t> packed_;
  ZSTD_DCtx* context_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool inside_ = false, held_back_ = false;
};
#endif

#ifdef WIRETAIL_HAVE_LZ4
class Lz4Decoder : public Decoder {
 public:
  Lz4Decoder() : packed_(kPacked) { ready_ = !LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)); }
  ~Lz4Decoder() override { LZ4F_freeDecompressionContext(context_); }

  Input::Got decode(Input& input, uint8_t* to, size_t room) override {
    if (!ready_) return fail("there is no memory for decompression");
    while (true) {
      if (at_ == have_ && !held_back_) {
        Input::Got got = input.read(packed_.data(), packed_.size());
        if (got.kind == Input::Kind::kEnd && inside_) return fail(kEndsEarly);
        if (got.kind != Input::Kind::kBytes) return got;
        at_ = 0, have_ = got.size;
      }
      size_t made = room, taken = have_ - at_;
      size_t r = LZ4F_decompress(context_, to, &made, packed_.data() + at_, &taken, nullptr);
      if (LZ4F_isError(r)) return fail(kDamaged);
      at_ += taken;
      inside_ = r != 0;
      held_back_ = inside_ && made == room;
      if (made) return {Input::Kind::kBytes, made};
    }
  }

 private:
  std::vector<uint8_t> packed_;
  LZ4F_dctx* context_ = nullptr;
  size_t at_ = 0, have_ = 0;
  bool inside_ = false, held_back_ = false, ready_ = false;
};
#endif

}  // namespace

Input::Input(int fd, bool regular) : fd_(fd), regular_(regular) {
  if (!regular) wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

Input::~Input() {
  if (fd_ != STDIN_FILENO) close(fd_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

Input::Got Input::read(uint8_t* to, size_t room) {
  if (pushed_taken_ < pushed_size_) {
    size_t n = std::min(room, pushed_size_ - pushed_taken_);
    std::memcpy(to, pushed_ + pushed_taken_, n);
    pushed_taken_ += n;
    return {Kind::kBytes, n};
  }
  while (true) {
    if (!regular_) {
      pollfd ready[2] = {{fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
      int n = poll(ready, 2, timeout_ms_);
      if (n < 0 && errno != EINTR) return {Kind::kError, 0};
      if (n > 0 && ready[1].revents) {
        uint64_t value;
        if (::read(wake_fd_, &value, sizeof value) < 0) value = 0;
        return {Kind::kWaiting, 0};
      }
      if (n <= 0) return {Kind::kWaiting, 0};
    }
    ssize_t n = ::read(fd_, to, room);
    if (n > 0) return {Kind::kBytes, static_cast<size_t>(n)};
    if (n == 0) return {Kind::kEnd, 0};
    if (errno != EINTR && errno != EAGAIN) return {Kind::kError, 0};
  }
}

void Input::push_back(const uint8_t* bytes, size_t size) {
  pushed_size_ = std::min(size, sizeof pushed_), pushed_taken_ = 0;
  std::memcpy(pushed_, bytes, pushed_size_);
}

void Input::wake() {
  if (wake_fd_ < 0) return;
  uint64_t one = 1;
  ssize_t n = write(wake_fd_, &one, sizeof one);
  (void)n;
}

std::unique_ptr<Decoder> make_decoder(const uint8_t* magic, size_t size, std::string& error) {
  std::string_view first(reinterpret_cast<const char*>(magic), size);
  if (first.substr(0, 2) == "\x1f\x8b") return std::make_unique<GzipDecoder>();
  if (first == "\x28\xb5\x2f\xfd") {
#ifdef WIRETAIL_HAVE_ZSTD
    return std::make_unique<ZstdDecoder>();
#else
    error = "it is compressed with zstd, which was not built in; decompress it first (zstd -d)";
#endif
  }
  if (first == "\x04\x22\x4d\x18") {
#ifdef WIRETAIL_HAVE_LZ4
    return std::make_unique<Lz4Decoder>();
#else
    error = "it is compressed with lz4, which was not built in; decompress it first (lz4 -d)";
#endif
  }
  (void)error;
  return nullptr;
}

}  // namespace wiretail::daemon
