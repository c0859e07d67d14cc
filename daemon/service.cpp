#include "daemon/service.hpp"

#ifdef WIRETAIL_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace wiretail::daemon {

#ifdef WIRETAIL_HAVE_SYSTEMD
Service::Service() {
  uint64_t interval = 0;
  if (sd_watchdog_enabled(0, &interval) > 0) watchdog_ = std::chrono::microseconds(interval / 2);
}
void Service::ready(const std::string& status) { sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }
void Service::reloading() { sd_notify(0, "RELOADING=1"); }
void Service::stopping() { sd_notify(0, "STOPPING=1"); }
void Service::alive(std::chrono::steady_clock::time_point now) {
  if (watchdog_.count() == 0 || now - last_ < watchdog_) return;
  last_ = now;
  sd_notify(0, "WATCHDOG=1");
}
#else
Service::Service() = default;
void Service::ready(const std::string&) {}
void Service::reloading() {}
void Service::stopping() {}
void Service::alive(std::chrono::steady_clock::time_point) {}
#endif

}  // namespace wiretail::daemon
