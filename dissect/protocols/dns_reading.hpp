// A DNS message under reading: what the files that read its fields share. Nothing is read behind the message's end.
#pragma once
#include "dissect/protocols/dns.hpp"

namespace wiretail::dissect::dns {

// `prefix` bytes stand before the message in the layer.
struct Message {
  Emit& emit;
  Names& names;
  const uint8_t* p;
  uint32_t size, prefix;
};

class Reading {
 public:
  explicit Reading(const Message& message) : emit_(message.emit), names_(message.names), p_(message.p), size_(message.size), prefix_(message.prefix) {}
  // What ended the reading is wrong, not only cut off by the snapshot length.
  bool wrong() const { return wrong_; }

 protected:
  Name name_at(uint32_t at) {
    Name n = names_.at(at);
    if (!n.good) wrong_ = n.wrong || n.lacks >= emit_.layer().end - emit_.layer().offset - prefix_;
    return n;
  }
  void number(unsigned row, uint32_t at, uint32_t width) { emit_.number(row, read_uint(p_ + at, width), prefix_ + at, width); }
  void put(unsigned row, const Name& n, uint32_t at) { emit_.put(row, Value::of_text(n.text), prefix_ + at, n.end - at); }
  bool there(uint64_t end) const { return end <= size_; }
  Message message() const { return {emit_, names_, p_, size_, prefix_}; }

  Emit& emit_;
  Names& names_;
  const uint8_t* p_;
  uint32_t size_, prefix_;
  bool wrong_ = false;
};

// The data [at, at + length) of a record (dns_records.cpp). False: the message ends too early; `wrong` says whether that is its fault.
bool record_data(const Message& message, uint16_t type, uint32_t at, uint32_t length, bool& wrong);

}  // namespace wiretail::dissect::dns
