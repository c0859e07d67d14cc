// Linux netfilter log (tcpdump.org LINKTYPE_NFLOG): a header and attributes in the byte order of the machine that captured,
// one of which is the packet. Attribute numbers: linux/netfilter/nfnetlink_log.h.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/protocols/ethertype.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kHeader = 4, kTlvHeader = 4;
constexpr uint8_t kIpv4Family = 2, kIpv6Family = 10;
constexpr uint16_t kTypeMask = 0x7fff;
enum Attribute : uint16_t { kPacketHeader = 1, kTimestamp = 3, kIndexIn = 4, kIndexOut = 5, kIndexPhysIn = 6, kIndexPhysOut = 7, kPayload = 9, kPrefix = 10, kUid = 11, kGid = 14 };
constexpr ValueName kFamilies[] = {{0, "Unspecified"}, {1, "IPv4/IPv6"}, {2, "IPv4"}, {3, "ARP"}, {5, "Netdev"}, {7, "Bridge"}, {10, "IPv6"}, {12, "DECNET"}};
constexpr ValueName kHooks[] = {{0, "Pre-routing"}, {1, "Local in"}, {2, "Forward"}, {3, "Local out"}, {4, "Post-routing"}, {5, "Number of hooks"}};
constexpr ValueName kTypes[] = {
    {0, "NFULA_UNSPEC"}, {1, "NFULA_PACKET_HDR"}, {2, "NFULA_MARK"}, {3, "NFULA_TIMESTAMP"}, {4, "NFULA_IFINDEX_INDEV"}, {5, "NFULA_IFINDEX_OUTDEV"},
    {6, "NFULA_IFINDEX_PHYSINDEV"}, {7, "NFULA_IFINDEX_PHYSOUTDEV"}, {8, "NFULA_HWADDR"}, {9, "NFULA_PAYLOAD"}, {10, "NFULA_PREFIX"}, {11, "NFULA_UID"},
    {12, "NFULA_SEQ"}, {13, "NFULA_SEQ_GLOBAL"}, {14, "NFULA_GID"}, {15, "NFULA_HWTYPE"}, {16, "NFULA_HWHEADER"}, {17, "NFULA_HWLEN"}};

enum Row : unsigned {
  kFamily, kVersion, kResId, kTlv, kTlvLength, kTlvType, kProtocol, kHook, kIfindexIn, kIfindexOut, kIfindexPhysIn, kIfindexPhysOut,
  kPrefixText, kUidRow, kGidRow, kTime, kTlvValue
};

constexpr FieldRow kRows[] = {
    {.name = "nflog.family", .label = "Family", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(0, 1), .names = kFamilies},
    {.name = "nflog.version", .label = "Version", .type = FieldType::kUint8, .base = Base::kDec, .fixed = at(1, 1)},
    {.name = "nflog.res_id", .label = "Resource id", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2)},
    {.name = "nflog.tlv", .label = "TLV", .type = FieldType::kBytes, .flags = kMulti},
    {.name = "nflog.tlv_length", .label = "Length", .type = FieldType::kUint16, .base = Base::kDec, .flags = kMulti, .blurb = "TLV Length"},
    {.name = "nflog.tlv_type", .label = "Type", .type = FieldType::kUint16, .base = Base::kDec, .mask = 0x7fff, .names = kTypes, .flags = kMulti, .blurb = "TLV Type"},
    {.name = "nflog.protocol", .label = "HW protocol", .type = FieldType::kUint16, .base = Base::kHex, .names = ethertype::kNames},
    {.name = "nflog.hook", .label = "Netfilter hook", .type = FieldType::kUint8, .base = Base::kDec, .names = kHooks},
    {.name = "nflog.ifindex_indev", .label = "IFINDEX_INDEV", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "nflog.ifindex_outdev", .label = "IFINDEX_OUTDEV", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "nflog.ifindex_physindev", .label = "IFINDEX_PHYSINDEV", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "nflog.ifindex_physoutdev", .label = "IFINDEX_PHYSOUTDEV", .type = FieldType::kUint32, .base = Base::kDec},
    {.name = "nflog.prefix", .label = "Prefix", .type = FieldType::kStringz, .flags = kSummary, .blurb = "TLV Prefix Value"},
    {.name = "nflog.uid", .label = "UID", .type = FieldType::kInt32, .base = Base::kDec, .blurb = "TLV UID Value"},
    {.name = "nflog.gid", .label = "GID", .type = FieldType::kInt32, .base = Base::kDec, .blurb = "TLV GID Value"},
    {.name = "nflog.timestamp", .label = "Timestamp", .type = FieldType::kAbsoluteTime, .base = Base::kLocalTime, .blurb = "TLV Timestamp Value"},
    {.name = "nflog.tlv_value", .label = "Value", .type = FieldType::kBytes, .flags = kMulti, .blurb = "TLV Value"},
};
static_assert(rows_fit(kRows, kHeader));

