// What no protocol claims, as Wireshark's `data`.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

enum Row : unsigned { kBytes, kLength };

constexpr FieldRow kRows[] = {
    {.name = "data.data", .label = "Data", .type = FieldType::kBytes},
    {.name = "data.len", .label = "Length", .type = FieldType::kInt32, .base = Base::kDec, .flags = kGenerated},
};

Next walk(Walk& w, Region region) {
  w.push(id::kData, region, region.captured());
  return {};
}

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  if (l.cap_end == l.offset) return;  // of what the snapshot length cut at once Wireshark has no more than the name
  emit.bytes(kBytes, 0, l.cap_end - l.offset);
  emit.signed_number(kLength, l.cap_end - l.offset);
}

void columns(const Dissection&, const LayerRef&, Columns&) {}

void head(const Dissection&, const LayerRef& l, std::string& out) {
  out += "Data (", append_uint(out, l.cap_end - l.offset), out += l.cap_end - l.offset == 1 ? " byte)" : " bytes)";
}

}  // namespace

const ProtocolDef kDataDef = {.name = "data", .long_name = "Data", .short_name = "Data", .rows = kRows, .walk = walk, .details = details, .columns = columns, .head = head, .application = true};

}  // namespace wiretail::dissect
