// DNS transactions: a query with its response, paired by number within the connection, and what became of it. Kept only
// where something asks for transactions; at most Limits::max_pending_requests a connection. RFC 1035 §4. Capture thread.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dissect/stream.hpp"

namespace wiretail::dissect {
class Arena;
}
namespace wiretail::dissect::dns {

enum class Outcome : uint8_t { kComplete, kNoResponse, kOrphanResponse };
std::string_view outcome_name(Outcome outcome);

struct Transaction : TransactionRecord {
  void describe(Walk& walk, const Region& nothing) const override;
  // What a message says of itself, of the question and of the addresses that answer it; it may be cut anywhere.
  void read(Arena& arena, Bytes message, bool response);

  std::string name;
  std::vector<std::string> aliases;
  std::vector<uint32_t> addresses;
  std::vector<std::array<uint8_t, 16>> addresses6;
  uint64_t query_in = 0, response_in = 0;  // packets; 0: none
  Time query_time, response_time;
  uint32_t repeats = 0;                    // of the query, before its answer
  uint16_t id = 0, flags = 0, type = 0, kind = 0, answers = 0;
  bool has_question = false, has_query = false, has_response = false;
  Outcome outcome = Outcome::kComplete;
};

class Transactions {
 public:
  void query(Arena& arena, Bytes message, const StreamContext& stream);
  void repeated(uint16_t id);
  void response(Arena& arena, Bytes message, const StreamContext& stream);
  void end(const StreamEnd& how, TransactionSink& sink) { flush(how.at, sink); }
  void expire(Time now, TransactionSink& sink);
  Stamp deadline() const;
  size_t bytes() const { return pending_.size() * sizeof(Transaction); }

 private:
  void flush(Time at, TransactionSink& sink);
  std::vector<std::unique_ptr<Transaction>> pending_;  // queries without response, oldest first; rarely more than one
  uint64_t timeout_ = 0;                              // milliseconds
};

}  // namespace wiretail::dissect::dns
