// The packet-list columns as Wireshark shows them: -T text, `_ws.col.*`, `info` in the output. Filled only when one of
// them is asked for, layer by layer from the outside, each protocol replacing or extending what stands there.
#pragma once
#include <string>
#include <string_view>

namespace wiretail::dissect {

struct Columns {
  std::string source, destination, protocol, info;
  bool protocol_done = false;  // nobody writes the protocol any more
  std::string_view tunnel;   // whose name stays in front of that of the packet inside: "GTP <UDP>"
  bool writable = true;  // false inside an ICMP error's quotation

  void clear() { source.clear(), destination.clear(), protocol.clear(), info.clear(), protocol_done = false, tunnel = {}, writable = true; }
  void set_protocol(std::string_view text) { if (writable && !protocol_done) protocol.assign(text); }
  void set_info(std::string_view text) { if (writable) info.assign(text); }
  void append_info(std::string_view text) { if (writable) info.append(text); }
  void prepend_info(std::string_view text) { if (writable) info.insert(0, text); }
  void set_source(std::string_view text) { if (writable) source.assign(text); }
  void set_destination(std::string_view text) { if (writable) destination.assign(text); }
  void set_addresses(std::string_view from, std::string_view to) { if (writable) source.assign(from), destination.assign(to); }
};

class Dissection;
struct LayerRef;
// Runs the layers' column functions, outermost first.
void fill_columns(Dissection& packet, Columns& columns);
// The text of a layer's line in -V, and the value of its protocol in -T fields. A layer of several items (the labels of
// MPLS) has a line for each; nothing: it is no item.
void append_head(std::string& out, const Dissection& packet, const LayerRef& layer);

}  // namespace wiretail::dissect
