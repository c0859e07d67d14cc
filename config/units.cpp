// Sizes and durations with units.
#include <charconv>
#include <cmath>

#include "config/config.hpp"

namespace wiretail::config {
namespace {

bool parse(std::string_view text, std::span<const std::pair<std::string_view, double>> units, uint64_t& out) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0 || !std::isfinite(value)) return false;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  while (!unit.empty() && unit[0] == ' ') unit.remove_prefix(1);
  for (auto [name, factor] : units)
    if (unit == name) {
      double result = std::round(value * factor);
      if (result > 9e15) return false;
      out = static_cast<uint64_t>(result);
      return true;
    }
  return false;
}

}  // namespace

bool parse_size(std::string_view text, uint64_t& bytes) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1}, {"B", 1}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
  return parse(text, kUnits, bytes);
}

bool parse_duration(std::string_view text, uint64_t& milliseconds) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"min", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}};
  return parse(text, kUnits, milliseconds);
}

}  // namespace wiretail::config
