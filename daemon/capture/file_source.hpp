// Capture files: pcap (both byte orders, micro- and nanoseconds, the modified and the IXIA form, old versions) and pcapng
// (sections, interfaces of different link types, simple and obsolete packet blocks), plain or compressed, from disk, a pipe
// or standard input. Our own reader: libpcap's refuses files whose interfaces differ and hides the interfaces' names.
// Used on the capture thread; wake() may be called from anywhere. Input is hostile: every length is checked before it is
// used, memory is bounded (ByteStream; kMaxInterfaces), and damage ends the reading with a sentence after the packets before
// it were delivered. What counts as damage follows tshark's exit status.
// Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
#pragma once
#include <vector>

#include "daemon/capture/byte_stream.hpp"
#include "daemon/capture/source.hpp"

namespace wiretail::daemon {

class FileSource : public Source {
 public:
  static constexpr uint32_t kMaxPacket = 262'144;   // longer packets are taken for damage, as Wireshark does
  static constexpr size_t kMaxInterfaces = 65'536;

  // Null: `error` says why (not there, not a capture file). Of a pipe nothing is read here: that it holds no capture is
  // found by dispatch().
  static std::unique_ptr<FileSource> open(const std::string& path, std::string& error);
  // A file on disk: to its end in one call.
  State dispatch(PacketHandler& handler, int timeout_ms) override;
  void wake() override { stream_->wake(); }
  bool live() const override { return false; }
  const std::deque<Interface>& interfaces() const override { return interfaces_; }
  CaptureCounters counters() override { return {count_, 0, 0}; }

 private:
  enum class Format : uint8_t { kUnread, kPcap, kPcapng };
  struct Clock {  // of one pcapng interface
    uint64_t units_per_second = 1'000'000;  // 0: too fine to count in, the time is 0
    int64_t offset = 0;
    dissect::Time time(uint64_t units) const;
  };

  FileSource() = default;
  State recognise();
  State pcap_header(uint32_t magic, bool big_endian);
  State pcap(PacketHandler& handler);

  State pcapng(PacketHandler& handler);
  State section(const uint8_t* p);
  State block(uint32_t type, const uint8_t* body, uint32_t size, PacketHandler& handler);
  State interface_block(const uint8_t* body, uint32_t size);
  State packet_block(uint32_t type, const uint8_t* body, uint32_t size, PacketHandler& handler);
  State simple_block(const uint8_t* body, uint32_t size, PacketHandler& handler);
  State other_record(uint32_t type, const uint8_t* body, uint32_t size, PacketHandler& handler);
  bool options(const uint8_t* p, uint32_t size, dissect::Packet* packet) const;
  bool name_records(const uint8_t* body, uint32_t size) const;
  State pass_on();

  State deliver(PacketHandler& handler, dissect::Packet& packet, const Interface& interface) {
    packet.number = ++count_;
    return handler.packet(packet, interface) ? State::kMore : State::kEnd;
  }
  State fail(std::string what);
  State damaged(const char* what) { return fail(std::string(what) + ": the file is damaged" + before()); }
  State too_long(uint32_t bytes);
  // need() gave nothing, at a place where a record might begin: the end, the middle of a record, or only a pause.
  State ended(const char* where);
  std::string before() const;
  uint32_t u32(const uint8_t* p) const;
  uint16_t u16(const uint8_t* p) const;
  uint64_t u64(const uint8_t* p) const;

  std::string path_;
  std::unique_ptr<ByteStream> stream_;
  std::deque<Interface> interfaces_;
  std::vector<Clock> clocks_;
  Interface no_interface_;  // of records that are no packets
  State state_ = State::kMore;
  Format format_ = Format::kUnread;
  bool big_endian_ = false, nanoseconds_ = false;
  uint8_t minor_ = 4;             // pcap's version: older ones have the two lengths the other way round
  uint8_t record_header_ = 16;
  int8_t fcs_len_ = -1;
  size_t section_first_ = 0;      // index of the section's first interface
  uint32_t section_ = 0;          // number of the section, from 1
  uint64_t passing_ = 0;          // bytes left of a large block that nobody reads
  uint32_t trailer_ = 0;          // length that must stand at that block's end
  uint64_t count_ = 0;
};

}  // namespace wiretail::daemon
