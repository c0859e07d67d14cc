#include "filter/regex_cost.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace wiretail::filter {
namespace {

constexpr size_t kLargest = size_t{1} << 30;  // of values that are considered
constexpr size_t kMaxBranches = 100;  // that are looked at in pairs
constexpr int kMaxDepth = 50;                 // of groups
constexpr double kChar = 1.0 / 8;             // of a step: one byte beside the next
constexpr double kScan = 1.0 / 32;            // a byte that a repeated class runs over
constexpr double kEndless = std::numeric_limits<double>::infinity();

using Bytes = std::bitset<256>;

// What a part of a pattern is at worst, over a value of `n` bytes.
struct Part {
  double ways = 1;     // in how many ways it can match at one place: so often what follows is tried
  double cost = 0;     // steps of trying all of them
  double least = 0;    // bytes of its shortest match
  Bytes first;         // bytes that its match can begin with
  std::string text;    // if it can match nothing else, in lower case
  bool may_be_empty = true;
};

class Estimate {
 public:
  Estimate(std::string_view pattern, double n) : p_(pattern), n_(n) {}

  // Of one start; endless if there is something not understood.
  double steps() {
    options();
    Part all = alternatives(0);
    return understood_ && i_ == p_.size() ? all.cost : kEndless;
  }

 private:
  struct Repeat {
    double low = 1, high = 1;
    bool there = false, possessive = false, lazy = false;
  };

  bool at(char c) const { return i_ < p_.size() && p_[i_] == c; }
  Part unknown() {
    understood_ = false;
    return {};
  }

  // (?i), (?s), (?m) and their like at the beginning: none of them makes more work.
  void options() {
    if (!p_.starts_with("(?")) return;
    size_t i = 2;
    while (i < p_.size() && (p_[i] == 'i' || p_[i] == 'm' || p_[i] == 's' || p_[i] == '-')) ++i;
    if (i < p_.size() && p_[i] == ')') i_ = i + 1;
  }

  // Nothing is known of what stands behind a group, so a repeat at its end can be followed by anything.
  Part alternatives(int depth) {
    Part all = sequence(depth);
    std::vector<std::pair<Bytes, std::string>> branches = {{all.first, all.text}};
    bool apart = !all.may_be_empty;  // no two of them can match at one place
    while (understood_ && at('|')) {
      ++i_;
      Part next = sequence(depth);
      auto same_place = [&](const auto& other) {
        if ((other.first & next.first).none()) return false;
        return next.text.empty() || other.second.empty() || next.text.starts_with(other.second) || other.second.starts_with(next.text);
      };
      apart = apart && !next.may_be_empty && branches.size() < kMaxBranches && std::none_of(branches.begin(), branches.end(), same_place);
      if (apart) branches.emplace_back(next.first, next.text);
      all.ways = apart ? std::max(all.ways, next.ways) : all.ways + next.ways;
      all.cost += next.cost + 1;
      all.least = std::min(all.least, next.least);
      all.first |= next.first;
      all.may_be_empty |= next.may_be_empty;
      all.text.clear();
    }
    return all;
  }

  // From left to right: each item is tried as often as there are ways through those before it. A repeated byte's number
  // of ways is known only from what follows it, so it waits for that.
  Part sequence(int depth) {
    Part all;
    Part before;
    bool waiting = false, lazy = false, fixed = true;
    auto put = [&](const Part& item) {
      all.cost += all.ways * item.cost;
      all.ways *= item.ways;
    };
    while (understood_ && i_ < p_.size() && p_[i_] != '|' && p_[i_] != ')') {
      bool one_byte = false;
      Part item = atom(depth, one_byte);
      if (!understood_) break;
      Repeat repeat = quantifier();
      if (!understood_) break;
      Part whole = one_byte ? repeated_byte(item, repeat) : repeated_group(item, repeat);
      fixed = fixed && !repeat.there && whole.text.size() == 1;
      all.text = fixed ? all.text + whole.text : "";
      if (all.may_be_empty) all.first |= whole.first;
      all.may_be_empty &= whole.may_be_empty;
      all.least += whole.least;
      if (waiting) {
        // PCRE2 does not go back into a repeat whose bytes cannot be what follows.
        if (!whole.may_be_empty && (before.first & whole.first).none()) before.cost += before.ways * (lazy ? 1 : kScan), before.ways = 1;
        else before.cost += before.ways;
        put(before);
      }
      waiting = one_byte && whole.ways > 1;
      if (waiting) before = whole, lazy = repeat.lazy;
      else put(whole);
    }
    if (waiting) {
      // At the whole pattern's end it has matched when it has its least number; nothing goes back into it.
      if (depth == 0) before.cost = kChar + before.least * kScan, before.ways = 1;
      else before.cost += before.ways;
      put(before);
    }
    if (all.may_be_empty) all.first.set();
    return all;
  }

