// What lies behind the payload in an Ethernet frame: padding up to the smallest frame, a trailer, the frame check
// sequence (IEEE Std 802.3-2018, 3.2.8, 3.2.9). Called by the details of Ethernet, of the tags within it and of cooked
// captures. Padding is Ethernet's field wherever it is found. No state.
#pragma once
#include "dissect/dissection.hpp"

namespace wiretail::dissect::trailer {

// Rows of Ethernet's table that this file writes to; eth.cpp keeps them in this order, at its beginning.
enum EthRow : unsigned { kPadding, kPaddingBad };

// Where the payload of `layer` ends by the length fields above it. Tags show themselves what is left behind their
// payload, and so claim all; what nobody knows claims all, too.
uint32_t claimed_end(const Dissection& packet, const LayerRef& layer);

// The same for what the Ethernet type `type` names and nobody here reads: the bytes [from, end) of the buffer, less what
// stands behind the protocol's own length where it has one that Wireshark heeds.
uint32_t unread_end(uint16_t type, Bytes buffer, uint32_t from, uint32_t end);

// Emits what lies between `claimed` (an offset in the buffer) and `end` as padding and as `trailer_row` of the layer's own
// table; with `fcs_row`, the last four bytes of a frame that has room for them are its check sequence.
void emit(Emit& emit, unsigned trailer_row, uint32_t claimed, uint32_t end, unsigned fcs_row = Emit::kNoRow, unsigned fcs_status_row = Emit::kNoRow);

}  // namespace wiretail::dissect::trailer
