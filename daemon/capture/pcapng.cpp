// The pcapng half of the file source. Sections are those of draft-ietf-opsawg-pcapng.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "daemon/capture/file_source.hpp"
#include "daemon/capture/link_type.hpp"
#include "dissect/bytes.hpp"

namespace wiretail::daemon {
namespace {

constexpr uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kObsoletePacket = 2, kSimplePacket = 3, kNames = 4, kStatistics = 5,
                   kPacket = 6, kJournal = 9, kSecrets = 10, kEvent = 0x204, kEvent2 = 0x216, kLargeEvent2 = 0x221,
                   kCustom = 0xbad, kCustomNoCopy = 0x4000'0bad;
constexpr uint32_t kMaxBlock = 16u << 20;    // of a block that is read whole
constexpr uint32_t kMaxIgnored = 64u << 10;  // a longer block that nobody reads is not gathered
constexpr size_t kMaxText = 1024;            // of an interface's name

uint32_t padded(uint32_t n) { return (n + 3) & ~3u; }

// The fewest bytes that a block has between its two lengths.
uint32_t shortest(uint32_t type) {
  switch (type) {
    case kSection: return 16;
    case kInterface: case kSecrets: return 8;
    case kObsoletePacket: case kPacket: return 20;
    case kSimplePacket: case kNames: case kCustom: case kCustomNoCopy: return 4;
    case kStatistics: return 12;
    case kJournal: return 23;
    case kEvent: return 24;
    case kEvent2: case kLargeEvent2: return 28;
    default: return 0;
  }
}

bool ignored(uint32_t type) { return shortest(type) == 0 || type == kNames || type == kSecrets || type == kStatistics; }

std::string text_option(const uint8_t* value, uint32_t size) {
  std::string_view s(reinterpret_cast<const char*>(value), std::min<size_t>(size, kMaxText));
  return std::string(s.substr(0, s.find('\0')));
}

}  // namespace

dissect::Time FileSource::Clock::time(uint64_t units) const {
  if (units_per_second == 0) return {};
  uint64_t seconds = units / units_per_second, rest = units % units_per_second;
  // Micro- and nanoseconds, which nearly all files have, without a 128-bit division.
  uint64_t nanos = units_per_second <= 1'000'000'000 ? rest * 1'000'000'000 / units_per_second
                                                     : static_cast<uint64_t>(static_cast<unsigned __int128>(rest) * 1'000'000'000 / units_per_second);
  return {static_cast<int64_t>(seconds + static_cast<uint64_t>(offset)), static_cast<int32_t>(nanos)};
}

Source::State FileSource::pcapng(PacketHandler& handler) {
  while (true) {
    if (passing_) [[unlikely]] {
      State state = pass_on();
      if (state != State::kMore || passing_) return state;
    }
    const uint8_t* p = stream_->need(12);
    if (!p) return ended("a block");
    uint32_t type = u32(p);
    if (type == kSection) [[unlikely]] {
      if (!(p = stream_->need(16))) return ended("a section header");
      if (section(p) != State::kMore) return State::kFailed;
    }
    const uint32_t length = u32(p + 4);
    if (length < 12 + shortest(type) || length % 4) return damaged("a block has a wrong length");
    if (length > kMaxIgnored && ignored(type)) [[unlikely]] {
      stream_->skip(8);
      passing_ = length - 8, trailer_ = length;
      continue;
    }
    if (length > kMaxBlock) return damaged("a block has a wrong length");
    p = stream_->need(length);
    if (!p) return ended("a block");
    if (u32(p + length - 4) != length) return damaged("a block's two lengths differ");
    stream_->skip(length);
    State state = block(type, p + 8, length - 12, handler);
    if (state != State::kMore) return state;
  }
}

// A large block without meaning here: read through, piece by piece.
Source::State FileSource::pass_on() {
  while (passing_ > 4) {
    size_t piece = static_cast<size_t>(std::min<uint64_t>(passing_ - 4, kMaxIgnored));
    if (!stream_->need(piece)) return ended("a block");
    stream_->skip(piece);
    passing_ -= piece;
  }
  const uint8_t* p = stream_->need(4);
  if (!p) return ended("a block");
  if (u32(p) != trailer_) return damaged("a block's two lengths differ");
  stream_->skip(4);
  passing_ = 0;
  return State::kMore;
}

// §4.1. Only looks: the block is read as the others afterwards, in the byte order that it announces.
Source::State FileSource::section(const uint8_t* p) {
  uint32_t order = dissect::le32(p + 8);
  if (order != 0x1a2b3c4d && order != 0x4d3c2b1a) return damaged("a section header has no byte-order mark");
  big_endian_ = order == 0x4d3c2b1a;
  uint16_t major = u16(p + 12), minor = u16(p + 14);
  // 1.2 was written by some versions of a well-known program; it is the same.
  if (major != 1 || (minor != 0 && minor != 2))
    return fail("version " + std::to_string(major) + "." + std::to_string(minor) + " of the pcapng format is not known" + before());
  section_first_ = interfaces_.size();
  ++section_;
  return State::kMore;
}

Source::State FileSource::block(uint32_t type, const uint8_t* body, uint32_t size, PacketHandler& handler) {
  switch (type) {
    case kPacket: case kObsoletePacket: return packet_block(type, body, size, handler);
    case kSimplePacket: return simple_block(body, size, handler);
    case kInterface: return interface_block(body, size);
    case kCustom: case kCustomNoCopy: case kJournal: case kEvent: case kEvent2: case kLargeEvent2: return other_record(type, body, size, handler);
    case kSection: return options(body + 16, size - 16, nullptr) ? State::kMore : damaged("an option is longer than its block");
    case kStatistics: return options(body + 12, size - 12, nullptr) ? State::kMore : damaged("an option is longer than its block");
    case kNames: return name_records(body, size) ? State::kMore : damaged("a name is longer than its block");
    case kSecrets:
      if (u32(body + 4) > size - 8) return damaged("secrets are longer than their block");
      return State::kMore;
    default: return State::kMore;
  }
}

// §3.5: whether every option lies inside its block, and what one of them says of a packet.
bool FileSource::options(const uint8_t* p, uint32_t size, dissect::Packet* packet) const {
  while (size >= 4) {
    uint16_t code = u16(p), length = u16(p + 2);
    if (code == 0) return true;
    if (4 + padded(length) > size) return false;
    // epb_flags: bits 5 to 8 are the length of the frame check sequence, 0: not told.
    if (packet && code == 2 && length == 4) {
      packet->has_flags = true, packet->flags = u32(p + 4);
      if (packet->flags >> 5 & 15) packet->fcs_len = static_cast<int8_t>(packet->flags >> 5 & 15);
    }
    p += 4 + padded(length), size -= 4 + padded(length);
  }
  return true;
}

// §4.5
bool FileSource::name_records(const uint8_t* p, uint32_t size) const {
  while (size >= 4) {
    uint16_t kind = u16(p), length = u16(p + 2);
    if (kind == 0) return true;
    if (4 + padded(length) > size) return false;
    p += 4 + padded(length), size -= 4 + padded(length);
  }
  return true;
}

// §4.2
Source::State FileSource::interface_block(const uint8_t* body, uint32_t size) {
  if (interfaces_.size() == kMaxInterfaces) return fail("there are more than " + std::to_string(kMaxInterfaces) + " interfaces in it" + before());
  Interface interface;
  Clock clock;
  interface.link_type = canonical_link_type(u16(body));
  interface.snaplen = u32(body + 4);
  interface.nanoseconds = false;
  if (!options(body + 8, size - 8, nullptr)) return damaged("an option is longer than its block");
  for (uint32_t at = 8; at + 4 <= size;) {
    uint16_t code = u16(body + at), length = u16(body + at + 2);
    const uint8_t* value = body + at + 4;
    if (code == 0) break;
    if (code == 2) interface.name = text_option(value, length);
    if (code == 3) interface.description = text_option(value, length);
    if (code == 9 && length == 1) {  // if_tsresol
      unsigned exponent = value[0] & 0x7f;
      clock.units_per_second = 1;
      if (value[0] & 0x80) clock.units_per_second = exponent < 64 ? uint64_t{1} << exponent : 0;
      else if (exponent > 19) clock.units_per_second = 0;
      else while (exponent--) clock.units_per_second *= 10;
      interface.nanoseconds = clock.units_per_second > 1'000'000;
    }
    if (code == 11 && length > 1 && value[0] == 0) interface.filter = text_option(value + 1, length - 1u);
    if (code == 13 && length == 1 && value[0] < 128) interface.fcs_len = static_cast<int8_t>(value[0]);
    if (code == 14 && length == 8) clock.offset = static_cast<int64_t>(u64(value));  // if_tsoffset
    at += 4 + padded(length);
  }
  interface.index = static_cast<uint32_t>(interfaces_.size());
  interfaces_.push_back(std::move(interface));
  clocks_.push_back(clock);
  return State::kMore;
}

// §4.3, and A for the obsolete form, which has the interface in 16 bits and a drop count beside it.
Source::State FileSource::packet_block(uint32_t type, const uint8_t* body, uint32_t size, PacketHandler& handler) {
  const uint32_t index = type == kPacket ? u32(body) : u16(body);
  const size_t global = section_first_ + index;
  if (global >= interfaces_.size())
    return fail("packet " + std::to_string(count_ + 1) + " names interface " + std::to_string(index) + ", which the file does not describe" + before());
  const Interface& interface = interfaces_[global];
  dissect::Packet packet;
  packet.cap_len = u32(body + 12), packet.len = std::min<uint32_t>(u32(body + 16), 0x7fff'ffff);
  if (packet.cap_len > kMaxPacket) return too_long(packet.cap_len);
  const uint32_t room = padded(packet.cap_len);
  if (room > size - 20) return damaged("a packet is longer than its block");
  packet.fcs_len = interface.fcs_len;
  if (room + 4 <= size - 20 && !options(body + 20 + room, size - 20 - room, type == kPacket ? &packet : nullptr))
    return damaged("an option is longer than its block");
  packet.data = body + 20;
  packet.time = clocks_[global].time(uint64_t{u32(body + 4)} << 32 | u32(body + 8));
  packet.link_type = interface.link_type;
  packet.interface_id = index;
  packet.section = section_;
  return deliver(handler, packet, interface);
}

// §4.4: of the section's first interface, without a time; the captured length follows from the snapshot length.
Source::State FileSource::simple_block(const uint8_t* body, uint32_t size, PacketHandler& handler) {
  if (section_first_ >= interfaces_.size()) return fail("packet " + std::to_string(count_ + 1) + " stands before any interface: the file is damaged" + before());
  const Interface& interface = interfaces_[section_first_];
  dissect::Packet packet;
  const uint32_t length = u32(body);
  packet.cap_len = interface.snaplen ? std::min(length, interface.snaplen) : length;
  if (packet.cap_len > kMaxPacket) return too_long(packet.cap_len);
  if (padded(packet.cap_len) != size - 4) return damaged("a packet does not fit its block");
  packet.len = std::min<uint32_t>(length, 0x7fff'ffff);
  packet.data = body + 4;
  packet.has_time = false;
  packet.section = section_;
  packet.link_type = interface.link_type;
  packet.fcs_len = interface.fcs_len;
  return deliver(handler, packet, interface);
}

// Records that are no packets but that Wireshark numbers as frames: custom blocks (§4.7), entries of systemd's journal
// (§4.9) and Sysdig's events.
Source::State FileSource::other_record(uint32_t type, const uint8_t* body, uint32_t size, PacketHandler& handler) {
  dissect::Packet packet;
  packet.link_type = kNotAPacket;
  uint32_t begin = 4;
  if (type == kJournal) {
    begin = 0;
    while (size && body[size - 1] == 0) --size;  // padding
    std::string_view entry(reinterpret_cast<const char*>(body), size);
    constexpr std::string_view kStamp = "__REALTIME_TIMESTAMP=";
    size_t at = entry.find(kStamp);
    uint64_t micros = 0;
    if (at == entry.npos) return damaged("a journal entry has no time");
    std::from_chars(entry.data() + at + kStamp.size(), entry.data() + entry.size(), micros);
    packet.time = Clock{}.time(micros);
  } else if (type == kCustom || type == kCustomNoCopy) {
    packet.has_time = false;
  } else {
    begin = type == kEvent ? 24 : 28;
    packet.time = Clock{1'000'000'000, 0}.time(u64(body + 2));
  }
  packet.data = body + begin;
  packet.cap_len = size - begin;
  packet.len = begin >= 24 ? u32(body + 18) : packet.cap_len;
  if (packet.cap_len > kMaxPacket) return too_long(packet.cap_len);
  return deliver(handler, packet, no_interface_);
}

}  // namespace wiretail::daemon
