#include "daemon/capture/link_type.hpp"

#include <algorithm>
#include <iterator>

namespace wiretail::daemon {
namespace {

struct Range {
  uint16_t first, last;
};
constexpr Range kKnown[] = {
    {0, 3}, {6, 14}, {16, 16}, {18, 19}, {32, 32}, {50, 51}, {99, 101}, {104, 109}, {112, 114}, {117, 119},
    {121, 123}, {127, 131}, {133, 133}, {135, 144}, {147, 163}, {165, 165}, {167, 167}, {169, 173}, {177, 181},
    {183, 184}, {186, 190}, {192, 192}, {195, 197}, {199, 204}, {209, 215}, {220, 220}, {224, 231}, {235, 237},
    {239, 243}, {245, 245}, {248, 256}, {258, 260}, {264, 264}, {266, 266}, {268, 268}, {270, 276}, {279, 280},
    {283, 283}, {287, 288}, {290, 290}, {292, 295},
};

}  // namespace

bool known_link_type(uint32_t type) {
  const Range* r = std::lower_bound(std::begin(kKnown), std::end(kKnown), type, [](Range range, uint32_t t) { return range.last < t; });
  return r != std::end(kKnown) && r->first <= type;
}

dissect::LinkType canonical_link_type(uint32_t type) {
  switch (type) {
    case 12: case 14: return dissect::LinkType::kRaw;  // DLT_RAW of several systems
    case 112: return dissect::LinkType::kCiscoHdlc;
    default: return static_cast<dissect::LinkType>(type);
  }
}

}  // namespace wiretail::daemon
