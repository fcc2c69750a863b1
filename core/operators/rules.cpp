// A rule is a conversation between inputs: these are its sentences. Each demand is content where nothing is known, so
// that a rule reads as a list of what has to hold, and symbolic models pass until they contradict themselves for every
// size.
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

namespace {
// ONNX's TensorProto.DataType: number, name, and what Strata has for it.
struct ElementType {
    std::int64_t number;
    const char* name;
    std::optional<DType> dtype;
};
constexpr ElementType elementTypes[]{
    {1, "FLOAT", DType::F32},
    {2, "UINT8", DType::U8},
    {3, "INT8", DType::I8},
    {4, "UINT16", DType::U16},
    {5, "INT16", DType::I16},
    {6, "INT32", DType::I32},
    {7, "INT64", DType::I64},
    {8, "STRING", DType::String},
    {9, "BOOL", DType::Bool},
    {10, "FLOAT16", DType::F16},
    {11, "DOUBLE", DType::F64},
    {12, "UINT32", DType::U32},
    {13, "UINT64", DType::U64},
    {14, "COMPLEX64", std::nullopt},
    {15, "COMPLEX128", std::nullopt},
    {16, "BFLOAT16", DType::BF16},
    {17, "FLOAT8E4M3FN", DType::F8E4M3FN},
    {18, "FLOAT8E4M3FNUZ", DType::F8E4M3FNUZ},
    {19, "FLOAT8E5M2", DType::F8E5M2},
    {20, "FLOAT8E5M2FNUZ", DType::F8E5M2FNUZ},
    {21, "UINT4", DType::U4},
    {22, "INT4", DType::I4},
    {23, "FLOAT4E2M1", DType::F4E2M1},
    {24, "FLOAT8E8M0", DType::F8E8M0},
    {25, "UINT2", DType::U2},
    {26, "INT2", DType::I2},
    {27, "FLOAT6E2M3", std::nullopt},
    {28, "FLOAT6E3M2", std::nullopt},
};

// nullptr: the attribute is absent, or names no type of ONNX.
const ElementType* elementType(const GraphNode& node, const std::string& name)
{
    const std::int64_t number = integerAttribute(node, name, 0);
    const std::string text = textAttribute(node, name, {});
    for (const ElementType& type : elementTypes)
        if (type.number == number || type.name == text)
            return &type;
    return nullptr;
}
}  // namespace

Result<std::optional<DType>> dtypeAttribute(const GraphNode& node, const std::string& name, DType otherwise)
{
    if (!hasAttribute(node, name))
        return std::optional(otherwise);
    if (const ElementType* type = elementType(node, name))
        return type->dtype;
    const auto* text = find<std::string>(node, name);
    return nodeError(node, "asks for the element type "
                               + (text ? *text : std::to_string(integerAttribute(node, name, 0))) + " as " + name
                               + ", which ONNX does not have.");
}

std::optional<std::string> unheldType(const GraphNode& node)
{
    for (const char* name : {"to", "dtype", "output_dtype", "output_datatype"})
        if (const ElementType* type = elementType(node, name); type && !type->dtype)
            return type->name;
    return std::nullopt;
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
    if (ranked(context, input) && shapeOf(context, input) == Shape{Dim(0)})
        return std::optional(Integers{});  // none, whatever its value
    std::optional<Integers> values = integersInput(context, input);
    if (!values)
        return needsConstant(context, input, attribute);
    return values;
}

std::string inputText(std::size_t input, const std::string& role)
{
    return "input " + std::to_string(input) + " (" + role + ")";
}

bool mayBeEqual(const Dim& a, const Dim& b)
{
    const Dim difference = a - b;
    return !difference.isConstant() || difference.constant() == 0;
}

bool mayBeEqual(const Shape& a, const Shape& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Dim& x, const Dim& y) { return mayBeEqual(x, y); });
}

Dim anyDim() { return Dim::symbol("?"); }

Status needsRank(const InferContext& context, std::size_t input, const std::string& role, std::int64_t rank)
{
    if (!given(context, input) || !ranked(context, input) || rankOf(context, input) == rank)
        return {};
    return nodeError(context.node, "has " + inputText(input, role) + " of the shape "
                                       + toString(shapeOf(context, input)) + "; it is of rank " + std::to_string(rank)
                                       + ".");
}

Status needsShape(const InferContext& context, std::size_t input, const std::string& role, const Shape& wanted,
                  const std::string& why)
{
    if (!given(context, input) || !ranked(context, input) || mayBeEqual(shapeOf(context, input), wanted))
        return {};
    return nodeError(context.node, "has " + inputText(input, role) + " of the shape "
                                       + toString(shapeOf(context, input)) + "; it is " + toString(wanted) + " " + why
                                       + ".");
}

