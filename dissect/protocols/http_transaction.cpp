#include "dissect/protocols/http_transaction.hpp"

#include <algorithm>
#include <utility>

#include "dissect/dissector.hpp"
#include "dissect/protocols/http.hpp"
#include "dissect/walk.hpp"

namespace wiretail::dissect::http {

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kComplete: return "complete";
    case Outcome::kNoResponse: return "no_response";
    case Outcome::kOrphanResponse: return "orphan_response";
    case Outcome::kAborted: return "aborted";
    case Outcome::kUpgraded: return "upgraded";
    case Outcome::kGap: return "gap";
  }
  return "";
}

void Transaction::describe(Walk& walk, const Region& nothing) const {
  LayerRef* layer = walk.push(id::kHttp, nothing, 0);
  if (!layer) return;
  auto* facts = new (walk.d.arena.take(sizeof(Facts) + alignof(std::max_align_t))) Facts();
  facts->transaction = this;
  layer->note = walk.d.keep_facts(facts);
}

void Transactions::request(const Head& head, std::string_view full_uri, uint64_t body, const StreamContext& stream) {
  const Limits& limits = stream.settings->limits;
  timeout_ = stream.settings->timers.transaction;
  if (pending_.size() >= limits.max_pending_requests) flush(Outcome::kNoResponse, stream.time, *stream.sink);
  auto t = early_ ? std::move(early_) : std::make_unique<Transaction>();
  t->has_request = true;
  t->method = head.start.method, t->uri = head.start.uri, t->version = head.start.version;
  t->host = head.host, t->user_agent = head.user_agent, t->referer = head.referer, t->full_uri = full_uri;
  t->request_number = ++requests_;
  t->request_in = stream.frame, t->request_time = stream.time, t->request_body = body;
  t->direction = stream.direction;
  t->connect = head.start.method == "CONNECT";
  if (info_code_) t->info_code = std::exchange(info_code_, uint16_t{0});
  if (t->has_response) {
    t->early = true;
    Outcome outcome = t->gap ? Outcome::kGap : Outcome::kComplete;
    return finish(std::move(t), outcome, stream.time, *stream.sink);
  }
  pending_.push_back(std::move(t));
  stream.sink->waiting(1);
}

void Transactions::add_response(Transaction& t, const Head& head, uint64_t body, const StreamContext& stream) {
  t.has_response = true;
  t.response_version = head.start.version, t.phrase = head.start.phrase, t.content_type = head.content_type;
  t.code = head.start.code, t.has_code = head.start.has_code, t.has_phrase = head.start.has_phrase;
  t.response_number = ++responses_;
  t.response_in = stream.frame, t.response_time = stream.time, t.first_byte = stream.first_time, t.response_body = body;
  t.has_body_sizes = !stream.settings->http_at_headers;
}

void Transactions::response(const Head& head, uint64_t body, bool request_open, const StreamContext& stream) {
  bool interim = head.start.code / 100 == 1 && head.start.code != 101;
  if (interim) {
    if (pending_.empty()) info_code_ = head.start.code;
    else pending_.front()->info_code = head.start.code;
    return;
  }
  if (pending_.empty()) {
    auto t = std::make_unique<Transaction>();
    t->direction = !stream.direction;
    add_response(*t, head, body, stream);
    if (request_open && !early_) {
      early_ = std::move(t);
      return;
    }
    return finish(std::move(t), Outcome::kOrphanResponse, stream.time, *stream.sink);
  }
  auto t = take(*stream.sink);
  add_response(*t, head, body, stream);
  bool upgraded = t->code == 101 || (t->connect && t->code / 100 == 2);
  Outcome outcome = t->gap ? Outcome::kGap : upgraded ? Outcome::kUpgraded : Outcome::kComplete;
  finish(std::move(t), outcome, stream.time, *stream.sink);
}

std::unique_ptr<Transaction> Transactions::take(TransactionSink& sink) {
  sink.waiting(-1);
  auto t = std::move(pending_.front());
  pending_.erase(pending_.begin());
  return t;
}

void Transactions::finish(std::unique_ptr<Transaction> t, Outcome outcome, Time at, TransactionSink& sink) {
  t->outcome = outcome;
  sink.transaction(ConnectionEvent::Kind::kHttp, at, std::move(t));
}

void Transactions::flush(Outcome outcome, Time at, TransactionSink& sink) {
  while (!pending_.empty()) finish(take(sink), outcome, at, sink);
}

// A response that had begun makes its transaction an aborted one; what it said so far is kept.
void Transactions::end(const StreamEnd& how, TransactionSink& sink) {
  if (early_) finish(std::move(early_), Outcome::kOrphanResponse, how.at, sink);
  if (!pending_.empty()) {
    std::string_view held = text_of(how.held[!pending_.front()->direction]);
    if (held.starts_with("\r\n")) held.remove_prefix(2);
    if (!held.empty()) {
      auto t = take(sink);
      Head head = read_head(held);
      if (head.response() && head.first_ended) {
        t->response_version = head.start.version, t->phrase = head.start.phrase, t->content_type = head.content_type;
        t->code = head.start.code, t->has_code = head.start.has_code, t->has_phrase = head.start.has_phrase;
        t->response_body = held.size() + how.counted[!t->direction] - head.length;
      }
      finish(std::move(t), Outcome::kAborted, how.at, sink);
    }
  }
  flush(Outcome::kNoResponse, how.at, sink);
}

void Transactions::lost(uint8_t direction, bool held, Time at, TransactionSink& sink) {
  if (pending_.empty()) return;
  if (pending_.front()->direction == direction) return;  // of a request that is not complete
  if (held) finish(take(sink), Outcome::kGap, at, sink);
  else pending_.front()->gap = true;
}

Stamp Transactions::deadline() const {
  if (pending_.empty() || !timeout_) return {};
  return pending_.front()->request_time + Time::of_milliseconds(timeout_);
}

void Transactions::expire(Time now, TransactionSink& sink) {
  while (!pending_.empty() && timeout_) {
    Time at = deadline();
    if (now < at) return;
    finish(take(sink), Outcome::kNoResponse, at, sink);
  }
}

}  // namespace wiretail::dissect::http
