// A packet as the capture sources hand it over: a view, owned by nobody here. The bytes lie in the kernel's ring or
// in a file's block and are valid until the source is asked for the next packet. One thread makes and reads it.
#pragma once
#include <compare>
#include <cstdint>

namespace wiretail::dissect {

// Seconds and nanoseconds since 1970-01-01 UTC; or a difference of two such times (then nanos is in [0, 1e9) too and
// the value is seconds + nanos / 1e9, so -0.5 s is {-1, 500000000}). The range is the file formats' own. Damaged files have
// fractions of a second and more: these stand as they are, as Wireshark shows them, and so do differences with them.
struct Time {
  int64_t seconds = 0;
  int32_t nanos = 0;
  static constexpr int32_t kSecond = 1'000'000'000;
  bool sound() const { return static_cast<uint32_t>(nanos) < static_cast<uint32_t>(kSecond); }
  // The same time with a fraction of less than a second.
  Time carried() const {
    Time t{seconds + nanos / kSecond, nanos % kSecond};
    if (t.nanos < 0) t.nanos += kSecond, --t.seconds;
    return t;
  }
  friend auto operator<=>(const Time&, const Time&) = default;
  friend constexpr bool operator<(Time a, Time b) { return a.seconds != b.seconds ? a.seconds < b.seconds : a.nanos < b.nanos; }  // in place, unlike the above
  friend Time operator-(Time a, Time b) {
    // Unsigned arithmetic: hostile files hold any 64-bit second.
    Time d{static_cast<int64_t>(static_cast<uint64_t>(a.seconds) - static_cast<uint64_t>(b.seconds)), static_cast<int32_t>(static_cast<uint32_t>(a.nanos) - static_cast<uint32_t>(b.nanos))};
    if (d.seconds < 0 && d.nanos >= kSecond) d.nanos -= kSecond, ++d.seconds;
    else if (d.nanos < 0 && d.nanos > -kSecond) d.nanos += kSecond, d.seconds = static_cast<int64_t>(static_cast<uint64_t>(d.seconds) - 1);
    return d;
  }
  friend Time operator+(Time a, Time b) {
    Time sum{static_cast<int64_t>(static_cast<uint64_t>(a.seconds) + static_cast<uint64_t>(b.seconds)), static_cast<int32_t>(static_cast<uint32_t>(a.nanos) + static_cast<uint32_t>(b.nanos))};
    if (sum.nanos >= kSecond) sum.nanos -= kSecond, sum.seconds = static_cast<int64_t>(static_cast<uint64_t>(sum.seconds) + 1);
    return sum;
  }
  static Time of_milliseconds(uint64_t ms) { return {static_cast<int64_t>(ms / 1000), static_cast<int32_t>(ms % 1000) * 1'000'000}; }
  double as_double() const { return static_cast<double>(seconds) + static_cast<double>(nanos) * 1e-9; }
};

// Link types as capture files and libpcap number them (tcpdump.org/linktypes.html, LINKTYPE_ values).
enum class LinkType : uint16_t {
  kNull = 0,
  kEthernet = 1,
  kTokenRing = 6,
  kArcnet = 7,
  kPpp = 9,
  kFddi = 10,
  kRawBsd = 12,
  kRawOpenBsd = 14,
  kPppHdlc = 50,
  kPppoe = 51,
  kLlc = 100,
  kRaw = 101,
  kCiscoHdlc = 104,
  kWlan = 105,
  kLinuxClip = 106,
  kFrameRelay = 107,
  kLoop = 108,
  kLinuxSll = 113,
  kRadiotap = 127,
  kArcnetLinux = 129,
  kUser2 = 149,
  kJuniperEthernet = 178,
  kWpan = 195,
  kPppWithDirection = 204,
  kMpls = 219,
  kIpnet = 226,
  kIpv4 = 228,
  kIpv6 = 229,
  kNflog = 239,
  kIpoib = 242,
  kPktap = 258,
  kLinuxSll2 = 276,
};

struct Packet {
  const uint8_t* data = nullptr;
  uint32_t cap_len = 0;   // bytes present at data
  uint32_t len = 0;       // bytes on the wire (at least cap_len, except in damaged files)
  Time time;              // capture time
  bool has_time = true;   // pcapng simple packet blocks have none
  int8_t fcs_len = -1;    // bytes of frame check sequence at the end of len; -1: not known
  LinkType link_type = LinkType::kEthernet;
  uint32_t interface_id = 0;  // index into the run's interfaces (for files: of the section's interface blocks, as tshark shows)
  bool has_flags = false;     // a pcapng file says `flags` of it (epb_flags: direction, reception, errors)
  uint32_t flags = 0;
  uint32_t section = 0;       // of a pcapng file, from 1; 0: the source has none
  uint64_t number = 0;        // from 1, over all interfaces of the run
  // The bytes of the packet behind it, where the source has all of them already: so that its connection's memory can be
  // fetched while this one is worked on. Null: nothing is known of it.
  const uint8_t* following = nullptr;
  uint32_t following_len = 0;
};

}  // namespace wiretail::dissect
