#include "filter/value_list.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dissect/bytes.hpp"
#include "filter/error.hpp"
#include "filter/literals.hpp"
#include "filter/newer_names.hpp"

namespace wiretail::filter {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\r')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

// `*` stands for any text, `?` for one byte.
bool glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*')
      star = p++, mark = t;
    else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]))
      ++p, ++t;
    else if (star != std::string_view::npos)
      p = star + 1, t = ++mark;
    else
      return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// FNV-1a, with the high bits folded in.
uint64_t hash_of(std::string_view text) {
  uint64_t h = 0xcbf29ce484222325;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h ^ (h >> 29);
}

std::string quoted(std::string_view s) { return "\"" + printable(s.substr(0, 80)) + "\""; }

// An integer with a sign; `low` of negative numbers as two's complement.
bool signed_number(std::string_view s, bool& negative, uint64_t& magnitude) {
  negative = !s.empty() && s[0] == '-';
  if (negative || (!s.empty() && s[0] == '+')) s.remove_prefix(1);
  auto v = parse_integer(s);
  if (!v || (negative && *v > uint64_t{1} << 63)) return false;
  if (*v == 0) negative = false;
  magnitude = *v;
  return true;
}

// A number with a sign, and with a fraction or an exponent or not; as seconds and as a floating-point number.
bool decimal(std::string_view s, dissect::Time& seconds, double& value) {
  const bool negative = !s.empty() && s[0] == '-';
  if (negative || (!s.empty() && s[0] == '+')) s.remove_prefix(1);
  if (s.empty() || s[0] < '0' || s[0] > '9' || !parse_seconds(s, seconds)) return false;
  const auto v = parse_float(s);
  if (!v) return false;
  value = negative ? -*v : *v;
  if (negative) seconds = dissect::Time{} - seconds;
  return true;
}

bool same_letters(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// The text is the value's name, as a comparison may have it: 4.0's, or the newer one.
bool names_value(const dissect::ValueName& name, std::string_view text) {
  return same_letters(name.text, text) || same_letters(newer_name(name.value, name.text), text);
}
bool is_name(std::string_view text, dissect::ValueNames names) {
  return std::any_of(names.begin(), names.end(), [&](const auto& n) { return names_value(n, text); }) || renamed_value(names, text, same_letters);
}

// What can only be a mistyped address, and as a name would silently never match: four numbers with dots, one of them too
// large; hex digits and colons that are neither an IPv6 address nor bytes.
bool almost_address(std::string_view s) {
  if (s.find_first_not_of("0123456789./") == std::string_view::npos)
    return std::count(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(std::min(s.size(), s.find('/'))), '.') == 3;
  return std::count(s.begin(), s.end(), ':') > 1 && s.find_first_not_of("0123456789abcdefABCDEF:./") == std::string_view::npos;
}

}  // namespace

void ValueList::TextSet::build(const std::string& texts) {
  size_t size = 16;
  while (size < entries_.size() * 2) size *= 2;
  slots_.assign(entries_.empty() ? 0 : size, 0);
  std::string_view all = texts;
  size_t kept = 0;
  for (Entry e : entries_) {
    std::string_view text = all.substr(e.offset, e.length);
    size_t slot = hash_of(text) & (size - 1);
    bool twice = false;
    for (; slots_[slot] && !twice; slot = (slot + 1) & (size - 1)) {
      const Entry& other = entries_[slots_[slot] - 1];
      twice = all.substr(other.offset, other.length) == text;
    }
    if (twice) continue;
    entries_[kept++] = e;
    slots_[slot] = static_cast<uint32_t>(kept);
  }
  entries_.resize(kept);
}

bool ValueList::TextSet::has(const std::string& texts, std::string_view text) const {
  if (slots_.empty()) return false;
  std::string_view all = texts;
  for (size_t slot = hash_of(text) & (slots_.size() - 1); slots_[slot]; slot = (slot + 1) & (slots_.size() - 1)) {
    const Entry& e = entries_[slots_[slot] - 1];
    if (e.length == text.size() && all.substr(e.offset, e.length) == text) return true;
  }
  return false;
}

uint64_t ValueList::keep(std::string_view text) {
  uint64_t offset = texts_.size();
  texts_ += text;
  return offset;
}

