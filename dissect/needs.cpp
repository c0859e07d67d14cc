#include "dissect/needs.hpp"

#include <algorithm>

#include "dissect/protocol.hpp"
#include "dissect/registry.hpp"

namespace wiretail::dissect {

void Needs::add(FieldId field) {
  const Registry& registry = Registry::get();
  const FieldDef& def = registry[field];
  fields.add(field);
  const ProtocolDef& protocol = registry.protocol(def.proto);
  if (protocol.application) protocols.add(def.proto);
  // What lies above HTTP is found by dissecting HTTP.
  if (def.proto >= id::kTextLines && def.proto <= id::kUrlencodedForm) protocols.add(id::kHttp), bodies = reassembly = streams = true;
  if (def.proto == id::kDns) protocols.add(id::kMdns), protocols.add(id::kLlmnr);
  if (def.proto == id::kHttp) protocols.add(id::kSsdp);
  if (def.proto == id::kData || def.proto == id::kDns) all_protocols |= def.proto == id::kData, reassembly = streams = true;
  if (def.need >= Need::kStream && def.need != Need::kEverything) streams = true;
  if (def.need == Need::kAnalysis || def.need == Need::kUnacked) analysis = true;
  unacked |= def.need == Need::kUnacked || def.need == Need::kEverything;
  if (def.need == Need::kReassembly || def.need == Need::kBody) reassembly = true, all_protocols |= !protocol.application;
  bodies |= def.need == Need::kBody;
  if (def.need == Need::kEverything) complete = all_protocols = streams = analysis = reassembly = true;
}

const FieldSet& FieldSet::all() {
  static const FieldSet everything = [] {
    FieldSet set;
    for (unsigned f = 0; f < kMaxFields; ++f) set.add(static_cast<FieldId>(f));
    return set;
  }();
  return everything;
}

void Needs::prepare() {
  const Registry& registry = Registry::get();
  // A message as bytes is a message whole.
  whole_units = all_protocols || complete || bodies || fields.has(registry.protocol_field(id::kHttp)) || fields.has(registry.protocol_field(id::kSsdp));
  notes_alone = analysis && protocols.empty() && !reassembly && !events && !transactions() && !all_protocols && !complete;
  applications_alone = !protocols.empty() && (reassembly || events) && !all_protocols && !complete;
  // A transport's own fields may count its connection's packets, or follow its numbers.
  auto follows = [&](const FieldDef& def) {
    return def.need != Need::kNothing && !registry.protocol(def.proto).application && !(def.row && def.row->flags & kInvariant) && !def.name.ends_with(".stream");
  };
  if (!events && !matches_need_application && applications_alone)
    applications_alone = !analysis && std::ranges::none_of(registry.fields(), [&](const FieldDef& def) { return fields.has(def.id) && follows(def); });
  ProtoSet heard;
  notes = false, wanted_notes = 0;
  for (const FieldDef& def : registry.fields()) {
    if (!fields.has(def.id)) continue;
    const ProtocolDef& protocol = registry.protocol(def.proto);
    if (def.row && def.row->flags & kNoted) wanted_notes |= def.row->notes ? def.row->notes : UINT32_MAX;
    if (protocol.pseudo && def.proto != id::kConn) notes = true;
    if (def.is_protocol || def.row->fixed.offset >= 0 || def.row->direct) continue;
    if (def.row->flags & kForeign) notes = true;
    heard.add(def.proto);
  }
  silent.clear(), quiet.clear();
  if (notes) return;
  for (size_t i = 0; i < registry.protocols().size(); ++i) {
    const ProtocolDef& protocol = *registry.protocols()[i];
    const auto proto = static_cast<ProtoId>(i);
    const bool others = std::ranges::any_of(protocol.emits, [&](ProtoId other) { return heard.has(other); }) || (protocol.rows_of != kNoProto && heard.has(protocol.rows_of));
    if (protocol.pseudo || others || heard.has(proto)) continue;
    if (!protocol.judges) silent.add(proto);
    else if (protocol.judges_if) quiet.add(proto);
  }
}

Needs& Needs::operator|=(const Needs& other) {
  fields |= other.fields;
  described |= other.described;
  protocols |= other.protocols;
  all_protocols |= other.all_protocols;
  streams |= other.streams;
  analysis |= other.analysis;
  unacked |= other.unacked;
  reassembly |= other.reassembly;
  bodies |= other.bodies;
  complete |= other.complete;
  events |= other.events;
  http_transactions |= other.http_transactions;
  dns_transactions |= other.dns_transactions;
  return *this;
}

}  // namespace wiretail::dissect
