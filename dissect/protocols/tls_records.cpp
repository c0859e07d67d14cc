#include "dissect/protocols/tls_records.hpp"

#include "dissect/bytes.hpp"
#include "dissect/dissection.hpp"

namespace wiretail::dissect::tls {
namespace {

constexpr uint32_t kHeader = 5;
constexpr uint32_t kMostContent = 16384 + 2048;

bool known_type(uint8_t type) { return type >= 20 && type <= 24; }
bool is_record(const uint8_t* p) { return known_type(p[0]) && p[1] == 3 && p[2] <= 4 && be16(p + 3) <= kMostContent; }

struct State : AppState {
  size_t bytes() const override { return sizeof *this; }
  bool seen = false;  // a record: from then on Wireshark looks at nothing but the type
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
    if (!(state.seen ? known_type(p[0]) : is_record(p))) return {Pdu::Kind::kComplete, size};
    const uint32_t length = kHeader + be16(p + 3);
    if (left < length) return at ? Pdu{Pdu::Kind::kComplete, at} : Pdu{Pdu::Kind::kNeed, length};
    state.seen = true;
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
