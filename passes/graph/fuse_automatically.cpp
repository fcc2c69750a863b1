// graph.fuse_automatically: groups by operator class.
#include "core/index/sizes.h"
#include "passes/graph/fusion_groups.h"

namespace strata {

namespace {

using namespace graph;

// Nodes of a shape that no parameter tells count as opaque, since they cannot become loops.
bool hasUnknownShapes(const Function& graph)
{
    const std::set<std::string> sizes = givenSizes(graph);
    for (const GraphNodePtr& node : graph.graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (!output.type.tensor.ranked || !tell(sizes, output.type.tensor.shape))
                return true;
    return false;
}

Status applies(const Module& module, const Arguments& arguments)
{
    const Result<FunctionPtr> graph = findGraph(module, arguments.text("function"));
    return graph ? Status() : graph.error();
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    const std::vector<Group> groups = fusionGroups(*graph);
    if (groups.empty())
        return refused(say("No two nodes of {} belong together: each is opaque, costs nothing, or ends in "
                           "several places.",
                           graph->name),
                       {functionCursor(graph->name)},
                       hasUnknownShapes(*graph) ? "Bind the symbolic dimensions first: graph.bind_dimension." : "");
    STRATA_TRY(Outlined outlined, outline(module, *graph, groups));
    return difference(module, *outlined.module, std::move(outlined.forwarding));
}

}  // namespace

STRATA_TRANSFORM(graph_fuse_automatically)
{
    Transform t;
    t.id = "graph.fuse_automatically";
    t.level = Level::Graph;
    t.title = "Fuse automatically";
    t.summary =
        "Fuses nodes by the classes of their operators: what is elementwise joins the convolution, matmul or chain before it.";
    t.documentation =
        "Every operator has a class: elementwise < broadcast < injective < reduction < out-fusable (matmul, convolution), or opaque. A node is fused "
        "with all nodes up to its immediate post-dominator (the first node that everything reading it passes through) if the classes on the way "
        "allow it: out-fusable takes elementwise and broadcast operators that follow; elementwise and broadcast join a following injective "
        "operator or reduction; injective chains join last. Two operators above broadcast never share a group. Each group is convex and becomes "
        "a function as graph.fuse would make it; equal groups share one. Exact.";
    t.alsoKnownAs = {"FuseOps (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    e: f32[4] = Exp(x, node="Exp_0", version=13)
    y: f32[4] = Relu(e, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.fuse_automatically(main)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call exp_relu_4(x, node="Relu_0")
    return y

def exp_relu_4(x: f32[4]) -> (y: f32[4]):
    y_exp: f32[4] = Exp(x, node="exp", version=13)
    y_relu: f32[4] = Relu(y_exp, node="relu", version=14)
    return y_relu
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
