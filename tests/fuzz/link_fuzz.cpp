// One packet on any link: the headers of the link layer, of tunnels and of what lies in them. The first byte chooses the
// link, the second how many bytes of the wire the capture has left out; the rest is the packet.
#include "tests/fuzz/dissecting.hpp"

using namespace wiretail;
using dissect::LinkType;

namespace {
constexpr LinkType kLinks[] = {LinkType::kEthernet, LinkType::kNull, LinkType::kLoop, LinkType::kRaw, LinkType::kPpp, LinkType::kPppHdlc, LinkType::kPppoe, LinkType::kPppWithDirection,
                               LinkType::kLinuxSll, LinkType::kLinuxSll2, LinkType::kMpls, LinkType::kNflog, LinkType::kIpv4, LinkType::kIpv6,
                               LinkType::kTokenRing, LinkType::kFddi, LinkType::kLlc, LinkType::kWlan, LinkType::kLinuxClip, LinkType::kRadiotap, LinkType::kUser2, LinkType::kJuniperEthernet,
                               LinkType::kWpan, LinkType::kPktap};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  static dissect::Dissector* const dissector = [] {
    auto* made = new dissect::Dissector(dissect::Settings{});
    made->set_needs(fuzz::everything());
    return made;
  }();
  dissect::Packet packet;
  packet.link_type = kLinks[data[0] % std::size(kLinks)];
  packet.cap_len = static_cast<uint32_t>(size - 2);
  packet.len = packet.cap_len + data[1];
  packet.fcs_len = data[0] >= 128 ? 4 : -1;
  packet.number = 1;
  fuzz::dissect_fully(*dissector, packet, data + 2);
  return 0;
}
