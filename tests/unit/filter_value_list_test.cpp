// Value lists: every kind of entry, what is refused, and their size and speed.
#include <chrono>

#include "filter/value_list.hpp"
#include "unit/catch.hpp"

using namespace wiretail::filter;

namespace {

std::shared_ptr<const ValueList> load(std::string_view text) {
  ValueList::Result result = ValueList::parse(text);
  INFO((result.wrong.empty() ? "" : result.wrong[0].error));
  REQUIRE(result.list);
  return result.list;
}
bool has6(const ValueList& list, std::initializer_list<uint8_t> start, uint8_t last = 0) {
  uint8_t sixteen[16] = {};
  std::copy(start.begin(), start.end(), sixteen);
  if (last) sixteen[15] = last;
  return list.has_ipv6(sixteen);
}

}  // namespace

TEST_CASE("one entry a line, comments and blanks aside") {
  auto list =
      load("# bad hosts\n10.0.0.1\n\n  10.1.0.0/16   # the lab\r\n10.2.0.1 .. 10.2.0.9\n2001:db8::/32\nfe80::1\n");
  CHECK(list->size() == 5);
  CHECK(list->has_ipv4(0x0a000001));
  CHECK_FALSE(list->has_ipv4(0x0a000002));
  CHECK(list->has_ipv4(0x0a010000));
  CHECK(list->has_ipv4(0x0a01ffff));
  CHECK_FALSE(list->has_ipv4(0x0a020000));
  CHECK(list->has_ipv4(0x0a020001));
  CHECK(list->has_ipv4(0x0a020009));
  CHECK_FALSE(list->has_ipv4(0x0a02000a));
  CHECK(has6(*list, {0x20, 0x01, 0x0d, 0xb8, 0xff}));
  CHECK_FALSE(has6(*list, {0x20, 0x01, 0x0d, 0xb9}));
  CHECK(has6(*list, {0xfe, 0x80}, 1));
  CHECK_FALSE(has6(*list, {0xfe, 0x80}, 2));
}

TEST_CASE("numbers and ranges, signed ones too") {
  auto list = load("80\n443\n8000..8080\n0x1f90\n-5\n-20 .. -10\n-2..3\n8050..9000\n");
  for (uint64_t v : {80u, 443u, 8000u, 8080u, 9000u, 0u, 3u}) CHECK(list->has_number(v));
  for (uint64_t v : {81u, 7999u, 9001u, 4u}) CHECK_FALSE(list->has_number(v));
  for (int64_t v : {-5, -20, -10, -15, -2, -1, 0, 3, 80}) CHECK(list->has_signed(v));
  for (int64_t v : {-6, -21, -9, -3, 4}) CHECK_FALSE(list->has_signed(v));
}

TEST_CASE("names exactly, patterns by their stars") {
  auto list = load("www.example.com\n*.bad.example\ncdn*\na*z\nb?d\n\"# quoted\"\n\"*\"\n80\n10.0.0.1\n");
  for (const char* text : {"www.example.com", "x.bad.example", ".bad.example", "cdn", "cdn17.net", "az", "abcz", "bad",
                           "# quoted", "*", "80", "10.0.0.1"}) {
    INFO(text);
    CHECK(list->has_text(text));
  }
  for (const char* text : {"WWW.example.com", "www.example.com ", "bad.example", "cd", "a", "za", "bd", "", "quoted"}) {
    INFO(text);
    CHECK_FALSE(list->has_text(text));
  }
}

TEST_CASE("Ethernet addresses in any form") {
  auto list = load("00:50:56:00:00:01\n0050.5600.0002\n00-50-56-00-00-03\n");
  CHECK(list->has_bytes(std::string_view("\x00\x50\x56\x00\x00\x01", 6)));
  CHECK(list->has_bytes(std::string_view("\x00\x50\x56\x00\x00\x02", 6)));
  CHECK(list->has_bytes(std::string_view("\x00\x50\x56\x00\x00\x03", 6)));
  CHECK_FALSE(list->has_bytes(std::string_view("\x00\x50\x56\x00\x00\x04", 6)));
}

TEST_CASE("overlapping prefixes are one") {
  auto list = load("10.0.0.0/8\n10.1.0.0/16\n0.0.0.0/0\n");
  CHECK(list->has_ipv4(0));
  CHECK(list->has_ipv4(0xffffffff));
  auto six = load("::/0\n");
  CHECK(has6(*six, {0xff, 0xff}, 0xff));
}

