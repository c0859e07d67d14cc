#include "differential/expressions.hpp"

#include <algorithm>
#include <cstdlib>

#include "dissect/format.hpp"
#include "filter/types.hpp"

namespace wiretail::test {

using namespace filter;
using dissect::FieldDef;
using dissect::FieldType;
using dissect::Registry;

namespace {

std::string quoted(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    out += "\\x";
    dissect::append_hex(out, static_cast<uint8_t>(c), 2);
  }
  return out + "\"";
}

bool is_text(ValueKind kind) { return kind == ValueKind::kString; }
bool has_bytes(ValueKind kind) {
  return kind == ValueKind::kBytes || kind == ValueKind::kString || kind == ValueKind::kProtocol || kind == ValueKind::kIpv4 || kind == ValueKind::kIpv6;
}
bool is_number(const FieldDef& f) {
  ValueKind kind = kind_of(f.type);
  return (kind == ValueKind::kUnsigned || kind == ValueKind::kSigned) && f.type != FieldType::kBoolean;
}

using Texts = std::vector<std::string>;

}  // namespace

void Expressions::learn(dissect::Dissection& d) {
  for (const FieldDef& f : Registry::get().fields())
    for (const auto* o = d.first(f.id); o; o = d.next(*o))
      if (values_[f.id].size() < 12) values_[f.id].push_back(literal(f, o->value));
}

void Expressions::learnt() {
  for (const FieldDef& f : Registry::get().fields()) {
    if (Registry::get().protocol(f.proto).pseudo || (classic_ && f.type == FieldType::kAbsoluteTime)) continue;
    (values_[f.id].empty() ? absent_ : present_).push_back(f.id);
  }
}

std::string Expressions::expression(int depth) {
  uint64_t kind = depth <= 0 ? 9 : pick(14);
  auto two = [&](const char* word) { return "(" + expression(depth - 1) + word + expression(depth - 1) + ")"; };
  if (kind == 0) return two(" and ");
  if (kind == 1 || kind == 2) return two(" or ");
  if (kind == 3) return two(classic_ ? " or " : " xor ");
  if (kind == 4) return "not " + expression(depth - 1);
  if (kind == 5) return "(" + expression(depth - 1) + " and " + expression(depth - 1) + " and not " + expression(depth - 1) + ")";
  return test();
}

std::string Expressions::literal(const FieldDef& f, const dissect::Value& v) const {
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
      if (out.size() == 2) return classic_ ? "0x" + out : out + ":";
      return out;
    }
    case ValueKind::kTime: return v.time().seconds < 0 ? "0" : std::to_string(v.time().seconds) + "." + std::to_string(1'000'000'000 + v.time().nanos).substr(1);
    case ValueKind::kFloat: return std::to_string(v.d);
    default: return "1";
  }
}

std::string Expressions::value_for(dissect::FieldId id) {
  const FieldDef& f = Registry::get()[id];
  ValueKind kind = kind_of(f.type);
  if (const Texts& had = values_[id]; !had.empty() && pick(4)) {
    std::string v = of(had);
    if (kind == ValueKind::kUnsigned && f.type != FieldType::kBoolean && pick(4) == 0) return std::to_string(std::strtoull(v.c_str(), nullptr, 10) / 2);
    if (kind == ValueKind::kIpv4 && pick(2)) return v + "/" + std::to_string(pick(33));
    if (kind == ValueKind::kIpv6 && pick(2)) return v + "/" + std::to_string(pick(129));
    if (!v.empty()) return v;
  }
  switch (kind) {
    case ValueKind::kIpv4: return "10.0." + std::to_string(pick(4)) + "." + std::to_string(pick(8));
    case ValueKind::kIpv6: return "2001:db8::" + std::to_string(pick(8));
    case ValueKind::kString: return "\"example\"";
    case ValueKind::kBytes: return f.type == FieldType::kEther ? "02:00:5e:00:00:01" : "47:45";
    case ValueKind::kProtocol: return "47:45:54";
    default: return std::to_string(pick(f.type == FieldType::kBoolean ? 2 : 200));
  }
}

std::string Expressions::quantifier() { return of(Texts{"", "", "", "any ", "all "}); }
std::string Expressions::layer() { return pick(10) ? "" : of(Texts{"#1", "#2", "#[-1]", "#[1-2]", "#[2:]", "#[:2]", "#3", "#[1:1]"}); }
std::string Expressions::range() {
  return of(Texts{"[0]", "[0:2]", "[1-3]", "[-2:]", "[:3]", "[2:]", "[0,2]", "[20:4]", "[-4:2]", "[:]", "[3:1,0:2,500]"});
}

std::string Expressions::needle(dissect::FieldId id) {
  std::string v = value_for(id);
  if (is_text(kind_of(Registry::get()[id].type)) && v.size() > 18) return v.substr(0, 5 + 4 * pick(3)) + "\"";
  return v;
}

std::string Expressions::relation(dissect::FieldId id) {
  // 4.0 orders byte strings by their length first.
  const ValueKind kind = kind_of(Registry::get()[id].type);
  const bool order = !classic_ || (kind != ValueKind::kBytes && kind != ValueKind::kProtocol);
  return order ? of(Texts{" == ", " == ", " == ", " === ", " != ", " !== ", " < ", " <= ", " > ", " >= "}) : of(Texts{" == ", " === ", " != ", " !== "});
}

