#include "daemon/glossary.hpp"

#include "dissect/registry.hpp"

namespace wiretail::daemon {

using dissect::Registry;

std::string glossary_protocols() {
  std::string out;
  for (const auto* p : Registry::get().protocols()) {
    out += p->long_name, out += '\t', out += p->short_name, out += '\t', out += p->name;
    out += '\n';
    for (const auto& row : p->rows)
      if (row.flags & dissect::kOption) out += row.label, out += '\t', out += row.blurb, out += '\t', out += row.name, out += '\n';
  }
  return out;
}

// Fields of a protocol that another one's table holds are listed under their own (`pppoed.tags` of PPPoE).
static std::string_view parent_of(const Registry& registry, const dissect::FieldDef& def) {
  std::string_view own = registry.protocol(def.proto).name, best = own;
  if (def.name.starts_with(own) && def.name.substr(own.size(), 1) == ".") return own;
  for (size_t dot = def.name.find('.'); dot != std::string_view::npos; dot = def.name.find('.', dot + 1))
    if (registry.find_protocol(def.name.substr(0, dot)) != dissect::kNoProto) best = def.name.substr(0, dot);
  return best;
}

std::string glossary_fields() {
  std::string out;
  const Registry& registry = Registry::get();
  for (const auto& def : registry.fields()) {
    const auto& protocol = registry.protocol(def.proto);
    if (def.is_protocol) {
      out += "P\t", out += protocol.long_name, out += '\t', out += protocol.name;
      out += '\n';
      continue;
    }
    if (def.row->flags & dissect::kOption) {
      out += "P\t", out += def.row->label, out += '\t', out += def.name, out += '\n';
      continue;
    }
    out += "F\t", out += def.row->label, out += '\t', out += def.name, out += '\t', out += dissect::type_name(def.type);
    out += '\t', out += parent_of(registry, def), out += '\t', out += dissect::base_name(*def.row, def.type);
    char mask[24];
    std::snprintf(mask, sizeof mask, "0x%llx", static_cast<unsigned long long>(def.row->mask));
    out += '\t', out += mask, out += '\t', out += def.row->blurb;
    out += '\n';
  }
  return out;
}

}  // namespace wiretail::daemon
