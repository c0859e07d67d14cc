// Makes the benchmark's captures: always the same bytes for the same seed.
//   generate mix FILE PACKETS [SEED]     a realistic mix, about 500 bytes mean: interleaved connections with handshakes,
//                                        HTTP/1.1, TLS, DNS, QUIC-like UDP, ARP, ICMP, IPv6, VLAN, loss and reordering
//   generate small FILE PACKETS [SEED]   small packets, the worst case for rate
// Writes a classic pcap file with nanosecond times.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

using Random = std::mt19937_64;

uint32_t below(Random& random, uint32_t limit) { return static_cast<uint32_t>(random() % limit); }
bool chance(Random& random, double probability) { return static_cast<double>(random() >> 11) * 0x1.0p-53 < probability; }

struct Writer {
  std::FILE* file;
  std::vector<uint8_t> packet;
  uint64_t nanos = 1'700'000'000ull * 1'000'000'000ull;
  uint64_t count = 0, bytes = 0;

  explicit Writer(const char* path) : file(std::fopen(path, "wb")) {
    if (!file) std::perror(path), std::exit(1);
    std::setvbuf(file, nullptr, _IOFBF, 1 << 20);
    const uint32_t header[] = {0xa1b23c4d, 2 | 4u << 16, 0, 0, 262144, 1};
    std::fwrite(header, 1, sizeof header, file);
  }
  ~Writer() { std::fclose(file); }
  void write(uint64_t gap) {
    nanos += gap;
    auto size = static_cast<uint32_t>(packet.size());
    const uint32_t header[] = {static_cast<uint32_t>(nanos / 1'000'000'000), static_cast<uint32_t>(nanos % 1'000'000'000), size, size};
    std::fwrite(header, 1, sizeof header, file);
    std::fwrite(packet.data(), 1, size, file);
    ++count, bytes += size;
  }
};

void put16(uint8_t* p, uint32_t v) { p[0] = static_cast<uint8_t>(v >> 8), p[1] = static_cast<uint8_t>(v); }
void put32(uint8_t* p, uint32_t v) { put16(p, v >> 16), put16(p + 2, v & 0xffff); }

uint32_t sum(const uint8_t* p, size_t n, uint32_t start = 0) {
  uint32_t total = start;
  for (size_t i = 0; i + 1 < n; i += 2) total += static_cast<uint32_t>(p[i] << 8 | p[i + 1]);
  if (n & 1) total += static_cast<uint32_t>(p[n - 1] << 8);
  return total;
}
uint16_t fold(uint32_t s) {
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return static_cast<uint16_t>(~s);
}

struct Host {
  uint32_t v4;
  uint8_t mac[6];
};

// Addresses and framing of one flow.
struct Path {
  Host ends[2];
  uint16_t ports[2];
  bool v6 = false, vlan = false;
  uint16_t vlan_id = 0, ip_id = 0;
};

// Builds Ethernet [VLAN] IP header TRANSPORT payload into w.packet; the transport header is `transport`.
void build(Writer& w, Path& path, int from, uint8_t proto, std::vector<uint8_t>& transport, size_t checksum_at, const uint8_t* payload, size_t size) {
  auto& out = w.packet;
  size_t link = path.vlan ? 18 : 14, ip = path.v6 ? 40 : 20;
  out.assign(link + ip + transport.size() + size, 0);
  uint8_t* p = out.data();
  std::memcpy(p, path.ends[!from].mac, 6), std::memcpy(p + 6, path.ends[from].mac, 6);
  uint32_t type = path.v6 ? 0x86dd : 0x0800;
  if (path.vlan) put16(p + 12, 0x8100), put16(p + 14, path.vlan_id), put16(p + 16, type);
  else put16(p + 12, type);
  p += link;
  size_t upper = transport.size() + size;
  uint32_t pseudo;
  if (path.v6) {
    p[0] = 0x60, put16(p + 4, static_cast<uint32_t>(upper)), p[6] = proto, p[7] = 64;
    for (int end = 0; end < 2; ++end) {
      uint8_t* a = p + 8 + 16 * end;
      put32(a, 0x20010db8), put32(a + 12, path.ends[end ? !from : from].v4);
    }
    pseudo = sum(p + 8, 32);
  } else {
    p[0] = 0x45, put16(p + 2, static_cast<uint32_t>(20 + upper)), put16(p + 4, path.ip_id++), p[6] = 0x40, p[8] = 64, p[9] = proto;
    put32(p + 12, path.ends[from].v4), put32(p + 16, path.ends[!from].v4);
    put16(p + 10, fold(sum(p, 20)));
    pseudo = sum(p + 12, 8);
  }
  p += ip;
  std::memcpy(p, transport.data(), transport.size());
  if (size) std::memcpy(p + transport.size(), payload, size);
  put16(p + checksum_at, 0);
  put16(p + checksum_at, fold(sum(p, upper, pseudo + proto + static_cast<uint32_t>(upper))));
}

