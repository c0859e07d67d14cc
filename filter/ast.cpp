#include "filter/ast.hpp"

namespace wiretail::filter {

std::unique_ptr<Node> Node::clone() const {
  auto copy = std::make_unique<Node>();
  copy->form = form, copy->span = span, copy->depth = depth, copy->text = text;
  copy->raw = raw, copy->raw_string = raw_string, copy->has_quantifier = has_quantifier, copy->negated = negated;
  copy->quantifier = quantifier, copy->op = op, copy->arithmetic = arithmetic;
  copy->layers = layers, copy->ranges = ranges;
  for (const auto& child : children) copy->children.push_back(child->clone());
  return copy;
}

}  // namespace wiretail::filter
