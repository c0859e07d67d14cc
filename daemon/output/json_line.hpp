// Packets and events as JSON lines (events.md's B1 to B6 are README.md's "Lines" here; the schema version is
// kSchemaVersion). Written straight from the dissection's fields into a fixed piece of memory, by a plan that is made once
// per selection, and copied to the output when the line is complete: always valid JSON, no key twice, at most max_line
// bytes. One writer per output, on the capture thread; no allocation once warm.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/output/line_buffer.hpp"
#include "daemon/output/line_plan.hpp"
#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"

namespace wiretail::daemon {

inline constexpr int kSchemaVersion = 1;

struct LineOptions {
  size_t max_line = 64 * 1024;  // bytes of a line with its newline; at least 256
  size_t max_bytes = 1024;      // bytes shown of a byte field or the payload
  bool value_names = false;     // `_str`
  bool info = false;            // the Info column
  bool payload = false;
  bool redact = true;
  std::vector<std::string> redacted_parameters = default_redacted_parameters();
  std::string host = {};
  std::vector<std::string> tags = {};
};

class JsonLine {
 public:
  JsonLine(LineOptions options, std::string run_id);

  // Appends one line with its newline. (The interface's name by reference: what does not go in registers and was just written in halves to the
  // stack would be waited for.)
  void packet(std::string& out, dissect::Dissection& d, const Selection& selection, std::span<const std::string_view> filters, uint64_t seq, const std::string_view& interface);
  void event(std::string& out, dissect::Dissection& described, std::span<const std::string_view> filters, uint64_t seq, const std::string_view& interface);
  // What the selection makes necessary.
  static void add_needs(const Selection& selection, dissect::Needs& needs) { selection.add_needs(needs); }
  static std::string_view event_name(const dissect::ConnectionEvent& event);

 private:
  using Layers = uint64_t;  // a bit set of layer indexes
  static_assert(dissect::kMaxLayers <= 64);
  // Layers by encapsulation. The last of `levels` is the innermost, which the line is about.
  struct Stack {
    std::array<Layers, dissect::kMaxLayers> levels, quotes;
    uint32_t level_count, quote_count;
    const dissect::TransportContext* transport;  // the innermost that is tracked
    const dissect::LayerRef* upper;              // the innermost TCP or UDP
  };
  struct Noted {  // a member whose companions follow in `_len`
    const LinePlan::Key* key;
    Layers members;
  };
  LinePlan& plan(const Selection& selection);
  void stack(const dissect::Dissection& d, Stack& out) const;
  void header(dissect::Time ts, std::string_view event, uint64_t seq, const std::string_view& interface, std::span<const std::string_view> filters, dissect::Connection* connection, const dissect::Dissection* packet);
  void text_member(std::string_view key, std::string_view text);
  void groups(dissect::Dissection& d, LinePlan& plan, std::string_view name, const Layers* members, uint32_t count);
  bool group(dissect::Dissection& d, LinePlan& plan, Layers members, bool comma);
  bool object(dissect::Dissection& d, const LinePlan::Object& object, const dissect::LayerRef& layer, Layers members, bool comma);
  // They write ",\"key\":value", or nothing.
  void single(const LinePlan::Key& key, const dissect::FieldDef& def, const dissect::Value& v, Layers members);
  void member(dissect::Dissection& d, const LinePlan::Key& key, Layers members);
  template <class Use>
  void each_value(dissect::Dissection& d, const LinePlan::Key& key, Layers members, Use use);
  bool value(const LinePlan::Key& key, const dissect::FieldDef& def, const dissect::Value& v);
  void companions(dissect::Dissection& d, const LinePlan::Object& object, Layers members, size_t first_noted);
  void damage(const dissect::Dissection& d);
  void finish(std::string& out);
  // After a member: true if it fits; else it is taken back, and the line is cut here.
  bool keep(char* member);

  LineOptions options_;
  std::string run_id_;
  LineBuffer line_;
  bool cut_ = false, lossy_value_ = false, cut_value_ = false, single_ = false;
  bool many(const LinePlan::Key& key) const { return key.multi && !single_; }  // written as an array
  std::vector<std::unique_ptr<LinePlan>> plans_;
  std::vector<uint32_t> done_;
  uint32_t stamp_ = 0;
  std::vector<Noted> noted_;
  std::vector<const std::string*> lossy_;
  std::string scratch_, interface_, interface_member_;
  dissect::Columns columns_;
};

}  // namespace wiretail::daemon
