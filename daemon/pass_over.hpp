// Which packets need no dissection: the plain headers say that no filter matches, and nobody follows their flow, or follows it for
// the sake of applications that the packet has nothing for, or of what TCP analysis finds, which is nothing. Everything else is left to
// Dissector::dissect. Used by the run loop (and its benchmark) before each packet; capture thread; allocates nothing.
#pragma once
#include <cstdint>

#include "daemon/sampled_time.hpp"
#include "dissect/dissector.hpp"
#include "filter/filter.hpp"

namespace wiretail::daemon {

class PassOver {
 public:
  // What was loaded. `everything`: there is no filter, every packet matches; `shown`: and is written. `searches`: Program::searches_payloads().
  void set(dissect::Needs needs, bool everything, bool shown, bool searches) {
    needs.prepare();
    by_flow_ = needs.has_state();
    flows_ = !everything && !needs.complete && (!by_flow_ || needs.flow_wanted);
    applications_ = needs.applications_alone && !needs.complete && !(everything && shown);
    notes_ = needs.notes_alone && !everything;
    everything_ = everything;
    searches_ = searches && !by_flow_;  // the flow's condition has no searches
    headers_ = {}, alone_ = {};
  }

  // True: the packet was counted, and there may be events of it; `connection` is its own, if that is known. The program's time is
  // taken by `time`.
  bool operator()(const dissect::Packet& packet, const filter::Program& program, dissect::Dissector& dissector, SampledTime& time, dissect::Connection*& connection) {
    asked_ = false;
    if (!(flows_ || applications_ || notes_) || !plain_.find(packet)) return false;
    time.begin();
    auto asked = [this](bool answer) { return asked_ = true, answer; };
    const bool flow = flows_ && (!searches_ || headers_.worth_asking()) && asked(program.cannot_match(plain_, by_flow_));
    const bool alone = !flow && applications_ && alone_.worth_asking() && (everything_ || asked(program.cannot_match_alone(plain_, asked_)));
    const bool unnoted = !flow && notes_ && plain_.is_tcp() && alone_.worth_asking() && asked(program.cannot_match_unnoted(plain_, asked_));
    time.end();
    if (flow) return headers_.passed(), dissector.pass_over(packet), true;
    if (!(alone && dissector.pass_over_application(packet, plain_, connection)) && !(unnoted && dissector.pass_over_unnoted(packet, plain_))) return false;
    return alone_.passed(), true;
  }

  // The program was asked of the packet that was not passed over (filter::Program::evaluate).
  bool asked() const { return asked_; }

 private:
  // Where few packets are passed over, asking costs more than it saves: a part of them is asked, to see when that changes.
  class Worth {
   public:
    bool worth_asking() {
      if (rarely_ && (++skipped_ & 0xf)) return false;
      if ((++asked_ & 0x3ff) == 0) rarely_ = passed_ < kOften, passed_ = 0;
      return true;
    }
    void passed() { ++passed_; }

   private:
    static constexpr uint32_t kOften = 0x400 / 5;
    bool rarely_ = false;
    uint32_t asked_ = 0, passed_ = 0, skipped_ = 0;
  };

  dissect::PlainHeaders plain_;
  bool flows_ = false, applications_ = false, notes_ = false, by_flow_ = false, everything_ = false, searches_ = false, asked_ = false;
  Worth headers_, alone_;
};

}  // namespace wiretail::daemon
