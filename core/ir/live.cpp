#include "core/ir/live.h"

#include <algorithm>
#include <unordered_set>

namespace strata {

std::set<const GraphNode*> liveNodes(const GraphBody& graph, const std::function<bool(const std::string&)>& isKnown,
                                     const std::function<bool(const GraphNode&, std::size_t)>& reads)
{
    std::unordered_set<std::string_view> needed;
    const auto need = [&](const Operand& operand) {
        if (operand.kind == Operand::Kind::Value && !(isKnown && isKnown(operand.name)))
            needed.insert(operand.name);
    };
    std::for_each(graph.returns.begin(), graph.returns.end(), need);
    std::set<const GraphNode*> live;
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        const auto& outputs = (*node)->outputs;
        if (std::none_of(outputs.begin(), outputs.end(),
                         [&](const TypedName& output) { return needed.count(output.name) != 0; }))
            continue;
        live.insert(node->get());
        for (std::size_t i = 0; i < (*node)->inputs.size(); ++i)
            if (!reads || reads(**node, i))
                need((*node)->inputs[i]);
    }
    return live;
}

}  // namespace strata