std::string ValueList::add_numbers(std::string_view low, std::string_view high) {
  bool low_negative = false, high_negative = false;
  uint64_t a = 0, b = 0;
  signed_number(low, low_negative, a);
  if (!signed_number(high, high_negative, b)) return quoted(high) + " is not a number";
  auto as_signed = [](uint64_t magnitude) { return static_cast<int64_t>(0 - magnitude); };
  bool reversed = low_negative ? high_negative && b > a : high_negative || b < a;
  if (reversed) return "the range begins above its end";
  if (low_negative) negatives_.push_back({as_signed(a), high_negative ? as_signed(b) : -1});
  if (!high_negative) numbers_.push_back({low_negative ? 0 : a, b});
  std::string ignored;
  if (low_negative && !high_negative) add_decimals(low, high, ignored);  // what lies between -1 and 0
  return "";
}

// False: these are no numbers.
bool ValueList::add_decimals(std::string_view low, std::string_view high, std::string& error) {
  dissect::Time first, last;
  double from = 0, to = 0;
  if (!decimal(low, first, from) || !decimal(high, last, to)) return false;
  if (to < from) return error = "the range begins above its end", true;
  seconds_.push_back({{first.seconds, first.nanos}, {last.seconds, last.nanos}});
  decimals_.push_back({from, to});
  return true;
}

// False: these are no addresses.
bool ValueList::add_addresses(std::string_view low, std::string_view high, std::string& error) {
  bool range = low.data() != high.data();
  uint32_t a = 0, b = 0;
  uint8_t prefix = 0, other = 0;
  std::string sixteen, sixteen_high, why;
  if (parse_ipv4(low, a, prefix, why)) {
    if (range && (!parse_ipv4(high, b, other, why) || prefix != 0xff || other != 0xff))
      return error = "this is not a range of addresses", true;
    if (range && b < a) return error = "the range begins above its end", true;
    uint32_t mask = prefix == 0xff || prefix == 32 ? 0 : 0xffffffffu >> prefix;
    if (range)
      ipv4_.push_back({a, b});
    else
      ipv4_.push_back({a & ~mask, a | mask});
    return true;
  }
  if (why.empty() && parse_ipv6(low, sixteen, prefix, why)) {
    auto halves = [](const std::string& s) {
      auto* p = reinterpret_cast<const uint8_t*>(s.data());
      return Sixteen(dissect::be64(p), dissect::be64(p + 8));
    };
    Sixteen first = halves(sixteen), last = first;
    if (range) {
      if (!parse_ipv6(high, sixteen_high, other, why) || prefix != 0xff || other != 0xff)
        return error = "this is not a range of addresses", true;
      if (halves(sixteen_high) < first) return error = "the range begins above its end", true;
      last = halves(sixteen_high);
    } else if (prefix < 128) {
      uint64_t upper = prefix >= 64 ? 0 : ~uint64_t{0} >> prefix;
      uint64_t lower = prefix <= 64 ? ~uint64_t{0} : ~uint64_t{0} >> (prefix - 64);
      first = {first.first & ~upper, first.second & ~lower};
      last = {last.first | upper, last.second | lower};
    }
    ipv6_.push_back({first, last});
    return true;
  }
  if (why.empty()) return false;
  error = quoted(low) + " is not an address" + why;
  return true;
}

std::string ValueList::add_pattern(std::string_view pattern) {
  bool one_star = std::count(pattern.begin(), pattern.end(), '*') == 1 && pattern.find('?') == std::string_view::npos;
  if (one_star && (pattern.front() == '*' || pattern.back() == '*')) {
    bool end = pattern.front() == '*';
    std::string_view text = end ? pattern.substr(1) : pattern.substr(0, pattern.size() - 1);
    Edges& edges = end ? ends_ : beginnings_;
    edges.set.add(keep(text), static_cast<uint32_t>(text.size()));
    edges.lengths.push_back(static_cast<uint32_t>(text.size()));
    return "";
  }
  if (globs_.size() == kMaxGlobs)
    return "more than the limit max_list_patterns of " + std::to_string(kMaxGlobs) +
           " patterns that are not of the form *end or beginning*";
  globs_.emplace_back(pattern);
  return "";
}

