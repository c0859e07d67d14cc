// Configuration testing protocol of Ethernet V2 (Ethertype 0x9000): "The Ethernet, Version 2.0", section 8.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

constexpr uint16_t kReply = 1, kForward = 2;
constexpr ValueName kFunctions[] = {{kReply, "Reply"}, {kForward, "Forward Data"}};

enum Row : unsigned { kSkipCount, kRelevant, kFunction, kReceipt, kAddress };

constexpr FieldRow kRows[] = {
    {.name = "loop.skipcount", .label = "skipCount", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "loop.relevant_function", .label = "Relevant function", .type = FieldType::kUint16, .base = Base::kDec, .names = kFunctions},
    {.name = "loop.function", .label = "Function", .type = FieldType::kUint16, .base = Base::kDec, .names = kFunctions, .flags = kMulti},
    {.name = "loop.receipt_number", .label = "Receipt number", .type = FieldType::kUint16, .base = Base::kDec},
    {.name = "loop.forwarding_address", .label = "Forwarding address", .type = FieldType::kEther, .flags = kMulti},
};

struct Message {
  uint32_t end = 2;        // behind the last function
  bool relevant = false;   // a function stands where the skip count points
  uint16_t function = 0;
  bool whole = false;
};

// Numbers are sent low byte first. Functions follow each other from the start until one that ends the message.
Message parse(Bytes b, Emit* emit) {
  Message m;
  if (b.size() < 2) return m;
  uint32_t skip = le16(b.data()), offset = 2;
  if (emit) emit->number(kSkipCount, skip, 0, 2);
  for (bool more = true; more;) {
    if (b.size() < offset + 2) return m.end = offset, m;
    uint16_t function = le16(&b[offset]);
    if (offset == skip + 2) {
      m.relevant = true, m.function = function;
      if (emit) emit->number(kRelevant, function, offset, 2);
    }
    if (emit) emit->number(kFunction, function, offset, 2);
    offset += 2;
    m.end = offset;
    more = function == kForward;
    uint32_t length = function == kReply ? 2 : function == kForward ? 6 : 0;
    if (b.size() < offset + length) return m;
    if (emit && function == kReply) emit->number(kReceipt, le16(&b[offset]), offset, 2);
    if (emit && function == kForward) emit->bytes(kAddress, offset, 6);
    offset += length;
    m.end = offset;
  }
  m.whole = true;
  return m;
}

Next walk(Walk& w, const Region& region) {
  Message m = parse({w.at(region), region.captured()}, nullptr);
  LayerRef* layer = w.push(id::kLoop, region, region.captured());
  if (!layer) return {};
  if (!m.whole) return w.damage(*layer, region.length() > region.captured() ? kShort : kMalformed), Next{};
  Region payload = region.from(region.offset + m.end);
  ++payload.depth;
  return w.data(payload);
}

void details(Emit& emit) { parse(emit.data(), &emit); }

void columns(const Dissection& d, const LayerRef& l, Columns& c) {
  c.set_protocol("LOOP");
  c.set_info("");
  Message m = parse(d.layer_data(l), nullptr);
  if (!m.relevant) return c.set_info(m.whole ? "No valid function found" : "");
  std::string_view name = value_name(kFunctions, m.function);
  std::string info(name);
  if (name.empty()) info = "Unknown function (", append_uint(info, m.function), info += ')';
  c.set_info(info);
}

constexpr Over kOver[] = {{Over::Kind::kEthertype, 0x9000}};

}  // namespace

const ProtocolDef kLoopDef = {.name = "loop", .long_name = "Configuration Test Protocol (loopback)", .short_name = "LOOP", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns};

}  // namespace wiretail::dissect
