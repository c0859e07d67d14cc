// Endless traffic of a fixed number of connections, for what is measured or counted once everything is warm: HTTP over TCP
// with acknowledgements (each response in two segments), and DNS. Packets are made in place: making them allocates nothing.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "dissect/packet.hpp"

namespace wiretail::test {

class Traffic {
 public:
  explicit Traffic(uint32_t connections) : flows_(connections) {
    for (uint32_t i = 0; i < connections; ++i) flows_[i].seq[0] = 1000 + i, flows_[i].seq[1] = 900'000 + i;
  }

  // The next packet; its bytes are valid until the next call but one.
  dissect::Packet next() {
    const auto i = static_cast<uint32_t>(turn_++ % flows_.size());
    return i % 8 == 7 ? dns(i) : tcp(i);
  }

 private:
  struct Flow {
    uint32_t step = 0;
    uint32_t seq[2] = {0, 0};
  };
  static constexpr std::string_view kRequest = "GET /v1/items?id=7 HTTP/1.1\r\nHost: api.example.org\r\nUser-Agent: test\r\n\r\n";
  static constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n\r\n0123456789";
  static constexpr std::string_view kRest = "012345678901234567890123456789";

  static void put16(uint8_t* p, uint32_t v) { p[0] = static_cast<uint8_t>(v >> 8), p[1] = static_cast<uint8_t>(v); }
  static void put32(uint8_t* p, uint32_t v) { put16(p, v >> 16), put16(p + 2, v & 0xffff); }

  dissect::Packet finish(std::array<uint8_t, 256>& frame, uint32_t i, bool back, uint8_t protocol, size_t size) {
    uint8_t* p = frame.data();
    std::memset(p, 2, 12), put16(p + 12, 0x0800);
    p[14] = 0x45, p[15] = 0, put16(p + 16, static_cast<uint32_t>(size - 14)), put32(p + 18, 0x00014000), p[22] = 64, p[23] = protocol, put16(p + 24, 0);
    const uint32_t client = 0x0a000000 + i / 200, server = 0xc6336401;
    put32(p + 26, back ? server : client), put32(p + 30, back ? client : server);
    dissect::Packet packet;
    packet.data = p, packet.cap_len = packet.len = static_cast<uint32_t>(size);
    packet.number = turn_;
    nanos_ += 20'000;
    packet.time = {1'700'000'000 + static_cast<int64_t>(nanos_ / 1'000'000'000), static_cast<int32_t>(nanos_ % 1'000'000'000)};
    return packet;
  }

  dissect::Packet tcp(uint32_t i) {
    Flow& flow = flows_[i];
    auto& frame = frames_[turn_ & 1];
    // SYN, SYN-ACK, ACK; then for ever: request, half a response, its rest, an acknowledgement.
    const uint32_t step = flow.step < 3 ? flow.step : 3 + (flow.step - 3) % 4;
    ++flow.step;
    const bool back = step == 1 || step == 4 || step == 5;
    const std::string_view data = step == 3 ? kRequest : step == 4 ? kHead : step == 5 ? kRest : std::string_view();
    const uint8_t flags = step == 0 ? 2 : step == 1 ? 0x12 : data.empty() ? 0x10 : 0x18;
    uint8_t* p = frame.data() + 34;
    const uint32_t port = 20000 + i % 200;
    put16(p, back ? 80 : port), put16(p + 2, back ? port : 80);
    put32(p + 4, flow.seq[back]), put32(p + 8, step == 0 ? 0 : flow.seq[!back]);
    p[12] = 0x50, p[13] = flags, put16(p + 14, 4000), put32(p + 16, 0);
    if (!data.empty()) std::memcpy(p + 20, data.data(), data.size());
    flow.seq[back] += static_cast<uint32_t>(data.size()) + (flags & 2 ? 1 : 0);
    return finish(frame, i, back, 6, 54 + data.size());
  }

  dissect::Packet dns(uint32_t i) {
    Flow& flow = flows_[i];
    auto& frame = frames_[turn_ & 1];
    const bool back = flow.step & 1;
    const uint32_t id = flow.step++ / 2 & 0xffff;
    uint8_t* p = frame.data() + 34;
    static constexpr uint8_t kQuestion[] = {3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1};
    static constexpr uint8_t kAnswer[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
    const size_t size = 12 + sizeof kQuestion + (back ? sizeof kAnswer : 0);
    const uint32_t port = 20000 + i % 200;
    put16(p, back ? 53 : port), put16(p + 2, back ? port : 53), put16(p + 4, static_cast<uint32_t>(8 + size)), put16(p + 6, 0);
    put16(p + 8, id), put16(p + 10, back ? 0x8180 : 0x0100), put16(p + 12, 1), put16(p + 14, back ? 1 : 0), put32(p + 16, 0);
    std::memcpy(p + 20, kQuestion, sizeof kQuestion);
    if (back) std::memcpy(p + 20 + sizeof kQuestion, kAnswer, sizeof kAnswer);
    return finish(frame, i, back, 17, 42 + size);
  }

  std::vector<Flow> flows_;
  std::array<std::array<uint8_t, 256>, 2> frames_{};
  uint64_t turn_ = 0, nanos_ = 0;
};

}  // namespace wiretail::test
