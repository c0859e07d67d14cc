// Typed tree to typed tree: `not` pushed inward, nested and/or made flat, constants folded, cheap tests first, duplicate
// tests dropped. The result means the same on every packet.
#pragma once
#include <memory>

#include "filter/typed.hpp"

namespace wiretail::filter {

std::unique_ptr<Test> simplify(std::unique_ptr<Test> test);  // out of the same nodes
std::unique_ptr<Test> simplify(const Test& test);
std::unique_ptr<Test> clone(const Test& test);
std::unique_ptr<Operand> clone(const Operand& operand);
// Cost class of a test, for ordering: presence < number < address < set < text < contains < pattern.
uint8_t cost_of(const Test& test);

}  // namespace wiretail::filter
