// The one entry to this folder: filter texts in, one immutable Program out; a packet in, the numbers of the filters that
// match out. The stages behind it (lexer, parser, check, simplify, compile) are separate files with printable results.
// Compiling: any thread, may allocate, never throws. Evaluating: the capture thread; never fails, never allocates.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dissect/dissection.hpp"
#include "dissect/needs.hpp"
#include "dissect/plain_headers.hpp"
#include "filter/error.hpp"
#include "filter/typed.hpp"
#include "filter/value_list.hpp"

namespace wiretail::filter {

// What a filter is asked about (`on`).
enum class Subject : uint8_t { kPacket, kConnection, kHttp, kDns, kTls };

struct FilterSource {
  std::string name;
  std::string text;
  Subject subject = Subject::kPacket;
};

// Whether the kernel has room for a filter in pcap syntax; empty: its text alone is judged.
using KernelTakes = std::function<bool(const std::string&)>;

struct CompileOptions {
  std::map<std::string, std::string> macros;                         // [macros]
  std::map<std::string, std::shared_ptr<const ValueList>> lists;     // [[list]]
  dissect::Dissection* selected = nullptr;  // the packet that field references take their values from; null: none
  KernelTakes kernel_takes = {};            // for --explain
  // Limits; passing one is an error that names it and its number.
  uint32_t max_depth = 500;
  uint32_t max_instructions = 1'000'000;    // of all filters together
  uint32_t max_set_elements = 100'000;      // of one set written out
  uint32_t max_regex_bytes = 31 * 1024;     // of one pattern; PCRE2 has 64 KiB for a compiled one, 32,000 letters
};

// Set of filter numbers (their index in the span given to compile). Reused from packet to packet.
class MatchSet {
 public:
  void resize(size_t filters) { words_.assign((filters + 63) / 64, 0), any_ = false; }
  void clear() {
    if (any_) for (auto& w : words_) w = 0;
    any_ = false;
  }
  void add(uint32_t filter) { words_[filter >> 6] |= uint64_t{1} << (filter & 63), any_ = true; }
  bool has(uint32_t filter) const { return (words_[filter >> 6] >> (filter & 63)) & 1; }
  bool any() const { return any_; }
  template <class F>
  void each(F&& f) const {
    for (size_t i = 0; i < words_.size(); ++i)
      for (uint64_t w = words_[i]; w; w &= w - 1) f(static_cast<uint32_t>(i * 64) + static_cast<uint32_t>(__builtin_ctzll(w)));
  }

 private:
  std::vector<uint64_t> words_;
  bool any_ = false;
};

struct ProgramData;  // program.hpp

// A pattern of `matches` that gave up, so that the values did not match (regex.hpp).
struct GivenUp {
  uint32_t filter = 0;   // the first one that asks it
  std::string pattern;
  uint64_t values = 0;
};

class Program {
 public:
  Program();
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  explicit Program(std::unique_ptr<ProgramData> data);

  size_t filter_count() const;
  // Adds to `out` the filters of the subject that match. `d` is the packet, or Dissector::describe of an event.
  // `asked`: the last call of a cannot_match was for the same packet; what it searched is not searched again.
  void evaluate(dissect::Dissection& d, Subject subject, MatchSet& out, bool asked = false) const;
  // Payloads are searched for cannot_match(): that may cost more than it saves.
  bool searches_payloads() const;
  // What evaluating needs of the dissection, with the flow condition of decisions.md 6 (flow_wanted, flow_context point
  // into this Program). `track_all`: an output needs every connection, there is no flow condition.
  dissect::Needs needs() const;
  // The flow condition alone, for outputs that need state only for matched packets; false: surely no match in this flow.
  bool flow_wanted(const dissect::Dissection& d) const;
  // No packet filter matches a packet with these headers: it needs no dissection. `by_flow`: nor any other packet of its
  // flow, so that state need not see it either. False says nothing.
  bool cannot_match(const dissect::PlainHeaders& headers, bool by_flow) const;
  // No packet filter matches a packet that has nothing above these headers. False says nothing. `asked` as evaluate() has it.
  bool cannot_match_alone(const dissect::PlainHeaders& headers, bool asked = false) const;
  // … nor one of whose application nothing is asked, and of which TCP analysis finds nothing to tell.
  bool cannot_match_unnoted(const dissect::PlainHeaders& headers, bool asked = false) const;
  // The fields that the filters name.
  std::span<const FieldId> fields_read() const;
  // Since it was made; on the thread that evaluates.
  std::vector<GivenUp> given_up() const;
  const ProgramData& data() const { return *data_; }

 private:
  std::unique_ptr<ProgramData> data_;
};

// What looks something up in a list of the configuration.
struct ListUse {
  std::string list;
  ValueList::Reader reader;
};

struct CompileResult {
  std::optional<Program> program;                        // empty if any filter has an error
  std::vector<std::vector<FilterError>> diagnostics;     // by filter: errors and warnings
  std::vector<ListUse> list_uses;
};

CompileResult compile(std::span<const FilterSource> filters, const CompileOptions& options);

// The kernel filter (pcap syntax) that all filters together imply; empty: none. `whole_connections`: state is needed, so
// only conditions that hold for all packets of a connection may be used. Of what the kernel does not take it has less: no addresses, then
// protocols alone. `excludes`: it may say which addresses and ports are to be absent; not so where packets are captured to less than 128 bytes, or on links
// whose packets may be encrypted, since the kernel then finds what the filter does not.
std::string derive_prefilter(const Program& program, bool whole_connections, const KernelTakes& takes = {}, bool excludes = true);

// `--explain`: every stage of one filter in print, or one of them: tokens tree typed simple program prefilter needs.
// On an error the text ends with it and ok is false.
struct Explanation {
  std::string text;
  bool ok = true;
};
Explanation explain(std::string_view text, std::string_view stage, const CompileOptions& options, Subject subject = Subject::kPacket);
// What the filter is asked about as its fields have it: packets, unless only events have one of them.
Subject subject_of(std::string_view text, const CompileOptions& options);
// What each test of the filter found in this packet, in words; or in an event (as described), which `title` names.
std::string explain_packet(std::string_view text, const CompileOptions& options, dissect::Dissection& packet,
                           Subject subject = Subject::kPacket, std::string_view title = {});

}  // namespace wiretail::filter
