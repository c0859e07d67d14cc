#include "unit/filter_packets.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <filesystem>

namespace wiretail::test {
namespace {

std::string be(uint64_t v, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(v >> (8 * i));
  return out;
}
std::string hex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  return out;
}
std::string eth(uint16_t type, const std::string& payload) { return hex("02005e10000102005e100002") + be(type, 2) + payload; }
std::string vlan(uint16_t id, uint16_t type, const std::string& payload) { return be(id, 2) + be(type, 2) + payload; }
// RFC 791; the header checksum is left 0, which is another case for filters on it.
std::string ip4(uint32_t src, uint32_t dst, uint8_t proto, const std::string& payload, uint16_t fragment = 0, uint8_t ttl = 64) {
  return be(0x4500, 2) + be(20 + payload.size(), 2) + be(0x1234, 2) + be(fragment, 2) + be(ttl, 1) + be(proto, 1) + be(0, 2) + be(src, 4) + be(dst, 4) + payload;
}
std::string ip6(uint8_t src, uint8_t dst, uint8_t next, const std::string& payload) {
  return be(0x60000000, 4) + be(payload.size(), 2) + be(next, 1) + be(64, 1) + hex("20010db80000000000000000000000") + be(src, 1) + hex("20010db80000000000000000000000") + be(dst, 1) + payload;
}
std::string tcp(uint16_t src, uint16_t dst, uint8_t flags, const std::string& payload) {
  return be(src, 2) + be(dst, 2) + be(1000, 4) + be(2000, 4) + be(0x50, 1) + be(flags, 1) + be(8192, 2) + be(0, 4) + payload;
}
std::string udp(uint16_t src, uint16_t dst, const std::string& payload) { return be(src, 2) + be(dst, 2) + be(8 + payload.size(), 2) + be(0, 2) + payload; }

constexpr uint32_t kA = 0x0a000001, kB = 0x0a000002, kC = 0xc0000205;

}  // namespace

