#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1  // the packaged library has the throwing form only
#include <toml++/toml.h>

#include "config/config.hpp"
#include "dissect/registry.hpp"
#include "filter/value_list.hpp"

namespace wiretail::config {
namespace {

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t cost = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = cost;
    }
  }
  return row[b.size()];
}

// One table of the file: takes its keys off, complains about what is left.
class Table {
 public:
  Table(const toml::table& table, std::string name, const std::string& file, std::vector<Problem>& problems)
      : table_(table), name_(std::move(name)), file_(file), problems_(problems) {}

  ~Table() {
    for (const auto& [key, node] : table_) {
      std::string text(key.str());
      if (std::find(known_.begin(), known_.end(), text) != known_.end()) continue;
      std::string near;
      size_t best = 4;
      for (const auto& k : known_)
        if (size_t d = distance(text, k); d < best) best = d, near = k;
      std::string all;
      for (const auto& k : known_) all += (all.empty() ? "" : ", ") + k;
      add(key.source(), text, "there is no key \"" + text + "\" in " + name_, near.empty() ? "the keys are " + all : "did you mean \"" + near + "\"?");
    }
  }

  const toml::node* take(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  void text(const char* key, std::string& out) {
    if (const auto* n = take(key)) {
      if (auto v = n->value_exact<std::string>()) out = *v;
      else wrong(*n, key, "a string");
    }
  }
  void boolean(const char* key, bool& out) {
    if (const auto* n = take(key)) {
      if (auto v = n->value_exact<bool>()) out = *v;
      else wrong(*n, key, "true or false");
    }
  }
  void number(const char* key, uint64_t& out, uint64_t least, uint64_t most) {
    if (const auto* n = take(key)) {
      auto v = n->value_exact<int64_t>();
      if (!v) return wrong(*n, key, "a whole number");
      if (*v < 0 || static_cast<uint64_t>(*v) < least || static_cast<uint64_t>(*v) > most)
        return add(n->source(), key, "must lie between " + std::to_string(least) + " and " + std::to_string(most), "");
      out = static_cast<uint64_t>(*v);
    }
  }
  void size(const char* key, uint64_t& out, uint64_t least = 0) {
    if (const auto* n = take(key)) {
      auto v = n->value_exact<std::string>();
      uint64_t bytes = 0;
      if (!v || !parse_size(*v, bytes)) return add(n->source(), key, "is not a size", "write a string with a unit: \"64MiB\", \"512KiB\"");
      if (bytes < least) return add(n->source(), key, "must be at least " + std::to_string(least) + " bytes", "");
      out = bytes;
    }
  }
  void duration(const char* key, uint64_t& out, uint64_t least = 0) {
    if (const auto* n = take(key)) {
      auto v = n->value_exact<std::string>();
      uint64_t ms = 0;
      if (!v || !parse_duration(*v, ms)) return add(n->source(), key, "is not a duration", "write a string with a unit: \"200ms\", \"30s\", \"5m\", \"1h\"");
      if (ms < least) return add(n->source(), key, "must be at least " + std::to_string(least) + "ms", "");
      out = ms;
    }
  }
  void texts(const char* key, std::vector<std::string>& out) {
    const auto* n = take(key);
    if (!n) return;
    if (auto one = n->value_exact<std::string>()) {
      out = {*one};
      return;
    }
    const auto* array = n->as_array();
    if (!array) return wrong(*n, key, "a string or an array of strings");
    out.clear();
    for (const auto& element : *array) {
      if (auto v = element.value_exact<std::string>()) out.push_back(*v);
      else wrong(element, key, "an array of strings");
    }
  }
  void add(const toml::source_region& where, std::string key, std::string message, std::string hint) {
    problems_.push_back({file_, where.begin.line, where.begin.column, std::move(key), std::move(message), std::move(hint)});
  }
  void wrong(const toml::node& node, const char* key, const char* wanted) { add(node.source(), key, std::string("must be ") + wanted, ""); }
  const toml::table& table() const { return table_; }

 private:
  const toml::table& table_;
  std::string name_;
  const std::string& file_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;
};

constexpr std::string_view kEmit[] = {"packet", "conn", "http", "dns", "tls"};

class Reader {
 public:
  Reader(const toml::table& root, const std::string& file, ReadResult& result) : root_(root), file_(file), result_(result) {}

