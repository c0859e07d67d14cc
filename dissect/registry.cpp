#include "dissect/registry.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>

namespace wiretail::dissect {
namespace {

const ProtocolDef* const kProtocols[] = {
#define PROTOCOL(name) &name##Def,
#include "dissect/protocols/list.inc"
#undef PROTOCOL
};

// Edit distance, given up above `limit`.
size_t distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit) return limit + 1;
  std::vector<size_t> row(a.size() + 1);
  for (size_t i = 0; i <= a.size(); ++i) row[i] = i;
  for (size_t j = 1; j <= b.size(); ++j) {
    size_t diagonal = row[0], best = row[0] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
      size_t cost = std::min({row[i] + 1, row[i - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = row[i];
      row[i] = cost;
      best = std::min(best, cost);
    }
    if (best > limit) return limit + 1;
  }
  return row[a.size()];
}

}  // namespace

void NameIndex::build(std::span<const FieldDef> fields, std::string_view FieldDef::*name) {
  slots_.assign(std::bit_ceil(2 * fields.size() + 1), {});
  fields_.resize(fields.size());
  std::vector<uint32_t> slot_of(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    slot_of[i] = slot(fields[i].*name);
    slots_[slot_of[i]].name = fields[i].*name;
    ++slots_[slot_of[i]].count;
  }
  // The fields of one name lie side by side, in their own order.
  uint16_t next = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    Slot& s = slots_[slot_of[i]];
    if (s.filled == 0) s.first = next, next = static_cast<uint16_t>(next + s.count);
    fields_[s.first + s.filled++] = fields[i].id;
  }
}

uint32_t NameIndex::slot(std::string_view name) const {
  size_t at = std::hash<std::string_view>()(name) & (slots_.size() - 1);
  while (slots_[at].count && slots_[at].name != name) at = (at + 1) & (slots_.size() - 1);
  return static_cast<uint32_t>(at);
}

std::span<const FieldId> NameIndex::find(std::string_view name) const {
  const Slot& s = slots_[slot(name)];
  return std::span(fields_).subspan(s.first, s.count);
}

Registry::Registry() {
  size_t fields = 0, letters = 0;
  for (const ProtocolDef* protocol : kProtocols) {
    fields += 1 + protocol->rows.size();
    letters += protocol->name.size();
    for (const FieldRow& row : protocol->rows) letters += row.name.size() + row.key.size();
  }
  if (fields > kMaxFields) std::fprintf(stderr, "wiretail: the protocols' tables have %zu fields, and there is room for %u\n", fields, kMaxFields), std::abort();
  fields_.reserve(fields);
  paths_ = std::make_unique<char[]>(letters);
  char* paths = paths_.get();
  // "tcp.flags.syn" -> "tcp.flags_syn", which is "tcp" and "flags_syn".
  auto add = [&](FieldDef def) {
    def.id = static_cast<FieldId>(fields_.size());
    const size_t object = std::min(def.name.find('.'), def.name.size());
    char* end = std::copy_n(def.name.data(), object, paths);
    if (object < def.name.size()) {
      *end++ = '.';
      if (def.row && !def.row->key.empty()) end = std::copy(def.row->key.begin(), def.row->key.end(), end);
      else end = std::replace_copy(def.name.begin() + static_cast<ptrdiff_t>(object) + 1, def.name.end(), end, '.', '_');
    }
    def.path = {paths, static_cast<size_t>(end - paths)};
    def.object = def.path.substr(0, object);
    def.key = def.path.substr(std::min(object + 1, def.path.size()));
    paths = end;
    fields_.push_back(def);
  };
  for (const ProtocolDef* protocol : kProtocols) {
    auto proto = static_cast<ProtoId>(protocols_.size());
    protocols_.push_back(protocol);
    first_.push_back(static_cast<FieldId>(fields_.size()));
    FieldDef self;
    self.proto = proto;
    self.type = FieldType::kProtocol;
    self.need = protocol->need;
    self.is_protocol = true;
    self.name = protocol->name;
    add(self);
    uint16_t index = 0;
    for (const FieldRow& row : protocol->rows) {
      FieldDef def;
      def.proto = proto;
      def.row_index = index++;
      def.row = &row;
      def.type = row.type;
      def.need = std::max(row.need, protocol->need);
      def.shift = row.mask ? static_cast<uint8_t>(std::countr_zero(row.mask)) : 0;
      def.name = row.name;
      add(def);
    }
  }
  for (size_t i = 0; i < protocols_.size(); ++i) {
    const ProtoId other = protocols_[i]->rows_of;
    rows_of_.push_back(field(other == kNoProto ? static_cast<ProtoId>(i) : other, 0));
  }
  by_name_.build(fields_, &FieldDef::name);
  by_path_.build(fields_, &FieldDef::path);
}

const Registry& Registry::build() {
  static const Registry registry;
  built_.store(&registry, std::memory_order_release);
  return registry;
}

