// Names in a DNS message, RFC 1035 §4.1.4. Where they stand, how often and what their compression pointers lead through is
// the sender's choice: the work for all names of a message, and their text, are bounded by its size. Capture thread.
#pragma once
#include <cstdint>
#include <string_view>

namespace wiretail::dissect {
class Arena;
}
namespace wiretail::dissect::dns {

struct Name {
  std::string_view text;  // as Wireshark writes it: dots between labels, "<Root>" for none
  uint32_t length = 0;    // of the name itself, without escapes
  uint32_t labels = 1;
  uint32_t end = 0;       // behind the name where it stands
  bool good = false;      // false: it runs out of the message …
  bool wrong = false;     // … or has a label of a kind that there is not
  uint32_t lacks = 0;     // the place that it needed and that is not there
};

// The names of one message, for one reading of it. A name is followed label by label and pointer by pointer until more was
// done than an ordinary message asks for; from then on what each place leads to is remembered (in the packet's arena), and no
// place is followed twice. Of either way the names are the same.
class Names {
 public:
  // Bytes of text for each byte of the message. As many as names of 255 bytes need, where two of them stand in every record.
  static constexpr uint64_t kTextPerByte = 64;
  static constexpr std::string_view kNotShown = "<Name not shown>";  // there was more text: length and labels are the name's

  Names(Arena& arena, const uint8_t* message, uint32_t size);
  // `patience`: how much is done before anything is remembered.
  Names(Arena& arena, const uint8_t* message, uint32_t size, uint64_t patience) : arena_(arena), p_(message), size_(size), patience_(patience) {}

  Name at(uint32_t place);
  // Bytes of labels and pointers, places and letters that were looked at.
  uint64_t work() const { return work_; }

 private:
  struct Known;
  Name follow(uint32_t place);
  Name recall(uint32_t place);
  void learn(uint32_t place);
  const char* text_of(uint32_t label);
  Known at_end(uint32_t place) const;
  uint32_t behind_labels(uint32_t place) const;

  Arena& arena_;
  const uint8_t* p_;
  uint32_t size_;
  uint64_t patience_, work_ = 0, text_ = 0;
  Known* known_ = nullptr;  // for each byte of the message; null: nothing is remembered yet
};

}  // namespace wiretail::dissect::dns
