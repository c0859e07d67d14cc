// `--explain`: every stage of a filter in print, and what its tests find in one packet.
#include <strings.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "dissect/format.hpp"
#include "filter/check.hpp"
#include "filter/error_codes.hpp"
#include "filter/lexer.hpp"
#include "filter/names.hpp"
#include "filter/newer_names.hpp"
#include "filter/parser.hpp"
#include "filter/program.hpp"
#include "filter/functions.hpp"
#include "filter/simplify.hpp"
#include "filter/types.hpp"

namespace wiretail::filter {
namespace {

using dissect::Registry;

std::string needs_text(const Program& program) {
  dissect::Needs needs = program.needs();
  std::string out = "header walk";
  if (needs.streams || needs.analysis || needs.reassembly) out += ", connection table";
  if (needs.analysis) out += needs.unacked ? ", TCP sequence analysis with unacknowledged segments" : ", TCP sequence analysis";
  if (needs.reassembly) out += ", TCP reassembly";
  if (needs.complete) out += ", complete dissection";
  std::string protocols;
  for (size_t i = 0; i < Registry::get().protocols().size(); ++i)
    if (needs.protocols.has(static_cast<dissect::ProtoId>(i))) protocols += (protocols.empty() ? "" : ", ") + std::string(Registry::get().protocols()[i]->name);
  if (!protocols.empty()) out += "\napplication protocols: " + protocols;
  if (!needs.flow_wanted) return out + "\nstate, if any, for all flows\n";
  out += "\nstate only for flows that can match:";
  for (const TypedFilter& condition : program.data().flow->typed) out += " " + print_typed(*condition.root);
  return out + "\n";
}

// The name of a number's value, as filters may write it: 6 ("TCP").
std::string name_text(const Operand& o, uint64_t value) {
  if (o.form != Operand::Form::kField) return "";
  for (FieldId id : o.fields) {
    const dissect::FieldDef& def = Registry::get()[id];
    const std::string_view name = names_of(type_of(def)).empty() ? std::string_view() : filter_name(def, value);
    if (!name.empty()) return " (\"" + std::string(name) + "\")";
  }
  return "";
}

// A point in time as filters may write it.
std::string date_text(const dissect::Time& time) {
  const std::time_t seconds = time.seconds;
  std::tm parts{};
  char date[40], exact[60];
  if (!gmtime_r(&seconds, &parts) || !std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts)) return std::to_string(time.seconds);
  std::snprintf(exact, sizeof exact, "\"%s.%09dZ\"", date, static_cast<int>(time.nanos));
  return exact;
}

std::string value_text(const Datum& v, const Operand& o) {
  std::string out;
  switch (v.kind) {
    case ValueKind::kUnsigned: return std::to_string(v.u) + name_text(o, v.u);
    case ValueKind::kSigned: return std::to_string(static_cast<int64_t>(v.u));
    case ValueKind::kFloat: return std::to_string(v.d);
    case ValueKind::kIpv4: dissect::append_ipv4(out, static_cast<uint32_t>(v.u)); return out;
    case ValueKind::kIpv6: dissect::append_ipv6(out, v.p); return out;
    case ValueKind::kString: {
      out = '"';
      for (uint32_t i = 0; i < std::min<uint32_t>(v.n, 60); ++i) {
        char escaped[8];
        if (v.p[i] < 0x20 || v.p[i] == 0x7f) std::snprintf(escaped, sizeof escaped, "\\x%02x", v.p[i]), out += escaped;
        else out += static_cast<char>(v.p[i]);
      }
      return out + (v.n > 60 ? "…\"" : "\"");
    }
    case ValueKind::kTime: {
      if (o.type == FieldType::kAbsoluteTime) return date_text(v.time);
      if (v.time.seconds < 0) return std::to_string(v.time.as_double());
      char exact[40];
      std::snprintf(exact, sizeof exact, "%lld.%09lld", static_cast<long long>(v.time.seconds), static_cast<long long>(v.time.nanos));
      return exact;
    }
    case ValueKind::kNone: return "present";
    default:
      if (v.n == 6 && o.type == FieldType::kEther) dissect::append_ether(out, v.p);
      else dissect::append_hex_bytes(out, {v.p, std::min<uint32_t>(v.n, 24)});
      return out + (v.n > 24 ? "…" : "");
  }
}

// What explain_packet knows beside the packet.
struct Asked {
  std::string_view text;  // that the spans refer to
  bool selected;          // there is a packet for field references
  std::string_view what;  // "packet" or "event"
};

std::string values_text(const DatumList& list, const Operand& o) {
  std::string out;
  for (size_t i = 0; i < list.size() && i < 16; ++i) {
    const std::string text = value_text(list[i], o);
    out += (i ? ", " : "") + (text.empty() ? "empty" : text);
  }
  return out + (list.size() > 16 ? " …" : "");
}

// Field references, wherever they stand in the operand: what they took from the selected packet.
void references(const Operand& o, const Asked& asked, const std::string& line, std::string& out) {
  if (o.form == Operand::Form::kReference) {
    out += line + std::string(asked.text.substr(o.span.begin, o.span.length));
    if (!asked.selected) out += " has no value: no packet is selected (--selected-frame N)";
    else if (o.constants.empty()) out += " has no value: the selected packet has no such field";
    DatumList list;
    for (const Constant& c : o.constants) list.push_back(datum_of(c));
    if (!list.empty()) out += " is, in the selected packet, " + values_text(list, o);
  }
  for (const auto& part : o.operands) references(*part, asked, line, out);
}

// The value of the left side that decides a comparison with a constant, a search or a set.
std::string deciding_value(const Test& t, const DatumList& list, bool result, dissect::Dissection& d, Values& values) {
  const bool constant = t.right && t.right->form == Operand::Form::kConstant;
  const bool is_set = t.form == Test::Form::kIn || t.form == Test::Form::kInList;
  if (list.size() < 2 || (!constant && !is_set)) return "";
  result ^= is_set && t.negated;
  if (result == (t.quantifier == Quantifier::kAll)) return "";
  for (const Datum& v : list) {
    const bool hit = t.form == Test::Form::kInList ? in_list(*t.list, v)
                     : is_set                      ? values.in_set(t, v, d)
                     : t.form == Test::Form::kContains ? Values::contains(v, datum_of(t.right->constants[0]))
                                                       : Values::compare(v, datum_of(t.right->constants[0]), t.compare);
    if (hit != result) continue;
    if (is_set) return ": " + value_text(v, *t.left) + (result ? " is in it" : " is not in it");
    return ": " + value_text(v, *t.left) + (result ? " does" : " does not");
  }
  return "";
}

// What those often overlook who wonder about this result.
std::string advice(const Test& t, const DatumList& list, bool result) {
  const Operand& left = *t.left;
  const std::string name = print_operand(left);
  if (t.form == Test::Form::kExists && left.form == Operand::Form::kField && left.type == FieldType::kBoolean)
    return "; the test asks whether the field is there, not whether it is set: " + name + " == 1";
  if (left.form == Operand::Form::kSlice && std::any_of(list.begin(), list.end(), [](const Datum& v) { return v.n == 0; }))
    return "; what is not wholly inside the value is empty, and differs from every byte";
  const bool text = left.kind == ValueKind::kString && t.right && t.right->form == Operand::Form::kConstant && t.right->kind == ValueKind::kString;
  const bool equal = t.form == Test::Form::kCompare && t.compare == Compare::kEqual;
  if (!text || result || !(equal || t.form == Test::Form::kContains)) return "";
  const std::string& wanted = t.right->constants[0].bytes;
  for (const Datum& v : list)
    for (uint32_t at = 0; at + wanted.size() <= v.n; ++at) {
      if (equal && v.n != wanted.size()) break;
      if (strncasecmp(reinterpret_cast<const char*>(v.p) + at, wanted.c_str(), wanted.size()) == 0)
        return left.form == Operand::Form::kFunction ? "; upper and lower case differ" : "; upper and lower case differ: lower(" + name + ") " + (equal ? "== …" : "contains …") + ", or matches, which ignores case";
    }
  return "";
}

// Arithmetic over what is there, without a result.
std::string undefined_text(const Test& t, const Operand& o) {
  return print_operand(o) + " has no defined result (a division by zero, an overflow)" +
         (t.quantifier == Quantifier::kAll ? "; without a value nothing contradicts a test that asks all of them" : "");
}

// Arithmetic over more values than it takes.
std::string left_out_text(const Values& values, const std::string& line) {
  if (!values.left_out()) return "";
  return line + std::to_string(values.left_out()) + " combinations of values lie beyond the limit (max_combinations " + std::to_string(kMaxCombinations) +
         " an operator, " + std::to_string(kMaxTestCombinations) + " a test): as if the values beyond were not there";
}

void found_values(const Test& t, bool result, const Asked& asked, dissect::Dissection& d, Values& values, const std::string& line, std::string& out) {
  const std::string has_no = "the " + std::string(asked.what) + " has no ";
  const bool compares = t.form == Test::Form::kCompare;
  DatumList list;
  const bool there = values.collect(*t.left, d, list);
  out += left_out_text(values, line);
  const bool is_set = t.form == Test::Form::kIn || t.form == Test::Form::kInList;
  if (list.empty() && there) {
    out += line + undefined_text(t, *t.left);
  } else if (list.empty() && t.left->form != Operand::Form::kReference) {
    out += line + has_no + print_operand(*t.left);
    if (is_set) out += std::string("; an absent field is neither in a set nor not in it") + (t.negated ? " (to match such " + std::string(asked.what) + "s too: not … in)" : "");
    if (compares) out += "; a comparison with an absent field is false, whatever the operator";
    if (compares && t.compare == Compare::kNotEqual && t.right->form == Operand::Form::kConstant)
      out += " (to match such " + std::string(asked.what) + "s too: !(" + print_operand(*t.left) + " == " + print_operand(*t.right) + "))";
  } else if (!list.empty()) {
    out += line + print_operand(*t.left) + " is " + values_text(list, *t.left);
    if (compares && list.size() > 1)
      out += t.quantifier == Quantifier::kAll ? "; every value must pass" + std::string(t.compare == Compare::kNotEqual ? " (!= asks that none is equal; !== that one differs)" : "")
                                              : std::string("; one value that passes is enough");
    if (is_set && list.size() > 1)
      out += t.quantifier == Quantifier::kAll ? (t.negated ? "; one value outside the set is enough" : "; every value must be in the set")
                                              : (t.negated ? "; no value may be in the set" : "; one value in the set is enough");
    out += deciding_value(t, list, result, d, values) + advice(t, list, result);
  }
  // A constant on the right stands in the test already.
  if (t.right && t.right->form != Operand::Form::kConstant && t.right->form != Operand::Form::kReference) {
    DatumList right;
    const bool other = values.collect(*t.right, d, right);
    out += left_out_text(values, line);
    if (right.empty() && other) out += line + undefined_text(t, *t.right);
    else if (right.empty()) out += line + has_no + print_operand(*t.right) + (compares ? "; a comparison with an absent field is false, whatever the operator" : "");
    else out += line + print_operand(*t.right) + " is " + values_text(right, *t.right);
  }
}

void found(const Test& t, const Asked& asked, dissect::Dissection& d, Values& values, int depth, std::string& out) {
  const bool pattern = t.form == Test::Form::kMatches;
  const uint64_t limits = pattern ? values.limits_reached(t) : 0;
  bool result = values.test(t, d);
  out.append(static_cast<size_t>(depth) * 2, ' ');
  out += result ? "true   " : "false  ";
  switch (t.form) {
    case Test::Form::kAnd: out += "all of:\n"; break;
    case Test::Form::kOr: out += "one of:\n"; break;
    case Test::Form::kXor: out += "an odd number of:\n"; break;
    case Test::Form::kNot: out += "not:\n"; break;
    default: {
      const std::string line = "\n" + std::string(static_cast<size_t>(depth) * 2 + 9, ' ');
      out += print_typed(t);
      if (pattern && values.limits_reached(t) > limits) out += line + "the pattern gave up at its limit of time or steps: over such a value it does not match";
      if (t.left) found_values(t, result, asked, d, values, line, out), references(*t.left, asked, line, out);
      if (t.right) references(*t.right, asked, line, out);
      for (const SetElement& e : t.set) {
        references(*e.low, asked, line, out);
        if (e.high) references(*e.high, asked, line, out);
      }
      out += '\n';
    }
  }
  for (const auto& c : t.tests) found(*c, asked, d, values, depth + 1, out);
}

std::string errors_text(const CheckResult& checked, std::string_view text) {
  std::string out;
  for (const auto& e : checked.errors) out += print_error(text, e) + "\n";
  return out;
}

}  // namespace

