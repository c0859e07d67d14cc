#include "daemon/command_line.hpp"

#include <pcap/pcap.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "daemon/messages.hpp"

namespace wiretail::daemon {
namespace {

constexpr const char* kUsage = R"(Usage:
  wiretail [-i IFACE]... [-Y FILTER]           live: matching packets as JSON lines
  wiretail -r FILE [-Y FILTER]                 the same of a capture file
  wiretail --config FILE                       as a service: many filters, many outputs
  wiretail --explain FILTER                    how a filter is understood)";

constexpr const char* kFooter = R"(Examples:
  Every failed web request, live, on all interfaces:
      wiretail -Y 'http.response.code >= 500'
  Packets of one server, and what happens to their connections:
      wiretail -i eth0 -Y 'ip.addr == 192.0.2.7 && tcp.port == 443' --emit packet,conn
  Names that do not exist, from a file, as Wireshark's packet list:
      wiretail -r trace.pcapng -Y 'dns.flags.rcode == 3' -T text
  Two fields, as tshark prints them:
      wiretail -r trace.pcap -T fields -e ip.src -e tcp.dstport -E header=y
  Retransmissions into a capture file while they happen:
      wiretail -i eth0 -Y tcp.analysis.retransmission -w slow.pcapng
  What is wrong with a configuration, all of it at once:
      wiretail --config /etc/wiretail/wiretail.toml --check

The name you filter by is the path you read: tcp.flags.syn == 1 in, .tcp.flags_syn out.
Without -i, -r and --config all interfaces are watched. Live capture takes root or CAP_NET_RAW.
Exit status: 0 done, 1 a failure while running, 2 a wrong call, filter or configuration.
)";

// CLI11's help, with our usage, without its type checks in the option names, and wrapped for a terminal of 110 columns.
class HelpText : public CLI::Formatter {
 public:
  HelpText() { column_width(kColumn); }
  std::string make_usage(const CLI::App*, std::string) const override { return std::string(kUsage) + "\n"; }
  std::string make_option_opts(const CLI::Option* option) const override { return option->get_type_name().empty() || option->get_items_expected_max() == 0 ? "" : " " + option->get_type_name(); }
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string out, word;
    size_t column = 0;
    for (char c : option->get_description() + " ") {
      if (c != ' ') {
        word += c;
        continue;
      }
      if (column && column + 1 + word.size() > 110 - kColumn) out += '\n', column = 0;
      else if (column) out += ' ', ++column;
      out += word, column += word.size();
      word.clear();
    }
    return out;
  }

 private:
  static constexpr size_t kColumn = 30;
};

std::string version_text() {
  std::string out = "wiretail " WIRETAIL_VERSION "\nbuilt with " + std::string(pcap_lib_version()) + ", PCRE2, zlib";
#ifdef WIRETAIL_HAVE_ZSTD
  out += ", zstd";
#endif
#ifdef WIRETAIL_HAVE_LZ4
  out += ", lz4";
#endif
#ifdef WIRETAIL_HAVE_BROTLI
  out += ", brotli";
#endif
#ifdef WIRETAIL_HAVE_SYSTEMD
  out += ", libsystemd";
#endif
  return out;
}

}  // namespace

