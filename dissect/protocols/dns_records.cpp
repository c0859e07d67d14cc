// What the resource records of DNS hold: a list of steps for a type where it can be; RFC numbers stand beside the types.
#include <algorithm>
#include <string>

#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/protocols/dns_rare.hpp"

namespace wiretail::dissect::dns {
namespace {

struct Step {
  enum Kind : uint8_t { kNumber, kAddress, kAddress6, kName, kText, kRest, kRestEver, kRestText, kTime, kBytes } kind;
  Row row;
  uint8_t width = 0;  // of numbers and bytes; kText: `row` is the length's row, `also` the value's
  Row also = kLength;
};
struct Content {
  uint16_t type;
  std::span<const Step> steps;
};

constexpr Step num(Row row, uint8_t width) { return {Step::kNumber, row, width}; }
constexpr Step name(Row row) { return {Step::kName, row}; }
constexpr Step text(Row length, Row value) { return {Step::kText, length, 1, value}; }
constexpr Step rest(Row row) { return {Step::kRest, row}; }
constexpr Step when(Row row) { return {Step::kTime, row, 4}; }

constexpr Step kAddressSteps[] = {{Step::kAddress, kA}};
constexpr Step kNsSteps[] = {name(kNs)};
constexpr Step kMdSteps[] = {name(kMd)}, kMfSteps[] = {name(kMf)}, kMbSteps[] = {name(kMb)}, kMgSteps[] = {name(kMg)}, kMrSteps[] = {name(kMr)};
constexpr Step kCnameSteps[] = {name(kCname)}, kPtrSteps[] = {name(kPtrDomainName)}, kDnameSteps[] = {name(kDname)};
constexpr Step kSoaSteps[] = {name(kSoaMname), name(kSoaRname), num(kSoaSerialNumber, 4), num(kSoaRefreshInterval, 4), num(kSoaRetryInterval, 4), num(kSoaExpireLimit, 4), num(kSoaMinimumTtl, 4)};
constexpr Step kNullSteps[] = {rest(kNull)}, kNsapSteps[] = {rest(kNsapRdata)}, kDhcidSteps[] = {rest(kDhcidRdata)}, kOpenpgpSteps[] = {{Step::kRestText, kOpenpgpkey}};
constexpr Step kHinfoSteps[] = {text(kHinfoCpuLength, kHinfoCpu), text(kHinfoOsLength, kHinfoOs)};
constexpr Step kMinfoSteps[] = {name(kMinfoR), name(kMinfoE)};
constexpr Step kMxSteps[] = {num(kMxPreference, 2), name(kMxMailExchange)};
constexpr Step kRpSteps[] = {name(kRpMailbox), name(kRpTxtRr)};
constexpr Step kAfsdbSteps[] = {num(kAfsdbSubtype, 2), name(kAfsdbHostname)}, kRtSteps[] = {num(kRtSubtype, 2), name(kRtIntermediateHost)};
constexpr Step kPxSteps[] = {num(kPxPreference, 2), name(kPxMap822), name(kPxMap400)};
constexpr Step kAaaaSteps[] = {{Step::kAddress6, kAaaa}};
constexpr Step kLocSteps[] = {num(kLocVersion, 1), num(kLocSize, 1), num(kLocHorizontalPrecision, 1), num(kLocVerticalPrecision, 1), num(kLocLatitude, 4), num(kLocLongitude, 4), num(kLocAltitude, 4)};
constexpr Step kNxtSteps[] = {name(kNxtNextDomainName)}, kNsecSteps[] = {name(kNsecNextDomainName)};
constexpr Step kSrvSteps[] = {num(kSrvPriority, 2), num(kSrvWeight, 2), num(kSrvPort, 2), name(kSrvTarget)};
constexpr Step kNaptrSteps[] = {num(kNaptrOrder, 2), num(kNaptrPreference, 2), text(kNaptrFlagsLength, kNaptrFlags), text(kNaptrServiceLength, kNaptrService), text(kNaptrRegexLength, kNaptrRegex)};
constexpr Step kKxSteps[] = {num(kKxPreference, 2), name(kKxKeyExchange)};
constexpr Step kCertSteps[] = {num(kCertType, 2), num(kCertKeyTag, 2), num(kCertAlgorithm, 1), rest(kCertCertificate)};
constexpr Step kDsSteps[] = {num(kDsKeyId, 2), num(kDsAlgorithm, 1), num(kDsDigestType, 1), {Step::kRestEver, kDsDigest}};
constexpr Step kSshfpSteps[] = {num(kSshfpAlgorithm, 1), num(kSshfpFingerprintType, 1), rest(kSshfpFingerprint)};
constexpr Step kRrsigSteps[] = {num(kRrsigTypeCovered, 2), num(kRrsigAlgorithm, 1), num(kRrsigLabels, 1), num(kRrsigOriginalTtl, 4), when(kRrsigSignatureExpiration), when(kRrsigSignatureInception),
                                num(kRrsigKeyTag, 2), name(kRrsigSignersName), rest(kRrsigSignature)};
constexpr Step kTlsaSteps[] = {num(kTlsaCertificateUsage, 1), num(kTlsaSelector, 1), num(kTlsaMatchingType, 1), {Step::kRestEver, kTlsaCertificateAssociationData}};
constexpr Step kEuiSteps[] = {{Step::kBytes, kEui48, 6}}, kEui64Steps[] = {num(kEui64, 8)};
constexpr Step kX25Steps[] = {text(kX25Length, kX25PsdnAddress)}, kNsapPtrSteps[] = {name(kNsapPtrOwner)};
constexpr Step kZonemdSteps[] = {num(kZonemdSerial, 4), num(kZonemdScheme, 1), num(kZonemdHashAlgo, 1), rest(kZonemdDigest)};
constexpr Step kNidSteps[] = {num(kIlnpNidPreference, 2), {Step::kBytes, kIlnpNid, 8}}, kL32Steps[] = {num(kIlnpL32Preference, 2), {Step::kBytes, kIlnpL32, 4}};
constexpr Step kL64Steps[] = {num(kIlnpL64Preference, 2), {Step::kBytes, kIlnpL64, 8}}, kLpSteps[] = {num(kIlnpLpPreference, 2), name(kIlnpLp)};

constexpr Content kContents[] = {  // sorted by type
    {1, kAddressSteps}, {2, kNsSteps}, {3, kMdSteps}, {4, kMfSteps}, {5, kCnameSteps}, {6, kSoaSteps}, {7, kMbSteps}, {8, kMgSteps}, {9, kMrSteps}, {10, kNullSteps}, {12, kPtrSteps}, {13, kHinfoSteps},
    {14, kMinfoSteps}, {15, kMxSteps}, {17, kRpSteps}, {18, kAfsdbSteps}, {19, kX25Steps}, {21, kRtSteps}, {22, kNsapSteps}, {23, kNsapPtrSteps}, {24, kRrsigSteps}, {26, kPxSteps}, {28, kAaaaSteps}, {30, kNxtSteps},
    {33, kSrvSteps}, {35, kNaptrSteps}, {36, kKxSteps}, {37, kCertSteps}, {39, kDnameSteps}, {43, kDsSteps}, {44, kSshfpSteps}, {46, kRrsigSteps}, {47, kNsecSteps}, {49, kDhcidSteps},
    {52, kTlsaSteps}, {59, kDsSteps}, {61, kOpenpgpSteps}, {63, kZonemdSteps}, {104, kNidSteps}, {105, kL32Steps}, {106, kL64Steps}, {107, kLpSteps}, {108, kEuiSteps}, {109, kEui64Steps}, {32769, kDsSteps}};

class RecordData : public Reading {
 public:
  using Reading::Reading;

