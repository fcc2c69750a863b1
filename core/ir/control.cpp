#include "core/ir/control.h"

namespace strata {

std::optional<Branches> branchesOf(const std::string& op, const Attributes& attributes)
{
    const auto function = [&](const char* name) -> const FunctionRef* {
        const auto found = attributes.find(name);
        return found == attributes.end() ? nullptr : std::get_if<FunctionRef>(&found->second);
    };
    const FunctionRef *const then = function("then_branch"), *const otherwise = function("else_branch");
    if (op != "If" || !then || !otherwise)
        return std::nullopt;
    return Branches{then->name, otherwise->name};
}

bool isControlFlow(const GraphNode& node) { return node.domain.empty() && branchesOf(node.op, node.attributes); }

bool isControlFlow(const LibraryCall& call)
{
    return call.kind == LibraryCall::Callee::Routine && branchesOf(call.callee, call.attributes);
}

}  // namespace strata
