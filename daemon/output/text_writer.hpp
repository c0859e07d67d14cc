// `-T text`, `-V` and `-x`: the packet list, the details as an indented tree, and the bytes, laid out as tshark does.
#pragma once
#include <string>

#include "dissect/columns.hpp"
#include "dissect/dissection.hpp"

namespace wiretail::daemon {

class TextWriter {
 public:
  void summary(std::string& out, dissect::Dissection& d);
  // `bytes_follow`: -x is asked for as well, which shows what is data anyway.
  void details(std::string& out, dissect::Dissection& d, bool bytes_follow);
  void hex(std::string& out, dissect::Dissection& d);

 private:
  dissect::Columns columns_;
  std::string text_;
};

}  // namespace wiretail::daemon
