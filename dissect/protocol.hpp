// How a protocol is written: one file in protocols/, ending in one ProtocolDef, and one line in protocols/list.inc.
// Everything else (filter fields, `-G fields`, JSON, -V, port tables, the field reference) is derived from it.
// The definitions are constant; any thread reads them. See README.md in this folder for a worked example.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "dissect/field.hpp"
#include "dissect/layers.hpp"

namespace wiretail::dissect {

class Walk;
class Emit;
class Dissection;
struct Columns;
struct StreamDef;

// The bytes that a protocol is handed by the one below. Clipped once, by the one below: nobody above sees padding.
struct Region {
  uint32_t offset = 0;
  uint32_t cap_end = 0;  // end of the bytes that are present
  uint32_t end = 0;      // end by the length fields below; end > cap_end: the snapshot length cut it
  uint8_t buffer = 0;
  uint8_t flags = 0;     // LayerFlags that the layers above inherit (kQuoted)
  uint8_t depth = 0;
  uint32_t captured() const { return cap_end - offset; }
  uint32_t length() const { return end - offset; }
  Region from(uint32_t start) const {  // what is left behind a header
    Region r = *this;
    r.offset = start < cap_end ? start : cap_end;
    return r;
  }
};

// What the walk goes on with: a protocol and its bytes; kNoProto ends it.
struct Next {
  ProtoId proto = kNoProto;
  Region region = {};
};

// The header walk of one protocol: checks the lengths that all its rows and functions rely on, pushes its layer (or
// none, if the bytes are not its own), clips the payload and names what follows. Never allocates, never throws. What it
// finds short or malformed it says with Walk::damage; the layer's fields read before the damage stay usable.
using WalkFn = Next (*)(Walk& walk, const Region& region);
// Emits the layer's fields that are not of fixed layout, in the order in which tshark shows them. Runs only if one of
// them is wanted. In a complete dissection (-V, `fields = "all"`) Emit::fixed puts the fixed rows at their place.
using DetailsFn = void (*)(Emit& emit);
// False: the layer surely does not have the row, which spares its details. For rows that are asked of every packet and
// are seldom there.
using MayHaveFn = bool (*)(const Dissection& packet, const LayerRef& layer, unsigned row);
// False: the layer's details surely find no damage in it, which spares them where nothing else is asked of them.
using JudgesIfFn = bool (*)(const Dissection& packet, const LayerRef& layer);
// Writes the packet-list columns for its layer: called outermost first, each may replace or append.
using ColumnsFn = void (*)(const Dissection& packet, const LayerRef& layer, Columns& columns);
// Appends the text of the layer's line ("User Datagram Protocol, Src Port: 53, Dst Port: 4096"): see append_head() in columns.hpp.
using HeadFn = void (*)(const Dissection& packet, const LayerRef& layer, std::string& out);
// True if the payload looks like this protocol (on ports that nobody registered). Must look at a bounded prefix.
using LooksLikeFn = bool (*)(const Dissection& packet, const Region& region);

// Where a protocol is found.
struct Over {
  enum class Kind : uint8_t { kLinkType, kEthertype, kIpProto, kTcpPort, kUdpPort, kPpp, kLlcSap, kGreProto, kTcpHeuristic, kUdpHeuristic } kind;
  uint32_t value = 0;     // number in that space
  LooksLikeFn looks_like = nullptr;
};

struct ProtocolDef {
  std::string_view name;        // the filter name: "tcp"
  std::string_view long_name;   // "Transmission Control Protocol"
  std::string_view short_name;  // "TCP": the Protocol column
  std::span<const FieldRow> rows = {};
  std::span<const Over> over = {};
  WalkFn walk = nullptr;
  DetailsFn details = nullptr;  // null: all rows are fixed
  ColumnsFn columns = nullptr;
  HeadFn head = nullptr;        // null: the long name says all
  const StreamDef* stream = nullptr;  // how it lies in a TCP stream (stream.hpp); null: each segment's payload is handed to walk
  Need need = Need::kNothing;   // of every field of it
  bool application = false;     // above a transport: walked only when something asks for it (or for everything)
  ProtoId rows_of = kNoProto;   // emits another protocol's rows instead of its own (mDNS: those of DNS)
  uint8_t item_from = 0;        // a damaged layer with fewer bytes has no item: filters do not find the protocol
  bool item_to_end = false;     // len(), slices and comparisons of the protocol see all its data, not the header alone
  // Protocols whose rows (kElsewhere) its details may emit beside its own (Emit::rows_of), and all that these are bound to
  // in the same way: their details run together.
  std::span<const ProtoId> emits = {};
  MayHaveFn may_have = nullptr;
  bool judges = false;          // its details may find damage (Emit::damage): they run for every packet that is written
  JudgesIfFn judges_if = nullptr;  // … if it says so; null: for each
  bool pseudo = false;          // no layer of its own on the wire (`_ws.expert`, `conn`): fields emitted by others
};

// The protocols' numbers, in the order of protocols/list.inc.
namespace id {
enum : ProtoId {
#define PROTOCOL(name) name,
#include "dissect/protocols/list.inc"
#undef PROTOCOL
  kCount
};
}  // namespace id
static_assert(id::kCount <= kMaxProtocols);

#define PROTOCOL(name) extern const ProtocolDef name##Def;
#include "dissect/protocols/list.inc"
#undef PROTOCOL

}  // namespace wiretail::dissect
