// Where packets come from: a capture file or live interfaces, behind one interface. Used by the run loop, on the capture
// thread. A packet that is handed over points into the source's own memory (the kernel's ring, the file's block) and is
// valid until the handler returns. Errors are values: one sentence that says what to do.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "dissect/packet.hpp"

namespace wiretail::daemon {

struct Interface {
  std::string name;         // empty: the file does not say; see shown_name()
  std::string description;
  dissect::LinkType link_type = dissect::LinkType::kEthernet;
  uint32_t snaplen = 262'144;
  bool nanoseconds = true;  // timestamps have that precision
  uint32_t index = 0;       // place in Source::interfaces(); for files of several sections not the same as the packet's interface_id
  bool identified = true;   // the input knows interfaces: tshark shows `frame.interface_id` (a pcap file does not)
  int8_t fcs_len = -1;      // bytes of frame check sequence behind each packet; -1: not told
  std::string filter;       // capture filter it was recorded with; empty: none, or not told

  // What `frame.interface_name` shows; empty: the field is absent.
  std::string_view shown_name() const { return name.empty() && identified ? std::string_view("unknown") : std::string_view(name); }
};

// Link type of a record that is no packet (a custom, journal or event block of pcapng). Wireshark numbers these too, so they
// are handed over, or the frames after them would have other numbers; no protocol claims them.
inline constexpr auto kNotAPacket = static_cast<dissect::LinkType>(0xffff);

class PacketHandler {
 public:
  virtual ~PacketHandler() = default;
  // False: no more packets, please.
  virtual bool packet(const dissect::Packet& packet, const Interface& interface) = 0;
};

struct CaptureCounters {  // received: delivered and dropped together, as the kernel counts
  uint64_t received = 0, dropped = 0, if_dropped = 0;
};

class Source {
 public:
  enum class State : uint8_t {
    kMore,    // call again
    kEnd,     // the input is at its end, or the handler said stop
    kFailed,  // error() says why; everything before it was delivered
  };
  virtual ~Source() = default;
  // Delivers what is there, at most until the handler says stop: a file on disk to its end. Live interfaces and pipes: waits
  // up to timeout_ms for a packet, or until wake() is called from a signal handler or another thread.
  virtual State dispatch(PacketHandler& handler, int timeout_ms) = 0;
  virtual void wake() {}
  virtual bool live() const = 0;
  virtual const std::deque<Interface>& interfaces() const = 0;
  virtual CaptureCounters counters() { return {}; }
  // Live: installs a kernel filter, beside the user's own, on all interfaces without losing packets; empty: none. `elsewhere` is for those of link types
  // on which the kernel may find more than the filters do: wireless packets are encrypted, whatever they look like. False: error() says why.
  virtual bool set_kernel_filter(const std::string& /*filter*/, const std::string& /*elsewhere*/) { return true; }
  const std::string& error() const { return error_; }

 protected:
  std::string error_;
};

}  // namespace wiretail::daemon