int parse_command_line(int argc, char** argv, CommandLine& c) {
  CLI::App app{"wiretail watches network interfaces, or reads capture files, keeps what Wireshark display filters ask for,\nand writes it, and what happens to its connections, as JSON lines.\n", "wiretail"};
  app.formatter(std::make_shared<HelpText>());
  app.footer(kFooter);
  bool no_names = false;
  std::string autostop, emit;
  auto one_of = [](std::vector<std::string> names) {
    return CLI::Validator([names](std::string& given) {
      if (std::find(names.begin(), names.end(), given) != names.end()) return std::string();
      std::string all;
      for (size_t i = 0; i < names.size(); ++i) all += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
      return "\"" + given + "\" is not one of them: " + all;
    }, "");
  };
  auto between = [](uint64_t least, uint64_t most) {
    return CLI::Validator([=](std::string& given) {
      uint64_t value = 0;
      auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
      if (error == std::errc() && end == given.data() + given.size() && value >= least && value <= most) return std::string();
      return "\"" + given + "\" is not a whole number " + (most == UINT64_MAX ? "of at least " + std::to_string(least) : "from " + std::to_string(least) + " to " + std::to_string(most));
    }, "");
  };

  const char* group = "Where packets come from";
  app.add_option("-i,--interface", c.interfaces, "capture on this interface; may be repeated, \"any\" is all of them")->type_name("IFACE")->allow_extra_args(false)->group(group);
  app.add_flag("-D,--list-interfaces", c.list_interfaces, "list the interfaces, and exit")->group(group);
  app.add_option("-r,--read-file", c.file, "read this capture: pcap or pcapng, compressed too; - is standard input")->type_name("FILE")->group(group);
  app.add_option("-f", c.capture_filter, "capture filter in pcap's syntax, applied by the kernel (live)")->type_name("FILTER")->group(group);
  app.add_option("-s,--snapshot-length", c.snaplen, "bytes kept of each packet; 0: all of them (live)")->type_name("SNAPLEN")->check(between(0, 262'144))->group(group);
  app.add_option("-B,--buffer-size", c.buffer_mib, "the kernel's ring for each interface, in MiB (live)")->type_name("MIB")->check(between(1, 2047))->group(group);
  app.add_flag("-p,--no-promiscuous-mode", c.no_promiscuous, "do not put the interface into promiscuous mode (live)")->group(group);
  app.add_option("-c", c.count, "stop after so many packets were read")->type_name("COUNT")->check(between(1, UINT64_MAX))->group(group);
  app.add_option("-a,--autostop", autostop, "stop after so many seconds")->type_name("duration:S")->group(group);
  app.add_flag("-n", no_names, "accepted: names are never resolved")->group(group);

  group = "What is kept";
  auto* display = app.add_option("-Y,--display-filter", c.display_filter, "Wireshark display filter: only what matches is written")->type_name("FILTER")->group(group);
  auto* emitted = app.add_option("--emit", emit, "what a match writes, comma-separated: packet (the default), conn, http, dns, tls; stats and daemon add wiretail's own lines")->type_name("LIST")->group(group);

  group = "How it is written";
  auto* format = app.add_option("-T", c.format, "json: lines (the default); fields: those of -e, as tshark; text: the packet list")->type_name("json|fields|text")->check(one_of({"json", "fields", "text", "jsonl"}))->group(group);
  app.add_option("-e", c.fields, "a field for -T fields, or for the JSON lines instead of their summary; repeated")->type_name("FIELD")->allow_extra_args(false)->group(group);
  app.add_option("-E", c.field_options, "for -T fields: header=y|n, separator=/t|/s|CHARACTER, aggregator=CHARACTER, occurrence=f|l|a, quote=d|s|n, escape=y|n, bom=y|n; repeated")->type_name("OPTION")->allow_extra_args(false)->group(group);
  app.add_flag("-V", c.details, "each packet's details as an indented tree")->group(group);
  app.add_flag("-x", c.hex, "each packet's bytes, hexadecimal and ASCII")->group(group);
  app.add_option("-w", c.write_file, "what matches as a capture file (pcapng), live too; - is standard output")->type_name("FILE")->group(group);
  app.add_option("--out", c.out, "write the lines to this file; - is standard output, the default")->type_name("FILE|-")->group(group);
  app.add_flag("-q", c.quiet, "no packet count and no summary on standard error")->group(group);

  group = "Configuration";
  app.add_option("--config", c.config, "configuration file (TOML); flags replace the part of it that they are about")->type_name("FILE")->group(group);
  app.add_flag("--check", c.check, "report everything that is wrong with the configuration (or with -Y and -f), and exit")->group(group);

  group = "Learning";
  auto* explain = app.add_option("--explain", c.explain, "show how a filter is understood and compiled; with -r FILE --frame N, what it finds in that packet")->type_name("FILTER")->group(group);
  app.add_option("--stage", c.stage, "only one stage of --explain: tokens, tree, typed, simple, program, prefilter or needs")->type_name("STAGE")->check(one_of({"tokens", "tree", "typed", "simple", "program", "prefilter", "needs"}))->group(group);
  app.add_option("--frame", c.frame, "the packet that --explain looks at")->type_name("N")->check(between(1, UINT64_MAX))->group(group);
  app.add_option("--selected-frame", c.selected_frame, "the packet of -r that ${field} in a filter takes its values from")->type_name("N")->check(between(1, UINT64_MAX))->group(group);
  app.add_option("-G", c.glossary, "print the fields or the protocols that there are, as tshark does, and exit")->type_name("fields|protocols")->check(one_of({"fields", "protocols"}))->group(group);
  app.set_version_flag("-v,--version", version_text())->description("show the version and what was built in")->group(group);
  app.set_help_flag("-h,--help", "show this help")->group(group);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  } catch (const CLI::CallForVersion&) {
    std::puts(version_text().c_str());
    return 0;
  } catch (const CLI::ParseError& e) {
    complain(std::string(e.what()) + "; wiretail --help shows all flags");
    return kExitUsage;
  }
  c.has_display_filter = display->count() > 0;
  c.has_format = format->count() > 0;
  c.has_explain = explain->count() > 0;
  auto usage = [](const std::string& text) {
    complain(text);
    return kExitUsage;
  };
  c.has_emit = emitted->count() > 0;
  bool lines = !c.has_emit;  // of packets
  bool events = false;
  for (size_t begin = 0; c.has_emit && begin <= emit.size();) {
    size_t end = std::min(emit.find(',', begin), emit.size());
    std::string name = emit.substr(begin, end - begin);
    static constexpr std::string_view kKinds[] = {"packet", "conn", "http", "dns", "tls"};
    if (name == "stats") c.emit_stats = true;
    else if (name == "daemon") c.emit_daemon = true;
    else if (std::find(std::begin(kKinds), std::end(kKinds), name) != std::end(kKinds)) c.emit.push_back(name);
    else return usage("--emit: \"" + name + "\" is not something to emit; there are packet, conn, http, dns, tls, stats and daemon");
    lines |= name == "packet";
    events |= name != "packet";
    begin = end + 1;
  }
  if (!autostop.empty()) {
    char* end = nullptr;
    if (autostop.rfind("duration:", 0) == 0) c.duration = std::strtod(autostop.c_str() + 9, &end);
    if (!end || *end || c.duration <= 0) return usage("\"" + autostop + "\" is not a stop condition; write -a duration:SECONDS");
  }
  const bool prints = c.format != "json" || c.details || c.hex;  // packets, and nothing else
  if (!c.file.empty() && !c.interfaces.empty()) return usage("-r reads a file, -i captures live: give one of them");
  if (!c.file.empty() && !c.capture_filter.empty()) return usage("-f is for live capture; with -r use a display filter: -Y");
  if (c.format == "fields" && c.fields.empty()) return usage("-T fields needs at least one field: -e ip.src (wiretail -G fields lists them)");
  if (c.format == "text" && !c.fields.empty()) return usage("-e chooses the fields of -T fields and of JSON lines; -T text has its own columns");
  if (!c.field_options.empty() && c.format != "fields") return usage("-E shapes what -T fields prints; add -T fields");
  if (c.format == "fields" && (c.details || c.hex)) return usage("-T fields prints the fields of -e; -V and -x print the whole packet: give one of them");
  if (prints && !lines) return usage("-T text, -T fields, -V and -x print packets, --emit leaves packets out: there would be nothing");
  if (!c.write_file.empty() && !lines) return usage("-w writes packets, --emit leaves packets out: there would be nothing");
  if (!c.write_file.empty() && events && c.out.empty() && !c.has_format) return usage("-w writes packets only; add --out FILE (or - for standard output) for the lines of --emit");
  if (c.write_file == "-" && isatty(STDOUT_FILENO)) return usage("-w -: standard output is a terminal; send it into a file or a program");
  if (c.write_file == "-" && (c.out == "-" || (c.out.empty() && (c.has_format || c.details || c.hex)))) return usage("-w - and the lines cannot both go to standard output; add --out FILE");
  if (!c.write_file.empty() && c.write_file != "-" && c.write_file == c.out) return usage("-w and --out name the same file");
  if (c.check && c.config.empty() && !c.has_display_filter && c.capture_filter.empty()) return usage("--check needs something to check: --config FILE, -Y FILTER or -f FILTER");
  if (c.frame && !c.has_explain) return usage("--frame names the packet for --explain");
  if (c.frame && c.file.empty()) return usage("--frame needs the capture that holds the packet: -r FILE");
  if (!c.stage.empty() && !c.has_explain) return usage("--stage belongs to --explain FILTER");
  if (c.file.empty() && c.selected_frame) return usage("--selected-frame needs a capture file: -r FILE");
  return -1;
}

}  // namespace wiretail::daemon
