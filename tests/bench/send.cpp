// Offers packets to an interface at a fixed rate: the sender of the live benchmark.
//   send INTERFACE PACKETS_PER_SECOND SECONDS SIZE|mix [CPU]
// Frames are UDP from 1,024 flows to a host that is not there (as on a mirror port), sent with sendmmsg past the queueing
// discipline. A sender that fell behind does not catch up beyond 1 ms: bursts of its own making would measure nothing.
// Prints the number of packets that the kernel took; 0 packets a second means as fast as possible.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000ull + static_cast<uint64_t>(t.tv_nsec);
}

std::vector<uint8_t> frame(uint32_t flow, uint32_t size) {
  std::vector<uint8_t> f(size, 0);
  uint8_t* p = f.data();
  const uint8_t macs[12] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8};
  std::memcpy(p, macs, 12);
  p[12] = 8;
  auto put16 = [](uint8_t* at, uint32_t v) { at[0] = static_cast<uint8_t>(v >> 8), at[1] = static_cast<uint8_t>(v); };
  p[14] = 0x45, put16(p + 16, size - 14), p[22] = 64, p[23] = 17;
  p[26] = 10, p[27] = 9, put16(p + 28, 1 + flow / 16), p[30] = 198, p[31] = 51, p[32] = 100, p[33] = static_cast<uint8_t>(1 + flow % 16);
  uint32_t sum = 0;
  for (int i = 14; i < 34; i += 2) sum += static_cast<uint32_t>(p[i] << 8 | p[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  put16(p + 24, ~sum & 0xffff);
  put16(p + 34, 20000 + flow), put16(p + 36, 5000), put16(p + 38, size - 34);
  return f;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return std::fprintf(stderr, "usage: send INTERFACE PACKETS_PER_SECOND SECONDS SIZE|mix [CPU]\n"), 2;
  uint64_t rate = std::strtoull(argv[2], nullptr, 10), seconds = std::strtoull(argv[3], nullptr, 10);
  if (argc > 5) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(std::strtoul(argv[5], nullptr, 10), &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  int fd = socket(AF_PACKET, SOCK_RAW, 0);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
  int one = 1;
  if (fd < 0 || !to.sll_ifindex || bind(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return std::perror(argv[1]), 1;
  setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);

  constexpr unsigned kBatch = 64, kFlows = 1024;
  static constexpr uint32_t kMix[12] = {60, 60, 60, 60, 60, 60, 60, 590, 590, 590, 590, 1514};
  bool mix = std::string(argv[4]) == "mix";
  std::vector<std::vector<uint8_t>> frames;
  for (uint32_t i = 0; i < kFlows; ++i) frames.push_back(frame(i, mix ? kMix[i * 5 % 12] : static_cast<uint32_t>(std::strtoul(argv[4], nullptr, 10))));
  std::vector<iovec> parts(kFlows);
  std::vector<mmsghdr> messages(kFlows);
  for (uint32_t i = 0; i < kFlows; ++i) {
    parts[i] = {frames[i].data(), frames[i].size()};
    messages[i].msg_hdr = {};
    messages[i].msg_hdr.msg_iov = &parts[i], messages[i].msg_hdr.msg_iovlen = 1;
  }
  uint64_t sent = 0, refused = 0, start = now_ns(), end = start + seconds * 1'000'000'000ull, origin = start, counted = 0;
  while (true) {
    uint64_t now = now_ns();
    if (now >= end) break;
    if (rate) {
      uint64_t due = (now - origin) * rate / 1'000'000'000ull;
      if (due > counted + rate / 1000 + kBatch) origin = now, counted = 0, due = kBatch;  // fell behind: start again from here
      if (due < counted + kBatch) continue;
    }
    auto first = static_cast<uint32_t>((sent + refused) % kFlows / kBatch * kBatch);
    int n = sendmmsg(fd, &messages[first], kBatch, 0);
    if (n < 0) ++refused;
    else sent += static_cast<uint64_t>(n), counted += static_cast<uint64_t>(n);
  }
  double took = static_cast<double>(now_ns() - start) * 1e-9;
  std::printf("%llu packets in %.2f s, %.3f million a second\n", static_cast<unsigned long long>(sent), took, static_cast<double>(sent) / took * 1e-6);
}
