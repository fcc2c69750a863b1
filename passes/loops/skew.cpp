// Skewing: an inner loop runs later for each iteration of a loop around it, so that what depended on the iteration
// before and to the right depends on the one straight above.
//
// Why it is right: the order of executions stays. The new inner loop covers its old values moved by factor times the
// outer variable, a predicate leaves out what lies beyond, and blocks are bound to the difference, so each outer
// iteration makes the same executions in the same order. What it is for comes after: a dependence of distance (1, -1)
// becomes (1, 0), and the loops may be reordered, tiled or run as a wavefront (Wolfe 1986; Bondhugula et al. 2008).
#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

constexpr std::int64_t mostIterations = std::int64_t(1) << 31;

struct Skewed {
    std::int64_t extent = 0;  // of the new loop
    std::int64_t first = 0;   // what is added so that it begins at 0
};

Result<Skewed> skewed(const Function& function, const Loop& loop, const Loop& by, std::int64_t factor)
{
    STRATA_TRY(const std::int64_t extent, extentOf(function, loop));
    STRATA_TRY(const std::int64_t outer, extentOf(function, by));
    const Cursor cursor = loopCursor(function, loop.name);
    if (factor == 0)
        return refused(say("A factor of 0 leaves loop {} as it is.", loop.name), {cursor},
                       "The factor is the distance that each iteration of the outer loop adds: 1, or -1.");
    if (std::abs(factor) > mostIterations / std::max<std::int64_t>(outer, 1)
        || extent + std::abs(factor) * outer > mostIterations)
        return refused(say("A factor of {} makes loop {} too long.", factor, loop.name), {cursor});
    const std::int64_t most = std::abs(factor) * std::max<std::int64_t>(outer - 1, 0);
    return Skewed{extent + most, factor < 0 ? most : 0};
}

Result<const Loop*> outerOf(const Function& function, const Located& found, const std::string& by)
{
    const Loop* outer = nullptr;
    for (const StmtPtr& stmt : found.ancestors) {
        if (const Loop* loop = as<Loop>(stmt); loop && loop->name == by)
            outer = loop;
        if (const Block* block = as<Block>(stmt); outer && block)
            return refused(
                say("Block {} stands between loop {} and loop {} inside it.", block->name, by, found.loop()->name),
                {blockCursor(function, block->name)},
                "What is in a block speaks of its iterators, not of the loops around it.");
    }
    if (outer)
        return outer;
    return refused(say("Loop {} is not inside loop {}.", found.loop()->name, by),
                   {loopCursor(function, found.loop()->name), loopCursor(function, by)},
                   "A loop is skewed by one that runs around it.");
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located found, loopOf(*function, arguments.text("loop")));
    STRATA_CHECK(loopOf(*function, arguments.text("by")));
    STRATA_TRY(const Loop* by, outerOf(*function, found, arguments.text("by")));
    const Loop& loop = *found.loop();
    STRATA_CHECK(requireSerial(*function, loop, "skew"));
    STRATA_TRY(const Skewed made, skewed(*function, loop, *by, arguments.integer("factor")));
    const Cursor cursor = loopCursor(*function, loop.name);
    if (holdsBareStatement(loop.body))
        return refused(say("A statement below loop {} stands in no block that could get a predicate.", loop.name),
                       {cursor});
    Names names(*function);
    STRATA_TRY(const std::string name, names.argumentOr(*function, arguments, "name", loop.name + "_skewed"));

    Ranges ranges = rangesAround(found.ancestors);
    ranges[name] = {0, made.extent};
    const ExprPtr value = simplify(var(name) - var(by->name) * arguments.integer("factor") - made.first, ranges);
    STRATA_TRY(const std::int64_t extent, extentOf(*function, loop));
    const std::vector<ExprPtr> inside{binary(Op::Le, intConst(0), value), binary(Op::Lt, value, intConst(extent))};
    const Body body = guard(rebind(loop.body, {{loop.name, value}}, ranges), conjunction(inside));
    const Body all = replaceLoop(function->loops()->body, loop.name, [&](const Loop&) {
        Loop copy = loop;
        copy.name = name;
        copy.extent = intConst(made.extent);
        copy.body = body;
        return Body{makeStmt(std::move(copy))};
    });
    return changeOf(withBody(*function, all), {{cursor, {loopCursor(*function, name)}}});
}

// By the next loop around, once.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Loop));
    STRATA_TRY(const Located loop, loopOf(*function, selection.name));
    const std::vector<std::string> around = loopsAround(loop);
    if (around.empty())
        return refused(say("No loop runs around loop {}.", selection.name), {selection},
                       "Select an inner loop; it is skewed by one around it.");
    return Arguments{{{"function", selection.function},
                      {"loop", selection.name},
                      {"by", around.back()},
                      {"factor", std::int64_t(1)}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_skew)
{
    Transform transform;
    transform.id = "loops.skew";
    transform.title = "Skew a loop";
    transform.summary = "Lets an inner loop run later by one (or the factor) for each iteration of a loop around it.";
    transform.documentation =
        "Where each iteration needs what the one before made further right, as stencils over time do, the two loops cannot change "
        "places. Skewed, the need points straight down, and reorder, tiling and running a wavefront in parallel become legal.\n\n"
        "The order of executions stays as it is, so the result is the same bit for bit. The new loop is longer: a predicate leaves "
        "out what lies beyond the old one. A negative factor leans the other way.\n\n"
        "The loop must be serial, and both extents numbers. Wolfe, Loop Skewing: The Wavefront Method Revisited, 1986.";
    transform.alsoKnownAs = {"wavefront", "skewing", "transform_block_layout (TVM, affine map)", "Clint"};
    transform.parameters = {
        loops::functionParameter(), loops::parameter("loop", ParameterKind::Loop, "The inner loop, which is skewed."),
        loops::parameter("by", ParameterKind::Loop, "The loop around it."),
        loops::optionalParameter("factor", ParameterKind::Integer, "How far each outer iteration moves it.", "1"),
        loops::optionalParameter("name", ParameterKind::Name, "Name of the new loop.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def stencil(x: f32[6, 6]) -> (a: f32[6, 6]):
    for i, j in grid(6, 6):
        with block("copy") as (vi: spatial(6) = i, vj: spatial(6) = j):
            a[vi, vj] = x[vi, vj]
    for t, s in grid(5, 5):
        with block("step") as (vt: ordered(5) = t, vs: ordered(5) = s):
            a[vt + 1, vs] = (a[vt + 1, vs] + a[vt, vs + 1]) * 0.5
)",
                                       "loops.skew(stencil, s, t)", R"(@loops
def stencil(x: f32[6, 6]) -> (a: f32[6, 6]):
    for i, j in grid(6, 6):
        with block("copy") as (vi: spatial(6) = i, vj: spatial(6) = j):
            a[vi, vj] = x[vi, vj]
    for t, s_skewed in grid(5, 9):
        with block("step") as (vt: ordered(5) = t, vs: ordered(5) = s_skewed - t):
            where((0 <= s_skewed - t) & (s_skewed - t < 5))
            a[vt + 1, vs] = (a[vt + 1, vs] + a[vt, vs + 1]) * 0.5
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
