// loops.vectorize: the iterations of an innermost loop become the lanes of vector instructions.
//
// All lanes of one statement run before the next statement, so iterations must be independent, as for parallel; a
// vectorized sum would change the order of additions and is what rfactor is for. Neighbouring iterations should touch
// neighbouring elements, or each is gathered; a note says where not.
#include "passes/loops/kinds.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"

#include "core/analysis/accesses.h"

#include <algorithm>

namespace strata::loops {

namespace {

constexpr std::int64_t mostLanes = 256;

Status requireInnermost(const Function& function, const Loop& loop)
{
    std::vector<Cursor> loops{loopCursor(function, loop.name)};
    walk(loop.body, [&](const StmtPtr& stmt) {
        if (const Loop* inner = as<Loop>(stmt))
            loops.push_back(loopCursor(function, inner->name));
    });
    if (loops.size() == 1)
        return {};
    const std::string& inside = loops[1].name;
    return refused(say("Loop {} holds loop {}; only an innermost loop becomes vector instructions.", loop.name, inside),
                   std::move(loops), "Reorder so that " + loop.name + " is innermost.");
}

Status requireWidth(const Function& function, const Loop& loop)
{
    STRATA_TRY(const std::int64_t extent, extentOf(function, loop));
    if (extent > mostLanes)
        return refused(
            say("Loop {} has {} iterations; one vector statement has at most {}.", loop.name, extent, mostLanes),
            {loopCursor(function, loop.name)}, "Split it first, by 8 or 16 for instance.");
    return {};
}

// Names the accesses that are neither the same element in all lanes nor neighbours.
std::vector<std::string> stridedAccesses(const Module& module, const Located& located)
{
    const Loop& loop = *located.loop();
    Ranges ranges = rangesAround(located.ancestors);
    enter(ranges, loop.name, loop.extent);
    std::set<std::string> found;
    for (const Access& access : accesses(&module, loop.body)) {
        for (std::size_t d = 0; d < access.begin.size(); ++d) {
            const Linear index = linear(access.begin[d], ranges), rest = add(index, linear(var(loop.name)), -1);
            const bool isLast = d + 1 == access.begin.size();
            if (mentions(index.expr(), loop.name) && (!isLast || mentions(rest.expr(), loop.name)))
                found.insert(access.buffer);
        }
    }
    return {found.begin(), found.end()};
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located loop, loopOf(*function, arguments.text("loop")));
    STRATA_CHECK(requireSerial(*function, *loop.loop(), "vectorize"));
    STRATA_REQUIRE("vectorize.innermost", requireInnermost(*function, *loop.loop()));
    STRATA_CHECK(requireWidth(*function, *loop.loop()));
    STRATA_REQUIRE("vectorize.independent", requireIndependent(module, *function, loop, "vectorized"));
    Change result = withKind(*function, *loop.loop(), LoopKind::Vectorized);
    if (const auto strided = stridedAccesses(module, loop); !strided.empty())
        result.notes.push_back("Neighbouring iterations of " + loop.loop()->name
                               + " do not touch neighbouring elements of " + listed(strided)
                               + ", so these are gathered or scattered one by one.");
    return result;
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_vectorize)
{
    Transform transform = loops::kindTransform(
        "loops.vectorize", "Vectorize a loop",
        "Runs all iterations of an innermost loop at once, in vector instructions.");
    transform.documentation =
        "Each operation of the body becomes one on vectors of as many lanes as the loop has iterations; the code generator cuts them to the width of the "
        "machine. Every lane computes what its iteration computed, so the result is the same bit for bit.\n\n"
        "Legal for an innermost loop of constant extent whose iterations touch no element that another writes. A loop that runs through a reduction is "
        "refused: use rfactor first. A note names the buffers whose elements are no neighbours; they cost a load for each lane.";
    transform.alsoKnownAs = {"simd", "T.vectorized", "vectorize (Halide)"};
    transform.example = loops::kindExample("loops.vectorize(double, i)", "vectorized(8)");
    loops::setPlanAlone(transform, loops::plan);
    return transform;
}

}  // namespace strata