std::string ValueList::add_line(std::string_view line) {
  if (line.size() > 4096) return "the line is longer than 4096 bytes";
  ++size_;
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {  // a name, whatever it looks like
    line = line.substr(1, line.size() - 2);
    names_.add(keep(line), static_cast<uint32_t>(line.size()));
    return "";
  }
  auto dots = line.find("..");
  std::string_view low = trim(line.substr(0, dots)),
                   high = dots == std::string_view::npos ? low : trim(line.substr(dots + 2));
  std::string error;
  bool negative = false;
  uint64_t magnitude = 0;
  bool number = signed_number(low, negative, magnitude), whole = number && signed_number(high, negative, magnitude);
  const bool fraction = !whole && add_decimals(low, high, error);
  if (number && !fraction) error = add_numbers(low, high);
  bool address = !number && !fraction && add_addresses(low, high, error);
  if (!error.empty() || (dots != std::string_view::npos && (number || fraction || address))) return error;
  if (line.find_first_of("*?") != std::string_view::npos) return add_pattern(line);
  if (line.find('\0') != std::string_view::npos) return "the line has a byte of value 0: is the file UTF-8 text?";
  auto bytes = number ? std::nullopt : parse_byte_literal(line);
  if (!number && !address && !bytes && almost_address(line))
    return quoted(line) + " is not an address; put it in double quotes if it is a name";
  // Every other reading is kept too: an address may be somebody's host name.
  names_.add(keep(line), static_cast<uint32_t>(line.size()));
  if (bytes)
    bytes_.add(keep(*bytes), static_cast<uint32_t>(bytes->size()));
  return "";
}

// Every entry without its comment, with its line's number and its column. `f` returns false to stop.
template <class F>
void ValueList::each_line(std::string_view text, F&& f) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);  // a byte order mark
  for (size_t number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    // A name in quotes may hold a '#'.
    std::string_view plain = trim(line);
    if (plain.empty() || plain.front() != '"' || plain.back() != '"') plain = trim(line.substr(0, line.find('#')));
    if (!plain.empty() && !f(plain, number, static_cast<size_t>(plain.data() - line.data()) + 1)) return;
  }
}

// Adds a line's entry, and tells how it was read.
ValueList::Entry ValueList::added(std::string_view line, std::string& error) {
  const size_t numbers = numbers_.size(), negatives = negatives_.size(), ipv4 = ipv4_.size(), ipv6 = ipv6_.size(), names = names_.size(), bytes = bytes_.size(), decimals = decimals_.size(),
               patterns = globs_.size() + beginnings_.lengths.size() + ends_.lengths.size();
  error = add_line(line);
  Entry entry;
  auto is = [&](bool read, Reading as) { entry.readings = static_cast<uint8_t>(entry.readings | (read ? as : 0)); };
  is(numbers_.size() > numbers, kNumber), is(negatives_.size() > negatives, kNegative), is(ipv4_.size() > ipv4 || ipv6_.size() > ipv6, kAddress);
  is(names_.size() > names || globs_.size() + beginnings_.lengths.size() + ends_.lengths.size() > patterns, kText);
  is(decimals_.size() > decimals, kDecimal);
  if (bytes_.size() > bytes) is(true, bytes_.last_length() == 6 ? kSixBytes : kOtherBytes);
  if (entry.readings & kNumber) entry.lowest = numbers_.back().low;
  if (entry.readings & kNegative) entry.highest = negatives_.back().high;
  return entry;
}

ValueList::Result ValueList::parse(std::string_view text) {
  auto list = std::make_shared<ValueList>();
  list->texts_.reserve(text.size());
  Result result;
  each_line(text, [&](std::string_view line, size_t number, size_t column) {
    std::string error;
    Entry entry = list->added(line, error);
    if (!error.empty()) result.wrong.push_back({number, column, error});
    Group& group = list->groups_[entry.readings];
    group.hardest.readings = entry.readings;
    group.hardest.lowest = std::max(group.hardest.lowest, entry.lowest);
    group.hardest.highest = group.entries++ ? std::min(group.hardest.highest, entry.highest) : entry.highest;
    return result.wrong.size() < kMaxWrong;
  });
  if (!result.wrong.empty()) return result;
  list->build();
  result.list = std::move(list);
  return result;
}

