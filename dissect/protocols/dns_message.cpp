// The fields of a DNS message but for what its records hold: header, questions, records' heads, and what pairing says.
// Reading ends where the message does: what is read there is damage, as in Wireshark.
#include <algorithm>
#include <string>

#include "dissect/format.hpp"
#include "dissect/lines.hpp"
#include "dissect/protocols/dns_reading.hpp"

namespace wiretail::dissect::dns {
namespace {

class Reader : public Reading {
 public:
  Reader(const Message& message, const Facts& facts, bool multicast, bool link_local) : Reading(message), facts_(facts), multicast_(multicast), link_local_(link_local) {}

  // False: the message ends too early.
  bool run() {
    if (prefix_) emit_.number(kLength, be16(emit_.at(0)), 0, 2);
    if (size_ < 4) return false;
    number(kId, 0, 2);
    flags();
    for (uint32_t i = 0; i < 4; ++i)
      if (size_ < 6 + 2 * i) return false;
      else number(count_row(i), 4 + 2 * i, 2);
    if (size_ < kHeader) return false;
    uint32_t at = kHeader;
    unsigned records = 0;
    for (uint32_t section = 4; section <= 10; section += 2) {
      const uint32_t count = be16(p_ + section);
      if (count) emit_.branch(section_name(section / 2 - 2));
      Emit::Below below(emit_);
      for (uint32_t i = count; i && records < kMaxRecords; --i, ++records)
        if (!(section == 4 ? question(at) : record(at))) return false;
    }
    pairing();
    if (at < size_) {
      if (emit_.showing()) {
        std::string line = "Extraneous Data (";
        append_uint(line, size_ - at), line += size_ - at == 1 ? " byte)" : " bytes)";
        emit_.branch(line);
      }
      Emit::Below below(emit_);
      emit_.bytes(kExtraneousData, prefix_ + at, size_ - at);
      emit_.signed_number(kExtraneousLength, size_ - at);
      emit_.expert(kExtraneous, severity::kWarning, group::kUndecoded, "Extraneous data");
    }
    return true;
  }

 private:
  bool update() const { return (be16(p_ + 2) >> 11 & 15) == 5; }
  std::string_view section_name(uint32_t i) const {
    static constexpr std::string_view kUsual[] = {"Queries", "Answers", "Authoritative nameservers", "Additional records"}, kUpdate[] = {"Zone", "Prerequisites", "Updates", "Additional records"};
    return update() ? kUpdate[i] : kUsual[i];
  }
  Row count_row(uint32_t i) const {
    static constexpr Row kUsual[] = {kCountQueries, kCountAnswers, kCountAuthRr, kCountAddRr}, kUpdate[] = {kCountZones, kCountPrerequisites, kCountUpdates, kCountAddRr};
    return update() ? kUpdate[i] : kUsual[i];
  }

  void note() {
    std::string message = facts_.response ? "DNS response retransmission. Original response in frame " : "DNS query retransmission. Original request in frame ";
    append_uint(message, facts_.retransmit_of);
    emit_.expert(facts_.response ? kRetransmitResponse : kRetransmitRequest, severity::kWarning, group::kProtocol, message);
  }

  void flags() {
    uint16_t f = be16(p_ + 2);
    bool response = f & 0x8000;
    emit_.number(kFlags, f, prefix_ + 2, 2);
    if (emit_.showing()) {
      std::string_view operation = value_name(kOpcodes, f >> 11 & 15), error = value_name(kRcodes, f & 15);
      std::string line = " ";
      line += operation.empty() ? "Unknown operation" : operation;
      if (response) line += " response, ", line += error.empty() ? "Unknown error" : error;
      emit_.remark(line);
    }
    emit_.push();
    auto flag = [&](unsigned row, unsigned shift, unsigned mask = 1) { emit_.number(row, f >> shift & mask, prefix_ + 2, 2); };
    flag(kFlagsResponse, 15), flag(kFlagsOpcode, 11, 15);
    if (link_local_) {
      flag(kFlagsConflict, 10), flag(kFlagsTruncated, 9), flag(kFlagsTentative, 8);
    } else {
      if (response) flag(kFlagsAuthoritative, 10);
      flag(kFlagsTruncated, 9), flag(kFlagsRecdesired, 8);
      if (response) flag(kFlagsRecavail, 7);
      flag(kFlagsZ, 6);
      if (response || f & 0x20) flag(kFlagsAuthenticated, 5);
      if (!response && f & 0x20 && emit_.showing()) {  // RFC 6840 §5.7: in a query it asks
        std::string line;
        append_bit_row(line, f, 0x20, 16);
        emit_.shown(line + "AD bit: Set");
      }
      flag(kFlagsCheckdisable, 4);
    }
    if (response) flag(kFlagsRcode, 0, 15);
    emit_.pop();
  }

  void pairing() {
    if (facts_.retransmit_of) {
      note();
      emit_.number(kRetransmission, 1);
      emit_.number(facts_.response ? kRetransmitResponseIn : kRetransmitRequestIn, facts_.retransmit_of);
    }
    if (facts_.response_to) {
      emit_.number(kResponseTo, facts_.response_to);
      emit_.time(kTime, facts_.time);
    }
    if (facts_.unsolicited) emit_.number(kUnsolicited, 1);
  }

  // Of multicast names the first bit is another field's.
  void masked_class(uint16_t kind) {
    if (!multicast_ || !emit_.showing()) return;
    std::string line;
    append_bit_row(line, kind, 0x7fff, 16);
    line += "Class: ", append_class(line, kind, true), line += " (0x", append_hex(line, kind & 0x7fffu, 4), line += ')';
    emit_.shown(line);
  }

