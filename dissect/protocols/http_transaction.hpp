// HTTP transactions: a request with its final response, paired in the order of the connection, and what became of it
// (events.md B6). Kept only where something asks for transactions; at most Limits::max_pending_requests a connection.
// Capture thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dissect/stream.hpp"

namespace wiretail::dissect::http {

struct Head;

enum class Outcome : uint8_t { kComplete, kNoResponse, kOrphanResponse, kAborted, kUpgraded, kGap };
std::string_view outcome_name(Outcome outcome);

struct Transaction : TransactionRecord {
  enum class Part : uint8_t { kMethod, kUri, kVersion, kHost, kUserAgent, kReferer, kResponseVersion, kPhrase, kContentType };
  void describe(Walk& walk, const Region& nothing) const override;
  std::string_view part(Part p) const { return std::string_view(text).substr(place(p).at, place(p).size); }
  void set_request(const Head& head);
  void set_response(const Head& head);

  std::unique_ptr<Transaction> next;  // among those that wait
  // What the messages say, one part behind the other: thousands of transactions wait at a time.
  std::string text;
  struct Place { uint32_t at = 0, size = 0; } places[static_cast<size_t>(Part::kContentType) + 1];
  uint64_t request_in = 0, response_in = 0;  // packets; 0: none
  uint64_t request_body = 0, response_body = 0;
  Stamp request_time, first_byte, response_time;
  uint32_t request_number = 0, response_number = 0;
  uint16_t code = 0, info_code = 0;
  uint8_t direction = 0;  // of the request
  bool has_request = false, has_host = false, has_response = false, has_code = false, has_phrase = false;
  bool connect = false, early = false, gap = false, has_body_sizes = true;
  Outcome outcome = Outcome::kComplete;

 private:
  const Place& place(Part p) const { return places[static_cast<size_t>(p)]; }
  void set(Part p, std::string_view value);
};

class Transactions {
 public:
  Transactions() = default;
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;
  ~Transactions();
  // A message that is complete. `requests` counts those of the stream.
  void request(const Head& head, uint64_t body, const StreamContext& stream);
  void response(const Head& head, uint64_t body, bool request_open, const StreamContext& stream);
  void end(const StreamEnd& how, TransactionSink& sink);
  void lost(uint8_t direction, bool held, Time at, TransactionSink& sink);
  void expire(Time now, TransactionSink& sink);
  Stamp deadline() const;
  size_t bytes() const { return waiting_ * sizeof(Transaction); }

 private:
  void finish(std::unique_ptr<Transaction> t, Outcome outcome, Time at, TransactionSink& sink);
  void flush(Outcome outcome, Time at, TransactionSink& sink);
  std::unique_ptr<Transaction> take(TransactionSink& sink);
  void add_response(Transaction& t, const Head& head, uint64_t body, const StreamContext& stream);

  std::unique_ptr<Transaction> oldest_;  // requests without answer, linked by `next`; rarely more than one
  Transaction* newest_ = nullptr;
  std::unique_ptr<Transaction> early_;   // a response whose request is not complete yet
  uint32_t waiting_ = 0;
  uint32_t requests_ = 0, responses_ = 0;
  uint32_t timeout_ = 0;    // milliseconds
  uint16_t info_code_ = 0;  // of an interim response before its request was complete
};

}  // namespace wiretail::dissect::http
