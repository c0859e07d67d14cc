#include "daemon/event_lines.hpp"

#include <algorithm>

namespace wiretail::daemon {

using dissect::ConnectionEvent;

namespace {

uint8_t kind_of(const ConnectionEvent& event) {
  switch (event.kind) {
    case ConnectionEvent::Kind::kHttp: return kEmitHttp;
    case ConnectionEvent::Kind::kDns: return kEmitDns;
    case ConnectionEvent::Kind::kEnd: return kEmitConn | kEmitEnd;
    default: return kEmitConn;
  }
}

}  // namespace

filter::Subject subject_of(const ConnectionEvent& event) {
  switch (event.kind) {
    case ConnectionEvent::Kind::kHttp: return filter::Subject::kHttp;
    case ConnectionEvent::Kind::kDns: return filter::Subject::kDns;
    default: return filter::Subject::kConnection;
  }
}

uint32_t EventLines::chooser(const std::string& name, uint8_t emit) {
  auto [it, fresh] = chooser_numbers_.emplace(std::pair{name, emit}, static_cast<uint32_t>(choosers_.size()));
  if (fresh) choosers_.push_back({name, emit});
  return it->second;
}

void EventLines::set_filters(const Loaded& loaded) {
  chooser_of_.clear(), owed_of_.clear();
  for (const auto& f : loaded.filters) {
    // What it is asked about is written for what matches; the rest of the connection follows.
    uint8_t follows = static_cast<uint8_t>(f.emit & ~kEmitPacket & ~emit_of(f.subject));
    chooser_of_.push_back(follows ? chooser(f.name, follows) : kNone);
    bool owes = f.subject == filter::Subject::kConnection && f.emit & kEmitConn;
    owed_of_.push_back(owes ? chooser(f.name, kEmitEnd) : kNone);
  }
  emitted_ = static_cast<uint8_t>(emitted_ | loaded.emit);
  matches_.resize(loaded.filters.size());
}

void EventLines::choose(dissect::Connection& connection, std::span<const uint32_t> filters) {
  adding_.clear();
  // Of every packet but a connection's first, nothing is new.
  const auto& known = sets_[connection.tag];
  for (uint32_t f : filters)
    if (const uint32_t c = chooser_of_[f]; c != kNone && std::find(known.begin(), known.end(), c) == known.end()) adding_.push_back(c);
  if (!adding_.empty()) add(connection);
}

void EventLines::add(dissect::Connection& connection) {
  const auto& known = sets_[connection.tag];
  std::erase_if(adding_, [&](uint32_t c) { return std::find(known.begin(), known.end(), c) != known.end(); });
  if (adding_.empty()) return;
  std::vector<uint32_t> all = known;
  all.insert(all.end(), adding_.begin(), adding_.end());
  std::sort(all.begin(), all.end());
  auto it = set_numbers_.find(all);
  if (it == set_numbers_.end()) {
    if (set_members_ + all.size() > kMaxSetMembers) return;
    set_members_ += all.size();
    it = set_numbers_.emplace(all, static_cast<uint32_t>(sets_.size())).first;
    sets_.push_back(std::move(all));
  }
  connection.tag = it->second;
}

EventLines::Decision EventLines::decide(Loaded& loaded, dissect::Dissector& dissector, const ConnectionEvent& event, const Interface* interface) {
  Decision decision;
  const uint8_t kind = kind_of(event);
  const bool counted = kind == kEmitHttp;
  if (!(emitted_ & kind) && !counted) return decision;
  names_.clear();
  bool chosen = false;
  auto name = [&](std::string_view text) {
    chosen = true;
    if (!text.empty() && std::find(names_.begin(), names_.end(), text) == names_.end()) names_.push_back(text);
  };
  if (event.connection)
    for (uint32_t c : sets_[event.connection->tag])
      if (choosers_[c].emit & kind) name(choosers_[c].name);
  const filter::Subject subject = subject_of(event);
  const bool asked = loaded.subjects[static_cast<size_t>(subject)];
  if (!chosen && !asked && !counted) return decision;
  dissect::Dissection& d = interface ? dissector.describe(event, asked, interface->shown_name(), interface->description) : dissector.describe(event, asked);
  if (counted) count(d, event);
  if (asked) {
    adding_.clear();
    matches_.clear();
    loaded.program.evaluate(d, subject, matches_);
    ++loaded.evaluated[static_cast<size_t>(subject)];
    matches_.each([&](uint32_t number) {
      LoadedFilter& f = loaded.filters[number];
      ++f.matched;
      if (!(f.emit & kind)) return;
      name(f.name);
      if (event.kind == ConnectionEvent::Kind::kNew && owed_of_[number] != kNone) adding_.push_back(owed_of_[number]);
      if (chooser_of_[number] != kNone) adding_.push_back(chooser_of_[number]);
    });
    if (!adding_.empty() && event.connection) add(*event.connection);
  }
  decision.write = chosen;
  decision.names = names_;
  decision.described = &d;
  return decision;
}

void EventLines::count(dissect::Dissection& described, const ConnectionEvent& event) {
  if (event.kind != ConnectionEvent::Kind::kHttp) return;
  ++transactions_;
  static const auto found = dissect::Registry::get().find("http.outcome");
  if (!event.transaction || found.empty()) return;
  const auto* outcome = described.first(found[0]);
  if (outcome && dissect::is_string(dissect::Registry::get()[found[0]].type) && outcome->value.text() == "no_response") ++no_response_;
}

}  // namespace wiretail::daemon
