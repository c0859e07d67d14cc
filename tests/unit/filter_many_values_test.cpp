// Arithmetic over fields with many values: every value of one side with every value of the other, up to a limit. A packet
// with thousands of records must cost neither memory without bound nor time.
#include <chrono>
#include <cstring>

#include "differential/reference_eval.hpp"
#include "dissect/dissector.hpp"
#include "filter/check.hpp"
#include "filter/filter.hpp"
#include "filter/values.hpp"
#include "unit/allocations.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

namespace {

void two(std::string& s, uint32_t v) { s += static_cast<char>(v >> 8), s += static_cast<char>(v); }
void four(std::string& s, uint32_t v) { two(s, v >> 16), two(s, v & 0xffff); }

// A DNS answer with so many address records (RFC 1035): the n-th has ttl(n) and the address 10.x.x.x of its number.
test::Frame answer(uint32_t records, uint32_t (*ttl)(uint32_t)) {
  std::string dns;
  two(dns, 1), two(dns, 0x8180), two(dns, 0), two(dns, records), two(dns, 0), two(dns, 0);
  for (uint32_t i = 0; i < records; ++i) {
    dns += '\0';
    two(dns, 1), two(dns, 1), four(dns, ttl(i)), two(dns, 4), four(dns, 0x0a000000 + i);
  }
  test::Frame frame;
  frame.bytes = std::string("\x02\0\x5e\x10\0\x01\x02\0\x5e\x10\0\x02\x08\0", 14);
  frame.bytes += '\x45', frame.bytes += '\0';
  two(frame.bytes, static_cast<uint32_t>(28 + dns.size())), four(frame.bytes, 0), two(frame.bytes, 0x4011), two(frame.bytes, 0);
  four(frame.bytes, 0x0a000001), four(frame.bytes, 0x0a000002), two(frame.bytes, 53), two(frame.bytes, 4000);
  two(frame.bytes, static_cast<uint32_t>(8 + dns.size())), two(frame.bytes, 0);
  frame.bytes += dns;
  return frame;
}

struct Asked {
  bool matches = false, reference = false;
  double seconds = 0;
};

Asked ask(const test::Frame& frame, const std::string& text, bool with_reference = false) {
  INFO(text);
  filter::FilterSource source{"f", text, filter::Subject::kPacket};
  filter::CompileResult compiled = filter::compile({&source, 1}, {});
  for (const auto& e : compiled.diagnostics[0]) UNSCOPED_INFO(e.message);
  REQUIRE(compiled.program);
  dissect::Dissector dissector({});
  dissector.set_needs(compiled.program->needs());
  dissect::Dissection& d = dissector.dissect(frame.packet());
  filter::MatchSet matches;
  matches.resize(1);
  const auto begin = std::chrono::steady_clock::now();
  compiled.program->evaluate(d, filter::Subject::kPacket, matches);
  Asked out;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  out.matches = matches.any();
  if (with_reference) out.reference = reference::holds(*filter::check_filter(text, filter::Subject::kPacket, {}).filter.root, d);
  return out;
}

std::string chain(const std::string& field, int terms, const std::string& op) {
  std::string out = field;
  for (int i = 1; i < terms; ++i) out += " " + op + " " + field;
  return out;
}

}  // namespace

