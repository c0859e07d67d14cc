// The bytes that `@` gives are Wireshark's item, which may be more or less than the value's own. What is expected here is what
// tshark 4.4 answers to `-e @FIELD` for these bytes.
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"
#include "filter/functions.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;

namespace {

// How many of the made packets match; alone and together with a filter that wants the same fields for their values.
std::pair<size_t, size_t> matching(const std::string& text) {
  std::pair<size_t, size_t> found{0, 0};
  for (bool together : {false, true}) {
    std::vector<filter::FilterSource> sources{{"asked", text, filter::Subject::kPacket}};
    if (together) sources.push_back({"beside", "tcp.flags.syn == 1 or http.host == \"x\" or ip.len > 0 or tcp.seq == 1", filter::Subject::kPacket});
    auto compiled = filter::compile(sources, {});
    REQUIRE(compiled.program);
    dissect::Dissector dissector({});
    dissector.set_needs(compiled.program->needs());
    filter::MatchSet matches;
    matches.resize(sources.size());
    for (const test::Frame& frame : test::made_frames()) {
      matches.clear();
      compiled.program->evaluate(dissector.dissect(frame.packet()), filter::Subject::kPacket, matches);
      matches.each([&](uint32_t filter) { (together ? found.second : found.first) += filter == 0; });
    }
  }
  return found;
}

bool holds_wherever(const std::string& field, const std::string& test) {
  const auto there = matching(field), right = matching(test);
  CAPTURE(field, test, there, right);
  return there.first > 0 && there == right;
}

}  // namespace

TEST_CASE("raw bytes are those of Wireshark's item") {
  for (const char* flag : {"cwr", "ece", "urg", "ack", "push", "reset", "syn", "fin"}) CHECK(holds_wherever("tcp.flags." + std::string(flag), "@tcp.flags." + std::string(flag) + " == tcp[13:1]"));
  for (const char* flag : {"res", "ae"}) CHECK(holds_wherever("tcp.flags." + std::string(flag), "@tcp.flags." + std::string(flag) + " == tcp[12:1]"));
  CHECK(holds_wherever("tcp.flags", "@tcp.flags == tcp[12:2]"));
  CHECK(holds_wherever("tcp.seq", "@tcp.seq == tcp[4:4]"));
  CHECK(holds_wherever("ip.len", "@ip.len == ip[2:2]"));
  CHECK(holds_wherever("http.host", "@http.host == \"Host: www.example.com\\r\\n\""));
  CHECK(holds_wherever("http.user_agent", "@http.user_agent == \"User-Agent: demo\\r\\n\""));
  CHECK(holds_wherever("http.request.method", "@http.request.method == \"GET\""));
  CHECK(holds_wherever("udp.checksum.status >= 3", "@udp.checksum.status == udp[6:2]"));
  CHECK(matching("ieee8021ad.priority && len(@ieee8021ad.priority) == 1").first > 0);
  CHECK(matching("@udp.checksum.status == 00:00").first > 0);
}

// What tshark 4.0 and 4.4 find equal to string(icmp.resptime) for answers that came after so many nanoseconds.
TEST_CASE("the text of a floating-point number has every digit") {
  filter::Operand call, field;
  field.form = filter::Operand::Form::kField, field.kind = filter::ValueKind::kFloat;
  const auto ids = dissect::Registry::get().find("icmp.resptime");
  REQUIRE(!ids.empty());
  field.fields.assign(ids.begin(), ids.end());
  call.form = filter::Operand::Form::kFunction, call.function = filter::Function::kString;
  call.operands.push_back(std::make_unique<filter::Operand>(std::move(field)));
  const std::pair<int64_t, const char*> kTexts[] = {{175'000, "0.17499999999999999"}, {86'000, "0.085999999999999993"}, {1, "9.9999999999999995e-07"}, {7, "6.9999999999999999e-06"},
                                                    {0, "0"}, {1'000'000, "1"}, {123'456'789'012, "123456.78901199999"}, {10'000'000'000'001, "10000000.000001"}};
  dissect::Arena arena;
  for (const auto& [nanos, text] : kTexts) {
    filter::Datum v;
    v.kind = filter::ValueKind::kFloat;
    v.d = static_cast<double>(nanos / 1'000'000'000) * 1000 + static_cast<double>(nanos % 1'000'000'000) / 1e6;
    filter::DatumList out;
    filter::call(call, {v}, arena, out);
    REQUIRE(out.size() == 1);
    CHECK(std::string(reinterpret_cast<const char*>(out[0].p), out[0].n) == text);
  }
}
