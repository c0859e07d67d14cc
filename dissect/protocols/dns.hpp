// Domain Name System messages: what the files of DNS share. RFC 1035 §4. Capture thread.
#pragma once
#include <string_view>
#include <vector>

#include "dissect/dissection.hpp"
#include "dissect/protocols/dns_name.hpp"
#include "dissect/protocols/dns_rows.hpp"
#include "dissect/protocols/dns_transaction.hpp"
#include "dissect/stream.hpp"

namespace wiretail::dissect {
struct Columns;
}
namespace wiretail::dissect::dns {

inline constexpr uint32_t kHeader = 12;
inline constexpr unsigned kMaxRecords = 13'107;  // of one message, as many as 64 KiB hold: its counts are an attacker's

// What the walk learnt from the connection.
struct Facts {
  uint64_t response_to = 0, retransmit_of = 0;  // packets; 0: none
  Time time;
  bool response = false, unsolicited = false;
  uint16_t prefix = 0;  // bytes before the message: the length over TCP
  const Transaction* transaction = nullptr;  // of a transaction's event: only this
};
inline const Facts* facts_of(const Dissection& d, const LayerRef& l) { return l.note ? static_cast<const Facts*>(d.app_facts[l.note - 1]) : nullptr; }

// Lines of -V (dns_lines.cpp): "a.b: type A, class IN, addr 10.0.0.1". A record's header (10 bytes from its type on) is there.
void append_question(std::string& out, const Name& name, uint16_t type, uint16_t kind, bool multicast);
void append_record(std::string& out, Names& names, const uint8_t* message, uint32_t size, const Name& owner, uint32_t header, bool multicast);
void append_class(std::string& out, uint16_t kind, bool multicast);
void append_mapped_type(std::string& out, uint16_t type);
void details(Emit& emit);
void columns(const Dissection& d, const LayerRef& l, Columns& c);
void head(const Dissection& d, const LayerRef& l, std::string& out);

}  // namespace wiretail::dissect::dns