TEST_CASE("what a list may hold") {
  auto list = load("10.0.0.0/8\n");
  CHECK(list->may_hold(ValueKind::kIpv4));
  CHECK_FALSE(list->may_hold(ValueKind::kIpv6));
  CHECK_FALSE(list->may_hold(ValueKind::kUnsigned));
  CHECK(load("")->size() == 0);
  CHECK_FALSE(load("# nothing\n")->has_text(""));
}

TEST_CASE("wrong lines are errors with their number") {
  const std::pair<const char*, size_t> wrong[] = {
      {"10.0.0.0/33\n", 1},   {"80\n90..80\n", 2}, {"\n\n10.0.0.9 .. 10.0.0.1\n", 3},
      {"10.0.0.1..::1\n", 1}, {"5..x\n", 1},       {"::1/129", 1},
      {"-1..-5\n", 1},
  };
  for (auto [text, line] : wrong) {
    INFO(text);
    ValueList::Result result = ValueList::parse(text);
    CHECK(result.list == nullptr);
    REQUIRE(result.wrong.size() == 1);
    CHECK(result.wrong[0].line == line);
    CHECK_FALSE(result.wrong[0].error.empty());
  }
  std::string globs;
  for (size_t i = 0; i <= ValueList::kMaxGlobs; ++i) globs += "a*" + std::to_string(i) + "b\n";
  CHECK(ValueList::parse(globs).wrong[0].line == ValueList::kMaxGlobs + 1);
}

TEST_CASE("a mistyped address is no name, and five wrong lines are said at once") {
  auto wrong = ValueList::parse("ok.example\n  300.1.2.3 # too large\n2001:::1\n1.2.3.4.5\n\"300.1.2.3\"\n80..7\n00:00:5e:00:53:123\n10.0.0.0/33\n::/129\n").wrong;
  const std::pair<size_t, size_t> places[] = {{2, 3}, {3, 1}, {6, 1}, {7, 1}, {8, 1}};  // and no more than five
  REQUIRE(wrong.size() == std::size(places));
  for (size_t i = 0; i < wrong.size(); ++i) {
    CHECK(wrong[i].line == places[i].first);
    CHECK(wrong[i].column == places[i].second);
  }
  CHECK(ValueList::parse(std::string_view("a\0b\0", 4)).wrong.size() == 1);
  CHECK(load("1.2.3.4.5\n1.2.3\n2.0:1\n\"1.2.3.400\"\n")->has_text("1.2.3.400"));
}

TEST_CASE("a million entries load in seconds and are found at once") {
  std::string text;
  text.reserve(40 << 20);
  for (uint32_t i = 0; i < 250000; ++i) {
    uint32_t a = i * 2654435761u;
    text += std::to_string(a >> 24) + "." + std::to_string(a >> 16 & 255) + "." + std::to_string(a >> 8 & 255) + "." +
            std::to_string(a & 255) + "\n";
    text += "host" + std::to_string(i) + ".example.com\n";
    text += "*.domain" + std::to_string(i) + ".test\n";
    text += std::to_string(uint64_t{i} * 3) + "\n";
  }
  auto start = std::chrono::steady_clock::now();
  auto list = load(text);
  auto loaded = std::chrono::steady_clock::now();
  CHECK(list->size() == 1000000);
  size_t found = 0;
  for (uint32_t i = 0; i < 250000; ++i) {
    found += list->has_ipv4(i * 2654435761u);
    found += list->has_text("www.domain" + std::to_string(i) + ".test");
    found += list->has_number(uint64_t{i} * 3);
    found += list->has_number(uint64_t{i} * 3 + 1);
  }
  auto tested = std::chrono::steady_clock::now();
  CHECK(found == 750000);
  // Generous, for slow machines and sanitizers: a linear search would take hours.
  CHECK(std::chrono::duration<double>(loaded - start).count() < 20);
  CHECK(std::chrono::duration<double>(tested - loaded).count() < 20);
}

