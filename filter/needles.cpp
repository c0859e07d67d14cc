#include "filter/needles.hpp"

#include <bit>
#include <cstring>

namespace wiretail::filter {

void Needles::add(std::string_view needle) {
  std::string folded(needle);
  for (char& c : folded) c = static_cast<char>(fold(static_cast<uint8_t>(c)));
  shortest_ = std::min(shortest_, folded.size()), longest_ = std::max(longest_, folded.size());
  needles_.push_back(std::move(folded));
}

bool Needles::build() {
  if (needles_.empty()) return true;
  // Bytes that no needle has share class 0.
  for (const std::string& n : needles_)
    for (char c : n) {
      uint16_t& id = class_of_[static_cast<uint8_t>(c)];
      if (!id) id = static_cast<uint16_t>(classes_++);
    }
  for (unsigned b = 'A'; b <= 'Z'; ++b) class_of_[b] = class_of_[b | 0x20];

  size_t states = 1;
  for (const std::string& n : needles_) states += n.size();
  if (states * classes_ > kMaxCells) return false;

  // The trie; then breadth first, failure transitions written into the same table.
  next_.assign(classes_, kNone);
  std::vector<uint32_t> end_of(needles_.size());
  uint32_t count = 1;
  for (size_t k = 0; k < needles_.size(); ++k) {
    uint32_t state = 0;
    for (char c : needles_[k]) {
      size_t cell = size_t{state} * classes_ + class_of_[static_cast<uint8_t>(c)];
      if (next_[cell] == kNone) {
        next_[cell] = count++;
        next_.resize(next_.size() + classes_, kNone);
      }
      state = next_[cell];
    }
    end_of[k] = state;
  }
  outputs_begin_.assign(count + 1, 0);
  for (uint32_t s : end_of) ++outputs_begin_[s + 1];
  for (uint32_t s = 0; s < count; ++s) outputs_begin_[s + 1] += outputs_begin_[s];
  outputs_.resize(needles_.size());
  std::vector<uint32_t> place(outputs_begin_.begin(), outputs_begin_.end() - 1);
  for (uint32_t k = 0; k < end_of.size(); ++k) outputs_[place[end_of[k]]++] = k;

  std::vector<uint32_t> failure(count, 0), queue;
  queue.reserve(count);
  hit_.assign(count, kNone), outer_.assign(count, kNone);
  for (uint32_t c = 0; c < classes_; ++c) {
    uint32_t& child = next_[c];
    if (child == kNone) child = 0;
    else queue.push_back(child);
  }
  for (size_t i = 0; i < queue.size(); ++i) {
    uint32_t s = queue[i];
    bool ends = outputs_begin_[s] != outputs_begin_[s + 1];
    outer_[s] = hit_[failure[s]];
    hit_[s] = ends ? s : outer_[s];
    for (uint32_t c = 0; c < classes_; ++c) {
      uint32_t& child = next_[size_t{s} * classes_ + c];
      uint32_t fallback = next_[size_t{failure[s]} * classes_ + c];
      if (child == kNone) {
        child = fallback;
      } else {
        failure[child] = fallback;
        queue.push_back(child);
      }
    }
  }

  if (shortest_ < kGram) return true;
  // A needle that occurs covers every place of a stride; its three bytes there are in the bitmap.
  stride_ = std::min<size_t>(shortest_ - kGram + 1, 16);
  grams_.assign(kBits / 64, 0);
  for (const std::string& n : needles_)
    for (size_t i = 0; i < stride_; ++i) {
      size_t g = gram(three_at(reinterpret_cast<const uint8_t*>(n.data()) + i));
      grams_[g >> 6] |= uint64_t{1} << (g & 63);
    }
  return true;
}

size_t Needles::next_sample(const uint8_t* data, size_t size, size_t at) const {
  for (; at + sizeof(uint32_t) <= size; at += stride_) {
    uint32_t four;
    std::memcpy(&four, data + at, sizeof four);
    if constexpr (std::endian::native == std::endian::big) four = __builtin_bswap32(four);
    if (known(four)) return at;  // the fourth byte is shifted out
  }
  return at + kGram <= size && known(three_at(data + at)) ? at : size;
}

}  // namespace wiretail::filter
