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
// ONNX's TensorProto.DataType of an attribute such as Cast's `to`, a number or (before opset 6) its name; the default
// if it is absent; nullopt if Strata has no such type; a refusal if ONNX has none.
Result<std::optional<DType>> dtypeAttribute(const GraphNode& node, const std::string& name, DType otherwise);
// The name of an element type that the node asks for by such an attribute, if Strata does not have it.
std::optional<std::string> unheldType(const GraphNode& node);

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

// --- Demands on side inputs and attributes
//
// What a side input or an attribute has to be follows from the other inputs. What is symbolic or not known is taken to
// fit, unless it cannot be equal for any size; a refusal says what the node has, what it needs, and what that follows
// from. `why` goes on after the shape: "for W of [4, 3, 3, 3]".
// --------------------------------------------------------------------------------------------------------------------
std::string inputText(std::size_t input, const std::string& role);  // "input 2 (B)"
bool mayBeEqual(const Dim& a, const Dim& b);
bool mayBeEqual(const Shape& a, const Shape& b);
// A dimension that may be anything.
Dim anyDim();
// Each of these is content if the input is not given, or nothing is known of its shape.
Status needsRank(const InferContext& context, std::size_t input, const std::string& role, std::int64_t rank);
Status needsShape(const InferContext& context, std::size_t input, const std::string& role, const Shape& wanted,
                  const std::string& why);
Status needsOneElement(const InferContext& context, std::size_t input, const std::string& role);
// Broadcasts to `wanted` without making it larger.
Status needsToFit(const InferContext& context, std::size_t input, const std::string& role, const Shape& wanted,
                  const std::string& why);
// A text attribute is one of these, a list has so many entries, a number is at least so large.
Status needsWord(const GraphNode& node, const std::string& attribute, const std::vector<std::string>& words);
Status needsLength(const GraphNode& node, const std::string& attribute, std::size_t length, const std::string& why);
Status needsEachAtLeast(const GraphNode& node, const std::string& attribute, std::int64_t least);
Status needsAtLeast(const GraphNode& node, const std::string& attribute, std::int64_t least);

// --- Results
// --------------------------------------------------------------------------------------------------------------------
ValueType tensorType(DType dtype, Shape shape);
ValueType unrankedType(DType dtype);
ValueType unknownType();  // not even the element type is known
// The type with another element type; unknown where Strata has no such type.
ValueType withElements(ValueType type, std::optional<DType> dtype);
std::string describe(const GraphNode& node);  // "Node conv1 (Conv)", "Node q (Mystery of com.acme)"
// "Node conv1 (Conv) MESSAGE"
Error nodeError(const GraphNode& node, const std::string& message, std::string hint = {});
Error noDefinition(const GraphNode& node);  // names domain and version
Error needsConstant(const InferContext& context, std::size_t input, const std::string& what);

// A fresh symbol for a dimension that is no polynomial; named after the output.
Dim unknownDim(const GraphNode& node, std::size_t output, std::size_t axis);
// What a rule found for an output, completed by what the node declares for dimensions that are vague to the caller.
ValueType completed(const ValueType& inferred, const GraphNode& node, std::size_t output,
                    const std::function<bool(const Dim&)>& isVague);
// 0 <= axis < rank, counted from the end if negative.
Result<std::int64_t> normalizedAxis(const GraphNode& node, std::int64_t axis, std::int64_t rank);
Result<Integers> normalizedAxes(const GraphNode& node, Integers axes, std::int64_t rank);  // none twice
// Numpy's broadcasting.
Result<Shape> broadcastShapes(const GraphNode& node, const std::vector<Shape>& shapes);

// --- Whole rules
// ----------------------------------------------------------------------------------------------------------------
// An error of a rule says that the node contradicts itself or its inputs: the model is wrong. What Strata does not have
// is no error here: such a result is of unknown type or shape, and the refusal comes where the node has to become
// loops.
using ShapeRule = std::function<Result<Types>(const InferContext&)>;
Result<Types> sameAsFirst(const InferContext& context);
// Broadcasts all inputs; the element type is the first input's, or `dtype`.
Result<Types> broadcastRule(const InferContext& context, std::optional<DType> dtype = std::nullopt);

}  // namespace strata