  bool content(uint16_t type, uint32_t at, uint32_t length) {
    const uint32_t end = at + length;
    const auto* known = std::lower_bound(std::begin(kContents), std::end(kContents), type, [](const Content& c, uint16_t t) { return c.type < t; });
    if (known != std::end(kContents) && known->type == type) {
      if (!steps(known->steps, at, end)) return false;
      if (type == 35) {  // NAPTR, RFC 3403
        Name n = name_at(at);
        if (!n.good) return false;
        emit_.number(kNaptrReplacementLength, n.end - at - (n.text == "<Root>" ? 0u : 2u));
        put(kNaptrReplacement, n, at);
      }
      if (type == 47) windows(at, end);
      if (type == 30) bits(0, at, end);
      return true;
    }
    if (is_rare(type)) {
      uint32_t lacks = 0;
      const bool good = rare_record(message(), type, at, end, lacks);
      if (!good) wrong_ = lacks >= emit_.layer().end - emit_.layer().offset - prefix_;
      return good;
    }
    switch (type) {
      case 16: return strings(kTxtLength, kTxt, at, end);
      case 99: return strings(kSpfLength, kSpf, at, end);
      case 11:  // WKS, RFC 1035
        if (!there(at + 5)) return false;
        emit_.read(kWksAddress, prefix_ + at, 4), number(kWksProtocol, at + 4, 1);
        for (uint32_t i = at + 5; i < end; ++i) {
          if (!there(i + 1)) return false;
          if (p_[i]) number(kWksBits, i, 1);
        }
        return true;
      case 41: return options(at, end);
      case 48: case 60: return key(at, end, length);
      case 20: return isdn(at, end);
      case 29: return location(at, end);
      case 50: case 51: return hashed(type, at, end);
      case 64: case 65: return binding(at, end);
      case 250: return signature(at);
      case 257: return authority(at, end);
      case 251: case 252: case 255: return true;
      default: {
        if (!there(end) || !length) return there(end);
        std::string message = "Dissector for DNS Type (";
        append_uint(message, type), message += ") code not implemented, Contact Wireshark developers if you want this supported";
        emit_.expert(kUndecodedType, severity::kNote, group::kUndecoded, message);
        emit_.bytes(kData, prefix_ + at, length);
        return true;
      }
    }
  }