struct Segment {
  uint8_t from, flags;
  uint32_t seq, ack, offset, size;  // offset into the side's stream
};

struct Flow {
  Path path;
  bool tcp = true;
  std::string streams[2];
  std::vector<Segment> segments;
  size_t next = 0;
  uint32_t first[2];
  std::vector<std::pair<uint8_t, std::string>> datagrams;
};

class Mix {
 public:
  explicit Mix(uint64_t seed) : random_(seed) {
    pool_.resize(1 << 20);
    for (auto& c : pool_) c = static_cast<char>(random_());
  }

  void run(Writer& w, uint64_t packets) {
    std::vector<Flow> active(3000);
    for (auto& flow : active) start(flow);
    while (w.count < packets) {
      uint64_t gap = 200 + below(random_, 9000);
      if (chance(random_, 0.003)) {
        other(w, gap);
        continue;
      }
      Flow& flow = active[below(random_, static_cast<uint32_t>(active.size()))];
      if (flow.tcp ? flow.next == flow.segments.size() : flow.next == flow.datagrams.size()) start(flow);
      send(w, flow, gap);
    }
  }

 private:
  Host host(uint32_t address) {
    Host h{address, {2, 0, 0, 0, 0, 0}};
    put32(h.mac + 2, address);
    return h;
  }
  std::string random_bytes(size_t size) { return pool_.substr(below(random_, static_cast<uint32_t>(pool_.size() - size)), size); }

  void start(Flow& flow) {
    flow = Flow();
    Path& path = flow.path;
    path.ends[0] = host(0x0a000000 + below(random_, 20000));
    path.ends[1] = host(0xc6336400 + below(random_, 200));
    path.v6 = chance(random_, 0.15), path.vlan = chance(random_, 0.1), path.vlan_id = static_cast<uint16_t>(1 + below(random_, 100));
    path.ip_id = static_cast<uint16_t>(random_());
    path.ports[0] = static_cast<uint16_t>(32768 + below(random_, 28000));
    double kind = static_cast<double>(below(random_, 1000)) / 1000;
    if (kind < 0.35) http(flow);
    else if (kind < 0.65) tls(flow);
    else if (kind < 0.90) dns(flow);
    else quic(flow);
  }

