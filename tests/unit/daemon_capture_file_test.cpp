// The capture-file reader. What a shape of file must give (packets, lengths, times, damage or not) was taken from tshark
// 4.0.17 reading the same bytes.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <thread>

#include "catch.hpp"
#include "daemon/capture/file_source.hpp"

using namespace wiretail;
using daemon::FileSource;
using State = daemon::Source::State;

namespace {

// Builds a capture, in either byte order.
struct Maker {
  bool big = false;
  std::string out;
  Maker& u16(uint32_t v) { return put(v, 2); }
  Maker& u32(uint64_t v) { return put(v, 4); }
  Maker& text(std::string_view s) { return out.append(s), *this; }
  Maker& put(uint64_t v, int width) {
    for (int i = 0; i < width; ++i) out += static_cast<char>(v >> 8 * (big ? width - 1 - i : i));
    return *this;
  }
  Maker& pad() {
    while (out.size() % 4) out += '\0';
    return *this;
  }

  Maker& pcap(uint32_t magic = 0xa1b2c3d4, uint32_t link = 1, uint32_t major = 2, uint32_t minor = 4) {
    return u32(magic).u16(major).u16(minor).u32(0).u32(0).u32(65535).u32(link);
  }
  Maker& record(uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t length, std::string_view data, size_t extra = 0) {
    return u32(seconds).u32(fraction).u32(captured).u32(length).text(std::string(extra, '\0')).text(data);
  }
  Maker& block(uint32_t type, const std::string& body, uint32_t tail = 1) {
    auto length = static_cast<uint32_t>(body.size() + 12);
    return u32(type).u32(length).text(body).u32(tail == 1 ? length : tail);
  }
  Maker inner() const {
    Maker m;
    m.big = big;
    return m;
  }
  Maker& section(uint32_t major = 1, uint32_t minor = 0) { return block(0x0a0d0d0a, inner().u32(0x1a2b3c4d).u16(major).u16(minor).u32(~0u).u32(~0u).out); }
  Maker& interface(uint32_t link = 1, uint32_t snaplen = 262144, const std::string& options = {}) { return block(1, inner().u16(link).u16(0).u32(snaplen).text(options).out); }
  Maker& packet(uint32_t interface, uint64_t time, std::string_view data, const std::string& options = {}) {
    return block(6, inner().u32(interface).u32(time >> 32).u32(time & 0xffffffff).u32(data.size()).u32(data.size()).text(data).pad().text(options).out);
  }
  Maker& simple(uint32_t length, std::string_view data) { return block(3, inner().u32(length).text(data).pad().out); }
  std::string option(uint32_t code, std::string_view value) const { return inner().u16(code).u16(static_cast<uint32_t>(value.size())).text(value).pad().out; }
};

const std::string kFrame(60, 'x');
constexpr uint64_t kMicros = 1'600'000'000'123'456;

struct Seen {
  uint32_t len, cap_len, interface_id, link_type;
  dissect::Time time;
  bool has_time;
  int fcs_len;
  std::string name;
};

struct Collector : daemon::PacketHandler {
  std::vector<Seen> seen;
  bool packet(const dissect::Packet& p, const daemon::Interface& i) override {
    REQUIRE(p.number == seen.size() + 1);
    seen.push_back({p.len, p.cap_len, p.interface_id, static_cast<uint32_t>(p.link_type), p.time, p.has_time, p.fcs_len, std::string(i.shown_name())});
    return true;
  }
};

struct Result {
  std::vector<Seen> packets;
  std::string error;  // empty: it ended well
};

Result read(const std::string& bytes) {
  int fd = memfd_create("capture", MFD_CLOEXEC);
  REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  Result result;
  Collector collector;
  if (auto source = FileSource::open("/proc/self/fd/" + std::to_string(fd), result.error)) {
    State state;
    while ((state = source->dispatch(collector, 0)) == State::kMore) {
    }
    if (state == State::kFailed) result.error = source->error();
  }
  close(fd);
  result.packets = std::move(collector.seen);
  return result;
}

std::string gzip(std::string_view bytes) {
  std::string out(bytes.size() + 1000, '\0');
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())), z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data()), z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.erase(z.total_out);
  deflateEnd(&z);
  return out;
}

}  // namespace

