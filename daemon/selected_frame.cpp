#include "daemon/selected_frame.hpp"

#include "daemon/capture/file_source.hpp"

namespace wiretail::daemon {

SelectedFrame::SelectedFrame(const dissect::Settings& settings, uint64_t number) : dissector_(settings), wanted_(number) {
  dissect::Needs everything;
  for (const auto& def : dissect::Registry::get().fields()) everything.add(def.id);
  dissector_.set_needs(everything);
}

bool SelectedFrame::packet(const dissect::Packet& p, const Interface& i) {
  dissect::Packet kept = p;
  if (p.number == wanted_) {
    bytes_.assign(reinterpret_cast<const char*>(p.data), p.cap_len);
    kept.data = reinterpret_cast<const uint8_t*>(bytes_.data());
  }
  dissect::Dissection& d = dissector_.dissect(kept, i.shown_name(), i.description);
  if (p.number != wanted_) return true;
  found_ = &d;
  return false;
}

bool SelectedFrame::read(const std::string& file, std::string& error) {
  auto source = FileSource::open(file, error);
  if (!source) return false;
  while (source->dispatch(*this, 1000) == Source::State::kMore) {
  }
  if (!found_) error = "--selected-frame: " + file + " has no packet " + std::to_string(wanted_);
  return found_ != nullptr;
}

}  // namespace wiretail::daemon