TEST_CASE("arithmetic over thousands of values ends soon") {
  const test::Frame frame = answer(2000, [](uint32_t i) { return i + 1; });
  const std::string t = "dns.resp.ttl";
  std::string nested = t;
  for (int i = 0; i < 200; ++i) nested = t + " + {" + nested + "}";
  std::string wide = "max(" + t + " + " + t;
  for (int i = 0; i < 100; ++i) wide += ", " + t + " * " + t;
  const uint64_t before = test::allocations();
  for (const std::string& text : std::vector<std::string>{
           chain(t, 2, "+") + " == 1", chain(t, 3, "+") + " == 2", chain(t, 4, "+") + " == 1", chain(t, 200, "+") + " == 1", nested + " == 1", wide + ") == 1",
           chain(t, 3, "*") + " != 1000000000", chain(t, 3, "-") + " > 100000", chain(t, 3, "&") + " == 100000", t + " + " + t + " == " + t + " - " + t + " * " + t,
           "all " + t + " + " + t + " < " + t + " * " + t, t + " in {" + t + " + " + t + " .. " + t + " * " + t + ", 5000 + " + t + "}", t + " not in {" + t + " + 10000 .. " + t + " + 20000}",
           t + " in {" + chain(t, 3, "-") + " .. " + chain(t, 3, "*") + "}", "dns.a & dns.a & dns.a == 1.2.3.4", "max(" + chain(t, 3, "+") + ") == 1", t + " == " + t + " + 5000"}) {
    Asked a = ask(frame, text);
    INFO(text.substr(0, 80) << ": " << a.seconds << " s");
    CHECK(a.seconds < 5);  // some milliseconds, or a tenth of a second of the longest; with a sanitizer and on a busy machine more
  }
  if (test::allocations_are_counted()) CHECK(test::allocations() - before < 200'000);
}

TEST_CASE("what arithmetic gives below the limits is what all combinations give") {
  const test::Frame frame = answer(60, [](uint32_t i) { return i * i % 97; });
  const std::string t = "dns.resp.ttl";
  for (const char* op : {"==", "!=", "===", "!==", "<", "<=", ">", ">="})
    for (const char* quantifier : {"", "all ", "any "}) {
      if (*quantifier && std::strlen(op) == 3) continue;
      for (const std::string& right : std::vector<std::string>{t, t + " + " + t, t + " + 96", "96", t + " * 0", t + " / " + t}) {
        const std::string text = quantifier + t + " + " + t + " " + op + " " + right;
        Asked a = ask(frame, text, true);
        INFO(text);
        CHECK(a.matches == a.reference);
      }
    }
  for (const char* quantifier : {"", "all ", "any "})
    for (const char* in : {" in ", " not in "})
      for (const std::string& set : std::vector<std::string>{"{0 .. 96}", "{0 .. 50, 40 .. 96}", "{" + t + "}", "{" + t + " + 1 .. " + t + "}", "{" + t + " + 100}", "{1, 2, 3}", "{97}", "{" + t + " * 2, " + t + " * 3 .. 0}"}) {
        const std::string text = quantifier + t + in + set;
        Asked a = ask(frame, text, true);
        INFO(text);
        CHECK(a.matches == a.reference);
      }
}

TEST_CASE("many values and a large set end soon, with the reference evaluator's result") {
  const test::Frame frame = answer(2000, [](uint32_t i) { return i * 7919 % 2003; });  // each once, below 2003
  const auto numbers = [](uint32_t from, uint32_t to) {
    std::string out = std::to_string(from);
    for (uint32_t i = from + 1; i < to; ++i) out += "," + std::to_string(i);
    return out;
  };
  const std::string none = numbers(3000, 8000), some = numbers(2000, 7000), every = numbers(0, 5000), but_one = numbers(1, 5000);
  for (const char* quantifier : {"", "all ", "any "})
    for (const char* in : {" in {", " not in {"}) {
      for (const std::string* set : {&none, &some, &every, &but_one})
        for (const char* beside : {"}", ", dns.count.answers}", ", dns.resp.ttl * 2 .. 0}"}) {
          const std::string text = std::string(quantifier) + "dns.resp.ttl" + in + *set + beside;
          Asked a = ask(frame, text);
          INFO(quantifier << in << set->substr(0, 20) << " …" << beside << ": " << a.seconds << " s");
          CHECK(a.seconds < 1);  // half a millisecond, or some with fields beside
          Asked small = ask(frame, std::string(quantifier) + "dns.resp.ttl" + in + (set == &none ? "3000 .. 7999" : set == &some ? "2000 .. 6999" : set == &every ? "0 .. 4999" : "1 .. 4999") + beside, true);
          CHECK(a.matches == small.reference);
        }
    }
}

TEST_CASE("what lies beyond the limit is as if it were not there") {
  // 400 times 400 combinations: the first 163 values of the left side with all of the right, and 336 pairs of the next.
  const test::Frame frame = answer(400, [](uint32_t i) { return i; });
  static_assert(filter::kMaxCombinations == 163 * 400 + 336);
  CHECK(ask(frame, "dns.resp.ttl + dns.resp.ttl == 0").matches);
  CHECK(ask(frame, "dns.resp.ttl * 1000 + dns.resp.ttl == 162399").matches);
  CHECK(ask(frame, "dns.resp.ttl * 1000 + dns.resp.ttl == 163335").matches);
  CHECK_FALSE(ask(frame, "dns.resp.ttl * 1000 + dns.resp.ttl == 163336").matches);
  Asked a = ask(frame, "dns.resp.ttl + dns.resp.ttl + dns.resp.ttl == 399", true);
  CHECK(a.matches == a.reference);
}

TEST_CASE("all operators of a test together take no more than twice what one takes") {
  // 256 values: an operator takes all of their 65,536 pairs; the first two of a chain do, the third one has none left.
  static_assert(filter::kMaxTestCombinations == 2 * filter::kMaxCombinations);
  const test::Frame frame = answer(256, [](uint32_t i) { return i; });
  CHECK(ask(frame, "dns.resp.ttl + dns.resp.ttl == 510").matches);
  CHECK(ask(frame, "{dns.resp.ttl + dns.resp.ttl} + dns.resp.ttl == 0").matches);
  CHECK_FALSE(ask(frame, "{{dns.resp.ttl + dns.resp.ttl} + dns.resp.ttl} + dns.resp.ttl == 0").matches);
  CHECK(ask(frame, chain("udp.port", 16, "+") + " == 4000 * 16").matches);  // 2 to the 17th and less before
}

TEST_CASE("the explanation of a packet names the limit") {
  const test::Frame frame = answer(400, [](uint32_t i) { return i; });
  dissect::Dissector dissector({});
  dissect::Needs needs;
  for (const auto& f : dissect::Registry::get().fields()) needs.add(f.id);
  dissector.set_needs(needs);
  dissect::Dissection& d = dissector.dissect(frame.packet());
  const std::string text = filter::explain_packet("dns.resp.ttl + dns.resp.ttl == 900", {}, d);
  INFO(text);
  CHECK(text.find("94464 combinations of values lie beyond the limit (max_combinations 65536") != std::string::npos);
  CHECK(filter::explain_packet("dns.resp.ttl + 1 == 900", {}, d).find("max_combinations") == std::string::npos);
}
