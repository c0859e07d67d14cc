// SHA-1 (RFC 3174) of a few bytes, for community ids alone: it stands here because one block of input is all that is ever hashed; a
// cryptographic library would be a dependency for every installation. Any thread.
#pragma once
#include <cstddef>
#include <cstdint>

namespace wiretail::dissect {

inline constexpr size_t kSha1Most = 55;  // bytes that fit one block

// The digest (20 bytes) of up to kSha1Most bytes; by the processor's own instructions where it has them.
void sha1(const uint8_t* data, size_t size, uint8_t* digest);
// The same without these.
void sha1_portable(const uint8_t* data, size_t size, uint8_t* digest);

}  // namespace wiretail::dissect
