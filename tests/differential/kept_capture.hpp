// A capture in memory, for tests that walk it once a filter; and the kernel's view of a packet.
#pragma once
#include <pcap/pcap.h>

#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/capture/file_source.hpp"
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"

namespace wiretail::test {

struct KeptPacket {
  std::string bytes;
  dissect::Packet packet;
  uint32_t interface = 0;
};

struct KeptCapture : daemon::PacketHandler {
  std::deque<KeptPacket> packets;
  std::deque<daemon::Interface> interfaces;

  bool packet(const dissect::Packet& p, const daemon::Interface& i) override {
    KeptPacket& k = packets.emplace_back();
    k.bytes.assign(reinterpret_cast<const char*>(p.data), p.cap_len);
    k.packet = p, k.packet.data = reinterpret_cast<const uint8_t*>(k.bytes.data());
    k.packet.following = nullptr, k.packet.following_len = 0;  // it lies in the source
    if (interfaces.empty() || interfaces.back().index != i.index || interfaces.back().link_type != i.link_type) interfaces.push_back(i);
    k.interface = static_cast<uint32_t>(interfaces.size() - 1);
    return true;
  }

  // False: the file is no capture, or damaged; what stands before the damage is kept.
  bool read(const char* path) {
    std::string error;
    auto source = daemon::FileSource::open(path, error);
    if (!source) return std::fprintf(stderr, "%s\n", error.c_str()), false;
    daemon::Source::State state;
    while ((state = source->dispatch(*this, 1000)) == daemon::Source::State::kMore) {
    }
    if (state == daemon::Source::State::kFailed) return std::fprintf(stderr, "%s\n", source->error().c_str()), false;
    return true;
  }

  // The filters' matches, packet by packet: each(packet, matches). Packets for which `hidden(packet)` holds are not seen, and
  // not counted.
  template <class Hidden, class Each>
  void replay(const filter::Program& program, Hidden&& hidden, Each&& each) const {
    dissect::Dissector dissector{dissect::Settings{}};
    dissector.set_needs(program.needs());
    filter::MatchSet matches;
    matches.resize(program.filter_count());
    uint64_t number = 0;
    for (const KeptPacket& k : packets) {
      if (hidden(k)) continue;
      const daemon::Interface& i = interfaces[k.interface];
      dissect::Packet packet = k.packet;
      packet.number = ++number;
      dissect::Dissection& d = dissector.dissect(packet, i.shown_name(), i.description);
      d.nanosecond_times = i.nanoseconds;
      matches.clear();
      program.evaluate(d, filter::Subject::kPacket, matches);
      each(k, matches);
      dissector.displayed();  // tshark's taps count every packet as shown
    }
  }
};

// A kernel filter as the program would install it: compiled by pcap for each link type. Where pcap refuses it, or it is longer
// than the kernel takes, none is installed, and nothing is rejected.
class KernelFilter {
 public:
  explicit KernelFilter(std::string text) : text_(std::move(text)) {}
  KernelFilter(KernelFilter&& o) noexcept : text_(std::move(o.text_)), error_(std::move(o.error_)), compiled_(std::move(o.compiled_)) { o.compiled_.clear(); }
  KernelFilter& operator=(KernelFilter&&) = delete;
  ~KernelFilter() {
    for (auto& [link, program] : compiled_)
      if (program) pcap_freecode(program.get());
  }

  bool rejects(const KeptPacket& k) {
    if (text_.empty()) return false;
    // The kernel has whole packets, and hands over 128 bytes of them where the filter says what is to be absent.
    // On other links (wireless ones) another filter is installed (Source::set_kernel_filter).
    const bool excludes = text_.find("ip[0] & 0xf < 5") != std::string::npos;
    using dissect::LinkType;
    const LinkType link = k.packet.link_type;
    const bool plain = link == LinkType::kEthernet || link == LinkType::kRaw || link == LinkType::kLinuxSll || link == LinkType::kNull || link == LinkType::kLoop;
    if (excludes && (!plain || (k.packet.cap_len < k.packet.len && k.packet.cap_len < 128))) return false;
    const bpf_program* program = compiled(static_cast<int>(k.packet.link_type));
    if (!program) return false;
    pcap_pkthdr header{};
    header.caplen = k.packet.cap_len, header.len = k.packet.len;
    return pcap_offline_filter(program, &header, k.packet.data) == 0;
  }
  const std::string& text() const { return text_; }
  const std::string& error() const { return error_; }  // of a link type that must be able to have it

 private:
  const bpf_program* compiled(int link) {
    constexpr unsigned kLongest = 4096;  // BPF_MAXINSNS
    if (link == 101) link = DLT_RAW;     // files have another number for it
    auto [it, fresh] = compiled_.try_emplace(link);
    if (!fresh) return it->second.get();
    std::unique_ptr<pcap_t, decltype(&pcap_close)> dead(pcap_open_dead(link, 262'144), pcap_close);
    auto program = std::make_unique<bpf_program>();
    if (dead && pcap_compile(dead.get(), program.get(), text_.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) {
      if (program->bf_len <= kLongest) it->second = std::move(program);
      else pcap_freecode(program.get());
    } else if (dead && (link == DLT_EN10MB || link == DLT_RAW || link == DLT_LINUX_SLL || link == 276)) {
      error_ = std::string("pcap refuses it: ") + pcap_geterr(dead.get());
    }
    return it->second.get();
  }

  std::string text_, error_;
  std::map<int, std::unique_ptr<bpf_program>> compiled_;
};

}  // namespace wiretail::test
