// The program equals the reference evaluator on generated expressions over packets: made here, and from captures.
// WIRETAIL_PAIRS=N asks for more pairs, WIRETAIL_SEED=N for others.
#include <pcap/pcap.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "differential/reference_eval.hpp"
#include "dissect/dissector.hpp"
#include "dissect/format.hpp"
#include "filter/check.hpp"
#include "filter/program.hpp"
#include "filter/types.hpp"
#include "unit/catch.hpp"
#include "unit/filter_packets.hpp"

using namespace wiretail;
using namespace wiretail::filter;
using dissect::FieldType;
using dissect::Registry;

namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Generator {
 public:
  Generator(uint64_t seed, const std::vector<test::Frame>& frames) : random_(seed) {
    // Fields that the packets have are asked for most, with values that they have.
    dissect::Dissector dissector({});
    dissect::Needs needs;
    for (const auto& f : Registry::get().fields()) needs.add(f.id);
    dissector.set_needs(needs);
    std::vector<std::vector<std::string>> seen(Registry::get().fields().size());
    for (const test::Frame& frame : frames) {
      dissect::Dissection& d = dissector.dissect(frame.packet());
      for (const auto& f : Registry::get().fields()) {
        for (const auto* o = d.first(f.id); o; o = d.next(*o))
          if (seen[f.id].size() < 12) seen[f.id].push_back(literal(f, o->value));
      }
    }
    for (const auto& f : Registry::get().fields()) {
      if (Registry::get().protocol(f.proto).pseudo) continue;
      (seen[f.id].empty() ? absent_ : present_).push_back(f.id);
    }
    values_ = std::move(seen);
  }

  std::string expression(int depth) {
    uint64_t kind = depth <= 0 ? 9 : pick(14);
    if (kind == 0) return "(" + expression(depth - 1) + " and " + expression(depth - 1) + ")";
    if (kind == 1 || kind == 2) return "(" + expression(depth - 1) + " or " + expression(depth - 1) + ")";
    if (kind == 3) return "(" + expression(depth - 1) + " xor " + expression(depth - 1) + ")";
    if (kind == 4) return "not " + expression(depth - 1);
    if (kind == 5) return "(" + expression(depth - 1) + " and " + expression(depth - 1) + " and not " + expression(depth - 1) + ")";
    return test();
  }

 private:
  uint64_t pick(uint64_t n) { return random_() % n; }
  template <class T>
  const T& of(const std::vector<T>& list) { return list[pick(list.size())]; }

  static std::string literal(const dissect::FieldDef& f, const dissect::Value& v) {
    std::string out;
    switch (kind_of(f.type)) {
      case ValueKind::kUnsigned: return std::to_string(v.u);
      case ValueKind::kSigned: return std::to_string(v.i);
      case ValueKind::kIpv4: dissect::append_ipv4(out, static_cast<uint32_t>(v.u)); return out;
      case ValueKind::kIpv6: dissect::append_ipv6(out, v.p); return out;
      case ValueKind::kString: return quoted({reinterpret_cast<const char*>(v.p), std::min<uint32_t>(v.n, 40)});
      case ValueKind::kBytes:
      case ValueKind::kProtocol: {
        for (uint32_t i = 0; i < v.n && (f.type == FieldType::kEther || i < 12); ++i) {
          if (i) out += ':';
          dissect::append_hex(out, v.p[i], 2);
        }
        return out.size() == 2 ? out + ":" : out;
      }
      case ValueKind::kTime: return v.time().seconds < 0 ? "0" : std::to_string(v.time().seconds) + "." + std::to_string(1'000'000'000 + v.time().nanos).substr(1);
      case ValueKind::kFloat: return std::to_string(v.d);
      default: return "1";
    }
  }
  static std::string quoted(std::string_view s) {
    std::string out = "\"";
    for (char c : s) {
      out += "\\x";
      dissect::append_hex(out, static_cast<uint8_t>(c), 2);
    }
    return out + "\"";
  }

  std::string value_for(FieldId id) {
    const auto& f = Registry::get()[id];
    const auto& had = values_[id];
    if (!had.empty() && pick(4)) {
      std::string v = of(had);
      ValueKind kind = kind_of(f.type);
      if (kind == ValueKind::kUnsigned && f.type != FieldType::kBoolean && pick(4) == 0) return std::to_string(std::strtoull(v.c_str(), nullptr, 10) / 2);
      if (kind == ValueKind::kIpv4 && pick(2)) return v + "/" + std::to_string(pick(33));
      if (kind == ValueKind::kIpv6 && pick(2)) return v + "/" + std::to_string(pick(129));
      if (!v.empty()) return v;
    }
    switch (kind_of(f.type)) {
      case ValueKind::kIpv4: return "10.0." + std::to_string(pick(4)) + "." + std::to_string(pick(8));
      case ValueKind::kIpv6: return "2001:db8::" + std::to_string(pick(8));
      case ValueKind::kString: return "\"example\"";
      case ValueKind::kBytes: return f.type == FieldType::kEther ? "02:00:5e:00:00:01" : "47:45";
      case ValueKind::kProtocol: return "47:45:54";
      default: return std::to_string(pick(f.type == FieldType::kBoolean ? 2 : 200));
    }
  }

  FieldId field() { return pick(8) || absent_.empty() ? of(present_) : of(absent_); }
  std::string quantifier() { return std::string(of(std::vector<std::string>{"", "", "", "any ", "all "})); }
  std::string layer() { return pick(10) ? "" : of(std::vector<std::string>{"#1", "#2", "#[-1]", "#[1-2]", "#[2:]", "#[:2]", "#3", "#[1:1]"}); }
  std::string range() {
    return of(std::vector<std::string>{"[0]", "[0:2]", "[1-3]", "[-2:]", "[:3]", "[2:]", "[0,2]", "[20:4]", "[-4:2]", "[:]", "[3:1,0:2,500]"});
  }
  std::string needle(FieldId id) {
    std::string v = value_for(id);
    if (kind_of(Registry::get()[id].type) == ValueKind::kString && v.size() > 18) return v.substr(0, 5 + 4 * pick(3)) + "\"";
    return v;
  }

  std::string test() {
    FieldId id = field();
    const auto& f = Registry::get()[id];
    std::string name(f.name);
    ValueKind kind = kind_of(f.type);
    if (kind == ValueKind::kNone) return name + layer();
    bool bytes = kind == ValueKind::kBytes || kind == ValueKind::kString || kind == ValueKind::kProtocol || kind == ValueKind::kIpv4 || kind == ValueKind::kIpv6;
    bool number = (kind == ValueKind::kUnsigned || kind == ValueKind::kSigned) && f.type != FieldType::kBoolean;
    std::string relation = of(std::vector<std::string>{" == ", " == ", " == ", " === ", " != ", " !== ", " < ", " <= ", " > ", " >= "});
    switch (pick(14)) {
      case 0: return name + layer();
      case 1: {
        std::string set = " in {" + value_for(id);
        for (uint64_t more = pick(4); more > 0; --more) {
          set += ", " + value_for(id);
          if (number && pick(3) == 0) set += ".." + value_for(id);
        }
        return quantifier() + name + layer() + (pick(3) ? "" : " not") + set + "}";
      }
      case 2:
        if (bytes && kind != ValueKind::kIpv4 && kind != ValueKind::kIpv6) return quantifier() + name + layer() + " contains " + needle(id);
        break;
      case 3:
        if ((kind == ValueKind::kString || kind == ValueKind::kProtocol) && pick(3) == 0)
          return quantifier() + name + " matches " + of(std::vector<std::string>{"\"ex.mple\"", "r\"^GET\"", "\"[a-c]{3}\"", "\"http/1.1\"", "\"www?.*com\"", "r\"host:\\s\"", "\"\"", "\"(abc|exa)+\""});
        break;
      case 4:
        if (bytes) return name + range() + (pick(4) ? relation + (kind == ValueKind::kString ? "\"exa\"" : of(std::vector<std::string>{"0a", "00:01", "47:45:54", "\"GET\"", "0x50"})) : "");
        break;
      case 5: return quantifier() + "@" + name + (pick(2) ? range() : "") + relation + of(std::vector<std::string>{"00:50", "0a", "47:45:54:20", "00:01:00", "\"GET\""});
      case 6:
        if (number) return of(std::vector<std::string>{name + " & 3", name + " + 1" + relation + value_for(id), name + " * 2" + relation + value_for(id), "-" + name + " < -3", name + " % 7 == 1",
                                                       name + " / 3" + relation + value_for(id), name + " & 0x12 == 2", name + " - " + value_for(id) + " > 0", name + " == " + name + " - 1"});
        break;
      case 7: {
        std::string function = of(std::vector<std::string>{"count(" + name + ")" + relation + std::to_string(pick(4)), "len(" + name + ")" + relation + std::to_string(pick(30)),
                                                           "string(" + name + ") contains \"1\"", "lower(" + name + ") contains \"ex\"", "upper(" + name + ")" + relation + "\"GET\"",
                                                           "max(" + name + ")" + relation + value_for(id), "min(" + name + ", " + name + ")" + relation + value_for(id),
                                                           "abs(" + name + ")" + relation + value_for(id), "vals(" + name + ") contains \"re\"", "double(" + name + ") > 10.5"});
        return function;
      }
      case 8: {
        FieldId other = of(present_);
        return quantifier() + name + relation + std::string(Registry::get()[other].name);
      }
      default: break;
    }
    return quantifier() + name + layer() + relation + value_for(id);
  }

  std::mt19937_64 random_;
  std::vector<FieldId> present_, absent_;
  std::vector<std::vector<std::string>> values_;
};

}  // namespace

