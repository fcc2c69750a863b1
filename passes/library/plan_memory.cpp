// library.plan_memory: buffers of a runtime program share one arena.
#include "core/transform/transform.h"
#include "passes/library/memory_plan.h"
#include "passes/rewrite/function.h"

#include <set>

namespace strata {

namespace {

std::set<std::int64_t> storages(const LibraryBody& body)
{
    std::set<std::int64_t> result;
    for (const LibraryStmtPtr& stmt : body.statements)
        if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get()); allocation && allocation->storage)
            result.insert(*allocation->storage);
    return result;
}

std::string extent(const LibraryBody& planned)
{
    const std::size_t count = storages(planned).size();
    return count ? std::to_string(count) + (count == 1 ? " storage" : " storages")
                 : std::to_string(planned.arenaBytes) + " bytes";
}

// As well as it can be.
bool isPlanned(const LibraryBody& body)
{
    const LibraryBody planned = planMemory(body);
    const std::set<std::int64_t> now = storages(body);
    return now.empty() ? body.arenaBytes > 0 && planned.arenaBytes == body.arenaBytes
                       : storages(planned).size() == now.size();
}

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
        if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get()); allocation && !allocation->type.ranked)
            return refused(
                say("Buffer {} has type {}, whose size is not known.", allocation->name, toString(allocation->type)),
                {{name, NodeKind::Buffer, allocation->name}});
    if (lifetimes(*body).empty())
        return refused(say("Function {} allocates nothing.", name), {functionCursor(name)});
    if (isPlanned(*body))
        return refused(say("The memory of {} is planned already: {}.", name, extent(*body)), {functionCursor(name)});
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    Function changed = *module.find(arguments.text("function"));
    const LibraryBody planned = planMemory(*changed.library());
    const std::vector<Lifetime> all = lifetimes(planned);
    std::int64_t apart = 0;
    for (const Lifetime& lifetime : all)
        apart += lifetime.bytes;
    changed.body = planned;
    Change change = changeOf(std::make_shared<const Function>(std::move(changed)));
    change.notes.push_back("The arena has " + extent(planned) + "; the buffers, each for itself, have "
                           + (planned.arenaBytes ? std::to_string(apart) : "one each: " + std::to_string(all.size()))
                           + ".");
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
        "In a program with sizes nobody knows the bytes before it runs: each buffer gets a storage, buffers that never live at the same time share one, and "
        "when the program runs each storage is as large as its largest buffer, one behind the other. Values do not change.";
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
