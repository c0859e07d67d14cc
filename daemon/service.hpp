// What systemd is told: readiness, reload, watchdog. Does nothing where libsystemd or NOTIFY_SOCKET is not there.
#pragma once
#include <chrono>
#include <string>

namespace wiretail::daemon {

class Service {
 public:
  Service();
  void ready(const std::string& status);
  void reloading();
  void stopping();
  void alive(std::chrono::steady_clock::time_point now);  // feeds the watchdog at half its interval

 private:
  std::chrono::microseconds watchdog_{0};
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace wiretail::daemon
