// Capture files: pcap (both byte orders, micro- and nanoseconds, the modified form) and pcapng (sections, several interfaces
// of different link types, simple and obsolete packet blocks), plain or compressed, or standard input. Our own reader:
// libpcap's refuses files whose interfaces differ and hides the interfaces' names.
// Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
#pragma once
#include "daemon/capture/byte_stream.hpp"
#include "daemon/capture/source.hpp"

namespace wiretail::daemon {

class FileSource : public Source {
 public:
  // Null: `error` says why (not there, not a capture file).
  static std::unique_ptr<FileSource> open(const std::string& path, std::string& error);
  State dispatch(PacketHandler& handler, int timeout_ms) override;
  bool live() const override { return false; }
  const std::deque<Interface>& interfaces() const override { return interfaces_; }
  CaptureCounters counters() override { return {count_, 0, 0}; }

 private:
  struct Clock {  // of one pcapng interface
    uint64_t units_per_second = 1'000'000;
    int64_t offset = 0;
    uint32_t fcs = 0;
  };
  State pcap(PacketHandler& handler);
  State pcapng(PacketHandler& handler);
  bool section(const uint8_t* block, uint32_t length);
  void interface_block(const uint8_t* body, uint32_t length);
  State fail(std::string what);
  State cut_short(const char* where);
  uint32_t u32(const uint8_t* p) const;
  uint16_t u16(const uint8_t* p) const;
  dissect::Time time_of(const Clock& clock, uint64_t units) const;

  std::string path_;
  std::unique_ptr<ByteStream> stream_;
  std::deque<Interface> interfaces_;
  std::vector<Clock> clocks_;
  bool pcapng_ = false, big_endian_ = false, nanoseconds_ = false, modified_ = false;
  size_t section_first_ = 0;  // index of the section's first interface
  uint64_t count_ = 0;
};

}  // namespace wiretail::daemon
