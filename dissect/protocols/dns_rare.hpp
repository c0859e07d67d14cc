// What resource records hold that are seldom seen and more than a list of numbers and names. Used by dns_records.cpp.
#pragma once
#include "dissect/protocols/dns_reading.hpp"

namespace wiretail::dissect::dns {

bool is_rare(uint16_t type);
// The data [at, end) of a record of that type. False: the message ends too early; `lacks` is then the place that is not there.
bool rare_record(const Message& message, uint16_t type, uint32_t at, uint32_t end, uint32_t& lacks);

}  // namespace wiretail::dissect::dns
