// library.plan_memory: buffers of a runtime program share one arena.
#include "core/transform/transform.h"
#include "passes/library/memory_plan.h"
#include "passes/rewrite/function.h"

namespace strata {

namespace {

Status applies(const Module& module, const Arguments& arguments)
{
    const std::string& name = arguments.text("function");
    STRATA_TRY(const FunctionPtr function, findFunction(module, name));
    const LibraryBody* body = function->library();
    if (!body)
        return refused(say("Function {} is held at the {} level; only a runtime program has buffers to plan.", name,
                           strata::name(function->level())),
                       {functionCursor(name)}, "Lower it first: graph.lower_to_library.");
    for (const LibraryStmtPtr& stmt : body->statements)
        if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get());
            allocation && !byteCount(allocation->type))
            return refused(
                say("Buffer {} has type {}, whose size is not known.", allocation->name, toString(allocation->type)),
                {{name, NodeKind::Buffer, allocation->name}},
                "Bind the symbolic dimensions first: graph.bind_dimension.");
    if (lifetimes(*body).empty())
        return refused(say("Function {} allocates nothing.", name), {functionCursor(name)});
    if (const LibraryBody planned = planMemory(*body); planned.arenaBytes == body->arenaBytes && body->arenaBytes > 0)
        return refused(say("The memory of {} is planned already: {} bytes.", name, body->arenaBytes),
                       {functionCursor(name)});
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    Function changed = *module.find(arguments.text("function"));
    const LibraryBody planned = planMemory(*changed.library());
    std::int64_t apart = 0;
    for (const Lifetime& lifetime : lifetimes(planned))
        apart += lifetime.bytes;
    changed.body = planned;
    Change change = changeOf(std::make_shared<const Function>(std::move(changed)));
    change.notes.push_back("The arena has " + std::to_string(planned.arenaBytes)
                           + " bytes; the buffers, each for itself, have " + std::to_string(apart) + ".");
    return change;
}

}  // namespace

STRATA_TRANSFORM(library_plan_memory)
{
    Transform t;
    t.id = "library.plan_memory";
    t.level = Level::Library;
    t.title = "Plan the memory";
    t.summary =
        "Places the buffers of a runtime program in one arena, so that those never live at the same time share memory.";
    t.documentation =
        "A buffer is live from its allocation to the last statement that touches it or a view of it. From the largest to the smallest, each gets the lowest "
        "offset at which nothing lies that is live at the same time (greedy by size; Pisarchyk and Lee, 2020); offsets are multiples of 64 bytes. "
        "The inputs and outputs of one call never overlap, so nothing is computed in place. Parameters, results and constants are not in the arena. "
        "Legal whenever all sizes are known; values do not change.";
    t.alsoKnownAs = {"StaticPlanBlockMemory (TVM)", "buffer assignment (XLA)"};
    t.parameters = {{"function", ParameterKind::Function, "The runtime program.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Buffer, NodeKind::Operator};
    const std::string rest = R"(
@loops
def twice(a: f32[16]) -> (b: f32[16]):
    for i in range(16):
        with block("b") as (vi: spatial(16) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.example.before = R"(module example(entry=main):

@library
def main(x: f32[16]) -> (y: f32[16]):
    h = alloc f32[16]
    twice(x, out=h, node="first")
    g = alloc f32[16]
    twice(h, out=g, node="second")
    f = alloc f32[16]
    twice(g, out=f, node="third")
    twice(f, out=y, node="fourth")
)" + rest;
    t.example.step = "library.plan_memory(main)";
    t.example.after = R"(module example(entry=main):

@library(arena=128)
def main(x: f32[16]) -> (y: f32[16]):
    h = alloc f32[16] at arena[0:+64]
    twice(x, out=h, node="first")
    g = alloc f32[16] at arena[64:+64]
    twice(h, out=g, node="second")
    f = alloc f32[16] at arena[0:+64]
    twice(g, out=f, node="third")
    twice(f, out=y, node="fourth")
)" + rest;
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
