#include "daemon/output/packet_file.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace wiretail::daemon {
namespace {

// Blocks are written in the machine's own byte order, as the format wants.
void put16(std::string& out, uint16_t v) { out.append(reinterpret_cast<const char*>(&v), 2); }
void put32(std::string& out, uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); }
void pad(std::string& out, size_t length) { out.append((4 - length % 4) % 4, '\0'); }

void option(std::string& out, uint16_t code, std::string_view value) {
  value = value.substr(0, 0xffff);
  put16(out, code);
  put16(out, static_cast<uint16_t>(value.size()));
  out.append(value);
  pad(out, value.size());
}

// The length stands at both ends of a block.
void end_block(std::string& out, size_t begin) {
  auto length = static_cast<uint32_t>(out.size() - begin + 4);
  std::memcpy(out.data() + begin + 4, &length, 4);
  put32(out, length);
}

size_t begin_block(std::string& out, uint32_t type) {
  size_t begin = out.size();
  put32(out, type);
  put32(out, 0);
  return begin;
}

}  // namespace

void PacketFormat::header(std::string& out, const std::deque<Interface>& interfaces) {
  size_t begin = begin_block(out, 0x0a0d0d0a);
  put32(out, 0x1a2b3c4d);
  put16(out, 1), put16(out, 0);                          // version 1.0
  put32(out, 0xffffffff), put32(out, 0xffffffff);        // the section's length is not known yet
  option(out, 4, "wiretail " WIRETAIL_VERSION);          // shb_userappl
  option(out, 0, {});
  end_block(out, begin);
  for (const Interface& interface : interfaces) describe(out, interface);
}

void PacketFormat::describe(std::string& out, const Interface& interface) {
  if (interface.link_type == kNotAPacket) return;
  if (interface.index >= ids_.size()) ids_.resize(interface.index + 1, 0);
  if (ids_[interface.index]) return;
  if (described_ == 0) first_snaplen_ = interface.snaplen;
  ids_[interface.index] = ++described_;
  size_t begin = begin_block(out, 1);
  put16(out, static_cast<uint16_t>(interface.link_type)), put16(out, 0);
  put32(out, interface.snaplen);
  if (!interface.name.empty()) option(out, 2, interface.name);
  if (!interface.description.empty()) option(out, 3, interface.description);
  option(out, 9, interface.nanoseconds ? "\x09" : "\x06");  // if_tsresol: 10^-9, 10^-6
  if (!interface.filter.empty()) option(out, 11, std::string(1, '\0') + interface.filter);
  if (interface.fcs_len >= 0) option(out, 13, std::string(1, static_cast<char>(interface.fcs_len)));
  option(out, 0, {});
  end_block(out, begin);
}

void PacketFormat::packet(std::string& out, const dissect::Packet& packet, const Interface& interface) {
  if (interface.link_type == kNotAPacket) return;
  if (interface.index >= ids_.size() || ids_[interface.index] == 0) [[unlikely]] describe(out, interface);
  uint32_t id = ids_[interface.index] - 1;
  // Only a simple packet block can say that there is no time; it belongs to the first interface and its captured length
  // follows from the snapshot length.
  uint32_t implied = first_snaplen_ ? std::min(packet.len, first_snaplen_) : packet.len;
  if (!packet.has_time && id == 0 && packet.cap_len == implied) {
    size_t begin = begin_block(out, 3);
    put32(out, packet.len);
    out.append(reinterpret_cast<const char*>(packet.data), packet.cap_len);
    pad(out, packet.cap_len);
    end_block(out, begin);
    return;
  }
  const dissect::Time time = packet.time.carried();
  uint64_t units = static_cast<uint64_t>(time.seconds);
  auto nanos = static_cast<uint64_t>(time.nanos);
  units = interface.nanoseconds ? units * 1'000'000'000 + nanos : units * 1'000'000 + nanos / 1000;
  const uint32_t length = 32 + ((packet.cap_len + 3u) & ~3u);
  const uint32_t head[7] = {6, length, id, static_cast<uint32_t>(units >> 32), static_cast<uint32_t>(units), packet.cap_len, packet.len};
  out.append(reinterpret_cast<const char*>(head), sizeof head);
  out.append(reinterpret_cast<const char*>(packet.data), packet.cap_len);
  pad(out, packet.cap_len);
  put32(out, length);
}

}  // namespace wiretail::daemon
