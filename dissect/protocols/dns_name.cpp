// Reading names of DNS: the plain way, and the one that remembers.
//
// What a name is depends on the place alone where it begins: each place has one that comes next (behind the label, or where the
// pointer leads), or ends the name. So what is known of the next place says what there is to know of this one.
#include "dissect/protocols/dns_name.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "dissect/dissection.hpp"

namespace wiretail::dissect::dns {
namespace {

// As tshark has it: of more bytes, dots between labels counted, a name is too long, through more pointers it loops.
constexpr uint32_t kMostBytes = 253, kMostPointers = 255;
constexpr uint32_t kMostText = kMostBytes * 4;

bool is_pointer(uint8_t first) { return (first & 0xc0) == 0xc0; }
bool is_label(uint8_t first) { return first && !(first & 0xc0); }
uint32_t target(const uint8_t* p) { return (p[0] & 0x3fu) << 8 | p[1]; }

// A letter as Wireshark writes it; `out` has room for four.
uint32_t write_letter(uint8_t c, char* out) {
  if (c >= 0x20 && c < 0x7f) return *out = static_cast<char>(c), 1;
  if (c & 0x80) return out[0] = '\xef', out[1] = '\xbf', out[2] = '\xbd', 3;
  out[0] = '\\';
  if (c >= 7 && c <= 13) return out[1] = "abtnvfr"[c - 7], 2;  // as in C: \a \b \t \n \v \f \r
  out[1] = static_cast<char>('0' + (c >> 6)), out[2] = static_cast<char>('0' + (c >> 3 & 7)), out[3] = static_cast<char>('0' + (c & 7));
  return 4;
}
uint32_t width(uint8_t c) { return c >= 0x20 && c < 0x7f ? 1 : c & 0x80 ? 3 : c >= 7 && c <= 13 ? 2 : 4; }

Name named(Name name, std::string_view what) {
  name.text = what, name.length = static_cast<uint32_t>(what.size()), name.labels = 1, name.good = true;
  return name;
}
Name looped(Name name) { return named(name, "<Name contains a pointer that loops>"); }
Name counted(Name name, std::string_view text, uint32_t length, uint32_t labels) {
  name.text = text, name.good = true;
  name.length = length, name.labels = labels;
  if (length == 1) name.length = name.labels = 0;  // Wireshark counts names of one letter so
  return name;
}

}  // namespace

// What a place leads to.
struct Names::Known {
  enum State : uint8_t { kUnread, kPending, kRead };
  const char* text = nullptr;  // of labels, once it was asked for
  uint32_t end = 0;            // as Name::end
  uint32_t label = 0;          // where the pointers from here lead to: a label or the end. While pending: the place before
  uint32_t stop = 0;           // where the name ends
  uint16_t pointers = 0;       // from here on; kMostPointers + 1: or more, or for ever
  uint16_t bytes = 0;          // of the name; kMostBytes + 1: or more
  uint16_t labels = 0, length = 0;  // … and of its text, if it is not too long
  State state = kUnread;
};

Names::Names(Arena& arena, const uint8_t* message, uint32_t size) : Names(arena, message, size, uint64_t{size} * 8 + 4096) {}

Name Names::at(uint32_t place) { return known_ || work_ > patience_ ? recall(place) : follow(place); }

Name Names::follow(const uint32_t place) {
  Name name;
  char text[kMostText];
  uint32_t at = place, length = 0, pointers = 0, bytes = 0, labels = 0;
  while (true) {
    name.lacks = at;
    ++work_;
    if (at >= size_) return name;
    const uint8_t n = p_[at];
    if (n == 0) {
      if (!pointers) name.end = at + 1;
      break;
    }
    if (is_pointer(n)) {
      if (at + 1 >= size_) return name.lacks = at + 1, name;
      if (!pointers) name.end = at + 2;
      if (++pointers > kMostPointers) return looped(name);
      if (work_ > patience_) return recall(place);
      at = target(p_ + at);
      continue;
    }
    if (!is_label(n)) return name.wrong = true, name;
    if (at + 1 + n > size_) return name.lacks = at + n, name;
    bytes += n + (labels++ != 0);
    if (bytes <= kMostBytes) {
      if (length) text[length++] = '.';
      for (uint32_t i = 0; i < n; ++i) length += write_letter(p_[at + 1 + i], text + length);
      work_ += n;
    }
    at += 1u + n;
  }
  if (bytes > kMostBytes) return named(name, "<Name too long>");
  if (!length) return named(name, "<Root>");
  if ((text_ += length) > kTextPerByte * size_) return counted(name, kNotShown, bytes, labels);
  return counted(name, arena_.keep({text, length}), bytes, labels);
}

Names::Known Names::at_end(uint32_t place) const {
  Known k;
  k.state = Known::kRead, k.label = k.stop = place;
  if (place < size_ && !p_[place]) k.end = place + 1;
  return k;
}

// Of labels that are known to end in a pointer.
uint32_t Names::behind_labels(uint32_t place) const {
  while (is_label(p_[place])) place += 1u + p_[place];
  return place + 2;
}

// Follows what nobody has followed yet, then goes back over it.
void Names::learn(uint32_t place) {
  constexpr uint32_t kNone = UINT32_MAX;
  uint32_t at = place, before = kNone;
  Known next;
  while (true) {
    ++work_;
    if (at >= size_) {
      next = at_end(at);
      break;
    }
    Known& k = known_[at];
    if (k.state == Known::kRead) {
      next = k;
      break;
    }
    if (k.state == Known::kPending) {  // a place of this very name
      next.pointers = kMostPointers + 1, next.bytes = kMostBytes + 1, next.end = behind_labels(at), next.label = at;
      break;
    }
    const uint8_t n = p_[at];
    const bool whole = is_pointer(n) ? at + 1 < size_ : is_label(n) && at + 1 + n <= size_;
    if (!whole) {
      next = k = at_end(at);
      break;
    }
    k.state = Known::kPending, k.label = before;
    before = at;
    at = is_pointer(n) ? target(p_ + at) : at + 1 + n;
  }
  while (before != kNone) {
    ++work_;
    Known& k = known_[before];
    const uint32_t earlier = k.label;
    const uint8_t n = p_[before];
    if (is_pointer(n)) {
      next.pointers = static_cast<uint16_t>(std::min<uint32_t>(next.pointers + 1u, kMostPointers + 1)), next.end = before + 2;
    } else {
      next.label = before;
      next.bytes = static_cast<uint16_t>(std::min<uint32_t>(next.bytes + n + (next.bytes != 0), kMostBytes + 1));
      if (next.bytes <= kMostBytes) {
        uint32_t length = next.length ? next.length + 1u : 0;
        for (uint32_t i = 0; i < n; ++i) length += width(p_[before + 1 + i]);
        work_ += n;
        next.length = static_cast<uint16_t>(length), ++next.labels;
      }
    }
    next.text = nullptr, next.state = Known::kRead;
    k = next;
    before = earlier;
  }
}

Name Names::recall(uint32_t place) {
  ++work_;
  if (!known_) {
    known_ = reinterpret_cast<Known*>(arena_.take(sizeof(Known) * size_t{size_}));
    std::uninitialized_fill_n(known_, size_, Known());
  }
  if (place < size_ && known_[place].state == Known::kUnread) learn(place);
  const Known k = place < size_ ? known_[place] : at_end(place);
  Name name;
  name.end = k.end;
  if (k.pointers > kMostPointers) return looped(name);
  name.lacks = k.stop;
  if (k.stop >= size_) return name;
  if (const uint8_t n = p_[k.stop]) {
    if (is_pointer(n)) ++name.lacks;
    else if (is_label(n)) name.lacks += n;
    else name.wrong = true;
    return name;
  }
  if (k.bytes > kMostBytes) return named(name, "<Name too long>");
  if (!k.length) return named(name, "<Root>");
  if ((text_ += k.length) > kTextPerByte * size_) return counted(name, kNotShown, k.bytes, k.labels);
  return counted(name, {text_of(k.label), k.length}, k.bytes, k.labels);
}

// The text of a name that begins with that label. Of a name that another ends in, the text is there already.
const char* Names::text_of(uint32_t label) {
  if (known_[label].text) return known_[label].text;
  char* const begin = arena_.take(known_[label].length);
  char* out = begin;
  while (true) {
    Known& k = known_[label];
    if (k.text) {
      std::memcpy(out, k.text, k.length);
      work_ += k.length;
      break;
    }
    k.text = out;
    const uint8_t n = p_[label];
    char letter[4];
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t wide = write_letter(p_[label + 1 + i], letter);
      out = std::copy_n(letter, wide, out);
    }
    work_ += 1u + n;
    label = known_[label + 1 + n].label;
    if (!known_[label].length) break;
    *out++ = '.';
  }
  return begin;
}

}  // namespace wiretail::dissect::dns
