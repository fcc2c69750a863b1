#include "core/operators/in_place.h"

#include "core/operators/views.h"

#include <algorithm>

namespace strata {

std::optional<std::size_t> inPlaceInput(const Module& module, const GraphNode& node, const std::string& output)
{
    const FunctionPtr callee = node.isCall() ? module.find(node.callee) : nullptr;
    if (!callee || callee->inouts.empty())
        return std::nullopt;
    const auto made = std::find_if(node.outputs.begin(), node.outputs.end(),
                                   [&](const TypedName& one) { return one.name == output; });
    const std::map<std::size_t, std::size_t> positions = inoutPositions(*callee);
    const auto found = positions.find(std::size_t(made - node.outputs.begin()));
    return found == positions.end() || found->second >= node.inputs.size() ? std::nullopt
                                                                           : std::optional(found->second);
}

namespace {

int countReaders(const GraphBody& graph, const std::string& value)
{
    const auto reads = [&](const std::vector<Operand>& operands) {
        return int(std::count(operands.begin(), operands.end(), Operand::value(value)));
    };
    int count = reads(graph.returns);
    for (const GraphNodePtr& node : graph.nodes)
        count += reads(node->inputs);
    return count;
}

}  // namespace

InPlaceChain inPlaceChain(const Module& module, const GraphBody& graph, const std::string& returned,
                          const std::function<const GraphNode*(const std::string& value)>& producer)
{
    InPlaceChain chain{{returned}, {}, 0};
    while (const GraphNode* const node = producer(chain.values.back())) {
        std::optional<std::size_t> next = 0;
        if (!isView(*node)) {
            chain.computed = chain.values.size();
            chain.writers.push_back(node);
            next = inPlaceInput(module, *node, chain.values.back());
        }
        if (!next || *next >= node->inputs.size() || node->inputs[*next].kind != Operand::Kind::Value)
            return chain;
        const std::string& source = node->inputs[*next].name;
        if (!chain.writers.empty() && countReaders(graph, source) != 1)
            return chain;
        chain.values.push_back(source);
    }
    return chain;
}

}  // namespace strata
