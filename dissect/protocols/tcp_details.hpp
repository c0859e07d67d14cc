// TCP's fields that are not of fixed layout: generated numbers, options, sequence analysis, reassembly. Used by tcp.cpp.
#pragma once
#include <string>

#include "dissect/dissection.hpp"

namespace wiretail::dissect::tcp {

// The header up to its window: of less Wireshark shows the ports alone.
constexpr uint32_t kAnalysable = 16;
// LayerRef::extra: the header's own length is less than a header can have, or more than there is.
constexpr uint16_t kBogusLength = 1, kShortSegment = 2;

void details(Emit& emit);
// Quick: false for a segment whose options are surely not malformed; nothing else is, for details.
bool may_be_damaged(const Dissection& packet, const LayerRef& layer);
// Quick: false for the rows of sequence analysis that the segment surely does not have.
bool may_have(const Dissection& packet, const LayerRef& layer, unsigned row);
// The options' fields; `header` is the header's length, of which the snapshot length may have cut the end.
void option_details(Emit& emit, uint32_t header, uint32_t other_base);
// A Multipath TCP option of `length` bytes at `at`, all of which are there.
void mptcp_details(Emit& emit, uint32_t at, uint32_t length);
// What the Info column says of options: " MSS=1460 SACK_PERM TSval=1 TSecr=0 WS=128".
void append_option_info(std::string& out, const uint8_t* segment, uint32_t header, uint32_t have, uint32_t other_base);

}  // namespace wiretail::dissect::tcp
