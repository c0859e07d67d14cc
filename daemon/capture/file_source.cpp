#include "daemon/capture/file_source.hpp"

#include <algorithm>

#include "dissect/bytes.hpp"

namespace wiretail::daemon {
namespace {

using dissect::LinkType;
using dissect::Packet;

// Longer packets are taken for damage, as Wireshark does.
constexpr uint32_t kMaxPacket = 262'144;
constexpr uint32_t kMaxBlock = 16u << 20;
constexpr uint32_t kSectionBlock = 0x0a0d0d0a;

// Names that libpcap's writers used for the same link types before they had numbers of their own.
LinkType link_type_of(uint32_t value) {
  value &= 0x3ff'ffff;
  if (value == 12 || value == 14) value = 101;  // DLT_RAW of several systems
  return static_cast<LinkType>(value & 0xffff);
}

}  // namespace

uint32_t FileSource::u32(const uint8_t* p) const { return big_endian_ ? dissect::be32(p) : dissect::le32(p); }
uint16_t FileSource::u16(const uint8_t* p) const { return big_endian_ ? dissect::be16(p) : dissect::le16(p); }

std::unique_ptr<FileSource> FileSource::open(const std::string& path, std::string& error) {
  auto source = std::unique_ptr<FileSource>(new FileSource());
  source->path_ = path == "-" ? "standard input" : path;
  source->stream_ = ByteStream::open(path, error);
  if (!source->stream_) return nullptr;
  const uint8_t* p = source->stream_->need(4);
  if (!p) {
    error = source->path_ + (source->stream_->error().empty() ? " is too short for a capture file" : ": " + source->stream_->error());
    return nullptr;
  }
  uint32_t magic = dissect::le32(p), swapped = dissect::be32(p);
  if (magic == kSectionBlock) {
    source->pcapng_ = true;
    return source;
  }
  for (bool big : {false, true}) {
    uint32_t m = big ? swapped : magic;
    if (m != 0xa1b2c3d4 && m != 0xa1b23c4d && m != 0xa1b2cd34) continue;
    source->big_endian_ = big;
    source->nanoseconds_ = m == 0xa1b23c4d;
    source->modified_ = m == 0xa1b2cd34;
    if (!(p = source->stream_->need(24))) {
      error = source->path_ + " is cut short inside its header";
      return nullptr;
    }
    Interface interface;
    interface.link_type = link_type_of(source->u32(p + 20));
    interface.snaplen = source->u32(p + 16);
    interface.nanoseconds = source->nanoseconds_;
    source->interfaces_.push_back(std::move(interface));
    source->stream_->skip(24);
    return source;
  }
  error = source->path_ + " is not a capture file that can be read here: pcap and pcapng are, plain or compressed with gzip, zstd or lz4";
  return nullptr;
}

Source::State FileSource::fail(std::string what) {
  error_ = path_ + ": " + std::move(what);
  return State::kFailed;
}

Source::State FileSource::cut_short(const char* where) {
  if (!stream_->error().empty()) return fail(stream_->error());
  return fail(std::string("the file is cut short in the middle of ") + where + "; the packets before it were read");
}

Source::State FileSource::dispatch(PacketHandler& handler, int) { return pcapng_ ? pcapng(handler) : pcap(handler); }

Source::State FileSource::pcap(PacketHandler& handler) {
  const uint32_t header = modified_ ? 24 : 16;
  const Interface& interface = interfaces_[0];
  Packet packet;
  packet.link_type = interface.link_type;
  while (true) {
    const uint8_t* p = stream_->need(header);
    if (!p) return stream_->left() ? cut_short("a packet's header") : stream_->error().empty() ? State::kEnd : fail(stream_->error());
    uint32_t captured = u32(p + 8), length = u32(p + 12);
    packet.time = {u32(p), static_cast<int32_t>(nanoseconds_ ? u32(p + 4) % 1'000'000'000 : u32(p + 4) % 1'000'000 * 1000)};
    if (!nanoseconds_ && u32(p + 4) >= 1'000'000) packet.time.seconds += u32(p + 4) / 1'000'000;
    if (captured > kMaxPacket) return fail("packet " + std::to_string(count_ + 1) + " claims " + std::to_string(captured) + " bytes, more than the maximum of " + std::to_string(kMaxPacket) + ": the file is damaged");
    p = stream_->need(size_t{header} + captured);
    if (!p) return cut_short("a packet");
    packet.data = p + header;
    packet.cap_len = captured, packet.len = length;
    packet.number = ++count_;
    stream_->skip(size_t{header} + captured);
    if (!handler.packet(packet, interface)) return State::kEnd;
  }
}

bool FileSource::section(const uint8_t* block, uint32_t) {
  uint32_t order = dissect::le32(block + 8);
  if (order != 0x1a2b3c4d && order != 0x4d3c2b1a) return false;
  big_endian_ = order == 0x4d3c2b1a;
  section_first_ = interfaces_.size();
  return true;
}

void FileSource::interface_block(const uint8_t* body, uint32_t length) {
  Interface interface;
  Clock clock;
  interface.link_type = link_type_of(u16(body));
  interface.snaplen = u32(body + 4);
  interface.nanoseconds = false;
  for (uint32_t at = 8; at + 4 <= length;) {
    uint16_t code = u16(body + at), size = u16(body + at + 2);
    const uint8_t* value = body + at + 4;
    if (code == 0 || at + 4 + size > length) break;
    auto text = [&] {
      std::string_view s(reinterpret_cast<const char*>(value), size);
      return std::string(s.substr(0, s.find('\0')));
    };
    if (code == 2) interface.name = text();
    if (code == 3) interface.description = text();
    if (code == 9 && size >= 1) {  // if_tsresol
      unsigned exponent = value[0] & 0x7f;
      clock.units_per_second = 1;
      if (value[0] & 0x80) clock.units_per_second = exponent < 64 ? uint64_t{1} << exponent : 0;
      else for (unsigned i = 0; i < exponent; ++i) clock.units_per_second = exponent <= 19 ? clock.units_per_second * 10 : 0;
      interface.nanoseconds = clock.units_per_second > 1'000'000;
      if (clock.units_per_second == 0) clock.units_per_second = 1'000'000;
    }
    if (code == 13 && size >= 1) clock.fcs = value[0];
    if (code == 14 && size >= 8) {
      uint64_t high = u32(big_endian_ ? value : value + 4), low = u32(big_endian_ ? value + 4 : value);
      clock.offset = static_cast<int64_t>(high << 32 | low);
    }
    at += 4 + ((size + 3u) & ~3u);
  }
  interface.index = static_cast<uint32_t>(interfaces_.size());
  interfaces_.push_back(std::move(interface));
  clocks_.push_back(clock);
}

dissect::Time FileSource::time_of(const Clock& clock, uint64_t units) const {
  uint64_t seconds = units / clock.units_per_second, rest = units % clock.units_per_second;
  auto nanos = static_cast<int32_t>(static_cast<unsigned __int128>(rest) * 1'000'000'000 / clock.units_per_second);
  return {static_cast<int64_t>(seconds + static_cast<uint64_t>(clock.offset)), nanos};
}

Source::State FileSource::pcapng(PacketHandler& handler) {
  while (true) {
    const uint8_t* p = stream_->need(12);
    if (!p) return stream_->left() ? cut_short("a block") : stream_->error().empty() ? State::kEnd : fail(stream_->error());
    uint32_t type = u32(p);
    if (dissect::le32(p) == kSectionBlock) {
      if (!section(p, 12)) return fail("a section header has no byte-order mark: the file is damaged");
      type = kSectionBlock;
    }
    uint32_t length = u32(p + 4);
    if (length < 12 || length % 4 || length > kMaxBlock) return fail("a block claims " + std::to_string(length) + " bytes: the file is damaged");
    p = stream_->need(length);
    if (!p) return cut_short("a block");
    const uint8_t* body = p + 8;
    uint32_t size = length - 12;
    stream_->skip(length);
    if (type == kSectionBlock) {
      if (size < 16) return fail("a section header is too short: the file is damaged");
      continue;
    }
    if (type == 1) {
      if (size < 8) return fail("an interface block is too short: the file is damaged");
      interface_block(body, size);
      continue;
    }
    if (type != 6 && type != 3 && type != 2) continue;  // names, statistics, secrets, custom blocks
    Packet packet;
    uint32_t index = 0, data = 0;
    if (type == 3) {  // simple packet: the first interface, no time
      if (size < 4) return fail("a packet block is too short: the file is damaged");
      packet.len = u32(body);
      packet.has_time = false;
      data = 4;
    } else {
      if (size < 20) return fail("a packet block is too short: the file is damaged");
      index = type == 6 ? u32(body) : u16(body);
      packet.cap_len = u32(body + 12), packet.len = u32(body + 16);
      data = 20;
    }
    size_t global = section_first_ + index;
    if (global >= interfaces_.size()) return fail("packet " + std::to_string(count_ + 1) + " names interface " + std::to_string(index) + ", which the file does not describe");
    const Interface& interface = interfaces_[global];
    if (type == 3) packet.cap_len = std::min(packet.len, interface.snaplen ? std::min(interface.snaplen, size - data) : size - data);
    else packet.time = time_of(clocks_[global], uint64_t{u32(body + 4)} << 32 | u32(body + 8));
    if (packet.cap_len > size - data) return fail("packet " + std::to_string(count_ + 1) + " is longer than its block: the file is damaged");
    if (packet.cap_len > kMaxPacket) return fail("packet " + std::to_string(count_ + 1) + " claims " + std::to_string(packet.cap_len) + " bytes, more than the maximum of " + std::to_string(kMaxPacket) + ": the file is damaged");
    packet.data = body + data;
    packet.link_type = interface.link_type;
    packet.interface_id = index;
    packet.number = ++count_;
    if (!handler.packet(packet, interface)) return State::kEnd;
  }
}

}  // namespace wiretail::daemon
