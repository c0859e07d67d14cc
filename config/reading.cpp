// The configuration file: every table, every key, and what may stand there.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <tuple>

#include "config/config.hpp"
#include "config/table.hpp"
#include "dissect/registry.hpp"

namespace wiretail::config {
namespace {

constexpr std::string_view kNameLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
constexpr std::string_view kMacroLetters = kNameLetters.substr(0, kNameLetters.find("-"));
constexpr std::string_view kEmit[] = {"packet", "conn", "http", "dns", "tls"};

class Reader {
 public:
  Reader(const toml::table& root, std::string_view text, const std::string& file, ReadResult& result) : root_(root), text_(text), file_(file), result_(result) {}

  void run() {
    Table top(root_, "the file", file_, result_.problems);
    Config& c = result_.config;
    section(top, "capture", [&](Table& t) {
      t.texts("interfaces", c.capture.interfaces);
      t.text("filter", c.capture.capture_filter);
      if (const auto* n = t.table().get("filter")) c.capture_filter_line = n->source().begin.line, c.capture_filter_column = n->source().begin.column;
      t.size("snaplen", c.capture.snaplen, 64, 256 << 10);
      t.size("buffer_size", c.capture.buffer_size, 1 << 16, 2047ull << 20);
      t.duration("read_timeout", c.capture.read_timeout_ms, 1, 60'000);
      t.boolean("promiscuous", c.capture.promiscuous);
      if (const auto* n = t.take("prefilter")) {
        auto v = n->value_exact<std::string>();
        if (!v || (*v != "on" && *v != "off")) t.wrong(*n, "prefilter", "\"on\" or \"off\"", "the default is \"on\": the kernel drops what no filter can match");
        else c.capture.prefilter = *v == "on";
      }
    });
    section(top, "connections", [&](Table& t) {
      t.number("max_connections", c.connections.max_connections, 16, 100'000'000);
      t.duration("attempt_timeout", c.connections.attempt_timeout_ms, 1);
      t.duration("established_timeout", c.connections.established_timeout_ms, 1);
      t.duration("linger", c.connections.linger_ms);
      t.duration("udp_one_way_timeout", c.connections.udp_one_way_timeout_ms, 1);
      t.duration("udp_two_way_timeout", c.connections.udp_two_way_timeout_ms, 1);
      t.duration("icmp_timeout", c.connections.icmp_timeout_ms, 1);
      t.duration("update_interval", c.connections.update_interval_ms);
      t.duration("transaction_timeout", c.connections.transaction_timeout_ms);
      if (const auto* n = t.take("http_at")) {
        auto v = n->value_exact<std::string>();
        if (!v || (*v != "body" && *v != "headers")) t.wrong(*n, "http_at", "\"body\" or \"headers\"", "the default is \"body\": a transaction is written when its response is complete");
        else c.connections.http_at_headers = *v == "headers";
      }
    });
    section(top, "limits", [&](Table& t) {
      t.size("max_reassembly", c.limits.max_reassembly);
      t.size("max_pdu", c.limits.max_pdu, 1024, 1ull << 30);
      t.size("max_fragments", c.limits.max_fragments);
      t.number("max_pending_requests", c.limits.max_pending_requests, 1, 100'000);
      t.number("max_instructions", c.limits.max_instructions, 1, 100'000'000);
      t.number("max_set_elements", c.limits.max_set_elements, 1, 10'000'000);
      t.size("max_regex_size", c.limits.max_regex_size, 1, 64ull << 20);
      t.number("max_depth", c.limits.max_depth, 1, 500);
    });
    section(top, "log", [&](Table& t) {
      t.text("level", c.log.level);
      static constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warning", "error", "off"};
      if (std::find(std::begin(kLevels), std::end(kLevels), c.log.level) == std::end(kLevels))
        t.add(t.table().get("level")->source(), "level", "is not a level", "the levels are trace, debug, info, warning, error and off");
    });
    if (const auto* n = top.take("macros")) {
      if (const auto* t = n->as_table()) {
        for (const auto& [key, node] : *t) {
          const std::string name(key.str());
          if (name.find_first_not_of(kMacroLetters) != std::string::npos || name.empty())
            top.add(key.source(), name.c_str(), "cannot be the name of a macro", "letters, digits and _ make a name, as a filter writes it: ${web}");
          else if (auto v = node.value_exact<std::string>()) c.macros[name] = *v;
          else top.wrong(node, std::string(key.str()).c_str(), "a string: the macro's text", "write " + std::string(key.str()) + " = \"tcp.port == 80\"");
        }
      } else {
        top.wrong(*n, "macros", "a table: [macros]", "write [macros], and below it name = \"tcp.port == 80\"");
      }
    }
    const auto of_filters = [&](auto&& read) {
      const size_t before = result_.problems.size();
      read();
      for (size_t i = before; i < result_.problems.size(); ++i) result_.problems[i].of_filter = true;
    };
    of_filters([&] { tables(top, "filter", [&](Table& t, const toml::table& raw) { filter(t, raw); }); });
    tables(top, "list", [&](Table& t, const toml::table& raw) {
      List list;
      t.text("name", list.name);
      t.text("file", list.file);
      list.line = raw.source().begin.line;
      list_names_.push_back(place_of(raw, "name"));
      if (list.name.empty() || list.file.empty()) t.add(raw.source(), "list", "needs a name and a file", "name = \"bad\", file = \"/etc/wiretail/bad.txt\"");
      else if (list.name.find_first_not_of(kNameLetters) != std::string::npos)
        t.add(raw.get("name")->source(), "name", "\"" + list.name + "\" cannot be the name of a list", "letters, digits, _ and - make a name, as a filter writes it: ip.src in $bad_hosts");
      c.lists.push_back(std::move(list));
    });
    tables(top, "output", [&](Table& t, const toml::table& raw) { output(t, raw); });
    of_filters([&] { twice(c.filters, filter_names_, "name", [](const Filter& f) { return f.name; }, "two filters are called ", "a filter's name says in the lines which one matched"); });
    twice(c.lists, list_names_, "name", [](const List& l) { return l.name; }, "two lists are called ", "one name is one list; a filter may ask several: ip.src in $a or ip.src in $b");
    twice(c.outputs, output_names_, "name", [](const Output& o) { return o.name; }, "two outputs are called ", "give each [[output]] a name = \"…\" of its own");
    twice(c.outputs, output_files_, "file", [](const Output& o) { return o.file == "/dev/null" ? "" : o.file; }, "two outputs write to ", "give each [[output]] a file of its own");
  }

 private:
  // What two of them may not share; the later one is named, where it says so.
  template <class T, class Of>
  void twice(const std::vector<T>& all, const std::vector<toml::source_region>& places, const char* key, Of&& of, const char* message, const char* hint) {
    std::set<std::string> known;
    for (size_t i = 0; i < all.size(); ++i) {
      const std::string mine = of(all[i]);
      if (mine.empty() || known.insert(mine).second) continue;
      result_.problems.push_back({file_, places[i].begin.line, places[i].begin.column, key, message + ("\"" + mine + "\""), hint});
    }
  }
  static toml::source_region place_of(const toml::table& table, const char* key) {
    const auto* n = table.get(key);
    return n ? n->source() : table.source();
  }
  template <class F>
  void section(Table& top, const char* name, F&& read) {
    const auto* n = top.take(name);
    if (!n) return;
    if (const auto* t = n->as_table()) {
      Table table(*t, std::string("[") + name + "]", file_, result_.problems);
      read(table);
    } else {
      top.wrong(*n, name, (std::string("a table: [") + name + "]").c_str(), std::string("write [") + name + "] on a line of its own, and its keys below");
    }
  }
  template <class F>
  void tables(Table& top, const char* name, F&& read) {
    const auto* n = top.take(name);
    if (!n) return;
    const auto* array = n->as_array();
    if (!array) return top.wrong(*n, name, (std::string("an array of tables: [[") + name + "]]").c_str(), std::string("write [[") + name + "]] on a line of its own, with two brackets: there may be several");
    for (const auto& element : *array) {
      const auto* t = element.as_table();
      if (!t) {
        top.wrong(element, name, "a table", std::string("write [[") + name + "]] on a line of its own, and its keys below");
        continue;
      }
      Table table(*t, std::string("[[") + name + "]]", file_, result_.problems);
      read(table, *t);
    }
  }

  void filter(Table& t, const toml::table& raw) {
    Filter f;
    t.text("name", f.name);
    t.text("match", f.match);
    f.line = raw.source().begin.line, f.column = raw.source().begin.column;
    if (const auto* n = raw.get("match")) {
      f.line = n->source().begin.line, f.column = n->source().begin.column;
      find_text(f);
    }
    if (f.name.empty()) t.add(raw.source(), "name", "a filter needs a name", "name = \"web\"");
    std::string on = "packet";
    t.text("on", on);
    auto it = std::find(std::begin(kEmit), std::end(kEmit), on);
    if (it == std::end(kEmit)) t.add(raw.get("on")->source(), "on", "is not a subject", "the subjects are packet, conn, http, dns and tls");
    else f.subject = static_cast<filter::Subject>(it - std::begin(kEmit));
    t.texts("emit", f.emit);
    for (const auto& e : f.emit)
      if (std::find(std::begin(kEmit), std::end(kEmit), e) == std::end(kEmit))
        t.add(raw.get("emit")->source(), "emit", "\"" + e + "\" cannot be emitted", "there are packet, conn, http, dns and tls");
    if (f.subject != filter::Subject::kPacket && std::find(f.emit.begin(), f.emit.end(), "packet") != f.emit.end()) {
      t.add(raw.get("emit")->source(), "emit", "a filter on " + on + " has no packet that it could write", "write a filter on \"packet\" with emit = [\"packet\", \"" + on + "\"]");
      result_.problems.back().warning = true;
    }
    t.texts("fields", f.fields);
    if (!(f.fields.size() == 1 && (f.fields[0] == "summary" || f.fields[0] == "all" || f.fields[0] == "matched"))) {
      for (const auto& name : f.fields)
        if (auto why = no_line_field(name)) t.add(raw.get("fields")->source(), "fields", why->first, why->second);
    }
    if (const auto* n = t.take("test")) {
      auto one = [&](const toml::table& table) {
        Table test_table(table, "test", file_, result_.problems);
        FilterTest test;
        const size_t before = result_.problems.size();
        test_table.text("file", test.file);
        if (const auto* frames = test_table.take("frames")) {
          if (const auto* array = frames->as_array())
            for (const auto& frame : *array)
              if (auto v = frame.value_exact<int64_t>(); v && *v > 0) test.frames.push_back(static_cast<uint64_t>(*v));
              else test_table.wrong(frame, "frames", "an array of frame numbers", "write frames = [1, 4]");
          else test_table.wrong(*frames, "frames", "an array of frame numbers", "write frames = [1, 4]");
        } else {
          test_table.add(table.source(), "frames", "a test needs the frames that the filter must match", "test = {file = \"a.pcap\", frames = [1, 4]}; frames = [] says that it matches none");
        }
        if (test.file.empty()) test_table.add(table.source(), "file", "a test needs a capture file", "test = {file = \"a.pcap\", frames = [1, 4]}");
        test.whole = result_.problems.size() == before;
        f.tests.push_back(std::move(test));
      };
      if (const auto* table = n->as_table()) one(*table);
      else if (const auto* array = n->as_array()) {
        for (const auto& element : *array)
          if (const auto* table2 = element.as_table()) one(*table2);
          else t.wrong(element, "test", "a table {file, frames} or an array of them", "write test = {file = \"a.pcap\", frames = [1, 4]}");
      } else t.wrong(*n, "test", "a table {file, frames} or an array of them", "write test = {file = \"a.pcap\", frames = [1, 4]}");
    }
    if (!f.tests.empty() && f.subject != filter::Subject::kPacket)
      t.add(raw.get("test")->source(), "test", "a filter on " + on + " matches events, which have no frame numbers", "test a filter on \"packet\", or look at the events: wiretail --config FILE -r CAPTURE");
    if (!raw.get("match")) t.add(raw.source(), "match", "a filter needs a match", "match = \"tcp.port == 80\"; match = \"\" takes everything");
    filter_names_.push_back(place_of(raw, "name"));
    result_.config.filters.push_back(std::move(f));
  }

  void output(Table& t, const toml::table& raw) {
    Output o;
    t.text("name", o.name);
    t.text("file", o.file);
    t.size("flush_bytes", o.flush_bytes, 1, 1 << 20);
    t.duration("flush_interval", o.flush_interval_ms, 1, 3'600'000);
    t.boolean("immediate", o.immediate);
    t.size("rotate_size", o.rotate_size);
    t.duration("rotate_age", o.rotate_age_ms);
    t.number("rotate_keep", o.rotate_keep, 1, 10'000);
    t.size("max_line", o.max_line, 512, 16 << 20);
    t.size("max_bytes", o.max_bytes, 0, 16 << 20);
    t.boolean("value_names", o.value_names);
    t.boolean("info", o.info);
    t.boolean("payload", o.payload);
    t.boolean("redact", o.redact);
    t.texts("redact_parameters", o.redact_parameters);
    t.text("host", o.host);
    t.texts("tags", o.tags);
    t.duration("stats_interval", o.stats_interval_ms);
    t.boolean("daemon", o.daemon_lines);
    struct stat there {};
    if (o.file != "-" && stat(o.file.c_str(), &there) == 0 && S_ISDIR(there.st_mode)) t.add(place_of(raw, "file"), "file", "\"" + o.file + "\" is a directory", "name a file in it: file = \"" + o.file + (o.file.ends_with('/') ? "" : "/") + "events.jsonl\"");
    output_names_.push_back(place_of(raw, "name"));
    output_files_.push_back(place_of(raw, "file"));
    result_.config.outputs.push_back(std::move(o));
  }

  // Where the string's first letter stands, if it stands in the file letter for letter, without escapes.
  void find_text(Filter& f) {
    if (line_starts_.empty()) {
      line_starts_.push_back(0);
      for (size_t at = text_.find('\n'); at != std::string_view::npos; at = text_.find('\n', at + 1)) line_starts_.push_back(at + 1);
    }
    if (f.line == 0 || f.column == 0 || f.line > line_starts_.size()) return;
    size_t quote = line_starts_[f.line - 1] + f.column - 1;
    if (quote >= text_.size()) return;
    std::string_view rest = text_.substr(quote);
    const bool many = rest.starts_with("\"\"\"") || rest.starts_with("\'\'\'");  // a newline right behind these is not part of it
    const bool below = many && rest.substr(3).starts_with("\n");
    if (rest.substr(many ? 3 + below : 1, f.match.size()) != f.match) return;
    f.text_line = f.line + below;
    f.text_column = below ? 1 : f.column + (many ? 3 : 1);
  }

  const toml::table& root_;
  std::string_view text_;
  std::vector<size_t> line_starts_;
  std::vector<toml::source_region> filter_names_, list_names_, output_names_, output_files_;  // their places, one each
  const std::string& file_;
  ReadResult& result_;
};

// FNV-1a, 32 bits: tells two versions of a file apart.
std::string hash_of(std::string_view text) {
  uint32_t h = 2166136261u;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  char out[9];
  std::snprintf(out, sizeof out, "%08x", h);
  return out;
}

}  // namespace

namespace {

// toml++'s exceptions end here. False: it is not TOML; `problem` says where, if that is known.
bool parse_toml(std::string_view text, const std::string& file, toml::table& out, Problem& problem) {
  try {
    out = toml::parse(text, file);
    return true;
  } catch (const toml::parse_error& e) {
    problem = {file, e.source().begin.line, e.source().begin.column, "", std::string(e.description()), ""};
  } catch (const NotToml&) {
    problem = {file, 0, 0, "", "this is not TOML", ""};
  }
  return false;
}

// The first line with which the parser gives up without saying where.
uint32_t line_that_breaks(std::string_view text, const std::string& file) {
  uint32_t line = 0;
  for (size_t end = 0; end < text.size(); ++end) {
    end = std::min(text.find('\n', end), text.size());
    ++line;
    toml::table table;
    Problem problem;
    if (!parse_toml(text.substr(0, end), file, table, problem) && problem.line == 0) return line;
  }
  return std::max(line, 1u);
}

}  // namespace

ReadResult parse_config(std::string_view text, const std::string& file) {
  ReadResult result;
  toml::table table;
  Problem problem;
  if (!parse_toml(text, file, table, problem)) {
    if (problem.line == 0) problem.line = line_that_breaks(text.substr(0, 1 << 20), file), problem.column = 1;
    problem.hint = "the file is TOML: key = value, strings in quotes";
    result.problems.push_back(std::move(problem));
    return result;
  }
  Reader(table, text, file, result).run();
  result.config.hash = hash_of(text);
  return result;
}

ReadResult read_config(const std::string& path, bool compile, bool replaced) {
  auto text = read_file(path);
  if (!text) {
    ReadResult result;
    result.problems.push_back({path, 0, 0, "", std::string("cannot read the configuration file: ") + std::strerror(errno), ""});
    return result;
  }
  ReadResult result = parse_config(*text, path);
  if (replaced) {
    std::erase_if(result.problems, [](const Problem& p) { return p.of_filter; });
    result.config.filters.clear();
  }
  if (!result.problems.empty() || compile) {
    auto options = compile_options(result.config, path, result.problems);
    compile_filters(result.config, path, options, result.problems);
  }
  std::stable_sort(result.problems.begin(), result.problems.end(), [&](const Problem& a, const Problem& b) {
    return std::tuple(a.file != path, std::string_view(a.file), a.line, a.column) < std::tuple(b.file != path, std::string_view(b.file), b.line, b.column);
  });
  return result;
}

}  // namespace wiretail::config
