// Packets and events as JSON lines (events.md B1 to B6 is the contract; the schema version is kSchemaVersion). Lines are
// written straight from the dissection's fields into a buffer; what a line holds is decided by a Selection that is made once.
// One writer per output, on the capture thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"

namespace wiretail::daemon {

inline constexpr int kSchemaVersion = 1;

// Which fields a packet's line holds.
struct Selection {
  enum class Mode : uint8_t { kSummary, kAll, kFields, kMatched } mode = Mode::kSummary;
  std::vector<dissect::FieldId> fields;  // kFields, kMatched
};

struct LineOptions {
  size_t max_line = 64 * 1024;
  size_t max_bytes = 1024;
  bool value_names = false;  // `_str`
  bool info = false;         // the Info column
  bool payload = false;
  bool redact = true;
  std::string host;
  std::vector<std::string> tags;
};

class JsonLine {
 public:
  JsonLine(LineOptions options, std::string run_id) : options_(std::move(options)), run_id_(std::move(run_id)) {}

  // Appends one line with its newline.
  void packet(std::string& out, dissect::Dissection& d, const Selection& selection, std::span<const std::string_view> filters, uint64_t seq, std::string_view interface);
  void event(std::string& out, dissect::Dissection& described, std::span<const std::string_view> filters, uint64_t seq, std::string_view interface);
  // What the selection makes necessary.
  static void add_needs(const Selection& selection, dissect::Needs& needs);
  static std::string_view event_name(const dissect::ConnectionEvent& event);

 private:
  struct Key {
    dissect::FieldId field;
    bool fixed, multi;
    std::string text;  // "\"ttl\":"
  };
  struct Plan {
    dissect::ProtoId proto;
    std::string object;  // "\"ip\":{"
    std::vector<Key> keys;
  };
  void header(std::string& out, dissect::Time ts, std::string_view event, uint64_t seq, std::string_view interface, std::span<const std::string_view> filters, const dissect::TransportContext* transport);
  const std::vector<Plan>& plan(const Selection& selection);
  // One protocol's object from the layers in `members`; false: nothing to say.
  bool object(std::string& out, dissect::Dissection& d, const Plan& plan, uint32_t members);
  void group(std::string& out, dissect::Dissection& d, const std::vector<Plan>& plans, uint32_t members, bool& any);
  void finish(std::string& out, size_t begin, size_t mark);

  LineOptions options_;
  std::string run_id_;
  std::vector<std::pair<const Selection*, std::vector<Plan>>> plans_;
  std::vector<std::string> lossy_;
  dissect::Columns columns_;
};

}  // namespace wiretail::daemon