 private:
  bool steps(std::span<const Step> list, uint32_t& at, uint32_t end) {
    for (const Step& s : list) {
      switch (s.kind) {
        case Step::kNumber:
          if (!there(at + s.width)) return false;
          number(s.row, at, s.width), at += s.width;
          break;
        case Step::kAddress: case Step::kAddress6: case Step::kBytes: {
          uint32_t width = s.kind == Step::kAddress ? 4 : s.kind == Step::kAddress6 ? 16 : s.width;
          if (!there(at + width)) return false;
          emit_.read(s.row, prefix_ + at, width), at += width;
          break;
        }
        case Step::kName: {
          Name n = name_at(at);
          if (!n.good) return false;
          put(s.row, n, at), at = n.end;
          break;
        }
        case Step::kText: {
          if (!there(at + 1)) return false;
          number(s.row, at, 1);
          if (!there(at + 1 + p_[at])) return false;
          emit_.bytes(s.also, prefix_ + at + 1, p_[at]);
          at += 1u + p_[at];
          break;
        }
        case Step::kTime:
          if (!there(at + 4)) return false;
          emit_.time(s.row, {be32(p_ + at), 0}, prefix_ + at, 4), at += 4;
          break;
        case Step::kRest: case Step::kRestEver: case Step::kRestText:
          if (!there(end)) return false;
          if (end > at || (end == at && s.kind == Step::kRestEver)) emit_.bytes(s.row, prefix_ + at, end - at);
          at = std::max(at, end);
          break;
      }
    }
    return true;
  }

