#include "daemon/command_line.hpp"

#include <pcap/pcap.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "daemon/messages.hpp"

namespace wiretail::daemon {
namespace {

constexpr const char* kFooter = R"(Examples:
  wiretail -i eth0 -Y 'http.response.code >= 500'          live, matching packets as JSON lines
  wiretail -i any --emit packet,conn -Y 'tcp.port == 443'  … and what happens to their connections
  wiretail -r trace.pcapng -Y 'dns.flags.rcode == 3' -T text
  wiretail -r trace.pcap -T fields -e ip.src -e tcp.dstport -E header=y
  wiretail -i eth0 -Y 'tcp.analysis.retransmission' -w slow.pcapng
  wiretail --config /etc/wiretail/wiretail.toml --check    all problems of a configuration
  wiretail --explain 'ip.addr != 10.0.0.1'                 how a filter is understood

The name you filter by is the path you read: tcp.flags.syn == 1 in, .tcp.flags_syn out.
Exit status: 0 done, 1 a failure while running, 2 a wrong call, filter or configuration.
)";

std::string version_text() {
  std::string out = "wiretail " WIRETAIL_VERSION "\nbuilt with " + std::string(pcap_lib_version()) + ", PCRE2, zlib";
#ifdef WIRETAIL_HAVE_ZSTD
  out += ", zstd";
#endif
#ifdef WIRETAIL_HAVE_LZ4
  out += ", lz4";
#endif
#ifdef WIRETAIL_HAVE_SYSTEMD
  out += ", libsystemd";
#endif
  return out;
}

}  // namespace

int parse_command_line(int argc, char** argv, CommandLine& c) {
  CLI::App app{"wiretail: watch interfaces or read capture files, keep what Wireshark display filters ask for, write JSON lines", "wiretail"};
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("-v,--version", version_text());
  app.get_formatter()->column_width(34);
  bool no_names = false;
  std::string autostop, emit;
  app.add_option("-i,--interface", c.interfaces, "capture on this interface (repeatable; \"any\": all; -D lists them)")->type_name("IFACE")->allow_extra_args(false);
  app.add_flag("-D,--list-interfaces", c.list_interfaces, "list the interfaces and exit");
  app.add_option("-r,--read-file", c.file, "read this capture file (pcap, pcapng, compressed too; - for standard input)")->type_name("FILE");
  app.add_option("-f", c.capture_filter, "capture filter in pcap syntax, applied by the kernel")->type_name("FILTER");
  auto* display = app.add_option("-Y,--display-filter", c.display_filter, "Wireshark display filter: only matching packets are written")->type_name("FILTER");
  app.add_option("-c", c.count, "stop after this many packets were read")->type_name("COUNT")->check(CLI::PositiveNumber);
  app.add_option("-a,--autostop", autostop, "stop after a time: duration:SECONDS")->type_name("duration:S");
  app.add_option("-s,--snapshot-length", c.snaplen, "bytes kept of each packet")->type_name("SNAPLEN");
  app.add_option("-B,--buffer-size", c.buffer_mib, "the kernel's ring for each interface, in MiB")->type_name("MIB")->check(CLI::Range(1u, 2047u));
  app.add_flag("-p,--no-promiscuous-mode", c.no_promiscuous, "do not put the interface into promiscuous mode");
  app.add_flag("-n", no_names, "accepted: names are never resolved");
  auto* format = app.add_option("-T", c.format, "json (lines, the default), fields (with -e) or text (the packet list)")->type_name("json|fields|text")->check(CLI::IsMember({"json", "fields", "text", "jsonl"}));
  app.add_option("-e", c.fields, "a field to print with -T fields, or to put into each JSON line (repeatable)")->type_name("FIELD")->allow_extra_args(false);
  app.add_option("-E", c.field_options, "header=y, separator=, aggregator=, occurrence=f|l|a, quote=d|s|n (repeatable)")->type_name("OPTION")->allow_extra_args(false);
  app.add_flag("-V", c.details, "print each packet's details as a tree");
  app.add_flag("-x", c.hex, "print each packet's bytes, hex and ASCII");
  app.add_option("-w", c.write_file, "write matching packets to this capture file (pcapng; - for standard output)")->type_name("FILE");
  auto* emitted = app.add_option("--emit", emit, "what a match writes: packet, conn, http, dns, tls (comma-separated; default: packet); stats and daemon add wiretail's own lines")->type_name("LIST");
  app.add_option("--out", c.out, "write lines to this file instead of the configured one (-: standard output)")->type_name("FILE|-");
  app.add_flag("-q", c.quiet, "no packet count and no summary on standard error");
  app.add_option("-G", c.glossary, "print the fields or protocols that there are, and exit")->type_name("fields|protocols")->check(CLI::IsMember({"fields", "protocols"}));
  app.add_option("--config", c.config, "configuration file (TOML)")->type_name("FILE");
  app.add_flag("--check", c.check, "check the configuration (and the filter), report all problems and exit");
  auto* explain = app.add_option("--explain", c.explain, "show how a filter is understood and compiled; with -r FILE --frame N, what it finds in that packet")->type_name("FILTER");
  app.add_option("--stage", c.stage, "one stage of --explain")->type_name("STAGE")->check(CLI::IsMember({"tokens", "tree", "typed", "simple", "program", "prefilter", "needs"}));
  app.add_option("--frame", c.frame, "the packet that --explain looks at")->type_name("N");
  app.add_option("--selected-frame", c.selected_frame, "the packet that field references take their values from (with -r)")->type_name("N");
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
  if (c.check && c.config.empty() && !c.has_display_filter) return usage("--check needs something to check: --config FILE or -Y FILTER");
  if (c.frame && !c.has_explain) return usage("--frame names the packet for --explain");
  if (c.frame && c.file.empty()) return usage("--frame needs the capture that holds the packet: -r FILE");
  if (!c.stage.empty() && !c.has_explain) return usage("--stage belongs to --explain FILTER");
  if (c.snaplen && c.snaplen < 16) return usage("-s: a snapshot length of at least 16 bytes is needed");
  if (c.file.empty() && c.selected_frame) return usage("--selected-frame needs a capture file: -r FILE");
  return -1;
}

}  // namespace wiretail::daemon
