// Live interfaces by libpcap's memory-mapped ring (TPACKET_V3): the callback's pointer is the packet. Several interfaces
// are served by one thread through poll(); packets are numbered over all of them. Linux facts behind the choices: immediate
// mode would fall back to a slow ring, a blocking dispatch never returns on its timeout while the link is silent, and
// pcap_setfilter loses packets while it swaps, so filters are attached to the socket itself.
#pragma once
#include <poll.h>

#include <chrono>
#include <vector>

#include "daemon/capture/source.hpp"

struct pcap;

namespace wiretail::daemon {

struct LiveOptions {
  std::vector<std::string> interfaces;
  std::string capture_filter;           // pcap syntax; empty: all
  uint32_t snaplen = 262'144;
  uint32_t buffer_bytes = 16u << 20;    // of each interface's ring
  uint32_t read_timeout_ms = 10;
  bool promiscuous = true;
  bool wait_for_missing = false;        // interfaces that are not there are no error; reopen() looks for them
};

class LiveSource : public Source {
 public:
  // Null: `error` says why and what to do; `usage` is true if the call was wrong (no such interface, bad capture filter).
  static std::unique_ptr<LiveSource> open(const LiveOptions& options, std::string& error, bool& usage);
  ~LiveSource() override;
  State dispatch(PacketHandler& handler, int timeout_ms) override;
  void wake() override;  // async-signal-safe
  bool live() const override { return true; }
  const std::deque<Interface>& interfaces() const override { return interfaces_; }
  CaptureCounters counters() override;
  bool set_kernel_filter(const std::string& filter, const std::string& elsewhere) override;
  // Those that were not there at the start.
  std::vector<std::string> missing() const;
  // Interfaces that went away since the last call, and tries to open them again; names of those that came back.
  std::vector<std::string> lost();
  std::vector<std::string> reopen();
  // Stop: nothing new comes into the rings, and what waits in them is handed over. What at_most leaves no time for counts
  // as dropped.
  void finish(PacketHandler& handler, std::chrono::milliseconds at_most);

  // Deliver one packet; called by libpcap's callback.
  void deliver(size_t interface, const void* header, const uint8_t* data);

 private:
  struct Handle {
    pcap* handle = nullptr;
    int fd = -1;
    uint32_t last_received = 0, last_dropped = 0, last_if_dropped = 0;
    CaptureCounters totals;
    bool reported = true;
    bool missing = false;  // and was never there
  };
  bool activate(size_t index, std::string& error, bool& usage);
  bool attach(size_t index);
  bool attach_text(const Handle& handle, const std::string& filter);
  int receive(size_t index);
  void count(Handle& handle);
  void gone(size_t index);

  LiveOptions options_;
  std::string kernel_filter_, kernel_filter_elsewhere_;
  std::deque<Interface> interfaces_;
  std::vector<Handle> handles_;
  int wake_fd_ = -1;
  std::vector<pollfd> polled_;  // one an interface in their order, and the wake-up behind them
  PacketHandler* handler_ = nullptr;
  bool stopped_ = false;
  bool too_late_ = false;  // finish() only counts what is left
  uint64_t number_ = 0;
};

// `-D`: one line an interface, as tshark: "1. eth0 (description)".
std::string list_interfaces(std::string& error);
// What pcap says against a capture filter whatever the link type; empty: nothing. Opens no interface.
std::string capture_filter_error(const std::string& filter);
// It can be installed: the kernel takes so many instructions. Judged for Ethernet.
bool kernel_takes(const std::string& filter);
// Numbers of that list become the names; a name that is a number stays one. False: `error` says which number is none.
bool name_numbered_interfaces(std::vector<std::string>& interfaces, std::string& error);

}  // namespace wiretail::daemon
