// What is compiled verifies, whoever lowered it; a fault is told in the words of the model that it came from.
//
// The lowered module goes through the verifier; the forwarding of the lowering says which node a faulty function was
// made from, and the refusal names that. Types that a graph declares for its values are compared with what its
// operators make, as far as both are known.
#include "passes/lowering/verify_lowered.h"

#include "core/operators/infer.h"

#include <algorithm>

namespace strata {

namespace {

// The nodes of the given module that became the function that the finding is about.
std::vector<Cursor> origins(const LoweredModule& lowered, const Error& finding)
{
    std::vector<Cursor> nodes;
    for (const auto& [from, targets] : lowered.forwarding)
        for (const Cursor& target : targets)
            if (!finding.nodes.empty() && target == functionCursor(finding.nodes.front().function))
                nodes.push_back(from);
    return nodes;
}

bool agree(const ValueType& a, const ValueType& b)
{
    if (a.kind != b.kind || !a.tensor.ranked || !b.tensor.ranked)
        return a.kind == b.kind;
    if (a.tensor.dtype != b.tensor.dtype || a.tensor.shape.size() != b.tensor.shape.size())
        return false;
    return std::equal(a.tensor.shape.begin(), a.tensor.shape.end(), b.tensor.shape.begin(),
                      [](const Dim& x, const Dim& y) { return !x.isConstant() || !y.isConstant() || x == y; });
}

Status verifyDeclared(const Module& module, const Function& function)
{
    STRATA_TRY(const InferredTypes inferred, inferFunction(module, function));
    const std::vector<GraphNodePtr>&declared = function.graph()->nodes, &made = inferred.function->graph()->nodes;
    for (std::size_t i = 0; i < declared.size() && i < made.size(); ++i)
        for (std::size_t o = 0; o < declared[i]->outputs.size() && o < made[i]->outputs.size(); ++o) {
            const TypedName &said = declared[i]->outputs[o], &is = made[i]->outputs[o];
            if (!agree(said.type, is.type))
                return refused(say("Value {} is declared as {}, but node {} ({}) makes {}.", said.name,
                                   toString(said.type), declared[i]->name, declared[i]->op, toString(is.type)),
                               {{function.name, NodeKind::Value, said.name}});
        }
    return {};
}

}  // namespace

Status verifyLowered(const Module& module, const LoweredModule& lowered, VerifiedFunctions& known)
{
    const Status status = verified(*lowered.module, known);
    if (status)
        return {};
    const Error& finding = status.error();
    const std::vector<Cursor> nodes = origins(lowered, finding);
    if (nodes.empty())
        return finding;
    const FunctionPtr graph = module.find(nodes.front().function);
    std::string op;
    if (graph && graph->graph())
        for (const GraphNodePtr& node : graph->graph()->nodes)
            if (node->name == nodes.front().name)
                op = " (" + node->op + ")";
    return refused(say("Node {}{} cannot be run as it stands: {}", nodes.front().name, op, finding.message), nodes,
                   finding.hint);
}

Status verifyDeclaredTypes(const Module& module)
{
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            STRATA_CHECK(verifyDeclared(module, *function));
    return {};
}

}  // namespace strata
