// HTTP transactions: a request with its final response, paired in the order of the connection, and what became of it
// (events.md B6). Kept only where something asks for transactions; at most Limits::max_pending_requests a connection.
// Capture thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dissect/stream.hpp"

namespace wiretail::dissect::http {

struct Head;

enum class Outcome : uint8_t { kComplete, kNoResponse, kOrphanResponse, kAborted, kUpgraded, kGap };
std::string_view outcome_name(Outcome outcome);

struct Transaction : TransactionRecord {
  void describe(Walk& walk, const Region& nothing) const override;

  std::string method, uri, version, host, user_agent, referer, full_uri;
  std::string response_version, phrase, content_type;
  uint64_t request_in = 0, response_in = 0;  // packets; 0: none
  uint64_t request_body = 0, response_body = 0;
  Time request_time, first_byte, response_time;
  uint32_t request_number = 0, response_number = 0;
  uint16_t code = 0, info_code = 0;
  uint8_t direction = 0;  // of the request
  bool has_request = false, has_response = false, has_code = false, has_phrase = false;
  bool connect = false, early = false, gap = false, has_body_sizes = true;
  Outcome outcome = Outcome::kComplete;
};

class Transactions {
 public:
  // A message that is complete. `requests` counts those of the stream.
  void request(const Head& head, std::string_view full_uri, uint64_t body, const StreamContext& stream);
  void response(const Head& head, uint64_t body, bool request_open, const StreamContext& stream);
  void end(const StreamEnd& how, TransactionSink& sink);
  void lost(uint8_t direction, bool held, Time at, TransactionSink& sink);
  void expire(Time now, TransactionSink& sink);
  Stamp deadline() const;
  size_t bytes() const { return pending_.size() * sizeof(Transaction); }

 private:
  void finish(std::unique_ptr<Transaction> t, Outcome outcome, Time at, TransactionSink& sink);
  void flush(Outcome outcome, Time at, TransactionSink& sink);
  std::unique_ptr<Transaction> take(TransactionSink& sink);
  void add_response(Transaction& t, const Head& head, uint64_t body, const StreamContext& stream);

  std::vector<std::unique_ptr<Transaction>> pending_;  // requests without answer, oldest first; rarely more than one
  std::unique_ptr<Transaction> early_;                // a response whose request is not complete yet
  uint32_t requests_ = 0, responses_ = 0;
  uint64_t timeout_ = 0;  // milliseconds
  uint16_t info_code_ = 0;                            // of an interim response before its request was complete
};

}  // namespace wiretail::dissect::http
