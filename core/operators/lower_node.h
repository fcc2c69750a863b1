// One node into a loops function that is being built; shared by lowerNode and lowerGraphFunction.
#pragma once

#include "core/operators/lower.h"

namespace strata {

using ConstantInputs = std::function<std::optional<Tensor>(std::size_t)>;

InferContext makeInferContext(const GraphNode& node, std::vector<ValueType> inputs, ConstantInputs constants);
// What the shape rule says; where that takes a value that is not known here, what the node declares.
Result<std::vector<ValueType>> typesForLowering(const InferContext& context);
// Where a rule leaves a shape open and the node declares it, the loops follow what is declared: it has to fit the
// input, or they would read outside of it.
Status checkDeclared(const InferContext& context, const std::vector<ValueType>& types);
TensorRef makeRef(std::string name, const ValueType& type);
// Appends the node's blocks to `body`. Refused where a shape is not constant or an element type has no loops.
Status lowerInto(const InferContext& context, const std::vector<ValueType>& outputTypes, std::vector<TensorRef> inputs,
                 std::vector<TensorRef> outputs, Names& names, Body& body);
// Names of the buffers that statements read.
std::set<std::string> loadedBuffers(const Body& body);

}  // namespace strata
