// The filters of a configuration: their options, their lists, and what is wrong with them, with its place in the file.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "config/config.hpp"
#include "dissect/registry.hpp"
#include "filter/value_list.hpp"

namespace wiretail::config {
namespace {

std::string beside(const std::string& config_file, const std::string& name) {
  if (name.empty() || name[0] == '/') return name;
  auto slash = config_file.rfind('/');
  return slash == std::string::npos ? name : config_file.substr(0, slash + 1) + name;
}

// "numbers up to 65535 and addresses".
std::string asked_for(std::span<const filter::ValueList::Reader> readers) {
  uint64_t most = 0;
  bool numbers = false, negative = false, names = false, seconds = false, fractions = false, addresses = false, text = false, six = false, bytes = false;
  for (const auto& r : readers) {
    names |= !r.names.empty();
    switch (r.kind) {
      case filter::ValueKind::kSigned: negative = true; [[fallthrough]];
      case filter::ValueKind::kUnsigned: numbers = true, most = std::max(most, r.most); break;
      case filter::ValueKind::kIpv4:
      case filter::ValueKind::kIpv6: addresses = true; break;
      case filter::ValueKind::kString: text = true; break;
      case filter::ValueKind::kTime: seconds = true; break;
      case filter::ValueKind::kFloat: fractions = true; break;
      default: (r.six ? six : bytes) = true;
    }
  }
  std::vector<std::string> kinds;
  if (numbers) kinds.push_back(std::string(negative ? "numbers with a sign" : "numbers") + " up to " + std::to_string(most));
  if (names) kinds.push_back("names of values");
  if (seconds) kinds.push_back("seconds, with or without a fraction");
  if (fractions) kinds.push_back("numbers with or without a fraction");
  if (addresses) kinds.push_back("addresses, prefixes and ranges of them");
  if (text) kinds.push_back("text");
  if (six && !bytes) kinds.push_back("Ethernet addresses of six bytes");
  if (bytes) kinds.push_back("bytes");
  std::string out;
  for (size_t i = 0; i < kinds.size(); ++i) out += (i == 0 ? "" : i + 1 == kinds.size() ? " and " : ", ") + kinds[i];
  return out;
}

uint32_t characters(std::string_view utf8) {
  return static_cast<uint32_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  constexpr size_t kMostText = size_t{1} << 30;
  std::FILE* in = std::fopen(path.c_str(), "rbe");
  if (!in) return std::nullopt;
  std::string text;
  char block[16 * 1024];
  int failed = 0;
  while (size_t n = std::fread(block, 1, sizeof block, in)) {
    text.append(block, n);
    if (text.size() > kMostText) {
      failed = EFBIG;
      break;
    }
  }
  if (!failed && std::ferror(in)) failed = errno;
  std::fclose(in);
  errno = failed;
  if (failed) return std::nullopt;
  return text;
}

std::optional<std::pair<std::string, std::string>> no_line_field(const std::string& name) {
  const auto& registry = dissect::Registry::get();
  auto ids = registry.find(name);
  if (ids.empty()) ids = registry.find_path(name);
  if (ids.empty()) {
    auto near = registry.nearest(name, 1);
    return std::pair("\"" + name + "\" is not a field", near.empty() ? "wiretail -G fields lists them" : "did you mean " + std::string(near[0]) + "?");
  }
  const auto& def = registry[ids[0]];
  if (name == "_ws.malformed" || name == "_ws.short") return std::nullopt;  // always written where they are
  if (name.starts_with("_ws.col.")) return std::pair("\"" + name + "\" is a column of the packet list, not in a packet's JSON line", "print it with -T fields, or set info = true in [[output]]");
  if (registry.protocol(def.proto).pseudo)
    return std::pair("\"" + name + "\" is not in a packet's line", def.name.starts_with("conn") ? "lines of connections hold it: --emit conn, or emit = [\"conn\"]" : "print it with -T fields, or filter by it");
  if (def.is_protocol) {
    std::string example;
    for (const auto& field : registry.fields())
      if (field.proto == def.proto && !field.is_protocol && !field.key.empty() && (example.empty() || (field.row->flags & dissect::kSummary))) {
        example = field.name;
        if (field.row->flags & dissect::kSummary) break;
      }
    return std::pair("\"" + name + "\" is a protocol, not a field", example.empty() ? "wiretail -G fields lists them" : "name the fields that you want, such as " + example);
  }
  return std::nullopt;
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
    // Not a pipe or a device: a reload would wait for it, or never end.
    std::error_code unread;
    const auto kind = std::filesystem::status(path, unread).type();
    if (kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::not_found && kind != std::filesystem::file_type::none) {
      problems.push_back({file, list.line, 1, "list", "cannot read the list file " + path + ": it is no regular file", "name a file with one entry a line; # begins a comment"});
      options.lists[list.name] = filter::ValueList::unread();
      continue;
    }
    auto text = read_file(path);
    if (!text) {
      problems.push_back({file, list.line, 1, "list", "cannot read the list file " + path + ": " + std::strerror(errno), "one entry a line, # begins a comment"});
      options.lists[list.name] = filter::ValueList::unread();
      continue;
    }
    auto parsed = filter::ValueList::parse(*text);
    for (const auto& wrong : parsed.wrong)
      problems.push_back({path, static_cast<uint32_t>(wrong.line), static_cast<uint32_t>(wrong.column), "list \"" + list.name + "\"", wrong.error, "one address, prefix, range a..b, number, name or pattern with * a line"});
    options.lists[list.name] = parsed.list ? parsed.list : filter::ValueList::unread();
  }
  return options;
}

namespace {

// Entries of lists that no filter can use are mistakes, and would pass unnoticed: a port of 300000, a name among addresses. One
// list may serve filters on fields of several types. Filters of -Y are not all that use a list, so they do not judge it.
void look_through_lists(const Config& config, const std::string& file, const filter::CompileOptions& options, std::span<const filter::ListUse> uses, std::vector<Problem>& problems) {
  for (const Filter& f : config.filters)
    if (f.line == 0) return;
  for (const List& list : config.lists) {
    std::vector<filter::ValueList::Reader> readers;
    for (const auto& use : uses)
      if (use.list == list.name) readers.push_back(use.reader);
    const auto& loaded = options.lists.at(list.name);
    if (readers.empty() || loaded->is_unread() || !loaded->has_useless(readers)) continue;
    const std::string path = beside(file, list.file);
    auto text = read_file(path);
    if (!text) continue;
    for (const auto& wrong : loaded->useless(*text, readers))
      problems.push_back({path, static_cast<uint32_t>(wrong.line), static_cast<uint32_t>(wrong.column), "list \"" + list.name + "\"",
                          wrong.error + " can be no value of what the filters look up in this list", "mend the line or take it out; they ask for " + asked_for(readers)});
  }
}

}  // namespace

std::optional<filter::Program> compile_filters(const Config& config, const std::string& file, const filter::CompileOptions& options, std::vector<Problem>& problems) {
  std::vector<filter::FilterSource> sources;
  for (const Filter& f : config.filters) sources.push_back({f.name, f.match, f.subject});
  auto compiled = filter::compile(sources, options);
  for (size_t i = 0; i < compiled.diagnostics.size(); ++i)
    for (const auto& e : compiled.diagnostics[i]) {
      const Filter& f = config.filters[i];
      std::string text = filter::print_error(f.match, e);
      if (f.line == 0) {
        problems.push_back({"", 0, 0, f.name, std::move(text), "", e.warning});
        continue;
      }
      uint32_t line = f.line, column = f.column;
      if (f.text_column) {
        std::string_view before = std::string_view(f.match).substr(0, e.span.begin);
        const size_t newline = before.rfind('\n');
        line = f.text_line + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
        column = newline == std::string_view::npos ? f.text_column + characters(before) : 1 + characters(before.substr(newline + 1));
      }
      problems.push_back({file, line, column, "filter \"" + f.name + "\"", std::move(text), "", e.warning});
    }
  if (compiled.program) look_through_lists(config, file, options, compiled.list_uses, problems);
  return std::move(compiled.program);
}

}  // namespace wiretail::config
