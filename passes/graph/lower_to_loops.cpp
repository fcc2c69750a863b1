// graph.lower_to_loops: a set of nodes, or a function, gets its loops.
#include "core/ir/implementations.h"
#include "core/operators/operator.h"
#include "core/operators/views.h"
#include "passes/lowering/lower_nodes.h"
#include "passes/rewrite/graph.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

Error nothingToLower(const Function& graph)
{
    return refused(say("No node of {} is left to lower.", graph.name), {functionCursor(graph.name)},
                   "graph.lower_to_library makes its calls a runtime program.");
}

// The nodes that the step names; none: the whole function.
Result<std::vector<GraphNodePtr>> namedNodes(const Function& graph, const Arguments& arguments)
{
    if (arguments.has("node") && arguments.has("nodes"))
        return refused("Both 'node' and 'nodes' are given.", {}, "Name all nodes in 'nodes'.");
    if (arguments.has("node"))
        return findNodes(graph, {arguments.text("node")});
    return findNodes(graph, arguments.has("nodes") ? arguments.texts("nodes") : std::vector<std::string>());
}

// What a function calls has loops or gets them, and they are taken over.
Status checkOperators(const Module& module, const Function& graph)
{
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        const FunctionPtr callee = node->isCall() ? module.find(node->callee) : nullptr;
        if (callee && callee->graph())
            STRATA_CHECK(checkOperators(module, *callee));
        else if (!(callee && callee->loops()) && !(!node->isCall() && findOperator(*node)))
            return refused(say("Node {} ({}) of {} has no loops of its own.", node->name,
                               node->isCall() ? node->callee : node->op, graph.name),
                           {nodeCursor(graph, node->name)});
    }
    return {};
}

Status checkNode(const Module& module, const Function& graph, const GraphNode& node)
{
    const Cursor where = nodeCursor(graph, node.name);
    if (!node.isCall())
        return findOperator(node)
                   ? Status()
                   : refused(say("Node {} ({}) is opaque: it has no definition to lower.", node.name, node.op),
                             {where});
    const FunctionPtr callee = module.find(node.callee);
    if (!callee || !callee->graph())
        return refused(say("Node {} calls {}, which is no graph.", node.name, node.callee), {where},
                       "Lower nodes that are operators, or call functions held as graphs.");
    return checkOperators(module, *callee);
}

// By its form: what is there may still turn out to be needed by nobody.
Status checkFunction(const Module& module, const FunctionPtr& graph)
{
    if (!isProgram(module, *graph))
        return checkOperators(module, *graph);
    const std::vector<GraphNodePtr>& nodes = graph->graph()->nodes;
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const GraphNodePtr& node) { return !isView(*node) && checkNode(module, *graph, *node); })
               ? Status()
               : nothingToLower(*graph);
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const std::vector<GraphNodePtr> nodes, namedNodes(*graph, arguments));
    if (arguments.has("name") && (nodes.size() != 1 || nodes.front()->isCall()))
        return refused("A name is given to the function of a single node.", {},
                       "Name one operator, or leave out 'name'.");
    for (const GraphNodePtr& node : nodes)
        STRATA_CHECK(checkNode(module, *graph, *node));
    return nodes.empty() ? checkFunction(module, graph) : Status();
}

Result<LoweredPart> lowered(const Module& module, const FunctionPtr& graph, const Arguments& arguments)
{
    LoweringCache cache;
    STRATA_TRY(const std::vector<GraphNodePtr> named, namedNodes(*graph, arguments));
    if (named.empty() && !isProgram(module, *graph))
        return lowerFunctions(module, {graph->name}, cache);
    STRATA_TRY(const NodeLowering lowering, NodeLowering::of(module, graph, cache, NodeLowering::Types::Declared));
    NodeNames nodes = named.empty() ? lowering.worthLoops() : NodeNames();
    for (const GraphNodePtr& node : named)
        nodes.insert(node->name);
    if (nodes.empty())
        return nothingToLower(*graph);
    return lowering.lower(nodes, arguments.has("name") ? arguments.text("name") : "");
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(LoweredPart part, lowered(module, graph, arguments));
    return difference(module, *part.module, std::move(part.forwarding));
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
        "Makes loop nests of a function that is held as a graph, or of nodes, as their operators' definitions say.";
    t.documentation =
        "Each node's compute definition becomes blocks with loops around. Nodes of a graph become functions of their own, called in their place, "
        "equal ones the same; a node that calls a graph function has that function lowered. The entry without nodes: all that compute something. "
        "Another function as a whole becomes one function of loops, with buffers for the values in between. The functions are those of the preview, "
        "named after operator and shape (relu_1x128), with digits of their content where several would share a name, so it does not matter in "
        "which order nodes are lowered. Constants that are part of the code (a Reshape's shape) disappear into it; others are passed by the "
        "callers. Needs constant shapes. The definitions are what the reference evaluator runs, so lowering is exact.";
    t.alsoKnownAs = {"LegalizeOps (TVM)", "LowerToTensorIR (the course)", "FuseTIR (TVM)"};
    t.parameters = {
        {"function", ParameterKind::Function, "The graph function, or the one that holds the nodes.", {}, false, {}},
        {"node", ParameterKind::Node, "A single node to lower.", {}, true, {}},
        {"name", ParameterKind::Name, "Name of the function made for a single node.", {}, true, {}},
        {"nodes", ParameterKind::Nodes, "Nodes to lower together.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.lower_to_loops(main, node=Relu_0, name=relu)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call relu(x, node="Relu_0")
    return y

@loops
@attributes(origin="Relu", pattern="elementwise")
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
