#include "core/operators/operator.h"

#include "core/operators/families.h"
#include "core/operators/rules.h"

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
    for (auto family : {attentionOperators, castOperators, convOperators, einsumOperators, elementwiseBinaryOperators,
                        elementwiseUnaryOperators, gatherOperators, generateOperators, gridSampleOperators, lossOperators, matmulOperators,
                        movementOperators, normalizationOperators, padOperators, poolOperators, quantizeOperators, recurrentOperators,
                        reduceOperators, reshapeOperators, resizeOperators, sliceOperators, softmaxOperators, topkOperators})
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

Result<std::vector<ValueType>> inferTypes(const InferContext& context)
{
    const Operator* definition = findOperator(context.node);
    if (!definition)
        return nodeError(context.node, "has no definition in Strata: it is opaque.");
    if (context.inputs.size() != context.given.size())
        return bug("inferTypes gets " + std::to_string(context.inputs.size()) + " types for " + std::to_string(context.given.size()) + " inputs.");
    for (const ValueType& type : context.inputs)
        if (type.kind != ValueType::Kind::Tensor)
            return nodeError(context.node, "is defined on tensors, and an input is a sequence or an optional.");
    if (context.inputs.size() < definition->requiredInputs)
        return nodeError(context.node, "needs " + std::to_string(definition->requiredInputs) + " inputs and has "
                                           + std::to_string(context.inputs.size()) + ".");
    for (std::size_t i = 0; i < definition->requiredInputs; ++i)
        if (!context.given[i])
            return nodeError(context.node, "leaves out input " + std::to_string(i) + ", which it needs.");
    return definition->infer(context);
}

}  // namespace strata
