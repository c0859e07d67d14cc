// A connection's history as Zeek writes it (events.md A1): upper case what the originator did, lower case the responder.
// Fixed room: repeating events are written at the 1st, 10th, 100th … time, so a full one says little that is new.
#pragma once
#include <cstdint>
#include <string_view>

namespace wiretail::dissect {

class History {
 public:
  static constexpr unsigned kRoom = 27;
  std::string_view text() const { return {text_, size_}; }
  // Once per direction.
  void once(char letter, int direction) {
    uint32_t bit = 1u << (letter == '^' ? 26 : letter - 'A');
    if (seen_[direction] & bit) return;
    seen_[direction] |= bit;
    add(letter, direction);
  }
  void add(char letter, int direction) {
    if (size_ < kRoom) text_[size_++] = direction && letter != '^' ? static_cast<char>(letter | 0x20) : letter;
  }
  bool has(char letter, int direction) const { return seen_[direction] >> (letter - 'A') & 1; }
  void mark(char letter, int direction) { seen_[direction] |= 1u << (letter - 'A'); }
  // Roles change: letters swap case, and a '^' begins the line.
  void flip() {
    for (unsigned i = 0; i < size_; ++i)
      if (text_[i] != '^') text_[i] = static_cast<char>(text_[i] ^ 0x20);
    uint32_t other = seen_[0];
    seen_[0] = seen_[1], seen_[1] = other;
    if (size_ < kRoom) {
      for (unsigned i = size_; i > 0; --i) text_[i] = text_[i - 1];
      text_[0] = '^', ++size_;
    }
  }
  // 1st, 10th, 100th … of its kind.
  static bool worth_writing(uint32_t count) {
    while (count % 10 == 0 && count) count /= 10;
    return count == 1;
  }

 private:
  char text_[kRoom] = {};
  uint8_t size_ = 0;
  uint32_t seen_[2] = {0, 0};
};

}  // namespace wiretail::dissect
