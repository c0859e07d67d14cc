// What a line holds, decided once: a selection of fields becomes objects and keys with their texts ready to be copied.
// Plans are made when a selection is first written and live as long as the writer; capture thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/output/redaction.hpp"
#include "dissect/needs.hpp"
#include "dissect/registry.hpp"

namespace wiretail::daemon {

// Which fields a packet's line holds.
struct Selection {
  enum class Mode : uint8_t { kSummary, kAll, kFields, kMatched } mode = Mode::kSummary;
  std::vector<dissect::FieldId> fields;  // kFields, kMatched

  bool operator==(const Selection&) const = default;
  // What writing it makes necessary: the fields, and a complete dissection of what is written.
  void add_needs(dissect::Needs& needs) const;
};

struct LinePlan {
  // How a key's only value is written, where that needs no more than the value; kOther: by its type.
  enum class Form : uint8_t { kOther, kNumber, kBoolean, kIpv4 };
  // How its value is found in a layer that is the only one of the key's protocol: a plain number among its bytes, by FieldRow::direct, or as in
  // any others.
  enum class Way : uint8_t { kSearched, kPlain, kDirect };
  struct alignas(64) Key {
    // What most values need lies in one cache line.
    const char* text = nullptr;  // ",\"ttl\":", in `texts`
    uint16_t length = 0;
    bool fixed = false, multi = false, has_names = false;
    Way way = Way::kSearched;
    Form form = Form::kOther;
    uint8_t plain_width = 0;  // the field is this many bytes of the layer, or bits of them: 1, 2 or 4; 0: it is not so simple
    dissect::ProtoId proto = dissect::kNoProto;  // of `only`, as what follows
    dissect::FieldId id = dissect::kNoField;
    dissect::FieldId said = dissect::kNoField;   // the one field, where details alone say it
    uint16_t offset = 0, end = 0;                // of a fixed field: its bytes in the layer
    uint8_t shift = 0;                           // … of a plain one: of its mask
    uint32_t mask = UINT32_MAX;
    dissect::DirectFn direct = nullptr;          // FieldRow::direct
    const dissect::FieldDef* only = nullptr;  // the one field, where it has one value at most in a layer; null: not so simple
    Redaction redaction = Redaction::kNone;
    // Registrations of one name with different types (conn.orig_ip is IPv4 and IPv6) share a key.
    std::vector<const dissect::FieldDef*> fields;
    std::string path;  // "tcp.flags_syn"
  };
  struct Object {
    const char* text = nullptr;  // ",\"ip\":{"
    uint16_t length = 0;
    std::string name;
    std::vector<Key> keys;
  };
  Selection selection;
  std::vector<Object> objects;
  std::vector<std::vector<uint16_t>> of_protocol;  // indexes of the objects that a layer of this protocol may fill
  std::string texts;

  LinePlan(const Selection& selection, bool redact);
  LinePlan(const LinePlan&) = delete;
  LinePlan& operator=(const LinePlan&) = delete;
};

// Names that lines use at their top level and that no protocol's object can have.
extern const std::vector<std::string_view> kReservedKeys;

}  // namespace wiretail::daemon
