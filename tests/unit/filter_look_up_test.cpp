// Look-ups over many filters: each operand has its own.
#include <algorithm>
#include <string>
#include <vector>

#include "dissect/registry.hpp"
#include "filter/filter.hpp"
#include "filter/program.hpp"
#include "filter/check.hpp"
#include "unit/catch.hpp"

using namespace wiretail;

TEST_CASE("lower and upper case of different fields are different look-ups") {
  std::vector<filter::FilterSource> sources;
  size_t operands = 0;
  for (const auto& f : dissect::Registry::get().fields()) {
    if (f.type != dissect::FieldType::kString || !(f.name.starts_with("http.") || f.name.starts_with("dns."))) continue;
    if (dissect::Registry::get().find(f.name).size() != 1) continue;
    for (const std::string function : {"lower", "upper"}) sources.push_back({"", function + "(" + std::string(f.name) + ") == \"abc\""}), ++operands;
  }
  REQUIRE(operands > 60);
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  const std::string text = filter::print_program(compiled.program->data());
  size_t found = 0;
  for (size_t at = text.find("look-up by "); at != std::string::npos; at = text.find("look-up by ", at + 1)) ++found;
  CHECK(found == operands);
}

TEST_CASE("orderings of one field against many bounds are one look-up") {
  std::vector<filter::FilterSource> sources;
  for (int i = 0; i < 300; ++i)
    for (const std::string test : {"ip.len > ", "ip.len >= ", "ip.len < ", "http.response.code <= "}) sources.push_back({"", test + std::to_string(100 + i)});
  sources.push_back({"", "ip.len < 0"});  // no value can meet it
  auto compiled = filter::compile(sources, {});
  REQUIRE(compiled.program);
  const std::string text = filter::print_program(compiled.program->data());
  CHECK(text.find("look-up by ip.len: 600 bounds") != std::string::npos);
  CHECK(text.find("look-up by ip.len: 300 bounds") != std::string::npos);
  CHECK(text.find("look-up by http.response.code: 300 bounds") != std::string::npos);
}
