// Matched packets as a capture file (`-w`): pcapng, readable by tshark and by our own reader. Makes bytes and knows nothing of
// files: they go through the output's queue like lines. Used by the capture thread; packets are copied, nothing is kept of
// them, and nothing is allocated once the buffer has grown to its size. It cannot fail: what it is given was checked by the
// source. Format: draft-ietf-opsawg-pcapng §4.1 to §4.4.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "daemon/capture/source.hpp"
#include "dissect/packet.hpp"

namespace wiretail::daemon {

class PacketFormat {
 public:
  // The section header, and the interfaces that are known already. Comes first, once. A live capture knows all of them, so
  // that a block of packets which a full queue drops takes no interface with it.
  void header(std::string& out, const std::deque<Interface>& interfaces = {});
  // The packet, behind its interface's block if that was not written yet. Records that are no packets are left out.
  void packet(std::string& out, const dissect::Packet& packet, const Interface& interface);

 private:
  void describe(std::string& out, const Interface& interface);
  std::vector<uint32_t> ids_;  // by Interface::index: number in the file + 1; 0: not described yet
  uint32_t described_ = 0;
  uint32_t first_snaplen_ = 0;
};

}  // namespace wiretail::daemon
