#include "daemon/output/json_text.hpp"

#include <cstdio>

#include "daemon/output/line_buffer.hpp"

namespace wiretail::daemon {

void append_timestamp(std::string& out, dissect::Time t) {
  t = t.carried();
  char text[64];
  size_t n = write_date(text, t.seconds);
  out.append(text, n);
  std::snprintf(text, sizeof text, "%09dZ", t.nanos);
  out += text;
}

}  // namespace wiretail::daemon
