// The values of ${field}: read once from the selected packet, then constants.
#include "dissect/dissection.hpp"
#include "filter/operand_check.hpp"
#include "filter/ranges.hpp"
#include "filter/values.hpp"

namespace wiretail::filter {

std::vector<Constant> captured_values(const Operand& field, dissect::Dissection& packet) {
  std::vector<Constant> out;
  for (FieldId id : field.fields) {
    const uint32_t last = innermost_layer(packet, id);
    for (const dissect::Occurrence* o = packet.first(id); o; o = packet.next(*o)) {
      uint32_t number = o->layer < packet.layers.count ? packet.layers.stack[o->layer].number : 1;
      if (!layer_in(field.layers, number, last)) continue;
      Constant c;
      c.kind = field.kind;
      if (field.raw) {
        const dissect::Bytes item = packet.covered(*o);
        c.bytes.assign(reinterpret_cast<const char*>(item.data()), item.size());
        out.push_back(std::move(c));
        continue;
      }
      switch (c.kind) {
        case ValueKind::kNone:
          continue;
        case ValueKind::kUnsigned:
        case ValueKind::kSigned:
        case ValueKind::kIpv4:
          c.u = o->value.u;
          break;
        case ValueKind::kFloat:
          c.d = o->value.d;
          break;
        case ValueKind::kTime:
          c.time = o->value.time();
          break;
        case ValueKind::kIpv6:
        case ValueKind::kGuid:
          c.bytes.assign(reinterpret_cast<const char*>(o->value.p), 16);
          break;
        case ValueKind::kString:
        case ValueKind::kBytes:
        case ValueKind::kProtocol:
          c.bytes.assign(o->value.text());
          break;
      }
      out.push_back(std::move(c));
    }
  }
  return out;
}

}  // namespace wiretail::filter