  void http(Flow& flow) {
    flow.path.ports[1] = chance(random_, 0.8) ? 80 : 8080;
    unsigned count = 1 + below(random_, 5);
    std::vector<std::pair<size_t, size_t>> turns;
    static const char* const kTypes[] = {"text/html", "application/json", "image/jpeg", "text/css", "application/octet-stream"};
    for (unsigned i = 0; i < count; ++i) {
      char head[600];
      int n = std::snprintf(head, sizeof head,
                            "%s /v1/items/%u?id=%u HTTP/1.1\r\nHost: api%u.example.org\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nCookie: s=%llx%llx\r\n%s\r\n",
                            chance(random_, 0.85) ? "GET" : "HEAD", below(random_, 1000), below(random_, 100000), below(random_, 50),
                            static_cast<unsigned long long>(random_()), static_cast<unsigned long long>(random_()), i + 1 == count ? "Connection: close\r\n" : "");
      bool head_request = head[0] == 'H';
      flow.streams[0].append(head, static_cast<size_t>(n));
      size_t body = 100 + below(random_, chance(random_, 0.1) ? 60000 : 4000);
      static const int kCodes[] = {200, 200, 200, 200, 304, 404, 500};
      int code = kCodes[below(random_, 7)];
      n = std::snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nServer: nginx/1.22.1\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                        code, code == 200 ? "OK" : code == 304 ? "Not Modified" : code == 404 ? "Not Found" : "Internal Server Error", kTypes[below(random_, 5)], body);
      flow.streams[1].append(head, static_cast<size_t>(n));
      if (!head_request && code != 304) flow.streams[1] += random_bytes(body);
      turns.emplace_back(flow.streams[0].size(), flow.streams[1].size());
    }
    conversation(flow, turns);
  }

  void tls(Flow& flow) {
    flow.path.ports[1] = 443;
    std::vector<std::pair<size_t, size_t>> turns;
    auto record = [&](int side, uint8_t type, size_t size) {
      const char head[] = {static_cast<char>(type), 3, 3, static_cast<char>(size >> 8), static_cast<char>(size)};
      flow.streams[side].append(head, 5);
      flow.streams[side] += random_bytes(size);
    };
    record(0, 22, 512), record(1, 22, 2800), turns.emplace_back(flow.streams[0].size(), flow.streams[1].size());
    for (unsigned i = 1 + below(random_, 6); i; --i) {
      record(0, 23, 80 + below(random_, 600));
      for (unsigned records = 1 + below(random_, 3); records; --records) record(1, 23, 60 + below(random_, 3000));
      turns.emplace_back(flow.streams[0].size(), flow.streams[1].size());
    }
    conversation(flow, turns);
  }

  // Handshake, data in turns with acknowledgements, close; then loss, retransmission and reordering.
  void conversation(Flow& flow, const std::vector<std::pair<size_t, size_t>>& turns) {
    constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kPush = 8, kAck = 16;
    for (auto& f : flow.first) f = static_cast<uint32_t>(random_());
    uint32_t sent[2] = {0, 0};
    auto add = [&](int from, int flags, uint32_t seq, uint32_t offset = 0, uint32_t size = 0, uint32_t ack_extra = 1) {
      flow.segments.push_back({static_cast<uint8_t>(from), static_cast<uint8_t>(flags), flow.first[from] + seq,
                               flags & kAck ? flow.first[!from] + ack_extra + sent[!from] : 0, offset, size});
    };
    add(0, kSyn, 0);
    if (chance(random_, 0.02)) return add(1, kRst | kAck, 0);
    add(1, kSyn | kAck, 0), add(0, kAck, 1);
    for (auto [up, down] : turns) {
      const size_t ends[2] = {up, down};
      for (int side = 0; side < 2; ++side) {
        unsigned unacknowledged = 0;
        while (sent[side] < ends[side]) {
          auto size = static_cast<uint32_t>(std::min<size_t>(1448, ends[side] - sent[side]));
          add(side, kAck | (sent[side] + size == ends[side] ? kPush : 0), 1 + sent[side], sent[side], size);
          sent[side] += size;
          if (++unacknowledged == 2) add(!side, kAck, 1 + sent[!side]), unacknowledged = 0;
        }
        if (unacknowledged && side == 1) add(0, kAck, 1 + sent[0]);
      }
    }
    if (chance(random_, 0.03)) {
      add(1, kRst | kAck, 1 + sent[1]);
    } else {
      add(0, kFin | kAck, 1 + sent[0]), add(1, kFin | kAck, 1 + sent[1], 0, 0, 2), add(0, kAck, 2 + sent[0], 0, 0, 2);
    }
    auto& s = flow.segments;
    for (size_t i = 3; i + 1 < s.size(); ++i) {
      if (!s[i].size) continue;
      if (chance(random_, 0.004)) {  // lost before the tap, sent again a little later
        Segment lost = s[i];
        s.erase(s.begin() + static_cast<long>(i));
        s.insert(s.begin() + static_cast<long>(std::min(i + 3, s.size() - 1)), lost);
      } else if (chance(random_, 0.003)) {  // seen twice
        s.insert(s.begin() + static_cast<long>(i + 1), s[i]), ++i;
      } else if (chance(random_, 0.002)) {
        std::swap(s[i], s[i + 1]);
      }
    }
  }

  void dns(Flow& flow) {
    flow.tcp = false, flow.path.ports[1] = 53;
    flow.path.ends[1] = host(0x0a0000fe);
    auto id = static_cast<uint16_t>(random_());
    std::string name = "host" + std::to_string(below(random_, 5000)), question;
    for (const std::string& label : {name, std::string("example"), std::string("org")}) question += static_cast<char>(label.size()), question += label;
    question += std::string("\0\0\1\0\1", 5);
    bool missing = chance(random_, 0.05);
    auto header = [&](uint16_t flags, char answers) {
      return std::string{static_cast<char>(id >> 8), static_cast<char>(id), static_cast<char>(flags >> 8), static_cast<char>(flags), 0, 1, 0, answers, 0, 0, 0, 0} + question;
    };
    flow.datagrams.emplace_back(0, header(0x0100, 0));
    std::string answer = header(missing ? 0x8183 : 0x8180, missing ? 0 : 1);
    if (!missing) answer += std::string("\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1", 16);
    flow.datagrams.emplace_back(1, answer);
  }

  void quic(Flow& flow) {
    flow.tcp = false, flow.path.ports[1] = 443;
    for (unsigned i = 10 + below(random_, 40); i; --i) {
      bool up = chance(random_, 0.3);
      std::string data = random_bytes(up ? 40 + below(random_, 60) : 400 + below(random_, 850));
      data[0] = static_cast<char>(0x40 | (data[0] & 0x3f));
      flow.datagrams.emplace_back(up ? 0 : 1, std::move(data));
    }
  }

  void send(Writer& w, Flow& flow, uint64_t gap) {
    Path& path = flow.path;
    if (!flow.tcp) {
      auto& [from, data] = flow.datagrams[flow.next++];
      std::vector<uint8_t> udp(8);
      put16(udp.data(), path.ports[from]), put16(udp.data() + 2, path.ports[!from]), put16(udp.data() + 4, static_cast<uint32_t>(8 + data.size()));
      build(w, path, from, 17, udp, 6, reinterpret_cast<const uint8_t*>(data.data()), data.size());
      return w.write(gap);
    }
    const Segment& s = flow.segments[flow.next++];
    bool syn = s.flags & 2;
    std::vector<uint8_t> tcp(syn ? 40 : 32);
    put16(tcp.data(), path.ports[s.from]), put16(tcp.data() + 2, path.ports[!s.from]);
    put32(tcp.data() + 4, s.seq), put32(tcp.data() + 8, s.ack);
    tcp[12] = static_cast<uint8_t>(tcp.size() / 4 << 4), tcp[13] = s.flags;
    put16(tcp.data() + 14, syn ? 64240 : 501);
    uint8_t* options = tcp.data() + 20;
    if (syn) {
      static constexpr uint8_t kMss[] = {2, 4, 5, 0xb4, 4, 2}, kScale[] = {1, 3, 3, 7};
      std::memcpy(options, kMss, 6), options[6] = 8, options[7] = 10, std::memcpy(options + 16, kScale, 4);
      put32(options + 8, static_cast<uint32_t>(w.nanos / 1'000'000)), put32(options + 12, s.flags & 16 ? static_cast<uint32_t>(w.nanos / 1'000'000) - 20 : 0);
    } else {
      options[0] = options[1] = 1, options[2] = 8, options[3] = 10;
      put32(options + 4, static_cast<uint32_t>(w.nanos / 1'000'000)), put32(options + 8, static_cast<uint32_t>(w.nanos / 1'000'000) - 20);
    }
    build(w, path, s.from, 6, tcp, 16, reinterpret_cast<const uint8_t*>(flow.streams[s.from].data()) + s.offset, s.size);
    w.write(gap);
  }

  void other(Writer& w, uint64_t gap) {
    Path path;
    path.ends[0] = host(0x0a000000 + below(random_, 20000)), path.ends[1] = host(0x0a000001);
    if (chance(random_, 0.5)) {
      auto& out = w.packet;
      out.assign(60, 0);
      std::memset(out.data(), 0xff, 6), std::memcpy(out.data() + 6, path.ends[0].mac, 6);
      static constexpr uint8_t kArp[] = {8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
      std::memcpy(out.data() + 12, kArp, sizeof kArp);
      std::memcpy(out.data() + 22, path.ends[0].mac, 6), put32(out.data() + 28, path.ends[0].v4), put32(out.data() + 38, path.ends[1].v4);
      return w.write(gap);
    }
    std::vector<uint8_t> icmp(8);
    icmp[0] = chance(random_, 0.5) ? 8 : 0;
    put16(icmp.data() + 4, below(random_, 65536)), put16(icmp.data() + 6, below(random_, 100));
    std::string data = random_bytes(56);
    build(w, path, 0, 1, icmp, 2, reinterpret_cast<const uint8_t*>(data.data()), data.size());
    put16(w.packet.data() + 36, 0);  // ICMP's checksum has no pseudo-header
    put16(w.packet.data() + 36, fold(sum(w.packet.data() + 34, 64)));
    w.write(gap);
  }

  Random random_;
  std::string pool_;
};

