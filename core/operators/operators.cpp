#include "core/operators/operator.h"

#include "core/operators/families.h"
#include "core/operators/rules.h"
#include "core/operators/schema.h"
#include "core/operators/special_families.h"

#include <unordered_map>

namespace strata {

const char* name(Pattern pattern)
{
    switch (pattern) {
    case Pattern::ElementWise: return "elementwise";
    case Pattern::Broadcast: return "broadcast";
    case Pattern::Injective: return "injective";
    case Pattern::Reduction: return "reduction";
    case Pattern::OutFusable: return "out_fusable";
    case Pattern::Opaque: return "opaque";
    }
    return "opaque";
}

namespace {
std::vector<Operator> allOperators()
{
    std::vector<Operator> all;
    for (auto family : {attentionOperators,
                        castOperators,
                        convOperators,
                        determinantOperators,
                        einsumOperators,
                        elementwiseBinaryOperators,
                        elementwiseUnaryOperators,
                        gatherOperators,
                        generateOperators,
                        gridSampleOperators,
                        lossOperators,
                        matmulOperators,
                        movementOperators,
                        normalizationOperators,
                        padOperators,
                        poolOperators,
                        quantizeOperators,
                        recurrentOperators,
                        reduceOperators,
                        reshapeOperators,
                        resizeOperators,
                        randomOperators,
                        selectionOperators,
                        signalOperators,
                        sliceOperators,
                        softmaxOperators,
                        spatialOperators,
                        stateOperators,
                        textOperators,
                        topkOperators,
                        uniqueOperators,
                        trainingOperators})
        for (Operator& definition : family())
            all.push_back(std::move(definition));
    return all;
}

using Index = std::unordered_multimap<std::string, const Operator*>;

const Index& operatorsByName()
{
    static const Index index = [] {
        Index result;
        for (const Operator& definition : operators())
            result.emplace(definition.name, &definition);
        return result;
    }();
    return index;
}
}  // namespace

const std::vector<Operator>& operators()
{
    static const std::vector<Operator> all = allOperators();
    return all;
}

const Operator* findOperator(const GraphNode& node)
{
    if (node.isCall())
        return nullptr;
    const auto [begin, end] = operatorsByName().equal_range(node.op);
    for (auto i = begin; i != end; ++i) {
        const Operator& definition = *i->second;
        const bool domain = definition.domain == node.domain || (definition.domain.empty() && node.domain == "ai.onnx");
        const bool version = node.version == 0
                             || (node.version >= definition.sinceVersion
                                 && (definition.untilVersion == 0 || node.version <= definition.untilVersion));
        if (domain && version)
            return &definition;
    }
    return nullptr;
}

namespace {

// Beyond these no tensor is; below them sums and products of sizes do not overflow.
constexpr std::int64_t largestAttribute = std::int64_t(1) << 31;
constexpr std::int64_t mostElements = std::int64_t(1) << 48;

Status checkAttribute(const GraphNode& node, const std::string& name, std::int64_t value)
{
    if (value >= -largestAttribute && value <= largestAttribute)
        return {};
    return nodeError(node,
                     "has the attribute " + name + " = " + std::to_string(value) + ", beyond what any tensor needs.");
}

Status checkSizes(const GraphNode& node, const TensorType& type, const std::string& what)
{
    if (!type.ranked || !isConstant(type.shape))
        return {};
    for (const Dim& size : type.shape)
        if (size.constant() < 0 || size.constant() > mostElements)
            return nodeError(node, "has " + what + " of the shape " + toString(type.shape) + ", which no tensor has.");
    if (elementCount(type.shape).value_or(mostElements + 1) > mostElements)
        return nodeError(node, "has " + what + " of the shape " + toString(type.shape) + ", too large for any memory.");
    return {};
}

// Attributes and inputs come from files. Slice writes the largest integer for "to the end", and a Constant holds what
// it likes.
Status checkMagnitudes(const InferContext& context)
{
    for (const auto& [name, attribute] : context.node.attributes) {
        if (context.node.op == "Slice" || context.node.op == "Constant")
            break;
        if (const auto* one = std::get_if<std::int64_t>(&attribute))
            STRATA_CHECK(checkAttribute(context.node, name, *one));
        if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute))
            for (const std::int64_t value : *list)
                STRATA_CHECK(checkAttribute(context.node, name, value));
    }
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        STRATA_CHECK(checkSizes(context.node, context.inputs[i].tensor, "input " + std::to_string(i)));
    return {};
}

}  // namespace

Result<std::vector<ValueType>> inferTypes(const InferContext& context)
{
    const Operator* definition = findOperator(context.node);
    if (!definition)
        return noDefinition(context.node);
    if (context.inputs.size() != context.given.size())
        return bug("inferTypes gets " + std::to_string(context.inputs.size()) + " types for "
                   + std::to_string(context.given.size()) + " inputs.");
    if (context.inputs.size() < definition->requiredInputs)
        return nodeError(context.node, "needs " + std::to_string(definition->requiredInputs) + " inputs and has "
                                           + std::to_string(context.inputs.size()) + ".");
    for (std::size_t i = 0; i < definition->requiredInputs; ++i)
        if (!context.given[i])
            return nodeError(context.node, "leaves out input " + std::to_string(i) + ", which it needs.");
    STRATA_CHECK(checkAttributes(context.node));
    STRATA_CHECK(checkSignature(context));
    STRATA_CHECK(checkMagnitudes(context));
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        if (context.given[i] && context.inputs[i].kind != ValueType::Kind::Tensor)
            return std::vector<ValueType>(context.node.outputs.size(), unknownType());
    STRATA_TRY(std::vector<ValueType> types, definition->infer(context));
    for (std::size_t i = 0; i < types.size(); ++i)
        STRATA_CHECK(checkSizes(context.node, types[i].tensor, "output " + std::to_string(i)));
    return types;
}

}  // namespace strata