  // RFC 1183 §3.2: the subaddress may be left out.
  bool isdn(uint32_t at, uint32_t end) {
    static constexpr Step kWhole[] = {text(kIdsnLength, kIdsnAddress)}, kSub[] = {text(kIdsnSaLength, kIdsnSaAddress)};
    return steps(kWhole, at, end) && (at >= end || steps(kSub, at, end));
  }
  // RFC 1876: of other versions than 0 nothing is known.
  bool location(uint32_t at, uint32_t end) {
    if (!there(at + 1)) return false;
    if (p_[at] == 0) return steps(kLocSteps, at, end);
    emit_.number(kLocVersion, p_[at], prefix_ + at, 1);
    if (!there(end)) return false;
    emit_.bytes(kLocUnknownData, prefix_ + at, end - at);
    return true;
  }

  // The types of a bitmap, RFC 4034 §4.1.2: windows of up to 32 bytes.
  void windows(uint32_t at, uint32_t end) {
    while (at + 2 <= end && there(at + 2) && there(at + 2 + p_[at + 1])) {
      bits(p_[at] * 256u, at + 2, std::min(end, at + 2 + p_[at + 1]));
      at += 2u + p_[at + 1];
    }
  }
  void bits(uint32_t base, uint32_t at, uint32_t end) {
    for (uint32_t i = at; i < end && there(i + 1); ++i)
      for (uint32_t bit = 0; bit < 8; ++bit)
        if (p_[i] & (0x80 >> bit)) {
          const auto type = static_cast<uint16_t>(base + (i - at) * 8 + bit);
          emit_.number(kRespType, type, prefix_ + i, 1);
          if (!emit_.showing()) continue;
          std::string line;
          append_mapped_type(line, type);
          emit_.shown(line);
        }
  }

  bool strings(Row length, Row value, uint32_t at, uint32_t end) {
    while (at < end) {
      if (!there(at + 1) || !there(at + 1 + p_[at])) return false;
      number(length, at, 1);
      emit_.bytes(value, prefix_ + at + 1, p_[at]);
      at += 1u + p_[at];
    }
    return true;
  }

  // EDNS options: RFC 6891, client subnet RFC 7871, cookies RFC 7873, keepalive RFC 7828, errors RFC 8914.
  bool options(uint32_t at, uint32_t end) {
    while (at < end) {
      if (!there(at + 4)) return false;
      uint16_t code = be16(p_ + at);
      uint32_t length = be16(p_ + at + 2), data = at + 4;
      emit_.none(kOpt, prefix_ + at, std::min(4 + length, size_ - at));
      if (emit_.showing()) {
        std::string line = "Option: ";
        if (std::string_view name = value_name(kOptionCodes, code); !name.empty()) line += name;
        else line += "Unknown (", append_uint(line, code), line += ')';
        emit_.shown(line);
      }
      emit_.push();
      number(kOptCode, at, 2), number(kOptLen, at + 2, 2);
      if (!there(data + length)) return emit_.pop(), false;
      emit_.bytes(kOptData, prefix_ + data, length);
      if (code == 10 && length < 8) return emit_.pop(), false;  // a cookie of a client has eight bytes
      option(code, data, length);
      emit_.pop();
      at = data + length;
    }
    return true;
  }

  void option(uint16_t code, uint32_t at, uint32_t length) {
    switch (code) {
      case 5: case 6: case 7:
        for (uint32_t i = 0; i < length; ++i) number(code == 5 ? kOptDau : code == 6 ? kOptDhu : kOptN3u, at + i, 1);
        break;
      case 8: {
        if (length < 4) return;
        uint16_t family = be16(p_ + at);
        number(kOptClientFamily, at, 2), number(kOptClientNetmask, at + 2, 1), number(kOptClientScope, at + 3, 1);
        uint32_t have = length - 4, width = family == 1 ? 4 : 16;
        if (family != 1 && family != 2) {
          if (have) emit_.bytes(kOptClientAddr, prefix_ + at + 4, have);
          return;
        }
        if (have > width) return;
        char* full = emit_.packet().arena.take(16);
        std::fill_n(full, 16, '\0');
        std::copy_n(p_ + at + 4, have, full);
        auto* bytes = reinterpret_cast<const uint8_t*>(full);
        if (family == 1) emit_.number(kOptClientAddr4, be32(bytes), prefix_ + at + 4, have);
        else emit_.put(kOptClientAddr6, Value::of_bytes({bytes, 16}), prefix_ + at + 4, have);
        break;
      }
      case 10:
        emit_.bytes(kOptCookieClient, prefix_ + at, std::min(8u, length));
        emit_.bytes(kOptCookieServer, prefix_ + at + std::min(8u, length), length - std::min(8u, length));
        break;
      case 11:
        if (length >= 2) number(kOptEdnsTcpKeepaliveTimeout, at, 2);
        break;
      case 12: emit_.bytes(kOptPadding, prefix_ + at, length); break;
      case 15:
        if (length < 2) return;
        number(kOptExtErrorInfoCode, at, 2);
        if (length > 2) emit_.bytes(kOptExtErrorExtraText, prefix_ + at + 2, length - 2);
        break;
      default: break;
    }
  }

