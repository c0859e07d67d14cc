// Pseudo-protocols that other protocols' dissection yields: expert notes and damage, under Wireshark's names.
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"

namespace wiretail::dissect {
namespace {

constexpr ValueName kSeverities[] = {{0x00100000, "Comment"}, {0x00200000, "Chat"}, {0x00400000, "Note"}, {0x00600000, "Warning"}, {0x00800000, "Error"}};
constexpr ValueName kGroups[] = {
    {0x01000000, "Checksum"}, {0x02000000, "Sequence"}, {0x03000000, "Response"}, {0x04000000, "Request"}, {0x05000000, "Undecoded"},
    {0x06000000, "Reassemble"}, {0x07000000, "Malformed"}, {0x08000000, "Debug"}, {0x09000000, "Protocol"}, {0x0a000000, "Security"},
    {0x0b000000, "Comment"}, {0x0c000000, "Decryption"}, {0x0d000000, "Assumption"}, {0x0e000000, "Deprecated"}};

// -V has it without a label.
void message(std::string& text, const Dissection&, const Occurrence& o) {
  text.clear();
  append_text(text, o.value.text());
}

// Emit::expert relies on this order.
constexpr FieldRow kRows[] = {
    {.name = "_ws.expert.message", .label = "Message", .type = FieldType::kString, .flags = kMulti | kGenerated, .blurb = "Wireshark expert information", .show = message},
    {.name = "_ws.expert.severity", .label = "Severity level", .type = FieldType::kUint32, .names = kSeverities, .flags = kMulti | kGenerated, .blurb = "Wireshark expert severity level"},
    {.name = "_ws.expert.group", .label = "Group", .type = FieldType::kUint32, .names = kGroups, .flags = kMulti | kGenerated, .blurb = "Wireshark expert group"},
};

// Emit::show_damage and overlap_error rely on these rows.
constexpr FieldRow kMalformedRows[] = {
    {.name = "_ws.malformed.expert", .label = "Malformed Packet (Exception occurred)", .type = FieldType::kNone, .flags = kExpert | kMulti},
    {.name = "_ws.malformed.reassembly", .label = "New fragment overlaps old data (retransmission?)", .type = FieldType::kNone, .flags = kExpert | kMulti},
};

constexpr FieldRow kUnreassembledRows[] = {
    {.name = "_ws.unreassembled.expert", .label = "Unreassembled fragment (change preferences to enable reassembly)", .type = FieldType::kNone, .flags = kExpert | kMulti},
};

}  // namespace

const ProtocolDef kExpertDef = {.name = "_ws.expert", .long_name = "Expert Info", .short_name = "Expert", .rows = kRows, .need = Need::kEverything, .pseudo = true};
const ProtocolDef kMalformedDef = {.name = "_ws.malformed", .long_name = "Malformed Packet", .short_name = "Malformed packet", .rows = kMalformedRows, .need = Need::kEverything, .pseudo = true};
const ProtocolDef kShortDef = {.name = "_ws.short", .long_name = "Short Frame", .short_name = "Short frame", .rows = {}, .need = Need::kEverything, .pseudo = true};
const ProtocolDef kUnreassembledDef = {.name = "_ws.unreassembled", .long_name = "Unreassembled Fragmented Packet", .short_name = "Unreassembled fragmented packet", .rows = kUnreassembledRows, .need = Need::kEverything, .pseudo = true};

}  // namespace wiretail::dissect