Explanation explain(std::string_view text, std::string_view stage, const CompileOptions& options, Subject subject) {
  Explanation out;
  auto wants = [&](std::string_view name) { return stage.empty() || stage == name; };
  auto show = [&](std::string_view name, const std::string& body) {
    if (!wants(name)) return;
    if (stage.empty()) out.text += "== " + std::string(name) + "\n";
    out.text += body;
    if (!body.empty() && body.back() != '\n') out.text += '\n';
  };
  out.text.clear();
  // A filter on events explains itself as one: its fields say which.
  if (subject == Subject::kPacket) subject = subject_of(text, options);
  CheckResult checked = check_filter(text, subject, options);
  if (checked.filter.root && subject != Subject::kPacket) show("subject", "on = \"" + std::string(subject_name(subject)) + "\": asked of events, not of packets");
  std::string expanded = checked.expanded.empty() ? std::string(text) : checked.expanded;
  TokenList tokens = tokenize(expanded);
  show("tokens", print_tokens(tokens));
  if (ParseResult parsed = parse(tokens, options.max_depth); parsed.root) show("tree", print_tree(*parsed.root));
  if (!checked.filter.root) {
    out.ok = false;
    out.text += errors_text(checked, text);
    return out;
  }
  show("typed", print_typed_tree(*checked.filter.root));
  show("simple", print_typed_tree(*simplify(*checked.filter.root)));
  FilterSource source{"filter", std::string(text), subject};
  CompileResult compiled = compile({&source, 1}, options);
  if (!compiled.program) {
    out.ok = false;
    for (const auto& e : compiled.diagnostics[0]) out.text += print_error(text, e) + "\n";
    return out;
  }
  show("program", print_program(compiled.program->data()));
  std::string kernel = derive_prefilter(*compiled.program, true, options.kernel_takes);
  show("prefilter", kernel.empty() ? "none: the kernel hands over every packet" : kernel);
  show("needs", needs_text(*compiled.program));
  return out;
}

Subject subject_of(std::string_view text, const CompileOptions& options) {
  auto fits = [&](Subject subject) {
    const CheckResult checked = check_filter(text, subject, options);
    return std::ranges::none_of(checked.errors, [](const FilterError& e) { return e.code == error_code::kSubject; });
  };
  for (Subject subject : {Subject::kPacket, Subject::kConnection, Subject::kHttp, Subject::kDns, Subject::kTls})
    if (fits(subject)) return subject;
  return Subject::kPacket;
}

std::string explain_packet(std::string_view text, const CompileOptions& options, dissect::Dissection& packet, Subject subject,
                           std::string_view title) {
  CheckResult checked = check_filter(text, subject, options);
  if (!checked.filter.root) return errors_text(checked, text);
  Values values;
  std::string out = title.empty() ? "packet " + std::to_string(packet.packet.number) : std::string(title);
  out += values.test(*checked.filter.root, packet) ? " matches\n" : " does not match\n";
  const Asked asked{checked.expanded.empty() ? text : std::string_view(checked.expanded), options.selected != nullptr, subject == Subject::kPacket ? "packet" : "event"};
  found(*checked.filter.root, asked, packet, values, 0, out);
  return out;
}

}  // namespace wiretail::filter
