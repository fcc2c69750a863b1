// library.place: which device runs a call, whatever the target of the run says of the rest.
#include "core/ir/implementations.h"
#include "core/ir/placement.h"
#include "passes/rewrite/graph.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

constexpr const char* asTarget = "target";

// The function, or one that is chosen for it, has kernels.
bool hasKernels(const Module& module, const Function& callee)
{
    const std::vector<FunctionPtr> others = implementationsOf(module, callee.name);
    return isDeviceFunction(callee)
           || std::any_of(others.begin(), others.end(), [](const FunctionPtr& one) { return isDeviceFunction(*one); });
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const GraphNodePtr node, findNode(*graph, arguments.text("node")));
    const std::vector<Cursor> nodes{nodeCursor(*graph, node->name)};
    if (!node->isCall())
        return refused(say("Node {} ({}) calls no function of the module.", node->name, node->op), nodes,
                       "Lower it to loops first.");
    const std::string& device = arguments.text("device");
    const std::string before = placement(node->attributes);
    if (device == (before.empty() ? asTarget : before))
        return refused(before.empty() ? say("Node {} is placed nowhere.", node->name)
                                      : say("Node {} is placed on {} already.", node->name, device),
                       nodes);
    const FunctionPtr callee = module.find(node->callee);
    if (device != asTarget && callee && !hasKernels(module, *callee))
        return refused(say("{}, which node {} calls, has no loop that is bound to a device.", node->callee, node->name),
                       nodes, "The cpu runs it in any case. Bind its loops by loops.bind first.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const GraphNodePtr call, findNode(*graph, arguments.text("node")));
    GraphNode placed = *call;
    placed.attributes.erase(placementAttribute);
    if (const std::string& device = arguments.text("device"); device != asTarget)
        placed.attributes[placementAttribute] = device;
    GraphBody body = *graph->graph();
    for (GraphNodePtr& node : body.nodes)
        if (node == call)
            node = std::make_shared<const GraphNode>(placed);
    return difference(module, *withBody(module, *graph, std::move(body)), {}, Effect::Exact);
}

}  // namespace

STRATA_TRANSFORM(library_place)
{
    Transform t;
    t.id = "library.place";
    t.level = Level::Library;
    t.title = "Place a call on a device";
    t.summary = "Says which device runs a call: the CPU, one that its function has kernels for, or the one of the target.";
    t.documentation =
        "Without it the target of a run decides: on the CPU all calls run there, with a device as target those of functions whose loops are bound to "
        "blocks and threads run on it. A call that is placed runs where it says, so that one model uses several devices. What one call hands to the next on "
        "the same device stays there; copies stand in the host program, where the host or another device needs a value. A device that the build does "
        "not know is refused when the model is built, one that the machine lacks when it runs.\n\n"
        "The numbers are those of the CPU as far as the device computes as the language of its kernels promises.";
    t.alsoKnownAs = {"device placement", "target annotation (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function that holds the call.", "", false, {}},
                    {"node", ParameterKind::Node, "The call.", "", false, {}},
                    {"device", ParameterKind::Name, "cpu, the name of a device, or target: as the target says.", onCpu,
                     false, {}}};
    t.appliesTo = {NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[64]) -> (y: f32[64]):
    y: f32[64] = call double(x, node="double")
    return y

@loops
def double(x: f32[64]) -> (y: f32[64]):
    for i in bound(64, "threadIdx.x"):
        with block("double") as (vi: spatial(64) = i):
            y[vi] = x[vi] + x[vi]
)";
    t.example.step = "library.place(main, double, cpu)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[64]) -> (y: f32[64]):
    y: f32[64] = call double(x, device="cpu", node="double")
    return y

@loops
def double(x: f32[64]) -> (y: f32[64]):
    for i in bound(64, "threadIdx.x"):
        with block("double") as (vi: spatial(64) = i):
            y[vi] = x[vi] + x[vi]
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
