// The two lower layers of a byte stream: raw bytes of a descriptor, and decompression of them. Used by ByteStream alone.
// Nothing here blocks longer than the timeout that the input was given; files on disk are read without waiting.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace wiretail::daemon {

class Input {
 public:
  enum class Kind : uint8_t {
    kBytes,    // `size` bytes were read
    kEnd,      // there are no more
    kWaiting,  // none within the timeout, or wake() was called
    kError,    // errno, or the decoder's error(), says why
  };
  struct Got {
    Kind kind;
    size_t size;
  };

  Input(int fd, bool regular);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  Got read(uint8_t* to, size_t room);
  // At most 4 bytes that were looked at come again.
  void push_back(const uint8_t* bytes, size_t size);
  bool regular() const { return regular_; }
  void set_timeout(int ms) { timeout_ms_ = ms; }
  void wake();  // async-signal-safe

 private:
  int fd_, wake_fd_ = -1;
  int timeout_ms_ = -1;
  bool regular_;
  uint8_t pushed_[4] = {};
  size_t pushed_size_ = 0, pushed_taken_ = 0;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Makes up to `room` bytes, at least one unless the kind says why not.
  virtual Input::Got decode(Input& input, uint8_t* to, size_t room) = 0;
  const std::string& error() const { return error_; }

 protected:
  Input::Got fail(const char* what) {
    error_ = what;
    return {Input::Kind::kError, 0};
  }
  std::string error_;
};

// By the first bytes. Null: not compressed, or `error` says why it cannot be read.
std::unique_ptr<Decoder> make_decoder(const uint8_t* magic, size_t size, std::string& error);

}  // namespace wiretail::daemon
