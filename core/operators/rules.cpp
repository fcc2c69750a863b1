#include "core/operators/rules.h"

#include <algorithm>

namespace strata {

namespace {
template<class T>
const T* find(const GraphNode& node, const std::string& name)
{
    auto found = node.attributes.find(name);
    return found == node.attributes.end() ? nullptr : std::get_if<T>(&found->second);
}
}  // namespace

bool hasAttribute(const GraphNode& node, const std::string& name) { return node.attributes.count(name) != 0; }

std::int64_t integerAttribute(const GraphNode& node, const std::string& name, std::int64_t otherwise)
{
    const auto* value = find<std::int64_t>(node, name);
    return value ? *value : otherwise;
}

double realAttribute(const GraphNode& node, const std::string& name, double otherwise)
{
    const auto* value = find<float>(node, name);
    return value ? double(*value) : otherwise;
}

std::string textAttribute(const GraphNode& node, const std::string& name, const std::string& otherwise)
{
    const auto* value = find<std::string>(node, name);
    return value ? *value : otherwise;
}

Integers integersAttribute(const GraphNode& node, const std::string& name, const Integers& otherwise)
{
    if (const auto* single = find<std::int64_t>(node, name))
        return {*single};
    const auto* value = find<Integers>(node, name);
    return value ? *value : otherwise;
}

std::vector<double> realsAttribute(const GraphNode& node, const std::string& name)
{
    const auto* value = find<std::vector<float>>(node, name);
    return value ? std::vector<double>(value->begin(), value->end()) : std::vector<double>();
}

Result<DType> dtypeAttribute(const GraphNode& node, const std::string& name, DType otherwise)
{
    switch (integerAttribute(node, name, -1)) {
    case -1: return otherwise;
    case 1: return DType::F32;
    case 2: return DType::U8;
    case 3: return DType::I8;
    case 4: return DType::U16;
    case 5: return DType::I16;
    case 6: return DType::I32;
    case 7: return DType::I64;
    case 8: return DType::String;
    case 9: return DType::Bool;
    case 10: return DType::F16;
    case 11: return DType::F64;
    case 12: return DType::U32;
    case 13: return DType::U64;
    case 16: return DType::BF16;
    default:
        return nodeError(node, "asks for an element type that Strata does not have (`" + name + "` is "
                                   + std::to_string(integerAttribute(node, name, -1)) + ").");
    }
}

bool given(const InferContext& context, std::size_t input)
{
    return input < context.given.size() && context.given[input];
}
const TensorType& tensorOf(const InferContext& context, std::size_t input) { return context.inputs.at(input).tensor; }
DType dtypeOf(const InferContext& context, std::size_t input) { return tensorOf(context, input).dtype; }
bool ranked(const InferContext& context, std::size_t input) { return tensorOf(context, input).ranked; }
std::int64_t rankOf(const InferContext& context, std::size_t input)
{
    return std::int64_t(shapeOf(context, input).size());
}
const Shape& shapeOf(const InferContext& context, std::size_t input) { return tensorOf(context, input).shape; }

std::optional<Integers> integersInput(const InferContext& context, std::size_t input)
{
    if (!given(context, input) || !context.constant)
        return std::nullopt;
    std::optional<Tensor> tensor = context.constant(input);
    if (!tensor)
        return std::nullopt;
    Integers values(std::size_t(tensor->count()));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = tensor->integerAt(std::int64_t(i));
    return values;
}

std::optional<Shape> dimensionsInput(const InferContext& context, std::size_t input)
{
    if (const std::optional<Integers> values = integersInput(context, input))
        return toShape(*values);
    return given(context, input) && context.dimensions ? context.dimensions(input) : std::nullopt;
}

std::optional<std::vector<double>> realsInput(const InferContext& context, std::size_t input)
{
    if (!given(context, input) || !context.constant)
        return std::nullopt;
    std::optional<Tensor> tensor = context.constant(input);
    if (!tensor)
        return std::nullopt;
    std::vector<double> values(std::size_t(tensor->count()));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = tensor->at(std::int64_t(i));
    return values;
}

Result<std::optional<Integers>> integersOf(const InferContext& context, const std::string& attribute, std::size_t input)
{
    if (hasAttribute(context.node, attribute))
        return std::optional(integersAttribute(context.node, attribute));
    if (!given(context, input))
        return std::optional<Integers>();
    std::optional<Integers> values = integersInput(context, input);
    if (!values)
        return needsConstant(context, input, attribute);
    return values;
}

ValueType tensorType(DType dtype, Shape shape) { return {ValueType::Kind::Tensor, {dtype, std::move(shape), true}}; }
ValueType unrankedType(DType dtype) { return {ValueType::Kind::Tensor, {dtype, {}, false}}; }

Error nodeError(const GraphNode& node, const std::string& message, std::string hint)
{
    return refused("Node " + node.name + " (" + node.op + ") " + message, {}, std::move(hint));
}

Error needsConstant(const InferContext& context, std::size_t input, const std::string& what)
{
    const GraphNode& node = context.node;
    const std::string name = input < node.inputs.size() ? node.inputs[input].name : std::to_string(input);
    return nodeError(node, "takes its " + what + " from " + name + ", whose value is only known when the model runs.",
                     "Bind the model's symbolic dimensions, or fold the constants that " + name + " depends on.");
}

Dim unknownDim(const GraphNode& node, std::size_t output, std::size_t axis)
{
    std::string name = output < node.outputs.size() && !node.outputs[output].name.empty() ? node.outputs[output].name
                                                                                          : node.name;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c)))
            c = '_';
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])))
        name.insert(0, "_");
    return Dim::symbol(name + "_d" + std::to_string(axis));
}

