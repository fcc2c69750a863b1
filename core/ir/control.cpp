#include "core/ir/control.h"

#include <set>

namespace strata {

namespace {

template<class T>
const T* attribute(const Attributes& attributes, const char* name)
{
    const auto found = attributes.find(name);
    return found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
}

bool isControlFlow(const std::string& op, const Attributes& attributes, std::size_t inputs)
{
    return (op == "If" && branchesOf(op, attributes)) || (op == "Loop" && loopOf(op, attributes, inputs));
}

}  // namespace

std::optional<Branches> branchesOf(const std::string& op, const Attributes& attributes)
{
    const auto* const then = attribute<FunctionRef>(attributes, "then_branch");
    const auto* const otherwise = attribute<FunctionRef>(attributes, "else_branch");
    if (op != "If" || !then || !otherwise)
        return std::nullopt;
    return Branches{then->name, otherwise->name};
}

std::optional<LoopForm> loopOf(const std::string& op, const Attributes& attributes, std::size_t inputs)
{
    const auto* const body = attribute<FunctionRef>(attributes, "body");
    const auto* const captures = attribute<std::int64_t>(attributes, "captures");
    const std::size_t captured = captures && *captures > 0 ? std::size_t(*captures) : 0;
    if (op != "Loop" || !body || inputs < captured + 2)
        return std::nullopt;
    return LoopForm{body->name, inputs - captured - 2};
}

bool isControlFlow(const GraphNode& node)
{
    return node.domain.empty() && isControlFlow(node.op, node.attributes, node.inputs.size());
}

bool isControlFlow(const LibraryCall& call)
{
    return call.kind == LibraryCall::Callee::Routine && isControlFlow(call.callee, call.attributes, call.inputs.size());
}

std::vector<FunctionPtr> controlledFunctions(const Module& module)
{
    std::set<std::string> names;
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            for (const GraphNodePtr& node : function->graph()->nodes)
                if (isControlFlow(*node))
                    for (const auto& [name, attribute] : node->attributes)
                        if (const auto* used = std::get_if<FunctionRef>(&attribute))
                            names.insert(used->name);
    std::vector<FunctionPtr> result;
    for (const FunctionPtr& function : module.functions)
        if (names.count(function->name))
            result.push_back(function);
    return result;
}

}  // namespace strata
