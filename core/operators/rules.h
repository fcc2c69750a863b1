// What shape rules share: attributes with defaults, axes, broadcasting, and refusals that name the node.
#pragma once

#include "core/operators/operator.h"

namespace strata {

using Types = std::vector<ValueType>;
using Integers = std::vector<std::int64_t>;

// --- Attributes
// -----------------------------------------------------------------------------------------------------------------
bool hasAttribute(const GraphNode& node, const std::string& name);
std::int64_t integerAttribute(const GraphNode& node, const std::string& name, std::int64_t otherwise);
double realAttribute(const GraphNode& node, const std::string& name, double otherwise);
std::string textAttribute(const GraphNode& node, const std::string& name, const std::string& otherwise);
Integers integersAttribute(const GraphNode& node, const std::string& name, const Integers& otherwise = {});
std::vector<double> realsAttribute(const GraphNode& node, const std::string& name);
// ONNX's TensorProto.DataType of an attribute such as Cast's `to`; the default if it is absent; a refusal if Strata has
// no such type.
Result<DType> dtypeAttribute(const GraphNode& node, const std::string& name, DType otherwise);

// --- Inputs
// ---------------------------------------------------------------------------------------------------------------------
bool given(const InferContext& context, std::size_t input);
const TensorType& tensorOf(const InferContext& context, std::size_t input);
DType dtypeOf(const InferContext& context, std::size_t input);
bool ranked(const InferContext& context, std::size_t input);
std::int64_t rankOf(const InferContext& context, std::size_t input);
const Shape& shapeOf(const InferContext& context, std::size_t input);
// The constant value of an input as integers / reals; nullopt if it is not known.
std::optional<Integers> integersInput(const InferContext& context, std::size_t input);
// The same as dimensions: numbers, or polynomials of symbols.
std::optional<Shape> dimensionsInput(const InferContext& context, std::size_t input);
std::optional<std::vector<double>> realsInput(const InferContext& context, std::size_t input);
// Integers that older opsets hold in an attribute and newer ones in an input. Nullopt: neither is given. Refused: the
// input is not known.
Result<std::optional<Integers>> integersOf(const InferContext& context, const std::string& attribute,
                                           std::size_t input);

// --- Results
// --------------------------------------------------------------------------------------------------------------------
ValueType tensorType(DType dtype, Shape shape);
ValueType unrankedType(DType dtype);
// "Node conv1 (Conv): MESSAGE"
Error nodeError(const GraphNode& node, const std::string& message, std::string hint = {});
Error needsConstant(const InferContext& context, std::size_t input, const std::string& what);

// A fresh symbol for a dimension that is no polynomial; named after the output.
Dim unknownDim(const GraphNode& node, std::size_t output, std::size_t axis);
// What a rule found for an output, completed by what the node declares for dimensions that are vague to the caller.
ValueType completed(const ValueType& inferred, const GraphNode& node, std::size_t output,
                    const std::function<bool(const Dim&)>& isVague);
// 0 <= axis < rank, counted from the end if negative.
Result<std::int64_t> normalizedAxis(const GraphNode& node, std::int64_t axis, std::int64_t rank);
Result<Integers> normalizedAxes(const GraphNode& node, Integers axes, std::int64_t rank);
// Numpy's broadcasting.
Result<Shape> broadcastShapes(const GraphNode& node, const std::vector<Shape>& shapes);

// --- Whole rules
// ----------------------------------------------------------------------------------------------------------------
using ShapeRule = std::function<Result<Types>(const InferContext&)>;
Result<Types> sameAsFirst(const InferContext& context);
// Broadcasts all inputs; the element type is the first input's, or `dtype`.
Result<Types> broadcastRule(const InferContext& context, std::optional<DType> dtype = std::nullopt);

}  // namespace strata
