// `-T fields`: the values of named fields, one line a packet, spelt as tshark spells them, with its -E options.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"

namespace wiretail::daemon {

class FieldsWriter {
 public:
  // A field's name, or a column's (`_ws.col.Info`). False: there is none; `hint` may name a near one.
  bool add_field(std::string_view name, std::string& hint);
  // "header=y", "separator=,", "aggregator=;", "occurrence=f|l|a", "quote=d|s|n", "bom=y|n", "escape=y|n". False: not one of them.
  bool set_option(std::string_view option, std::string& error);
  void header(std::string& out) const;
  bool wants_header() const { return header_; }
  void packet(std::string& out, dissect::Dissection& d);
  void add_needs(dissect::Needs& needs) const;
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::string name;
    std::vector<dissect::FieldId> fields;  // all registrations
    int column = -1;                       // of the packet list
  };
  void value(std::string& out, std::string_view text) const;
  void append_items(std::string& out, const dissect::Dissection& d, const dissect::FieldDef& def, const dissect::LayerRef& layer) const;
  std::vector<Entry> entries_;
  bool header_ = false, bom_ = false, escape_ = true;
  char separator_ = '\t', aggregator_ = ',', quote_ = 0;
  char occurrence_ = 'a';
  bool columns_needed_ = false, complete_ = false;  // complete_: an entry needs the whole packet's dissection
  dissect::Columns columns_;
  std::string text_, item_;
};

}  // namespace wiretail::daemon
