// The registry's rules: names, paths and suggestions.
#include "dissect/registry.hpp"

#include "unit/catch.hpp"

using namespace wiretail::dissect;

TEST_CASE("every field is found by its name and by its output path") {
  const Registry& registry = Registry::get();
  for (const FieldDef& def : registry.fields()) {
    auto by_name = registry.find(def.name);
    CHECK(std::find(by_name.begin(), by_name.end(), def.id) != by_name.end());
    auto by_path = registry.find_path(def.key.empty() ? def.object : def.object + "." + def.key);
    CHECK(std::find(by_path.begin(), by_path.end(), def.id) != by_path.end());
  }
}

TEST_CASE("a misspelt name has its neighbour suggested") {
  CHECK(Registry::get().nearest("udp.scrport").front() == "udp.srcport");
  CHECK(Registry::get().nearest("completely.different.thing").empty());
}
