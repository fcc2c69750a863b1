// loops.bind: the iterations of a loop become the blocks of a device, or the threads of a block.
//
// Threads of a block meet at barriers, so for them iterations are independent if those of the loop itself are (as for
// parallel). Blocks wait for each other only where a kernel ends, and a kernel is a whole statement of the function:
// there nothing in it may touch what another block writes, whatever serial loops stand around. Loops of one kernel on
// one axis are the same blocks or threads, hence of one extent and never inside each other. TVM: bind.
#include "core/text/text.h"
#include "passes/loops/kinds.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"
#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

constexpr std::int64_t mostThreads = 1024;

Status requireFreeAxis(const Function& function, const Located& loop, const std::string& axis)
{
    const Cursor cursor = loopCursor(function, loop.loop()->name);
    const Loop* nested = nullptr;
    const auto look = [&](const StmtPtr& stmt) {
        if (const Loop* other = as<Loop>(stmt); other && other->axis == axis)
            nested = other;
    };
    for (const StmtPtr& stmt : loop.ancestors)
        look(stmt);
    walk(loop.loop()->body, look);
    if (nested)
        return refused(say("Loop {}, in one nest with {}, is bound to {} already.", nested->name, cursor.name, axis),
                       {cursor, loopCursor(function, nested->name)},
                       "Bind to another axis, or fuse the two loops first.");
    return {};
}

// The outermost loop around that is bound, or the loop itself: what becomes one kernel.
const Loop* kernelOf(const Located& loop)
{
    for (const StmtPtr& stmt : loop.ancestors)
        if (const Loop* outer = as<Loop>(stmt); outer && outer->kind == LoopKind::Bound)
            return outer;
    return loop.loop();
}

Status requireExtents(const Function& function, const Located& loop, const std::string& axis)
{
    STRATA_TRY(const std::int64_t extent, extentOf(function, *loop.loop()));
    const Cursor cursor = loopCursor(function, loop.loop()->name);
    std::map<std::string, std::int64_t> threads;
    if (axis.starts_with("threadIdx"))
        threads[axis] = extent;
    const Loop* differs = nullptr;
    const auto look = [&](const StmtPtr& stmt) {
        const Loop* other = as<Loop>(stmt);
        if (!other || other->kind != LoopKind::Bound)
            return;
        const auto count = number(other->extent);
        if (other->axis == axis && count != extent)
            differs = other;
        if (other->axis.starts_with("threadIdx") && count)
            threads[other->axis] = *count;
    };
    walk({loop.ancestors.empty() ? loop.stmt : loop.ancestors.front()}, look);
    if (differs)
        return refused(say("Loop {} has {} iterations, but loop {}, bound to {} in the same kernel, has {}.",
                           cursor.name, extent, differs->name, axis, print(differs->extent)),
                       {cursor, loopCursor(function, differs->name)}, "Split it so that both have the same extent.");
    std::int64_t product = 1;
    for (const auto& [name, count] : threads)
        product *= count;
    if (product > mostThreads)
        return refused(say("The kernel would have {} threads a block; devices allow {}.", product, mostThreads),
                       {cursor}, "Split the loop first.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located loop, loopOf(*function, arguments.text("loop")));
    const std::string& axis = arguments.text("axis");
    STRATA_CHECK(requireSerial(*function, *loop.loop(), "bind"));
    STRATA_REQUIRE("bind.axis", requireFreeAxis(*function, loop, axis));
    STRATA_REQUIRE("bind.extents", requireExtents(*function, loop, axis));
    Change bound = withKind(*function, *loop.loop(), LoopKind::Bound, axis);
    const FunctionPtr after = bound.function(function->name);
    STRATA_REQUIRE("bind.independent", requireBoundIndependent(module, *after, *findLoop(*after, loop.loop()->name)));
    return bound;
}

// Blocks outside, threads inside.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Loop));
    STRATA_TRY(const Located loop, loopOf(*function, selection.name));
    const std::string axis = kernelOf(loop) == loop.loop() ? "blockIdx.x" : "threadIdx.x";
    return Arguments{{{"function", selection.function}, {"loop", selection.name}, {"axis", axis}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_bind)
{
    Transform transform = loops::kindTransform("loops.bind", "Bind a loop to a device axis",
                                               "Lets the blocks or threads of a GPU run the iterations of a loop.");
    transform.parameters.push_back(
        {"axis",
         ParameterKind::Choice,
         "The axis of the grid of blocks, or of the threads in a block.",
         "",
         false,
         {"blockIdx.x", "blockIdx.y", "blockIdx.z", "threadIdx.x", "threadIdx.y", "threadIdx.z"}});
    transform.documentation =
        "Legal as parallel is; blocks moreover wait for each other only where a kernel ends, and a kernel is an outermost statement of the function with "
        "all loops in it, serial ones too: no block may touch, anywhere in it, what another one writes. Loops of one kernel that are bound to the same axis have the same extent and follow each other (never one inside the "
        "other): between two of them all threads of a block wait for each other, so what one wrote into shared memory the next may read. At most 1024 "
        "threads make a block.";
    transform.alsoKnownAs = {"T.thread_binding", "gpu_blocks, gpu_threads (Halide)"};
    transform.example = loops::kindExample("loops.bind(double, i, threadIdx.x)", "bound(8, \"threadIdx.x\")");
    loops::setPlanAlone(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
