// loops.set_scope: a buffer lives in registers, in memory that a block of threads shares, or in global memory. The
// values do not change; a buffer that becomes private is made as small as one iteration needs, which is where
// compact.cpp has its conditions.
#include "passes/loops/compact.h"

#include "core/base/condition.h"
#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, arguments.text("buffer")));
    const Cursor cursor = bufferCursor(*function, buffer.name);
    const Scope scope = scopeOf(arguments);
    if (!STRATA_CONDITION("set_scope.intermediate", !isParameter(*function, buffer.name)))
        return refused(say("{} belongs to the caller, so it lives in global memory.", buffer.name), {cursor},
                       "Use cache_read or cache_write.");
    if (buffer.scope == scope)
        return refused(say("Buffer {} is {} already.", buffer.name, name(scope)), {cursor});
    Buffer changed = buffer;
    changed.scope = scope;
    const FunctionPtr after = withBody(*function,
                                       replaceAlloc(function->loops()->body, buffer.name,
                                                    [&](const Buffer&) { return Body{makeStmt(Alloc{changed})}; }));
    return changeOf(scope == Scope::Global ? after : compacted(module, after, buffer.name));
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Buffer));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, selection.name));
    const std::string scope = buffer.scope == Scope::Global ? "local" : "global";
    return Arguments{{{"function", selection.function}, {"buffer", selection.name}, {"scope", scope}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_set_scope)
{
    Transform transform;
    transform.id = "loops.set_scope";
    transform.title = "Choose where a buffer lives";
    transform.summary = "Moves an intermediate buffer into local, shared or global memory.";
    transform.documentation =
        "Local memory is private to one iteration of the loops around the allocation and becomes registers on the CPU if its indices are constant after unrolling. "
        "Shared memory is seen by the threads of one block of a GPU. A buffer that becomes local or shared moves into the innermost loop that holds all its "
        "uses and shrinks to what one iteration touches.\n\n"
        "Parameters and results are the caller's. Exact.";
    transform.alsoKnownAs = {"T.set_scope", "set_memory (Exo)", "store_in (Halide)"};
    Parameter scope = loops::scopeParameter("");
    scope.optional = false;
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("buffer", ParameterKind::Buffer, "An intermediate buffer."), scope};
    transform.appliesTo = {NodeKind::Buffer};
    transform.example = loops::example(R"(@loops
def rows(x: f32[8, 4]) -> (y: f32[8, 4]):
    a = alloc f32[8, 4]
    for i, j in grid(8, 4):
        with block("double") as (vi: spatial(8) = i, vj: spatial(4) = j):
            a[vi, vj] = x[vi, vj] * 2.0
        with block("add") as (vi: spatial(8) = i, vj: spatial(4) = j):
            y[vi, vj] = a[vi, vj] + 1.0
)",
                                       "loops.set_scope(rows, a, local)", R"(@loops
def rows(x: f32[8, 4]) -> (y: f32[8, 4]):
    for i, j in grid(8, 4):
        a = alloc f32[1, 1] in local
        with block("double") as (vi: spatial(8) = i, vj: spatial(4) = j):
            a[0, 0] = x[vi, vj] * 2.0
        with block("add") as (vi: spatial(8) = i, vj: spatial(4) = j):
            y[vi, vj] = a[0, 0] + 1.0
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