TEST_CASE("the program equals the reference evaluator") {
  std::vector<test::Frame> frames = test::made_frames();
  std::vector<test::Frame> captured = test::corpus_frames(300);
  frames.insert(frames.end(), captured.begin(), captured.end());
  const uint64_t wanted = setting("WIRETAIL_PAIRS", 200'000), seed = setting("WIRETAIL_SEED", 1);
  Generator generator(seed, frames);
  std::mt19937_64 random(seed + 1);
  uint64_t pairs = 0, matched = 0, expressions = 0, refused = 0, wrong = 0;
  constexpr size_t kPacketsABatch = 50;
  while (pairs < wanted && wrong < 5) {
    // Sometimes one, sometimes many: the look-ups begin at some number of filters.
    size_t filters = std::array<size_t, 4>{1, 5, 40, 150}[random() % 4];
    std::vector<FilterSource> sources;
    std::vector<TypedFilter> typed;
    while (sources.size() < filters) {
      std::string text = generator.expression(static_cast<int>(random() % 4));
      CheckResult checked = check_filter(text, Subject::kPacket, {});
      if (!checked.filter.root) {
        ++refused;
        continue;
      }
      sources.push_back({std::to_string(sources.size()), text, Subject::kPacket});
      typed.push_back(std::move(checked.filter));
    }
    expressions += filters;
    CompileResult compiled = compile(sources, {});
    REQUIRE(compiled.program);
    dissect::Dissector dissector({});
    dissect::Needs needs = compiled.program->needs();
    needs.flow_wanted = nullptr;
    dissector.set_needs(needs);
    MatchSet matches;
    matches.resize(filters);
    size_t begin = random() % frames.size();
    for (size_t k = 0; k < kPacketsABatch; ++k) {
      const test::Frame& frame = frames[(begin + k) % frames.size()];
      dissect::Dissection& d = dissector.dissect(frame.packet());
      matches.clear();
      bool wants_flow = compiled.program->flow_wanted(d);
      compiled.program->evaluate(d, Subject::kPacket, matches);
      for (uint32_t i = 0; i < filters; ++i, ++pairs) {
        bool expected = reference::holds(*typed[i].root, d);
        matched += expected;
        if (expected == matches.has(i) && (!expected || wants_flow)) continue;
        ++wrong;
        UNSCOPED_INFO("seed " << seed << ", " << frame.origin << ": reference " << expected << ", program " << matches.has(i) << ", flow wanted " << wants_flow << "\n  "
                              << sources[i].text << "\n" << print_typed_tree(*typed[i].root));
        if (wrong >= 5) break;
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(matched > pairs / 50);
  CHECK(matched < pairs);
  if (std::getenv("WIRETAIL_PAIRS")) WARN(pairs << " pairs, " << expressions << " expressions, " << matched << " matches, " << refused << " texts refused");
}
