// The packet that field references (${field}) take their values from (--selected-frame): the file is read up to it.
// The packet lives as long as this; filters copy its values when they are compiled. At start, on the capture thread.
#pragma once
#include <cstdint>
#include <string>

#include "daemon/capture/source.hpp"
#include "dissect/dissector.hpp"

namespace wiretail::daemon {

class SelectedFrame : public PacketHandler {
 public:
  SelectedFrame(const dissect::Settings& settings, uint64_t number);
  // False: `error` says why there is no such packet.
  bool read(const std::string& file, std::string& error);
  dissect::Dissection* dissection() const { return found_; }

 private:
  bool packet(const dissect::Packet& p, const Interface& i) override;

  dissect::Dissector dissector_;
  uint64_t wanted_;
  dissect::Dissection* found_ = nullptr;
  std::string bytes_;
};

}  // namespace wiretail::daemon
