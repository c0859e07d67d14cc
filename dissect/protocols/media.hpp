// What lies above HTTP: the protocol that a body's content type names (media_types.hpp), or that its first bytes look like.
// Called by HTTP's walk, and for the parts of a multipart body. Capture thread.
#pragma once
#include <string_view>

#include "dissect/walk.hpp"

namespace wiretail::dissect::media {

// Pushes the layers of a body. `has_type`: there is a Content-Type header, if only an empty one. True: the protocol that
// the type names refused the bytes.
bool dissect(Walk& walk, const Region& body, bool has_type, std::string_view content_type);

// An image that was accepted as one lacks its end (images.cpp).
bool ends_early(ProtoId image, std::string_view body);

// RFC 8259: one or more objects or arrays with white space between them, and nothing else.
bool is_json(std::string_view text);

}  // namespace wiretail::dissect::media
