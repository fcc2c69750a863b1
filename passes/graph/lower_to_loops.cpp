// graph.lower_to_loops: a function, or one node, gets its loops.
#include "core/ir/calls.h"
#include "core/operators/operator.h"
#include "passes/graph/group.h"

namespace strata {

namespace {

using namespace graph;

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    if (!arguments.has("node")) {
        const FunctionPtr entry = module.entryFunction();
        if (graph == entry)
            return refused(graph->name + " is the entry: it stays a graph, and its nodes are lowered.",
                           {functionCursor(graph->name)}, "Name one of its nodes, or a function that it calls.");
        for (const GraphNodePtr& node : graph->graph()->nodes)
            if (node->isCall() || !findOperator(*node))
                return refused("Node " + node->name + " (" + (node->isCall() ? node->callee : node->op) + ") of "
                                   + graph->name + " has no loops of its own.",
                               {nodeCursor(*graph, node->name)});
        return {};
    }
    STRATA_TRY(GraphNodePtr node, findNode(*graph, arguments.text("node")));
    if (node->isCall())
        return refused("Node " + node->name + " calls " + node->callee + ".", {nodeCursor(*graph, node->name)},
                       "Lower the function: graph.lower_to_loops(" + node->callee + ").");
    if (!findOperator(*node))
        return refused("Node " + node->name + " (" + node->op + ") is opaque: it has no definition to lower.",
                       {nodeCursor(*graph, node->name)});
    return {};
}

// Passes further constants at every call of a function.
ModulePtr withConstantArguments(const Module& module, const std::string& callee,
                                const std::vector<std::string>& constants)
{
    return mapCalls(module, [&](const Call& call) -> std::optional<CallEdit> {
        if (call.callee != callee)
            return std::nullopt;
        CallEdit edit{callee, call.inputs};
        for (const std::string& constant : constants)
            edit.inputs.push_back(Operand::constant(constant));
        return edit;
    });
}

struct Lowered {
    ModulePtr module;
    Forwarding forwarding;
};

Result<Lowered> lowerFunction(const Module& module, const Function& graph)
{
    STRATA_TRY(LoweredGraph lowered, lowerGraphFunction(module, graph));
    Lowered applied;
    applied.module = module.withFunction(lowered.function);
    if (!lowered.constantParams.empty())
        applied.module = withConstantArguments(*applied.module, graph.name, lowered.constantParams);
    applied.forwarding = std::move(lowered.forwarding);
    for (const Cursor& node : cursors(graph))
        if (!exists(*applied.module, node))
            applied.forwarding.try_emplace(node, std::vector<Cursor>());
    return applied;
}

// If another function has the same loops, it is called instead.
void shareEqual(Lowered& applied, const std::string& made)
{
    const FunctionPtr function = applied.module->find(made);
    FunctionPtr same;
    for (const FunctionPtr& other : applied.module->functions)
        if (other->name != made && other->loops() && other->params.size() == function->params.size()) {
            Function renamed = *other;
            renamed.name = made;
            if (equal(renamed, *function))
                same = other;
        }
    if (!same)
        return;
    applied.module = mapCalls(*applied.module->withoutFunction(made), [&](const Call& call) -> std::optional<CallEdit> {
        if (call.callee != made)
            return std::nullopt;
        return CallEdit{same->name, call.inputs};
    });
    for (auto& [from, targets] : applied.forwarding)
        for (Cursor& target : targets)
            if (target.function == made)
                target.function = same->name;
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    if (!arguments.has("node")) {
        STRATA_TRY(Lowered lowered, lowerFunction(module, *graph));
        return difference(module, *lowered.module, std::move(lowered.forwarding));
    }
    STRATA_TRY(GraphNodePtr node, findNode(*graph, arguments.text("node")));
    STRATA_TRY(Outlined outlined, outline(module, *graph, {node}, arguments.has("name") ? arguments.text("name") : ""));
    const FunctionPtr callee = outlined.module->find(outlined.function);
    if (!callee->graph())
        return difference(module, *outlined.module, std::move(outlined.forwarding));
    STRATA_TRY(Lowered applied, lowerFunction(*outlined.module, *callee));
    applied.forwarding = compose(outlined.forwarding, applied.forwarding);
    if (!arguments.has("name"))
        shareEqual(applied, outlined.function);
    std::erase_if(applied.forwarding,
                  [&module](const auto& entry) { return !exists(module, entry.first); });  // the function in between
    return difference(module, *applied.module, std::move(applied.forwarding));
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr graph = module.find(selection.function);
    if (!graph || !graph->graph())
        return refused("Select a node of a graph, or a function held as a graph.");
    if (selection.kind != NodeKind::Operator)
        return Arguments{{{"function", graph->name}}};
    STRATA_TRY(GraphNodePtr node, findNode(*graph, selection.name));
    if (node->isCall())
        return Arguments{{{"function", node->callee}}};
    return Arguments{{{"function", graph->name}, {"node", node->name}}};
}

}  // namespace

STRATA_TRANSFORM(graph_lower_to_loops)
{
    Transform t;
    t.id = "graph.lower_to_loops";
    t.level = Level::Graph;
    t.title = "Lower to loops";
    t.summary =
        "Replaces a function that is held as a graph, or one node, by the loop nests that its operators' definitions give.";
    t.documentation =
        "Each node's compute definition becomes blocks with loops around, one node after the other; values in between become buffers of the "
        "function. A single node first becomes a function of its own. Constants that are part of the code (a Reshape's shape) disappear into it; "
        "others are passed by the callers. Needs constant shapes. The definitions are what the reference evaluator runs, so lowering is exact.";
    t.alsoKnownAs = {"LegalizeOps (TVM)", "LowerToTensorIR (the course)", "FuseTIR (TVM)"};
    t.parameters = {
        {"function", ParameterKind::Function, "The graph function, or the one that holds the node.", {}, false, {}},
        {"node", ParameterKind::Node, "A single node to lower.", {}, true, {}},
        {"name", ParameterKind::Name, "Name of the function made for a single node.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.lower_to_loops(main, node=Relu_0, name=relu)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call relu(x, node="relu")
    return y

@loops
@attributes(pattern="elementwise")
def relu(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("relu") as (vi: spatial(4) = i):
            y[vi] = max(0.0, x[vi])
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
