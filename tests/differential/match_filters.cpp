// What filters match in a capture, for run_filters: filters on standard input, one a line; one line of answer each.
//
//   match_filters CAPTURE         the numbers of the frames that match ("3 7-9"; "-": none)
//   match_filters                 only whether they are right
//   match_filters --generate COUNT SEED CAPTURE   prints filters made from the registry and what the capture holds
//
// A wrong filter is answered with "! BEGIN LENGTH CODE MESSAGE". Each filter runs as a program of its own, with a dissector
// of its own that works for it alone (as `-Y` does), and all of them once more together; lines that begin with "?" tell of
// answers that differ, and of packets that match though the derived kernel filter rejects them.
#include <pcap/pcap.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/capture/file_source.hpp"
#include "differential/expressions.hpp"
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"

using namespace wiretail;

namespace {

struct Kept {
  std::string bytes;
  dissect::Packet packet;
  uint32_t interface = 0;
};

// The capture in memory: it is walked once for every filter.
struct Keep : daemon::PacketHandler {
  std::deque<Kept> packets;
  std::deque<daemon::Interface> interfaces;
  bool packet(const dissect::Packet& p, const daemon::Interface& i) override {
    Kept& k = packets.emplace_back();
    k.bytes.assign(reinterpret_cast<const char*>(p.data), p.cap_len);
    k.packet = p, k.packet.data = reinterpret_cast<const uint8_t*>(k.bytes.data());
    if (interfaces.empty() || interfaces.back().index != i.index || interfaces.back().link_type != i.link_type) interfaces.push_back(i);
    k.interface = static_cast<uint32_t>(interfaces.size() - 1);
    return true;
  }
};

// The kernel's view of a packet, by link type; a link type that pcap cannot filter rejects nothing.
class Kernel {
 public:
  explicit Kernel(std::string text) : text_(std::move(text)) {}
  bool rejects(const Kept& k, std::string& error) {
    if (text_.empty()) return false;
    int link = static_cast<int>(k.packet.link_type);
    if (link == 101) link = DLT_RAW;
    auto [it, fresh] = compiled_.try_emplace(link);
    if (fresh) {
      pcap_t* dead = pcap_open_dead(link, 262'144);
      it->second = std::make_unique<bpf_program>();
      if (!dead || pcap_compile(dead, it->second.get(), text_.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
        bool basic = link == DLT_EN10MB || link == DLT_RAW || link == DLT_LINUX_SLL || link == 276;
        if (dead && basic) error = std::string("pcap refuses it: ") + pcap_geterr(dead);
        it->second.reset();
      }
      if (dead) pcap_close(dead);
    }
    if (!it->second) return false;
    pcap_pkthdr header{};
    header.caplen = k.packet.cap_len, header.len = k.packet.len;
    return pcap_offline_filter(it->second.get(), &header, k.packet.data) == 0;
  }

 private:
  std::string text_;
  std::map<int, std::unique_ptr<bpf_program>> compiled_;  // lives as long as the process
};

template <class Each>
void replay(const Keep& capture, const filter::Program& program, size_t filters, Each&& each) {
  dissect::Dissector dissector{dissect::Settings{}};
  dissector.set_needs(program.needs());
  filter::MatchSet matches;
  matches.resize(filters);
  for (const Kept& k : capture.packets) {
    const daemon::Interface& i = capture.interfaces[k.interface];
    dissect::Dissection& d = dissector.dissect(k.packet, i.shown_name(), i.description);
    d.nanosecond_times = i.nanoseconds;
    matches.clear();
    program.evaluate(d, filter::Subject::kPacket, matches);
    each(k, matches);
    dissector.displayed();  // tshark's taps count every packet as shown
  }
}

std::string ranges(const std::vector<uint64_t>& frames) {
  std::string out;
  for (size_t i = 0; i < frames.size();) {
    size_t j = i;
    while (j + 1 < frames.size() && frames[j + 1] == frames[j] + 1) ++j;
    out += (out.empty() ? "" : " ") + std::to_string(frames[i]) + (j > i ? "-" + std::to_string(frames[j]) : "");
    i = j + 1;
  }
  return out.empty() ? "-" : out;
}

bool read(const char* path, Keep& capture) {
  std::string error;
  auto source = daemon::FileSource::open(path, error);
  if (!source) return std::fprintf(stderr, "%s\n", error.c_str()), false;
  daemon::Source::State state;
  while ((state = source->dispatch(capture, 1000)) == daemon::Source::State::kMore) {
  }
  if (state == daemon::Source::State::kFailed) return std::fprintf(stderr, "%s\n", source->error().c_str()), false;
  return true;
}

// Only filters that ours accepts; those that tshark refuses are left out later.
int generate(size_t count, uint64_t seed, const char* path) {
  Keep capture;
  if (!read(path, capture)) return 2;
  test::Expressions expressions(seed, true);
  dissect::Dissector dissector{dissect::Settings{}};
  dissect::Needs needs;
  for (const auto& f : dissect::Registry::get().fields()) needs.add(f.id);
  dissector.set_needs(needs);
  for (const Kept& k : capture.packets) expressions.learn(dissector.dissect(k.packet, capture.interfaces[k.interface].shown_name(), capture.interfaces[k.interface].description));
  expressions.learnt();
  for (size_t made = 0, depth = 0; made < count;) {
    filter::FilterSource source{"", expressions.expression(static_cast<int>(depth++ % 3))};
    if (!filter::compile({&source, 1}, {}).program) continue;
    std::puts(source.text.c_str());
    ++made;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "--generate") return generate(std::strtoul(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10), argv[4]);
  Keep capture;
  if (argc > 1 && !read(argv[1], capture)) return 2;
  std::vector<filter::FilterSource> right;
  std::vector<std::vector<uint64_t>> found;
  std::string line, doubts;
  auto doubt = [&](const std::string& text, const std::string& what) { doubts += "? " + what + "\t" + text + "\n"; };
  while (std::getline(std::cin, line)) {
    filter::FilterSource source{line, line};
    auto compiled = filter::compile({&source, 1}, {});
    if (!compiled.program) {
      const auto& e = compiled.diagnostics[0].front();
      std::printf("! %u %u %u %s\n", e.span.begin, e.span.length, e.code, e.message.c_str());
      continue;
    }
    std::vector<uint64_t> frames;
    Kernel kernel(filter::derive_prefilter(*compiled.program, false));
    std::string error;
    uint64_t hidden = 0;
    replay(capture, *compiled.program, 1, [&](const Kept& k, const filter::MatchSet& m) {
      if (!m.any()) return;
      frames.push_back(k.packet.number);
      if (kernel.rejects(k, error) && !hidden) hidden = k.packet.number;
    });
    if (hidden) doubt(line, "the kernel filter hides frame " + std::to_string(hidden));
    if (!error.empty()) doubt(line, error);
    std::printf("%s\n", ranges(frames).c_str());
    right.push_back(std::move(source));
    found.push_back(std::move(frames));
  }
  auto all = filter::compile(right, {});
  if (!all.program) return std::fprintf(stderr, "together they do not compile\n"), 2;
  std::vector<std::vector<uint64_t>> together(right.size());
  replay(capture, *all.program, right.size(), [&](const Kept& k, const filter::MatchSet& m) {
    m.each([&](uint32_t filter) { together[filter].push_back(k.packet.number); });
  });
  for (size_t i = 0; i < right.size(); ++i)
    if (together[i] != found[i]) doubt(right[i].text, "alone it matches " + ranges(found[i]) + ", together with others " + ranges(together[i]));
  std::fputs(doubts.c_str(), stdout);
  return 0;
}
