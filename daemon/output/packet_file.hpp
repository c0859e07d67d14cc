// Writes matched packets as a capture file (`-w`): pcapng, readable by tshark and by our own reader. PacketFormat makes the
// bytes and knows nothing of files, so that a queue can carry them; PacketFile is the format with one large buffer in
// front of a descriptor. Both are used by one thread, the one that calls append(); packets are copied, nothing is kept of
// them. An append allocates only until the buffer has grown to its size. Errors are values: one sentence that says what
// to do; after one, nothing more is written. Format: draft-ietf-opsawg-pcapng §4.1 to §4.4.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/capture/source.hpp"
#include "dissect/packet.hpp"

namespace wiretail::daemon {

class PacketFormat {
 public:
  // The section header, and the interfaces that are known already (a live capture knows all of them). Comes first, once.
  void header(std::string& out, std::span<const Interface> interfaces = {});
  // The packet, behind its interface's block if that was not written yet.
  void packet(std::string& out, const dissect::Packet& packet, const Interface& interface);

 private:
  void describe(std::string& out, const Interface& interface);
  std::vector<uint32_t> ids_;  // by Interface::index: number in the file + 1; 0: not described yet
  uint32_t described_ = 0;
  uint32_t first_snaplen_ = 0;
};

class PacketFile {
 public:
  static constexpr size_t kBuffer = 1u << 20;

  PacketFile() = default;
  ~PacketFile() { close(); }
  PacketFile(const PacketFile&) = delete;
  PacketFile& operator=(const PacketFile&) = delete;

  // Makes or empties the file and writes its header; "-" is standard output. False: error() says why.
  bool open(const std::string& path, std::span<const Interface> interfaces = {});
  // False: error() says why (the disk is full, the reader went away).
  bool append(const dissect::Packet& packet, const Interface& interface) {
    format_.packet(buffer_, packet, interface);
    ++packets_;
    return buffer_.size() < kBuffer || flush();
  }
  // Hands everything to the system.
  bool flush();
  // Flushes and closes; true if every packet that was appended is in the file.
  bool close();
  uint64_t packets() const { return packets_; }
  bool reader_gone() const { return reader_gone_; }  // standard output or a pipe was closed at the other end
  const std::string& error() const { return error_; }

 private:
  PacketFormat format_;
  std::string buffer_, path_, error_;
  uint64_t packets_ = 0;
  int fd_ = -1;
  bool reader_gone_ = false;
};

}  // namespace wiretail::daemon