Status needsOneElement(const InferContext& context, std::size_t input, const std::string& role)
{
    if (!given(context, input) || !ranked(context, input) || elementCount(shapeOf(context, input)).value_or(1) == 1)
        return {};
    return nodeError(context.node, "has " + inputText(input, role) + " of the shape "
                                       + toString(shapeOf(context, input)) + "; it is one number.");
}

Status needsToFit(const InferContext& context, std::size_t input, const std::string& role, const Shape& wanted,
                  const std::string& why)
{
    if (!given(context, input) || !ranked(context, input))
        return {};
    const Shape& shape = shapeOf(context, input);
    bool fits = shape.size() <= wanted.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i)
        fits = shape[i] == Dim(1) || mayBeEqual(shape[i], wanted[wanted.size() - shape.size() + i]);
    if (fits)
        return {};
    return nodeError(context.node, "has " + inputText(input, role) + " of the shape " + toString(shape)
                                       + ", which does not broadcast to " + toString(wanted) + " " + why + ".");
}

Status needsWord(const GraphNode& node, const std::string& attribute, const std::vector<std::string>& words)
{
    const std::string word = textAttribute(node, attribute, words.front());
    if (std::find(words.begin(), words.end(), word) != words.end())
        return {};
    std::string known;
    for (const std::string& each : words)
        known += (known.empty() ? "" : ", ") + each;
    return nodeError(node, "has the " + attribute + " \"" + word + "\", which ONNX does not define.",
                     "It is one of " + known + ".");
}

Status needsLength(const GraphNode& node, const std::string& attribute, std::size_t length, const std::string& why)
{
    const auto found = node.attributes.find(attribute);
    if (found == node.attributes.end())
        return {};
    const auto lengthOf = [](const auto& value) -> std::optional<std::size_t> {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (requires { value.size(); } && !std::is_same_v<Value, std::string>)
            return value.size();
        return std::nullopt;
    };
    const std::optional<std::size_t> has = std::visit(lengthOf, found->second);
    if (!has || *has == length)
        return {};
    return nodeError(node, "has " + std::to_string(*has) + " " + attribute + "; it needs " + std::to_string(length)
                               + " " + why + ".");
}

Status needsAtLeast(const GraphNode& node, const std::string& attribute, std::int64_t least)
{
    const std::int64_t value = integerAttribute(node, attribute, least);
    if (value >= least)
        return {};
    return nodeError(node, "has the " + attribute + " " + std::to_string(value) + "; it is at least "
                               + std::to_string(least) + ".");
}

Status needsEachAtLeast(const GraphNode& node, const std::string& attribute, std::int64_t least)
{
    for (const std::int64_t value : integersAttribute(node, attribute))
        if (value < least)
            return nodeError(node, "has " + std::to_string(value) + " among its " + attribute + "; each is at least "
                                       + std::to_string(least) + ".");
    return {};
}

ValueType tensorType(DType dtype, Shape shape) { return {ValueType::Kind::Tensor, {dtype, std::move(shape), true}}; }
ValueType unrankedType(DType dtype) { return {ValueType::Kind::Tensor, {dtype, {}, false}}; }
ValueType unknownType() { return {ValueType::Kind::Unknown, {DType::F32, {}, false}}; }

ValueType withElements(ValueType type, std::optional<DType> dtype)
{
    if (!dtype)
        return unknownType();
    type.tensor.dtype = *dtype;
    return type;
}

std::string describe(const GraphNode& node)
{
    const bool isPlain = node.domain.empty() || node.domain.rfind("strata.", 0) == 0;  // or a domain of ours
    return "Node " + node.name + " (" + node.op + (isPlain ? "" : " of " + node.domain) + ")";
}

Error nodeError(const GraphNode& node, const std::string& message, std::string hint)
{
    return refused(say("{} {}", describe(node), message), {}, std::move(hint));
}

Error noDefinition(const GraphNode& node)
{
    const std::string version = node.version == 0
                                    ? ""
                                    : " for version " + std::to_string(node.version) + " of the operator set "
                                          + (node.domain.empty() ? "ai.onnx" : node.domain);
    const std::string why = textAttribute(node, "unsupported", {});
    return nodeError(node, why.empty() ? "has no definition in Strata" + version + ": it is opaque." : why);
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
    Integers sorted = axes;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
        return nodeError(node, "names axis " + std::to_string(*twice) + " twice.");
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
