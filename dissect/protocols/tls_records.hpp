// How Transport Layer Security lies in a TCP stream: records, each with its length (RFC 8446 §5.1). What they hold is not
// dissected and stands as `data`; but segments are put together as Wireshark does it. Capture thread.
#pragma once
#include "dissect/stream.hpp"

namespace wiretail::dissect::tls {

extern const StreamDef kRecords;
// The beginning of a record, on ports that nobody registered.
bool looks_like(const Dissection& packet, const Region& region);

}  // namespace wiretail::dissect::tls
