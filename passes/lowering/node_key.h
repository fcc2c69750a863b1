// Equal nodes, whatever their names: the key under which their common loops function is kept.
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

namespace strata {

// Values that lowering may make part of the code. Only these enter the key, so that nodes that differ in their weights
// share a function.
bool becomesCode(const TensorType& type);

// Operator, attributes, types of inputs and outputs, and the given constant inputs that become code.
std::string nodeKey(const GraphNode& node, const std::vector<ValueType>& inputs,
                    const std::function<std::optional<Tensor>(std::size_t)>& constantInputs);

// The node with inputs and outputs under plain names (x, w, b; a, b; y), which its function's parameters then have.
GraphNode plainlyNamed(const GraphNode& node);

}  // namespace strata
