#include "filter/regex_literal.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace wiretail::filter {
namespace {

constexpr size_t kMostExact = 16;    // texts that a part may be, before it is told only what it contains
constexpr size_t kMostLetters = 256; // of such a text
constexpr size_t kMostTexts = 64;    // of one alternation
constexpr unsigned kMostNested = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What is known of a part of the pattern: all texts that it can match (letter case aside), or what each of them contains.
struct Part {
  bool is_exact = false;
  AnyOfTexts exact;
  std::vector<AnyOfTexts> contained;
};

// Of texts where one is enough, one that contains another says no more than that.
void drop_longer(AnyOfTexts& texts) {
  std::sort(texts.begin(), texts.end(), [](const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
  AnyOfTexts kept;
  for (std::string& t : texts)
    if (std::none_of(kept.begin(), kept.end(), [&](const std::string& k) { return t.find(k) != std::string::npos; })) kept.push_back(std::move(t));
  texts = std::move(kept);
}

size_t shortest(const AnyOfTexts& texts) {
  size_t least = SIZE_MAX;
  for (const std::string& t : texts) least = std::min(least, t.size());
  return texts.empty() ? 0 : least;
}

class Reader {
 public:
  explicit Reader(std::string_view pattern) : p_(pattern) {}

  std::optional<Part> read() {
    // Options for the whole pattern that change no letter.
    if (p_.starts_with("(?")) {
      size_t i = 2;
      while (i < p_.size() && (p_[i] == 'i' || p_[i] == 'm' || p_[i] == 's' || p_[i] == '-')) ++i;
      if (i < p_.size() && p_[i] == ')') at_ = i + 1;
    }
    Part whole;
    if (!alternatives(whole, 0) || at_ != p_.size()) return std::nullopt;
    return whole;
  }

 private:
  // All of these return false where something is not understood.
  bool alternatives(Part& out, unsigned depth) {
    if (depth > kMostNested || !sequence(out, depth)) return false;
    if (at_ == p_.size() || p_[at_] != '|') return true;
    std::vector<Part> parts;
    parts.push_back(std::move(out));
    while (at_ < p_.size() && p_[at_] == '|') {
      ++at_;
      if (!sequence(parts.emplace_back(), depth)) return false;
    }
    out = {};
    size_t texts = 0;
    for (const Part& part : parts) texts += part.is_exact ? part.exact.size() : kMostExact + 1;
    out.is_exact = texts <= kMostExact;
    AnyOfTexts any;
    for (Part& part : parts) {
      const AnyOfTexts* best = &part.exact;
      if (!part.is_exact) {
        const auto longest = std::max_element(part.contained.begin(), part.contained.end(), [](const AnyOfTexts& a, const AnyOfTexts& b) { return shortest(a) < shortest(b); });
        if (longest == part.contained.end()) return true;  // of this alternative nothing is known
        best = &*longest;
      }
      (out.is_exact ? out.exact : any).insert((out.is_exact ? out.exact : any).end(), best->begin(), best->end());
    }
    if (!out.is_exact && any.size() <= kMostTexts) out.contained.push_back(std::move(any));
    return true;
  }

  // Up to `|`, `)` or the end.
  bool sequence(Part& out, unsigned depth) {
    AnyOfTexts run = {""};  // what the parts from the last unknown one on can be, together
    bool unbroken = true;
    auto end_run = [&] {
      if (shortest(run) > 0) out.contained.push_back(std::move(run));
      run = {""}, unbroken = false;
    };
    while (at_ < p_.size() && p_[at_] != '|' && p_[at_] != ')') {
      Part part;
      bool optional = false, repeated = false;
      if (!element(part, depth) || !quantifier(optional, repeated)) return false;
      if (optional && (repeated || !part.is_exact)) {
        end_run();
        continue;
      }
      if (!part.is_exact) {
        end_run();
        out.contained.insert(out.contained.end(), std::make_move_iterator(part.contained.begin()), std::make_move_iterator(part.contained.end()));
        continue;
      }
      if (optional) part.exact.emplace_back();
      if (run.size() * part.exact.size() > kMostExact) end_run();
      AnyOfTexts longer;
      bool fits = true;
      for (const std::string& before : run)
        for (const std::string& next : part.exact) longer.push_back(before + next), fits = fits && longer.back().size() <= kMostLetters;
      if (fits) run = std::move(longer);
      if (!fits || repeated) end_run();
    }
    if (unbroken) {
      out.is_exact = true, out.exact = std::move(run);
      std::sort(out.exact.begin(), out.exact.end());
      out.exact.erase(std::unique(out.exact.begin(), out.exact.end()), out.exact.end());
    } else {
      end_run();
    }
    return true;
  }

  // One element without its quantifier.
  bool element(Part& out, unsigned depth) {
    const char c = p_[at_++];
    auto letter = [&](char l) { return out.is_exact = true, out.exact = {std::string(1, l)}, true; };
    switch (c) {
      case '*': case '+': case '?': case '{': return false;
      case '^':
      case '$': return out.is_exact = true, out.exact = {""}, true;  // a place, not a letter
      case '.': return true;
      case '[': return letters(out);
      case '(': {
        if (at_ < p_.size() && p_[at_] == '*') return false;
        if (at_ < p_.size() && p_[at_] == '?') {
          if (p_.substr(at_, 2) != "?:") return false;
          at_ += 2;
        }
        if (!alternatives(out, depth + 1) || at_ == p_.size() || p_[at_] != ')') return false;
        return ++at_, true;
      }
      case '\\': {
        if (at_ == p_.size()) return false;
        const char e = p_[at_++];
        if (!is_letter(e) && !is_digit(e)) return static_cast<uint8_t>(e) < 0x80 ? letter(e) : true;
        constexpr std::string_view kControls = "tnr", kAre = "\t\n\r", kPlaces = "bBAzZ", kOneOfMany = "dDwWsShHvVRfea";
        if (const size_t k = kControls.find(e); k != std::string_view::npos) return letter(kAre[k]);
        if (kPlaces.find(e) != std::string_view::npos) return out.is_exact = true, out.exact = {""}, true;
        return kOneOfMany.find(e) != std::string_view::npos;
      }
      default: return static_cast<uint8_t>(c) < 0x80 ? letter(c) : true;
    }
  }

  // A class, from behind its `[` to behind its `]`. Of one that holds a few letters these are told.
  bool letters(Part& out) {
    bool plain = true;
    std::string in;
    if (at_ < p_.size() && p_[at_] == '^') ++at_, plain = false;
    for (bool first = true; at_ < p_.size(); first = false) {
      char c = p_[at_++];
      if (c == ']' && !first) {
        // Letters in either case are one.
        for (char& l : in)
          if (l >= 'A' && l <= 'Z') l = static_cast<char>(l | 0x20);
        std::sort(in.begin(), in.end());
        in.erase(std::unique(in.begin(), in.end()), in.end());
        out.is_exact = plain && in.size() <= kMostExact;
        if (out.is_exact)
          for (char l : in) out.exact.emplace_back(1, l);
        return true;
      }
      if (c == '[') return false;  // perhaps [:alpha:]
      if (c == '\\') {
        if (at_ == p_.size() || p_[at_] == 'Q' || p_[at_] == 'E') return false;
        c = p_[at_++];
        plain = plain && !is_letter(c) && !is_digit(c);
      }
      plain = plain && c != '-' && static_cast<uint8_t>(c) < 0x80;  // a range
      in += c;
    }
    return false;
  }

  // `optional`: the element may be left out. `repeated`: it may come again.
  bool quantifier(bool& optional, bool& repeated) {
    if (at_ == p_.size()) return true;
    switch (p_[at_]) {
      case '?': optional = true; break;
      case '*': optional = repeated = true; break;
      case '+': repeated = true; break;
      case '{': {
        const size_t close = p_.find('}', at_);
        if (close == std::string_view::npos) return false;
        const std::string_view times = p_.substr(at_ + 1, close - at_ - 1);
        if (times.empty() || times.find_first_not_of("0123456789,") != std::string_view::npos) return false;
        repeated = true;
        optional = times.find_first_of("123456789") > times.find(',') || times.find_first_of("123456789") == std::string_view::npos;
        at_ = close;
        break;
      }
      default: return true;
    }
    ++at_;
    if (at_ < p_.size() && (p_[at_] == '?' || p_[at_] == '+')) ++at_;  // lazy, possessive
    return true;
  }

  std::string_view p_;
  size_t at_ = 0;
};

}  // namespace

std::vector<AnyOfTexts> necessary_texts(std::string_view pattern) {
  std::vector<AnyOfTexts> out;
  std::optional<Part> whole = Reader(pattern).read();
  if (!whole) return out;
  out = std::move(whole->contained);
  if (whole->is_exact) out.push_back(std::move(whole->exact));
  for (AnyOfTexts& texts : out) drop_longer(texts);
  std::erase_if(out, [](const AnyOfTexts& texts) { return shortest(texts) == 0; });
  return out;
}

}  // namespace wiretail::filter
