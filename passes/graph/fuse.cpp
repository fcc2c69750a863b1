// graph.fuse: a chosen group of nodes becomes one function.
#include "core/operators/operator.h"
#include "passes/graph/group.h"

namespace strata {

namespace {

using namespace graph;

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(std::vector<GraphNodePtr> group, findNodes(*graph, arguments.texts("nodes")));
    if (group.size() < 2)
        return refused("A group has at least two nodes.", {},
                       "Select several nodes, or use graph.lower_to_loops for a single one.");
    for (const GraphNodePtr& node : group) {
        if (!node->isCall() && !findOperator(*node))
            return refused(say("Node {} ({}) is opaque: nothing is known of it, so it cannot be part of a function.",
                               node->name, node->op),
                           {nodeCursor(*graph, node->name)});
        const FunctionPtr callee = node->isCall() ? module.find(node->callee) : nullptr;
        if (callee && !callee->graph() && !callee->loops())
            return refused(say("Node {} calls {}, which is held at the {} level and has no loops to join with "
                               "others.",
                               node->name, node->callee, name(callee->level())),
                           {nodeCursor(*graph, node->name)});
    }
    if (const std::string between = nodeBetween(*graph, group); !between.empty())
        return refused(say("The group is not convex: a path leaves it, runs through {} and comes back.", between),
                       {nodeCursor(*graph, between)}, "Add " + between + " to the group.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(std::vector<GraphNodePtr> group, findNodes(*graph, arguments.texts("nodes")));
    STRATA_TRY(Outlined outlined,
               outline(module, *graph, {group}, arguments.has("name") ? arguments.text("name") : ""));
    return difference(module, *outlined.module, std::move(outlined.forwarding));
}

// A selected node is offered with the consumer that alone reads it.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr graph = module.find(selection.function);
    if (!graph || !graph->graph() || selection.kind != NodeKind::Operator)
        return refused("Select a node of a graph.");
    STRATA_TRY(GraphNodePtr node, findNode(*graph, selection.name));
    const auto readers = consumers(*graph);
    for (const TypedName& output : node->outputs)
        if (const auto found = readers.find(output.name); found != readers.end() && found->second.size() == 1)
            return Arguments{
                {{"function", graph->name}, {"nodes", std::vector<std::string>{node->name, found->second[0]->name}}}};
    return refused(say("No single node reads what {} makes, so there is no obvious group.", node->name), {selection},
                   "Select the nodes of the group.");
}

}  // namespace

STRATA_TRANSFORM(graph_fuse)
{
    Transform t;
    t.id = "graph.fuse";
    t.level = Level::Graph;
    t.title = "Fuse nodes into a function";
    t.summary = "Makes one function of a chosen group of nodes, and calls it in their place.";
    t.documentation =
        "linear + relu becomes linear_relu: the group's values in between need no memory of their own any more, and its loops can be scheduled "
        "together. Legal if the group is convex (no path leaves it and comes back) and every node has a definition or calls a function of loops, which are joined: two "
        "lowered functions whose calls follow each other become one, and what only the second reads needs no memory of the caller. The function's expressions "
        "are those of the nodes, so fusing is exact. Weights become parameters, so that equal groups are one function with many callers; a step "
        "on it then acts on all of them. The call has the name of the group's last node, or the one that is given. The function keeps the operators until graph.lower_to_loops makes loops of it.";
    t.alsoKnownAs = {"FuseOps (TVM)", "FuseOpsByPattern (TVM)", "outline"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function that holds the nodes.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The group.", {}, false, {}},
                    {"name",
                     ParameterKind::Name,
                     "Name of the new function and its call; made from operators and shape if left out.",
                     {},
                     true,
                     {}}};
    t.appliesTo = {NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4], z: f32[4]) -> (y: f32[4]):
    s: f32[4] = Add(x, z, node="Add_0", version=14)
    y: f32[4] = Relu(s, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.fuse(main, [Add_0, Relu_0], name=add_relu)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4], z: f32[4]) -> (y: f32[4]):
    y: f32[4] = call add_relu(x, z, node="add_relu")
    return y

def add_relu(x: f32[4], x_1: f32[4]) -> (y: f32[4]):
    y_add: f32[4] = Add(x, x_1, node="add", version=14)
    y_relu: f32[4] = Relu(y_add, node="relu", version=14)
    return y_relu
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
