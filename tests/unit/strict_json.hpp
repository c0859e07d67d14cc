// Reading lines back as strictly as the schema promises: valid UTF-8, one value, and no key twice in one object.
#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

inline nlohmann::ordered_json parse_strictly(std::string_view line) {
  using Json = nlohmann::ordered_json;
  std::vector<std::set<std::string>> open;
  auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second)
      throw std::runtime_error("key twice: " + value.get<std::string>());
    return true;
  };
  return Json::parse(line.begin(), line.end(), watch);
}
