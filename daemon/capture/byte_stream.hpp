// A capture file's bytes as contiguous pieces: a file is mapped window by window, everything else (pipes, compressed files)
// goes through one buffer. gzip, zstd and lz4 are recognised by their first bytes. Used by the file source alone.
// need() is the hot path: a comparison and a pointer. Memory is bounded by the window, or by the largest piece asked for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wiretail::daemon {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // "-" is standard input. Null: `error` says why.
  static std::unique_ptr<ByteStream> open(const std::string& path, std::string& error);

  // Pointer to `size` contiguous bytes at the cursor, or null if the stream ends before; valid until the next need().
  const uint8_t* need(size_t size) {
    if (static_cast<size_t>(end_ - cursor_) >= size) [[likely]] return cursor_;
    return refill(size) ? cursor_ : nullptr;
  }
  void skip(size_t size) { cursor_ += size; }
  // Bytes left before the end, once need() has returned null.
  size_t left() const { return static_cast<size_t>(end_ - cursor_); }
  const std::string& error() const { return error_; }  // of reading or decompressing; empty: the stream just ended

 protected:
  virtual bool refill(size_t size) = 0;
  const uint8_t* cursor_ = nullptr;
  const uint8_t* end_ = nullptr;
  std::string error_;
};

}  // namespace wiretail::daemon
