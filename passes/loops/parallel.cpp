// loops.parallel: the iterations of a loop run on several threads. Right if no two of them touch an element that one of
// them writes.
#include "passes/loops/kinds.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located loop, loopOf(*function, arguments.text("loop")));
    STRATA_CHECK(requireSerial(*function, *loop.loop(), "parallel"));
    STRATA_REQUIRE("parallel.independent", requireIndependent(module, *function, loop, "parallel"));
    return withKind(*function, *loop.loop(), LoopKind::Parallel);
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_parallel)
{
    Transform transform = loops::kindTransform("loops.parallel", "Run a loop in parallel",
                                               "Shares the iterations of a loop among the threads.");
    transform.documentation =
        "Legal if no iteration touches an element that another writes, which is decided by the form of the indices or by exact analysis; a loop that "
        "runs through a reduction is refused. Every element is computed as before, so the result is the same bit for bit, whatever the number of "
        "threads.\n\n"
        "It pays for an outer loop whose iterations are long: handing out work costs some microseconds.";
    transform.alsoKnownAs = {"T.parallel", "omp parallel for", "parallelize_loop (Exo)", "parallel (Halide)"};
    transform.example = loops::kindExample("loops.parallel(double, i)", "parallel(8)");
    loops::setPlanAlone(transform, loops::plan);
    return transform;
}

}  // namespace strata
