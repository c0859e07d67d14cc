// What the packet that completes a datagram shows of its fragments: the same ten rows in the tables of IPv4 and IPv6.
#pragma once
#include "dissect/connections/fragments.hpp"
#include "dissect/dissection.hpp"
#include "dissect/format.hpp"

namespace wiretail::dissect {

// Rows from `first` on: fragments, fragment, fragment.overlap, fragment.overlap.conflict, fragment.multipletails,
// fragment.toolongfragment, fragment.error, fragment.count, reassembled.length, reassembled.data.
inline void emit_fragments(Emit& emit, unsigned first, const Datagram& d, uint8_t buffer, bool fragments_have_bytes) {
  const auto size = static_cast<uint32_t>(d.bytes.size());
  const Value whole = Value::of_bytes({d.bytes.data(), size});
  emit.put_in_buffer(first, fragments_have_bytes ? whole : Value{}, buffer, 0, size);
  std::string line;
  if (emit.showing()) {
    append_uint(line, d.parts.size()), line += fragments_have_bytes ? " IPv4 Fragments (" : " IPv6 Fragments (", append_uint(line, size), line += " bytes):";
    for (const Fragment& f : d.parts) line += &f == &d.parts.front() ? " #" : ", #", append_uint(line, f.frame), line += '(', append_uint(line, f.length), line += ')';
    emit.shown(line);
  }
  emit.push();
  for (const Fragment& f : d.parts) {
    const bool wrong = f.flags & (kConflict | kMultipleTails | kTooLong);
    emit.put_in_buffer(first + (wrong ? 6 : 1), Value::of_uint(f.frame), buffer, f.offset, f.length);
    if (emit.showing()) {
      line = "Frame: ", append_uint(line, f.frame), line += ", payload: ", append_uint(line, f.offset), line += '-', append_uint(line, f.offset + f.length - 1);
      line += " (", append_uint(line, f.length), line += f.length == 1 ? " byte)" : " bytes)";
      emit.shown(line);
    }
    emit.push();
    for (unsigned bit = 0; bit < 4; ++bit)
      if (f.flags >> bit & 1) emit.put_in_buffer(first + 2 + bit, Value::of_uint(1), buffer, 0, 0);
    emit.pop();
  }
  emit.put_in_buffer(first + 7, Value::of_uint(d.parts.size()), buffer, 0, 0);
  emit.put_in_buffer(first + 8, Value::of_uint(size), buffer, 0, 0);
  emit.put_in_buffer(first + 9, whole, buffer, 0, size);
  emit.pop();
}

}  // namespace wiretail::dissect
