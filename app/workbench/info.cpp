#include "app/workbench/workbench.h"

#include "core/index/sizes.h"
#include "core/ir/control.h"
#include "core/operators/rules.h"
#include "core/operators/views.h"
#include "passes/lowering/node_key.h"

#include <algorithm>
#include <unordered_map>

namespace strata {

namespace {

const ValueType* typeOf(const Module& module, const std::unordered_map<std::string, ValueType>& values,
                        const Operand& operand, ValueType& scratch)
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

// One node as loops, and what the sizes of these are in the graph.
struct NodeLoops {
    FunctionPtr function;  // nullptr: it cannot be lowered
    std::map<std::string, Dim> sizes;
};

using Values = std::unordered_map<std::string, ValueType>;

std::vector<ValueType> inputTypes(const Module& module, const GraphNode& node, const Values& values)
{
    std::vector<ValueType> inputs;
    for (const Operand& operand : node.inputs) {
        ValueType scratch{ValueType::Kind::Tensor, {DType::F32, {}, false}};
        const ValueType* type = typeOf(module, values, operand, scratch);
        inputs.push_back(type ? *type : scratch);
    }
    return inputs;
}

NodeLoops loopsOf(const Module& module, const GraphNode& node, const Values& values)
{
    const std::vector<ValueType> inputs = inputTypes(module, node, values);
    const auto constant = [&](std::size_t i) {
        return i < node.inputs.size() ? smallConstant(module, node.inputs[i]) : std::nullopt;
    };
    const Result<LoweredNode> lowered = lowerNode(node, inputs, constant, "f");
    if (!lowered)
        return {};
    std::vector<Shape> arguments, results;
    for (const std::size_t used : lowered->usedInputs)
        arguments.push_back(inputs[used].tensor.shape);
    for (const TypedName& output : node.outputs)
        results.push_back(output.type.tensor.shape);
    return {lowered->function, sizesAtCall(*lowered->function, arguments, results)};
}

std::string qualified(const GraphNode& node) { return node.domain.empty() ? node.op : node.domain + "." + node.op; }

void add(const Cost& cost, ModelWork& work)
{
    work.flops += cost.flops;
    work.activationBytes += cost.writtenBytes;
}

// Each node of a graph that is an operator, with the values before it; false: stopped, or `visit` has had enough.
bool forEachOperator(const Module& module, const Function& function, const std::stop_token& stop,
                     const std::function<bool(const GraphNode&, const Values& values)>& visit)
{
    Values values;
    for (const TypedName& param : function.params)
        values[param.name] = param.type;
    for (const GraphNodePtr& node : function.graph()->nodes) {
        if (stop.stop_requested())
            return false;
        for (const TypedName& output : node->outputs)
            values[output.name] = output.type;
        if (!node->isCall() && !visit(*node, values))
            return false;
    }
    return true;
}

// What nodes cost, each kind of them asked once.
class Costs {
public:
    explicit Costs(const Module& module)
        : m_module(module)
    {
    }
    const Cost& of(const GraphNode& node, const Values& values)
    {
        const std::vector<ValueType> inputs = inputTypes(m_module, node, values);
        const std::string key = nodeKey(node, inputs, [&](std::size_t i) {
            return becomesCode(inputs[i].tensor) ? smallConstant(m_module, node.inputs[i]) : std::nullopt;
        });
        const auto [known, isNew] = m_known.try_emplace(key);
        if (isNew)
            if (const NodeLoops loops = loopsOf(m_module, node, values); loops.function)
                known->second = cost(*loops.function);
        return known->second;
    }

private:
    const Module& m_module;
    std::unordered_map<std::string, Cost> m_known;
};

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
        for (const TypedName& input : entry->params)
            for (const Dim& dim : input.type.tensor.shape)
                for (const std::string& size : dim.symbols())
                    if (std::find(info.sizes.begin(), info.sizes.end(), size) == info.sizes.end())
                        info.sizes.push_back(size);
    }
    for (const FunctionPtr& function : module.functions)
        if (const GraphBody* graph = function->graph()) {
            info.nodes += static_cast<std::int64_t>(graph->nodes.size());
            for (const GraphNodePtr& node : graph->nodes) {
                ++(isKnown(*node) ? info.known : info.opaque)[qualified(*node)];
                if (!isKnown(*node))
                    info.because.emplace(qualified(*node), noDefinition(*node).message);
            }
        }
    for (const FunctionPtr& function : module.functions)
        if (function != module.entryFunction())
            info.functions.push_back(function->name);
    for (const auto& [name, constant] : module.constants) {
        ModelInfo::Parameters& ofType = info.parametersByType[strata::name(constant->type().dtype)];
        const std::int64_t count = elementCount(constant->type().shape).value_or(0),
                           bytes = byteCount(constant->type()).value_or(0);
        info.parameters += count;
        info.parameterBytes += bytes;
        ofType.count += count;
        ofType.bytes += bytes;
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
    Costs costs(module);
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            forEachOperator(module, *function, stop, [&](const GraphNode& node, const Values& values) {
                add(costs.of(node, values), work);
                return true;
            });
        else if (function->loops())
            add(cost(*function), work);
    return work;
}

std::optional<Dim> operationsOf(const Module& module, std::stop_token stop)
{
    Dim sum = 0;
    bool isKnown = true;
    const auto add = [&](const NodeLoops& loops) {
        const std::optional<Dim> one = loops.function ? operationsFor(*loops.function) : std::nullopt;
        isKnown = isKnown && one;
        sum = one ? sum + withDims(*one, loops.sizes) : sum;
        return isKnown;
    };
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            isKnown = forEachOperator(module, *function, stop,
                                      [&](const GraphNode& node, const Values& values) {
                                          return isControlFlow(node) || isView(node)
                                                 || add(loopsOf(module, node, values));
                                      })
                      && isKnown;
        else if (function->loops())
            add({function, {}});
    return isKnown ? std::optional(sum) : std::nullopt;
}

}  // namespace strata