std::vector<Frame> made_frames() {
  std::vector<Frame> out;
  auto add = [&](const char* origin, std::string bytes) {
    Frame f;
    f.bytes = std::move(bytes), f.origin = origin;
    f.number = out.size() + 1;
    f.time = {1'700'000'000 + static_cast<int64_t>(out.size()), static_cast<int32_t>(out.size()) * 1000};
    out.push_back(std::move(f));
  };
  const std::string get = "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: demo\r\n\r\n";
  const std::string dns = hex("1234010000010000000000000377777707657861") + "mple" + hex("03636f6d0000010001");
  add("syn", eth(0x800, ip4(kA, kB, 6, tcp(40000, 80, 0x02, ""))));
  add("get", eth(0x800, ip4(kA, kB, 6, tcp(40000, 80, 0x18, get))));
  add("ack back", eth(0x800, ip4(kB, kA, 6, tcp(80, 40000, 0x10, ""))));
  add("reset", eth(0x800, ip4(kB, kA, 6, tcp(443, 1025, 0x14, ""))));
  add("query", eth(0x800, ip4(kA, kC, 17, udp(5353, 53, dns))));
  add("udp", eth(0x800, ip4(kC, kA, 17, udp(1024, 1024, "hello example"))));
  add("tagged", eth(0x8100, vlan(0x2005, 0x800, ip4(kA, kB, 6, tcp(40000, 8080, 0x18, get)))));
  add("twice tagged", eth(0x88a8, vlan(7, 0x8100, vlan(8, 0x86dd, ip6(1, 2, 17, udp(1000, 2000, "abc"))))));
  add("v6 tcp", eth(0x86dd, ip6(1, 2, 6, tcp(50000, 443, 0x18, std::string(40, 'x')))));
  add("v6 fragment", eth(0x86dd, ip6(1, 2, 44, be(17, 1) + be(0, 1) + be(1, 2) + be(77, 4) + udp(9, 10, "part"))));
  add("first fragment", eth(0x800, ip4(kA, kB, 17, udp(7, 9, std::string(64, 'f')), 0x2000)));
  add("later fragment", eth(0x800, ip4(kA, kB, 17, std::string(32, 'g'), 0x0009)));
  add("ip in ip", eth(0x800, ip4(kA, kB, 4, ip4(kC, kA, 6, tcp(1, 80, 0x10, "inner")))));
  add("v6 in ip", eth(0x800, ip4(kA, kB, 41, ip6(3, 4, 17, udp(53, 53, dns)))));
  add("unreachable", eth(0x800, ip4(kB, kA, 1, be(0x0301, 2) + be(0, 2) + be(0, 4) + ip4(kA, kB, 17, udp(4444, 53, "")))));
  add("echo", eth(0x800, ip4(kA, kB, 1, be(0x0800, 2) + be(0, 2) + be(0x11, 2) + be(1, 2) + "ping")));
  add("arp", eth(0x806, hex("0001080006040001") + hex("02005e100002") + be(kA, 4) + hex("000000000000") + be(kB, 4)));
  add("unknown type", eth(0x1234, "example payload"));
  add("gre", eth(0x800, ip4(kA, kB, 47, be(0x0000, 2) + be(0x0800, 2) + ip4(kC, kB, 17, udp(1, 2, "gre")))));
  add("vxlan", eth(0x800, ip4(kA, kB, 17, udp(33333, 4789, hex("0800000000002a00") + eth(0x800, ip4(kC, kA, 6, tcp(80, 81, 2, "")))))));
  add("short tcp", eth(0x800, ip4(kA, kB, 6, tcp(40000, 80, 0x18, get))).substr(0, 44));
  add("short ip", eth(0x800, ip4(kA, kB, 6, "")).substr(0, 26));
  add("bad header length", eth(0x800, "\x41" + ip4(kA, kB, 6, tcp(1, 2, 2, "")).substr(1)));
  add("bad data offset", eth(0x800, ip4(kA, kB, 6, tcp(1, 2, 2, "").replace(12, 1, "\x10"))));
  add("empty", "");
  add("one byte", "x");
  Frame raw;
  raw.bytes = ip4(kA, kB, 17, udp(1, 53, dns)), raw.link = dissect::LinkType::kRaw, raw.origin = "raw", raw.number = out.size() + 1;
  out.push_back(raw);
  return out;
}

std::vector<Frame> corpus_frames(size_t most) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const char* place : {"/tests/captures", "/../shared/corpus", "/../../shared/corpus"}) {
    std::error_code error;
    fs::path root = std::string(WIRETAIL_SOURCE_DIR) + place;
    if (!fs::is_directory(root, error)) continue;
    for (auto it = fs::recursive_directory_iterator(root, fs::directory_options::follow_directory_symlink, error); it != fs::recursive_directory_iterator(); it.increment(error)) {
      auto extension = it->path().extension();
      if (extension == ".pcap" || extension == ".cap" || extension == ".pcapng") files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Frame> out;
  size_t step = std::max<size_t>(1, files.size() * 3 / std::max<size_t>(1, most));
  for (size_t i = 0; i < files.size() && out.size() < most; i += step) {
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* file = pcap_open_offline(files[i].c_str(), error);
    if (!file) continue;
    pcap_pkthdr* header;
    const u_char* data;
    for (int k = 0; k < 4 && out.size() < most && pcap_next_ex(file, &header, &data) == 1; ++k) {
      Frame f;
      f.bytes.assign(reinterpret_cast<const char*>(data), header->caplen);
      f.len = header->len;
      int link = pcap_datalink(file);
      f.link = static_cast<dissect::LinkType>(link == DLT_RAW ? 101 : link);
      f.origin = files[i].filename().string() + " packet " + std::to_string(k + 1);
      f.number = static_cast<uint64_t>(k) + 1;
      f.time = {header->ts.tv_sec, static_cast<int32_t>(header->ts.tv_usec * 1000)};
      out.push_back(std::move(f));
    }
    pcap_close(file);
  }
  return out;
}

}  // namespace wiretail::test
