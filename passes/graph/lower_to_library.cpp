// graph.lower_to_library: the entry becomes a runtime program, visibly.
#include "core/ir/implementations.h"
#include "passes/lowering/lower.h"
#include "passes/rewrite/graph.h"

#include <set>

namespace strata {

namespace {

using namespace graph;

Result<LoweredModule> lowered(const Module& module) { return lowerKeepingChoices(module, nullptr, false); }

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    if (graph != module.entryFunction())
        return refused(
            say("{} is not the entry; a function that is called becomes loops, not a runtime program.", graph->name),
            {functionCursor(graph->name)}, "Use graph.lower_to_loops.");
    if (byDefault(*graph) != graph->name)
        return refused(say("{} runs in the place of {}.", byDefault(*graph), graph->name),
                       {functionCursor(graph->name)}, "Choose " + graph->name + " itself first.");
    return {};
}

// Nodes that the lowering does not speak of and that are not there any more are gone.
Result<Change> plan(const Module& module, const Arguments&, const TransformContext&)
{
    STRATA_TRY(LoweredModule result, lowered(module));
    const std::vector<Cursor> all = cursors(*result.module);
    const std::set<Cursor> there(all.begin(), all.end());
    Forwarding forwarding;
    for (const Cursor& cursor : cursors(module)) {
        std::vector<Cursor> targets;
        for (const Cursor& target : forward(result.forwarding, cursor))
            if (there.count(target))
                targets.push_back(target);
        if (targets != std::vector{cursor})
            forwarding[cursor] = std::move(targets);
    }
    return difference(module, *result.module, std::move(forwarding));
}

}  // namespace

STRATA_TRANSFORM(graph_lower_to_library)
{
    Transform t;
    t.id = "graph.lower_to_library";
    t.level = Level::Graph;
    t.title = "Lower to a runtime program";
    t.summary =
        "Turns the entry into allocations and calls in destination-passing style, and every node without loops into a function with loops.";
    t.documentation =
        "What the library pane shows as a preview becomes the module: each value gets a buffer, each node a call, Reshape and its like become views of "
        "the same memory, equal nodes call one function. After it, memory can be planned by a step and single calls can be changed. Needs constant shapes and a "
        "definition for every node. Nothing is computed otherwise than before.";
    t.alsoKnownAs = {"CallTIRRewrite and LowerAllocTensor (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The entry.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call twice(x, node="first")
    y: f32[4] = call twice(h, node="second")
    return y

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.example.step = "graph.lower_to_library(main)";
    t.example.after = R"(module example(entry=main):

@library
def main(x: f32[4]) -> (y: f32[4]):
    h = alloc f32[4]
    twice(x, out=h, node="first")
    twice(h, out=y, node="second")

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
