// Graph functions, node by node: each operator by the loops of its definition.
#include "core/ir/control.h"
#include "core/ir/live.h"
#include "core/operators/data_sizes.h"
#include "core/reference/evaluation.h"

#include <algorithm>

namespace strata::reference {

namespace {

std::vector<ValueType> typesOf(const Tensors& inputs)
{
    std::vector<ValueType> types;
    for (const TensorPtr& input : inputs) {
        types.emplace_back();
        if (input)
            types.back().tensor = input->type;
        else
            types.back().tensor.ranked = false;
    }
    return types;
}

Tensors inNodeOrder(const GraphNode& node, const Tensors& results)
{
    Tensors ordered(node.outputs.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (!node.outputs[i].name.empty() && next < results.size())
            ordered[i] = results[next++];
    return ordered;
}

class Values {
public:
    explicit Values(Evaluation& evaluation)
        : m_evaluation(evaluation)
    {
    }

    void set(const std::string& name, TensorPtr value) { m_values[name] = std::move(value); }
    Result<TensorPtr> get(const Operand& operand)
    {
        if (operand.kind == Operand::Kind::None)
            return TensorPtr();
        if (operand.kind == Operand::Kind::Constant)
            return m_evaluation.constant(operand.name);
        const auto it = m_values.find(operand.name);
        if (it == m_values.end() || !it->second)
            return bug("The value " + operand.name + " is used before it is computed.");
        return it->second;
    }
    Result<Tensors> get(const std::vector<Operand>& operands)
    {
        Tensors tensors;
        for (const Operand& operand : operands) {
            STRATA_TRY(TensorPtr tensor, get(operand));
            tensors.push_back(std::move(tensor));
        }
        return tensors;
    }

private:
    Evaluation& m_evaluation;
    std::map<std::string, TensorPtr> m_values;
};

}  // namespace

namespace {

// What the node declares, with the sizes that are known by now.
GraphNode withKnown(const GraphNode& node, const SizeValues& sizes)
{
    GraphNode result = node;
    for (TypedName& output : result.outputs)
        for (Dim& dim : output.type.tensor.shape)
            dim = dim.bind(sizes);
    return result;
}

bool declaresNumbers(const GraphNode& node)
{
    return std::all_of(node.outputs.begin(), node.outputs.end(),
                       [](const TypedName& output) { return isConstant(output.type.tensor.shape); });
}

}  // namespace

// What is counted first tells the sizes that the node leaves open.
Result<Tensors> Evaluation::runCounted(const CountedNode& parts, Tensors inputs)
{
    inputs.resize(parts.count.inputs.size());
    STRATA_TRY(const Tensors counts, runNode(parts.count, inputs));
    SizeValues sizes;
    const std::vector<std::string> open = openSizes(parts.then, typesOf(inputs));
    for (std::size_t i = 0; i < open.size(); ++i)
        sizes[open[i]] = counts.at(0)->integerAt(std::int64_t(i));
    inputs.insert(inputs.end(), counts.begin(), counts.end());
    return runNode(withKnown(parts.then, sizes), inputs);
}

Result<Tensors> Evaluation::runNode(const GraphNode& node, const Tensors& inputs)
{
    if (const auto parts = counted(node, typesOf(inputs), [](const std::string&) { return false; }))
        return runCounted(*parts, inputs);
    const auto known = [&](std::size_t i) -> std::optional<Tensor> {
        return i < inputs.size() && inputs[i] ? std::optional(*inputs[i]) : std::nullopt;
    };
    STRATA_TRY(const LoweredNode lowered, lowerNode(node, typesOf(inputs), known, "node"));
    Tensors used;
    for (const std::size_t i : lowered.usedInputs)
        used.push_back(inputs[i]);
    STRATA_TRY(const Tensors results, runLoops(m_module, *lowered.function, used, m_stop));
    return inNodeOrder(node, results);
}

Result<Tensors> Evaluation::runGraphNode(const GraphNode& node, const Tensors& inputs)
{
    if (node.domain == "library")  // a routine that library.call_library put here
        return runRoutine({node.name, LibraryCall::Callee::Routine, node.op, node.inputs, {}, node.attributes}, inputs);
    if (isControlFlow(node))
        return runControl(node.op, node.attributes, inputs);
    if (!node.isCall())
        return runNode(node, inputs);
    std::vector<Shape> shapes;
    for (const TypedName& output : node.outputs)
        if (!output.name.empty())
            shapes.push_back(output.type.tensor.shape);
    STRATA_TRY(const Tensors results, call(node.callee, inputs, shapes));
    return inNodeOrder(node, results);
}

Result<Tensors> Evaluation::runGraph(const Function& function, const GraphBody& body, const Tensors& inputs,
                                     SizeValues sizes)
{
    Values values(*this);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        values.set(function.params[i].name, inputs[i]);
    const std::set<const GraphNode*> live = liveNodes(body);
    for (const GraphNodePtr& node : body.nodes) {
        if (!live.count(node.get()))
            continue;
        if (m_stop.stop_requested())
            return refused(say("The evaluation of {} is cancelled.", function.name));
        STRATA_TRY(const Tensors operands, values.get(node->inputs));
        Result<Tensors> ran = declaresNumbers(*node) ? runGraphNode(*node, operands)
                                                     : runGraphNode(withKnown(*node, sizes), operands);
        if (!ran) {
            Error error = ran.error();
            if (error.nodes.empty())
                error.nodes = {{function.name, NodeKind::Operator, node->name}};
            return error;
        }
        const Tensors& results = *ran;
        for (std::size_t i = 0; i < node->outputs.size(); ++i) {
            learn(sizes, node->outputs[i].type.tensor, results[i]);
            values.set(node->outputs[i].name, results[i]);
        }
    }
    return values.get(body.returns);
}

}  // namespace strata::reference
