#include "dissect/protocols/tls_records.hpp"

#include "dissect/bytes.hpp"
#include "dissect/dissection.hpp"

namespace wiretail::dissect::tls {
namespace {

constexpr uint32_t kHeader = 5;
constexpr uint32_t kMostContent = 16384 + 2048;

constexpr uint8_t kFirstType = 20, kLastType = 24, kConnectionId = 25;  // RFC 9146
bool known_type(uint8_t type) { return type >= kFirstType && type <= kLastType; }
bool is_record(const uint8_t* p) { return known_type(p[0]) && p[1] == 3 && p[2] <= 4 && be16(p + 3) <= kMostContent; }

struct State : AppState {
  size_t bytes() const override { return sizeof *this; }
  // By direction: what came last was a record. As long as that is so Wireshark looks at nothing but the type.
  bool in_step[2] = {false, false};
};

// As many whole records as there are; bytes that are none run to the segment's end.
Pdu measure(StreamContext& stream, Bytes data) {
  auto& state = static_cast<State&>(*stream.state);
  const auto size = static_cast<uint32_t>(data.size());
  uint32_t at = 0;
  while (at < size) {
    const uint8_t* p = data.data() + at;
    const uint32_t left = size - at;
    if (left < kHeader) return at ? Pdu{Pdu::Kind::kComplete, at} : Pdu{Pdu::Kind::kNeed, 0};
    bool& in_step = state.in_step[stream.direction & 1];
    if (!(in_step ? p[0] >= kFirstType && p[0] <= kConnectionId : is_record(p))) return in_step = false, Pdu{Pdu::Kind::kComplete, size};
    const uint32_t length = kHeader + be16(p + 3);
    if (left < length) return at ? Pdu{Pdu::Kind::kComplete, at} : Pdu{Pdu::Kind::kNeed, length};
    in_step = true;
    at += length;
  }
  return {Pdu::Kind::kComplete, at};
}

}  // namespace

const StreamDef kRecords = {.make = [] { return std::unique_ptr<AppState>(std::make_unique<State>()); }, .measure = measure};

bool looks_like(const Dissection& d, const Region& r) {
  const uint8_t* p = d.buffer(r.buffer).data() + r.offset;
  return r.captured() >= kHeader && is_record(p) && be16(p + 3);
}

}  // namespace wiretail::dissect::tls
