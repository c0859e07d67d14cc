#include "dissect/protocols/dns_rare.hpp"

#include <algorithm>

#include "dissect/protocols/dns.hpp"

namespace wiretail::dissect::dns {
namespace {

class Rare {
 public:
  Rare(const Message& m, uint32_t at, uint32_t end) : m_(m), at_(at), end_(end) {}

  bool read(uint16_t type) {
    switch (type) {
      case 25: return key();
      case 38: return address6();
      case 42: return prefixes();
      case 45: return ipsec_key();
      case 55: return host_identity();
      case 62: return child_sync();
      case 249: return transaction_key();
      case 65281: return wins();
      case 65282: return number(kWinsrLocalFlag, 4, 1) && number(kWinsrLookupTimeout, 4) && number(kWinsrCacheTimeout, 4) && name(kWinsrNameResultDomain);
      default: return true;
    }
  }
  uint32_t lacks() const { return lacks_; }

 private:
  bool there(uint64_t bytes) {
    if (at_ + bytes <= m_.size) return true;
    lacks_ = m_.size;
    return false;
  }
  bool number(unsigned row, uint32_t width, uint64_t mask = ~uint64_t{0}) {
    if (!there(width)) return false;
    m_.emit.number(row, read_uint(m_.p + at_, width) & mask, m_.prefix + at_, width);
    at_ += width;
    return true;
  }
  bool bytes(unsigned row, uint32_t length) {
    if (!there(length)) return false;
    m_.emit.bytes(row, m_.prefix + at_, length);
    at_ += length;
    return true;
  }
  bool address(unsigned row, uint32_t width) {
    if (!there(width)) return false;
    m_.emit.read(row, m_.prefix + at_, width);
    at_ += width;
    return true;
  }
  bool name(unsigned row) {
    Name n = m_.names.at(at_);
    if (!n.good) {
      lacks_ = n.wrong ? UINT32_MAX : n.lacks;
      return false;
    }
    if (m_.emit.wants(row)) m_.emit.put(row, Value::of_text(n.text), m_.prefix + at_, n.end - at_);
    at_ = n.end;
    return true;
  }
  bool rest(unsigned row) { return at_ >= end_ || bytes(row, end_ - at_); }

  // RFC 2535 §3.1; a key that is said not to be there has no purpose either.
  bool key() {
    if (!there(4)) return false;
    const uint16_t flags = be16(m_.p + at_);
    auto flag = [&](unsigned row, uint16_t bit) { m_.emit.number(row, (flags & bit) != 0, m_.prefix + at_, 2); };
    m_.emit.number(kKeyFlags, flags, m_.prefix + at_, 2);
    m_.emit.push();
    flag(kKeyFlagsAuthentication, 0x8000), flag(kKeyFlagsConfidentiality, 0x4000);
    if ((flags & 0xc000) != 0xc000) {
      flag(kKeyFlagsRequired, 0x2000), flag(kKeyFlagsAssociatedUser, 0x0400), flag(kKeyFlagsAssociatedNamedEntity, 0x0200);
      flag(kKeyFlagsIpsec, 0x0080), flag(kKeyFlagsMime, 0x0040);
      m_.emit.number(kKeyFlagsSignatory, flags & 15u, m_.prefix + at_, 2);
    }
    m_.emit.pop();
    const uint32_t begin = at_;
    at_ += 2;
    number(kKeyProtocol, 1), number(kKeyAlgorithm, 1);
    if (!there(end_ > at_ ? end_ - at_ : 0)) return false;
    uint32_t sum = 0;
    for (uint32_t i = begin; i < end_; ++i) sum += (i - begin) % 2 ? m_.p[i] : uint32_t{m_.p[i]} << 8;
    sum += sum >> 16 & 0xffff;
    m_.emit.number(kKeyKeyId, sum & 0xffff);
    return rest(kKeyPublicKey);
  }

  // RFC 2874 §3.1: the bits behind a prefix that another name has.
  bool address6() {
    if (!there(1)) return false;
    const uint32_t prefix = m_.p[at_], width = prefix > 128 ? 0 : (128 - prefix + 7) / 8;
    number(kA6PrefixLen, 1);
    if (!there(width)) return false;
    if (width) {
      char* full = m_.emit.packet().arena.take(16);
      std::fill_n(full, 16, '\0');
      std::copy_n(m_.p + at_, width, full + 16 - width);
      m_.emit.put(kA6AddressSuffix, Value::of_bytes({reinterpret_cast<const uint8_t*>(full), 16}), m_.prefix + at_, width);
    }
    at_ += width;
    return !prefix || name(kA6PrefixName);
  }

