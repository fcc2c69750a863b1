#include "app/workbench/quantum.h"

#include "core/operators/views.h"
#include "core/tensor/tensor.h"

#include <cmath>

namespace strata {

namespace {

GraphNodePtr makerOf(const GraphBody& graph, const Operand& operand)
{
    for (const GraphNodePtr& node : graph.nodes)
        for (const TypedName& output : node->outputs)
            if (operand.kind == Operand::Kind::Value && output.name == operand.name)
                return node;
    return nullptr;
}

}  // namespace

std::optional<double> quantumOf(const Module& module, std::size_t output)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry || !entry->graph() || output >= entry->graph()->returns.size())
        return std::nullopt;
    GraphNodePtr node = makerOf(*entry->graph(), entry->graph()->returns[output]);
    while (node && !node->inputs.empty() && (isView(*node) || node->op == "Identity" || node->op == "Transpose"))
        node = makerOf(*entry->graph(), node->inputs[0]);
    if (!node || node->op != "DequantizeLinear" || !node->domain.empty()
        || node->inputs[1].kind != Operand::Kind::Constant)
        return std::nullopt;
    const auto constant = module.constants.find(node->inputs[1].name);
    if (constant == module.constants.end())
        return std::nullopt;
    const Result<Tensor> scale = toTensor(*constant->second);
    return scale && scale->count() == 1 ? std::optional(std::abs(scale->at(0))) : std::nullopt;
}

}  // namespace strata
