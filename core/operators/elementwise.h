// Operators that compute each element of the result from the elements at the same place of the (broadcast) inputs.
#pragma once

#include "core/operators/lower.h"

namespace strata {

// "LeakyRelu" -> "leaky_relu"
std::string snakeCase(const std::string& name);

// One block over the output; `element` gets the inputs' elements, broadcast, missing ones left out. Half floats are
// widened to f32 and the result rounded once.
using Elementwise = std::function<Value(const GraphNode& node, const std::vector<Value>& x)>;
Status computeElementwise(LowerContext& ctx, const Elementwise& element);

using UnaryElement = std::function<Value(const GraphNode& node, const Value& x)>;
Operator unaryOperator(std::string name, std::string summary, std::string formula, UnaryElement element,
                       ShapeRule rule = sameAsFirst);

}  // namespace strata