  Part repeated_byte(Part item, const Repeat& r) const {
    if (!r.there) return item;
    double high = std::min(r.high, n_), low = std::min(r.low, high);
    item.may_be_empty |= r.low == 0;
    item.least *= r.low;
    item.cost = 1 + high * kScan;
    item.ways = r.possessive ? 1 : high - low + 1;
    return item;
  }

  Part repeated_group(Part item, const Repeat& r) const {
    if (!r.there) return item;
    double high = std::min(r.high, n_ / std::max(item.least, 1.0) + 1);
    double ways = 0, cost = 0, through = 1;  // through: ways to have come as far as this round
    if (item.ways == 1) {
      cost = high * (item.cost + 2), ways = high - std::min(r.low, high) + 1;
    } else {
      for (double k = 0; k <= high; ++k) {
        if (k >= r.low) ways += through;
        cost += through * (item.cost + 2), through *= item.ways;
        if (cost > 1e15) return item.cost = item.ways = kEndless, item;
      }
    }
    item.may_be_empty |= r.low == 0;
    item.least *= r.low;
    item.cost = cost, item.ways = r.possessive ? 1 : std::max(ways, 1.0);
    return item;
  }

  Repeat quantifier() {
    Repeat r;
    if (at('*')) r = {0, kEndless, true};
    else if (at('+')) r = {1, kEndless, true};
    else if (at('?')) r = {0, 1, true};
    else if (at('{')) return counted();
    else return r;
    ++i_;
    lazy_or_possessive(r);
    return r;
  }

  Repeat counted() {
    Repeat r{0, 0, true};
    size_t i = i_ + 1;
    bool comma = false, low = false, high = false;
    for (; i < p_.size() && p_[i] != '}'; ++i) {
      if (p_[i] == ',' && !comma) comma = true;
      else if (p_[i] >= '0' && p_[i] <= '9') (comma ? r.high : r.low) = (comma ? r.high : r.low) * 10 + (p_[i] - '0'), (comma ? high : low) = true;
      else return understood_ = false, r;  // a brace for itself
    }
    if (i == p_.size() || !low) return understood_ = false, r;
    if (!comma) r.high = r.low;
    else if (!high) r.high = kEndless;
    i_ = i + 1;
    lazy_or_possessive(r);
    return r;
  }

  void lazy_or_possessive(Repeat& r) {
    if (at('+')) r.possessive = true, ++i_;
    else if (at('?')) r.lazy = true, ++i_;
  }

  Part atom(int depth, bool& one_byte) {
    char c = p_[i_];
    if (c == '(') return group(depth);
    Part item;
    item.cost = kChar;
    if (c == '^' || c == '$') return ++i_, item;
    if (c == '\\' && i_ + 1 < p_.size() && std::string_view("bBAzZ").find(p_[i_ + 1]) != std::string_view::npos) return i_ += 2, item;
    item.least = 1, item.may_be_empty = false, one_byte = true;
    if (c == '[') return bracket(item) ? item : unknown();
    if (c == '\\') return escape(item.first) ? item : unknown();
    if (c == '*' || c == '+' || c == '?' || c == '{' || c == ')') return unknown();
    ++i_;
    if (c == '.') item.first.set();
    else add(item.first, c), item.text = lower(c);
    return item;
  }