// Membership, search, slices, arithmetic, functions; empty: the field's type has none of what was picked.
std::string Expressions::special(dissect::FieldId id) {
  const FieldDef& f = Registry::get()[id];
  const std::string name(f.name), compared = relation(id);
  const ValueKind kind = kind_of(f.type);
  const std::string equal = of(Texts{" == ", " != ", " === ", " !== "});
  const bool number = is_number(f), address = kind == ValueKind::kIpv4 || kind == ValueKind::kIpv6;
  switch (pick(14)) {
    case 0: return name + layer();
    case 1: {
      std::string set = " in {" + value_for(id);
      const bool range = number || (!classic_ && kind != ValueKind::kProtocol);
      for (uint64_t more = pick(5) ? pick(4) : 20 + pick(40); more > 0; --more) {  // large ones are looked up
        set += ", " + value_for(id);
        if (range && pick(3) == 0) set += " .. " + value_for(id);
      }
      if (classic_) return of(Texts{"", "any "}) + name + layer() + set + "}";
      return quantifier() + name + layer() + (pick(3) ? "" : " not") + set + "}";
    }
    case 2: return has_bytes(kind) && !address ? quantifier() + name + layer() + " contains " + needle(id) : "";
    case 3:
      if ((!is_text(kind) && kind != ValueKind::kProtocol) || pick(3)) return "";
      return quantifier() + name + " matches " + of(Texts{"\"ex.mple\"", "r\"^GET\"", "\"[a-c]{3}\"", "\"http/1.1\"", "\"www?.*com\"", "r\"host:\\s\"", "\"\"", "\"(abc|exa)+\""});
    case 4: {
      if (!has_bytes(kind)) return "";
      std::string right = is_text(kind) ? "\"exa\"" : of(Texts{"0a", "00:01", "47:45:54", "\"GET\"", "0x50"});
      return name + range() + (pick(4) ? (classic_ ? equal : compared) + right : "");
    }
    case 5:
      if (classic_) return "";
      return quantifier() + "@" + name + (pick(2) ? range() : "") + compared + of(Texts{"00:50", "0a", "47:45:54:20", "00:01:00", "\"GET\""});
    case 6:
      if (!number) return "";
      if (classic_) return of(Texts{name + " & 3", name + " % 7 == 1", name + " / 3" + compared + value_for(id), name + " & 0x12 == 2", name + " & 1" + compared + "1"});
      return of(Texts{name + " & 3", name + " + 1" + compared + value_for(id), name + " * 2" + compared + value_for(id), "-" + name + " < -3", name + " % 7 == 1",
                      name + " / 3" + compared + value_for(id), name + " & 0x12 == 2", name + " - " + value_for(id) + " > 0", name + " == " + name + " - 1"});
    case 7: {
      bool length = !classic_ || (has_bytes(kind) && !is_text(kind) && !address);
      Texts all = {"count(" + name + ")" + of(Texts{" == ", " < ", " > "}) + std::to_string(pick(4))};
      if (length) all.push_back("len(" + name + ")" + of(Texts{" == ", " < ", " > "}) + std::to_string(pick(30)));
      if (!has_bytes(kind) || address) all.push_back("string(" + name + ") contains \"1\"");
      if (is_text(kind)) all.insert(all.end(), {"lower(" + name + ") contains \"ex\"", "upper(" + name + ")" + equal + "\"GET\""});
      if (!has_bytes(kind)) all.insert(all.end(), {"max(" + name + ")" + compared + value_for(id), "min(" + name + ", " + name + ")" + compared + value_for(id)});
      if (number) all.push_back("abs(" + name + ")" + compared + value_for(id));
      if (!classic_) all.insert(all.end(), {"vals(" + name + ") contains \"re\"", "double(" + name + ") > 10.5"});
      return of(all);
    }
    case 8: {
      std::string other(Registry::get()[of(present_)].name);
      return quantifier() + name + (classic_ ? equal : compared) + (classic_ ? of(Texts{name, other}) : other);
    }
    case 9: {  // two bounds, which look-ups take together
      if (kind == ValueKind::kProtocol || kind == ValueKind::kNone || f.type == FieldType::kBoolean || f.type == FieldType::kGuid || (classic_ && kind == ValueKind::kBytes)) return "";
      const Texts low{" > ", " >= "}, high{" < ", " <= "};
      return "(" + quantifier() + name + of(low) + value_for(id) + " and " + quantifier() + name + of(high) + value_for(id) + ")";
    }
    case 10: {  // of two fields the difference is looked up, of a mask the range
      if (!number || classic_) return "";
      const FieldDef& other = Registry::get()[of(present_)];
      if (!is_number(other) || pick(2)) return name + " & " + value_for(id) + " == " + value_for(id);
      return name + of(Texts{" + ", " - "}) + std::to_string(pick(2000)) + of(Texts{" == ", " < ", " >= "}) + std::string(other.name) + of(Texts{"", " + 40", " - 1"});
    }
    default: return "";
  }
}

std::string Expressions::test() {
  dissect::FieldId id = pick(8) || absent_.empty() ? of(present_) : of(absent_);
  const FieldDef& f = Registry::get()[id];
  if (kind_of(f.type) == ValueKind::kNone) return std::string(f.name) + layer();
  std::string text = special(id);
  return text.empty() ? quantifier() + std::string(f.name) + layer() + relation(id) + value_for(id) : text;
}

}  // namespace wiretail::test
