// Live capture in a network namespace of the test's own (needs root; skipped with a word otherwise).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

#include "catch.hpp"
#include "daemon/capture/live_source.hpp"

using namespace wiretail;
using daemon::LiveOptions;
using daemon::LiveSource;
using State = daemon::Source::State;

namespace {

struct Counter : daemon::PacketHandler {
  uint64_t packets = 0, wanted = ~0ull, last_number = 0;
  uint32_t last_len = 0;
  std::string last_interface;
  bool packet(const dissect::Packet& p, const daemon::Interface& i) override {
    ++packets, last_number = p.number, last_len = p.len, last_interface = i.name;
    return packets < wanted;
  }
};

// The pair is up, and packets pass: on a busy machine the kernel takes a while to say so, and drops what is sent before.
bool pair_is_up() {
  return std::system("for i in $(seq 100); do [ $(ip -br link show type veth | grep -c ' UP ') = 2 ] && exit 0; sleep 0.02; done; exit 1") == 0;
}

// Runs in a thread of its own, so that only that thread is in the namespace.
template <class Test>
void in_namespace(Test test) {
  bool ready = false;
  std::exception_ptr failed;
  std::thread([&] {
    ready = unshare(CLONE_NEWNET) == 0 && std::system("ip link set lo up && ip link add va type veth peer name vb && "
                                                     "sysctl -qw net.ipv6.conf.va.disable_ipv6=1 net.ipv6.conf.vb.disable_ipv6=1 && "
                                                     "ip link set va up && ip link set vb up && ip addr add 10.9.0.1/24 dev va && "
                                                     "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev va") == 0 && pair_is_up();
    try {
      if (ready) test();
    } catch (...) {
      failed = std::current_exception();
    }
  }).join();
  if (failed) std::rethrow_exception(failed);
  if (!ready) WARN("skipped: no right to make a network namespace with a veth pair");
}

void send(const char* address, uint16_t port, int count = 1, size_t bytes = 100) {
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET, to.sin_port = htons(port);
  inet_pton(AF_INET, address, &to.sin_addr);
  std::string data(bytes, 'x');
  for (int i = 0; i < count; ++i) sendto(s, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  close(s);
}

// Dispatches until nothing more comes.
State gather(LiveSource& source, Counter& counter) {
  State state = State::kMore;
  for (int silent = 0; silent < 6 && state == State::kMore;) {  // a busy machine is slow to deliver
    uint64_t before = counter.packets;
    state = source.dispatch(counter, 50);
    silent = counter.packets == before ? silent + 1 : 0;
  }
  return state;
}

std::unique_ptr<LiveSource> open(std::vector<std::string> interfaces, std::string& error, bool& usage, const std::string& filter = {}) {
  LiveOptions options;
  options.interfaces = std::move(interfaces), options.capture_filter = filter, options.buffer_bytes = 2u << 20;
  return LiveSource::open(options, error, usage);
}

}  // namespace

TEST_CASE("live: packets of several interfaces, filters, counters", "[live]") {
  in_namespace([] {
    std::string error;
    bool usage = false;
    auto source = open({"lo", "vb"}, error, usage, "udp");
    INFO(error);
    REQUIRE(source);
    Counter counter;
    send("127.0.0.1", 7, 10);
    send("10.9.0.2", 9, 20);
    gather(*source, counter);  // a closed port answers by ICMP, which is not wanted
    CHECK(counter.packets == 30);
    CHECK(counter.last_number == 30);
    CHECK(counter.last_len == 142);
    // Another filter beside the user's: exchanged in the kernel.
    CHECK(source->set_kernel_filter("udp dst port 53", "udp dst port 53"));
    send("10.9.0.2", 9, 5);
    send("10.9.0.2", 53, 5);
    gather(*source, counter);
    CHECK(counter.packets == 35);
    CHECK(source->set_kernel_filter("", ""));
    send("10.9.0.2", 9, 5);
    gather(*source, counter);
    CHECK(counter.packets == 40);
    CHECK(source->counters().dropped == 0);
    CHECK(source->counters().received >= 40);
    // The handler's stop holds at once.
    counter.wanted = 42;
    send("10.9.0.2", 9, 5);
    CHECK(gather(*source, counter) == State::kEnd);
    CHECK(counter.packets == 42);
  });
}

TEST_CASE("live: any, with a kernel filter that reads the cooked header", "[live]") {
  in_namespace([] {
    std::string error;
    bool usage = false;
    auto source = open({"any"}, error, usage);
    INFO(error);
    REQUIRE(source);
    CHECK(source->interfaces()[0].link_type == dissect::LinkType::kLinuxSll);
    for (const char* filter : {"udp dst port 53", "ip and inbound and udp dst port 53", "src host 10.9.0.1 and greater 100 and udp dst port 53 or icmp6"}) {
      INFO(filter);
      REQUIRE(source->set_kernel_filter(filter, filter));
      Counter counter;
      gather(*source, counter);  // what was there before
      counter.packets = 0;
      send("10.9.0.2", 9, 4);
      send("10.9.0.2", 53, 4);
      gather(*source, counter);
      // Outgoing on one end, incoming on the other.
      CHECK(counter.packets == (std::string(filter).find("inbound") == std::string::npos ? 8 : 4));
    }
    // What the kernel cannot do leaves none behind.
    CHECK(!source->set_kernel_filter("link[6:4] = 7", "link[6:4] = 7"));
    CHECK(source->error().find("the kernel filter cannot be installed on any: ") == 0);
    Counter counter;
    send("10.9.0.2", 9, 4);
    gather(*source, counter);
    CHECK(counter.packets == 8);
  });
}

TEST_CASE("live: wake, an interface that goes down, away and comes back", "[live]") {
  in_namespace([] {
    std::string error;
    bool usage = false;
    auto source = open({"vb"}, error, usage);
    INFO(error);
    REQUIRE(source);
    Counter counter;
    std::thread waker([&] { source->wake(); });
    CHECK(source->dispatch(counter, -1) == State::kMore);
    waker.join();
    REQUIRE(std::system("ip link set vb down") == 0);
    auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i) CHECK(source->dispatch(counter, 20) == State::kMore);
    CHECK(std::chrono::steady_clock::now() - before > std::chrono::milliseconds(40));  // it does not spin
    REQUIRE(std::system("ip link set vb up") == 0);
    REQUIRE(pair_is_up());
    send("10.9.0.2", 9, 3);
    gather(*source, counter);
    CHECK(counter.packets == 3);
    send("10.9.0.2", 9, 4);
    REQUIRE(std::system("ip link del va") == 0);
    State state = State::kMore;
    for (int i = 0; i < 20 && state == State::kMore; ++i) state = source->dispatch(counter, 50);
    CHECK(state == State::kFailed);
    CHECK(counter.packets == 7);  // what was in the ring's open block, too
    CHECK(source->error() == "vb: The interface disappeared");
    CHECK(source->lost() == std::vector<std::string>{"vb"});
    CHECK(source->reopen().empty());
    REQUIRE(std::system("ip link add va type veth peer name vb && ip link set va up && ip link set vb up && ip addr add 10.9.0.1/24 dev va && ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev va") == 0);
    REQUIRE(pair_is_up());
    CHECK(source->reopen() == std::vector<std::string>{"vb"});
    uint64_t had = counter.packets;
    send("10.9.0.2", 9, 2);
    gather(*source, counter);
    CHECK(counter.packets >= had + 2);
  });
}

TEST_CASE("live: errors say what to do", "[live]") {
  in_namespace([] {
    std::string error;
    bool usage = false;
    CHECK(!open({"nothere"}, error, usage));
    CHECK(usage);
    CHECK(error.find("there is no interface \"nothere\"; there are ") == 0);
    CHECK(error.find("vb") != std::string::npos);
    CHECK(!open({"lo"}, error, usage, "udp prot 53"));
    CHECK(usage);
    CHECK(error.find("the capture filter \"udp prot 53\" is wrong: ") == 0);
    REQUIRE(std::system("ip link set vb down") == 0);
    CHECK(!open({"vb"}, error, usage));
    CHECK(!usage);
    CHECK(error == "the interface vb is down: ip link set vb up");
  });
}
