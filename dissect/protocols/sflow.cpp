// sFlow version 5: of what a switch samples, the headers of the packets. sflow.org, "sFlow Version 5" (July 2004), §5.
// Counters and the other records are passed over.
#include <algorithm>
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint32_t kVersion5 = 5, kWord = 4, kIpv4Agent = 1, kIpv6Agent = 2;
// Standard formats (enterprise 0), the numbers of words before their records, and the record that holds a packet's bytes.
constexpr uint32_t kFlowSample = 1, kFlowWords = 7, kExpandedFlowSample = 3, kExpandedWords = 10, kRawHeader = 1, kRawWords = 4;

ProtoId sampled(uint32_t header_protocol) {
  switch (header_protocol) {
    case 1: return id::kEth;
    case 7: return id::kPpp;
    case 11: return id::kIp;
    case 12: return id::kIpv6;
    case 13: return id::kMpls;
    default: return kNoProto;
  }
}

// Walks the packet of a raw header record that begins at `at`; its bytes end at `end` at the latest.
void sample(Walk& w, const Region& datagram, const uint8_t* p, uint32_t at, uint32_t end) {
  const ProtoId proto = sampled(be32(p + at));
  const uint32_t on_wire = be32(p + at + kWord), kept = be32(p + at + 3 * kWord), from = at + kRawWords * kWord;
  if (proto == kNoProto || kept == 0 || from >= end) return;
  Region packet = datagram;
  packet.offset = datagram.offset + from;
  const uint32_t there = std::min({end - from, (kept + kWord - 1) / kWord * kWord, std::max(on_wire, kept)});  // with the padding
  packet.cap_end = packet.offset + there;
  packet.end = std::max(packet.cap_end, packet.offset + std::min(on_wire, uint32_t{1} << 24));
  packet.flags |= kQuoted | kUntold;
  packet.depth = static_cast<uint8_t>(packet.depth + 4);
  w.run({proto, packet});
}

Next walk(Walk& w, const Region& region) {
  const uint8_t* p = w.at(region);
  const uint32_t have = region.captured();
  if (have < 2 * kWord) return w.damaged(id::kSflow, region, 2 * kWord);
  if (be32(p) != 2 && be32(p) != 4 && be32(p) != kVersion5) return w.data(region);
  if (!w.push(id::kSflow, region, region.length()) || be32(p) != kVersion5) return {};
  const uint32_t family = be32(p + kWord);
  if (family != kIpv4Agent && family != kIpv6Agent) return {};
  uint32_t at = 2 * kWord + (family == kIpv4Agent ? 4u : 16u) + 3 * kWord;  // behind agent, sub-agent, number and uptime
  if (at + kWord > have) return {};
  uint32_t samples = be32(p + at);
  at += kWord;
  for (; samples && at + 2 * kWord <= have && !w.d.layers.too_many; --samples) {
    const uint32_t format = be32(p + at), length = be32(p + at + kWord);
    at += 2 * kWord;
    if (length > have - at) return {};
    const uint32_t end = at + length, words = format == kFlowSample ? kFlowWords : format == kExpandedFlowSample ? kExpandedWords : 0;
    uint32_t record = at + words * kWord;
    at = end;
    if (!words || record + kWord > end) continue;
    uint32_t records = be32(p + record);
    record += kWord;
    for (; records && record + 2 * kWord <= end && !w.d.layers.too_many; --records) {
      const uint32_t kind = be32(p + record), size = be32(p + record + kWord);
      record += 2 * kWord;
      if (size > end - record) break;
      if (kind == kRawHeader && size >= kRawWords * kWord) sample(w, region, p, record, record + size);
      record += size;
    }
  }
  return {};
}

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("sFlow");
  c.set_info("");
  const uint8_t* p = d.at(l);
  const uint32_t have = l.cap_end - l.offset;
  if (have < kWord || be32(p) != kVersion5) return;
  c.set_info("V5");
  const bool v6 = have >= 2 * kWord && be32(p + kWord) == kIpv6Agent;
  const uint32_t at = 2 * kWord + (v6 ? 16 : 4);
  if (have < at + 4 * kWord) return;
  std::string text = "V5, agent ";
  if (v6) append_ipv6(text, p + 2 * kWord);
  else append_ipv4(text, be32(p + 2 * kWord));
  text += ", sub-agent ID ", append_uint(text, be32(p + at)), text += ", seq ", append_uint(text, be32(p + at + kWord));
  text += ", ", append_uint(text, be32(p + at + 3 * kWord)), text += " samples";
  c.set_info(text);
}

constexpr Over kOver[] = {{Over::Kind::kUdpPort, 6343}};

}  // namespace

const ProtocolDef kSflowDef = {.name = "sflow", .long_name = "InMon sFlow", .short_name = "sFlow", .over = kOver, .walk = walk, .columns = columns, .item_to_end = true};

}  // namespace wiretail::dissect