  Part group(int depth) {
    if (depth == kMaxDepth) return unknown();
    ++i_;
    bool atomic = false, look = false, refused = false;
    if (at('*')) return unknown();
    if (at('?')) {
      std::string_view rest = p_.substr(i_);
      if (rest.starts_with("?:")) i_ += 2;
      else if (rest.starts_with("?>")) i_ += 2, atomic = true;
      else if (rest.starts_with("?=") || rest.starts_with("?!")) i_ += 2, look = true;
      else if (rest.starts_with("?<=") || rest.starts_with("?<!")) i_ += 3, look = true;
      else refused = true;
    }
    if (refused) return unknown();
    Part inner = alternatives(depth + 1);
    if (!understood_ || !at(')')) return unknown();
    ++i_;
    inner.cost += 1;
    if (atomic || look) inner.ways = 1;
    if (look) inner.least = 0, inner.may_be_empty = true;
    return inner;
  }

  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
  // The patterns are caseless unless they say otherwise.
  static void add(Bytes& set, char c) {
    auto b = static_cast<uint8_t>(c);
    set.set(b);
    if ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') set.set(b ^ 0x20);
  }

  bool escape(Bytes& set) {
    if (++i_ >= p_.size()) return false;
    char c = p_[i_++];
    Bytes kind;
    auto range = [&](int low, int high) { for (int b = low; b <= high; ++b) kind.set(static_cast<size_t>(b)); };
    switch (c) {
      case 'd': case 'D': range('0', '9'); break;
      case 'w': case 'W': range('0', '9'), range('a', 'z'), range('A', 'Z'), kind.set('_'); break;
      case 's': case 'S': range(9, 13), kind.set(' '); break;
      case 'n': set.set('\n'); return true;
      case 'r': set.set('\r'); return true;
      case 't': set.set('\t'); return true;
      case 'f': set.set('\f'); return true;
      case 'e': set.set(27); return true;
      case 'a': set.set(7); return true;
      case 'x': return hex(set);
      default:
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return false;
        add(set, c);
        return true;
    }
    if (c < 'a') kind.flip();
    set |= kind;
    return true;
  }

  bool hex(Bytes& set) {
    int value = 0;
    for (int k = 0; k < 2; ++k) {
      if (i_ >= p_.size()) return false;
      char c = static_cast<char>(p_[i_++] | 0x20);
      if (c >= '0' && c <= '9') value = value * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f') value = value * 16 + (c - 'a' + 10);
      else return false;  // \x{…}, or fewer digits
    }
    add(set, static_cast<char>(value));
    return true;
  }

  bool bracket(Part& item) {
    size_t i = ++i_;
    bool negated = at('^');
    if (negated) i = ++i_;
    for (; i_ < p_.size() && (p_[i_] != ']' || i_ == i);) {
      if (p_[i_] == '[') return false;  // perhaps [:alpha:]
      Bytes low;
      auto from = static_cast<uint8_t>(p_[i_]);
      bool escaped = p_[i_] == '\\';
      if (escaped) {
        if (!escape(low)) return false;
      } else {
        add(low, p_[i_++]);
      }
      item.first |= low;
      if (i_ + 1 < p_.size() && p_[i_] == '-' && p_[i_ + 1] != ']') {
        // Ranges of plain bytes; what else a dash stands between may be anything.
        auto to = static_cast<uint8_t>(p_[i_ + 1]);
        if (escaped || to == '\\' || to < from) {
          if (negated) return false;
          item.first.set(), ++i_;
          continue;
        }
        for (int b = from; b <= to; ++b) add(item.first, static_cast<char>(b));
        i_ += 2;
      }
    }
    if (i_ >= p_.size()) return false;
    ++i_;
    // What a class leaves out may be there in the other case where the pattern turns caselessness off.
    if (negated) {
      Bytes out;
      for (int b = 0; b < 256; ++b) {
        int other = ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') ? b ^ 0x20 : b;
        if (!item.first[static_cast<size_t>(b)] || (sensitive() && other != b)) out.set(static_cast<size_t>(b));
      }
      item.first = out;
    }
    return true;
  }

  bool sensitive() const { return p_.starts_with("(?") && p_.find('-') < p_.find(')'); }

  std::string_view p_;
  double n_;
  size_t i_ = 0;
  bool understood_ = true;
};

}  // namespace

size_t cheap_size(std::string_view pattern, bool anchored, double budget) {
  auto cheap = [&](size_t n) {
    auto size = static_cast<double>(n);
    return (anchored ? 1 : size) * (Estimate(pattern, size).steps() + kChar) + size * kScan <= budget;
  };
  size_t low = 0, high = 64;  // cheap, not cheap
  while (high < kLargest && cheap(high)) low = high, high *= 2;
  while (low + 1 < high) {
    size_t middle = low + (high - low) / 2;
    (cheap(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace wiretail::filter