ValueType completed(const ValueType& inferred, const GraphNode& node, std::size_t output,
                    const std::function<bool(const Dim&)>& isVague)
{
    const ValueType& declared = node.outputs[output].type;
    const TensorType& other = declared.tensor;
    if (inferred.kind != ValueType::Kind::Tensor || declared.kind != ValueType::Kind::Tensor || !other.ranked)
        return inferred;
    if (!inferred.tensor.ranked)
        return {ValueType::Kind::Tensor, {inferred.tensor.dtype, other.shape, true}};
    ValueType result = inferred;
    Shape& shape = result.tensor.shape;
    for (std::size_t i = 0; i < shape.size() && shape.size() == other.shape.size(); ++i)
        if (!shape[i].isConstant() && isVague(shape[i]))
            shape[i] = other.shape[i];
    return result;
}

Result<std::int64_t> normalizedAxis(const GraphNode& node, std::int64_t axis, std::int64_t rank)
{
    const std::int64_t result = axis < 0 ? axis + rank : axis;
    if (result < 0 || result >= rank)
        return nodeError(node,
                         "names axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank) + ".");
    return result;
}

Result<Integers> normalizedAxes(const GraphNode& node, Integers axes, std::int64_t rank)
{
    for (std::int64_t& axis : axes) {
        STRATA_TRY(axis, normalizedAxis(node, axis, rank));
    }
    return axes;
}

namespace {
Result<Dim> broadcastDim(const GraphNode& node, const Dim& a, const Dim& b, std::size_t axis)
{
    if (a == b || b == Dim(1))
        return a;
    if (a == Dim(1))
        return b;
    if (a.isConstant() && b.isConstant())
        return nodeError(node, "cannot broadcast a dimension of " + a.text() + " with one of " + b.text() + ".");
    // One is a number above 1: the other is that number or 1.
    if (a.isConstant() || b.isConstant())
        return a.isConstant() ? a : b;
    return unknownDim(node, 0, axis);
}
}  // namespace

Result<Shape> broadcastShapes(const GraphNode& node, const std::vector<Shape>& shapes)
{
    std::size_t rank = 0;
    for (const Shape& shape : shapes)
        rank = std::max(rank, shape.size());
    Shape result(rank, Dim(1));
    for (const Shape& shape : shapes)
        for (std::size_t i = 0; i < shape.size(); ++i) {
            Dim& dim = result[rank - shape.size() + i];
            STRATA_TRY(dim, broadcastDim(node, dim, shape[i], rank - shape.size() + i));
        }
    return result;
}

Result<Types> sameAsFirst(const InferContext& context) { return Types{context.inputs.at(0)}; }

Result<Types> broadcastRule(const InferContext& context, std::optional<DType> dtype)
{
    const DType type = dtype.value_or(dtypeOf(context, 0));
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < context.inputs.size(); ++i) {
        if (!ranked(context, i))
            return Types{unrankedType(type)};
        shapes.push_back(shapeOf(context, i));
    }
    STRATA_TRY(Shape shape, broadcastShapes(context.node, shapes));
    return Types{tensorType(type, std::move(shape))};
}

}  // namespace strata