ProtoId Registry::find_protocol(std::string_view name) const {
  for (FieldId field : find(name))
    if (fields_[field].is_protocol) return fields_[field].proto;
  return kNoProto;
}

std::vector<std::string_view> Registry::nearest(std::string_view name, size_t most) const {
  // A third of the letters may be wrong; beyond that a suggestion is noise.
  size_t limit = std::max<size_t>(2, name.size() / 3);
  std::vector<std::pair<size_t, std::string_view>> found;
  for (const FieldDef& def : fields_) {
    if (find(def.name)[0] != def.id) continue;  // of several fields of a name one will do
    size_t d = distance(name, def.name, limit);
    if (d <= limit) found.emplace_back(d, def.name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string_view> names;
  for (size_t i = 0; i < found.size() && i < most; ++i) names.push_back(found[i].second);
  return names;
}

std::string_view value_name(ValueNames names, uint64_t value) {
  auto it = std::upper_bound(names.begin(), names.end(), value, [](uint64_t v, const ValueName& n) { return v < n.value; });
  if (it == names.begin()) return {};
  --it;
  return value == it->value || value <= it->to ? it->text : std::string_view();
}

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::kNone: return "FT_NONE";
    case FieldType::kProtocol: return "FT_PROTOCOL";
    case FieldType::kBoolean: return "FT_BOOLEAN";
    case FieldType::kChar: return "FT_CHAR";
    case FieldType::kUint8: return "FT_UINT8";
    case FieldType::kUint16: return "FT_UINT16";
    case FieldType::kUint24: return "FT_UINT24";
    case FieldType::kUint32: return "FT_UINT32";
    case FieldType::kUint40: return "FT_UINT40";
    case FieldType::kUint48: return "FT_UINT48";
    case FieldType::kUint56: return "FT_UINT56";
    case FieldType::kUint64: return "FT_UINT64";
    case FieldType::kInt8: return "FT_INT8";
    case FieldType::kInt16: return "FT_INT16";
    case FieldType::kInt24: return "FT_INT24";
    case FieldType::kInt32: return "FT_INT32";
    case FieldType::kInt40: return "FT_INT40";
    case FieldType::kInt48: return "FT_INT48";
    case FieldType::kInt56: return "FT_INT56";
    case FieldType::kInt64: return "FT_INT64";
    case FieldType::kFrameNum: return "FT_FRAMENUM";
    case FieldType::kIpxNet: return "FT_IPXNET";
    case FieldType::kEui64: return "FT_EUI64";
    case FieldType::kFloat: return "FT_FLOAT";
    case FieldType::kDouble: return "FT_DOUBLE";
    case FieldType::kAbsoluteTime: return "FT_ABSOLUTE_TIME";
    case FieldType::kRelativeTime: return "FT_RELATIVE_TIME";
    case FieldType::kString: return "FT_STRING";
    case FieldType::kStringz: return "FT_STRINGZ";
    case FieldType::kUintString: return "FT_UINT_STRING";
    case FieldType::kBytes: return "FT_BYTES";
    case FieldType::kUintBytes: return "FT_UINT_BYTES";
    case FieldType::kEther: return "FT_ETHER";
    case FieldType::kSystemId: return "FT_SYSTEM_ID";
    case FieldType::kOid: return "FT_OID";
    case FieldType::kIpv4: return "FT_IPv4";
    case FieldType::kIpv6: return "FT_IPv6";
    case FieldType::kGuid: return "FT_GUID";
  }
  return "FT_NONE";
}

std::string base_name(const FieldRow& row, FieldType type) {
  if (type == FieldType::kBoolean) return std::to_string(row.bits);
  // tshark names a base for numbers only.
  if (!is_integer(type) || type == FieldType::kFrameNum || type == FieldType::kEui64) return "";
  switch (row.base) {
    case Base::kNone: return "BASE_NONE";
    case Base::kDec: return "BASE_DEC";
    case Base::kHex: return "BASE_HEX";
    case Base::kOct: return "BASE_OCT";
    case Base::kDecHex: return "BASE_DEC_HEX";
    case Base::kHexDec: return "BASE_HEX_DEC";
    case Base::kPtTcp: return "BASE_PT_TCP";
    case Base::kPtUdp: return "BASE_PT_UDP";
    case Base::kPtSctp: return "BASE_PT_SCTP";
    case Base::kLocalTime: return "ABSOLUTE_TIME_LOCAL";
    case Base::kUtcTime: return "ABSOLUTE_TIME_UTC";
    case Base::kDot: return "SEP_DOT";
    case Base::kDash: return "SEP_DASH";
    case Base::kColon: return "SEP_COLON";
    case Base::kSpace: return "SEP_SPACE";
    case Base::kOui: return "BASE_OUI";
    case Base::kCustom: return "BASE_CUSTOM";
  }
  return "BASE_NONE";
}

}  // namespace wiretail::dissect
