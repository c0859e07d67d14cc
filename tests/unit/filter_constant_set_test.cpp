// Large sets: the look-up says what asking element by element says, of every kind of value; what cannot be looked up stays beside it.
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>

#include "differential/reference_eval.hpp"
#include "dissect/dissector.hpp"
#include "filter/check.hpp"
#include "filter/constant_set.hpp"
#include "filter/filter.hpp"
#include "filter/simplify.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;
using namespace wiretail::filter;

namespace {

std::unique_ptr<Operand> operand(const Constant& c) {
  auto out = std::make_unique<Operand>();
  out->kind = c.kind;
  out->constants.push_back(c);
  return out;
}

// Constants that lie close together, with the ends of what their kind can be: most sets overlap, most values are near an end.
class Constants {
 public:
  explicit Constants(ValueKind kind) : kind_(kind) {}
  Constant next() {
    Constant c;
    c.kind = kind_;
    switch (kind_) {
      case ValueKind::kUnsigned:
      case ValueKind::kSigned:
        c.kind = pick(2) ? ValueKind::kUnsigned : ValueKind::kSigned;
        c.u = pick(4) ? pick(40) - 20 * pick(2) : std::array<uint64_t, 6>{0, UINT64_MAX, uint64_t{1} << 63, (uint64_t{1} << 63) - 1, UINT64_MAX - 1, 1}[pick(6)];
        break;
      case ValueKind::kFloat: {
        constexpr double kInfinite = std::numeric_limits<double>::infinity();
        const double edges[] = {0.0, -0.0, kInfinite, -kInfinite, std::nan(""), -std::nan(""), 5e-324, -5e-324, 1e308, -1e308};
        c.d = pick(3) ? (static_cast<double>(pick(40)) - 20) / 4 : edges[pick(std::size(edges))];
        break;
      }
      case ValueKind::kTime:
        c.time.seconds = pick(6) ? static_cast<int64_t>(pick(7)) - 3 : pick(2) ? INT64_MIN : INT64_MAX;
        c.time.nanos = std::array<int32_t, 7>{0, 1, 500'000'000, 999'999'999, 1'000'000'000, -1, INT32_MIN}[pick(7)];
        break;
      case ValueKind::kIpv4:
        c.u = pick(4) ? 0x0a000000 + pick(3) * 256 + pick(8) : pick(2) ? 0xffffffff - pick(3) : pick(3);
        if (pick(2)) c.prefix = std::array<uint8_t, 8>{0, 1, 24, 30, 31, 32, 8, 255}[pick(pick(20) ? 8 : 1)];
        if (c.prefix < 8 && pick(4)) c.prefix = 29;
        break;
      case ValueKind::kIpv6: {
        c.bytes = std::string(16, pick(8) ? '\0' : '\xff');
        c.bytes[15] = static_cast<char>(pick(6)), c.bytes[7] = static_cast<char>(pick(3)), c.bytes[8] = static_cast<char>(pick(2) << 7);
        if (pick(2)) c.prefix = std::array<uint8_t, 12>{126, 127, 128, 120, 63, 64, 65, 66, 0, 1, 129, 255}[pick(12)];
        if (c.prefix < 2 && pick(4)) c.prefix = 125;
        break;
      }
      case ValueKind::kGuid:
        c.bytes = std::string(16, static_cast<char>(pick(2) * 0x80));
        c.bytes[pick(16)] = static_cast<char>(pick(5));
        break;
      default:  // texts with their beginnings, empty ones, bytes above 127
        for (uint64_t n = pick(4); n > 0; --n) c.bytes += "ab\0\xff"[pick(4)];
        break;
    }
    return c;
  }
  uint64_t pick(uint64_t n) { return random_() % n; }

 private:
  ValueKind kind_;
  std::mt19937_64 random_{7};
};

struct Fixture {
  std::vector<test::Frame> frames = test::made_frames();
  dissect::Dissector dissector{{}};
  dissect::Dissection& d = dissector.dissect(frames[0].packet());
  Values values;
};

// The text's test after all stages before compiling.
std::unique_ptr<Test> simple(const std::string& text) {
  CheckResult checked = check_filter(text, Subject::kPacket, {});
  for (const auto& e : checked.errors) UNSCOPED_INFO(e.message);
  INFO(text.substr(0, 200));
  REQUIRE(checked.filter.root);
  return simplify(*checked.filter.root);
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string out;
  for (const auto& p : parts) out += (out.empty() ? "" : between) + p;
  return out;
}

std::vector<std::string> numbered(const std::string& before, const std::string& after, size_t n) {
  std::vector<std::string> out;
  for (size_t i = 0; i < n; ++i) out.push_back(before + std::to_string(i) + after);
  return out;
}

}  // namespace

TEST_CASE("a set's look-up says what asking each element says") {
  Fixture f;
  using K = ValueKind;
  // Kinds of the values and of the constants beside them.
  for (auto [value_kind, constant_kind] : std::vector<std::pair<K, K>>{{K::kUnsigned, K::kUnsigned}, {K::kFloat, K::kFloat}, {K::kTime, K::kTime}, {K::kIpv4, K::kIpv4}, {K::kIpv6, K::kIpv6},
                                                                      {K::kString, K::kString}, {K::kBytes, K::kBytes}, {K::kGuid, K::kGuid}, {K::kProtocol, K::kProtocol}, {K::kProtocol, K::kBytes}, {K::kBytes, K::kString}}) {
    Constants constants(constant_kind), candidates(value_kind);
    size_t asked = 0, found = 0, different = 0;
    for (int round = 0; round < 400; ++round) {
      Test scanned;
      scanned.form = Test::Form::kIn;
      scanned.left = std::make_unique<Operand>();
      scanned.left->kind = value_kind;
      for (uint64_t n = 9 + constants.pick(round % 4 ? 3 : 40); n > 0; --n) {
        scanned.set.push_back({operand(constants.next()), nullptr});
        if (constants.pick(4) == 0) scanned.set.back().high = operand(constants.next());
      }
      auto looked_up = clone(scanned);
      looked_up->sorted = ConstantSet::of(*looked_up);
      REQUIRE(looked_up->sorted);
      REQUIRE(looked_up->sorted->others().empty());
      for (int i = 0; i < 60; ++i) {
        Constant c = candidates.next();
        if (value_kind == K::kIpv4 || value_kind == K::kIpv6) c.prefix = 0xff;
        const Datum v = datum_of(c);
        REQUIRE(looked_up->sorted->orders(v));
        const bool expected = f.values.in_set(scanned, v, f.d);
        different += looked_up->sorted->has(v) != expected || f.values.in_set(*looked_up, v, f.d) != expected;
        found += expected, ++asked;
      }
    }
    INFO("values of kind " << static_cast<int>(value_kind) << ", constants of " << static_cast<int>(constant_kind) << ": " << found << " of " << asked << " are in their set");
    CHECK(different == 0);
    CHECK(found > asked / 50);
    CHECK(found < asked - asked / 50);
  }
}

TEST_CASE("a set is looked up only where its constants have one order") {
  Fixture f;
  Constants addresses(ValueKind::kIpv4), numbers(ValueKind::kUnsigned);
  Test t;
  t.form = Test::Form::kIn;
  t.left = std::make_unique<Operand>();
  t.left->kind = ValueKind::kIpv4;
  for (int i = 0; i < 8; ++i) t.set.push_back({operand(addresses.next()), nullptr});
  CHECK(ConstantSet::of(t) == nullptr);  // few
  CHECK(ConstantSet::of(t, 7));
  for (int i = 0; i < 8; ++i) t.set.push_back({operand(numbers.next()), nullptr});
  CHECK(ConstantSet::of(t) == nullptr);  // of another kind
  t.set.push_back({operand(addresses.next()), nullptr});
  auto set = ConstantSet::of(t);
  REQUIRE(set);
  CHECK(set->others() == std::vector<uint32_t>{8, 9, 10, 11, 12, 13, 14, 15});
  Constant net;
  net.kind = ValueKind::kIpv4, net.u = 0x0a000000, net.prefix = 24;
  CHECK_FALSE(set->orders(datum_of(net)));  // equals many addresses
  net.prefix = 32;
  CHECK(set->orders(datum_of(net)));
  net.kind = ValueKind::kUnsigned;
  CHECK_FALSE(set->orders(datum_of(net)));
}

TEST_CASE("filters with large sets match what the reference evaluator matches") {
  std::vector<test::Frame> frames = test::made_frames(), captured = test::corpus_frames(200);
  frames.insert(frames.end(), captured.begin(), captured.end());
  const std::string protocols = joined(numbered("\"eth:ethertype:p", "\"", 20), ", ");
  // Elements so that some packets are in the set and some are not; and a few that are no constants.
  const std::vector<std::pair<std::string, std::string>> sets = {
      {"frame.protocols", protocols + ", \"eth:ethertype:ip:tcp\", \"eth:ethertype:ip:u\" .. \"eth:ethertype:ip:v\""},
      {"eth.addr", joined(numbered("02:00:5e:10:00:0", "", 10), ", ") + ", 00:00:00:00:00:00 .. 00:ff:ff:ff:ff:ff"},
      {"eth.src", joined(numbered("02:00:5e:10:00:0", "", 10), ", ")},
      {"eth.dst", joined(numbered("02:00:5e:10:00:0", "", 10), ", ") + ", eth.src"},
      {"ipv6.addr", "2001:db8::/64, fe80::/10, " + joined(numbered("2001:db9::", "/127", 12), ", ")},
      {"ipv6.src", "2001:db8::1, ::/128, fe80:: .. fe80::ffff, " + joined(numbered("2001:db9::", "", 12), ", ")},
      {"ip.src#1", joined(numbered("10.0.0.", "", 12), ", ") + ", 192.168.0.0/16"},
      {"ip.addr", joined(numbered("10.0.0.", "", 12), ", ") + ", ip.dst"},
      {"@ip.id", joined(numbered("00:0", "", 10), ", ") + ", 10:00 .. 7f:ff"},
      {"@tcp.port", joined(numbered("00:0", "", 9), ", ") + ", 00:50, 01:bb"},
      {"tcp.payload", joined(numbered("0", "", 10), ", ") + ", 47 .. 48, 00:00 .. 20"},
      {"udp", joined(numbered("00:0", "", 10), ", ") + ", 00:35 .. 80:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00"},
      {"frame.time_relative", joined(numbered("", ".5", 10), ", ") + ", 0, -5 .. -0.5"},
      {"frame.time_epoch", joined(numbered("", ".25", 10), ", ") + ", 0 .. 1300000000.5"},
      {"frame.len", joined(numbered("10", "", 10), ", ") + ", frame.cap_len + 1, 60 .. ip.len + 14"},
      {"tcp.port", joined(numbered("4", "", 10), ", ") + ", 80, tcp.srcport + 1 .. 65535"},
      {"tcp.window_size_scalefactor", joined(numbered("1", "", 10), ", ") + ", -2, -1"},
      {"dns.qry.name", joined(numbered("\"n", "\"", 10), ", ") + ", \"www.example.com\", \"a\" .. \"m\""},
      {"ip.ttl", joined(numbered("1", "", 10), ", ") + ", 64, 128 .. 127"},
      {"tcp.flags.syn", joined(numbered("", "", 2), ", ") + ", 1, 1, 1, 1, 1, 1, 1, 1"},
      {"data.len", joined(numbered("1", "", 10), ", ") + ", 2 .. 8"},
  };
  size_t all_in_set = 0, all_not_in_set = 0;
  for (const auto& [field, elements] : sets) {
    size_t in_set = 0, not_in_set = 0, different = 0;
    for (const std::string quantifier : {"", "any ", "all "})
      for (const std::string in : {" in {", " not in {"}) {
        const std::string text = quantifier + field + in + elements + "}";
        const FilterSource source{"f", text, Subject::kPacket};
        CompileResult compiled = compile({&source, 1}, {});
        for (const auto& e : compiled.diagnostics[0]) UNSCOPED_INFO(e.message);
        INFO(text);
        REQUIRE(compiled.program);
        CheckResult checked = check_filter(text, Subject::kPacket, {});
        dissect::Dissector dissector({});
        dissect::Needs needs = compiled.program->needs();
        needs.flow_wanted = nullptr;
        dissector.set_needs(needs);
        MatchSet matches;
        matches.resize(1);
        for (const test::Frame& frame : frames) {
          dissect::Dissection& d = dissector.dissect(frame.packet());
          matches.clear();
          compiled.program->evaluate(d, Subject::kPacket, matches);
          different += matches.any() != reference::holds(*checked.filter.root, d);
          (in == " in {" ? in_set : not_in_set) += matches.any();
        }
      }
    INFO(field << ": " << in_set << " in the set, " << not_in_set << " not in it");
    CHECK(different == 0);
    CHECK(in_set + not_in_set > 0);
    all_in_set += in_set, all_not_in_set += not_in_set;
  }
  CHECK(all_in_set > 100);
  CHECK(all_not_in_set > 100);
}

TEST_CASE("chains of comparisons become sets where that is the same") {
  const auto form = [](const std::string& text) { return simple(text)->form; };
  CHECK(form(joined(numbered("frame.protocols == \"h", "\"", 50), " or ")) == Test::Form::kIn);
  CHECK(form(joined(numbered("frame.protocols != \"h", "\"", 50), " and ")) == Test::Form::kIn);
  CHECK(form(joined(numbered("lower(http.host) == \"h", "\"", 50), " or ")) == Test::Form::kIn);
  CHECK(form(joined(numbered("http.host[0:2] == \"h", "\"", 10), " or ")) == Test::Form::kIn);
  CHECK(form(joined(numbered("http.host[0:2] != \"h", "\"", 10), " and ")) == Test::Form::kIn);
  CHECK(form("http.host[0:3] == \"abc\" or http.host[1:3] == \"abc\"") == Test::Form::kOr);
  CHECK(form("tcp.port - 1 != 5 and tcp.port - 1 != 6") == Test::Form::kAnd);  // without a result both hold, and nothing is in a set
  CHECK(form("all ip.addr == 10.0.0.1 or all ip.addr == 10.0.0.2") == Test::Form::kOr);
  CHECK(form("lower(http.host) != \"a\" or lower(http.host) != \"b\"") == Test::Form::kOr);
}

TEST_CASE("a set that grows when tests are joined is looked up as a whole") {
  auto t = simple("frame.protocols in {" + joined(numbered("\"a", "\"", 20), ", ") + "}");
  t->sorted = ConstantSet::of(*t);
  REQUIRE(t->sorted);
  Test both;
  both.form = Test::Form::kOr;
  both.tests.push_back(std::move(t));
  both.tests.push_back(simple("frame.protocols == \"b\""));
  auto grown = simplify(both);
  REQUIRE(grown->form == Test::Form::kIn);
  CHECK(grown->set.size() == 21);
  CHECK(grown->sorted == nullptr);
}

TEST_CASE("a set of 100,000 elements is compiled soon") {
  for (const std::string& text : {"frame.protocols in {" + joined(numbered("\"h", "\"", 100'000), ",") + "}", "frame.protocols == " + joined(numbered("\"h", "\"", 50'000), " or frame.protocols == "),
                                  "frame.time_epoch in {" + joined(numbered("", " .. 5", 100'000), ",") + "}", "lower(http.host) == " + joined(numbered("\"h", "\"", 50'000), " or lower(http.host) == ")}) {
    const FilterSource source{"f", text, Subject::kPacket};
    const auto begin = std::chrono::steady_clock::now();
    CompileResult compiled = compile({&source, 1}, {});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    INFO(text.substr(0, 40) << ": " << seconds << " s");
    CHECK(compiled.program);
    CHECK(seconds < 5);  // a fifth of a second; with a sanitizer and on a busy machine more
  }
}