// Calls `each(place, length, type)` for the attributes, as far as they are whole; returns whether the chain ended well.
template <typename Each>
bool attributes(Bytes b, Each each) {
  for (uint32_t place = kHeader; place < b.size();) {
    if (b.size() < place + kTlvHeader) return false;
    uint32_t length = le16(&b[place]);
    if (length < kTlvHeader) return true;  // no more can be read, and Wireshark says nothing
    if (b.size() < place + length) return false;
    each(place, length, static_cast<uint16_t>(le16(&b[place + 2]) & kTypeMask));
    place += (length + 3) & ~3u;
  }
  return true;
}

Next walk(Walk& w, const Region& region) {
  if (region.captured() < kHeader) return w.damaged(id::kNflog, region, kHeader);
  Bytes b{w.at(region), region.captured()};
  LayerRef* layer = w.push(id::kNflog, region, region.captured());
  if (!layer) return {};
  Region payload;
  bool found = false;
  if (!attributes(b, [&](uint32_t place, uint32_t length, uint16_t type) {
        if (type != kPayload || found) return;
        payload = region.from(region.offset + place + kTlvHeader);
        payload.end = payload.cap_end = region.offset + place + length;
        found = true;
      }))
    w.damage(*layer, region.length() > region.captured() ? kShort : kMalformed);
  if (!found) return {};
  ++payload.depth;
  if (b[0] == kIpv4Family) return {id::kIp, payload};
  if (b[0] == kIpv6Family) return {id::kIpv6, payload};
  return w.data(payload);
}

void attribute(Emit& emit, uint32_t place, uint32_t length, uint16_t type) {
  uint32_t value = place + kTlvHeader, size = length - kTlvHeader;
  const uint8_t* p = emit.at(value);
  emit.bytes(kTlv, place, length);
  emit.push();
  emit.number(kTlvLength, length, place, 2), emit.number(kTlvType, type, place + 2, 2);
  if (type == kPacketHeader && size == 4) {
    emit.read(kProtocol, value, 2), emit.read(kHook, value + 2, 1);
  } else if (type == kTimestamp && size == 16) {
    // Seconds and microseconds.
    emit.time(kTime, {static_cast<int64_t>(be64(p)), static_cast<int32_t>(be64(p + 8) % 1'000'000 * 1000)}, value, 16);
  } else if (type >= kIndexIn && type <= kIndexPhysOut && size == 4) {
    emit.read(kIfindexIn + type - kIndexIn, value, 4);
  } else if (type == kPrefix) {
    const std::string_view text(reinterpret_cast<const char*>(p), size);  // ends at its NUL
    emit.put(kPrefixText, Value::of_text(text.substr(0, text.find('\0'))), value, size);
  } else if ((type == kUid || type == kGid) && size == 4) {
    emit.read(type == kUid ? kUidRow : kGidRow, value, 4);
  } else if (type != kPayload && size) {
    emit.bytes(kTlvValue, value, size);
  }
  emit.pop();
}

void details(Emit& emit) {
  emit.fixed(kFamily, kResId);
  if (emit.data().size() < kHeader) return;
  attributes(emit.data(), [&](uint32_t place, uint32_t length, uint16_t type) { attribute(emit, place, length, type); });
}

void columns(const Dissection&, const LayerRef&, Columns& c) {
  c.set_protocol("NFLOG");
  c.set_info("");
}

constexpr Over kOver[] = {{Over::Kind::kLinkType, static_cast<uint32_t>(LinkType::kNflog)}};

}  // namespace

const ProtocolDef kNflogDef = {.name = "nflog", .long_name = "Linux Netfilter NFLOG", .short_name = "NFLOG", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .item_from = 1};

}  // namespace wiretail::dissect
