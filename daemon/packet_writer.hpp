// What a matched packet becomes in one output: a JSON line, fields, the packet list, details, bytes, or a record of a
// capture file. One per output, on the capture thread.
#pragma once
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/capture/source.hpp"
#include "daemon/output/fields_writer.hpp"
#include "daemon/output/json_line.hpp"
#include "daemon/output/output.hpp"
#include "daemon/output/packet_file.hpp"
#include "daemon/output/text_writer.hpp"

namespace wiretail::daemon {

enum class Format : uint8_t { kJson, kFields, kText, kPacketFile };

struct PacketWriter {
  Format format = Format::kJson;
  bool details = false, hex = false;
  FieldsWriter fields;
  TextWriter text;
  PacketFormat packet_file;
  std::unique_ptr<JsonLine> json;
  std::unique_ptr<Output> output;
  bool wants_info = false, wants_stats = false, wants_daemon = false;
  std::chrono::milliseconds stats_interval{0};
  std::chrono::steady_clock::time_point last_stats;
  std::string host;                   // of the `stats` and `daemon` lines
  std::vector<std::string> tags;
  // What was reported of it (Outputs::report_changes).
  bool losing = false;
  unsigned calm = 0;
  uint64_t reported_dropped = 0, dropped_before = 0, reported_rotations = 0;

  // `name`: what the line calls the interface.
  void packet(dissect::Dissection& d, const Selection& selection, std::span<const std::string_view> filters, const Interface& interface, std::string_view name) {
    std::string& buffer = output->buffer();
    switch (format) {
      case Format::kJson: json->packet(buffer, d, selection, filters, output->next_seq(), name); break;
      case Format::kFields: fields.packet(buffer, d); break;
      case Format::kText:
        if (details) text.details(buffer, d, hex);
        else if (!hex) text.summary(buffer, d);
        if (hex) text.hex(buffer, d);
        break;
      case Format::kPacketFile: packet_file.packet(buffer, d.packet, interface); break;
    }
    output->line_done();
  }
};

}  // namespace wiretail::daemon