void small(Writer& w, uint64_t packets, uint64_t seed) {
  Random random(seed);
  while (w.count < packets) {
    Path path;
    uint32_t flow = below(random, 50000);
    Random of_flow(flow);
    path.ends[0].v4 = 0x0a000000 + below(of_flow, 60000), path.ends[1].v4 = 0xc6336400 + below(of_flow, 250);
    put32(path.ends[0].mac, path.ends[0].v4), put32(path.ends[1].mac, path.ends[1].v4);
    path.ends[0].mac[0] = path.ends[1].mac[0] = 2;
    static constexpr uint16_t kServices[] = {80, 443, 53, 22, 8080, 123, 5432, 6379};
    path.ports[0] = static_cast<uint16_t>(32768 + below(of_flow, 28000)), path.ports[1] = kServices[below(of_flow, 8)];
    int from = static_cast<int>(below(random, 2));
    if (path.ports[1] == 53 || path.ports[1] == 123) {
      std::vector<uint8_t> udp(8);
      put16(udp.data(), path.ports[from]), put16(udp.data() + 2, path.ports[!from]), put16(udp.data() + 4, 26);
      static constexpr uint8_t kPayload[18] = {};
      build(w, path, from, 17, udp, 6, kPayload, sizeof kPayload);
    } else {
      std::vector<uint8_t> tcp(20);
      put16(tcp.data(), path.ports[from]), put16(tcp.data() + 2, path.ports[!from]);
      put32(tcp.data() + 4, static_cast<uint32_t>(w.count)), put32(tcp.data() + 8, flow), tcp[12] = 0x50, tcp[13] = 16, put16(tcp.data() + 14, 501);
      build(w, path, from, 6, tcp, 16, nullptr, 0);
    }
    if (w.packet.size() < 60) w.packet.resize(60);
    w.write(300 + below(random, 500));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || (std::string(argv[1]) != "mix" && std::string(argv[1]) != "small")) {
    std::fprintf(stderr, "usage: generate mix|small FILE PACKETS [SEED]\n");
    return 2;
  }
  Writer w(argv[2]);
  uint64_t packets = std::strtoull(argv[3], nullptr, 10), seed = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 1;
  if (argv[1][0] == 'm') Mix(seed).run(w, packets);
  else small(w, packets, seed);
  std::fprintf(stderr, "%s: %llu packets, %.1f bytes mean\n", argv[2], static_cast<unsigned long long>(w.count),
               static_cast<double>(w.bytes) / static_cast<double>(w.count));
}