  // RFC 4034 §2 and appendix B: the key's id is a checksum.
  bool key(uint32_t at, uint32_t end, uint32_t length) {
    if (!there(at + 4) || !there(end) || length < 4) return false;
    uint16_t f = be16(p_ + at);
    number(kDnskeyFlags, at, 2);
    emit_.push();
    emit_.number(kDnskeyFlagsZoneKey, f >> 8 & 1, prefix_ + at, 2), emit_.number(kDnskeyFlagsKeyRevoked, f >> 7 & 1, prefix_ + at, 2);
    emit_.number(kDnskeyFlagsSecureEntryPoint, f & 1, prefix_ + at, 2), emit_.number(kDnskeyFlagsReserved, (f & 0xfe7e) >> 1, prefix_ + at, 2);
    emit_.pop();
    number(kDnskeyProtocol, at + 2, 1), number(kDnskeyAlgorithm, at + 3, 1);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < length; ++i) sum += i % 2 ? p_[at + i] : uint32_t{p_[at + i]} << 8;
    sum += sum >> 16 & 0xffff;
    emit_.number(kDnskeyKeyId, sum & 0xffff);
    emit_.bytes(kDnskeyPublicKey, prefix_ + at + 4, length - 4);
    return true;
  }

  // RFC 5155.
  bool hashed(uint16_t type, uint32_t at, uint32_t end) {
    if (!there(at + 5) || !there(at + 5 + p_[at + 4])) return false;
    number(kNsec3Algo, at, 1), number(kNsec3Flags, at + 1, 1);
    if (type == 50) emit_.number(kNsec3FlagsOptOut, p_[at + 1] & 1, prefix_ + at + 1, 1);
    number(kNsec3Iterations, at + 2, 2), number(kNsec3SaltLength, at + 4, 1);
    emit_.bytes(kNsec3SaltValue, prefix_ + at + 5, p_[at + 4]);
    at += 5u + p_[at + 4];
    if (type == 51) return true;
    if (!there(at + 1) || !there(at + 1 + p_[at]) || at >= end) return false;
    uint32_t length = p_[at];
    number(kNsec3HashLength, at, 1);
    static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuv";  // base32hex, RFC 4648
    std::string out;
    uint32_t bits = 0, have = 0;
    for (uint32_t i = 0; i < length; ++i) {
      bits = bits << 8 | p_[at + 1 + i], have += 8;
      while (have >= 5) out += kDigits[bits >> (have -= 5) & 31];
    }
    if (have) out += kDigits[bits << (5 - have) & 31];
    emit_.text(kNsec3HashValue, out, prefix_ + at + 1, length);
    windows(at + 1 + length, end);
    return true;
  }