  bool question(uint32_t& at) {
    Name n = name_at(at);
    if (!n.good || !there(n.end + 4)) return false;
    if (emit_.showing()) {
      std::string line;
      append_question(line, n, be16(p_ + n.end), be16(p_ + n.end + 2), multicast_);
      emit_.branch(line);
    }
    emit_.push();
    put(kQryName, n, at);
    emit_.number(kQryNameLen, n.length, prefix_ + at, n.end - at);
    emit_.number(kCountLabels, n.labels, prefix_ + at, n.end - at);
    number(kQryType, n.end, 2);
    uint16_t kind = be16(p_ + n.end + 2);
    emit_.number(kQryClass, multicast_ ? kind & 0x7fff : kind, prefix_ + n.end + 2, 2), masked_class(kind);
    if (multicast_) emit_.number(kQryQu, kind >> 15, prefix_ + n.end + 2, 2);
    emit_.pop();
    at = n.end + 4;
    return true;
  }

  bool record(uint32_t& at) {
    Name owner = name_at(at);
    if (!owner.good || !there(owner.end + 10)) return false;
    uint32_t h = owner.end, data = h + 10, length = be16(p_ + h + 8);
    uint16_t type = be16(p_ + h), kind = be16(p_ + h + 2);
    if (!there(data + length)) return false;
    if (emit_.showing()) {
      std::string line;
      append_record(line, names_, p_, size_, owner, h, multicast_);
      emit_.branch(line);
    }
    emit_.push();
    if (type == 33) service(owner, at);
    else put(kRespName, owner, at);
    number(kRespType, h, 2);
    if (type == 41) {
      emit_.number(multicast_ ? kRrUdpPayloadSizeMulticast : kRrUdpPayloadSize, multicast_ ? kind & 0x7fff : kind, prefix_ + h + 2, 2);
      if (multicast_) emit_.number(kRespCacheFlush, kind >> 15, prefix_ + h + 2, 2);
      number(kRespExtRcode, h + 4, 1), number(kRespEdns0Version, h + 5, 1), number(kRespZ, h + 6, 2);
      Emit::Below below(emit_);
      emit_.number(kRespZDo, p_[h + 6] >> 7, prefix_ + h + 6, 2), emit_.number(kRespZReserved, be16(p_ + h + 6) & 0x7fff, prefix_ + h + 6, 2);
    } else {
      emit_.number(kRespClass, multicast_ ? kind & 0x7fff : kind, prefix_ + h + 2, 2), masked_class(kind);
      if (multicast_) emit_.number(kRespCacheFlush, kind >> 15, prefix_ + h + 2, 2);
      number(kRespTtl, h + 4, 4);
      if (p_[h + 4] & 0x80) emit_.expert(kTtlHighBit, severity::kWarning, group::kProtocol);
    }
    number(kRespLen, h + 8, 2);
    const bool good = !length || record_data(message(), type, data, length, wrong_);  // of no length, nothing is read
    emit_.pop();
    at = data + length;
    return good && there(at);
  }

  // RFC 2782: the owner of an SRV record is service, protocol and name.
  void service(const Name& owner, uint32_t at) {
    std::string_view left = owner.text;
    for (Row row : {kSrvService, kSrvProto, kSrvName}) {
      std::string_view part = row == kSrvName ? left : left.substr(0, left.find('.'));
      if (!part.empty()) emit_.put(row, Value::of_text(part), prefix_ + at, owner.end - at);
      left.remove_prefix(std::min(left.size(), part.size() + 1));
    }
  }

  const Facts& facts_;
  bool multicast_, link_local_;
};

void transaction(Emit& emit, const Transaction& t) {
  emit.number(kId, t.id);
  if (t.has_response) emit.number(kFlagsAuthoritative, t.flags >> 10 & 1), emit.number(kFlagsTruncated, t.flags >> 9 & 1), emit.number(kFlagsRcode, t.flags & 15);
  if (t.has_question) {
    if (emit.wants(kQryName)) emit.put(kQryName, Value::of_text(t.name), 0, 0);
    emit.number(kQryType, t.type), emit.number(kQryClass, t.kind);
  }
  if (t.has_response) emit.number(kCountAnswers, t.answers);
  if (emit.wants(kCname))
    for (const std::string& alias : t.aliases) emit.put(kCname, Value::of_text(alias), 0, 0);
  for (uint32_t address : t.addresses) emit.number(kA, address);
  for (const auto& address : t.addresses6) emit.put(kAaaa, Value::of_bytes(address), 0, 0);
  if (t.has_query) emit.number(kResponseTo, t.query_in);
  if (t.has_response) emit.number(kResponseIn, t.response_in);
  if (t.has_query && t.has_response) emit.time(kTime, t.response_time < t.query_time ? Time{} : t.response_time - t.query_time);
  if (t.repeats) emit.number(kRepeats, t.repeats);
  emit.text(kOutcome, outcome_name(t.outcome));
}

}  // namespace

void details(Emit& emit) {
  const LayerRef& l = emit.layer();
  const Facts* facts = facts_of(emit.packet(), l);
  if (facts && facts->transaction) return transaction(emit, *facts->transaction);
  if (!facts || emit.data().size() < 2u + facts->prefix) return;
  bool cut = l.cap_end < l.end;
  const uint32_t size = static_cast<uint32_t>(emit.data().size()) - facts->prefix;
  Names names(emit.packet().arena, emit.at(facts->prefix), size);
  Reader reader({emit, names, emit.at(facts->prefix), size, facts->prefix}, *facts, l.proto == id::kMdns, l.proto == id::kLlmnr);
  if (!reader.run()) emit.damage(cut && !reader.wrong() ? kShort : kMalformed);
}

}  // namespace wiretail::dissect::dns