  // RFC 3123 §4: trailing zeros of an address are left out.
  bool prefixes() {
    while (at_ < end_) {
      if (!there(4)) return false;
      const uint16_t family = be16(m_.p + at_);
      const uint32_t length = m_.p[at_ + 3] & 0x7f, width = family == 1 ? 4 : 16;
      number(kAplAddressFamily, 2), number(kAplCodedPrefix, 1);
      m_.emit.number(kAplNegation, m_.p[at_] >> 7, m_.prefix + at_, 1);
      m_.emit.number(kAplAfdlength, length, m_.prefix + at_, 1);
      ++at_;
      if (!there(length)) return false;
      if ((family == 1 || family == 2) && length <= width) {
        char* full = m_.emit.packet().arena.take(16);
        std::fill_n(full, 16, '\0');
        std::copy_n(m_.p + at_, length, full);
        const auto* octets = reinterpret_cast<const uint8_t*>(full);
        if (family == 1) m_.emit.number(kAplAfdpartIpv4, be32(octets), m_.prefix + at_, length);
        else m_.emit.put(kAplAfdpartIpv6, Value::of_bytes({octets, 16}), m_.prefix + at_, length);
      } else if (length) {
        m_.emit.bytes(kAplAfdpartData, m_.prefix + at_, length);
      }
      at_ += length;
    }
    return true;
  }

  // RFC 4025 §2.
  bool ipsec_key() {
    if (!there(3)) return false;
    const uint8_t kind = m_.p[at_ + 1];
    number(kIpseckeyGatewayPrecedence, 1), number(kIpseckeyGatewayType, 1), number(kIpseckeyGatewayAlgorithm, 1);
    if (kind == 1 && !address(kIpseckeyGatewayIpv4, 4)) return false;
    if (kind == 2 && !address(kIpseckeyGatewayIpv6, 16)) return false;
    if (kind == 3 && !name(kIpseckeyGatewayDns)) return false;
    return rest(kIpseckeyPublicKey);
  }

  // RFC 8005 §5.
  bool host_identity() {
    if (!there(4)) return false;
    const uint32_t tag = m_.p[at_], key = be16(m_.p + at_ + 2);
    number(kHipHitLength, 1), number(kHipHitPkAlgo, 1), number(kHipPkLength, 2);
    if (!bytes(kHipHit, tag) || !bytes(kHipPk, key)) return false;
    while (at_ < end_)
      if (!name(kHipRendezvousServer)) return false;
    return true;
  }

  // RFC 7477 §2.1: flags, then the types as in NSEC.
  bool child_sync() {
    if (!number(kCsyncSoa, 4) || !there(2)) return false;
    const uint16_t flags = be16(m_.p + at_);
    m_.emit.number(kCsyncFlags, flags, m_.prefix + at_, 2);
    m_.emit.push();
    m_.emit.number(kCsyncFlagsImmediate, flags & 1, m_.prefix + at_, 2), m_.emit.number(kCsyncFlagsSoaminimum, flags >> 1 & 1, m_.prefix + at_, 2);
    m_.emit.pop();
    at_ += 2;
    if (end_ > at_ && !there(end_ - at_)) return false;
    if (end_ > at_) m_.emit.bytes(kCsyncTypeBitmap, m_.prefix + at_, end_ - at_);
    while (at_ + 2 <= end_ && there(2u + m_.p[at_ + 1])) {
      const uint32_t base = m_.p[at_] * 256u, stop = std::min(end_, at_ + 2 + m_.p[at_ + 1]);
      for (uint32_t i = at_ + 2; i < stop; ++i)
        for (uint32_t bit = 0; bit < 8; ++bit)
          if (m_.p[i] & (0x80 >> bit)) m_.emit.number(kRespType, base + (i - at_ - 2) * 8 + bit, m_.prefix + i, 1);
      at_ += 2u + m_.p[at_ + 1];
    }
    return true;
  }

  // RFC 2930 §2.
  bool transaction_key() {
    if (!name(kTkeyAlgoName) || !there(14)) return false;
    for (unsigned row : {kTkeySignatureInception, kTkeySignatureExpiration}) {
      m_.emit.time(row, {be32(m_.p + at_), 0}, m_.prefix + at_, 4);
      at_ += 4;
    }
    number(kTkeyMode, 2), number(kTkeyError, 2);
    uint32_t size = be16(m_.p + at_);
    number(kTkeyKeySize, 2);
    if (size && !bytes(kTkeyKeyData, size)) return false;
    if (!there(2)) return false;
    size = be16(m_.p + at_);
    number(kTkeyOtherSize, 2);
    return !size || bytes(kTkeyOtherData, size);
  }

  // Microsoft's records for servers of NetBIOS names.
  bool wins() {
    if (!number(kWinsLocalFlag, 4, 1) || !number(kWinsLookupTimeout, 4) || !number(kWinsCacheTimeout, 4) || !number(kWinsNbWinsServers, 4)) return false;
    while (at_ + 4 <= end_)
      if (!address(kWinsWinsServer, 4)) return false;
    return true;
  }

  const Message& m_;
  uint32_t at_, end_, lacks_ = 0;
};

}  // namespace

bool is_rare(uint16_t type) {
  static constexpr uint16_t kTypesHere[] = {25, 38, 42, 45, 55, 62, 249, 65281, 65282};
  return std::find(std::begin(kTypesHere), std::end(kTypesHere), type) != std::end(kTypesHere);
}

bool rare_record(const Message& message, uint16_t type, uint32_t at, uint32_t end, uint32_t& lacks) {
  Rare rare(message, at, end);
  const bool good = rare.read(type);
  lacks = rare.lacks();
  return good;
}

}  // namespace wiretail::dissect::dns