  // RFC 9460.
  bool binding(uint32_t at, uint32_t end) {
    if (!there(at + 2)) return false;
    number(kSvcbSvcpriority, at, 2);
    Name n = name_at(at + 2);
    if (!n.good) return false;
    put(kSvcbTargetname, n, at + 2);
    at = n.end;
    while (at < end) {
      if (!there(at + 4)) return false;
      uint16_t code = be16(p_ + at);
      uint32_t length = be16(p_ + at + 2), data = at + 4, stop = data + length;
      emit_.none(kSvcbSvcparam, prefix_ + at, size_ - at);
      number(kSvcbSvcparamKey, at, 2), number(kSvcbSvcparamValueLength, at + 2, 2);
      if (!there(stop)) return false;
      at = stop;
      switch (code) {
        case 0: for (; data + 2 <= stop; data += 2) number(kSvcbSvcparamMandatoryKey, data, 2); break;
        case 1:
          while (data < stop) {
            uint32_t size = p_[data];
            if (!there(data + 1 + size)) return false;
            number(kSvcbSvcparamAlpnLength, data, 1), emit_.bytes(kSvcbSvcparamAlpn, prefix_ + data + 1, size);
            data += 1 + size;
          }
          break;
        case 2: break;
        case 3: if (length >= 2) number(kSvcbSvcparamPort, data, 2); break;
        case 4: for (; data + 4 <= stop; data += 4) emit_.read(kSvcbSvcparamIpv4hintIp, prefix_ + data, 4); break;
        case 5: emit_.bytes(kSvcbSvcparamEchconfig, prefix_ + data, length); break;
        case 6: for (; data + 16 <= stop; data += 16) emit_.read(kSvcbSvcparamIpv6hintIp, prefix_ + data, 16); break;
        default: if (length) emit_.bytes(kSvcbSvcparamValue, prefix_ + data, length);
      }
    }
    return true;
  }

  // RFC 8945.
  bool signature(uint32_t at) {
    Name n = name_at(at);
    if (!n.good || !there(n.end + 10)) return false;
    put(kTsigAlgorithmName, n, at);
    at = n.end;
    emit_.time(kTsigTimeSigned, {static_cast<int64_t>(uint64_t{be16(p_ + at)} << 32 | be32(p_ + at + 2)), 0}, prefix_ + at, 6);
    number(kTsigFudge, at + 6, 2), number(kTsigMacSize, at + 8, 2);
    uint32_t mac = be16(p_ + at + 8);
    at += 10;
    if (!there(at + mac + 6)) return false;
    if (mac) emit_.none(kTsigMac, prefix_ + at, mac);
    at += mac;
    number(kTsigOriginalId, at, 2), number(kTsigError, at + 2, 2), number(kTsigOtherLen, at + 4, 2);
    uint32_t other = be16(p_ + at + 4);
    if (!there(at + 6 + other)) return false;
    if (other) emit_.bytes(kTsigOtherData, prefix_ + at + 6, other);
    return true;
  }

  // CAA, RFC 8659.
  bool authority(uint32_t at, uint32_t end) {
    if (!there(at + 2) || !there(at + 2 + p_[at + 1]) || !there(end)) return false;
    number(kCaaFlags, at, 1);
    emit_.number(kCaaFlagsIssuerCritical, p_[at] >> 7, prefix_ + at, 1);
    uint32_t tag = p_[at + 1], value = at + 2 + tag, size = end > value ? end - value : 0;
    std::string_view name{reinterpret_cast<const char*>(p_) + at + 2, tag};
    const unsigned property = name == "issue" ? kCaaIssue : name == "issuewild" ? kCaaIssuewild : name == "iodef" ? kCaaIodef : kCaaUnknown;
    emit_.put(property, Value::of_bytes({p_ + value, size}), prefix_ + at + 1, 1 + tag + size);
    number(kCaaTagLength, at + 1, 1);
    emit_.bytes(kCaaTag, prefix_ + at + 2, tag), emit_.bytes(kCaaValue, prefix_ + value, size);
    return true;
  }
};

}  // namespace

bool record_data(const Message& message, uint16_t type, uint32_t at, uint32_t length, bool& wrong) {
  RecordData data(message);
  const bool good = data.content(type, at, length);
  wrong |= data.wrong();
  return good;
}

}  // namespace wiretail::dissect::dns
