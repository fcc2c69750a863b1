// library.call_library: a provider's routine instead of our own loops.
#include "passes/library/routines.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

Result<GraphNode> routineFor(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const std::vector<GraphNodePtr> nodes, findNodes(*graph, arguments.texts("nodes")));
    return library::asRoutine(module, *graph, nodes, arguments.text("routine"));
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const GraphNode routine, routineFor(module, arguments));
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const std::vector<GraphNodePtr> nodes, findNodes(*graph, arguments.texts("nodes")));
    STRATA_TRY(GraphNode routine, routineFor(module, arguments));
    Forwarding forwarding;
    const Cursor target = nodeCursor(*graph, routine.name);
    for (const GraphNodePtr& node : nodes) {
        if (node->name != routine.name)
            forwarding[nodeCursor(*graph, node->name)] = {target};
        if (node != nodes.back())
            forwarding[valueCursor(*graph, node->outputs[0].name)] = {target};
    }
    GraphBody body;
    body.returns = graph->graph()->returns;
    const auto call = std::make_shared<const GraphNode>(std::move(routine));
    for (const GraphNodePtr& node : graph->graph()->nodes) {
        if (node == nodes.back())
            body.nodes.push_back(call);
        else if (std::find(nodes.begin(), nodes.end(), node) == nodes.end())
            body.nodes.push_back(node);
    }
    const ModulePtr after = withoutUnused(*withBody(module, *graph, std::move(body)), forwarding);
    Change change = difference(module, *after, std::move(forwarding), Effect::Reassociated);
    change.notes.push_back(
        "The library adds in an order of its own, and the exported artifact needs it: it is opened by name when it is first called.");
    return change;
}

// The routine for the selected node, with the Relu that alone reads it.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr graph = module.find(selection.function);
    if (!graph || !graph->graph() || selection.kind != NodeKind::Operator)
        return refused("Select a MatMul, Gemm or Conv of a graph, or a function made of one.");
    STRATA_TRY(const GraphNodePtr node, findNode(*graph, selection.name));
    const auto isConv = [](const GraphNode& one) { return one.op == "Conv"; };
    const FunctionPtr callee = node->isCall() ? module.find(node->callee) : nullptr;
    const auto* inside = callee ? callee->graph() : nullptr;
    const bool conv = isConv(*node) || (inside && !inside->nodes.empty() && isConv(*inside->nodes[0]));
    std::vector<std::string> names{node->name};
    const auto readers = consumers(*graph);
    if (const auto found = readers.find(node->outputs[0].name); !node->isCall() && found != readers.end())
        if (found->second.size() == 1 && found->second[0]->op == "Relu"
            && !returnedValues(*graph).count(node->outputs[0].name))
            names.push_back(found->second[0]->name);
    return Arguments{{{"function", graph->name},
                      {"nodes", names},
                      {"routine", std::string(conv ? "onednn.conv" : "onednn.matmul")}}};
}

}  // namespace

STRATA_TRANSFORM(library_call_library)
{
    Transform t;
    t.id = "library.call_library";
    t.level = Level::Library;
    t.title = "Call a library";
    t.summary = "Replaces a matrix product or convolution, with its bias and Relu, by a routine of oneDNN or OpenBLAS.";
    t.documentation =
        "The nodes become one call of the routine: a MatMul, Gemm or two-dimensional Conv, then perhaps the Add of a bias row, then perhaps a Relu; or a "
        "call of a function that consists of these. Legal for float32 and constant shapes, if no value in between is read elsewhere, the batch dimensions "
        "agree (or the right side is one matrix), and Gemm scales nothing. The call stays a node of the graph, beside nodes that become loops. A library "
        "adds in its own order, so the step is reassociated. The artifact opens the library by name when it is first called and says so if it is missing. "
        "From the course: linear0 as loops beside a library call in one module; TVM calls it dispatch to a library or BYOC.";
    t.alsoKnownAs = {"call_dps_packed (TVM)", "BYOC (TVM)"};
    t.parameters = {
        {"function", ParameterKind::Function, "The graph function.", "", false, {}},
        {"nodes", ParameterKind::Nodes, "The product, then its bias and Relu; or one call.", "", false, {}},
        {"routine", ParameterKind::Choice, "The library's routine.", "onednn.matmul", false, library::routineNames()}};
    t.appliesTo = {NodeKind::Operator};
    t.effect = Effect::Reassociated;
    t.example.before = R"(module example(entry=main):

const @w: f32[3, 2] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
const @b: f32[3] = [0.5, -0.5, 1.0]

def main(x: f32[4, 2]) -> (y: f32[4, 3]):
    h: f32[4, 3] = Gemm(x, @w, @b, transB=1, node="Gemm_0", version=13)
    y: f32[4, 3] = Relu(h, node="Relu_0", version=14)
    return y
)";
    t.example.step = "library.call_library(main, [Gemm_0, Relu_0], onednn.matmul)";
    t.example.after = R"(module example(entry=main):

const @w: f32[3, 2] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
const @b: f32[3] = [0.5, -0.5, 1.0]

def main(x: f32[4, 2]) -> (y: f32[4, 3]):
    y: f32[4, 3] = `onednn.matmul`(x, @w, @b, epilogue="relu", transB=1, node="Gemm_0", domain="library")
    return y
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