TEST_CASE("pcap in its forms", "[capture]") {
  for (bool big : {false, true}) {
    Maker m{big, {}};
    struct { uint32_t magic; size_t extra; int32_t nanos; } rows[] = {{0xa1b2c3d4, 0, 123'456'000}, {0xa1b23c4d, 0, 123'456}, {0xa1b2cd34, 8, 123'456'000}};
    for (auto& row : rows) {
      Maker f = m;
      Result r = read(f.pcap(row.magic).record(1'600'000'000, 123'456, 60, 70, kFrame, row.extra).record(1, 0, 60, 60, kFrame, row.extra).out);
      REQUIRE(r.error == "");
      REQUIRE(r.packets.size() == 2);
      CHECK(r.packets[0].time == dissect::Time{1'600'000'000, row.nanos});
      CHECK((r.packets[0].cap_len == 60 && r.packets[0].len == 70));
      CHECK(r.packets[0].name == "");
    }
  }
  CHECK(read(Maker{}.pcap(0x1c0001ac).u32(300).record(1, 5, 60, 60, kFrame).out).packets.at(0).time == dissect::Time{1, 5000});
  // The lengths were the other way round before 2.3, and either way in 2.3.
  CHECK(read(Maker{}.pcap(0xa1b2c3d4, 1, 2, 2).record(1, 0, 100, 60, kFrame).out).packets.at(0).len == 100);
  CHECK(read(Maker{}.pcap(0xa1b2c3d4, 1, 2, 3).record(1, 0, 60, 100, kFrame).record(1, 0, 100, 60, kFrame).out).packets.at(1).cap_len == 60);
  CHECK(read(Maker{}.pcap(0xa1b2c3d4, 1, 1, 0).record(1, 0, 60, 60, kFrame).out).error != "");
}

TEST_CASE("pcap: lengths and times that cannot be", "[capture]") {
  Result r = read(Maker{}.pcap().record(1, 0, 60, 40, kFrame).record(0xffffffff, 0, 60, 0xffffffff, kFrame).record(7, 2'500'000, 60, 60, kFrame).out);
  REQUIRE(r.packets.size() == 3);
  CHECK((r.packets[0].cap_len == 60 && r.packets[0].len == 40));
  CHECK((r.packets[1].len == 0x7fffffff && r.packets[1].time.seconds == 0xffffffff));
  CHECK(r.packets[2].time == dissect::Time{7, -1'794'967'296});  // 2.5 s in 32 bits, as tshark shows it
  CHECK(r.packets[2].time.carried() == dissect::Time{5, 205'032'704});
  CHECK(read(Maker{}.pcap().record(1, 0, 262'144, 262'144, std::string(262'144, 'y')).out).packets.size() == 1);
  r = read(Maker{}.pcap().record(1, 0, 60, 60, kFrame).record(1, 0, 262'145, 262'145, std::string(262'145, 'y')).out);
  CHECK(r.packets.size() == 1);
  CHECK(r.error.find("packet 2 claims 262145 bytes") != std::string::npos);
}

TEST_CASE("link types", "[capture]") {
  auto first = [](uint32_t network) { return read(Maker{}.pcap(0xa1b2c3d4, network).record(1, 0, 60, 60, kFrame).out); };
  CHECK(first(1).packets.at(0).link_type == 1);
  CHECK(first(12).packets.at(0).link_type == 101);
  CHECK(first(276).packets.at(0).link_type == 276);
  CHECK(first(1).packets.at(0).fcs_len == -1);
  CHECK(first(0x24000001).packets.at(0).fcs_len == 4);
  for (uint32_t bad : {284u, 182u, 0x30000084u, 0x03ff0001u, 0x00010001u}) CHECK(first(bad).error.find("link type") != std::string::npos);
  // In pcapng an unknown type is no reason to stop.
  CHECK(read(Maker{}.section().interface(284).packet(0, kMicros, kFrame).out).error == "");
}

TEST_CASE("a file that is cut short, at every byte", "[capture]") {
  std::string pcap = Maker{}.pcap().record(1, 0, 60, 60, kFrame).record(2, 0, 60, 60, kFrame).out;
  for (size_t n = 0; n < pcap.size(); ++n) {
    Result r = read(pcap.substr(0, n));
    bool whole = n == 0 || n == 24 || n == 100;  // an empty file is a capture of no packets
    CHECK(r.error.empty() == whole);
    CHECK(r.packets.size() == (n >= 100 ? 1u : 0u));
  }
  std::string ng = Maker{}.section().interface().packet(0, kMicros, kFrame).packet(0, kMicros, kFrame).out;
  for (size_t n = 1; n < ng.size(); ++n) {
    Result r = read(ng.substr(0, n));
    CHECK(r.error.empty() == (n == 28 || n == 48 || n == 140));
    CHECK(r.packets.size() == (n >= 140 ? 1u : 0u));
  }
}

TEST_CASE("pcapng: sections, interfaces, times", "[capture]") {
  for (bool big : {false, true}) {
    Maker m{big, {}};
    m.section().interface(1, 0, m.option(2, "eth7") + m.option(3, "the first") + m.option(9, std::string(1, '\x09')) + m.option(0, {}));
    m.interface(101, 100, m.option(14, m.inner().put(3600, 8).out)).packet(0, 1'600'000'000'123'456'789, kFrame).packet(1, kMicros, kFrame).simple(60, kFrame);
    // Another section, in the other byte order, numbers its interfaces anew.
    Maker other{!big, {}};
    other.section().interface(113, 0, other.option(13, std::string(1, '\x04'))).packet(0, kMicros, kFrame).packet(0, kMicros, kFrame, other.option(2, other.inner().u32(2 << 5).out));
    Result r = read(m.out + other.out);
    REQUIRE(r.error == "");
    REQUIRE(r.packets.size() == 5);
    CHECK(r.packets[0].time == dissect::Time{1'600'000'000, 123'456'789});
    CHECK((r.packets[0].name == "eth7" && r.packets[1].name == "unknown"));
    CHECK(r.packets[1].time == dissect::Time{1'600'003'600, 123'456'000});
    CHECK((r.packets[1].interface_id == 1 && r.packets[1].link_type == 101));
    CHECK(!r.packets[2].has_time);
    CHECK((r.packets[3].interface_id == 0 && r.packets[3].link_type == 113 && r.packets[3].fcs_len == 4 && r.packets[4].fcs_len == 2));
  }
  auto at = [](uint8_t resolution, uint64_t units) {
    Maker m;
    return read(m.section().interface(1, 0, m.option(9, std::string(1, static_cast<char>(resolution)))).packet(0, units, kFrame).out).packets.at(0).time;
  };
  CHECK(at(0, 1'600'000'000) == dissect::Time{1'600'000'000, 0});
  CHECK(at(3, 1'600'000'000'123) == dissect::Time{1'600'000'000, 123'000'000});
  CHECK(at(12, 1'600'000'000'123) == dissect::Time{1, 600'000'000});
  CHECK(at(0x80 | 20, 3ull << 19) == dissect::Time{1, 500'000'000});
  CHECK(at(30, kMicros) == dissect::Time{0, 0});
}

TEST_CASE("pcapng: what is no packet but numbered", "[capture]") {
  std::string journal = "__REALTIME_TIMESTAMP=1600000000123456\n_PID=1\nMESSAGE=hello\n";
  Maker m;
  m.section().interface().block(0xbad, Maker{}.u32(1).text("abcd").out).block(9, Maker{}.text(journal).pad().out).block(0x55, "abcd").packet(0, kMicros, kFrame);
  Result r = read(m.out);
  REQUIRE(r.packets.size() == 3);
  CHECK((r.packets[0].len == 4 && !r.packets[0].has_time));
  CHECK((r.packets[1].len == journal.size() && r.packets[1].time == dissect::Time{1'600'000'000, 123'456'000} && r.packets[1].name == ""));
}

TEST_CASE("pcapng: damage", "[capture]") {
  Maker good;
  good.section().interface().packet(0, kMicros, kFrame);
  struct { const char* what; std::string more; bool fails; } rows[] = {
      {"the two lengths differ", Maker{}.block(0x55, "abcd", 8).out, true},
      {"length no multiple of four", Maker{}.u32(0x55).u32(15).text("abc").u32(15).out, true},
      {"length below the least", Maker{}.u32(0x55).u32(8).u32(8).out, true},
      {"an interface that is not there", Maker{}.packet(5, kMicros, kFrame).out, true},
      {"packet longer than its block", Maker{}.block(6, Maker{}.u32(0).u32(0).u32(0).u32(100).u32(100).text(kFrame).out).out, true},
      {"packet above the limit", Maker{}.packet(0, kMicros, std::string(262'148, 'y')).out, true},
      {"option beyond its block", Maker{}.packet(0, kMicros, kFrame, Maker{}.u16(1).u16(300).u32(0).out).out, true},
      {"simple packet that does not fit", Maker{}.simple(100, kFrame).out, true},
      {"statistics too short", Maker{}.block(5, "").out, true},
      {"section without byte order", Maker{}.block(0x0a0d0d0a, Maker{}.u32(0x12345678).u32(1).u32(0).u32(0).out).out, true},
      {"section of another version", Maker{}.section(2, 0).out, true},
      {"section 1.2", Maker{}.section(1, 2).out, false},
      {"unknown block of 17 MiB", Maker{}.block(0x55, std::string(17u << 20, 'y')).out, false},
      {"unknown block of 17 MiB, two lengths", Maker{}.block(0x55, std::string(17u << 20, 'y'), 8).out, true},
      {"unknown block cut short", Maker{}.block(0x55, std::string(100'000, 'y')).out.substr(0, 70'000), true},
  };
  for (auto& row : rows) {
    INFO(row.what);
    Result r = read(good.out + row.more);
    CHECK(r.error.empty() != row.fails);
    CHECK(r.packets.size() == 1);
  }
}

TEST_CASE("compressed files", "[capture]") {
  std::string plain = Maker{}.pcap().record(1, 0, 60, 60, kFrame).record(2, 0, 60, 60, kFrame).out, packed = gzip(plain);
  CHECK(read(packed).packets.size() == 2);
  CHECK(read(gzip(plain.substr(0, 50)) + gzip(plain.substr(50))).packets.size() == 2);
  CHECK(read(gzip("")).error == "");
  CHECK(read(packed + "garbage").error != "");
  Result r = read(packed.substr(0, packed.size() - 8));
  CHECK((r.packets.size() == 2 && r.error.find("ends too early") != std::string::npos));
  std::string wrong = packed;
  wrong[wrong.size() - 8] = static_cast<char>(wrong[wrong.size() - 8] ^ 1);  // the checksum
  CHECK(read(wrong).error.find("damaged") != std::string::npos);
}

TEST_CASE("a pipe: packets as soon as they are complete", "[capture]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  auto send = [&](std::string_view s) { REQUIRE(write(ends[1], s.data(), s.size()) == static_cast<ssize_t>(s.size())); };
  std::string error;
  auto source = FileSource::open("/proc/self/fd/" + std::to_string(ends[0]), error);
  REQUIRE(source);
  close(ends[0]);
  Collector collector;
  CHECK(source->dispatch(collector, 1) == State::kMore);
  std::string all = Maker{}.section().interface().packet(0, kMicros, kFrame).out;
  for (size_t i = 0; i < all.size(); ++i) {  // byte by byte
    CHECK(source->dispatch(collector, 0) == State::kMore);
    CHECK(collector.seen.empty());
    send(all.substr(i, 1));
  }
  CHECK(source->dispatch(collector, 0) == State::kMore);
  CHECK(collector.seen.size() == 1);
  std::thread waker([&] { source->wake(); });
  CHECK(source->dispatch(collector, -1) == State::kMore);  // would wait for ever
  waker.join();
  close(ends[1]);
  CHECK(source->dispatch(collector, -1) == State::kEnd);
}

TEST_CASE("files that are none", "[capture]") {
  std::string error;
  CHECK(!FileSource::open("/nowhere/x.pcap", error));
  CHECK(error == "cannot open /nowhere/x.pcap: No such file or directory");
  CHECK(!FileSource::open("/tmp", error));
  CHECK(error == "/tmp is a directory; name a capture file");
  CHECK(read("hello world, this is no capture").error.find("not a capture file that can be read here") != std::string::npos);
}
