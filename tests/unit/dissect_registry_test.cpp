// The registry's rules: names, paths and suggestions.
#include "dissect/registry.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "dissect/row_check.hpp"

#include "unit/catch.hpp"

using namespace wiretail::dissect;

TEST_CASE("every field is found by its name and by its output path") {
  const Registry& registry = Registry::get();
  for (const FieldDef& def : registry.fields()) {
    auto by_name = registry.find(def.name);
    CHECK(std::find(by_name.begin(), by_name.end(), def.id) != by_name.end());
    auto by_path = registry.find_path(def.path);
    CHECK(std::find(by_path.begin(), by_path.end(), def.id) != by_path.end());
  }
}

TEST_CASE("a path is the name, nested at its first dot alone") {
  const Registry& registry = Registry::get();
  for (const FieldDef& def : registry.fields()) {
    std::string path(def.name);
    const size_t dot = path.find('.');
    if (dot != std::string::npos) std::replace(path.begin() + static_cast<ptrdiff_t>(dot) + 1, path.end(), '.', '_');
    if (def.row && !def.row->key.empty()) path.replace(dot + 1, std::string::npos, def.row->key);
    CHECK(def.path == path);
    CHECK(def.object == path.substr(0, dot));
    CHECK(def.key == (dot == std::string::npos ? "" : path.substr(dot + 1)));
  }
  CHECK(registry[registry.find("tcp.flags.syn")[0]].path == "tcp.flags_syn");
  CHECK(registry.find("").empty());
  CHECK(registry.find("tcp.flags_syn").empty());
}

TEST_CASE("no two fields share a name and type, and no two names an output path") {
  const Registry& registry = Registry::get();
  for (const FieldDef& def : registry.fields()) {
    INFO(def.name);
    for (FieldId id : registry.find(def.name)) {
      const FieldDef& other = registry[id];
      CHECK((id == def.id || other.type != def.type || other.proto != def.proto || other.is_protocol || def.is_protocol || other.row->base != def.row->base));
    }
    for (FieldId id : registry.find_path(def.path)) CHECK(registry[id].name == def.name);
  }
}

TEST_CASE("a misspelt name has its neighbour suggested") {
  CHECK(Registry::get().nearest("udp.scrport").front() == "udp.srcport");
  CHECK(Registry::get().nearest("completely.different.thing").empty());
}

TEST_CASE("every row of every table holds to the rules") {
  for (const ProtocolDef* protocol : Registry::get().protocols())
    for (const FieldRow& row : protocol->rows) {
      INFO(row.name);
      CHECK(row_problem(row).empty());
    }
}

TEST_CASE("a wrong row is told") {
  auto problem = [](FieldRow row) { return std::string(row_problem(row)); };
  static constexpr ValueName kMixed[] = {{2, "two"}, {1, "one"}};
  static constexpr ValueName kOverlapping[] = {{1, "one", 5}, {5, "five"}};
  FieldRow good{.name = "a.b", .label = "B", .type = FieldType::kUint16, .base = Base::kDec, .fixed = at(2, 2), .mask = 0x0fff};
  CHECK(problem(good).empty());
  FieldRow row = good;
  row.label = {};
  CHECK(problem(row) == "a row without name or label");
  row = good, row.name = "a b";
  CHECK(problem(row) == "a name with a character that no filter can hold");
  row = good, row.mask = 0x10000;
  CHECK(problem(row) == "a mask wider than its place");
  row = good, row.fixed = at(0, 0);
  CHECK(problem(row) == "a fixed place without width");
  row = good, row.fixed = at(0, 9);
  CHECK(problem(row) == "a number wider than 8 bytes");
  row = good, row.type = FieldType::kBytes;
  CHECK(problem(row) == "a mask on what is no number");
  row = good, row.type = FieldType::kEther, row.mask = 0;
  CHECK(problem(row) == "an Ethernet address without 6 bytes");
  row = good, row.flags = kOption;
  CHECK(problem(row) == "an option that is no bytes or has no short name");
  row = good, row.type = FieldType::kBoolean;
  CHECK(problem(row) == "a Boolean of some bits that does not say of how many");
  row = good, row.flags = kExpert;
  CHECK(problem(row) == "an expert note with a value");
  row = good, row.names = kMixed;
  CHECK(problem(row) == "names of values that are not in order");
  row.names = kOverlapping;
  CHECK(problem(row) == "names of values that are not in order");
}

TEST_CASE("fixed rows lie within the bytes that the protocol has checked") {
  static constexpr FieldRow kRows[] = {{.name = "a.b", .label = "B", .type = FieldType::kUint16, .fixed = at(2, 2)}, {.name = "a.c", .label = "C", .type = FieldType::kUint8, .fixed = at_both(0, 5, 1)}};
  CHECK(rows_fit(kRows, 6));
  CHECK_FALSE(rows_fit(kRows, 5));
  CHECK_FALSE(rows_fit(std::span(kRows).first(1), 3));
}

TEST_CASE("the worked example of dissect/README.md is a file of the tree, and short") {
  auto read = [](const char* path) {
    std::ifstream file(std::string(WIRETAIL_SOURCE_DIR) + path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  std::string page = read("/dissect/README.md"), code = read("/dissect/protocols/vxlan.cpp");
  REQUIRE(!code.empty());
  CHECK(page.find("```cpp\n" + code + "```") != std::string::npos);
  CHECK(std::count(code.begin(), code.end(), '\n') < 60);
  CHECK(read("/dissect/protocols/list.inc").find("\nPROTOCOL(kVxlan)\n") != std::string::npos);
  CHECK(page.find("\nPROTOCOL(kVxlan)\n") != std::string::npos);
}
