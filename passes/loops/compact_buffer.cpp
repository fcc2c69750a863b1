// loops.compact_buffer: a buffer becomes as small as what one iteration around its uses needs (see compact.cpp).
#include "passes/loops/compact.h"

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, arguments.text("buffer")));
    const Cursor cursor = bufferCursor(*function, buffer.name);
    if (isParameter(*function, buffer.name))
        return refused(say("{} belongs to the caller, who decides its size.", buffer.name), {cursor},
                       "Choose an intermediate buffer.");
    const FunctionPtr smaller = compacted(module, function, buffer.name);
    if (smaller == function)
        return refused(say("Buffer {} is as small as its uses allow: they share no loop in which nothing is "
                           "carried from one iteration to the next, or touch all of it there.",
                           buffer.name),
                       {cursor},
                       "Move its producer and consumers under one loop with compute_at or reverse_compute_at first.");
    return changeOf(smaller);
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_compact_buffer)
{
    Transform transform;
    transform.id = "loops.compact_buffer";
    transform.title = "Compact a buffer";
    transform.summary = "Moves an allocation into the loop that uses it and shrinks it to what one iteration touches.";
    transform.documentation =
        "The allocation moves into the innermost loop around all uses in which every element is written before it is read, and the buffer becomes the box that "
        "one iteration touches there. Blocks that spoke of the whole buffer get iterators for the place inside the box.\n\n"
        "Exact. compute_at and reverse_compute_at do it by themselves for local and shared buffers.";
    transform.alsoKnownAs = {"compact_buffer_allocation (TVM)", "fold_storage (Halide)", "stage_mem (Exo)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("buffer", ParameterKind::Buffer, "An intermediate buffer.")};
    transform.appliesTo = {NodeKind::Buffer};
    transform.example = loops::example(R"(@loops
def rows(x: f32[8, 16]) -> (y: f32[8, 16]):
    a = alloc f32[8, 16]
    for i in range(8):
        for j in range(16):
            with block("double") as (vi: spatial(8) = i, vj: spatial(16) = j):
                a[vi, vj] = x[vi, vj] * 2.0
        for k in range(16):
            with block("add") as (vi: spatial(8) = i, vj: spatial(16) = k):
                y[vi, vj] = a[vi, vj] + 1.0
)",
                                       "loops.compact_buffer(rows, a)", R"(@loops
def rows(x: f32[8, 16]) -> (y: f32[8, 16]):
    for i in range(8):
        a = alloc f32[1, 16]
        for j in range(16):
            with block("double") as (vi: spatial(8) = i, vj: spatial(16) = j):
                a[0, vj] = x[vi, vj] * 2.0
        for k in range(16):
            with block("add") as (vi: spatial(8) = i, vj: spatial(16) = k):
                y[vi, vj] = a[0, vj] + 1.0
)");
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
