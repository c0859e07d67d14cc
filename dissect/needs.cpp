#include "dissect/needs.hpp"

#include "dissect/registry.hpp"

namespace wiretail::dissect {

void Needs::add(FieldId field) {
  const Registry& registry = Registry::get();
  const FieldDef& def = registry[field];
  fields.add(field);
  const ProtocolDef& protocol = registry.protocol(def.proto);
  if (protocol.application) protocols.add(def.proto);
  if (def.need >= Need::kStream && def.need != Need::kEverything) streams = true;
  if (def.need == Need::kAnalysis) analysis = true;
  if (def.need == Need::kReassembly) reassembly = true;
  if (def.need == Need::kEverything) complete = all_protocols = streams = analysis = reassembly = true;
}

Needs& Needs::operator|=(const Needs& other) {
  fields |= other.fields;
  protocols |= other.protocols;
  all_protocols |= other.all_protocols;
  streams |= other.streams;
  analysis |= other.analysis;
  reassembly |= other.reassembly;
  complete |= other.complete;
  events |= other.events;
  transactions |= other.transactions;
  return *this;
}

}  // namespace wiretail::dissect
