#include "daemon/capture/file_source.hpp"

#include <algorithm>

#include "daemon/capture/link_type.hpp"
#include "dissect/bytes.hpp"

namespace wiretail::daemon {
namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d;
constexpr uint32_t kModified = 0xa1b2cd34;                             // 8 bytes more in each record's header
constexpr uint32_t kIxiaHardware = 0x1c0001ac, kIxiaSoftware = 0x1c0001ab;  // 4 bytes more in the file's header
constexpr uint32_t kSectionBlock = 0x0a0d0d0a;                         // reads the same in both byte orders

}  // namespace

uint32_t FileSource::u32(const uint8_t* p) const { return big_endian_ ? dissect::be32(p) : dissect::le32(p); }
uint16_t FileSource::u16(const uint8_t* p) const { return big_endian_ ? dissect::be16(p) : dissect::le16(p); }
uint64_t FileSource::u64(const uint8_t* p) const { return big_endian_ ? dissect::be64(p) : dissect::le64(p); }

std::unique_ptr<FileSource> FileSource::open(const std::string& path, std::string& error) {
  auto source = std::unique_ptr<FileSource>(new FileSource());
  source->path_ = path == "-" ? "standard input" : path;
  source->no_interface_.link_type = kNotAPacket;
  source->no_interface_.identified = false;
  source->stream_ = ByteStream::open(path, error);
  if (!source->stream_) return nullptr;
  if (source->stream_->regular() && source->recognise() == State::kFailed) {
    error = source->error_;
    return nullptr;
  }
  return source;
}

Source::State FileSource::dispatch(PacketHandler& handler, int timeout_ms) {
  stream_->set_timeout(timeout_ms);
  if (state_ == State::kMore && format_ == Format::kUnread) state_ = recognise();
  if (state_ == State::kMore && format_ != Format::kUnread) state_ = format_ == Format::kPcap ? pcap(handler) : pcapng(handler);
  return state_;
}

Source::State FileSource::fail(std::string what) {
  error_ = path_ + ": " + std::move(what);
  return State::kFailed;
}

std::string FileSource::before() const {
  if (count_ == 0) return "";
  return count_ == 1 ? "; the packet before it was read" : "; the " + std::to_string(count_) + " packets before it were read";
}

Source::State FileSource::too_long(uint32_t bytes) {
  return fail("packet " + std::to_string(count_ + 1) + " claims " + std::to_string(bytes) + " bytes, more than the maximum of " + std::to_string(kMaxPacket) + ": the file is damaged" + before());
}

Source::State FileSource::ended(const char* where) {
  if (stream_->waiting()) return State::kMore;
  if (!stream_->error().empty()) return fail(stream_->error() + before());
  if (stream_->left() == 0 && passing_ == 0) return State::kEnd;
  return fail(std::string("the file is cut short in the middle of ") + where + before());
}

Source::State FileSource::recognise() {
  const uint8_t* p = stream_->need(4);
  if (p) {
    if (dissect::le32(p) == kSectionBlock) {
      format_ = Format::kPcapng;
      return State::kMore;
    }
    for (bool big : {false, true}) {
      uint32_t magic = big ? dissect::be32(p) : dissect::le32(p);
      if (magic == kMicroseconds || magic == kNanoseconds || magic == kModified || magic == kIxiaHardware || magic == kIxiaSoftware)
        return pcap_header(magic, big);
    }
  } else if (stream_->waiting() || !stream_->error().empty() || stream_->left() == 0) {
    return ended("");  // an empty file is a capture of no packets
  }
  return fail("this is not a capture file that can be read here; pcap and pcapng are, plain or compressed with gzip, zstd or lz4");
}

// draft-ietf-opsawg-pcap §4
Source::State FileSource::pcap_header(uint32_t magic, bool big_endian) {
  bool ixia = magic == kIxiaHardware || magic == kIxiaSoftware;
  const size_t length = ixia ? 28 : 24;
  const uint8_t* p = stream_->need(length);
  if (!p) return ended("its header");
  big_endian_ = big_endian;
  nanoseconds_ = magic == kNanoseconds;
  record_header_ = magic == kModified ? 24 : 16;
  uint16_t major = u16(p + 4), minor = u16(p + 6);
  if (major < 2) return fail("version " + std::to_string(major) + "." + std::to_string(minor) + " of the pcap format is not known");
  minor_ = static_cast<uint8_t>(major == 543 ? 0 : major == 2 ? std::min<uint16_t>(minor, 4) : 4);
  uint32_t network = u32(p + 20), type = network & 0xffff;
  if ((network & 0x03ff'0000) != 0 || !known_link_type(type))
    return fail("its packets are of link type " + std::to_string(network) + ", which is not known here");
  if (network & 0x0400'0000) fcs_len_ = static_cast<int8_t>((network >> 28) * 2);
  Interface interface;
  interface.link_type = canonical_link_type(type);
  interface.snaplen = u32(p + 16);
  interface.nanoseconds = nanoseconds_;
  interface.identified = false;
  interface.fcs_len = fcs_len_;
  interfaces_.push_back(std::move(interface));
  stream_->skip(length);
  format_ = Format::kPcap;
  return State::kMore;
}

Source::State FileSource::pcap(PacketHandler& handler) {
  const uint32_t header = record_header_;
  const Interface& interface = interfaces_[0];
  const uint32_t scale = nanoseconds_ ? 1 : 1000;
  dissect::Packet packet;
  packet.link_type = interface.link_type;
  packet.fcs_len = fcs_len_;
  while (true) {
    const uint8_t* p = stream_->need(header);
    if (!p) return ended("a packet's header");
    uint32_t captured = u32(p + 8), length = u32(p + 12);
    // The lengths stood the other way round before version 2.3; files of 2.3 exist in both ways.
    if (minor_ < 4 && (minor_ < 3 || captured > length)) [[unlikely]] std::swap(captured, length);
    if (captured > kMaxPacket) return too_long(captured);
    uint32_t seconds = u32(p), fraction = u32(p + 4);
    packet.time = {seconds, static_cast<int32_t>(fraction * scale)};  // of a damaged file modulo 2^32
    p = stream_->need(size_t{header} + captured);
    if (!p) return ended("a packet");
    packet.data = p + header;
    packet.cap_len = captured, packet.len = std::min<uint32_t>(length, 0x7fff'ffff);
    stream_->skip(size_t{header} + captured);
    packet.following = nullptr;
    if (const size_t there = stream_->there(); there > header) {
      const uint8_t* next = p + header + captured;
      const uint32_t size = u32(next + 8);
      if (size <= there - header) packet.following = next + header, packet.following_len = size;
    }
    if (deliver(handler, packet, interface) == State::kEnd) return State::kEnd;
  }
}

}  // namespace wiretail::daemon
