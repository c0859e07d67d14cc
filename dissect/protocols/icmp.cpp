// Internet Control Message Protocol. RFC 792; what an error quotes is dissected too, marked as quoted.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 8;
constexpr ValueName kChecksumNames[] = {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}};
constexpr ValueName kTypes[] = {{0, "Echo (ping) reply"}, {3, "Destination unreachable"}, {4, "Source quench (flow control)"}, {5, "Redirect"}, {8, "Echo (ping) request"},
                                {9, "Router advertisement"}, {10, "Router solicitation"}, {11, "Time-to-live exceeded"}, {12, "Parameter problem"}, {13, "Timestamp request"},
                                {14, "Timestamp reply"}, {15, "Information request"}, {16, "Information reply"}, {17, "Address mask request"}, {18, "Address mask reply"}};
constexpr std::string_view kUnreachable[] = {"Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable", "Fragmentation needed", "Source route failed",
                                             "Destination network unknown", "Destination host unknown", "Source host isolated", "Network administratively prohibited",
                                             "Host administratively prohibited", "Network unreachable for TOS", "Host unreachable for TOS", "Communication administratively filtered",
                                             "Host precedence violation", "Precedence cutoff in effect"};
constexpr std::string_view kRedirect[] = {"Redirect for network", "Redirect for host", "Redirect for TOS and network", "Redirect for TOS and host"};

enum Row : unsigned {
  kType, kCode, kChecksum, kChecksumStatus, kIdent, kIdentLe, kSeq, kSeqLe, kUnused, kMtu, kRedirGw, 
  kOriginate, kReceive, kTransmit, kMask
};

constexpr FieldRow kRows[] = {
    {.name = "icmp.type", .label = "Type", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0,1), .flags = kSummary},
    {.name = "icmp.code", .label = "Code", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1,1), .flags = kSummary},
    {.name = "icmp.checksum", .label = "Checksum", .type = FieldType::kUint16, .base = Base::kHex, .fixed = at(2,2)},
    {.name = "icmp.checksum.status", .label = "Checksum Status", .type = FieldType::kUint8, .names = kChecksumNames, .flags = kGenerated},
    {.name = "icmp.ident", .label = "Identifier (BE)", .type = FieldType::kUint16, .base = Base::kDecHex},
    {.name = "icmp.ident_le", .label = "Identifier (LE)", .type = FieldType::kUint16, .base = Base::kDecHex},
    {.name = "icmp.seq", .label = "Sequence Number (BE)", .type = FieldType::kUint16, .base = Base::kDecHex},
    {.name = "icmp.seq_le", .label = "Sequence Number (LE)", .type = FieldType::kUint16, .base = Base::kDecHex},
    {.name = "icmp.unused", .label = "Unused", .type = FieldType::kBytes},
    {.name = "icmp.mtu", .label = "MTU of next hop", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "icmp.redir_gw", .label = "Gateway Address", .type = FieldType::kIpv4},
    {.name = "icmp.originate_timestamp", .label = "Originate Timestamp", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmp.receive_timestamp", .label = "Receive Timestamp", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmp.transmit_timestamp", .label = "Transmit Timestamp", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "icmp.address_mask", .label = "Address Mask", .type = FieldType::kIpv4},
};

bool is_error(uint8_t type) { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }
bool has_ident(uint8_t type) { return type == 0 || type == 8 || (type >= 13 && type <= 18); }

Next walk(Walk& w, Region region) {
  if (region.captured() < 4) return w.damaged(id::kIcmp, region, kHeader);
  // The item covers the message but for what it quotes.
  LayerRef* layer = w.push(id::kIcmp, region, std::min(kHeader, region.length()));
  if (!layer) return {};
  if (region.captured() < kHeader) return w.damage(*layer, region.length() >= kHeader ? kShort : kMalformed), Next{};
  uint8_t type = w.at(region)[0];
  if (!(region.flags & kQuoted)) w.defer(static_cast<uint8_t>(w.d.layers.count - 1));
  Region payload = region.from(region.offset + kHeader);
  ++payload.depth;
  if (!is_error(type)) {
    layer->header_len = region.length();
    return type == 0 || type == 8 ? w.data(payload) : Next{};
  }
  if (region.flags & kQuoted || payload.captured() == 0) return {};
  payload.flags |= kQuoted;
  return {id::kIp, payload};
}

void details(Emit& emit) {
  emit.fixed(kType, kChecksum);
  if (emit.data().size() < kHeader) return;
  const uint8_t* p = emit.at(0);
  emit.number(kChecksumStatus, 1);
  if (has_ident(p[0])) {
    emit.number(kIdent, be16(p + 4), 4, 2), emit.number(kIdentLe, le16(p + 4), 4, 2);
    emit.number(kSeq, be16(p + 6), 6, 2), emit.number(kSeqLe, le16(p + 6), 6, 2);
  }
  if (p[0] == 3 && p[1] == 4) emit.bytes(kUnused, 4, 2), emit.read(kMtu, 6, 2);
  else if (p[0] == 3 || p[0] == 11 || p[0] == 4) emit.bytes(kUnused, 4, 4);
  if (p[0] == 5) emit.read(kRedirGw, 4, 4);
  if ((p[0] == 13 || p[0] == 14) && emit.data().size() >= 20) emit.read(kOriginate, 8, 4), emit.read(kReceive, 12, 4), emit.read(kTransmit, 16, 4);
  if ((p[0] == 17 || p[0] == 18) && emit.data().size() >= 12) emit.read(kMask, 8, 4);
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("ICMP");
  if (l.cap_end - l.offset < 4) return c.set_info("");
  const uint8_t* p = d.at(l);
  std::string info(value_name(kTypes, p[0]));
  if (info.empty()) info = "Unknown ICMP type";
  if (p[0] == 3 && p[1] < std::size(kUnreachable)) info += " (", info += kUnreachable[p[1]], info += ')';
  if (p[0] == 5 && p[1] < std::size(kRedirect)) info += " (", info += kRedirect[p[1]], info += ')';
  if (p[0] == 11) info += p[1] == 0 ? " (Time to live exceeded in transit)" : p[1] == 1 ? " (Fragment reassembly time exceeded)" : "";
  if ((p[0] == 0 || p[0] == 8 || (p[0] >= 13 && p[0] <= 18)) && l.cap_end - l.offset >= kHeader) {
    info.append(p[0] == 0 || p[0] == 8 ? 0 : 0, ' ');
    while (info.size() < 20) info += ' ';
    info += " id=0x", append_hex(info, be16(p + 4), 4), info += ", seq=", append_uint(info, be16(p + 6)), info += '/', append_uint(info, le16(p + 6));
    if (p[0] == 0 || p[0] == 8) {
      // The time to live of the packet that carries it.
      const LayerRef* ip = &l;
      while (ip != d.layers.begin() && ip->proto != id::kIp) --ip;
      if (ip->proto == id::kIp) info += ", ttl=", append_uint(info, d.at(*ip)[8]);
    }
  }
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kIpProto, 1}};

}  // namespace

const ProtocolDef kIcmpDef = {.name = "icmp", .long_name = "Internet Control Message Protocol", .short_name = "ICMP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
