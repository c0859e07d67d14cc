// The entries of a list file, for `in $name`: one address, prefix, range, number (of seconds too), name (of a
// value too) or pattern (with * and ?) a line, `#` comments. Loaded by the configuration, immutable afterwards and shared by all programs and threads. Testing never
// allocates and takes constant or logarithmic time, whatever the size: sorted intervals for numbers and addresses, a
// hash table for names and bytes; patterns are looked up by their fixed beginning or end, or are few. Errors are
// values.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filter/typed.hpp"

namespace wiretail::filter {

class ValueList {
 public:
  static constexpr size_t kMaxGlobs = 1000;  // patterns other than *end and beginning*, which are tried one by one
  static constexpr size_t kMaxWrong = 5;     // lines of one file that are reported
  struct Wrong {
    size_t line, column;  // where the entry begins, from 1; columns in bytes
    std::string error;
  };
  struct Result {
    std::shared_ptr<const ValueList> list;  // null if a line is wrong
    std::vector<Wrong> wrong;
  };
  // What is looked up in a list: the values of a field or an expression left of `in`.
  struct Reader {
    ValueKind kind = ValueKind::kNone;
    uint64_t most = UINT64_MAX;  // of integers
    int64_t least = INT64_MIN;
    bool six = false;  // bytes: exactly six
    dissect::ValueNames names = {};  // of integers: an entry may be one of these
  };
  // `text` is the whole file.
  static Result parse(std::string_view text);
  // Entries that no reader's values can ever equal: a number too large for the only port that is asked, a name among
  // addresses. Both families of addresses fit where one of them is asked, since lists of hosts have both. Takes the file's text
  // once more, for the lines; it is looked at only if there are such entries.
  bool has_useless(std::span<const Reader> readers) const;
  std::vector<Wrong> useless(std::string_view text, std::span<const Reader> readers) const;
  // Stands for a list whose file is missing or wrong, so that filters that name it are not reported too. Never to be run.
  static std::shared_ptr<const ValueList> unread();

  bool has_number(uint64_t v) const;
  bool has_signed(int64_t v) const;
  bool has_ipv4(uint32_t address) const;  // host order
  bool has_ipv6(const uint8_t* sixteen) const;
  bool has_time(const dissect::Time& v) const;   // seconds, with or without a fraction
  bool has_float(double v) const;
  bool has_text(std::string_view text) const;    // names exactly, patterns
  bool has_bytes(std::string_view bytes) const;  // Ethernet addresses and other hex digits
  // This list, and the values whose names some of its entries are (case aside); null: none is.
  std::shared_ptr<const ValueList> with_names(std::span<const dissect::ValueNames> names) const;
  // Some entry could be a value of this kind.
  bool may_hold(ValueKind kind) const;
  // All values of a kind one by one, and ranges, for look-ups over many lists. None: they are more than `most`.
  struct Values {
    Constant low;
    std::optional<Constant> high = {};
    bool within = false;  // a pattern: `low` occurs in what it matches
  };
  std::optional<std::vector<Values>> values(ValueKind kind, size_t most) const;
  size_t size() const { return size_; }
  bool is_unread() const { return unread_; }

 private:
  template <class T>
  struct Interval {
    T low, high;
  };
  using Sixteen = std::pair<uint64_t, uint64_t>;  // an IPv6 address, big end first

  // Open addressing over views into texts_; built once.
  class TextSet {
   public:
    void add(uint64_t offset, uint32_t length) { entries_.push_back({offset, length}); }
    void build(const std::string& texts);
    bool has(const std::string& texts, std::string_view text) const;
    bool empty() const { return entries_.empty(); }
    template <class F>
    void each(const std::string& texts, F&& f) const {
      for (const Entry& e : entries_) f(std::string_view(texts).substr(e.offset, e.length));
    }
    size_t size() const { return entries_.size(); }
    uint32_t last_length() const { return entries_.back().length; }

   private:
    struct Entry {
      uint64_t offset;
      uint32_t length;
    };
    std::vector<Entry> entries_;
    std::vector<uint32_t> slots_;  // index + 1
  };
  // Patterns with one star at one end: the texts by length.
  struct Edges {
    TextSet set;
    std::vector<uint32_t> lengths;  // sorted, each once
  };

  // How an entry can be read, as bits.
  enum Reading : uint8_t { kNumber = 1, kNegative = 2, kAddress = 4, kText = 8, kSixBytes = 16, kOtherBytes = 32, kDecimal = 64 };
  struct Entry {
    uint8_t readings = 0;
    uint64_t lowest = 0;   // of the numbers
    int64_t highest = 0;   // of the negative ones
  };
  // `text`: the entry itself; empty: not known.
  static bool usable(const Entry& entry, std::string_view text, std::span<const Reader> readers);
  template <class F>
  static void each_line(std::string_view text, F&& f);
  std::string add_line(std::string_view line);
  Entry added(std::string_view line, std::string& error);
  std::string add_numbers(std::string_view low, std::string_view high);
  bool add_decimals(std::string_view low, std::string_view high, std::string& error);
  bool add_addresses(std::string_view low, std::string_view high, std::string& error);
  std::string add_pattern(std::string_view pattern);
  uint64_t keep(std::string_view text);
  void build();
  template <class T>
  static void merge(std::vector<Interval<T>>& intervals);
  template <class T>
  static bool in_intervals(const std::vector<Interval<T>>& intervals, const T& v);
  static bool in_edges(const Edges& edges, const std::string& texts, std::string_view text, bool end);

  std::vector<Interval<uint64_t>> numbers_, ipv4_;
  std::vector<Interval<int64_t>> negatives_;
  std::vector<Interval<Sixteen>> ipv6_;
  // Numbers with a fraction, and ranges that begin below zero and end above; whole numbers are those above.
  std::vector<Interval<std::pair<int64_t, int32_t>>> seconds_;
  std::vector<Interval<double>> decimals_;
  TextSet names_, bytes_;
  Edges beginnings_, ends_;
  std::vector<std::string> globs_;
  std::string texts_;
  // By readings: how many entries, and the numbers that are hardest to fit, so that most lists need no second look.
  struct Group {
    uint64_t entries = 0;
    Entry hardest;
  };
  std::array<Group, 128> groups_{};
  size_t size_ = 0;
  bool unread_ = false;
};

}  // namespace wiretail::filter
