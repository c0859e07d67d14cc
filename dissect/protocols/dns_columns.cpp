// The columns of DNS messages: operation, number, error, then each question and record in short.
#include <array>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/dns.hpp"

namespace wiretail::dissect::dns {
namespace {

// What the Info column says of a record behind its type.
enum class Shown : uint8_t { kNothing, kOwner, kName, kPreferenceName, kAddress, kAddress6, kService, kPointer, kPair, kA6 };

Shown shown(uint16_t type) {
  switch (type) {
    case 1: case 11: return Shown::kAddress;
    case 28: return Shown::kAddress6;
    case 2: case 5: case 6: case 12: case 30: case 39: case 47: case 65282: return Shown::kName;
    case 15: case 36: return Shown::kPreferenceName;
    case 33: return Shown::kService;
    case 35: return Shown::kPointer;
    case 13: return Shown::kPair;
    case 38: return Shown::kA6;
    case 3: case 4: case 7: case 8: case 9: case 10: case 14: case 17: case 18: case 19: case 20: case 21: case 22: case 23: case 26: case 27: case 42: case 49: case 51: case 52: case 55:
      return Shown::kOwner;
    default: return Shown::kNothing;
  }
}

class Writer {
 public:
  Writer(std::string& info, Arena& arena, const uint8_t* p, uint32_t size, bool multicast) : info_(info), names_(arena, p, size), p_(p), size_(size), multicast_(multicast) {}

  void run() {
    uint32_t at = kHeader;
    for (uint32_t i = be16(p_ + 4), n = 0; i && n < kMaxRecords; --i, ++n) {
      Name name = names_.at(at);
      if (!name.good || name.end + 4 > size_) return;
      type_name(be16(p_ + name.end));
      info_ += ' ', info_ += name.text;
      if (multicast_) info_ += be16(p_ + name.end + 2) & 0x8000 ? ", \"QU\" question" : ", \"QM\" question";
      at = name.end + 4;
    }
    for (uint32_t section = 6; section <= 10; section += 2)
      for (uint32_t i = be16(p_ + section), n = 0; i && n < kMaxRecords; --i, ++n)
        if (!record(at)) return;
  }

 private:
  void type_name(uint16_t type) {
    std::string_view name = value_name(kTypes, type);
    info_ += ' ';
    if (name.empty()) info_ += "Unknown (", append_uint(info_, type), info_ += ')';
    else info_ += name;
  }
  void number(uint32_t at) { info_ += ' ', append_uint(info_, be16(p_ + at)); }
  bool target(uint32_t at) {
    Name name = names_.at(at);
    if (name.good) info_ += ' ', info_ += name.text;
    return name.good;
  }
  bool text(uint32_t& at) {
    if (at >= size_ || at + 1 + p_[at] > size_) return false;
    info_ += ' ';
    for (uint32_t i = 0; i < p_[at]; ++i) info_ += static_cast<char>(p_[at + 1 + i]);
    at += 1u + p_[at];
    return true;
  }

  bool record(uint32_t& at) {
    Name owner = names_.at(at);
    if (!owner.good || owner.end + 2 > size_) return false;
    uint32_t h = owner.end;
    if (h + 10 > size_) return false;
    uint16_t type = be16(p_ + h);
    uint32_t data = h + 10;
    type_name(type);
    if (data + be16(p_ + h + 8) > size_) return false;
    if (multicast_ && type != 41 && be16(p_ + h + 2) & 0x8000) info_ += ", cache flush";
    at = data + be16(p_ + h + 8);
    if (at == data) return true;
    auto there = [&](uint32_t bytes) { return data + bytes <= size_; };
    switch (shown(type)) {
      case Shown::kNothing: break;
      case Shown::kOwner:
        info_ += ' ', info_ += owner.text;
        break;
      case Shown::kName:
        if (!target(type == 65282 ? data + 12 : data)) return false;
        break;
      case Shown::kPreferenceName:
        if (!there(2)) return false;
        number(data);
        if (!target(data + 2)) return false;
        break;
      case Shown::kAddress:
        if (!there(4)) return false;
        info_ += ' ', append_ipv4(info_, be32(p_ + data));
        break;
      case Shown::kAddress6:
        if (!there(16)) return false;
        info_ += ' ', append_ipv6(info_, p_ + data);
        break;
      case Shown::kService:
        if (!there(6)) return false;
        for (uint32_t i = 0; i < 6; i += 2) number(data + i);
        if (!target(data + 6)) return false;
        break;
      case Shown::kPointer: {
        if (!there(4)) return false;
        number(data), number(data + 2);
        uint32_t flags = data + 4;
        if (!text(flags)) return false;
        break;
      }
      case Shown::kPair: {
        uint32_t from = data;
        if (!text(from) || !text(from)) return false;
        break;
      }
      case Shown::kA6: {
        if (!there(1) || p_[data] > 128 || !there(1u + (128u - p_[data] + 7) / 8)) return false;
        std::array<uint8_t, 16> address{};
        uint32_t bytes = (128u - p_[data] + 7) / 8;
        for (uint32_t i = 0; i < bytes; ++i) address[16 - bytes + i] = p_[data + 1 + i];
        info_ += ' ', append_uint(info_, p_[data]), info_ += ' ', append_ipv6(info_, address.data());
        if (!p_[data]) info_ += ' ';
        else if (!target(data + 1 + bytes)) return false;
        break;
      }
    }
    return at <= size_;
  }

  std::string& info_;
  Names names_;
  const uint8_t* p_;
  uint32_t size_;
  bool multicast_;
};

}  // namespace

void head(const Dissection& d, const LayerRef& l, std::string& out) {
  out += Registry::get().protocol(l.proto).long_name;
  const Facts* facts = facts_of(d, l);
  const uint32_t prefix = facts ? facts->prefix : 0;
  if (l.cap_end - l.offset >= 4 + prefix) out += d.at(l)[prefix + 2] & 0x80 ? " (response)" : " (query)";
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  if (!l.note) return;
  c.set_protocol(l.proto == id::kMdns ? "MDNS" : l.proto == id::kLlmnr ? "LLMNR" : "DNS");
  const Facts* facts = facts_of(d, l);
  uint32_t prefix = facts ? facts->prefix : 0, have = l.cap_end - l.offset;
  std::string info;
  if (have >= 4 + prefix) {
    const uint8_t* p = d.at(l) + prefix;
    uint16_t flags = be16(p + 2);
    info = value_name(kOpcodes, flags >> 11 & 15);
    if (info.empty()) info = "Unknown operation (" + std::to_string(flags >> 11 & 15) + ")";
    if (flags & 0x8000) info += " response";
    info += " 0x", append_hex(info, be16(p), 4);
    if (flags & 0x8000 && flags & 15) {
      std::string_view name = value_name(kRcodes, flags & 15);
      info += ' ';
      if (name.empty()) info += "Unknown error (", append_uint(info, flags & 15), info += ')';
      else info += name;
    }
    if (have >= kHeader + prefix) Writer(info, const_cast<Dissection&>(d).arena, p, have - prefix, l.proto == id::kMdns).run();
  }
  // Messages that were handed over together replace one another; what reassembly completed stays in front of what follows.
  if (l.number > 1 && !l.extra) c.append_info(info);
  else c.set_info(info);
}

}  // namespace wiretail::dissect::dns
