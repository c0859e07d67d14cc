// A capture file's bytes as contiguous pieces, through one buffer that is refilled in large blocks: plain files, pipes, and
// what gzip, zstd or lz4 made (recognised by its first bytes). Used by the file source alone, on the capture thread; only
// wake() may be called from elsewhere. need() is the hot path: a comparison and a pointer.
// Blocks are read, not mapped: measured on a 1.2 GB file, read() into a buffer that stays in the second-level cache takes
// 0.11 s and mapping 0.19 s, and a file that somebody cuts short meanwhile is an end, not a SIGBUS.
// Memory is bounded by the block, or by the largest piece asked for, and by the decompressor's window.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/capture/decoder.hpp"

namespace wiretail::daemon {

class ByteStream {
 public:
  // "-" is standard input. Null: `error` says why.
  static std::unique_ptr<ByteStream> open(const std::string& path, std::string& error);

  // Pointer to `size` contiguous bytes at the cursor; valid until the next need(). Null: the stream ends before, or error(),
  // or waiting(); nothing is consumed then, so the same need() may be tried again.
  const uint8_t* need(size_t size) {
    if (static_cast<size_t>(end_ - cursor_) >= size) [[likely]] return cursor_;
    return refill(size) ? cursor_ : nullptr;
  }
  void skip(size_t size) { cursor_ += size; }
  // Bytes at the cursor that need() would give without reading.
  size_t there() const { return static_cast<size_t>(end_ - cursor_); }
  // Bytes left before the end, once need() has returned null.
  size_t left() const { return static_cast<size_t>(end_ - cursor_); }
  // The last need() gave up because a pipe had nothing within the timeout, or because of wake().
  bool waiting() const { return waiting_; }
  const std::string& error() const { return error_; }  // of reading or decompressing; empty: the stream just ended
  bool regular() const { return input_.regular(); }
  void set_timeout(int ms) { input_.set_timeout(ms); }
  void wake() { input_.wake(); }

 private:
  explicit ByteStream(int fd, bool regular) : input_(fd, regular) {}
  bool refill(size_t wanted);
  bool recognise();

  const uint8_t* cursor_ = nullptr;
  const uint8_t* end_ = nullptr;
  Input input_;
  std::unique_ptr<Decoder> decoder_;  // null: plain bytes
  std::vector<uint8_t> buffer_;
  std::string error_;
  bool waiting_ = false, recognised_ = false;
};

}  // namespace wiretail::daemon