bool ValueList::usable(const Entry& e, std::string_view text, std::span<const Reader> readers) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::any_of(readers.begin(), readers.end(), [&](const Reader& r) {
    if ((e.readings & kText) && !r.names.empty() && !text.empty() && is_name(text, r.names)) return true;
    switch (r.kind) {
      case ValueKind::kTime:
      case ValueKind::kFloat: return (e.readings & (kNumber | kNegative | kDecimal)) != 0;
      case ValueKind::kUnsigned: return (e.readings & kNumber) && e.lowest <= r.most;
      case ValueKind::kSigned: return ((e.readings & kNumber) && e.lowest <= r.most) || ((e.readings & kNegative) && e.highest >= r.least);
      case ValueKind::kIpv4:
      case ValueKind::kIpv6: return (e.readings & kAddress) != 0;
      case ValueKind::kString: return (e.readings & kText) != 0;
      case ValueKind::kBytes:
      case ValueKind::kProtocol: return (e.readings & kSixBytes) || (!r.six && (e.readings & kOtherBytes));
      default: return true;  // the filter has a warning that nothing in a list can be such a value
    }
  });
}

bool ValueList::has_useless(std::span<const Reader> readers) const {
  // The hardest numbers of a group may be those of two entries: then the lines are looked at, and nothing is found.
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& g) { return g.entries && !usable(g.hardest, {}, readers); });
}

std::vector<ValueList::Wrong> ValueList::useless(std::string_view text, std::span<const Reader> readers) const {
  std::vector<Wrong> out;
  ValueList one;
  each_line(text, [&](std::string_view line, size_t number, size_t column) {
    if (one.size_ % 1024 == 0) one = ValueList();
    std::string error;
    Entry entry = one.added(line, error);
    if (!usable(entry, line, readers)) out.push_back({number, column, quoted(line)});
    return out.size() < kMaxWrong;
  });
  return out;
}

std::shared_ptr<const ValueList> ValueList::unread() {
  auto list = std::make_shared<ValueList>();
  list->unread_ = true;
  return list;
}

void ValueList::build() {
  merge(numbers_), merge(negatives_), merge(ipv4_), merge(ipv6_), merge(seconds_), merge(decimals_);
  names_.build(texts_), bytes_.build(texts_);
  for (Edges* edges : {&beginnings_, &ends_}) {
    edges->set.build(texts_);
    std::sort(edges->lengths.begin(), edges->lengths.end());
    edges->lengths.erase(std::unique(edges->lengths.begin(), edges->lengths.end()), edges->lengths.end());
  }
}

