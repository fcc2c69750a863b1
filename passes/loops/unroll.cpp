// loops.unroll: the body of a loop is written once for each iteration. Always right; the limit keeps the code small
// enough to compile and to fit the instruction cache.
#include "passes/loops/kinds.h"

namespace strata::loops {

namespace {

constexpr std::int64_t mostCopies = 4096;

// How many copies of the innermost body the loop and the unrolled ones in it stand for, along the largest path.
std::int64_t copies(const Body& body)
{
    std::int64_t most = 1;
    for (const StmtPtr& stmt : body) {
        std::int64_t count = copies(children(stmt));
        if (const Loop* loop = as<Loop>(stmt); loop && loop->kind == LoopKind::Unrolled)
            count *= std::max<std::int64_t>(1, number(loop->extent).value_or(1));
        most = std::max(most, count);
    }
    return most;
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located loop, loopOf(*function, arguments.text("loop")));
    STRATA_CHECK(requireSerial(*function, *loop.loop(), "unroll"));
    STRATA_TRY(const std::int64_t extent, extentOf(*function, *loop.loop()));
    std::int64_t count = extent * copies(loop.loop()->body);
    for (const StmtPtr& stmt : loop.ancestors)
        if (const Loop* outer = as<Loop>(stmt); outer && outer->kind == LoopKind::Unrolled)
            count *= number(outer->extent).value_or(1);
    if (count > mostCopies)
        return refused(say("Unrolling loop {} makes {} copies of its body; the limit is {}.", loop.loop()->name, count,
                           mostCopies),
                       {loopCursor(*function, loop.loop()->name)}, "Split it first and unroll the inner loop.");
    return withKind(*function, *loop.loop(), LoopKind::Unrolled);
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_unroll)
{
    Transform transform = loops::kindTransform("loops.unroll", "Unroll a loop",
                                               "Writes the body of a loop once for each of its iterations.");
    transform.documentation =
        "The iterations stay in their order, so the result is the same bit for bit. Unrolled code has no loop counter, its indices are constants, and values of "
        "a local buffer can live in registers from one iteration to the next: that is what a register tile needs.\n\n"
        "The extent must be constant, and the copies may not become too many.";
    transform.alsoKnownAs = {"T.unroll", "unroll_loop (Exo)", "unroll (Halide)"};
    transform.example = loops::kindExample("loops.unroll(double, i)", "unrolled(8)");
    loops::setPlanAlone(transform, loops::plan);
    return transform;
}

}  // namespace strata