  void run() {
    Table top(root_, "the file", file_, result_.problems);
    Config& c = result_.config;
    section(top, "capture", [&](Table& t) {
      t.texts("interfaces", c.capture.interfaces);
      t.text("filter", c.capture.capture_filter);
      t.size("snaplen", c.capture.snaplen, 64);
      t.size("buffer_size", c.capture.buffer_size, 1 << 16);
      t.duration("read_timeout", c.capture.read_timeout_ms, 1);
      t.boolean("promiscuous", c.capture.promiscuous);
      if (const auto* n = t.take("prefilter")) {
        auto v = n->value_exact<std::string>();
        if (!v || (*v != "on" && *v != "off")) t.wrong(*n, "prefilter", "\"on\" or \"off\"");
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
      if (const auto* n = t.take("http_at")) {
        auto v = n->value_exact<std::string>();
        if (!v || (*v != "body" && *v != "headers")) t.wrong(*n, "http_at", "\"body\" or \"headers\"");
        else c.connections.http_at_headers = *v == "headers";
      }
    });
    section(top, "limits", [&](Table& t) {
      t.size("max_reassembly", c.limits.max_reassembly);
      t.size("max_pdu", c.limits.max_pdu, 1024);
      t.size("max_fragments", c.limits.max_fragments);
      t.number("max_pending_requests", c.limits.max_pending_requests, 1, 100'000);
      t.number("max_instructions", c.limits.max_instructions, 1, 100'000'000);
      t.number("max_set_elements", c.limits.max_set_elements, 1, 10'000'000);
      t.size("max_regex_size", c.limits.max_regex_size, 1);
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
          if (auto v = node.value_exact<std::string>()) c.macros[std::string(key.str())] = *v;
          else top.wrong(node, std::string(key.str()).c_str(), "a string: the macro's text");
        }
      } else {
        top.wrong(*n, "macros", "a table: [macros]");
      }
    }
    tables(top, "filter", [&](Table& t, const toml::table& raw) { filter(t, raw); });
    tables(top, "list", [&](Table& t, const toml::table& raw) {
      List list;
      t.text("name", list.name);
      t.text("file", list.file);
      list.line = raw.source().begin.line;
      if (list.name.empty() || list.file.empty()) t.add(raw.source(), "list", "needs a name and a file", "name = \"bad\", file = \"/etc/wiretail/bad.txt\"");
      c.lists.push_back(std::move(list));
    });
    tables(top, "output", [&](Table& t, const toml::table& raw) { output(t, raw); });
    for (size_t i = 0; i < c.filters.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (c.filters[i].name == c.filters[j].name) {
          result_.problems.push_back({file_, c.filters[i].line, 1, "name", "two filters are called \"" + c.filters[i].name + "\"", "a filter's name says in the lines which one matched"});
          break;
        }
  }

 private:
  template <class F>
  void section(Table& top, const char* name, F&& read) {
    const auto* n = top.take(name);
    if (!n) return;
    if (const auto* t = n->as_table()) {
      Table table(*t, std::string("[") + name + "]", file_, result_.problems);
      read(table);
    } else {
      top.wrong(*n, name, (std::string("a table: [") + name + "]").c_str());
    }
  }
  template <class F>
  void tables(Table& top, const char* name, F&& read) {
    const auto* n = top.take(name);
    if (!n) return;
    const auto* array = n->as_array();
    if (!array) return top.wrong(*n, name, (std::string("an array of tables: [[") + name + "]]").c_str());
    for (const auto& element : *array) {
      const auto* t = element.as_table();
      if (!t) {
        top.wrong(element, name, "a table");
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
    if (const auto* n = raw.get("match")) f.line = n->source().begin.line, f.column = n->source().begin.column;
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
    t.texts("fields", f.fields);
    if (!(f.fields.size() == 1 && (f.fields[0] == "summary" || f.fields[0] == "all" || f.fields[0] == "matched"))) {
      const auto& registry = dissect::Registry::get();
      for (const auto& name : f.fields) {
        if (!registry.find(name).empty() || !registry.find_path(name).empty()) continue;
        auto near = registry.nearest(name, 1);
        t.add(raw.get("fields")->source(), "fields", "\"" + name + "\" is not a field", near.empty() ? "" : "did you mean " + std::string(near[0]) + "?");
      }
    }
    if (const auto* n = t.take("test")) {
      auto one = [&](const toml::table& table) {
        Table test_table(table, "test", file_, result_.problems);
        FilterTest test;
        test_table.text("file", test.file);
        if (const auto* frames = test_table.take("frames")) {
          if (const auto* array = frames->as_array())
            for (const auto& frame : *array)
              if (auto v = frame.value_exact<int64_t>(); v && *v > 0) test.frames.push_back(static_cast<uint64_t>(*v));
              else test_table.wrong(frame, "frames", "an array of frame numbers");
          else test_table.wrong(*frames, "frames", "an array of frame numbers");
        }
        if (test.file.empty()) test_table.add(table.source(), "file", "a test needs a capture file", "test = {file = \"a.pcap\", frames = [1, 4]}");
        f.tests.push_back(std::move(test));
      };
      if (const auto* table = n->as_table()) one(*table);
      else if (const auto* array = n->as_array()) {
        for (const auto& element : *array)
          if (const auto* table2 = element.as_table()) one(*table2);
      } else t.wrong(*n, "test", "a table {file, frames} or an array of them");
    }
    result_.config.filters.push_back(std::move(f));
  }

  void output(Table& t, const toml::table& raw) {
    Output o;
    t.text("name", o.name);
    t.text("file", o.file);
    t.size("flush_bytes", o.flush_bytes, 1);
    t.duration("flush_interval", o.flush_interval_ms, 1);
    t.boolean("immediate", o.immediate);
    t.size("rotate_size", o.rotate_size);
    t.duration("rotate_age", o.rotate_age_ms);
    t.number("rotate_keep", o.rotate_keep, 1, 10'000);
    t.size("max_line", o.max_line, 512);
    t.size("max_bytes", o.max_bytes);
    t.boolean("value_names", o.value_names);
    t.boolean("info", o.info);
    t.boolean("payload", o.payload);
    t.boolean("redact", o.redact);
    t.text("host", o.host);
    t.texts("tags", o.tags);
    t.duration("stats_interval", o.stats_interval_ms);
    t.boolean("daemon", o.daemon_lines);
    if (o.flush_bytes > 1 << 20) t.add(raw.source(), "flush_bytes", "must be at most 1MiB", "");
    result_.config.outputs.push_back(std::move(o));
  }

  const toml::table& root_;
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

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || !in) return std::nullopt;
  return text.str();
}

std::string beside(const std::string& config_file, const std::string& name) {
  if (name.empty() || name[0] == '/') return name;
  auto slash = config_file.rfind('/');
  return slash == std::string::npos ? name : config_file.substr(0, slash + 1) + name;
}

}  // namespace

std::string print_problem(const Problem& p) {
  std::string out = p.file;
  if (p.line) out += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  out += p.warning ? ": warning: " : ": ";
  if (!p.key.empty()) out += p.key + ": ";
  out += p.message;
  if (!p.hint.empty()) out += "\n  hint: " + p.hint;
  return out;
}

ReadResult parse_config(std::string_view text, const std::string& file) {
  ReadResult result;
  auto parsed = toml::parse(text, file);
  if (!parsed) {
    const auto& e = parsed.error();
    result.problems.push_back({file, e.source().begin.line, e.source().begin.column, "", std::string(e.description()), "the file is TOML: key = value, strings in quotes"});
    return result;
  }
  Reader(parsed.table(), file, result).run();
  result.config.hash = hash_of(text);
  return result;
}

filter::CompileOptions compile_options(const Config& config, const std::string& file, std::vector<Problem>& problems) {
  filter::CompileOptions options;
  options.macros = config.macros;
  options.max_depth = static_cast<uint32_t>(config.limits.max_depth);
  options.max_instructions = static_cast<uint32_t>(config.limits.max_instructions);
  options.max_set_elements = static_cast<uint32_t>(config.limits.max_set_elements);
  options.max_regex_bytes = static_cast<uint32_t>(config.limits.max_regex_size);
  for (const List& list : config.lists) {
    std::string path = beside(file, list.file);
    auto text = read_file(path);
    if (!text) {
      problems.push_back({file, list.line, 1, "list", "cannot read the list file " + path, "one entry a line, # begins a comment"});
      continue;
    }
    auto parsed = filter::ValueList::parse(*text);
    if (!parsed.list) problems.push_back({path, static_cast<uint32_t>(parsed.line), 1, "", parsed.error, "one address, prefix, range a..b, number, name or pattern with * a line"});
    else options.lists[list.name] = parsed.list;
  }
  return options;
}

std::optional<filter::Program> compile_filters(const Config& config, const std::string& file, std::vector<Problem>& problems) {
  filter::CompileOptions options = compile_options(config, file, problems);
  std::vector<filter::FilterSource> sources;
  for (const Filter& f : config.filters) sources.push_back({f.name, f.match, f.subject});
  auto compiled = filter::compile(sources, options);
  for (size_t i = 0; i < compiled.diagnostics.size(); ++i)
    for (const auto& e : compiled.diagnostics[i]) {
      Problem p{file, config.filters[i].line, config.filters[i].column, "filter \"" + config.filters[i].name + "\"", filter::print_error(config.filters[i].match, e), "", e.warning};
      problems.push_back(std::move(p));
    }
  return std::move(compiled.program);
}

ReadResult read_config(const std::string& path) {
  auto text = read_file(path);
  if (!text) {
    ReadResult result;
    result.problems.push_back({path, 0, 0, "", "cannot read the configuration file", "is it there, and may you read it?"});
    return result;
  }
  ReadResult result = parse_config(*text, path);
  // A file whose shape is wrong may still have wrong filters: say it all at once.
  if (result.problems.empty() || !result.config.filters.empty()) compile_filters(result.config, path, result.problems);
  return result;
}

}  // namespace wiretail::config
