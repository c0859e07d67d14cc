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

void Transaction::set(Part p, std::string_view value) {
  places[static_cast<size_t>(p)] = {static_cast<uint32_t>(text.size()), static_cast<uint32_t>(value.size())};
  text += value;
}

void Transaction::set_request(const Head& head) {
  constexpr size_t kResponse = 64;  // room for what mostly follows
  text.reserve(text.size() + head.start.method.size() + head.start.uri.size() + head.start.version.size() + head.host.size() + head.user_agent.size() + head.referer.size() + kResponse);
  set(Part::kMethod, head.start.method), set(Part::kUri, head.start.uri), set(Part::kVersion, head.start.version);
  set(Part::kHost, head.host), set(Part::kUserAgent, head.user_agent), set(Part::kReferer, head.referer);
  has_request = true, has_host = head.has_host;
}

void Transaction::set_response(const Head& head) {
  set(Part::kResponseVersion, head.start.version), set(Part::kPhrase, head.start.phrase), set(Part::kContentType, head.content_type);
  code = head.start.code, has_code = head.start.has_code, has_phrase = head.start.has_phrase;
}

Transactions::~Transactions() {
  while (oldest_) oldest_ = std::move(oldest_->next);
}

void Transactions::request(const Head& head, uint64_t body, const StreamContext& stream) {
  const Limits& limits = stream.settings->limits;
  timeout_ = static_cast<uint32_t>(std::min<uint64_t>(stream.settings->timers.transaction, UINT32_MAX));
  if (waiting_ >= limits.max_pending_requests) flush(Outcome::kNoResponse, stream.time, *stream.sink);
  auto t = early_ ? std::move(early_) : std::make_unique<Transaction>();
  t->set_request(head);
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
  ++waiting_;
  Transaction* last = t.get();
  (oldest_ ? newest_->next : oldest_) = std::move(t);
  newest_ = last;
  stream.sink->waiting(1);
}

void Transactions::add_response(Transaction& t, const Head& head, uint64_t body, const StreamContext& stream) {
  t.has_response = true;
  t.set_response(head);
  t.response_number = ++responses_;
  t.response_in = stream.frame, t.response_time = stream.time, t.first_byte = stream.first_time, t.response_body = body;
  t.has_body_sizes = !stream.settings->http_at_headers;
}

void Transactions::response(const Head& head, uint64_t body, bool request_open, const StreamContext& stream) {
  bool interim = head.start.code / 100 == 1 && head.start.code != 101;
  if (interim) {
    if (!oldest_) info_code_ = head.start.code;
    else oldest_->info_code = head.start.code;
    return;
  }
  if (!oldest_) {
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
  auto t = std::move(oldest_);
  oldest_ = std::move(t->next);
  --waiting_;
  return t;
}

void Transactions::finish(std::unique_ptr<Transaction> t, Outcome outcome, Time at, TransactionSink& sink) {
  t->outcome = outcome;
  sink.transaction(ConnectionEvent::Kind::kHttp, at, std::move(t));
}

void Transactions::flush(Outcome outcome, Time at, TransactionSink& sink) {
  while (oldest_) finish(take(sink), outcome, at, sink);
}

// A response that had begun makes its transaction an aborted one; what it said so far is kept.
void Transactions::end(const StreamEnd& how, TransactionSink& sink) {
  if (early_) finish(std::move(early_), Outcome::kOrphanResponse, how.at, sink);
  if (oldest_) {
    std::string_view held = text_of(how.held[!oldest_->direction]);
    if (held.starts_with("\r\n")) held.remove_prefix(2);
    if (!held.empty()) {
      auto t = take(sink);
      Head head = read_head(held);
      if (head.response() && head.first_ended) {
        t->set_response(head);
        t->response_body = held.size() + how.counted[!t->direction] - head.length;
      }
      finish(std::move(t), Outcome::kAborted, how.at, sink);
    }
  }
  flush(Outcome::kNoResponse, how.at, sink);
}

void Transactions::lost(uint8_t direction, bool held, Time at, TransactionSink& sink) {
  if (!oldest_) return;
  if (oldest_->direction == direction) return;  // of a request that is not complete
  if (held) finish(take(sink), Outcome::kGap, at, sink);
  else oldest_->gap = true;
}

Stamp Transactions::deadline() const {
  if (!oldest_ || !timeout_) return {};
  return oldest_->request_time.time() + Time::of_milliseconds(timeout_);
}

void Transactions::expire(Time now, TransactionSink& sink) {
  while (oldest_ && timeout_) {
    Time at = deadline();
    if (now < at) return;
    finish(take(sink), Outcome::kNoResponse, at, sink);
  }
}

}  // namespace wiretail::dissect::http