TEST_CASE("an entry that no reader can use is found by its line; one list may serve several") {
  const ValueList::Reader port{ValueKind::kUnsigned, 65535, 0}, address{ValueKind::kIpv4}, name{ValueKind::kString}, mac{ValueKind::kBytes, UINT64_MAX, INT64_MIN, true},
      temperature{ValueKind::kSigned, 127, -128};
  const std::string text = "# hosts\n10.0.0.1\n2001:db8::/32\n80\n  300000  # no port\nwww.example.com\n02:00:5e:00:00:01\n-5\n-300\n70000..80000\n60000..80000\n*.example\n02:00\n";
  auto list = load(text);
  auto lines = [&](std::vector<ValueList::Reader> readers) {
    std::string out;
    for (const auto& wrong : list->useless(text, readers)) out += std::to_string(wrong.line) + ":" + std::to_string(wrong.column) + " ";
    CHECK(list->has_useless(readers) == !out.empty());
    return out;
  };
  CHECK(lines({port}) == "2:1 3:1 5:3 6:1 7:1 ");  // five are enough
  CHECK(lines({port, address}) == "5:3 6:1 7:1 8:1 9:1 ");
  CHECK(lines({port, address, name}) == "10:1 ");  // ranges are no names
  CHECK(lines({address, mac, name}) == "10:1 11:1 ");
  CHECK(lines({port, address, name, ValueList::Reader{ValueKind::kUnsigned}}).empty());
  CHECK(lines({address, port, mac, temperature}) == "5:3 6:1 9:1 10:1 12:1 ");
  // Both families of addresses fit where one is asked; no address is a number of seconds.
  auto both = load("10.0.0.1\n::1\n");
  CHECK_FALSE(both->has_useless(std::vector{address}));
  CHECK(both->has_useless(std::vector{ValueList::Reader{ValueKind::kTime}}));
  // Names of values, old and new, and what is none.
  static constexpr wiretail::dissect::ValueName kNames[] = {{1, "A (Host Address)"}, {6, "TCP"}, {8, "Spare", 9}};
  const std::string named = "tcp\n\"a\"\n17\nspare\nNo such\n";
  auto some = load(named);
  const ValueList::Reader reader{ValueKind::kUnsigned, 255, 0, false, kNames};
  const auto wrong = some->useless(named, std::vector{reader});
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].line == 5);
  const wiretail::dissect::ValueNames names = kNames;
  auto with = some->with_names({&names, 1});
  REQUIRE(with);
  for (uint64_t v : {1u, 6u, 8u, 9u, 17u}) CHECK(with->has_number(v));
  for (uint64_t v : {0u, 2u, 5u, 7u, 10u}) CHECK_FALSE(with->has_number(v));
  CHECK_FALSE(some->has_number(6));
  CHECK_FALSE(list->with_names({&names, 1}));
}

TEST_CASE("seconds and fractions, whole numbers among them") {
  auto list = load("1.5\n0.25..0.75\n7\n10..12\n-3..-2\n-1..0\n20..20.5\n-0.000000001\n1e2\n");
  for (wiretail::dissect::Time t : {wiretail::dissect::Time{1, 500'000'000}, {0, 250'000'000}, {0, 500'000'000}, {0, 750'000'000}, {7, 0}, {10, 0}, {11, 1}, {12, 0}, {-3, 0}, {-3, 5}, {-2, 0}, {-1, 0}, {-1, 5}, {0, 0},
                          {20, 500'000'000}, {20, 0}, {-1, 999'999'999}, {100, 0}})
    CHECK(list->has_time(t));
  for (wiretail::dissect::Time t : {wiretail::dissect::Time{1, 500'000'001}, {0, 249'999'999}, {0, 1}, {7, 1}, {12, 1}, {-4, 999'999'999}, {-2, 1}, {20, 500'000'001}, {9, 999'999'999}}) CHECK_FALSE(list->has_time(t));
  for (double v : {1.5, 0.25, 0.5, 7.0, 10.0, 11.3, 12.0, -3.0, -2.5, -0.5, 0.0, 20.25, 100.0}) CHECK(list->has_float(v));
  for (double v : {1.6, 0.2, 7.1, 12.1, -3.1, -1.5, 20.6}) CHECK_FALSE(list->has_float(v));
  CHECK(list->may_hold(ValueKind::kTime));
  CHECK(list->has_text("1.5"));  // a name, too
  CHECK_FALSE(load("www.example\n10.0.0.1\ninfinity\n")->may_hold(ValueKind::kTime));
  CHECK_FALSE(ValueList::parse("1.5..0.5\n").list);
  const std::string text = "1.5\n3\n10.0.0.1\nfast\n";
  const auto wrong = load(text)->useless(text, std::vector{ValueList::Reader{ValueKind::kTime}});
  REQUIRE(wrong.size() == 2);
  CHECK(wrong[0].line == 3);
  CHECK(wrong[1].line == 4);
}
