// What no protocol claims, as Wireshark's `data`.
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"
#include "dissect/protocols/framed_units.hpp"
#include "dissect/protocols/tls_records.hpp"
#include "dissect/stream.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect {
namespace {

enum Row : unsigned { kBytes, kLength };

constexpr FieldRow kRows[] = {
    {.name = "data.data", .label = "Data", .type = FieldType::kBytes},
    {.name = "data.len", .label = "Length", .type = FieldType::kInt32, .base = Base::kDec, .flags = kGenerated},
};

Next walk(Walk& w, const Region& region) {
  LayerRef* layer = w.push(id::kData, region, region.captured());
  if (layer && w.stream && w.stream->sized) layer->extra = kSizedUnit;
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

// TLS is not dissected, but its records are put together (tls_records.hpp); the ports are those that `tshark -G decodes` names.
constexpr Over tls(uint32_t port) { return {Over::Kind::kTcpPort, port}; }
constexpr Over framed_units(uint32_t port) { return {Over::Kind::kTcpPort, port}; }
constexpr Over kOver[] = {tls(324), tls(443), tls(465), tls(636), tls(802), tls(853), tls(993), tls(995), tls(1300), tls(2221), tls(2443), tls(3249), tls(3250), tls(3251), tls(3252), tls(3496),
                          tls(5061), tls(5671), tls(5684), tls(5868), tls(8883), tls(11207), tls(19999), tls(27017), 
                          framed_units(25), framed_units(43), framed_units(179), framed_units(389), framed_units(502), framed_units(2049), framed_units(3306), framed_units(5432), framed_units(6633), framed_units(6653), framed_units(9418), framed_units(13400), {Over::Kind::kTcpHeuristic, 0, tls::looks_like}};

}  // namespace

const ProtocolDef kDataDef = {.name = "data", .long_name = "Data", .short_name = "Data", .rows = kRows, .over = kOver, .walk = walk, .details = details, .columns = columns, .head = head, .stream = &framed::kUnits, .application = true};

}  // namespace wiretail::dissect
