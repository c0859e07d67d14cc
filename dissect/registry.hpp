// Every protocol and field, by name and by number; what `-G fields` prints. Built once from protocols/list.inc, then
// immutable and shared by all threads. It takes the tables as they are, because every start waits for it: that they hold to the rules
// (`row_problem`, no two fields of one name and type, no two names of one output path) is what the unit tests look at.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dissect/field.hpp"
#include "dissect/protocol.hpp"

namespace wiretail::dissect {

struct FieldDef {
  FieldId id = kNoField;
  ProtoId proto = kNoProto;
  uint16_t row_index = 0;        // in the protocol's rows; meaningless for the protocol itself
  const FieldRow* row = nullptr;
  FieldType type = FieldType::kNone;
  Need need = Need::kNothing;    // the row's and the protocol's
  bool is_protocol = false;      // the protocol itself, as a field (FT_PROTOCOL)
  uint8_t shift = 0;             // of row->mask
  std::string_view name;
  std::string_view path;         // "tcp.flags_syn": where the line has it
  std::string_view object;       // … "tcp"
  std::string_view key;          // … "flags_syn"; empty: a protocol whose path is its object
};

// The fields of each name: one table that is looked up by hash, made once.
class NameIndex {
 public:
  void build(std::span<const FieldDef> fields, std::string_view FieldDef::*name);
  std::span<const FieldId> find(std::string_view name) const;

 private:
  struct Slot {
    std::string_view name;
    uint16_t first = 0, count = 0, filled = 0;  // in fields_; `filled` while it is built
  };
  uint32_t slot(std::string_view name) const;  // where the name is, or would be
  std::vector<Slot> slots_;
  std::vector<FieldId> fields_;
};

class Registry {
 public:
  static const Registry& get() {
    const Registry* registry = built_.load(std::memory_order_acquire);
    return registry ? *registry : build();
  }

  std::span<const FieldDef> fields() const { return fields_; }
  const FieldDef& operator[](FieldId id) const { return fields_[id]; }
  const ProtocolDef& protocol(ProtoId id) const { return *protocols_[id]; }
  std::span<const ProtocolDef* const> protocols() const { return protocols_; }
  FieldId protocol_field(ProtoId id) const { return first_[id]; }
  // The field of a protocol's row. first_row + index.
  FieldId field(ProtoId id, unsigned row) const { return static_cast<FieldId>(first_[id] + 1 + row); }
  // The field of the first row that the protocol's details emit: its own, or another's (ProtocolDef::rows_of).
  FieldId rows_of(ProtoId id) const { return rows_of_[id]; }

  // All registrations of a name (fields of one name may have several types); empty if unknown.
  std::span<const FieldId> find(std::string_view name) const { return by_name_.find(name); }
  // The same for an output path ("tcp.flags_syn"): the name's alias.
  std::span<const FieldId> find_path(std::string_view path) const { return by_path_.find(path); }
  ProtoId find_protocol(std::string_view name) const;  // kNoProto
  // The registered names nearest to a misspelt one, best first, at most `most`.
  std::vector<std::string_view> nearest(std::string_view name, size_t most = 3) const;

  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

 private:
  Registry();
  static const Registry& build();
  inline static std::atomic<const Registry*> built_{nullptr};
  std::vector<const ProtocolDef*> protocols_;
  std::vector<FieldId> first_, rows_of_;
  std::vector<FieldDef> fields_;
  std::unique_ptr<char[]> paths_;
  NameIndex by_name_, by_path_;
};

// The name of a value in its table; empty if it has none. Boolean rows: names hold value 0 and 1.
std::string_view value_name(ValueNames names, uint64_t value);

// `FT_UINT16`, `BASE_DEC`, as `-G fields` prints them.
std::string_view type_name(FieldType type);
std::string base_name(const FieldRow& row, FieldType type);

}  // namespace wiretail::dissect