template <class T>
void ValueList::merge(std::vector<Interval<T>>& intervals) {
  std::sort(intervals.begin(), intervals.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
  size_t kept = 0;
  for (const auto& i : intervals) {
    if (kept && i.low <= intervals[kept - 1].high)
      intervals[kept - 1].high = std::max(intervals[kept - 1].high, i.high);
    else
      intervals[kept++] = i;
  }
  intervals.resize(kept);
  intervals.shrink_to_fit();
}

template <class T>
bool ValueList::in_intervals(const std::vector<Interval<T>>& intervals, const T& v) {
  auto it = std::upper_bound(intervals.begin(), intervals.end(), v,
                             [](const T& x, const Interval<T>& i) { return x < i.low; });
  return it != intervals.begin() && v <= (it - 1)->high;
}

bool ValueList::has_number(uint64_t v) const { return in_intervals(numbers_, v); }
bool ValueList::has_ipv4(uint32_t address) const { return in_intervals(ipv4_, uint64_t{address}); }

bool ValueList::has_signed(int64_t v) const {
  return v < 0 ? in_intervals(negatives_, v) : in_intervals(numbers_, static_cast<uint64_t>(v));
}

bool ValueList::has_time(const dissect::Time& v) const {
  if (in_intervals(seconds_, std::pair(v.seconds, v.nanos))) return true;
  if (v.nanos == 0) return has_signed(v.seconds);
  // Between two whole numbers: both lie in one range.
  auto within = [&](const auto& intervals, auto seconds) {
    auto it = std::upper_bound(intervals.begin(), intervals.end(), seconds, [](auto x, const auto& i) { return x < i.low; });
    return it != intervals.begin() && seconds < (it - 1)->high;
  };
  return v.seconds < 0 ? within(negatives_, v.seconds) : within(numbers_, static_cast<uint64_t>(v.seconds));
}

bool ValueList::has_float(double v) const {
  if (v != v) return false;
  if (in_intervals(decimals_, v)) return true;
  auto within = [&](const auto& intervals) {
    auto it = std::upper_bound(intervals.begin(), intervals.end(), v, [](double x, const auto& i) { return x < static_cast<double>(i.low); });
    return it != intervals.begin() && v <= static_cast<double>((it - 1)->high);
  };
  return within(numbers_) || within(negatives_);
}

std::shared_ptr<const ValueList> ValueList::with_names(std::span<const dissect::ValueNames> names) const {
  std::vector<Interval<uint64_t>> values;
  names_.each(texts_, [&](std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return;  // a number is one
    for (dissect::ValueNames some : names) {
      for (const dissect::ValueName& name : some)
        if (names_value(name, text)) values.push_back({name.value, std::max(name.value, name.to)});
      if (auto renamed = renamed_value(some, text, same_letters)) values.push_back({*renamed, *renamed});
    }
  });
  if (values.empty()) return nullptr;
  auto list = std::make_shared<ValueList>(*this);
  list->numbers_.insert(list->numbers_.end(), values.begin(), values.end());
  merge(list->numbers_);
  return list;
}

bool ValueList::has_ipv6(const uint8_t* sixteen) const {
  return in_intervals(ipv6_, Sixteen(dissect::be64(sixteen), dissect::be64(sixteen + 8)));
}

bool ValueList::in_edges(const Edges& edges, const std::string& texts, std::string_view text, bool end) {
  for (uint32_t length : edges.lengths) {
    if (length > text.size()) return false;
    if (edges.set.has(texts, end ? text.substr(text.size() - length) : text.substr(0, length))) return true;
  }
  return false;
}

bool ValueList::has_text(std::string_view text) const {
  if (names_.has(texts_, text) || in_edges(beginnings_, texts_, text, false) || in_edges(ends_, texts_, text, true))
    return true;
  return std::any_of(globs_.begin(), globs_.end(), [&](const std::string& p) { return glob(p, text); });
}

bool ValueList::has_bytes(std::string_view bytes) const { return bytes_.has(texts_, bytes); }

std::optional<std::vector<ValueList::Values>> ValueList::values(ValueKind kind, size_t most) const {
  std::vector<Values> out;
  Constant c;
  c.kind = kind;
  auto ranges = [&](const auto& intervals, auto set) {
    if (intervals.size() > most) return false;
    for (const auto& i : intervals) {
      set(c, i.low);
      Values& v = out.emplace_back(Values{c, {}});
      if (i.low != i.high) set(v.high.emplace(c), i.high);
    }
    return true;
  };
  auto number = [](Constant& to, uint64_t v) { to.u = v; };
  bool told = false;
  switch (kind) {
    case ValueKind::kUnsigned: told = ranges(numbers_, number); break;
    case ValueKind::kIpv4: told = ranges(ipv4_, number); break;
    case ValueKind::kIpv6:
      told = ranges(ipv6_, [](Constant& to, const Sixteen& v) {
        to.bytes.clear();
        for (uint64_t half : {v.first, v.second})
          for (unsigned bits = 64; bits > 0; bits -= 8) to.bytes += static_cast<char>(half >> (bits - 8) & 0xff);
      });
      break;
    case ValueKind::kString:
      told = names_.size() + beginnings_.set.size() + ends_.set.size() + globs_.size() <= most;
      if (!told) break;
      for (const TextSet* set : {&names_, &beginnings_.set, &ends_.set})
        set->each(texts_, [&](std::string_view text) { c.bytes = text, out.push_back({c, {}, set != &names_}); });
      for (const std::string& pattern : globs_) {
        c.bytes.clear();
        for (size_t at = 0; at < pattern.size();) {
          const size_t end = std::min(pattern.find_first_of("*?", at), pattern.size());
          if (end - at > c.bytes.size()) c.bytes = pattern.substr(at, end - at);
          at = end + 1;
        }
        out.push_back({c, {}, true});
      }
      break;
    default: break;
  }
  return told ? std::optional(std::move(out)) : std::nullopt;
}

bool ValueList::may_hold(ValueKind kind) const {
  switch (kind) {
    case ValueKind::kUnsigned:
      return !numbers_.empty();
    case ValueKind::kSigned:
      return !numbers_.empty() || !negatives_.empty();
    case ValueKind::kTime:
    case ValueKind::kFloat:
      return !numbers_.empty() || !negatives_.empty() || !decimals_.empty();
    case ValueKind::kIpv4:
      return !ipv4_.empty();
    case ValueKind::kIpv6:
      return !ipv6_.empty();
    case ValueKind::kString:
      return !names_.empty() || !globs_.empty() || !beginnings_.lengths.empty() || !ends_.lengths.empty();
    case ValueKind::kBytes:
    case ValueKind::kProtocol:
      return !bytes_.empty();
    default:
      return false;
  }
}

}  // namespace wiretail::filter
