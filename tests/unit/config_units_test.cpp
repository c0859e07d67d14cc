// Sizes and durations: strings with their unit.
#include "config/config.hpp"
#include "unit/catch.hpp"

using namespace wiretail;

TEST_CASE("sizes") {
  struct { const char* text; uint64_t bytes; } good[] = {
      {"0", 0}, {"512", 512}, {"512B", 512}, {"1kB", 1000}, {"1KB", 1000}, {"1KiB", 1024}, {"64MiB", 64ull << 20}, {"1.5GB", 1'500'000'000}, {"2 GiB", 2ull << 30}, {"0.5KiB", 512}};
  for (const auto& g : good) {
    uint64_t bytes = 7;
    INFO(g.text);
    CHECK(config::parse_size(g.text, bytes));
    CHECK(bytes == g.bytes);
  }
  for (const char* bad : {"", "MiB", "-1", "64 mib", "1e400MiB", "nan", "inf", "64MiBs", "0x10", "1,5GB", "99999999999GiB"}) {
    uint64_t bytes = 7;
    INFO(bad);
    CHECK_FALSE(config::parse_size(bad, bytes));
    CHECK(bytes == 7);
  }
}

TEST_CASE("durations") {
  struct { const char* text; uint64_t ms; } good[] = {{"0s", 0}, {"200ms", 200}, {"30s", 30'000}, {"1.5s", 1500}, {"5m", 300'000}, {"5min", 300'000}, {"1h", 3'600'000}, {"7d", 604'800'000}};
  for (const auto& g : good) {
    uint64_t ms = 7;
    INFO(g.text);
    CHECK(config::parse_duration(g.text, ms));
    CHECK(ms == g.ms);
  }
  for (const char* bad : {"", "10", "s", "-1s", "10 sec", "1w", "1e300d"}) {
    uint64_t ms = 7;
    INFO(bad);
    CHECK_FALSE(config::parse_duration(bad, ms));
  }
}
