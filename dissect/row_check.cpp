#include "dissect/row_check.hpp"

#include <algorithm>

namespace wiretail::dissect {

std::string_view row_problem(const FieldRow& row) {
  if (row.name.empty() || row.label.empty()) return "a row without name or label";
  if (row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos) return "a name with a character that no filter can hold";
  bool number = is_integer(row.type) || row.type == FieldType::kBoolean;
  if (row.mask && !number) return "a mask on what is no number";
  if (row.fixed.offset >= 0) {
    if (row.fixed.width == 0) return "a fixed place without width";
    if ((number || is_time(row.type)) && row.fixed.width > 8) return "a number wider than 8 bytes";
    if (row.fixed.width < 8 && row.mask >> (8 * row.fixed.width)) return "a mask wider than its place";
    if (row.type == FieldType::kIpv4 && row.fixed.width != 4) return "an IPv4 address without 4 bytes";
    if (row.type == FieldType::kEther && row.fixed.width != 6) return "an Ethernet address without 6 bytes";
    if ((row.type == FieldType::kIpv6 || row.type == FieldType::kGuid) && row.fixed.width != 16) return "an address or identifier without 16 bytes";
  }
  if (row.type == FieldType::kBoolean && row.mask && row.bits == 0) return "a Boolean of some bits that does not say of how many";
  if (row.flags & kOption && (row.type != FieldType::kBytes || row.blurb.empty())) return "an option that is no bytes or has no short name";
  if (row.flags & kExpert && row.type != FieldType::kNone) return "an expert note with a value";
  for (size_t i = 1; i < row.names.size(); ++i) {
    const ValueName& before = row.names[i - 1];
    if (row.names[i].value <= std::max(before.value, before.to)) return "names of values that are not in order";
  }
  return {};
}

}  // namespace wiretail::dissect
