// loops.serial: back to one iteration after the other, which is what every kind of loop computes in the end. The
// exception is a kernel of which other loops stay bound: then one block would run this one, and the others do not wait.
#include "passes/loops/kinds.h"

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located loop, loopOf(*function, arguments.text("loop")));
    if (loop.loop()->kind == LoopKind::Serial)
        return refused(say("Loop {} is serial already.", loop.loop()->name),
                       {loopCursor(*function, loop.loop()->name)});
    return withKind(*function, *loop.loop(), LoopKind::Serial);
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_serial)
{
    Transform transform = loops::kindTransform(
        "loops.serial", "Run a loop serially",
        "Takes back parallel, vectorize, unroll or bind: the iterations run one after another.");
    transform.documentation =
        "Exact: iterations that may run in any order may also run in program order. The loop keeps its name and its place; only how its iterations run changes. Legal "
        "but where the loop is bound to blocks and others of its kernel stay so: then one block would run it, and the others do not wait for that block.";
    transform.alsoKnownAs = {"T.serial", "undo the kind of a loop"};
    transform.example = loops::kindExample("loops.serial(double, i)", "range(8)");
    transform.example.before = loops::kindExample("", "parallel(8)").after;
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
