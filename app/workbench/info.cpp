#include "app/workbench/workbench.h"

#include "core/ir/control.h"

namespace strata {

namespace {

const ValueType* typeOf(const Module& module, const std::map<std::string, ValueType>& values, const Operand& operand,
                        ValueType& scratch)
{
    if (operand.kind == Operand::Kind::Value) {
        const auto found = values.find(operand.name);
        return found == values.end() ? nullptr : &found->second;
    }
    const auto found = module.constants.find(operand.name);
    if (operand.kind != Operand::Kind::Constant || found == module.constants.end())
        return nullptr;
    scratch = {ValueType::Kind::Tensor, found->second->type()};
    return &scratch;
}

std::optional<Tensor> smallConstant(const Module& module, const Operand& operand)
{
    const auto found = module.constants.find(operand.name);
    if (operand.kind != Operand::Kind::Constant || found == module.constants.end()
        || elementCount(found->second->type().shape).value_or(1 << 30) > 4096)
        return std::nullopt;
    Result<Tensor> tensor = toTensor(*found->second);
    return tensor ? std::optional(std::move(*tensor)) : std::nullopt;
}

// Operations of one node by its loops; nullopt where it cannot be lowered.
std::optional<Cost> nodeCost(const Module& module, const GraphNode& node,
                             const std::map<std::string, ValueType>& values)
{
    std::vector<ValueType> inputs;
    for (const Operand& operand : node.inputs) {
        ValueType scratch{ValueType::Kind::Tensor, {DType::F32, {}, false}};
        const ValueType* type = typeOf(module, values, operand, scratch);
        inputs.push_back(type ? *type : scratch);
    }
    const auto constant = [&](std::size_t i) {
        return i < node.inputs.size() ? smallConstant(module, node.inputs[i]) : std::nullopt;
    };
    const Result<LoweredNode> lowered = lowerNode(node, inputs, constant, "f");
    return lowered ? std::optional(cost(*lowered->function)) : std::nullopt;
}

std::string qualified(const GraphNode& node) { return node.domain.empty() ? node.op : node.domain + "." + node.op; }

void add(const std::optional<Cost>& cost, ModelWork& work)
{
    work.flops += cost ? cost->flops : 0;
    work.activationBytes += cost ? cost->writtenBytes : 0;
}

void addGraph(const Module& module, const Function& function, ModelWork& work,
              const std::stop_token& stop)
{
    std::map<std::string, ValueType> values;
    for (const TypedName& param : function.params)
        values[param.name] = param.type;
    for (const GraphNodePtr& node : function.graph()->nodes) {
        if (stop.stop_requested())
            return;
        for (const TypedName& output : node->outputs)
            values[output.name] = output.type;
        if (!node->isCall())
            add(nodeCost(module, *node, values), work);
    }
}

bool isKnown(const GraphNode& node) { return node.isCall() || isControlFlow(node) || findOperator(node); }

}  // namespace

std::map<std::string, int> opaqueOperators(const Module& module)
{
    std::map<std::string, int> opaque;
    for (const FunctionPtr& function : module.functions)
        if (const GraphBody* graph = function->graph())
            for (const GraphNodePtr& node : graph->nodes)
                if (!isKnown(*node))
                    ++opaque[qualified(*node)];
    return opaque;
}

ModelInfo modelInfo(const Module& module)
{
    ModelInfo info;
    if (const FunctionPtr entry = module.entryFunction()) {
        info.inputs = entry->params;
        info.outputs = entry->results;
    }
    for (const FunctionPtr& function : module.functions)
        if (const GraphBody* graph = function->graph()) {
            info.nodes += static_cast<std::int64_t>(graph->nodes.size());
            for (const GraphNodePtr& node : graph->nodes)
                ++(isKnown(*node) ? info.known : info.opaque)[qualified(*node)];
        }
    for (const auto& [name, constant] : module.constants) {
        info.parameters += elementCount(constant->type().shape).value_or(0);
        info.parameterBytes += byteCount(constant->type()).value_or(0);
    }
    return info;
}

std::optional<ModelWork> workOf(const Module& module, std::stop_token stop)
{
    if (const FunctionPtr entry = module.entryFunction())
        for (const TypedName& input : entry->params)
            if (!input.type.tensor.ranked || !isConstant(input.type.tensor.shape))
                return std::nullopt;
    ModelWork work;
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            addGraph(module, *function, work, stop);
        else if (function->loops())
            add(cost(*function), work);
    return work;
}

}  // namespace strata
