// loops.reverse_compute_at: a consumer moves below a loop of its producers and takes each element when it is final.
//
// Final means that no loop of the producer's reduction is around the target. The instances are given out over the
// iterations by inverting the consumer's index: it runs for the elements that this iteration of the producer wrote;
// each must run exactly once (coverage). Where the form of the program does not show that nothing else is disturbed,
// isl does. TVM: reverse_compute_at.
#include "passes/loops/compact.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"
#include "passes/loops/place.h"
#include "passes/loops/suggest.h"

#include "core/analysis/accesses.h"
#include "core/index/sizes.h"

#include <algorithm>

namespace strata::loops {

namespace {

struct Plan {
    FunctionPtr function;
    Located consumer, target;
    std::vector<std::string> producers;  // blocks below the target that write what the consumer reads
    std::vector<std::string> buffers;    // which
    Spans spans;

    const Block& block() const { return *consumer.block(); }
    const Loop& loop() const { return *target.loop(); }
    std::vector<Cursor> nodes() const
    {
        return {blockCursor(*function, block().name), loopCursor(*function, loop().name)};
    }
};

bool isAround(const Located& node, const std::string& loop)
{
    const std::vector<std::string> around = loopsAround(node);
    return std::find(around.begin(), around.end(), loop) != around.end();
}

std::set<std::string> touched(const Block& block, bool writes)
{
    std::set<std::string> found;
    for (const Access& access : accesses(nullptr, block))
        if (access.write == writes)
            found.insert(access.buffer);
    return found;
}

Status findProducers(Plan& plan)
{
    const std::set<std::string> reads = touched(plan.block(), false);
    for (const std::string& buffer : reads) {
        bool below = false;
        for (const std::string& writer : writersOf(*plan.function, buffer))
            if (isAround(*findBlock(*plan.function, writer), plan.loop().name)) {
                plan.producers.push_back(writer);
                below = true;
            }
        if (below)
            plan.buffers.push_back(buffer);
    }
    if (plan.buffers.empty())
        return refused(say("No block below loop {} writes what block {} reads.", plan.loop().name, plan.block().name),
                       plan.nodes(), "It reads " + listed({reads.begin(), reads.end()}) + ".");
    return {};
}

std::string instanceText(const Block& block, const std::string& one)
{
    std::string text;
    for (const BlockIter& iter : block.iters)
        text += (text.empty() ? "" : ", ") + iter.name + "=" + (iter.name == one ? "1" : "0");
    return block.name + "(" + text + ")";
}

// A value is final only where the loops of its reduction are complete: they must be inside the target.
Status requireFinal(const Plan& plan)
{
    std::vector<std::string> outer = loopsAround(plan.target);
    outer.push_back(plan.loop().name);
    for (const std::string& name : plan.producers) {
        const Block& producer = *findBlock(*plan.function, name)->block();
        for (const BlockIter& iter : producer.iters)
            for (const std::string& loop : outer)
                if (iter.kind == IterKind::Reduce && mentions(iter.binding, loop) && !isAround(plan.consumer, loop))
                    return refused(
                        say("What block {} computes is not final in loop {}, which its reduction runs over: {} "
                            "would read an element of {} before {} updates it.",
                            name, loop, instanceText(plan.block(), {}), plan.buffers[0],
                            instanceText(producer, iter.name)),
                        plan.nodes(), "Choose a loop outside " + loop + ".");
    }
    return {};
}

// The iterator's span such that reads at coefficient * v + low .. + high stay inside begin .. begin + extent - 1.
std::optional<Span> invert(const ExprPtr& begin, std::int64_t extent, std::int64_t coefficient, std::int64_t low,
                           std::int64_t high)
{
    Linear first = linear(begin);
    first.constant -= low;
    const std::int64_t room = extent - (high - low) - 1;
    if (room < 0 || coefficient <= 0)
        return std::nullopt;
    for (Linear::Term& term : first.terms) {
        if (term.coefficient % coefficient != 0)
            return std::nullopt;
        term.coefficient /= coefficient;
    }
    if (first.constant % coefficient != 0)
        return std::nullopt;
    first.constant /= coefficient;
    return Span{first.expr(), intConst(room / coefficient + 1)};
}

// One dimension of a read: which spatial iterator it tells, and where.
void addSpan(Plan& plan, const ExprPtr& index, const ExprPtr& begin, std::int64_t extent)
{
    const Ranges ranges = iterRanges(plan.block());
    Linear form = linear(index);
    for (const BlockIter& iter : plan.block().iters) {
        const std::int64_t coefficient = form.coefficient(iter.name);
        if (coefficient == 0 || iter.kind == IterKind::Reduce)
            continue;
        const Linear rest = add(form, linear(var(iter.name)), -coefficient);
        const auto offsets = bounds(rest.expr(), ranges);
        const auto span = offsets && !mentions(rest.expr(), iter.name)
                              ? invert(begin, extent, coefficient, offsets->first, offsets->second)
                              : std::nullopt;
        if (span)
            plan.spans.try_emplace(iter.name, *span);
        return;
    }
}

void findSpans(Plan& plan, const Module& module)
{
    for (const std::string& buffer : plan.buffers) {
        const auto written = touchedBelow(module, *plan.function, plan.loop(), buffer, false, true);
        const Buffer known = *bufferOf(*plan.function, buffer);
        for (const Access& access : accesses(nullptr, plan.block()))
            for (std::size_t d = 0; access.buffer == buffer && !access.write && d < access.begin.size(); ++d) {
                const auto extent = number(written->extent[d]), size = number(toExpr(known.type.shape[d]));
                if (extent && !(size && *extent >= *size))
                    addSpan(plan, access.begin[d], written->begin[d], *extent);
            }
    }
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    STRATA_TRY(plan.consumer, blockOf(*plan.function, arguments.text("block")));
    STRATA_TRY(plan.target, loopOf(*plan.function, arguments.text("loop")));
    if (isAround(plan.consumer, plan.loop().name))
        return refused(say("Loop {} is around block {} already.", plan.loop().name, plan.block().name), plan.nodes());
    STRATA_CHECK(findProducers(plan));
    STRATA_REQUIRE("reverse_compute_at.final", requireFinal(plan));
    findSpans(plan, module);
    return plan;
}

// The loop of the target's nest that is not around the consumer too.
std::string rootOf(const Plan& plan)
{
    for (const std::string& loop : loopsAround(plan.target))
        if (!isAround(plan.consumer, loop))
            return loop;
    return plan.loop().name;
}

bool meet(const std::set<std::string>& a, const std::set<std::string>& b)
{
    return std::any_of(a.begin(), a.end(), [&](const std::string& name) { return b.count(name) != 0; });
}

// Does the other block, by the form of the program, keep its order to the moved one, which now runs earlier?
bool keepsOrder(const Plan& plan, const Located& other, bool beforeRoot, bool after)
{
    const Block& block = *other.block();
    for (const std::string& loop :
         loopsAround(plan.consumer))  // of a loop that the moved block leaves, later iterations
        if (!STRATA_CONDITION("reverse_compute_at.left",
                              !isAround(other, loop)
                                  || isAround(plan.target, loop)))  // of it would run before earlier ones of the other
            return false;
    if (std::any_of(block.iters.begin(), block.iters.end(),
                    [](const BlockIter& iter) { return iter.kind == IterKind::Ordered; }))
        return false;
    const std::set<std::string> reads = touched(plan.block(), false), writes = touched(plan.block(), true);
    const std::set<std::string> otherReads = touched(block, false), otherWrites = touched(block, true);
    if (meet(writes, otherWrites) || (meet(writes, otherReads) && !after && !beforeRoot))
        return false;
    for (const std::string& buffer : reads) {
        const bool fromBelow = std::find(plan.buffers.begin(), plan.buffers.end(), buffer) != plan.buffers.end();
        if (otherWrites.count(buffer) && !(fromBelow ? isAround(other, plan.loop().name) : beforeRoot))
            return false;
    }
    return true;
}

// Each producer has written, in the same iteration, all that the moved block reads.
bool readsWhatIsThere(const Plan& plan, const Module& module, const Function& after)
{
    const Loop& loop = *findLoop(after, plan.loop().name)->loop();
    bool numbers = true;
    walk(loop.body, [&numbers](const StmtPtr& stmt) {
        if (const Loop* below = as<Loop>(stmt))
            numbers = numbers && number(below->extent);
    });
    if (!numbers)
        return false;
    for (const Access& access : accesses(&module, loop.body))
        for (const ExprPtr& index : access.begin)
            if (access.write && !linear(index).isAffine())
                return false;  // its region is no exact box
    for (const std::string& buffer : plan.buffers) {
        const auto read = touchedBelow(module, after, loop, buffer, true, false, {plan.block().name});
        for (const std::string& producer : plan.producers) {
            const auto written = touchedBelow(module, after, loop, buffer, false, true, {producer});
            if (!read || (written && !contains(*written, *read)))
                return false;
        }
    }
    return true;
}

// Its own instances may come in another order: each element is written by those that differ in reduce iterators only,
// whose loops come along in their order.
bool tellsItsElements(const Plan& plan)
{
    const Ranges ranges = iterRanges(plan.block());
    for (const Access& access : accesses(nullptr, plan.block()))
        for (const BlockIter& iter : plan.block().iters)
            if (iter.kind == IterKind::Ordered
                || (access.write && iter.kind == IterKind::Spatial && !tellsApart(access.begin, iter.name, ranges)))
                return false;
    return true;
}

bool isUndisturbed(const Plan& plan)
{
    const std::string root = rootOf(plan);
    bool beforeRoot = true, after = false;
    for (const std::string& name : blockNames(*plan.function)) {
        const Located other = *findBlock(*plan.function, name);
        beforeRoot = beforeRoot && !isAround(other, root);
        if (name == plan.block().name)
            after = true;
        else if (!keepsOrder(plan, other, beforeRoot, after))
            return false;
    }
    return true;
}

// What the consumer writes may be allocated after the nest that it moves into.
FunctionPtr allocatedEarly(const FunctionPtr& function, const std::set<std::string>& written)
{
    Body body = function->loops()->body;
    std::stable_partition(body.begin(), body.end(), [&](const StmtPtr& stmt) {
        return as<Alloc>(stmt) && written.count(as<Alloc>(stmt)->buffer.name);
    });
    return withBody(*function, std::move(body));
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    STRATA_TRY(Placed placed,
               placeBlock(*plan.function, plan.consumer, plan.target, plan.spans, plan.loop().body.size()));
    placed.function = allocatedEarly(placed.function, touched(plan.block(), true));
    const Coverage coverage = coverageOf(*placed.function, plan.block().name);
    if (!STRATA_CONDITION("reverse_compute_at.once", coverage.exact))
        return refused(say("At loop {} the instances of block {} cannot be given out so that each runs once{}",
                           plan.loop().name, plan.block().name,
                           coverage.repeats.empty() ? "." : ": loop " + coverage.repeats[0] + " would repeat them."),
                       plan.nodes(), "Choose a loop in which whole elements of " + plan.buffers[0] + " become final.");
    if (!STRATA_CONDITION("reverse_compute_at.undisturbed", isUndisturbed(plan))
        || !STRATA_CONDITION("reverse_compute_at.own", tellsItsElements(plan))
        || !STRATA_CONDITION("reverse_compute_at.there", readsWhatIsThere(plan, module, *placed.function)))
        STRATA_CHECK(requireOrder(module, *plan.function, *placed.function,
                                  "Computing " + plan.block().name + " at loop " + plan.loop().name, plan.nodes()));
    FunctionPtr function = placed.function;
    for (const std::string& buffer : plan.buffers)
        if (!isParameter(*function, buffer) && bufferOf(*function, buffer)->scope != Scope::Global)
            function = compacted(module, function, buffer);
    Change result = changeOf(std::move(function), std::move(placed.forwarding));
    result.notes = std::move(placed.notes);
    return result;
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_reverse_compute_at)
{
    Transform transform;
    transform.id = "loops.reverse_compute_at";
    transform.title = "Consume a value where it is computed";
    transform.summary = "Moves a block under a loop of its producer, to work on what that iteration has just finished.";
    transform.documentation =
        "The block gets new loops over the elements that one iteration of the chosen loop finishes; they are named after those they replace. It stands last "
        "in that loop's body.\n\n"
        "Legal if the values it reads are final there (no loop of the producer's reduction is outside the chosen loop or the loop itself), and if each of its "
        "instances still runs exactly once, after what it reads and before what overwrites that. Exact.\n\n"
        "A local or shared buffer between the two shrinks to what is live in one iteration and is allocated inside the loop.";
    transform.alsoKnownAs = {"T.reverse_compute_at", "fuse an epilogue", "compute_with (Halide)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("block", ParameterKind::Block, "The consumer."),
                            loops::parameter("loop", ParameterKind::Loop, "A loop around its producer.")};
    transform.appliesTo = {NodeKind::Block};
    transform.example = loops::example(R"(@loops
def shifted(x: f32[8, 16]) -> (y: f32[8, 16]):
    a = alloc f32[8, 16]
    for i, j in grid(8, 16):
        with block("double") as (vi: spatial(8) = i, vj: spatial(16) = j):
            a[vi, vj] = x[vi, vj] * 2.0
    for i_add, j_add in grid(8, 16):
        with block("add") as (vi: spatial(8) = i_add, vj: spatial(16) = j_add):
            y[vi, vj] = a[vi, vj] + 1.0
)",
                                       "loops.reverse_compute_at(shifted, add, i)", R"(@loops
def shifted(x: f32[8, 16]) -> (y: f32[8, 16]):
    a = alloc f32[8, 16]
    for i in range(8):
        for j in range(16):
            with block("double") as (vi: spatial(8) = i, vj: spatial(16) = j):
                a[vi, vj] = x[vi, vj] * 2.0
        for j_add in range(16):
            with block("add") as (vi: spatial(8) = i, vj: spatial(16) = j_add):
                y[vi, vj] = a[vi, vj] + 1.0
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = [](const Module& module, const Cursor& selection) {
        return loops::suggestLoopFor(module, selection, loops::plan);
    };
    return transform;
}

}  // namespace strata
