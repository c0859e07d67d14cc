#include "dissect/protocols/dns_transaction.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "dissect/dissector.hpp"
#include "dissect/protocols/dns.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect::dns {
namespace {

constexpr unsigned kMostAnswers = 64;  // that a line shows

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kComplete: return "complete";
    case Outcome::kNoResponse: return "no_response";
    case Outcome::kOrphanResponse: return "orphan_response";
  }
  return "";
}

void Transaction::describe(Walk& walk, const Region& nothing) const {
  LayerRef* layer = walk.push(id::kDns, nothing, 0);
  if (!layer) return;
  auto* facts = walk.d.arena.make<Facts>();
  facts->transaction = this;
  layer->note = walk.d.keep_facts(facts);
}

void Transaction::read(Arena& arena, Bytes message, bool response) {
  const uint8_t* p = message.data();
  const auto size = static_cast<uint32_t>(message.size());
  if (size < 4) return;
  id = be16(p), flags = be16(p + 2);
  if (size < kHeader) return;
  if (response) answers = be16(p + 6);
  Names names(arena, p, size);
  uint32_t at = kHeader;
  for (uint32_t i = be16(p + 4), n = 0; i && n < kMaxRecords; --i, ++n) {
    Name q = names.at(at);
    if (!q.good || q.end + 4 > size) return;
    if (n == 0 && !has_question) name = q.text, type = be16(p + q.end), kind = be16(p + q.end + 2), has_question = true;
    at = q.end + 4;
  }
  if (!response) return;
  for (uint32_t i = std::min<uint32_t>(answers, kMostAnswers); i; --i) {
    Name owner = names.at(at);
    if (!owner.good || owner.end + 10 > size) return;
    const uint32_t data = owner.end + 10, length = be16(p + owner.end + 8);
    if (data + length > size) return;
    switch (be16(p + owner.end)) {
      case 1:
        if (length == 4) addresses.push_back(be32(p + data));
        break;
      case 5: {
        if (!length) break;
        Name target = names.at(data);
        if (target.good) aliases.emplace_back(target.text);
        break;
      }
      case 28:
        if (length == 16) std::memcpy(addresses6.emplace_back().data(), p + data, 16);
        break;
      default: break;
    }
    at = data + length;
  }
}

void Transactions::query(Arena& arena, Bytes message, const StreamContext& stream) {
  timeout_ = stream.settings->timers.transaction;
  if (pending_.size() >= stream.settings->limits.max_pending_requests) flush(stream.time, *stream.sink);
  auto t = std::make_unique<Transaction>();
  t->read(arena, message, false);
  t->has_query = true, t->query_in = stream.frame, t->query_time = stream.time;
  pending_.push_back(std::move(t));
}

void Transactions::repeated(uint16_t id) {
  for (auto& t : pending_)
    if (t->id == id) return void(++t->repeats);
}

void Transactions::response(Arena& arena, Bytes message, const StreamContext& stream) {
  const uint16_t id = message.size() < 2 ? 0 : be16(message.data());
  auto open = std::find_if(pending_.begin(), pending_.end(), [&](const auto& t) { return t->id == id; });
  auto t = open == pending_.end() ? std::make_unique<Transaction>() : std::move(*open);
  if (open != pending_.end()) pending_.erase(open);
  t->read(arena, message, true);
  t->has_response = true, t->response_in = stream.frame, t->response_time = stream.time;
  t->outcome = t->has_query ? Outcome::kComplete : Outcome::kOrphanResponse;
  stream.sink->transaction(ConnectionEvent::Kind::kDns, stream.time, std::move(t));
}

void Transactions::flush(Time at, TransactionSink& sink) {
  while (!pending_.empty()) {
    auto t = std::move(pending_.front());
    pending_.erase(pending_.begin());
    t->outcome = Outcome::kNoResponse;
    sink.transaction(ConnectionEvent::Kind::kDns, at, std::move(t));
  }
}

Stamp Transactions::deadline() const {
  if (pending_.empty() || !timeout_) return {};
  return pending_.front()->query_time + Time::of_milliseconds(timeout_);
}

void Transactions::expire(Time now, TransactionSink& sink) {
  while (!pending_.empty() && timeout_) {
    const Time at = deadline().time();
    if (now < at) return;
    auto t = std::move(pending_.front());
    pending_.erase(pending_.begin());
    t->outcome = Outcome::kNoResponse;
    sink.transaction(ConnectionEvent::Kind::kDns, at, std::move(t));
  }
}

}  // namespace wiretail::dissect::dns
